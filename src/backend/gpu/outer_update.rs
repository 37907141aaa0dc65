//! Twin of the shaders in `outer_update/`: how θ moves.

use super::device::{Binding, Device, Pipeline};
use super::network::{self, DeviceLimits, Shape};
use super::{dispatch, inner_optimizer};
use crate::domain::config::Config;
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::outer_optimizer::{ADAM_EPSILON, BETA1, BETA2, LayerRate, MOMENTUM, OuterGradient, OuterOptimizer};
use crate::domain::train_state::TrainState;

/// How θ moves, as its shader is made for it.
#[derive(Clone, Debug, PartialEq)]
pub struct OuterUpdate {
    /// What the tasks bring.
    pub gradient: OuterGradient,
    /// The outer optimizer.
    pub optimizer: OuterOptimizer,
    /// Numbers of θ, padding included.
    pub parameters: usize,
    /// The layers, in their order, where they learn at rates of their own; else none.
    pub layers: Vec<LayerRate>,
    /// Whether the outer gradient is kept, behind θ and its moments.
    pub keeps_gradient: bool,
}

/// How the sum over the tasks is divided among a workgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    /// Neighbouring parameters, one for each invocation of a line.
    pub column: usize,
    /// Lines, which share the tasks.
    pub slices: usize,
}

impl Division {
    /// The division for a device. Many invocations share many tasks, where invocations cost nothing.
    #[must_use]
    pub fn new(device_limits: DeviceLimits) -> Self {
        if device_limits.bytes == 0 { Self { column: 64, slices: 1 } } else { Self { column: 16, slices: 16 } }
    }
}

/// Bindings: the train state, φ of every task or its gradient, the sum of them so far, the dispatch.
pub const BINDINGS: [Binding; 4] = [Binding::Write, Binding::Read, Binding::Write, Binding::Window];

impl OuterUpdate {
    /// That of a Config's network.
    #[must_use]
    pub fn of(config: &Config, network: &Network) -> Self {
        let layers =
            if config.outer.layers.is_empty() { vec![] } else { LayerRate::of(&config.outer, Shape::places(network)) };
        Self {
            gradient: config.algorithm.outer_gradient(),
            optimizer: config.outer.optimizer,
            parameters: network::parameters(network),
            layers,
            keeps_gradient: config.outer.stop.update > 0.0,
        }
    }

    /// Moments that the optimizer keeps, each as long as θ.
    #[must_use]
    pub fn moments(&self) -> usize {
        match self.optimizer {
            OuterOptimizer::Sgd => 0,
            OuterOptimizer::Momentum => 1,
            OuterOptimizer::Adam => 2,
        }
    }

    /// Vectors as long as θ in the train state's buffer: θ, the moments, the outer gradient.
    #[must_use]
    pub fn vectors(&self) -> usize {
        1 + self.moments() + usize::from(self.keeps_gradient)
    }

    /// A train state as the shader has it, each vector packed as [`Shape::pack`] does: θ, its moments, and zeros where the
    /// outer gradient will be kept.
    #[must_use]
    pub fn pack(&self, network: &Network, train_state: &TrainState) -> Vec<f32> {
        let moments = train_state.moments.iter().flat_map(|moments| [&moments.first, &moments.second]);
        let vectors = std::iter::once(&train_state.theta).chain(moments.filter(|moment| !moment.is_empty()));
        let mut packed: Vec<f32> = vectors.flat_map(|flat| Shape::pack(network, flat)).collect();
        packed.resize(self.vectors() * self.parameters, 0.0);
        packed
    }

    /// Back from there: θ, its moments after so many updates, and the outer gradient, empty where it is not kept.
    #[must_use]
    pub fn unpack(&self, network: &Network, packed: &[f32], updates: u64) -> (Vec<f32>, Option<Moments>, Vec<f32>) {
        let mut vectors = packed.chunks_exact(self.parameters).map(|packed| Shape::unpack(network, packed));
        let mut next = |is_kept: bool| if is_kept { vectors.next().unwrap_or_default() } else { vec![] };
        let theta = next(true);
        let (first, second) = (next(self.moments() > 0), next(self.moments() > 1));
        let moments = (self.moments() > 0).then_some(Moments { first, second, updates });
        (theta, moments, next(self.keeps_gradient))
    }

    /// The part of a shader's text that moves one number of θ.
    #[must_use]
    pub fn source(&self) -> String {
        let optimizer = match self.optimizer {
            OuterOptimizer::Sgd => include_str!("outer_update/interpolate.wgsl").to_owned(),
            OuterOptimizer::Momentum => {
                format!("const MOMENTUM: f32 = {MOMENTUM:e};\n{}", include_str!("outer_update/momentum.wgsl"))
            }
            OuterOptimizer::Adam => format!(
                "const BETA1: f32 = {BETA1:e};\nconst BETA2: f32 = {BETA2:e};\nconst ADAM_EPSILON: f32 = {ADAM_EPSILON:e};\n{}",
                include_str!("outer_update/adam.wgsl")
            ),
        };
        let factors = self.layers.iter().fold(String::new(), |text, LayerRate { places, factor }| {
            text + &format!("    if (i < {}u) {{\n        return {factor:e};\n    }}\n", places.end)
        });
        format!(
            "const FROM_PHI = {};\nconst KEEPS_GRADIENT = {};\nconst KEPT_GRADIENT = {}u;\nconst TRAIN_STATE = {}u;\n\
             /// What ε is multiplied by in the layer of one number of θ.\n\
             fn layer_factor(i: u32) -> f32 {{\n{factors}    return 1.0;\n}}\n{optimizer}\n{}",
            self.gradient == OuterGradient::FromPhi,
            self.keeps_gradient,
            (1 + self.moments()) * self.parameters,
            self.vectors() * self.parameters,
            include_str!("outer_update/update_theta.wgsl"),
        )
    }
}

/// The shader's text.
#[must_use]
pub fn source(outer_update: &OuterUpdate, division: Division) -> String {
    let Division { column, slices } = division;
    let parameters = outer_update.parameters;
    let sizes = format!("const PARAMETERS = {parameters}u;\nconst COLUMN = {column}u;\nconst SLICES = {slices}u;\n");
    [
        &sizes,
        inner_optimizer::PARAMETERS_SOURCE,
        dispatch::SOURCE,
        &outer_update.source(),
        include_str!("outer_update/outer_update.wgsl"),
    ]
    .join("\n")
}

/// The pipeline: one invocation a parameter and slice.
pub fn pipeline(device: &mut Device, outer_update: &OuterUpdate, division: Division) -> Pipeline {
    device.pipeline(&source(outer_update, division), "outer_update", &BINDINGS)
}

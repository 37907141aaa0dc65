//! Twin of `outer_update.wgsl`, `interpolate.wgsl`, `momentum.wgsl` and `adam.wgsl`.

use super::device::{Binding, Device, Pipeline};
use super::network::Room;
use crate::domain::config::OuterOptimizer;
use crate::domain::outer::{ADAM_EPSILON, BETA1, BETA2, MOMENTUM, OuterGradient};

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
    pub fn new(room: Room) -> Self {
        if room.bytes == 0 { Self { column: 64, slices: 1 } } else { Self { column: 16, slices: 16 } }
    }
}

/// Bindings: the learner, φ of every task or its gradient, the sum of them so far, the wave.
pub const BINDINGS: [Binding; 4] = [Binding::Write, Binding::Read, Binding::Write, Binding::Window];

/// The part of the shader's text that moves one number of θ.
#[must_use]
pub fn move_theta(gradient: OuterGradient, optimizer: OuterOptimizer) -> String {
    let optimizer = match optimizer {
        OuterOptimizer::Sgd => include_str!("interpolate.wgsl").to_owned(),
        OuterOptimizer::Momentum => {
            format!("const MOMENTUM: f32 = {MOMENTUM:e};\n{}", include_str!("momentum.wgsl"))
        }
        OuterOptimizer::Adam => format!(
            "const BETA1: f32 = {BETA1:e};\nconst BETA2: f32 = {BETA2:e};\nconst ADAM_EPSILON: f32 = {ADAM_EPSILON:e};\n{}",
            include_str!("adam.wgsl")
        ),
    };
    format!("const FROM_PHI = {};\n{optimizer}", gradient == OuterGradient::FromPhi)
}

/// The shader's text, for φ of so many numbers.
#[must_use]
pub fn source(parameters: usize, division: Division, gradient: OuterGradient, optimizer: OuterOptimizer) -> String {
    let Division { column, slices } = division;
    let sizes = format!("const PARAMETERS = {parameters}u;\nconst COLUMN = {column}u;\nconst SLICES = {slices}u;\n");
    [
        &sizes,
        include_str!("rule.wgsl"),
        include_str!("wave.wgsl"),
        &move_theta(gradient, optimizer),
        include_str!("outer_update.wgsl"),
    ]
    .join("\n")
}

/// The pipeline: one invocation a parameter and slice.
pub fn pipeline(
    device: &mut Device,
    parameters: usize,
    division: Division,
    gradient: OuterGradient,
    optimizer: OuterOptimizer,
) -> Pipeline {
    device.pipeline(&source(parameters, division, gradient, optimizer), "outer_update", &BINDINGS)
}

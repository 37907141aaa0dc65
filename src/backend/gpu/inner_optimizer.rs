//! Twin of the shaders in `inner_optimizer/`: how φ moves, and the parameters of it.

use bytemuck::{Pod, Zeroable};

use crate::domain::inner_optimizer::map::Map;
use crate::domain::inner_optimizer::{InnerOptimizer, Optimizer};
use crate::domain::moments::correction;

/// The part of a shader's text that declares [`OptimizerParameters`].
pub const PARAMETERS_SOURCE: &str = include_str!("inner_optimizer/parameters.wgsl");

/// How φ moves, given its gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Against the gradient.
    Plain,
    /// With a velocity.
    Momentum,
    /// Adam.
    Adam,
    /// `RMSprop`.
    Rmsprop,
    /// Against the gradient in asinh φ.
    Asinh,
    /// Against the gradient in φ + φ³.
    Cubic,
}

/// The parameters of an optimizer; see `parameters.wgsl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct OptimizerParameters {
    /// Decays of the first moment, or the velocity, and of the second; 0 of what is not kept.
    pub decay: [f32; 2],
    /// What the moments of a constant 1 would be before the first step.
    pub weight: [f32; 2],
    /// Learning rate α.
    pub learning_rate: f32,
    /// What is added to the root of the second moment.
    pub epsilon: f32,
    /// To a multiple of 16 bytes.
    pub padding: [u32; 2],
}

impl Step {
    /// Every one.
    pub const ALL: [Self; 6] = [Self::Plain, Self::Momentum, Self::Adam, Self::Rmsprop, Self::Asinh, Self::Cubic];

    /// That of an optimizer.
    #[must_use]
    pub fn of(optimizer: &Optimizer) -> Self {
        match (optimizer.kind, optimizer.map) {
            (InnerOptimizer::Sgd | InnerOptimizer::Gd, _) | (InnerOptimizer::Mapped, Map::Identity) => Self::Plain,
            (InnerOptimizer::Momentum, _) => Self::Momentum,
            (InnerOptimizer::Adam, _) => Self::Adam,
            (InnerOptimizer::Rmsprop, _) => Self::Rmsprop,
            (InnerOptimizer::Mapped, Map::Asinh) => Self::Asinh,
            (InnerOptimizer::Mapped, Map::Cubic) => Self::Cubic,
        }
    }

    /// Moments that it keeps, each as long as φ.
    #[must_use]
    pub fn moments(self) -> usize {
        match self {
            Self::Plain | Self::Asinh | Self::Cubic => 0,
            Self::Momentum | Self::Rmsprop => 1,
            Self::Adam => 2,
        }
    }

    /// The part of a shader's text that makes the step, with moments that are carried on from task to task or not.
    #[must_use]
    pub fn source(self, carries: bool) -> String {
        let step = match self {
            Self::Plain => include_str!("inner_optimizer/step_plain.wgsl"),
            Self::Momentum => include_str!("inner_optimizer/step_momentum.wgsl"),
            Self::Adam => include_str!("inner_optimizer/step_adam.wgsl"),
            Self::Rmsprop => include_str!("inner_optimizer/step_rmsprop.wgsl"),
            Self::Asinh => include_str!("inner_optimizer/step_asinh.wgsl"),
            Self::Cubic => include_str!("inner_optimizer/step_cubic.wgsl"),
        };
        let moments = if carries {
            include_str!("inner_optimizer/moments_carried.wgsl")
        } else {
            include_str!("inner_optimizer/moments_fresh.wgsl")
        };
        format!("const MOMENTS = {}u;\n{}{moments}{step}", self.moments(), PARAMETERS_SOURCE)
    }
}

impl OptimizerParameters {
    /// Those of an optimizer whose moments hold `updates` updates.
    #[must_use]
    pub fn of(optimizer: &Optimizer, updates: u64) -> Self {
        let Optimizer { kind, learning_rate, momentum, beta1, beta2, epsilon, decay, .. } = *optimizer;
        let decay = match kind {
            InnerOptimizer::Sgd | InnerOptimizer::Gd | InnerOptimizer::Mapped => [0.0; 2],
            InnerOptimizer::Momentum => [momentum, 0.0],
            InnerOptimizer::Adam => [beta1, beta2],
            InnerOptimizer::Rmsprop => [0.0, decay],
        };
        let weight = decay.map(|decay| 1.0 / correction(decay, updates));
        Self { decay, weight, learning_rate, epsilon, padding: [0; 2] }
    }
}

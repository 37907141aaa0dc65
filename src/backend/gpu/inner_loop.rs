//! Twin of the shaders in `inner_loop/`: the inner loop of one task, and its output.

use super::device::{Binding, Device, Pipeline};
use super::dispatch;
use super::inner_optimizer::Step;
use super::network::{DeviceLimits, Shape};
use crate::domain::algorithm::Algorithm;
use crate::domain::config::Config;
use crate::domain::inner_optimizer::{InnerState, Optimizer};
use crate::domain::network::Network;

/// The part of a shader's text that moves one number of φ, where φ itself is what is wanted.
pub const MOVE_SOURCE: &str = include_str!("inner_loop/move.wgsl");

/// What the inner loop of one task computes from θ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InnerLoopOutput {
    /// φ.
    Phi,
    /// The gradient at φ on the query.
    Gradient,
    /// The same with respect to θ, through the inner loop.
    MetaGradient,
}

/// The inner loop as its shader is made for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InnerLoop {
    /// What it computes of a task.
    pub output: InnerLoopOutput,
    /// A step of its optimizer.
    pub step: Step,
    /// Whether the optimizer's moments are carried on from task to task.
    pub carries: bool,
}

/// Bindings: θ, φ of every task, units, points, the layers, the [`DispatchParameters`](dispatch::DispatchParameters);
/// moments, where they are carried on.
#[must_use]
pub fn bindings(inner: InnerLoop) -> Vec<Binding> {
    inner.bindings(Binding::Read, Binding::Window)
}

impl InnerLoopOutput {
    /// What an algorithm needs of a task; none without meta-training.
    #[must_use]
    pub fn of(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::Reptile => Some(Self::Phi),
            Algorithm::Fomaml | Algorithm::Joint => Some(Self::Gradient),
            Algorithm::Maml => Some(Self::MetaGradient),
            Algorithm::None => None,
        }
    }
}

impl InnerLoop {
    /// The inner loop of a Config, if it has meta-training.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        let output = InnerLoopOutput::of(config.algorithm)?;
        let carries = config.inner.state == InnerState::Carry && config.uses("inner.state");
        Some(Self { output, step: Step::of(&Optimizer::of(&config.inner)), carries })
    }

    /// The shape for minibatches of `batch` points.
    #[must_use]
    pub fn shape(self, network: &Network, batch: usize, device_limits: DeviceLimits) -> Shape {
        if self.output == InnerLoopOutput::MetaGradient {
            Shape::with_tangents(network, batch, device_limits)
        } else {
            Shape::new(network, batch, batch, device_limits)
        }
    }

    /// Those of its shader, given what the bindings of θ and of the dispatch parameters are.
    #[must_use]
    pub fn bindings(self, theta: Binding, dispatch_parameters: Binding) -> Vec<Binding> {
        let bindings = [
            theta,
            Binding::Write,
            Binding::Write,
            Binding::Read,
            Binding::Uniform,
            dispatch_parameters,
            Binding::Write,
        ];
        bindings[..if self.carries { 7 } else { 6 }].to_vec()
    }

    /// Vectors as long as φ that are kept of a task in `steps` steps: φ and the optimizer's moments; for a meta-gradient
    /// that, a velocity, and φ before every step.
    #[must_use]
    pub fn vectors(self, steps: usize) -> usize {
        if self.output == InnerLoopOutput::MetaGradient { 3 + steps } else { 1 + self.step.moments() }
    }

    /// Iterations that the loops of an invocation make for one task, or a bit less.
    #[must_use]
    pub fn loop_iterations(self, shape: &Shape, steps: usize, batch: usize) -> usize {
        let step = shape.loop_iterations_of_step(batch);
        let copies = 2 * shape.loop_iterations_of_copy();
        match self.output {
            InnerLoopOutput::Phi => steps * step + copies,
            InnerLoopOutput::Gradient => (steps + 1) * step + copies,
            InnerLoopOutput::MetaGradient => {
                let back = shape.loop_iterations_of_hessian(batch) + 2 * shape.loop_iterations_of_copy();
                (steps + 1) * step + steps * back + 2 * copies
            }
        }
    }

    /// The part of a shader's text that computes the output of one task.
    #[must_use]
    pub fn source(self, shape: &Shape) -> String {
        let inner_steps = match self.output {
            InnerLoopOutput::Phi => [MOVE_SOURCE, include_str!("inner_loop/inner_steps.wgsl")],
            InnerLoopOutput::Gradient => {
                [include_str!("inner_loop/gradient.wgsl"), include_str!("inner_loop/inner_steps_then_gradient.wgsl")]
            }
            InnerLoopOutput::MetaGradient => [
                include_str!("inner_loop/gradient.wgsl"),
                include_str!("inner_loop/inner_steps_then_meta_gradient.wgsl"),
            ],
        };
        [&shape.source(), &self.step.source(self.carries), dispatch::SOURCE, &inner_steps.concat()].join("\n")
    }
}

/// The shader's text.
#[must_use]
pub fn source(shape: &Shape, inner: InnerLoop) -> String {
    [&inner.source(shape), include_str!("inner_loop/inner_loop.wgsl")].join("\n")
}

/// The pipeline: one workgroup a task.
pub fn pipeline(device: &mut Device, shape: &Shape, inner: InnerLoop) -> Pipeline {
    device.pipeline(&source(shape, inner), "inner_loop", &bindings(inner))
}

//! Twin of `inner_loop.wgsl`, `dispatch.wgsl`, `move.wgsl`, `gradient.wgsl` and `inner_steps*.wgsl`: what is made of one task.

use bytemuck::{Pod, Zeroable};

use super::device::{Binding, Device, Pipeline};
use super::network::{DeviceLimits, Shape};
use crate::backend::gpu::optimizer_parameters::{OptimizerParameters, Step};
use crate::domain::algorithm::Algorithm;
use crate::domain::network::Network;

/// What is made of θ and one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
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
    /// What is made of a task.
    pub outcome: Outcome,
    /// A step of its optimizer.
    pub step: Step,
    /// Whether the optimizer's moments are inner_states from task to task.
    pub carries: bool,
}

/// The uniforms of one dispatch of the inner loop and of the outer update after it; see `dispatch.wgsl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct DispatchParameters {
    /// The inner optimizer.
    pub optimizer: OptimizerParameters,
    /// Place of the dispatch's first point.
    pub first_point: u32,
    /// Inner steps k.
    pub steps: u32,
    /// Points of an inner step, and of the query.
    pub batch: u32,
    /// Tasks of the dispatch.
    pub tasks: u32,
    /// Whether it is the meta-iteration's first dispatch.
    pub is_first: u32,
    /// Whether it is its last, which moves θ.
    pub is_last: u32,
    /// Tasks of the meta-iteration, n.
    pub meta_batch: f32,
    /// Step size ε.
    pub step_size: f32,
    /// Adam's correction of the first moment.
    pub first_correction: f32,
    /// Adam's correction of the second moment.
    pub second_correction: f32,
    /// Points of a task, its query among them.
    pub points_of_task: u32,
    /// Place of its first task in the meta-batch.
    pub first_task: u32,
}

/// Bindings: θ, φ of every task, units, points, the layers, the [`DispatchParameters`]; moments, where they are inner_states.
#[must_use]
pub fn bindings(inner: InnerLoop) -> Vec<Binding> {
    inner.bindings(Binding::Read, Binding::Window)
}

impl Outcome {
    /// What an algorithm makes of a task, if anything.
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
    /// The shape for minibatches of `batch` points.
    #[must_use]
    pub fn shape(self, network: &Network, batch: usize, device_limits: DeviceLimits) -> Shape {
        if self.outcome == Outcome::MetaGradient {
            Shape::with_tangents(network, batch, device_limits)
        } else {
            Shape::new(network, batch, batch, device_limits)
        }
    }

    /// Those of its shader, given what θ and the dispatch_parameters are.
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
        if self.outcome == Outcome::MetaGradient { 3 + steps } else { 1 + self.step.moments() }
    }

    /// Turns that the loops of an invocation make for one task, or a bit less.
    #[must_use]
    pub fn loop_iterations(self, shape: &Shape, steps: usize, batch: usize) -> usize {
        let step = shape.loop_iterations_of_step(batch);
        let copies = 2 * shape.loop_iterations_of_copy();
        match self.outcome {
            Outcome::Phi => steps * step + copies,
            Outcome::Gradient => (steps + 1) * step + copies,
            Outcome::MetaGradient => {
                let back = shape.loop_iterations_of_hessian(batch) + 2 * shape.loop_iterations_of_copy();
                (steps + 1) * step + steps * back + 2 * copies
            }
        }
    }

    /// The part of a shader's text that makes something of one task.
    #[must_use]
    pub fn source(self, shape: &Shape) -> String {
        let inner_steps = match self.outcome {
            Outcome::Phi => [include_str!("move.wgsl"), include_str!("inner_steps.wgsl")],
            Outcome::Gradient => [include_str!("gradient.wgsl"), include_str!("inner_steps_then_gradient.wgsl")],
            Outcome::MetaGradient => {
                [include_str!("gradient.wgsl"), include_str!("inner_steps_then_meta_gradient.wgsl")]
            }
        };
        [&shape.source(), &self.step.source(self.carries), include_str!("dispatch.wgsl"), &inner_steps.concat()]
            .join("\n")
    }
}

/// The shader's text.
#[must_use]
pub fn source(shape: &Shape, inner: InnerLoop) -> String {
    [&inner.source(shape), include_str!("inner_loop.wgsl")].join("\n")
}

/// The pipeline: one workgroup a task.
pub fn pipeline(device: &mut Device, shape: &Shape, inner: InnerLoop) -> Pipeline {
    device.pipeline(&source(shape, inner), "inner_loop", &bindings(inner))
}

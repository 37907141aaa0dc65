//! Twin of `adapt/adapt.wgsl`: few-shot adaptations.

use bytemuck::{Pod, Zeroable};

use super::device::{Binding, Device, Pipeline};
use super::inner_loop::MOVE_SOURCE;
use super::inner_optimizer::{OptimizerParameters, Step};
use super::network::Shape;

/// The uniforms of one dispatch; see `adapt.wgsl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Adaptation {
    /// The optimizer.
    pub optimizer: OptimizerParameters,
    /// Shots of a task, K.
    pub shots: u32,
    /// Points to predict at.
    pub queries: u32,
    /// How many steps are recorded.
    pub records: u32,
    /// Tasks of the dispatch, at most.
    pub tasks: u32,
}

/// Bindings: θ, φ of every task, units, points, the layers, the [`Adaptation`], recorded steps, query, predictions.
pub const BINDINGS: [Binding; 9] = [
    Binding::Read,
    Binding::Write,
    Binding::Write,
    Binding::Read,
    Binding::Uniform,
    Binding::Uniform,
    Binding::Read,
    Binding::Read,
    Binding::Write,
];

/// The shader's text.
#[must_use]
pub fn source(shape: &Shape, step: Step) -> String {
    [&shape.source(), &step.source(false), MOVE_SOURCE, include_str!("adapt/adapt.wgsl")].join("\n")
}

/// The pipeline: one workgroup a task.
pub fn pipeline(device: &mut Device, shape: &Shape, step: Step) -> Pipeline {
    device.pipeline(&source(shape, step), "adapt", &BINDINGS)
}

//! Twin of `adapt.wgsl`.

use bytemuck::{Pod, Zeroable};

use super::device::{Binding, Device, Pipeline};
use super::network::Shape;
use crate::backend::gpu::optimizer_parameters::{OptimizerParameters, Step};

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
    /// Tasks that there is device_limits for.
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
    [&shape.source(), &step.source(false), include_str!("move.wgsl"), include_str!("adapt.wgsl")].join("\n")
}

/// The pipeline: one workgroup a task.
pub fn pipeline(device: &mut Device, shape: &Shape, step: Step) -> Pipeline {
    device.pipeline(&source(shape, step), "adapt", &BINDINGS)
}

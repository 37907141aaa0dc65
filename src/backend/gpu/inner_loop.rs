//! Twin of `inner_loop.wgsl`, `follow.wgsl` and `wave.wgsl`.

use bytemuck::{Pod, Zeroable};

use super::device::{Binding, Device, Pipeline};
use super::network::Shape;

/// The uniforms of one dispatch of the inner loop and of the outer update after it; see `wave.wgsl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Wave {
    /// Place of the wave's first point.
    pub first_point: u32,
    /// Inner steps k.
    pub steps: u32,
    /// Points of an inner step.
    pub batch: u32,
    /// Inner learning rate α.
    pub learning_rate: f32,
    /// Tasks of the wave.
    pub tasks: u32,
    /// Whether it is the meta-iteration's first wave.
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
    /// To a multiple of 16 bytes.
    pub padding: u32,
}

/// Bindings: θ, φ of every task, units, points, the layers, the [`Wave`].
pub const BINDINGS: [Binding; 6] =
    [Binding::Read, Binding::Write, Binding::Write, Binding::Read, Binding::Uniform, Binding::Window];

/// The shader's text.
#[must_use]
pub fn source(shape: &Shape) -> String {
    [&shape.source(), wgsl!("wave.wgsl"), wgsl!("follow.wgsl"), wgsl!("inner_loop.wgsl")].join("\n")
}

/// The pipeline: one workgroup a task.
pub fn pipeline(device: &mut Device, shape: &Shape) -> Pipeline {
    device.pipeline(&source(shape), "inner_loop", &BINDINGS)
}

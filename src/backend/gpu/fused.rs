//! Twin of `serial.wgsl`: the inner loops and outer updates of runs side by side, or of one with a meta-batch of one.

use super::device::{Binding, Device, Pipeline};
use super::inner_loop::InnerLoop;
use super::network::Shape;
use super::outer_update::Move;

/// Bindings: the learner, φ, units, points, the layers, a [`Wave`](super::inner_loop::Wave) for each meta-iteration;
/// moments, where they are carried.
#[must_use]
pub fn bindings(inner: InnerLoop) -> Vec<Binding> {
    inner.bindings(Binding::Write, Binding::Read)
}

/// The shader's text.
#[must_use]
pub fn source(shape: &Shape, inner: InnerLoop, movement: &Move) -> String {
    [&inner.source(shape), &movement.source(), include_str!("fused.wgsl")].join("\n")
}

/// The pipeline: one workgroup a run.
pub fn pipeline(device: &mut Device, shape: &Shape, inner: InnerLoop, movement: &Move) -> Pipeline {
    device.pipeline(&source(shape, inner, movement), "serial", &bindings(inner))
}

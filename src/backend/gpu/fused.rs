//! Twin of `fused/fused.wgsl`: meta-iterations of runs side by side, or of one with a meta-batch of one, in one dispatch.

use super::device::{Binding, Device, Pipeline};
use super::inner_loop::InnerLoop;
use super::network::Shape;
use super::outer_update::OuterUpdate;

/// Bindings: the train state, φ, units, points, the layers, a [`DispatchParameters`](super::dispatch::DispatchParameters)
/// for each meta-iteration; moments, where they are carried on.
#[must_use]
pub fn bindings(inner: InnerLoop) -> Vec<Binding> {
    inner.bindings(Binding::Write, Binding::Read)
}

/// The shader's text.
#[must_use]
pub fn source(shape: &Shape, inner: InnerLoop, outer_update: &OuterUpdate) -> String {
    [&inner.source(shape), &outer_update.source(), include_str!("fused/fused.wgsl")].join("\n")
}

/// The pipeline: one workgroup a run.
pub fn pipeline(device: &mut Device, shape: &Shape, inner: InnerLoop, outer_update: &OuterUpdate) -> Pipeline {
    device.pipeline(&source(shape, inner, outer_update), "fused", &bindings(inner))
}

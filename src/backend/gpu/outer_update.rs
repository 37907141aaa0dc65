//! Twin of `outer_update.wgsl`.

use super::device::{Binding, Device, Pipeline};
use crate::domain::config::OuterOptimizer;
use crate::domain::outer::{ADAM_EPSILON, BETA1, BETA2};

/// Invocations of a workgroup, as in `outer_update.wgsl`.
pub const INVOCATIONS: usize = 64;

/// Bindings: θ, φ of every task, their sum so far, the wave; for Adam, its moments.
pub const BINDINGS: [Binding; 6] =
    [Binding::Write, Binding::Read, Binding::Write, Binding::Window, Binding::Write, Binding::Write];

/// The shader's text.
#[must_use]
pub fn source() -> String {
    let constants = format!(
        "const BETA1: f32 = {BETA1:e};\nconst BETA2: f32 = {BETA2:e};\nconst ADAM_EPSILON: f32 = {ADAM_EPSILON:e};\n"
    );
    [&constants, include_str!("wave.wgsl"), include_str!("outer_update.wgsl")].join("\n")
}

/// The pipeline: one invocation a parameter.
pub fn pipeline(device: &mut Device, optimizer: OuterOptimizer) -> Pipeline {
    match optimizer {
        OuterOptimizer::Sgd => device.pipeline(&source(), "interpolate", &BINDINGS[..4]),
        OuterOptimizer::Adam => device.pipeline(&source(), "adam", &BINDINGS),
    }
}

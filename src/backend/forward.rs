//! One forward pass on this processor, for those who have no backend at hand.

use super::cpu::Simd;
use super::kernel_backend::Kernel;
use crate::domain::network::Network;

/// A network's outputs at inputs x, from parameters in its flat layout: one forward pass on this processor.
#[must_use]
pub fn outputs(network: &Network, theta: &[f32], x: &[f32]) -> Vec<f32> {
    let mut kernel = Simd::new(network);
    let (theta, mut outputs) = (kernel.pack(theta), vec![]);
    kernel.predict(&theta, x, &mut outputs);
    outputs
}

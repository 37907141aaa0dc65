//! Activations and their derivatives over whole layers.

use crate::lanes::{F32x4, Lane};
use crate::math;

/// An activation of the hidden units.
pub trait Activate {
    /// The activation at z and, where it cannot be had from that value alone, the slope there.
    fn forward(z: F32x4) -> (F32x4, Option<F32x4>);

    /// `delta` times the slope, given the activation's value and the slope that `forward` returned.
    fn backward(delta: F32x4, value: F32x4, slope: F32x4) -> F32x4;
}

/// tanh z, with slope 1 − tanh² z.
pub struct Tanh;
/// max(z, 0), with slope 0 or 1.
pub struct Relu;
/// sin z, with slope cos z.
pub struct Sine;

impl Activate for Tanh {
    #[inline(always)]
    fn forward(z: F32x4) -> (F32x4, Option<F32x4>) {
        (math::tanh(z), None)
    }

    #[inline(always)]
    fn backward(delta: F32x4, value: F32x4, _slope: F32x4) -> F32x4 {
        delta * (F32x4::splat(1.0) - value * value)
    }
}

impl Activate for Relu {
    #[inline(always)]
    fn forward(z: F32x4) -> (F32x4, Option<F32x4>) {
        let zero = F32x4::splat(0.0);
        (z.where_less(zero, zero, z), None)
    }

    #[inline(always)]
    fn backward(delta: F32x4, value: F32x4, _slope: F32x4) -> F32x4 {
        let zero = F32x4::splat(0.0);
        zero.where_less(value, delta, zero)
    }
}

impl Activate for Sine {
    #[inline(always)]
    fn forward(z: F32x4) -> (F32x4, Option<F32x4>) {
        (math::sin(z), Some(math::cos(z)))
    }

    #[inline(always)]
    fn backward(delta: F32x4, _value: F32x4, slope: F32x4) -> F32x4 {
        delta * slope
    }
}

/// Replaces z by its activation in a whole layer, and keeps the slopes that cannot be had later.
pub fn forward<A: Activate>(z: &mut [f32], slopes: &mut [f32]) {
    for (z, slopes) in z.chunks_exact_mut(F32x4::WIDTH).zip(slopes.chunks_exact_mut(F32x4::WIDTH)) {
        // SAFETY: each chunk holds one lane.
        unsafe {
            let (value, slope) = A::forward(F32x4::load(z.as_ptr()));
            value.store(z.as_mut_ptr());
            if let Some(slope) = slope {
                slope.store(slopes.as_mut_ptr());
            }
        }
    }
}

/// Multiplies a whole layer's δ by the slopes of its activation.
pub fn backward<A: Activate>(delta: &mut [f32], values: &[f32], slopes: &[f32]) {
    let lanes = values.chunks_exact(F32x4::WIDTH).zip(slopes.chunks_exact(F32x4::WIDTH));
    for (delta, (value, slope)) in delta.chunks_exact_mut(F32x4::WIDTH).zip(lanes) {
        // SAFETY: each chunk holds one lane.
        unsafe {
            let [value, slope] = [value, slope].map(|lane| F32x4::load(lane.as_ptr()));
            A::backward(F32x4::load(delta.as_ptr()), value, slope).store(delta.as_mut_ptr());
        }
    }
}

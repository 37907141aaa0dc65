//! Activations and their derivatives over whole layers.

use std::marker::PhantomData;

use crate::simd::math;
use crate::simd::{Job, SimdVector};

/// An activation of the hidden units.
pub trait Activate {
    /// The activation at z and, where it cannot be had from that value alone, the slope there.
    fn forward<L: SimdVector>(z: L) -> (L, Option<L>);

    /// `delta` times the slope, given the activation's value and the slope that `forward` returned.
    fn backward<L: SimdVector>(delta: L, value: L, slope: L) -> L;

    /// The derivative of the slope times `tangent`, a tangent of z, given the activation's value and slope.
    fn second_derivative<L: SimdVector>(tangent: L, value: L, slope: L) -> L;
}

/// The functions over whole layers that second derivatives need, of one activation.
#[derive(Clone, Copy)]
pub struct Functions {
    /// [`backward`].
    pub backward: fn(&mut [f32], &[f32], &[f32]),
    /// [`second_derivative`].
    pub second_derivative: fn([&mut [f32]; 2], [&[f32]; 3]),
}

impl Functions {
    /// Those of an activation.
    pub fn of<L: SimdVector, A: Activate>() -> Self {
        Self { backward: backward::<L, A>, second_derivative: second_derivative::<L, A> }
    }
}

/// tanh z, with slope 1 − tanh² z.
pub struct Tanh;
/// max(z, 0), with slope 0 or 1.
pub struct Relu;
/// sin z, with slope cos z.
pub struct Sine;

impl Activate for Tanh {
    #[inline(always)]
    fn forward<L: SimdVector>(z: L) -> (L, Option<L>) {
        (math::tanh(z), None)
    }

    #[inline(always)]
    fn backward<L: SimdVector>(delta: L, value: L, _slope: L) -> L {
        delta * (L::splat(1.0) - value * value)
    }

    #[inline(always)]
    fn second_derivative<L: SimdVector>(tangent: L, value: L, _slope: L) -> L {
        L::splat(-2.0) * value * (L::splat(1.0) - value * value) * tangent
    }
}

impl Activate for Relu {
    #[inline(always)]
    fn forward<L: SimdVector>(z: L) -> (L, Option<L>) {
        (L::splat(0.0).pmax(z), None)
    }

    #[inline(always)]
    fn backward<L: SimdVector>(delta: L, value: L, _slope: L) -> L {
        let zero = L::splat(0.0);
        zero.where_less(value, delta, zero)
    }

    #[inline(always)]
    fn second_derivative<L: SimdVector>(_change: L, _value: L, _slope: L) -> L {
        L::splat(0.0)
    }
}

impl Activate for Sine {
    #[inline(always)]
    fn forward<L: SimdVector>(z: L) -> (L, Option<L>) {
        (math::sin(z), Some(math::cos(z)))
    }

    #[inline(always)]
    fn backward<L: SimdVector>(delta: L, _value: L, slope: L) -> L {
        delta * slope
    }

    #[inline(always)]
    fn second_derivative<L: SimdVector>(tangent: L, value: L, _slope: L) -> L {
        L::splat(0.0) - value * tangent
    }
}

/// Replaces z by its activation in a whole layer, and keeps the slopes that cannot be had later.
pub fn forward<L: SimdVector, A: Activate>(z: &mut [f32], slopes: &mut [f32]) {
    L::vectorize(Forward::<A> { z, slopes, activation: PhantomData });
}

struct Forward<'a, A> {
    z: &'a mut [f32],
    slopes: &'a mut [f32],
    activation: PhantomData<A>,
}

impl<A: Activate> Job for Forward<'_, A> {
    #[inline(always)]
    fn run<L: SimdVector>(self) {
        for (z, slopes) in self.z.chunks_exact_mut(L::WIDTH).zip(self.slopes.chunks_exact_mut(L::WIDTH)) {
            // SAFETY: each chunk holds one lane.
            unsafe {
                let (value, slope) = A::forward(L::load(z.as_ptr()));
                value.store(z.as_mut_ptr());
                if let Some(slope) = slope {
                    slope.store(slopes.as_mut_ptr());
                }
            }
        }
    }
}

/// Multiplies a whole layer's δ by the slopes of its activation.
pub fn backward<L: SimdVector, A: Activate>(delta: &mut [f32], values: &[f32], slopes: &[f32]) {
    L::vectorize(Backward::<A> { delta, values, slopes, activation: PhantomData });
}

struct Backward<'a, A> {
    delta: &'a mut [f32],
    values: &'a [f32],
    slopes: &'a [f32],
    activation: PhantomData<A>,
}

impl<A: Activate> Job for Backward<'_, A> {
    #[inline(always)]
    fn run<L: SimdVector>(self) {
        let lanes = self.values.chunks_exact(L::WIDTH).zip(self.slopes.chunks_exact(L::WIDTH));
        for (delta, (value, slope)) in self.delta.chunks_exact_mut(L::WIDTH).zip(lanes) {
            // SAFETY: each chunk holds one lane.
            unsafe {
                let (value, slope) = (L::load(value.as_ptr()), L::load(slope.as_ptr()));
                A::backward(L::load(delta.as_ptr()), value, slope).store(delta.as_mut_ptr());
            }
        }
    }
}

/// For a whole layer, given δ·W and its tangent: turns them into ∂loss/∂z and its tangent, by the slopes of the activation
/// and what `z_tangent`, the tangent of z, makes of them.
pub fn second_derivative<L: SimdVector, A: Activate>(
    [delta, delta_tangent]: [&mut [f32]; 2],
    [z_tangent, values, slopes]: [&[f32]; 3],
) {
    L::vectorize(SecondDerivative::<A> { delta, delta_tangent, z_tangent, values, slopes, activation: PhantomData });
}

struct SecondDerivative<'a, A> {
    delta: &'a mut [f32],
    delta_tangent: &'a mut [f32],
    z_tangent: &'a [f32],
    values: &'a [f32],
    slopes: &'a [f32],
    activation: PhantomData<A>,
}

impl<A: Activate> Job for SecondDerivative<'_, A> {
    #[inline(always)]
    fn run<L: SimdVector>(self) {
        let deltas = self.delta.chunks_exact_mut(L::WIDTH).zip(self.delta_tangent.chunks_exact_mut(L::WIDTH));
        let layer = self.values.chunks_exact(L::WIDTH).zip(self.slopes.chunks_exact(L::WIDTH));
        for ((delta, delta_tangent), (z_tangent, (value, slope))) in
            deltas.zip(self.z_tangent.chunks_exact(L::WIDTH).zip(layer))
        {
            // SAFETY: each chunk holds one lane.
            unsafe {
                let (value, slope) = (L::load(value.as_ptr()), L::load(slope.as_ptr()));
                let above = L::load(delta.as_ptr());
                let curved = above * A::second_derivative(L::load(z_tangent.as_ptr()), value, slope);
                (A::backward(L::load(delta_tangent.as_ptr()), value, slope) + curved).store(delta_tangent.as_mut_ptr());
                A::backward(above, value, slope).store(delta.as_mut_ptr());
            }
        }
    }
}

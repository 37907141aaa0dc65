//! Activations and their derivatives over whole layers.

use std::marker::PhantomData;

use crate::simd::{Job, Lane};
use crate::simd::math;

/// An activation of the hidden units.
pub trait Activate {
    /// The activation at z and, where it cannot be had from that value alone, the slope there.
    fn forward<L: Lane>(z: L) -> (L, Option<L>);

    /// `delta` times the slope, given the activation's value and the slope that `forward` returned.
    fn backward<L: Lane>(delta: L, value: L, slope: L) -> L;

    /// The derivative of the slope times `change`, a change of z, given the activation's value and slope.
    fn bend<L: Lane>(change: L, value: L, slope: L) -> L;
}

/// The functions over whole layers that second derivatives need, of one activation.
#[derive(Clone, Copy)]
pub struct Functions {
    /// [`backward`].
    pub backward: fn(&mut [f32], &[f32], &[f32]),
    /// [`bend`].
    pub bend: fn([&mut [f32]; 2], [&[f32]; 3]),
}

impl Functions {
    /// Those of an activation.
    pub fn of<L: Lane, A: Activate>() -> Self {
        Self { backward: backward::<L, A>, bend: bend::<L, A> }
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
    fn forward<L: Lane>(z: L) -> (L, Option<L>) {
        (math::tanh(z), None)
    }

    #[inline(always)]
    fn backward<L: Lane>(delta: L, value: L, _slope: L) -> L {
        delta * (L::splat(1.0) - value * value)
    }

    #[inline(always)]
    fn bend<L: Lane>(change: L, value: L, _slope: L) -> L {
        L::splat(-2.0) * value * (L::splat(1.0) - value * value) * change
    }
}

impl Activate for Relu {
    #[inline(always)]
    fn forward<L: Lane>(z: L) -> (L, Option<L>) {
        (L::splat(0.0).greater(z), None)
    }

    #[inline(always)]
    fn backward<L: Lane>(delta: L, value: L, _slope: L) -> L {
        let zero = L::splat(0.0);
        zero.where_less(value, delta, zero)
    }

    #[inline(always)]
    fn bend<L: Lane>(_change: L, _value: L, _slope: L) -> L {
        L::splat(0.0)
    }
}

impl Activate for Sine {
    #[inline(always)]
    fn forward<L: Lane>(z: L) -> (L, Option<L>) {
        (math::sin(z), Some(math::cos(z)))
    }

    #[inline(always)]
    fn backward<L: Lane>(delta: L, _value: L, slope: L) -> L {
        delta * slope
    }

    #[inline(always)]
    fn bend<L: Lane>(change: L, value: L, _slope: L) -> L {
        L::splat(0.0) - value * change
    }
}

/// Replaces z by its activation in a whole layer, and keeps the slopes that cannot be had later.
pub fn forward<L: Lane, A: Activate>(z: &mut [f32], slopes: &mut [f32]) {
    L::vectorize(Forward::<A> { z, slopes, activation: PhantomData });
}

struct Forward<'a, A> {
    z: &'a mut [f32],
    slopes: &'a mut [f32],
    activation: PhantomData<A>,
}

impl<A: Activate> Job for Forward<'_, A> {
    #[inline(always)]
    fn run<L: Lane>(self) {
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
pub fn backward<L: Lane, A: Activate>(delta: &mut [f32], values: &[f32], slopes: &[f32]) {
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
    fn run<L: Lane>(self) {
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

/// For a whole layer, given δ·W and its change: turns them into ∂loss/∂z and its change, by the slopes of the activation
/// and what `z_change`, the change of z, makes of them.
pub fn bend<L: Lane, A: Activate>([delta, delta_change]: [&mut [f32]; 2], [z_change, values, slopes]: [&[f32]; 3]) {
    L::vectorize(Bend::<A> { delta, delta_change, z_change, values, slopes, activation: PhantomData });
}

struct Bend<'a, A> {
    delta: &'a mut [f32],
    delta_change: &'a mut [f32],
    z_change: &'a [f32],
    values: &'a [f32],
    slopes: &'a [f32],
    activation: PhantomData<A>,
}

impl<A: Activate> Job for Bend<'_, A> {
    #[inline(always)]
    fn run<L: Lane>(self) {
        let deltas = self.delta.chunks_exact_mut(L::WIDTH).zip(self.delta_change.chunks_exact_mut(L::WIDTH));
        let layer = self.values.chunks_exact(L::WIDTH).zip(self.slopes.chunks_exact(L::WIDTH));
        for ((delta, delta_change), (z_change, (value, slope))) in
            deltas.zip(self.z_change.chunks_exact(L::WIDTH).zip(layer))
        {
            // SAFETY: each chunk holds one lane.
            unsafe {
                let (value, slope) = (L::load(value.as_ptr()), L::load(slope.as_ptr()));
                let above = L::load(delta.as_ptr());
                let bent = above * A::bend(L::load(z_change.as_ptr()), value, slope);
                (A::backward(L::load(delta_change.as_ptr()), value, slope) + bent).store(delta_change.as_mut_ptr());
                A::backward(above, value, slope).store(delta.as_mut_ptr());
            }
        }
    }
}

//! Four numbers at a time, with the same bits on every machine.
//!
//! [`Lane`] is what the kernels and [`math`](crate::math) are written over, once: a single `f32` or a 128-bit vector
//! of four. Only operations that IEEE 754 defines to the bit are offered: no fused multiply-add, no approximate
//! reciprocals, no minimum whose treatment of NaN differs between instruction sets. No operation works across the
//! numbers of a vector, so that the width of a lane never shows in a result.

use std::ops::{Add, Div, Mul, Sub};

/// One or several `f32`, worked on element by element.
pub trait Lane:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + 'static
{
    /// How many numbers it holds.
    const WIDTH: usize;

    /// The same number in every place.
    fn splat(value: f32) -> Self;

    /// Reads `WIDTH` numbers.
    ///
    /// # Safety
    /// `source` must be valid for reads of `WIDTH` `f32`; no alignment beyond that of `f32` is needed.
    unsafe fn load(source: *const f32) -> Self;

    /// Writes `WIDTH` numbers.
    ///
    /// # Safety
    /// `target` must be valid for writes of `WIDTH` `f32`; no alignment beyond that of `f32` is needed.
    unsafe fn store(self, target: *mut f32);

    /// `then` where `self` < `bound`, `otherwise` elsewhere (NaN compares as not less).
    #[must_use]
    fn where_less(self, bound: Self, then: Self, otherwise: Self) -> Self;

    /// −`self` where the lowest bit of `count` is set, `self` elsewhere.
    #[must_use]
    fn negate_where_odd(self, count: Self) -> Self;
}

impl Lane for f32 {
    const WIDTH: usize = 1;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        value
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { *source }
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { *target = self }
    }

    #[inline(always)]
    fn where_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        if self < bound { then } else { otherwise }
    }

    #[inline(always)]
    fn negate_where_odd(self, count: Self) -> Self {
        f32::from_bits(self.to_bits() ^ (count.to_bits() << 31))
    }
}

pub use vector::F32x4;

/// Implements the four operators of a vector type by the four given functions.
macro_rules! operators {
    ($($trait:ident $method:ident $function:path),*) => {$(
        impl $trait for F32x4 {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self($function(self.0, other.0))
            }
        }
    )*};
}

#[cfg(target_arch = "wasm32")]
#[path = "lanes/wasm.rs"]
mod vector;

#[cfg(target_arch = "x86_64")]
#[path = "lanes/x86_64.rs"]
mod vector;

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
#[path = "lanes/portable.rs"]
mod vector;

#[cfg(test)]
mod tests {
    use super::*;

    fn four(value: F32x4) -> [f32; 4] {
        let mut result = [0.0; 4];
        // SAFETY: `result` holds four.
        unsafe { value.store(result.as_mut_ptr()) };
        result
    }

    fn load(values: [f32; 4]) -> F32x4 {
        // SAFETY: `values` holds four.
        unsafe { F32x4::load(values.as_ptr()) }
    }

    #[test]
    fn a_vector_does_what_single_numbers_do() {
        let samples = [0.0, -0.0, 1.0, -1.5, 1e-40, -3e38, f32::INFINITY, f32::NAN, 0.1, -7.25, 3e38, 1e-20];
        let bits = |values: [f32; 4]| values.map(|value| if value.is_nan() { u32::MAX } else { value.to_bits() });
        for a in samples.windows(4) {
            for b in samples.windows(4) {
                let (a, b): ([f32; 4], [f32; 4]) = (a.try_into().unwrap(), b.try_into().unwrap());
                let each = |f: fn(f32, f32) -> f32| bits(std::array::from_fn(|i| f(a[i], b[i])));
                assert_eq!(bits(four(load(a) + load(b))), each(|a, b| a + b));
                assert_eq!(bits(four(load(a) - load(b))), each(|a, b| a - b));
                assert_eq!(bits(four(load(a) * load(b))), each(|a, b| a * b));
                assert_eq!(bits(four(load(a) / load(b))), each(|a, b| a / b));
                assert_eq!(bits(four(load(a).negate_where_odd(load(b)))), each(Lane::negate_where_odd));
                let less = load(a).where_less(load(b), load(a), F32x4::splat(9.0));
                assert_eq!(bits(four(less)), each(|a, b| a.where_less(b, a, 9.0)));
            }
        }
    }
}

//! Four `f32` in an array, for processors without a module of their own; compilers vectorise it.

use std::array::from_fn;
use std::ops::{Add, Div, Mul, Sub};

use super::vector::{Job, SimdVector, operators};

/// Four `f32`.
#[derive(Clone, Copy)]
pub struct F32x4([f32; 4]);

macro_rules! elementwise {
    ($($name:ident $operator:tt),*) => {$(
        #[inline(always)]
        fn $name(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
            from_fn(|i| a[i] $operator b[i])
        }
    )*};
}

elementwise!(plus +, minus -, times *, over /);
operators!(F32x4: Add add plus, Sub sub minus, Mul mul times, Div div over);

impl SimdVector for F32x4 {
    const WIDTH: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: the caller's promise; arrays of f32 are aligned as f32.
        Self(unsafe { *source.cast() })
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: the caller's promise; arrays of f32 are aligned as f32.
        unsafe { *target.cast() = self.0 }
    }

    #[inline(always)]
    fn pmin(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i].pmin(other.0[i])))
    }

    #[inline(always)]
    fn pmax(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i].pmax(other.0[i])))
    }

    #[inline(always)]
    fn where_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        Self(from_fn(|i| self.0[i].where_less(bound.0[i], then.0[i], otherwise.0[i])))
    }

    #[inline(always)]
    fn negate_where_odd(self, count: Self) -> Self {
        Self(from_fn(|i| self.0[i].negate_where_odd(count.0[i])))
    }

    #[inline(always)]
    fn low_bits_as_exponent(self) -> Self {
        Self(from_fn(|i| self.0[i].low_bits_as_exponent()))
    }

    #[inline(always)]
    fn vectorize(job: impl Job) {
        job.run::<Self>();
    }
}

impl F32x4 {
    /// The square root, which IEEE 754 defines to the bit.
    #[inline(always)]
    #[must_use]
    pub fn sqrt(self) -> Self {
        Self(self.0.map(f32::sqrt))
    }

    /// The transpose of the 4 × 4 matrix whose rows are given.
    #[inline(always)]
    #[must_use]
    pub fn transpose(rows: [Self; 4]) -> [Self; 4] {
        from_fn(|i| Self(from_fn(|j| rows[j].0[i])))
    }
}

//! Four `f32` in a WebAssembly vector (the `simd128` proposal, not its relaxed successor).

use core::arch::wasm32 as v;
use std::ops::{Add, Div, Mul, Sub};

use super::vector::{Job, SimdVector, operators};

/// Four `f32`.
#[derive(Clone, Copy)]
pub struct F32x4(v::v128);

operators!(F32x4: Add add v::f32x4_add, Sub sub v::f32x4_sub, Mul mul v::f32x4_mul, Div div v::f32x4_div);

impl SimdVector for F32x4 {
    const WIDTH: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(v::f32x4_splat(value))
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: the caller's promise; the instruction takes any alignment.
        Self(unsafe { v::v128_load(source.cast()) })
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: the caller's promise; the instruction takes any alignment.
        unsafe { v::v128_store(target.cast(), self.0) }
    }

    #[inline(always)]
    fn pmin(self, other: Self) -> Self {
        // Pseudo-minimum: its second argument where that is less, else its first.
        Self(v::f32x4_pmin(other.0, self.0))
    }

    #[inline(always)]
    fn pmax(self, other: Self) -> Self {
        Self(v::f32x4_pmax(other.0, self.0))
    }

    #[inline(always)]
    fn where_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        Self(v::v128_bitselect(then.0, otherwise.0, v::f32x4_lt(self.0, bound.0)))
    }

    #[inline(always)]
    fn negate_where_odd(self, count: Self) -> Self {
        Self(v::v128_xor(self.0, v::i32x4_shl(count.0, 31)))
    }

    #[inline(always)]
    fn low_bits_as_exponent(self) -> Self {
        Self(v::i32x4_shl(self.0, 23))
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
        Self(v::f32x4_sqrt(self.0))
    }

    /// The transpose of the 4 × 4 matrix whose rows are given.
    #[inline(always)]
    #[must_use]
    pub fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        let low_ab = v::i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0);
        let high_ab = v::i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0);
        let low_cd = v::i32x4_shuffle::<0, 4, 1, 5>(c.0, d.0);
        let high_cd = v::i32x4_shuffle::<2, 6, 3, 7>(c.0, d.0);
        [
            Self(v::i64x2_shuffle::<0, 2>(low_ab, low_cd)),
            Self(v::i64x2_shuffle::<1, 3>(low_ab, low_cd)),
            Self(v::i64x2_shuffle::<0, 2>(high_ab, high_cd)),
            Self(v::i64x2_shuffle::<1, 3>(high_ab, high_cd)),
        ]
    }
}

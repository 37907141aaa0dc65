//! Four `f32` in an SSE register, which every x86-64 processor has.

use core::arch::x86_64 as v;
use std::ops::{Add, Div, Mul, Sub};

use super::Lane;

/// Four `f32`.
#[derive(Clone, Copy)]
pub struct F32x4(v::__m128);

macro_rules! safe {
    ($($name:ident $intrinsic:ident),*) => {$(
        #[inline(always)]
        fn $name(a: v::__m128, b: v::__m128) -> v::__m128 {
            // SAFETY: SSE is part of x86-64.
            unsafe { v::$intrinsic(a, b) }
        }
    )*};
}

safe!(plus _mm_add_ps, minus _mm_sub_ps, times _mm_mul_ps, over _mm_div_ps);
operators!(Add add plus, Sub sub minus, Mul mul times, Div div over);

impl Lane for F32x4 {
    const WIDTH: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: SSE is part of x86-64.
        Self(unsafe { v::_mm_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: the caller's promise; the instruction takes any alignment.
        Self(unsafe { v::_mm_loadu_ps(source) })
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: the caller's promise; the instruction takes any alignment.
        unsafe { v::_mm_storeu_ps(target, self.0) }
    }

    #[inline(always)]
    fn where_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        // SAFETY: SSE is part of x86-64.
        Self(unsafe {
            let mask = v::_mm_cmplt_ps(self.0, bound.0);
            v::_mm_or_ps(v::_mm_and_ps(mask, then.0), v::_mm_andnot_ps(mask, otherwise.0))
        })
    }

    #[inline(always)]
    fn negate_where_odd(self, count: Self) -> Self {
        // SAFETY: SSE2 is part of x86-64.
        Self(unsafe {
            v::_mm_xor_ps(self.0, v::_mm_castsi128_ps(v::_mm_slli_epi32::<31>(v::_mm_castps_si128(count.0))))
        })
    }
}

impl F32x4 {
    /// The transpose of the 4 × 4 matrix whose rows are given.
    #[inline(always)]
    #[must_use]
    pub fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        // SAFETY: SSE is part of x86-64.
        unsafe {
            let low_ab = v::_mm_unpacklo_ps(a.0, b.0);
            let high_ab = v::_mm_unpackhi_ps(a.0, b.0);
            let low_cd = v::_mm_unpacklo_ps(c.0, d.0);
            let high_cd = v::_mm_unpackhi_ps(c.0, d.0);
            [
                Self(v::_mm_movelh_ps(low_ab, low_cd)),
                Self(v::_mm_movehl_ps(low_cd, low_ab)),
                Self(v::_mm_movelh_ps(high_ab, high_cd)),
                Self(v::_mm_movehl_ps(high_cd, high_ab)),
            ]
        }
    }
}

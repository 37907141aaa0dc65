//! Vectors of `f32` on x86-64: SSE, which every such processor has, AVX and AVX-512.
//!
//! The wider vectors may be used only on a processor that has them. `simd::run` alone names them, and asks it first.

use core::arch::x86_64 as v;
use std::ops::{Add, Div, Mul, Sub};

use super::vector::{Job, SimdVector};

/// Defines a vector type by the intrinsics that its instruction set has for each operation.
macro_rules! vector {
    (
        $(#[$doc:meta])* $name:ident($register:ident) of $width:literal in $features:literal:
        $add:ident $sub:ident $mul:ident $div:ident $min:ident $max:ident $splat:ident $load:ident $store:ident,
        where_less: $where_less:expr, flip: $flip:expr, exponent: $exponent:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(v::$register);

        vector!(@operators $name: Add add $add, Sub sub $sub, Mul mul $mul, Div div $div);

        impl SimdVector for $name {
            const WIDTH: usize = $width;

            #[inline(always)]
            fn splat(value: f32) -> Self {
                // SAFETY: the processor has the instruction, as the module demands.
                Self(unsafe { v::$splat(value) })
            }

            #[inline(always)]
            unsafe fn load(source: *const f32) -> Self {
                // SAFETY: the caller's promise; the instruction takes any alignment.
                Self(unsafe { v::$load(source) })
            }

            #[inline(always)]
            unsafe fn store(self, target: *mut f32) {
                // SAFETY: the caller's promise; the instruction takes any alignment.
                unsafe { v::$store(target, self.0) }
            }

            #[inline(always)]
            fn pmin(self, other: Self) -> Self {
                // SAFETY: the processor has the instruction, as the module demands.
                Self(unsafe { v::$min(self.0, other.0) })
            }

            #[inline(always)]
            fn pmax(self, other: Self) -> Self {
                // SAFETY: the processor has the instruction, as the module demands.
                Self(unsafe { v::$max(self.0, other.0) })
            }

            #[inline(always)]
            fn where_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
                // SAFETY: the processor has the instruction, as the module demands.
                Self(unsafe { ($where_less)(self.0, bound.0, then.0, otherwise.0) })
            }

            #[inline(always)]
            fn negate_where_odd(self, count: Self) -> Self {
                // SAFETY: the processor has the instruction, as the module demands.
                Self(unsafe { ($flip)(self.0, count.0) })
            }

            #[inline(always)]
            fn low_bits_as_exponent(self) -> Self {
                // SAFETY: the module's promise.
                Self(unsafe { ($exponent)(self.0) })
            }

            #[inline(always)]
            fn vectorize(job: impl Job) {
                #[target_feature(enable = $features)]
                fn with_features(job: impl Job) {
                    job.run::<$name>();
                }
                // SAFETY: the processor has the features, as the module demands.
                unsafe { with_features(job) }
            }
        }
    };
    (@operators $name:ident: $($trait:ident $method:ident $intrinsic:ident),*) => {$(
        impl $trait for $name {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: the processor has the instruction, as the module demands.
                Self(unsafe { v::$intrinsic(self.0, other.0) })
            }
        }
    )*};
}

vector! {
    /// Four `f32` in an SSE register.
    F32x4(__m128) of 4 in "sse2":
    _mm_add_ps _mm_sub_ps _mm_mul_ps _mm_div_ps _mm_min_ps _mm_max_ps _mm_set1_ps _mm_loadu_ps _mm_storeu_ps,
    where_less: |value, bound, then, otherwise| {
        let mask = v::_mm_cmplt_ps(value, bound);
        v::_mm_or_ps(v::_mm_and_ps(mask, then), v::_mm_andnot_ps(mask, otherwise))
    },
    flip: |value, count| v::_mm_xor_ps(value, v::_mm_castsi128_ps(v::_mm_slli_epi32::<31>(v::_mm_castps_si128(count)))),
    exponent: |value| v::_mm_castsi128_ps(v::_mm_slli_epi32::<23>(v::_mm_castps_si128(value)))
}

vector! {
    /// Eight `f32` in an AVX register.
    F32x8(__m256) of 8 in "avx2":
    _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_div_ps _mm256_min_ps _mm256_max_ps
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps,
    where_less: |value, bound, then, otherwise| {
        v::_mm256_blendv_ps(otherwise, then, v::_mm256_cmp_ps::<{ v::_CMP_LT_OQ }>(value, bound))
    },
    flip: |value, count| {
        v::_mm256_xor_ps(value, v::_mm256_castsi256_ps(v::_mm256_slli_epi32::<31>(v::_mm256_castps_si256(count))))
    },
    exponent: |value| v::_mm256_castsi256_ps(v::_mm256_slli_epi32::<23>(v::_mm256_castps_si256(value)))
}

vector! {
    /// Sixteen `f32` in an AVX-512 register.
    F32x16(__m512) of 16 in "avx512f,avx512dq":
    _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_div_ps _mm512_min_ps _mm512_max_ps
    _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps,
    where_less: |value, bound, then, otherwise| {
        v::_mm512_mask_blend_ps(v::_mm512_cmp_ps_mask::<{ v::_CMP_LT_OQ }>(value, bound), otherwise, then)
    },
    flip: |value, count| {
        v::_mm512_xor_ps(value, v::_mm512_castsi512_ps(v::_mm512_slli_epi32::<31>(v::_mm512_castps_si512(count))))
    },
    exponent: |value| v::_mm512_castsi512_ps(v::_mm512_slli_epi32::<23>(v::_mm512_castps_si512(value)))
}

impl F32x4 {
    /// The square root, which IEEE 754 defines to the bit.
    #[inline(always)]
    #[must_use]
    pub fn sqrt(self) -> Self {
        // SAFETY: SSE is part of x86-64.
        Self(unsafe { v::_mm_sqrt_ps(self.0) })
    }

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

//! The most multiplications and additions that one core does in a second, on vectors of the kind that it is given.
//!
//! The engine's results are the same everywhere, so a product and a sum are two operations that round once each: fused
//! ones, which double many machines' figure, are out of its reach and are not counted here. Nothing is loaded or stored,
//! and enough sums run side by side to hide the latency of each. No network can be as fast; what fraction it comes to
//! says how well the kernels use the machine.
//!
//! This one file is compiled as part of the benchmarks, and by itself for wasm.

/// How many sums run side by side; which is best differs between machines, as registers and latencies do.
const SIDE_BY_SIDE: [usize; 5] = [8, 10, 12, 14, 16];

/// Turns of the loop between two tests of its end.
const UNROLLED: u32 = 8;

/// Vectors of one width.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// As processors call it.
    pub name: &'static str,
    /// Its width.
    pub bits: u32,
    /// Runs variant `.0` (below [`variants`]) for `.1` rounds, and returns the floating-point operations done.
    pub run: fn(usize, u32) -> f64,
}

/// How many variants each unit has.
#[must_use]
pub fn variants() -> usize {
    SIDE_BY_SIDE.len()
}

/// A module with the loop on one kind of vector.
macro_rules! unit {
    ($module:ident, $name:literal, $feature:literal, $arch:ident::{$vector:ident, $splat:ident, $times:ident, $plus:ident}) => {
        mod $module {
            use std::arch::$arch::{$plus, $splat, $times, $vector};
            use std::hint::black_box;

            use super::{SIDE_BY_SIDE, UNROLLED, Unit};

            pub const UNIT: Unit = Unit { name: $name, bits: 8 * size_of::<$vector>() as u32, run };

            fn run(variant: usize, rounds: u32) -> f64 {
                // SAFETY: `units` names this one only where the processor has it.
                unsafe {
                    match variant {
                        0 => side_by_side::<{ SIDE_BY_SIDE[0] }>(rounds),
                        1 => side_by_side::<{ SIDE_BY_SIDE[1] }>(rounds),
                        2 => side_by_side::<{ SIDE_BY_SIDE[2] }>(rounds),
                        3 => side_by_side::<{ SIDE_BY_SIDE[3] }>(rounds),
                        _ => side_by_side::<{ SIDE_BY_SIDE[4] }>(rounds),
                    }
                }
            }

            /// # Safety
            /// The processor has the feature.
            #[target_feature(enable = $feature)]
            #[allow(unused_unsafe, reason = "not every architecture's functions are unsafe")]
            unsafe fn side_by_side<const N: usize>(rounds: u32) -> f64 {
                // SAFETY: the functions need the feature and nothing else.
                unsafe {
                    // Black boxes: equal sums would be computed once, and unused ones never.
                    let (factor, term) = ($splat(black_box(0.999)), $splat(black_box(0.001)));
                    let mut sums = black_box([$splat(1.0); N]);
                    for _ in 0..rounds {
                        for _ in 0..UNROLLED {
                            for sum in &mut sums {
                                *sum = $plus($times(*sum, factor), term);
                            }
                        }
                    }
                    black_box(sums);
                }
                let numbers = size_of::<$vector>() / size_of::<f32>();
                2.0 * f64::from(rounds) * f64::from(UNROLLED) * (N * numbers) as f64
            }
        }
    };
}

#[cfg(target_arch = "wasm32")]
unit!(simd128, "SIMD", "simd128", wasm32::{v128, f32x4_splat, f32x4_mul, f32x4_add});

#[cfg(target_arch = "x86_64")]
unit!(sse, "SSE", "sse2", x86_64::{__m128, _mm_set1_ps, _mm_mul_ps, _mm_add_ps});
#[cfg(target_arch = "x86_64")]
unit!(avx, "AVX", "avx", x86_64::{__m256, _mm256_set1_ps, _mm256_mul_ps, _mm256_add_ps});
#[cfg(target_arch = "x86_64")]
unit!(avx512, "AVX-512", "avx512f", x86_64::{__m512, _mm512_set1_ps, _mm512_mul_ps, _mm512_add_ps});

#[cfg(target_arch = "aarch64")]
unit!(neon, "NEON", "neon", aarch64::{float32x4_t, vdupq_n_f32, vmulq_f32, vaddq_f32});

/// The units that this processor has, the narrowest first; none where this file knows none of its kind.
#[must_use]
pub fn units() -> Vec<Unit> {
    #[cfg(target_arch = "wasm32")]
    return vec![simd128::UNIT];
    #[cfg(target_arch = "aarch64")]
    return vec![neon::UNIT];
    #[cfg(target_arch = "x86_64")]
    {
        let wider = [(is_x86_feature_detected!("avx"), avx::UNIT), (is_x86_feature_detected!("avx512f"), avx512::UNIT)];
        let wider = wider.into_iter().filter_map(|(is_there, unit)| is_there.then_some(unit));
        return std::iter::once(sse::UNIT).chain(wider).collect();
    }
    #[allow(unreachable_code, reason = "elsewhere there is none")]
    Vec::new()
}

/// For a page: how many variants there are.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
pub extern "C" fn variant_count() -> usize {
    variants()
}

/// For a page: runs a variant for so many rounds, and returns the floating-point operations done.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
pub extern "C" fn run_variant(variant: usize, rounds: u32) -> f64 {
    (simd128::UNIT.run)(variant, rounds)
}

//! tanh, sine, cosine, exponential and logarithm with the same bits on every machine, and error bounds that a test measures.
//!
//! The approximations are this project's own: `tests/golden/approximations.py` fits them and prints the constants.
//! They use only operations that IEEE 754 defines to the bit, in the order written here.

use std::f32::consts::{FRAC_1_PI, LOG2_E};

use super::vector::{SimdVector, unroll};

/// Greatest absolute error of [`tanh`] over all finite numbers.
pub const TANH_ERROR: f64 = 2.1e-7;
/// Greatest absolute error of [`sin`] and [`cos`] for arguments up to 10⁴ in size.
pub const SINE_ERROR: f64 = 1.3e-7;
/// Greatest relative error of [`exp`] from −87 to 88.
pub const EXP_ERROR: f64 = 1.3e-7;
/// Greatest relative error of [`log1p`] from 0 to 1.
pub const LOG1P_ERROR: f64 = 1.9e-7;

/// Beyond this, tanh is 1 to within [`TANH_ERROR`].
const TANH_CLAMP: f32 = 8.5;
/// Numerator of tanh(x/2)/x in x², lowest power first.
const TANH_A: [f32; 3] = [0.5, 1.490_168_6e-2, 5.745_007_4e-5];
/// Denominator of tanh(x/2)/x in x², lowest power first.
const TANH_B: [f32; 4] = [1.0, 1.131_366_8e-1, 1.209_654_7e-3, 1.242_810_9e-6];

/// Adding this to a number of moderate size rounds it to a whole number, in the low bits.
const ROUND: f32 = 12_582_912.0;
/// π in three parts, of which the first two have room for an exact product with a whole number up to 2¹³.
const PI_PARTS: [f32; 3] = [3.140_625, 9.675_026e-4, 1.509_958e-7];
/// (sin r − r)/r³ in r², lowest power first.
const SIN: [f32; 4] = [-1.666_666e-1, 8.333_066e-3, -1.980_952_1e-4, 2.605_590_2e-6];
/// (cos r − 1 + r²/2)/r⁴ in r², lowest power first.
const COS: [f32; 4] = [4.166_665_7e-2, -1.388_856_8e-3, 2.476_922_4e-5, -2.619_213_4e-7];
/// Below this, e^x is 0 here: it would soon be too small for a normal number.
const EXP_LEAST: f32 = -87.0;
/// ln 2 in two parts, of which the first has room for an exact product with a whole number up to 2⁹.
const LN_2_PARTS: [f32; 2] = [6.931_457_5e-1, 1.428_606_8e-6];
/// (e^r − 1 − r)/r² in r, lowest power first.
const EXP: [f32; 5] = [4.999_999_4e-1, 1.666_652_1e-1, 4.166_847e-2, 8.368_568e-3, 1.380_74e-3];
/// What exponents of an `f32` are stored with.
const EXPONENT_BIAS: f32 = 127.0;
/// (2·artanh s − 2s)/s³ in s², lowest power first.
const LOG1P: [f32; 4] = [6.666_642e-1, 4.002_152_7e-1, 2.800_180_6e-1, 2.801_199e-1];

/// tanh x, in absolute value below 1; NaN for NaN.
///
/// tanh x = 2u/(1 + u²) for u = tanh(x/2), which is fitted as a quotient.
#[inline(always)]
pub fn tanh<L: SimdVector>(x: L) -> L {
    let x = L::splat(-TANH_CLAMP).pmax(L::splat(TANH_CLAMP).pmin(x));
    let t = x * x;
    let n = x * polynomial(t, TANH_A);
    let d = polynomial(t, TANH_B);
    ((n + n) * d) / (n * n + d * d)
}

/// sin x for |x| up to 10⁴; of no meaning beyond 10⁶.
#[inline(always)]
pub fn sin<L: SimdVector>(x: L) -> L {
    let (r, turns) = reduce(x);
    let t = r * r;
    (r + (r * t) * polynomial(t, SIN)).negate_where_odd(turns)
}

/// cos x for |x| up to 10⁴; of no meaning beyond 10⁶.
#[inline(always)]
pub fn cos<L: SimdVector>(x: L) -> L {
    let (r, turns) = reduce(x);
    let t = r * r;
    ((L::splat(1.0) - L::splat(0.5) * t) + (t * t) * polynomial(t, COS)).negate_where_odd(turns)
}

/// r in [−π/2, π/2] with x = k·π + r, and k in the low bits of a number (Cody and Waite 1980).
#[inline(always)]
fn reduce<L: SimdVector>(x: L) -> (L, L) {
    let turns = x * L::splat(FRAC_1_PI) + L::splat(ROUND);
    let k = turns - L::splat(ROUND);
    let [first, second, third] = PI_PARTS;
    let [first, second, third] = [L::splat(first), L::splat(second), L::splat(third)];
    (((x - k * first) - k * second) - k * third, turns)
}

/// e^x for x up to 88, 0 below −87; NaN for NaN.
///
/// x = k·ln 2 + r with |r| ≤ ln 2/2: e^x = 2^k·e^r.
#[inline(always)]
pub fn exp<L: SimdVector>(x: L) -> L {
    let least = L::splat(EXP_LEAST);
    let bounded = least.pmax(x);
    let shifted = bounded * L::splat(LOG2_E) + L::splat(ROUND);
    let k = shifted - L::splat(ROUND);
    let [first, second] = LN_2_PARTS;
    let r = (bounded - k * L::splat(first)) - k * L::splat(second);
    let power = (shifted + L::splat(EXPONENT_BIAS)).low_bits_as_exponent();
    let value = ((L::splat(1.0) + r) + (r * r) * polynomial(r, EXP)) * power;
    x.where_less(least, L::splat(0.0), value)
}

/// ln(1 + x) for x from 0 to 1; NaN for NaN.
///
/// ln(1 + x) = 2·artanh s for s = x/(2 + x).
#[inline(always)]
pub fn log1p<L: SimdVector>(x: L) -> L {
    let s = x / (L::splat(2.0) + x);
    let t = s * s;
    (s + s) + (s * t) * polynomial(t, LOG1P)
}

/// Horner's rule, lowest power first.
#[inline(always)]
fn polynomial<L: SimdVector, const N: usize>(t: L, coefficients: [f32; N]) -> L {
    let mut value = L::splat(coefficients[N - 1]);
    unroll!(i < N - 1 => { value = value * t + L::splat(coefficients[N - 2 - i]); });
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of how many floats one is tried: Miri takes a thousand times as long.
    const STEP: usize = if cfg!(miri) { 10_000_019 } else { 1021 };

    /// Every [`STEP`]th float of each sign up to `bound`.
    fn sweep(bound: f32) -> impl Iterator<Item = f32> {
        (0..bound.to_bits()).step_by(STEP).flat_map(|bits| [f32::from_bits(bits), -f32::from_bits(bits)])
    }

    fn worst(bound: f32, ours: fn(f32) -> f32, truth: fn(f64) -> f64) -> f64 {
        sweep(bound).map(|x| (f64::from(ours(x)) - truth(f64::from(x))).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn errors_stay_within_the_documented_bounds() {
        assert!(worst(f32::MAX, tanh, f64::tanh) < TANH_ERROR);
        assert!(worst(1e4, sin, f64::sin) < SINE_ERROR);
        assert!(worst(1e4, cos, f64::cos) < SINE_ERROR);
    }

    /// Greatest error relative to the truth.
    fn worst_relative(numbers: impl Iterator<Item = f32>, ours: fn(f32) -> f32, truth: fn(f64) -> f64) -> f64 {
        let error = |x: f32| (f64::from(ours(x)) / truth(f64::from(x)) - 1.0).abs();
        numbers.map(error).fold(0.0, f64::max)
    }

    #[test]
    fn relative_errors_stay_within_the_documented_bounds() {
        assert!(worst_relative(sweep(88.0).filter(|&x| x >= EXP_LEAST), exp, f64::exp) < EXP_ERROR);
        let fractions = sweep(1.0).filter(|&x| x >= f32::MIN_POSITIVE);
        assert!(worst_relative(fractions, log1p, f64::ln_1p) < LOG1P_ERROR);
    }

    #[test]
    fn exponential_and_logarithm_are_right_at_the_ends() {
        for zero in [0.0, -0.0] {
            assert_eq!((exp(zero), log1p(zero)), (1.0, 0.0));
        }
        assert!((exp(88.0_f32) / 1.651_636_3e38 - 1.0).abs() < 2e-7 && exp(EXP_LEAST) > f32::MIN_POSITIVE);
        for x in [-87.000_01, -88.0, -1e4, f32::MIN, f32::NEG_INFINITY] {
            assert_eq!(exp(x), 0.0, "{x}");
        }
        assert!(exp(f32::NAN).is_nan() && log1p(f32::NAN).is_nan());
        assert_eq!(log1p(1.0_f32), std::f32::consts::LN_2);
    }

    #[test]
    fn bits_are_those_of_the_independent_evaluation() {
        let tanhs = [(0.5, 0x3eec_9a9e), (1.0, 0x3f42_f7d6), (3.0, 0x3f7e_bbe7), (8.5, 0x3f7f_fffe)];
        let sines = [(0.1, 0x3dcc_7577), (2.0, 0x3f68_c7b7), (50.0, 0xbe86_55ff), (-100.0, 0x3f01_a12e)];
        let cosines = [(0.1, 0x3f7e_b898), (2.0, 0xbed5_1134), (50.0, 0x3f77_0803), (-100.0, 0x3f5c_c0ee)];
        for (x, bits) in tanhs {
            assert_eq!(tanh::<f32>(x).to_bits(), bits, "tanh {x}");
        }
        for (x, bits) in sines {
            assert_eq!(sin::<f32>(x).to_bits(), bits, "sin {x}");
        }
        for (x, bits) in cosines {
            assert_eq!(cos::<f32>(x).to_bits(), bits, "cos {x}");
        }
    }

    #[test]
    fn tanh_never_reaches_one_and_keeps_nan() {
        assert!(sweep(f32::INFINITY).all(|x| tanh(x).abs() < 1.0));
        assert!(tanh(f32::NAN).is_nan());
    }
}

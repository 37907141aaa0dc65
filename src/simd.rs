//! Several numbers at a time, with the same bits on every machine.
//!
//! [`SimdVector`] is what the kernels and [`math`](crate::simd::math) are written over, once: a single `f32`, a 128-bit vector of
//! four, and the wider vectors of x86-64 where the processor has them. Only operations that IEEE 754 defines to the bit
//! are offered: no fused multiply-add, no approximate reciprocals, no minimum whose treatment of NaN differs between
//! instruction sets. No operation works across the numbers of a vector, so that the width of a vector never shows in a
//! result.

use std::ops::{Add, Div, Mul, Sub};

/// Repeats a block for a number from 0 up to a constant of at most 4. It is written out, as nothing unrolls a loop where
/// a program is compiled for size; and arrays stay in registers only as long as no loop goes over them.
macro_rules! unroll {
    ($i:ident < $count:expr => $body:block) => {
        const { assert!($count <= 4) };
        if 0 < $count {
            let $i = 0_usize;
            $body
        }
        if 1 < $count {
            let $i = 1_usize;
            $body
        }
        if 2 < $count {
            let $i = 2_usize;
            $body
        }
        if 3 < $count {
            let $i = 3_usize;
            $body
        }
    };
}

pub(crate) use unroll;

/// One or several `f32`, worked on element by element.
pub trait SimdVector:
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

    /// `self` where `self` < `other`, `other` elsewhere (and where either is NaN).
    #[must_use]
    fn pmin(self, other: Self) -> Self;

    /// `self` where `self` > `other`, `other` elsewhere (and where either is NaN).
    #[must_use]
    fn pmax(self, other: Self) -> Self;

    /// `then` where `self` < `bound`, `otherwise` elsewhere (NaN compares as not less).
    #[must_use]
    fn where_less(self, bound: Self, then: Self, otherwise: Self) -> Self;

    /// −`self` where the lowest bit of `count` is set, `self` elsewhere.
    #[must_use]
    fn negate_where_odd(self, count: Self) -> Self;

    /// 2^(n − 127) where the low bits of `self` are the whole number n, 0 < n < 255: they become the exponent's bits.
    #[must_use]
    fn low_bits_as_exponent(self) -> Self;

    /// Does `job` in such vectors, with their instructions allowed: loops over vectors belong inside.
    fn vectorize(job: impl Job);
}

impl SimdVector for f32 {
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
    fn pmin(self, other: Self) -> Self {
        if self < other { self } else { other }
    }

    #[inline(always)]
    fn pmax(self, other: Self) -> Self {
        if self > other { self } else { other }
    }

    #[inline(always)]
    fn where_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        if self < bound { then } else { otherwise }
    }

    #[inline(always)]
    fn negate_where_odd(self, count: Self) -> Self {
        f32::from_bits(self.to_bits() ^ (count.to_bits() << 31))
    }

    #[inline(always)]
    fn low_bits_as_exponent(self) -> Self {
        f32::from_bits(self.to_bits() << 23)
    }

    #[inline(always)]
    fn vectorize(job: impl Job) {
        job.run::<Self>();
    }
}

/// Something to do in vectors of any width.
pub trait Job {
    /// Does it. Under [`SimdVector::vectorize`] everything that works on vectors must be inlined into it, and it itself
    /// into its caller: `#[inline(always)]`.
    fn run<L: SimdVector>(self);
}

pub use vector::F32x4;
#[cfg(target_arch = "x86_64")]
pub use vector::{F32x8, F32x16};

/// Maps numbers in place, four at a time: `map` is given those of up to three slices of equal length, which its results
/// replace, and those of `source`, which stay.
///
/// # Panics
/// When a length differs.
#[inline(always)]
pub fn map_in_place<const N: usize>(
    targets: [&mut [f32]; N],
    source: &[f32],
    map: impl Fn([F32x4; N], F32x4) -> [F32x4; N],
) {
    const W: usize = F32x4::WIDTH;
    let length = source.len();
    let targets = targets.map(|target| {
        assert_eq!(target.len(), length, "vectors of equal length");
        target.as_mut_ptr()
    });
    let mut from = 0;
    while from + W <= length {
        let mut numbers = [F32x4::splat(0.0); N];
        // SAFETY: four numbers from `from` on exist in every vector, as asserted.
        unsafe {
            unroll!(i < N => { numbers[i] = F32x4::load(targets[i].add(from)); });
            let numbers = map(numbers, F32x4::load(source.as_ptr().add(from)));
            unroll!(i < N => { numbers[i].store(targets[i].add(from)); });
        }
        from += W;
    }
    if from < length {
        let rest = length - from;
        let mut numbers = [[0.0; W]; N];
        let mut last = [0.0; W];
        last[..rest].copy_from_slice(&source[from..]);
        // SAFETY: `rest` numbers from `from` on exist in every vector.
        unsafe {
            for (numbers, target) in numbers.iter_mut().zip(targets) {
                std::ptr::copy_nonoverlapping(target.add(from), numbers.as_mut_ptr(), rest);
            }
            let vectors = numbers.map(|numbers| F32x4::load(numbers.as_ptr()));
            let vectors = map(vectors, F32x4::load(last.as_ptr()));
            for ((vector, numbers), target) in vectors.into_iter().zip(&mut numbers).zip(targets) {
                vector.store(numbers.as_mut_ptr());
                std::ptr::copy_nonoverlapping(numbers.as_ptr(), target.add(from), rest);
            }
        }
    }
}

/// Adds numbers to those of a vector of equal length.
///
/// # Panics
/// When the lengths differ.
pub fn add(sum: &mut [f32], term: &[f32]) {
    map_in_place([sum], term, |[sum], term| [sum + term]);
}

/// How many numbers the vectors of this processor hold, the widest first.
#[must_use]
pub fn widths() -> &'static [usize] {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
            return &[16, 8, 4];
        }
        if is_x86_feature_detected!("avx2") {
            return &[8, 4];
        }
    }
    &[4]
}

/// Does `job` in vectors of `width` numbers, which must be one of [`widths`].
///
/// # Panics
/// When it is not.
pub fn run(width: usize, job: impl Job) {
    assert!(widths().contains(&width), "this processor has vectors of {:?} numbers", widths());
    match width {
        #[cfg(target_arch = "x86_64")]
        16 => job.run::<F32x16>(),
        #[cfg(target_arch = "x86_64")]
        8 => job.run::<F32x8>(),
        _ => job.run::<F32x4>(),
    }
}

/// Implements the four operators of a vector type by the four given functions.
#[cfg(not(target_arch = "x86_64"))]
macro_rules! operators {
    ($vector:ident: $($trait:ident $method:ident $function:path),*) => {$(
        impl $trait for $vector {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self($function(self.0, other.0))
            }
        }
    )*};
}

pub mod math;

#[cfg(target_arch = "wasm32")]
#[path = "simd/wasm.rs"]
mod vector;

#[cfg(target_arch = "x86_64")]
#[path = "simd/x86_64.rs"]
mod vector;

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
#[path = "simd/portable.rs"]
mod vector;

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLES: [f32; 16] =
        [0.0, -0.0, 1.0, -1.5, 1e-40, -3e38, f32::INFINITY, f32::NAN, 0.1, -7.25, 3e38, 1e-20, 8.5, -8.5, 2.0, 1e-45];

    /// What an operation makes of every pair of samples, NaN as one value.
    fn results<L: SimdVector>(operation: impl Fn(L, L) -> L) -> Vec<u32> {
        let mut results = Vec::new();
        for shift in 0..SAMPLES.len() {
            let mut right = SAMPLES;
            right.rotate_left(shift);
            for (left, right) in SAMPLES.chunks(L::WIDTH).zip(right.chunks(L::WIDTH)) {
                let mut result = vec![0.0_f32; L::WIDTH];
                // SAFETY: each holds one vector.
                unsafe {
                    operation(L::load(left.as_ptr()), L::load(right.as_ptr())).store(result.as_mut_ptr());
                }
                results.extend(result.iter().map(|number| if number.is_nan() { u32::MAX } else { number.to_bits() }));
            }
        }
        results
    }

    /// Compares every operation of a vector with that of single numbers.
    #[derive(Clone, Copy)]
    struct Check;

    impl Job for Check {
        fn run<L: SimdVector>(self) {
            macro_rules! compare {
                ($($name:literal $operation:expr),*) => {$(
                    assert_eq!(results::<L>($operation), results::<f32>($operation), "{} of {}", $name, L::WIDTH);
                )*};
            }
            compare!(
                "add" Add::add,
                "sub" Sub::sub,
                "mul" Mul::mul,
                "div" Div::div,
                "pmin" SimdVector::pmin,
                "pmax" SimdVector::pmax,
                "where_less" |a, b| a.where_less(b, a * a, b),
                "negate_where_odd" SimdVector::negate_where_odd,
                "low_bits_as_exponent" |a, _| a.low_bits_as_exponent()
            );
        }
    }

    #[test]
    fn a_vector_does_what_single_numbers_do() {
        for &width in widths() {
            run(width, Check);
        }
    }

    #[test]
    fn vectors_of_any_length_are_changed_number_by_number() {
        for length in 0..20 {
            let start: Vec<f32> = (0..length).map(|i| i as f32 - 3.5).collect();
            let source: Vec<f32> = (0..length).map(|i| 0.25 * i as f32 + 1.0).collect();
            let (mut a, mut b) = (start.clone(), vec![2.0; length]);
            map_in_place([&mut a, &mut b], &source, |[a, b], s| [a * s, (b + s).sqrt()]);
            for i in 0..length {
                assert_eq!((a[i], b[i]), (start[i] * source[i], (2.0 + source[i]).sqrt()), "{i} of {length}");
            }
        }
    }

    #[test]
    fn minima_and_maxima_fall_to_the_second_where_nothing_is_less() {
        assert!(f32::NAN.pmin(1.0) == 1.0 && 1.0.pmin(f32::NAN).is_nan());
        assert_eq!(0.0.pmin(-0.0).to_bits(), (-0.0_f32).to_bits());
        assert_eq!((-0.0).pmax(0.0).to_bits(), 0.0_f32.to_bits());
    }

    #[test]
    fn a_block_is_transposed() {
        let numbers: [f32; 16] = std::array::from_fn(|i| i as f32);
        let mut rows = [F32x4::splat(0.0); 4];
        let mut columns = [0.0; 16];
        // SAFETY: each chunk holds four.
        unsafe {
            for (row, numbers) in rows.iter_mut().zip(numbers.chunks(4)) {
                *row = F32x4::load(numbers.as_ptr());
            }
            for (column, target) in F32x4::transpose(rows).into_iter().zip(columns.chunks_mut(4)) {
                column.store(target.as_mut_ptr());
            }
        }
        assert_eq!(columns, std::array::from_fn(|i| numbers[i % 4 * 4 + i / 4]));
    }
}

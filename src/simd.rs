//! Several numbers at a time, with the same bits on every machine.
//!
//! [`SimdVector`] is what the kernels and [`math`] are written over, once: a single `f32`, a 128-bit vector of
//! four, and the wider vectors of x86-64 where the processor has them. Only operations that IEEE 754 defines to the bit
//! are offered: no fused multiply-add, no approximate reciprocals, no minimum whose treatment of NaN differs between
//! instruction sets. No operation works across the numbers of a vector, so that the width of a vector never shows in a
//! result.

pub mod math;
#[cfg(any(test, miri, not(any(target_arch = "wasm32", target_arch = "x86_64"))))]
mod portable;
mod vector;
#[cfg(target_arch = "wasm32")]
mod wasm;
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86_64;

// Miri interprets the portable vector: it knows few of the processor's instructions.
#[cfg(any(miri, not(any(target_arch = "wasm32", target_arch = "x86_64"))))]
pub use portable::F32x4;
pub(crate) use vector::unroll;
pub use vector::{Job, SimdVector};
#[cfg(target_arch = "wasm32")]
pub use wasm::F32x4;
#[cfg(all(target_arch = "x86_64", not(miri)))]
pub use x86_64::F32x4;
#[cfg(all(target_arch = "x86_64", not(miri)))]
use x86_64::{F32x8, F32x16};

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
    #[cfg(all(target_arch = "x86_64", not(miri)))]
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
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        16 => job.run::<F32x16>(),
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        8 => job.run::<F32x8>(),
        _ => job.run::<F32x4>(),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::{Add, Div, Mul, Sub};

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
    fn the_portable_vector_does_what_single_numbers_do() {
        Check.run::<portable::F32x4>();
    }

    /// The bits of a function of one number at numbers of every size.
    fn bits<L: SimdVector>(function: impl Fn(L) -> L) -> Vec<u32> {
        // In Miri both vectors are the same one, and slow.
        let count: u32 = if cfg!(miri) { 40 } else { 4000 };
        let numbers: Vec<f32> = (0..count).map(|i| f32::from_bits(i.wrapping_mul(1_073_807))).collect();
        let mut bits = Vec::new();
        for numbers in numbers.chunks_exact(L::WIDTH) {
            let mut result = vec![0.0_f32; L::WIDTH];
            // SAFETY: each holds one vector.
            unsafe { function(L::load(numbers.as_ptr())).store(result.as_mut_ptr()) };
            bits.extend(result.iter().map(|number| if number.is_nan() { u32::MAX } else { number.to_bits() }));
        }
        bits
    }

    #[test]
    fn the_portable_vector_has_the_bits_of_this_machines() {
        assert_eq!(bits(math::tanh::<portable::F32x4>), bits(math::tanh::<F32x4>));
        assert_eq!(bits(math::sin::<portable::F32x4>), bits(math::sin::<F32x4>));
        assert_eq!(bits(math::cos::<portable::F32x4>), bits(math::cos::<F32x4>));
        assert_eq!(bits(portable::F32x4::sqrt), bits(F32x4::sqrt));
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

    macro_rules! transposed {
        ($($name:ident $vector:ty),*) => {$(
            #[test]
            fn $name() {
                let numbers: [f32; 16] = std::array::from_fn(|i| i as f32);
                let mut rows = [<$vector>::splat(0.0); 4];
                let mut columns = [0.0; 16];
                // SAFETY: each chunk holds four.
                unsafe {
                    for (row, numbers) in rows.iter_mut().zip(numbers.chunks(4)) {
                        *row = <$vector>::load(numbers.as_ptr());
                    }
                    for (column, target) in <$vector>::transpose(rows).into_iter().zip(columns.chunks_mut(4)) {
                        column.store(target.as_mut_ptr());
                    }
                }
                assert_eq!(columns, std::array::from_fn(|i| numbers[i % 4 * 4 + i / 4]));
            }
        )*};
    }

    transposed!(a_block_is_transposed F32x4, a_portable_block_is_transposed portable::F32x4);
}

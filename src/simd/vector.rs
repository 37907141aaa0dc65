//! What a vector of numbers can do, and the simplest one: a single `f32`.

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

    /// Runs `job` with this vector type, with its instruction set enabled: loops over vectors belong inside `job`.
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

/// Work that can be done with vectors of any width.
pub trait Job {
    /// Does the work. For [`SimdVector::vectorize`], every function on vectors must be inlined into it, and it into its
    /// caller: `#[inline(always)]`.
    fn run<L: SimdVector>(self);
}

/// Implements the four operators of a vector type by the four given functions.
#[cfg(any(test, miri, not(target_arch = "x86_64")))]
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

#[cfg(any(test, miri, not(target_arch = "x86_64")))]
pub(super) use operators;

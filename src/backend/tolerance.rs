//! How far two backends may be apart, and the one comparison that tests and the probe share.
//!
//! Backends add in different orders and round differently, so their results drift apart as training goes on. A value
//! agrees when `|ours − truth| ≤ absolute + relative·|truth|`. Each tolerance below says what it is for and what was
//! measured; a wrong kernel misses it by orders of magnitude within a few meta-iterations.

use std::fmt;

use super::BackendError;
use crate::domain::outer_optimizer::{Outer, OuterOptimizer};

/// A bound on the difference of one value from the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The part of it that does not depend on the value.
    pub absolute: f32,
    /// The part that is a share of the true value.
    pub relative: f32,
}

/// θ after up to 300 meta-iterations with SGD as the outer optimizer. Measured: up to 1/30 of it.
pub const THETA: Tolerance = Tolerance { absolute: 2e-5, relative: 2e-5 };

/// What θ may differ by on top of [`THETA`] where the outer optimizer is Adam, in units of its step size ε.
///
/// Adam divides the outer gradient by its own size. Where that is no larger than the rounding of θ, two backends step
/// in different directions, by up to ε. Measured: up to 1/10 of ε, on 1-128-128-128-128-1.
pub const ADAM_STEPS: f32 = 0.5;

/// Adam's first moments after up to 300 meta-iterations. Measured: up to 1/30 of it.
pub const FIRST_MOMENTS: Tolerance = Tolerance { absolute: 1e-5, relative: 1e-4 };

/// Adam's second moments after up to 300 meta-iterations. Measured: up to 1/60 of it.
pub const SECOND_MOMENTS: Tolerance = Tolerance { absolute: 1e-8, relative: 1e-3 };

/// Gradients at the same θ, and first moments of them. Measured: up to 1/40 of it.
pub const GRADIENTS: Tolerance = Tolerance { absolute: 1e-5, relative: 1e-4 };

/// ‖g‖₂ of the last outer gradient after up to 60 meta-iterations. Measured: up to 1/300 of it.
pub const GRADIENT_NORM: Tolerance = Tolerance { absolute: 1e-6, relative: 1e-5 };

/// Predictions after up to 8 gradient steps from the same θ, or from θ that agree. Measured: up to 1/7 of it.
///
/// Gradient descent on tasks of a large amplitude is not stable at usual learning rates: a difference grows from step
/// to step, and after 32 of them single predictions say nothing. Their mean over tasks does: [`MEAN_ERRORS`].
pub const PREDICTIONS: Tolerance = Tolerance { absolute: 1e-4, relative: 1e-4 };

/// Mean squared error over 50 or more held-out tasks after up to 32 gradient steps. Measured: up to 1/8 of it.
pub const MEAN_ERRORS: Tolerance = Tolerance { absolute: 0.0, relative: 0.02 };

/// The tolerance of θ for an outer optimizer of step size ε.
#[must_use]
pub fn theta(outer: &Outer) -> Tolerance {
    match outer.optimizer {
        OuterOptimizer::Sgd | OuterOptimizer::Momentum => THETA,
        OuterOptimizer::Adam => Tolerance { absolute: THETA.absolute + ADAM_STEPS * outer.step_size as f32, ..THETA },
    }
}

impl Tolerance {
    /// The difference in units of what is allowed: up to 1 is good, NaN against anything is infinite.
    #[must_use]
    pub fn times(self, ours: f32, truth: f32) -> f32 {
        if ours == truth {
            return 0.0;
        }
        let times = (ours - truth).abs() / (self.absolute + self.relative * truth.abs());
        if times.is_nan() { f32::INFINITY } else { times }
    }

    /// The largest difference of two vectors, as [`Tolerance::times`], and where it is. Nothing differs in empty ones.
    #[must_use]
    pub fn largest(self, ours: &[f32], truth: &[f32]) -> (usize, f32) {
        let times = ours.iter().zip(truth).map(|(&ours, &truth)| self.times(ours, truth));
        times.enumerate().fold((0, 0.0), |most, next| if next.1 > most.1 { next } else { most })
    }
}

/// Two results that do not agree.
#[derive(Clone, Debug, PartialEq)]
pub enum Mismatch {
    /// They have different lengths.
    Length {
        /// What was compared.
        name: String,
        /// Our length.
        ours: usize,
        /// The true length.
        truth: usize,
    },
    /// Values differ by more than the tolerance.
    Value {
        /// What was compared.
        name: String,
        /// Where the largest difference is.
        index: usize,
        /// Our value there.
        ours: f32,
        /// The true value there.
        truth: f32,
        /// The difference in units of what is allowed.
        times_tolerance: f32,
    },
}

/// Compares `ours` with the `truth`, value by value.
///
/// # Errors
/// The lengths differ, or a value differs by more than the tolerance; NaN agrees with nothing.
pub fn compare(name: &str, ours: &[f32], truth: &[f32], tolerance: Tolerance) -> Result<(), Mismatch> {
    let name = name.to_owned();
    if ours.len() != truth.len() {
        return Err(Mismatch::Length { name, ours: ours.len(), truth: truth.len() });
    }
    let (index, times_tolerance) = tolerance.largest(ours, truth);
    if times_tolerance <= 1.0 {
        return Ok(());
    }
    Err(Mismatch::Value { name, index, ours: ours[index], truth: truth[index], times_tolerance })
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { name, ours, truth } => write!(formatter, "{name}: {ours} values instead of {truth}"),
            Self::Value { name, index, ours, truth, times_tolerance } => {
                write!(formatter, "{name}[{index}]: {ours} instead of {truth}, {times_tolerance} times the tolerance")
            }
        }
    }
}

impl std::error::Error for Mismatch {}

impl From<Mismatch> for BackendError {
    fn from(mismatch: Mismatch) -> Self {
        let times_tolerance = match mismatch {
            Mismatch::Length { .. } => f32::INFINITY,
            Mismatch::Value { times_tolerance, .. } => times_tolerance,
        };
        Self::Disagrees { times_tolerance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTH: [f32; 4] = [0.0, 1.0, -20.0, 1e-3];

    fn with(index: usize, value: f32) -> [f32; 4] {
        let mut values = TRUTH;
        values[index] = value;
        values
    }

    #[test]
    fn equal_values_agree_and_one_perturbed_value_does_not() {
        assert_eq!(compare("θ", &TRUTH, &TRUTH, THETA), Ok(()));
        for (index, truth) in TRUTH.into_iter().enumerate() {
            let allowed = THETA.absolute + THETA.relative * truth.abs();
            assert_eq!(compare("θ", &with(index, truth + 0.9 * allowed), &TRUTH, THETA), Ok(()));
            let mismatch = compare("θ", &with(index, truth - 1.5 * allowed), &TRUTH, THETA).unwrap_err();
            let Mismatch::Value { index: found, times_tolerance, .. } = mismatch else { panic!("{mismatch}") };
            assert_eq!(found, index);
            assert!((times_tolerance - 1.5).abs() < 0.1, "{times_tolerance}");
        }
    }

    #[test]
    fn what_is_not_a_number_agrees_with_nothing() {
        for wrong in [f32::NAN, f32::INFINITY] {
            assert!(compare("θ", &with(2, wrong), &TRUTH, THETA).is_err());
            assert!(compare("θ", &TRUTH, &with(2, wrong), THETA).is_err());
        }
        assert!(compare("θ", &with(2, f32::NAN), &with(2, f32::NAN), THETA).is_err());
    }

    #[test]
    fn different_lengths_do_not_agree() {
        let mismatch = compare("θ", &TRUTH[..3], &TRUTH, THETA).unwrap_err();
        assert_eq!(mismatch.to_string(), "θ: 3 values instead of 4");
        assert_eq!(BackendError::from(mismatch), BackendError::Disagrees { times_tolerance: f32::INFINITY });
    }
}

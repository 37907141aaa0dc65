//! Families of curves, which tasks are taken from: each has an amplitude a, a phase p and, where it is periodic, a
//! frequency f, so that one plane of amplitude × phase shows the tasks of every family.
//!
//! Lines and quadratics are combinations of the first Chebyshev polynomials on [−5, 5], the usual interval of x: the
//! phase turns one into the other, as it turns sine into cosine.

use serde::{Deserialize, Serialize};

use crate::simd::math;

/// Half the width of the interval of x on which lines and quadratics stay within √2 amplitudes.
const HALF_WIDTH: f32 = 5.0;

/// A family of curves y = a·g(x).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// y = a·sin(f·x + p).
    Sinusoid,
    /// y = a·(sin p · x/5 + cos p).
    Line,
    /// y = a·(sin p · (2(x/5)² − 1) + cos p · x/5).
    Quadratic,
    /// y = a·(2·frac((f·x + p)/2π) − 1): from −a to a in every period, then back at once.
    Sawtooth,
    /// y = a in the first half of every period of f·x + p, −a in the second.
    Square,
    /// y = a·(2/π)·asin(sin(f·x + p)).
    Triangle,
}

/// The family or families of a task distribution, `tasks.family` in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Families {
    /// Only [`Family::Sinusoid`].
    Sinusoid,
    /// Only [`Family::Line`].
    Line,
    /// Only [`Family::Quadratic`].
    Quadratic,
    /// Only [`Family::Sawtooth`].
    Sawtooth,
    /// Only [`Family::Square`].
    Square,
    /// Only [`Family::Triangle`].
    Triangle,
    /// Each task is of a family drawn by `tasks.weights`.
    Mixture,
}

impl Family {
    /// Every family, in the order of `tasks.weights`.
    pub const ALL: [Self; 6] =
        [Self::Sinusoid, Self::Line, Self::Quadratic, Self::Sawtooth, Self::Square, Self::Triangle];

    /// Their names in documents, in the same order.
    pub const NAMES: [&str; 6] = ["sinusoid", "line", "quadratic", "sawtooth", "square", "triangle"];

    /// Its name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The family of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// Whether its curves repeat themselves, and have a frequency.
    #[must_use]
    pub fn is_periodic(self) -> bool {
        !matches!(self, Self::Line | Self::Quadratic)
    }

    /// Whether its curves are smooth: without corners and jumps.
    #[must_use]
    pub fn is_smooth(self) -> bool {
        matches!(self, Self::Sinusoid | Self::Line | Self::Quadratic)
    }

    /// The curve of amplitude 1 at x, for a phase in radians and a frequency in radians per unit of x.
    #[must_use]
    pub fn curve(self, x: f32, phase: f32, frequency: f32) -> f32 {
        let u = x / HALF_WIDTH;
        let turns = || turns(x, phase, frequency);
        match self {
            Self::Sinusoid => math::sin(frequency * x + phase),
            Self::Line => math::sin(phase) * u + math::cos(phase),
            Self::Quadratic => math::sin(phase) * (2.0 * u * u - 1.0) + math::cos(phase) * u,
            Self::Sawtooth => (2.0 * fraction(turns()) - 1.0) as f32,
            Self::Square => {
                if fraction(turns()) < 0.5 {
                    1.0
                } else {
                    -1.0
                }
            }
            Self::Triangle => (1.0 - 4.0 * (fraction(turns() + 0.25) - 0.5).abs()) as f32,
        }
    }

    /// The greatest |y| of any of its curves of amplitude 1, whatever the phase, for |x| up to `bound`.
    #[must_use]
    pub fn reach(self, bound: f64) -> f64 {
        // A phase turns (g, h) into sin p · g + cos p · h, whose greatest value over p is √(g² + h²).
        let u = bound / f64::from(HALF_WIDTH);
        let w = u * u;
        match self {
            Self::Line => (1.0 + w).sqrt(),
            // (2w − 1)² + w is convex in w, so greatest at an end.
            Self::Quadratic => (4.0 * w * w - 3.0 * w + 1.0).max(1.0).sqrt(),
            Self::Sinusoid | Self::Sawtooth | Self::Square | Self::Triangle => 1.0,
        }
    }
}

impl Families {
    /// The only family, unless it is a mixture.
    #[must_use]
    pub fn only(self) -> Option<Family> {
        Some(match self {
            Self::Sinusoid => Family::Sinusoid,
            Self::Line => Family::Line,
            Self::Quadratic => Family::Quadratic,
            Self::Sawtooth => Family::Sawtooth,
            Self::Square => Family::Square,
            Self::Triangle => Family::Triangle,
            Self::Mixture => return None,
        })
    }
}

/// f·x + p in whole turns. In f64, so that a jump stands where it should to within the f32 of x itself.
fn turns(x: f32, phase: f32, frequency: f32) -> f64 {
    (f64::from(frequency) * f64::from(x) + f64::from(phase)) / std::f64::consts::TAU
}

/// What is above the next lower whole number.
fn fraction(turns: f64) -> f64 {
    turns - turns.floor()
}

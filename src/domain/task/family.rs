//! Families of curves, which tasks are taken from: each has an amplitude a, a phase p and, where it is periodic, a
//! frequency f, so that one plane of amplitude × phase shows the tasks of every family.
//!
//! Lines and quadratics are combinations of the first Chebyshev polynomials on [−5, 5], the usual interval of x: the
//! phase turns one into the other, as it turns sine into cosine.

use crate::domain::choice::choices;
use crate::simd::math;

/// Half the width of the interval of x on which lines and quadratics stay within √2 amplitudes.
const HALF_WIDTH: f32 = 5.0;

choices! {
    /// A family of curves y = a·g(x).
    pub enum Family {
        /// y = a·sin(f·x + p).
        Sinusoid => "sinusoid", word_sinusoid;
        /// y = a·(sin p · x/5 + cos p).
        Line => "line", word_line;
        /// y = a·(sin p · (2(x/5)² − 1) + cos p · x/5).
        Quadratic => "quadratic", word_quadratic;
        /// y = a·(2·frac((f·x + p)/2π) − 1): from −a to a in every period, then back at once.
        Sawtooth => "sawtooth", word_sawtooth;
        /// y = a in the first half of every period of f·x + p, −a in the second.
        Square => "square", word_square;
        /// y = a·(2/π)·asin(sin(f·x + p)).
        Triangle => "triangle", word_triangle;
    }
}

choices! {
    /// The family or families of a task distribution, `tasks.family` in a document.
    pub enum Families: Family {
        /// Only this one.
        One;
        /// Each task is of a family drawn by `tasks.weights`.
        Mixture => "mixture", word_mixture, last;
    }
}

impl Family {
    /// Whether its curves repeat themselves, and have a frequency.
    #[must_use]
    pub fn is_periodic(self) -> bool {
        match self {
            Self::Sinusoid | Self::Sawtooth | Self::Square | Self::Triangle => true,
            Self::Line | Self::Quadratic => false,
        }
    }

    /// Whether its curves are smooth: without corners and jumps.
    #[must_use]
    pub fn is_smooth(self) -> bool {
        match self {
            Self::Sinusoid | Self::Line | Self::Quadratic => true,
            Self::Sawtooth | Self::Square | Self::Triangle => false,
        }
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
        match self {
            Self::One(family) => Some(family),
            Self::Mixture => None,
        }
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

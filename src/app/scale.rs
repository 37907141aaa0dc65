//! Where a value lies on a slider, and back.

use crate::domain::config::range::Range;

/// Positions of a slider run from 0 to this.
pub const POSITIONS: f64 = 1000.0;

/// How values lie along a slider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    min: f64,
    max: f64,
    step: f64,
    logarithmic: bool,
}

/// A whole-number range that spans more than this factor has a logarithmic slider.
const WIDE: f64 = 300.0;

impl Scale {
    /// A scale of its own.
    #[must_use]
    pub const fn new(min: f64, max: f64, step: f64, logarithmic: bool) -> Self {
        Self { min, max, step, logarithmic }
    }

    /// The slider of a parameter; none where a slider makes no sense (words, lists, the seed).
    #[must_use]
    pub fn of(range: &Range) -> Option<Self> {
        match *range {
            Range::Integer { min, max } if max > 10_000_000 => (min > 0).then(|| Self::whole(min, max)),
            Range::Integer { min, max } => Some(Self::whole(min, max)),
            Range::Real { min, max, step, logarithmic } => Some(Self::new(min, max, step, logarithmic)),
            Range::Interval { min, max, step }
            | Range::Numbers { min, max, step, .. }
            | Range::Layers { min, max, step } => Some(Self::new(min, max, step, false)),
            Range::Choice(_) | Range::Integers { .. } => None,
        }
    }

    /// The least value.
    #[must_use]
    pub const fn min(&self) -> f64 {
        self.min
    }

    fn whole(min: u64, max: u64) -> Self {
        let (min, max) = (min as f64, max as f64);
        Self::new(min, max, 1.0, min > 0.0 && max / min > WIDE)
    }

    /// The position of a value, 0 to [`POSITIONS`].
    #[must_use]
    pub fn position(&self, value: f64) -> f64 {
        let value = value.clamp(self.min, self.max);
        let part = if self.logarithmic {
            (value / self.min).ln() / (self.max / self.min).ln()
        } else {
            (value - self.min) / (self.max - self.min)
        };
        part * POSITIONS
    }

    /// The value at a position: rounded to two significant digits or to the step, and within the range.
    #[must_use]
    pub fn value(&self, position: f64) -> f64 {
        let part = (position / POSITIONS).clamp(0.0, 1.0);
        if part == 1.0 {
            return self.max;
        }
        let value = if self.logarithmic {
            let value = self.min * (part * (self.max / self.min).ln()).exp();
            let value = two_digits(value);
            if self.step >= 1.0 { value.round() } else { value }
        } else {
            round_to(self.min + part * (self.max - self.min), self.step)
        };
        value.clamp(self.min, self.max)
    }

    /// The value some arrow presses away: by steps, or on a logarithmic scale by steps of the value's own magnitude.
    #[must_use]
    pub fn nudge(&self, value: f64, presses: f64) -> f64 {
        let step = if self.logarithmic {
            let magnitude = 10_f64.powi(value.abs().max(self.min).log10().floor() as i32);
            (magnitude / 10.0).max(if self.step >= 1.0 { 1.0 } else { 0.0 })
        } else {
            self.step
        };
        round_to(value + presses * step, step).clamp(self.min, self.max)
    }
}

/// The nearest multiple of `step`, without the noise of binary fractions.
fn round_to(value: f64, step: f64) -> f64 {
    tidy((value / step).round() * step)
}

fn two_digits(value: f64) -> f64 {
    let unit = 10_f64.powi(value.log10().floor() as i32 - 1);
    tidy((value / unit).round() * unit)
}

/// The shortest decimal within twelve significant digits of `value`.
fn tidy(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::parameters::parameters;

    #[test]
    fn every_slider_reaches_both_ends_and_inverts() {
        for parameter in parameters() {
            let Some(scale) = Scale::of(&parameter.range) else { continue };
            assert_eq!(scale.value(0.0), scale.min, "{}", parameter.path);
            assert_eq!(scale.value(POSITIONS), scale.max, "{}", parameter.path);
            for position in [130.0, 500.0, 870.0] {
                let value = scale.value(position);
                let back = scale.value(scale.position(value));
                assert!((back - value).abs() <= 1e-9 * value.abs(), "{}: {value} became {back}", parameter.path);
            }
        }
    }

    #[test]
    fn logarithmic_sliders_give_round_numbers() {
        let scale = Scale::new(1e-5, 10.0, 0.001, true);
        assert_eq!(scale.value(scale.position(0.02)), 0.02);
        assert_eq!(scale.value(500.0), 0.01);
    }

    #[test]
    fn arrow_presses_are_steps_of_the_magnitude() {
        let scale = Scale::new(1e-5, 10.0, 0.001, true);
        assert_eq!(scale.nudge(0.02, 1.0), 0.021);
        assert_eq!(scale.nudge(0.1, 10.0), 0.2);
        assert_eq!(scale.nudge(10.0, 1.0), 10.0);
        let whole = Scale::new(1.0, 1024.0, 1.0, true);
        assert_eq!(whole.nudge(16.0, 1.0), 17.0);
        assert_eq!(Scale::new(0.0, 10.0, 0.1, false).nudge(0.3, -1.0), 0.2);
    }
}

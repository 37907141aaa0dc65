//! Round values along an axis, as many as there is room for.

use super::layout::text_width;
use crate::chart::paint::number;
use crate::chart::{Axis, Spacing};

/// A labelled value of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The value.
    pub value: f64,
    /// It in words.
    pub label: String,
}

/// Ticks of a horizontal axis of `length` pixels, whose labels stand side by side: at some of `values`, or at round ones
/// where there are none.
pub fn across(axis: &Axis, values: &[f64], length: f64, size: f64) -> Vec<Tick> {
    // Round numbers in equal steps need not be many; gradient steps are all worth a label.
    let gap = if axis.spacing == Spacing::Linear { 2.0 * size } else { 0.7 * size };
    choose(axis, values, |ticks| {
        let mut free_from = f64::NEG_INFINITY;
        ticks.iter().all(|tick| {
            let (centre, half) = (axis.fraction(tick.value) * length, text_width(&tick.label, size) / 2.0);
            let fits = centre - half >= free_from;
            free_from = centre + half + gap;
            fits
        })
    })
}

/// The same of a vertical axis.
pub fn up(axis: &Axis, values: &[f64], length: f64, size: f64) -> Vec<Tick> {
    choose(axis, values, |ticks| {
        let places: Vec<f64> = ticks.iter().map(|tick| axis.fraction(tick.value) * length).collect();
        (ticks.len() <= 8 || !values.is_empty())
            && places.windows(2).all(|pair| (pair[1] - pair[0]).abs() >= 2.0 * size)
    })
}

/// The first set of ticks, from the densest on, that `fits`.
fn choose(axis: &Axis, values: &[f64], fits: impl Fn(&[Tick]) -> bool) -> Vec<Tick> {
    let sets: Vec<Vec<f64>> = match axis.spacing {
        _ if !values.is_empty() => {
            (1..=values.len()).map(|every| values.iter().copied().step_by(every).collect()).collect()
        }
        Spacing::Linear => linear(axis),
        Spacing::Logarithmic => logarithmic(axis),
        Spacing::LogarithmicFromZero => powers_from_zero(axis),
    };
    let mut sets = sets
        .into_iter()
        .map(|values| values.into_iter().map(|value| Tick { value, label: number::tick(value) }).collect::<Vec<_>>());
    sets.find(|ticks| fits(ticks)).unwrap_or_default()
}

/// Multiples of 1, 2 and 5 times powers of ten, from dense to sparse.
fn linear(axis: &Axis) -> Vec<Vec<f64>> {
    let span = axis.high - axis.low;
    let smallest = 10f64.powi((span / 50.0).log10().floor() as i32);
    let steps = (0..4).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * smallest * 10f64.powi(power)));
    steps
        .map(|step| {
            let (first, last) = ((axis.low / step - 1e-6).ceil() as i64, (axis.high / step + 1e-6).floor() as i64);
            (first..=last.min(first + 100)).map(|i| i as f64 * step).collect()
        })
        .collect()
}

/// 1 and 3 times powers of ten, then fewer and fewer of the powers.
fn logarithmic(axis: &Axis) -> Vec<Vec<f64>> {
    let (first, last) = (axis.low.log10().floor() as i32, axis.high.log10().ceil() as i32);
    let inside = |value: &f64| (axis.low * 0.999..=axis.high * 1.001).contains(value);
    let powers = |every: i32| (first..=last).filter(move |power| power % every == 0).map(|power| 10f64.powi(power));
    let mut sets = vec![powers(1).flat_map(|power| [power, 3.0 * power]).filter(inside).collect()];
    sets.extend([1, 2, 3, 5, 10].map(|every| powers(every).filter(inside).collect::<Vec<_>>()));
    sets
}

/// 0, 1, 2, 4, … and the last value, or powers of ten on a long axis; then every second or third power.
fn powers_from_zero(axis: &Axis) -> Vec<Vec<f64>> {
    let base = if axis.high < 1000.0 { 2.0 } else { 10.0 };
    let powers: Vec<f64> =
        std::iter::successors(Some(1.0), |value| Some(value * base)).take_while(|&value| value < axis.high).collect();
    let set = |every: usize| {
        let kept = powers.iter().copied().step_by(every);
        std::iter::once(0.0).chain(kept).chain(std::iter::once(axis.high)).collect()
    };
    let without_last = || std::iter::once(0.0).chain(powers.iter().copied()).collect();
    vec![set(1), without_last(), set(2), set(3), vec![0.0, axis.high]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_as_many_as_fit() {
        let axis = Axis { low: -5.0, high: 5.0, spacing: Spacing::Linear };
        assert_eq!(labels(&across(&axis, &[], 220.0, 12.0)), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(across(&axis, &[], 700.0, 12.0).len(), 11);
        assert!(across(&axis, &[], 4000.0, 12.0).len() <= 51);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten_and_threes_between() {
        let axis = Axis { low: 0.03, high: 10.0, spacing: Spacing::Logarithmic };
        assert_eq!(labels(&up(&axis, &[], 300.0, 12.0)), ["0.03", "0.1", "0.3", "1", "3", "10"]);
        assert_eq!(labels(&up(&axis, &[], 100.0, 12.0)), ["0.1", "1", "10"]);
    }

    #[test]
    fn gradient_steps_show_zero_and_the_powers_of_two() {
        let axis = Axis { low: 0.0, high: 32.0, spacing: Spacing::LogarithmicFromZero };
        assert_eq!(labels(&across(&axis, &[], 400.0, 12.0)), ["0", "1", "2", "4", "8", "16", "32"]);
        let axis = Axis { high: 30_000.0, ..axis };
        assert_eq!(labels(&across(&axis, &[], 400.0, 12.0)), ["0", "1", "10", "100", "1\u{202f}000", "10\u{202f}000"]);
    }

    #[test]
    fn given_values_are_all_labelled_or_every_second_or_third() {
        let axis = Axis { low: 0.0007, high: 0.14, spacing: Spacing::Logarithmic };
        let values = [0.001, 0.003_16, 0.01, 0.031_6, 0.1];
        assert_eq!(labels(&across(&axis, &values, 600.0, 12.0)), ["0.001", "0.00316", "0.01", "0.0316", "0.1"]);
        assert_eq!(labels(&up(&axis, &values, 110.0, 12.0)), ["0.001", "0.01", "0.1"]);
    }
}

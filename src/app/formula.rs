//! A true curve in a formula and in words.

use crate::domain::choice::Named;
use crate::domain::task::Task;
use crate::domain::task::curve::TrueCurve;
use crate::domain::task::family::Family;
use crate::i18n::{Locale, message};
use crate::simd::math;

/// A curve's formula, or words where it has none; numbers as `say` writes them.
#[must_use]
pub fn curve(curve: &TrueCurve, locale: Locale, say: impl Fn(f64) -> String) -> String {
    match curve {
        TrueCurve::Task(task) => of_task(task, locale, say),
        TrueCurve::Drawn(_) => locale.chart_curve_drawn().to_owned(),
    }
}

/// A task's formula, with its family's name where the formula alone is no help.
pub fn of_task(task: &Task, locale: Locale, say: impl Fn(f64) -> String) -> String {
    let formula = formula(task, say);
    match task.family {
        Family::Sinusoid => formula,
        family => locale.format(message::ChartCurveNamed { formula, family: family.label(locale) }),
    }
}

fn formula(task: &Task, say: impl Fn(f64) -> String) -> String {
    let [amplitude, phase, frequency] = [task.amplitude, task.phase, task.frequency].map(f64::from);
    let a = say(amplitude);
    let times = if task.frequency == 1.0 { String::new() } else { format!("{}·", say(frequency)) };
    let angle = format!("{times}x + {}", say(phase));
    let [sin, cos] = [math::sin(task.phase), math::cos(task.phase)].map(f64::from);
    match task.family {
        Family::Sinusoid => format!("y = {a}·sin({angle})"),
        Family::Square => format!("y = {a}·sgn sin({angle})"),
        Family::Triangle => format!("y = {a}·(2/π)·asin sin({angle})"),
        Family::Sawtooth => format!("y = {a}·(2·frac(({angle})/2π) − 1)"),
        Family::Line => format!("y = {}", sum(&say, [(amplitude * sin / 5.0, "·x"), (amplitude * cos, "")])),
        Family::Quadratic => {
            let terms = [(amplitude * sin * 2.0 / 25.0, "·x²"), (amplitude * cos / 5.0, "·x"), (-amplitude * sin, "")];
            format!("y = {}", sum(&say, terms))
        }
    }
}

/// `2·x² − 3·x + 1`.
fn sum<const N: usize>(say: impl Fn(f64) -> String, terms: [(f64, &str); N]) -> String {
    let mut text = String::new();
    for (number, power) in terms {
        // Noise of a sine that should be zero is no term of its own.
        let number = (number * 1e6).round() / 1e6;
        let sign = match (text.is_empty(), number < 0.0) {
            (true, false) => "",
            (true, true) => "−",
            (false, false) => " + ",
            (false, true) => " − ",
        };
        text.extend([sign, &say(number.abs()), power]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_a_formula_of_its_own() {
        let cases = [
            (Family::Sinusoid, "y = 2.00·sin(0.50·x + 1.00)"),
            (Family::Line, "y = 0.34·x + 1.08 (line)"),
            (Family::Quadratic, "y = 0.13·x² + 0.22·x − 1.68 (quadratic)"),
            (Family::Sawtooth, "y = 2.00·(2·frac((0.50·x + 1.00)/2π) − 1) (sawtooth wave)"),
            (Family::Square, "y = 2.00·sgn sin(0.50·x + 1.00) (square wave)"),
            (Family::Triangle, "y = 2.00·(2/π)·asin sin(0.50·x + 1.00) (triangle wave)"),
        ];
        for (family, expected) in cases {
            let task = Task { family, frequency: 0.5, ..Task::sinusoid(2.0, 1.0) };
            assert_eq!(of_task(&task, Locale::En, |number| format!("{number:.2}")), expected);
        }
        let level = Task { family: Family::Line, ..Task::sinusoid(2.0, std::f32::consts::TAU) };
        assert_eq!(of_task(&level, Locale::En, |number| number.to_string()), "y = 0·x + 2 (line)");
        let falling = Task { family: Family::Line, ..Task::sinusoid(2.0, 4.0) };
        assert_eq!(of_task(&falling, Locale::En, |number| format!("{number:.2}")), "y = −0.30·x − 1.31 (line)");
    }
}

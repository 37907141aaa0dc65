//! Numbers with their units, in words.

use serde_json::Value;

use super::number::write;
pub use super::number::write::{count, decimal, significant as error};
use super::{draft, labels};
use crate::domain::config::parameters::parameter;
use crate::domain::config::range::Range;
use crate::domain::cost::Spent;
use crate::i18n::{Locale, message};

/// A value in a few characters.
#[must_use]
pub fn brief(value: &Value) -> String {
    match value.as_array() {
        Some(ends) => ends.iter().map(brief).collect::<Vec<_>>().join("–"),
        None => value.as_f64().map_or_else(|| draft::show(value), write::brief),
    }
}

/// What a parameter is set to, in a few characters: `ε 0.1`, `Algorithm MAML`.
#[must_use]
pub fn setting(path: &'static str, value: &Value, locale: Locale) -> String {
    let words = match parameter(path).map(|parameter| &parameter.range) {
        Some(Range::Choice(words)) => *words,
        _ => &[],
    };
    let word = words.iter().find(|word| Some(word.name) == value.as_str()).map(|word| word.label(locale));
    format!("{} {}", labels::short(path, locale), word.map_or_else(|| brief(value), str::to_owned))
}

/// The half width of an interval, in as many decimals as its mean has: `± 0.0006` of 0.0573.
#[must_use]
pub fn half_width(mean: f64, half: f64) -> String {
    format!("± {}", write::beside(mean, half))
}

/// A rate in two or three digits: `0.8`, `42`, `1 240`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    if per_second < 9.95 { decimal(per_second, 1) } else { count(per_second.round() as u64) }
}

/// A length of time: `8 s`, `2 min 5 s`, `1 h 12 min`.
#[must_use]
pub fn duration(locale: Locale, seconds: f64) -> String {
    let seconds = seconds.ceil().clamp(0.0, 1e9) as u64;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => locale.format(message::DurationSeconds { seconds }),
        (0, _) => locale.format(message::DurationMinutes { minutes, seconds: seconds % 60 }),
        _ => locale.format(message::DurationHours { hours, minutes }),
    }
}

/// Gradient evaluations: `150 000 gradients`.
#[must_use]
pub fn gradients(locale: Locale, evaluations: u64) -> String {
    if evaluations == 1 {
        locale.cost_gradient().to_owned()
    } else {
        locale.format(message::CostGradients { count: count(evaluations) })
    }
}

/// Floating-point operations in three significant digits: `1.27 MFLOP`, `38.0 GFLOP`.
#[must_use]
pub fn operations(number: u64) -> String {
    let thousands = number.max(1).ilog10() / 3;
    let prefix = ["", "k", "M", "G", "T", "P", "E"][thousands as usize];
    format!("{} {prefix}FLOP", error(number as f64 / 1000_u64.pow(thousands) as f64))
}

/// What a run has cost so far, if anything: `150 000 gradients · 38.0 GFLOP · 1.50 s`.
#[must_use]
pub fn spent(locale: Locale, spent: &Spent) -> Option<String> {
    let Spent { cost, seconds } = *spent;
    if *spent == Spent::default() {
        return None;
    }
    let computed = format!("{} · {}", gradients(locale, cost.evaluations()), operations(cost.operations));
    if seconds == 0.0 {
        return Some(computed);
    }
    let time = if seconds < 60.0 {
        locale.format(message::DurationSeconds { seconds: error(seconds) })
    } else {
        duration(locale, seconds)
    };
    Some(format!("{computed} · {time}"))
}

/// The widths of a network's layers: `1-64-64-1`.
#[must_use]
pub fn shape(hidden: &[usize]) -> String {
    let widths: Vec<String> = hidden.iter().map(ToString::to_string).collect();
    format!("1-{}-1", widths.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::preset::Preset;
    use crate::domain::cost::Cost;

    #[test]
    fn an_interval_has_the_decimals_of_its_mean() {
        assert_eq!(half_width(0.057_31, 0.000_568), "± 0.0006");
        assert_eq!(half_width(3.85, 0.0788), "± 0.08");
        assert_eq!(half_width(1e9, 2e7), "± 2.00 × 10⁷");
        assert_eq!(half_width(f64::NAN, f64::NAN), "± ∞");
    }

    #[test]
    fn durations_name_two_units_at_most() {
        let say = |seconds| duration(Locale::En, seconds);
        assert_eq!([7.2, 125.0, 4321.0].map(say), ["8 s", "2 min 5 s", "1 h 12 min"]);
    }

    #[test]
    fn costs_have_units() {
        let cost = Cost::of(&Preset::Paper.config(), 30_000);
        let say = |cost, seconds| spent(Locale::En, &Spent { cost, seconds });
        assert_eq!(say(Cost::default(), 0.0), None);
        assert_eq!(say(cost, 1.5).unwrap(), "150\u{202f}000 gradients · 38.0 GFLOP · 1.50 s");
        assert_eq!(say(cost, 125.0).unwrap(), "150\u{202f}000 gradients · 38.0 GFLOP · 2 min 5 s");
        assert_eq!(say(cost, 0.0).unwrap(), "150\u{202f}000 gradients · 38.0 GFLOP", "nobody has taken the time");
        assert_eq!(gradients(Locale::En, 1), "1 gradient");
        let numbers = [0, 999, 1_267_200, 1_960_000_000_000, u64::MAX].map(operations);
        assert_eq!(numbers, ["0 FLOP", "999 FLOP", "1.27 MFLOP", "1.96 TFLOP", "18.4 EFLOP"]);
    }

    #[test]
    fn rates_are_short() {
        assert_eq!([0.82, 9.96, 1240.4].map(rate), ["0.8", "10", "1\u{202f}240"]);
    }
}

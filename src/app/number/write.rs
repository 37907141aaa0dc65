//! The one way in which the page writes numbers, in text, in charts and in fields, in every language.
//!
//! Thousands stand apart by a narrow no-break space (ISO 80000-1), because a comma or a point there is a decimal sign to
//! half of the world; decimals follow a point; the minus is as long as the plus; very small and very large numbers are
//! multiples of a power of ten. Words and units around numbers are messages of the catalogue.

use std::f64::consts::PI;

/// Narrow no-break space, between thousands.
pub const THOUSANDS: char = '\u{202f}';

/// What stands for a number that is not finite.
const NOT_FINITE: &str = "∞";

/// From this on, a number is a multiple of a power of ten.
const MOST_PLAIN: f64 = 1e16;

/// Greatest multiple of π, or of π/2, that is written as one.
const MOST_HALF_TURNS: i32 = 16;

/// A whole number: `12 345`.
#[must_use]
pub fn count(number: u64) -> String {
    group(&number.to_string())
}

/// A number with so many decimals: `−1.50`.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    if value.abs() < MOST_PLAIN { grouped(&format!("{value:.decimals$}")) } else { significant(value) }
}

/// A number with at most so many decimals, and no trailing zeros: `−1.5`.
#[must_use]
pub fn decimal(value: f64, decimals: usize) -> String {
    if value.abs() < MOST_PLAIN { grouped(without_zeros(&format!("{value:.decimals$}"))) } else { significant(value) }
}

/// A measured value in three significant digits: `4.07`, `0.0543`, `12 346`, `1.23 × 10⁻⁴`.
#[must_use]
pub fn significant(value: f64) -> String {
    if !value.is_finite() {
        return NOT_FINITE.to_owned();
    }
    let scientific = format!("{value:.2e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse().unwrap_or(0) {
        0 if value == 0.0 => "0".to_owned(),
        exponent @ -3..=5 => fixed(value, (2 - exponent).max(0) as usize),
        exponent => times_power(mantissa, exponent),
    }
}

/// The half width of an interval in as many decimals as [`significant`] gives its mean.
#[must_use]
pub fn beside(mean: f64, half_width: f64) -> String {
    let text = significant(mean);
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let is_plain = mean.is_finite() && !text.contains('×');
    if is_plain { fixed(half_width, decimals) } else { significant(half_width) }
}

/// A chosen number in a few characters, two decimals or three significant digits: `0.0195`, `2π`, `30 000`, `10⁻¹²`.
#[must_use]
pub fn brief(value: f64) -> String {
    let decimals = match value.abs() {
        small if small != 0.0 && small < 1e-5 => return exact(value),
        // A decay is told by what it lacks to 1.
        decay if decay > 0.99 && decay < 1.0 => 4,
        small if small != 0.0 && small < 1.0 => (2.0 - small.log10().floor()) as usize,
        _ => 2,
    };
    multiple_of_pi(value).map_or_else(|| decimal(value, decimals), |turns| turns.replace('-', "−"))
}

/// The label of a tick at a round value, with no more digits than it needs.
#[must_use]
pub fn tick(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(0.000_999..1e6).contains(&magnitude) {
        let scientific = format!("{value:.1e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        return times_power(without_zeros(mantissa), exponent.parse().unwrap_or(0));
    }
    // Six decimals are more than any tick has, and fewer than the noise of its computation.
    decimal(value, 6)
}

/// A number that was chosen, with all its digits: `0.00001`, `30 000`, `2π`, `10⁻¹²`.
#[must_use]
pub fn exact(value: f64) -> String {
    if !value.is_finite() {
        return NOT_FINITE.to_owned();
    }
    let text = format!("{value:e}");
    match (multiple_of_pi(value), text.split_once('e')) {
        (Some(turns), _) => turns.replace('-', "−"),
        (None, Some((mantissa, exponent))) if !is_plain(value) => {
            times_power(mantissa, exponent.parse().unwrap_or_default())
        }
        _ => grouped(&value.to_string()),
    }
}

/// The same as a person would type it into a field: no thousands apart, signs of a keyboard.
#[must_use]
pub fn typed(value: f64) -> String {
    match multiple_of_pi(value) {
        Some(turns) => turns,
        None if is_plain(value) => (value + 0.0).to_string(),
        None => format!("{value:e}"),
    }
}

/// Whether all digits of a number can be counted at a glance.
fn is_plain(value: f64) -> bool {
    value == 0.0 || (1e-5..MOST_PLAIN).contains(&value.abs())
}

/// `2π`, `-π/2`; none for any other number.
fn multiple_of_pi(value: f64) -> Option<String> {
    let halves = (value / PI * 2.0).round();
    if halves == 0.0 || halves.abs() > f64::from(MOST_HALF_TURNS) {
        return None;
    }
    let is_whole = halves % 2.0 == 0.0;
    let (times, over) = if is_whole { (halves / 2.0, 1.0) } else { (halves, 2.0) };
    let sign = if times < 0.0 { "-" } else { "" };
    let factor = if times.abs() == 1.0 { String::new() } else { times.abs().to_string() };
    let divisor = if is_whole { "" } else { "/2" };
    (times * PI / over == value).then(|| format!("{sign}{factor}π{divisor}"))
}

fn times_power(mantissa: &str, exponent: i32) -> String {
    let power = format!("10{}", superscript(exponent));
    match mantissa {
        "1" => power,
        "-1" => format!("−{power}"),
        _ => format!("{} × {power}", mantissa.replace('-', "−")),
    }
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Sets thousands before the decimal point apart and writes a true minus sign.
fn grouped(text: &str) -> String {
    let unsigned = text.trim_start_matches('-');
    let (whole, rest) = unsigned.split_at(unsigned.find('.').unwrap_or(unsigned.len()));
    let is_zero = unsigned.chars().all(|character| matches!(character, '0' | '.'));
    let sign = if text.starts_with('-') && !is_zero { "−" } else { "" };
    format!("{sign}{}{rest}", group(whole))
}

fn group(digits: &str) -> String {
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(THOUSANDS);
        }
        text.push(digit);
    }
    text
}

fn superscript(exponent: i32) -> String {
    exponent
        .to_string()
        .chars()
        .map(|character| match character {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    #[test]
    fn measured_values_have_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.124_4, "0.124"),
            (-1.5, "−1.50"),
            (4.039, "4.04"),
            (9.999, "10.0"),
            (0.001_234, "0.00123"),
            (0.000_123, "1.23 × 10⁻⁴"),
            (12_345.6, "12\u{202f}346"),
            (2.5e12, "2.50 × 10¹²"),
            (f64::NAN, "∞"),
        ];
        for (value, text) in cases {
            assert_eq!(significant(value), text);
        }
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]);
    }

    #[test]
    fn decimals_lose_their_zeros_unless_they_are_fixed() {
        assert_eq!(decimal(1.5, 2), "1.5");
        assert_eq!(decimal(-0.404, 2), "−0.4");
        assert_eq!([decimal(-0.001, 2), fixed(-0.001, 2)], ["0", "0.00"]);
        assert_eq!(decimal(100.0, 0), "100");
        assert_eq!(fixed(1234.5, 2), "1\u{202f}234.50");
    }

    #[test]
    fn ticks_have_no_more_digits_than_they_need() {
        let cases = [
            (-6.0, "−6"),
            (0.3, "0.3"),
            (0.1 + 0.2, "0.3"),
            (-0.0, "0"),
            (0.003, "0.003"),
            (0.000_3, "3 × 10⁻⁴"),
            (1e-5, "10⁻⁵"),
            (-1e-5, "−10⁻⁵"),
            (2_500.0, "2\u{202f}500"),
            (1e6, "10⁶"),
        ];
        for (value, text) in cases {
            assert_eq!(tick(value), text);
        }
    }

    #[test]
    fn chosen_numbers_have_all_their_digits() {
        let cases = [
            (30_000.0, "30\u{202f}000", "30000"),
            (-20.0, "−20", "-20"),
            (1e-5, "0.00001", "0.00001"),
            (1e-12, "10⁻¹²", "1e-12"),
            (1.5e-8, "1.5 × 10⁻⁸", "1.5e-8"),
            (TAU, "2π", "2π"),
            (-PI / 2.0, "−π/2", "-π/2"),
            (3.0 * PI / 2.0, "3π/2", "3π/2"),
            (6.25, "6.25", "6.25"),
            (9_007_199_254_740_991.0, "9\u{202f}007\u{202f}199\u{202f}254\u{202f}740\u{202f}991", "9007199254740991"),
            (-0.0, "0", "0"),
        ];
        for (value, written, entered) in cases {
            assert_eq!((exact(value).as_str(), typed(value).as_str()), (written, entered));
        }
    }
}

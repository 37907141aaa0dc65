//! Numbers as people read them: three significant digits, thousands apart, no `1e-5`.

use crate::i18n::Locale;

/// Narrow no-break space, between thousands.
const THIN_SPACE: char = '\u{202f}';

/// Text as wide as the widest number that [`significant`] makes in ordinary training: what a legend keeps free for one,
/// so that it does not move while its values change.
pub const WIDEST: &str = "0.0000";

/// The same for a count of meta-iterations.
pub const WIDEST_COUNT: &str = "100 000";

/// A measured value with three significant digits, or words for one that is not finite.
pub fn significant(value: f64, locale: Locale) -> String {
    if !value.is_finite() {
        return locale.chart_not_finite().to_owned();
    }
    let scientific = format!("{value:.2e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse().unwrap_or(0) {
        0 if value == 0.0 => "0".to_owned(),
        exponent @ -3..=5 => decimal(value, (2 - exponent).max(0) as usize),
        exponent => format!("{} × 10{}", with_minus(mantissa), superscript(exponent)),
    }
}

/// A mean with the half width of its interval, with as many decimals as the mean has.
pub fn with_interval(mean: f64, half_width: f64, locale: Locale) -> String {
    let text = significant(mean, locale);
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if half_width.is_finite() && !text.contains('×') && mean.is_finite() {
        format!("{text} ± {}", decimal(half_width, decimals))
    } else {
        format!("{text} ± {}", significant(half_width, locale))
    }
}

/// A value with so many decimals, or words for one that is not finite.
pub fn fixed(value: f64, decimals: usize, locale: Locale) -> String {
    if value.is_finite() { decimal(value, decimals) } else { locale.chart_not_finite().to_owned() }
}

/// A count, thousands apart.
pub fn count(count: u64) -> String {
    group(&count.to_string())
}

/// The label of a tick at a round value, with no more digits than it needs.
pub fn tick(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(0.000_999..1e6).contains(&magnitude) {
        let exponent = (magnitude.log10() + 1e-9).floor() as i32;
        let mantissa = with_minus(&format!("{}", (value / 10f64.powi(exponent) * 10.0).round() / 10.0));
        let power = format!("10{}", superscript(exponent));
        return if mantissa == "1" { power } else { format!("{mantissa} × {power}") };
    }
    // Six decimals are more than any tick has, and fewer than the noise of its computation.
    let text = format!("{value:.6}");
    decimal_text(text.trim_end_matches('0').trim_end_matches('.'))
}

fn decimal(value: f64, decimals: usize) -> String {
    decimal_text(&format!("{value:.decimals$}"))
}

/// Groups the digits before the decimal point and writes a true minus sign.
fn decimal_text(text: &str) -> String {
    let unsigned = text.trim_start_matches('-');
    let (whole, rest) = unsigned.split_at(unsigned.find('.').unwrap_or(unsigned.len()));
    let is_zero = unsigned.chars().all(|character| matches!(character, '0' | '.'));
    let sign = if text.starts_with('-') && !is_zero { "−" } else { "" };
    format!("{sign}{}{rest}", group(whole))
}

fn with_minus(text: &str) -> String {
    text.replace('-', "−")
}

fn group(digits: &str) -> String {
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(THIN_SPACE);
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
    use super::*;

    #[test]
    fn numbers_read_well() {
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
            (f64::NAN, "not finite"),
        ];
        for (value, text) in cases {
            assert_eq!(significant(value, Locale::En), text);
        }
        assert_eq!(with_interval(0.124, 0.0131, Locale::En), "0.124 ± 0.013");
        assert_eq!(count(30_000), "30\u{202f}000");
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
            (2_500.0, "2\u{202f}500"),
            (1e6, "10⁶"),
        ];
        for (value, text) in cases {
            assert_eq!(tick(value), text);
        }
    }
}

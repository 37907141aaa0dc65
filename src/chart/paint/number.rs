//! Numbers as charts show them: as everywhere on the page, with words for one that is not finite.

pub use crate::app::number::write::{count, exact, tick};

use crate::app::number::write;
use crate::i18n::Locale;

/// Text as wide as the widest number that [`significant`] makes in ordinary training: what a legend keeps free for one,
/// so that it does not move while its values change.
pub const WIDEST: &str = "0.0000";

/// The same for a count of meta-iterations.
pub const WIDEST_COUNT: &str = "100\u{202f}000";

/// A measured value with three significant digits, or words for one that is not finite.
pub fn significant(value: f64, locale: Locale) -> String {
    if value.is_finite() { write::significant(value) } else { locale.chart_not_finite().to_owned() }
}

/// A mean with the half width of its interval, with as many decimals as the mean has.
pub fn with_interval(mean: f64, half_width: f64, locale: Locale) -> String {
    let half = if half_width.is_finite() { write::beside(mean, half_width) } else { significant(half_width, locale) };
    format!("{} ± {half}", significant(mean, locale))
}

/// A value with so many decimals, or words for one that is not finite.
pub fn fixed(value: f64, decimals: usize, locale: Locale) -> String {
    if value.is_finite() { write::fixed(value, decimals) } else { locale.chart_not_finite().to_owned() }
}

/// A share in per cent: 97.9.
pub fn percent(share: f64, locale: Locale) -> String {
    fixed(100.0 * share, 1, locale)
}

/// A distance, or 0 where it is what rounding to single precision leaves of lengths such as `scale`.
pub fn beyond_noise(distance: f64, scale: f64) -> f64 {
    if distance < 1e-6 * scale { 0.0 } else { distance }
}

/// The greatest of 1, 2 and 5 times the powers of ten that is not greater.
pub fn round_below(value: f64) -> f64 {
    let power = 10f64.powf(value.max(f64::MIN_POSITIVE).log10().floor());
    let digit = [5.0, 2.0].into_iter().find(|digit| digit * power <= value).unwrap_or(1.0);
    digit * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_has_words() {
        assert_eq!(significant(f64::NAN, Locale::En), "not finite");
        assert_eq!(with_interval(0.124, 0.0131, Locale::En), "0.124 ± 0.013");
        assert_eq!(with_interval(0.124, f64::INFINITY, Locale::En), "0.124 ± not finite");
        assert_eq!(
            [1e-8, 2e-6, f64::NAN].map(|distance| significant(beyond_noise(distance, 0.5), Locale::En)),
            ["0", "2.00 × 10⁻⁶", "not finite"]
        );
        assert_eq!(fixed(f64::NAN, 2, Locale::ZhHans), Locale::ZhHans.chart_not_finite());
    }
}

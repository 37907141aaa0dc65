//! What a person typed into a field, as a value of the document.

use serde_json::Value;

use crate::domain::config::error::ConfigError;
use crate::i18n::Locale;

/// A text in a field that has not entered the Config.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What was typed.
    pub text: String,
    /// Why it is refused, if it is.
    pub error: Option<ConfigError>,
}

/// The number that `text` means, or the text itself where it is none: validation then says what is wrong with it.
///
/// A typographic minus and a decimal comma are understood.
#[must_use]
pub fn read(text: &str) -> Value {
    let plain = text.trim().replace('−', "-").replace(['，', ','], ".");
    let whole = plain.parse::<u64>().map(Value::from);
    let number = || plain.parse::<f64>().ok().filter(|number| number.is_finite());
    match whole {
        Ok(value) => value,
        // 1e3 is the whole number 1000.
        Err(_) => match number() {
            Some(number) if number.fract() == 0.0 && (0.0..9e15).contains(&number) => Value::from(number as u64),
            Some(number) => Value::from(number),
            None => Value::from(text.trim()),
        },
    }
}

/// A value as a field shows it.
#[must_use]
pub fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(real) if real.fract() != 0.0 => shortest(real),
            _ => number.as_f64().map_or_else(String::new, |real| format!("{real}")),
        },
        other => other.to_string(),
    }
}

/// At most seven digits after the leading zeros: 2π is a field's 6.283185.
fn shortest(value: f64) -> String {
    let digits = format!("{value:.6e}").parse::<f64>().unwrap_or(value);
    format!("{digits}")
}

/// The message of an error, with the field's name for people in place of its path.
#[must_use]
pub fn message(error: &ConfigError, locale: Locale) -> String {
    let mut named = error.clone();
    if let ConfigError::WrongType { field, .. }
    | ConfigError::OutOfRange { field, .. }
    | ConfigError::Choice { field, .. }
    | ConfigError::Interval { field, .. }
    | ConfigError::AllZero { field }
    | ConfigError::NoGridPoint { field, .. } = &mut named
        && let Some(words) = super::labels::of(field, locale)
    {
        words.label.clone_into(field);
    }
    named.message(locale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::Config;

    #[test]
    fn numbers_are_read_and_nonsense_is_kept() {
        assert_eq!(read(" 64 "), Value::from(64_u64));
        assert_eq!(read("1e3"), Value::from(1000_u64));
        assert_eq!(read("0,02"), Value::from(0.02));
        assert_eq!(read("−3"), Value::from(-3.0));
        assert_eq!(read("two"), Value::from("two"));
        assert_eq!(read("1e999"), Value::from("1e999"));
    }

    #[test]
    fn values_are_shown_as_they_would_be_typed() {
        let show_of = |path| show(&Config::default().get(path).expect("a field"));
        assert_eq!(show_of("inner.learning_rate"), "0.02");
        assert_eq!(show_of("outer.iterations"), "30000");
        assert_eq!(show(&Value::from(std::f64::consts::TAU)), "6.283185");
        assert_eq!(show(&Value::from(1e-5)), "0.00001");
        assert_eq!(show(&Value::from(5.0)), "5");
    }

    #[test]
    fn errors_name_the_field_as_the_page_does() {
        let error = Config::default().set("inner.learning_rate", read("fast")).expect_err("not a number");
        assert_eq!(message(&error, Locale::En), "Inner learning rate: expected a number, found \"fast\"");
    }
}

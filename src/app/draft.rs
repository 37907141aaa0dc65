//! What a person typed into a field, as a value of the document.

use serde_json::Value;

use super::field::Field;
use super::number::write;
use crate::domain::config::error::ConfigError;
use crate::i18n::Locale;

/// A text in a field that has not entered the Config.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Where it stands.
    pub field: Field,
    /// What was typed.
    pub text: String,
    /// Why it is refused, if it is.
    pub error: Option<ConfigError>,
}

/// A value as a field shows it.
#[must_use]
pub fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(String::new, write::typed),
        other => other.to_string(),
    }
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
    | ConfigError::TooNarrow { field, .. }
    | ConfigError::Entry { field, .. }
    | ConfigError::NoGridPoint { field, .. } = &mut named
        && let Some(words) = super::labels::of(field, locale)
    {
        words.label.clone_into(field);
    }
    named.message_with(locale, &write::exact)
}

/// The message of an error beside the field that it is about: what to enter, without saying where.
#[must_use]
pub fn advice(error: &ConfigError, locale: Locale) -> String {
    let mut unnamed = error.clone();
    if let ConfigError::Entry { field, .. } = &mut unnamed {
        field.clear();
    }
    message(&unnamed, locale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::Config;

    #[test]
    fn values_are_shown_as_they_would_be_typed() {
        let show_of = |path| show(&Config::default().get(path).expect("a field"));
        assert_eq!(show_of("inner.learning_rate"), "0.02");
        assert_eq!(show_of("outer.iterations"), "30000");
        assert_eq!(show(&Value::from(std::f64::consts::TAU)), "2π");
        assert_eq!(show(&Value::from(1e-5)), "0.00001");
        assert_eq!(show(&Value::from(5.0)), "5");
    }

    #[test]
    fn errors_name_the_field_as_the_page_does() {
        let error = Config::default().set("tasks.phase", vec![6.0, 1.0].into()).expect_err("not in order");
        assert_eq!(message(&error, Locale::En), "Phase: the lower end 6 must lie below the upper end 1");
        assert_eq!(advice(&error, Locale::En), message(&error, Locale::En), "what is about two numbers names them");
    }
}

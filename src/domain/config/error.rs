//! Why a configuration document is refused: always with the name of the field, and what it may be.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::VERSION;
use crate::i18n::{Locale, message};

/// Why a document is refused. [`ConfigError::message`] says it in any language; `Display` in English.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ConfigError {
    /// Not JSON, at `line` and `column` counted from 1.
    Syntax {
        /// Line of the fault.
        line: usize,
        /// Column of the fault.
        column: usize,
        /// The parser's words.
        detail: String,
    },
    /// A field that no document has.
    UnknownField {
        /// Its path.
        field: String,
        /// The fields that may stand there.
        allowed: String,
    },
    /// A value of another kind than the field's.
    WrongType {
        /// The field's path.
        field: String,
        /// The kind of value that it takes.
        expected: ValueKind,
        /// What was found.
        found: String,
    },
    /// A number outside its range, or a list outside its range of lengths.
    OutOfRange {
        /// The field's path.
        field: String,
        /// What was found.
        value: String,
        /// The least allowed.
        min: f64,
        /// The greatest allowed.
        max: f64,
    },
    /// A word that is none of the field's choices.
    Choice {
        /// The field's path.
        field: String,
        /// What was found.
        value: String,
        /// The words that it takes.
        allowed: String,
    },
    /// A word that does not go with another field's.
    Together {
        /// The field's path.
        field: String,
        /// What was found.
        value: String,
        /// The other field and what it has.
        other: String,
        /// The words that go with it.
        allowed: String,
    },
    /// An interval whose lower end lies above its upper end.
    Interval {
        /// The field's path.
        field: String,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// Weights of which none is above zero.
    AllZero {
        /// The field's path.
        field: String,
    },
    /// An interval without any grid point in it.
    NoGridPoint {
        /// The field's path.
        field: String,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// An interval in which so many grid points are not all different in single precision.
    TooNarrow {
        /// The field's path.
        field: String,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
        /// Points of the grid.
        points: usize,
    },
    /// A document of another version.
    Version {
        /// The version found.
        found: String,
    },
    /// A field that stands twice in its object.
    Repeated {
        /// The field's path.
        field: String,
        /// Line of the second one, counted from 1.
        line: usize,
        /// Column of its end.
        column: usize,
    },
    /// Bytes that are no text.
    Encoding,
    /// A document that is larger than any Config's.
    TooLarge {
        /// Bytes found.
        size: u64,
        /// Bytes allowed.
        most: u64,
    },
    /// A text that a person typed for a number of a field.
    Entry {
        /// The field's path.
        field: String,
        /// The text.
        text: String,
        /// The least number that the field takes.
        min: f64,
        /// The greatest number that it takes.
        max: f64,
        /// Whether it takes whole numbers only.
        is_whole: bool,
        /// The two numbers that the text can mean, where it can mean two.
        readings: Option<[f64; 2]>,
    },
}

/// A kind of value in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueKind {
    /// An object with fields.
    Object,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A text.
    Text,
    /// Two numbers, low and high.
    Interval,
    /// A list of whole numbers.
    Integers,
    /// A list of so many numbers.
    Numbers(usize),
    /// A list of numbers, one for each layer of weights.
    Layers,
}

impl ConfigError {
    /// What is wrong, where, and what is allowed.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        self.message_with(locale, &|number| number.to_string())
    }

    /// The same with numbers as `write` writes them.
    #[must_use]
    pub fn message_with(&self, locale: Locale, write: &dyn Fn(f64) -> String) -> String {
        match self {
            Self::Syntax { line: 0, detail, .. } => locale.format(message::ErrorConfigDocument { detail }),
            Self::Syntax { line, column, detail } => locale.format(message::ErrorConfigSyntax { line, column, detail }),
            Self::UnknownField { field, allowed } => locale.format(message::ErrorConfigUnknownField { field, allowed }),
            Self::WrongType { field, expected, found } => {
                locale.format(message::ErrorConfigWrongType { field, expected: expected.name(locale), found })
            }
            Self::OutOfRange { field, value, min, max } => {
                let (min, max) = (write(*min), write(*max));
                locale.format(message::ErrorConfigOutOfRange { field, value, min, max })
            }
            Self::Choice { field, value, allowed } => {
                locale.format(message::ErrorConfigChoice { field, value, allowed })
            }
            Self::Together { field, value, other, allowed } => {
                locale.format(message::ErrorConfigTogether { field, value, other, allowed })
            }
            Self::Interval { field, low, high } => {
                locale.format(message::ErrorConfigInterval { field, low: write(*low), high: write(*high) })
            }
            Self::AllZero { field } => locale.format(message::ErrorConfigAllZero { field }),
            Self::NoGridPoint { field, low, high } => {
                locale.format(message::ErrorConfigNoGridPoint { field, low: write(*low), high: write(*high) })
            }
            Self::TooNarrow { field, low, high, points } => {
                let (low, high) = (write(*low), write(*high));
                locale.format(message::ErrorConfigTooNarrow { field, points, low, high })
            }
            Self::Version { found } => locale.format(message::ErrorConfigVersion { found, supported: VERSION }),
            Self::Repeated { field, line, column } => {
                locale.format(message::ErrorConfigRepeated { field, line, column })
            }
            Self::Encoding => locale.error_config_encoding().to_owned(),
            Self::TooLarge { size, most } => {
                let [size, most] = [size, most].map(|bytes| write(*bytes as f64));
                locale.format(message::ErrorConfigTooLarge { size, most })
            }
            Self::Entry { field, text, min, max, is_whole, readings } => {
                let (min, max) = (write(*min), write(*max));
                let message = match readings.map(|readings| readings.map(write)) {
                    Some([first, second]) => locale.format(message::FieldAmbiguous { text, first, second }),
                    None if *is_whole => locale.format(message::FieldEnterWhole { min, max }),
                    None => locale.format(message::FieldEnterNumber { min, max }),
                };
                if field.is_empty() { message } else { locale.format(message::FieldFault { label: field, message }) }
            }
        }
    }

    /// The path of the field at fault, where there is one.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Syntax { .. } | Self::Encoding | Self::TooLarge { .. } => None,
            Self::Version { .. } => Some("version"),
            Self::UnknownField { field, .. }
            | Self::WrongType { field, .. }
            | Self::OutOfRange { field, .. }
            | Self::Choice { field, .. }
            | Self::Together { field, .. }
            | Self::Interval { field, .. }
            | Self::AllZero { field }
            | Self::TooNarrow { field, .. }
            | Self::Repeated { field, .. }
            | Self::Entry { field, .. }
            | Self::NoGridPoint { field, .. } => Some(field),
        }
    }
}

impl Display for ConfigError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message(Locale::En))
    }
}

impl std::error::Error for ConfigError {}

impl From<serde_json::Error> for ConfigError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let words = error.to_string();
        // The position has places of its own.
        let detail = words.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&words);
        Self::Syntax { line, column, detail: clipped(detail, MOST_WORDS) }
    }
}

impl ValueKind {
    fn name(self, locale: Locale) -> String {
        let words = match self {
            Self::Numbers(count) => return locale.format(message::KindNumbers { count }),
            Self::Object => locale.kind_object(),
            Self::Integer => locale.kind_integer(),
            Self::Number => locale.kind_number(),
            Self::Text => locale.kind_text(),
            Self::Interval => locale.kind_interval(),
            Self::Integers => locale.kind_integers(),
            Self::Layers => locale.kind_layers(),
        };
        words.to_owned()
    }
}

/// The error of a value of another kind than the field's.
#[must_use]
pub fn wrong_type(field: &str, expected: ValueKind, found: &impl Display) -> ConfigError {
    ConfigError::WrongType { field: field.to_owned(), expected, found: shown(&found.to_string()) }
}

/// What was found, as a message shows it: on one line, and its beginning only where it is long.
#[must_use]
pub fn shown(found: &str) -> String {
    clipped(found, 60)
}

/// Most characters of another reader's words in a message.
pub const MOST_WORDS: usize = 200;

/// A text on one line, and so many characters of it at most.
#[must_use]
pub fn clipped(found: &str, most: usize) -> String {
    let visible = |character: char| if character.is_control() { ' ' } else { character };
    let mut characters = found.chars().map(visible);
    let mut shown: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

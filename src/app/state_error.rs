//! Why a document is no state of the page.

use std::fmt;

use crate::domain::config::error::ConfigError;

/// The version of this form of the state, which its document begins with.
pub const VERSION: u32 = 1;

/// Why a document is no state of the page.
#[derive(Clone, Debug, PartialEq)]
pub enum StateError {
    /// It is no JSON, or a field is unknown, missing or of another type; the words of the reader.
    Form(String),
    /// It is of another version.
    Version(u32),
    /// A Config in it is refused.
    Config {
        /// Where it is.
        field: &'static str,
        /// What is wrong with it.
        error: ConfigError,
    },
    /// A value is out of its range.
    Value {
        /// Where it is.
        field: &'static str,
        /// What is allowed.
        allowed: &'static str,
    },
}

impl fmt::Display for StateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(words) => out.write_str(words),
            Self::Version(found) => write!(out, "version: {found}, but this page reads version {VERSION}"),
            Self::Config { field, error } => write!(out, "{field}: {error}"),
            Self::Value { field, allowed } => write!(out, "{field}: allowed is {allowed}"),
        }
    }
}

impl std::error::Error for StateError {}

/// A fault of a field, unless it is good.
pub(super) fn within(field: &'static str, allowed: &'static str, is_good: bool) -> Result<(), StateError> {
    if is_good { Ok(()) } else { Err(StateError::Value { field, allowed }) }
}

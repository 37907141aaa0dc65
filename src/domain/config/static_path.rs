//! Serde form of a parameter's path: its text, which must be one of the table when it is read.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::Serializer;

use super::error::shown;
use super::parameters::parameter;

/// A path of the table. Under this name serde does not take it for a text that it may borrow.
pub type Path = &'static str;

/// Writes the path.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(path: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(path)
}

/// Reads the path.
///
/// # Errors
/// The deserializer's, or no parameter has this path.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
    let path = String::deserialize(deserializer)?;
    let found = parameter(&path).map(|parameter| parameter.path);
    found.ok_or_else(|| D::Error::custom(format!("there is no parameter \"{}\"", shown(&path))))
}

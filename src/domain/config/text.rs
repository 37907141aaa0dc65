//! The text of a document: from bytes in any encoding that editors write, and to JSON without a field that stands twice.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{ConfigError, shown};

/// Most bytes of a document: hundreds of times what a Config needs.
pub const MOST_BYTES: u64 = 1 << 20;

/// The text of a document: UTF-8, with a byte order mark or without one, or UTF-16 with one.
///
/// # Errors
/// [`ConfigError::TooLarge`] or [`ConfigError::Encoding`].
pub fn decode(bytes: &[u8]) -> Result<String, ConfigError> {
    check_size(bytes.len() as u64)?;
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => str::from_utf8(bytes).ok().map(str::to_owned),
    };
    text.ok_or(ConfigError::Encoding)
}

/// Refuses a document by its size, so that nobody need read it.
///
/// # Errors
/// [`ConfigError::TooLarge`].
pub fn check_size(size: u64) -> Result<(), ConfigError> {
    if size <= MOST_BYTES { Ok(()) } else { Err(ConfigError::TooLarge { size, most: MOST_BYTES }) }
}

/// A text without the byte order mark that it may begin with.
#[must_use]
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The JSON value of a text, which may begin with a byte order mark.
///
/// # Errors
/// [`ConfigError::Syntax`], or [`ConfigError::Repeated`] for a field that stands twice: readers do not agree on which of
/// the two counts.
pub fn parse(text: &str) -> Result<Value, ConfigError> {
    let text = without_mark(text);
    let repeated = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let at = Unrepeated { path: "", repeated: &repeated };
    let value = at.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| match repeated.take() {
        Some(field) => ConfigError::Repeated { field, line: error.line(), column: error.column() },
        None => error.into(),
    })
}

/// Reads the value at a path.
#[derive(Clone, Copy)]
struct Unrepeated<'a> {
    path: &'a str,
    /// The path of the first field that stands twice.
    repeated: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Unrepeated<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unrepeated<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = vec![];
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            if object.contains_key(&name) {
                self.repeated.replace(Some(shown(&path)));
                return Err(A::Error::custom("a field stands twice"));
            }
            let value = fields.next_value_seed(Unrepeated { path: &path, ..self })?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

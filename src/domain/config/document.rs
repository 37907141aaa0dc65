//! The Config's document: JSON, checked field by field against the table of parameters.
//!
//! Within messages, which are binary, a Config is its fields in a row: no JSON is written or read. What comes in is checked
//! against the same table.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

use super::error::{ConfigError, ValueKind, shown, wrong_type};
use super::parameters::{FIELDS, Field, field, is_group, siblings};
use super::range::whole;
use super::{Config, VERSION, text};

impl Config {
    /// Reads a document. Fields that it leaves out have the `paper` preset's values.
    ///
    /// # Errors
    /// The first thing that is wrong with it: not JSON, an unknown field, a wrong type, a value out of its range.
    pub fn from_json(document: &str) -> Result<Self, ConfigError> {
        Self::from_value(&text::parse(document)?)
    }

    /// Reads a document's file: UTF-8, or UTF-16 with a byte order mark; see [`Config::from_json`].
    ///
    /// # Errors
    /// As [`Config::from_json`], and for a file that is no text, or too large.
    pub fn from_bytes(document: &[u8]) -> Result<Self, ConfigError> {
        Self::from_json(&text::decode(document)?)
    }

    /// Reads a document that is already parsed; see [`Config::from_json`].
    ///
    /// # Errors
    /// As [`Config::from_json`].
    pub fn from_value(document: &Value) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        read_group(&mut config, "", document)?;
        config.check_relations()?;
        Ok(config)
    }

    /// The same Config, if it is one that [`Config::from_json`] would give: for one that came by another way.
    ///
    /// # Errors
    /// As [`Config::from_json`].
    pub fn checked(self) -> Result<Self, ConfigError> {
        if self.version != VERSION {
            return Err(ConfigError::Version { found: self.version.to_string() });
        }
        for field in FIELDS {
            field.parameter.check_typed(&field.get(&self))?;
        }
        self.check_relations()?;
        Ok(self)
    }

    /// The document, on several lines.
    ///
    /// # Panics
    /// Never: every field of a Config has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a Config has a JSON form")
    }
}

/// Takes in the fields of a document, or of its object at `prefix`. Fields may be left out; `version` may not be another one.
fn read_group(config: &mut Config, prefix: &str, value: &Value) -> Result<(), ConfigError> {
    let Some(fields) = value.as_object() else {
        let field = if prefix.is_empty() { "document" } else { prefix };
        return Err(wrong_type(field, ValueKind::Object, value));
    };
    for (name, value) in fields {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        if path == "version" {
            check_version(value)?;
        } else if let Some(field) = field(&path).filter(|_| !name.contains('.')) {
            // A name with a dot is no path: `{"inner.steps": 3}` has an unknown field.
            field.set(config, field.parameter.read(value)?);
        } else if is_group(&path) {
            read_group(config, &path, value)?;
        } else {
            return Err(ConfigError::UnknownField { field: shown(&path), allowed: siblings(prefix) });
        }
    }
    Ok(())
}

fn check_version(value: &Value) -> Result<(), ConfigError> {
    if whole(value) == Some(u64::from(VERSION)) {
        Ok(())
    } else {
        Err(ConfigError::Version { found: shown(&value.to_string()) })
    }
}

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Group { config: self, fields: FIELDS, depth: 0 }.serialize(serializer)
        } else {
            let Self { version, seed, tasks, model, algorithm, inner, outer, eval } = self;
            (version, seed, tasks, model, algorithm, inner, outer, eval).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let config = if deserializer.is_human_readable() {
            Self::from_value(&Value::deserialize(deserializer)?)
        } else {
            let (version, seed, tasks, model, algorithm, inner, outer, eval) = Deserialize::deserialize(deserializer)?;
            Self { version, seed, tasks, model, algorithm, inner, outer, eval }.checked()
        };
        config.map_err(D::Error::custom)
    }
}

/// An object of the document: fields in a row that have the first `depth` names of their paths in common.
struct Group<'a> {
    config: &'a Config,
    fields: &'static [Field],
    depth: usize,
}

impl Group<'_> {
    /// The name of a field, or of the object that it is in, at this depth.
    fn name(&self, field: &Field) -> &'static str {
        field.parameter.path.split('.').nth(self.depth).unwrap_or_default()
    }

    fn is_leaf(&self, field: &Field) -> bool {
        field.parameter.path.split('.').count() == self.depth + 1
    }
}

impl Serialize for Group<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = || self.fields.chunk_by(|a, b| self.name(a) == self.name(b));
        let has_version = self.depth == 0;
        let count = entries().count() + usize::from(has_version);
        let mut object = serializer.serialize_struct("Config", count)?;
        if has_version {
            object.serialize_field("version", &self.config.version)?;
        }
        for fields in entries() {
            let name = self.name(&fields[0]);
            if self.is_leaf(&fields[0]) {
                object.serialize_field(name, &fields[0].get(self.config))?;
            } else {
                object.serialize_field(name, &Group { config: self.config, fields, depth: self.depth + 1 })?;
            }
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_a_binary_message_a_config_is_checked() {
        let mut config = Config { seed: (1 << 53) - 1, ..Config::default() };
        config.inner.learning_rate = 1.0 / 3.0;
        let bytes = |config: &Config| postcard::to_stdvec(config).expect("bytes");
        assert_eq!(postcard::from_bytes(&bytes(&config)), Ok(config.clone()));
        assert!(bytes(&config).len() < config.to_json().len() / 3, "it is no text");
        let wrong: [fn(&mut Config); 9] = [
            |config| config.version += 1,
            |config| config.seed = 1 << 53,
            |config| config.inner.steps = 0,
            |config| config.inner.learning_rate = f64::NAN,
            |config| config.model.hidden = vec![],
            |config| config.model.hidden = vec![64, 0],
            |config| config.tasks.amplitude = [-1.0, 1.0],
            // What no field tells alone.
            |config| config.tasks.amplitude = [2.0, 1.0],
            |config| config.outer.layers = vec![1.0, 2.0],
        ];
        for (index, change) in wrong.into_iter().enumerate() {
            let mut config = config.clone();
            change(&mut config);
            assert!(postcard::from_bytes::<Config>(&bytes(&config)).is_err(), "{index}");
            // As by the way of its document.
            let read = Config::from_json(&config.to_json()).expect_err("the document is refused, too");
            let typed = config.checked().expect_err("and so is the Config");
            if index != 3 {
                assert_eq!(typed, read, "{index}");
            }
        }
    }
}

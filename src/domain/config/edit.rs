//! Single fields of a Config, read and changed by their paths.

use serde_json::Value;

use super::Config;
use super::error::{ConfigError, shown};
use super::parameters::{field, siblings};

impl Config {
    /// The value of the one field that `path` names, if there is such a field.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Value> {
        field(path).map(|field| field.get(self).into())
    }

    /// Changes the one field that `path` names (see [`FIELDS`](super::parameters::FIELDS)). With the number of layers,
    /// `outer.layers` follows: a new hidden layer learns like the others, and the output keeps its factor.
    ///
    /// # Errors
    /// As [`Config::from_json`]; the Config is as before then.
    pub fn set(&mut self, path: &str, value: Value) -> Result<(), ConfigError> {
        *self = self.with(&[(path, value)])?;
        Ok(())
    }

    /// The same Config with other values in the fields that the paths name, checked when all of them are in. The factors of
    /// layers follow the number of layers.
    ///
    /// # Errors
    /// As [`Config::from_json`].
    pub fn with(&self, fields: &[(&str, Value)]) -> Result<Self, ConfigError> {
        let mut next = self.clone();
        for (path, value) in fields {
            let field = field(path).ok_or_else(|| {
                let group = path.rsplit_once('.').map_or("", |(group, _)| group);
                ConfigError::UnknownField { field: shown(path), allowed: siblings(group) }
            })?;
            field.set(&mut next, field.parameter.read(value)?);
        }
        if next.model.hidden.len() != self.model.hidden.len()
            && let Some(output) = next.outer.layers.pop()
        {
            next.outer.layers.resize(next.model.hidden.len(), 1.0);
            next.outer.layers.push(output);
        }
        next.check_relations()?;
        if next.outer.layers.iter().all(|&factor| factor == 1.0) {
            next.outer.layers.clear();
        }
        Ok(next)
    }
}

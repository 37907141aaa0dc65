//! A trained θ with the Config that made it: the document of `assets/pretrained/`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Config;
use super::error::ConfigError;

/// A run's result: Config, meta-iterations done, and θ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pretrained {
    /// The Config that made θ.
    pub config: Config,
    /// Meta-iterations done.
    pub iteration: u64,
    /// θ in the flat layout of `Network`.
    pub theta: Vec<f32>,
}

impl Pretrained {
    /// The result of a run.
    #[must_use]
    pub fn new(config: Config, iteration: u64, theta: &[f32]) -> Self {
        Self { config, iteration, theta: theta.to_vec() }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// It is not JSON of this shape, or its Config is refused.
    pub fn from_json(document: &str) -> Result<Self, ConfigError> {
        /// The document before its Config is checked.
        #[derive(Deserialize)]
        struct Raw {
            config: Value,
            iteration: u64,
            theta: Vec<f32>,
        }
        let raw: Raw = serde_json::from_str(document)?;
        Ok(Self { config: Config::from_value(&raw.config)?, iteration: raw.iteration, theta: raw.theta })
    }

    /// The document, on one line.
    ///
    /// # Panics
    /// Never: θ and Config have a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("θ and Config have a JSON form")
    }
}

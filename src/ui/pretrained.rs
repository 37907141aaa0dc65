//! A θ that was trained beforehand and ships with the page.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::config::{Config, Preset};
use crate::domain::network::Network;

/// The presets for which there is one, at `pretrained/<preset>.json`.
pub const SHIPPED: &[Preset] = &[Preset::Fast];

/// A Config with the θ that it led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Pretrained {
    /// The Config that made θ.
    pub config: Config,
    /// Meta-iterations done.
    pub iteration: u64,
    /// θ, in the flat layout of `Network`.
    pub theta: Vec<f32>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    config: Value,
    iteration: u64,
    theta: Vec<f32>,
}

/// The preset whose θ stands in for that of `config`: its own where one ships.
#[must_use]
pub fn preset_for(config: &Config) -> Preset {
    Preset::of(config).filter(|preset| SHIPPED.contains(preset)).unwrap_or(SHIPPED[0])
}

/// The address of a preset's file, relative to the page.
#[must_use]
pub fn address(preset: Preset) -> String {
    format!("pretrained/{}.json", preset.name())
}

impl Pretrained {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, in the parser's words or the Config's.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let Document { config, iteration, theta } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let config = Config::from_value(config).map_err(|error| error.to_string())?;
        let needed = Network::new(&config.model).parameters();
        if theta.len() != needed {
            return Err(format!("theta: {} ≠ {needed}", theta.len()));
        }
        Ok(Self { config, iteration, theta })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_fits_and_refuses_what_does_not() {
        let file = |theta: &str| {
            format!(r#"{{"config": {{"version": 1, "model": {{"hidden": [1]}}}}, "iteration": 7, "theta": {theta}}}"#)
        };
        let read = Pretrained::from_json(&file("[1, 2, 3.5, 4]")).expect("four parameters");
        assert_eq!((read.iteration, read.theta), (7, vec![1.0, 2.0, 3.5, 4.0]));
        assert_eq!(Pretrained::from_json(&file("[1, 2]")), Err("theta: 2 ≠ 4".to_owned()));
        assert!(Pretrained::from_json("<html>").is_err());
        assert!(Pretrained::from_json(r#"{"config": {"sed": 1}, "iteration": 0, "theta": []}"#).is_err());
    }

    #[test]
    fn a_custom_run_skips_ahead_to_the_first_that_ships() {
        let custom = Config { seed: 3, ..Preset::Paper.config() };
        assert_eq!(preset_for(&custom), Preset::Fast);
        assert_eq!(preset_for(&Preset::Fast.config()), Preset::Fast);
    }
}

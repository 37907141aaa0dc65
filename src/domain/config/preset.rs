//! Runs that are known by name.

use serde::{Deserialize, Serialize};

use super::Config;
use crate::i18n::Locale;

/// A run that is known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// The sine experiment as published.
    Paper,
    /// The outer Adam, 2,000 meta-iterations: the page's default. Its seed, 1, is a typical one; about one in thirty, 0 among
    /// them, is still behind when the run ends.
    Fast,
    /// The outer Adam with small steps, 30,000 meta-iterations.
    Fine,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::Paper, Self::Fast, Self::Fine];

    /// Its name in documents and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Fast => "fast",
            Self::Fine => "fine",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self, locale: Locale) -> &'static str {
        match self {
            Self::Paper => locale.preset_paper(),
            Self::Fast => locale.preset_fast(),
            Self::Fine => locale.preset_fine(),
        }
    }

    /// The run that it names.
    ///
    /// # Panics
    /// Never: the documents are part of the program, and a test reads them all.
    #[must_use]
    pub fn config(self) -> Config {
        let document = match self {
            Self::Paper => include_str!("../../../assets/presets/paper.json"),
            Self::Fast => include_str!("../../../assets/presets/fast.json"),
            Self::Fine => include_str!("../../../assets/presets/fine.json"),
        };
        Config::from_json(document).expect("a preset is a valid document")
    }

    /// The preset that `config` is, whatever its seed.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| Config { seed: config.seed, ..preset.config() } == *config)
    }
}

//! Charts as files to keep: a picture or a table that says by itself what it shows, of whose θ, and by which settings it is
//! made again.

pub mod csv;
pub mod png;
pub mod svg;

use serde::Serialize;

use crate::domain::config::Config;

/// What a chart can be saved as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A picture of pixels.
    Png,
    /// A picture of shapes.
    Svg,
    /// Its numbers.
    Csv,
}

impl FileKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Png, Self::Svg, Self::Csv];

    /// What it is called, in every language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Svg => "SVG",
            Self::Csv => "CSV",
        }
    }

    /// How the names of its files end.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Csv => "csv",
        }
    }
}

/// What a file says of its chart, besides the chart itself.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The chart's title.
    pub title: String,
    /// What it shows in words, and what has trained its θ.
    pub description: String,
    /// The settings behind it: one, or one for each run of an experiment.
    pub settings: Vec<Settings>,
    /// The address of the page in this state, if it has one that leads back.
    pub source: String,
}

/// The settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settings {
    /// What the run is called; empty for the run of the page.
    pub name: String,
    /// Its seeds: that of the settings, and those after it.
    pub seeds: Vec<u64>,
    /// The settings, with the first seed.
    pub config: Config,
}

impl Settings {
    /// The settings of the run of the page.
    #[must_use]
    pub fn of(config: Config) -> Self {
        Self { name: String::new(), seeds: vec![config.seed], config }
    }
}

impl About {
    /// The settings in one line: the document that the page imports, or a list of named ones.
    ///
    /// # Panics
    /// Never: every field of a Config has a JSON form.
    #[must_use]
    pub fn config_json(&self) -> String {
        let json = match self.settings.as_slice() {
            [Settings { config, .. }] => serde_json::to_string(config),
            several => serde_json::to_string(several),
        };
        json.expect("a Config has a JSON form")
    }

    /// What it says, by keywords: those of PNG (title, description, source) and `Config`.
    fn texts(&self) -> [(&'static str, String); 4] {
        [
            ("Title", self.title.clone()),
            ("Description", self.description.clone()),
            ("Config", self.config_json()),
            ("Source", self.source.clone()),
        ]
    }
}

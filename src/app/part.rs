//! The parts of the page that whoever shares it can hide.

use serde::{Deserialize, Serialize};

use crate::i18n::Locale;

/// A part of the page that can be hidden. What shows the task and trains cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Name, preset, speed, language and colours.
    Header,
    /// The task picker.
    Picker,
    /// The explanation.
    Explanation,
    /// All settings.
    Settings,
    /// The backend, and files.
    Engine,
    /// Error during adaptation and meta-training.
    Curves,
    /// The evaluation protocol.
    Evaluation,
    /// Everything below: views of θ, comparison and search.
    Panels,
}

impl Part {
    /// Every part, in the order of the page.
    pub const ALL: [Self; 8] = [
        Self::Header,
        Self::Picker,
        Self::Explanation,
        Self::Settings,
        Self::Engine,
        Self::Curves,
        Self::Evaluation,
        Self::Panels,
    ];

    /// What a page within another page leaves out: it has the chart, the task and the run.
    pub const EMBEDDED: [Self; 6] =
        [Self::Header, Self::Explanation, Self::Settings, Self::Engine, Self::Evaluation, Self::Panels];

    /// Its name in documents and in the page's `data-hidden`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Picker => "picker",
            Self::Explanation => "explanation",
            Self::Settings => "settings",
            Self::Engine => "engine",
            Self::Curves => "curves",
            Self::Evaluation => "evaluation",
            Self::Panels => "panels",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self, locale: Locale) -> &'static str {
        match self {
            Self::Header => locale.part_header(),
            Self::Picker => locale.part_picker(),
            Self::Explanation => locale.part_explanation(),
            Self::Settings => locale.part_settings(),
            Self::Engine => locale.part_engine(),
            Self::Curves => locale.part_curves(),
            Self::Evaluation => locale.part_evaluation(),
            Self::Panels => locale.part_panels(),
        }
    }
}

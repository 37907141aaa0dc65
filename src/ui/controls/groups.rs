//! The groups of settings: which fields are in each, and what it says while it is folded.

use leptos::prelude::*;
use serde_json::Value;

use crate::app::draft::{self, Draft};
use crate::app::field::Field;
use crate::app::formatting::{brief, shape};
use crate::domain::choice::Named;
use crate::domain::config::Config;
use crate::domain::config::parameters::parameters;
use crate::domain::config::range::Parameter;
use crate::i18n::Locale;
use crate::ui::page::Page;

/// A group of settings: the document's object of the same name, and loose fields that belong to it.
pub struct Group {
    prefix: &'static str,
    /// Its heading.
    pub name: fn(Locale) -> &'static str,
}

/// All of them, in the order of the page.
pub static GROUPS: [Group; 5] = [
    Group { prefix: "tasks", name: |locale| locale.group_tasks() },
    Group { prefix: "model", name: |locale| locale.group_model() },
    Group { prefix: "inner", name: |locale| locale.group_inner() },
    Group { prefix: "outer", name: |locale| locale.group_outer() },
    Group { prefix: "eval", name: |locale| locale.group_eval() },
];

/// Settings that a closed group does not tell of.
const QUIET: [&str; 4] = ["tasks.frequency", "tasks.noise", "tasks.x", "outer.stop.update"];

impl Group {
    /// Its fields.
    pub fn parameters(&self) -> impl Iterator<Item = &'static Parameter> {
        let prefix = self.prefix;
        parameters().filter(move |parameter| match parameter.path.split_once('.') {
            Some((group, _)) => group == prefix,
            // The algorithm is how the outer loop learns; the seed stands with the engine.
            None => prefix == "outer" && parameter.path == "algorithm",
        })
    }

    /// Whether one of its fields holds a refused text.
    pub fn is_faulty(&self, page: Page) -> Memo<bool> {
        let paths: Vec<&str> = self.parameters().map(|parameter| parameter.path).collect();
        Memo::new(move |_| {
            let is_fault = |draft: &Draft| {
                let is_within = matches!(draft.field, Field::Config { path, .. } if paths.contains(&path));
                is_within && draft.error.is_some()
            };
            page.drafts.with(|drafts| drafts.values().any(is_fault))
        })
    }

    /// The group's values in a few symbols, for its closed state.
    pub fn summary(&self, page: Page) -> Memo<String> {
        let telling = |parameter: &&Parameter| !parameter.symbol.is_empty() && !QUIET.contains(&parameter.path);
        let parameters: Vec<&Parameter> = self.parameters().filter(telling).collect();
        let prefix = self.prefix;
        Memo::new(move |_| {
            if prefix == "model" {
                return page
                    .run
                    .config
                    .with(|config| format!("{} {}", shape(&config.model.hidden), word_of(page, "model.activation")));
            }
            // What kind of curve there is says more than its ranges.
            let family = (prefix == "tasks")
                .then(|| page.run.config.with(|config| config.tasks.family.label(page.locale()).to_owned()));
            let text = |config: &Config, parameter: &Parameter| {
                let value = config.get(parameter.path).unwrap_or(Value::Null);
                format!("{} {}", parameter.symbol, brief(&value))
            };
            let texts: Vec<String> = page.run.config.with(|config| {
                let used = parameters.iter().filter(|parameter| config.uses(parameter.path));
                used.map(|parameter| text(config, parameter)).collect()
            });
            family.into_iter().chain(texts).collect::<Vec<_>>().join(" · ")
        })
    }
}

/// The word that a field has, or its number as a text.
pub fn word_of(page: Page, path: &str) -> String {
    page.run.config.with(|config| config.get(path)).map_or_else(String::new, |value| draft::show(&value))
}

//! What the runs of the comparison are called.

use serde_json::Value;

use super::comparison::{PlannedRun, differences};
use super::formatting;
use crate::domain::choice::Named;
use crate::i18n::Locale;

/// What the runs of a list are called, in its order.
#[must_use]
pub fn all(runs: &[PlannedRun], locale: Locale) -> Vec<String> {
    let differing = differences(runs);
    runs.iter().map(|run| name(run, runs, &differing, locale)).collect()
}

/// What a run is called: as a person wants, or by what it differs in.
fn name(run: &PlannedRun, all: &[PlannedRun], differing: &[&'static str], locale: Locale) -> String {
    if !run.name.is_empty() {
        return run.name.clone();
    }
    let algorithm = run.config.algorithm.label(locale).to_owned();
    let is_alone = all.iter().filter(|other| other.config.algorithm == run.config.algorithm).count() == 1;
    let told = differing.iter().filter(|path| **path != "algorithm").take(if is_alone { 0 } else { 3 });
    let told = told.map(|path| formatting::setting(path, &run.config.get(path).unwrap_or(Value::Null), locale));
    let has_algorithm = differing.contains(&"algorithm") || differing.is_empty();
    has_algorithm.then_some(algorithm).into_iter().chain(told).collect::<Vec<_>>().join(", ")
}

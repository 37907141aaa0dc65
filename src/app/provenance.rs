//! Where θ comes from, in words.

use serde_json::Value;

use super::comparison::{ComparisonResults, PlannedRun};
use super::formatting::{self, count};
use crate::domain::choice::Named;
use crate::domain::config::Config;
use crate::domain::config::parameters::parameters;
use crate::domain::provenance::{Provenance, ProvenanceEntry};
use crate::domain::task::TaskDistribution;
use crate::domain::task::family::Family;
use crate::i18n::{Locale, message};

/// What has trained θ: `Reptile, 2,000 meta-iterations on sinusoid; then joint training, 500`. Of tasks, what differs
/// between the parts of its training and the `present` tasks is named.
#[must_use]
pub fn told(provenance: &Provenance, present: &TaskDistribution, locale: Locale) -> String {
    let entries = provenance.entries();
    let mut before: Option<&ProvenanceEntry> = None;
    let mut text = locale.provenance_random().to_owned();
    for entry in entries {
        let iterations = count(entry.iterations);
        let words = match (entry.algorithm, &entry.tasks) {
            (Some(algorithm), Some(tasks)) => {
                let algorithm = algorithm.label(locale);
                let is_same = before.is_some_and(|before| before.tasks.as_ref() == Some(tasks));
                match before {
                    Some(_) if is_same => locale.format(message::ProvenanceSameTasks { algorithm, iterations }),
                    Some(_) => {
                        let tasks = tasks_in_words(tasks, entries, present, locale);
                        locale.format(message::ProvenanceOtherTasks { algorithm, iterations, tasks })
                    }
                    None => {
                        let tasks = tasks_in_words(tasks, entries, present, locale);
                        locale.format(message::ProvenanceFirst { algorithm, iterations, tasks })
                    }
                }
            }
            _ => locale.provenance_given().to_owned(),
        };
        text = match before {
            Some(_) => locale.format(message::ProvenanceThen { before: text, next: words }),
            None => words,
        };
        before = Some(entry);
    }
    text
}

/// What a chart has to say of the θ that it shows, if that is not trained by the present algorithm on the present tasks
/// alone.
#[must_use]
pub fn remark(provenance: &Provenance, config: &Config, locale: Locale) -> Option<String> {
    let is_plain = provenance.is_own(config.algorithm, &config.tasks);
    (!is_plain)
        .then(|| locale.format(message::ProvenanceRemark { provenance: told(provenance, &config.tasks, locale) }))
}

/// Whose θ a figure of the comparison shows: that of a run of the list after so many meta-iterations.
#[must_use]
pub fn of_run(results: &ComparisonResults, planned: &PlannedRun, iterations: u64, locale: Locale) -> Option<String> {
    let (experiment, _) = results.asked.as_ref()?;
    let provenance = told(&results.provenance(planned, iterations)?, &experiment.evaluation.distribution, locale);
    Some(locale.format(message::ProvenanceTheta { provenance }))
}

/// A family, and what sets its tasks apart: `sinusoid (a 1–2)`.
fn tasks_in_words(
    tasks: &TaskDistribution,
    entries: &[ProvenanceEntry],
    present: &TaskDistribution,
    locale: Locale,
) -> String {
    // A mixture of one family is that family to whoever reads it.
    let families: Vec<Family> = tasks.families().collect();
    let family = match families[..] {
        [only] => only.label(locale),
        _ => tasks.family.label(locale),
    };
    let config = |tasks: &TaskDistribution| Config { tasks: tasks.clone(), ..Config::default() };
    let this = config(tasks);
    let alike = |other: &&TaskDistribution| other.family == tasks.family;
    let others: Vec<Config> =
        entries.iter().filter_map(|entry| entry.tasks.as_ref()).chain([present]).filter(alike).map(config).collect();
    let paths = parameters().map(|parameter| parameter.path).filter(|path| path.starts_with("tasks."));
    let differs = |path: &&str| this.uses(path) && others.iter().any(|other| other.get(path) != this.get(path));
    let told =
        paths.filter(differs).map(|path| formatting::setting(path, &this.get(path).unwrap_or(Value::Null), locale));
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        return family.to_owned();
    }
    let differences = told.join(locale.chart_list_separator());
    locale.format(message::ProvenanceTasks { family, differences })
}

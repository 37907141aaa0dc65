//! What a row of the comparison's list says of its run: in what it differs from the first one, and whether it is given the
//! length that its settings are made for.

use serde_json::Value;

use super::comparison::{ComparisonPlan, PlannedRun, letter, unlike};
use super::formatting::{self, brief, count};
use super::labels;
use crate::domain::choice::Named;
use crate::domain::config::Config;
use crate::domain::schedule::Schedule;
use crate::domain::task::TaskDistribution;
use crate::i18n::{Locale, message};

/// Whether a run is given the length that its settings are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// It is given that, or more of a step size that never changes.
    AsMade,
    /// Its step size does not change, and it is stopped before.
    Stopped {
        /// Meta-iterations that it is given.
        given: u64,
        /// Meta-iterations that its settings are made for.
        made: u64,
    },
    /// The schedule of its step size spans what it is given.
    Stretched {
        /// Meta-iterations that it is given.
        given: u64,
        /// Meta-iterations that its settings are made for.
        made: u64,
    },
    /// It is given seconds: only its speed tells.
    Unknown {
        /// Meta-iterations that its settings are made for.
        made: u64,
    },
}

impl Length {
    /// That of a run of a plan.
    #[must_use]
    pub fn of(plan: &ComparisonPlan, config: &Config) -> Self {
        let made = config.outer.iterations;
        match plan.length(config) {
            _ if !config.algorithm.trains() => Self::AsMade,
            None => Self::Unknown { made },
            Some(given) => match config.outer.schedule {
                Schedule::Linear | Schedule::Cosine if given != made => Self::Stretched { given, made },
                Schedule::Constant | Schedule::Adaptive if given < made => Self::Stopped { given, made },
                _ => Self::AsMade,
            },
        }
    }

    fn message(self, locale: Locale) -> Option<String> {
        match self {
            Self::AsMade => None,
            Self::Stopped { given, made } => {
                Some(locale.format(message::ComparisonStopped { given: count(given), made: count(made) }))
            }
            Self::Stretched { given, made } => {
                Some(locale.format(message::ComparisonStretched { given: count(given), made: count(made) }))
            }
            Self::Unknown { made } => Some(locale.format(message::ComparisonUnknownLength { made: count(made) })),
        }
    }
}

/// What is said of a run of a plan.
#[must_use]
pub fn notes(plan: &ComparisonPlan, slot: usize, locale: Locale) -> Vec<String> {
    let (Some(first), Some(run)) = (plan.runs.first(), plan.run(slot)) else { return vec![] };
    let difference = (first.slot != slot).then(|| difference(first, run, locale));
    difference.into_iter().chain(Length::of(plan, &run.config).message(locale)).collect()
}

fn difference(first: &PlannedRun, run: &PlannedRun, locale: Locale) -> String {
    // All runs are measured in one way, whatever their own settings of that are.
    let differing = unlike(&first.config, &run.config).into_iter().filter(|path| !path.starts_with("eval."));
    let told = differing.map(|path| formatting::setting(path, &run.config.get(path).unwrap_or(Value::Null), locale));
    let told: Vec<String> = told.collect();
    let letter = letter(first.slot);
    if told.is_empty() {
        return locale.format(message::ComparisonAsFirst { letter });
    }
    let list = told.join(locale.chart_list_separator());
    locale.format(message::ComparisonUnlikeFirst { letter, list })
}

/// The tasks of a distribution, in a few words: `sine, a 0.1–5, p 0–6.28, x −5–5`.
#[must_use]
pub fn distribution(distribution: &TaskDistribution, locale: Locale) -> String {
    let config = Config { tasks: distribution.clone(), ..Config::default() };
    let told = ["tasks.family", "tasks.amplitude", "tasks.phase", "tasks.frequency", "tasks.noise", "tasks.x"];
    let usual = Config::default();
    let is_told = |path: &&str| {
        ["tasks.family", "tasks.amplitude", "tasks.phase"].contains(path) || config.get(path) != usual.get(path)
    };
    let text = |path: &'static str| {
        let value = config.get(path).unwrap_or(Value::Null);
        if path == "tasks.family" {
            return distribution.family.label(locale).to_owned();
        }
        format!("{} {}", labels::short(path, locale), brief(&value))
    };
    told.into_iter().filter(is_told).map(text).collect::<Vec<_>>().join(locale.chart_list_separator())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::comparison::{Fill, Unit};
    use crate::domain::algorithm::Algorithm;
    use crate::domain::config::preset::Preset;
    use crate::domain::schedule::Schedule;

    /// Reptile with outer Adam against the algorithms' usual settings, for 1,500 meta-iterations.
    fn plan() -> ComparisonPlan {
        let mut plan = ComparisonPlan::default();
        plan.amounts[0] = 1500.0;
        plan.fill(Fill::Algorithms.configs(&Preset::Fast.config()));
        plan
    }

    #[test]
    fn every_row_says_what_differs_from_the_first() {
        let plan = plan();
        let [reptile, first_order, ..] = [0, 1, 2].map(|slot| notes(&plan, slot, Locale::En).join("; "));
        assert!(!reptile.contains("nlike"), "{reptile}");
        for part in ["Unlike A: ", "k 1", "ε 0.001", "constant", "n 5"] {
            assert!(first_order.contains(part), "{part}: {first_order}");
        }
        let chinese = notes(&plan, 1, Locale::ZhHans).join("; ");
        for word in [Algorithm::Fomaml.label(Locale::ZhHans), Schedule::Constant.label(Locale::ZhHans)] {
            assert!(chinese.contains(word), "{word}: {chinese}");
        }
        assert!(!first_order.contains("β"), "what makes no difference is not told: {first_order}");
        let mut twice = ComparisonPlan::default();
        twice.fill(vec![Config::default(); 2]);
        assert!(notes(&twice, 1, Locale::En)[0].contains("same settings as A"));
    }

    #[test]
    fn a_schedule_is_stretched_and_a_constant_rate_is_stopped_early() {
        let mut plan = plan();
        let length = |plan: &ComparisonPlan, slot| Length::of(plan, &plan.run(slot).expect("a run").config);
        assert_eq!(length(&plan, 0), Length::Stretched { given: 1500, made: 2000 });
        assert_eq!(length(&plan, 2), Length::Stopped { given: 1500, made: 10_000 });
        assert_eq!(length(&plan, 4), Length::AsMade, "no meta-training");
        for locale in [Locale::En, Locale::ZhHans] {
            let said = notes(&plan, 2, locale).join("; ");
            assert!([1500, 10_000].map(count).iter().all(|length| said.contains(length)), "{said}");
        }
        plan.own_length = true;
        assert!((0..5).all(|slot| length(&plan, slot) == Length::AsMade));
        plan.choose_unit(Unit::Seconds);
        assert_eq!(length(&plan, 1), Length::Unknown { made: 10_000 });
        plan.choose_unit(Unit::Evaluations);
        plan.amounts[1] = 1e9;
        assert_eq!(length(&plan, 1), Length::AsMade, "more of the same");
        assert_eq!(plan.runs[1].config.algorithm, Algorithm::Fomaml);
    }

    #[test]
    fn a_distribution_is_named() {
        let mut config = Config::default();
        assert_eq!(distribution(&config.tasks, Locale::En), "sinusoid, a 0.1–5, p 0–2π");
        config.tasks.noise = 0.5;
        assert!(distribution(&config.tasks, Locale::En).ends_with("σ 0.5"));
    }
}

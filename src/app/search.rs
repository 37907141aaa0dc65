//! The hyperparameter search: what it is to do, which a person plans, and what it has found.

use serde::{Deserialize, Serialize};

use super::comparison::Unit;
use super::labels;
use super::state_error::{StateError, within};
use crate::backend::choice::Preference;
use crate::domain::adaptation::reported_steps;
use crate::domain::config::Config;
use crate::domain::config::search::{self, RunOutcome, Search, SearchAxis, TASKS};
use crate::domain::evaluation::EvaluationSpec;
use crate::engine::experiments::MOST_RUNS;
use crate::engine::protocol::{Budget, Experiment, Measured, Progress};
use crate::i18n::{Locale, message};

/// Values of an axis at first.
const USUAL_COUNT: usize = 6;

/// What a search is to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchPlan {
    /// What varies: one parameter, or two of them.
    pub axes: [Option<SearchAxis>; 2],
    /// Whether combinations are drawn, and not those of a grid.
    pub is_random: bool,
    /// How many are drawn.
    pub draws: usize,
    /// How long each run is.
    pub budget: Budget,
    /// Seeds of each combination.
    pub seeds: usize,
}

impl SearchPlan {
    /// At first, the two step lengths are to be searched.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let axes = ["inner.learning_rate", "outer.step_size"].map(|path| SearchAxis::around(config, path, USUAL_COUNT));
        Self { axes, is_random: false, draws: 40, budget: Budget::Iterations(500), seeds: 1 }
    }

    /// Varies a parameter around the value that a Config has; nothing, where it names none that can be searched.
    pub fn choose_axis(&mut self, config: &Config, index: usize, path: Option<&str>) {
        let known = path.and_then(|path| search::parameters().find(|parameter| parameter.path == path));
        let axis = known.and_then(|parameter| SearchAxis::around(config, parameter.path, USUAL_COUNT));
        if let Some(slot) = self.axes.get_mut(index).filter(|_| axis.is_some() || index == 1) {
            *slot = axis;
        }
    }

    /// Gives each run a usual amount of a unit.
    pub fn choose_unit(&mut self, unit: Unit) {
        self.budget = match unit {
            Unit::Iterations => Budget::Iterations(500),
            Unit::Evaluations => Budget::Evaluations(5000),
            Unit::Seconds => Budget::Seconds(1.0),
        };
    }

    /// What each run is given.
    #[must_use]
    pub fn unit(&self) -> Unit {
        match self.budget {
            Budget::Iterations(_) => Unit::Iterations,
            Budget::Evaluations(_) => Unit::Evaluations,
            Budget::Seconds(_) => Unit::Seconds,
        }
    }

    /// Runs at most: fewer where combinations are equal, or make no Config.
    #[must_use]
    pub fn runs(&self) -> usize {
        let of_grid = || self.axes.iter().flatten().map(|axis| axis.count).product();
        self.seeds * if self.is_random { self.draws } else { of_grid() }
    }

    /// Why it cannot begin, in words.
    #[must_use]
    pub fn fault(&self, config: &Config, locale: Locale) -> Option<String> {
        let paths: Vec<&str> = self.axes.iter().flatten().map(|axis| axis.path).collect();
        if let [first, second] = paths[..]
            && first == second
        {
            return Some(locale.search_same().to_owned());
        }
        if let Some(unused) = paths.into_iter().find(|path| !config.uses(path)) {
            return Some(locale.format(message::SearchUnused { name: labels::searched(unused, locale) }));
        }
        (self.runs() > MOST_RUNS).then(|| locale.format(message::SearchTooMany { runs: self.runs(), most: MOST_RUNS }))
    }

    /// The search of this plan around a Config.
    #[must_use]
    pub fn search(&self, config: &Config) -> Search {
        let ordered =
            |axis: SearchAxis| SearchAxis { low: axis.low.min(axis.high), high: axis.low.max(axis.high), ..axis };
        let axes: Vec<SearchAxis> = self.axes.into_iter().flatten().map(ordered).collect();
        let candidates = if self.is_random {
            search::random(config, &axes, self.draws, config.seed)
        } else {
            search::grid(config, &axes)
        };
        Search::new(axes, !self.is_random, candidates, self.seeds)
    }

    /// Whether a person can have made it.
    pub(super) fn check(&self) -> Result<(), StateError> {
        let is_axis = |axis: &SearchAxis| {
            search::limits(axis.path).is_some_and(|limits| {
                let allows = |value: f64| (limits.min..=limits.max).contains(&value);
                let is_spaced = !axis.logarithmic || limits.min > 0.0;
                allows(axis.low) && allows(axis.high) && is_spaced && (2..=32).contains(&axis.count)
            })
        };
        let are_axes = self.axes[0].is_some() && self.axes.iter().flatten().all(is_axis);
        within(
            "document.search.axes",
            "parameters of a search with values in their ranges, 2 to 32 of them",
            are_axes,
        )?;
        within("document.search.draws", "1 to 1024", (1..=MOST_RUNS).contains(&self.draws))?;
        within("document.search.seeds", "1 to 3", (1..=3).contains(&self.seeds))?;
        let is_budget = match self.budget {
            Budget::Iterations(count) => (1..=1_000_000).contains(&count),
            Budget::Evaluations(count) => (1..=1_000_000_000).contains(&count),
            Budget::Seconds(seconds) => (0.01..=3600.0).contains(&seconds),
        };
        within(
            "document.search.budget",
            "1 to 1000000 meta-iterations, 1 to 1000000000 gradients, 0.01 to 3600 seconds",
            is_budget,
        )
    }
}

/// A search with what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchResults {
    /// The search.
    pub search: Search,
    /// What was asked for.
    pub plan: SearchPlan,
    /// The run that it varies.
    pub config: Config,
    /// How much of each run is done, 0 to 1.
    pub parts: Vec<f64>,
}

impl SearchResults {
    /// Nothing so far of the search that a plan makes around a Config.
    #[must_use]
    pub fn of(plan: SearchPlan, config: Config) -> Self {
        let search = plan.search(&config);
        let parts = vec![0.0; search.outcomes.len()];
        Self { search, plan, config, parts }
    }

    /// The experiment that makes the search.
    #[must_use]
    pub fn experiment(&self, preference: Preference) -> Experiment {
        let (distribution, eval) = (self.config.tasks.clone(), self.config.eval.clone());
        let evaluation = EvaluationSpec { distribution, eval, tasks: TASKS, shots: None };
        Experiment { runs: self.search.runs(), budget: Some(self.plan.budget), points: 1, evaluation, preference }
    }

    /// Takes in the progress of a run of the experiment.
    pub fn take_progress(&mut self, run: usize, progress: Progress) {
        let (part, outcome) = match progress {
            Progress::Point(Measured { iteration, curve, .. }) => {
                (1.0, Some(RunOutcome::Measured { iteration, curve }))
            }
            Progress::Diverged { .. } => (1.0, Some(RunOutcome::Diverged)),
            Progress::Trained { iteration, iterations } => (iteration as f64 / iterations as f64, None),
            Progress::Preview { .. } => return,
        };
        if let Some(own) = self.parts.get_mut(run) {
            *own = part;
        }
        if let (Some(slot), Some(outcome)) = (self.search.outcomes.get_mut(run), outcome) {
            *slot = Some(outcome);
        }
    }

    /// Runs that are over, and all of them.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.search.done(), self.search.outcomes.len())
    }

    /// The recorded gradient steps, and the one of them that is shown, where another is wanted.
    #[must_use]
    pub fn steps(&self, wanted: Option<usize>) -> (Vec<usize>, usize) {
        let steps = reported_steps(self.config.eval.steps);
        let step = wanted.filter(|step| steps.contains(step)).unwrap_or(self.config.eval.steps);
        (steps, step)
    }
}

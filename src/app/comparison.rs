//! The comparison: the list of runs and their budget, which a person makes, and the results.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state_error::{StateError, within};
use crate::backend::choice::Preference;
use crate::domain::adaptation::reported_steps;
use crate::domain::algorithm::Algorithm;
use crate::domain::choice::Named;
use crate::domain::config::Config;
use crate::domain::config::parameters::parameters;
use crate::domain::config::range::Range;
use crate::domain::evaluation::EvaluationSpec;
use crate::domain::evaluation::over_seeds;
use crate::domain::inner_optimizer::InnerOptimizer;
use crate::domain::provenance::Provenance;
use crate::engine::protocol::{Budget, Experiment, Measured, Progress};

/// Most runs of the list: as many as can be told apart at a glance.
pub const MOST_RUNS: usize = 6;
/// Measurements along a run, besides the one at its start.
pub const POINTS: usize = 20;
/// Held-out tasks of a measurement.
pub const TASKS: usize = 200;
/// How many seeds a run may have.
pub const SEEDS: [usize; 3] = [1, 3, 5];
/// Most characters of a run's name.
pub const MOST_CHARACTERS: usize = 60;

/// What is to be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonPlan {
    /// The list, in the order in which runs were added.
    pub runs: Vec<PlannedRun>,
    /// What all runs are given the same of.
    pub unit: Unit,
    /// How much of it: of each unit, in the order of [`Unit::ALL`].
    pub amounts: [f64; 3],
    /// Whether each run has the length of its own settings instead.
    #[serde(default)]
    pub own_length: bool,
    /// Seeds of each run, one of [`SEEDS`]: its own and the ones after it.
    pub seeds: usize,
    /// The column by which the table is sorted, and whether the largest comes first.
    pub sorted: (Column, bool),
}

/// One run of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRun {
    /// Its place among the letters and colours, which it keeps.
    pub slot: usize,
    /// What a person calls it; empty is what it differs in.
    pub name: String,
    /// The run.
    pub config: Config,
    /// Whether charts and table leave it out.
    pub is_hidden: bool,
}

/// What all runs are given the same of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Meta-iterations.
    Iterations,
    /// Gradient evaluations.
    Evaluations,
    /// Seconds of one processor.
    Seconds,
}

/// What the list can be filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fill {
    /// Every algorithm, each with its usual settings.
    Algorithms,
    /// The present run with every inner optimizer.
    Optimizers,
    /// The present run with outer step sizes from a quarter of its own to four times as much.
    Rates,
    /// Every algorithm as published: each with its usual settings and the length that these are made for.
    Published,
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Column {
    /// The run's letter.
    Name,
    /// The error after some gradient steps.
    Error(usize),
    /// Meta-iterations.
    Iterations,
    /// Gradient evaluations.
    Evaluations,
    /// Floating-point operations.
    Operations,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 3] = [Self::Iterations, Self::Evaluations, Self::Seconds];

    /// Its name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Iterations => "iterations",
            Self::Evaluations => "evaluations",
            Self::Seconds => "seconds",
        }
    }

    /// How much of it a run may have.
    #[must_use]
    pub fn range(self) -> Range {
        match self {
            Self::Iterations => Range::Integer { min: 1, max: 1_000_000 },
            Self::Evaluations => Range::Integer { min: 1, max: 1_000_000_000 },
            Self::Seconds => Range::Real { min: 0.1, max: 600.0, step: 0.1, logarithmic: false },
        }
    }

    /// So much of it, within its range.
    #[must_use]
    pub fn clamped(self, amount: f64) -> f64 {
        match self.range() {
            Range::Integer { min, max } => amount.floor().max(min as f64).min(max as f64),
            Range::Real { min, max, .. } => amount.max(min).min(max),
            _ => amount,
        }
    }
}

impl Fill {
    /// Everything that the list can be filled with.
    pub const ALL: [Self; 4] = [Self::Algorithms, Self::Published, Self::Optimizers, Self::Rates];

    /// Its name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Algorithms => "algorithms",
            Self::Optimizers => "optimizers",
            Self::Rates => "rates",
            Self::Published => "published",
        }
    }

    /// The runs that it fills a list with, beside the present one.
    #[must_use]
    pub fn configs(self, config: &Config) -> Vec<Config> {
        match self {
            Self::Algorithms => algorithms(config),
            Self::Published => Algorithm::ALL.iter().map(|&algorithm| config.with_algorithm(algorithm)).collect(),
            Self::Optimizers => {
                let all: Vec<Value> = InnerOptimizer::ALL.iter().map(|optimizer| optimizer.name().into()).collect();
                choices(config, "inner.optimizer", &all)
            }
            Self::Rates => {
                let rates = [0.25, 0.5, 1.0, 2.0, 4.0].map(|times| Value::from(config.outer.step_size * times));
                choices(config, "outer.step_size", &rates)
            }
        }
    }
}

impl Default for ComparisonPlan {
    fn default() -> Self {
        Self {
            runs: vec![],
            unit: Unit::Iterations,
            amounts: [10_000.0, 100_000.0, 2.0],
            own_length: false,
            seeds: 3,
            sorted: (Column::Name, false),
        }
    }
}

impl ComparisonPlan {
    /// How much each run is given; none where each has the length of its own settings.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        let budget = match self.unit {
            Unit::Iterations => Budget::Iterations(self.amounts[0] as u64),
            Unit::Evaluations => Budget::Evaluations(self.amounts[1] as u64),
            Unit::Seconds => Budget::Seconds(self.amounts[2]),
        };
        (!self.own_length).then_some(budget)
    }

    /// Meta-iterations that a run of the list is given; none where only its speed tells.
    #[must_use]
    pub fn length(&self, config: &Config) -> Option<u64> {
        self.budget().map_or(Some(config.outer.iterations), |budget| budget.iterations(config))
    }

    /// Adds a run, if there is room for it.
    pub fn add(&mut self, config: Config) {
        let free = (0..MOST_RUNS).find(|slot| self.run(*slot).is_none());
        if let Some(slot) = free {
            self.runs.push(PlannedRun { slot, name: String::new(), config, is_hidden: false });
        }
    }

    /// Takes a run from the list.
    pub fn delete(&mut self, slot: usize) {
        self.runs.retain(|run| run.slot != slot);
    }

    /// The run of a slot.
    #[must_use]
    pub fn run(&self, slot: usize) -> Option<&PlannedRun> {
        self.runs.iter().find(|run| run.slot == slot)
    }

    /// Changes the run of a slot, if there is one.
    pub fn change(&mut self, slot: usize, change: impl FnOnce(&mut PlannedRun)) {
        if let Some(run) = self.runs.iter_mut().find(|run| run.slot == slot) {
            change(run);
        }
    }

    /// Chooses what all runs are given the same of.
    pub fn choose_unit(&mut self, unit: Unit) {
        (self.unit, self.own_length) = (unit, false);
    }

    /// Replaces the list; the first six are taken.
    pub fn fill(&mut self, configs: Vec<Config>) {
        self.runs.clear();
        for config in configs {
            self.add(config);
        }
    }

    /// Sorts the table by a column; by the same one again, the other way round.
    pub fn sort_by(&mut self, column: Column) {
        self.sorted = (column, self.sorted == (column, false));
    }

    /// The experiment that makes the comparison: every run with each of its seeds.
    #[must_use]
    pub fn experiment(&self, evaluation: EvaluationSpec) -> Experiment {
        let with_seed = |run: &PlannedRun, more: u64| Config { seed: run.config.seed + more, ..run.config.clone() };
        let runs = self.runs.iter().flat_map(|run| (0..self.seeds as u64).map(move |more| with_seed(run, more)));
        Experiment {
            runs: runs.collect(),
            budget: self.budget(),
            points: POINTS,
            evaluation,
            preference: Preference::Cpu,
        }
    }

    /// Whether a person can have made it.
    pub(super) fn check(&self) -> Result<(), StateError> {
        let slots = self.runs.iter().enumerate();
        let is_list = slots.clone().all(|(index, run)| {
            run.slot < MOST_RUNS && self.runs[..index].iter().all(|earlier| earlier.slot != run.slot)
        });
        within("document.comparison.runs", "at most 6 runs in slots of their own, 0 to 5", is_list)?;
        let are_names = self.runs.iter().all(|run| run.name.chars().count() <= MOST_CHARACTERS);
        within("document.comparison.runs", "names of at most 60 characters", are_names)?;
        within("document.comparison.seeds", "1, 3 or 5", SEEDS.contains(&self.seeds))?;
        let are_amounts = Unit::ALL.into_iter().zip(self.amounts).all(|(unit, amount)| unit.clamped(amount) == amount);
        within(
            "document.comparison.amounts",
            "1 to 1000000 meta-iterations, 1 to 1000000000 gradients, 0.1 to 600 seconds",
            are_amounts,
        )
    }
}

/// The results of the last comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparisonResults {
    /// What was asked for, and the slots of its runs, in the order in which the experiment has them.
    pub asked: Option<(Experiment, Vec<usize>)>,
    /// What is known of each of these runs.
    pub runs: Vec<RunResults>,
}

/// What is known of one run of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunResults {
    /// The run's slot.
    pub slot: usize,
    /// What was measured, by seed.
    pub seeds: Vec<Vec<Measured>>,
    /// The meta-iteration after which it diverged with some seed.
    pub diverged: Option<u64>,
    /// The shown task from the first seed's θ.
    pub preview: Option<Predicted>,
}

/// Predictions for the shown task.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// Gradient steps.
    pub steps: Vec<usize>,
    /// Predictions on the grid, one row for each of `steps`.
    pub rows: Vec<Vec<f32>>,
}

impl ComparisonResults {
    /// Nothing so far of the experiment that makes a plan's comparison.
    #[must_use]
    pub fn of(plan: &ComparisonPlan, experiment: Experiment) -> Self {
        let slots: Vec<usize> = plan.runs.iter().map(|run| run.slot).collect();
        let nothing =
            |&slot: &usize| RunResults { slot, seeds: vec![vec![]; plan.seeds], diverged: None, preview: None };
        Self { runs: slots.iter().map(nothing).collect(), asked: Some((experiment, slots)) }
    }

    /// Seeds of each run.
    #[must_use]
    pub fn seeds(&self) -> usize {
        self.asked.as_ref().map_or(0, |(experiment, slots)| experiment.runs.len() / slots.len().max(1))
    }

    /// What is known of a run of the list; nothing where its slot had another run when the comparison was made.
    #[must_use]
    pub fn run(&self, planned: &PlannedRun) -> Option<&RunResults> {
        self.first_run(planned).and_then(|_| self.runs.iter().find(|run| run.slot == planned.slot))
    }

    /// The first run of the experiment that is of a run of the list.
    #[must_use]
    pub fn first_run(&self, planned: &PlannedRun) -> Option<usize> {
        let (experiment, slots) = self.asked.as_ref()?;
        let first = slots.iter().position(|slot| *slot == planned.slot)? * self.seeds();
        (experiment.runs.get(first) == Some(&planned.config)).then_some(first)
    }

    /// What has trained the θ of a run of the list after so many meta-iterations: its own settings, from the random start.
    #[must_use]
    pub fn provenance(&self, planned: &PlannedRun, iterations: u64) -> Option<Provenance> {
        let (experiment, _) = self.asked.as_ref()?;
        let config = experiment.runs.get(self.first_run(planned)?)?;
        Some(Provenance::default().after(config.algorithm, &config.tasks, iterations))
    }

    /// Takes in the progress of a run of the experiment.
    pub fn take_progress(&mut self, run: usize, progress: Progress) {
        let seeds = self.seeds().max(1);
        let (index, seed) = (run / seeds, run % seeds);
        let Some(run) = self.runs.get_mut(index) else { return };
        match progress {
            Progress::Point(point) => {
                if let Some(points) = run.seeds.get_mut(seed) {
                    points.push(point);
                }
            }
            Progress::Preview { iteration, steps, predictions } if seed == 0 => {
                run.preview = Some(Predicted { iteration, steps, rows: predictions });
            }
            Progress::Preview { .. } | Progress::Trained { .. } => {}
            Progress::Diverged { iteration } => run.diverged = Some(iteration),
        }
    }

    /// How much of a run of the experiment is done, 0 to 1: its measurements, or all of it where it has diverged.
    #[must_use]
    pub fn part(&self, run: usize) -> f64 {
        let seeds = self.seeds().max(1);
        let made =
            self.runs.get(run / seeds).and_then(|run_results| run_results.seeds.get(run % seeds)).map_or(0, Vec::len);
        made as f64 / (POINTS + 1) as f64
    }

    /// The recorded gradient steps.
    #[must_use]
    pub fn steps(&self) -> Vec<usize> {
        reported_steps(self.asked.as_ref().map_or(1, |(experiment, _)| experiment.evaluation.eval.steps))
    }

    /// The recorded gradient step that was chosen; the last one, if it is not recorded.
    #[must_use]
    pub fn step(&self, chosen: Option<usize>) -> usize {
        let steps = self.steps();
        chosen.filter(|step| steps.contains(step)).or_else(|| steps.last().copied()).unwrap_or(0)
    }

    /// Measurements made, and wanted in all.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let runs = self.asked.as_ref().map_or(0, |(experiment, _)| experiment.runs.len());
        let done = self.runs.iter().flat_map(|run| &run.seeds).map(Vec::len).sum();
        (done, runs * (POINTS + 1))
    }
}

/// One run, from several seeds.
#[derive(Clone, Debug)]
pub struct RunCurve<'a> {
    /// Its place in the list, which decides its colour.
    pub colour_slot: usize,
    /// What a person calls it.
    pub name: &'a str,
    /// What was measured, by seed.
    pub seeds: Vec<&'a [Measured]>,
}

/// The name of a run by its place in the list: A, B, C …
#[must_use]
pub fn letter(colour_slot: usize) -> char {
    char::from(b'A' + colour_slot as u8)
}

/// A run of the list with what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The run.
    pub planned: &'a PlannedRun,
    /// What is known of it.
    pub results: Option<&'a RunResults>,
}

/// The runs of the list that are shown, each with what is known of it.
#[must_use]
pub fn shown<'a>(plan: &'a ComparisonPlan, results: &'a ComparisonResults) -> Vec<Entry<'a>> {
    let runs = plan.runs.iter().filter(|run| !run.is_hidden);
    runs.map(|planned| Entry { planned, results: results.run(planned) }).collect()
}

/// The inner learning rate that runs of different inner optimizers have in common, if any do: it was tuned for one of them at
/// best.
#[must_use]
pub fn shared_rate(plan: &ComparisonPlan) -> Option<f64> {
    let inner = |run: &PlannedRun| (run.config.inner.optimizer, run.config.inner.learning_rate);
    plan.runs.iter().enumerate().find_map(|(number, run)| {
        let (optimizer, rate) = inner(run);
        let shares = |other: &PlannedRun| inner(other).0 != optimizer && inner(other).1 == rate;
        plan.runs[..number].iter().any(shares).then_some(rate)
    })
}

/// The shown runs in the order of the table; those of which nothing is known come last.
#[must_use]
pub fn sorted<'a>(plan: &'a ComparisonPlan, results: &'a ComparisonResults) -> Vec<Entry<'a>> {
    let (column, is_descending) = plan.sorted;
    let mut entries = shown(plan, results);
    let key = |entry: &Entry| entry.value(column).filter(|value| value.is_finite());
    entries.sort_by(|a, b| match (key(a), key(b)) {
        (Some(a), Some(b)) if is_descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    entries
}

/// The curves of the runs that are shown; `names` are those of the whole list, in its order.
#[must_use]
pub fn curves<'a>(plan: &ComparisonPlan, results: &'a ComparisonResults, names: &'a [String]) -> Vec<RunCurve<'a>> {
    let runs = plan.runs.iter().zip(names).filter(|(run, _)| !run.is_hidden);
    let curve = |(run, name): (&PlannedRun, &'a String)| RunCurve {
        colour_slot: run.slot,
        name,
        seeds: results.run(run).iter().flat_map(|known| &known.seeds).map(Vec::as_slice).collect(),
    };
    runs.map(curve).collect()
}

/// Where a mean is more than so many times the median, the median is told, too.
const APART: f64 = 3.0;

impl Entry<'_> {
    /// What the table has in a column: a mean over the seeds.
    #[must_use]
    pub fn value(&self, column: Column) -> Option<f64> {
        let of: fn(&Measured) -> f64 = match column {
            Column::Name => return Some(self.planned.slot as f64),
            Column::Error(step) => return self.results?.error(step).map(|(mean, _)| mean),
            // No meta-training makes none, however long it was given.
            Column::Iterations if !self.planned.config.algorithm.trains() => |_| 0.0,
            Column::Iterations => |point| point.iteration as f64,
            Column::Evaluations => |point| point.cost.evaluations() as f64,
            Column::Operations => |point| point.cost.operations as f64,
            Column::Seconds => |point| point.seconds,
        };
        self.results?.mean(of)
    }
}

impl RunResults {
    /// The last measurement of every seed, once each seed has the same number of them.
    #[must_use]
    pub fn last(&self) -> Vec<&Measured> {
        let count = self.seeds.iter().map(Vec::len).min().unwrap_or(0);
        self.seeds.iter().filter_map(|points| points.get(count.checked_sub(1)?)).collect()
    }

    /// The median error of the held-out tasks after each recorded step, a mean over the seeds.
    #[must_use]
    pub fn medians(&self) -> Vec<f64> {
        let last = self.last();
        let steps = last.first().map_or(0, |point| point.curve.steps.len());
        let at = |step: usize| last.iter().filter_map(move |point| point.curve.median_mse.get(step)).sum::<f64>();
        (0..steps).map(|step| at(step) / last.len() as f64).collect()
    }

    /// The median error after some gradient steps, where the mean says little: adaptation has diverged on a few tasks,
    /// and the mean is more than three times the median.
    #[must_use]
    pub fn telling_median(&self, step: usize) -> Option<f64> {
        let index = self.last().first()?.curve.steps.iter().position(|recorded| *recorded == step)?;
        let (median, (mean, _)) = (*self.medians().get(index)?, self.error(step)?);
        (mean > APART * median || !mean.is_finite()).then_some(median)
    }

    /// The error after some gradient steps with the half width of its interval.
    #[must_use]
    pub fn error(&self, step: usize) -> Option<(f64, f64)> {
        over_seeds(self.last().into_iter().map(|point| &point.curve), step)
    }

    /// The mean of something over the last measurements of all seeds.
    #[must_use]
    pub fn mean(&self, of: fn(&Measured) -> f64) -> Option<f64> {
        let last = self.last();
        (!last.is_empty()).then(|| last.iter().map(|point| of(point)).sum::<f64>() / last.len() as f64)
    }
}

/// Runs that show every algorithm, each with its usual settings.
fn algorithms(config: &Config) -> Vec<Config> {
    let own = |&algorithm: &Algorithm| {
        if algorithm == config.algorithm { config.clone() } else { config.with_algorithm(algorithm) }
    };
    Algorithm::ALL.iter().map(own).collect()
}

/// The present run with every choice of one field, as far as that is allowed.
fn choices(config: &Config, path: &str, values: &[Value]) -> Vec<Config> {
    let with = |value: &Value| {
        let mut config = config.clone();
        config.set(path, value.clone()).ok().map(|()| config)
    };
    values.iter().filter_map(with).collect()
}

/// The fields in which a run differs from the others: those that are not the same throughout the list.
#[must_use]
pub fn differences(runs: &[PlannedRun]) -> Vec<&'static str> {
    let Some((first, others)) = runs.split_first() else { return vec![] };
    let differing: Vec<Vec<&str>> = others.iter().map(|run| unlike(&first.config, &run.config)).collect();
    let told = parameters().map(|parameter| parameter.path);
    told.filter(|path| differing.iter().any(|paths| paths.contains(path))).collect()
}

/// The fields that differ between two Configs and make a difference to one of them, without the length of the run.
#[must_use]
pub fn unlike(one: &Config, other: &Config) -> Vec<&'static str> {
    let told = parameters().map(|parameter| parameter.path).filter(|path| *path != "outer.iterations");
    told.filter(|path| (one.uses(path) || other.uses(path)) && one.get(path) != other.get(path)).collect()
}

/// The first run that is to be measured in another way than the first one, by its index, and the field that says so: all
/// runs of a comparison have the same held-out tasks, shots and steps.
#[must_use]
pub fn measured_otherwise(runs: &[Config]) -> Option<(usize, &'static str)> {
    let (first, others) = runs.split_first()?;
    let of_measurement = |path: &&str| path.starts_with("tasks.") || path.starts_with("eval.");
    let fault = |(index, run): (usize, &Config)| {
        let field = parameters().map(|parameter| parameter.path).filter(of_measurement);
        field.into_iter().find(|path| first.get(path) != run.get(path)).map(|path| (index + 1, path))
    };
    others.iter().enumerate().find_map(fault)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::config::preset::Preset;
    use crate::domain::cost::Cost;
    use crate::domain::evaluation::Curve;

    fn spec(config: &Config) -> EvaluationSpec {
        EvaluationSpec { distribution: config.tasks.clone(), eval: config.eval.clone(), tasks: 2, shots: None }
    }

    fn measured(iteration: u64, error: f64) -> Measured {
        let curve =
            Curve { steps: vec![0, 1], mean_mse: vec![4.0, error], ci95: vec![0.1, 0.2], median_mse: vec![4.0, error] };
        Measured { iteration, cost: Cost::default(), seconds: 1.0, tasks: 2, curve }
    }

    /// A comparison of three algorithms with three seeds, under way.
    fn begun() -> (ComparisonPlan, ComparisonResults) {
        let config = Preset::Paper.config();
        let mut plan = ComparisonPlan::default();
        plan.fill(Fill::Algorithms.configs(&config)[..3].to_vec());
        let experiment = plan.experiment(spec(&config));
        let results = ComparisonResults::of(&plan, experiment);
        (plan, results)
    }

    #[test]
    fn optimizers_that_share_a_rate_are_told_from_runs_that_are_alike() {
        let config = Preset::Paper.config();
        let mut plan = ComparisonPlan::default();
        plan.fill(Fill::Algorithms.configs(&config));
        assert_eq!(shared_rate(&plan), None, "one optimizer");
        plan.fill(Fill::Optimizers.configs(&config));
        assert_eq!(shared_rate(&plan), Some(0.02));
        for (number, run) in plan.runs.iter_mut().enumerate() {
            run.config.inner.learning_rate = 0.01 * (number + 1) as f64;
        }
        assert_eq!(shared_rate(&plan), None, "each has its own");
        assert_eq!(shared_rate(&ComparisonPlan::default()), None);
    }

    #[test]
    fn the_list_holds_six_runs_and_a_deleted_one_leaves_its_slot() {
        let mut plan = ComparisonPlan::default();
        (0..=MOST_RUNS).for_each(|_| plan.add(Config::default()));
        assert_eq!(plan.runs.len(), MOST_RUNS);
        plan.delete(2);
        plan.add(Config::default());
        let slots: Vec<usize> = plan.runs.iter().map(|run| run.slot).collect();
        assert_eq!(slots, [0, 1, 3, 4, 5, 2]);
    }

    #[test]
    fn a_median_is_told_where_a_few_tasks_make_the_mean() {
        let with = |median: f64| {
            let mut point = measured(10, 6.0);
            point.curve.median_mse = vec![4.0, median];
            RunResults { slot: 0, seeds: vec![vec![point]], diverged: None, preview: None }
        };
        assert_eq!(with(0.5).telling_median(1), Some(0.5));
        assert_eq!(with(5.0).telling_median(1), None);
        assert_eq!(with(0.5).telling_median(0), None, "the same as the mean");
        assert_eq!(with(0.5).telling_median(8), None, "not measured");
        assert_eq!(RunResults { seeds: vec![vec![]], ..with(0.5) }.telling_median(1), None);
    }

    #[test]
    fn what_the_engine_says_goes_to_the_run_and_seed_it_is_of() {
        let (mut plan, mut results) = begun();
        let (experiment, _) = results.asked.clone().expect("it was asked for");
        assert_eq!(experiment.runs.iter().map(|run| run.seed).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
        assert_eq!(experiment.runs[5].algorithm, Algorithm::Fomaml);
        // Deleting one meanwhile shifts nothing.
        plan.delete(0);
        results.take_progress(5, Progress::Point(measured(10, 0.5)));
        results.take_progress(0, Progress::Point(measured(10, 0.1)));
        results.take_progress(7, Progress::Diverged { iteration: 3 });
        let of = |slot: usize| plan.run(slot).expect("it is in the list");
        let run = results.run(of(1)).expect("it is there");
        assert_eq!((run.seeds[0].len(), run.seeds[2].len(), run.diverged), (0, 1, None));
        assert!(run.last().is_empty(), "the other seeds have nothing so far");
        assert_eq!(results.run(of(2)).and_then(|run| run.diverged), Some(3));
        assert_eq!(results.first_run(of(2)), Some(6));
        assert_eq!(results.progress(), (2, 9 * 21));
        assert_eq!(shown(&plan, &results).len(), 2);
    }

    #[test]
    fn a_run_in_the_place_of_another_has_none_of_its_results() {
        let (mut plan, mut results) = begun();
        results.take_progress(0, Progress::Point(measured(10, 0.1)));
        let before = plan.runs[0].clone();
        assert!(results.run(&before).is_some());
        plan.delete(before.slot);
        plan.add(Config { seed: 9, ..before.config.clone() });
        let after = plan.run(before.slot).expect("it has the free slot");
        assert_eq!((results.run(after), results.first_run(after)), (None, None));
        assert_eq!(results.provenance(after, 10), None);
        // The same run again is the one that was compared.
        plan.delete(before.slot);
        plan.add(before.config);
        assert!(plan.run(before.slot).is_some_and(|run| results.run(run).is_some()));
    }

    #[test]
    fn the_table_is_sorted_by_any_column_with_the_unknown_last() {
        let (mut plan, mut results) = begun();
        for (run, error) in [(0, 0.3), (1, 0.5), (2, 0.4), (3, 0.1), (4, 0.1), (5, 0.1)] {
            results.take_progress(run, Progress::Point(measured(10, error)));
        }
        let order = |plan: &ComparisonPlan| -> Vec<usize> {
            sorted(plan, &results).iter().map(|entry| entry.planned.slot).collect()
        };
        assert_eq!(order(&plan), [0, 1, 2]);
        plan.sort_by(Column::Error(1));
        assert_eq!(order(&plan), [1, 0, 2]);
        plan.sort_by(Column::Error(1));
        assert_eq!(order(&plan), [0, 1, 2]);
        let (mean, half) = results.run(&plan.runs[0]).and_then(|run| run.error(1)).expect("an error");
        // Student's t with two degrees of freedom: 4.303 × 0.1 / √3.
        assert!((mean - 0.4).abs() < 1e-12 && (half - 0.2484).abs() < 1e-3, "{mean} {half}");
        plan.change(1, |run| run.is_hidden = true);
        assert_eq!(order(&plan), [0, 2]);
    }

    #[test]
    fn runs_are_told_apart_by_what_differs() {
        let mut plan = ComparisonPlan::default();
        plan.fill(choices(&Preset::Paper.config(), "outer.step_size", &[json!(0.1), json!(99), json!(0.5)]));
        assert_eq!(plan.runs.len(), 2, "what is not allowed is left out");
        assert_eq!(differences(&plan.runs), ["outer.step_size"]);
    }

    #[test]
    fn algorithms_as_published_have_their_own_settings_and_lengths() {
        let fast = Preset::Fast.config();
        let mut plan = ComparisonPlan { own_length: true, ..ComparisonPlan::default() };
        plan.fill(Fill::Published.configs(&fast));
        assert_eq!(plan.runs[0].config, Config { seed: fast.seed, ..Preset::Paper.config() });
        let lengths: Vec<_> = plan.runs.iter().map(|run| plan.length(&run.config)).collect();
        assert_eq!(lengths, [30_000, 10_000, 10_000, 10_000, 30_000].map(Some));
        assert_eq!(plan.experiment(spec(&fast)).budget, None);
        plan.choose_unit(Unit::Evaluations);
        // 100,000 gradients: five a meta-iteration of the paper's Reptile, ten of first-order MAML, of MAML five more.
        let lengths: Vec<_> = plan.runs[..3].iter().map(|run| plan.length(&run.config)).collect();
        assert_eq!(lengths, [Some(20_000), Some(10_000), Some(5000)]);
        plan.choose_unit(Unit::Seconds);
        assert_eq!(plan.length(&fast), None);
    }

    #[test]
    fn a_run_that_asks_for_other_tasks_or_shots_is_named_with_its_field() {
        let first = Preset::Paper.config();
        let mut other = first.with_algorithm(Algorithm::Maml);
        assert_eq!(measured_otherwise(&[]), None);
        assert_eq!(measured_otherwise(&[first.clone(), other.clone()]), None, "training may differ in anything");
        other.tasks.amplitude = [0.1, 2.0];
        assert_eq!(measured_otherwise(&[first.clone(), first.clone(), other]), Some((2, "tasks.amplitude")));
        let mut other = first.clone();
        other.eval.shots = 5;
        assert_eq!(measured_otherwise(&[first, other]), Some((1, "eval.shots")));
    }
}

//! The list of runs to compare, and what came of them.

use crate::domain::adaptation::reported_steps;
use crate::domain::algorithm::Algorithm;
use crate::domain::choice::Named;
use crate::domain::config::Config;
use crate::domain::config::parameters::parameters;
use crate::domain::evaluation::over_seeds;
use crate::engine::protocol::{Budget, EvaluationSpec, Experiment, Measured, Preference, Progress};

/// Most runs of the list: as many as can be told apart at a glance.
pub const MOST_RUNS: usize = 6;
/// Measurements along a run, besides the one at its start.
pub const POINTS: usize = 20;
/// Held-out tasks of a measurement.
pub const TASKS: usize = 200;
/// How many seeds a run may have.
pub const SEEDS: [usize; 3] = [1, 3, 5];

/// The comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The list, in the order in which runs were added.
    pub runs: Vec<Run>,
    /// What all runs are given the same of.
    pub unit: Unit,
    /// How much of it: of each unit, in the order of [`Unit::ALL`].
    pub amounts: [f64; 3],
    /// Seeds of each run: its own and the ones after it.
    pub seeds: usize,
    /// What was asked for last: the experiment, and the colour_slots of its runs.
    pub asked: Option<(Experiment, Vec<usize>)>,
    /// The column by which the table is sorted, and whether the largest comes first.
    pub sorted: (Column, bool),
}

/// What all runs are given the same of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Meta-iterations.
    Iterations,
    /// Gradient evaluations.
    Evaluations,
    /// Seconds of one processor.
    Seconds,
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// One run of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its place among the letters and colours, which it keeps.
    pub colour_slot: usize,
    /// What a person calls it; empty is what it differs in.
    pub name: String,
    /// The run.
    pub config: Config,
    /// Whether charts and table leave it out.
    pub is_hidden: bool,
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

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 3] = [Self::Iterations, Self::Evaluations, Self::Seconds];

    /// The least and the most of it that a run may have.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Iterations => (1.0, 1e6),
            Self::Evaluations => (1.0, 1e9),
            Self::Seconds => (0.1, 600.0),
        }
    }
}

impl Default for Comparison {
    fn default() -> Self {
        Self {
            runs: vec![],
            unit: Unit::Iterations,
            amounts: [10_000.0, 100_000.0, 2.0],
            seeds: 3,
            asked: None,
            sorted: (Column::Name, false),
        }
    }
}

impl Comparison {
    /// How much each run is given.
    #[must_use]
    pub fn budget(&self) -> Budget {
        match self.unit {
            Unit::Iterations => Budget::Iterations(self.amounts[0] as u64),
            Unit::Evaluations => Budget::Evaluations(self.amounts[1] as u64),
            Unit::Seconds => Budget::Seconds(self.amounts[2]),
        }
    }

    /// Adds a run, if there is room for it.
    pub fn add(&mut self, config: Config) -> bool {
        let free = (0..MOST_RUNS).find(|colour_slot| self.runs.iter().all(|run| run.colour_slot != *colour_slot));
        if let Some(colour_slot) = free {
            let (name, seeds) = (String::new(), vec![]);
            self.runs.push(Run { colour_slot, name, config, is_hidden: false, seeds, diverged: None, preview: None });
        }
        free.is_some()
    }

    /// Takes a run from the list.
    pub fn delete(&mut self, colour_slot: usize) {
        self.runs.retain(|run| run.colour_slot != colour_slot);
    }

    /// The run of a colour_slot.
    #[must_use]
    pub fn run(&self, colour_slot: usize) -> Option<&Run> {
        self.runs.iter().find(|run| run.colour_slot == colour_slot)
    }

    /// Changes the run of a colour_slot.
    pub fn change(&mut self, colour_slot: usize, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.runs.iter_mut().find(|run| run.colour_slot == colour_slot) {
            change(run);
        }
    }

    /// Replaces the list.
    pub fn fill(&mut self, configs: Vec<Config>) {
        self.runs.clear();
        for config in configs {
            self.add(config);
        }
    }

    /// The experiment that makes the comparison; what came of the one before is forgotten.
    pub fn begin(&mut self, evaluation: EvaluationSpec) -> Experiment {
        let seeds = self.seeds as u64;
        let configs = self
            .runs
            .iter()
            .flat_map(|run| (0..seeds).map(|more| Config { seed: run.config.seed + more, ..run.config.clone() }));
        let experiment = Experiment {
            runs: configs.collect(),
            budget: self.budget(),
            points: POINTS,
            evaluation,
            preference: Preference::Cpu,
        };
        for run in &mut self.runs {
            (run.seeds, run.diverged, run.preview) = (vec![vec![]; self.seeds], None, None);
        }
        self.asked = Some((experiment.clone(), self.runs.iter().map(|run| run.colour_slot).collect()));
        experiment
    }

    /// Which run and which of its seeds a member of the experiment is.
    fn colour_slot(&self, member: usize) -> Option<(usize, usize)> {
        let (experiment, colour_slots) = self.asked.as_ref()?;
        let seeds = (experiment.runs.len() / colour_slots.len()).max(1);
        Some((*colour_slots.get(member / seeds)?, member % seeds))
    }

    /// The first member of the experiment that is of a run.
    #[must_use]
    pub fn member(&self, colour_slot: usize) -> Option<usize> {
        let (experiment, colour_slots) = self.asked.as_ref()?;
        Some(
            colour_slots.iter().position(|other| *other == colour_slot)? * (experiment.runs.len() / colour_slots.len()),
        )
    }

    /// Takes in what the engine says of a member of the experiment.
    pub fn take_progress(&mut self, member: usize, progress: Progress) {
        let Some((colour_slot, seed)) = self.colour_slot(member) else { return };
        let Some(run) = self.runs.iter_mut().find(|run| run.colour_slot == colour_slot) else { return };
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

    /// How much of a member of the experiment is done, 0 to 1.
    #[must_use]
    pub fn part(&self, member: usize) -> f64 {
        let Some((colour_slot, seed)) = self.colour_slot(member) else { return 0.0 };
        let points = self.run(colour_slot).and_then(|run| run.seeds.get(seed)).map_or(0, Vec::len);
        points as f64 / (POINTS + 1) as f64
    }

    /// Measurements made, and wanted in all.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let members = self.asked.as_ref().map_or(0, |(experiment, _)| experiment.runs.len());
        let done = self.runs.iter().flat_map(|run| &run.seeds).map(Vec::len).sum();
        (done, members * (POINTS + 1))
    }

    /// The curves of the runs that are shown; `names` in the order of the list.
    #[must_use]
    pub fn curves<'a>(&'a self, names: &'a [String]) -> Vec<RunCurve<'a>> {
        let runs = self.runs.iter().zip(names).filter(|(run, _)| !run.is_hidden);
        let curve = |(run, name): (&'a Run, &'a String)| RunCurve {
            colour_slot: run.colour_slot,
            name,
            seeds: run.seeds.iter().map(Vec::as_slice).collect(),
        };
        runs.map(curve).collect()
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

    /// Sorts the table by a column; by the same one again, the other way round.
    pub fn sort_by(&mut self, column: Column) {
        self.sorted = (column, self.sorted == (column, false));
    }

    /// The shown runs in the order of the table; those of which nothing is known come last.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Run> {
        let (column, is_descending) = self.sorted;
        let mut runs: Vec<&Run> = self.runs.iter().filter(|run| !run.is_hidden).collect();
        let key = |run: &Run| run.value(column).filter(|value| value.is_finite());
        runs.sort_by(|a, b| match (key(a), key(b)) {
            (Some(a), Some(b)) if is_descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        runs
    }
}

impl Run {
    /// The last measurement of every seed, once each seed has the same number of them.
    #[must_use]
    pub fn last(&self) -> Vec<&Measured> {
        let count = self.seeds.iter().map(Vec::len).min().unwrap_or(0);
        self.seeds.iter().filter_map(|points| points.get(count.checked_sub(1)?)).collect()
    }

    /// The error after some gradient steps with the half width of its interval.
    #[must_use]
    pub fn error(&self, step: usize) -> Option<(f64, f64)> {
        over_seeds(self.last().into_iter().map(|point| &point.curve), step)
    }

    /// What the table has in a column: a mean over the seeds.
    #[must_use]
    pub fn value(&self, column: Column) -> Option<f64> {
        let last = self.last();
        let of: fn(&Measured) -> f64 = match column {
            Column::Name => return Some(self.colour_slot as f64),
            Column::Error(step) => return self.error(step).map(|(mean, _)| mean),
            Column::Iterations => |point| point.iteration as f64,
            Column::Evaluations => |point| point.cost.evaluations() as f64,
            Column::Operations => |point| point.cost.operations as f64,
            Column::Seconds => |point| point.seconds,
        };
        (!last.is_empty()).then(|| last.iter().map(|point| of(point)).sum::<f64>() / last.len() as f64)
    }
}

/// Runs that show every algorithm, each with its usual settings.
#[must_use]
pub fn algorithms(config: &Config) -> Vec<Config> {
    let own = |&algorithm: &Algorithm| {
        if algorithm == config.algorithm { config.clone() } else { config.with_algorithm(algorithm) }
    };
    Algorithm::ALL.iter().map(own).collect()
}

/// The present run with every choice of one field, as far as that is allowed; at most as many as the list holds.
#[must_use]
pub fn choices(config: &Config, path: &str, values: &[serde_json::Value]) -> Vec<Config> {
    let with = |value: &serde_json::Value| {
        let mut config = config.clone();
        config.set(path, value.clone()).ok().map(|()| config)
    };
    values.iter().filter_map(with).take(MOST_RUNS).collect()
}

/// The fields in which a run differs from the others: those that are not the same throughout the list.
#[must_use]
pub fn differences(runs: &[Run]) -> Vec<&'static str> {
    let differs = |path: &str| {
        let mut values = runs.iter().map(|run| run.config.get(path));
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let is_used = |path: &str| runs.iter().any(|run| run.config.uses(path));
    let told = parameters().map(|parameter| parameter.path);
    told.filter(|path| *path != "outer.iterations" && is_used(path) && differs(path)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::config::preset::Preset;
    use crate::domain::cost::Cost;
    use crate::domain::evaluation::Curve;

    fn evaluation(config: &Config) -> EvaluationSpec {
        EvaluationSpec { distribution: config.tasks.clone(), eval: config.eval.clone(), tasks: 2, shots: None }
    }

    fn measured(iteration: u64, error: f64) -> Measured {
        let curve = Curve { steps: vec![0, 1], mean_mse: vec![4.0, error], ci95: vec![0.1, 0.2] };
        Measured { iteration, cost: Cost::default(), seconds: 1.0, tasks: 2, curve }
    }

    /// A comparison of three algorithms with three seeds, under way.
    fn begun() -> Comparison {
        let mut comparison = Comparison::default();
        comparison.fill(algorithms(&Preset::Paper.config())[..3].to_vec());
        comparison.begin(evaluation(&Preset::Paper.config()));
        comparison
    }

    #[test]
    fn the_list_holds_six_runs_and_a_deleted_one_leaves_its_seat() {
        let mut comparison = Comparison::default();
        for _ in 0..MOST_RUNS {
            assert!(comparison.add(Config::default()));
        }
        assert!(!comparison.add(Config::default()));
        comparison.delete(2);
        assert!(comparison.add(Config::default()));
        let colour_slots: Vec<usize> = comparison.runs.iter().map(|run| run.colour_slot).collect();
        assert_eq!(colour_slots, [0, 1, 3, 4, 5, 2]);
    }

    #[test]
    fn what_the_engine_says_goes_to_the_run_and_seed_it_is_of() {
        let mut comparison = begun();
        let (experiment, _) = comparison.asked.clone().expect("it was asked for");
        assert_eq!(experiment.runs.iter().map(|run| run.seed).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
        assert_eq!(experiment.runs[5].algorithm, Algorithm::Fomaml);
        // Deleting one meanwhile shifts nothing.
        comparison.delete(0);
        comparison.take_progress(5, Progress::Point(measured(10, 0.5)));
        comparison.take_progress(0, Progress::Point(measured(10, 0.1)));
        comparison.take_progress(7, Progress::Diverged { iteration: 3 });
        let run = comparison.run(1).expect("it is there");
        assert_eq!((run.seeds[0].len(), run.seeds[2].len(), run.diverged), (0, 1, None));
        assert!(run.last().is_empty(), "the other seeds have nothing so far");
        assert_eq!(comparison.run(2).and_then(|run| run.diverged), Some(3));
        assert_eq!(comparison.member(2), Some(6));
        assert_eq!(comparison.progress(), (1, 9 * 21));
    }

    #[test]
    fn the_table_is_sorted_by_any_column_with_the_unknown_last() {
        let mut comparison = begun();
        for (member, error) in [(0, 0.3), (1, 0.5), (2, 0.4), (3, 0.1), (4, 0.1), (5, 0.1)] {
            comparison.take_progress(member, Progress::Point(measured(10, error)));
        }
        let order = |comparison: &Comparison| comparison.sorted().iter().map(|run| run.colour_slot).collect::<Vec<_>>();
        assert_eq!(order(&comparison), [0, 1, 2]);
        comparison.sort_by(Column::Error(1));
        assert_eq!(order(&comparison), [1, 0, 2]);
        comparison.sort_by(Column::Error(1));
        assert_eq!(order(&comparison), [0, 1, 2]);
        let (mean, half) = comparison.run(0).and_then(|run| run.error(1)).expect("an error");
        // Student's t with two degrees of freedom: 4.303 × 0.1 / √3.
        assert!((mean - 0.4).abs() < 1e-12 && (half - 0.2484).abs() < 1e-3, "{mean} {half}");
        comparison.change(1, |run| run.is_hidden = true);
        assert_eq!(order(&comparison), [0, 2]);
    }

    #[test]
    fn runs_are_told_apart_by_what_differs() {
        let mut comparison = Comparison::default();
        comparison.fill(choices(&Preset::Paper.config(), "outer.step_size", &[json!(0.1), json!(99), json!(0.5)]));
        assert_eq!(comparison.runs.len(), 2, "what is not allowed is left out");
        assert_eq!(differences(&comparison.runs), ["outer.step_size"]);
    }
}

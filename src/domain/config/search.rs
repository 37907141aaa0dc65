//! Hyperparameter search (Bergstra and Bengio 2012): which Configs are tried, on a grid or at random, and what came of
//! each.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Config;
use super::parameters::{self, parameter};
use super::range::{Parameter, Range};
use super::static_path;
use crate::domain::evaluation::Curve;
use crate::domain::rng::{Purpose, Rng};

/// Held-out tasks that each run is measured on.
pub const TASKS: usize = 100;

/// Seeds run from 0 to one below this.
const SEEDS: u64 = 1 << 53;

/// One hyperparameter, and which of its values are tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchAxis {
    /// Its path, one of [`parameters()`].
    #[serde(with = "static_path")]
    pub path: static_path::Path,
    /// The least value.
    pub low: f64,
    /// The greatest value, not below `low`.
    pub high: f64,
    /// Whether equal ratios are equally far apart, and not equal differences; `low` is positive then.
    pub logarithmic: bool,
    /// Values on a grid. Random values are as many as there are draws.
    pub count: usize,
}

/// The values that a parameter may have in a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// Whether only whole numbers count.
    pub is_whole: bool,
}

/// What a search can vary: every number of network, inner and outer loop. Tasks and evaluation are what all runs are
/// measured by, and the budget says how long they are.
pub fn parameters() -> impl Iterator<Item = &'static Parameter> {
    parameters::parameters().filter(|parameter| limits(parameter.path).is_some())
}

/// The values that a parameter may have, if a search can vary it. `model.hidden` is the units of every hidden layer.
#[must_use]
pub fn limits(path: &str) -> Option<Limits> {
    let group = path.split('.').next().unwrap_or_default();
    if !matches!(group, "model" | "inner" | "outer") || path == "outer.iterations" {
        return None;
    }
    let whole = |min: u64, max: u64| Some(Limits { min: min as f64, max: max as f64, is_whole: true });
    match parameter(path)?.range {
        Range::Integer { min, max } | Range::Integers { min, max, .. } => whole(min, max),
        Range::Real { min, max, .. } => Some(Limits { min, max, is_whole: false }),
        _ => None,
    }
}

impl SearchAxis {
    /// An axis of `count` values around the one that a Config has: from a tenth of it to ten times as much, or over the
    /// whole range of a parameter that may be 0. None where a search cannot vary the parameter.
    #[must_use]
    pub fn around(config: &Config, path: &'static str, count: usize) -> Option<Self> {
        let Limits { min, max, is_whole } = limits(path)?;
        let value = config.get(path)?;
        let value = value.as_f64().or_else(|| value.get(0)?.as_f64())?;
        let logarithmic = min > 0.0;
        let (low, high) = if logarithmic { (rounded(value / 10.0, is_whole), value * 10.0) } else { (min, max) };
        Some(Self { path, low: low.max(min), high: high.min(max), logarithmic, count })
    }

    /// Spaces the values by equal ratios, where the parameter's are positive, or by equal differences.
    pub fn choose_spacing(&mut self, logarithmic: bool) {
        self.logarithmic = logarithmic && limits(self.path).is_some_and(|limits| limits.min > 0.0);
    }

    /// The value at a fraction, 0 to 1, of the way from the low to the high end: whole or of three significant digits,
    /// but for the ends.
    #[must_use]
    pub fn value(&self, fraction: f64) -> f64 {
        if fraction <= 0.0 || fraction >= 1.0 {
            return if fraction <= 0.0 { self.low } else { self.high };
        }
        let value = if self.logarithmic {
            self.low * libm::pow(self.high / self.low, fraction)
        } else {
            self.low + (self.high - self.low) * fraction
        };
        let is_whole = limits(self.path).is_some_and(|limits| limits.is_whole);
        rounded(value, is_whole).max(self.low).min(self.high)
    }

    /// The values of a grid, ascending; fewer than `count` where several round to the same.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        let last = self.count.saturating_sub(1).max(1) as f64;
        let mut values: Vec<f64> = (0..self.count).map(|i| self.value(i as f64 / last)).collect();
        values.dedup();
        values
    }
}

fn rounded(value: f64, is_whole: bool) -> f64 {
    if is_whole { value.round() } else { format!("{value:.2e}").parse().unwrap_or(value) }
}

/// One combination of values, and the Config that has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// One value an axis.
    pub values: Vec<f64>,
    /// The run.
    pub config: Config,
}

/// Combinations to try.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// Those that make a Config.
    pub tried: Vec<Candidate>,
    /// How many do not, such as a minibatch of more points than there are.
    pub refused: usize,
}

/// Every combination of the axes' values, the first axis fastest.
#[must_use]
pub fn grid(config: &Config, axes: &[SearchAxis]) -> Candidates {
    let mut all = vec![vec![]];
    for axis in axes {
        let add = |value: f64| all.iter().map(move |values: &Vec<f64>| [&values[..], &[value]].concat());
        all = axis.values().into_iter().flat_map(add).collect();
    }
    Candidates::of(config, axes, all)
}

/// So many random combinations; the first of them are the same for every count. Equal ones are tried once.
#[must_use]
pub fn random(config: &Config, axes: &[SearchAxis], count: usize, seed: u64) -> Candidates {
    let mut all: Vec<Vec<f64>> = vec![];
    for draw in 0..count as u64 {
        let mut rng = Rng::stream(seed, Purpose::Search, draw, 0);
        let values = axes.iter().map(|axis| axis.value(f64::from(rng.unit()))).collect();
        if !all.contains(&values) {
            all.push(values);
        }
    }
    Candidates::of(config, axes, all)
}

impl Candidates {
    fn of(config: &Config, axes: &[SearchAxis], all: Vec<Vec<f64>>) -> Self {
        let mut candidates = Self::default();
        for values in all {
            match with(config, axes, &values) {
                Some(config) => candidates.tried.push(Candidate { values, config }),
                None => candidates.refused += 1,
            }
        }
        candidates
    }
}

/// A Config with other values on the axes, unless it is none.
fn with(config: &Config, axes: &[SearchAxis], values: &[f64]) -> Option<Config> {
    let fields = axes.iter().zip(values).map(|(axis, &value)| {
        let is_whole = limits(axis.path).is_some_and(|limits| limits.is_whole);
        let value = if is_whole { Value::from(value as u64) } else { Value::from(value) };
        let value = if axis.path == "model.hidden" { vec![value; config.model.hidden.len()].into() } else { value };
        (axis.path, value)
    });
    config.with(&fields.collect::<Vec<_>>()).ok()
}

/// What came of one run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunOutcome {
    /// It was measured at its end.
    Measured {
        /// Meta-iterations behind θ.
        iteration: u64,
        /// Error against gradient step.
        curve: Curve,
    },
    /// θ grew beyond all bounds.
    Diverged,
}

/// What is known of a candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// None of its runs is over.
    Pending,
    /// A run of it diverged, or its error is not finite.
    Diverged,
    /// The mean error over the seeds whose runs are over.
    Error(f64),
}

/// The seed `index` places after another.
fn seed_after(first: u64, index: usize) -> u64 {
    (first + index as u64) % SEEDS
}

/// A search under way or complete: every candidate with each of some seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// What it varies: one or two parameters.
    pub axes: Vec<SearchAxis>,
    /// Whether the candidates lie on a grid.
    pub is_grid: bool,
    /// What it tries.
    pub candidates: Candidates,
    /// What came of each run, in the order of [`Search::runs`]; none before its end.
    pub outcomes: Vec<Option<RunOutcome>>,
}

impl Search {
    /// A search of which nothing is known yet, with so many seeds a candidate.
    #[must_use]
    pub fn new(axes: Vec<SearchAxis>, is_grid: bool, candidates: Candidates, seeds: usize) -> Self {
        let outcomes = vec![None; candidates.tried.len() * seeds];
        Self { axes, is_grid, candidates, outcomes }
    }

    /// Its runs: all candidates with their own seed, then all with the next.
    #[must_use]
    pub fn runs(&self) -> Vec<Config> {
        let config_of = |run: usize| {
            let mut config = self.candidates.tried[run % self.candidates.tried.len()].config.clone();
            config.seed = seed_after(config.seed, run / self.candidates.tried.len());
            config
        };
        (0..self.outcomes.len()).map(config_of).collect()
    }

    /// The seeds that each candidate is trained with, of which `first` is its own.
    #[must_use]
    pub fn seeds(&self, first: u64) -> Vec<u64> {
        let count = self.outcomes.len() / self.candidates.tried.len().max(1);
        (0..count).map(|index| seed_after(first, index)).collect()
    }

    /// How many of its runs are over.
    #[must_use]
    pub fn done(&self) -> usize {
        self.outcomes.iter().flatten().count()
    }

    /// What is known of a candidate after so many gradient steps, which must be recorded ones.
    #[must_use]
    pub fn finding(&self, candidate: usize, step: usize) -> Finding {
        let runs = self.outcomes.iter().skip(candidate).step_by(self.candidates.tried.len().max(1));
        let (mut sum, mut count) = (0.0, 0.0);
        for outcome in runs.flatten() {
            let RunOutcome::Measured { curve, .. } = outcome else { return Finding::Diverged };
            let index = curve.steps.iter().position(|&recorded| recorded == step);
            sum += index.map_or(f64::NAN, |index| curve.mean_mse[index]);
            count += 1.0;
        }
        match sum / count {
            _ if count == 0.0 => Finding::Pending,
            error if error.is_finite() => Finding::Error(error),
            _ => Finding::Diverged,
        }
    }

    /// The candidates with their findings after so many gradient steps.
    pub fn findings(&self, step: usize) -> impl Iterator<Item = (&Candidate, Finding)> {
        self.candidates.tried.iter().enumerate().map(move |(index, candidate)| (candidate, self.finding(index, step)))
    }

    /// The candidate of the least error after so many gradient steps, and that error.
    #[must_use]
    pub fn best(&self, step: usize) -> Option<(usize, f64)> {
        let errors = self.findings(step).enumerate().filter_map(|(index, (_, finding))| match finding {
            Finding::Error(error) => Some((index, error)),
            Finding::Pending | Finding::Diverged => None,
        });
        errors.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The Config of a candidate, as long as its run was.
    #[must_use]
    pub fn config(&self, candidate: usize) -> Option<Config> {
        let mut config = self.candidates.tried.get(candidate)?.config.clone();
        if let Some(Some(RunOutcome::Measured { iteration, .. })) = self.outcomes.get(candidate) {
            config.outer.iterations = *iteration;
        }
        Some(config)
    }

    /// Whether it was made with this Config, whatever that has on the axes and however long it is.
    #[must_use]
    pub fn is_of(&self, config: &Config) -> bool {
        self.candidates.tried.first().is_some_and(|Candidate { values, config: first }| {
            let mut config = config.clone();
            config.outer.iterations = first.outer.iterations;
            with(&config, &self.axes, values).as_ref() == Some(first)
        })
    }

    /// The candidate that comes after another one along an axis, upwards or downwards: on a grid in the same row or
    /// column.
    #[must_use]
    pub fn neighbour(&self, from: usize, axis: usize, upwards: bool) -> Option<usize> {
        let here = &self.candidates.tried.get(from)?.values;
        let axis = axis.min(here.len() - 1);
        let in_line = |values: &[f64]| !self.is_grid || (0..here.len()).all(|i| i == axis || values[i] == here[i]);
        // Equal values are told apart by their index, so that a walk misses none of them.
        let order = |&(index, candidate): &(usize, &Candidate), other: (usize, f64)| {
            candidate.values[axis].total_cmp(&other.1).then(index.cmp(&other.0))
        };
        let wanted = if upwards { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less };
        let ahead = self.candidates.tried.iter().enumerate();
        let ahead = ahead.filter(|one| in_line(&one.1.values) && order(one, (from, here[axis])) == wanted);
        let next = if upwards {
            ahead.min_by(|a, b| order(a, (b.0, b.1.values[axis])))
        } else {
            ahead.max_by(|a, b| order(a, (b.0, b.1.values[axis])))
        };
        next.map(|(index, _)| index)
    }
}

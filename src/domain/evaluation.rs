//! The evaluation protocol: held-out tasks, a few shots of each, and the error after each number of gradient steps.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::adaptation::{Adaptations, reported_steps};
use super::choice::choices;
use super::early_stopping;
use super::few_shot::FewShotTasks;
use super::history::AtIteration;
use super::inner_optimizer::{Inner, InnerOptimizer, Optimizer};
use super::rng::{Purpose, Rng};
use super::statistics::{mean_and_interval, mean_of_few, median};
use super::task::TaskDistribution;
use super::task::sampling::{Count, Points, Sampler};

/// The seed of every held-out task and its shots, whatever the run's own seed.
///
/// A thousand tasks differ in difficulty from another thousand by several per cent. This seed's are as hard as the set
/// behind the figures that `tests/table.rs` compares with: before adaptation (mean square of y, 4.03) and for the
/// batched run, within 5 % at every step. The other rows can then be compared without that difference.
pub const SEED: u64 = 1624;

choices! {
    /// Optimizer of the evaluation's adaptations. `sgd` is the same as `gd` there: a step is on all shots.
    pub enum EvalOptimizer: InnerOptimizer {
        /// This one.
        One;
        /// That of the inner loop.
        Inner => "inner", word_inner, first;
    }
}

/// The evaluation protocol. Every task begins at θ with fresh optimizer state, also where training carries it from task to
/// task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Eval {
    /// Held-out tasks.
    pub tasks: usize,
    /// Shots K of each task, distinct grid points.
    pub shots: usize,
    /// Gradient steps at the end of which the last error is measured.
    pub steps: usize,
    /// Learning rate of the steps, each on all shots.
    pub learning_rate: f64,
    /// Optimizer of the steps.
    pub optimizer: EvalOptimizer,
}

impl Default for Eval {
    fn default() -> Self {
        Self { tasks: 1000, shots: 10, steps: 32, learning_rate: 0.02, optimizer: EvalOptimizer::Inner }
    }
}

impl Eval {
    /// The optimizer of its steps; what `eval` does not say is as in the inner loop.
    #[must_use]
    pub fn optimizer(&self, inner: &Inner) -> Optimizer {
        let inner = Optimizer::of(inner);
        let kind = match self.optimizer {
            EvalOptimizer::Inner => inner.kind,
            EvalOptimizer::One(kind) => kind,
        };
        Optimizer { kind, learning_rate: self.learning_rate as f32, ..inner }
    }
}

/// All that an evaluation of θ depends on.
#[derive(Clone, Copy, Debug)]
pub struct EvaluationSettings<'a> {
    /// Where tasks come from.
    pub tasks: &'a TaskDistribution,
    /// The inner loop, whose optimizer the evaluation may take.
    pub inner: &'a Inner,
    /// The protocol.
    pub eval: &'a Eval,
}

/// Held-out tasks with their shots, in a fixed order: the first hundred of a thousand are the hundred.
#[derive(Clone, Debug)]
pub struct HeldOut(FewShotTasks);

/// Error against gradient step, over several tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Gradient steps.
    pub steps: Vec<usize>,
    /// Mean over the tasks of the mean squared error on the grid, for each of `steps`.
    pub mean_mse: Vec<f64>,
    /// Half width of the 95 % interval of that mean, for each of `steps`.
    pub ci95: Vec<f64>,
    /// Median of the same errors, which a few tasks on which φ diverges do not move, for each of `steps`.
    pub median_mse: Vec<f64>,
}

impl HeldOut {
    /// The first `tasks` held-out tasks of the distribution, with `eval.shots` shots each. The shots lie within
    /// `tasks.shots`; errors are measured on the whole grid all the same.
    #[must_use]
    pub fn new<'a>(evaluation: impl Into<EvaluationSettings<'a>>, tasks: usize) -> Self {
        let evaluation = evaluation.into();
        Self::draw(evaluation, tasks, Purpose::HeldOut, reported_steps(evaluation.eval.steps))
    }

    /// The tasks of a run's checks, which no chart and no evaluation shows, after `eval.steps` steps.
    #[must_use]
    pub fn of_checks<'a>(evaluation: impl Into<EvaluationSettings<'a>>) -> Self {
        let evaluation = evaluation.into();
        Self::draw(evaluation, early_stopping::TASKS, Purpose::Check, vec![evaluation.eval.steps])
    }

    fn draw(evaluation: EvaluationSettings, tasks: usize, purpose: Purpose, record: Vec<usize>) -> Self {
        let EvaluationSettings { tasks: distribution, inner, eval } = evaluation;
        let sampler = Sampler::new(distribution);
        let (shots, mut points) = (Count::support(eval.shots), Points::default());
        let tasks = (0..tasks as u64)
            .map(|task| sampler.draw(shots, &mut Rng::stream(SEED, purpose, 0, task), &mut points))
            .collect();
        let (query, optimizer) = (sampler.grid().to_vec(), eval.optimizer(inner));
        let adaptations = Adaptations { shots: eval.shots, points, query, optimizer, record };
        Self(FewShotTasks::new(tasks, adaptations))
    }

    /// How many tasks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The adaptations of some of the tasks.
    #[must_use]
    pub fn adaptations(&self, range: Range<usize>) -> Adaptations {
        self.0.adaptations(range)
    }

    /// The errors of the predictions that a backend made for [`HeldOut::adaptations`] of `range`: `[task][step]`.
    #[must_use]
    pub fn errors(&self, range: Range<usize>, predictions: &[f32]) -> Vec<f64> {
        self.0.errors(range, predictions)
    }

    /// The curve of all errors, `[task][step]`.
    #[must_use]
    pub fn curve(&self, errors: &[f64]) -> Curve {
        let steps = self.0.steps().to_vec();
        let at = |step: usize| errors.iter().skip(step).step_by(steps.len());
        let (mean_mse, ci95) = (0..steps.len()).map(|step| mean_and_interval(at(step).copied())).unzip();
        let median_mse = (0..steps.len()).map(|step| median(at(step).copied())).collect();
        Curve { steps, mean_mse, ci95, median_mse }
    }
}

/// The error after some gradient steps, and the half width of its 95 % interval: over the seeds, or over the tasks where
/// there is but one seed.
#[must_use]
pub fn over_seeds<'a>(curves: impl Iterator<Item = &'a Curve> + Clone, step: usize) -> Option<(f64, f64)> {
    let at = move |curve: &Curve| {
        let index = curve.steps.iter().position(|&recorded| recorded == step)?;
        Some((*curve.mean_mse.get(index)?, *curve.ci95.get(index)?))
    };
    let errors: Vec<(f64, f64)> = curves.map(at).collect::<Option<_>>()?;
    match errors[..] {
        [] => None,
        [one] => Some(one),
        _ => Some(mean_of_few(&errors.iter().map(|error| error.0).collect::<Vec<_>>())),
    }
}

/// How θ is measured, the same for all runs that are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationSpec {
    /// The distribution of the held-out tasks.
    pub distribution: TaskDistribution,
    /// Their shots and steps. Where its optimizer is `inner`, it is that of the run.
    pub eval: Eval,
    /// Held-out tasks; 0 measures nothing.
    pub tasks: usize,
    /// Shots of one more task, where its predictions are wanted.
    pub shots: Option<Vec<[f32; 2]>>,
}

impl EvaluationSpec {
    /// The gradient steps after which the one more task is predicted.
    #[must_use]
    pub fn steps(&self) -> Vec<usize> {
        let mut steps = vec![0, 1, self.eval.steps];
        steps.dedup();
        steps
    }
}

/// The error on held-out tasks at one meta-iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutPoint {
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// Held-out tasks.
    pub tasks: usize,
    /// Error against gradient step.
    pub curve: Curve,
}

impl AtIteration for HeldOutPoint {
    fn iteration(&self) -> u64 {
        self.iteration
    }
}

//! The task map: the error after some gradient steps, for every task of a plane of amplitude × phase.
//!
//! All tasks have their shots at the same x, so that neighbours on the map differ by their curves alone, and the map is as
//! smooth as the adaptation is.

use serde::{Deserialize, Serialize};

use super::adaptation::Adaptations;
use super::evaluation::EvaluationSettings;
use super::few_shot::FewShotTasks;
use super::task::curve::TrueCurve;
use super::task::family::Family;
use super::task::sampling::{Points, shots};
use super::task::{Task, grid};

/// What a map is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskMapSpec {
    /// The family of its tasks.
    pub family: Family,
    /// Their frequency, in radians per unit of x; of no meaning where the family is not periodic.
    pub frequency: f32,
    /// Their amplitudes, in units of y: one row each.
    pub amplitudes: Vec<f32>,
    /// Their phases, in radians: one column each.
    pub phases: Vec<f32>,
    /// Gradient steps, each on all shots.
    pub steps: usize,
    /// The x of the shots are those of this resampling of the shown task's.
    pub number: u64,
}

/// The errors of a plane of tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskMap {
    /// What it is of.
    pub spec: TaskMapSpec,
    /// Shots of each task, K.
    pub shots: usize,
    /// Mean squared error on the grid after the steps, in units of y²: `[amplitude][phase]`.
    pub mse: Vec<f64>,
}

impl TaskMapSpec {
    /// How many tasks it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.amplitudes.len() * self.phases.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The task at a place of `[amplitude][phase]`.
    fn task(&self, index: usize) -> Task {
        let (row, column) = (index / self.phases.len(), index % self.phases.len());
        let (amplitude, phase) = (self.amplitudes[row], self.phases[column]);
        Task { family: self.family, amplitude, phase, frequency: self.frequency }
    }

    /// Its tasks with their shots, by the evaluation's number of shots, rate and optimizer.
    ///
    /// The shots of each are those that the page shows of it: `seed` and [`TaskMapSpec::number`] decide where they lie, and
    /// how far noise takes each of them from the curve.
    #[must_use]
    pub fn tasks<'a>(&self, settings: impl Into<EvaluationSettings<'a>>, seed: u64) -> FewShotTasks {
        let EvaluationSettings { tasks: distribution, inner, eval } = settings.into();
        let tasks: Vec<Task> = (0..self.len()).map(|index| self.task(index)).collect();
        // On a curve that is 0 everywhere, what is observed is the noise.
        let flat = TrueCurve::Task(Task::sinusoid(0.0, 0.0));
        let observed = shots(distribution, seed, &flat, eval.shots, self.number);
        let mut points = Points::default();
        for task in &tasks {
            for &[x, noise] in &observed {
                points.x.push(x);
                points.y.push(task.value(x) + noise);
            }
        }
        let (query, optimizer) = (grid(distribution), eval.optimizer(inner));
        let record = vec![self.steps];
        FewShotTasks::new(tasks, Adaptations { shots: eval.shots, points, query, optimizer, record })
    }
}

impl TaskMap {
    /// The errors of each amplitude, by phase.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.mse.chunks(self.spec.phases.len().max(1))
    }

    /// The place in `[amplitude][phase]` of the task that is nearest to an amplitude and a phase.
    #[must_use]
    pub fn nearest(&self, amplitude: f64, phase: f64) -> Option<usize> {
        let nearest = |values: &[f32], wanted: f64| {
            let distance = |index: &usize| (f64::from(values[*index]) - wanted).abs();
            (0..values.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
        };
        let (row, column) = (nearest(&self.spec.amplitudes, amplitude)?, nearest(&self.spec.phases, phase)?);
        Some(row * self.spec.phases.len() + column)
    }

    /// The task at a place, and its error.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<(Task, f64)> {
        self.mse.get(index).map(|&mse| (self.spec.task(index), mse))
    }
}

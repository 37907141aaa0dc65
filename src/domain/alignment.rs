//! Gradient alignment: how far the gradients of different minibatches point the same way.
//!
//! To the leading order in the learning rate, the expected update of Reptile and MAML does two things (Nichol, Achiam
//! and Schulman 2018, section 5): it descends the loss of all tasks, and it raises the inner product ⟨g₁, g₂⟩ of the
//! gradients that two minibatches of one task have at θ. A step on one minibatch then lowers the error on the other:
//! θ generalises within a task.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::evaluation::SEED;
use super::history::AtIteration;
use super::rng::{Purpose, Rng};
use super::statistics::mean_and_interval;
use super::task::sampling::{Count, Points, Sampler};
use super::training::TrainingSettings;

/// Tasks behind every figure.
pub const TASKS: usize = 200;
/// Different tasks are compared within groups of so many. No task is in two groups, so that the groups are independent
/// and their means have an interval.
pub const GROUP: usize = 10;

/// Held-out tasks with two minibatches of each, in a fixed order.
#[derive(Clone, Debug, PartialEq)]
pub struct AlignmentTasks {
    batch: usize,
    /// In the order `[task][minibatch][point]`.
    points: Points,
}

/// A mean over tasks, with the half width of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Half width of its 95 % interval.
    pub ci95: f64,
}

/// How far gradients at one θ are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// ⟨g₁, g₂⟩ of two minibatches of one task: units of y to the fourth power over the square of a parameter's.
    pub inner_product: Mean,
    /// Cosine of the angle between them, −1 to 1.
    pub cosine: Mean,
    /// Cosine of the angle between the gradients of two different tasks' first minibatches, −1 to 1.
    pub cosine_between_tasks: Mean,
}

impl AlignmentTasks {
    /// [`TASKS`] tasks of a run's distribution, with two minibatches of `inner.batch` points each.
    ///
    /// They are disjoint where the grid has points enough for both. The seed is that of the evaluation, whatever the
    /// run's own; the tasks are others than the evaluation's.
    #[must_use]
    pub fn new<'a>(training: impl Into<TrainingSettings<'a>>) -> Self {
        let TrainingSettings { tasks, inner, .. } = training.into();
        let sampler = Sampler::new(tasks);
        let batch = inner.batch;
        let mut points = Points::default();
        for task in 0..TASKS as u64 {
            sampler.draw(Count::support(2 * batch), &mut Rng::stream(SEED, Purpose::Alignment, 0, task), &mut points);
        }
        Self { batch, points }
    }

    /// Points of a minibatch.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Both minibatches of some tasks, in the order `[task][minibatch][point]`.
    #[must_use]
    pub fn points(&self, tasks: Range<usize>) -> Points {
        let range = tasks.start * 2 * self.batch..tasks.end * 2 * self.batch;
        Points { x: self.points.x[range.clone()].to_vec(), y: self.points.y[range].to_vec() }
    }
}

/// What is known of the tasks so far: the gradients themselves are not kept.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    inner_products: Vec<f64>,
    cosines: Vec<f64>,
    /// Mean over all pairs within each group that is complete.
    between_tasks: Vec<f64>,
    /// Σĝ of the group under way, the gradients of its first minibatches being made as long as one.
    sum: Vec<f64>,
    /// How many of them are not zero.
    directions: f64,
}

impl Samples {
    /// Tasks so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cosines.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cosines.is_empty()
    }

    /// Adds tasks by their gradients, in the order `[task][minibatch][parameter]`.
    pub fn extend(&mut self, gradients: &[f32], parameters: usize) {
        for task in gradients.chunks_exact(2 * parameters) {
            let (first, second) = task.split_at(parameters);
            let inner_product = inner_product(first, second);
            let length = squared(first).sqrt();
            self.inner_products.push(inner_product);
            self.cosines.push(over(inner_product, length * squared(second).sqrt()));
            self.sum.resize(parameters, 0.0);
            for (sum, &number) in self.sum.iter_mut().zip(first) {
                *sum += over(f64::from(number), length);
            }
            self.directions += f64::from(u8::from(length > 0.0));
            if self.len().is_multiple_of(GROUP) {
                self.close_group();
            }
        }
    }

    /// The mean cosine over the pairs of a group: |Σĝ|² is the sum over all pairs in both orders, and of each with itself.
    fn close_group(&mut self) {
        let all: f64 = self.sum.iter().map(|number| number * number).sum();
        self.between_tasks.push((all - self.directions) / (GROUP * (GROUP - 1)) as f64);
        self.sum.clear();
        self.directions = 0.0;
    }

    /// The means over the tasks so far.
    #[must_use]
    pub fn alignment(&self) -> Alignment {
        let mean = |samples: &[f64]| {
            let (mean, ci95) = mean_and_interval(samples.iter().copied());
            Mean { mean, ci95 }
        };
        Alignment {
            inner_product: mean(&self.inner_products),
            cosine: mean(&self.cosines),
            cosine_between_tasks: mean(&self.between_tasks),
        }
    }
}

/// ⟨a, b⟩ in double precision.
#[must_use]
pub fn inner_product(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

fn squared(a: &[f32]) -> f64 {
    inner_product(a, a)
}

/// A quotient that is 0 where the divisor is: a gradient of zero points nowhere.
#[must_use]
pub fn over(number: f64, divisor: f64) -> f64 {
    if divisor == 0.0 { 0.0 } else { number / divisor }
}

/// Gradient alignment at one meta-iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignmentPoint {
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// Held-out tasks.
    pub tasks: usize,
    /// Points of each minibatch.
    pub batch: usize,
    /// How far their gradients are aligned.
    pub alignment: Alignment,
}

impl AtIteration for AlignmentPoint {
    fn iteration(&self) -> u64 {
        self.iteration
    }
}

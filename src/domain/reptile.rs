//! Reptile (Nichol, Achiam and Schulman 2018, Algorithms 1 and 2): serial with a meta-batch of one, batched with more.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::config::Config;
use super::outer::{Learner, Rate};
use super::rng::{Purpose, Rng};
use super::sum::{Node, PhiSum};
use super::task::{Points, Sampler};

/// The tasks of several meta-iterations in a row, or some tasks of one, as the points that their inner loops will see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetaBatches {
    /// Tasks of one whole meta-iteration, n.
    pub meta_batch: usize,
    /// Which of those n these are, in every meta-iteration.
    pub tasks: Range<usize>,
    /// Inner steps of one task, k.
    pub steps: usize,
    /// Points of one inner step.
    pub batch: usize,
    /// Inner learning rate α.
    pub learning_rate: f32,
    /// The outer update of each meta-iteration.
    pub rates: Vec<Rate>,
    /// x and y in the order `[meta-iteration][task][step][point]`.
    pub points: Points,
}

impl MetaBatches {
    /// The tasks of `count` meta-iterations from `first` on, of a learner whose moments hold `updates` updates.
    ///
    /// They depend on the seed and the number of the meta-iteration alone.
    #[must_use]
    pub fn draw(config: &Config, sampler: &Sampler, first: u64, updates: u64, count: u64) -> Self {
        Self::draw_some(config, sampler, first..first + count, updates, 0..config.outer.meta_batch)
    }

    /// Those of `tasks` in the meta-iterations of a range.
    #[must_use]
    pub fn draw_some(
        config: &Config,
        sampler: &Sampler,
        iterations: Range<u64>,
        updates: u64,
        tasks: Range<usize>,
    ) -> Self {
        let (steps, batch) = (config.inner.steps, config.inner.batch);
        let first = iterations.start;
        let total = (iterations.end - first) as usize * tasks.len() * steps * batch;
        let mut points = Points { x: Vec::with_capacity(total), y: Vec::with_capacity(total) };
        for iteration in iterations.clone() {
            for task in tasks.clone() {
                let mut rng = Rng::stream(config.seed, Purpose::Training, iteration, task as u64);
                sampler.draw(steps * batch, &mut rng, &mut points);
            }
        }
        let rates = iterations.map(|iteration| config.outer.rate(iteration, updates + iteration - first + 1)).collect();
        let learning_rate = config.inner.learning_rate as f32;
        Self { meta_batch: config.outer.meta_batch, tasks, steps, batch, learning_rate, rates, points }
    }

    /// The same meta-iterations with fewer tasks, some of these.
    #[must_use]
    pub fn part(&self, tasks: Range<usize>) -> Self {
        let size = self.points_of_task();
        let skipped = (tasks.start - self.tasks.start) * size;
        let pick = |numbers: &[f32]| {
            let rows = numbers.chunks_exact(self.tasks.len() * size);
            rows.flat_map(|row| &row[skipped..skipped + tasks.len() * size]).copied().collect()
        };
        let points = Points { x: pick(&self.points.x), y: pick(&self.points.y) };
        Self { tasks, rates: self.rates.clone(), points, ..*self }
    }

    /// Meta-iterations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rates.len()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty()
    }

    /// Points of one task: k minibatches in a row.
    #[must_use]
    pub fn points_of_task(&self) -> usize {
        self.steps * self.batch
    }

    /// Each task of a meta-iteration: its number in the meta-batch and its minibatches (x, y).
    pub fn tasks_of(&self, meta_iteration: usize) -> impl Iterator<Item = (usize, (&[f32], &[f32]))> {
        let size = self.points_of_task();
        let first = meta_iteration * self.tasks.len() * size;
        let x = self.points.x[first..].chunks_exact(size);
        let y = self.points.y[first..].chunks_exact(size);
        self.tasks.clone().zip(x.zip(y))
    }
}

/// The inner loops of one meta-iteration: Σφ over `tasks`, each given with its number.
///
/// `inner_loop` turns θ, given as φ, into the φ of one task by k steps of its optimizer.
pub fn inner_loops<T>(
    theta: &[f32],
    tasks: impl Iterator<Item = (usize, T)>,
    mut inner_loop: impl FnMut(T, &mut [f32]),
    sum: &mut PhiSum,
) {
    for (number, task) in tasks {
        let mut phi = sum.phi(theta);
        inner_loop(task, &mut phi);
        sum.push(Node { tasks: number..number + 1, sum: phi });
    }
}

/// The outer update of one meta-iteration: θ ← θ + ε·(mean φ − θ), once Σφ holds all its n tasks.
pub fn outer_update(learner: &mut Learner, rate: Rate, n: usize, sum: &mut PhiSum) {
    let Some(Node { tasks, sum: mut mean_phi }) = sum.finish() else { return };
    debug_assert_eq!(tasks, 0..n, "Σφ must hold all tasks");
    if n > 1 {
        for number in &mut mean_phi {
            *number /= n as f32;
        }
    }
    learner.update(&mean_phi, rate);
    sum.recycle(mean_phi);
}

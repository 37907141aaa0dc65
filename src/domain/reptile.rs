//! Reptile (Nichol, Achiam and Schulman 2018, Algorithms 1 and 2): serial with a meta-batch of one, batched with more.

use std::cell::OnceCell;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::config::{Config, TaskDistribution};
use super::outer::{Learner, Rate};
use super::rng::{Purpose, Rng};
use super::sum::{Node, PhiSum};
use super::task::{Points, Sampler};

/// The tasks of several meta-iterations in a row, or some tasks of one.
///
/// They are drawn where they are first looked at, so that whoever divides them draws none.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// From what they are drawn, and the first meta-iteration.
    source: Option<(u64, TaskDistribution, u64)>,
    /// x and y in the order `[meta-iteration][task][step][point]`, once they are drawn or where they were given.
    #[serde(skip)]
    points: OnceCell<Points>,
}

impl MetaBatches {
    /// The tasks of `count` meta-iterations from `first` on, of a learner whose moments hold `updates` updates.
    ///
    /// They depend on the seed and the number of the meta-iteration alone.
    #[must_use]
    pub fn draw(config: &Config, first: u64, updates: u64, count: u64) -> Self {
        Self::draw_some(config, first..first + count, updates, 0..config.outer.meta_batch)
    }

    /// Those of `tasks` in the meta-iterations of a range.
    #[must_use]
    pub fn draw_some(config: &Config, iterations: Range<u64>, updates: u64, tasks: Range<usize>) -> Self {
        let first = iterations.start;
        Self {
            meta_batch: config.outer.meta_batch,
            tasks,
            steps: config.inner.steps,
            batch: config.inner.batch,
            learning_rate: config.inner.learning_rate as f32,
            rates: iterations.map(|number| config.outer.rate(number, updates + number - first + 1)).collect(),
            source: Some((config.seed, config.tasks.clone(), first)),
            points: OnceCell::new(),
        }
    }

    /// One meta-iteration on one task, whose minibatches of `batch` points are given.
    #[must_use]
    pub fn of_points(points: Points, batch: usize, learning_rate: f32, rate: Rate) -> Self {
        let steps = points.x.len() / batch;
        let (rates, points) = (vec![rate], OnceCell::from(points));
        Self { meta_batch: 1, tasks: 0..1, steps, batch, learning_rate, rates, source: None, points }
    }

    /// The same meta-iterations with fewer tasks, some of these.
    #[must_use]
    pub fn part(&self, tasks: Range<usize>) -> Self {
        let points = if tasks == self.tasks { self.points.clone() } else { OnceCell::new() };
        Self { tasks, rates: self.rates.clone(), source: self.source.clone(), points, ..*self }
    }

    /// Some of the meta-iterations.
    #[must_use]
    pub fn span(&self, meta_iterations: Range<usize>) -> Self {
        let size = self.tasks.len() * self.points_of_task();
        let points = self.points.get().map(|points| {
            let of_span = meta_iterations.start * size..meta_iterations.end * size;
            OnceCell::from(Points { x: points.x[of_span.clone()].to_vec(), y: points.y[of_span].to_vec() })
        });
        let later = |(seed, distribution, first): &(_, TaskDistribution, u64)| {
            (*seed, distribution.clone(), first + meta_iterations.start as u64)
        };
        Self {
            tasks: self.tasks.clone(),
            rates: self.rates[meta_iterations.clone()].to_vec(),
            source: self.source.as_ref().map(later),
            points: points.unwrap_or_default(),
            ..*self
        }
    }

    /// x and y in the order `[meta-iteration][task][step][point]`.
    #[must_use]
    pub fn points(&self) -> &Points {
        self.points.get_or_init(|| {
            let mut points = Points::default();
            let Some((seed, distribution, first)) = &self.source else { return points };
            let sampler = Sampler::new(distribution);
            for iteration in (*first..).take(self.len()) {
                for task in self.tasks.clone() {
                    let mut rng = Rng::stream(*seed, Purpose::Training, iteration, task as u64);
                    sampler.draw(self.points_of_task(), &mut rng, &mut points);
                }
            }
            points
        })
    }

    /// Meta-iterations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rates.len()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty() || self.tasks.is_empty()
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
        let x = self.points().x[first..].chunks_exact(size);
        let y = self.points().y[first..].chunks_exact(size);
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

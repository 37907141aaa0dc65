//! The tasks and points of meta-iterations, as a backend gets them.

use std::cell::OnceCell;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Algorithm;
use crate::domain::early_stopping::EarlyStopping;
use crate::domain::inner_optimizer::{InnerOptimizer, InnerState, Optimizer};
use crate::domain::outer_optimizer::StepScalars;
use crate::domain::rng::{Purpose, Rng};
use crate::domain::task::TaskDistribution;
use crate::domain::task::sampling::{Count, Points, Sampler};
use crate::domain::training::TrainingSettings;

/// The tasks of several meta-iterations in a row, or some tasks of one.
///
/// They are drawn where they are first looked at, so that whoever divides them draws none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MetaBatches {
    /// What is made of each task.
    pub algorithm: Algorithm,
    /// The inner optimizer, with its rate.
    pub optimizer: Optimizer,
    /// What becomes of its state from task to task.
    pub state: InnerState,
    /// Tasks of one whole meta-iteration, n.
    pub meta_batch: usize,
    /// Which of those n these are, in every meta-iteration.
    pub tasks: Range<usize>,
    /// Inner steps of one task, k.
    pub steps: usize,
    /// Points of one inner step, and of the query behind the last where there is one.
    pub batch: usize,
    /// The outer update of each meta-iteration.
    pub rates: Vec<StepScalars>,
    /// Whether ‖g‖₂ of the last one is wanted.
    pub is_measured: bool,
    /// From what they are drawn, and the first meta-iteration.
    source: Option<(u64, TaskDistribution, u64)>,
    /// x and y in the order `[meta-iteration][task][step][point]`, once they are drawn or where they were given.
    #[serde(skip)]
    points: OnceCell<Points>,
}

impl MetaBatches {
    /// The tasks of `count` meta-iterations from `first` on, of a state whose moments hold `updates` updates.
    ///
    /// They depend on the seed and the number of the meta-iteration alone.
    #[must_use]
    pub fn draw<'a>(training: impl Into<TrainingSettings<'a>>, first: u64, updates: u64, count: u64) -> Self {
        let training = training.into();
        Self::draw_some(training, first..first + count, updates, 0..training.outer.meta_batch)
    }

    /// Those of `tasks` in the meta-iterations of a range.
    #[must_use]
    pub fn draw_some<'a>(
        training: impl Into<TrainingSettings<'a>>,
        iterations: Range<u64>,
        updates: u64,
        tasks: Range<usize>,
    ) -> Self {
        let TrainingSettings { seed, tasks: distribution, algorithm, inner, outer, .. } = training.into();
        let first = iterations.start;
        Self {
            algorithm,
            optimizer: Optimizer::of(inner),
            state: inner.state,
            meta_batch: outer.meta_batch,
            tasks,
            steps: inner.steps,
            batch: inner.batch,
            is_measured: outer.stop.update > 0.0,
            rates: iterations.map(|number| outer.step_scalars(number, updates + number - first + 1)).collect(),
            source: Some((seed, distribution.clone(), first)),
            points: OnceCell::new(),
        }
    }

    /// The same with the step sizes of a run whose checks have found this.
    #[must_use]
    pub fn with_schedule(mut self, early_stopping: &EarlyStopping) -> Self {
        for rate in &mut self.rates {
            rate.step_size *= early_stopping.factor as f32;
        }
        self
    }

    /// One meta-iteration of an algorithm on one task, whose points are given as [`MetaBatches::points`] has them.
    #[must_use]
    pub fn of_points<'a>(training: impl Into<TrainingSettings<'a>>, points: Points, rate: StepScalars) -> Self {
        let drawn = Self::draw_some(training, 0..0, 0, 0..1);
        Self { meta_batch: 1, rates: vec![rate], source: None, points: OnceCell::from(points), ..drawn }
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

    /// x and y in the order `[meta-iteration][task][step][point]`, the query being one step more.
    #[must_use]
    pub fn points(&self) -> &Points {
        self.points.get_or_init(|| {
            let mut points = Points::default();
            let Some((seed, distribution, first)) = &self.source else { return points };
            let sampler = Sampler::new(distribution);
            for iteration in (*first..).take(self.len()) {
                for task in self.tasks.clone() {
                    let mut rng = Rng::stream(*seed, Purpose::Training, iteration, task as u64);
                    self.draw_task(&sampler, &mut rng, &mut points);
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

    /// The points of one task: those of its k inner steps in a row, then those of its query, one step's.
    fn draw_task(&self, sampler: &Sampler, rng: &mut Rng, points: &mut Points) {
        let (support, query) = self.parts_of_task();
        if self.optimizer.kind != InnerOptimizer::Gd {
            sampler.draw(Count { support, query }, rng, points);
            return;
        }
        // Full batch: every step has the same points.
        let mut drawn = Points::default();
        let once = support.min(self.batch);
        sampler.draw(Count { support: once, query }, rng, &mut drawn);
        for (drawn, points) in [(&drawn.x, &mut points.x), (&drawn.y, &mut points.y)] {
            let (again, query) = drawn.split_at(once);
            (0..support / self.batch).for_each(|_| points.extend(again));
            points.extend(query);
        }
    }

    /// Points of one task's inner steps, and of its query: Reptile needs no query, joint training no inner step.
    #[must_use]
    pub fn parts_of_task(&self) -> (usize, usize) {
        let needs = self.algorithm.needs();
        let support = if needs.inner_loop { self.steps * self.batch } else { 0 };
        (support, if needs.query { self.batch } else { 0 })
    }

    /// Points of one task.
    #[must_use]
    pub fn points_of_task(&self) -> usize {
        let (support, query) = self.parts_of_task();
        support + query
    }

    /// Each task of a meta-iteration: its number in the meta-batch and its points (x, y).
    pub fn tasks_of(&self, meta_iteration: usize) -> impl Iterator<Item = (usize, (&[f32], &[f32]))> {
        let size = self.points_of_task();
        let first = meta_iteration * self.tasks.len() * size;
        let x = self.points().x[first..].chunks_exact(size.max(1));
        let y = self.points().y[first..].chunks_exact(size.max(1));
        self.tasks.clone().zip(x.zip(y))
    }
}

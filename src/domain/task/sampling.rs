//! The points drawn from tasks: minibatches, shots and query sets.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::curve::TrueCurve;
use super::{Task, TaskDistribution, grid, support_range};
use crate::domain::rng::{Purpose, Rng};

/// Points in the order that they were drawn in: x and y of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// Inputs.
    #[serde(with = "crate::domain::float_bytes")]
    pub x: Vec<f32>,
    /// Observed outputs.
    #[serde(with = "crate::domain::float_bytes")]
    pub y: Vec<f32>,
}

/// Draws grid indices without replacement, and begins anew from a full shuffle when all have been used.
struct WithoutReplacement {
    order: Vec<usize>,
    used: usize,
}

impl WithoutReplacement {
    fn new(indices: Range<usize>) -> Self {
        Self { order: indices.collect(), used: 0 }
    }

    /// Puts more indices among those that have not been used.
    fn add(&mut self, indices: Range<usize>) {
        self.order.extend(indices);
    }

    /// Whether every index has been used since the last shuffle.
    fn is_used_up(&self) -> bool {
        self.used == self.order.len()
    }

    /// One step of the Fisher–Yates shuffle: every order is equally likely.
    fn draw(&mut self, rng: &mut Rng) -> usize {
        if self.is_used_up() {
            self.used = 0;
        }
        let chosen = self.used + rng.below(self.order.len() - self.used);
        self.order.swap(self.used, chosen);
        self.used += 1;
        self.order[self.used - 1]
    }
}

/// How many points of a task are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Points to adapt to, from the grid points within `tasks.shots`: inner minibatches, or shots.
    pub support: usize,
    /// Points behind them to measure the adapted φ on, none of them in the support: grid points as long as there are any
    /// left, then points between those of the grid.
    pub query: usize,
}

impl Count {
    /// Support without a query.
    #[must_use]
    pub fn support(support: usize) -> Self {
        Self { support, query: 0 }
    }
}

/// Draws tasks and the points of their minibatches or shots.
///
/// Holds the grid, so that a draw allocates only its result.
#[derive(Clone, Debug)]
pub struct Sampler {
    distribution: TaskDistribution,
    grid: Vec<f32>,
    support: Range<usize>,
}

impl Sampler {
    /// A sampler of the distribution.
    #[must_use]
    pub fn new(distribution: &TaskDistribution) -> Self {
        Self { distribution: distribution.clone(), grid: grid(distribution), support: support_range(distribution) }
    }

    /// The grid of x.
    #[must_use]
    pub fn grid(&self) -> &[f32] {
        &self.grid
    }

    /// Appends observations of a true curve to `points`.
    ///
    /// The support has grid points within `tasks.shots`, without repeats until all have been used; consecutive slices of
    /// it are the minibatches of the inner loop. The query has points that the support has not: what it left of the grid
    /// and the grid points outside `tasks.shots`, without repeats; when those are used up, points between the grid's,
    /// uniform in `tasks.x`. So φ is measured where it was not adapted, however many inner steps there are.
    pub fn observe(&self, value: impl Fn(f32) -> f32, count: Count, rng: &mut Rng, points: &mut Points) {
        let noise = self.distribution.noise as f32;
        let mut points_left = WithoutReplacement::new(self.support.clone());
        for number in 0..count.support + count.query {
            if number == count.support {
                if count.support >= self.support.len() {
                    // The support has every point within `tasks.shots`, some of them more than once.
                    points_left = WithoutReplacement::new(0..0);
                }
                points_left.add(0..self.support.start);
                points_left.add(self.support.end..self.grid.len());
            }
            let is_between = number >= count.support && points_left.is_used_up();
            let x = if is_between { self.between(rng) } else { self.grid[points_left.draw(rng)] };
            points.x.push(x);
            points.y.push(if noise > 0.0 { value(x) + noise * rng.normal() } else { value(x) });
        }
    }

    /// An x that lies between two neighbours of the grid and is neither, uniform in `tasks.x`.
    fn between(&self, rng: &mut Rng) -> f32 {
        let left = rng.below(self.grid.len() - 1);
        let (low, high) = (self.grid[left], self.grid[left + 1]);
        // Rounding may give an end. Only where single precision has no number between the two does it stay one.
        rng.uniform(low, high).max(low.next_up()).min(high.next_down())
    }

    /// A task and observations of it, appended to `points`.
    pub fn draw(&self, count: Count, rng: &mut Rng, points: &mut Points) -> Task {
        let task = Task::sample(&self.distribution, rng);
        self.observe(|x| task.value(x), count, rng, points);
        task
    }
}

/// `count` shots of the shown curve: the `number`-th resampling of them.
#[must_use]
pub fn shots(
    distribution: &TaskDistribution,
    seed: u64,
    curve: &TrueCurve,
    count: usize,
    number: u64,
) -> Vec<[f32; 2]> {
    let mut points = Points::default();
    let mut rng = Rng::stream(seed, Purpose::Shown, 0, number);
    Sampler::new(distribution).observe(|x| curve.value(x), Count::support(count), &mut rng, &mut points);
    points.x.into_iter().zip(points.y).map(|(x, y)| [x, y]).collect()
}

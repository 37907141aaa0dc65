//! Sinusoid tasks, their distribution, and the points drawn from them.

use serde::{Deserialize, Serialize};

use super::config::{Config, TaskDistribution};
use super::rng::{Purpose, Rng};
use crate::math;

/// A regression task: y = a·sin(x + p).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Amplitude a, in units of y.
    pub amplitude: f32,
    /// Phase p, in radians.
    pub phase: f32,
}

impl Task {
    /// A draw from the distribution.
    pub fn sample(distribution: &TaskDistribution, rng: &mut Rng) -> Self {
        let [low, high] = distribution.amplitude;
        let amplitude = rng.uniform(low as f32, high as f32);
        let [low, high] = distribution.phase;
        Self { amplitude, phase: rng.uniform(low as f32, high as f32) }
    }

    /// The true y at x.
    #[must_use]
    pub fn value(self, x: f32) -> f32 {
        self.amplitude * math::sin(x + self.phase)
    }

    /// Whether the training distribution can draw it.
    #[must_use]
    pub fn is_in(self, distribution: &TaskDistribution) -> bool {
        let within = |value: f32, [low, high]: [f64; 2]| (low as f32..=high as f32).contains(&value);
        within(self.amplitude, distribution.amplitude) && within(self.phase, distribution.phase)
    }

    /// Observes the task at `x`, with the distribution's noise.
    fn observe(self, x: f32, noise: f32, rng: &mut Rng) -> f32 {
        let value = self.value(x);
        if noise > 0.0 { value + noise * rng.normal() } else { value }
    }
}

/// The evenly spaced grid of x, ends included.
#[must_use]
pub fn grid(distribution: &TaskDistribution) -> Vec<f32> {
    let [low, high] = distribution.x;
    let last = (distribution.grid - 1) as f64;
    (0..distribution.grid).map(|i| (low + (high - low) * i as f64 / last) as f32).collect()
}

/// Points in the order that they were drawn in: x and y of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// Inputs.
    #[serde(with = "crate::numbers")]
    pub x: Vec<f32>,
    /// Observed outputs.
    #[serde(with = "crate::numbers")]
    pub y: Vec<f32>,
}

/// Draws grid indices without replacement, and begins anew from a full shuffle when all have been used.
struct Deck {
    order: Vec<usize>,
    used: usize,
}

impl Deck {
    fn new(size: usize) -> Self {
        Self { order: (0..size).collect(), used: 0 }
    }

    /// One step of the Fisher–Yates shuffle: every order of the deck is equally likely.
    fn draw(&mut self, rng: &mut Rng) -> usize {
        if self.used == self.order.len() {
            self.used = 0;
        }
        let chosen = self.used + rng.below(self.order.len() - self.used);
        self.order.swap(self.used, chosen);
        self.used += 1;
        self.order[self.used - 1]
    }
}

/// Draws tasks and the points of their minibatches or shots.
///
/// Holds the grid, so that a draw allocates only its result.
#[derive(Clone, Debug)]
pub struct Sampler {
    distribution: TaskDistribution,
    grid: Vec<f32>,
}

impl Sampler {
    /// A sampler of the distribution.
    #[must_use]
    pub fn new(distribution: &TaskDistribution) -> Self {
        Self { distribution: distribution.clone(), grid: grid(distribution) }
    }

    /// The grid of x.
    #[must_use]
    pub fn grid(&self) -> &[f32] {
        &self.grid
    }

    /// Appends `count` observations of `task` to `points`, grid points without repeats until all have been used.
    ///
    /// Consecutive slices of them are the minibatches of the inner loop.
    pub fn observe(&self, task: &Task, count: usize, rng: &mut Rng, points: &mut Points) {
        let noise = self.distribution.noise as f32;
        let mut deck = Deck::new(self.grid.len());
        for _ in 0..count {
            let x = self.grid[deck.draw(rng)];
            points.x.push(x);
            points.y.push(task.observe(x, noise, rng));
        }
    }

    /// A task and `count` observations of it, appended to `points`.
    pub fn draw(&self, count: usize, rng: &mut Rng, points: &mut Points) -> Task {
        let task = Task::sample(&self.distribution, rng);
        self.observe(&task, count, rng, points);
        task
    }
}

/// `count` shots of one shown task: the `number`-th resampling of them.
#[must_use]
pub fn shots(config: &Config, task: &Task, count: usize, number: u64) -> Vec<[f32; 2]> {
    let mut points = Points::default();
    let mut rng = Rng::stream(config.seed, Purpose::Shown, 0, number);
    Sampler::new(&config.tasks).observe(task, count, &mut rng, &mut points);
    points.x.into_iter().zip(points.y).map(|(x, y)| [x, y]).collect()
}

/// The `number`-th random task of a Config's distribution, for showing.
#[must_use]
pub fn shown_task(config: &Config, number: u64) -> Task {
    Task::sample(&config.tasks, &mut Rng::stream(config.seed, Purpose::Shown, 1, number))
}

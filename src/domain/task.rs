//! Tasks, their distribution, and the points drawn from them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::config::{Config, TaskDistribution};
use super::curve::TrueCurve;
use super::family::Family;
use super::rng::{Purpose, Rng};

/// A regression task: a curve of a family.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The family.
    pub family: Family,
    /// Amplitude a, in units of y.
    pub amplitude: f32,
    /// Phase p, in radians.
    pub phase: f32,
    /// Frequency f, in radians per unit of x; of no meaning where the family is not periodic.
    pub frequency: f32,
}

impl Task {
    /// y = a·sin(x + p), the task of the Reptile paper.
    #[must_use]
    pub const fn sinusoid(amplitude: f32, phase: f32) -> Self {
        Self { family: Family::Sinusoid, amplitude, phase, frequency: 1.0 }
    }

    /// A task of the distribution's first family, with the frequency 1 or the nearest to it that the distribution draws.
    #[must_use]
    pub fn of(distribution: &TaskDistribution, amplitude: f32, phase: f32) -> Self {
        let [low, high] = distribution.frequency.map(|end| end as f32);
        let family = distribution.families().next().unwrap_or(Family::Sinusoid);
        Self { family, amplitude, phase, frequency: 1_f32.clamp(low, high) }
    }

    /// A draw from the distribution.
    ///
    /// Family and frequency use random numbers only where they vary, so that a distribution of sinusoids of one frequency
    /// draws what it drew before there were others.
    pub fn sample(distribution: &TaskDistribution, rng: &mut Rng) -> Self {
        let mut within = |[low, high]: [f64; 2]| rng.uniform(low as f32, high as f32);
        let amplitude = within(distribution.amplitude);
        let phase = within(distribution.phase);
        let [low, high] = distribution.frequency;
        let family = distribution.only_family().unwrap_or_else(|| sample_family(&distribution.weights, rng));
        let frequency = if low < high { rng.uniform(low as f32, high as f32) } else { low as f32 };
        Self { family, amplitude, phase, frequency }
    }

    /// The true y at x.
    #[must_use]
    pub fn value(self, x: f32) -> f32 {
        self.amplitude * self.family.curve(x, self.phase, self.frequency)
    }

    /// Whether the training distribution can draw it.
    #[must_use]
    pub fn is_in(self, distribution: &TaskDistribution) -> bool {
        let within = |value: f32, [low, high]: [f64; 2]| (low as f32..=high as f32).contains(&value);
        distribution.families().any(|family| family == self.family)
            && within(self.amplitude, distribution.amplitude)
            && within(self.phase, distribution.phase)
            && (!self.family.is_periodic() || within(self.frequency, distribution.frequency))
    }
}

/// A family, each as often as its weight says; at least one weight is positive.
fn sample_family(weights: &[f64; 6], rng: &mut Rng) -> Family {
    let threshold = f64::from(rng.unit()) * weights.iter().sum::<f64>();
    let mut sum = 0.0;
    let chosen = weights.iter().position(|weight| {
        sum += weight;
        threshold < sum
    });
    // The last sum is the whole one, and the threshold lies below it.
    Family::ALL[chosen.unwrap_or_default()]
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
    #[serde(with = "crate::domain::float_bytes")]
    pub x: Vec<f32>,
    /// Observed outputs.
    #[serde(with = "crate::domain::float_bytes")]
    pub y: Vec<f32>,
}

/// The grid points that support is drawn from: those within `tasks.shots`, a run of the grid's indices.
#[must_use]
pub fn support_range(distribution: &TaskDistribution) -> Range<usize> {
    let [low, high] = distribution.shots.map(|end| end as f32);
    let grid = grid(distribution);
    grid.partition_point(|&x| x < low)..grid.partition_point(|&x| x <= high)
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

    /// One step of the Fisher–Yates shuffle: every order of the points_left is equally likely.
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

/// How many points of a task are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Points to adapt to, from the grid points within `tasks.shots`: inner minibatches, or shots.
    pub support: usize,
    /// Points behind them to measure the adapted φ on, from the whole grid, preferably such as were not in the support.
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

    /// Appends observations of a true curve to `points`, grid points without repeats until all have been used.
    ///
    /// Consecutive slices of the support are the minibatches of the inner loop. The query goes on with what the support
    /// left over, to which the grid points outside `tasks.shots` come.
    pub fn observe(&self, value: impl Fn(f32) -> f32, count: Count, rng: &mut Rng, points: &mut Points) {
        let noise = self.distribution.noise as f32;
        let mut points_left = WithoutReplacement::new(self.support.clone());
        for number in 0..count.support + count.query {
            if number == count.support {
                points_left.add(0..self.support.start);
                points_left.add(self.support.end..self.grid.len());
            }
            let x = self.grid[points_left.draw(rng)];
            points.x.push(x);
            points.y.push(if noise > 0.0 { value(x) + noise * rng.normal() } else { value(x) });
        }
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
pub fn shots(config: &Config, curve: &TrueCurve, count: usize, number: u64) -> Vec<[f32; 2]> {
    let mut points = Points::default();
    let mut rng = Rng::stream(config.seed, Purpose::Shown, 0, number);
    Sampler::new(&config.tasks).observe(|x| curve.value(x), Count::support(count), &mut rng, &mut points);
    points.x.into_iter().zip(points.y).map(|(x, y)| [x, y]).collect()
}

/// The `number`-th random task of a Config's distribution, for showing.
#[must_use]
pub fn shown_task(config: &Config, number: u64) -> Task {
    Task::sample(&config.tasks, &mut Rng::stream(config.seed, Purpose::Shown, 1, number))
}

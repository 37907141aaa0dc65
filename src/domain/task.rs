//! Tasks, and the distribution that they are drawn from.

pub mod average;
pub mod curve;
pub mod family;
pub mod sampling;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use self::family::{Families, Family};
use super::choice::Named;
use super::rng::{Purpose, Rng};

/// How many families there are.
const FAMILIES: usize = Family::ALL.len();

/// The distribution of tasks: amplitude, phase and frequency uniform in their intervals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskDistribution {
    /// The family of curves, or a mixture of all of them.
    pub family: Families,
    /// How often a mixture draws each family, in the order of [`Family::ALL`] and relative to their sum.
    pub weights: [f64; FAMILIES],
    /// Interval of the amplitude a, in units of y.
    pub amplitude: [f64; 2],
    /// Interval of the phase p, in radians.
    pub phase: [f64; 2],
    /// Interval of the frequency f of periodic families, in radians per unit of x.
    pub frequency: [f64; 2],
    /// Standard deviation of the Gaussian noise on observed y.
    pub noise: f64,
    /// Interval of x.
    pub x: [f64; 2],
    /// Interval of x that support comes from: inner minibatches and shots. Grid points outside of it are there for MAML's
    /// query points, joint training and the error, which are always of the whole grid. The default holds every possible
    /// `x`, and so sets no bounds.
    pub shots: [f64; 2],
    /// Number of evenly spaced grid points in `x`, ends included.
    pub grid: usize,
}

impl TaskDistribution {
    /// The families that it draws.
    pub fn families(&self) -> impl Iterator<Item = Family> {
        let only = self.family.only();
        let is_drawn = move |(family, weight): &(Family, f64)| only.map_or(*weight > 0.0, |only| only == *family);
        Family::ALL.iter().copied().zip(self.weights).filter(is_drawn).map(|(family, _)| family)
    }

    /// Whether another distribution draws the same curves on the same interval of x. How they are observed, noise, grid and
    /// where shots come from, is no part of it.
    #[must_use]
    pub fn draws_as(&self, other: &Self) -> bool {
        let is_periodic = self.families().any(Family::is_periodic);
        self.family == other.family
            && (self.family != Families::Mixture || self.weights == other.weights)
            && (!is_periodic || self.frequency == other.frequency)
            && (self.amplitude, self.phase, self.x) == (other.amplitude, other.phase, other.x)
    }

    /// The only family that it draws, if there is but one.
    #[must_use]
    pub fn only_family(&self) -> Option<Family> {
        let mut families = self.families();
        families.next().filter(|_| families.next().is_none())
    }
}

impl Default for TaskDistribution {
    fn default() -> Self {
        Self {
            family: Families::One(Family::Sinusoid),
            weights: [1.0; FAMILIES],
            amplitude: [0.1, 5.0],
            phase: [0.0, std::f64::consts::TAU],
            frequency: [1.0, 1.0],
            noise: 0.0,
            x: [-5.0, 5.0],
            shots: [-20.0, 20.0],
            grid: 50,
        }
    }
}

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
fn sample_family(weights: &[f64; FAMILIES], rng: &mut Rng) -> Family {
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

/// The grid points that support is drawn from: those within `tasks.shots`, a run of the grid's indices.
#[must_use]
pub fn support_range(distribution: &TaskDistribution) -> Range<usize> {
    let [low, high] = distribution.shots.map(|end| end as f32);
    let grid = grid(distribution);
    grid.partition_point(|&x| x < low)..grid.partition_point(|&x| x <= high)
}

/// The `number`-th random task of a distribution, for showing.
#[must_use]
pub fn shown_task(distribution: &TaskDistribution, seed: u64, number: u64) -> Task {
    Task::sample(distribution, &mut Rng::stream(seed, Purpose::Shown, 1, number))
}

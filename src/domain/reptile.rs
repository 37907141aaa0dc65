//! Reptile (Nichol, Achiam and Schulman 2018, Algorithms 1 and 2): serial with a meta-batch of one, batched with more.

use super::config::Config;
use super::outer::{Learner, Rate};
use super::rng::{Purpose, Rng};
use super::task::{Points, Sampler};

/// The tasks of several meta-iterations in a row, as the points that their inner loops will see.
#[derive(Clone, Debug, PartialEq)]
pub struct MetaBatches {
    /// Tasks of one meta-iteration, n.
    pub tasks: usize,
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
        let (tasks, steps, batch) = (config.outer.meta_batch, config.inner.steps, config.inner.batch);
        let total = count as usize * tasks * steps * batch;
        let mut points = Points { x: Vec::with_capacity(total), y: Vec::with_capacity(total) };
        for iteration in first..first + count {
            for task in 0..tasks {
                let mut rng = Rng::stream(config.seed, Purpose::Training, iteration, task as u64);
                sampler.draw(steps * batch, &mut rng, &mut points);
            }
        }
        let rates = (0..count).map(|i| config.outer.rate(first + i, updates + i + 1)).collect();
        Self { tasks, steps, batch, learning_rate: config.inner.learning_rate as f32, rates, points }
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

    /// Each meta-iteration: its outer update and the minibatches (x, y) of each of its tasks.
    pub fn iter(&self) -> impl Iterator<Item = (Rate, impl Iterator<Item = (&[f32], &[f32])>)> {
        let size = self.points_of_task();
        let x = self.points.x.chunks_exact(self.tasks * size);
        let y = self.points.y.chunks_exact(self.tasks * size);
        self.rates.iter().copied().zip(x.zip(y).map(move |(x, y)| x.chunks_exact(size).zip(y.chunks_exact(size))))
    }
}

/// One meta-iteration. `inner_loop` turns θ, given as φ, into the φ of one task by k steps of its optimizer.
///
/// `phi` and `mean_phi` are room to work in, of θ's length; `mean_phi` holds mean φ afterwards.
pub fn meta_iteration<T>(
    learner: &mut Learner,
    rate: Rate,
    tasks: impl Iterator<Item = T>,
    mut inner_loop: impl FnMut(T, &mut [f32]),
    phi: &mut [f32],
    mean_phi: &mut [f32],
) {
    let mut n = 0;
    mean_phi.fill(0.0);
    for task in tasks {
        phi.copy_from_slice(&learner.theta);
        inner_loop(task, phi);
        for (sum, phi) in mean_phi.iter_mut().zip(&*phi) {
            *sum += phi;
        }
        n += 1;
    }
    for sum in &mut *mean_phi {
        *sum /= n as f32;
    }
    learner.update(mean_phi, rate);
}

//! One meta-iteration of Reptile on two tasks with all its intermediate results, which the page shows step by step.

use super::protocol::{Adapted, OfTask, TwoTasks};
use crate::backend::kernel_backend::{Kernel, Slice};
use crate::domain::adaptation::mean_squared_error;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::algorithm::{Algorithm, meta_iteration};
use crate::domain::alignment::{inner_product, over};
use crate::domain::config::Config;
use crate::domain::inner_optimizer::{InnerState, Optimizer};
use crate::domain::network::Network;
use crate::domain::outer_optimizer::{LayerRate, OuterOptimizer};
use crate::domain::pairwise_sum::{PairwiseSum, PartialSum};
use crate::domain::rng::{Purpose, Rng};
use crate::domain::schedule::Schedule;
use crate::domain::task;
use crate::domain::task::Task;
use crate::domain::train_state::TrainState;

/// The Config with Reptile as its algorithm, a meta-batch of two and the plain outer update θ ← θ + ε·(mean φ − θ) of
/// constant ε = `step_size`, whatever its own settings are.
#[must_use]
pub fn plain(config: &Config, step_size: f64) -> Config {
    let mut config = Config { algorithm: Algorithm::Reptile, ..config.clone() };
    config.inner.state = InnerState::Reset;
    config.outer.optimizer = OuterOptimizer::Sgd;
    config.outer.schedule = Schedule::Constant;
    config.outer.step_size = step_size;
    config.outer.meta_batch = 2;
    config.outer.layers.clear();
    config
}

/// A task of the meta-iteration of this `number`: the random stream of its points begins with the draw of the task itself.
#[must_use]
pub fn task_of(config: &Config, number: u64, task: usize) -> Task {
    Task::sample(&config.tasks, &mut Rng::stream(config.seed, Purpose::Training, number, task as u64))
}

/// The meta-iteration of this `number` from θ, on its first two tasks.
#[must_use]
pub fn two_tasks<K: Kernel>(config: &Config, theta: &[f32], number: u64, step_size: f64) -> TwoTasks {
    let config = plain(config, step_size);
    let batches = MetaBatches::draw(&config, number, 0, 1);
    let mut inner = InnerLoops {
        kernel: K::new(&Network::new(&config.model)),
        grid: task::grid(&config.tasks),
        optimizer: batches.optimizer,
        batch: batches.batch,
    };
    let mut train_state = TrainState::new(inner.kernel.pack(theta));
    let start = train_state.theta.clone();
    let mut sum = PairwiseSum::default();
    let mut adapted: Vec<(OfTask, Vec<f32>)> = Vec::new();
    for (number_of_task, points) in batches.tasks_of(0) {
        let task = task_of(&config, number, number_of_task);
        let truth: Vec<f32> = inner.grid.iter().map(|&x| task.value(x)).collect();
        let (before, phi) = inner.run(&start, points, &truth);
        sum.push(PartialSum { tasks: number_of_task..number_of_task + 1, sum: phi.clone() });
        let displacement = difference(&phi, &start);
        let minibatches = points.0.chunks(inner.batch).zip(points.1.chunks(inner.batch));
        let minibatches = minibatches.map(|(x, y)| x.iter().zip(y).map(|(&x, &y)| [x, y]).collect()).collect();
        let after = before.clone();
        let distance = length(&displacement);
        adapted.push((OfTask { task, truth, minibatches, before, after, distance }, displacement));
    }
    let layers = LayerRate::of(&config.outer, inner.kernel.layers());
    meta_iteration::outer_update(&mut train_state, &layers, &batches, 0, &mut sum);
    for ((of_task, _), (_, points)) in adapted.iter_mut().zip(batches.tasks_of(0)) {
        of_task.after = inner.run(&train_state.theta, points, &of_task.truth).0;
    }
    let [u, v] = [&adapted[0].1, &adapted[1].1];
    let cosine = over(inner_product(u, v), length(u) * length(v));
    let to_mean: Vec<f32> = u.iter().zip(v).map(|(u, v)| f32::midpoint(*u, *v)).collect();
    TwoTasks {
        number,
        step_size,
        cosine,
        to_mean: length(&to_mean),
        moved: length(&difference(&train_state.theta, &start)),
        theta: inner.kernel.unpack(&train_state.theta),
        grid: inner.grid,
        tasks: adapted.into_iter().map(|(of_task, _)| of_task).collect(),
    }
}

/// What both tasks' inner loops share.
struct InnerLoops<K> {
    kernel: K,
    grid: Vec<f32>,
    optimizer: Optimizer,
    batch: usize,
}

impl<K: Kernel> InnerLoops<K> {
    /// Runs the inner loop from `start`, in the kernel's layout, and evaluates φ after every step; returns φ after the
    /// last step, too.
    fn run(&mut self, start: &[f32], (x, y): Slice, truth: &[f32]) -> (Adapted, Vec<f32>) {
        let Self { kernel, grid, optimizer, batch } = self;
        let mut phi = start.to_vec();
        let mut state = optimizer.fresh(phi.len());
        let mut predictions = Vec::new();
        let mut predict = |kernel: &mut K, phi: &[f32]| {
            let mut row = Vec::with_capacity(grid.len());
            kernel.predict(phi, grid, &mut row);
            predictions.push(row);
        };
        predict(kernel, &phi);
        for minibatch in x.chunks(*batch).zip(y.chunks(*batch)) {
            kernel.inner_steps(&mut phi, minibatch, *batch, optimizer, &mut state);
            predict(kernel, &phi);
        }
        let mse = predictions.iter().map(|row| mean_squared_error(row, truth)).collect();
        (Adapted { mse, steps: (0..predictions.len()).collect(), predictions }, phi)
    }
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn length(a: &[f32]) -> f64 {
    inner_product(a, a).sqrt()
}

//! The CPU backend by itself, on this machine: `cargo bench --bench cpu`.
//!
//! An item is a floating-point operation, counted as 6 × weights × points (the forward pass alone: 2 ×), so that
//! Gitem/s reads as GFLOP/s. `cargo xtask bench` compares the same work with others.

use divan::Bencher;
use divan::counter::ItemsCount;
use pollster::block_on;
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::task::sampling::Sampler;
use reptile_lab::domain::train_state::TrainState;

/// Meta-iterations of a sample, so that what surrounds them does not show.
const TOGETHER: u64 = 20;

fn main() {
    divan::main();
}

/// The paper's inner loop on another network.
fn config(hidden: &[usize], activation: Activation) -> Config {
    let mut config = Preset::Paper.config();
    config.model.hidden = hidden.to_vec();
    config.model.activation = activation;
    // Training goes on for as long as it is measured: θ must not diverge, and slow numbers near zero must not come up.
    config.outer.step_size = 0.01;
    config
}

fn start(config: &Config) -> TrainState {
    TrainState::of(config)
}

fn operations(config: &Config, points: usize) -> u64 {
    let weights: usize = Network::new(&config.model).layers().map(|layer| layer.inputs * layer.outputs).sum();
    (6 * weights * points) as u64
}

/// Measures meta-iterations whose minibatches are drawn beforehand.
fn train(bencher: Bencher, config: &Config) {
    let batches = MetaBatches::draw(config, 0, 0, TOGETHER);
    let mut cpu = Cpu::new(config, &start(config));
    let count = ItemsCount::new(operations(config, batches.points().x.len()));
    bencher.counter(count).bench_local(|| block_on(cpu.train(&batches)).expect("the CPU does not fail"));
}

/// Twenty meta-iterations of the paper's preset, by the width of its two hidden layers.
#[divan::bench(args = [16, 32, 64, 128])]
fn meta_iterations_by_width(bencher: Bencher, width: usize) {
    train(bencher, &config(&[width, width], Activation::Tanh));
}

/// The same, by the number of hidden layers of 64.
#[divan::bench(args = [1, 2, 3, 4])]
fn meta_iterations_by_depth(bencher: Bencher, depth: usize) {
    train(bencher, &config(&vec![64; depth], Activation::Tanh));
}

/// The same, by activation.
#[divan::bench(args = Activation::ALL.iter().copied())]
fn meta_iterations_by_activation(bencher: Bencher, activation: Activation) {
    train(bencher, &config(&[64, 64], activation));
}

/// The same, by the tasks of a meta-batch.
#[divan::bench(args = [1, 4, 16])]
fn meta_iterations_by_meta_batch(bencher: Bencher, tasks: usize) {
    let mut config = config(&[64, 64], Activation::Tanh);
    config.outer.meta_batch = tasks;
    train(bencher, &config);
}

/// Drawing the tasks and minibatches of twenty meta-iterations of the paper's preset, which training needs as well. An
/// item is a point.
#[divan::bench]
fn draw(bencher: Bencher) {
    let config = Preset::Paper.config();
    let _sampler = Sampler::new(&config.tasks);
    let points = TOGETHER as usize * config.inner.steps * config.inner.batch;
    bencher.counter(ItemsCount::new(points)).bench_local(|| MetaBatches::draw(&config, 0, 0, TOGETHER));
}

/// The evaluation protocol on 1,000 tasks: 32 steps on ten shots each, and the predictions on the grid that it records.
#[divan::bench(sample_count = 10)]
fn evaluation(bencher: Bencher) {
    let config = Preset::Paper.config();
    let held_out = HeldOut::new(&config, 1000);
    let adaptations = held_out.adaptations(0..held_out.len());
    let mut cpu = Cpu::new(&config, &start(&config));
    let gradients = operations(&config, held_out.len() * config.eval.steps * config.eval.shots);
    let predictions = operations(&config, adaptations.predictions()) / 3;
    bencher.counter(ItemsCount::new(gradients + predictions)).bench_local(|| {
        let predictions = block_on(cpu.adapt(None, &adaptations)).expect("the CPU does not fail");
        held_out.errors(0..held_out.len(), &predictions)
    });
}

//! What a run should come to: θ by the native CPU backend, which the parity tests compare with the reference.

use pollster::block_on;
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::train_state::TrainState;

/// θ after some meta-iterations from a Config's start, in one piece.
pub fn trained(config: &Config, iterations: u64) -> Vec<f32> {
    let start = TrainState::of(config);
    let mut cpu = Cpu::new(config, &start);
    block_on(cpu.train(&MetaBatches::draw(config, 0, 0, iterations))).expect("the CPU does not fail");
    block_on(cpu.train_state()).expect("the CPU does not fail").theta
}

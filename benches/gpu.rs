//! Speed of the GPU backend on the adapter that there is.
//!
//! `cargo bench --bench gpu [-- MOST]`, with MOST the largest meta-batch to try. For the paper preset with meta-batches
//! of 1, 4, 16, … it prints one JSON object a line: meta-iterations and tasks a second by the clock on the wall, with the
//! device's work done at its end, and tasks a second of the kernels alone where the adapter has timestamps. Then the
//! evaluation of 1,000 held-out tasks. Progress goes to standard error.

use std::time::Instant;

use pollster::block_on;
use reptile_lab::backend::gpu::Gpu;
use reptile_lab::backend::gpu::device::Device;
use reptile_lab::backend::{Backend, BackendError};
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::task::sampling::Sampler;
use reptile_lab::domain::train_state::TrainState;
use serde_json::{Value, json};

const META_BATCHES: [usize; 6] = [1, 4, 16, 64, 256, 1024];
/// Seconds that a chunk of meta-iterations should take, and that a measurement should last.
const CHUNK: f64 = 0.05;
const MEASUREMENT: f64 = 2.0;
/// Most tasks of a chunk, which bounds the memory for their points.
const LARGEST_CHUNK: usize = 1 << 16;

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        println!("{}", json!({ "bench": "gpu", "adapter": null, "reason": error.to_string() }));
    }
}

fn run() -> Result<(), BackendError> {
    // Cargo passes --bench.
    let most = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(usize::MAX);
    let mut config = Preset::Paper.config();
    let train_state = TrainState::of(&config);
    let device = block_on(Device::open_with_timer())?;
    let (driver, backend) = device.driver();
    let adapter = json!({ "bench": "gpu", "adapter": device.name(), "driver": driver, "backend": backend });
    let mut gpu = block_on(Gpu::on(device, &config, &train_state))?;
    let report = |values: Value| {
        let mut line = adapter.clone();
        if let (Some(line), Value::Object(values)) = (line.as_object_mut(), values) {
            line.extend(values);
        }
        println!("{line}");
    };
    for meta_batch in META_BATCHES.into_iter().filter(|&meta_batch| meta_batch <= most) {
        config.outer.meta_batch = meta_batch;
        gpu.load(&config, &train_state)?;
        let speed = measure(&mut gpu, &config)?;
        let tasks = |rate: f64| rate * meta_batch as f64;
        let kernels = speed.kernel_seconds.map(|seconds| tasks(speed.iterations as f64 / seconds));
        let rate = speed.iterations as f64 / speed.seconds;
        eprintln!("n = {meta_batch}: {rate:.0} meta-iterations/s, {:.0} tasks/s", tasks(rate));
        report(json!({
            "meta_batch": meta_batch,
            "meta_iterations_per_second": rate,
            "tasks_per_second": tasks(rate),
            "kernel_tasks_per_second": kernels,
        }));
    }
    let held_out = HeldOut::new(&config, config.eval.tasks);
    let adaptations = held_out.adaptations(0..config.eval.tasks);
    block_on(gpu.adapt(None, &adaptations))?;
    let start = Instant::now();
    block_on(gpu.adapt(None, &adaptations))?;
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("evaluation of {} tasks: {:.1} ms", config.eval.tasks, 1e3 * seconds);
    report(json!({ "evaluated_tasks": config.eval.tasks, "evaluation_seconds": seconds }));
    Ok(())
}

/// What was measured.
struct Speed {
    iterations: u64,
    /// From the first call until the device was done with the last.
    seconds: f64,
    /// Of which shaders ran, where the adapter tells.
    kernel_seconds: Option<f64>,
}

fn measure(gpu: &mut Gpu, config: &Config) -> Result<Speed, BackendError> {
    let _sampler = Sampler::new(&config.tasks);
    let most = (LARGEST_CHUNK / config.outer.meta_batch) as u64;
    let mut chunk = 1;
    // Chunks that grow until they are long enough also warm up shaders and caches.
    loop {
        let batches = MetaBatches::draw(config, 0, 0, chunk);
        let start = Instant::now();
        block_on(gpu.train(&batches))?;
        block_on(gpu.finish())?;
        let seconds = start.elapsed().as_secs_f64();
        if chunk == most || seconds >= CHUNK {
            return repeat(gpu, &batches);
        }
        chunk = ((chunk as f64 * 1.2 * CHUNK / seconds) as u64).clamp(chunk + 1, chunk * 8).min(most);
    }
}

/// Trains on the same tasks again and again: drawing them is not the device's work.
fn repeat(gpu: &mut Gpu, batches: &MetaBatches) -> Result<Speed, BackendError> {
    let mut iterations = 0;
    block_on(gpu.device().take_kernel_seconds())?;
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < MEASUREMENT {
        block_on(gpu.train(batches))?;
        iterations += batches.len() as u64;
    }
    block_on(gpu.finish())?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Speed { iterations, seconds, kernel_seconds: block_on(gpu.device().take_kernel_seconds())? })
}

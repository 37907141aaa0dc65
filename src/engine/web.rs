//! The engine in a browser: the worker that holds the session, its helpers, and the page's end of the connection.

mod adapter;
pub mod client;
mod codec;
mod executor;
mod gpu_openers;
mod gpu_probe;
pub mod helper;
mod keep_awake;
pub mod webgpu;
pub mod worker;

use gpu_openers::GpuOpeners;

/// Runs this worker: as the engine, with a GPU where its program has the code for one, or as one of an engine's helpers.
///
/// # Panics
/// Outside a dedicated worker.
pub fn run(gpu: Option<GpuOpeners>) {
    if helper::is_helper() { helper::start() } else { worker::start(gpu) }
}

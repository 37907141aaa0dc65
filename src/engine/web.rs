//! The engine in a browser: the worker that runs the session, its helper workers, and the page's client.

mod adapter;
pub mod client;
pub mod codec;
mod error_event;
mod executor;
mod gpu_openers;
mod gpu_probe;
pub mod helper;
mod keep_awake;
pub mod watch;
pub mod webgpu;
mod worker;

use gpu_openers::GpuOpeners;

/// Runs this worker as the engine, with a GPU if it is given `openers`, or as one of an engine's helpers.
///
/// # Panics
/// Outside a dedicated worker.
pub fn run(gpu: Option<GpuOpeners>) {
    if helper::is_helper() { helper::start() } else { worker::start(gpu) }
}

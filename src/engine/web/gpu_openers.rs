//! The GPU as the engine uses it, behind function pointers: a program that does not pass them in does not contain wgpu.

use crate::backend::select::Clock;
use crate::backend::{Backend, Pending};
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::train::segment::RunSegment;

/// How a GPU is opened.
#[derive(Clone, Copy)]
pub struct GpuOpeners {
    /// For one run, from its train state; also where the adapter is software if the last argument says so.
    pub one_run: fn(Config, TrainState, bool) -> Pending<'static, Box<dyn Backend>>,
    /// For runs side by side, with the same last argument.
    pub parallel_runs: fn(Vec<Config>, bool) -> Pending<'static, Box<dyn ParallelGpu>>,
}

/// A GPU that makes runs side by side.
pub trait ParallelGpu {
    /// The adapter's name.
    fn adapter(&self) -> &str;

    /// How many runs it makes at once.
    fn most(&self) -> usize;

    /// Trains a segment of each run, as [`parallel::train`](crate::train::parallel::train) does.
    fn train<'a>(&'a mut self, segments: &'a [RunSegment], now: Clock) -> Pending<'a, (Vec<TrainState>, f64)>;

    /// The same device, for measurements.
    fn backend(&mut self) -> &mut dyn Backend;
}

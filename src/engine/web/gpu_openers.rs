//! The GPU as the engine uses it, behind function pointers: a program that does not pass them in does not contain wgpu.

use crate::backend::gpu::deadlines::Deadlines;
use crate::backend::select::Clock;
use crate::backend::{Backend, Pending};
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::train::segment::RunSegment;

/// Opens a GPU for one run, from its train state; a software adapter will do where the third says so.
pub type OpenOneRun = fn(Config, TrainState, bool, Deadlines) -> Pending<'static, Box<dyn Backend>>;

/// Opens a GPU for runs side by side, with the same last arguments.
pub type OpenParallelRuns = fn(Vec<Config>, bool, Deadlines) -> Pending<'static, Box<dyn ParallelGpu>>;

/// How a GPU is opened; within these deadlines, and it answers within them later on.
#[derive(Clone, Copy)]
pub struct GpuOpeners {
    /// For one run.
    pub one_run: OpenOneRun,
    /// For runs side by side.
    pub parallel_runs: OpenParallelRuns,
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

//! The GPU openers of the program that contains wgpu.

use super::adapter::find_adapter;
use super::gpu_openers::{GpuOpeners, ParallelGpu};
use crate::backend::gpu::Gpu;
use crate::backend::gpu::parallel_runs::ParallelRuns;
use crate::backend::select::Clock;
use crate::backend::{Backend, Pending};
use crate::domain::train_state::TrainState;
use crate::train::parallel;
use crate::train::segment::RunSegment;

/// How wgpu opens the browser's GPU.
pub const OPENERS: GpuOpeners = GpuOpeners {
    one_run: |config, train_state, software, deadlines| {
        Box::pin(async move {
            find_adapter(&deadlines).await?;
            Ok(Box::new(Gpu::open(&config, &train_state, software, &deadlines).await?) as Box<dyn Backend>)
        })
    },
    parallel_runs: |runs, software, deadlines| {
        Box::pin(async move {
            find_adapter(&deadlines).await?;
            Ok(Box::new(ParallelRuns::open(&runs, software, &deadlines).await?) as Box<dyn ParallelGpu>)
        })
    },
};

impl ParallelGpu for ParallelRuns {
    fn adapter(&self) -> &str {
        self.adapter()
    }

    fn most(&self) -> usize {
        self.most()
    }

    fn train<'a>(&'a mut self, segments: &'a [RunSegment], now: Clock) -> Pending<'a, (Vec<TrainState>, f64)> {
        Box::pin(parallel::train(self, segments, now))
    }

    fn backend(&mut self) -> &mut dyn Backend {
        self.backend()
    }
}

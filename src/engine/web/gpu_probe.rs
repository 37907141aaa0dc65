//! Decides whether runs are executed side by side on the GPU: its results must agree with a worker's, and unless the
//! GPU was asked for, it must be faster than all workers together.

use super::adapter::no_gpu;
use super::gpu_openers::{GpuOpeners, ParallelGpu};
use crate::backend::BackendError;
use crate::backend::choice::Preference;
use crate::backend::cpu_pool::unexpected_reply;
use crate::backend::gpu::deadlines::Deadlines;
use crate::backend::select::check_clock;
use crate::backend::tolerance::{self, compare};
use crate::domain::config::Config;
use crate::domain::cost::Cost;
use crate::domain::evaluation::EvaluationSpec;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::NotOnGpu;
use crate::engine::web::helper::{self, HelperChannel, now};
use crate::train::segment::RunSegment;

/// Meta-iterations after which both must agree, at most, and the runs that the GPU makes for it.
const COMPARED: u64 = 10;
const COMPARED_RUNS: usize = 2;
/// Milliseconds of a measurement.
const MEASURED: f64 = 100.0;

/// The GPU for these runs, which [fit](crate::backend::gpu::parallel_runs::fit): any that agrees where it is asked for, and only
/// one that is no software and faster than the workers where it is not.
///
/// # Errors
/// Why there is none.
pub async fn open_gpu(
    openers: Option<GpuOpeners>,
    runs: &[Config],
    preference: Preference,
    deadlines: &Deadlines,
) -> Result<Box<dyn ParallelGpu>, NotOnGpu> {
    let is_asked_for = preference == Preference::Gpu;
    let Some(openers) = openers else { return Err(NotOnGpu::Failed(no_gpu(deadlines).await)) };
    if !is_asked_for {
        check_clock(now).map_err(NotOnGpu::Failed)?;
    }
    let mut gpu =
        (openers.parallel_runs)(runs.to_vec(), is_asked_for, deadlines.clone()).await.map_err(NotOnGpu::Failed)?;
    let mut channel = helper::channels(1).pop().ok_or_else(|| NotOnGpu::Failed(unexpected_reply()))?;
    agree(runs, gpu.as_mut(), &mut channel).await.map_err(NotOnGpu::Failed)?;
    if is_asked_for {
        return Ok(gpu);
    }
    let (workers, on_gpu) = speeds(runs, gpu.as_mut(), &mut channel).await.map_err(NotOnGpu::Failed)?;
    if on_gpu > workers { Ok(gpu) } else { Err(NotOnGpu::Slower { workers, gpu: on_gpu }) }
}

/// Compares the GPU with a worker on the first run.
async fn agree(runs: &[Config], gpu: &mut dyn ParallelGpu, channel: &mut HelperChannel) -> Result<(), BackendError> {
    let Some(first) = runs.first() else { return Ok(()) };
    let truth = channel.execute(beginning(first, COMPARED)).await?.train_state;
    let compared = runs.iter().take(COMPARED_RUNS.min(gpu.most()));
    let patient = |run| RunSegment { time_limit: f64::INFINITY, ..beginning(run, truth.iteration) };
    let (ours, _) = gpu.train(&compared.map(patient).collect::<Vec<_>>(), now).await?;
    let ours = ours.first().ok_or_else(unexpected_reply)?;
    compare("theta", &ours.theta, &truth.theta, tolerance::theta(&first.outer))?;
    Ok(())
}

/// Operations a second, as [`Cost`] counts them, of all workers and of the GPU.
async fn speeds(
    runs: &[Config],
    gpu: &mut dyn ParallelGpu,
    channel: &mut HelperChannel,
) -> Result<(f64, f64), BackendError> {
    let segments: Vec<RunSegment> = runs.iter().take(gpu.most()).map(|run| beginning(run, u64::MAX)).collect();
    let operations = |run: &Config, train_state: &TrainState| Cost::of(run, train_state.iteration).operations as f64;
    let (ours, seconds) = gpu.train(&segments, now).await?;
    let made: f64 = runs.iter().zip(&ours).map(|(run, train_state)| operations(run, train_state)).sum();
    let took = seconds * ours.len() as f64;
    let outcome = channel.execute(segments[0].clone()).await?;
    let of_one = operations(&runs[0], &outcome.train_state) / outcome.seconds.max(1e-3);
    Ok((of_one * f64::from(helper::workers()), made / took.max(1e-3)))
}

/// The beginning of a run, of which nothing but θ is wanted.
fn beginning(run: &Config, until: u64) -> RunSegment {
    let evaluation = EvaluationSpec { distribution: run.tasks.clone(), eval: run.eval.clone(), tasks: 0, shots: None };
    RunSegment { config: run.clone(), train_state: TrainState::of(run), until, time_limit: MEASURED, evaluation }
}

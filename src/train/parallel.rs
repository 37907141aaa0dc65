//! Segments of runs that are trained side by side on one GPU.

use super::segment::RunSegment;
use super::training_loop::TrainingLoop;
use crate::backend::BackendError;
use crate::backend::gpu::parallel_runs::ParallelRuns;
use crate::backend::select::Clock;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;

/// The length of a dispatch in milliseconds: other users of the GPU, such as the page's compositor, wait no longer for
/// it.
const DISPATCH: f64 = 20.0;

/// Trains segments side by side, until all are at their end or the shortest time limit has passed: the train state of each,
/// and the seconds that were the part of each. At most [`ParallelRuns::most`] go at once.
///
/// # Errors
/// The device is lost, or has no memory for them.
pub async fn train(
    gpu: &mut ParallelRuns,
    segments: &[RunSegment],
    now: Clock,
) -> Result<(Vec<TrainState>, f64), BackendError> {
    let begun = now();
    let time_limit = segments.iter().map(|segment| segment.time_limit).fold(f64::INFINITY, f64::min);
    let runs: Vec<(&Config, &TrainState)> =
        segments.iter().map(|segment| (&segment.config, &segment.train_state)).collect();
    gpu.load(&runs).await?;
    let mut loops: Vec<TrainingLoop> = runs.iter().map(|(_, state)| TrainingLoop::new((*state).clone())).collect();
    let most = gpu.most_meta_iterations();
    let mut count = 1;
    loop {
        let next = |(training, segment): (&TrainingLoop, &RunSegment)| {
            let tasks = count * segment.config.outer.meta_batch as u64;
            training.draw(&segment.config, segment.until, tasks)
        };
        let batches: Vec<MetaBatches> = loops.iter().zip(segments).map(next).collect();
        if batches.iter().all(MetaBatches::is_empty) {
            break;
        }
        let sent = now();
        gpu.train(&batches).await?;
        count = if now() - sent < DISPATCH { 2 * count } else { count / 2 }.clamp(1, most);
        loops.iter_mut().zip(&batches).for_each(|(training, batches)| training.advance(batches));
        // Once at least, so that no time limit is too short for any progress.
        if now() - begun >= time_limit {
            break;
        }
    }
    let train_states = gpu.train_states().await?;
    let seconds = (now() - begun) / 1000.0 / segments.len().max(1) as f64;
    Ok((train_states, seconds))
}

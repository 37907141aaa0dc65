//! A whole run: training on one backend, with the checks of early stopping that its Config demands.

use std::cell::LazyCell;

use super::training_loop::TrainingLoop;
use crate::backend::{Backend, BackendError};
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::evaluation::HeldOut;
use crate::domain::statistics::mean_and_interval;
use crate::domain::train_state::TrainState;

/// Most meta-iterations given to the backend at a time.
const CHUNK: u64 = 100;
/// Most points given to it at a time, if one meta-iteration has no more.
const POINTS: usize = 1 << 16;

/// Meta-iterations given to the backend at a time.
#[must_use]
pub fn chunk(config: &Config) -> u64 {
    let of_one = config.outer.meta_batch * MetaBatches::draw(config, 0, 0, 0).points_of_task();
    ((POINTS / of_one.max(1)) as u64).clamp(1, CHUNK)
}

/// Trains `train_state`, which `backend` holds, up to meta-iteration `end` or to where its early stopping stops it, and makes
/// it the train state as it is then. `progress` is told the meta-iterations done, and says whether to go on.
///
/// # Errors
/// The backend's.
pub async fn train(
    backend: &mut dyn Backend,
    config: &Config,
    train_state: &mut TrainState,
    end: u64,
    mut progress: impl FnMut(u64) -> bool,
) -> Result<(), BackendError> {
    let held_out = LazyCell::new(|| HeldOut::of_checks(config));
    let mut training = TrainingLoop::new(train_state.clone());
    let meta_batch = config.outer.meta_batch;
    let tasks = chunk(config) * meta_batch as u64;
    let mut goes_on = true;
    while training.stopped().is_none() && goes_on {
        if training.is_check_due(config) {
            let tasks = 0..held_out.len();
            let predictions = backend.adapt(None, &held_out.adaptations(tasks.clone())).await?;
            let (error, _) = mean_and_interval(held_out.errors(tasks, &predictions).into_iter());
            let train_state = training.fetch(backend).await?;
            training.accept(train_state);
            training.check(config, error);
            continue;
        }
        let batches = training.draw(config, end, tasks);
        if batches.is_empty() {
            break;
        }
        backend.train(&batches).await?;
        training.advance(&batches);
        goes_on = progress(training.iteration());
    }
    *train_state = training.fetch(backend).await?;
    Ok(())
}

//! A run in one piece: training on one backend, with the checks that its Config asks for.

use std::cell::LazyCell;

use super::{Backend, BackendError};
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::evaluation::HeldOut;
use crate::domain::statistics::mean_and_interval;
use crate::domain::train_state::TrainState;

/// Most meta-iterations given to the backend at a time.
const CHUNK: u64 = 100;
/// Most points given to it at a time, if one meta-iteration has no more.
const POINTS: usize = 1 << 16;

/// Trains `train_state`, which `backend` holds, up to meta-iteration `end` or to where its early_stopping stops, and makes it the
/// train_state as it is then. `progress` hears the meta-iterations done, and says whether to go on.
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
    let begun = train_state.iteration;
    let updates = train_state.updates();
    let mut early_stopping = train_state.early_stopping.clone();
    let of_one = config.outer.meta_batch * MetaBatches::draw(config, 0, 0, 0).points_of_task();
    let chunk = ((POINTS / of_one.max(1)) as u64).clamp(1, CHUNK);
    let mut done = begun;
    let mut goes_on = true;
    while early_stopping.stopped.is_none() && goes_on {
        let check = early_stopping.next_check(config, done);
        if check == Some(done) {
            let tasks = 0..held_out.len();
            let predictions = backend.adapt(None, &held_out.adaptations(tasks.clone())).await?;
            let errors = held_out.errors(tasks, &predictions);
            let (error, _) = mean_and_interval(errors.into_iter());
            early_stopping.check(config, done, error, backend.train_state().await?.gradient_norm);
            continue;
        }
        let count = chunk.min(check.unwrap_or(end).min(end).saturating_sub(done));
        if count == 0 {
            break;
        }
        let batches = MetaBatches::draw(config, done, updates + (done - begun), count).with_schedule(&early_stopping);
        backend.train(&batches).await?;
        done += count;
        goes_on = progress(done);
    }
    *train_state = TrainState { early_stopping, ..backend.train_state().await? };
    Ok(())
}

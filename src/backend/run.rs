//! A run in one piece: training on one backend, with the checks that its Config asks for.

use std::cell::LazyCell;

use super::{Backend, BackendError};
use crate::domain::config::Config;
use crate::domain::evaluation::{HeldOut, mean_and_interval};
use crate::domain::outer_optimizer::Learner;
use crate::domain::reptile::MetaBatches;

/// Most meta-iterations given to the backend at a time.
const CHUNK: u64 = 100;
/// Most points given to it at a time, if one meta-iteration has no more.
const POINTS: usize = 1 << 16;

/// Trains `learner`, which `backend` holds, up to meta-iteration `end` or to where its course stops, and makes it the
/// learner as it is then. `progress` hears the meta-iterations done, and says whether to go on.
///
/// # Errors
/// The backend's.
pub async fn train(
    backend: &mut dyn Backend,
    config: &Config,
    learner: &mut Learner,
    end: u64,
    mut progress: impl FnMut(u64) -> bool,
) -> Result<(), BackendError> {
    let held_out = LazyCell::new(|| HeldOut::of_checks(config));
    let begun = learner.iteration;
    let updates = learner.updates();
    let mut course = learner.course.clone();
    let of_one = config.outer.meta_batch * MetaBatches::draw(config, 0, 0, 0).points_of_task();
    let chunk = ((POINTS / of_one.max(1)) as u64).clamp(1, CHUNK);
    let mut done = begun;
    let mut goes_on = true;
    while course.stopped.is_none() && goes_on {
        let check = course.next_check(config, done);
        if check == Some(done) {
            let tasks = 0..held_out.len();
            let predictions = backend.adapt(None, &held_out.adaptations(tasks.clone())).await?;
            let errors = held_out.errors(tasks, &predictions);
            let (error, _) = mean_and_interval(errors.into_iter());
            course.check(config, done, error, backend.learner().await?.gradient_norm);
            continue;
        }
        let count = chunk.min(check.unwrap_or(end).min(end).saturating_sub(done));
        if count == 0 {
            break;
        }
        let batches = MetaBatches::draw(config, done, updates + (done - begun), count).on(&course);
        backend.train(&batches).await?;
        done += count;
        goes_on = progress(done);
    }
    *learner = Learner { course, ..backend.learner().await? };
    Ok(())
}

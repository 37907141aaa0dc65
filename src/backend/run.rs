//! A run in one piece: training on one backend, with the checks that its Config asks for.

use super::{Backend, BackendError};
use crate::domain::config::Config;
use crate::domain::evaluation::{HeldOut, mean_and_interval};
use crate::domain::outer::Learner;
use crate::domain::reptile::MetaBatches;

/// Meta-iterations given to the backend at a time.
const CHUNK: u64 = 100;

/// Trains `learner`, which `backend` holds, up to meta-iteration `end` or to where its course stops, and makes it the
/// learner as it is then. `progress` hears the meta-iterations done.
///
/// # Errors
/// The backend's.
pub async fn train(
    backend: &mut dyn Backend,
    config: &Config,
    learner: &mut Learner,
    end: u64,
    mut progress: impl FnMut(u64),
) -> Result<(), BackendError> {
    let held_out = HeldOut::of_checks(config);
    let tasks = 0..held_out.len();
    let begun = learner.iteration;
    let updates = learner.moments.as_ref().map_or(0, |moments| moments.updates);
    let mut course = learner.course.clone();
    let mut done = begun;
    while course.stopped.is_none() {
        let check = course.next_check(config, done);
        if check == Some(done) {
            let predictions = backend.adapt(None, &held_out.adaptations(tasks.clone())).await?;
            let errors = held_out.errors(tasks.clone(), &predictions);
            let (error, _) = mean_and_interval(errors.into_iter());
            course.check(config, done, error, backend.learner().await?.gradient_norm);
            continue;
        }
        let count = CHUNK.min(check.unwrap_or(end).min(end).saturating_sub(done));
        if count == 0 {
            break;
        }
        let batches = MetaBatches::draw(config, done, updates + (done - begun), count).on(&course);
        backend.train(&batches).await?;
        done += count;
        progress(done);
    }
    *learner = Learner { course, ..backend.learner().await? };
    Ok(())
}

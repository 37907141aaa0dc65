//! The loop over a run's meta-iterations: its progress, and which meta-iterations come next.

use std::ops::Range;

use crate::backend::{Backend, BackendError};
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::early_stopping::StopReason;
use crate::domain::train_state::TrainState;

/// The progress of a run.
///
/// To train, [draw](TrainingLoop::draw) the next meta-iterations, run them on a backend, and [advance](
/// TrainingLoop::advance). No meta-iteration is drawn beyond a check that is due until [`TrainingLoop::check`] has its
/// result.
pub struct TrainingLoop {
    /// The train state as it was last read from the backend.
    known: TrainState,
    /// Meta-iterations that the backend has made since.
    ahead: u64,
    /// Tasks of the meta-iteration under way that are done, where it is made in several parts.
    part: usize,
}

impl TrainingLoop {
    /// Goes on from a train state, which the backend has too.
    #[must_use]
    pub fn new(train_state: TrainState) -> Self {
        Self { known: train_state, ahead: 0, part: 0 }
    }

    /// The train state as it was last read from the backend.
    #[must_use]
    pub fn known(&self) -> &TrainState {
        &self.known
    }

    /// Whether the backend has made meta-iterations since its train state was last read.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        self.ahead > 0
    }

    /// Meta-iterations done.
    #[must_use]
    pub fn iteration(&self) -> u64 {
        self.known.iteration + self.ahead
    }

    /// Why the run has stopped before its last meta-iteration, if it has.
    #[must_use]
    pub fn stopped(&self) -> Option<StopReason> {
        self.known.early_stopping.stopped
    }

    /// Whether a check is due before the next meta-iteration.
    #[must_use]
    pub fn is_check_due(&self, config: &Config) -> bool {
        self.next_check(config) == Some(self.iteration())
    }

    fn next_check(&self, config: &Config) -> Option<u64> {
        self.known.early_stopping.next_check(config, self.iteration())
    }

    /// The meta-iterations that come next: of about so many `tasks`, and none at `until` or where a check is due.
    #[must_use]
    pub fn draw(&self, config: &Config, until: u64, tasks: u64) -> MetaBatches {
        let iteration = self.iteration();
        let end = self.next_check(config).map_or(until, |check| check.min(until));
        let (count, tasks) = slice(tasks, self.part, config.outer.meta_batch);
        let span = iteration..iteration + count.min(end.saturating_sub(iteration));
        let updates = self.known.updates() + self.ahead;
        MetaBatches::draw_some(config, span, updates, tasks).with_schedule(&self.known.early_stopping)
    }

    /// Notes that the backend has made these.
    pub fn advance(&mut self, batches: &MetaBatches) {
        if batches.is_empty() {
            return;
        }
        self.part = batches.tasks.end % batches.meta_batch;
        if self.part == 0 {
            self.ahead += batches.len() as u64;
        }
    }

    /// Reads the train state from the backend.
    ///
    /// # Errors
    /// The backend's.
    pub async fn fetch(&self, backend: &mut dyn Backend) -> Result<TrainState, BackendError> {
        let (early_stopping, provenance) = (self.known.early_stopping.clone(), self.known.provenance.clone());
        Ok(TrainState { early_stopping, provenance, ..backend.train_state().await? })
    }

    /// Makes the fetched train state the known one. A meta-iteration that is made in parts goes on.
    pub fn accept(&mut self, fetched: TrainState) {
        (self.known, self.ahead) = (fetched, 0);
    }

    /// Goes back to the known train state, which is to be loaded into the backend.
    pub fn go_back(&mut self) {
        (self.ahead, self.part) = (0, 0);
    }

    /// Takes the mean held-out error of the check at the known train state, and says whether the run stops here.
    pub fn check(&mut self, config: &Config, error: f64) -> bool {
        let TrainState { iteration, gradient_norm, early_stopping, .. } = &mut self.known;
        early_stopping.check(config, *iteration, error, *gradient_norm);
        early_stopping.stopped.is_some()
    }
}

/// Divides work into about `chunk` tasks, where `part` tasks of the present meta-iteration of `meta_batch` are done:
/// the next whole meta-iterations, or some tasks of one.
fn slice(chunk: u64, part: usize, meta_batch: usize) -> (u64, Range<usize>) {
    let whole = chunk / meta_batch as u64;
    if part == 0 && whole > 0 {
        return (whole, 0..meta_batch);
    }
    (1, part..meta_batch.min(part + chunk as usize))
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::backend::cpu::Cpu;
    use crate::domain::config::preset::Preset;
    use crate::domain::outer_optimizer::StopRules;

    fn small() -> Config {
        let mut config = Preset::Fast.config();
        config.model.hidden = vec![6];
        (config.outer.meta_batch, config.outer.iterations) = (4, 100);
        config
    }

    /// Trains to `until`, so many tasks at a time; θ, and how often the backend was called.
    fn trained(config: &Config, until: u64, tasks: u64) -> (TrainState, usize) {
        let start = TrainState::of(config);
        let (mut cpu, mut training) = (Cpu::new(config, &start), TrainingLoop::new(start));
        let mut calls = 0;
        loop {
            let batches = training.draw(config, until, tasks);
            if batches.is_empty() {
                break;
            }
            block_on(cpu.train(&batches)).expect("the processor does not fail");
            training.advance(&batches);
            calls += 1;
        }
        assert_eq!(training.iteration(), until);
        let read = block_on(training.fetch(&mut cpu)).expect("the processor does not fail");
        training.accept(read);
        assert!(!training.is_ahead() && training.iteration() == until);
        (training.known().clone(), calls)
    }

    #[test]
    fn theta_does_not_depend_on_how_the_tasks_are_cut() {
        let config = small();
        let (whole, calls) = trained(&config, 9, 1000);
        assert_eq!(calls, 1);
        for (tasks, calls) in [(4, 9), (8, 5), (1, 36), (3, 18)] {
            assert_eq!(trained(&config, 9, tasks), (whole.clone(), calls), "{tasks} tasks at a time");
        }
    }

    #[test]
    fn nothing_is_drawn_beyond_a_check_until_its_result_is_there() {
        let mut config = small();
        config.outer.stop = StopRules { update: 0.0, patience: 1 };
        let mut training = TrainingLoop::new(TrainState::of(&config));
        assert!(!training.is_check_due(&config));
        let batches = training.draw(&config, 100, 1000);
        assert_eq!(batches.len(), 10, "up to the first check");
        training.advance(&batches);
        assert!(training.is_check_due(&config) && training.draw(&config, 100, 1000).is_empty());
        let read = TrainState { iteration: 10, ..training.known().clone() };
        training.accept(read);
        assert!(!training.check(&config, 1.0) && !training.is_check_due(&config));
        let batches = training.draw(&config, 13, 1000);
        assert_eq!(batches.len(), 3);
        training.advance(&batches);
        training.go_back();
        assert_eq!(training.iteration(), 10);
        let read = TrainState { iteration: 20, ..training.known().clone() };
        training.accept(read);
        assert!(training.check(&config, 1.0), "no improvement");
        assert_eq!(training.stopped(), Some(StopReason::Patience));
    }
}

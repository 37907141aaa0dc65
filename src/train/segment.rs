//! A segment of a run of an experiment, which one worker executes alone, on one processor.

use std::task::{Context, Poll, Waker};

use serde::{Deserialize, Serialize};

use super::run;
use crate::backend::cpu::Cpu;
use crate::backend::select::Clock;
use crate::backend::{Backend, BackendError};
use crate::domain::adaptation::Adaptations;
use crate::domain::config::Config;
use crate::domain::cost::Cost;
use crate::domain::evaluation::{Curve, EvaluationSpec, HeldOut};
use crate::domain::network::Network;
use crate::domain::task::grid;
use crate::domain::train_state::TrainState;

/// Held-out tasks evaluated at once.
const TASKS_AT_ONCE: usize = 100;

/// A part of a run that is executed in one go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSegment {
    /// The run.
    pub config: Config,
    /// Where it begins.
    pub train_state: TrainState,
    /// The meta-iteration at which it ends.
    pub until: u64,
    /// Time limit in milliseconds: training ends then even if it is not at `until`.
    pub time_limit: f64,
    /// How to measure θ, once it is at `until`.
    pub evaluation: EvaluationSpec,
}

/// The outcome of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentOutcome {
    /// Where it ended.
    pub train_state: TrainState,
    /// Seconds of training.
    pub seconds: f64,
    /// The error on the held-out tasks, where it was measured.
    pub curve: Option<Curve>,
    /// The predictions on the grid for the one more task, after each of [`EvaluationSpec::steps`].
    pub predictions: Vec<Vec<f32>>,
}

impl RunSegment {
    /// Trains and measures, on this processor.
    #[must_use]
    pub fn run(&self, now: Clock) -> SegmentOutcome {
        at_once(async {
            let mut cpu = Cpu::new(&self.config, &self.train_state);
            let mut train_state = self.train_state.clone();
            let begun = now();
            let in_time = |_| now() - begun < self.time_limit;
            run::train(&mut cpu, &self.config, &mut train_state, self.until, in_time).await?;
            let seconds = (now() - begun) / 1000.0;
            self.outcome(train_state, seconds, &mut cpu).await
        })
    }

    /// The outcome, given the train state at which training ended. If that is at `until`, it is measured on `backend`.
    ///
    /// # Errors
    /// The backend's.
    pub async fn outcome(
        &self,
        train_state: TrainState,
        seconds: f64,
        backend: &mut dyn Backend,
    ) -> Result<SegmentOutcome, BackendError> {
        let is_at_end = train_state.iteration >= self.until || train_state.early_stopping.stopped.is_some();
        let is_measured = is_at_end && !train_state.has_diverged();
        let (curve, predictions) =
            if is_measured { self.measure(&train_state.theta, backend).await? } else { (None, vec![]) };
        Ok(SegmentOutcome { train_state, seconds, curve, predictions })
    }

    /// How long to wait for the outcome, in milliseconds of a machine that is awake: a worker that takes longer has
    /// ended. It is the time of a machine that makes a thousand million operations a second, for what a segment does
    /// without looking at the clock, and as long again as it takes to start a worker.
    #[must_use]
    pub fn patience(&self) -> f64 {
        const STARTING: f64 = 20_000.0;
        const OPERATIONS_PER_MILLISECOND: f64 = 1e6;
        let EvaluationSpec { eval, distribution, tasks, .. } = &self.evaluation;
        let training = Cost::of(&self.config, run::chunk(&self.config)).operations as f64;
        let parameters = Network::new(&self.config.model).parameters() as f64;
        // Forward and backward for a shot, and forward for a point of the grid.
        let of_step = 6.0 * eval.shots as f64 + 2.0 * distribution.grid as f64;
        let measuring = (*tasks + 1) as f64 * (eval.steps + 1) as f64 * of_step * parameters;
        STARTING + self.time_limit + (training + measuring) / OPERATIONS_PER_MILLISECOND
    }

    /// The run with the tasks and shots of its evaluation.
    fn measured_config(&self) -> Config {
        let EvaluationSpec { distribution, eval, .. } = &self.evaluation;
        Config { tasks: distribution.clone(), eval: eval.clone(), ..self.config.clone() }
    }

    async fn measure(
        &self,
        theta: &[f32],
        backend: &mut dyn Backend,
    ) -> Result<(Option<Curve>, Vec<Vec<f32>>), BackendError> {
        let config = self.measured_config();
        let grid = grid(&config.tasks);
        let mut predictions = vec![];
        if let Some(shots) = &self.evaluation.shots {
            let shown =
                Adaptations::single(config.eval.optimizer(&config.inner), shots, &grid, self.evaluation.steps());
            let predicted = backend.adapt(Some(theta), &shown).await?;
            predictions.extend(predicted.chunks_exact(grid.len()).map(<[f32]>::to_vec));
        }
        if self.evaluation.tasks == 0 {
            return Ok((None, predictions));
        }
        let held_out = HeldOut::new(&config, self.evaluation.tasks);
        let mut errors = vec![];
        for first in (0..held_out.len()).step_by(TASKS_AT_ONCE) {
            let range = first..(first + TASKS_AT_ONCE).min(held_out.len());
            let predicted = backend.adapt(Some(theta), &held_out.adaptations(range.clone())).await?;
            errors.extend(held_out.errors(range, &predicted));
        }
        Ok((Some(held_out.curve(&errors)), predictions))
    }
}

/// Runs a future that never waits.
fn at_once(work: impl Future<Output = Result<SegmentOutcome, BackendError>>) -> SegmentOutcome {
    match std::pin::pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(outcome)) => outcome,
        _ => unreachable!("the CPU backend does its work when it is called, and cannot fail"),
    }
}

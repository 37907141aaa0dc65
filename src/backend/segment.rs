//! A stretch of a run that one worker makes by itself: runs that are compared go side by side, each on one processor.

use std::task::{Context, Poll, Waker};

use serde::{Deserialize, Serialize};

use super::cpu::Cpu;
use super::select::Clock;
use crate::backend::run;
use super::{Backend, BackendError};
use crate::domain::adaptation::Adaptations;
use crate::domain::config::{Config, Eval, TaskDistribution};
use crate::domain::evaluation::{Curve, HeldOut};
use crate::domain::outer_optimizer::Learner;
use crate::domain::task::grid;

/// Held-out tasks evaluated at once.
const TASKS_AT_ONCE: usize = 100;

/// What to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// The run.
    pub config: Config,
    /// Where it begins.
    pub learner: Learner,
    /// The meta-iteration at which it ends.
    pub until: u64,
    /// Milliseconds after which it ends in any case.
    pub patience: f64,
    /// How to measure θ, once it is at `until`.
    pub exam: Exam,
}

/// How θ is measured, the same for all runs that are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exam {
    /// The distribution of the held-out tasks.
    pub distribution: TaskDistribution,
    /// Their shots and steps. Where its optimizer is `inner`, it is that of the run.
    pub eval: Eval,
    /// Held-out tasks; 0 measures nothing.
    pub tasks: usize,
    /// Shots of one more task, where its predictions are wanted.
    pub shots: Option<Vec<[f32; 2]>>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Where it ended.
    pub learner: Learner,
    /// Seconds of training.
    pub seconds: f64,
    /// The error on the held-out tasks, where it was measured.
    pub curve: Option<Curve>,
    /// The predictions on the grid for the one more task, after each of [`Exam::steps`].
    pub predictions: Vec<Vec<f32>>,
}

impl Exam {
    /// The gradient steps after which the one more task is predicted.
    #[must_use]
    pub fn steps(&self) -> Vec<usize> {
        let mut steps = vec![0, 1, self.eval.steps];
        steps.dedup();
        steps
    }

    /// The run as it is measured.
    fn of(&self, config: &Config) -> Config {
        Config { tasks: self.distribution.clone(), eval: self.eval.clone(), ..config.clone() }
    }
}

impl Stretch {
    /// Trains and measures, on this processor.
    #[must_use]
    pub fn run(&self, now: Clock) -> Outcome {
        at_once(async {
            let mut cpu = Cpu::new(&self.config, &self.learner);
            let mut learner = self.learner.clone();
            let begun = now();
            let in_time = |_| now() - begun < self.patience;
            run::train(&mut cpu, &self.config, &mut learner, self.until, in_time).await?;
            let seconds = (now() - begun) / 1000.0;
            self.outcome(learner, seconds, &mut cpu).await
        })
    }

    /// What came of it, once it has ended at a learner: that is measured on `backend`, if the stretch has come to its end.
    ///
    /// # Errors
    /// The backend's.
    pub async fn outcome(
        &self,
        learner: Learner,
        seconds: f64,
        backend: &mut dyn Backend,
    ) -> Result<Outcome, BackendError> {
        let is_at_end = learner.iteration >= self.until || learner.course.stopped.is_some();
        let is_measured = is_at_end && !learner.has_diverged();
        let (curve, predictions) =
            if is_measured { self.measure(&learner.theta, backend).await? } else { (None, vec![]) };
        Ok(Outcome { learner, seconds, curve, predictions })
    }

    async fn measure(
        &self,
        theta: &[f32],
        backend: &mut dyn Backend,
    ) -> Result<(Option<Curve>, Vec<Vec<f32>>), BackendError> {
        let config = self.exam.of(&self.config);
        let grid = grid(&config.tasks);
        let mut predictions = vec![];
        if let Some(shots) = &self.exam.shots {
            let shown = Adaptations::single(&config, shots, &grid, self.exam.steps());
            let predicted = backend.adapt(Some(theta), &shown).await?;
            predictions.extend(predicted.chunks_exact(grid.len()).map(<[f32]>::to_vec));
        }
        if self.exam.tasks == 0 {
            return Ok((None, predictions));
        }
        let held_out = HeldOut::new(&config, self.exam.tasks);
        let mut errors = vec![];
        for first in (0..held_out.len()).step_by(TASKS_AT_ONCE) {
            let range = first..(first + TASKS_AT_ONCE).min(held_out.len());
            let predicted = backend.adapt(Some(theta), &held_out.adaptations(range.clone())).await?;
            errors.extend(held_out.errors(range, &predicted));
        }
        Ok((Some(held_out.curve(&errors)), predictions))
    }
}

/// Makes what this processor is not kept waiting for.
fn at_once(work: impl Future<Output = Result<Outcome, BackendError>>) -> Outcome {
    match std::pin::pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(outcome)) => outcome,
        _ => unreachable!("the CPU backend does its work when it is called, and cannot fail"),
    }
}

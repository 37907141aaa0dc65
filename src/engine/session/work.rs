//! The work of a session between two calls, a slice of time at a time.

use super::preview::BUSY_FRAME;
use super::run::SessionRun;
use super::state::Session;
use crate::backend::choice::Reason;
use crate::domain::alignment::AlignmentPoint;
use crate::engine::protocol::{Evaluation, Event, Failure, ReplyTo};
use crate::train::evaluation_queue::CompletedEvaluation;

/// Interval between two status events while training, in milliseconds.
const STATUS_INTERVAL: f64 = 100.0;
/// Length of one slice of a requested adaptation, in milliseconds.
const ADAPTATION_SLICE: f64 = 10.0;
/// Interval between two checkpoints while training, in milliseconds.
const CHECKPOINT_INTERVAL: f64 = 1000.0;

/// When to call [`Session::advance`] again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// At once: there is more work.
    Now,
    /// At this time of the clock, in milliseconds: training has a pace, or a view rests.
    At(f64),
    /// After the next command.
    Idle,
}

impl Next {
    /// The same, or earlier if there is work from another time on.
    fn or_from(self, due: Option<f64>, now: f64) -> Self {
        match (self, due) {
            (next, None) => next,
            (Self::Now, _) => Self::Now,
            (_, Some(due)) if due <= now => Self::Now,
            (Self::Idle, Some(due)) => Self::At(due),
            (Self::At(time), Some(due)) => Self::At(time.min(due)),
        }
    }
}

impl Session {
    /// Does one slice of work: a preview, some training, some evaluation.
    pub async fn advance(&mut self) -> Next {
        let next = match self.work().await {
            Ok(next) => next,
            Err(failure) => {
                let failure = self.recover(failure);
                // Whatever a backend fails with while it works, it would fail with again.
                if let (Failure::Backend(error), Some(run)) = (&failure, &mut self.run)
                    && !matches!(run.choice.reason, Reason::Failed(_))
                {
                    run.fall_back(error.clone());
                }
                self.outbox.push(Event::Problem(failure));
                self.report();
                Next::Now
            }
        };
        let now = (self.clock)();
        // Where drawing waits, a status comes with each preview.
        let interval = if self.is_drawing_to_wait() { 2.0 * BUSY_FRAME } else { STATUS_INTERVAL };
        if self.run.as_ref().is_some_and(|run| run.control.is_active() && now - self.reported > interval) {
            self.report();
        }
        self.send_checkpoint();
        next
    }

    /// Whether training goes on as fast as it can on every processor, so that the page's drawing takes time from it.
    fn is_drawing_to_wait(&self) -> bool {
        self.is_on_every_processor && self.run.as_ref().is_some_and(|run| run.control.is_unlimited())
    }

    /// Sends a checkpoint at intervals while training, and whenever training stops.
    fn send_checkpoint(&mut self) {
        let now = (self.clock)();
        let Some(run) = &self.run else { return };
        let known = run.training.known();
        let is_due = self.checkpoint.is_none_or(|(time, iteration)| {
            known.iteration != iteration && (now - time >= CHECKPOINT_INTERVAL || !run.control.is_active())
        });
        if is_due {
            self.checkpoint = Some((now, known.iteration));
            self.outbox.push(Event::Checkpoint(known.clone()));
        }
    }

    /// Takes the error of a check at the known train state, unless another Config has no check there.
    fn check(&mut self, error: f64) {
        let Some(run) = self.run.as_mut().filter(|run| run.training.is_check_due(&run.config)) else { return };
        if run.training.check(&run.config, error) {
            run.control.running = false;
            if let Some(end) = run.end() {
                self.interrupt(&end);
            }
            self.report();
        }
    }

    /// Sends a complete evaluation to the page; a check decides whether the run goes on.
    fn evaluated(&mut self, evaluation: CompletedEvaluation<ReplyTo<Evaluation>, ReplyTo<AlignmentPoint>>) {
        self.outbox.push(match evaluation {
            CompletedEvaluation::Check { error } => return self.check(error),
            CompletedEvaluation::Baseline { tasks, curve } => Event::Baseline { tasks, curve },
            CompletedEvaluation::HeldOut(point) => Event::HeldOut(point),
            CompletedEvaluation::Alignment(point) => Event::Alignment(point),
            CompletedEvaluation::AskedErrors { asked_by, config, iteration, provenance, curve } => {
                let evaluation = Evaluation { config: *config, iteration, provenance, curve };
                let answer = |reply_to: ReplyTo<Evaluation>| reply_to.answer(Ok(evaluation.clone()));
                return self.outbox.extend(asked_by.into_iter().map(answer));
            }
            CompletedEvaluation::AskedAlignment { asked_by, point } => {
                return self.outbox.extend(asked_by.into_iter().map(|reply_to| reply_to.answer(Ok(point.clone()))));
            }
        });
    }

    async fn work(&mut self) -> Result<Next, Failure> {
        let is_drawing_to_wait = self.is_drawing_to_wait();
        let Some(run) = &mut self.run else { return Ok(Next::Idle) };
        let clock = self.clock;
        if run.rewind.is_under_way() {
            run.read().await?;
            let arrived = run.rewind.work(run.training.known(), clock).await?;
            if arrived.is_some() {
                run.invalidate_views();
                // The status comes before the answer, so that the caller sees it when the answer arrives.
                self.outbox.push(Event::Status(run.status()));
            }
            self.outbox.extend(arrived);
            return Ok(Next::Now);
        }
        if run.preview.is_due(clock(), run.shown_iteration()) {
            run.read().await?;
            let begun = clock();
            let preview = run
                .preview
                .make(&run.config, run.backend.as_mut(), &run.start, run.rewind.past(), run.training.iteration())
                .await;
            self.outbox.extend(preview.map_err(Failure::Backend)?.map(Event::Preview));
            run.preview.note_time(begun, clock(), is_drawing_to_wait);
            if is_drawing_to_wait {
                // Counter and curves change together: the page is laid out and drawn once for both.
                self.report();
            }
            return Ok(Next::Now);
        }
        let (iteration, active) = (run.training.iteration(), run.control.is_active());
        if run.views.due(run.shown_iteration()).is_some_and(|due| clock() >= due) {
            let mut origin = None;
            if run.views.begins() {
                run.read().await?;
                origin = Some(run.origin());
            }
            let is_busy = run.control.is_busy(clock());
            let event = run.views.work(origin.as_ref(), run.backend.as_mut(), clock, is_busy).await;
            self.outbox.extend(event.map_err(Failure::Backend)?);
        }
        if run.evaluations.wants_point(iteration, run.config.outer.iterations, active) {
            run.read().await?;
            run.evaluations.point(run.training.known());
        }
        if run.evaluations.wants_alignment(iteration) {
            run.read().await?;
            run.evaluations.alignment_point(run.training.known());
        }
        // Training waits for a check.
        let is_checking = run.training.is_check_due(&run.config);
        if is_checking && !run.evaluations.is_checking() {
            run.read().await?;
            run.evaluations.check(&run.config, run.training.known());
        }
        if run.adaptations.front_mut().is_some_and(|(_, adaptation)| adaptation.work(ADAPTATION_SLICE, clock))
            && let Some((reply_to, adaptation)) = run.adaptations.pop_front()
        {
            self.outbox.push(reply_to.answer(Ok(adaptation.adapted())));
        }
        let next = match active {
            true if is_checking => Next::Now,
            true => train(run, clock, &mut self.outbox).await?,
            false => Next::Idle,
        };
        let training = run.control.is_busy(clock()) && !is_checking;
        let had_best = run.has_best();
        let evaluation = run.evaluations.work(run.backend.as_mut(), &run.start, training, clock).await;
        if let Some(evaluation) = evaluation.map_err(Failure::Backend)? {
            self.evaluated(evaluation);
        }
        if self.run.as_ref().is_some_and(|run| run.has_best() && !had_best) {
            self.report();
        }
        let Some(run) = &mut self.run else { return Ok(Next::Idle) };
        // Training at a pace leaves time for all of this.
        let iteration = run.shown_iteration();
        let is_waiting = run.evaluations.is_busy() || !run.adaptations.is_empty() || run.preview.is_stale(iteration);
        Ok(if is_waiting { Next::Now } else { next.or_from(run.views.due(iteration), clock()) })
    }
}

/// One slice of training.
async fn train(run: &mut SessionRun, clock: fn() -> f64, outbox: &mut Vec<Event>) -> Result<Next, Failure> {
    let begun = clock();
    let end = run.config.outer.iterations;
    let iteration = run.training.iteration();
    let tasks = match run.control.next_slice(begun, run.config.outer.meta_batch, iteration, end) {
        Ok(tasks) => tasks,
        Err(due) => return Ok(Next::At(due)),
    };
    let target = run.control.target(run.training.iteration(), end);
    let done = run.train(target, tasks).await.map_err(Failure::Backend)?;
    let now = clock();
    run.note_slice(done, now - begun);
    let reached = run.training.iteration();
    run.control.measure(now, reached);
    if reached >= end || run.control.steps.iter().any(|(_, target)| *target <= reached) {
        // Check θ before the steps are answered: it may have diverged.
        run.read().await?;
        run.control.running &= reached < end;
        outbox.push(Event::Status(run.status()));
    }
    let done = run.control.steps.extract_if(.., |(_, target)| *target <= reached);
    outbox.extend(done.map(|(reply_to, _)| reply_to.answer(Ok(()))));
    if reached >= end {
        // The run was made shorter while these waited.
        let beyond = run.control.steps.drain(..);
        outbox.extend(beyond.map(|(reply_to, _)| reply_to.answer(Err(Failure::Finished))));
    }
    Ok(Next::Now)
}

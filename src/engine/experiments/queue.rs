//! The queue of an experiment's segments.

use serde::Serialize;

use super::run::ExperimentRun;
use crate::backend::BackendError;
use crate::backend::choice::Preference;
use crate::backend::gpu::parallel_runs;
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::engine::arguments::within;
use crate::engine::protocol::{
    BeginExperiment, Event, Experiment, ExperimentAction, ExperimentCall, ExperimentCommand, ExperimentId, Failure,
    ReadTrainState, ReplyTo,
};
use crate::train::segment::{RunSegment, SegmentOutcome};

/// An experiment is given up after this many errors in a row of one of its runs.
const MOST_LOSSES: u32 = 3;

/// The experiment under way, if there is one.
#[derive(Default)]
pub struct JobQueue {
    experiment: Option<Running>,
    outbox: Vec<Event>,
}

/// Names the run that a segment belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobId {
    experiment: ExperimentId,
    run: usize,
}

/// An experiment that is running or complete.
struct Running {
    id: ExperimentId,
    /// The pending reply to the call that began it; none once all its runs are over.
    reply_to: Option<ReplyTo<()>>,
    experiment: Experiment,
    runs: Vec<ExperimentRun>,
    is_paused: bool,
}

impl JobQueue {
    /// Handles one call. The call that begins an experiment is answered when all its runs are over, the others at once.
    pub fn handle(&mut self, id: u32, call: ExperimentCall) {
        match call {
            ExperimentCall::BeginExperiment(begin) => {
                let reply_to = ReplyTo::of(id, &*begin);
                match ExperimentRun::all_of(&begin.experiment) {
                    Ok(runs) => self.begin(*begin, runs, reply_to),
                    Err(failure) => self.answer(reply_to, Err(failure)),
                }
            }
            ExperimentCall::ExperimentCommand(command) => {
                let reply_to = ReplyTo::of(id, &command);
                self.execute(command);
                self.answer(reply_to, Ok(()));
            }
            ExperimentCall::ReadTrainState(read) => {
                let reply_to = ReplyTo::of(id, &read);
                let train_state = self.train_state(read);
                self.answer(reply_to, train_state);
            }
        }
    }

    fn answer<T: Serialize>(&mut self, reply_to: ReplyTo<T>, result: Result<T, Failure>) {
        self.outbox.push(reply_to.answer(result));
    }

    fn begin(&mut self, begin: BeginExperiment, runs: Vec<ExperimentRun>, reply_to: ReplyTo<()>) {
        self.cancel(Failure::Superseded);
        let BeginExperiment { id, experiment } = begin;
        self.experiment = Some(Running { id, reply_to: Some(reply_to), experiment, runs, is_paused: false });
    }

    /// Executes a command for the experiment, unless it is meant for another one.
    fn execute(&mut self, command: ExperimentCommand) {
        let Some(running) = self.experiment.as_mut().filter(|running| running.id == command.id) else { return };
        match command.action {
            ExperimentAction::Pause => running.is_paused = true,
            ExperimentAction::Resume => running.is_paused = false,
            ExperimentAction::Cancel => self.cancel(Failure::Cancelled),
            ExperimentAction::Preview { shots } => {
                running.experiment.evaluation.shots = Some(shots);
                running.runs.iter_mut().for_each(|run| run.is_stale = true);
            }
        }
    }

    /// Ends the experiment; a pending reply to the call that began it is this failure.
    pub fn cancel(&mut self, failure: Failure) {
        let Some(running) = self.experiment.take() else { return };
        if let Some(reply_to) = running.reply_to {
            self.answer(reply_to, Err(failure));
        }
    }

    fn train_state(&self, read: ReadTrainState) -> Result<TrainState, Failure> {
        let held = self.experiment.as_ref();
        let number = held.map_or(0, |running| running.id.0);
        // Only the held experiment's number is allowed.
        within("experiment", f64::from(read.id.0), f64::from(number), f64::from(number))?;
        let runs = held.map_or(&[][..], |running| &running.runs);
        let last = runs.len().saturating_sub(1) as f64;
        within("run", read.run as f64, 0.0, last)?;
        runs.get(read.run).map(|run| run.train_state.clone()).ok_or(Failure::NotOpen)
    }

    /// The experiment that is under way or complete.
    #[must_use]
    pub fn id(&self) -> Option<ExperimentId> {
        self.experiment.as_ref().map(|running| running.id)
    }

    /// The backend that its runs are preferred to be executed on.
    #[must_use]
    pub fn preference(&self) -> Option<Preference> {
        self.experiment.as_ref().map(|running| running.experiment.preference)
    }

    /// The Configs of its runs, if they can be executed side by side, for which the length of each must be known, too.
    #[must_use]
    pub fn side_by_side(&self) -> Option<Vec<Config>> {
        let Running { runs, .. } = self.experiment.as_ref()?;
        let configs: Vec<Config> = runs.iter().map(|run| run.config.clone()).collect();
        (runs.iter().all(|run| run.planned.is_some()) && parallel_runs::fit(&configs)).then_some(configs)
    }

    /// Whether no segment is left to execute, so that the workers can be terminated.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let is_over =
            |running: &Running| running.reply_to.is_none() && !running.runs.iter().any(ExperimentRun::is_preview_due);
        self.experiment.as_ref().is_none_or(is_over)
    }

    /// The events since the last call, in order.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    /// The next segment for an idle worker, with the run that it belongs to.
    pub fn next_segment(&mut self) -> Option<(JobId, RunSegment)> {
        let Running { id, experiment, runs, is_paused, .. } = self.experiment.as_mut()?;
        let free = || runs.iter().enumerate().filter(|(_, run)| !run.is_working);
        let behind = free().filter(|(_, run)| !run.is_over && !*is_paused);
        let behind = behind.min_by_key(|(_, run)| run.priority());
        let (index, _) = behind.or_else(|| free().find(|(_, run)| run.is_preview_due()))?;
        let job = JobId { experiment: *id, run: index };
        Some((job, runs[index].begin_segment(experiment)))
    }

    /// The next segments for a device that executes several side by side, at most one of each run.
    pub fn next_segments(&mut self, most: usize) -> (Vec<JobId>, Vec<RunSegment>) {
        std::iter::from_fn(|| self.next_segment()).take(most).unzip()
    }

    /// Takes in the outcome of a segment. If it is an error, the segment is executed again; after a few errors
    /// in a row of the same run the experiment is given up, and its answer is the last of them.
    pub fn accept(&mut self, job: JobId, outcome: Result<SegmentOutcome, BackendError>) {
        let Some(Running { id, reply_to, experiment, runs, .. }) = &mut self.experiment else { return };
        let Some(run) = runs.get_mut(job.run).filter(|_| job.experiment == *id) else { return };
        run.losses = if outcome.is_ok() { 0 } else { run.losses + 1 };
        if let Err(error) = &outcome
            && run.losses >= MOST_LOSSES
        {
            return self.cancel(Failure::Backend(error.clone()));
        }
        let progress = run.end_segment(experiment, outcome);
        let event = |progress| Event::Experiment { id: job.experiment, run: job.run, progress };
        self.outbox.extend(progress.into_iter().map(event));
        if runs.iter().all(|run| run.is_over)
            && let Some(reply_to) = reply_to.take()
        {
            self.outbox.push(reply_to.answer(Ok(())));
        }
    }
}

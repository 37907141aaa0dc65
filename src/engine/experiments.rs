//! Several runs side by side: what a comparison and a search are made of.
//!
//! A run goes on one worker at a time, a [`RunSegment`] after the other; a free worker takes the run that is behind the
//! others. What a run comes to does not depend on the workers, nor on how it is cut into segments. This is the state
//! machine; whoever holds workers asks it for the [next](JobQueue::next_segment) segment and [gives back](JobQueue::accept) what came
//! of it.

use serde::Serialize;

use super::protocol::{
    BeginExperiment, Budget, Event, Experiment, ExperimentAction, ExperimentCall, ExperimentCommand, ExperimentId,
    Failure, Measured, Preference, Progress, ReadTrainState, ReplyTo,
};
use crate::backend::BackendError;
use crate::backend::gpu::parallel_runs;
use crate::backend::segment::{EvaluationSpec, RunSegment, SegmentOutcome};
use crate::domain::config::Config;
use crate::domain::config::parameters::MOST_ITERATIONS;
use crate::domain::cost::Cost;
use crate::domain::train_state::TrainState;

/// Longest segment in milliseconds: commands wait no longer for it.
const SEGMENT_TIME_LIMIT: f64 = 100.0;
/// Most runs of an experiment.
pub const MOST_RUNS: usize = 1024;
/// Most held-out tasks of a measurement.
const MOST_TASKS: usize = 10_000;
/// Most measurements along a run.
const MOST_POINTS: usize = 100;

/// The experiment under way, if there is one.
#[derive(Default)]
pub struct JobQueue {
    experiment: Option<Running>,
    outbox: Vec<Event>,
}

/// Of which run a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobId {
    experiment: ExperimentId,
    run: usize,
}

/// An experiment under way or complete.
struct Running {
    id: ExperimentId,
    /// Where the reply goes that all its runs are over, until it is given.
    reply_to: Option<ReplyTo<()>>,
    experiment: Experiment,
    runs: Vec<Run>,
    is_paused: bool,
}

/// One run.
struct Run {
    config: Config,
    train_state: TrainState,
    /// Whether a worker is at it.
    is_working: bool,
    /// Whether it is at its end, or has diverged.
    is_over: bool,
    /// Meta-iterations of its budget; none until they are known.
    planned: Option<u64>,
    /// Measurements made.
    measured: usize,
    /// Seconds of training.
    seconds: f64,
    /// Whether its preview has other shots than those that are shown now.
    is_stale: bool,
}

impl Run {
    /// The runs of an experiment.
    ///
    /// # Errors
    /// A number of it is out of its range, or a Config is refused.
    fn all_of(experiment: &Experiment) -> Result<Vec<Self>, Failure> {
        let within = super::session::within;
        within("runs", experiment.runs.len() as f64, 1.0, MOST_RUNS as f64)?;
        within("tasks", experiment.evaluation.tasks as f64, 1.0, MOST_TASKS as f64)?;
        within("points", experiment.points as f64, 1.0, MOST_POINTS as f64)?;
        match experiment.budget {
            Budget::Iterations(count) | Budget::Evaluations(count) => within("budget", count as f64, 1.0, 1e12)?,
            Budget::Seconds(seconds) => within("budget", seconds, 0.01, 3600.0)?,
        }
        let run = |config: &Config| {
            let config = config.clone().checked().map_err(Failure::Config)?;
            Ok(Self::new(config, &experiment.budget))
        };
        experiment.runs.iter().map(run).collect()
    }

    fn new(config: Config, budget: &Budget) -> Self {
        let train_state = TrainState::of(&config);
        let mut run = Self {
            config,
            train_state,
            is_working: false,
            is_over: false,
            planned: None,
            measured: 0,
            seconds: 0.0,
            is_stale: true,
        };
        match *budget {
            Budget::Iterations(count) => run.plan(count),
            Budget::Evaluations(count) => {
                let of_one = Cost::of(&run.config, 1).evaluations();
                // What costs nothing is done at once.
                run.plan(count.checked_div(of_one).unwrap_or(1));
            }
            Budget::Seconds(_) => {}
        }
        run
    }

    /// The run is so long, and its schedule with it.
    fn plan(&mut self, iterations: u64) {
        self.config.outer.iterations = iterations.clamp(1, MOST_ITERATIONS);
        self.planned = Some(self.config.outer.iterations);
    }

    /// The meta-iteration of the next measurement. Where there is but one, it is at the end.
    fn next_point(&self, points: usize) -> Option<u64> {
        let planned = self.planned?;
        if points < 2 {
            return Some(planned);
        }
        // One at the start, and then as many in equal distances.
        Some(planned * self.measured as u64 / points as u64)
    }

    /// Whether the last measurement has been made.
    fn is_complete(&self, points: usize) -> bool {
        self.measured > if points < 2 { 0 } else { points }
    }
}

impl JobQueue {
    /// Handles one call. That of a new experiment is answered when its runs are over.
    pub fn handle(&mut self, id: u32, call: ExperimentCall) {
        match call {
            ExperimentCall::BeginExperiment(begin) => {
                let reply_to = ReplyTo::of(id, &*begin);
                match Run::all_of(&begin.experiment) {
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

    fn begin(&mut self, begin: BeginExperiment, runs: Vec<Run>, reply_to: ReplyTo<()>) {
        self.give_up(Failure::Interrupted);
        let BeginExperiment { id, experiment } = begin;
        self.experiment = Some(Running { id, reply_to: Some(reply_to), experiment, runs, is_paused: false });
    }

    /// Executes a command for the experiment, unless it is meant for another one.
    fn execute(&mut self, command: ExperimentCommand) {
        let Some(running) = self.experiment.as_mut().filter(|running| running.id == command.id) else { return };
        match command.action {
            ExperimentAction::Pause => running.is_paused = true,
            ExperimentAction::Resume => running.is_paused = false,
            ExperimentAction::Cancel => self.give_up(Failure::Interrupted),
            ExperimentAction::Preview { shots } => {
                running.experiment.evaluation.shots = Some(shots);
                running.runs.iter_mut().for_each(|run| run.is_stale = true);
            }
        }
    }

    /// Ends the experiment that is under way; whoever waits for it is told why.
    pub fn give_up(&mut self, failure: Failure) {
        let Some(running) = self.experiment.take() else { return };
        if let Some(reply_to) = running.reply_to {
            self.answer(reply_to, Err(failure));
        }
    }

    fn train_state(&self, read: ReadTrainState) -> Result<TrainState, Failure> {
        let refused = |name: &str, value: String, min: f64, max: f64| Failure::Argument {
            name: name.to_owned(),
            value,
            min,
            max,
        };
        let held = self.id().unwrap_or_default();
        let of_it = self.experiment.as_ref().filter(|running| running.id == read.id);
        let ExperimentId(number) = held;
        let Running { runs, .. } =
            of_it.ok_or_else(|| refused("experiment", read.id.0.to_string(), f64::from(number), f64::from(number)))?;
        let run = runs.get(read.run);
        let last = runs.len().saturating_sub(1) as f64;
        run.map(|run| run.train_state.clone()).ok_or_else(|| refused("run", read.run.to_string(), 0.0, last))
    }

    /// The experiment that is under way or complete.
    #[must_use]
    pub fn id(&self) -> Option<ExperimentId> {
        self.experiment.as_ref().map(|running| running.id)
    }

    /// Where its runs are preferred to go.
    #[must_use]
    pub fn preference(&self) -> Option<Preference> {
        self.experiment.as_ref().map(|running| running.experiment.preference)
    }

    /// Its runs, if they can go side by side: how long each is must be known, too.
    #[must_use]
    pub fn side_by_side(&self) -> Option<Vec<Config>> {
        let Running { runs, .. } = self.experiment.as_ref()?;
        let configs: Vec<Config> = runs.iter().map(|run| run.config.clone()).collect();
        (runs.iter().all(|run| run.planned.is_some()) && parallel_runs::fit(&configs)).then_some(configs)
    }

    /// Whether nothing is left to do, so that workers may rest.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let is_over = |running: &Running| running.reply_to.is_none() && !running.runs.iter().any(Run::is_shown_late);
        self.experiment.as_ref().is_none_or(is_over)
    }

    /// What there is to say, in order.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    /// The next segment for a free worker, and of which run it is.
    pub fn next_segment(&mut self) -> Option<(JobId, RunSegment)> {
        let Running { id, experiment, runs, is_paused, .. } = self.experiment.as_mut()?;
        let free = || runs.iter().enumerate().filter(|(_, run)| !run.is_working);
        let behind = free().filter(|(_, run)| !run.is_over && !*is_paused);
        let behind = behind.min_by_key(|(_, run)| (run.planned.is_some(), run.measured));
        let (index, _) = behind.or_else(|| free().find(|(_, run)| run.is_shown_late()))?;
        let run = &mut runs[index];
        let (until, tasks) = match run.next_point(experiment.points) {
            _ if run.is_over => (run.train_state.iteration, 0),
            // How fast the machine is with this Config is not known so far.
            None => (u64::MAX, 0),
            Some(until) => (until, experiment.evaluation.tasks),
        };
        run.is_working = true;
        run.is_stale = false;
        let (config, train_state) = (run.config.clone(), run.train_state.clone());
        let evaluation = EvaluationSpec { tasks, ..experiment.evaluation.clone() };
        let job = JobId { experiment: *id, run: index };
        Some((job, RunSegment { config, train_state, until, time_limit: SEGMENT_TIME_LIMIT, evaluation }))
    }

    /// The next segments for a device that makes several side by side, at most one of a run.
    pub fn next_segments(&mut self, most: usize) -> (Vec<JobId>, Vec<RunSegment>) {
        std::iter::from_fn(|| self.next_segment()).take(most).unzip()
    }

    /// Takes what came of a segment. One whose worker was lost is made again.
    pub fn accept(&mut self, job: JobId, result: Result<SegmentOutcome, BackendError>) {
        let Some(Running { id, reply_to, experiment, runs, .. }) = &mut self.experiment else { return };
        let Some(run) = runs.get_mut(job.run).filter(|_| job.experiment == *id) else { return };
        run.is_working = false;
        let Ok(SegmentOutcome { train_state, seconds, curve, predictions }) = result else {
            run.is_stale = true;
            return;
        };
        let event = |progress| Event::Experiment { id: job.experiment, run: job.run, progress };
        if let (None, Budget::Seconds(budget)) = (run.planned, &experiment.budget) {
            // This segment was for its speed alone.
            return run.plan((train_state.iteration as f64 / seconds.max(1e-3) * budget) as u64);
        }
        if train_state.has_diverged() {
            run.is_over = true;
            self.outbox.push(event(Progress::Diverged { iteration: run.train_state.iteration }));
        } else {
            run.train_state = train_state;
            run.seconds += seconds;
            let iteration = run.train_state.iteration;
            if let (None, Some(iterations), false) = (&curve, run.planned, run.is_over) {
                self.outbox.push(event(Progress::Trained { iteration, iterations }));
            }
            if !predictions.is_empty() {
                self.outbox.push(event(Progress::Preview {
                    iteration,
                    steps: experiment.evaluation.steps(),
                    predictions,
                }));
            }
            if let Some(curve) = curve {
                run.measured += 1;
                let cost = Cost::of(&run.config, iteration);
                let (tasks, seconds) = (experiment.evaluation.tasks, run.seconds);
                self.outbox.push(event(Progress::Point(Measured { iteration, cost, seconds, tasks, curve })));
                run.is_over = run.is_complete(experiment.points) || run.train_state.early_stopping.stopped.is_some();
            }
        }
        if runs.iter().all(|run| run.is_over)
            && let Some(reply_to) = reply_to.take()
        {
            self.outbox.push(reply_to.answer(Ok(())));
        }
    }
}

impl Run {
    /// Whether it is over, with a preview of other shots than those that are shown now.
    fn is_shown_late(&self) -> bool {
        self.is_over && self.is_stale
    }
}

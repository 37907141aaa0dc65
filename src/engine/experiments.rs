//! Several runs side by side: what a comparison and a search are made of.
//!
//! A run goes on one worker at a time, a [`RunSegment`] after the other; a free worker takes the run that is behind the
//! others. What a run comes to does not depend on the workers, nor on how it is cut into segments. This is the state
//! machine; whoever holds workers asks it for the [next](JobQueue::next_segment) segment and [gives back](JobQueue::accept) what came
//! of it.

use super::protocol::{Budget, Event, Experiment, ExperimentCommand, Failure, Measured, Preference, Progress, Reply};
use crate::backend::BackendError;
use crate::backend::gpu::parallel_runs;
use crate::backend::segment::{EvaluationSpec, RunSegment, SegmentOutcome};
use crate::domain::config::Config;
use crate::domain::config::parameters::MOST_ITERATIONS;
use crate::domain::cost::Cost;
use crate::domain::train_state::TrainState;

/// Longest segment in milliseconds: commands wait no longer for it.
const SEGMENT_TIME_LIMIT: f64 = 100.0;
/// Most runs of a experiment.
pub const MOST_RUNS: usize = 1024;
/// Most held-out tasks of a measurement.
const MOST_TASKS: usize = 10_000;
/// Most measurements along a run.
const MOST_POINTS: usize = 100;

/// The experiment under way, if there is one.
#[derive(Default)]
pub struct JobQueue {
    /// How many there were.
    number: u32,
    experiment: Option<Running>,
    outbox: Vec<Event>,
}

/// Of which run a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobId {
    experiment: u32,
    member: usize,
}

/// A experiment under way or complete.
struct Running {
    /// The request that began it, until it is answered.
    id: Option<u32>,
    experiment: Experiment,
    members: Vec<Member>,
    paused: bool,
}

/// One run.
struct Member {
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

impl Member {
    fn new(config: Config, budget: &Budget) -> Self {
        let train_state = TrainState::of(&config);
        let mut member = Self {
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
            Budget::Iterations(count) => member.plan(count),
            Budget::Evaluations(count) => {
                let of_one = Cost::of(&member.config, 1).evaluations();
                // What costs nothing is done at once.
                member.plan(count.checked_div(of_one).unwrap_or(1));
            }
            Budget::Seconds(_) => {}
        }
        member
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
    /// Obeys a command.
    pub fn answer(&mut self, id: u32, command: ExperimentCommand) {
        let result = match command {
            ExperimentCommand::Begin(experiment) => match self.begin(id, *experiment) {
                Ok(()) => return,
                Err(failure) => Err(failure),
            },
            ExperimentCommand::Pause(paused) => {
                self.experiment.iter_mut().for_each(|running| running.paused = paused);
                Ok(Reply::Done)
            }
            ExperimentCommand::Cancel => {
                self.give_up(Failure::Interrupted);
                Ok(Reply::Done)
            }
            ExperimentCommand::Show(shots) => {
                if let Some(running) = &mut self.experiment {
                    running.experiment.evaluation.shots = Some(shots);
                    running.members.iter_mut().for_each(|member| member.is_stale = true);
                }
                Ok(Reply::Done)
            }
            ExperimentCommand::TrainState { member } => self.train_state(member),
        };
        self.outbox.push(Event::Answer { id, result });
    }

    fn begin(&mut self, id: u32, experiment: Experiment) -> Result<(), Failure> {
        let within = super::session::within;
        within("runs", experiment.runs.len() as f64, 1.0, MOST_RUNS as f64)?;
        within("tasks", experiment.evaluation.tasks as f64, 1.0, MOST_TASKS as f64)?;
        within("points", experiment.points as f64, 1.0, MOST_POINTS as f64)?;
        match experiment.budget {
            Budget::Iterations(count) | Budget::Evaluations(count) => within("budget", count as f64, 1.0, 1e12)?,
            Budget::Seconds(seconds) => within("budget", seconds, 0.01, 3600.0)?,
        }
        let checked = |config: &Config| config.clone().checked().map_err(Failure::Config);
        let configs = experiment.runs.iter().map(checked).collect::<Result<Vec<_>, _>>()?;
        self.give_up(Failure::Interrupted);
        let members = configs.into_iter().map(|config| Member::new(config, &experiment.budget)).collect();
        self.number += 1;
        self.experiment = Some(Running { id: Some(id), experiment, members, paused: false });
        Ok(())
    }

    /// Ends the experiment that is under way; whoever waits for it is told why.
    pub fn give_up(&mut self, failure: Failure) {
        let Some(running) = self.experiment.take() else { return };
        if let Some(id) = running.id {
            self.outbox.push(Event::Answer { id, result: Err(failure) });
        }
    }

    fn train_state(&self, member: usize) -> Result<Reply, Failure> {
        let members = self.experiment.iter().flat_map(|running| &running.members);
        let count = members.clone().count();
        let train_state = members.map(|member| &member.train_state).nth(member);
        train_state.cloned().map(Reply::TrainState).ok_or_else(|| Failure::Argument {
            name: "member".to_owned(),
            value: member.to_string(),
            min: 0.0,
            max: count.saturating_sub(1) as f64,
        })
    }

    /// Which experiment it is: they are counted.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Where its runs are preferred to go.
    #[must_use]
    pub fn preference(&self) -> Option<Preference> {
        self.experiment.as_ref().map(|running| running.experiment.preference)
    }

    /// Its runs, if they can go side by side: how long each is must be known, too.
    #[must_use]
    pub fn side_by_side(&self) -> Option<Vec<Config>> {
        let Running { members, .. } = self.experiment.as_ref()?;
        let runs: Vec<Config> = members.iter().map(|member| member.config.clone()).collect();
        (members.iter().all(|member| member.planned.is_some()) && parallel_runs::fit(&runs)).then_some(runs)
    }

    /// Whether nothing is left to do, so that workers may rest.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let is_over = |running: &Running| running.id.is_none() && !running.members.iter().any(Member::is_shown_late);
        self.experiment.as_ref().is_none_or(is_over)
    }

    /// What there is to say, in order.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    /// The next segment for a free worker, and of which run it is.
    pub fn next_segment(&mut self) -> Option<(JobId, RunSegment)> {
        let Running { experiment, members, paused, .. } = self.experiment.as_mut()?;
        let free = || members.iter().enumerate().filter(|(_, member)| !member.is_working);
        let behind = free().filter(|(_, member)| !member.is_over && !*paused);
        let behind = behind.min_by_key(|(_, member)| (member.planned.is_some(), member.measured));
        let (index, _) = behind.or_else(|| free().find(|(_, member)| member.is_shown_late()))?;
        let member = &mut members[index];
        let (until, tasks) = match member.next_point(experiment.points) {
            _ if member.is_over => (member.train_state.iteration, 0),
            // How fast the machine is with this Config is not known so far.
            None => (u64::MAX, 0),
            Some(until) => (until, experiment.evaluation.tasks),
        };
        member.is_working = true;
        member.is_stale = false;
        let (config, train_state) = (member.config.clone(), member.train_state.clone());
        let evaluation = EvaluationSpec { tasks, ..experiment.evaluation.clone() };
        let job = JobId { experiment: self.number, member: index };
        Some((job, RunSegment { config, train_state, until, time_limit: SEGMENT_TIME_LIMIT, evaluation }))
    }

    /// The next segments for a device that makes several side by side, at most one of a run.
    pub fn next_segments(&mut self, most: usize) -> (Vec<JobId>, Vec<RunSegment>) {
        std::iter::from_fn(|| self.next_segment()).take(most).unzip()
    }

    /// Takes what came of a segment. One whose worker was lost is made again.
    pub fn accept(&mut self, job: JobId, result: Result<SegmentOutcome, BackendError>) {
        let Some(Running { id, experiment, members, .. }) = &mut self.experiment else { return };
        let Some(member) = members.get_mut(job.member).filter(|_| job.experiment == self.number) else { return };
        member.is_working = false;
        let Ok(SegmentOutcome { train_state, seconds, curve, predictions }) = result else {
            member.is_stale = true;
            return;
        };
        let tell = |progress| Event::Experiment { member: job.member, progress };
        if let (None, Budget::Seconds(budget)) = (member.planned, &experiment.budget) {
            // This segment was for its speed alone.
            return member.plan((train_state.iteration as f64 / seconds.max(1e-3) * budget) as u64);
        }
        if train_state.has_diverged() {
            member.is_over = true;
            self.outbox.push(tell(Progress::Diverged { iteration: member.train_state.iteration }));
        } else {
            member.train_state = train_state;
            member.seconds += seconds;
            let iteration = member.train_state.iteration;
            if let (None, Some(iterations), false) = (&curve, member.planned, member.is_over) {
                self.outbox.push(tell(Progress::Trained { iteration, iterations }));
            }
            if !predictions.is_empty() {
                self.outbox.push(tell(Progress::Preview {
                    iteration,
                    steps: experiment.evaluation.steps(),
                    predictions,
                }));
            }
            if let Some(curve) = curve {
                member.measured += 1;
                let cost = Cost::of(&member.config, iteration);
                let (tasks, seconds) = (experiment.evaluation.tasks, member.seconds);
                self.outbox.push(tell(Progress::Point(Measured { iteration, cost, seconds, tasks, curve })));
                member.is_over =
                    member.is_complete(experiment.points) || member.train_state.early_stopping.stopped.is_some();
            }
        }
        if members.iter().all(|member| member.is_over)
            && let Some(id) = id.take()
        {
            self.outbox.push(Event::Answer { id, result: Ok(Reply::Done) });
        }
    }
}

impl Member {
    /// Whether it is over, with a preview of other shots than those that are shown now.
    fn is_shown_late(&self) -> bool {
        self.is_over && self.is_stale
    }
}

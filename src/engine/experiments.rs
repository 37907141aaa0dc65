//! Several runs side by side: what a comparison and a search are made of.
//!
//! A run goes on one worker at a time, a [`Stretch`] after the other; a free worker takes the run that is behind the
//! others. What a run comes to does not depend on the workers, nor on how it is cut into stretches. This is the state
//! machine; whoever holds workers asks it for the [next](Bench::next_stretch) stretch and [gives back](Bench::accept) what came
//! of it.

use super::protocol::{Budget, Event, Failure, Measured, Preference, Progress, Reply, Series, SeriesCommand};
use crate::backend::BackendError;
use crate::backend::gpu::parallel_runs;
use crate::backend::segment::{Exam, Outcome, Stretch};
use crate::domain::config::Config;
use crate::domain::cost::Cost;
use crate::domain::outer_optimizer::Learner;
use crate::domain::parameters::MOST_ITERATIONS;

/// Longest stretch in milliseconds: commands wait no longer for it.
const PATIENCE: f64 = 100.0;
/// Most runs of a series.
pub const MOST_RUNS: usize = 1024;
/// Most held-out tasks of a measurement.
const MOST_TASKS: usize = 10_000;
/// Most measurements along a run.
const MOST_POINTS: usize = 100;

/// The series under way, if there is one.
#[derive(Default)]
pub struct Bench {
    /// How many there were.
    number: u32,
    series: Option<Running>,
    outbox: Vec<Event>,
}

/// Of which run a stretch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    series: u32,
    member: usize,
}

/// A series under way or complete.
struct Running {
    /// The request that began it, until it is answered.
    id: Option<u32>,
    series: Series,
    members: Vec<Member>,
    paused: bool,
}

/// One run.
struct Member {
    config: Config,
    learner: Learner,
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
    /// Whether its picture has other shots than those that are shown now.
    is_stale: bool,
}

impl Member {
    fn new(config: Config, budget: &Budget) -> Self {
        let learner = Learner::of(&config);
        let mut member = Self {
            config,
            learner,
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

impl Bench {
    /// Obeys a command.
    pub fn answer(&mut self, id: u32, command: SeriesCommand) {
        let result = match command {
            SeriesCommand::Begin(series) => match self.begin(id, *series) {
                Ok(()) => return,
                Err(failure) => Err(failure),
            },
            SeriesCommand::Pause(paused) => {
                self.series.iter_mut().for_each(|running| running.paused = paused);
                Ok(Reply::Done)
            }
            SeriesCommand::Cancel => {
                self.give_up(Failure::Interrupted);
                Ok(Reply::Done)
            }
            SeriesCommand::Show(shots) => {
                if let Some(running) = &mut self.series {
                    running.series.exam.shots = Some(shots);
                    running.members.iter_mut().for_each(|member| member.is_stale = true);
                }
                Ok(Reply::Done)
            }
            SeriesCommand::Learner { member } => self.learner(member),
        };
        self.outbox.push(Event::Answer { id, result });
    }

    fn begin(&mut self, id: u32, series: Series) -> Result<(), Failure> {
        let within = super::session::within;
        within("runs", series.runs.len() as f64, 1.0, MOST_RUNS as f64)?;
        within("tasks", series.exam.tasks as f64, 1.0, MOST_TASKS as f64)?;
        within("points", series.points as f64, 1.0, MOST_POINTS as f64)?;
        match series.budget {
            Budget::Iterations(count) | Budget::Evaluations(count) => within("budget", count as f64, 1.0, 1e12)?,
            Budget::Seconds(seconds) => within("budget", seconds, 0.01, 3600.0)?,
        }
        let checked = |config: &Config| config.clone().checked().map_err(Failure::Config);
        let configs = series.runs.iter().map(checked).collect::<Result<Vec<_>, _>>()?;
        self.give_up(Failure::Interrupted);
        let members = configs.into_iter().map(|config| Member::new(config, &series.budget)).collect();
        self.number += 1;
        self.series = Some(Running { id: Some(id), series, members, paused: false });
        Ok(())
    }

    /// Ends the series that is under way; whoever waits for it is told why.
    pub fn give_up(&mut self, failure: Failure) {
        let Some(running) = self.series.take() else { return };
        if let Some(id) = running.id {
            self.outbox.push(Event::Answer { id, result: Err(failure) });
        }
    }

    fn learner(&self, member: usize) -> Result<Reply, Failure> {
        let members = self.series.iter().flat_map(|running| &running.members);
        let count = members.clone().count();
        let learner = members.map(|member| &member.learner).nth(member);
        learner.cloned().map(Reply::Learner).ok_or_else(|| Failure::Argument {
            name: "member".to_owned(),
            value: member.to_string(),
            min: 0.0,
            max: count.saturating_sub(1) as f64,
        })
    }

    /// Which series it is: they are counted.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Where its runs are preferred to go.
    #[must_use]
    pub fn preference(&self) -> Option<Preference> {
        self.series.as_ref().map(|running| running.series.preference)
    }

    /// Its runs, if they can go side by side: how long each is must be known, too.
    #[must_use]
    pub fn side_by_side(&self) -> Option<Vec<Config>> {
        let Running { members, .. } = self.series.as_ref()?;
        let runs: Vec<Config> = members.iter().map(|member| member.config.clone()).collect();
        (members.iter().all(|member| member.planned.is_some()) && parallel_runs::fit(&runs)).then_some(runs)
    }

    /// Whether nothing is left to do, so that workers may rest.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let is_over = |running: &Running| running.id.is_none() && !running.members.iter().any(Member::is_shown_late);
        self.series.as_ref().is_none_or(is_over)
    }

    /// What there is to say, in order.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    /// The next stretch for a free worker, and of which run it is.
    pub fn next_stretch(&mut self) -> Option<(Ticket, Stretch)> {
        let Running { series, members, paused, .. } = self.series.as_mut()?;
        let free = || members.iter().enumerate().filter(|(_, member)| !member.is_working);
        let behind = free().filter(|(_, member)| !member.is_over && !*paused);
        let behind = behind.min_by_key(|(_, member)| (member.planned.is_some(), member.measured));
        let (index, _) = behind.or_else(|| free().find(|(_, member)| member.is_shown_late()))?;
        let member = &mut members[index];
        let (until, tasks) = match member.next_point(series.points) {
            _ if member.is_over => (member.learner.iteration, 0),
            // How fast the machine is with this Config is not known so far.
            None => (u64::MAX, 0),
            Some(until) => (until, series.exam.tasks),
        };
        member.is_working = true;
        member.is_stale = false;
        let (config, learner) = (member.config.clone(), member.learner.clone());
        let exam = Exam { tasks, ..series.exam.clone() };
        let ticket = Ticket { series: self.number, member: index };
        Some((ticket, Stretch { config, learner, until, patience: PATIENCE, exam }))
    }

    /// The next stretches for a device that makes several side by side, at most one of a run.
    pub fn next_stretches(&mut self, most: usize) -> (Vec<Ticket>, Vec<Stretch>) {
        std::iter::from_fn(|| self.next_stretch()).take(most).unzip()
    }

    /// Takes what came of a stretch. One whose worker was lost is made again.
    pub fn accept(&mut self, ticket: Ticket, result: Result<Outcome, BackendError>) {
        let Some(Running { id, series, members, .. }) = &mut self.series else { return };
        let Some(member) = members.get_mut(ticket.member).filter(|_| ticket.series == self.number) else { return };
        member.is_working = false;
        let Ok(Outcome { learner, seconds, curve, predictions }) = result else {
            member.is_stale = true;
            return;
        };
        let tell = |progress| Event::Series { member: ticket.member, progress };
        if let (None, Budget::Seconds(budget)) = (member.planned, &series.budget) {
            // This stretch was for its speed alone.
            return member.plan((learner.iteration as f64 / seconds.max(1e-3) * budget) as u64);
        }
        if learner.has_diverged() {
            member.is_over = true;
            self.outbox.push(tell(Progress::Diverged { iteration: member.learner.iteration }));
        } else {
            member.learner = learner;
            member.seconds += seconds;
            let iteration = member.learner.iteration;
            if let (None, Some(iterations), false) = (&curve, member.planned, member.is_over) {
                self.outbox.push(tell(Progress::Trained { iteration, iterations }));
            }
            if !predictions.is_empty() {
                self.outbox.push(tell(Progress::Picture { iteration, steps: series.exam.steps(), predictions }));
            }
            if let Some(curve) = curve {
                member.measured += 1;
                let cost = Cost::of(&member.config, iteration);
                let (tasks, seconds) = (series.exam.tasks, member.seconds);
                self.outbox.push(tell(Progress::Point(Measured { iteration, cost, seconds, tasks, curve })));
                member.is_over = member.is_complete(series.points) || member.learner.course.stopped.is_some();
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
    /// Whether it is over, with a picture of other shots than those that are shown now.
    fn is_shown_late(&self) -> bool {
        self.is_over && self.is_stale
    }
}

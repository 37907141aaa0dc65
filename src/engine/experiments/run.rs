//! One run of an experiment: how long it is, which segment of it comes next, and what came of those before.

use crate::backend::BackendError;
use crate::domain::config::Config;
use crate::domain::config::parameters::MOST_ITERATIONS;
use crate::domain::cost::Cost;
use crate::domain::evaluation::EvaluationSpec;
use crate::domain::train_state::TrainState;
use crate::engine::arguments::{check_config, within};
use crate::engine::protocol::{Budget, Experiment, Failure, Measured, Progress};
use crate::train::segment::{RunSegment, SegmentOutcome};

/// Longest segment in milliseconds: commands wait no longer for it.
const SEGMENT_TIME_LIMIT: f64 = 100.0;
/// Most runs of an experiment.
pub const MOST_RUNS: usize = 1024;
/// Most held-out tasks of a measurement.
const MOST_TASKS: usize = 10_000;
/// Most measurements along a run.
const MOST_POINTS: usize = 100;

/// One run.
pub struct ExperimentRun {
    /// With as many meta-iterations as its budget buys.
    pub config: Config,
    /// At the end of its last segment, and not diverged.
    pub train_state: TrainState,
    /// Whether a worker has a segment of it.
    pub is_working: bool,
    /// Whether it is at its end, or has diverged.
    pub is_over: bool,
    /// Meta-iterations of its budget; none until they are known.
    pub planned: Option<u64>,
    /// Measurements made.
    measured: usize,
    /// Seconds of training.
    seconds: f64,
    /// Whether its preview has other shots than those that are shown now.
    pub is_stale: bool,
}

impl ExperimentRun {
    /// The runs of an experiment.
    ///
    /// # Errors
    /// A number of it is out of its range, or a Config is refused.
    pub fn all_of(experiment: &Experiment) -> Result<Vec<Self>, Failure> {
        within("runs", experiment.runs.len() as f64, 1.0, MOST_RUNS as f64)?;
        within("tasks", experiment.evaluation.tasks as f64, 1.0, MOST_TASKS as f64)?;
        within("points", experiment.points as f64, 1.0, MOST_POINTS as f64)?;
        match experiment.budget {
            Budget::Iterations(count) | Budget::Evaluations(count) => within("budget", count as f64, 1.0, 1e12)?,
            Budget::Seconds(seconds) => within("budget", seconds, 0.01, 3600.0)?,
        }
        let run = |config: &Config| {
            let config = check_config(config.clone())?;
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

    /// Whether it is over, with a preview of other shots than those that are shown now.
    pub fn is_preview_late(&self) -> bool {
        self.is_over && self.is_stale
    }

    /// How urgent its next segment is among those of other runs, the least first: a run of unknown speed, then the run that is
    /// behind the others.
    pub fn order(&self) -> (bool, usize) {
        (self.planned.is_some(), self.measured)
    }

    /// The next segment, which a worker begins with.
    pub fn begin_segment(&mut self, experiment: &Experiment) -> RunSegment {
        let (until, tasks) = match self.next_point(experiment.points) {
            _ if self.is_over => (self.train_state.iteration, 0),
            // How fast the machine is with this Config is not known so far.
            None => (u64::MAX, 0),
            Some(until) => (until, experiment.evaluation.tasks),
        };
        self.is_working = true;
        self.is_stale = false;
        let (config, train_state) = (self.config.clone(), self.train_state.clone());
        let evaluation = EvaluationSpec { tasks, ..experiment.evaluation.clone() };
        RunSegment { config, train_state, until, time_limit: SEGMENT_TIME_LIMIT, evaluation }
    }

    /// Takes the outcome of a segment; what there is to tell of it. A segment whose worker was lost is made again.
    pub fn end_segment(
        &mut self,
        experiment: &Experiment,
        outcome: Result<SegmentOutcome, BackendError>,
    ) -> Vec<Progress> {
        self.is_working = false;
        let Ok(SegmentOutcome { train_state, seconds, curve, predictions }) = outcome else {
            self.is_stale = true;
            return vec![];
        };
        if let (None, Budget::Seconds(budget)) = (self.planned, &experiment.budget) {
            // This segment was for its speed alone.
            self.plan((train_state.iteration as f64 / seconds.max(1e-3) * budget) as u64);
            return vec![];
        }
        if train_state.has_diverged() {
            self.is_over = true;
            return vec![Progress::Diverged { iteration: self.train_state.iteration }];
        }
        self.train_state = train_state;
        self.seconds += seconds;
        let iteration = self.train_state.iteration;
        let mut progress = vec![];
        if let (None, Some(iterations), false) = (&curve, self.planned, self.is_over) {
            progress.push(Progress::Trained { iteration, iterations });
        }
        if !predictions.is_empty() {
            let steps = experiment.evaluation.steps();
            progress.push(Progress::Preview { iteration, steps, predictions });
        }
        if let Some(curve) = curve {
            self.measured += 1;
            let cost = Cost::of(&self.config, iteration);
            let (tasks, seconds) = (experiment.evaluation.tasks, self.seconds);
            progress.push(Progress::Point(Measured { iteration, cost, seconds, tasks, curve }));
            self.is_over = self.is_complete(experiment.points) || self.train_state.early_stopping.stopped.is_some();
        }
        progress
    }
}

//! One run of an experiment: its length, its next segment, and the results so far.

use crate::backend::BackendError;
use crate::domain::config::Config;
use crate::domain::config::parameters::MOST_ITERATIONS;
use crate::domain::cost::Cost;
use crate::domain::evaluation::EvaluationSpec;
use crate::domain::train_state::TrainState;
use crate::engine::arguments::{check_config, within};
use crate::engine::protocol::{Budget, Experiment, Failure, Measured, Progress};
use crate::train::segment::{RunSegment, SegmentOutcome};

/// Time limit of a segment in milliseconds, so that a worker takes up other work or new shots within that time.
const SEGMENT_TIME_LIMIT: f64 = 100.0;
/// Most runs of an experiment.
pub const MOST_RUNS: usize = 1024;
/// Most held-out tasks of a measurement.
const MOST_TASKS: usize = 10_000;
/// Most measurements along a run.
const MOST_POINTS: usize = 100;

/// One run of an experiment.
pub struct ExperimentRun {
    /// The Config, with as many meta-iterations as the budget allows.
    pub config: Config,
    /// The train state at the end of the last segment that has not diverged.
    pub train_state: TrainState,
    /// Whether a segment of it is being executed.
    pub is_working: bool,
    /// Whether it is complete, has been stopped early or has diverged.
    pub is_over: bool,
    /// Meta-iterations within the budget; none until they are known.
    pub planned: Option<u64>,
    /// Measurements made.
    measured: usize,
    /// Seconds of training.
    seconds: f64,
    /// Errors since its last segment that was completed.
    pub losses: u32,
    /// Whether its last preview is of other shots than those shown now.
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
            None => {}
            Some(Budget::Iterations(count) | Budget::Evaluations(count)) => {
                within("budget", count as f64, 1.0, 1e12)?;
            }
            Some(Budget::Seconds(seconds)) => within("budget", seconds, 0.01, 3600.0)?,
        }
        let run = |config: &Config| {
            let config = check_config(config.clone())?;
            Ok(Self::new(config, experiment.budget))
        };
        experiment.runs.iter().map(run).collect()
    }

    fn new(config: Config, budget: Option<Budget>) -> Self {
        let train_state = TrainState::of(&config);
        let mut run = Self {
            config,
            train_state,
            is_working: false,
            is_over: false,
            planned: None,
            measured: 0,
            seconds: 0.0,
            losses: 0,
            is_stale: true,
        };
        let own = run.config.outer.iterations;
        if let Some(iterations) = budget.map_or(Some(own), |budget| budget.iterations(&run.config)) {
            run.plan(iterations);
        }
        run
    }

    /// Sets the length of the run and of its schedule.
    fn plan(&mut self, iterations: u64) {
        self.config.outer.iterations = iterations.clamp(1, MOST_ITERATIONS);
        self.planned = Some(self.config.outer.iterations);
    }

    /// The meta-iteration of the next measurement; with one point, the last meta-iteration.
    fn next_point(&self, points: usize) -> Option<u64> {
        let planned = self.planned?;
        if points < 2 {
            return Some(planned);
        }
        // One measurement at the start, then `points` at equal distances.
        Some(planned * self.measured as u64 / points as u64)
    }

    /// Whether the last measurement has been made.
    fn is_complete(&self, points: usize) -> bool {
        self.measured > if points < 2 { 0 } else { points }
    }

    /// Whether it is over, but its last preview is of other shots than those shown now.
    pub fn is_preview_due(&self) -> bool {
        self.is_over && self.is_stale
    }

    /// Sort key of its next segment among those of other runs; the least comes first. First come runs whose speed is
    /// unknown, then those with the fewest measurements.
    pub fn priority(&self) -> (bool, usize) {
        (self.planned.is_some(), self.measured)
    }

    /// The next segment, which counts as being executed from now on.
    pub fn begin_segment(&mut self, experiment: &Experiment) -> RunSegment {
        let (until, tasks) = match self.next_point(experiment.points) {
            _ if self.is_over => (self.train_state.iteration, 0),
            // The length is not known yet: this segment measures the speed.
            None => (u64::MAX, 0),
            Some(until) => (until, experiment.evaluation.tasks),
        };
        self.is_working = true;
        self.is_stale = false;
        let (config, train_state) = (self.config.clone(), self.train_state.clone());
        let evaluation = EvaluationSpec { tasks, ..experiment.evaluation.clone() };
        RunSegment { config, train_state, until, time_limit: SEGMENT_TIME_LIMIT, evaluation }
    }

    /// Takes in the outcome of a segment, and returns the progress to report. A segment that failed is executed again.
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
        if let (None, Some(Budget::Seconds(budget))) = (self.planned, experiment.budget) {
            // This segment only measured the speed; the run begins with the next one.
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

//! What page and engine say to each other: [`Command`]s one way, [`Event`]s the other.
//!
//! Both travel as `postcard` bytes. The engine speaks first, with [`Event::Hello`] and the protocol's fingerprint; a
//! page that finds another fingerprint than its own does not trust the worker.

use serde::{Deserialize, Serialize};

use crate::backend::BackendError;
pub use crate::backend::segment::EvaluationSpec;
pub use crate::backend::select::{Choice, Preference, Reason};
use crate::domain::alignment::Alignment;
use crate::domain::config::Config;
use crate::domain::config::error::ConfigError;
use crate::domain::cost::{Cost, Spent};
use crate::domain::early_stopping::StopReason;
use crate::domain::evaluation::Curve;
use crate::domain::history::AtIteration;
use crate::domain::task::Task;
use crate::domain::task::curve::TrueCurve;
use crate::domain::train_state::TrainState;
use crate::i18n::Locale;

/// The version of this protocol, which the engine sends first. To be raised with every change of a type of this file.
pub const VERSION: u32 = 7;

/// A command with the number by which its answer is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the page; [`Event::Answer`] carries it back.
    pub id: u32,
    /// What to do.
    pub command: Command,
}

/// What the page asks of the engine. Each is answered once, by [`Event::Answer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Begin: make ready for a Config on a backend. Answered when the engine can train.
    Open {
        /// The run.
        config: Config,
        /// Which backend to use.
        preference: Preference,
    },
    /// Go on with another Config. θ is kept unless the network or the seed differs ([`Config::restarts`]).
    Configure {
        /// The run.
        config: Config,
    },
    /// Train until the last meta-iteration of the Config.
    Start,
    /// Stop training.
    Pause,
    /// Make some meta-iterations; answered when they are done.
    Step {
        /// How many.
        count: u64,
    },
    /// Begin again from the seed's initial θ.
    Reset,
    /// Go back to the θ with the least held-out error of the training chart's points, or to the start.
    Recall,
    /// Train no faster than this.
    LimitSpeed {
        /// Meta-iterations a second; `None` is as fast as the machine can.
        per_second: Option<f64>,
    },
    /// Show this curve and these shots from now on: [`Event::Preview`] follows every change of them and of θ.
    Preview {
        /// The truth.
        curve: TrueCurve,
        /// The shots, on the curve or off it.
        shots: Vec<[f32; 2]>,
    },
    /// Change the backend. θ is kept.
    UseBackend {
        /// Which.
        preference: Preference,
    },
    /// The evaluation protocol at the present θ: answered with [`Reply::Evaluation`].
    Evaluate,
    /// Whether to measure gradient alignment along the run: [`Event::Alignment`] follows. Off at first.
    WatchAlignment {
        /// Whether to.
        on: bool,
    },
    /// Gradient alignment at the present θ: answered with [`Reply::Alignment`].
    Align,
    /// One adaptation on any curve: answered with [`Reply::Adaptation`].
    Adapt {
        /// The truth.
        curve: TrueCurve,
        /// The shots.
        shots: Vec<[f32; 2]>,
        /// Gradient steps.
        steps: usize,
        /// Learning rate.
        learning_rate: f64,
    },
    /// One meta-iteration of Reptile on two tasks, seen from within: answered with [`Reply::TwoTasks`]. The run's
    /// own θ stays.
    TwoTasks {
        /// Where it begins, in the flat layout of `Network`.
        theta: Vec<f32>,
        /// The tasks are the first two that meta-iteration `number` of the run draws.
        number: u64,
        /// ε of the plain update, 0 to 2.
        step_size: f64,
    },
    /// The present θ: answered with [`Reply::Theta`].
    Theta,
    /// Replace θ, in the flat layout of `Network`.
    SetTheta {
        /// The new θ.
        theta: Vec<f32>,
    },
    /// Replace Config and train_state together: a pretrained run, or one whose engine was lost.
    Restore {
        /// The Config that made θ.
        config: Config,
        /// θ, its meta-iteration and its optimizer's state, in the flat layout of `Network`.
        train_state: TrainState,
        /// What it has cost.
        spent: Spent,
    },
    /// Of several runs side by side.
    Experiment(ExperimentCommand),
    /// Are you there? Answered at once.
    Ping,
}

/// What the page asks of several runs side by side, which go on workers of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExperimentCommand {
    /// Begin a experiment, and give up the one before: answered when all its runs are over. [`Event::Experiment`] follows.
    Begin(Box<Experiment>),
    /// Make no further segment for now, or go on.
    Pause(bool),
    /// Give the experiment up.
    Cancel,
    /// Adapt to these shots from now on: [`Progress::Preview`] follows for every run.
    Show(Vec<[f32; 2]>),
    /// A run's train_state: answered with [`Reply::TrainState`].
    TrainState {
        /// Its number in [`Experiment::runs`].
        member: usize,
    },
}

/// Several runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// The runs. How long each is follows from the budget, and its schedule spans that.
    pub runs: Vec<Config>,
    /// How long each run is.
    pub budget: Budget,
    /// How often each is measured: at its end, or at the start and then so often at equal distances.
    pub points: usize,
    /// How they are measured.
    pub evaluation: EvaluationSpec,
    /// Where they go. On the GPU they go side by side, if they differ in numbers only.
    pub preference: Preference,
}

/// Where the runs of a experiment go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Placement {
    /// One by one on workers.
    Workers {
        /// How many there are.
        count: u32,
        /// Why they do not go on the GPU, where someone wants to know.
        why: Option<NotOnGpu>,
    },
    /// Side by side on a GPU.
    Gpu {
        /// The device, in words.
        adapter: String,
        /// How many fit at once.
        most: usize,
    },
}

/// Why the runs of a experiment do not go side by side on the GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NotOnGpu {
    /// They differ in their networks, optimizers or factors of layers, or have a state that is inner_states, checks on their
    /// way or a budget of seconds.
    Unlike,
    /// There is no GPU, or it failed, or is wrong.
    Failed(BackendError),
    /// Measured on these runs: floating-point operations a second, as [`Cost`] counts them.
    Slower {
        /// On the workers.
        workers: f64,
        /// On the GPU.
        gpu: f64,
    },
}

/// How long each run of a experiment is: all are given the same of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Budget {
    /// Meta-iterations.
    Iterations(u64),
    /// Gradient evaluations, as [`Cost::evaluations`] counts them.
    Evaluations(u64),
    /// Seconds of one processor. How many meta-iterations that makes is measured first.
    Seconds(f64),
}

/// What there is to say of one run of a experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Progress {
    /// It has come further, between two measurements.
    Trained {
        /// Meta-iterations behind θ.
        iteration: u64,
        /// Meta-iterations of its budget.
        iterations: u64,
    },
    /// Its next measurement.
    Point(Measured),
    /// Its predictions for the shots that are shown.
    Preview {
        /// Meta-iterations behind θ.
        iteration: u64,
        /// The gradient steps of `predictions`.
        steps: Vec<usize>,
        /// Predictions on the grid, one row for each of `steps`.
        predictions: Vec<Vec<f32>>,
    },
    /// θ grew beyond all bounds: the run is over.
    Diverged {
        /// The meta-iteration of the last θ that had not.
        iteration: u64,
    },
}

/// One measurement of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// What they cost.
    pub cost: Cost,
    /// Seconds that they took on one processor.
    pub seconds: f64,
    /// Held-out tasks.
    pub tasks: usize,
    /// Error against gradient step.
    pub curve: Curve,
}

/// What the engine tells the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The engine runs and speaks this [`VERSION`].
    Hello {
        /// Its version.
        version: u32,
    },
    /// The answer to a request.
    Answer {
        /// The request's number.
        id: u32,
        /// The answer.
        result: Result<Reply, Failure>,
    },
    /// What the engine does now. Sent on every change, and at the display's rate while it trains.
    Status(Status),
    /// The shown curve, adapted from θ and from the random start.
    Preview(PreviewResult),
    /// The error on held-out tasks at one meta-iteration: the next point of the training chart.
    HeldOut(HeldOutPoint),
    /// One run of a experiment has come further.
    Experiment {
        /// Its number in [`Experiment::runs`].
        member: usize,
        /// How far.
        progress: Progress,
    },
    /// Where the runs of a experiment go.
    Placed(Placement),
    /// Gradient alignment at one meta-iteration: the next point of its chart.
    Alignment(AlignmentPoint),
    /// The error on held-out tasks from the random start, θ₀.
    Baseline {
        /// Held-out tasks.
        tasks: usize,
        /// Error against gradient step.
        curve: Curve,
    },
    /// The train_state, about once a second while it changes and whenever training stops: what to go on from with
    /// [`Command::Restore`] should the engine be lost.
    Checkpoint(TrainState),
    /// The training chart begins anew: θ was reset or replaced.
    Restarted,
    /// Something went wrong; the engine goes on as [`Event::Status`] says.
    Problem(Failure),
    /// The engine has stopped for good, with these words.
    Crashed(String),
}

/// A good answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Done.
    Done,
    /// The evaluation protocol's result.
    Evaluation {
        /// Meta-iterations behind the θ that was evaluated.
        iteration: u64,
        /// Error against gradient step, over all held-out tasks.
        curve: Curve,
    },
    /// Gradient alignment.
    Alignment(AlignmentPoint),
    /// An adaptation's result.
    Adaptation {
        /// Gradient steps, 0 to the number asked for.
        steps: Vec<usize>,
        /// Mean squared error on the grid after each of `steps`.
        mse: Vec<f64>,
        /// Predictions on the grid, one row for each of `steps`.
        predictions: Vec<Vec<f32>>,
    },
    /// One meta-iteration on two tasks.
    TwoTasks(Box<TwoTasks>),
    /// θ in the flat layout of `Network`.
    Theta(Vec<f32>),
    /// A train_state, in the flat layout of `Network`.
    TrainState(TrainState),
}

/// What the engine does now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Whether it trains.
    pub running: bool,
    /// Meta-iterations done.
    pub iteration: u64,
    /// Meta-iterations of the whole run.
    pub iterations: u64,
    /// Measured speed over about the last second of training; 0 before the first.
    pub meta_iterations_per_second: f64,
    /// Outer step size ε of the next meta-iteration.
    pub step_size: f64,
    /// Why training has stopped before its last meta-iteration, if it has.
    pub stopped: Option<StopReason>,
    /// What the run has cost so far. It begins anew with the run, and not with another θ or a way back to the best one:
    /// what was spent stays spent.
    pub spent: Spent,
    /// The backend in use, and why.
    pub backend: Choice,
}

/// The shown task, adapted from θ and from the random start θ₀ on the same shots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviewResult {
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// The curve that was asked for.
    pub curve: TrueCurve,
    /// The shots that were asked for.
    pub shots: Vec<[f32; 2]>,
    /// x of the grid.
    pub grid: Vec<f32>,
    /// The true y on the grid.
    pub truth: Vec<f32>,
    /// From θ.
    pub theta: Adapted,
    /// From the random start.
    pub random: Adapted,
}

/// One adaptation, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adapted {
    /// Mean squared error on the grid after 0, 1, 2, … `eval.steps` gradient steps.
    pub mse: Vec<f64>,
    /// The steps of `predictions`: 0, 1, 2, 4, … `eval.steps`.
    pub steps: Vec<usize>,
    /// Predictions on the grid, one row for each of `steps`.
    pub predictions: Vec<Vec<f32>>,
}

/// One meta-iteration of Reptile on two tasks, with everything on the way: θ ← θ + ε·(mean φ − θ).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TwoTasks {
    /// The meta-iteration that draws these tasks first.
    pub number: u64,
    /// ε.
    pub step_size: f64,
    /// x of the grid.
    pub grid: Vec<f32>,
    /// The two tasks.
    pub tasks: Vec<OfTask>,
    /// Cosine of the angle between φ₁ − θ and φ₂ − θ, −1 to 1; 0 where one of them is zero.
    pub cosine: f64,
    /// ‖mean φ − θ‖.
    pub to_mean: f64,
    /// ‖Δθ‖, how far θ moves.
    pub moved: f64,
    /// The new θ, in the flat layout of `Network`.
    pub theta: Vec<f32>,
}

/// One of the two tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfTask {
    /// The task.
    pub task: Task,
    /// Its true y on the grid.
    pub truth: Vec<f32>,
    /// The points of each inner step.
    pub minibatches: Vec<Vec<[f32; 2]>>,
    /// The inner loop from θ, after 0, 1, … k steps.
    pub before: Adapted,
    /// The same from the new θ.
    pub after: Adapted,
    /// ‖φ − θ‖.
    pub distance: f64,
}

/// The error on held-out tasks at one meta-iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutPoint {
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// Held-out tasks.
    pub tasks: usize,
    /// Error against gradient step.
    pub curve: Curve,
}

impl AtIteration for HeldOutPoint {
    fn iteration(&self) -> u64 {
        self.iteration
    }
}

/// Gradient alignment at one meta-iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignmentPoint {
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// Held-out tasks.
    pub tasks: usize,
    /// Points of each minibatch.
    pub batch: usize,
    /// How far their gradients are aligned.
    pub alignment: Alignment,
}

impl AtIteration for AlignmentPoint {
    fn iteration(&self) -> u64 {
        self.iteration
    }
}

/// Why the engine could not do something. [`Failure::message`] says it in any language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Failure {
    /// The Config is refused; nothing has changed.
    Config(ConfigError),
    /// A backend failed.
    Backend(BackendError),
    /// θ of another length than the network's number of parameters, or not finite.
    Theta {
        /// The length found.
        found: usize,
        /// The length needed.
        needed: usize,
        /// Whether a number in it is not finite.
        not_finite: bool,
    },
    /// A number of a command out of its range.
    Argument {
        /// Which.
        name: String,
        /// What was found.
        value: String,
        /// The least allowed.
        min: f64,
        /// The greatest allowed.
        max: f64,
    },
    /// θ or its adaptation grew beyond all bounds; training is paused at the last good θ.
    Diverged {
        /// The meta-iteration of the last good θ.
        iteration: u64,
    },
    /// The run is at its last meta-iteration.
    Finished,
    /// The run has stopped before that by one of its rules.
    Stopped {
        /// By which.
        reason: StopReason,
        /// Where.
        iteration: u64,
    },
    /// Steps or a measurement were not finished: training was paused or began anew.
    Interrupted,
    /// The engine has not been opened yet, or has crashed.
    NotOpen,
}

impl Failure {
    /// What went wrong, where, and what is allowed.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        match self {
            Self::Config(error) => error.message(locale),
            Self::Backend(error) => error.message(locale),
            Self::Theta { not_finite: true, .. } => locale.error_theta_not_finite().to_owned(),
            Self::Theta { found, needed, .. } => locale.error_theta_length(found, needed),
            Self::Argument { name, value, min, max } => locale.error_argument(max, min, name, value),
            Self::Diverged { iteration } => locale.error_diverged(iteration),
            Self::Finished => locale.error_finished().to_owned(),
            Self::Stopped { reason, iteration } => reason.message(locale, *iteration),
            Self::Interrupted => locale.error_interrupted().to_owned(),
            Self::NotOpen => locale.error_not_open().to_owned(),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message(Locale::En))
    }
}

impl std::error::Error for Failure {}

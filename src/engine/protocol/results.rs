//! What the engine has measured or computed: the data of events and replies.

use serde::{Deserialize, Serialize};

use crate::backend::choice::Choice;
use crate::domain::config::Config;
use crate::domain::cost::Spent;
use crate::domain::early_stopping::StopReason;
use crate::domain::evaluation::Curve;
use crate::domain::network::Model;
use crate::domain::provenance::Provenance;
use crate::domain::task::Task;
use crate::domain::task::curve::TrueCurve;

/// What the engine does now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Whether it trains.
    pub running: bool,
    /// Meta-iterations done.
    pub iteration: u64,
    /// Meta-iterations of the whole run.
    pub iterations: u64,
    /// The first meta-iteration that one can go back to.
    pub first: u64,
    /// The meta-iteration of the θ that is shown: `iteration`, unless one has gone back.
    pub shown: u64,
    /// Measured speed over about the last second of training; 0 before the first.
    pub meta_iterations_per_second: f64,
    /// Outer step size ε of the next meta-iteration.
    pub step_size: f64,
    /// Why training has stopped before its last meta-iteration, if it has.
    pub stopped: Option<StopReason>,
    /// What the run has cost so far. It begins anew with the run, and not with another θ or a way back to the best one:
    /// what was spent stays spent.
    pub spent: Spent,
    /// What has trained the θ that is shown.
    pub provenance: Provenance,
    /// Whether the present Config alone has trained the run, from its own random start: whoever trains by that comes to the
    /// same moments.
    pub is_of_config: bool,
    /// What has trained the θ of the run that was left for another algorithm or other tasks, while the present run has
    /// not decided to begin afresh: [`Command::Continue`](super::command::Command::Continue) takes it.
    pub offer: Option<Provenance>,
    /// Whether training has made a θ with the least held-out error so far, to which one can go back.
    pub has_best: bool,
    /// The backend in use, and why.
    pub backend: Choice,
}

impl Status {
    /// Whether no meta-iteration is left to make.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        !self.running && (self.stopped.is_some() || self.iteration >= self.iterations)
    }
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
    /// From the θ that is kept for comparison, if one of the present network is: on the same shots, by the same optimizer.
    pub pinned: Option<Pinned>,
}

/// What is adapted from the θ that is kept for comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pinned {
    /// The meta-iteration at which that θ was.
    pub iteration: u64,
    /// The adaptation.
    pub adapted: Adapted,
}

/// A θ of a run, with all that is to be known of it once the run is another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Its meta-iteration.
    pub iteration: u64,
    /// What has trained it.
    pub provenance: Provenance,
    /// Its network.
    pub model: Model,
    /// θ, in the flat layout of `Network`.
    pub theta: Vec<f32>,
}

/// One adaptation, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adapted {
    /// Mean squared error on the grid after 0, 1, 2, … `eval.steps` gradient steps.
    pub mse: Vec<f64>,
    /// The steps of `predictions`: 0, 1, 2, 4, … `eval.steps` for a preview, all of them for a call and where
    /// [`Command::PredictEveryStep`](super::command::Command::PredictEveryStep) is on.
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

/// The time line of a run, in meta-iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineReply {
    /// The first one that one can go back to.
    pub first: u64,
    /// The last one that was made.
    pub last: u64,
    /// The one that is shown.
    pub at: u64,
    /// Those whose train states are recorded.
    pub keyframes: Vec<u64>,
}

/// The evaluation protocol's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The Config when it was asked for: by its `eval` and `tasks` it was made.
    pub config: Config,
    /// Meta-iterations behind the θ that was evaluated.
    pub iteration: u64,
    /// What has trained it.
    pub provenance: Provenance,
    /// Error against gradient step, over all held-out tasks.
    pub curve: Curve,
}

//! The calls that the session answers: commands, and requests for results. [`Call`](super::call::Call) has the type of
//! each answer.

use serde::{Deserialize, Serialize};

use super::results::Moment;
use super::saved_run::SavedRun;
use super::view::ViewRequest;
use crate::backend::choice::Preference;
use crate::domain::config::Config;
use crate::domain::cost::Spent;
use crate::domain::pace::Pace;
use crate::domain::provenance::Provenance;
use crate::domain::task::curve::TrueCurve;
use crate::domain::train_state::TrainState;

/// A command to the session. The answer, when it is executed, carries no data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "a command is sent and gone; boxes would only add a copy")
)]
pub enum Command {
    /// Begin: make ready for a Config on a backend. Answered when the engine can train.
    Open {
        /// The run.
        config: Config,
        /// Which backend to use.
        preference: Preference,
    },
    /// Go on with another Config. Another network or seed begins again ([`Config::restarts`]). Another algorithm or other
    /// tasks ([`Config::trains_as`]) have a θ of their own: it begins at the random start, or stands where it was left.
    Configure {
        /// The run.
        config: Config,
    },
    /// Go on from the θ that [`Status::offer`](super::results::Status::offer) is about, with meta-iteration 0 of the present
    /// Config; without an offer, nothing changes but the charts.
    Continue,
    /// Train until the last meta-iteration of the Config, at the pace that was chosen.
    Start {
        /// Whether people watch it: a run that nobody does goes as fast as the machine can where the pace is
        /// [`Pace::Watch`].
        watched: bool,
    },
    /// Stop training.
    Pause,
    /// Begin again from the seed's initial θ.
    Reset,
    /// Go back to the θ with the least held-out error of the training chart's points, or to the start.
    Recall,
    /// Train at this pace from now on.
    SetPace {
        /// Which.
        pace: Pace,
    },
    /// Show this curve and these shots from now on: [`Event::Preview`](super::event::Event::Preview) follows every change of them and of θ.
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
    /// Give up every evaluation, measurement of alignment and adaptation that was requested and is not complete.
    CancelRequests,
    /// Whether to measure gradient alignment along the run: [`Event::Alignment`](super::event::Event::Alignment) follows. Off at first.
    WatchAlignment {
        /// Whether to.
        on: bool,
    },
    /// Whether previews have the predictions after every gradient step, for a replay. Off at first: they are several times
    /// as many numbers.
    PredictEveryStep {
        /// Whether to.
        on: bool,
    },
    /// Keep a θ for comparison from now on, in place of the one before: previews have its adaptation as well, while the
    /// present network is its own.
    Pin {
        /// Which; none lets go of it.
        moment: Option<Moment>,
    },
    /// Make these views of θ from now on, one of each kind at most: [`Event::View`](super::event::Event::View) follows every
    /// change of θ, as often as training leaves time for it.
    WatchViews {
        /// All that are to be made.
        views: Vec<ViewRequest>,
    },
    /// Replace θ, in the flat layout of `Network`.
    SetTheta {
        /// The new θ.
        theta: Vec<f32>,
    },
    /// Replace Config and train state together: a pretrained run, or one whose engine was lost.
    Restore {
        /// The Config that made θ.
        config: Config,
        /// θ, its meta-iteration and its optimizer's state, in the flat layout of `Network`.
        train_state: TrainState,
        /// What it has cost.
        spent: Spent,
    },
    /// Begin meta-iteration 0 of the present Config at a θ from outside.
    BeginFrom {
        /// The θ, in the flat layout of `Network`.
        theta: Vec<f32>,
        /// What has trained it.
        provenance: Provenance,
    },
    /// Replace the whole run by one that was saved, with its past.
    LoadRun {
        /// The run.
        run: Box<SavedRun>,
    },
    /// A ping, answered at once.
    Ping,
}

/// Makes some meta-iterations; answered when they are done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// How many.
    pub count: u64,
}

/// Shows a moment of the run; whatever is asked of θ then is of that moment. Training pauses. Training on from there begins
/// a branch, and forgets what came later.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoTo {
    /// The meta-iteration; none is the present one.
    pub iteration: Option<u64>,
}

/// Asks for the time line of the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadTimeline;

/// Asks for the evaluation protocol at the present θ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluate;

/// Asks for gradient alignment at the present θ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Align;

/// Asks for one adaptation on any curve, with all its steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adapt {
    /// The truth.
    pub curve: TrueCurve,
    /// The shots.
    pub shots: Vec<[f32; 2]>,
    /// Gradient steps.
    pub steps: usize,
    /// Learning rate.
    pub learning_rate: f64,
}

/// Asks for one meta-iteration of Reptile on two tasks, with everything on the way. The run's own θ stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceTwoTasks {
    /// Where it begins, in the flat layout of `Network`.
    pub theta: Vec<f32>,
    /// The tasks are the first two that meta-iteration `number` of the run draws.
    pub number: u64,
    /// ε of the plain update, 0 to 2.
    pub step_size: f64,
}

/// Asks for one view of the present θ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MakeView {
    /// Which.
    pub request: ViewRequest,
}

/// Asks for the present θ, in the flat layout of `Network`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadTheta;

/// Asks for the present θ with all that is to be known of it, to keep it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadMoment;

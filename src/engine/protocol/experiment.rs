//! Experiments: several runs, one beside the other, on workers or a GPU of their own. A comparison is one, a search another.

use serde::{Deserialize, Serialize};

use crate::backend::BackendError;
use crate::backend::choice::Preference;
use crate::domain::config::Config;
use crate::domain::config::parameters::MOST_ITERATIONS;
use crate::domain::cost::Cost;
use crate::domain::evaluation::Curve;
use crate::domain::evaluation::EvaluationSpec;

/// Which experiment a command or an event belongs to. The page chooses it and never takes one twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExperimentId(pub u32);

/// Several runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// The runs. How long each is follows from the budget, and its schedule spans that.
    pub runs: Vec<Config>,
    /// How long each run is: all are given the same of one thing, or, without a budget, each has the meta-iterations of its
    /// own settings.
    pub budget: Option<Budget>,
    /// How often each is measured: at its end, or at the start and then so often at equal distances.
    pub points: usize,
    /// How they are measured.
    pub evaluation: EvaluationSpec,
    /// Where they go. On the GPU they go side by side, if they differ in numbers only.
    pub preference: Preference,
}

/// How long each run of an experiment is: all are given the same of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Budget {
    /// Meta-iterations.
    Iterations(u64),
    /// Gradient evaluations, as [`Cost::evaluations`] counts them.
    Evaluations(u64),
    /// Seconds of one processor. How many meta-iterations that makes is measured first.
    Seconds(f64),
}

impl Budget {
    /// Meta-iterations that it allows a run; none where only the run's speed tells.
    ///
    /// A run has its `outer.iterations` set to them, so that its schedule of ε spans them.
    #[must_use]
    pub fn iterations(self, config: &Config) -> Option<u64> {
        let count = match self {
            Self::Iterations(count) => count,
            // A run that evaluates no gradients is over after one meta-iteration.
            Self::Evaluations(count) => count.checked_div(Cost::of(config, 1).evaluations()).unwrap_or(1),
            Self::Seconds(_) => return None,
        };
        Some(count.clamp(1, MOST_ITERATIONS))
    }
}

/// Where the runs of an experiment go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Placement {
    /// On workers, one run on each.
    Workers {
        /// How many there are.
        count: u32,
        /// Why they are not executed on the GPU, if it was asked for.
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

/// Why the runs of an experiment do not go side by side on the GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NotOnGpu {
    /// They differ in their networks, optimizers or factors of layers, or carry an inner optimizer's state from task to
    /// task, or have checks or a budget of seconds.
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

/// Progress of one run of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Progress {
    /// It has trained further, between two measurements.
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

/// What the page has an experiment do. Answered at once; an experiment of another id than the one that the engine holds is
/// over, and left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentCommand {
    /// The experiment.
    pub id: ExperimentId,
    /// What to do.
    pub action: ExperimentAction,
}

/// See [`ExperimentCommand`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExperimentAction {
    /// Make no further segment for now.
    Pause,
    /// Go on.
    Resume,
    /// Give the experiment up.
    Cancel,
    /// Adapt to these shots from now on: [`Progress::Preview`] follows for every run.
    Preview {
        /// The shots.
        shots: Vec<[f32; 2]>,
    },
}

/// Begins an experiment in place of the one before, which is given up. Answered when all its runs are over;
/// [`Event::Experiment`](super::event::Event::Experiment) follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeginExperiment {
    /// By which events and commands name it.
    pub id: ExperimentId,
    /// The experiment.
    pub experiment: Experiment,
}

/// Asks for the train state of a run, in the flat layout of `Network`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadTrainState {
    /// The experiment.
    pub id: ExperimentId,
    /// The run's index in [`Experiment::runs`].
    pub run: usize,
}

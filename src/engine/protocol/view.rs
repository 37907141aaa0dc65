//! Views of θ: pictures that the engine makes anew as θ changes, and on request.

use serde::{Deserialize, Serialize};

use crate::domain::activity::Activity;
use crate::domain::loss_surface::LossSurface;
use crate::domain::pair_surface::PairSurface;
use crate::domain::task::curve::TrueCurve;
use crate::domain::task_map::{TaskMap, TaskMapSpec};
use crate::domain::theta_map::ThetaMap;
use crate::domain::wheel::{Wheel, WheelTasks};

/// What to make of θ. The page watches one of each kind at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ViewRequest {
    /// The loss of a curve around θ, on the plane through θ, this curve's φ and another task's.
    LossSurface {
        /// The truth.
        curve: TrueCurve,
        /// The shots.
        shots: Vec<[f32; 2]>,
    },
    /// The losses of the first two tasks of a meta-iteration, on the plane through where it begins and the two φ's.
    PairSurface {
        /// Where it begins, in the flat layout of `Network`; it need not be the run's θ.
        theta: Vec<f32>,
        /// The number of the meta-iteration, as that of `TraceTwoTasks`.
        number: u64,
    },
    /// The error after some steps from θ, over a plane of tasks.
    TaskMap(TaskMapSpec),
    /// Where θ has been along the run, and where its next meta-iteration leads.
    ThetaMap,
    /// Where φ lies for tasks of many amplitudes and phases.
    Wheel {
        /// Gradient steps from θ to φ.
        steps: usize,
        /// The tasks.
        tasks: WheelTasks,
    },
    /// Inside the network, while it adapts from θ to the shots.
    Activity {
        /// The truth.
        curve: TrueCurve,
        /// The shots; without any, nothing moves.
        shots: Vec<[f32; 2]>,
        /// Gradient steps, 0 to 10,000.
        steps: usize,
        /// After which of them the hidden layer is shown; one beyond the last stands for that.
        step: usize,
        /// The hidden layer; 0 is the first. None, or one that there is not, is the last.
        layer: Option<usize>,
    },
}

impl ViewRequest {
    /// Whether both are of the same kind: then the newer takes the place of the older.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// A view that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// The meta-iterations behind its θ.
    pub iteration: u64,
    /// What was asked for.
    pub request: ViewRequest,
    /// What was made.
    pub result: ViewResult,
}

/// What came of a [`ViewRequest`] of the same name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ViewResult {
    /// Without shots there is no φ, and no plane.
    LossSurface(Option<LossSurface>),
    /// Where the two φ's lie on one line with θ, there is no plane.
    PairSurface(Option<PairSurface>),
    /// The map.
    TaskMap(TaskMap),
    /// Where there is but one θ and no φ, there is no plane.
    ThetaMap(Option<ThetaMap>),
    /// Where a φ is not finite, or all are equal, there is none.
    Wheel(Option<Wheel>),
    /// Inside the network.
    Activity(Box<Activity>),
}

//! The task wheel: where the φ's of tasks all over the plane of amplitude and phase lie around θ.
//!
//! The gradient of the squared error is linear in the targets, and every a·sin(x + p) is a combination of sin x and cos x:
//! after one step of gradient descent, all φ's lie in one plane, and copy the plane of tasks there, whatever θ is. What
//! meta-training changes is how much of this is left after many steps.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::evaluation::Eval;
use super::inner_optimizer::{Inner, InnerOptimizer, Optimizer};
use super::parameter_plane::Projected;
use super::projection::{PrincipalComponents, Turn};
use super::task::family::Family;
use super::task::{Task, TaskDistribution};
use super::train_state::norm;

/// Amplitudes of the page's wheel.
pub const RINGS: usize = 6;
/// Phases of the page's wheel.
pub const SPOKES: usize = 16;
/// The gradient steps that the page's wheel may have.
pub const STEPS: [usize; 3] = [1, 8, 32];

/// The tasks of a wheel: every amplitude with every phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WheelTasks {
    /// Amplitudes a, in units of y.
    pub amplitudes: Vec<f32>,
    /// Phases p, in radians.
    pub phases: Vec<f32>,
}

impl WheelTasks {
    /// So many amplitudes and phases of a distribution, evenly spaced. Phases go once around, whatever part of it the
    /// distribution has: there is no wheel otherwise.
    #[must_use]
    pub fn of(distribution: &TaskDistribution, rings: usize, spokes: usize) -> Self {
        let [low, high] = distribution.amplitude;
        let rings = if low < high { rings } else { 1 };
        let part = |index: usize, of: usize| index as f64 / of.max(1) as f64;
        Self {
            amplitudes: (0..rings).map(|i| (low + (high - low) * part(i, rings - 1)) as f32).collect(),
            phases: (0..spokes).map(|j| (TAU * part(j, spokes)) as f32).collect(),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.amplitudes.len() * self.phases.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the task beside the one of this number: so many phases on, around and around, and so many amplitudes.
    #[must_use]
    pub fn beside(&self, number: usize, phases: isize, amplitudes: isize) -> usize {
        let (rows, columns) = (self.amplitudes.len(), self.phases.len());
        let row = (number / columns).saturating_add_signed(amplitudes).min(rows - 1);
        let column = (number % columns).cast_signed() + phases;
        row * columns + column.rem_euclid(columns.cast_signed()).cast_unsigned()
    }

    /// The one of this number, in rows of one amplitude each: of the first family that the distribution draws.
    #[must_use]
    pub fn task(&self, distribution: &TaskDistribution, number: usize) -> Task {
        let columns = self.phases.len();
        Task::of(distribution, self.amplitudes[number / columns], self.phases[number % columns])
    }
}

/// The optimizer of a wheel's φ's: gradient descent with `eval.learning_rate`, whatever the run's own is.
#[must_use]
pub fn optimizer(eval: &Eval, inner: &Inner) -> Optimizer {
    Optimizer { kind: InnerOptimizer::Gd, ..eval.optimizer(inner) }
}

/// Where φ lies for every task, in the plane of the first two principal components of all φ's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wheel {
    /// The family of the tasks.
    pub family: Family,
    /// The tasks.
    pub tasks: WheelTasks,
    /// Full-batch gradient steps from θ to φ, on every point of the grid.
    pub steps: usize,
    /// Shares of the variance of the φ's by component, largest first; they sum to 1.
    pub explained: Vec<f64>,
    /// φ, one row an amplitude. The mean of all φ's is the origin of the plane.
    pub points: Vec<Vec<WheelPoint>>,
    /// Where θ lies.
    pub theta: Projected,
}

/// φ of one task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WheelPoint {
    /// Where it lies, in units of the parameters.
    pub at: Projected,
    /// ‖φ − θ‖₂.
    pub moved: f64,
}

impl Wheel {
    /// The wheel of the components of these tasks' φ's, in their order; none where a φ is not finite, or all are equal.
    #[must_use]
    pub fn of(
        tasks: WheelTasks,
        family: Family,
        steps: usize,
        theta: &[f32],
        components: &PrincipalComponents,
    ) -> Option<Self> {
        let projection = components.projection()?;
        let point = |phi: &Vec<f32>| {
            let moved = norm(phi.iter().zip(theta).map(|(phi, theta)| phi - theta));
            WheelPoint { at: projection.project(phi), moved }
        };
        let points: Vec<WheelPoint> = components.vectors().iter().map(point).collect();
        let points = points.chunks(tasks.phases.len()).map(<[WheelPoint]>::to_vec).collect();
        Some(Self { family, steps, theta: projection.project(theta), explained: projection.explained, points, tasks })
    }

    /// The share of the variance of the φ's that lies in the plane, 0 to 1.
    #[must_use]
    pub fn in_plane(&self) -> f64 {
        self.explained.iter().take(2).sum()
    }

    /// The same, turned within its plane so that the phase 0 lies to the right of the middle and phases go round against
    /// the clock, as near as can be. The two components have nearly the same variance, and change places otherwise.
    #[must_use]
    pub fn upright(mut self) -> Self {
        let WheelTasks { amplitudes, phases } = &self.tasks;
        let pairs = self.points.iter().zip(amplitudes).flat_map(|(row, amplitude)| {
            row.iter().zip(phases).map(move |(point, phase)| {
                let ((sine, cosine), amplitude) = (libm::sincos(f64::from(*phase)), f64::from(*amplitude));
                (point.at.place, [amplitude * cosine, amplitude * sine])
            })
        });
        let turn = Turn::onto(pairs);
        let points = self.points.iter_mut().flatten().map(|point| &mut point.at);
        points.chain([&mut self.theta]).for_each(|at| at.place = turn.of(at.place));
        self
    }
}

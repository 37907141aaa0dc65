//! The state of training: θ, the moments of the optimizers, and what the checks have found.

use serde::{Deserialize, Serialize};

use super::early_stopping::EarlyStopping;
use super::inner_optimizer::{InnerState, Optimizer};
use super::moments::Moments;
use super::network::Network;
use super::outer_optimizer::{self, LayerRate, Outer, OuterGradient, StepScalars};
use super::provenance::Provenance;
use super::training::TrainingSettings;

/// The greatest |θ|. Beyond this size it has diverged: no network of use has such weights, and sin is of no meaning there.
pub const LARGEST: f32 = 1e4;

/// The most tasks whose inner optimizer's state is kept: the largest meta-batch.
const MOST_INNER_STATES: usize = 1024;

/// θ and the state of its optimizer: all that training changes.
///
/// Vectors are in whatever layout their holder chose; the update works element by element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainState {
    /// The meta-learned initialisation θ.
    #[serde(with = "crate::domain::float_bytes")]
    pub theta: Vec<f32>,
    /// Meta-iterations done.
    pub iteration: u64,
    /// The moments of the outer optimizer, where it keeps any.
    pub moments: Option<Moments>,
    /// The moments of the inner optimizer for each task of a meta-batch, where they are carried from one to the next.
    #[serde(deserialize_with = "crate::domain::bounded::list::<_, _, MOST_INNER_STATES>")]
    pub inner_states: Vec<Moments>,
    /// ‖g‖₂ of the outer gradient of the last update, where it was measured.
    pub gradient_norm: Option<f64>,
    /// The results of the run's checks. Backends pass it through unchanged.
    pub early_stopping: EarlyStopping,
    /// What has trained θ. Whoever trains by a Config keeps it; no bit of θ depends on it.
    pub provenance: Provenance,
}

/// ‖·‖₂ of a vector, summed in double precision.
#[must_use]
pub fn norm(vector: impl Iterator<Item = f32>) -> f64 {
    vector.map(|number| f64::from(number) * f64::from(number)).sum::<f64>().sqrt()
}

/// Whether a vector in θ's place grew beyond all bounds, or holds what is no number.
#[must_use]
pub fn has_diverged(theta: &[f32]) -> bool {
    !theta.iter().all(|number| number.abs() <= LARGEST)
}

impl TrainState {
    /// The state at the beginning of a run.
    #[must_use]
    pub fn new(theta: Vec<f32>) -> Self {
        Self {
            theta,
            iteration: 0,
            moments: None,
            inner_states: vec![],
            gradient_norm: None,
            early_stopping: EarlyStopping::default(),
            provenance: Provenance::default(),
        }
    }

    /// The state at the beginning of a run, at the random start of its seed.
    #[must_use]
    pub fn of<'a>(training: impl Into<TrainingSettings<'a>>) -> Self {
        let TrainingSettings { model, seed, .. } = training.into();
        Self::new(Network::new(model).initial_theta(seed))
    }

    /// The bytes of θ and of all moments.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let of = |moments: &Moments| moments.first.len() + moments.second.len();
        let moments = self.moments.iter().chain(&self.inner_states).map(of);
        (self.theta.len() + moments.sum::<usize>()) * size_of::<f32>()
    }

    /// Updates that the moments hold; 0 without any.
    #[must_use]
    pub fn updates(&self) -> u64 {
        self.moments.as_ref().map_or(0, |moments| moments.updates)
    }

    /// The same; meta-iterations of which nothing is known are of this training, as those of a pretrained θ are of its
    /// Config.
    #[must_use]
    pub fn of_known_training<'a>(mut self, training: impl Into<TrainingSettings<'a>>) -> Self {
        if self.provenance.is_empty() {
            let TrainingSettings { algorithm, tasks, .. } = training.into();
            self.provenance = self.provenance.after(algorithm, tasks, self.iteration);
        }
        self
    }

    /// Whether θ grew beyond all bounds, or is no number.
    #[must_use]
    pub fn has_diverged(&self) -> bool {
        has_diverged(&self.theta)
    }

    /// Has the moments that the optimizers of a run need; fresh ones are zero.
    pub fn prepare<'a>(&mut self, training: impl Into<TrainingSettings<'a>>) {
        let TrainingSettings { inner, outer, .. } = training.into();
        let parameters = self.theta.len();
        let fresh = outer.optimizer.fresh(parameters);
        if self.moments.as_ref().map(Moments::shape) != fresh.as_ref().map(Moments::shape) {
            self.moments = fresh;
        }
        let tasks = if inner.state == InnerState::Carry { outer.meta_batch } else { 0 };
        let inner = Optimizer::of(inner).fresh(parameters);
        if self.inner_states.iter().any(|moments| moments.shape() != inner.shape()) {
            self.inner_states.clear();
        }
        self.inner_states.resize(tasks, inner);
    }

    /// The update at the present meta-iteration: its numbers.
    #[must_use]
    pub fn step_scalars(&self, outer: &Outer) -> StepScalars {
        outer.step_scalars(self.iteration, self.updates() + 1)
    }

    /// Moves θ by the outer gradient, and counts the meta-iteration: see [`outer_optimizer::step`].
    pub fn update(&mut self, mean: &[f32], gradient: OuterGradient, scalars: StepScalars, layers: &[LayerRate]) {
        outer_optimizer::step(&mut self.theta, self.moments.as_mut(), mean, gradient, scalars, layers);
        self.iteration += 1;
    }

    /// ‖g‖₂ of the outer gradient g that [`TrainState::update`] would move θ by, summed in double precision.
    #[must_use]
    pub fn norm(&self, mean: &[f32], gradient: OuterGradient) -> f64 {
        let g = self.theta.iter().zip(mean).map(
            |(&theta, &mean)| {
                if gradient == OuterGradient::FromPhi { theta - mean } else { mean }
            },
        );
        norm(g)
    }
}

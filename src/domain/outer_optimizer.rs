//! The outer update: how θ moves, given the outer gradient.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::config::{Algorithm, Config, InnerState, Outer, OuterOptimizer, Schedule};
use super::network::Network;
use crate::domain::early_stopping::EarlyStopping;
use crate::domain::inner_optimizer::{Optimizer, correction};
use crate::simd::{self, F32x4, SimdVector};

/// Momentum's decay of the velocity.
pub const MOMENTUM: f32 = 0.9;

/// Adam's decay of the first moment, β₁.
pub const BETA1: f32 = 0.9;
/// Adam's decay of the second moment, β₂.
pub const BETA2: f32 = 0.999;
/// What Adam adds to the root of the second moment.
pub const ADAM_EPSILON: f32 = 1e-8;

/// θ beyond this size has diverged: no network of use has such weights, and sin is of no meaning there.
const DIVERGED: f32 = 1e4;

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
    /// The moments of the inner optimizer for each task of a meta-batch, where they are inner_states from one to the next.
    pub inner_states: Vec<Moments>,
    /// ‖g‖₂ of the outer gradient of the last update, where it was measured.
    pub gradient_norm: Option<f64>,
    /// What the checks of the run have found. Backends hand it through.
    pub early_stopping: EarlyStopping,
}

/// Running moments of a gradient; an optimizer that does not keep one of them leaves it empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Running mean of g, or a velocity.
    #[serde(with = "crate::domain::float_bytes")]
    pub first: Vec<f32>,
    /// Running mean of g².
    #[serde(with = "crate::domain::float_bytes")]
    pub second: Vec<f32>,
    /// Updates that they hold.
    pub updates: u64,
}

impl Moments {
    /// Before the first update, with the moments that are kept.
    #[must_use]
    pub fn zeros(parameters: usize, first: bool, second: bool) -> Self {
        let zeros = |kept: bool| vec![0.0; if kept { parameters } else { 0 }];
        Self { first: zeros(first), second: zeros(second), updates: 0 }
    }

    fn shape(&self) -> (usize, usize) {
        (self.first.len(), self.second.len())
    }
}

/// How the outer gradient g comes out of a meta-batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OuterGradient {
    /// g = θ − mean φ: Reptile.
    FromPhi,
    /// g is the mean of the tasks' gradients: MAML, its first-order version, joint training.
    Given,
}

impl OuterGradient {
    /// That of an algorithm.
    #[must_use]
    pub fn of(algorithm: Algorithm) -> Self {
        if algorithm.uses_gradients() { Self::Given } else { Self::FromPhi }
    }
}

/// One layer of the network: the places of its weights and biases in a vector, and how much it learns.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerRate {
    /// Its places, in the vector's layout.
    pub places: Range<usize>,
    /// What ε is multiplied by: 0 freezes it.
    pub factor: f32,
}

impl LayerRate {
    /// The layers of a Config's network, which lie at `places`.
    #[must_use]
    pub fn of(config: &Config, places: Vec<Range<usize>>) -> Vec<Self> {
        let factors = config.layer_factors().into_iter();
        places.into_iter().zip(factors).map(|(places, factor)| Self { places, factor: factor as f32 }).collect()
    }
}

/// The numbers of one outer update that do not depend on θ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepScalars {
    /// Step size ε at this meta-iteration.
    pub step_size: f32,
    /// 1/(1 − β₁ᵘ) at update u, and 1 where there are no moments.
    pub first_correction: f32,
    /// 1/(1 − β₂ᵘ) at update u, and 1 where there are no moments.
    pub second_correction: f32,
}

impl Outer {
    /// ε at meta-iteration `t`, counted from 0; of the adaptive schedule, the greatest that it may be.
    #[must_use]
    pub fn step_size_at(&self, t: u64) -> f64 {
        match self.schedule {
            Schedule::Constant | Schedule::Adaptive => self.step_size,
            Schedule::Linear => self.step_size * (1.0 - t as f64 / self.iterations as f64).max(0.0),
            Schedule::Cosine => {
                let part = (t as f64 / self.iterations as f64).min(1.0);
                self.step_size * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * part))
            }
        }
    }

    /// The numbers of the update at meta-iteration `t` that makes `updates` of them for the moments.
    #[must_use]
    pub fn step_scalars(&self, t: u64, updates: u64) -> StepScalars {
        let (first_correction, second_correction) = match self.optimizer {
            OuterOptimizer::Sgd | OuterOptimizer::Momentum => (1.0, 1.0),
            OuterOptimizer::Adam => (correction(BETA1, updates), correction(BETA2, updates)),
        };
        StepScalars { step_size: self.step_size_at(t) as f32, first_correction, second_correction }
    }
}

/// ‖·‖₂ of a vector, summed in double precision.
#[must_use]
pub fn norm(vector: impl Iterator<Item = f32>) -> f64 {
    vector.map(|number| f64::from(number) * f64::from(number)).sum::<f64>().sqrt()
}

/// Whether a vector in θ's place grew beyond all bounds, or holds what is no number.
#[must_use]
pub fn has_diverged(theta: &[f32]) -> bool {
    !theta.iter().all(|number| number.abs() <= DIVERGED)
}

impl TrainState {
    /// A train_state at the beginning of a run.
    #[must_use]
    pub fn new(theta: Vec<f32>) -> Self {
        Self {
            theta,
            iteration: 0,
            moments: None,
            inner_states: vec![],
            gradient_norm: None,
            early_stopping: EarlyStopping::default(),
        }
    }

    /// The train_state at the beginning of a Config's run, at the random start of its seed.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self::new(Network::new(&config.model).initial_theta(config.seed))
    }

    /// Updates that the moments hold; 0 without any.
    #[must_use]
    pub fn updates(&self) -> u64 {
        self.moments.as_ref().map_or(0, |moments| moments.updates)
    }

    /// Whether θ grew beyond all bounds, or is no number.
    #[must_use]
    pub fn has_diverged(&self) -> bool {
        has_diverged(&self.theta)
    }

    /// Has the moments that a Config's optimizers need; fresh ones are zero.
    pub fn prepare(&mut self, config: &Config) {
        let parameters = self.theta.len();
        let outer = |first, second| Some(Moments::zeros(parameters, first, second));
        let fresh = match config.outer.optimizer {
            OuterOptimizer::Sgd => None,
            OuterOptimizer::Momentum => outer(true, false),
            OuterOptimizer::Adam => outer(true, true),
        };
        if self.moments.as_ref().map(Moments::shape) != fresh.as_ref().map(Moments::shape) {
            self.moments = fresh;
        }
        let inner = Optimizer::of(&config.inner).fresh(parameters);
        let tasks = if config.inner.state == InnerState::Carry { config.outer.meta_batch } else { 0 };
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

    /// Moves θ by the outer gradient g, and counts the meta-iteration.
    ///
    /// Without moments θ ← θ − ε·g, which for Reptile is the paper's θ + ε·mean(φ − θ); with them, a step of momentum or
    /// of Adam; in each of `layers` with its own part of ε. `mean` is what `gradient` says: the mean of the φ, or of the
    /// gradients.
    pub fn update(&mut self, mean: &[f32], gradient: OuterGradient, rate: StepScalars, layers: &[LayerRate]) {
        let number = F32x4::splat;
        let from_phi = gradient == OuterGradient::FromPhi;
        let outer_gradient = |theta: F32x4, mean: F32x4| if from_phi { theta - mean } else { mean };
        if let Some(moments) = &mut self.moments {
            moments.updates += 1;
        }
        for LayerRate { places, factor } in layers {
            let step_size = number(rate.step_size * factor);
            let theta = &mut self.theta[places.clone()];
            let mean = &mean[places.clone()];
            match &mut self.moments {
                None => {
                    simd::map_in_place(
                        [theta],
                        mean,
                        |[theta], mean| [theta - step_size * outer_gradient(theta, mean)],
                    );
                }
                Some(Moments { first, second, .. }) if second.is_empty() => {
                    simd::map_in_place([theta, &mut first[places.clone()]], mean, |[theta, v], mean| {
                        let v = number(MOMENTUM) * v + outer_gradient(theta, mean);
                        [theta - step_size * v, v]
                    });
                }
                Some(Moments { first, second, .. }) => {
                    let (first, second) = (&mut first[places.clone()], &mut second[places.clone()]);
                    simd::map_in_place([theta, first, second], mean, |[theta, m, v], mean| {
                        let g = outer_gradient(theta, mean);
                        let m = number(BETA1) * m + number(1.0 - BETA1) * g;
                        let v = number(BETA2) * v + number(1.0 - BETA2) * g * g;
                        let root = (v * number(rate.second_correction)).sqrt() + number(ADAM_EPSILON);
                        [theta - step_size * (m * number(rate.first_correction)) / root, m, v]
                    });
                }
            }
        }
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

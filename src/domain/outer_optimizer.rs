//! The outer update: how θ moves, given the outer gradient.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::choice::choices;
use super::moments::{Moments, correction};
use super::schedule::Schedule;
use crate::simd::{self, F32x4, SimdVector};

/// Momentum's decay of the velocity.
pub const MOMENTUM: f32 = 0.9;

/// Adam's decay of the first moment, β₁.
pub const BETA1: f32 = 0.9;
/// Adam's decay of the second moment, β₂.
pub const BETA2: f32 = 0.999;
/// What Adam adds to the root of the second moment.
pub const ADAM_EPSILON: f32 = 1e-8;

choices! {
    /// Optimizer of the outer loop, on the outer gradient g, which is θ − mean φ for Reptile. A run goes on from its θ with
    /// another one, whose state is fresh.
    pub enum OuterOptimizer {
        /// θ ← θ − ε·g: the interpolation θ ← θ + ε·mean(φ − θ) of the paper.
        Sgd => "sgd", word_sgd;
        /// v ← 0.9·v + g; θ ← θ − ε·v.
        Momentum => "momentum", word_momentum;
        /// Adam (Kingma and Ba 2015) with β₁ = 0.9, β₂ = 0.999, 10⁻⁸, bias-corrected.
        Adam => "adam", word_adam;
    }
}

impl OuterOptimizer {
    /// Its state for `parameters` numbers before the first update, if it keeps any.
    #[must_use]
    pub fn fresh(self, parameters: usize) -> Option<Moments> {
        match self {
            Self::Sgd => None,
            Self::Momentum => Some(Moments::zeros(parameters, true, false)),
            Self::Adam => Some(Moments::zeros(parameters, true, true)),
        }
    }
}

/// The outer loop: the update of θ from the adapted φ of a meta-batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outer {
    /// Optimizer on the outer gradient g.
    pub optimizer: OuterOptimizer,
    /// Outer step size ε.
    pub step_size: f64,
    /// How ε changes over the run.
    pub schedule: Schedule,
    /// Tasks of a meta-batch, n.
    pub meta_batch: usize,
    /// Meta-iterations of the whole run, T.
    pub iterations: u64,
    /// What ε is multiplied by in each layer of weights, from the input on: 0 freezes a layer. None of them is all 1.
    pub layers: Vec<f64>,
    /// When to stop before the last meta-iteration.
    pub stop: StopRules,
}

/// When to stop before the last meta-iteration, as [`EarlyStopping`](super::early_stopping::EarlyStopping) finds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StopRules {
    /// Stop where ‖g‖₂ of the outer gradient is below this at a check; 0 is never.
    pub update: f64,
    /// Stop where the held-out error has not improved in so many checks; 0 is never.
    pub patience: u64,
}

impl Default for Outer {
    fn default() -> Self {
        Self {
            optimizer: OuterOptimizer::Sgd,
            step_size: 0.1,
            schedule: Schedule::Linear,
            meta_batch: 1,
            iterations: 30_000,
            layers: vec![],
            stop: StopRules::default(),
        }
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

/// One layer of the network: the places of its weights and biases in a vector, and how much it learns.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerRate {
    /// Its places, in the vector's layout.
    pub places: Range<usize>,
    /// What ε is multiplied by: 0 freezes it.
    pub factor: f32,
}

impl LayerRate {
    /// The layers of a network, which lie at `places`.
    #[must_use]
    pub fn of(outer: &Outer, places: Vec<Range<usize>>) -> Vec<Self> {
        let factors = outer.layer_factors(places.len()).into_iter();
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
        self.step_size * self.schedule.factor(t, self.iterations)
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

    /// What ε is multiplied by in each of a network's layers of weights, from the input on.
    #[must_use]
    pub fn layer_factors(&self, layers: usize) -> Vec<f64> {
        if self.layers.is_empty() { vec![1.0; layers] } else { self.layers.clone() }
    }
}

/// Moves θ by the outer gradient g, with the optimizer whose `moments` these are.
///
/// Without moments θ ← θ − ε·g, which for Reptile is the paper's θ + ε·mean(φ − θ); with them, a step of momentum or
/// of Adam; in each of `layers` with its own part of ε. `mean` is what `gradient` says: the mean of the φ, or of the
/// gradients. The update works element by element, in whatever layout θ has.
pub fn step(
    theta: &mut [f32],
    moments: Option<&mut Moments>,
    mean: &[f32],
    gradient: OuterGradient,
    scalars: StepScalars,
    layers: &[LayerRate],
) {
    let number = F32x4::splat;
    let from_phi = gradient == OuterGradient::FromPhi;
    let outer_gradient = |theta: F32x4, mean: F32x4| if from_phi { theta - mean } else { mean };
    let mut moments = moments;
    if let Some(moments) = &mut moments {
        moments.updates += 1;
    }
    for LayerRate { places, factor } in layers {
        let step_size = number(scalars.step_size * factor);
        let theta = &mut theta[places.clone()];
        let mean = &mean[places.clone()];
        match &mut moments {
            None => {
                simd::map_in_place([theta], mean, |[theta], mean| [theta - step_size * outer_gradient(theta, mean)]);
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
                    let root = (v * number(scalars.second_correction)).sqrt() + number(ADAM_EPSILON);
                    [theta - step_size * (m * number(scalars.first_correction)) / root, m, v]
                });
            }
        }
    }
}

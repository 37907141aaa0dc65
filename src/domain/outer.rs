//! The outer update: how θ moves, given the mean of the adapted φ.

use serde::{Deserialize, Serialize};

use super::config::{Outer, OuterOptimizer, Schedule};

/// Adam's decay of the first moment, β₁.
pub const BETA1: f32 = 0.9;
/// Adam's decay of the second moment, β₂.
pub const BETA2: f32 = 0.999;
/// What Adam adds to the root of the second moment.
pub const ADAM_EPSILON: f32 = 1e-8;

/// θ and the state of its optimizer: all that training changes.
///
/// Vectors are in whatever layout their holder chose; the update works element by element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learner {
    /// The meta-learned initialisation θ.
    #[serde(with = "crate::numbers")]
    pub theta: Vec<f32>,
    /// Meta-iterations done.
    pub iteration: u64,
    /// Adam's moments, where the outer optimizer is Adam and has begun.
    pub moments: Option<Moments>,
}

/// Adam's running moments of the outer gradient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Running mean of g.
    #[serde(with = "crate::numbers")]
    pub first: Vec<f32>,
    /// Running mean of g².
    #[serde(with = "crate::numbers")]
    pub second: Vec<f32>,
    /// Updates that they hold.
    pub updates: u64,
}

/// The numbers of one outer update that do not depend on θ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Step size ε at this meta-iteration.
    pub step_size: f32,
    /// 1/(1 − β₁ᵘ) at update u, and 1 where there are no moments.
    pub first_correction: f32,
    /// 1/(1 − β₂ᵘ) at update u, and 1 where there are no moments.
    pub second_correction: f32,
}

impl Outer {
    /// ε at meta-iteration `t`, counted from 0.
    #[must_use]
    pub fn step_size_at(&self, t: u64) -> f64 {
        match self.schedule {
            Schedule::Constant => self.step_size,
            Schedule::Linear => self.step_size * (1.0 - t as f64 / self.iterations as f64).max(0.0),
        }
    }

    /// The numbers of the update at meta-iteration `t` that makes `updates` of them for the moments.
    #[must_use]
    pub fn rate(&self, t: u64, updates: u64) -> Rate {
        let correction = |beta: f32| (1.0 / (1.0 - libm::pow(f64::from(beta), updates as f64))) as f32;
        let (first_correction, second_correction) = match self.optimizer {
            OuterOptimizer::Sgd => (1.0, 1.0),
            OuterOptimizer::Adam => (correction(BETA1), correction(BETA2)),
        };
        Rate { step_size: self.step_size_at(t) as f32, first_correction, second_correction }
    }
}

impl Learner {
    /// A learner at the beginning of a run.
    #[must_use]
    pub fn new(theta: Vec<f32>) -> Self {
        Self { theta, iteration: 0, moments: None }
    }

    /// Has moments if and only if the optimizer needs them; fresh ones are zero.
    pub fn prepare(&mut self, optimizer: OuterOptimizer) {
        match optimizer {
            OuterOptimizer::Sgd => self.moments = None,
            OuterOptimizer::Adam => {
                let zeros = || vec![0.0; self.theta.len()];
                self.moments.get_or_insert_with(|| Moments { first: zeros(), second: zeros(), updates: 0 });
            }
        }
    }

    /// The update at the present meta-iteration: its numbers.
    #[must_use]
    pub fn rate(&self, outer: &Outer) -> Rate {
        outer.rate(self.iteration, self.moments.as_ref().map_or(0, |moments| moments.updates) + 1)
    }

    /// Moves θ by the outer gradient g = θ − mean φ, and counts the meta-iteration.
    ///
    /// Without moments θ ← θ − ε·g, the paper's θ + ε·mean(φ − θ); with them, Adam's step.
    pub fn update(&mut self, mean_phi: &[f32], rate: Rate) {
        let theta = self.theta.iter_mut().zip(mean_phi);
        match &mut self.moments {
            None => {
                for (theta, phi) in theta {
                    *theta -= rate.step_size * (*theta - phi);
                }
            }
            Some(Moments { first, second, updates }) => {
                *updates += 1;
                for ((theta, phi), (m, v)) in theta.zip(first.iter_mut().zip(second)) {
                    let g = *theta - phi;
                    *m = BETA1 * *m + (1.0 - BETA1) * g;
                    *v = BETA2 * *v + (1.0 - BETA2) * g * g;
                    let root = (*v * rate.second_correction).sqrt() + ADAM_EPSILON;
                    *theta -= rate.step_size * (*m * rate.first_correction) / root;
                }
            }
        }
        self.iteration += 1;
    }
}

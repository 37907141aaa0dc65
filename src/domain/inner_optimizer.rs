//! Optimizers of the inner loop: how φ moves, given the gradient of a minibatch.

pub mod map;

use serde::{Deserialize, Serialize};

use self::map::Map;
use super::choice::choices;
use super::moments::{Moments, correction};
use crate::simd::{self, F32x4, SimdVector};

choices! {
    /// Optimizer of the inner loop, of `eval` too; g = ∇L(φ). A run goes on from its θ with another one.
    pub enum InnerOptimizer {
        /// φ ← φ − α·g, on a new minibatch at each step.
        Sgd => "sgd", word_sgd;
        /// The same on one set of `inner.batch` points at every step: full-batch gradient descent.
        Gd => "gd", word_gd;
        /// v ← μ·v + g; φ ← φ − α·v.
        Momentum => "momentum", word_momentum;
        /// Adam (Kingma and Ba 2015), bias-corrected.
        Adam => "adam", word_adam;
        /// v ← ρ·v + (1 − ρ)·g²; φ ← φ − α·g/(√v + `epsilon`).
        Rmsprop => "rmsprop", word_rmsprop;
        /// Gradient descent in y = f(φ): y ← y − α·∂L/∂y; φ = f⁻¹(y).
        Mapped => "mapped", word_mapped;
    }
}

impl InnerOptimizer {
    /// The fields of a document that it alone, or with a few others, makes use of; α is every optimizer's.
    #[must_use]
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Sgd | Self::Gd => &[],
            Self::Momentum => &["inner.momentum"],
            Self::Adam => &["inner.beta1", "inner.beta2", "inner.epsilon"],
            Self::Rmsprop => &["inner.decay", "inner.epsilon"],
            Self::Mapped => &["inner.map"],
        }
    }

    /// The state that it keeps from step to step: a velocity or first moment, a second moment.
    #[must_use]
    pub fn moments(self) -> (bool, bool) {
        match self {
            Self::Sgd | Self::Gd | Self::Mapped => (false, false),
            Self::Momentum => (true, false),
            Self::Adam => (true, true),
            Self::Rmsprop => (false, true),
        }
    }

    /// Whether the backends have the derivative of its steps, which MAML's gradient goes through.
    #[must_use]
    pub fn is_differentiable(self) -> bool {
        match self {
            Self::Sgd | Self::Gd | Self::Momentum => true,
            Self::Adam | Self::Rmsprop | Self::Mapped => false,
        }
    }
}

choices! {
    /// What becomes of the inner optimizer's state from one task to the next.
    pub enum InnerState {
        /// Every task begins with none.
        Reset => "reset", word_reset;
        /// Task i of a meta-batch goes on with the state of task i of the one before.
        Carry => "carry", word_carry;
    }
}

/// The inner loop: φ ← k optimizer steps on minibatches of one task, from θ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inner {
    /// Optimizer of the inner loop.
    pub optimizer: InnerOptimizer,
    /// Inner learning rate α.
    pub learning_rate: f64,
    /// Inner steps k.
    pub steps: usize,
    /// Points of a minibatch.
    pub batch: usize,
    /// Decay μ of `momentum`.
    pub momentum: f64,
    /// Decay β₁ of `adam`'s first moment: 0 in the Reptile paper.
    pub beta1: f64,
    /// Decay β₂ of `adam`'s second moment.
    pub beta2: f64,
    /// What `adam` and `rmsprop` add to the root of the second moment.
    pub epsilon: f64,
    /// Decay ρ of `rmsprop`'s second moment.
    pub decay: f64,
    /// The map f of `mapped`.
    pub map: Map,
    /// What becomes of the optimizer's state from one task to the next.
    pub state: InnerState,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            optimizer: InnerOptimizer::Sgd,
            learning_rate: 0.02,
            steps: 5,
            batch: 10,
            momentum: 0.9,
            beta1: 0.0,
            beta2: 0.999,
            epsilon: 1e-8,
            decay: 0.9,
            map: Map::Asinh,
            state: InnerState::Reset,
        }
    }
}

/// An optimizer with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimizer {
    /// Which one.
    pub kind: InnerOptimizer,
    /// Learning rate α.
    pub learning_rate: f32,
    /// Momentum's μ.
    pub momentum: f32,
    /// Adam's β₁.
    pub beta1: f32,
    /// Adam's β₂.
    pub beta2: f32,
    /// What Adam and `RMSprop` add to the root of the second moment.
    pub epsilon: f32,
    /// `RMSprop`'s ρ.
    pub decay: f32,
    /// The map f of mapped gradient descent.
    pub map: Map,
}

impl Optimizer {
    /// Plain gradient descent.
    #[must_use]
    pub fn sgd(learning_rate: f32) -> Self {
        Self { learning_rate, ..Self::of(&Inner::default()) }
    }

    /// That of an inner loop.
    #[must_use]
    pub fn of(inner: &Inner) -> Self {
        Self {
            kind: inner.optimizer,
            learning_rate: inner.learning_rate as f32,
            momentum: inner.momentum as f32,
            beta1: inner.beta1 as f32,
            beta2: inner.beta2 as f32,
            epsilon: inner.epsilon as f32,
            decay: inner.decay as f32,
            map: inner.map,
        }
    }

    /// Whether a step is φ ← φ − α·g, whatever came before.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        match self.kind {
            InnerOptimizer::Sgd | InnerOptimizer::Gd => true,
            InnerOptimizer::Mapped => self.map == Map::Identity,
            InnerOptimizer::Momentum | InnerOptimizer::Adam | InnerOptimizer::Rmsprop => false,
        }
    }

    /// How many vectors of state it keeps: velocity or first moment, second moment.
    #[must_use]
    pub fn moments(&self) -> (bool, bool) {
        self.kind.moments()
    }

    /// Whether it keeps any state.
    #[must_use]
    pub fn keeps_state(&self) -> bool {
        self.moments() != (false, false)
    }

    /// State for `parameters` numbers, before the first step.
    #[must_use]
    pub fn fresh(&self, parameters: usize) -> Moments {
        let (first, second) = self.moments();
        Moments::zeros(parameters, first, second)
    }

    /// The same in the vectors that `state` has.
    pub fn refresh(&self, state: &mut Moments, parameters: usize) {
        let (first, second) = self.moments();
        for (vector, needed) in [(&mut state.first, first), (&mut state.second, second)] {
            vector.clear();
            vector.resize(if needed { parameters } else { 0 }, 0.0);
        }
        state.updates = 0;
    }

    /// One step of every parameter, given the gradient. A parameter that is zero, with a gradient of zero, stays so.
    pub fn step(&self, phi: &mut [f32], gradient: &[f32], state: &mut Moments) {
        state.updates += 1;
        let number = F32x4::splat;
        let (alpha, epsilon) = (number(self.learning_rate), number(self.epsilon));
        let Moments { first, second, updates } = state;
        match self.kind {
            InnerOptimizer::Sgd | InnerOptimizer::Gd => {
                simd::map_in_place([phi], gradient, |[phi], g| [phi - alpha * g]);
            }
            InnerOptimizer::Momentum => simd::map_in_place([phi, first], gradient, |[phi, v], g| {
                let v = number(self.momentum) * v + g;
                [phi - alpha * v, v]
            }),
            InnerOptimizer::Adam => {
                let first_correction = number(correction(self.beta1, *updates));
                let second_correction = number(correction(self.beta2, *updates));
                simd::map_in_place([phi, first, second], gradient, |[phi, m, v], g| {
                    let m = number(self.beta1) * m + number(1.0 - self.beta1) * g;
                    let v = number(self.beta2) * v + number(1.0 - self.beta2) * g * g;
                    let root = (v * second_correction).sqrt() + epsilon;
                    [phi - alpha * (m * first_correction) / root, m, v]
                });
            }
            InnerOptimizer::Rmsprop => simd::map_in_place([phi, second], gradient, |[phi, v], g| {
                let v = number(self.decay) * v + number(1.0 - self.decay) * g * g;
                [phi - alpha * g / (v.sqrt() + epsilon), v]
            }),
            InnerOptimizer::Mapped => {
                for (phi, g) in phi.iter_mut().zip(gradient) {
                    *phi = self.map.gradient_step(*phi, self.learning_rate * g);
                }
            }
        }
    }
}

//! Optimizers of the inner loop: how φ moves, given the gradient of a minibatch.

use serde::{Deserialize, Serialize};

use super::config::{Config, EvalOptimizer, Inner, InnerOptimizer, Map};
use crate::domain::outer_optimizer::Moments;
use crate::simd::{self, F32x4, SimdVector};

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

    /// That of the evaluation.
    #[must_use]
    pub fn of_evaluation(config: &Config) -> Self {
        let inner = Self::of(&config.inner);
        let kind = match config.eval.optimizer {
            EvalOptimizer::Inner => inner.kind,
            EvalOptimizer::Sgd => InnerOptimizer::Sgd,
            EvalOptimizer::Gd => InnerOptimizer::Gd,
            EvalOptimizer::Momentum => InnerOptimizer::Momentum,
            EvalOptimizer::Adam => InnerOptimizer::Adam,
            EvalOptimizer::Rmsprop => InnerOptimizer::Rmsprop,
            EvalOptimizer::Mapped => InnerOptimizer::Mapped,
        };
        Self { kind, learning_rate: config.eval.learning_rate as f32, ..inner }
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
        match self.kind {
            InnerOptimizer::Sgd | InnerOptimizer::Gd | InnerOptimizer::Mapped => (false, false),
            InnerOptimizer::Momentum => (true, false),
            InnerOptimizer::Adam => (true, true),
            InnerOptimizer::Rmsprop => (false, true),
        }
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
                simd::map_in_place([phi], gradient, |[phi], g| [phi - alpha * g])
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

/// 1/(1 − βᵘ), which undoes a moment's bias towards zero after u updates.
#[must_use]
pub fn correction(beta: f32, updates: u64) -> f32 {
    (1.0 / (1.0 - libm::pow(f64::from(beta), updates as f64))) as f32
}

impl Map {
    /// f⁻¹(f(φ) − change/f′(φ)): a step against the gradient with respect to y = f(φ), where `change` is α·∂L/∂φ.
    fn gradient_step(self, phi: f32, change: f32) -> f32 {
        match self {
            Self::Identity => phi - change,
            Self::Asinh => {
                let slope = 1.0 / (1.0 + phi * phi).sqrt();
                libm::sinhf(libm::asinhf(phi) - change / slope)
            }
            Self::Cubic => {
                let slope = 1.0 + 3.0 * phi * phi;
                let y = phi + phi * phi * phi - change / slope;
                // The one real root of φ³ + φ = y (Cardano, in its hyperbolic form).
                let scale = 2.0 / libm::sqrt(3.0);
                (scale * libm::sinh(libm::asinh(3.0 * f64::from(y) / scale) / 3.0)) as f32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_undone_exactly_enough() {
        for map in [Map::Identity, Map::Asinh, Map::Cubic] {
            for phi in [-30.0_f32, -1.5, -0.01, 0.0, 1e-6, 0.3, 2.0, 100.0] {
                let back = map.gradient_step(phi, 0.0);
                assert!((back - phi).abs() <= 1e-6 * phi.abs(), "{map:?} at {phi}: {back}");
            }
        }
    }

    #[test]
    fn a_small_mapped_step_is_one_of_the_slope_squared() {
        // Δφ = −change/f′², to first order.
        let slope = |map: Map, phi: f32| match map {
            Map::Identity => 1.0,
            Map::Asinh => 1.0 / (1.0 + phi * phi).sqrt(),
            Map::Cubic => 1.0 + 3.0 * phi * phi,
        };
        for map in [Map::Identity, Map::Asinh, Map::Cubic] {
            for phi in [-1.5_f32, -0.2, 0.0, 0.7] {
                let change = 1e-3;
                let expected = -change / (slope(map, phi) * slope(map, phi));
                let moved = map.gradient_step(phi, change) - phi;
                assert!(
                    (moved - expected).abs() < 0.02 * expected.abs() + 3e-7,
                    "{map:?} at {phi}: {moved}, {expected}"
                );
            }
        }
    }
}

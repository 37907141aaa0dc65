//! Running moments of a gradient: the state of momentum, `RMSprop` and Adam, in the inner loop and in the outer one.

use serde::{Deserialize, Serialize};

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

    /// How many numbers each of them has.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        (self.first.len(), self.second.len())
    }
}

/// 1/(1 − βᵘ), which undoes a moment's bias towards zero after u updates.
#[must_use]
pub fn correction(beta: f32, updates: u64) -> f32 {
    (1.0 / (1.0 - libm::pow(f64::from(beta), updates as f64))) as f32
}

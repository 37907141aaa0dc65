//! Inside the network while it adapts: what its hidden units respond with, the weights that mix them into the prediction,
//! and how far each layer moves.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::network::Network;
use super::train_state::norm;

/// One hidden layer before and after an adaptation, and how far all layers have moved meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// x of the grid.
    pub grid: Vec<f32>,
    /// The true y on the grid.
    pub truth: Vec<f32>,
    /// The hidden layer; 0 is the first.
    pub layer: usize,
    /// The gradient step that `after` is of.
    pub step: usize,
    /// θ.
    pub before: Snapshot,
    /// φ after `step` gradient steps.
    pub after: Snapshot,
    /// ‖φ − θ‖₂ of each layer as [`moved`] has it, one row a gradient step, from 0 on.
    pub moved: Vec<Vec<f64>>,
}

/// A hidden layer at one point of the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What the layer's units respond with on the grid, `[unit][x]`.
    pub responses: Vec<Vec<f32>>,
    /// The weights into the layer, `[unit][input]`.
    pub weights: Vec<Vec<f32>>,
    /// The weights that mix the units into the prediction; empty where other hidden layers lie between.
    pub read_out: Vec<f32>,
    /// The network's prediction on the grid: of the last hidden layer, the output's bias and all shares together.
    pub prediction: Vec<f32>,
}

impl Snapshot {
    /// A unit's share of the prediction on the grid: its response times the weight that mixes it; none where other hidden
    /// layers lie between.
    #[must_use]
    pub fn share(&self, unit: usize) -> Option<Vec<f32>> {
        let (response, weight) = (self.responses.get(unit)?, *self.read_out.get(unit)?);
        Some(response.iter().map(|response| weight * response).collect())
    }
}

/// ‖to − from‖₂ of each layer of the network, from the input on: its weights and biases together. Both are in the
/// network's flat layout.
#[must_use]
pub fn moved(network: &Network, from: &[f32], to: &[f32]) -> Vec<f64> {
    let of = |places: Range<usize>| norm(from[places.clone()].iter().zip(&to[places]).map(|(from, to)| to - from));
    network.layers().map(|layer| of(layer.places())).collect()
}

/// √(mean of the squares); 0 of nothing.
#[must_use]
pub fn root_mean_square(values: impl Iterator<Item = f32>) -> f64 {
    let (sum, count) =
        values.fold((0.0, 0_u32), |(sum, count), value| (sum + f64::from(value) * f64::from(value), count + 1));
    if count > 0 { (sum / f64::from(count)).sqrt() } else { 0.0 }
}

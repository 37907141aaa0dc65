//! The fully connected network: shapes, the layout of its parameters, and its initialisation.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::activation::Activation;
use super::rng::{Purpose, Rng};

/// A fully connected network with one input, one linear output and hidden layers between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Units of each hidden layer: 1 to 4 layers of 1 to 128.
    pub hidden: Vec<usize>,
    /// Activation of every hidden unit.
    pub activation: Activation,
}

impl Default for Model {
    fn default() -> Self {
        Self { hidden: vec![64, 64], activation: Activation::Tanh }
    }
}

/// A network's widths and activation. Input and output have one unit each; the output is linear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Units of every layer, input and output included: `[1, 64, 64, 1]`.
    pub widths: Vec<usize>,
    /// Activation of the hidden units.
    pub activation: Activation,
}

/// One layer's place in the flat parameter vector.
///
/// The vector holds, layer by layer, the weight matrix in `[out][in]` order and then the biases (`PyTorch`'s order).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Units that it reads.
    pub inputs: usize,
    /// Units that it computes.
    pub outputs: usize,
    /// Where its weights begin.
    pub weights: usize,
    /// Where its biases begin.
    pub biases: usize,
}

impl Layer {
    /// The places of its weights and biases.
    #[must_use]
    pub fn places(&self) -> Range<usize> {
        self.weights..self.biases + self.outputs
    }
}

impl Network {
    /// The network of these settings.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let widths = std::iter::once(1).chain(model.hidden.iter().copied()).chain(std::iter::once(1)).collect();
        Self { widths, activation: model.activation }
    }

    /// Its layers of weights, from the input on.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + '_ {
        let mut start = 0;
        self.widths.windows(2).map(move |widths| {
            let (inputs, outputs) = (widths[0], widths[1]);
            let weights = start;
            let biases = weights + inputs * outputs;
            start = biases + outputs;
            Layer { inputs, outputs, weights, biases }
        })
    }

    /// The number of its parameters: 4,353 for 1-64-64-1.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.widths.windows(2).map(|widths| (widths[0] + 1) * widths[1]).sum()
    }

    /// θ at the start of a run: weights and biases of a layer uniform in ±1/√fan-in.
    #[must_use]
    pub fn initial_theta(&self, seed: u64) -> Vec<f32> {
        let mut rng = Rng::stream(seed, Purpose::Initialisation, 0, 0);
        let mut theta = Vec::with_capacity(self.parameters());
        for layer in self.layers() {
            let bound = 1.0 / (layer.inputs as f32).sqrt();
            theta.extend((0..(layer.inputs + 1) * layer.outputs).map(|_| rng.uniform(-bound, bound)));
        }
        theta
    }
}

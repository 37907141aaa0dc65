//! SIMD on the processor: as many numbers at a time as it can, with the same bits on every one and in every browser.
//!
//! Parameters lie layer by layer as the loops want them: a hidden layer's weight matrix in `[in][out]` order with its
//! rows padded to whole lanes, then its biases, padded too; the output's weights as one padded row, then its bias.
//! Padding stays zero through every step: what it is multiplied by is zero. Sums run over one index at a time, in order,
//! each number of a lane for itself (`product.rs`); so no result depends on how many numbers a lane holds.

mod activate;
mod product;

use activate::{Activate, Relu, Sine, Tanh};
use product::Matrix;

use super::Kind;
use super::host::{Host, Kernel};
use crate::domain::config::Activation;
use crate::domain::network::{self, Network};
use crate::lanes::{self, F32x4, Job, Lane};

/// The SIMD backend.
pub type Cpu = Host<Simd>;

/// The SIMD kernel: one inner-loop step is forward, backward and update, without allocation.
pub struct Simd {
    network: Network,
    /// Numbers of a lane.
    width: usize,
    hidden: Vec<Hidden>,
    output: Output,
    /// Numbers in the packed layout.
    parameters: usize,
    /// Points that the layers have room for.
    room: usize,
    /// Room for a weight matrix the other way round, `[out][in]`: what the backward pass reads.
    transposed: Vec<f32>,
}

/// One hidden layer: its place in the packed parameters, and room for what a step computes.
struct Hidden {
    inputs: usize,
    outputs: usize,
    /// `outputs`, rounded up to whole lanes.
    stride: usize,
    /// Where its weights `[in][out]` begin.
    weights: usize,
    /// Where its biases begin.
    biases: usize,
    /// Its units' values `[point][unit]`, padded.
    values: Vec<f32>,
    /// The slopes of its activation, where the values do not tell them.
    slopes: Vec<f32>,
    /// ∂loss/∂z `[point][unit]`, padded.
    deltas: Vec<f32>,
}

/// The output: one linear unit.
struct Output {
    inputs: usize,
    /// Where its weights begin.
    weights: usize,
    /// Where its bias lies, behind its weights and their padding.
    bias: usize,
    /// Its value at each point.
    values: Vec<f32>,
    /// ∂loss/∂z at each point.
    deltas: Vec<f32>,
}

impl Kernel for Simd {
    const KIND: Kind = Kind::Cpu;

    fn new(network: &Network) -> Self {
        Self::with_lanes(network, lanes::widths()[0])
    }

    fn adapter(&self) -> String {
        format!("SIMD, {} bit", self.width * 32)
    }

    fn pack(&self, flat: &[f32]) -> Vec<f32> {
        let mut packed = vec![0.0; self.parameters];
        self.each_parameter(|in_flat, in_packed| packed[in_packed] = flat[in_flat]);
        packed
    }

    fn unpack(&self, packed: &[f32]) -> Vec<f32> {
        let mut flat = vec![0.0; self.network.parameters()];
        self.each_parameter(|in_flat, in_packed| flat[in_flat] = packed[in_packed]);
        flat
    }

    fn descend(&mut self, phi: &mut [f32], x: &[f32], y: &[f32], batch: usize, learning_rate: f32) {
        self.reserve(batch);
        lanes::run(self.width, Descent { kernel: self, phi, x, y, batch, learning_rate });
    }

    fn predict(&mut self, phi: &[f32], x: &[f32], predictions: &mut Vec<f32>) {
        self.reserve(x.len());
        lanes::run(self.width, Prediction { kernel: self, phi, x });
        predictions.extend_from_slice(&self.output.values[..x.len()]);
    }
}

/// Steps of gradient descent, one for each minibatch.
struct Descent<'a> {
    kernel: &'a mut Simd,
    phi: &'a mut [f32],
    x: &'a [f32],
    y: &'a [f32],
    batch: usize,
    learning_rate: f32,
}

impl Job for Descent<'_> {
    fn run<L: Lane>(self) {
        let Self { kernel, phi, x, y, batch, learning_rate } = self;
        for (x, y) in x.chunks(batch).zip(y.chunks(batch)) {
            match kernel.network.activation {
                Activation::Tanh => kernel.step::<L, Tanh>(phi, x, y, learning_rate),
                Activation::Relu => kernel.step::<L, Relu>(phi, x, y, learning_rate),
                Activation::Sine => kernel.step::<L, Sine>(phi, x, y, learning_rate),
            }
        }
    }
}

/// A forward pass.
struct Prediction<'a> {
    kernel: &'a mut Simd,
    phi: &'a [f32],
    x: &'a [f32],
}

impl Job for Prediction<'_> {
    fn run<L: Lane>(self) {
        match self.kernel.network.activation {
            Activation::Tanh => self.kernel.forward::<L, Tanh>(self.phi, self.x),
            Activation::Relu => self.kernel.forward::<L, Relu>(self.phi, self.x),
            Activation::Sine => self.kernel.forward::<L, Sine>(self.phi, self.x),
        }
    }
}

impl Simd {
    /// A kernel for a network in lanes of `width` numbers, one of [`lanes::widths`].
    ///
    /// # Panics
    /// When this processor has no such lanes.
    #[must_use]
    pub fn with_lanes(network: &Network, width: usize) -> Self {
        assert!(lanes::widths().contains(&width), "lanes of {width} numbers");
        let layers: Vec<network::Layer> = network.layers().collect();
        let (output, hidden) = layers.split_last().expect("a network has an output");
        let (mut parameters, mut largest) = (0, 0);
        let mut take = |numbers: usize| {
            parameters += numbers;
            parameters - numbers
        };
        let hidden = hidden.iter().map(|&network::Layer { inputs, outputs, .. }| {
            let stride = outputs.next_multiple_of(width);
            // Transposing works on blocks of four rows.
            let size = inputs.next_multiple_of(F32x4::WIDTH) * stride;
            largest = largest.max(inputs.next_multiple_of(width) * outputs.next_multiple_of(F32x4::WIDTH));
            let (values, slopes, deltas) = (vec![], vec![], vec![]);
            Hidden { inputs, outputs, stride, weights: take(size), biases: take(stride), values, slopes, deltas }
        });
        let hidden = hidden.collect();
        let output = Output {
            inputs: output.inputs,
            weights: take(output.inputs.next_multiple_of(width)),
            bias: take(1),
            values: vec![],
            deltas: vec![],
        };
        let transposed = vec![0.0; largest];
        Self { network: network.clone(), width, hidden, output, parameters, room: 0, transposed }
    }

    /// Calls `visit` with the place of each parameter in the flat layout and in the packed one.
    fn each_parameter(&self, mut visit: impl FnMut(usize, usize)) {
        let mut layers = self.network.layers();
        for (flat, packed) in layers.by_ref().zip(&self.hidden) {
            for o in 0..flat.outputs {
                for i in 0..flat.inputs {
                    visit(flat.weights + o * flat.inputs + i, packed.weights + i * packed.stride + o);
                }
                visit(flat.biases + o, packed.biases + o);
            }
        }
        let flat = self.network.layers().last().expect("a network has an output");
        for i in 0..flat.inputs {
            visit(flat.weights + i, self.output.weights + i);
        }
        visit(flat.biases, self.output.bias);
    }

    /// Room for minibatches of `points`.
    fn reserve(&mut self, points: usize) {
        if points > self.room {
            self.room = points;
            for layer in &mut self.hidden {
                for numbers in [&mut layer.values, &mut layer.slopes, &mut layer.deltas] {
                    numbers.resize(points * layer.stride, 0.0);
                }
            }
            self.output.values.resize(points, 0.0);
            self.output.deltas.resize(points, 0.0);
        }
    }

    /// Computes every layer's values at the inputs x.
    fn forward<L: Lane, A: Activate>(&mut self, phi: &[f32], x: &[f32]) {
        let mut inputs = Matrix::new(x, x.len(), 1, 1);
        for layer in &mut self.hidden {
            let used = x.len() * layer.stride;
            let biases = &phi[layer.biases..][..layer.stride];
            let weights = Matrix::new(&phi[layer.weights..layer.biases], layer.inputs, layer.outputs, layer.stride);
            product::multiply::<L>(inputs, weights, Some(biases), &mut layer.values[..used]);
            activate::forward::<L, A>(&mut layer.values[..used], &mut layer.slopes[..used]);
            inputs = layer.values(x.len());
        }
        let Output { inputs: units, weights, bias, .. } = self.output;
        let weights = Matrix::new(&phi[weights..bias], units, 1, 1);
        product::multiply::<f32>(inputs, weights, Some(&phi[bias..]), &mut self.output.values);
    }

    /// φ ← φ − α·∇(mean squared error) on one minibatch.
    fn step<L: Lane, A: Activate>(&mut self, phi: &mut [f32], x: &[f32], y: &[f32], learning_rate: f32) {
        let points = x.len();
        self.forward::<L, A>(phi, x);
        let Self { hidden, output, transposed, .. } = self;
        let scale = 2.0 / points as f32;
        for ((delta, value), y) in output.deltas.iter_mut().zip(&output.values).zip(y) {
            *delta = scale * (value - y);
        }
        let deltas = Matrix::new(&output.deltas, points, 1, 1);
        let top = hidden.last_mut().expect("a network has a hidden layer");
        let weights = &mut phi[output.weights..output.bias];
        top.back_propagate::<L, A>(deltas, Matrix::new(weights, 1, top.outputs, top.stride));
        product::descend::<L>(deltas, top.values(points), learning_rate, weights);
        product::descend_biases::<f32>(deltas, learning_rate, &mut phi[output.bias..]);
        for number in (0..hidden.len()).rev() {
            let (below, layers) = hidden.split_at_mut(number);
            let (below, layer) = (below.last_mut(), &layers[0]);
            let (weights, biases) = phi[layer.weights..][..layer.biases + layer.stride - layer.weights]
                .split_at_mut(layer.biases - layer.weights);
            let deltas = Matrix::new(&layer.deltas, points, layer.outputs, layer.stride);
            let inputs = match below {
                None => Matrix::new(x, points, 1, 1),
                Some(below) => {
                    let matrix = Matrix::new(weights, layer.inputs, layer.outputs, layer.stride);
                    product::transpose(matrix, transposed, below.stride);
                    let matrix = Matrix::new(transposed, layer.outputs, layer.inputs, below.stride);
                    below.back_propagate::<L, A>(deltas, matrix);
                    below.values(points)
                }
            };
            product::descend::<L>(inputs, deltas, learning_rate, weights);
            product::descend_biases::<L>(deltas, learning_rate, biases);
        }
    }
}

impl Hidden {
    fn values(&self, points: usize) -> Matrix<'_> {
        Matrix::new(&self.values, points, self.outputs, self.stride)
    }

    /// ∂loss/∂z here from the layer above: its ∂loss/∂z, times its weights `[out][in]`, times the slope here.
    fn back_propagate<L: Lane, A: Activate>(&mut self, above: Matrix, weights: Matrix) {
        let used = above.rows() * self.stride;
        product::multiply::<L>(above, weights, None, &mut self.deltas[..used]);
        activate::backward::<L, A>(&mut self.deltas[..used], &self.values[..used], &self.slopes[..used]);
    }
}

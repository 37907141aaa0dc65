//! SIMD on the processor: four numbers at a time, with the same bits natively and in every browser.
//!
//! Parameters lie layer by layer as the loops want them: a weight matrix in `[in][out]` order with its rows padded to
//! whole lanes, then the biases, padded too. Padding stays zero through every step: what it is multiplied by is zero.
//! Sums run over one index at a time, in order, each lane for itself (`product.rs`); so no result depends on how many
//! numbers a lane holds.

mod activate;
mod product;

use activate::{Activate, Relu, Sine, Tanh};
use product::Matrix;

use super::Kind;
use super::host::{Host, Kernel};
use crate::domain::config::Activation;
use crate::domain::network::Network;
use crate::lanes::{F32x4, Lane};

/// The SIMD backend.
pub type Cpu = Host<Simd>;

/// One layer: its place in the packed parameters, and room for what a step computes.
struct PackedLayer {
    inputs: usize,
    outputs: usize,
    /// `outputs`, rounded up to whole lanes.
    stride: usize,
    /// Where its weights `[in][out]` begin.
    weights: usize,
    /// Where its biases begin.
    biases: usize,
    /// Its weights the other way round, `[out][in]`, both padded: what the backward pass reads.
    transposed: Vec<f32>,
    /// Its units' values `[point][unit]`, padded.
    values: Vec<f32>,
    /// The slopes of its activation, where the values do not tell them.
    slopes: Vec<f32>,
    /// ∂loss/∂z `[point][unit]`, padded.
    deltas: Vec<f32>,
}

/// The SIMD kernel: one inner-loop step is forward, backward and update, without allocation.
pub struct Simd {
    network: Network,
    layers: Vec<PackedLayer>,
    /// Numbers in the packed layout.
    parameters: usize,
    /// Points that the layers have room for.
    room: usize,
}

/// `width` rounded up to whole lanes.
fn padded(width: usize) -> usize {
    width.next_multiple_of(F32x4::WIDTH)
}

impl Kernel for Simd {
    const KIND: Kind = Kind::Cpu;
    const ADAPTER: &'static str = "SIMD, 128 bit";

    fn new(network: &Network) -> Self {
        let mut parameters = 0;
        let layers = network.layers().map(|layer| {
            let stride = padded(layer.outputs);
            let weights = parameters;
            let biases = weights + layer.inputs * stride;
            parameters = biases + stride;
            PackedLayer {
                inputs: layer.inputs,
                outputs: layer.outputs,
                stride,
                weights,
                biases,
                transposed: vec![0.0; stride * padded(layer.inputs)],
                values: Vec::new(),
                slopes: Vec::new(),
                deltas: Vec::new(),
            }
        });
        let layers = layers.collect();
        Self { network: network.clone(), layers, parameters, room: 0 }
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
        for layer in &mut self.layers[1..] {
            product::transpose(layer.weights_in(phi), &mut layer.transposed);
        }
        for (x, y) in x.chunks(batch).zip(y.chunks(batch)) {
            match self.network.activation {
                Activation::Tanh => self.step::<Tanh>(phi, x, y, learning_rate),
                Activation::Relu => self.step::<Relu>(phi, x, y, learning_rate),
                Activation::Sine => self.step::<Sine>(phi, x, y, learning_rate),
            }
        }
    }

    fn predict(&mut self, phi: &[f32], x: &[f32], predictions: &mut Vec<f32>) {
        self.reserve(x.len());
        match self.network.activation {
            Activation::Tanh => self.forward::<Tanh>(phi, x),
            Activation::Relu => self.forward::<Relu>(phi, x),
            Activation::Sine => self.forward::<Sine>(phi, x),
        }
        let output = self.output();
        predictions.extend(output.values.iter().step_by(output.stride).take(x.len()));
    }
}

impl Simd {
    /// Calls `visit` with the place of each parameter in the flat layout and in the packed one.
    fn each_parameter(&self, mut visit: impl FnMut(usize, usize)) {
        for (flat, packed) in self.network.layers().zip(&self.layers) {
            for o in 0..flat.outputs {
                for i in 0..flat.inputs {
                    visit(flat.weights + o * flat.inputs + i, packed.weights + i * packed.stride + o);
                }
                visit(flat.biases + o, packed.biases + o);
            }
        }
    }

    /// Room for minibatches of `points`.
    fn reserve(&mut self, points: usize) {
        if points > self.room {
            self.room = points;
            for layer in &mut self.layers {
                for numbers in [&mut layer.values, &mut layer.slopes, &mut layer.deltas] {
                    numbers.resize(points * layer.stride, 0.0);
                }
            }
        }
    }

    /// The last layer, linear and of one unit.
    fn output(&mut self) -> &mut PackedLayer {
        self.layers.last_mut().expect("a network has an output layer")
    }

    /// Computes every layer's values at the inputs x.
    fn forward<A: Activate>(&mut self, phi: &[f32], x: &[f32]) {
        let last = self.layers.len() - 1;
        for number in 0..=last {
            let (below, layer) = below_and_layer(&mut self.layers, number);
            let inputs = below.map_or(Matrix::new(x, x.len(), 1, 1), |below| below.values(x.len()));
            let used = x.len() * layer.stride;
            let biases = &phi[layer.biases..][..layer.stride];
            product::multiply(inputs, layer.weights_in(phi), Some(biases), &mut layer.values[..used]);
            if number != last {
                activate::forward::<A>(&mut layer.values[..used], &mut layer.slopes[..used]);
            }
        }
    }

    /// φ ← φ − α·∇(mean squared error) on one minibatch.
    fn step<A: Activate>(&mut self, phi: &mut [f32], x: &[f32], y: &[f32], learning_rate: f32) {
        let points = x.len();
        self.forward::<A>(phi, x);
        let output = self.output();
        let scale = 2.0 / points as f32;
        for (point, y) in y.iter().enumerate() {
            // One unit; the rest of its lane stays zero.
            let at = point * output.stride;
            output.deltas[at] = scale * (output.values[at] - y);
        }
        for number in (0..self.layers.len()).rev() {
            let (mut below, layer) = below_and_layer(&mut self.layers, number);
            if let Some(below) = &mut below {
                let used = points * below.stride;
                let transposed = Matrix::new(&layer.transposed, layer.outputs, below.stride, below.stride);
                product::multiply(layer.deltas(points), transposed, None, &mut below.deltas[..used]);
                activate::backward::<A>(&mut below.deltas[..used], &below.values[..used], &below.slopes[..used]);
            }
            let inputs = below.as_ref().map_or(Matrix::new(x, points, 1, 1), |below| below.values(points));
            let (w, b) = phi[layer.weights..layer.biases + layer.stride].split_at_mut(layer.inputs * layer.stride);
            let deltas = Matrix::new(&layer.deltas, points, layer.outputs, layer.stride);
            let transposed = below.is_some().then_some(&mut layer.transposed[..]);
            product::descend(inputs, deltas, learning_rate, w, b, transposed);
        }
    }
}

impl PackedLayer {
    /// Its weights in packed parameters.
    fn weights_in<'a>(&self, phi: &'a [f32]) -> Matrix<'a> {
        Matrix::new(&phi[self.weights..self.biases], self.inputs, self.outputs, self.stride)
    }

    fn values(&self, points: usize) -> Matrix<'_> {
        Matrix::new(&self.values, points, self.outputs, self.stride)
    }

    fn deltas(&self, points: usize) -> Matrix<'_> {
        Matrix::new(&self.deltas, points, self.outputs, self.stride)
    }
}

/// A layer and the one that it reads, which the first layer lacks.
fn below_and_layer(layers: &mut [PackedLayer], number: usize) -> (Option<&mut PackedLayer>, &mut PackedLayer) {
    let (below, layers) = layers.split_at_mut(number);
    (below.last_mut(), &mut layers[0])
}

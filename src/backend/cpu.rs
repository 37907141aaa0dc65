//! SIMD on the processor: as many numbers at a time as it can, with the same bits on every one and in every browser.
//!
//! Parameters lie layer by layer as the loops want them: a hidden layer's weight matrix in `[in][out]` order with its
//! rows padded to whole vectors, then its biases, padded too; the output's weights as one padded row, then its bias.
//! Padding stays zero through every step: what it is multiplied by is zero. Sums run over one index at a time, in order,
//! each place of a vector for itself (`product.rs`); so no result depends on how many numbers a vector holds.

mod activate;
mod curvature;
mod product;
mod tangents;

use activate::{Activate, Units, with_activation};
use product::Matrix;
use tangents::Curvature;

use std::ops::Range;

use super::BackendKind;
use crate::backend::kernel_backend::{Kernel, KernelBackend, Slice};
use crate::domain::inner_optimizer::{InnerOptimizer, Optimizer};
use crate::domain::moments::Moments;
use crate::domain::network;
use crate::domain::network::Network;
use crate::simd::{self, F32x4, Job, SimdVector};

/// The SIMD backend.
pub type Cpu = KernelBackend<Simd>;

/// The SIMD kernel: one inner-loop step is forward, backward and update, without allocation.
pub struct Simd {
    network: Network,
    /// Numbers of a vector.
    width: usize,
    hidden: Vec<Hidden>,
    output: Output,
    /// Numbers in the packed layout.
    parameters: usize,
    /// Most points of a minibatch that the layers' buffers hold.
    points: usize,
    /// Buffer of a weight matrix the other way round, `[out][in]`: what the backward pass reads.
    transposed: Vec<f32>,
    /// Buffer of a gradient.
    gradient: Vec<f32>,
    /// Buffers of second derivatives.
    curvature: Curvature,
}

/// One hidden layer: its place in the packed parameters, and buffers of what a step computes.
struct Hidden {
    inputs: usize,
    outputs: usize,
    /// `outputs`, rounded up to whole vectors.
    stride: usize,
    /// Where its weights `[in][out]` begin.
    weights: usize,
    /// Where its biases begin.
    biases: usize,
    /// Its units, and what their derivatives need.
    units: Units,
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
    const KIND: BackendKind = BackendKind::Cpu;

    fn new(network: &Network) -> Self {
        Self::with_width(network, simd::widths()[0])
    }

    fn adapter(&self) -> String {
        format!("SIMD{}", self.width * 32)
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

    fn layers(&self) -> Vec<Range<usize>> {
        let begins = self.hidden.iter().map(|layer| layer.weights).chain([self.output.weights]);
        let ends = begins.clone().skip(1).chain([self.parameters]);
        begins.zip(ends).map(|(begin, end)| begin..end).collect()
    }

    fn inner_steps(
        &mut self,
        phi: &mut [f32],
        points: Slice,
        batch: usize,
        optimizer: &Optimizer,
        state: &mut Moments,
    ) {
        self.reserve(batch);
        if optimizer.is_plain() {
            simd::run(self.width, Descent { kernel: self, phi, points, batch, learning_rate: optimizer.learning_rate });
            return;
        }
        let mut gradient = std::mem::take(&mut self.gradient);
        for (x, y) in points.0.chunks(batch).zip(points.1.chunks(batch)) {
            simd::run(self.width, Gradient { kernel: self, phi, points: (x, y), result: &mut gradient });
            optimizer.step(phi, &gradient, state);
        }
        self.gradient = gradient;
    }

    fn gradient(&mut self, phi: &mut [f32], points: Slice) {
        self.reserve(points.0.len());
        let mut gradient = std::mem::take(&mut self.gradient);
        simd::run(self.width, Gradient { kernel: self, phi, points, result: &mut gradient });
        phi.copy_from_slice(&gradient);
        self.gradient = gradient;
    }

    fn meta_gradient(&mut self, theta: &mut [f32], support: Slice, query: Slice, batch: usize, optimizer: &Optimizer) {
        let momentum = if optimizer.kind == InnerOptimizer::Momentum { optimizer.momentum } else { 0.0 };
        let minibatches = || support.0.chunks(batch).zip(support.1.chunks(batch));
        let mut state = optimizer.fresh(theta.len());
        // φ before every step.
        let mut visited = vec![];
        let mut phi = theta.to_vec();
        for points in minibatches() {
            visited.push(phi.clone());
            self.inner_steps(&mut phi, points, batch, optimizer, &mut state);
        }
        // From the last step to the first, of v ← μ·v + ∇L(φ); φ ← φ − α·v: the derivatives of the query's loss.
        self.gradient(&mut phi, query);
        let (mut to_phi, mut to_velocity) = (phi, vec![0.0; theta.len()]);
        for (phi, points) in visited.iter().zip(minibatches()).rev() {
            for (to_velocity, to_phi) in to_velocity.iter_mut().zip(&to_phi) {
                *to_velocity = momentum * *to_velocity - optimizer.learning_rate * to_phi;
            }
            let curved = self.hessian_times(phi, &to_velocity, points);
            simd::add(&mut to_phi, &curved);
        }
        theta.copy_from_slice(&to_phi);
    }

    fn predict(&mut self, phi: &[f32], x: &[f32], predictions: &mut Vec<f32>) {
        self.reserve(x.len());
        simd::run(self.width, Prediction { kernel: self, phi, x });
        predictions.extend_from_slice(&self.output.values[..x.len()]);
    }
}

/// Steps of gradient descent, one for each minibatch.
struct Descent<'a> {
    kernel: &'a mut Simd,
    phi: &'a mut [f32],
    points: Slice<'a>,
    batch: usize,
    learning_rate: f32,
}

impl Job for Descent<'_> {
    fn run<L: SimdVector>(self) {
        let Self { kernel, phi, points, batch, learning_rate } = self;
        for (x, y) in points.0.chunks(batch).zip(points.1.chunks(batch)) {
            with_activation!(kernel.network.activation, A => kernel.step::<L, A>(phi, x, y, learning_rate));
        }
    }
}

/// The gradient on one minibatch.
struct Gradient<'a> {
    kernel: &'a mut Simd,
    phi: &'a [f32],
    points: Slice<'a>,
    result: &'a mut Vec<f32>,
}

impl Job for Gradient<'_> {
    fn run<L: SimdVector>(self) {
        let Self { kernel, phi, points: (x, y), result } = self;
        result.clear();
        result.resize(phi.len(), 0.0);
        with_activation!(kernel.network.activation, A => {
            kernel.forward::<L>(phi, x, activate::forward::<L, A, false>);
            kernel.backward::<L, A>(phi, y);
        });
        // A descent from zero at rate −1.
        kernel.sgd_step_along::<L>(result, x, -1.0);
    }
}

/// A forward pass.
struct Prediction<'a> {
    kernel: &'a mut Simd,
    phi: &'a [f32],
    x: &'a [f32],
}

impl Job for Prediction<'_> {
    fn run<L: SimdVector>(self) {
        let Self { kernel, phi, x } = self;
        with_activation!(kernel.network.activation, A => kernel.forward::<L>(phi, x, activate::forward::<L, A, false>));
    }
}

impl Simd {
    /// A kernel for a network in vectors of `width` numbers, one of [`simd::widths`].
    ///
    /// # Panics
    /// When this processor has no such vectors.
    #[must_use]
    pub fn with_width(network: &Network, width: usize) -> Self {
        assert!(simd::widths().contains(&width), "vectors of {width} numbers");
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
            let (units, deltas) = (Units::default(), vec![]);
            Hidden { inputs, outputs, stride, weights: take(size), biases: take(stride), units, deltas }
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
        Self {
            network: network.clone(),
            width,
            hidden,
            output,
            parameters,
            points: 0,
            transposed,
            gradient: vec![],
            curvature: Curvature::default(),
        }
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

    /// Makes the buffers large enough for minibatches of `points`.
    fn reserve(&mut self, points: usize) {
        if points > self.points {
            self.points = points;
            for layer in &mut self.hidden {
                layer.units.values.resize(points * layer.stride, 0.0);
                layer.deltas.resize(points * layer.stride, 0.0);
            }
            self.output.values.resize(points, 0.0);
            self.output.deltas.resize(points, 0.0);
        }
    }

    /// Computes every layer's values at the inputs x; `activate` is [`activate::forward`] of the activation.
    fn forward<L: SimdVector>(&mut self, phi: &[f32], x: &[f32], activate: impl Fn(&mut Units, usize)) {
        let mut inputs = Matrix::new(x, x.len(), 1, 1);
        for layer in &mut self.hidden {
            let used = x.len() * layer.stride;
            let biases = &phi[layer.biases..][..layer.stride];
            let weights = layer.weights(phi);
            product::multiply::<L>(inputs, weights, Some(biases), &mut layer.units.values[..used]);
            activate(&mut layer.units, used);
            if !self.network.activation.is_zero_at_zero() {
                layer.units.values[..used]
                    .chunks_exact_mut(layer.stride)
                    .for_each(|row| row[layer.outputs..].fill(0.0));
            }
            inputs = layer.values(x.len());
        }
        let Output { inputs: units, weights, bias, .. } = self.output;
        let weights = Matrix::new(&phi[weights..bias], units, 1, 1);
        product::multiply::<f32>(inputs, weights, Some(&phi[bias..]), &mut self.output.values);
    }

    /// φ ← φ − α·∇(mean squared error) on one minibatch.
    fn step<L: SimdVector, A: Activate>(&mut self, phi: &mut [f32], x: &[f32], y: &[f32], learning_rate: f32) {
        self.forward::<L>(phi, x, activate::forward::<L, A, false>);
        self.backward::<L, A>(phi, y);
        self.sgd_step_along::<L>(phi, x, learning_rate);
    }

    /// Computes every layer's ∂loss/∂z, after a forward pass.
    fn backward<L: SimdVector, A: Activate>(&mut self, phi: &[f32], y: &[f32]) {
        let points = y.len();
        let Self { hidden, output, transposed, .. } = self;
        output.differentiate(y);
        let deltas = Matrix::new(&output.deltas, points, 1, 1);
        let top = hidden.last_mut().expect("a network has a hidden layer");
        top.back_propagate::<L, A>(deltas, output.weights(phi, top.stride));
        for number in (1..hidden.len()).rev() {
            let (below, layers) = hidden.split_at_mut(number);
            let (below, layer) = (&mut below[number - 1], &layers[0]);
            let weights = layer.transposed(phi, below.stride, transposed);
            below.back_propagate::<L, A>(layer.deltas(points), weights);
        }
    }

    /// target ← target − α·∇(mean squared error), after a backward pass.
    fn sgd_step_along<L: SimdVector>(&self, target: &mut [f32], x: &[f32], learning_rate: f32) {
        let (points, output) = (x.len(), &self.output);
        let mut inputs = Matrix::new(x, points, 1, 1);
        for layer in &self.hidden {
            let (weights, biases) = target[layer.weights..].split_at_mut(layer.biases - layer.weights);
            product::sgd_step::<L>(inputs, layer.deltas(points), learning_rate, weights);
            product::sgd_step_biases::<L>(layer.deltas(points), learning_rate, &mut biases[..layer.stride]);
            inputs = layer.values(points);
        }
        let deltas = Matrix::new(&output.deltas, points, 1, 1);
        product::sgd_step::<L>(deltas, inputs, learning_rate, &mut target[output.weights..output.bias]);
        product::sgd_step_biases::<f32>(deltas, learning_rate, &mut target[output.bias..]);
    }
}

impl Output {
    /// Computes its ∂loss/∂z at each point, 2/points·(value − y), and returns that factor.
    fn differentiate(&mut self, y: &[f32]) -> f32 {
        let scale = 2.0 / y.len() as f32;
        for ((delta, value), y) in self.deltas.iter_mut().zip(&self.values).zip(y) {
            *delta = scale * (value - y);
        }
        scale
    }

    /// Its weights as a matrix `[out][in]` of one row.
    fn weights<'a>(&self, phi: &'a [f32], stride: usize) -> Matrix<'a> {
        Matrix::new(&phi[self.weights..self.bias], 1, self.inputs, stride)
    }
}

impl Hidden {
    fn values(&self, points: usize) -> Matrix<'_> {
        Matrix::new(&self.units.values, points, self.outputs, self.stride)
    }

    fn deltas(&self, points: usize) -> Matrix<'_> {
        Matrix::new(&self.deltas, points, self.outputs, self.stride)
    }

    /// Its weights `[in][out]`.
    fn weights<'a>(&self, phi: &'a [f32]) -> Matrix<'a> {
        Matrix::new(&phi[self.weights..self.biases], self.inputs, self.outputs, self.stride)
    }

    /// Its weights `[out][in]`, with rows `stride` apart, in `buffer`.
    fn transposed<'a>(&self, phi: &[f32], stride: usize, buffer: &'a mut [f32]) -> Matrix<'a> {
        product::transpose(self.weights(phi), buffer, stride);
        Matrix::new(buffer, self.outputs, self.inputs, stride)
    }

    /// ∂loss/∂z here from the layer above: its ∂loss/∂z, times its weights `[out][in]`, times the slope here.
    fn back_propagate<L: SimdVector, A: Activate>(&mut self, above: Matrix, weights: Matrix) {
        let used = above.rows() * self.stride;
        product::multiply::<L>(above, weights, None, &mut self.deltas[..used]);
        activate::backward::<L, A>(&mut self.deltas[..used], &self.units);
    }
}

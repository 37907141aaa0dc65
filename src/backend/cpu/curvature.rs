//! The Hessian times a vector, exactly: forward and backward pass with the change of everything along a change of φ
//! (Pearlmutter 1994, "Fast Exact Multiplication by the Hessian").

use super::activate::Functions;
use super::product::{self, Matrix};
use super::{Activation, Hidden, Relu, Simd, Sine, Slice, Tanh, with_activation};
use crate::simd::{self, Job, Lane};

/// Room for the changes of what a step computes.
#[derive(Default)]
pub struct Curvature {
    layers: Vec<Changes>,
    output: Vec<f32>,
    /// A product that is added to another one.
    term: Vec<f32>,
}

/// The changes of one hidden layer, each `[point][unit]` as in [`Hidden`].
#[derive(Default)]
struct Changes {
    z: Vec<f32>,
    values: Vec<f32>,
    deltas: Vec<f32>,
}

impl Curvature {
    fn reserve(&mut self, hidden: &[Hidden], points: usize) {
        self.layers.resize_with(hidden.len(), Changes::default);
        for (changes, layer) in self.layers.iter_mut().zip(hidden) {
            for numbers in [&mut changes.z, &mut changes.values, &mut changes.deltas] {
                numbers.resize(points * layer.stride, 0.0);
            }
        }
        self.output.resize(points, 0.0);
        let widest = hidden.iter().map(|layer| layer.stride).max().unwrap_or(1);
        self.term.resize(points * widest, 0.0);
    }
}

impl Simd {
    /// The Hessian of the mean squared error on `points`, times `v`; all in the packed layout.
    pub fn hessian_times(&mut self, phi: &[f32], v: &[f32], points: Slice) -> Vec<f32> {
        let mut product = vec![0.0; phi.len()];
        self.reserve(points.0.len());
        simd::run(self.width, Bending { kernel: self, phi, v, points, product: &mut product });
        product
    }

    /// Computes the changes of all layers' values along `v`, after a forward pass.
    fn forward_change<L: Lane>(&mut self, phi: &[f32], v: &[f32], x: &[f32], activation: Functions) {
        let Self { hidden, output, curvature: Curvature { layers, output: output_change, term }, .. } = self;
        let points = x.len();
        let mut inputs = Matrix::new(x, points, 1, 1);
        // x does not change.
        let mut inputs_change: Option<Matrix> = None;
        for (layer, changes) in hidden.iter().zip(layers) {
            let used = points * layer.stride;
            let biases = &v[layer.biases..][..layer.stride];
            product::multiply::<L>(inputs, layer.weights(v), Some(biases), &mut changes.z[..used]);
            if let Some(change) = inputs_change {
                product::multiply::<L>(change, layer.weights(phi), None, &mut term[..used]);
                simd::add(&mut changes.z[..used], &term[..used]);
            }
            changes.values[..used].copy_from_slice(&changes.z[..used]);
            (activation.backward)(&mut changes.values[..used], &layer.values[..used], &layer.slopes[..used]);
            inputs = layer.values(points);
            inputs_change = Some(Matrix::new(&changes.values, points, layer.outputs, layer.stride));
        }
        let column = |weights| Matrix::new(weights, output.inputs, 1, 1);
        product::multiply::<f32>(inputs, column(&v[output.weights..]), Some(&v[output.bias..]), output_change);
        if let Some(change) = inputs_change {
            product::multiply::<f32>(change, column(&phi[output.weights..]), None, &mut term[..points]);
            simd::add(output_change, &term[..points]);
        }
    }

    /// Computes every layer's ∂loss/∂z and its change, after both forward passes. The output's change becomes that of its
    /// ∂loss/∂z.
    fn backward_change<L: Lane>(&mut self, phi: &[f32], v: &[f32], y: &[f32], activation: Functions) {
        let Self { hidden, output, transposed, curvature: Curvature { layers, output: output_change, term }, .. } =
            self;
        let points = y.len();
        let scale = output.differentiate(y);
        for change in output_change.iter_mut() {
            *change *= scale;
        }
        for number in (0..hidden.len()).rev() {
            let (below, above) = hidden.split_at_mut(number + 1);
            let (below_changes, above_changes) = layers.split_at_mut(number + 1);
            let (layer, changes) = (&mut below[number], &mut below_changes[number]);
            let used = points * layer.stride;
            let (deltas, deltas_change) = match above.first() {
                None => (Matrix::new(&output.deltas, points, 1, 1), Matrix::new(output_change, points, 1, 1)),
                Some(above) => {
                    let change = &above_changes[0].deltas;
                    (above.deltas(points), Matrix::new(change, points, above.outputs, above.stride))
                }
            };
            let weights = |flat: &[f32], room: &mut [f32], multiply: &mut dyn FnMut(Matrix)| match above.first() {
                None => multiply(output.weights(flat, layer.stride)),
                Some(above) => multiply(above.transposed(flat, layer.stride, room)),
            };
            // δ·V first, then the two products with W.
            weights(v, transposed, &mut |v| product::multiply::<L>(deltas, v, None, &mut term[..used]));
            weights(phi, transposed, &mut |w| {
                product::multiply::<L>(deltas_change, w, None, &mut changes.deltas[..used]);
                product::multiply::<L>(deltas, w, None, &mut layer.deltas[..used]);
            });
            simd::add(&mut changes.deltas[..used], &term[..used]);
            (activation.bend)(
                [&mut layer.deltas[..used], &mut changes.deltas[..used]],
                [&changes.z[..used], &layer.values[..used], &layer.slopes[..used]],
            );
        }
    }

    /// target ← target − rate·(the change of the gradient), after all passes.
    fn descend_along_change<L: Lane>(&self, target: &mut [f32], x: &[f32], rate: f32) {
        let Self { hidden, output, curvature: Curvature { layers, output: output_change, .. }, .. } = self;
        let points = x.len();
        let mut inputs = Matrix::new(x, points, 1, 1);
        let mut inputs_change: Option<Matrix> = None;
        for (layer, changes) in hidden.iter().zip(layers) {
            let (weights, biases) = target[layer.weights..].split_at_mut(layer.biases - layer.weights);
            let deltas_change = Matrix::new(&changes.deltas, points, layer.outputs, layer.stride);
            product::descend::<L>(inputs, deltas_change, rate, weights);
            if let Some(change) = inputs_change {
                product::descend::<L>(change, layer.deltas(points), rate, weights);
            }
            product::descend_biases::<L>(deltas_change, rate, &mut biases[..layer.stride]);
            inputs = layer.values(points);
            inputs_change = Some(Matrix::new(&changes.values, points, layer.outputs, layer.stride));
        }
        let deltas = Matrix::new(&output.deltas, points, 1, 1);
        let deltas_change = Matrix::new(output_change, points, 1, 1);
        let weights = &mut target[output.weights..output.bias];
        product::descend::<L>(deltas_change, inputs, rate, weights);
        if let Some(change) = inputs_change {
            product::descend::<L>(deltas, change, rate, weights);
        }
        product::descend_biases::<f32>(deltas_change, rate, &mut target[output.bias..]);
    }
}

/// One product with the Hessian.
struct Bending<'a> {
    kernel: &'a mut Simd,
    phi: &'a [f32],
    v: &'a [f32],
    points: Slice<'a>,
    product: &'a mut [f32],
}

impl Job for Bending<'_> {
    fn run<L: Lane>(self) {
        let Self { kernel, phi, v, points: (x, y), product } = self;
        kernel.curvature.reserve(&kernel.hidden, x.len());
        with_activation!(kernel, forward::<L>(phi, x));
        // One copy of the passes for all activations: here the program's size counts for more than its speed.
        let activation = match kernel.network.activation {
            Activation::Tanh => Functions::of::<L, Tanh>(),
            Activation::Relu => Functions::of::<L, Relu>(),
            Activation::Sine => Functions::of::<L, Sine>(),
        };
        kernel.forward_change::<L>(phi, v, x, activation);
        kernel.backward_change::<L>(phi, v, y, activation);
        kernel.descend_along_change::<L>(product, x, -1.0);
    }
}

//! The Hessian times a vector, exactly: forward and backward pass with the tangent of everything along a tangent of φ
//! (Pearlmutter 1994, "Fast Exact Multiplication by the Hessian").

use super::activate::{Functions, with_activation};
use super::product::{self, Matrix};
use super::tangents::Curvature;
use super::{Simd, Slice};
use crate::simd::{self, Job, SimdVector};

impl Simd {
    /// The Hessian of the mean squared error on `points`, times `v`; all in the packed layout.
    pub fn hessian_times(&mut self, phi: &[f32], v: &[f32], points: Slice) -> Vec<f32> {
        let mut product = vec![0.0; phi.len()];
        self.reserve(points.0.len());
        simd::run(self.width, HessianTimes { kernel: self, phi, v, points, product: &mut product });
        product
    }

    /// Computes the tangents of all layers' values along `v`, after a forward pass.
    fn forward_tangent<L: SimdVector>(&mut self, phi: &[f32], v: &[f32], x: &[f32], activation: Functions) {
        let Self { hidden, output, curvature: Curvature { layers, output: output_tangent, term }, .. } = self;
        let points = x.len();
        let mut inputs = Matrix::new(x, points, 1, 1);
        // x does not change.
        let mut inputs_tangent: Option<Matrix> = None;
        for (layer, tangents) in hidden.iter().zip(layers) {
            let used = points * layer.stride;
            let biases = &v[layer.biases..][..layer.stride];
            product::multiply::<L>(inputs, layer.weights(v), Some(biases), &mut tangents.z[..used]);
            if let Some(tangent) = inputs_tangent {
                product::multiply::<L>(tangent, layer.weights(phi), None, &mut term[..used]);
                simd::add(&mut tangents.z[..used], &term[..used]);
            }
            tangents.values[..used].copy_from_slice(&tangents.z[..used]);
            (activation.backward)(&mut tangents.values[..used], &layer.units);
            inputs = layer.values(points);
            inputs_tangent = Some(Matrix::new(&tangents.values, points, layer.outputs, layer.stride));
        }
        let column = |weights| Matrix::new(weights, output.inputs, 1, 1);
        product::multiply::<f32>(inputs, column(&v[output.weights..]), Some(&v[output.bias..]), output_tangent);
        if let Some(tangent) = inputs_tangent {
            product::multiply::<f32>(tangent, column(&phi[output.weights..]), None, &mut term[..points]);
            simd::add(output_tangent, &term[..points]);
        }
    }

    /// Computes every layer's ∂loss/∂z and its tangent, after both forward passes. The output's tangent becomes that of its
    /// ∂loss/∂z.
    fn backward_tangent<L: SimdVector>(&mut self, phi: &[f32], v: &[f32], y: &[f32], activation: Functions) {
        let Self { hidden, output, transposed, curvature: Curvature { layers, output: output_tangent, term }, .. } =
            self;
        let points = y.len();
        let scale = output.differentiate(y);
        for tangent in output_tangent.iter_mut() {
            *tangent *= scale;
        }
        for number in (0..hidden.len()).rev() {
            let (below, above) = hidden.split_at_mut(number + 1);
            let (below_tangents, above_tangents) = layers.split_at_mut(number + 1);
            let (layer, tangents) = (&mut below[number], &mut below_tangents[number]);
            let used = points * layer.stride;
            let (deltas, deltas_tangent) = match above.first() {
                None => (Matrix::new(&output.deltas, points, 1, 1), Matrix::new(output_tangent, points, 1, 1)),
                Some(above) => {
                    let tangent = &above_tangents[0].deltas;
                    (above.deltas(points), Matrix::new(tangent, points, above.outputs, above.stride))
                }
            };
            let weights = |flat: &[f32], buffer: &mut [f32], multiply: &mut dyn FnMut(Matrix)| match above.first() {
                None => multiply(output.weights(flat, layer.stride)),
                Some(above) => multiply(above.transposed(flat, layer.stride, buffer)),
            };
            // δ·V first, then the two products with W.
            weights(v, transposed, &mut |v| product::multiply::<L>(deltas, v, None, &mut term[..used]));
            weights(phi, transposed, &mut |w| {
                product::multiply::<L>(deltas_tangent, w, None, &mut tangents.deltas[..used]);
                product::multiply::<L>(deltas, w, None, &mut layer.deltas[..used]);
            });
            simd::add(&mut tangents.deltas[..used], &term[..used]);
            (activation.second_derivative)(
                [&mut layer.deltas[..used], &mut tangents.deltas[..used]],
                &tangents.z[..used],
                &layer.units,
            );
        }
    }

    /// target ← target − rate·(the tangent of the gradient), after all passes.
    fn sgd_step_along_tangent<L: SimdVector>(&self, target: &mut [f32], x: &[f32], rate: f32) {
        let Self { hidden, output, curvature: Curvature { layers, output: output_tangent, .. }, .. } = self;
        let points = x.len();
        let mut inputs = Matrix::new(x, points, 1, 1);
        let mut inputs_tangent: Option<Matrix> = None;
        for (layer, tangents) in hidden.iter().zip(layers) {
            let (weights, biases) = target[layer.weights..].split_at_mut(layer.biases - layer.weights);
            let deltas_tangent = Matrix::new(&tangents.deltas, points, layer.outputs, layer.stride);
            product::sgd_step::<L>(inputs, deltas_tangent, rate, weights);
            if let Some(tangent) = inputs_tangent {
                product::sgd_step::<L>(tangent, layer.deltas(points), rate, weights);
            }
            product::sgd_step_biases::<L>(deltas_tangent, rate, &mut biases[..layer.stride]);
            inputs = layer.values(points);
            inputs_tangent = Some(Matrix::new(&tangents.values, points, layer.outputs, layer.stride));
        }
        let deltas = Matrix::new(&output.deltas, points, 1, 1);
        let deltas_tangent = Matrix::new(output_tangent, points, 1, 1);
        let weights = &mut target[output.weights..output.bias];
        product::sgd_step::<L>(deltas_tangent, inputs, rate, weights);
        if let Some(tangent) = inputs_tangent {
            product::sgd_step::<L>(deltas, tangent, rate, weights);
        }
        product::sgd_step_biases::<f32>(deltas_tangent, rate, &mut target[output.bias..]);
    }
}

/// One product with the Hessian.
struct HessianTimes<'a> {
    kernel: &'a mut Simd,
    phi: &'a [f32],
    v: &'a [f32],
    points: Slice<'a>,
    product: &'a mut [f32],
}

impl Job for HessianTimes<'_> {
    fn run<L: SimdVector>(self) {
        let Self { kernel, phi, v, points: (x, y), product } = self;
        let strides: Vec<usize> = kernel.hidden.iter().map(|layer| layer.stride).collect();
        kernel.curvature.reserve(&strides, x.len());
        // One copy of the passes for all activations: here the program's size counts for more than its speed.
        let activation = with_activation!(kernel.network.activation, A => Functions::of::<L, A>());
        kernel.forward::<L>(phi, x, activation.forward);
        kernel.forward_tangent::<L>(phi, v, x, activation);
        kernel.backward_tangent::<L>(phi, v, y, activation);
        kernel.sgd_step_along_tangent::<L>(product, x, -1.0);
    }
}

//! Buffers of the tangents that a product of the Hessian with a vector goes through.

/// Buffers of the tangents of what a step computes.
#[derive(Default)]
pub struct Curvature {
    /// Of each hidden layer.
    pub layers: Vec<Tangents>,
    /// Of the output, by point.
    pub output: Vec<f32>,
    /// A product that is added to another one.
    pub term: Vec<f32>,
}

/// The tangents of one hidden layer, each `[point][unit]` padded to the layer's stride.
#[derive(Default)]
pub struct Tangents {
    /// Of what the activation is applied to.
    pub z: Vec<f32>,
    /// Of the activations.
    pub values: Vec<f32>,
    /// Of ∂loss/∂z.
    pub deltas: Vec<f32>,
}

impl Curvature {
    /// Makes room for layers of these strides and so many points.
    pub fn reserve(&mut self, strides: &[usize], points: usize) {
        self.layers.resize_with(strides.len(), Tangents::default);
        for (tangents, stride) in self.layers.iter_mut().zip(strides) {
            for numbers in [&mut tangents.z, &mut tangents.values, &mut tangents.deltas] {
                numbers.resize(points * stride, 0.0);
            }
        }
        self.output.resize(points, 0.0);
        let widest = strides.iter().copied().max().unwrap_or(1);
        self.term.resize(points * widest, 0.0);
    }
}

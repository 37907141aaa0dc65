//! The gold standard: scalar loops in double precision, with the standard library's tanh and sine.
//!
//! Written to be read against the equations, not to be fast. Parameters are `f32` between calls, as everywhere.

use super::Kind;
use super::host::Kernel;
use crate::domain::config::Activation;
use crate::domain::network::{Layer, Network};

/// The scalar kernel.
pub struct Reference {
    network: Network,
}

/// Loss and gradient at one parameter vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// Mean squared error of the minibatch.
    pub loss: f64,
    /// ∂loss/∂parameter, in the flat layout.
    pub gradient: Vec<f64>,
}

impl Reference {
    /// Loss and gradient on a minibatch by backpropagation, at parameters in the flat layout.
    #[must_use]
    pub fn gradient(&self, phi: &[f64], x: &[f32], y: &[f32]) -> Gradient {
        let layers: Vec<Layer> = self.network.layers().collect();
        let mut result = Gradient { loss: 0.0, gradient: vec![0.0; phi.len()] };
        for (&x, &y) in x.iter().zip(y) {
            let inputs = self.forward(phi, f64::from(x));
            let error = inputs[layers.len()].value[0] - f64::from(y);
            result.loss += error * error;
            // δ = ∂loss/∂z of the layer, from the output back.
            let mut delta = vec![2.0 * error];
            for (layer, below) in layers.iter().zip(&inputs).rev() {
                let mut next = vec![0.0; layer.inputs];
                for (o, &d) in delta.iter().enumerate() {
                    result.gradient[layer.biases + o] += d;
                    for i in 0..layer.inputs {
                        let weight = layer.weights + o * layer.inputs + i;
                        result.gradient[weight] += d * below.value[i];
                        next[i] += d * phi[weight];
                    }
                }
                delta = next.iter().zip(&below.slope).map(|(d, slope)| d * slope).collect();
            }
        }
        let points = x.len() as f64;
        result.loss /= points;
        result.gradient.iter_mut().for_each(|g| *g /= points);
        result
    }

    /// Every layer's units at one x: the input first, the output last.
    fn forward(&self, phi: &[f64], x: f64) -> Vec<Units> {
        let last = self.network.widths.len() - 2;
        let mut units = vec![Units { value: vec![x], slope: vec![1.0] }];
        for (number, layer) in self.network.layers().enumerate() {
            let below = &units[number].value;
            let z = (0..layer.outputs).map(|o| {
                let weights = &phi[layer.weights + o * layer.inputs..][..layer.inputs];
                phi[layer.biases + o] + weights.iter().zip(below).map(|(w, a)| w * a).sum::<f64>()
            });
            let (value, slope) = z.map(|z| if number == last { (z, 1.0) } else { self.activate(z) }).unzip();
            units.push(Units { value, slope });
        }
        units
    }

    /// The activation at z and its derivative there.
    fn activate(&self, z: f64) -> (f64, f64) {
        match self.network.activation {
            Activation::Tanh => (z.tanh(), 1.0 - z.tanh() * z.tanh()),
            Activation::Relu if z < 0.0 => (0.0, 0.0),
            Activation::Relu => (z, 1.0),
            Activation::Sine => (z.sin(), z.cos()),
        }
    }
}

/// One layer's units at one x.
struct Units {
    value: Vec<f64>,
    /// Derivative of the activation.
    slope: Vec<f64>,
}

impl Kernel for Reference {
    const KIND: Kind = Kind::Reference;

    fn new(network: &Network) -> Self {
        Self { network: network.clone() }
    }

    fn adapter(&self) -> String {
        "scalar, double precision".to_owned()
    }

    fn pack(&self, flat: &[f32]) -> Vec<f32> {
        flat.to_vec()
    }

    fn unpack(&self, packed: &[f32]) -> Vec<f32> {
        packed.to_vec()
    }

    fn descend(&mut self, phi: &mut [f32], x: &[f32], y: &[f32], batch: usize, learning_rate: f32) {
        let mut exact: Vec<f64> = phi.iter().map(|&p| f64::from(p)).collect();
        for (x, y) in x.chunks(batch).zip(y.chunks(batch)) {
            let step = self.gradient(&exact, x, y).gradient;
            exact.iter_mut().zip(step).for_each(|(p, g)| *p -= f64::from(learning_rate) * g);
        }
        phi.iter_mut().zip(exact).for_each(|(p, exact)| *p = exact as f32);
    }

    fn predict(&mut self, phi: &[f32], x: &[f32], predictions: &mut Vec<f32>) {
        let exact: Vec<f64> = phi.iter().map(|&p| f64::from(p)).collect();
        predictions.extend(x.iter().map(|&x| {
            let units = self.forward(&exact, f64::from(x));
            units[units.len() - 1].value[0] as f32
        }));
    }
}

//! The gold standard: scalar loops in double precision, with the standard library's functions.
//!
//! Written to be read against the equations, not to be fast. Parameters are `f32` between calls, as everywhere. Second
//! derivatives come from dual numbers (Clifford 1873): the gradient is computed on numbers that carry a derivative along.

use std::ops::{Add, Mul, Range, Sub};

use super::BackendKind;
use crate::backend::kernel_backend::{Kernel, Slice};
use crate::domain::activation::Activation;
use crate::domain::inner_optimizer::map::Map;
use crate::domain::inner_optimizer::{InnerOptimizer, Optimizer};
use crate::domain::moments::Moments;
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
        let (loss, gradient) = self.differentiate(phi, (x, y));
        Gradient { loss, gradient }
    }

    /// The Hessian of the loss on a minibatch, times a vector: how the gradient changes in the direction of `v`.
    #[must_use]
    pub fn hessian_times(&self, phi: &[f64], v: &[f64], x: &[f32], y: &[f32]) -> Vec<f64> {
        let along: Vec<Dual> = phi.iter().zip(v).map(|(&value, &slope)| Dual { value, slope }).collect();
        self.differentiate(&along, (x, y)).1.iter().map(|number| number.slope).collect()
    }

    /// What every unit has at one x, at parameters in the flat layout: layer by layer, the input first, the output last.
    #[must_use]
    pub fn units(&self, phi: &[f64], x: f32) -> Vec<Vec<f64>> {
        self.forward(phi, f64::from(x)).into_iter().map(|units| units.value).collect()
    }

    fn differentiate<N: Number>(&self, phi: &[N], (x, y): Slice) -> (N, Vec<N>) {
        let layers: Vec<Layer> = self.network.layers().collect();
        let (mut loss, mut gradient) = (N::from(0.0), vec![N::from(0.0); phi.len()]);
        let weight_of_point = N::from(1.0 / x.len() as f64);
        for (&x, &y) in x.iter().zip(y) {
            let inputs = self.forward(phi, N::from(f64::from(x)));
            let error = inputs[layers.len()].value[0] - N::from(f64::from(y));
            loss = loss + weight_of_point * error * error;
            // δ = ∂loss/∂z of the layer, from the output back.
            let mut delta = vec![weight_of_point * N::from(2.0) * error];
            for (layer, below) in layers.iter().zip(&inputs).rev() {
                let mut next = vec![N::from(0.0); layer.inputs];
                for (o, &d) in delta.iter().enumerate() {
                    gradient[layer.biases + o] = gradient[layer.biases + o] + d;
                    for i in 0..layer.inputs {
                        let weight = layer.weights + o * layer.inputs + i;
                        gradient[weight] = gradient[weight] + d * below.value[i];
                        next[i] = next[i] + d * phi[weight];
                    }
                }
                delta = next.iter().zip(&below.slope).map(|(&d, &slope)| d * slope).collect();
            }
        }
        (loss, gradient)
    }

    /// Every layer's units at one x: the input first, the output last.
    fn forward<N: Number>(&self, phi: &[N], x: N) -> Vec<Units<N>> {
        let last = self.network.widths.len() - 2;
        let mut units = vec![Units { value: vec![x], slope: vec![N::from(1.0)] }];
        for (number, layer) in self.network.layers().enumerate() {
            let below = &units[number].value;
            let z = (0..layer.outputs).map(|o| {
                let weights = &phi[layer.weights + o * layer.inputs..][..layer.inputs];
                weights.iter().zip(below).fold(phi[layer.biases + o], |z, (&w, &a)| z + w * a)
            });
            let linear = |z| (z, N::from(1.0));
            let (value, slope) = z.map(|z| if number == last { linear(z) } else { self.activate(z) }).unzip();
            units.push(Units { value, slope });
        }
        units
    }

    /// The activation at z and its derivative there.
    fn activate<N: Number>(&self, z: N) -> (N, N) {
        match self.network.activation {
            Activation::Tanh => (z.tanh(), N::from(1.0) - z.tanh() * z.tanh()),
            Activation::Relu if z.value() < 0.0 => (N::from(0.0), N::from(0.0)),
            Activation::Relu => (z, N::from(1.0)),
            Activation::Sine => (z.sin(), z.cos()),
            Activation::Gelu => {
                let [one, half] = [1.0, 0.5].map(N::from);
                let [scale, cubic] = [(2.0 / std::f64::consts::PI).sqrt(), 0.044_715].map(N::from);
                let tanh = (scale * (z + cubic * z * z * z)).tanh();
                let inner_slope = scale * (one + N::from(3.0) * cubic * z * z);
                let slope = half * (one + tanh) + half * z * (one - tanh * tanh) * inner_slope;
                (half * z * (one + tanh), slope)
            }
            Activation::Softplus => {
                let (zero, half) = (N::from(0.0), N::from(0.5));
                // ln(1 + e^z) = max(z, 0) + ln(1 + e^−|z|).
                let value = if z.value() < 0.0 { z.exp().ln_1p() } else { z + (zero - z).exp().ln_1p() };
                // 1/(1 + e^−z).
                (value, half + half * (half * z).tanh())
            }
        }
    }

    /// One step of an optimizer on each minibatch, each from its equations; `visit` sees φ before every step.
    fn inner_loop(
        &self,
        phi: &mut [f64],
        (x, y): Slice,
        batch: usize,
        optimizer: &Optimizer,
        state: &mut Moments,
        mut visit: impl FnMut(&[f64]),
    ) {
        let [alpha, mu, beta1, beta2, epsilon, rho] = [
            optimizer.learning_rate,
            optimizer.momentum,
            optimizer.beta1,
            optimizer.beta2,
            optimizer.epsilon,
            optimizer.decay,
        ]
        .map(f64::from);
        let (mut m, mut v) = (wide(&state.first), wide(&state.second));
        for (x, y) in x.chunks(batch).zip(y.chunks(batch)) {
            visit(phi);
            let g = self.gradient(phi, x, y).gradient;
            state.updates += 1;
            let u = state.updates as i32;
            for (i, (phi, g)) in phi.iter_mut().zip(g).enumerate() {
                match optimizer.kind {
                    InnerOptimizer::Sgd | InnerOptimizer::Gd => *phi -= alpha * g,
                    InnerOptimizer::Momentum => {
                        m[i] = mu * m[i] + g;
                        *phi -= alpha * m[i];
                    }
                    InnerOptimizer::Adam => {
                        m[i] = beta1 * m[i] + (1.0 - beta1) * g;
                        v[i] = beta2 * v[i] + (1.0 - beta2) * g * g;
                        let (m, v) = (m[i] / (1.0 - beta1.powi(u)), v[i] / (1.0 - beta2.powi(u)));
                        *phi -= alpha * m / (v.sqrt() + epsilon);
                    }
                    InnerOptimizer::Rmsprop => {
                        v[i] = rho * v[i] + (1.0 - rho) * g * g;
                        *phi -= alpha * g / (v[i].sqrt() + epsilon);
                    }
                    InnerOptimizer::Mapped => *phi = mapped_step(optimizer.map, *phi, alpha * g),
                }
            }
        }
        state.first = narrow(&m);
        state.second = narrow(&v);
    }
}

/// f⁻¹(f(φ) − α·(∂L/∂φ)/f′(φ)), the inverse by bisection where it has no simple form.
fn mapped_step(map: Map, phi: f64, change: f64) -> f64 {
    match map {
        Map::Identity => phi - change,
        Map::Asinh => (phi.asinh() - change * (1.0 + phi * phi).sqrt()).sinh(),
        Map::Cubic => {
            let y = phi + phi.powi(3) - change / (1.0 + 3.0 * phi * phi);
            // |root| ≤ |y|, as the slope is at least one.
            let (mut low, mut high) = (-y.abs(), y.abs());
            for _ in 0..200 {
                let middle = f64::midpoint(low, high);
                if middle + middle.powi(3) < y { low = middle } else { high = middle }
            }
            f64::midpoint(low, high)
        }
    }
}

fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().copied().map(f64::from).collect()
}

fn narrow(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|&number| number as f32).collect()
}

/// One layer's units at one x.
struct Units<N> {
    value: Vec<N>,
    /// Derivative of the activation.
    slope: Vec<N>,
}

/// What the network can be computed on.
trait Number: Copy + From<f64> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {
    fn value(self) -> f64;
    fn tanh(self) -> Self;
    fn sin(self) -> Self;
    fn cos(self) -> Self;
    fn exp(self) -> Self;
    fn ln_1p(self) -> Self;
}

impl Number for f64 {
    fn value(self) -> f64 {
        self
    }

    fn tanh(self) -> Self {
        f64::tanh(self)
    }

    fn sin(self) -> Self {
        f64::sin(self)
    }

    fn cos(self) -> Self {
        f64::cos(self)
    }

    fn exp(self) -> Self {
        f64::exp(self)
    }

    fn ln_1p(self) -> Self {
        f64::ln_1p(self)
    }
}

/// A number and its derivative in some direction.
#[derive(Clone, Copy)]
struct Dual {
    value: f64,
    slope: f64,
}

impl From<f64> for Dual {
    fn from(value: f64) -> Self {
        Self { value, slope: 0.0 }
    }
}

impl Add for Dual {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl Mul for Dual {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, slope: self.value * other.slope + self.slope * other.value }
    }
}

impl Number for Dual {
    fn value(self) -> f64 {
        self.value
    }

    fn tanh(self) -> Self {
        let value = self.value.tanh();
        Self { value, slope: (1.0 - value * value) * self.slope }
    }

    fn sin(self) -> Self {
        Self { value: self.value.sin(), slope: self.value.cos() * self.slope }
    }

    fn cos(self) -> Self {
        Self { value: self.value.cos(), slope: -self.value.sin() * self.slope }
    }

    fn exp(self) -> Self {
        let value = self.value.exp();
        Self { value, slope: value * self.slope }
    }

    fn ln_1p(self) -> Self {
        Self { value: self.value.ln_1p(), slope: self.slope / (1.0 + self.value) }
    }
}

impl Kernel for Reference {
    const KIND: BackendKind = BackendKind::Reference;

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

    fn layers(&self) -> Vec<Range<usize>> {
        self.network.layers().map(|layer| layer.places()).collect()
    }

    fn inner_steps(
        &mut self,
        phi: &mut [f32],
        points: Slice,
        batch: usize,
        optimizer: &Optimizer,
        state: &mut Moments,
    ) {
        let mut exact = wide(phi);
        self.inner_loop(&mut exact, points, batch, optimizer, state, |_| {});
        phi.copy_from_slice(&narrow(&exact));
    }

    fn gradient(&mut self, phi: &mut [f32], (x, y): Slice) {
        let Gradient { gradient, .. } = Reference::gradient(self, &wide(phi), x, y);
        phi.copy_from_slice(&narrow(&gradient));
    }

    fn meta_gradient(&mut self, theta: &mut [f32], support: Slice, query: Slice, batch: usize, optimizer: &Optimizer) {
        let alpha = f64::from(optimizer.learning_rate);
        let mu = if optimizer.kind == InnerOptimizer::Momentum { f64::from(optimizer.momentum) } else { 0.0 };
        let mut phi = wide(theta);
        let mut visited = vec![];
        let mut state = optimizer.fresh(theta.len());
        self.inner_loop(&mut phi, support, batch, optimizer, &mut state, |phi| visited.push(phi.to_vec()));
        // The derivatives of the query loss with respect to φ and to the velocity v, from the last step to the first:
        // v ← μ·v + ∇L(φ); φ ← φ − α·v.
        let mut to_phi = Reference::gradient(self, &phi, query.0, query.1).gradient;
        let mut to_velocity = vec![0.0; phi.len()];
        let minibatches = support.0.chunks(batch).zip(support.1.chunks(batch));
        for (phi, (x, y)) in visited.iter().zip(minibatches).rev() {
            to_velocity.iter_mut().zip(&to_phi).for_each(|(v, phi)| *v = mu * *v - alpha * phi);
            let curved = self.hessian_times(phi, &to_velocity, x, y);
            to_phi.iter_mut().zip(curved).for_each(|(phi, curved)| *phi += curved);
        }
        theta.copy_from_slice(&narrow(&to_phi));
    }

    fn predict(&mut self, phi: &[f32], x: &[f32], predictions: &mut Vec<f32>) {
        let exact = wide(phi);
        predictions.extend(x.iter().map(|&x| {
            let units = self.forward(&exact, f64::from(x));
            units[units.len() - 1].value[0] as f32
        }));
    }
}

//! What meta-training costs, apart from time: gradient evaluations and floating-point operations.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::network::{Model, Network};
use super::training::TrainingSettings;

/// Gradient evaluations that a product of the loss's Hessian with a vector counts as: it takes a tangent along on the way
/// forward and back (Pearlmutter 1994), about twice the arithmetic of a gradient.
const GRADIENTS_OF_A_PRODUCT: u64 = 2;

/// What some meta-iterations cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Gradients of the loss on one minibatch of `inner.batch` points.
    pub gradients: u64,
    /// Products of that loss's Hessian with a vector, which MAML alone needs.
    pub products: u64,
    /// Floating-point operations of both: a multiplication and an addition for each weight and point, forward, backward
    /// and for the gradient. Activations, updates of φ and the drawing of tasks are not counted.
    pub operations: u64,
}

impl Cost {
    /// The cost of some meta-iterations.
    #[must_use]
    pub fn of<'a>(training: impl Into<TrainingSettings<'a>>, meta_iterations: u64) -> Self {
        let training = training.into();
        Self::of_tasks(training, meta_iterations * training.outer.meta_batch as u64)
    }

    /// The cost of some tasks of meta-iterations, whole or not.
    #[must_use]
    pub fn of_tasks<'a>(training: impl Into<TrainingSettings<'a>>, tasks: u64) -> Self {
        let TrainingSettings { model, algorithm, inner, .. } = training.into();
        let (k, needs) = (inner.steps as u64, algorithm.needs());
        let steps = if needs.inner_loop { k } else { 0 };
        let gradients = steps + u64::from(needs.query);
        let products = if needs.second_derivatives { k } else { 0 };
        let of_gradient = operations_of_gradient(model, inner.batch as u64);
        let cost = Self { gradients: gradients * tasks, products: products * tasks, operations: 0 };
        Self { operations: cost.evaluations() * of_gradient, ..cost }
    }

    /// The cost of adapting θ of a model to some tasks, with so many gradient steps on so many shots each.
    #[must_use]
    pub fn of_adaptations(model: &Model, tasks: u64, steps: u64, shots: u64) -> Self {
        let gradients = tasks * steps;
        Self { gradients, products: 0, operations: gradients * operations_of_gradient(model, shots) }
    }

    /// All of it in gradient evaluations: a product counts as two.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.gradients + GRADIENTS_OF_A_PRODUCT * self.products
    }
}

/// Floating-point operations of a gradient on so many points.
fn operations_of_gradient(model: &Model, points: u64) -> u64 {
    let weights: usize = Network::new(model).layers().map(|layer| layer.inputs * layer.outputs).sum();
    6 * weights as u64 * points
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.gradients += other.gradients;
        self.products += other.products;
        self.operations += other.operations;
    }
}

/// What a run has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// What its training has computed.
    pub cost: Cost,
    /// Seconds that it has trained, without pauses and measurements, as far as that is known.
    pub seconds: f64,
}

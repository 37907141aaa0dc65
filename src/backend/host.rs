//! A backend on the processor: Reptile's loop around a [`Kernel`] that knows how to run one inner loop.

use super::{Backend, BackendError, Kind, Pending};
use crate::domain::adaptation::Adaptations;
use crate::domain::config::Config;
use crate::domain::network::Network;
use crate::domain::outer::{Learner, Moments};
use crate::domain::reptile::{self, MetaBatches};
use crate::domain::sum::PhiSum;

/// One inner loop on the processor, on parameters in a layout of the kernel's own.
///
/// Places of the layout that belong to no parameter stay zero through every update.
pub trait Kernel {
    /// Which implementation this is.
    const KIND: Kind;

    /// A kernel for a network.
    fn new(network: &Network) -> Self;

    /// The processor's features in use, in words.
    fn adapter(&self) -> String;

    /// From the flat layout of `Network` to the kernel's.
    fn pack(&self, flat: &[f32]) -> Vec<f32>;

    /// Back to the flat layout.
    fn unpack(&self, packed: &[f32]) -> Vec<f32>;

    /// φ ← one step of gradient descent on the mean squared error of each minibatch of `batch` points, in their order.
    fn descend(&mut self, phi: &mut [f32], x: &[f32], y: &[f32], batch: usize, learning_rate: f32);

    /// Appends the network's outputs at `x` to `predictions`.
    fn predict(&mut self, phi: &[f32], x: &[f32], predictions: &mut Vec<f32>);
}

/// The backend around a kernel.
pub struct Host<K> {
    kernel: K,
    /// In the kernel's layout.
    learner: Learner,
    /// Σφ of the meta-iteration under way.
    sum: PhiSum,
}

impl<K: Kernel> Host<K> {
    /// A backend that goes on from `learner`.
    #[must_use]
    pub fn new(config: &Config, learner: &Learner) -> Self {
        let kernel = K::new(&Network::new(&config.model));
        let mut learner = map_learner(learner, |flat| kernel.pack(flat));
        learner.prepare(config.outer.optimizer);
        Self { kernel, learner, sum: PhiSum::default() }
    }

    /// The kernel, which knows the layout.
    pub fn kernel(&self) -> &K {
        &self.kernel
    }

    /// The learner, in the kernel's layout.
    pub fn packed(&self) -> &Learner {
        &self.learner
    }

    /// Goes on from a learner in the kernel's layout.
    pub fn set_packed(&mut self, learner: Learner) {
        self.learner = learner;
        self.sum.clear();
    }

    /// Makes the inner loops of one of the meta-iterations, and adds their φ to Σφ.
    pub fn inner_loops(&mut self, batches: &MetaBatches, number: usize) {
        let Self { kernel, learner, sum } = self;
        let inner_loop = |(x, y): (&[f32], &[f32]), phi: &mut [f32]| {
            kernel.descend(phi, x, y, batches.batch, batches.learning_rate);
        };
        reptile::inner_loops(&learner.theta, batches.tasks_of(number), inner_loop, sum);
    }

    /// Σφ so far.
    pub fn sum(&mut self) -> &mut PhiSum {
        &mut self.sum
    }

    /// Ends one of the meta-iterations, once Σφ holds all its tasks.
    pub fn outer_update(&mut self, batches: &MetaBatches, number: usize) {
        reptile::outer_update(&mut self.learner, batches.rates[number], batches.meta_batch, &mut self.sum);
    }

    /// The predictions of few-shot adaptations from `start`, which is in the kernel's layout.
    pub fn predict(&mut self, start: &[f32], adaptations: &Adaptations) -> Vec<f32> {
        let mut phi = start.to_vec();
        let mut predictions = Vec::with_capacity(adaptations.predictions());
        for (x, y) in adaptations.iter() {
            phi.copy_from_slice(start);
            adaptations.follow(
                &mut (&mut self.kernel, &mut phi),
                |(kernel, phi)| kernel.descend(phi, x, y, x.len(), adaptations.learning_rate),
                |(kernel, phi)| kernel.predict(phi, &adaptations.query, &mut predictions),
            );
        }
        predictions
    }
}

impl<K: Kernel> Backend for Host<K> {
    fn kind(&self) -> Kind {
        K::KIND
    }

    fn adapter(&self) -> String {
        self.kernel.adapter()
    }

    fn load(&mut self, config: &Config, learner: &Learner) -> Result<(), BackendError> {
        *self = Self::new(config, learner);
        Ok(())
    }

    fn train<'a>(&'a mut self, batches: &'a MetaBatches) -> Pending<'a, ()> {
        for number in 0..batches.len() {
            self.inner_loops(batches, number);
            if batches.tasks.end == batches.meta_batch {
                self.outer_update(batches, number);
            }
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn learner(&mut self) -> Pending<'_, Learner> {
        let learner = map_learner(&self.learner, |packed| self.kernel.unpack(packed));
        Box::pin(std::future::ready(Ok(learner)))
    }

    fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>> {
        let start = theta.map_or_else(|| self.learner.theta.clone(), |flat| self.kernel.pack(flat));
        Box::pin(std::future::ready(Ok(self.predict(&start, adaptations))))
    }
}

/// The same learner in another layout.
fn map_learner(learner: &Learner, map: impl Fn(&[f32]) -> Vec<f32>) -> Learner {
    let moments = learner.moments.as_ref().map(|moments| Moments {
        first: map(&moments.first),
        second: map(&moments.second),
        updates: moments.updates,
    });
    Learner { theta: map(&learner.theta), iteration: learner.iteration, moments }
}

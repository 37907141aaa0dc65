//! A backend on the processor: Reptile's loop around a [`Kernel`] that knows how to run one inner loop.

use std::ops::Range;

use super::{Backend, BackendError, BackendKind, Pending};
use crate::domain::adaptation::Adaptations;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::algorithm::{Algorithm, meta_iteration};
use crate::domain::config::Config;
use crate::domain::inner_optimizer::{InnerState, Optimizer};
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::outer_optimizer::LayerRate;
use crate::domain::pairwise_sum::PairwiseSum;
use crate::domain::task::sampling::Points;
use crate::domain::train_state::TrainState;

/// Points, x and y of equal length.
pub type Slice<'a> = (&'a [f32], &'a [f32]);

/// One inner loop on the processor, on parameters in a layout of the kernel's own.
///
/// Places of the layout that belong to no parameter stay zero through every update.
pub trait Kernel {
    /// Which implementation this is.
    const KIND: BackendKind;

    /// A kernel for a network.
    fn new(network: &Network) -> Self;

    /// The processor's features in use, in words.
    fn adapter(&self) -> String;

    /// From the flat layout of `Network` to the kernel's.
    fn pack(&self, flat: &[f32]) -> Vec<f32>;

    /// Back to the flat layout.
    fn unpack(&self, packed: &[f32]) -> Vec<f32>;

    /// The places of each layer's weights and biases, with what pads them, from the input on.
    fn layers(&self) -> Vec<Range<usize>>;

    /// φ ← one step of the optimizer on the mean squared error of each minibatch of `batch` points, in their order.
    fn inner_steps(&mut self, phi: &mut [f32], points: Slice, batch: usize, optimizer: &Optimizer, state: &mut Moments);

    /// φ becomes the gradient ∇L(φ) of the mean squared error on all points.
    fn gradient(&mut self, phi: &mut [f32], points: Slice);

    /// θ becomes the gradient of L(φ) on `query` with respect to θ, where [`Kernel::inner_steps`] on `support` makes φ of it,
    /// exactly: MAML's. The optimizer is plain or momentum, and begins without state.
    fn meta_gradient(&mut self, theta: &mut [f32], support: Slice, query: Slice, batch: usize, optimizer: &Optimizer);

    /// Appends the network's outputs at `x` to `predictions`.
    fn predict(&mut self, phi: &[f32], x: &[f32], predictions: &mut Vec<f32>);
}

/// The backend around a kernel.
pub struct KernelBackend<K> {
    kernel: K,
    /// In the kernel's layout.
    train_state: TrainState,
    /// Every layer, in the same layout.
    layers: Vec<LayerRate>,
    /// Σφ of the meta-iteration under way.
    sum: PairwiseSum,
}

impl<K: Kernel> KernelBackend<K> {
    /// A backend that goes on from `train_state`.
    #[must_use]
    pub fn new(config: &Config, train_state: &TrainState) -> Self {
        let kernel = K::new(&Network::new(&config.model));
        let mut train_state = map_train_state(train_state, |flat| kernel.pack(flat));
        train_state.prepare(config);
        let layers = LayerRate::of(&config.outer, kernel.layers());
        Self { kernel, train_state, layers, sum: PairwiseSum::default() }
    }

    /// The kernel, which knows the layout.
    pub fn kernel(&self) -> &K {
        &self.kernel
    }

    /// The train state, in the kernel's layout.
    pub fn packed(&self) -> &TrainState {
        &self.train_state
    }

    /// Goes on from a train state in the kernel's layout.
    pub fn set_packed(&mut self, train_state: TrainState) {
        self.train_state = train_state;
        self.sum.clear();
    }

    /// Runs the inner loops of one of the meta-iterations, and adds their φ to Σφ.
    pub fn inner_loops(&mut self, batches: &MetaBatches, number: usize) {
        let Self { kernel, train_state, sum, .. } = self;
        let MetaBatches { algorithm, batch, optimizer, .. } = batches;
        let (split, _) = batches.parts_of_task();
        let mut fresh = optimizer.fresh(0);
        let inner_loop = |number: usize, (x, y): Slice, phi: &mut [f32]| {
            let ((support_x, query_x), (support_y, query_y)) = (x.split_at(split), y.split_at(split));
            let (support, query) = ((support_x, support_y), (query_x, query_y));
            let state = match batches.state {
                InnerState::Reset => {
                    optimizer.refresh(&mut fresh, phi.len());
                    &mut fresh
                }
                InnerState::Carry => &mut train_state.inner_states[number],
            };
            match algorithm {
                Algorithm::Reptile => kernel.inner_steps(phi, support, *batch, optimizer, state),
                Algorithm::Fomaml => {
                    kernel.inner_steps(phi, support, *batch, optimizer, state);
                    kernel.gradient(phi, query);
                }
                Algorithm::Maml => kernel.meta_gradient(phi, support, query, *batch, optimizer),
                Algorithm::Joint => kernel.gradient(phi, query),
                Algorithm::None => {}
            }
        };
        meta_iteration::inner_loops(&train_state.theta, batches.tasks_of(number), inner_loop, sum);
    }

    /// Σφ so far.
    pub fn sum(&mut self) -> &mut PairwiseSum {
        &mut self.sum
    }

    /// Updates θ at the end of one of the meta-iterations, when Σφ holds all its tasks.
    pub fn outer_update(&mut self, batches: &MetaBatches, number: usize) {
        meta_iteration::outer_update(&mut self.train_state, &self.layers, batches, number, &mut self.sum);
    }

    /// Makes the meta-iterations of `batches`.
    pub fn train_all(&mut self, batches: &MetaBatches) {
        for number in 0..batches.len() {
            self.inner_loops(batches, number);
            if batches.tasks.end == batches.meta_batch {
                self.outer_update(batches, number);
            }
        }
    }

    /// The train state in the flat layout of `Network`.
    #[must_use]
    pub fn flat_train_state(&self) -> TrainState {
        map_train_state(&self.train_state, |packed| self.kernel.unpack(packed))
    }

    /// The predictions of few-shot adaptations from `start`, which is in the kernel's layout.
    pub fn predict(&mut self, start: &[f32], adaptations: &Adaptations) -> Vec<f32> {
        let mut phi = start.to_vec();
        let optimizer = &adaptations.optimizer;
        let mut state = optimizer.fresh(0);
        let mut predictions = Vec::with_capacity(adaptations.predictions());
        for (x, y) in adaptations.iter() {
            phi.copy_from_slice(start);
            optimizer.refresh(&mut state, phi.len());
            adaptations.inner_loop(
                &mut (&mut self.kernel, &mut phi),
                |(kernel, phi)| kernel.inner_steps(phi, (x, y), x.len(), optimizer, &mut state),
                |(kernel, phi)| kernel.predict(phi, &adaptations.query, &mut predictions),
            );
        }
        predictions
    }
}

impl<K: Kernel> Backend for KernelBackend<K> {
    fn kind(&self) -> BackendKind {
        K::KIND
    }

    fn adapter(&self) -> String {
        self.kernel.adapter()
    }

    fn load(&mut self, config: &Config, train_state: &TrainState) -> Result<(), BackendError> {
        *self = Self::new(config, train_state);
        Ok(())
    }

    fn train<'a>(&'a mut self, batches: &'a MetaBatches) -> Pending<'a, ()> {
        self.train_all(batches);
        Box::pin(std::future::ready(Ok(())))
    }

    fn train_state(&mut self) -> Pending<'_, TrainState> {
        Box::pin(std::future::ready(Ok(self.flat_train_state())))
    }

    fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>> {
        let start = theta.map_or_else(|| self.train_state.theta.clone(), |flat| self.kernel.pack(flat));
        Box::pin(std::future::ready(Ok(self.predict(&start, adaptations))))
    }

    fn gradients<'a>(&'a mut self, theta: &'a [f32], points: &'a Points, batch: usize) -> Pending<'a, Vec<f32>> {
        Box::pin(std::future::ready(Ok(gradients(&mut self.kernel, theta, points, batch))))
    }
}

/// What [`Backend::gradients`] is, by a kernel.
pub fn gradients<K: Kernel>(kernel: &mut K, theta: &[f32], points: &Points, batch: usize) -> Vec<f32> {
    let theta = kernel.pack(theta);
    let mut gradient = theta.clone();
    let minibatches = points.x.chunks_exact(batch).zip(points.y.chunks_exact(batch));
    let gradients = minibatches.flat_map(|minibatch| {
        gradient.copy_from_slice(&theta);
        kernel.gradient(&mut gradient, minibatch);
        kernel.unpack(&gradient)
    });
    gradients.collect()
}

/// The same train state in another layout.
fn map_train_state(train_state: &TrainState, map: impl Fn(&[f32]) -> Vec<f32>) -> TrainState {
    let map_moment = |moment: &[f32]| if moment.is_empty() { vec![] } else { map(moment) };
    let map_moments = |moments: &Moments| Moments {
        first: map_moment(&moments.first),
        second: map_moment(&moments.second),
        updates: moments.updates,
    };
    TrainState {
        theta: map(&train_state.theta),
        iteration: train_state.iteration,
        moments: train_state.moments.as_ref().map(map_moments),
        inner_states: train_state.inner_states.iter().map(map_moments).collect(),
        gradient_norm: train_state.gradient_norm,
        early_stopping: train_state.early_stopping.clone(),
        provenance: train_state.provenance.clone(),
    }
}

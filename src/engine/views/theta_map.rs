//! The map of θ: the recorded θ's of the run, and the inner loops of the meta-iteration that comes next.

use super::job::{Origin, ViewJob, in_pieces};
use crate::backend::cpu::Simd;
use crate::backend::kernel_backend::Kernel;
use crate::backend::{Backend, Pending};
use crate::domain::algorithm::Algorithm;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::inner_optimizer::InnerState;
use crate::domain::network::Network;
use crate::domain::outer_optimizer::LayerRate;
use crate::domain::projection::PrincipalComponents;
use crate::domain::theta_map::{NextVectors, PHIS, Vectors, thinned};
use crate::domain::train_state::TrainState;
use crate::engine::protocol::ViewResult;

/// The map in the making.
pub struct Job {
    origin: Origin,
    kernel: Simd,
    batches: MetaBatches,
    vectors: Vectors,
    /// Σφ so far, and of how many tasks; none where no φ's are averaged.
    sum: Option<(Vec<f64>, usize)>,
    /// Once all φ's are made.
    components: Option<PrincipalComponents>,
}

impl Job {
    pub fn new(origin: &Origin) -> Self {
        let TrainState { theta, iteration, early_stopping, .. } = &*origin.train_state;
        let config = &origin.config;
        let iterations: Vec<u64> = origin.keyframes.iter().map(|keyframe| keyframe.iteration).collect();
        let path =
            thinned(&iterations).into_iter().map(|index| (iterations[index], origin.keyframes[index].theta.clone()));
        let updates = origin.train_state.updates();
        // What is carried from task to task would have to be carried here, too.
        let averages = config.algorithm == Algorithm::Reptile && config.inner.state == InnerState::Reset;
        Self {
            kernel: Simd::new(&Network::new(&config.model)),
            batches: MetaBatches::draw(&**config, *iteration, updates, 1).with_schedule(early_stopping),
            vectors: Vectors { path: path.collect(), theta: (*iteration, theta.clone()), next: None },
            sum: averages.then(|| (vec![0.0; theta.len()], 0)),
            components: None,
            origin: origin.clone(),
        }
    }

    /// The next piece of work; whether it was the last one.
    fn piece(&mut self) -> bool {
        if let Some(components) = &mut self.components {
            return components.advance();
        }
        let Some((sum, number)) = &mut self.sum else {
            self.components = Some(self.vectors.components());
            return false;
        };
        let n = self.batches.meta_batch;
        let next = self.vectors.next.get_or_insert_with(|| NextVectors { tasks: n, ..NextVectors::default() });
        if *number == n {
            next.mean = sum.iter().map(|sum| (sum / n as f64) as f32).collect();
            let mut train_state = TrainState::clone(&self.origin.train_state);
            let layers = Network::new(&self.origin.config.model);
            let layers = layers.layers().map(|layer| layer.weights..layer.biases + layer.outputs).collect();
            let layers = LayerRate::of(&self.origin.config.outer, layers);
            train_state.update(&next.mean, self.batches.algorithm.outer_gradient(), self.batches.rates[0], &layers);
            next.new = train_state.theta;
            self.sum = None;
            return false;
        }
        let mut phi = self.kernel.pack(&self.vectors.theta.1);
        let mut state = self.batches.optimizer.fresh(phi.len());
        if let Some((_, points)) = self.batches.part(*number..*number + 1).tasks_of(0).next() {
            self.kernel.inner_steps(&mut phi, points, self.batches.batch, &self.batches.optimizer, &mut state);
        }
        let phi = self.kernel.unpack(&phi);
        sum.iter_mut().zip(&phi).for_each(|(sum, number)| *sum += f64::from(*number));
        *number += 1;
        if next.phis.len() < PHIS {
            next.phis.push(phi);
        }
        false
    }
}

impl ViewJob for Job {
    fn work<'a>(&'a mut self, _backend: &'a mut dyn Backend, until: f64, clock: fn() -> f64) -> Pending<'a, bool> {
        in_pieces(|| self.piece(), until, clock)
    }

    fn result(self: Box<Self>) -> ViewResult {
        ViewResult::ThetaMap(self.components.as_ref().and_then(|components| self.vectors.map(components)))
    }
}

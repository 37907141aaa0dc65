//! Inside the network while it adapts to the shown task, step by step.

use super::job::{Origin, ViewJob, in_pieces};
use crate::backend::cpu::Simd;
use crate::backend::forward::snapshot;
use crate::backend::kernel_backend::Kernel;
use crate::backend::{Backend, Pending};
use crate::domain::activity::{Activity, moved};
use crate::domain::inner_optimizer::Optimizer;
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::task;
use crate::domain::task::curve::TrueCurve;
use crate::engine::protocol::ViewResult;

/// The view in the making.
pub struct Job {
    network: Network,
    kernel: Simd,
    optimizer: Optimizer,
    state: Moments,
    shots: (Vec<f32>, Vec<f32>),
    steps: usize,
    theta: Vec<f32>,
    /// In the kernel's layout.
    phi: Vec<f32>,
    activity: Activity,
}

impl Job {
    /// `steps` gradient steps, and the layer after `step` of them.
    pub fn new(
        origin: &Origin,
        curve: &TrueCurve,
        shots: &[[f32; 2]],
        (steps, step): (usize, usize),
        layer: Option<usize>,
    ) -> Self {
        let Origin { config, theta, .. } = origin;
        let network = Network::new(&config.model);
        let kernel = Simd::new(&network);
        let optimizer = config.eval.optimizer(&config.inner);
        let grid = task::grid(&config.tasks);
        let last = config.model.hidden.len() - 1;
        let layer = layer.map_or(last, |layer| layer.min(last));
        let before = snapshot(&network, theta, layer, &grid);
        let phi = kernel.pack(theta);
        Self {
            state: optimizer.fresh(phi.len()),
            shots: shots.iter().map(|&[x, y]| (x, y)).unzip(),
            steps,
            theta: theta.to_vec(),
            activity: Activity {
                truth: curve.values(&grid),
                grid,
                layer,
                step: step.min(steps),
                after: before.clone(),
                before,
                moved: vec![],
            },
            network,
            kernel,
            optimizer,
            phi,
        }
    }

    /// Notes where φ is, and makes the next gradient step; whether there was none left.
    fn piece(&mut self) -> bool {
        let Self { network, kernel, optimizer, state, shots: (x, y), steps, theta, phi, activity } = self;
        let flat = kernel.unpack(phi);
        let done = activity.moved.len();
        activity.moved.push(moved(network, theta, &flat));
        if done == activity.step {
            activity.after = snapshot(network, &flat, activity.layer, &activity.grid);
        }
        if done < *steps && !x.is_empty() {
            kernel.inner_steps(phi, (x, y), x.len(), optimizer, state);
        }
        done == *steps
    }
}

impl ViewJob for Job {
    fn work<'a>(&'a mut self, _backend: &'a mut dyn Backend, until: f64, clock: fn() -> f64) -> Pending<'a, bool> {
        in_pieces(|| self.piece(), until, clock)
    }

    fn result(self: Box<Self>) -> ViewResult {
        ViewResult::Activity(Box::new(self.activity))
    }
}

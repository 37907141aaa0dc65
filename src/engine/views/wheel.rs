//! The task wheel: φ for every amplitude and phase, and then their principal components.

use std::mem::take;

use super::job::{Origin, ViewJob, in_pieces};
use crate::backend::cpu::Simd;
use crate::backend::kernel_backend::Kernel;
use crate::backend::{Backend, Pending};
use crate::domain::inner_optimizer::Optimizer;
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::projection::PrincipalComponents;
use crate::domain::task;
use crate::domain::task::Task;
use crate::domain::wheel::{Wheel, WheelTasks, optimizer};
use crate::engine::protocol::ViewResult;

/// The wheel in the making.
pub struct Job {
    origin: Origin,
    kernel: Simd,
    optimizer: Optimizer,
    grid: Vec<f32>,
    steps: usize,
    tasks: WheelTasks,
    stage: Stage,
}

enum Stage {
    /// The φ's so far, in the flat layout, and the one under way.
    Adapting(Vec<Vec<f32>>, Descent),
    Components(PrincipalComponents),
}

/// Gradient descent on one task.
struct Descent {
    /// The truth on the grid.
    y: Vec<f32>,
    /// In the kernel's layout.
    phi: Vec<f32>,
    state: Moments,
    done: usize,
}

impl Job {
    pub fn new(origin: &Origin, steps: usize, tasks: &WheelTasks) -> Self {
        let config = &origin.config;
        let mut job = Self {
            kernel: Simd::new(&Network::new(&config.model)),
            optimizer: optimizer(&config.eval, &config.inner),
            grid: task::grid(&config.tasks),
            steps,
            tasks: tasks.clone(),
            stage: Stage::Components(PrincipalComponents::new(vec![])),
            origin: origin.clone(),
        };
        job.stage = Stage::Adapting(vec![], job.descent(0));
        job
    }

    fn task(&self, number: usize) -> Task {
        self.tasks.task(&self.origin.config.tasks, number)
    }

    /// The beginning of the task of this number.
    fn descent(&self, number: usize) -> Descent {
        let task = self.task(number);
        let phi = self.kernel.pack(&self.origin.theta);
        let y = self.grid.iter().map(|&x| task.value(x)).collect();
        Descent { y, state: self.optimizer.fresh(phi.len()), phi, done: 0 }
    }

    /// The next piece of work; whether it was the last one.
    fn piece(&mut self) -> bool {
        let (phis, descent) = match &mut self.stage {
            Stage::Components(components) => return components.advance(),
            Stage::Adapting(phis, descent) => (phis, descent),
        };
        let Descent { y, phi, state, done } = descent;
        self.kernel.inner_steps(phi, (&self.grid, y), self.grid.len(), &self.optimizer, state);
        *done += 1;
        if *done == self.steps {
            phis.push(self.kernel.unpack(phi));
            let phis = take(phis);
            self.stage = if phis.len() == self.tasks.len() {
                Stage::Components(PrincipalComponents::new(phis))
            } else {
                let next = self.descent(phis.len());
                Stage::Adapting(phis, next)
            };
        }
        false
    }
}

impl ViewJob for Job {
    fn work<'a>(&'a mut self, _backend: &'a mut dyn Backend, until: f64, clock: fn() -> f64) -> Pending<'a, bool> {
        in_pieces(|| self.piece(), until, clock)
    }

    fn result(self: Box<Self>) -> ViewResult {
        let family = self.task(0).family;
        ViewResult::Wheel(match &self.stage {
            Stage::Components(components) => Wheel::of(self.tasks, family, self.steps, &self.origin.theta, components),
            Stage::Adapting(..) => None,
        })
    }
}

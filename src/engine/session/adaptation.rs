//! One adaptation on request with all its steps, a slice of time at a time.
//!
//! Its steps are made here and not by the run's backend, which makes an adaptation as a whole: ten thousand steps of a
//! large network take half a minute.

use crate::backend::cpu::Simd;
use crate::backend::kernel_backend::Kernel;
use crate::domain::adaptation::mean_squared_error;
use crate::domain::config::Config;
use crate::domain::inner_optimizer::Optimizer;
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::task;
use crate::engine::protocol::{Adapt, Adapted};

/// An adaptation, and how far it is. It depends on nothing but θ and Config as they were when it was requested.
pub struct Adaptation {
    network: Network,
    /// θ in the flat layout of `Network`.
    theta: Vec<f32>,
    optimizer: Optimizer,
    shots: (Vec<f32>, Vec<f32>),
    steps: usize,
    grid: Vec<f32>,
    truth: Vec<f32>,
    /// What exists only once the adaptation has begun.
    begun: Option<Begun>,
    adapted: Adapted,
}

struct Begun {
    kernel: Simd,
    /// φ in the kernel's layout.
    phi: Vec<f32>,
    state: Moments,
}

impl Adaptation {
    /// An adaptation from θ, which has not begun.
    #[must_use]
    pub fn new(config: &Config, theta: &[f32], adapt: &Adapt) -> Self {
        let Adapt { curve, shots, steps, learning_rate } = adapt;
        let grid = task::grid(&config.tasks);
        Self {
            network: Network::new(&config.model),
            theta: theta.to_vec(),
            optimizer: Optimizer { learning_rate: *learning_rate as f32, ..config.eval.optimizer(&config.inner) },
            shots: shots.iter().map(|&[x, y]| (x, y)).unzip(),
            steps: *steps,
            truth: curve.values(&grid),
            grid,
            begun: None,
            adapted: Adapted { mse: vec![], steps: vec![], predictions: vec![] },
        }
    }

    /// Makes steps for about so many milliseconds, one at least; returns whether it is complete.
    pub fn work(&mut self, slice: f64, clock: fn() -> f64) -> bool {
        let until = clock() + slice;
        let Self { network, theta, optimizer, shots: (x, y), begun, .. } = self;
        let Begun { kernel, phi, state } = begun.get_or_insert_with(|| {
            let kernel = Simd::new(network);
            let phi = kernel.pack(theta);
            let state = optimizer.fresh(phi.len());
            Begun { kernel, phi, state }
        });
        loop {
            let done = self.adapted.steps.len();
            if done > 0 && !x.is_empty() {
                kernel.inner_steps(phi, (x, y), x.len(), optimizer, state);
            }
            let mut row = Vec::with_capacity(self.grid.len());
            kernel.predict(phi, &self.grid, &mut row);
            self.adapted.steps.push(done);
            self.adapted.mse.push(mean_squared_error(&row, &self.truth));
            self.adapted.predictions.push(row);
            if done == self.steps {
                return true;
            }
            if clock() >= until {
                return false;
            }
        }
    }

    /// What came of it.
    #[must_use]
    pub fn adapted(self) -> Adapted {
        self.adapted
    }
}

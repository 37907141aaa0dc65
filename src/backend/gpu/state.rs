//! What the device keeps between calls: the train state, and the inner optimizer's states of its tasks.

use super::device::{Device, RESULT};
use super::inner_loop::InnerLoop;
use super::inner_optimizer::OptimizerParameters;
use super::network::{self, Shape};
use super::outer_update::OuterUpdate;
use crate::backend::BackendError;
use crate::domain::config::Config;
use crate::domain::inner_optimizer::Optimizer;
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::train_state::{TrainState, norm};

/// The train state: θ, its optimizer's moments, and the last outer gradient where its norm is wanted, all in one buffer,
/// each packed as [`Shape::pack`] does.
pub struct State {
    pub buffer: wgpu::Buffer,
    pub outer_update: OuterUpdate,
    /// Updates that its moments hold.
    pub updates: u64,
    /// ‖g‖₂ as it was last known, and whether the device has a newer g.
    pub gradient_norm: Option<f64>,
    pub has_newer_gradient: bool,
    pub iteration: u64,
    pub inner_states: Option<InnerStates>,
}

/// The inner optimizer's moments for each task of a meta-batch: see `moments_carried.wgsl`.
pub struct InnerStates {
    pub moments: wgpu::Buffer,
    /// Whether the first and the second are kept.
    pub kept: (bool, bool),
    /// Updates that they hold.
    pub updates: Vec<u64>,
}

impl State {
    /// A train state goes to the device.
    ///
    /// # Errors
    /// It does not fit the network.
    pub fn new(
        device: &mut Device,
        network: &Network,
        config: &Config,
        train_state: &TrainState,
    ) -> Result<Self, BackendError> {
        if train_state.theta.len() != network.parameters() {
            let (found, needed) = (train_state.theta.len(), network.parameters());
            return Err(BackendError::Refused {
                detail: format!("θ has {found} numbers where the network has {needed} parameters"),
            });
        }
        let mut train_state = train_state.clone();
        train_state.prepare(config);
        let outer_update = OuterUpdate::of(config, network);
        let packed = outer_update.pack(network, &train_state);
        let buffer = device.buffer(size_of_val(&packed[..]), RESULT);
        device.write(&buffer, &packed);
        let inner_states = InnerLoop::of(config).filter(|inner| inner.carries);
        let inner_states = inner_states
            .map(|_| InnerStates::new(device, network, &Optimizer::of(&config.inner), &train_state.inner_states));
        Ok(Self {
            buffer,
            outer_update,
            updates: train_state.updates(),
            gradient_norm: train_state.gradient_norm,
            has_newer_gradient: false,
            iteration: train_state.iteration,
            inner_states,
        })
    }

    /// The train state as it is now.
    ///
    /// # Errors
    /// The device is lost.
    pub async fn download(&mut self, device: &mut Device, network: &Network) -> Result<TrainState, BackendError> {
        let packed = device.read(&self.buffer, self.outer_update.vectors() * self.outer_update.parameters).await?;
        let (theta, moments, gradient) = self.outer_update.unpack(network, &packed, self.updates);
        if std::mem::take(&mut self.has_newer_gradient) {
            self.gradient_norm = Some(norm(gradient.into_iter()));
        }
        let gradient_norm = self.gradient_norm;
        let mut train_state =
            TrainState { iteration: self.iteration, moments, gradient_norm, ..TrainState::new(theta) };
        if let Some(inner_states) = &self.inner_states {
            train_state.inner_states = inner_states.download(device, network).await?;
        }
        Ok(train_state)
    }
}

impl InnerStates {
    /// The moments of all tasks go to the device.
    pub fn new(device: &mut Device, network: &Network, optimizer: &Optimizer, all: &[Moments]) -> Self {
        let mut packed = vec![];
        for Moments { first, second, updates } in all {
            packed.extend(OptimizerParameters::of(optimizer, *updates).weight);
            let kept = [first, second].into_iter().filter(|moment| !moment.is_empty());
            packed.extend(kept.flat_map(|flat| Shape::pack(network, flat)));
        }
        let moments = device.buffer(size_of_val(&packed[..]), RESULT);
        device.write(&moments, &packed);
        Self { moments, kept: optimizer.moments(), updates: all.iter().map(|moments| moments.updates).collect() }
    }

    /// The moments as they are now.
    ///
    /// # Errors
    /// The device is lost.
    pub async fn download(&self, device: &mut Device, network: &Network) -> Result<Vec<Moments>, BackendError> {
        let parameters = network::parameters(network);
        let of_task = 2 + (usize::from(self.kept.0) + usize::from(self.kept.1)) * parameters;
        let packed = device.read::<f32>(&self.moments, self.updates.len() * of_task).await?;
        let moments = packed.chunks_exact(of_task).zip(&self.updates).map(|(packed, &updates)| {
            let mut vectors = packed[2..].chunks_exact(parameters).map(|packed| Shape::unpack(network, packed));
            let mut next = |kept: bool| if kept { vectors.next().unwrap_or_default() } else { vec![] };
            Moments { first: next(self.kept.0), second: next(self.kept.1), updates }
        });
        Ok(moments.collect())
    }
}

//! Compiled shaders with what they are made for: of one shape, and of a whole meta-iteration.

use super::device::{Device, Pipeline, UNIFORM};
use super::fused;
use super::inner_loop::{self, InnerLoop};
use super::network::{DeviceLimits, Shape};
use super::outer_update::{self, Division, OuterUpdate};
use crate::domain::config::Config;
use crate::domain::network::Network;

/// The inner loop or the adaptations of one shape.
pub struct Program {
    pub shape: Shape,
    pub layers: wgpu::Buffer,
    pub pipeline: Pipeline,
}

/// What makes meta-iterations.
pub struct Trainer {
    pub inner: InnerLoop,
    pub outer_update: OuterUpdate,
    /// Both updates of one task a meta-iteration, or the inner loops of several.
    pub program: Program,
    /// The outer update of several tasks.
    pub outer: Option<Pipeline>,
}

impl Program {
    /// Compiles a pipeline for a shape.
    pub fn new(device: &mut Device, shape: Shape, pipeline: impl Fn(&mut Device, &Shape) -> Pipeline) -> Self {
        let table = shape.layers();
        let layers = device.buffer(size_of_val(&table[..]), UNIFORM);
        device.write(&layers, &table);
        let pipeline = pipeline(device, &shape);
        Self { shape, layers, pipeline }
    }
}

impl Trainer {
    /// That of a Config, if it has meta-training.
    pub fn new(device: &mut Device, network: &Network, config: &Config) -> Option<Self> {
        let outer_update = OuterUpdate::of(config, network);
        let inner = InnerLoop::of(config)?;
        let shape = inner.shape(network, config.inner.batch, device.device_limits());
        if config.outer.meta_batch == 1 {
            let program =
                Program::new(device, shape, |device, shape| fused::pipeline(device, shape, inner, &outer_update));
            return Some(Self { inner, outer_update, program, outer: None });
        }
        let division = Division::new(device.device_limits());
        let outer = outer_update::pipeline(device, &outer_update, division);
        let program = Program::new(device, shape, |device, shape| inner_loop::pipeline(device, shape, inner));
        Some(Self { inner, outer_update, program, outer: Some(outer) })
    }

    /// Whether it can train this Config, too.
    pub fn serves(&self, network: &Network, config: &Config, device_limits: DeviceLimits) -> bool {
        InnerLoop::of(config) == Some(self.inner)
            && self.program.shape == self.inner.shape(network, config.inner.batch, device_limits)
            && self.outer_update == OuterUpdate::of(config, network)
            && self.outer.is_none() == (config.outer.meta_batch == 1)
    }
}

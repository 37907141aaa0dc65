//! Compute shaders through wgpu: WebGPU in the browser, Vulkan, Metal or DirectX 12 natively.
//!
//! A task is one workgroup, which makes φ of it, or a gradient, in one dispatch; the outer update is a second, small
//! dispatch. With one task a meta-iteration, one workgroup runs many meta-iterations in a single dispatch. A submit
//! holds up to hundreds of dispatches, the device executes one submit while the next is prepared, and nothing is read
//! back unless it is requested. Every shader lies beside the Rust that binds it.

use super::{Backend, BackendError, BackendKind, Pending};
use crate::domain::adaptation::Adaptations;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::network::Network;
use crate::domain::task::sampling::Points;
use crate::domain::train_state::TrainState;
use adapt::Adaptation;
use deadlines::Deadlines;
use device::{Bound, Device, RESULT, STORAGE, UNIFORM};
use dispatch::{DispatchParameters, completed, interleave, parameters_of_submit, steps_of, tasks_of};
use inner_loop::{InnerLoop, InnerLoopOutput};
use inner_optimizer::{OptimizerParameters, Step};
use limits::{adaptation_limit, refuse_beyond, train_limits};
use network::Shape;
use outer_update::Division;
use program::{Program, Trainer};
use state::State;

pub mod adapt;
pub mod deadlines;
pub mod device;
pub mod dispatch;
pub mod fused;
pub mod inner_loop;
pub mod inner_optimizer;
mod limits;
pub mod network;
pub mod outer_update;
pub mod parallel_runs;
pub mod plan;
mod program;
mod state;
pub mod timer;

/// Submits that the device may still be busy with when training goes on.
const IN_FLIGHT: usize = 1;
/// Shapes whose adaptation shader is kept.
const KEPT_SHAPES: usize = 4;

/// The backend on a GPU.
pub struct Gpu {
    device: Device,
    network: Network,
    state: State,
    /// None where there is no meta-training.
    trainer: Option<Trainer>,
    /// Adaptation shaders, the latest first.
    adapt: Vec<(Step, Program)>,
    /// The shader of gradients, once they have been requested.
    gradients: Option<Program>,
    buffers: Buffers,
}

/// Buffers that grow with what is asked for.
#[derive(Default)]
struct Buffers {
    phis: Option<wgpu::Buffer>,
    units: Option<wgpu::Buffer>,
    sums: Option<wgpu::Buffer>,
    points: Option<wgpu::Buffer>,
    dispatch_parameters: Option<wgpu::Buffer>,
    start: Option<wgpu::Buffer>,
    adaptation: Option<wgpu::Buffer>,
    record: Option<wgpu::Buffer>,
    query: Option<wgpu::Buffer>,
    predictions: Option<wgpu::Buffer>,
}

impl Gpu {
    /// Opens the adapter that the system or browser prefers, and continues from `train_state`.
    ///
    /// # Errors
    /// There is no adapter, or it refuses the device or its shaders.
    pub async fn new(config: &Config, train_state: &TrainState) -> Result<Self, BackendError> {
        Self::open(config, train_state, true, &Deadlines::default()).await
    }

    /// The same, where the adapter is no software one or `software` says that such a one will do.
    ///
    /// # Errors
    /// There is no such adapter, or it refuses the device or its shaders, or does not answer within these deadlines.
    pub async fn open(
        config: &Config,
        train_state: &TrainState,
        software: bool,
        deadlines: &Deadlines,
    ) -> Result<Self, BackendError> {
        let device = Device::open(deadlines).await?;
        if device.is_software() && !software {
            return Err(BackendError::Software { adapter: device.name().to_owned() });
        }
        Self::on(device, config, train_state).await
    }

    /// On a device that is open already; compiles the shaders.
    ///
    /// # Errors
    /// The device refuses the shaders, or is lost.
    pub async fn on(mut device: Device, config: &Config, train_state: &TrainState) -> Result<Self, BackendError> {
        let network = Network::new(&config.model);
        let state = State::new(&mut device, &network, config, train_state)?;
        let trainer = Trainer::new(&mut device, &network, config);
        device.settle().await?;
        Ok(Self { device, network, state, trainer, adapt: vec![], gradients: None, buffers: Buffers::default() })
    }

    /// Whether the adapter is a processor that plays a GPU.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.device.is_software()
    }

    /// Loses the device on purpose, as a driver's reset would.
    pub fn lose(&self) {
        self.device.destroy();
    }

    /// Waits until the device has executed all submits.
    ///
    /// # Errors
    /// The device is lost.
    pub async fn finish(&mut self) -> Result<(), BackendError> {
        self.device.wait_for_all_but(0).await
    }

    /// The device, for measurements.
    pub fn device(&mut self) -> &mut Device {
        &mut self.device
    }

    async fn run(&mut self, batches: &MetaBatches) -> Result<(), BackendError> {
        let Self { device, buffers, trainer, state, .. } = self;
        let Some(Trainer { inner, program, outer, .. }) = trainer else {
            // Without meta-training time goes by, and θ stays.
            state.iteration += completed(batches);
            return device.check();
        };
        if batches.is_empty() {
            return device.check();
        }
        let shape = &program.shape;
        let of_task = batches.points_of_task();
        let vectors = inner.vectors(steps_of(batches));
        let mut limits = train_limits(shape, inner.output, vectors, of_task);
        let loop_iterations = inner.loop_iterations(shape, steps_of(batches), batches.batch);
        refuse_beyond(device.device_limits().loop_iterations, loop_iterations)?;
        limits.dispatches = limits.dispatches.min(device.device_limits().loop_iterations / loop_iterations.max(1));
        // Two submits at least, so that the device is busy with the last one while the next call is made ready.
        limits.dispatches = limits.dispatches.min(batches.len().div_ceil(2));
        let submits = plan::plan(batches.len(), batches.tasks.len(), limits);
        let tasks = batches.tasks.len().min(limits.tasks);
        let most_tasks = submits.iter().map(|submit| tasks_of(submit)).max().unwrap_or(0);
        let most_parts = submits.iter().map(Vec::len).max().unwrap_or(0);
        let dispatch_bytes = size_of::<DispatchParameters>();
        let stride = if outer.is_some() { dispatch_bytes.next_multiple_of(device.alignment()) } else { dispatch_bytes };
        let phis = device.reserve(&mut buffers.phis, tasks * vectors * shape.bytes_of_phi(), RESULT);
        let units = device.reserve(&mut buffers.units, tasks * shape.stored_bytes_of_units(), STORAGE);
        let sums = device.reserve(&mut buffers.sums, shape.bytes_of_phi(), STORAGE);
        let points = device.reserve(&mut buffers.points, most_tasks * of_task * size_of::<[f32; 2]>(), STORAGE);
        let dispatch_parameters =
            device.reserve(&mut buffers.dispatch_parameters, most_parts * stride, UNIFORM | STORAGE);
        device.settle().await?;
        let bound = [&state.buffer, phis, units, points, &program.layers].map(Bound::Whole);
        let inner_states: Vec<_> =
            state.inner_states.iter().map(|inner_states| Bound::Whole(&inner_states.moments)).collect();
        let bind_inner = |device: &Device, dispatch_bytes: usize| {
            let window = Bound::Window(dispatch_parameters, dispatch_bytes as u64);
            device.bind(&program.pipeline, &[&bound[..], &[window], &inner_states].concat())
        };
        let batched = outer.as_ref().map(|outer| {
            let window = Bound::Window(dispatch_parameters, dispatch_bytes as u64);
            let outer_group =
                device.bind(outer, &[&[&state.buffer, phis, sums].map(Bound::Whole)[..], &[window]].concat());
            (bind_inner(device, dispatch_bytes), &outer.pipeline, outer_group)
        });
        let columns = shape.parameters().div_ceil(Division::new(device.device_limits()).column) as u32;
        for submit in &submits {
            let first_task = submit[0].iteration * batches.tasks.len() + submit[0].tasks.start;
            let range = first_task * of_task..(first_task + tasks_of(submit)) * of_task;
            device.write(points, &interleave(&batches.points().x[range.clone()], &batches.points().y[range]));
            device.write(dispatch_parameters, &parameters_of_submit(submit, batches, stride));
            let fused_group = batched.is_none().then(|| bind_inner(device, submit.len() * stride));
            device.compute(|pass| {
                if let Some(group) = &fused_group {
                    pass.set_pipeline(&program.pipeline.pipeline);
                    pass.set_bind_group(0, group, &[]);
                    pass.dispatch_workgroups(1, 1, 1);
                }
                let Some((inner_group, outer, outer_group)) = &batched else { return };
                for (part, offset) in submit.iter().zip((0..).step_by(stride)) {
                    pass.set_pipeline(&program.pipeline.pipeline);
                    pass.set_bind_group(0, inner_group, &[offset]);
                    pass.dispatch_workgroups(part.tasks.len() as u32, 1, 1);
                    pass.set_pipeline(outer);
                    pass.set_bind_group(0, outer_group, &[offset]);
                    pass.dispatch_workgroups(columns, 1, 1);
                }
            });
            device.wait_for_all_but(IN_FLIGHT).await?;
        }
        state.iteration += completed(batches);
        state.updates += completed(batches);
        state.has_newer_gradient |= state.outer_update.keeps_gradient && completed(batches) > 0;
        if let Some(inner_states) = &mut state.inner_states {
            let made = (batches.len() * steps_of(batches)) as u64;
            inner_states.updates[batches.tasks.clone()].iter_mut().for_each(|updates| *updates += made);
        }
        Ok(())
    }

    async fn predict(&mut self, theta: Option<&[f32]>, adaptations: &Adaptations) -> Result<Vec<f32>, BackendError> {
        let kept = self.adaptation_pipeline(adaptations);
        let Self { device, buffers, state, network, adapt, .. } = self;
        let (step, Program { shape, layers, pipeline }) = &adapt[kept];
        let of_task = adaptations.record.len() * adaptations.query.len();
        if of_task == 0 {
            return Ok(vec![]);
        }
        // A prediction is a third of a step.
        let steps = adaptations.record.last().unwrap_or(&0) * shape.loop_iterations_of_step(adaptations.shots);
        let predictions = adaptations.record.len() * shape.loop_iterations_of_step(adaptations.query.len()) / 3;
        let loop_iterations = steps + predictions + shape.loop_iterations_of_copy();
        refuse_beyond(device.device_limits().loop_iterations, loop_iterations)?;
        let tasks = adaptations.tasks();
        let vectors = 1 + step.moments();
        let most = tasks.min(adaptation_limit(shape, vectors, adaptations));
        let phis = device.reserve(&mut buffers.phis, most * vectors * shape.bytes_of_phi(), RESULT);
        let units = device.reserve(&mut buffers.units, most * shape.stored_bytes_of_units(), STORAGE);
        let points_bytes = most * adaptations.shots * size_of::<[f32; 2]>();
        let points = device.reserve(&mut buffers.points, points_bytes.max(size_of::<[f32; 2]>()), STORAGE);
        let uniform = device.reserve(&mut buffers.adaptation, size_of::<Adaptation>(), UNIFORM);
        let record = device.reserve(&mut buffers.record, adaptations.record.len() * size_of::<u32>(), STORAGE);
        let query = device.reserve(&mut buffers.query, adaptations.query.len() * size_of::<f32>(), STORAGE);
        let predictions = device.reserve(&mut buffers.predictions, most * of_task * size_of::<f32>(), RESULT);
        let start = match theta {
            None => &state.buffer,
            Some(_) => device.reserve(&mut buffers.start, shape.bytes_of_phi(), STORAGE),
        };
        device.settle().await?;
        if let Some(theta) = theta {
            device.write(start, &Shape::pack(network, theta));
        }
        let steps: Vec<u32> = adaptations.record.iter().map(|&step| step as u32).collect();
        device.write(record, &steps);
        device.write(query, &adaptations.query);
        let numbers = Adaptation {
            optimizer: OptimizerParameters::of(&adaptations.optimizer, 0),
            shots: adaptations.shots as u32,
            queries: adaptations.query.len() as u32,
            records: adaptations.record.len() as u32,
            tasks: most as u32,
        };
        device.write(uniform, &[numbers]);
        let bound = [start, phis, units, points, layers, uniform, record, query, predictions].map(Bound::Whole);
        let group = device.bind(pipeline, &bound);
        let mut result = Vec::with_capacity(tasks * of_task);
        for first in (0..tasks).step_by(most) {
            let count = most.min(tasks - first);
            let range = first * adaptations.shots..(first + count) * adaptations.shots;
            if adaptations.shots > 0 {
                let (x, y) = (&adaptations.points.x[range.clone()], &adaptations.points.y[range]);
                device.write(points, &interleave(x, y));
            }
            device.compute(|pass| {
                pass.set_pipeline(&pipeline.pipeline);
                pass.set_bind_group(0, &group, &[]);
                pass.dispatch_workgroups(count as u32, 1, 1);
            });
            result.extend(device.read::<f32>(predictions, count * of_task).await?);
        }
        Ok(result)
    }

    /// Gradients at θ: joint training's half of a meta-iteration, of every minibatch as of a task.
    async fn differentiate(&mut self, theta: &[f32], points: &Points, batch: usize) -> Result<Vec<f32>, BackendError> {
        let Self { device, buffers, network, gradients, .. } = self;
        let inner = InnerLoop { output: InnerLoopOutput::Gradient, step: Step::Plain, carries: false };
        let shape = inner.shape(network, batch, device.device_limits());
        let program = match gradients.take_if(|program| program.shape == shape) {
            Some(program) => program,
            None => Program::new(device, shape, |device, shape| inner_loop::pipeline(device, shape, inner)),
        };
        let Program { shape, layers, pipeline } = gradients.insert(program);
        refuse_beyond(device.device_limits().loop_iterations, inner.loop_iterations(shape, 0, batch))?;
        let tasks = points.x.len() / batch;
        if tasks == 0 {
            return Ok(vec![]);
        }
        let most = train_limits(shape, inner.output, 1, batch).tasks.min(tasks);
        let start = device.reserve(&mut buffers.start, shape.bytes_of_phi(), STORAGE);
        let phis = device.reserve(&mut buffers.phis, most * shape.bytes_of_phi(), RESULT);
        let units = device.reserve(&mut buffers.units, most * shape.stored_bytes_of_units(), STORAGE);
        let minibatches = device.reserve(&mut buffers.points, most * batch * size_of::<[f32; 2]>(), STORAGE);
        let dispatch_parameters =
            device.reserve(&mut buffers.dispatch_parameters, size_of::<DispatchParameters>(), UNIFORM | STORAGE);
        device.settle().await?;
        device.write(start, &Shape::pack(network, theta));
        let size = batch as u32;
        device.write(
            dispatch_parameters,
            &[DispatchParameters {
                batch: size,
                points_of_task: size,
                tasks: most as u32,
                ..DispatchParameters::default()
            }],
        );
        let window = Bound::Window(dispatch_parameters, size_of::<DispatchParameters>() as u64);
        let bound = [start, phis, units, minibatches, layers].map(Bound::Whole);
        let group = device.bind(pipeline, &[&bound[..], &[window]].concat());
        let mut result = Vec::with_capacity(tasks * theta.len());
        for first in (0..tasks).step_by(most) {
            let count = most.min(tasks - first);
            let range = first * batch..(first + count) * batch;
            device.write(minibatches, &interleave(&points.x[range.clone()], &points.y[range]));
            device.compute(|pass| {
                pass.set_pipeline(&pipeline.pipeline);
                pass.set_bind_group(0, &group, &[0]);
                pass.dispatch_workgroups(count as u32, 1, 1);
            });
            let packed = device.read::<f32>(phis, count * shape.parameters()).await?;
            result.extend(packed.chunks_exact(shape.parameters()).flat_map(|packed| Shape::unpack(network, packed)));
        }
        Ok(result)
    }

    /// The place of the pipeline for some adaptations among those kept.
    fn adaptation_pipeline(&mut self, adaptations: &Adaptations) -> usize {
        let shape = Shape::new(&self.network, adaptations.shots, adaptations.query.len(), self.device.device_limits());
        let step = Step::of(&adaptations.optimizer);
        if let Some(kept) = self.adapt.iter().position(|(kept, program)| *kept == step && program.shape == shape) {
            return kept;
        }
        let program = Program::new(&mut self.device, shape, |device, shape| adapt::pipeline(device, shape, step));
        self.adapt.insert(0, (step, program));
        self.adapt.truncate(KEPT_SHAPES);
        0
    }
}

impl Backend for Gpu {
    fn kind(&self) -> BackendKind {
        BackendKind::Gpu
    }

    fn adapter(&self) -> String {
        self.device.name().to_owned()
    }

    fn load(&mut self, config: &Config, train_state: &TrainState) -> Result<(), BackendError> {
        self.device.check()?;
        let network = Network::new(&config.model);
        self.state = State::new(&mut self.device, &network, config, train_state)?;
        if self.network != network {
            self.adapt.clear();
        }
        if !self.trainer.as_ref().is_some_and(|trainer| trainer.serves(&network, config, self.device.device_limits())) {
            self.trainer = Trainer::new(&mut self.device, &network, config);
        }
        self.network = network;
        Ok(())
    }

    fn train<'a>(&'a mut self, batches: &'a MetaBatches) -> Pending<'a, ()> {
        Box::pin(self.run(batches))
    }

    fn train_state(&mut self) -> Pending<'_, TrainState> {
        Box::pin(self.state.download(&mut self.device, &self.network))
    }

    fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>> {
        Box::pin(self.predict(theta, adaptations))
    }

    fn gradients<'a>(&'a mut self, theta: &'a [f32], points: &'a Points, batch: usize) -> Pending<'a, Vec<f32>> {
        Box::pin(self.differentiate(theta, points, batch))
    }
}

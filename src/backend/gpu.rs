//! Compute shaders through wgpu: WebGPU in the browser, Vulkan, Metal or DirectX 12 natively.
//!
//! A task is one workgroup, which makes φ of it, or a gradient, in one dispatch; the outer update is a second,
//! small dispatch. With one task a meta-iteration, one workgroup makes many meta-iterations in a single dispatch. Up to
//! hundreds of them go into one submit, the device works on one submit while the next is made ready, and nothing is read
//! back before someone asks. Every shader lies beside the Rust that binds it.

use super::{Backend, BackendError, Kind, Pending};
use crate::domain::adaptation::Adaptations;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::inner_optimizer::{InnerState, Optimizer};
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::task::sampling::Points;
use crate::domain::train_state::{TrainState, norm};
use adapt::Adaptation;
use device::{Bound, Device, Pipeline};
use inner_loop::{DispatchParameters, InnerLoop, Outcome};
use network::Shape;
use optimizer_parameters::{OptimizerParameters, Step};
use outer_update::{Division, OuterUpdate};
use plan::{Limits, Part};

pub mod adapt;
pub mod device;
pub mod fused;
pub mod inner_loop;
pub mod network;
pub mod optimizer_parameters;
pub mod outer_update;
pub mod parallel_runs;
pub mod plan;
pub mod timer;

/// Bytes of a submit's points, and of a dispatch's predictions.
const TRANSFER: usize = 16 << 20;
/// Bytes of all that is as long as φ in a dispatch, and of all its units where they need storage.
const SCRATCH: usize = 64 << 20;
/// Arithmetic of a submit: systems reset a GPU that does not answer for some seconds.
const WORK: u64 = 16_000_000_000;
/// Dispatches of a submit, or meta-iterations of its only one.
const DISPATCHES: usize = 256;
/// Submits that the device may still be busy with when training goes on.
const IN_FLIGHT: usize = 1;
/// Workgroups of a dispatch, the default limit of WebGPU.
const WORKGROUPS: usize = 65_535;
/// Shapes whose adaptation shader is kept.
const KEPT_SHAPES: usize = 4;

const STORAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_DST);
const RESULT: wgpu::BufferUsages = STORAGE.union(wgpu::BufferUsages::COPY_SRC);
const UNIFORM: wgpu::BufferUsages = wgpu::BufferUsages::UNIFORM.union(wgpu::BufferUsages::COPY_DST);

/// The backend on a GPU.
pub struct Gpu {
    device: Device,
    network: Network,
    state: State,
    /// None where there is no meta-training.
    trainer: Option<Trainer>,
    /// Adaptation shaders, the latest first.
    adapt: Vec<(Step, Program)>,
    /// The shader of gradients, once someone has asked for them.
    gradients: Option<Program>,
    buffers: Buffers,
}

/// The train_state: θ, its optimizer's moments, and the last outer gradient where its size is wanted, all in one buffer, each
/// packed as [`Shape::pack`] does.
struct State {
    train_state: wgpu::Buffer,
    outer_update: OuterUpdate,
    /// Updates that its moments hold.
    updates: u64,
    /// ‖g‖₂ as it was last known, and whether the device has a newer g.
    gradient_norm: Option<f64>,
    has_newer_gradient: bool,
    iteration: u64,
    inner_states: Option<Carried>,
}

/// The inner optimizer's moments for each task of a meta-batch: see `moments_carried.wgsl`.
struct Carried {
    moments: wgpu::Buffer,
    /// Whether the first and the second are kept.
    kept: (bool, bool),
    /// Updates that they hold.
    updates: Vec<u64>,
}

/// The inner loop or the adaptations of one shape.
struct Program {
    shape: Shape,
    layers: wgpu::Buffer,
    pipeline: Pipeline,
}

/// What makes meta-iterations.
struct Trainer {
    inner: InnerLoop,
    outer_update: OuterUpdate,
    /// Both updates of one task a meta-iteration, or the inner loops of several.
    program: Program,
    /// The outer update of several tasks.
    outer: Option<Pipeline>,
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
    /// Opens the adapter that the system or browser prefers, and goes on from `train_state`.
    ///
    /// # Errors
    /// There is no adapter, or it refuses the device or its shaders.
    pub async fn new(config: &Config, train_state: &TrainState) -> Result<Self, BackendError> {
        Self::open(config, train_state, true).await
    }

    /// The same, where the adapter is no software one or `software` says that such a one will do.
    ///
    /// # Errors
    /// There is no such adapter, or it refuses the device or its shaders.
    pub async fn open(config: &Config, train_state: &TrainState, software: bool) -> Result<Self, BackendError> {
        let device = Device::open().await?;
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

    /// Waits until the device has done everything that it was asked for.
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
            state.iteration += whole(batches);
            return device.check();
        };
        if batches.is_empty() {
            return device.check();
        }
        let shape = &program.shape;
        let of_task = batches.points_of_task();
        let vectors = inner.vectors(steps_of(batches));
        let mut limits = train_limits(shape, inner.outcome, vectors, of_task);
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
        let bound = [&state.train_state, phis, units, points, &program.layers].map(Bound::Whole);
        let inner_states: Vec<_> =
            state.inner_states.iter().map(|inner_states| Bound::Whole(&inner_states.moments)).collect();
        let bind_inner = |device: &Device, dispatch_bytes: usize| {
            let window = Bound::Window(dispatch_parameters, dispatch_bytes as u64);
            device.bind(&program.pipeline, &[&bound[..], &[window], &inner_states].concat())
        };
        let batched = outer.as_ref().map(|outer| {
            let window = Bound::Window(dispatch_parameters, dispatch_bytes as u64);
            let outer_group =
                device.bind(outer, &[&[&state.train_state, phis, sums].map(Bound::Whole)[..], &[window]].concat());
            (bind_inner(device, dispatch_bytes), &outer.pipeline, outer_group)
        });
        let columns = shape.parameters().div_ceil(Division::new(device.device_limits()).column) as u32;
        for submit in &submits {
            let first_task = submit[0].iteration * batches.tasks.len() + submit[0].tasks.start;
            let range = first_task * of_task..(first_task + tasks_of(submit)) * of_task;
            device.write(points, &interleave(&batches.points().x[range.clone()], &batches.points().y[range]));
            device.write(dispatch_parameters, &waves_of(submit, batches, stride));
            let serial_group = batched.is_none().then(|| bind_inner(device, submit.len() * stride));
            device.compute(|pass| {
                if let Some(group) = &serial_group {
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
        state.iteration += whole(batches);
        state.updates += whole(batches);
        state.has_newer_gradient |= state.outer_update.keeps_gradient && whole(batches) > 0;
        if let Some(inner_states) = &mut state.inner_states {
            let made = (batches.len() * steps_of(batches)) as u64;
            inner_states.updates[batches.tasks.clone()].iter_mut().for_each(|updates| *updates += made);
        }
        Ok(())
    }

    async fn download(&mut self) -> Result<TrainState, BackendError> {
        let Self { device, network, state, .. } = self;
        let packed =
            device.read(&state.train_state, state.outer_update.vectors() * state.outer_update.parameters).await?;
        let (theta, moments, gradient) = state.outer_update.unpack(network, &packed, state.updates);
        if std::mem::take(&mut state.has_newer_gradient) {
            state.gradient_norm = Some(norm(gradient.into_iter()));
        }
        let gradient_norm = state.gradient_norm;
        let mut train_state =
            TrainState { iteration: state.iteration, moments, gradient_norm, ..TrainState::new(theta) };
        if let Some(inner_states) = &state.inner_states {
            train_state.inner_states = inner_states.download(device, network).await?;
        }
        Ok(train_state)
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
            None => &state.train_state,
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
        let inner = InnerLoop { outcome: Outcome::Gradient, step: Step::Plain, carries: false };
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
        let most = train_limits(shape, inner.outcome, 1, batch).tasks.min(tasks);
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
    fn kind(&self) -> Kind {
        Kind::Gpu
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
        Box::pin(self.download())
    }

    fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>> {
        Box::pin(self.predict(theta, adaptations))
    }

    fn gradients<'a>(&'a mut self, theta: &'a [f32], points: &'a Points, batch: usize) -> Pending<'a, Vec<f32>> {
        Box::pin(self.differentiate(theta, points, batch))
    }
}

impl State {
    fn new(
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
        let inner_states = inner_loop_of(config).filter(|inner| inner.carries);
        let inner_states = inner_states
            .map(|_| Carried::new(device, network, &Optimizer::of(&config.inner), &train_state.inner_states));
        Ok(Self {
            train_state: buffer,
            outer_update,
            updates: train_state.updates(),
            gradient_norm: train_state.gradient_norm,
            has_newer_gradient: false,
            iteration: train_state.iteration,
            inner_states,
        })
    }
}

impl Carried {
    fn new(device: &mut Device, network: &Network, optimizer: &Optimizer, all: &[Moments]) -> Self {
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

    async fn download(&self, device: &mut Device, network: &Network) -> Result<Vec<Moments>, BackendError> {
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

impl Program {
    fn new(device: &mut Device, shape: Shape, pipeline: impl Fn(&mut Device, &Shape) -> Pipeline) -> Self {
        let table = shape.layers();
        let layers = device.buffer(size_of_val(&table[..]), UNIFORM);
        device.write(&layers, &table);
        let pipeline = pipeline(device, &shape);
        Self { shape, layers, pipeline }
    }
}

impl Trainer {
    fn new(device: &mut Device, network: &Network, config: &Config) -> Option<Self> {
        let outer_update = OuterUpdate::of(config, network);
        let inner = inner_loop_of(config)?;
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
    fn serves(&self, network: &Network, config: &Config, device_limits: network::DeviceLimits) -> bool {
        inner_loop_of(config) == Some(self.inner)
            && self.program.shape == self.inner.shape(network, config.inner.batch, device_limits)
            && self.outer_update == OuterUpdate::of(config, network)
            && self.outer.is_none() == (config.outer.meta_batch == 1)
    }
}

/// The inner loop of a Config, if it has meta-training.
fn inner_loop_of(config: &Config) -> Option<InnerLoop> {
    let outcome = Outcome::of(config.algorithm)?;
    let carries = config.inner.state == InnerState::Carry && config.uses("inner.state");
    Some(InnerLoop { outcome, step: Step::of(&Optimizer::of(&config.inner)), carries })
}

/// Meta-iterations that come to their end.
fn whole(batches: &MetaBatches) -> u64 {
    if batches.tasks.end == batches.meta_batch { batches.len() as u64 } else { 0 }
}

/// Inner steps of one task: joint training has none.
fn steps_of(batches: &MetaBatches) -> usize {
    batches.parts_of_task().0 / batches.batch
}

/// What one dispatch and one submit of training may hold.
fn train_limits(shape: &Shape, outcome: Outcome, vectors: usize, points_of_task: usize) -> Limits {
    let bytes_of_points = points_of_task * size_of::<[f32; 2]>();
    let by_work = tasks_by_work(training_work(shape, outcome, points_of_task));
    let tasks_of_submit = (TRANSFER / bytes_of_points.max(1)).min(by_work).max(1);
    let tasks = tasks_of_submit.min(scratch_limit(shape, vectors));
    Limits { tasks, tasks_of_submit, dispatches: DISPATCHES }
}

/// The most tasks of one dispatch of adaptations.
fn adaptation_limit(shape: &Shape, vectors: usize, adaptations: &Adaptations) -> usize {
    let parameters = shape.network.parameters();
    let predictions = adaptations.record.len() * adaptations.query.len();
    let steps = adaptations.record.last().copied().unwrap_or(0);
    // A prediction is a third of a step.
    let by_work = tasks_by_work(work(parameters) * (steps * adaptations.shots + predictions / 3) as u64);
    let by_transfer = TRANSFER / (predictions * size_of::<f32>()).max(adaptations.shots * size_of::<[f32; 2]>()).max(1);
    scratch_limit(shape, vectors).min(by_work).min(by_transfer).max(1)
}

/// Refuses what some devices would leave unfinished in silence.
fn refuse_beyond(most: usize, loop_iterations: usize) -> Result<(), BackendError> {
    if loop_iterations <= most {
        return Ok(());
    }
    let detail =
        format!("a shader makes {loop_iterations} loop_iterations of its loops where the device makes {most} at most");
    Err(BackendError::Refused { detail })
}

/// The most tasks whose units fit, and so many vectors as long as φ.
fn scratch_limit(shape: &Shape, vectors: usize) -> usize {
    let bytes = (vectors * shape.bytes_of_phi()).max(shape.stored_bytes_of_units());
    (SCRATCH / bytes).clamp(1, WORKGROUPS)
}

/// Floating-point operations of one gradient step at one point: a multiplication and an addition for each parameter,
/// forward, backward and for the gradient.
fn work(parameters: usize) -> u64 {
    6 * parameters as u64
}

/// Floating-point operations of the training on so many points.
fn training_work(shape: &Shape, outcome: Outcome, points: usize) -> u64 {
    // A product with the Hessian is three steps.
    let passes = if outcome == Outcome::MetaGradient { 4 } else { 1 };
    passes * work(shape.network.parameters()) * points as u64
}

/// The most tasks of a submit, given the arithmetic of one.
fn tasks_by_work(of_task: u64) -> usize {
    usize::try_from(WORK / of_task.max(1)).unwrap_or(usize::MAX)
}

fn tasks_of(submit: &[Part]) -> usize {
    submit.iter().map(|part| part.tasks.len()).sum()
}

fn interleave(x: &[f32], y: &[f32]) -> Vec<[f32; 2]> {
    x.iter().zip(y).map(|(&x, &y)| [x, y]).collect()
}

/// The uniforms of one dispatch, or of one task in a row, whose points begin at a place of theirs.
fn dispatch_of(part: &Part, batches: &MetaBatches, first_point: usize) -> DispatchParameters {
    let rate = batches.rates[part.iteration];
    let first_task = batches.tasks.start + part.tasks.start;
    DispatchParameters {
        optimizer: OptimizerParameters::of(&batches.optimizer, 0),
        first_point: first_point as u32,
        steps: steps_of(batches) as u32,
        batch: batches.batch as u32,
        tasks: part.tasks.len() as u32,
        is_first: u32::from(first_task == 0),
        is_last: u32::from(batches.tasks.start + part.tasks.end == batches.meta_batch),
        meta_batch: batches.meta_batch as f32,
        step_size: rate.step_size,
        first_correction: rate.first_correction,
        second_correction: rate.second_correction,
        points_of_task: batches.points_of_task() as u32,
        first_task: first_task as u32,
    }
}

/// The uniforms of a submit's dispatches, one every `stride` bytes.
fn waves_of(submit: &[Part], batches: &MetaBatches, stride: usize) -> Vec<u8> {
    let mut bytes = vec![0; submit.len() * stride];
    let mut tasks_before = 0;
    for (part, slot) in submit.iter().zip(bytes.chunks_exact_mut(stride)) {
        let dispatch = dispatch_of(part, batches, tasks_before * batches.points_of_task());
        slot[..size_of::<DispatchParameters>()].copy_from_slice(bytemuck::bytes_of(&dispatch));
        tasks_before += part.tasks.len();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::preset::Preset;
    use crate::domain::evaluation::HeldOut;

    /// The most tasks of a dispatch, for the adaptations of a Config's held-out tasks with so many tasks.
    fn limit(config: &Config, tasks: usize, device_limits: network::DeviceLimits) -> usize {
        let adaptations = HeldOut::new(config, tasks).adaptations(0..tasks);
        let shape = Shape::new(&Network::new(&config.model), adaptations.shots, adaptations.query.len(), device_limits);
        adaptation_limit(&shape, 1, &adaptations)
    }

    #[test]
    fn the_evaluation_protocol_is_one_dispatch() {
        for preset in [Preset::Paper, Preset::Fast, Preset::Fine] {
            let config = preset.config();
            assert_eq!((config.eval.tasks, config.eval.steps, config.tasks.grid), (1000, 32, 50));
            for device_limits in
                [network::DeviceLimits::DEFAULT, network::DeviceLimits::SWIFTSHADER, network::DeviceLimits::SOFTWARE]
            {
                assert!(limit(&config, 1000, device_limits) >= 1000, "{device_limits:?}");
            }
        }
    }

    #[test]
    fn a_grid_of_tasks_is_one_dispatch() {
        // A map of 32 amplitudes by 32 phases, after each reported step.
        let config = Preset::Paper.config();
        assert!(limit(&config, 32 * 32, network::DeviceLimits::DEFAULT) >= 32 * 32);
    }

    #[test]
    fn hundreds_of_meta_iterations_are_one_submit() {
        let config = Preset::Paper.config();
        let inner = inner_loop_of(&config).expect("Reptile has an inner loop");
        let shape = inner.shape(&Network::new(&config.model), config.inner.batch, network::DeviceLimits::DEFAULT);
        for (meta_batch, meta_iterations) in [(1, DISPATCHES), (16, DISPATCHES), (100, 100)] {
            let limits = train_limits(&shape, inner.outcome, 1, config.inner.steps * config.inner.batch);
            let submits = plan::plan(meta_iterations, meta_batch, limits);
            assert_eq!(submits.len(), 1, "n = {meta_batch}");
            assert!(submits[0].iter().all(|part| part.tasks.len() == meta_batch));
        }
    }
}

//! Compute shaders through wgpu: WebGPU in the browser, Vulkan, Metal or DirectX 12 natively.
//!
//! A task is one workgroup, which makes all steps of the inner loop in one dispatch; the outer update is a second,
//! small dispatch. As many meta-iterations as the limits allow go into one submit, and nothing is read back before
//! someone asks. Every shader lies beside the Rust that binds it.

use super::{Backend, BackendError, Kind, Pending};
use crate::domain::adaptation::Adaptations;
use crate::domain::config::{Config, OuterOptimizer};
use crate::domain::network::Network;
use crate::domain::outer::{Learner, Moments};
use crate::domain::reptile::MetaBatches;
use adapt::Adaptation;
use device::{Bound, Device, Pipeline};
use inner_loop::Wave;
use network::{BLOCK, Room, Shape, VECTOR_BYTES};
use plan::{Limits, Part};

pub mod adapt;
pub mod device;
pub mod inner_loop;
pub mod network;
pub mod outer_update;
pub mod plan;

/// Bytes of a submit's points, and of a dispatch's predictions.
const TRANSFER: usize = 16 << 20;
/// Bytes of all φ of a dispatch, and of all its units where they need storage.
const SCRATCH: usize = 64 << 20;
/// Arithmetic of a submit: systems reset a GPU that does not answer for some seconds.
const WORK: u64 = 16_000_000_000;
/// Dispatches of a submit.
const DISPATCHES: usize = 256;
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
    inner: Program,
    outer: Outer,
    /// Adaptation shaders, the latest first.
    adapt: Vec<Program>,
    buffers: Buffers,
}

/// The learner, packed as [`Shape::pack`] does.
struct State {
    theta: wgpu::Buffer,
    moments: Option<DeviceMoments>,
    iteration: u64,
}

/// Adam's moments.
struct DeviceMoments {
    first: wgpu::Buffer,
    second: wgpu::Buffer,
    updates: u64,
}

/// The inner loop or the adaptations of one shape.
struct Program {
    shape: Shape,
    layers: wgpu::Buffer,
    pipeline: Pipeline,
}

/// The outer update of one optimizer.
struct Outer {
    optimizer: OuterOptimizer,
    pipeline: Pipeline,
}

/// Buffers that grow with what is asked for.
#[derive(Default)]
struct Buffers {
    phis: Option<wgpu::Buffer>,
    units: Option<wgpu::Buffer>,
    sums: Option<wgpu::Buffer>,
    points: Option<wgpu::Buffer>,
    waves: Option<wgpu::Buffer>,
    start: Option<wgpu::Buffer>,
    adaptation: Option<wgpu::Buffer>,
    record: Option<wgpu::Buffer>,
    query: Option<wgpu::Buffer>,
    predictions: Option<wgpu::Buffer>,
}

impl Gpu {
    /// Opens the adapter that the system or browser prefers, and goes on from `learner`.
    ///
    /// # Errors
    /// There is no adapter, or it refuses the device or its shaders.
    pub async fn new(config: &Config, learner: &Learner) -> Result<Self, BackendError> {
        Self::on(Device::open().await?, config, learner).await
    }

    /// On a device that is open already; compiles the shaders.
    ///
    /// # Errors
    /// The device refuses the shaders, or is lost.
    pub async fn on(mut device: Device, config: &Config, learner: &Learner) -> Result<Self, BackendError> {
        let network = Network::new(&config.model);
        let state = State::new(&mut device, &network, config.outer.optimizer, learner)?;
        let shape = inner_shape(&network, config, device.room());
        let inner = Program::new(&mut device, shape, inner_loop::pipeline);
        let outer = Outer::new(&mut device, config.outer.optimizer);
        device.settle().await?;
        Ok(Self { device, network, state, inner, outer, adapt: vec![], buffers: Buffers::default() })
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

    async fn run(&mut self, batches: &MetaBatches) -> Result<(), BackendError> {
        let Self { device, buffers, inner, outer: Outer { pipeline: outer, .. }, state, .. } = self;
        if batches.is_empty() {
            return device.check();
        }
        let shape = &inner.shape;
        let of_task = batches.points_of_task();
        let limits = train_limits(shape, of_task);
        let submits = plan::plan(batches.len(), batches.tasks.len(), limits);
        let tasks = batches.tasks.len().min(limits.tasks);
        let most_tasks = submits.iter().map(|submit| tasks_of(submit)).max().unwrap_or(0);
        let most_parts = submits.iter().map(Vec::len).max().unwrap_or(0);
        let stride = size_of::<Wave>().next_multiple_of(device.alignment());
        let phis = device.reserve(&mut buffers.phis, tasks * shape.phi_vectors() * VECTOR_BYTES, RESULT);
        let units = device.reserve(&mut buffers.units, tasks * shape.bytes_of_units(), STORAGE);
        let sums = device.reserve(&mut buffers.sums, shape.phi_vectors() * VECTOR_BYTES, STORAGE);
        let points = device.reserve(&mut buffers.points, most_tasks * of_task * size_of::<[f32; 2]>(), STORAGE);
        let waves = device.reserve(&mut buffers.waves, most_parts * stride, UNIFORM);
        device.settle().await?;
        let window = Bound::Window(waves, size_of::<Wave>() as u64);
        let bound = [&state.theta, phis, units, points, &inner.layers].map(Bound::Whole);
        let inner_group = device.bind(&inner.pipeline, &[&bound[..], &[window]].concat());
        let mut bound = [&state.theta, phis, sums].map(Bound::Whole).to_vec();
        bound.push(window);
        if let Some(moments) = &state.moments {
            bound.extend([&moments.first, &moments.second].map(Bound::Whole));
        }
        let outer_group = device.bind(outer, &bound);
        let outer_workgroups = (shape.phi_vectors() * BLOCK).div_ceil(outer_update::INVOCATIONS) as u32;
        for submit in &submits {
            let first_task = submit[0].iteration * batches.tasks.len() + submit[0].tasks.start;
            let range = first_task * of_task..(first_task + tasks_of(submit)) * of_task;
            device.write(points, &interleave(&batches.points.x[range.clone()], &batches.points.y[range]));
            device.write(waves, &waves_of(submit, batches, stride));
            device.submit(|encoder| {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                for (part, offset) in submit.iter().zip((0..).step_by(stride)) {
                    pass.set_pipeline(&inner.pipeline.pipeline);
                    pass.set_bind_group(0, &inner_group, &[offset]);
                    pass.dispatch_workgroups(part.tasks.len() as u32, 1, 1);
                    pass.set_pipeline(&outer.pipeline);
                    pass.set_bind_group(0, &outer_group, &[offset]);
                    pass.dispatch_workgroups(outer_workgroups, 1, 1);
                }
            });
        }
        device.done().await?;
        if batches.tasks.end == batches.meta_batch {
            state.iteration += batches.len() as u64;
            if let Some(moments) = &mut state.moments {
                moments.updates += batches.len() as u64;
            }
        }
        Ok(())
    }

    async fn download(&mut self) -> Result<Learner, BackendError> {
        let Self { device, network, state, .. } = self;
        device.settle().await?;
        let mut buffers = vec![&state.theta];
        if let Some(moments) = &state.moments {
            buffers.extend([&moments.first, &moments.second]);
        }
        let packed = device.read(&buffers, network::phi_vectors(network) * BLOCK).await?;
        let mut flat = packed.iter().map(|packed| Shape::unpack(network, packed));
        let mut next = || flat.next().unwrap_or_default();
        let theta = next();
        let moments = state.moments.as_ref();
        let moments = moments.map(|moments| Moments { first: next(), second: next(), updates: moments.updates });
        Ok(Learner { theta, iteration: state.iteration, moments })
    }

    async fn predict(&mut self, theta: Option<&[f32]>, adaptations: &Adaptations) -> Result<Vec<f32>, BackendError> {
        let kept = self.adaptation_pipeline(adaptations);
        let Self { device, buffers, state, network, adapt, .. } = self;
        let Program { shape, layers, pipeline } = &adapt[kept];
        let of_task = adaptations.record.len() * adaptations.query.len();
        if of_task == 0 {
            return Ok(vec![]);
        }
        let tasks = adaptations.tasks();
        let most = tasks.min(adaptation_limit(shape, adaptations));
        let phi_bytes = shape.phi_vectors() * VECTOR_BYTES;
        let phis = device.reserve(&mut buffers.phis, most * phi_bytes, RESULT);
        let units = device.reserve(&mut buffers.units, most * shape.bytes_of_units(), STORAGE);
        let points_bytes = most * adaptations.shots * size_of::<[f32; 2]>();
        let points = device.reserve(&mut buffers.points, points_bytes.max(size_of::<[f32; 2]>()), STORAGE);
        let uniform = device.reserve(&mut buffers.adaptation, size_of::<Adaptation>(), UNIFORM);
        let record = device.reserve(&mut buffers.record, adaptations.record.len() * size_of::<u32>(), STORAGE);
        let query = device.reserve(&mut buffers.query, adaptations.query.len() * size_of::<f32>(), STORAGE);
        let predictions = device.reserve(&mut buffers.predictions, most * of_task * size_of::<f32>(), RESULT);
        let start = match theta {
            None => &state.theta,
            Some(_) => device.reserve(&mut buffers.start, phi_bytes, STORAGE),
        };
        device.settle().await?;
        if let Some(theta) = theta {
            device.write(start, &Shape::pack(network, theta));
        }
        let steps: Vec<u32> = adaptations.record.iter().map(|&step| step as u32).collect();
        device.write(record, &steps);
        device.write(query, &adaptations.query);
        let numbers = Adaptation {
            shots: adaptations.shots as u32,
            queries: adaptations.query.len() as u32,
            records: adaptations.record.len() as u32,
            learning_rate: adaptations.learning_rate,
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
            device.submit(|encoder| {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                pass.set_pipeline(&pipeline.pipeline);
                pass.set_bind_group(0, &group, &[]);
                pass.dispatch_workgroups(count as u32, 1, 1);
            });
            result.extend(device.read(&[predictions], count * of_task).await?.concat());
        }
        Ok(result)
    }

    /// The place of the pipeline for some adaptations among those kept.
    fn adaptation_pipeline(&mut self, adaptations: &Adaptations) -> usize {
        let shape = Shape::new(&self.network, adaptations.shots, adaptations.query.len(), self.device.room());
        if let Some(kept) = self.adapt.iter().position(|program| program.shape == shape) {
            return kept;
        }
        self.adapt.insert(0, Program::new(&mut self.device, shape, adapt::pipeline));
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

    fn load(&mut self, config: &Config, learner: &Learner) -> Result<(), BackendError> {
        self.device.check()?;
        let network = Network::new(&config.model);
        self.state = State::new(&mut self.device, &network, config.outer.optimizer, learner)?;
        if self.network != network {
            self.adapt.clear();
        }
        let shape = inner_shape(&network, config, self.device.room());
        if self.inner.shape != shape {
            self.inner = Program::new(&mut self.device, shape, inner_loop::pipeline);
        }
        self.network = network;
        if self.outer.optimizer != config.outer.optimizer {
            self.outer = Outer::new(&mut self.device, config.outer.optimizer);
        }
        Ok(())
    }

    fn train<'a>(&'a mut self, batches: &'a MetaBatches) -> Pending<'a, ()> {
        Box::pin(self.run(batches))
    }

    fn learner(&mut self) -> Pending<'_, Learner> {
        Box::pin(self.download())
    }

    fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>> {
        Box::pin(self.predict(theta, adaptations))
    }
}

impl State {
    fn new(
        device: &mut Device,
        network: &Network,
        optimizer: OuterOptimizer,
        learner: &Learner,
    ) -> Result<Self, BackendError> {
        if learner.theta.len() != network.parameters() {
            let (found, needed) = (learner.theta.len(), network.parameters());
            return Err(BackendError::Refused {
                detail: format!("θ has {found} numbers where the network has {needed} parameters"),
            });
        }
        let mut learner = learner.clone();
        learner.prepare(optimizer);
        let mut upload = |flat: &[f32]| {
            let packed = Shape::pack(network, flat);
            let buffer = device.buffer(size_of_val(&packed[..]), RESULT);
            device.write(&buffer, &packed);
            buffer
        };
        let theta = upload(&learner.theta);
        let moments = learner.moments.map(|moments| DeviceMoments {
            first: upload(&moments.first),
            second: upload(&moments.second),
            updates: moments.updates,
        });
        Ok(Self { theta, moments, iteration: learner.iteration })
    }
}

impl Program {
    fn new(device: &mut Device, shape: Shape, pipeline: fn(&mut Device, &Shape) -> Pipeline) -> Self {
        let table = shape.layers();
        let layers = device.buffer(size_of_val(&table[..]), UNIFORM);
        device.write(&layers, &table);
        let pipeline = pipeline(device, &shape);
        Self { shape, layers, pipeline }
    }
}

impl Outer {
    fn new(device: &mut Device, optimizer: OuterOptimizer) -> Self {
        Self { optimizer, pipeline: outer_update::pipeline(device, optimizer) }
    }
}

/// The shape of a Config's inner loop.
fn inner_shape(network: &Network, config: &Config, room: Room) -> Shape {
    Shape::new(network, config.inner.batch, config.inner.batch, room)
}

/// What one dispatch and one submit of training may hold.
fn train_limits(shape: &Shape, points_of_task: usize) -> Limits {
    let parameters = shape.network.parameters();
    let bytes_of_points = points_of_task * size_of::<[f32; 2]>();
    let by_work = tasks_by_work(work(parameters) * points_of_task as u64);
    let tasks_of_submit = (TRANSFER / bytes_of_points.max(1)).min(by_work).max(1);
    let tasks = tasks_of_submit.min(scratch_limit(shape));
    Limits { tasks, tasks_of_submit, dispatches: DISPATCHES }
}

/// The most tasks of one dispatch of adaptations.
fn adaptation_limit(shape: &Shape, adaptations: &Adaptations) -> usize {
    let parameters = shape.network.parameters();
    let predictions = adaptations.record.len() * adaptations.query.len();
    let steps = adaptations.record.last().copied().unwrap_or(0);
    // A prediction is a third of a step.
    let by_work = tasks_by_work(work(parameters) * (steps * adaptations.shots + predictions / 3) as u64);
    let by_transfer = TRANSFER / (predictions * size_of::<f32>()).max(adaptations.shots * size_of::<[f32; 2]>()).max(1);
    scratch_limit(shape).min(by_work).min(by_transfer).max(1)
}

/// The most tasks whose φ and units fit.
fn scratch_limit(shape: &Shape) -> usize {
    let bytes = (shape.phi_vectors() * VECTOR_BYTES).max(shape.bytes_of_units());
    (SCRATCH / bytes).clamp(1, WORKGROUPS)
}

/// Floating-point operations of one gradient step at one point: a multiplication and an addition for each parameter,
/// forward, backward and for the gradient.
fn work(parameters: usize) -> u64 {
    6 * parameters as u64
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

/// The uniforms of a submit's dispatches, one every `stride` bytes.
fn waves_of(submit: &[Part], batches: &MetaBatches, stride: usize) -> Vec<u8> {
    let mut bytes = vec![0; submit.len() * stride];
    let mut tasks_before = 0;
    for (part, slot) in submit.iter().zip(bytes.chunks_exact_mut(stride)) {
        let rate = batches.rates[part.iteration];
        let wave = Wave {
            first_point: (tasks_before * batches.points_of_task()) as u32,
            steps: batches.steps as u32,
            batch: batches.batch as u32,
            learning_rate: batches.learning_rate,
            tasks: part.tasks.len() as u32,
            is_first: u32::from(batches.tasks.start + part.tasks.start == 0),
            is_last: u32::from(batches.tasks.start + part.tasks.end == batches.meta_batch),
            meta_batch: batches.meta_batch as f32,
            step_size: rate.step_size,
            first_correction: rate.first_correction,
            second_correction: rate.second_correction,
            padding: 0,
        };
        slot[..size_of::<Wave>()].copy_from_slice(bytemuck::bytes_of(&wave));
        tasks_before += part.tasks.len();
    }
    bytes
}

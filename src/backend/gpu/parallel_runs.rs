//! Runs that differ in numbers only, side by side on one GPU: each is a workgroup of `fused/fused.wgsl`.

use super::Gpu;
use super::deadlines::Deadlines;
use super::device::{Bound, RESULT, STORAGE};
use super::dispatch::{DispatchParameters, interleave, parameters_of, steps_of};
use super::inner_loop::InnerLoop;
use super::limits::{MOST_OPERATIONS, TRANSFER, refuse_beyond, scratch_limit, training_bound};
use super::network::Shape;
use super::outer_update::OuterUpdate;
use super::plan::Part;
use super::program::Program;
use crate::backend::gpu::fused;
use crate::backend::{Backend, BackendError};
use crate::domain::algorithm::Algorithm;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::early_stopping::EarlyStopping;
use crate::domain::network::Network;
use crate::domain::train_state::TrainState;

/// Most operations of one run's meta-iteration, which has one workgroup to itself.
const MOST_OPERATIONS_OF_RUN: u64 = MOST_OPERATIONS / 16;

/// A device with the shader for some runs.
pub struct ParallelRuns {
    gpu: Gpu,
    inner: InnerLoop,
    outer_update: OuterUpdate,
    program: Program,
    /// Inner steps of the run that makes most of them.
    steps: usize,
    /// Runs that fit at once.
    most: usize,
    train_states: Option<wgpu::Buffer>,
    /// The runs' train states as they were last read, with the meta-iterations and updates made since.
    loaded: Vec<TrainState>,
    /// Meta-iterations of them that one dispatch can hold.
    most_meta_iterations: u64,
}

/// What runs must have in common: the network, and everything that is in the shader's text. None for a run whose inner
/// optimizer carries its state from task to task, or that has checks.
fn kind(run: &Config) -> Option<(Network, InnerLoop, OuterUpdate)> {
    let inner = InnerLoop::of(run).filter(|inner| !inner.carries)?;
    if EarlyStopping::default().next_check(run, 0).is_some() {
        return None;
    }
    let network = Network::new(&run.model);
    let outer_update = OuterUpdate::of(run, &network);
    Some((network, inner, outer_update))
}

/// What one meta-iteration takes: of one run, or of several together.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    /// Floating-point operations.
    operations: u64,
    /// Bytes of points.
    bytes: usize,
    /// Dispatch parameters, as many for every run.
    dispatch_parameters: usize,
    /// Iterations of a workgroup's loops.
    loop_iterations: usize,
}

impl Size {
    fn of(run: &Config, inner: InnerLoop, shape: &Shape) -> Self {
        let batches = MetaBatches::draw(run, 0, 0, 0);
        let n = batches.meta_batch;
        let points = n * batches.points_of_task();
        Self {
            operations: training_bound(shape, inner.output, points),
            bytes: points * size_of::<[f32; 2]>(),
            dispatch_parameters: n,
            loop_iterations: n * inner.loop_iterations(shape, steps_of(&batches), batches.batch),
        }
    }

    /// How many such meta-iterations, of so many runs each, one dispatch can hold, apart from the limit on its loops.
    fn fits(self, runs: usize) -> u64 {
        let bytes = self.bytes + runs * self.dispatch_parameters * size_of::<DispatchParameters>();
        (MOST_OPERATIONS / self.operations.max(1)).min((TRANSFER / bytes.max(1)) as u64)
    }
}

/// Whether runs can go side by side.
#[must_use]
pub fn fit(runs: &[Config]) -> bool {
    let mut kinds = runs.iter().map(kind);
    kinds.next().flatten().is_some_and(|first| kinds.all(|kind| kind.as_ref() == Some(&first)))
}

impl ParallelRuns {
    /// Opens the adapter that the system or browser prefers, and compiles the shader for runs that [`fit`]; a software
    /// adapter will do where `software` says so.
    ///
    /// # Errors
    /// There is no such adapter, or it refuses the device or its shaders, or does not answer within these deadlines.
    pub async fn open(runs: &[Config], software: bool, deadlines: &Deadlines) -> Result<Self, BackendError> {
        let refused = |detail: &str| BackendError::Refused { detail: detail.to_owned() };
        let first = runs.first().ok_or_else(|| refused("no runs"))?;
        let (network, inner, outer_update) = kind(first).ok_or_else(|| refused("runs that do not go side by side"))?;
        // Tasks of one meta-iteration come one after the other: what they bring is added up there.
        let adds_up = runs.iter().any(|run| run.outer.meta_batch > 1);
        let outer_update = OuterUpdate { keeps_gradient: adds_up || outer_update.keeps_gradient, ..outer_update };
        let nothing = TrainState::new(vec![0.0; network.parameters()]);
        let untrained = Config { algorithm: Algorithm::None, ..first.clone() };
        let mut gpu = Gpu::open(&untrained, &nothing, software, deadlines).await?;
        let batch = runs.iter().map(|run| run.inner.batch).max().unwrap_or(1);
        let steps = runs.iter().map(|run| run.inner.steps).max().unwrap_or(1);
        let shape = inner.shape(&network, batch, gpu.device.device_limits());
        let program =
            Program::new(&mut gpu.device, shape, |device, shape| fused::pipeline(device, shape, inner, &outer_update));
        gpu.device.settle().await?;
        let vectors = inner.vectors(steps).max(outer_update.vectors());
        let mut most = scratch_limit(&program.shape, vectors);
        for run in runs {
            let size = Size::of(run, inner, &program.shape);
            refuse_beyond(gpu.device.device_limits().loop_iterations, size.loop_iterations)?;
            if size.operations > MOST_OPERATIONS_OF_RUN || size.fits(1) == 0 {
                return Err(refused("a meta-iteration of a run is too long for one workgroup"));
            }
            most = most.min(usize::try_from(size.fits(1)).unwrap_or(usize::MAX));
        }
        Ok(Self {
            gpu,
            inner,
            outer_update,
            program,
            steps,
            most,
            train_states: None,
            loaded: vec![],
            most_meta_iterations: 1,
        })
    }

    /// The device, in words.
    #[must_use]
    pub fn adapter(&self) -> &str {
        self.gpu.device.name()
    }

    /// Runs that fit at once.
    #[must_use]
    pub fn most(&self) -> usize {
        self.most
    }

    /// Goes on with these runs from their train states. At most [`ParallelRuns::most`] go at once.
    ///
    /// # Errors
    /// The device is lost, or has no memory for them.
    pub async fn load(&mut self, runs: &[(&Config, &TrainState)]) -> Result<(), BackendError> {
        self.most_meta_iterations = self.most_at_once(runs.iter().map(|(config, _)| *config));
        let Self { gpu, outer_update, train_states, loaded, .. } = self;
        loaded.clear();
        let mut packed = vec![];
        for (config, train_state) in runs {
            let mut train_state = (*train_state).clone();
            train_state.prepare(*config);
            packed.extend(outer_update.pack(&gpu.network, &train_state));
            loaded.push(train_state);
        }
        let buffer = gpu.device.reserve(train_states, size_of_val(&packed[..]), RESULT);
        gpu.device.settle().await?;
        gpu.device.write(buffer, &packed);
        Ok(())
    }

    /// The train states of the runs as they are now.
    ///
    /// # Errors
    /// The device is lost.
    pub async fn train_states(&mut self) -> Result<Vec<TrainState>, BackendError> {
        let Self { gpu, outer_update, train_states: Some(buffer), loaded, .. } = self else { return Ok(vec![]) };
        let size = outer_update.vectors() * outer_update.parameters;
        let packed = gpu.device.read::<f32>(buffer, loaded.len() * size).await?;
        for (train_state, packed) in loaded.iter_mut().zip(packed.chunks_exact(size)) {
            let updates = train_state.updates();
            (train_state.theta, train_state.moments, _) = outer_update.unpack(&gpu.network, packed, updates);
        }
        Ok(loaded.clone())
    }

    /// The device as a backend of its own, to measure what the runs have come to.
    pub fn backend(&mut self) -> &mut dyn Backend {
        &mut self.gpu
    }

    /// Meta-iterations of the loaded runs that one dispatch can hold.
    #[must_use]
    pub fn most_meta_iterations(&self) -> u64 {
        self.most_meta_iterations
    }

    fn most_at_once<'a>(&self, runs: impl ExactSizeIterator<Item = &'a Config>) -> u64 {
        let count = runs.len();
        let of_all = runs.map(|config| Size::of(config, self.inner, &self.program.shape));
        let of_all = of_all.fold(Size::default(), |all, one| Size {
            operations: all.operations + one.operations,
            bytes: all.bytes + one.bytes,
            dispatch_parameters: all.dispatch_parameters.max(one.dispatch_parameters),
            loop_iterations: all.loop_iterations.max(one.loop_iterations),
        });
        let loop_iterations = self.gpu.device.device_limits().loop_iterations / of_all.loop_iterations.max(1);
        of_all.fits(count).min(loop_iterations as u64).max(1)
    }

    /// Makes the meta-iterations of every run: some may have fewer than others.
    ///
    /// # Errors
    /// The device is lost, or has no memory for them.
    pub async fn train(&mut self, batches: &[MetaBatches]) -> Result<(), BackendError> {
        self.dispatch(batches).await?;
        for (train_state, batches) in self.loaded.iter_mut().zip(batches) {
            train_state.iteration += batches.len() as u64;
            train_state.moments.iter_mut().for_each(|moments| moments.updates += batches.len() as u64);
        }
        Ok(())
    }

    async fn dispatch(&mut self, batches: &[MetaBatches]) -> Result<(), BackendError> {
        let Self { gpu: Gpu { device, buffers, .. }, inner, program, steps, train_states: Some(train_states), .. } =
            self
        else {
            return Ok(());
        };
        let entries = batches.iter().map(|batches| batches.len() * batches.meta_batch).max().unwrap_or(0);
        let mut dispatch_parameters = vec![DispatchParameters::default(); batches.len() * entries];
        let mut drawn = vec![];
        for (batches, dispatch_parameters) in batches.iter().zip(dispatch_parameters.chunks_exact_mut(entries)) {
            let n = batches.meta_batch;
            for (number, dispatch) in (0..batches.len() * n).zip(dispatch_parameters) {
                let part = Part { iteration: number / n, tasks: number % n..number % n + 1 };
                *dispatch = parameters_of(&part, batches, drawn.len() + number * batches.points_of_task());
            }
            drawn.extend(interleave(&batches.points().x, &batches.points().y));
        }
        let shape = &program.shape;
        let bytes_of_phis = batches.len() * inner.vectors(*steps) * shape.bytes_of_phi();
        let phis = device.reserve(&mut buffers.phis, bytes_of_phis, RESULT);
        let units = device.reserve(&mut buffers.units, batches.len() * shape.stored_bytes_of_units(), STORAGE);
        let points = device.reserve(&mut buffers.points, size_of_val(&drawn[..]), STORAGE);
        let bytes_of_parameters = size_of_val(&dispatch_parameters[..]);
        let dispatch_buffer = device.reserve(&mut buffers.dispatch_parameters, bytes_of_parameters, STORAGE);
        device.settle().await?;
        device.write(points, &drawn);
        device.write(dispatch_buffer, &dispatch_parameters);
        let bound = [train_states, phis, units, points, &program.layers].map(Bound::Whole);
        let window = Bound::Window(dispatch_buffer, bytes_of_parameters as u64);
        let group = device.bind(&program.pipeline, &[&bound[..], &[window]].concat());
        device.compute(|pass| {
            pass.set_pipeline(&program.pipeline.pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(batches.len() as u32, 1, 1);
        });
        device.wait_for_all_but(0).await
    }
}

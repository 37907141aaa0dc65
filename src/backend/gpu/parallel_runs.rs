//! Runs that differ in numbers only, side by side on one GPU: each is a workgroup of `fused/fused.wgsl`.

use super::Gpu;
use super::device::{Bound, RESULT, STORAGE};
use super::dispatch::{DispatchParameters, interleave, parameters_of, steps_of};
use super::inner_loop::InnerLoop;
use super::limits::{TRANSFER, WORK, refuse_beyond, scratch_limit, training_work};
use super::network::Shape;
use super::outer_update::OuterUpdate;
use super::plan::Part;
use super::program::Program;
use crate::backend::BackendError;
use crate::backend::gpu::fused;
use crate::backend::segment::{self, RunSegment};
use crate::backend::select::Clock;
use crate::domain::algorithm::Algorithm;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::early_stopping::EarlyStopping;
use crate::domain::network::Network;
use crate::domain::train_state::TrainState;

/// A dispatch is to take so many milliseconds: whoever else needs the GPU waits no longer for it.
const DISPATCH: f64 = 20.0;
/// Most arithmetic of one run's meta-iteration, which has one workgroup to itself.
const WORK_OF_RUN: u64 = WORK / 16;

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
}

/// What runs must have in common: the network, and everything that is in the shader's text. None of a run that leaves
/// something from task to task, or goes by checks on its way.
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
    arithmetic: u64,
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
            arithmetic: training_work(shape, inner.outcome, points),
            bytes: points * size_of::<[f32; 2]>(),
            dispatch_parameters: n,
            loop_iterations: n * inner.loop_iterations(shape, steps_of(&batches), batches.batch),
        }
    }

    /// How many such meta-iterations, of so many runs each, one dispatch can hold, apart from the limit on its loops.
    fn fits(self, runs: usize) -> u64 {
        let bytes = self.bytes + runs * self.dispatch_parameters * size_of::<DispatchParameters>();
        (WORK / self.arithmetic.max(1)).min((TRANSFER / bytes.max(1)) as u64)
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
    /// There is no such adapter, or it refuses the device or its shaders.
    pub async fn open(runs: &[Config], software: bool) -> Result<Self, BackendError> {
        let refused = |detail: &str| BackendError::Refused { detail: detail.to_owned() };
        let first = runs.first().ok_or_else(|| refused("no runs"))?;
        let (network, inner, outer_update) = kind(first).ok_or_else(|| refused("runs that do not go side by side"))?;
        // Tasks of one meta-iteration come one after the other: what they bring is added up there.
        let adds_up = runs.iter().any(|run| run.outer.meta_batch > 1);
        let outer_update = OuterUpdate { keeps_gradient: adds_up || outer_update.keeps_gradient, ..outer_update };
        let nothing = TrainState::new(vec![0.0; network.parameters()]);
        let untrained = Config { algorithm: Algorithm::None, ..first.clone() };
        let mut gpu = Gpu::open(&untrained, &nothing, software).await?;
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
            if size.arithmetic > WORK_OF_RUN || size.fits(1) == 0 {
                return Err(refused("a meta-iteration of a run is too long for one workgroup"));
            }
            most = most.min(usize::try_from(size.fits(1)).unwrap_or(usize::MAX));
        }
        Ok(Self { gpu, inner, outer_update, program, steps, most, train_states: None })
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

    /// Makes segments of runs side by side, until all are at their end or the shortest time limit has passed: the train
    /// state of each, and the seconds that were the part of each. At most [`ParallelRuns::most`] go at once.
    ///
    /// # Errors
    /// The device is lost, or has no memory for them.
    pub async fn train(&mut self, segments: &[RunSegment], now: Clock) -> Result<(Vec<TrainState>, f64), BackendError> {
        let begun = now();
        let time_limit = segments.iter().map(|segment| segment.time_limit).fold(f64::INFINITY, f64::min);
        let mut train_states: Vec<TrainState> = segments.iter().map(|segment| segment.train_state.clone()).collect();
        self.upload(segments, &mut train_states).await?;
        let most = self.most_meta_iterations(segments);
        let mut count = 1;
        loop {
            let batches: Vec<MetaBatches> = segments
                .iter()
                .zip(&train_states)
                .map(|(RunSegment { config, until, .. }, train_state)| {
                    let updates = train_state.updates();
                    let left = until.saturating_sub(train_state.iteration);
                    MetaBatches::draw(config, train_state.iteration, updates, left.min(count))
                })
                .collect();
            if batches.iter().all(MetaBatches::is_empty) {
                break;
            }
            let sent = now();
            self.advance(&batches).await?;
            count = if now() - sent < DISPATCH { 2 * count } else { count / 2 }.clamp(1, most);
            for (train_state, batches) in train_states.iter_mut().zip(&batches) {
                train_state.iteration += batches.len() as u64;
                train_state.moments.iter_mut().for_each(|moments| moments.updates += batches.len() as u64);
            }
            // Once at least, so that no time limit is too short for any progress.
            if now() - begun >= time_limit {
                break;
            }
        }
        self.download(&mut train_states).await?;
        let seconds = (now() - begun) / 1000.0 / segments.len().max(1) as f64;
        Ok((train_states, seconds))
    }

    /// The outcome of a segment that has ended at a train state.
    ///
    /// # Errors
    /// The device is lost, or has no memory for the measurement.
    pub async fn measure(
        &mut self,
        segment: &RunSegment,
        train_state: TrainState,
        seconds: f64,
    ) -> Result<segment::SegmentOutcome, BackendError> {
        segment.outcome(train_state, seconds, &mut self.gpu).await
    }

    async fn upload(&mut self, segments: &[RunSegment], train_states: &mut [TrainState]) -> Result<(), BackendError> {
        let Self { gpu, outer_update, train_states: buffer, .. } = self;
        let mut packed = vec![];
        for (segment, train_state) in segments.iter().zip(train_states) {
            train_state.prepare(&segment.config);
            packed.extend(outer_update.pack(&gpu.network, train_state));
        }
        let buffer = gpu.device.reserve(buffer, size_of_val(&packed[..]), RESULT);
        gpu.device.settle().await?;
        gpu.device.write(buffer, &packed);
        Ok(())
    }

    async fn download(&mut self, train_states: &mut [TrainState]) -> Result<(), BackendError> {
        let Self { gpu, outer_update, train_states: Some(buffer), .. } = self else { return Ok(()) };
        let size = outer_update.vectors() * outer_update.parameters;
        let packed = gpu.device.read::<f32>(buffer, train_states.len() * size).await?;
        for (train_state, packed) in train_states.iter_mut().zip(packed.chunks_exact(size)) {
            let updates = train_state.updates();
            (train_state.theta, train_state.moments, _) = outer_update.unpack(&gpu.network, packed, updates);
        }
        Ok(())
    }

    /// Meta-iterations that one dispatch can hold.
    fn most_meta_iterations(&self, segments: &[RunSegment]) -> u64 {
        let of_all = segments.iter().map(|segment| Size::of(&segment.config, self.inner, &self.program.shape));
        let of_all = of_all.fold(Size::default(), |all, one| Size {
            arithmetic: all.arithmetic + one.arithmetic,
            bytes: all.bytes + one.bytes,
            dispatch_parameters: all.dispatch_parameters.max(one.dispatch_parameters),
            loop_iterations: all.loop_iterations.max(one.loop_iterations),
        });
        let loop_iterations = self.gpu.device.device_limits().loop_iterations / of_all.loop_iterations.max(1);
        of_all.fits(segments.len()).min(loop_iterations as u64).max(1)
    }

    /// Makes the meta-iterations of every run: some may have fewer than others.
    async fn advance(&mut self, batches: &[MetaBatches]) -> Result<(), BackendError> {
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

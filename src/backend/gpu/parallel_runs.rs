//! Runs that differ in numbers only, side by side on one GPU: each is a workgroup of `serial.wgsl`.

use super::device::Bound;
use super::inner_loop::{InnerLoop, Wave};
use super::network::Shape;
use super::outer_update::Move;
use super::plan::Part;
use crate::backend::gpu::fused;
use super::{Gpu, Program, RESULT, STORAGE, TRANSFER, WORK, inner_loop_of, interleave, refuse_beyond, scratch_limit, steps_of, training_work, wave_of};
use crate::backend::BackendError;
use crate::backend::select::Clock;
use crate::backend::segment::{self, Stretch};
use crate::domain::config::{Algorithm, Config};
use crate::domain::early_stopping::Course;
use crate::domain::network::Network;
use crate::domain::outer_optimizer::Learner;
use crate::domain::reptile::MetaBatches;

/// A dispatch is to take so many milliseconds: whoever else needs the GPU waits no longer for it.
const DISPATCH: f64 = 20.0;
/// Most arithmetic of one run's meta-iteration, which has one workgroup to itself.
const WORK_OF_RUN: u64 = WORK / 16;

/// A device with the shader for some runs.
pub struct Runs {
    gpu: Gpu,
    inner: InnerLoop,
    movement: Move,
    program: Program,
    /// Inner steps of the run that makes most of them.
    steps: usize,
    /// Runs that fit at once.
    most: usize,
    learners: Option<wgpu::Buffer>,
}

/// What runs must have in common: the network, and everything that is in the shader's text. None of a run that leaves
/// something from task to task, or goes by checks on its way.
fn kind(run: &Config) -> Option<(Network, InnerLoop, Move)> {
    let inner = inner_loop_of(run).filter(|inner| !inner.carries)?;
    if Course::default().next_check(run, 0).is_some() {
        return None;
    }
    let network = Network::new(&run.model);
    let movement = Move::of(run, &network);
    Some((network, inner, movement))
}

/// What one meta-iteration takes: of one run, or of several together.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    /// Floating-point operations.
    arithmetic: u64,
    /// Bytes of points.
    bytes: usize,
    /// Waves, as many for every run.
    waves: usize,
    /// Turns of a workgroup's loops.
    turns: usize,
}

impl Size {
    fn of(run: &Config, inner: InnerLoop, shape: &Shape) -> Self {
        let batches = MetaBatches::draw(run, 0, 0, 0);
        let n = batches.meta_batch;
        let points = n * batches.points_of_task();
        Self {
            arithmetic: training_work(shape, inner.outcome, points),
            bytes: points * size_of::<[f32; 2]>(),
            waves: n,
            turns: n * inner.turns(shape, steps_of(&batches), batches.batch),
        }
    }

    /// How many such meta-iterations, of so many runs each, one dispatch can hold, but for the turns of its loops.
    fn fits(self, runs: usize) -> u64 {
        let bytes = self.bytes + runs * self.waves * size_of::<Wave>();
        (WORK / self.arithmetic.max(1)).min((TRANSFER / bytes.max(1)) as u64)
    }
}

/// Whether runs can go side by side.
#[must_use]
pub fn fit(runs: &[Config]) -> bool {
    let mut kinds = runs.iter().map(kind);
    kinds.next().flatten().is_some_and(|first| kinds.all(|kind| kind.as_ref() == Some(&first)))
}

impl Runs {
    /// Opens the adapter that the system or browser prefers, and compiles the shader for runs that [`fit`]; a software
    /// adapter will do where `software` says so.
    ///
    /// # Errors
    /// There is no such adapter, or it refuses the device or its shaders.
    pub async fn open(runs: &[Config], software: bool) -> Result<Self, BackendError> {
        let refused = |detail: &str| BackendError::Refused { detail: detail.to_owned() };
        let first = runs.first().ok_or_else(|| refused("no runs"))?;
        let (network, inner, movement) = kind(first).ok_or_else(|| refused("runs that do not go side by side"))?;
        // Tasks of one meta-iteration come one after the other: what they bring is added up there.
        let adds_up = runs.iter().any(|run| run.outer.meta_batch > 1);
        let movement = Move { keeps_gradient: adds_up || movement.keeps_gradient, ..movement };
        let nothing = Learner::new(vec![0.0; network.parameters()]);
        let untrained = Config { algorithm: Algorithm::None, ..first.clone() };
        let mut gpu = Gpu::open(&untrained, &nothing, software).await?;
        let batch = runs.iter().map(|run| run.inner.batch).max().unwrap_or(1);
        let steps = runs.iter().map(|run| run.inner.steps).max().unwrap_or(1);
        let shape = inner.shape(&network, batch, gpu.device.room());
        let program =
            Program::new(&mut gpu.device, shape, |device, shape| fused::pipeline(device, shape, inner, &movement));
        gpu.device.settle().await?;
        let vectors = inner.vectors(steps).max(movement.vectors());
        let mut most = scratch_limit(&program.shape, vectors);
        for run in runs {
            let size = Size::of(run, inner, &program.shape);
            refuse_beyond(gpu.device.room().turns, size.turns)?;
            if size.arithmetic > WORK_OF_RUN || size.fits(1) == 0 {
                return Err(refused("a meta-iteration of a run is too long for one workgroup"));
            }
            most = most.min(usize::try_from(size.fits(1)).unwrap_or(usize::MAX));
        }
        Ok(Self { gpu, inner, movement, program, steps, most, learners: None })
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

    /// Makes stretches of runs side by side, until all are at their end or the first has lost its patience: where each
    /// has come to, and the seconds that were the part of each. At most [`Runs::most`] go at once.
    ///
    /// # Errors
    /// The device is lost, or has no room for them.
    pub async fn train(&mut self, stretches: &[Stretch], now: Clock) -> Result<(Vec<Learner>, f64), BackendError> {
        let begun = now();
        let patience = stretches.iter().map(|stretch| stretch.patience).fold(f64::INFINITY, f64::min);
        let mut learners: Vec<Learner> = stretches.iter().map(|stretch| stretch.learner.clone()).collect();
        self.upload(stretches, &mut learners).await?;
        let most = self.most_meta_iterations(stretches);
        let mut count = 1;
        loop {
            let batches: Vec<MetaBatches> = stretches
                .iter()
                .zip(&learners)
                .map(|(Stretch { config, until, .. }, learner)| {
                    let updates = learner.updates();
                    let left = until.saturating_sub(learner.iteration);
                    MetaBatches::draw(config, learner.iteration, updates, left.min(count))
                })
                .collect();
            if batches.iter().all(MetaBatches::is_empty) {
                break;
            }
            let sent = now();
            self.advance(&batches).await?;
            count = if now() - sent < DISPATCH { 2 * count } else { count / 2 }.clamp(1, most);
            for (learner, batches) in learners.iter_mut().zip(&batches) {
                learner.iteration += batches.len() as u64;
                learner.moments.iter_mut().for_each(|moments| moments.updates += batches.len() as u64);
            }
            // Once at least, so that patience is never too short for any progress.
            if now() - begun >= patience {
                break;
            }
        }
        self.download(&mut learners).await?;
        let seconds = (now() - begun) / 1000.0 / stretches.len().max(1) as f64;
        Ok((learners, seconds))
    }

    /// What came of a stretch that has ended at a learner.
    ///
    /// # Errors
    /// The device is lost, or has no room for the measurement.
    pub async fn measure(
        &mut self,
        stretch: &Stretch,
        learner: Learner,
        seconds: f64,
    ) -> Result<segment::Outcome, BackendError> {
        stretch.outcome(learner, seconds, &mut self.gpu).await
    }

    async fn upload(&mut self, stretches: &[Stretch], learners: &mut [Learner]) -> Result<(), BackendError> {
        let Self { gpu, movement, learners: buffer, .. } = self;
        let mut packed = vec![];
        for (stretch, learner) in stretches.iter().zip(learners) {
            learner.prepare(&stretch.config);
            packed.extend(movement.pack(&gpu.network, learner));
        }
        let buffer = gpu.device.reserve(buffer, size_of_val(&packed[..]), RESULT);
        gpu.device.settle().await?;
        gpu.device.write(buffer, &packed);
        Ok(())
    }

    async fn download(&mut self, learners: &mut [Learner]) -> Result<(), BackendError> {
        let Self { gpu, movement, learners: Some(buffer), .. } = self else { return Ok(()) };
        let size = movement.vectors() * movement.parameters;
        let packed = gpu.device.read::<f32>(buffer, learners.len() * size).await?;
        for (learner, packed) in learners.iter_mut().zip(packed.chunks_exact(size)) {
            let updates = learner.updates();
            (learner.theta, learner.moments, _) = movement.unpack(&gpu.network, packed, updates);
        }
        Ok(())
    }

    /// Meta-iterations that one dispatch can hold.
    fn most_meta_iterations(&self, stretches: &[Stretch]) -> u64 {
        let of_all = stretches.iter().map(|stretch| Size::of(&stretch.config, self.inner, &self.program.shape));
        let of_all = of_all.fold(Size::default(), |all, one| Size {
            arithmetic: all.arithmetic + one.arithmetic,
            bytes: all.bytes + one.bytes,
            waves: all.waves.max(one.waves),
            turns: all.turns.max(one.turns),
        });
        let turns = self.gpu.device.room().turns / of_all.turns.max(1);
        of_all.fits(stretches.len()).min(turns as u64).max(1)
    }

    /// Makes the meta-iterations of every run: some may have fewer than others.
    async fn advance(&mut self, batches: &[MetaBatches]) -> Result<(), BackendError> {
        let Self { gpu: Gpu { device, buffers, .. }, inner, program, steps, learners: Some(learners), .. } = self
        else {
            return Ok(());
        };
        let entries = batches.iter().map(|batches| batches.len() * batches.meta_batch).max().unwrap_or(0);
        let mut waves = vec![Wave::default(); batches.len() * entries];
        let mut drawn = vec![];
        for (batches, waves) in batches.iter().zip(waves.chunks_exact_mut(entries)) {
            let n = batches.meta_batch;
            for (number, wave) in (0..batches.len() * n).zip(waves) {
                let part = Part { iteration: number / n, tasks: number % n..number % n + 1 };
                *wave = wave_of(&part, batches, drawn.len() + number * batches.points_of_task());
            }
            drawn.extend(interleave(&batches.points().x, &batches.points().y));
        }
        let shape = &program.shape;
        let bytes_of_phis = batches.len() * inner.vectors(*steps) * shape.bytes_of_phi();
        let phis = device.reserve(&mut buffers.phis, bytes_of_phis, RESULT);
        let units = device.reserve(&mut buffers.units, batches.len() * shape.stored_bytes_of_units(), STORAGE);
        let points = device.reserve(&mut buffers.points, size_of_val(&drawn[..]), STORAGE);
        let bytes_of_waves = size_of_val(&waves[..]);
        let wave_buffer = device.reserve(&mut buffers.waves, bytes_of_waves, STORAGE);
        device.settle().await?;
        device.write(points, &drawn);
        device.write(wave_buffer, &waves);
        let bound = [learners, phis, units, points, &program.layers].map(Bound::Whole);
        let window = Bound::Window(wave_buffer, bytes_of_waves as u64);
        let group = device.bind(&program.pipeline, &[&bound[..], &[window]].concat());
        device.compute(|pass| {
            pass.set_pipeline(&program.pipeline.pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(batches.len() as u32, 1, 1);
        });
        device.wait_for_all_but(0).await
    }
}

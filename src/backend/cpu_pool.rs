//! The CPU backend on several workers: a coordinator that holds the train state, and helper workers that run their
//! share of the inner loops.
//!
//! Workers share no memory; coordinator and helpers exchange messages over [`WorkerChannel`]s. In every meta-iteration
//! each of them runs the inner loops of its tasks. Then each receives the Σφ of all others and updates its own copy of
//! θ, so that a meta-iteration costs one message each way. Σφ is added along a fixed tree
//! ([`PairwiseSum`](crate::domain::pairwise_sum::PairwiseSum)): the result does not depend on the number of workers.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::cpu::Cpu;
use super::select::{Clock, Workload};
use super::{Backend, BackendError, BackendKind, Pending};
use crate::backend::kernel_backend::Kernel;
use crate::domain::adaptation::Adaptations;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::inner_optimizer::InnerState;
use crate::domain::network::Network;
use crate::domain::pairwise_sum::PartialSum;
use crate::domain::task::sampling::Points;
use crate::domain::train_state::TrainState;

#[cfg(not(target_arch = "wasm32"))]
pub mod threads;

/// A request of the coordinator to a helper. Vectors are in the kernel's layout.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PoolRequest {
    /// Prepare for a Config.
    Load(Config),
    /// Run the inner loops of the helper's tasks in some meta-iterations, from this train state.
    Train(TrainState, MetaBatches),
    /// Finish the current meta-iteration with the partial sums of all others, and begin the next one.
    Others(Vec<PartialSum>),
    /// Run adaptations from this θ.
    Adapt(#[serde(with = "crate::domain::float_bytes")] Vec<f32>, Adaptations),
}

/// A helper's reply.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PoolReply {
    /// Σφ of its tasks in one meta-iteration.
    Sums(Vec<PartialSum>),
    /// The predictions of the adaptations.
    Predictions(#[serde(with = "crate::domain::float_bytes")] Vec<f32>),
}

/// A helper worker's state: it handles requests one at a time.
#[derive(Default)]
pub struct Helper {
    /// None before the first [`PoolRequest::Load`].
    cpu: Option<Cpu>,
    /// The meta-iterations of the last [`PoolRequest::Train`].
    work: Option<Stepwise>,
}

/// Iterates over the meta-iterations of a request. The tasks of the next one can be drawn while messages are in flight.
struct Stepwise {
    batches: MetaBatches,
    number: usize,
    current: MetaBatches,
    next: Option<MetaBatches>,
}

impl Stepwise {
    fn new(batches: MetaBatches) -> Self {
        let current = batches.span(0..batches.len().min(1));
        Self { batches, number: 0, current, next: None }
    }

    fn is_last(&self) -> bool {
        self.number + 1 >= self.batches.len()
    }

    /// Draws the tasks of the next meta-iteration, which depend on no message.
    fn draw_ahead(&mut self) {
        if !self.is_last() && self.next.is_none() {
            let next = self.next.insert(self.batches.span(self.number + 1..self.number + 2));
            let _drawn = next.points();
        }
    }

    fn inner_loops(&self, cpu: &mut Cpu) {
        cpu.inner_loops(&self.current, 0);
    }

    fn outer_update(&self, cpu: &mut Cpu) {
        cpu.outer_update(&self.batches, self.number);
    }

    /// Makes the next meta-iteration the current one.
    fn advance(&mut self) {
        self.draw_ahead();
        self.number += 1;
        if let Some(next) = self.next.take() {
            self.current = next;
        }
    }
}

impl Helper {
    /// A helper without a Config.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Handles one request. The reply is `None` for a request that has none, and for one that arrives before the
    /// request that it depends on.
    pub fn handle(&mut self, request: PoolRequest) -> Option<PoolReply> {
        match request {
            PoolRequest::Load(config) => {
                let anything = TrainState::new(vec![0.0; Network::new(&config.model).parameters()]);
                (self.cpu, self.work) = (Some(Cpu::new(&config, &anything)), None);
                None
            }
            PoolRequest::Train(train_state, batches) => {
                self.cpu.as_mut()?.set_packed(train_state);
                self.work = Some(Stepwise::new(batches));
                self.inner_loops()
            }
            PoolRequest::Others(blocks) => {
                let (cpu, work) = (self.cpu.as_mut()?, self.work.as_mut()?);
                cpu.sum().complete(blocks);
                work.outer_update(cpu);
                work.advance();
                self.inner_loops()
            }
            PoolRequest::Adapt(theta, adaptations) => {
                Some(PoolReply::Predictions(self.cpu.as_mut()?.predict(&theta, &adaptations)))
            }
        }
    }

    /// Runs the inner loops of the current meta-iteration.
    fn inner_loops(&mut self) -> Option<PoolReply> {
        let (cpu, work) = (self.cpu.as_mut()?, self.work.as_ref()?);
        work.inner_loops(cpu);
        Some(PoolReply::Sums(cpu.sum().blocks().to_vec()))
    }

    /// Draws the tasks of the next meta-iteration; to be called when the reply has been sent.
    pub fn draw_ahead(&mut self) {
        self.work.iter_mut().for_each(Stepwise::draw_ahead);
    }
}

/// The coordinator's end of the connection to a helper.
pub trait WorkerChannel {
    /// Whether the helper has started and receives messages. Until then no work is given to it.
    fn is_ready(&self) -> bool;

    /// Sends a request.
    fn send(&mut self, request: PoolRequest);

    /// Waits for the next reply.
    ///
    /// # Errors
    /// [`BackendError::HelperLost`].
    fn receive(&mut self) -> Pending<'_, PoolReply>;
}

/// The backend: a coordinator and its helpers.
pub struct CpuPool<L> {
    coordinator: Cpu,
    channels: Vec<L>,
    now: Clock,
    /// Speeds measured at the present workload.
    tuner: PoolTuner,
    workload: Workload,
}

/// Calls of a warm-up, which are not measured.
const WARM: u32 = 2;
/// The slower mode may have become the faster one: it is measured again after this many calls, then after twice as
/// many, and so on.
const FIRST_RETRY: u32 = 16;
/// The most calls between two such measurements.
const LONGEST_RETRY: u32 = 256;
/// Length of a measurement with the helpers, in milliseconds. It spans several frames of the page, whose drawing takes
/// a processor for a part of each.
const RETRY: f64 = 50.0;
/// A measurement of the coordinator alone, which the page's drawing hardly disturbs, takes this part of one call.
const RETRY_PART: usize = 4;
/// Calls shorter than this, in milliseconds, are not measured: their speed says little about that of longer ones.
const SHORTEST_MEASURED: f64 = 2.0;
/// Weight of the newest measurement in the moving average of a speed.
const NEWEST: f64 = 0.1;
/// Calls with the helpers that are not measured after they have slept: the system needs that long to run each of them
/// on a processor of its own.
const WAKING: u32 = 4;

/// Decides by measurement whether to use the helpers: where the page needs the processors, the coordinator is faster
/// alone.
struct PoolTuner {
    /// Tasks per millisecond with the helpers; 0 before the first measurement.
    together: f64,
    /// Tasks per millisecond of the coordinator alone; 0 before the first measurement.
    alone: f64,
    /// Measured calls.
    calls: u32,
    /// Calls until the slower mode is measured again, and the length of that interval.
    retry: (u32, u32),
    /// Tasks and milliseconds of the current measurement of the slower mode.
    tried: (usize, f64),
    /// Calls with the helpers until they count as awake.
    waking: u32,
}

impl Default for PoolTuner {
    fn default() -> Self {
        Self { together: 0.0, alone: 0.0, calls: 0, retry: (FIRST_RETRY, FIRST_RETRY), tried: (0, 0.0), waking: 0 }
    }
}

impl PoolTuner {
    /// Whether to measure the slower mode now.
    fn is_retry_due(&self) -> bool {
        self.calls >= WARM && self.retry.0 == 0
    }

    fn is_faster(&self) -> bool {
        self.together >= self.alone
    }

    /// Measures the slower mode again after the shortest interval.
    fn retry_soon(&mut self) {
        (self.retry, self.tried) = ((FIRST_RETRY, FIRST_RETRY), (0, 0.0));
    }

    /// Records that a call with this many tasks took `took` milliseconds.
    fn note(&mut self, together: bool, tasks: usize, took: f64) {
        let are_waking = together && self.waking > 0;
        self.waking = if together { self.waking.saturating_sub(1) } else { WAKING };
        if took < SHORTEST_MEASURED && self.is_retry_due() {
            // Calls are too short to be measured.
            self.retry.0 = FIRST_RETRY;
        }
        if took < SHORTEST_MEASURED || are_waking {
            return;
        }
        self.calls += 1;
        if self.calls <= WARM {
            return;
        }
        let was_faster = self.is_faster();
        let (speed, needed) = if together { (&mut self.together, RETRY) } else { (&mut self.alone, 0.0) };
        if together == was_faster {
            let newest = tasks as f64 / took;
            *speed = if *speed > 0.0 { *speed + NEWEST * (newest - *speed) } else { newest };
            self.retry.0 = self.retry.0.saturating_sub(1);
        } else {
            self.tried = (self.tried.0 + tasks, self.tried.1 + took);
            if self.tried.1 < needed {
                return;
            }
            // Earlier measurements of this mode are out of date: they are replaced, not averaged.
            *speed = self.tried.0 as f64 / self.tried.1;
            let interval = (2 * self.retry.1).min(LONGEST_RETRY);
            (self.retry, self.tried) = ((interval, interval), (0, 0.0));
        }
        if was_faster != self.is_faster() {
            // The order has just changed and may soon change again.
            self.retry_soon();
        }
    }
}

impl<L: WorkerChannel> CpuPool<L> {
    /// A pool that goes on from `train_state`. The clock `now` measures whether it is faster with its helpers.
    #[must_use]
    pub fn new(config: &Config, train_state: &TrainState, mut channels: Vec<L>, now: Clock) -> Self {
        for channel in &mut channels {
            channel.send(PoolRequest::Load(config.clone()));
        }
        Self {
            coordinator: Cpu::new(config, train_state),
            channels,
            now,
            tuner: PoolTuner::default(),
            workload: Workload::of(config),
        }
    }

    /// Divides `tasks` between the coordinator and the helpers that are ready, at least one task for each.
    fn shares(&self, tasks: &Range<usize>) -> Vec<Range<usize>> {
        let ready = self.channels.iter().take_while(|channel| channel.is_ready()).count();
        let members = (ready + 1).min(tasks.len()).max(1);
        let cut = |member: usize| tasks.start + member * tasks.len() / members;
        (0..members).map(|member| cut(member)..cut(member + 1)).collect()
    }

    async fn train_in_time(&mut self, batches: &MetaBatches) -> Result<(), BackendError> {
        let shares = self.shares(&batches.tasks);
        // The inner optimizer's state goes from a task to the next one of the same number; the coordinator holds it.
        if shares.len() < 2 || batches.state == InnerState::Carry {
            return self.coordinator.train(batches).await;
        }
        let together = self.tuner.is_faster();
        if !self.tuner.is_retry_due() {
            return self.train_timed(batches, &shares, together).await;
        }
        // Without the helpers a whole call might take long; with them it is short.
        let cut = if together { batches.len().div_ceil(RETRY_PART) } else { batches.len() };
        self.train_timed(&batches.span(0..cut), &shares, !together).await?;
        if cut == batches.len() {
            return Ok(());
        }
        self.train_timed(&batches.span(cut..batches.len()), &shares, together).await
    }

    async fn train_timed(
        &mut self,
        batches: &MetaBatches,
        shares: &[Range<usize>],
        together: bool,
    ) -> Result<(), BackendError> {
        let begun = (self.now)();
        if together {
            self.train_together(batches, shares).await?;
        } else {
            self.coordinator.train(batches).await?;
        }
        self.tuner.note(together, batches.len() * batches.tasks.len(), (self.now)() - begun);
        Ok(())
    }

    async fn train_together(&mut self, batches: &MetaBatches, shares: &[Range<usize>]) -> Result<(), BackendError> {
        let [own, others @ ..] = shares else { return Ok(()) };
        let Self { coordinator, channels, .. } = self;
        let channels = &mut channels[..others.len()];
        for (channel, tasks) in channels.iter_mut().zip(others) {
            channel.send(PoolRequest::Train(coordinator.packed().clone(), batches.part(tasks.clone())));
        }
        let mut own = Stepwise::new(batches.part(own.clone()));
        for _ in 0..batches.len() {
            own.inner_loops(coordinator);
            let is_last = own.is_last();
            if let ([channel], false) = (&mut *channels, is_last) {
                // A single helper needs no other helper's sums, so it can go on at once.
                channel.send(PoolRequest::Others(coordinator.sum().blocks().to_vec()));
            }
            own.draw_ahead();
            let mut sums = vec![];
            for channel in &mut *channels {
                match channel.receive().await? {
                    PoolReply::Sums(blocks) => sums.push(blocks),
                    PoolReply::Predictions(_) => return Err(unexpected_reply()),
                }
            }
            if channels.len() > 1 && !is_last {
                for (number, channel) in channels.iter_mut().enumerate() {
                    let mut others = coordinator.sum().blocks().to_vec();
                    others.extend([&sums[..number], &sums[number + 1..]].concat().into_iter().flatten());
                    channel.send(PoolRequest::Others(others));
                }
            }
            coordinator.sum().complete(sums.into_iter().flatten());
            if batches.tasks.end == batches.meta_batch {
                own.outer_update(coordinator);
            }
            own.advance();
        }
        Ok(())
    }

    async fn adapt_together(
        &mut self,
        theta: Option<&[f32]>,
        adaptations: &Adaptations,
    ) -> Result<Vec<f32>, BackendError> {
        let shares = self.shares(&(0..adaptations.tasks()));
        let [own, others @ ..] = &shares[..] else { return Ok(vec![]) };
        if others.is_empty() {
            return self.coordinator.adapt(theta, adaptations).await;
        }
        let Self { coordinator, channels, .. } = self;
        let channels = &mut channels[..others.len()];
        let theta = theta.map_or_else(|| coordinator.packed().theta.clone(), |flat| coordinator.kernel().pack(flat));
        for (channel, tasks) in channels.iter_mut().zip(others) {
            channel.send(PoolRequest::Adapt(theta.clone(), adaptations.part(tasks.clone())));
        }
        let mut predictions = coordinator.predict(&theta, &adaptations.part(own.clone()));
        for channel in channels {
            match channel.receive().await? {
                PoolReply::Predictions(more) => predictions.extend(more),
                PoolReply::Sums(_) => return Err(unexpected_reply()),
            }
        }
        Ok(predictions)
    }
}

/// The error of a helper whose reply does not belong to its request. Such a helper is treated as lost.
#[must_use]
pub fn unexpected_reply() -> BackendError {
    BackendError::HelperLost { detail: "a reply of another kind than the request".to_owned() }
}

impl<L: WorkerChannel> Backend for CpuPool<L> {
    fn kind(&self) -> BackendKind {
        BackendKind::Cpu
    }

    fn adapter(&self) -> String {
        match self.channels.len() {
            0 => self.coordinator.adapter(),
            helpers => format!("{} × {}", helpers + 1, self.coordinator.adapter()),
        }
    }

    fn load(&mut self, config: &Config, train_state: &TrainState) -> Result<(), BackendError> {
        let workload = Workload::of(config);
        if workload != self.workload {
            (self.tuner, self.workload) = (PoolTuner::default(), workload);
        }
        // Since the last run other programs may have begun or ended.
        self.tuner.retry_soon();
        for channel in &mut self.channels {
            channel.send(PoolRequest::Load(config.clone()));
        }
        self.coordinator.load(config, train_state)
    }

    fn train<'a>(&'a mut self, batches: &'a MetaBatches) -> Pending<'a, ()> {
        Box::pin(self.train_in_time(batches))
    }

    fn train_state(&mut self) -> Pending<'_, TrainState> {
        self.coordinator.train_state()
    }

    fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>> {
        Box::pin(self.adapt_together(theta, adaptations))
    }

    fn gradients<'a>(&'a mut self, theta: &'a [f32], points: &'a Points, batch: usize) -> Pending<'a, Vec<f32>> {
        // Too few for the cost of the helpers' messages.
        self.coordinator.gradients(theta, points, batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of calls that use the helpers, over many calls, when calls with and without them take this long.
    fn share(tuner: &mut PoolTuner, mut together: impl FnMut() -> f64, alone: f64) -> f64 {
        let mut count = 0;
        for _ in 0..4 * LONGEST_RETRY {
            let with_helpers = tuner.is_faster() != tuner.is_retry_due();
            count += u32::from(with_helpers);
            tuner.note(with_helpers, 16, if with_helpers { together() } else { alone });
        }
        f64::from(count) / f64::from(4 * LONGEST_RETRY)
    }

    #[test]
    fn the_faster_mode_is_used_and_the_other_one_measured_now_and_then() {
        let mut tuner = PoolTuner::default();
        // The very first call takes long: the workers are still starting.
        assert!(tuner.is_faster());
        tuner.note(true, 16, 1000.0);
        assert!(share(&mut tuner, || 10.0, 20.0) > 0.95, "together is faster");
        assert!(share(&mut tuner, || 30.0, 20.0) < 0.5, "the processors are needed elsewhere");
        let tries = share(&mut tuner, || 30.0, 20.0);
        assert!(tries > 0.0 && tries < 0.1, "a handful of calls in {LONGEST_RETRY} try it: {tries}");
        share(&mut tuner, || 10.0, 20.0);
        assert!(share(&mut tuner, || 10.0, 20.0) > 0.95, "and they are free again");
    }

    #[test]
    fn calls_that_wake_the_helpers_are_not_measured() {
        let mut tuner = PoolTuner::default();
        for _ in 0..=WARM {
            tuner.note(true, 16, 10.0);
        }
        tuner.note(false, 16, 20.0);
        let before = tuner.together;
        for _ in 0..WAKING {
            tuner.note(true, 16, 1000.0);
            assert_eq!(tuner.together, before);
        }
        tuner.note(true, 16, 8.0);
        assert!(tuner.together > before);
    }

    #[test]
    fn one_measurement_shows_that_the_helpers_have_become_fast() {
        let mut tuner = PoolTuner::default();
        // The helpers' code is not compiled yet.
        for _ in 0..WARM + FIRST_RETRY {
            tuner.note(true, 16, 100.0);
        }
        assert!(tuner.is_retry_due());
        tuner.note(false, 16, 20.0);
        assert!(!tuner.is_faster());
        let mut calls = 0;
        while !tuner.is_faster() {
            let tries = tuner.is_retry_due();
            tuner.note(tries, 16, if tries { 11.0 } else { 20.0 });
            calls += 1;
        }
        assert!(calls <= FIRST_RETRY + WAKING + 5, "{calls} calls");
    }

    #[test]
    fn a_measurement_is_longer_than_a_frame_of_the_page() {
        let mut tuner = PoolTuner::default();
        // Two calls of three are fast with the helpers; during the third the page uses a processor.
        let mut calls = 0;
        let mut with_frames = || {
            calls += 1;
            if calls % 3 == 0 { 70.0 } else { 12.0 }
        };
        share(&mut tuner, &mut with_frames, 20.0);
        let share = share(&mut tuner, &mut with_frames, 20.0);
        assert!(share < 0.1, "together takes 31 ms a call on the average, alone 20: {share}");
    }
}

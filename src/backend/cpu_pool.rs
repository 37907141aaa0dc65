//! The CPU backend on several workers: a coordinator that holds the train state, and helpers that make their share of the tasks.
//!
//! They share no memory and send each other messages over [`WorkerChannel`]s. In every meta-iteration each makes the inner loops
//! of its tasks; then all get all of Σφ, and each moves its own θ, so that one message each way is all that a
//! meta-iteration costs. Σφ is added along a fixed tree ([`PairwiseSum`](crate::domain::pairwise_sum::PairwiseSum)): the result does not
//! depend on how many there are.

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

/// What the coordinator tells a helper. Vectors are in the kernel's layout.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PoolRequest {
    /// To make ready for a Config.
    Load(Config),
    /// To make the inner loops of its tasks in some meta-iterations, from this train state.
    Train(TrainState, MetaBatches),
    /// The Σφ of all others in the meta-iteration at helper, after which the next one begins.
    Others(Vec<PartialSum>),
    /// To adapt from this θ.
    Adapt(#[serde(with = "crate::domain::float_bytes")] Vec<f32>, Adaptations),
}

/// What a helper answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PoolReply {
    /// Σφ of its tasks in one meta-iteration.
    Sums(Vec<PartialSum>),
    /// The predictions of its adaptations.
    Predictions(#[serde(with = "crate::domain::float_bytes")] Vec<f32>),
}

/// One helper: answers requests, one at a time.
#[derive(Default)]
pub struct Helper {
    /// None before the first [`PoolRequest::Load`].
    cpu: Option<Cpu>,
    /// The meta-iterations under way.
    work: Option<Stepwise>,
}

/// Meta-iterations, of which one is at helper. The tasks of the next one can be drawn while messages are on their way.
struct Stepwise {
    batches: MetaBatches,
    number: usize,
    at_hand: MetaBatches,
    next: Option<MetaBatches>,
}

impl Stepwise {
    fn new(batches: MetaBatches) -> Self {
        let at_hand = batches.span(0..batches.len().min(1));
        Self { batches, number: 0, at_hand, next: None }
    }

    fn is_last(&self) -> bool {
        self.number + 1 >= self.batches.len()
    }

    /// Draws the tasks of the next one: they wait for nothing.
    fn look_ahead(&mut self) {
        if !self.is_last() && self.next.is_none() {
            let next = self.next.insert(self.batches.span(self.number + 1..self.number + 2));
            let _drawn = next.points();
        }
    }

    fn inner_loops(&self, cpu: &mut Cpu) {
        cpu.inner_loops(&self.at_hand, 0);
    }

    fn outer_update(&self, cpu: &mut Cpu) {
        cpu.outer_update(&self.batches, self.number);
    }

    /// Goes on to the next.
    fn advance(&mut self) {
        self.look_ahead();
        self.number += 1;
        if let Some(next) = self.next.take() {
            self.at_hand = next;
        }
    }
}

impl Helper {
    /// A helper that knows of no Config so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Handles one request; requests that make no sense before others have none to show.
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
            PoolRequest::Others(nodes) => {
                let (cpu, work) = (self.cpu.as_mut()?, self.work.as_mut()?);
                cpu.sum().complete(nodes);
                work.outer_update(cpu);
                work.advance();
                self.inner_loops()
            }
            PoolRequest::Adapt(theta, adaptations) => {
                Some(PoolReply::Predictions(self.cpu.as_mut()?.predict(&theta, &adaptations)))
            }
        }
    }

    /// Makes the inner loops of the meta-iteration at helper.
    fn inner_loops(&mut self) -> Option<PoolReply> {
        let (cpu, work) = (self.cpu.as_mut()?, self.work.as_ref()?);
        work.inner_loops(cpu);
        Some(PoolReply::Sums(cpu.sum().nodes().to_vec()))
    }

    /// Makes ready what comes next, once its reply is on its way.
    pub fn look_ahead(&mut self) {
        self.work.iter_mut().for_each(Stepwise::look_ahead);
    }
}

/// The way to a helper.
pub trait WorkerChannel {
    /// Whether the helper can hear; one that cannot yet is left out.
    fn is_ready(&self) -> bool;

    /// Sends an request.
    fn send(&mut self, request: PoolRequest);

    /// The next reply.
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
    /// Measured at this work.
    tuner: PoolTuner,
    workload: Workload,
}

/// Calls that warm up before the two ways are compared.
const WARM: u32 = 2;
/// The slower way may have become the faster one: it is tried after so many calls, then after twice as many, and so on.
const FIRST_TRIAL: u32 = 16;
/// Most calls between two trials.
const LAST_TRIAL: u32 = 256;
/// Milliseconds of a trial of all together: the page draws its frames meanwhile, and takes a processor for part of each.
const TRIAL: f64 = 50.0;
/// A trial of the coordinator alone, whom that hardly disturbs, is this part of one call.
const TRIAL_PART: usize = 4;
/// A shorter call, in milliseconds, tells nothing of the longer ones that follow.
const TELLING: f64 = 2.0;
/// Weight of the newest measurement in a tuner.
const NEWEST: f64 = 0.1;
/// Calls that helpers which slept need until the system runs every one on a processor of its own.
const WAKING: u32 = 4;

/// Whether the helpers are worth their messages: where the page needs the processors, the coordinator is faster alone.
struct PoolTuner {
    /// Tasks in a millisecond, with the helpers; zero before it was measured.
    together: f64,
    /// The same without.
    alone: f64,
    /// Calls that were long enough to tell.
    calls: u32,
    /// How many calls the next trial is away, and how many it was from the one before.
    trial: (u32, u32),
    /// Tasks of the trial under way, and its milliseconds.
    tried: (usize, f64),
    /// Calls made together before the helpers are awake.
    waking: u32,
}

impl Default for PoolTuner {
    fn default() -> Self {
        Self { together: 0.0, alone: 0.0, calls: 0, trial: (FIRST_TRIAL, FIRST_TRIAL), tried: (0, 0.0), waking: 0 }
    }
}

impl PoolTuner {
    /// Whether to try the slower way.
    fn is_trial_due(&self) -> bool {
        self.calls >= WARM && self.trial.0 == 0
    }

    fn is_faster(&self) -> bool {
        self.together >= self.alone
    }

    /// Tries the slower way soon.
    fn doubt(&mut self) {
        (self.trial, self.tried) = ((FIRST_TRIAL, FIRST_TRIAL), (0, 0.0));
    }

    /// Notes how long some tasks took, in milliseconds.
    fn note(&mut self, together: bool, tasks: usize, took: f64) {
        let are_waking = together && self.waking > 0;
        self.waking = if together { self.waking.saturating_sub(1) } else { WAKING };
        if took < TELLING && self.is_trial_due() {
            // Calls are too short for a trial.
            self.trial.0 = FIRST_TRIAL;
        }
        if took < TELLING || are_waking {
            return;
        }
        self.calls += 1;
        if self.calls <= WARM {
            return;
        }
        let was_faster = self.is_faster();
        let (tuner, trial_length) = if together { (&mut self.together, TRIAL) } else { (&mut self.alone, 0.0) };
        if together == was_faster {
            let newest = tasks as f64 / took;
            *tuner = if *tuner > 0.0 { *tuner + NEWEST * (newest - *tuner) } else { newest };
            self.trial.0 = self.trial.0.saturating_sub(1);
        } else {
            self.tried = (self.tried.0 + tasks, self.tried.1 + took);
            if self.tried.1 < trial_length {
                return;
            }
            // What this way was before says nothing of what it is now.
            *tuner = self.tried.0 as f64 / self.tried.1;
            let interval = (2 * self.trial.1).min(LAST_TRIAL);
            (self.trial, self.tried) = ((interval, interval), (0, 0.0));
        }
        if was_faster != self.is_faster() {
            // What has just changed may change again soon.
            self.doubt();
        }
    }
}

impl<L: WorkerChannel> CpuPool<L> {
    /// A pool that goes on from `train_state`; by `now` it sees whether it is faster than its coordinator.
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

    /// Divides `tasks` between the coordinator and the helpers that are ready, at least one for each.
    fn shares(&self, tasks: &Range<usize>) -> Vec<Range<usize>> {
        let ready = self.channels.iter().take_while(|channel| channel.is_ready()).count();
        let members = (ready + 1).min(tasks.len()).max(1);
        let cut = |member: usize| tasks.start + member * tasks.len() / members;
        (0..members).map(|member| cut(member)..cut(member + 1)).collect()
    }

    async fn train_in_time(&mut self, batches: &MetaBatches) -> Result<(), BackendError> {
        let shares = self.shares(&batches.tasks);
        // What a task leaves to the next one of its number stays with the coordinator.
        if shares.len() < 2 || batches.state == InnerState::Carry {
            return self.coordinator.train(batches).await;
        }
        let together = self.tuner.is_faster();
        if !self.tuner.is_trial_due() {
            return self.train_timed(batches, &shares, together).await;
        }
        // A trial of the coordinator alone takes long, one of all together is over soon.
        let cut = if together { batches.len().div_ceil(TRIAL_PART) } else { batches.len() };
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
                // Where there is one helper, it lacks nothing but these.
                channel.send(PoolRequest::Others(coordinator.sum().nodes().to_vec()));
            }
            own.look_ahead();
            let mut sums = vec![];
            for channel in &mut *channels {
                match channel.receive().await? {
                    PoolReply::Sums(nodes) => sums.push(nodes),
                    PoolReply::Predictions(_) => return Err(out_of_turn()),
                }
            }
            if channels.len() > 1 && !is_last {
                for (number, channel) in channels.iter_mut().enumerate() {
                    let mut others = coordinator.sum().nodes().to_vec();
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
                PoolReply::Sums(_) => return Err(out_of_turn()),
            }
        }
        Ok(predictions)
    }
}

/// A helper that answers something else than it was asked cannot be relied on any more.
#[must_use]
pub fn out_of_turn() -> BackendError {
    BackendError::HelperLost { detail: "an answer out of turn".to_owned() }
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
        // A new run may begin in other circumstances.
        self.tuner.doubt();
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
        // So few that the helpers are not worth their messages.
        self.coordinator.gradients(theta, points, batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of calls that are made together, over four trials, when the two ways take so long.
    fn share(tuner: &mut PoolTuner, mut together: impl FnMut() -> f64, alone: f64) -> f64 {
        let mut count = 0;
        for _ in 0..4 * LAST_TRIAL {
            let way = tuner.is_faster() != tuner.is_trial_due();
            count += u32::from(way);
            tuner.note(way, 16, if way { together() } else { alone });
        }
        f64::from(count) / f64::from(4 * LAST_TRIAL)
    }

    #[test]
    fn the_faster_way_is_taken_and_the_other_one_tried_now_and_then() {
        let mut tuner = PoolTuner::default();
        // The very first call takes long: the workers are still starting.
        assert!(tuner.is_faster());
        tuner.note(true, 16, 1000.0);
        assert!(share(&mut tuner, || 10.0, 20.0) > 0.95, "together is faster");
        assert!(share(&mut tuner, || 30.0, 20.0) < 0.5, "the processors are needed elsewhere");
        let tries = share(&mut tuner, || 30.0, 20.0);
        assert!(tries > 0.0 && tries < 0.1, "a handful of calls in {LAST_TRIAL} try it: {tries}");
        share(&mut tuner, || 10.0, 20.0);
        assert!(share(&mut tuner, || 10.0, 20.0) > 0.95, "and they are free again");
    }

    #[test]
    fn calls_that_wake_the_hands_do_not_count() {
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
    fn one_trial_tells_that_the_hands_have_become_fast() {
        let mut tuner = PoolTuner::default();
        // The helpers' code is not compiled yet.
        for _ in 0..WARM + FIRST_TRIAL {
            tuner.note(true, 16, 100.0);
        }
        assert!(tuner.is_trial_due());
        tuner.note(false, 16, 20.0);
        assert!(!tuner.is_faster());
        let mut calls = 0;
        while !tuner.is_faster() {
            let tries = tuner.is_trial_due();
            tuner.note(tries, 16, if tries { 11.0 } else { 20.0 });
            calls += 1;
        }
        assert!(calls <= FIRST_TRIAL + WAKING + 5, "{calls} calls");
    }

    #[test]
    fn a_trial_is_longer_than_a_frame_of_the_page() {
        let mut tuner = PoolTuner::default();
        // Two calls of three are fast together; in the third the page has a processor.
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

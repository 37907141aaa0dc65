//! The CPU backend on several workers: the same bits as on one, whichever helpers are ready, and a clear error when one
//! is lost.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use pollster::block_on;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::backend::cpu_pool::threads;
use reptile_lab::backend::cpu_pool::{CpuPool, Helper, PoolReply, PoolRequest, WorkerChannel};
use reptile_lab::backend::{Backend, BackendError, BackendKind, Pending};
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::inner_optimizer::{InnerOptimizer, InnerState};
use reptile_lab::domain::train_state::TrainState;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn config(preset: Preset, n: usize) -> Config {
    let mut config = preset.config();
    config.outer.meta_batch = n;
    config.model.hidden = vec![20, 7];
    config.tasks.noise = 0.1;
    config
}

/// A clock that stands still: the pool cannot measure which mode is faster, and uses its helpers.
fn still_clock() -> f64 {
    0.0
}

/// A train state and some predictions: from θ, and from the train state's own θ.
type Results = (TrainState, Vec<f32>, Vec<f32>);

fn results(config: &Config, backend: &mut dyn Backend) -> Result<Results, BackendError> {
    let n = config.outer.meta_batch;
    block_on(backend.train(&MetaBatches::draw(config, 0, 0, 5)))?;
    // One meta-iteration in two parts, and some more in one.
    for tasks in [0..n / 3, n / 3..n] {
        block_on(backend.train(&MetaBatches::draw_some(config, 5..6, 5, tasks)))?;
    }
    block_on(backend.train(&MetaBatches::draw(config, 6, 6, 4)))?;
    let held_out = HeldOut::new(config, 9).adaptations(0..9);
    let train_state = block_on(backend.train_state())?;
    let from_start = block_on(backend.adapt(Some(&TrainState::of(config).theta), &held_out))?;
    let own = block_on(backend.adapt(None, &held_out.part(3..4)))?;
    Ok((train_state, from_start, own))
}

#[test]
fn threads_of_any_number_give_the_bits_of_one() {
    for preset in [Preset::Paper, Preset::Fast] {
        for n in [1, 2, 3, 7, 16] {
            let config = config(preset, n);
            let expected = results(&config, &mut Cpu::new(&config, &TrainState::of(&config))).unwrap();
            assert_eq!(expected.0.iteration, 10);
            for helpers in 0..5 {
                let mut pool = CpuPool::new(&config, &TrainState::of(&config), threads::helpers(helpers), still_clock);
                assert_eq!(pool.kind(), BackendKind::Cpu);
                let found = results(&config, &mut pool).unwrap();
                assert!(found == expected, "{preset:?}, n = {n}, {helpers} helpers");
            }
        }
    }
}

/// Inner optimizer state that goes from one meta-iteration to the next, and the algorithms that use helpers as Reptile
/// does.
#[test]
fn carried_state_and_other_algorithms_give_the_bits_of_one() {
    let inner_states = |config: &mut Config| {
        config.inner.optimizer = InnerOptimizer::Momentum;
        config.inner.state = InnerState::Carry;
    };
    let changes: [&dyn Fn(&mut Config); 4] = [
        &inner_states,
        &|config| config.algorithm = Algorithm::Fomaml,
        &|config| config.algorithm = Algorithm::Maml,
        &|config| config.algorithm = Algorithm::Joint,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut config = config(Preset::Paper, 4);
        change(&mut config);
        let expected = results(&config, &mut Cpu::new(&config, &TrainState::of(&config))).unwrap();
        let mut pool = CpuPool::new(&config, &TrainState::of(&config), threads::helpers(2), still_clock);
        assert!(results(&config, &mut pool).unwrap() == expected, "change {number}");
    }
}

/// A helper in this thread that is sent its messages as bytes. It can be not ready, and be lost after some requests.
struct Loopback {
    helper: Helper,
    replies: VecDeque<Vec<u8>>,
    ready: Rc<Cell<bool>>,
    requests_left: Rc<Cell<u32>>,
    bytes: Rc<Cell<usize>>,
}

impl Loopback {
    fn new() -> Self {
        Self {
            helper: Helper::new(),
            replies: VecDeque::new(),
            ready: Rc::new(Cell::new(true)),
            requests_left: Rc::new(Cell::new(u32::MAX)),
            bytes: Rc::default(),
        }
    }
}

fn to_bytes(message: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(message).expect("every message has a byte form")
}

fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).expect("it was a message")
}

impl WorkerChannel for Loopback {
    fn is_ready(&self) -> bool {
        self.ready.get()
    }

    fn send(&mut self, request: PoolRequest) {
        if self.requests_left.get() == 0 {
            return;
        }
        self.requests_left.set(self.requests_left.get() - 1);
        let bytes = to_bytes(&request);
        self.bytes.set(self.bytes.get() + bytes.len());
        let reply = self.helper.handle(from_bytes(&bytes));
        self.replies.extend(reply.map(|reply| to_bytes(&reply)));
    }

    fn receive(&mut self) -> Pending<'_, PoolReply> {
        let reply = self.replies.pop_front().map(|bytes| from_bytes(&bytes));
        let lost = || BackendError::HelperLost { detail: "gone home".to_owned() };
        Box::pin(std::future::ready(reply.ok_or_else(lost)))
    }
}

#[test]
fn messages_survive_their_bytes_and_helpers_that_are_not_ready_get_no_work() {
    let config = config(Preset::Fast, 6);
    let expected = results(&config, &mut Cpu::new(&config, &TrainState::of(&config))).unwrap();
    let channels = [Loopback::new(), Loopback::new()];
    let [first, second] =
        [&channels[0], &channels[1]].map(|channel| (Rc::clone(&channel.ready), Rc::clone(&channel.bytes)));
    let mut pool = CpuPool::new(&config, &TrainState::of(&config), channels.into(), still_clock);
    assert!(results(&config, &mut pool).unwrap() == expected);
    assert!(first.1.get() > 0 && second.1.get() > 0, "both were at work");
    first.0.set(false);
    second.0.set(false);
    let before = (first.1.get(), second.1.get());
    block_on(async {
        pool.load(&config, &TrainState::of(&config)).unwrap();
        let loaded = (first.1.get() - before.0, second.1.get() - before.1);
        assert!(results(&config, &mut pool).unwrap() == expected);
        assert_eq!(
            (first.1.get(), second.1.get()),
            (before.0 + loaded.0, before.1 + loaded.1),
            "nothing but the Config"
        );
    });
}

#[test]
fn another_config_reaches_every_helper() {
    let mut pool = CpuPool::new(
        &config(Preset::Paper, 4),
        &TrainState::of(&config(Preset::Paper, 4)),
        threads::helpers(2),
        still_clock,
    );
    results(&config(Preset::Paper, 4), &mut pool).unwrap();
    let mut next = config(Preset::Fast, 5);
    next.model.hidden = vec![64, 64];
    pool.load(&next, &TrainState::of(&next)).unwrap();
    let expected = results(&next, &mut Cpu::new(&next, &TrainState::of(&next))).unwrap();
    assert!(results(&next, &mut pool).unwrap() == expected);
}

#[test]
fn a_lost_helper_is_an_error() {
    let config = config(Preset::Paper, 4);
    for requests in 0..6 {
        let channel = Loopback::new();
        channel.requests_left.set(requests);
        let mut pool = CpuPool::new(&config, &TrainState::of(&config), vec![channel], still_clock);
        let found = results(&config, &mut pool);
        assert!(matches!(found, Err(BackendError::HelperLost { .. })), "after {requests} requests");
    }
}

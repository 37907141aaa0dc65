//! Waiting awake: a worker that waits for less than a millisecond should not fall asleep, as waking takes longer.
//!
//! A worker hears messages between two tasks of its event loop. As long as it gives itself the next task at once, the
//! loop goes round and the system does not put the worker's thread to sleep. `scheduler.postTask` is the one way that
//! costs next to nothing; a browser without it falls asleep.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::WorkerGlobalScope;

/// How long a worker stays awake for nothing, in milliseconds.
const LONGEST: f64 = 1.0;

/// Keeps this worker awake for a while.
pub struct KeepAwake(Option<Rc<State>>);

struct State {
    scope: WorkerGlobalScope,
    scheduler: JsValue,
    post_task: Function,
    options: Object,
    /// When to give up, in milliseconds of the worker's clock.
    until: Cell<f64>,
    /// Whether the next task has been given.
    going: Cell<bool>,
    turn: Closure<dyn FnMut()>,
}

impl KeepAwake {
    /// A keep-awake that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self(State::new().ok())
    }

    /// Stays awake from now on, for a millisecond at most.
    pub fn begin(&self) {
        if let Some(state) = &self.0 {
            state.until.set(state.now() + LONGEST);
            if !state.going.replace(true) {
                state.give_task();
            }
        }
    }

    /// What was waited for is there.
    pub fn end(&self) {
        if let Some(state) = &self.0 {
            state.until.set(0.0);
        }
    }
}

impl State {
    fn new() -> Result<Rc<Self>, JsValue> {
        let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
        let scheduler = Reflect::get(&scope, &"scheduler".into())?;
        let post_task = Reflect::get(&scheduler, &"postTask".into())?.dyn_into()?;
        let options = Object::new();
        // After every message that has come.
        Reflect::set(&options, &"priority".into(), &"background".into())?;
        Ok(Rc::new_cyclic(|state: &std::rc::Weak<Self>| {
            let state = state.clone();
            let turn = Closure::new(move || {
                let Some(state) = state.upgrade() else { return };
                if state.now() < state.until.get() {
                    state.give_task();
                } else {
                    state.going.set(false);
                }
            });
            Self { scope, scheduler, post_task, options, until: Cell::new(0.0), going: Cell::new(false), turn }
        }))
    }

    fn give_task(&self) {
        if self.post_task.call2(&self.scheduler, self.turn.as_ref(), &self.options).is_err() {
            self.going.set(false);
        }
    }

    fn now(&self) -> f64 {
        self.scope.performance().map_or(0.0, |performance| performance.now())
    }
}

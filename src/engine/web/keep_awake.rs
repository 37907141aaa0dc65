//! Keep-awake: keeps a worker's thread from being suspended while it waits for a message that comes within a
//! millisecond, as waking it takes longer than that.
//!
//! A worker receives messages between two tasks of its event loop. As long as each task posts the next one, the event
//! loop does not become idle, and the system does not suspend the thread. `scheduler.postTask` does that at the least
//! cost; in a browser without it the thread is suspended.
//!
//! Each task is garbage, which the browser collects when it likes. So each of a wait lasts longer than the one before, and
//! few are needed; a message that comes meanwhile waits for a small part of the time that has passed already.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::WorkerGlobalScope;

/// How long a worker is kept awake if no message comes, in milliseconds.
const LONGEST: f64 = 1.0;

/// From so many tasks on, those of a wait last no longer: about a tenth of a millisecond.
const GROWING: u32 = 30;

/// Keeps this worker awake between [`begin`](Self::begin) and [`end`](Self::end); does nothing in a browser without
/// `scheduler.postTask`.
pub struct KeepAwake(Option<Rc<State>>);

struct State {
    scope: WorkerGlobalScope,
    scheduler: JsValue,
    post_task: Function,
    options: Object,
    /// Until when to post tasks, in milliseconds of the worker's clock.
    until: Cell<f64>,
    /// Whether a task is posted that has not run.
    is_posted: Cell<bool>,
    /// How many tasks of this wait have run, [`GROWING`] at most.
    ran: Cell<u32>,
    task: Closure<dyn FnMut()>,
}

impl KeepAwake {
    /// A keep-awake that posts no tasks yet.
    #[must_use]
    pub fn new() -> Self {
        Self(State::new().ok())
    }

    /// Keeps the worker awake from now on, for a millisecond at most.
    pub fn begin(&self) {
        if let Some(state) = &self.0 {
            state.until.set(state.now() + LONGEST);
            state.ran.set(0);
            if !state.is_posted.replace(true) {
                state.post_next();
            }
        }
    }

    /// Ends keeping the worker awake: the expected message has come.
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
        // Lowest priority: messages that have come are handled first.
        Reflect::set(&options, &"priority".into(), &"background".into())?;
        Ok(Rc::new_cyclic(|state: &std::rc::Weak<Self>| {
            let state = state.clone();
            let task = Closure::new(move || {
                let Some(state) = state.upgrade() else { return };
                let ran = state.ran.get();
                state.ran.set(GROWING.min(ran + 1));
                // A task lasts as long as it looks at the clock.
                let looks = 1 + ran * ran / 2;
                if (0..looks).all(|_| state.now() < state.until.get()) {
                    state.post_next();
                } else {
                    state.is_posted.set(false);
                }
            });
            Self {
                scope,
                scheduler,
                post_task,
                options,
                until: Cell::new(0.0),
                is_posted: Cell::new(false),
                ran: Cell::new(0),
                task,
            }
        }))
    }

    fn post_next(&self) {
        if self.post_task.call2(&self.scheduler, self.task.as_ref(), &self.options).is_err() {
            self.is_posted.set(false);
        }
    }

    fn now(&self) -> f64 {
        self.scope.performance().map_or(0.0, |performance| performance.now())
    }
}

//! Notices a helper worker that has ended without a word: a worker that was terminated by the browser sends no event.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::DedicatedWorkerGlobalScope;

/// Interval between two looks, in milliseconds.
const INTERVAL: i32 = 1_000;

/// Watches one helper while its reply is awaited.
///
/// It counts its own ticks, and so only time in which this machine is awake: after hours of sleep no helper is lost.
pub(super) struct Watch(Rc<State>);

struct State {
    /// Told why the helper is lost.
    on_loss: Box<dyn Fn(String)>,
    /// Milliseconds that are left for the reply, and all of them; none while none is awaited.
    left: Cell<Option<(f64, f64)>>,
    interval: Cell<Option<i32>>,
    tick: Closure<dyn FnMut()>,
}

impl Watch {
    /// A watch that tells `on_loss` why the helper is lost, and waits for nothing so far.
    pub(super) fn new(on_loss: impl Fn(String) + 'static) -> Self {
        Self(Rc::new_cyclic(|state: &std::rc::Weak<State>| {
            let state = state.clone();
            let tick = Closure::new(move || {
                if let Some(state) = state.upgrade() {
                    state.look();
                }
            });
            State { on_loss: Box::new(on_loss), left: Cell::new(None), interval: Cell::new(None), tick }
        }))
    }

    /// Waits for a reply for so many milliseconds.
    pub(super) fn begin(&self, patience: f64) {
        let state = &self.0;
        state.left.set(Some((patience, patience)));
        if state.interval.get().is_none() {
            let tick = state.tick.as_ref().unchecked_ref();
            let set = scope().set_interval_with_callback_and_timeout_and_arguments_0(tick, INTERVAL);
            state.interval.set(set.ok());
        }
    }

    /// The reply has come.
    pub(super) fn end(&self) {
        // The timer ends by itself: to stop it here would be to set it for every reply.
        self.0.left.set(None);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl State {
    fn look(&self) {
        match self.left.get() {
            None => self.stop(),
            Some((left, patience)) if left > f64::from(INTERVAL) => {
                self.left.set(Some((left - f64::from(INTERVAL), patience)));
            }
            Some((_, patience)) => {
                self.left.set(None);
                (self.on_loss)(format!("no answer for {} s", (patience / 1000.0).round()));
            }
        }
    }

    fn stop(&self) {
        if let Some(interval) = self.interval.take() {
            scope().clear_interval_with_handle(interval);
        }
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

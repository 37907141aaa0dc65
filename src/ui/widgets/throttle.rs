//! Work that is wanted more often than it is to be done.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::set_timeout;

/// Work that is done at once, and then no more often than every `pause`.
pub struct Throttle {
    work: Box<dyn Fn()>,
    pause: Duration,
    /// Whether the pause since the last work is not over.
    pausing: Cell<bool>,
    /// Whether it was called for during the pause.
    wanted: Cell<bool>,
}

impl Throttle {
    /// For this work.
    pub fn new(pause: Duration, work: impl Fn() + 'static) -> Rc<Self> {
        Rc::new(Self { work: Box::new(work), pause, pausing: Cell::new(false), wanted: Cell::new(false) })
    }

    /// Has the work done, now or after the pause.
    pub fn call(self: &Rc<Self>) {
        if self.pausing.replace(true) {
            self.wanted.set(true);
            return;
        }
        (self.work)();
        let throttle = Rc::clone(self);
        let after = move || {
            throttle.pausing.set(false);
            if throttle.wanted.take() {
                throttle.call();
            }
        };
        set_timeout(after, self.pause);
    }
}

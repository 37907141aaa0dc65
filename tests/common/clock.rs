//! A clock that only the test moves.

use std::cell::Cell;

thread_local! {
    /// The time of this thread's test, in milliseconds.
    pub static NOW: Cell<f64> = const { Cell::new(0.0) };
}

/// Moves the clock on by so many milliseconds, and tells the time.
pub fn advance(milliseconds: f64) -> f64 {
    NOW.set(NOW.get() + milliseconds);
    NOW.get()
}

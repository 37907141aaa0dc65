//! The session: a state machine that trains, adapts, evaluates and answers calls, a slice of time at a time.
//!
//! It knows no browser: time comes from a clock that it is given, backends from an opener that it is given, and its events
//! wait in an outbox. Whoever holds it calls [`Session::handle`] for every call and [`Session::advance`] while there is work,
//! and is never kept longer than about ten milliseconds.

mod calls;
mod configuration;
mod preview;
mod run;
mod state;
mod training_control;
mod work;

pub use state::{Opener, Session};
pub use work::Next;

//! The session: a state machine that trains, adapts, evaluates and answers calls, a slice of time at a time.
//!
//! It does not depend on a browser: it is given a clock and an opener of backends, and collects its events in an
//! outbox. Its owner calls [`Session::handle`] for every call and [`Session::advance`] while there is work; neither
//! takes much longer than about ten milliseconds.

mod adaptation;
mod calls;
mod configuration;
mod kept_runs;
mod loading;
mod preview;
mod rewind;
mod run;
mod saves;
mod state;
mod training_control;
mod views;
mod work;

pub use state::{Opener, Session};
pub use work::Next;

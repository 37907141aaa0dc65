//! Experiments: several runs side by side, which a comparison and a search are made of.
//!
//! A run goes on one worker at a time, a [`RunSegment`](crate::train::segment::RunSegment) after the other; a free worker takes
//! the run that is behind the others. What a run comes to does not depend on the workers, nor on how it is cut into segments.
//! This is the state machine; whoever holds workers asks it for the [next](JobQueue::next_segment) segment and
//! [gives back](JobQueue::accept) its outcome.

mod queue;
mod run;

pub use queue::{JobId, JobQueue};
pub use run::MOST_RUNS;

//! Experiments: several runs side by side. Comparisons and searches are experiments.
//!
//! A run is executed as a sequence of [`RunSegment`](crate::train::segment::RunSegment)s, one at a time, on any worker;
//! an idle worker takes the next segment of the run with the fewest measurements. The result of a run depends neither
//! on the workers nor on how it is cut into segments. [`JobQueue`] is a state machine without workers: an executor asks
//! it for the [next](JobQueue::next_segment) segment and [returns](JobQueue::accept) its outcome.

mod queue;
mod run;

pub use queue::{JobId, JobQueue};
pub use run::MOST_RUNS;

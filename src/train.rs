//! Training: the only loop over meta-iterations, and what goes along with it.
//!
//! [`TrainingLoop`](training_loop::TrainingLoop) knows how far a run is and what comes next. The session gives it a slice of
//! time at a time, [`run`] takes it to the end, a [`segment`] up to a measurement, and [`parallel`] steps several together.
//! [`evaluation_queue`] measures θ beside it.

pub mod evaluation_queue;
pub mod parallel;
pub mod run;
pub mod segment;
pub mod timeline;
pub mod training_loop;

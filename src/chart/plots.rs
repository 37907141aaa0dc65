//! The charts, one file each.

// The shown curve: what θ and its adaptations make of it.
pub mod adaptation;
pub mod fit;
mod scores;

// The run.
pub mod alignment;
pub mod training;

// Experiments of several runs.
pub mod comparison;
pub mod run_fit;
pub mod search;

// One meta-iteration, step by step.
pub mod plane;
pub mod task;

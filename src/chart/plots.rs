//! The charts, one file each.

pub mod adaptation;
pub mod alignment;
pub mod comparison;
pub mod fit;
mod scores;
pub mod search;
pub mod training;
pub mod two_tasks;

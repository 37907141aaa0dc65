//! The panels below: curves, evaluation, one meta-iteration on two tasks, the loss surface, gradient alignment, comparison
//! and search.

pub mod alignment;
pub mod comparison;
pub mod curves;
pub mod engine;
pub mod evaluation;
pub mod explain;
pub mod loss_surface;
pub mod search;
pub mod search_form;
pub mod two_tasks;

//! The panels below: curves, evaluation, one meta-iteration on two tasks, views of θ, comparison and search.

pub mod alignment;
pub mod comparison;
pub mod curves;
pub mod engine;
pub mod evaluation;
pub mod explain;
pub mod inside;
pub mod lessons;
pub mod loss_surface;
pub mod search;
pub mod search_form;
pub mod share;
pub mod stale;
pub mod theta_map;
pub mod two_tasks;
pub mod wheel;
mod worksheet;

//! The page without a DOM: what it knows and what a person can do with it, tested natively.

pub mod appearance;
pub mod comparison;
pub mod draft;
pub mod experiment;
pub mod fitted_run;
pub mod formatting;
pub mod formula;
pub mod labels;
pub mod pretrained;
pub mod preview_input;
pub mod run_names;
pub mod scale;
pub mod two_tasks;
pub mod undo;

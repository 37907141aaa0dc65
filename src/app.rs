//! The page without a DOM: what it knows and what a person can do with it, tested natively.
//!
//! ```text
//! person, script → Action → App::update(PageState) → Effect → engine, browser
//! ```
//!
//! [`state`] is what the page is, [`action`] what can be done, [`update`] the one way from one state to the next. What
//! the engine has measured is no part of the state: [`comparison`] and [`search`] hold it for theirs.
//!
//! [`link`] writes a state into the page's address and reads it back, and [`lesson`] goes through several of them with a
//! class.

pub mod action;
pub mod algorithm_box;
pub mod appearance;
pub mod checkpoint;
pub mod comparison;
pub mod comparison_request;
pub mod csv;
pub mod draft;
pub mod ending;
pub mod estimate;
pub mod experiment;
pub mod field;
pub mod file;
pub mod fitted_run;
pub mod formatting;
pub mod formula;
pub mod glossary;
pub mod kept;
pub mod labels;
pub mod lesson;
pub mod lesson_progress;
pub mod link;
pub mod number;
mod pace_form;
pub mod part;
pub mod points;
pub mod pretrained;
pub mod preview_input;
pub mod problem;
pub mod projector;
pub mod provenance;
pub mod pytorch;
pub mod qr;
pub mod readout_place;
pub mod replay;
pub mod run_names;
pub mod run_notes;
pub mod scale;
pub mod search;
pub mod session_file;
pub mod state;
pub mod state_error;
pub mod task_map;
pub mod tune;
pub mod two_tasks;
pub mod undo;
pub mod update;
pub mod views;

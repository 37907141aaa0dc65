//! The page: leptos components over one grouped state, `state::Lab`.
//!
//! Events become signals, and what a person does becomes Commands, in `link` and `intents`; components only read
//! signals and call intents. Files that need no browser are compiled natively too, where their tests run.

pub mod draft;
pub mod history;
pub mod labels;
pub mod pretrained;
pub mod scale;
pub mod subject;
pub mod undo;
pub mod words;

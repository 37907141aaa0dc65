//! The settings of the run, by group.

pub mod groups;
pub mod layers;
pub mod settings;

//! The settings of the run, by group.

pub mod layers;
pub mod settings;

//! The mathematics: no browser, no GPU, no clock, no files. One seed gives one result.

pub mod adaptation;
pub mod alignment;
pub mod config;
pub mod config_error;
pub mod cost;
pub mod course;
pub mod curve;
pub mod evaluation;
pub mod family;
pub mod network;
pub mod optimizer;
pub mod outer;
pub mod parameters;
pub mod pretrained;
pub mod reptile;
pub mod rng;
pub mod search;
pub mod sum;
pub mod task;

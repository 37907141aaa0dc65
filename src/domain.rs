//! The mathematics: no browser, no GPU, no clock, no files. One seed gives one result.

pub mod adaptation;
pub mod alignment;
pub mod config;
pub mod config_error;
pub mod cost;
pub mod curve;
pub mod early_stopping;
pub mod evaluation;
pub mod family;
pub mod float_bytes;
pub mod history;
pub mod inner_optimizer;
pub mod network;
pub mod outer_optimizer;
pub mod pairwise_sum;
pub mod parameters;
pub mod pretrained;
pub mod reptile;
pub mod rng;
pub mod search;
pub mod statistics;
pub mod task;

//! The mathematics: no browser, no GPU, no clock, no files. One seed gives one result.

pub mod activation;
pub mod adaptation;
pub mod algorithm;
pub mod alignment;
pub mod choice;
pub mod config;
pub mod cost;
pub mod early_stopping;
pub mod evaluation;
pub mod float_bytes;
pub mod history;
pub mod inner_optimizer;
pub mod loss_surface;
pub mod moments;
pub mod network;
pub mod outer_optimizer;
pub mod pace;
pub mod pairwise_sum;
pub mod parameter_plane;
pub mod provenance;
pub mod rng;
pub mod schedule;
pub mod statistics;
pub mod task;
pub mod train_state;
pub mod training;

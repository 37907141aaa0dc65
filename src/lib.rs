//! Reptile Lab: a page on which a class watches a small network learn to learn.
//!
//! One direction of flow:
//!
//! ```text
//! Config → tasks → backend (inner loops) → outer update of θ → session → Event → page state → charts
//! ```
//!
//! Modules, in the order of their dependence:
//! - [`text`]: every message, in every language.
//! - [`lanes`], [`math`], [`numbers`]: arithmetic with the same bits on every machine; vectors as bytes.
//! - [`domain`]: the mathematics; no IO, no clock, no browser. One seed gives one result.
//! - [`backend`]: where inner loops run: scalar reference, SIMD, GPU.
//! - [`train`]: the only training loop; segments of runs, and evaluations beside it.
//! - [`engine`]: the session, the worker that holds it, and the page's end.
//! - [`app`]: the page without a DOM: what it knows and what a person can do with it.
//! - [`chart`]: drawings over any plotters backend.
//! - [`ui`]: the page; its components exist in the browser only.
//!
//! Invariants: the page holds no training state and does no training; the reference backend is the truth that the
//! others are tested against; the CPU backend gives the same bits natively and in every browser; a Config is complete,
//! and refused with the name of the field when it is wrong.

/// Which build this is: a fingerprint of the sources. The page's parts, fetched one by one, know each other by it.
pub const BUILD: &str = env!("REPTILE_LAB_BUILD");

pub mod app;
pub mod backend;
pub mod chart;
pub mod domain;
pub mod engine;
pub mod i18n;
pub mod simd;
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod ui;

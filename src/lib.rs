//! Reptile Lab: a page on which a class watches a small network learn to learn.
//!
//! Two directions of flow, one place each:
//!
//! ```text
//! Config → tasks → backend (inner loops) → outer update of θ → session → Event → page state → charts
//! person, script, link, lesson → Action → App::update(PageState) → Effect → Command
//! ```
//!
//! Modules, in the order of their dependence; each may use those before it, and no two files use each other:
//! - [`i18n`]: every message, in every language, with named arguments.
//! - [`simd`]: vectors with the same bits on every machine; tanh, sine, e^x and ln(1 + x) over them.
//! - [`domain`]: the mathematics; no IO, no clock, no browser. One seed gives one result. [`domain::config`] stands on
//!   top of it: the document, the table of its parameters, presets.
//! - [`backend`]: where inner loops run: scalar reference, SIMD, a pool of workers, GPU; which of them, and why.
//! - [`train`]: the only training loop; segments of runs, and evaluations beside it.
//! - [`engine`]: the session, experiments of many runs, the worker that holds them, and the typed protocol with the page.
//! - [`app`]: the page without a DOM: [`app::state::PageState`], [`app::action::Action`], [`app::update::App::update`].
//! - [`chart`]: every chart, made from sources that it subscribes to by reading them, over any plotters backend.
//! - `ui`: the leptos page, in the browser only: components read signals and dispatch actions.
//!
//! Invariants: the page holds no training state and does no training; the reference backend is the truth that the
//! others are tested against; the CPU backend gives the same bits natively and in every browser; a Config is complete,
//! and refused with the name of the field when it is wrong; all that a person can do is an Action, and undo restores a
//! part of the `PageState`. `tests/architecture.rs` checks the order of the modules.

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
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod ui;

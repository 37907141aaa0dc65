//! The engine: a session that trains and answers calls, the worker that it runs in, and the page's client of it.

mod arguments;
pub mod experiments;
pub mod protocol;
pub mod session;
pub mod two_tasks;
mod views;
#[cfg(target_arch = "wasm32")]
pub mod web;

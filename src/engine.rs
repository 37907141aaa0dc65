//! The engine: a session that trains and answers commands, in a Web Worker, and the page's end of it.

mod arguments;
pub mod experiments;
pub mod protocol;
pub mod session;
pub mod two_tasks;
#[cfg(target_arch = "wasm32")]
pub mod web;

//! The engine: a session that trains and answers commands, in a Web Worker, and the page's end of it.

#[cfg(target_arch = "wasm32")]
mod adapter;
#[cfg(target_arch = "wasm32")]
pub mod client;
#[cfg(target_arch = "wasm32")]
mod envelope;
#[cfg(target_arch = "wasm32")]
pub mod hands;
#[cfg(target_arch = "wasm32")]
mod pool;
pub mod protocol;
pub mod series;
pub mod session;
#[cfg(target_arch = "wasm32")]
mod trial;
pub mod two_tasks;
#[cfg(target_arch = "wasm32")]
mod vigil;
#[cfg(target_arch = "wasm32")]
pub mod worker;

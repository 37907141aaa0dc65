//! The engine in a browser: the worker that holds the session, its helpers, and the page's end of the connection.

mod adapter;
pub mod client;
mod codec;
mod executor;
mod gpu_probe;
pub mod helper;
mod keep_awake;
pub mod worker;

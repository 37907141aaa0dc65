//! The wasm binary: the page, or in a worker the engine.

fn main() {}

//! The program of the engine's workers, for browsers with WebGPU: the same engine, and wgpu.

#[cfg(target_arch = "wasm32")]
fn main() {
    use reptile_lab::engine::web::{run, webgpu};
    run(Some(webgpu::OPENERS));
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program is a part of a web page: `cargo xtask serve` builds and serves it.");
}

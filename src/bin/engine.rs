//! The program of the engine's workers, for browsers without WebGPU.

#[cfg(target_arch = "wasm32")]
fn main() {
    reptile_lab::engine::web::run(None);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program is a part of a web page: `cargo xtask serve` builds and serves it.");
}

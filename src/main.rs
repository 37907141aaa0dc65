//! The wasm binary: the page, or in a worker the engine.

#[cfg(target_arch = "wasm32")]
fn main() {
    if web_sys::window().is_some() {
        reptile_lab::ui::mount();
    } else {
        reptile_lab::engine::worker::start();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program is a web page: `cargo xtask serve` builds and serves it.");
}

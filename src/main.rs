//! The wasm binary: the page, or in a worker the engine, or in a worker of that one of its hands.

#[cfg(target_arch = "wasm32")]
fn main() {
    if web_sys::window().is_some() {
        reptile_lab::ui::mount();
    } else if reptile_lab::engine::web::helper::is_helper() {
        reptile_lab::engine::web::helper::start();
    } else {
        reptile_lab::engine::web::worker::start();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program is a web page: `cargo xtask serve` builds and serves it.");
}

//! The page's program.

#[cfg(target_arch = "wasm32")]
fn main() {
    reptile_lab::ui::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program is a web page: `cargo xtask serve` builds and serves it.");
}

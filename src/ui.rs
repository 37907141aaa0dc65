//! The page: leptos components over one grouped state, `state::Lab`.
//!
//! Events become signals, and what a person does becomes Commands; components only read signals and call actions.

mod actions;
mod api;
mod controls;
mod engine_sync;
mod panels;
mod search;
mod shell;
mod state;
mod task;
mod widgets;

pub use state::Lab;

/// Shows the page, and starts the engine.
pub fn mount() {
    shell::notices::show_panics();
    leptos::mount::mount_to_body(|| {
        let lab = Lab::new();
        lab.speak(shell::preferences::locale());
        lab.connect();
        api::install(lab);
        leptos::view! { <shell::app::App lab/> }
    });
}

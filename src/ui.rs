//! The page: leptos components over one grouped state, `state::Page`.
//!
//! Events become signals, and what a person does becomes Commands; components only read signals and call actions.

mod actions;
mod api;
mod controls;
mod engine_sync;
mod panels;
mod search;
mod shell;
mod sources;
mod state;
mod task;
mod widgets;

pub use state::Page;

/// Shows the page, and starts the engine.
pub fn mount() {
    shell::notices::show_panics();
    leptos::mount::mount_to_body(|| {
        let page = Page::new();
        page.speak(shell::preferences::locale());
        page.connect();
        api::install(page);
        leptos::view! { <shell::app::App page/> }
    });
}

//! The page: leptos components over one grouped state, `state::Lab`.
//!
//! Events become signals, and what a person does becomes Commands, in `link` and `intents`; components only read
//! signals and call intents. Files that need no browser are compiled natively too, where their tests run.

pub mod comparison;
pub mod draft;
pub mod history;
pub mod labels;
pub mod pretrained;
pub mod scale;
pub mod subject;
pub mod undo;
pub mod words;

#[cfg(target_arch = "wasm32")]
mod alignment;
#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod canvas;
#[cfg(target_arch = "wasm32")]
mod compare;
#[cfg(target_arch = "wasm32")]
mod controls;
#[cfg(target_arch = "wasm32")]
mod cost;
#[cfg(target_arch = "wasm32")]
mod curves;
#[cfg(target_arch = "wasm32")]
mod engine_panel;
#[cfg(target_arch = "wasm32")]
mod evaluation;
#[cfg(target_arch = "wasm32")]
mod explain;
#[cfg(target_arch = "wasm32")]
mod field;
#[cfg(target_arch = "wasm32")]
mod fit;
#[cfg(target_arch = "wasm32")]
mod folded;
#[cfg(target_arch = "wasm32")]
mod header;
#[cfg(target_arch = "wasm32")]
mod intents;
#[cfg(target_arch = "wasm32")]
mod keyboard;
#[cfg(target_arch = "wasm32")]
mod language;
#[cfg(target_arch = "wasm32")]
mod layers;
#[cfg(target_arch = "wasm32")]
mod link;
#[cfg(target_arch = "wasm32")]
mod notices;
#[cfg(target_arch = "wasm32")]
mod pencil;
#[cfg(target_arch = "wasm32")]
mod picker;
#[cfg(target_arch = "wasm32")]
mod preferences;
#[cfg(target_arch = "wasm32")]
mod run_bar;
#[cfg(target_arch = "wasm32")]
mod search;
#[cfg(target_arch = "wasm32")]
mod search_form;
#[cfg(target_arch = "wasm32")]
mod search_section;
#[cfg(target_arch = "wasm32")]
mod shots;
#[cfg(target_arch = "wasm32")]
mod state;
#[cfg(target_arch = "wasm32")]
mod two_tasks;

#[cfg(target_arch = "wasm32")]
pub use state::Lab;

/// Shows the page, and starts the engine.
#[cfg(target_arch = "wasm32")]
pub fn mount() {
    notices::show_panics();
    leptos::mount::mount_to_body(|| {
        let lab = Lab::new();
        lab.speak(preferences::locale());
        lab.connect();
        api::install(lab);
        leptos::view! { <app::App lab/> }
    });
}

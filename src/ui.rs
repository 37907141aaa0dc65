//! The page: leptos components over signals that they can only read.
//!
//! What a person does is an [`Action`](crate::app::action::Action), which components dispatch to the [`Page`]; what
//! follows from it is carried out by `effects`. What the engine says comes in by `engine_sync`, and of comparison and
//! search by `experiments`.

mod api;
mod chart_state;
mod controls;
mod effects;
mod engine_link;
mod engine_sync;
mod experiments;
mod late;
mod late_entries;
mod page;
mod panels;
mod shell;
mod sources;
mod task;
mod widgets;

pub use page::Page;

use crate::app::state::PageState;
use shell::{notices, preferences};

/// Shows the page, and starts the engine.
pub fn mount() {
    notices::show_panics();
    leptos::mount::mount_to_body(|| {
        let locale = preferences::locale();
        let page = Page::new(PageState::new(locale, preferences::scheme()));
        page.speak(locale);
        page.connect();
        api::install(page);
        late::install(page, late_entries::load);
        leptos::view! { <shell::app::App page/> }
    });
}

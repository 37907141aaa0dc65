//! The page: leptos components over signals that they can only read.
//!
//! What a person does is an [`Action`](crate::app::action::Action), which components dispatch to the [`Page`].
//! `effects` carries out the effects of an action, and `travel` goes to the moment that a link begins at. `engine_sync`
//! handles the engine's events, and `experiments` those of comparison and search.

mod api;
mod chart_state;
mod controls;
mod effects;
mod engine_link;
mod engine_sync;
mod experiments;
mod files;
mod kept_session;
mod lazy_chunk;
mod lazy_entries;
mod lesson_signals;
mod lessons;
mod page;
mod panels;
mod reach;
mod save_chart;
mod script_value;
mod shell;
mod sound;
mod sources;
mod task;
mod travel;
mod widgets;

pub use page::Page;

use crate::app::link::Link;
use crate::app::problem::Problem;
use crate::app::state::PageState;
use crate::i18n::Locale;
use shell::{address, notices, preferences, session};

/// Shows the page, and starts the engine.
pub fn mount() {
    notices::show_panics();
    remove_outline();
    leptos::mount::mount_to_body(|| {
        let locale = preferences::locale();
        take_texts(locale);
        let scheme = preferences::scheme();
        let opened = address::link(locale, scheme);
        let beginning = || Link::new(PageState::new(locale, scheme), 0);
        let (link, problem) = match opened {
            Ok(link) => (link, None),
            Err(error) => (beginning(), Some(Problem::Link(error))),
        };
        let is_opened_by_link = problem.is_some() || !address::is_beginning(&link);
        let Link { state, moment, kept, lesson_text } = link;
        let locale = state.appearance.locale;
        let page = Page::new(state);
        page.speak(locale, false);
        page.connect();
        if let Some(problem) = problem {
            page.report(problem);
        }
        api::install(page);
        lazy_chunk::install(lazy_entries::load);
        if let Some(text) = lesson_text {
            lazy_chunk::with_lazy_chunk(page, move |chunk| {
                if let Err(problem) = (chunk.take_linked_lesson)(page, &text) {
                    page.report(problem);
                }
            });
        }
        session::begin(page, (moment, kept), is_opened_by_link);
        leptos::view! { <shell::app::App page/> }
    });
}

/// Takes in the language's texts that `www/start.js` has fetched, so that the page speaks it from its first frame.
fn take_texts(locale: Locale) {
    let texts = js_sys::Reflect::get(&leptos::prelude::window(), &"texts".into()).unwrap_or_default();
    if let (false, Some(texts)) = (locale.is_known(), texts.as_string()) {
        // Where they are not its texts, it fetches them itself and says why it cannot speak it.
        drop(locale.load(&texts));
    }
}

/// Removes the outline that the document shows until the program has arrived; the page takes its place in the same frame.
fn remove_outline() {
    if let Some(outline) = leptos::prelude::document().get_element_by_id("start") {
        outline.remove();
    }
}

//! The address of the page: it opens what its fragment says, and follows what is done, so that a reload, a bookmark and the
//! browser's history lead back.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::app::action::Action;
use crate::app::appearance::Scheme;
use crate::app::link::{Link, LinkError};
use crate::app::problem::Problem;
use crate::app::state::PageState;
use crate::i18n::Locale;
use crate::ui::lazy_chunk::with_lazy_chunk;
use crate::ui::page::Page;
use crate::ui::widgets::throttle::Throttle;

/// The address follows no more often than this: browsers refuse more than some dozens of changes in ten seconds.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// What the address opens.
///
/// # Errors
/// Why it opens nothing.
pub fn link(locale: Locale, scheme: Scheme) -> Result<Link, LinkError> {
    Link::read(&fragment(), locale, scheme)
}

/// Keeps the address that of the page, and the page that of an address which is gone to.
pub fn follow(page: Page) {
    let write = Throttle::new(FOLLOW_EVERY, move || write(page));
    Effect::new(move |before: Option<()>| {
        page.edited.track();
        page.results.kept.track();
        // What is on its way stands in the address already, so that a reload goes there, too.
        page.run.reaching.track();
        page.run.shown.track();
        // Until something is done, the address is what it was opened by, also where that was refused.
        if before.is_some() {
            write.call();
        }
    });
    let gone = window_event_listener_untyped("popstate", move |_| {
        let (locale, scheme) = page.with_app(|app| {
            let appearance = app.state().appearance;
            (appearance.locale, appearance.scheme)
        });
        match link(locale, scheme) {
            Ok(Link { state, moment, kept, lesson_text }) => {
                let open = move || page.dispatch(Action::Open { state: Box::new(state), moment: Some(moment), kept });
                match lesson_text {
                    Some(text) => with_lazy_chunk(page, move |chunk| match (chunk.take_linked_lesson)(page, &text) {
                        Ok(()) => open(),
                        Err(problem) => page.report(problem),
                    }),
                    None => open(),
                }
            }
            Err(error) => page.report(Problem::Link(error)),
        }
    });
    on_cleanup(move || gone.remove());
}

/// Makes the address that of the page as it is now.
pub fn write(page: Page) {
    change(page, |history, address| history.replace_state_with_url(&JsValue::NULL, "", Some(address)));
}

/// The same as a new entry of the browser's history, so that “back” leads to the page as it was before.
pub fn push(page: Page) {
    change(page, |history, address| history.push_state_with_url(&JsValue::NULL, "", Some(address)));
}

/// The link to the page as it is now. What has trained θ is part of it only where this Config trains it again.
pub fn present(page: Page) -> Link {
    let shown = page.run.reaching.get_untracked().unwrap_or_else(|| page.run.shown.get_untracked());
    let moment = if page.is_of_config() { shown } else { 0 };
    let state = page.with_app(|app| app.state().clone());
    // The lesson of a file goes along where it is short.
    let lesson_text = state.view.lesson.as_ref().and_then(|name| page.lessons.short_text(name));
    // So is the θ that is kept for comparison.
    let kept = page.results.kept.with_untracked(|kept| kept.as_ref().map(|kept| kept.iteration));
    let kept = kept.filter(|_| page.results.kept_by.with_value(|by| by.as_ref() == Some(&state.document.config)));
    Link { state, moment, kept, lesson_text }
}

/// The address that opens the page as it is now.
pub fn of(page: Page) -> String {
    format!("{}#{}", place(), present(page).write(false))
}

/// The address of this page without a fragment.
pub fn place() -> String {
    let address = window().location().href().unwrap_or_default();
    address.split_once('#').map_or(address.clone(), |(place, _)| place.to_owned())
}

fn change(page: Page, write: impl FnOnce(&web_sys::History, &str) -> Result<(), JsValue>) {
    let link = present(page);
    let address = if is_beginning(&link) { place() } else { format!("{}#{}", place(), link.write(false)) };
    let is_there = window().location().href().is_ok_and(|there| there == address);
    if let (false, Ok(history)) = (is_there, window().history()) {
        // A browser that refuses it, as from a file, has an address that does not follow.
        let _ = write(&history, &address);
    }
}

/// Whether it is the page as one finds it.
pub fn is_beginning(Link { state, moment, kept, .. }: &Link) -> bool {
    *moment == 0 && kept.is_none() && *state == PageState::new(state.appearance.locale, state.appearance.scheme)
}

fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

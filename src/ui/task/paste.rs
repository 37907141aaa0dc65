//! Own points as shots: rows of x and y from the clipboard, anywhere on the page, or written into a dialog.

use js_sys::{JsString, Reflect};
use leptos::html::Textarea;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlDialogElement};

use crate::app::action::Action;
use crate::app::points::{self, PointsError};
use crate::app::problem::Problem;
use crate::i18n::{Locale, message};
use crate::ui::lazy_chunk::with_lazy_chunk;
use crate::ui::page::{Page, page};

/// Elements in which what is pasted is text.
const TAKES_TEXT: &str = "input, textarea, select, [contenteditable]";
/// A dialog over the page. A large chart is part of it.
const COVERS: &str = "dialog[open]:not(.sheet)";

/// Listens for what is pasted outside of fields, for as long as the page lives.
pub fn listen(page: Page) {
    let handle = window_event_listener_untyped("paste", move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_in_field = target.is_some_and(|element| element.closest(TAKES_TEXT).ok().flatten().is_some());
        let is_covered = document().query_selector(COVERS).ok().flatten().is_some();
        if is_in_field || is_covered {
            return;
        }
        let Some(text) = pasted(&event) else { return };
        event.prevent_default();
        // It is not even copied if it is too long to be points.
        if text.length() as usize > points::MOST_BYTES {
            return page.report(Problem::Points(PointsError::TooLong));
        }
        let text = String::from(text);
        with_lazy_chunk(page, move |chunk| (chunk.take_points)(page, &text));
    });
    on_cleanup(move || handle.remove());
}

/// The text of a paste; none where something else is pasted.
fn pasted(event: &JsValue) -> Option<JsString> {
    let data = Reflect::get(event, &"clipboardData".into()).ok()?;
    let get: js_sys::Function = Reflect::get(&data, &"getData".into()).ok()?.dyn_into().ok()?;
    let text: JsString = get.call1(&data, &"text/plain".into()).ok()?.dyn_into().ok()?;
    (text.length() > 0).then_some(text)
}

/// Makes the points of a text the shots, or reports why it has none.
pub fn take(page: Page, text: &str) {
    if let Err(error) = place(page, text) {
        page.report(Problem::Points(error));
    }
}

fn place(page: Page, text: &str) -> Result<(), PointsError> {
    let points = page.run.config.with_untracked(|config| points::points(text, config))?;
    let count = points.len();
    page.dispatch(Action::PlaceShots { points });
    page.announce(page.locale().format(message::FitPasted { count }));
    Ok(())
}

/// The contents of the dialog.
#[must_use]
pub fn body() -> AnyView {
    view! { <Paste/> }.into_any()
}

#[component]
fn Paste() -> impl IntoView {
    let page = page();
    let area = NodeRef::<Textarea>::new();
    let refused = RwSignal::new(None::<PointsError>);
    let take = move |event: web_sys::MouseEvent| {
        let Some(area) = area.get_untracked() else { return };
        match place(page, &area.value()) {
            Ok(()) => {
                refused.set(None);
                area.set_value("");
                let button = event_target::<Element>(&event);
                if let Some(dialog) = button.closest("dialog").ok().flatten() {
                    dialog.unchecked_into::<HtmlDialogElement>().close();
                }
            }
            Err(error) => refused.set(Some(error)),
        }
    };
    let message = move || refused.with(|refused| refused.as_ref().map(|error| error.message(page.locale())));
    view! {
        <div class="paste">
            <p class="help" id="paste-help">{page.words(Locale::fit_paste_help)}</p>
            <label class="label" for="paste-text">{page.words(Locale::fit_paste_text)}</label>
            <textarea
                node_ref=area
                id="paste-text"
                rows="8"
                spellcheck="false"
                aria-describedby="paste-help"
                on:input=move |_| refused.set(None)
            ></textarea>
            <div role="alert">{move || message().map(|message| view! { <p class="help fault">{message}</p> })}</div>
            <div class="toolbar">
                <button type="button" class="primary" on:click=take>{page.words(Locale::fit_paste_use)}</button>
            </div>
        </div>
    }
}

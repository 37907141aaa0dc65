//! Keys that work anywhere on the page.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::app::action::Action;
use crate::ui::lazy_chunk::with_lazy_chunk;
use crate::ui::page::Page;
use crate::ui::shell::projector;

/// Elements that have a use of their own for the space bar. The dialog of a chart has none, so that a large one is trained
/// before the class.
const TAKES_SPACE: &str =
    "input, select, textarea, button, summary, a, dialog:not(.sheet), [role=slider], [contenteditable]";

/// Elements in which letters are typed or chosen by, and dialogs, which cover the page.
const TAKES_LETTERS: &str = "input, select, textarea, [contenteditable], dialog[open]";

/// Elements in which Ctrl+Z takes back typing.
const TAKES_UNDO: &str = "input[type=text], textarea, [contenteditable]";

/// Listens for as long as the page lives.
pub fn listen(page: Page) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| press(page, &event));
    on_cleanup(move || handle.remove());
}

fn press(page: Page, event: &KeyboardEvent) {
    let command = event.ctrl_key() || event.meta_key();
    let letter = letter(event);
    let done = match letter.as_str() {
        _ if event.default_prevented() || event.alt_key() => false,
        " " if !command && !inside(event, TAKES_SPACE) => {
            if event.shift_key() {
                page.dispatch(Action::Step { count: 1 });
            } else if !event.repeat() {
                page.train_or_pause();
            }
            true
        }
        "z" if command && !inside(event, TAKES_UNDO) => {
            page.dispatch(if event.shift_key() { Action::Redo } else { Action::Undo });
            true
        }
        "y" if command && !inside(event, TAKES_UNDO) => {
            page.dispatch(Action::Redo);
            true
        }
        "p" if !command && !event.repeat() && !inside(event, TAKES_LETTERS) => {
            projector::show(page, !page.view.projector.get_untracked());
            true
        }
        "?" if !command && !inside(event, TAKES_LETTERS) => open_keys(),
        "s" if !command && page.view.sound.get_untracked() => {
            let chart = chart_of(event);
            let is_chart = chart.is_some();
            if let Some(chart) = chart {
                with_lazy_chunk(page, move |chunk| {
                    (chunk.play)(page, &chart);
                });
            }
            is_chart
        }
        "arrowright" | "arrowleft" if !command && is_free(event) => turn(page, letter == "arrowright"),
        key if !command && page.view.projector.get_untracked() && is_free(event) => press_in_hall(page, key),
        _ => false,
    };
    if done {
        event.prevent_default();
    }
}

/// Opens what each key does; says whether the page has that.
fn open_keys() -> bool {
    let opener = document().query_selector("button.keyboard").ok().flatten().and_then(|it| it.dyn_into().ok());
    opener.map(|opener: HtmlElement| opener.click()).is_some()
}

/// Turns a page of the lesson that is open; says whether there is one.
fn turn(page: Page, forward: bool) -> bool {
    let reads = untrack(|| page.has_lesson());
    if reads {
        with_lazy_chunk(page, move |chunk| (chunk.turn)(page, forward));
    }
    reads
}

/// The keys of a lecture hall, those of a presenter's remote control among them.
fn press_in_hall(page: Page, key: &str) -> bool {
    match key {
        "escape" => projector::show(page, false),
        "home" => page.show_moment(page.first_moment()),
        "end" => page.dispatch(Action::GoTo { iteration: None }),
        "," => page.show_moment(page.run.shown.get_untracked().saturating_sub(1)),
        "." => page.show_moment(page.run.shown.get_untracked() + 1),
        "pagedown" => return turn(page, true),
        "pageup" => return turn(page, false),
        _ => return false,
    }
    true
}

/// Whether nothing has the focus that has a use of its own for keys.
fn is_free(event: &KeyboardEvent) -> bool {
    !inside(event, TAKES_SPACE) && !inside(event, "canvas, [tabindex='0']")
}

/// The key in lower case. Where the layout has another alphabet, the letter that stands there on a Latin keyboard.
pub fn letter(event: &KeyboardEvent) -> String {
    let key = event.key().to_ascii_lowercase();
    match event.code().strip_prefix("Key") {
        Some(latin) if !key.is_ascii() => latin.to_ascii_lowercase(),
        _ => key,
    }
}

/// The name of the chart that has the focus.
fn chart_of(event: &KeyboardEvent) -> Option<String> {
    event.target()?.dyn_into::<Element>().ok()?.get_attribute("data-chart")
}

/// Whether the event happened in an element that the selector names.
fn inside(event: &KeyboardEvent, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.and_then(|element| element.closest(selector).ok().flatten()).is_some()
}

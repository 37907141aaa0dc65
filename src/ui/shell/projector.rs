//! Projector mode: the chart, the plane and the run over the whole screen, and a ring around the pointer.

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::action::Action;
use crate::app::state::ViewChange;
use crate::ui::page::{Page, page};
use crate::ui::shell::browser;

/// The least width of a line of a chart in projector mode, in CSS pixels.
const LEAST_LINE: f64 = 3.0;

/// The least width of a line of a chart now, in CSS pixels, untracked.
pub fn least_line(page: Page) -> f64 {
    if page.view.projector.get_untracked() { LEAST_LINE } else { 0.0 }
}

/// Has the browser's full screen and the styles follow the mode, and leaves the mode with the full screen.
pub fn follow(page: Page) {
    let on = page.view.projector;
    Effect::new(move |before: Option<bool>| {
        let on = on.get();
        if let Some(root) = document().document_element() {
            // The attribute has no value that the browser refuses. A full screen may be refused, as where a link asks for it:
            // the mode fills the window then.
            if on {
                drop(root.set_attribute("data-projector", ""));
                spawn_local(browser::fill_screen(root));
            } else {
                drop(root.remove_attribute("data-projector"));
                if before == Some(true) && document().fullscreen_element().is_some() {
                    document().exit_fullscreen();
                }
            }
        }
        on
    });
    let left = window_event_listener_untyped("fullscreenchange", move |_| {
        if on.get_untracked() && document().fullscreen_element().is_none() {
            show(page, false);
        }
    });
    on_cleanup(move || left.remove());
}

/// Turns the mode on or off.
pub fn show(page: Page, on: bool) {
    page.dispatch(Action::View(ViewChange::Project { on }));
}

/// The button that turns the mode on, and off again.
#[component]
pub fn ProjectorSwitch() -> impl IntoView {
    let page = page();
    let on = page.view.projector;
    let words = move || if on.get() { page.locale().projector_leave() } else { page.locale().projector() };
    view! {
        <button
            type="button"
            class="icon projector-switch"
            aria-label=words
            title=words
            aria-keyshortcuts="P"
            aria-pressed=move || on.get().to_string()
            on:click=move |_| show(page, !on.get_untracked())
        >
            <span aria-hidden="true"></span>
        </button>
    }
}

/// A ring around the pointer, which the last row finds.
#[component]
pub fn PointerRing() -> impl IntoView {
    let page = page();
    move || page.view.projector.get().then(|| view! { <Ring/> })
}

#[component]
fn Ring() -> impl IntoView {
    let ring = NodeRef::<Div>::new();
    let moved = window_event_listener(leptos::ev::pointermove, move |event| {
        if let Some(ring) = ring.get_untracked() {
            // The browser refuses neither.
            let (left, top) = (event.client_x(), event.client_y());
            drop(ring.style(("transform", format!("translate({left}px, {top}px)"))));
            drop(ring.class_list().add_1("on"));
        }
    });
    on_cleanup(move || moved.remove());
    view! { <div class="pointer-ring" aria-hidden="true" node_ref=ring></div> }
}

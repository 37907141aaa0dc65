//! A chart over the whole window: the same canvas, with all that lies over it, in a dialog.
//!
//! The dialog is always around the chart, and laid out as if it were not there until it is opened: the chart stays where it is
//! in the document, keeps what a person does on it, and is drawn once.

use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement, KeyboardEvent, MouseEvent};

use crate::app::action::Action;
use crate::chart::export::FileKind;
use crate::i18n::{Locale, message};
use crate::ui::lazy_chunk::{ShownChart, with_lazy_chunk};
use crate::ui::page::page;
use crate::ui::shell::{browser, keyboard};

/// The key that opens the chart that has the focus, and closes it again.
const KEY: &str = "l";

/// The dialog of a chart, and the button that opens it.
#[component]
pub fn Large(
    /// The chart's name in the page's state.
    name: String,
    /// Whether it is open.
    is_large: Memo<bool>,
    /// The chart's title.
    title: Signal<String>,
    /// What the chart shows now.
    #[prop(into)]
    told: Signal<String>,
    /// Whether the chart is laid out at all.
    is_laid_out: Signal<bool>,
    /// The chart.
    children: Children,
) -> impl IntoView {
    let page = page();
    let dialog = NodeRef::<Dialog>::new();
    let heading = format!("{name}-large");
    let name = StoredValue::new(name);
    let is_wanted =
        Memo::new(move |_| page.view.large.with(|large| name.with_value(|name| large.as_ref() == Some(name))));
    let open = move || page.dispatch(Action::OpenLarge { chart: Some(name.get_value()) });
    let close = move || page.dispatch(Action::OpenLarge { chart: None });

    Effect::new(move |_| {
        let (is_wanted, Some(dialog)) = (is_wanted.get(), dialog.get()) else { return };
        if is_wanted && !dialog.open() {
            if show(&dialog) {
                page.charts.large.set(Some(name.get_value()));
            } else {
                close();
            }
        } else if !is_wanted && dialog.open() {
            dialog.close();
        }
    });
    // What is hidden must not cover the page.
    Effect::new(move |_| {
        is_laid_out.track();
        if is_large.get() && !dialog.get_untracked().is_some_and(|dialog| can_be_seen(&dialog)) {
            close();
        }
    });
    let is_own = move || page.charts.large.with_untracked(|large| name.with_value(|name| large.as_ref() == Some(name)));
    // By Escape, or as the state says.
    let closed = move |_| {
        if is_own() {
            page.charts.large.set(None);
        }
        if is_wanted.get_untracked() {
            close();
        }
    };
    on_cleanup(move || {
        if is_own() {
            page.charts.large.set(None);
            close();
        }
    });

    let press = move |event: KeyboardEvent| {
        let is_plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key() && !event.repeat();
        if is_plain && !event.default_prevented() && keyboard::letter(&event) == KEY {
            event.prevent_default();
            if is_wanted.get_untracked() { close() } else { open() }
        }
    };
    // A click beside the dialog, which began there: not the end of a drag over its edge.
    let began_outside = StoredValue::new(false);
    let is_outside = move |event: &MouseEvent| dialog.get_untracked().is_some_and(|dialog| is_beside(&dialog, event));
    let words = move || page.locale().format(message::ChartLarge { chart: title.get() });
    let labelled_by = heading.clone();
    view! {
        <dialog
            node_ref=dialog
            class="sheet"
            // A dialog can have the focus, so that no role hides one that is not open: it is the chart's group.
            role=move || (!is_large.get()).then_some("group")
            aria-label=move || (!is_large.get()).then(|| title.get())
            aria-labelledby=move || is_large.get().then(|| labelled_by.clone())
            on:close=closed
            on:keydown=press
            on:pointerdown=move |event| began_outside.set_value(is_outside(&event))
            on:click=move |event| if began_outside.get_value() && is_outside(&event) { close() }
        >
            {move || is_large.get().then(|| view! {
                <div class="sheet-head">
                    <h2 id=heading.clone()>{title}</h2>
                    <SaveButtons dialog name=name.get_value()/>
                    <button
                        type="button"
                        class="icon"
                        aria-label=page.words(Locale::close)
                        title=page.words(Locale::close)
                        on:click=move |_| close()
                    >
                        <span aria-hidden="true">"×"</span>
                    </button>
                </div>
            })}
            {children()}
            <button
                type="button"
                class="enlarge"
                aria-haspopup="dialog"
                aria-keyshortcuts="L"
                aria-label=words
                title=words
                on:click=move |_| open()
            ></button>
            // Who listens has the same words as the chart's own name.
            {move || is_large.get().then(|| view! { <p class="told" aria-hidden="true">{told}</p> })}
        </dialog>
    }
}

/// Buttons that save the chart of an open dialog, as it is shown.
#[component]
fn SaveButtons(
    /// The dialog.
    dialog: NodeRef<Dialog>,
    /// The chart's name in the page's state.
    name: String,
) -> impl IntoView {
    let page = page();
    let name = StoredValue::new(name);
    let save = move |kind: FileKind| {
        let canvas = dialog.get_untracked().and_then(|dialog| dialog.query_selector("canvas").ok().flatten());
        let Some(canvas) = canvas else { return };
        let size = [canvas.client_width(), canvas.client_height()].map(i32::unsigned_abs);
        let shown = ShownChart { name: name.get_value(), kind, size: size.into(), text: browser::text_size(&canvas) };
        with_lazy_chunk(page, move |chunk| (chunk.save_chart)(page, shown));
    };
    let button = move |kind: FileKind| {
        let words = move || page.locale().format(message::ChartSaveAs { kind: kind.name() });
        view! {
            <button type="button" aria-label=words title=words on:click=move |_| save(kind)>{kind.name()}</button>
        }
    };
    view! {
        <div class="legend" role="group" aria-label=page.words(Locale::chart_save)>
            <span class="key" aria-hidden="true">{page.words(Locale::chart_save_short)}</span>
            {FileKind::ALL.map(button)}
        </div>
    }
}

/// Opens the dialog over the page, and gives the chart the focus; says whether it could be opened where a person sees it.
fn show(dialog: &HtmlDialogElement) -> bool {
    if !browser::unfold(dialog) || !can_be_seen(dialog) || dialog.show_modal().is_err() {
        return false;
    }
    let canvas =
        dialog.query_selector("canvas").ok().flatten().and_then(|canvas| canvas.dyn_into::<HtmlElement>().ok());
    if let Some(canvas) = canvas {
        // A chart that cannot take the focus leaves it to the button that closes.
        let _ = canvas.focus();
    }
    true
}

fn can_be_seen(dialog: &HtmlDialogElement) -> bool {
    dialog.get_bounding_client_rect().width() > 0.0
}

/// Whether a click on an open dialog is on what lies around it.
fn is_beside(dialog: &HtmlDialogElement, event: &MouseEvent) -> bool {
    let is_target = event.target().is_some_and(|target| target == *AsRef::<web_sys::EventTarget>::as_ref(dialog));
    let bounds = dialog.get_bounding_client_rect();
    let (left, top) = (f64::from(event.client_x()), f64::from(event.client_y()));
    let is_inside = (bounds.left()..=bounds.right()).contains(&left) && (bounds.top()..=bounds.bottom()).contains(&top);
    is_target && dialog.open() && !is_inside
}

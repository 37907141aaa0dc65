//! A text whose terms say what they mean: under the pointer, at the focus, and when they are tapped.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use crate::app::glossary::{self, Piece, Term};
use crate::ui::page::page;
use crate::ui::shell::browser;

/// The gap between a term and what it means, and between that and the window's edge, in CSS pixels.
const GAP: f64 = 8.0;

/// A text with its terms as buttons. When only its numbers change, the buttons stay.
#[component]
pub fn Explained(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// Whether it stands in a control of its own: its terms are then explained under the pointer alone, and take no focus.
    #[prop(optional)]
    within_control: bool,
) -> impl IntoView {
    let page = page();
    let pieces = Memo::new(move |_| text.with(|text| glossary::pieces(text, page.locale())));
    let terms = Memo::new(move |_| pieces.with(|pieces| pieces.iter().map(|piece| piece.term).collect::<Vec<_>>()));
    move || {
        let one = |(index, term): (usize, Option<Term>)| {
            let part = move |part: fn(&Piece) -> &String| {
                move || pieces.with(|pieces| pieces.get(index).map_or_else(String::new, |piece| part(piece).clone()))
            };
            let words = part(|piece| &piece.text);
            match term {
                None => words.into_any(),
                Some(term) if within_control => {
                    view! { <span class="term" data-term=term.number().to_string()>{words}</span> }.into_any()
                }
                Some(term) => view! {
                    <span class="closed">
                        <button type="button" class="term" data-term=term.number().to_string()>{words}</button>
                        {part(|piece| &piece.closing)}
                    </span>
                }
                .into_any(),
            }
        };
        terms.get().into_iter().enumerate().map(one).collect_view()
    }
}

/// A term that is asked for, and where it stands: the middle of its lower edge, and its upper edge, in CSS pixels from the
/// window's top left.
#[derive(Clone, Copy, PartialEq)]
struct Asked {
    term: Term,
    middle: f64,
    top: f64,
    bottom: f64,
}

/// What the term means that is asked for, wherever on the page it is written.
#[component]
pub fn Meaning() -> impl IntoView {
    let page = page();
    let asked = RwSignal::new(None::<Asked>);
    let shown_term = StoredValue::new_local(None::<Element>);
    let ask = move |event: &Event| {
        let term = term_at(event);
        asked.set(term.as_ref().and_then(place_of));
        shown_term.set_value(term);
    };
    // It stays under the pointer that goes to it, and while another term is not asked for.
    let over = window_event_listener_untyped("pointerover", move |event| {
        if is_meaning(&event) {
            return;
        }
        if term_at(&event).is_some() || asked.get_untracked().is_some() {
            ask(&event);
        }
    });
    let focused = window_event_listener_untyped("focusin", move |event| ask(&event));
    let tapped = window_event_listener_untyped("click", move |event| {
        if is_button(&event) {
            ask(&event);
        }
    });
    // It goes with its term while the page is scrolled.
    let moved = window_event_listener_untyped("scroll", move |_| {
        if asked.get_untracked().is_some() {
            asked.set(shown_term.with_value(|term| term.as_ref().and_then(place_of)));
        }
    });
    let pressed = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" && asked.get_untracked().is_some() {
            event.prevent_default();
            asked.set(None);
        }
    });
    on_cleanup(move || {
        for listener in [over, focused, tapped, moved, pressed] {
            listener.remove();
        }
    });
    let shown = move |Asked { term, middle, top, bottom }: Asked| {
        let locale = page.locale();
        let window = document().document_element();
        let (width, height) =
            window.map_or((1024.0, 768.0), |root| (f64::from(root.client_width()), f64::from(root.client_height())));
        let is_above = bottom > height * 0.6;
        // Its left edge is where its middle would be the term's, kept within the window by its own width in CSS.
        view! {
            <div
                class="meaning"
                id="meaning"
                role="tooltip"
                style:--middle=format!("{middle}px")
                style:--window=format!("{width}px")
                style:bottom=if is_above { format!("{}px", height - top + GAP) } else { "auto".to_owned() }
                style:top=if is_above { "auto".to_owned() } else { format!("{}px", bottom + GAP) }
            >
                <strong>{term.names(locale).next().unwrap_or_default()}</strong> " " {term.meaning(locale)}
            </div>
        }
    };
    // Who listens hears it with the term that has the focus.
    Effect::new(move |before: Option<Option<Element>>| {
        let now = asked.get().and_then(|_| document().active_element()).filter(is_term);
        if let Some(before) = before.flatten() {
            drop(before.remove_attribute("aria-describedby"));
        }
        if let Some(now) = &now {
            drop(now.set_attribute("aria-describedby", "meaning"));
        }
        now
    });
    move || asked.get().map(shown)
}

fn is_term(element: &Element) -> bool {
    element.class_list().contains("term")
}

fn is_button(event: &Event) -> bool {
    target(event).is_some_and(|element| element.closest("button.term").ok().flatten().is_some())
}

fn is_meaning(event: &Event) -> bool {
    target(event).is_some_and(|element| element.closest(".meaning").ok().flatten().is_some())
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()
}

/// The element of the term that an event has happened at.
fn term_at(event: &Event) -> Option<Element> {
    target(event)?.closest(".term").ok().flatten()
}

/// The term of an element, and where it stands; none where it is out of the window.
fn place_of(element: &Element) -> Option<Asked> {
    let term = Term::numbered(element.get_attribute("data-term")?.parse().ok()?)?;
    let bounds = element.get_bounding_client_rect();
    let (top, bottom) = (bounds.top(), bounds.bottom());
    let is_seen = bottom > 0.0 && top < browser::window_height();
    is_seen.then(|| Asked { term, middle: bounds.left() + bounds.width() / 2.0, top, bottom })
}

/// All terms and their meanings.
#[must_use]
pub fn glossary() -> AnyView {
    let page = page();
    let rows = move || {
        let locale = page.locale();
        let row = |term: Term| {
            let names = term.names(locale).collect::<Vec<_>>().join(locale.chart_list_separator());
            view! { <dt>{names}</dt> <dd>{term.meaning(locale)}</dd> }
        };
        Term::all().map(row).collect_view()
    };
    view! { <dl class="glossary">{rows}</dl> }.into_any()
}

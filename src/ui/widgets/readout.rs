//! The box with the values at a place of a chart.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::app::appearance::Scheme;
use crate::app::readout_place::{self, Area};
use crate::chart::Readout;
use crate::ui::shell::browser;

/// The values at a place. People who listen have the text alternative instead, and hear the values that keys lead to.
#[component]
pub fn ReadoutBox(
    /// The values.
    readout: Readout,
    /// Where they are, in CSS pixels from the upper left corner of the element that the box is in.
    place: (f64, f64),
    /// Whether the box is to stand outside of its chart, whatever room there is.
    #[prop(optional)]
    outside: bool,
    /// The colours.
    scheme: Scheme,
) -> impl IntoView {
    let lines = readout.lines.into_iter().map(|line| {
        let (label, value) = (whole(&line.label), line.value.clone());
        let is_dashed = !line.role.dash().is_empty();
        view! {
            <dt><i class="swatch" class:dashed=is_dashed style:--colour=line.css(scheme)></i>{label}</dt>
            <dd>{value}</dd>
        }
    });
    let element = NodeRef::<Div>::new();
    // How large it is shows only when it is there.
    Effect::new(move |_| {
        if let Some(element) = element.get() {
            put(&element, place, outside);
        }
    });
    view! {
        <div class="readout" node_ref=element aria-hidden="true">
            <p>{whole(&readout.title)}</p>
            <dl>{lines.collect_view()}</dl>
        </div>
    }
}

/// A label whose equations stay on one line.
fn whole(label: &str) -> String {
    label.replace(" = ", "\u{a0}=\u{a0}")
}

/// Moves the box beside a place of the chart that it is in.
fn put(element: &HtmlElement, place: (f64, f64), outside: bool) {
    let Some(chart) = element.parent_element() else { return };
    let (own, around) = (element.get_bounding_client_rect(), area_of(&chart));
    let size = (own.width(), own.height());
    let beside = if outside { readout_place::outside } else { readout_place::beside };
    let (left, top) = beside(size, place, around, free(element));
    let style = element.style();
    // The browser refuses neither.
    drop(style.set_property("left", &format!("{left}px")));
    drop(style.set_property("top", &format!("{top}px")));
}

/// What can be seen of the page: the window, or the dialog that covers it, without the bar of the run.
fn free(element: &HtmlElement) -> Area {
    let window = Area { left: 0.0, top: 0.0, width: browser::window_width(), height: browser::window_height() };
    if element.closest("dialog[open]").ok().flatten().is_some() {
        return window;
    }
    let bar = document().query_selector(".run").ok().flatten().map(|bar| area_of(bar.unchecked_ref()));
    match bar {
        // It is at the lower edge of a window that is not high.
        Some(bar) if bar.top > window.height / 2.0 => Area { height: bar.top, ..window },
        Some(bar) if bar.bottom() > 0.0 => {
            Area { top: bar.bottom(), height: (window.height - bar.bottom()).max(0.0), ..window }
        }
        _ => window,
    }
}

fn area_of(element: &Element) -> Area {
    let bounds = element.get_bounding_client_rect();
    Area { left: bounds.left(), top: bounds.top(), width: bounds.width(), height: bounds.height() }
}

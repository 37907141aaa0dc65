//! What lies over a chart that consists of numbered items: the pointer or arrow keys choose one of them, whose values are
//! read off, and in some charts a click takes it.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

use crate::chart::Frame;
use crate::ui::page::{Page, page};
use crate::ui::widgets::chart_canvas::{PickOnChart, place, when_pressed_elsewhere};

/// The items of a chart.
#[derive(Clone, Copy)]
pub struct PicksOf {
    /// How many there are.
    pub count: fn(Page) -> Option<usize>,
    /// The one at a place, in CSS pixels from the chart's top left.
    pub at: fn(Page, &Frame, (f64, f64)) -> Option<usize>,
    /// The middle of one.
    pub position: fn(Page, &Frame, usize) -> Option<(f64, f64)>,
    /// One in words.
    pub words: fn(Page, usize) -> Option<String>,
    /// The one from which keys begin.
    pub first: fn(Page) -> usize,
    /// Where a key leads from one: to itself at an end, and nowhere if the key means nothing.
    pub beside: fn(Page, &Frame, usize, &str) -> Option<usize>,
    /// What a click or Enter does with the chosen one. Where they do nothing, it stays chosen when the pointer leaves it, as
    /// other charts may be about it, and Escape leaves it.
    pub take: Option<fn(Page, usize)>,
    /// Whether the chosen one is outlined here, and not by the chart.
    pub is_outlined: bool,
}

/// The layer over the chart. Its slider is where the keys are.
#[component]
pub fn Picks(
    /// Where data stand.
    frame: RwSignal<Option<Frame>>,
    /// The item under the pointer, or where the keys are.
    chosen: RwSignal<Option<usize>>,
    /// The items.
    items: PicksOf,
    /// What they are.
    #[prop(into)]
    name: Signal<String>,
    /// What the keys do.
    #[prop(into)]
    help: Signal<String>,
    /// The id of that text.
    help_id: &'static str,
) -> impl IntoView {
    let page = page();
    let layer = NodeRef::<Div>::new();
    let choose = move |found: Option<usize>| {
        if chosen.get_untracked() != found {
            chosen.set(found);
        }
    };
    let is_pointed = RwSignal::new(false);
    // What a finger has just chosen is read first, and taken when it is tapped once more.
    let is_taken = StoredValue::new(true);
    let point = move |event: PointerEvent| {
        let (Some(layer), Some(frame)) = (layer.get_untracked(), frame.get_untracked()) else { return };
        let found = untrack(|| (items.at)(page, &frame, place(&layer, &event)));
        if event.type_() == "pointerdown" {
            is_taken.set_value(event.pointer_type() != "touch" || found == chosen.get_untracked());
        }
        is_pointed.set(found.is_some());
        if found.is_some() || items.take.is_some() {
            choose(found);
        }
    };
    let let_go = move || {
        is_pointed.set(false);
        if items.take.is_some() {
            choose(None);
        }
    };
    // A finger leaves when it is lifted; what it has opened stays until it touches something else.
    let leave = move |event: PointerEvent| {
        if event.pointer_type() != "touch" {
            let_go();
        }
    };
    when_pressed_elsewhere(layer, move || {
        if is_pointed.get_untracked() {
            let_go();
        }
    });
    let count = Memo::new(move |_| (items.count)(page).unwrap_or_default());
    let current = Memo::new(move |_| chosen.get().filter(|item| *item < count.get()));
    let first = move || untrack(|| (items.first)(page));
    let take = move || items.take.zip(current.get_untracked()).map_or((), |(take, item)| take(page, item));
    let press = move |event: KeyboardEvent| {
        let key = event.key();
        match key.as_str() {
            "Enter" | " " if items.take.is_some() => {
                event.prevent_default();
                return take();
            }
            "Escape" if items.take.is_none() && current.get_untracked().is_some() => {
                event.prevent_default();
                return choose(None);
            }
            _ => {}
        }
        let Some(frame) = frame.get_untracked().filter(|_| count.get_untracked() > 0) else { return };
        let here = current.get_untracked().unwrap_or_else(first);
        if let Some(there) = untrack(|| (items.beside)(page, &frame, here, &key)) {
            event.prevent_default();
            choose(Some(there));
        }
    };
    let slider = NodeRef::<Div>::new();
    let has_focus = RwSignal::new(false);
    let position = Memo::new(move |_| (items.position)(page, &frame.get()?, current.get()?));
    // The chart's host shows the values where the item is, and hands on the keys that come to the canvas.
    if let Some(on_chart) = use_context::<PickOnChart>() {
        on_chart.slider.set_value(Some(slider));
        Effect::new(move |_| on_chart.place.set(position.get().filter(|_| is_pointed.get() || has_focus.get())));
    }
    let pixels = move |pick: fn((f64, f64)) -> f64| move || position.get().map(|at| format!("{:.1}px", pick(at)));
    view! {
        <div
            class="picks"
            node_ref=layer
            on:pointermove=point
            on:pointerdown=point
            on:pointerleave=leave
            on:click=move |_| if is_taken.get_value() { take() }
        >
            <div
                node_ref=slider
                class="pick"
                class:on=move || items.is_outlined && position.get().is_some()
                role="slider"
                tabindex="0"
                aria-label=name
                aria-describedby=help_id
                aria-valuemin="1"
                aria-valuemax=count
                aria-valuenow=move || current.get().unwrap_or_else(first) + 1
                aria-valuetext=move || (items.words)(page, current.get()?)
                style:left=pixels(|at| at.0)
                style:top=pixels(|at| at.1)
                on:focus=move |_| { has_focus.set(true); choose(Some(current.get_untracked().unwrap_or_else(first))); }
                on:blur=move |_| has_focus.set(false)
                on:keydown=press
            ></div>
            <p class="hidden" id=help_id>{help}</p>
        </div>
    }
}

/// Where a key leads in rows of so many columns, numbered from the top left.
#[must_use]
pub fn in_rows(key: &str, here: usize, count: usize, columns: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let there = match key {
        "ArrowRight" => here + 1,
        "ArrowLeft" => here.saturating_sub(1),
        "ArrowDown" if here + columns <= last => here + columns,
        "ArrowUp" => here.checked_sub(columns).unwrap_or(here),
        "ArrowDown" => here,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(there.min(last))
}

//! What lies over a chart of many cells: the pointer or arrow keys choose one of them, and its values are read off.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

use crate::chart::Frame;
use crate::ui::page::{Page, page};
use crate::ui::widgets::chart_canvas::place;

/// The cells of a chart, numbered row by row from the top left.
#[derive(Clone, Copy)]
pub struct CellsOf {
    /// How many there are, and how many stand in a row.
    pub count: fn(Page, &Frame) -> Option<(usize, usize)>,
    /// The one at a place, in CSS pixels from the chart's top left.
    pub at: fn(Page, &Frame, (f64, f64)) -> Option<usize>,
    /// The middle of one.
    pub position: fn(Page, &Frame, usize) -> Option<(f64, f64)>,
    /// One in words.
    pub words: fn(Page, usize) -> Option<String>,
}

/// The layer over the chart. Its slider is where the keys are.
#[component]
pub fn Cells(
    /// Where data stand.
    frame: RwSignal<Option<Frame>>,
    /// The cell under the pointer, or where the keys are.
    chosen: RwSignal<Option<usize>>,
    /// The cells.
    cells: CellsOf,
    /// What they are.
    #[prop(into)]
    name: Signal<String>,
    /// What the keys do.
    #[prop(into)]
    help: Signal<String>,
) -> impl IntoView {
    let page = page();
    let layer = NodeRef::<Div>::new();
    let choose = move |found: usize| {
        if chosen.get_untracked() != Some(found) {
            chosen.set(Some(found));
        }
    };
    let point = move |event: PointerEvent| {
        let (Some(layer), Some(frame)) = (layer.get_untracked(), frame.get_untracked()) else { return };
        // Between two cells, and when the pointer leaves the chart, the last one stays: other charts may be about it.
        if let Some(found) = untrack(|| (cells.at)(page, &frame, place(&layer, &event))) {
            choose(found);
        }
    };
    let count = Memo::new(move |_| frame.get().and_then(|frame| (cells.count)(page, &frame)).unwrap_or((0, 1)));
    let current = Memo::new(move |_| chosen.get().filter(|cell| *cell < count.get().0));
    let press = move |event: KeyboardEvent| {
        let (count, columns) = count.get_untracked();
        let here = current.get_untracked();
        let Some(last) = count.checked_sub(1) else { return };
        let from = here.unwrap_or_default();
        let there = match event.key().as_str() {
            "ArrowRight" => (from + 1).min(last),
            "ArrowLeft" => from.saturating_sub(1),
            "ArrowDown" => {
                if from + columns <= last {
                    from + columns
                } else {
                    from
                }
            }
            "ArrowUp" => from.checked_sub(columns).unwrap_or(from),
            "Home" => 0,
            "End" => last,
            "Escape" if here.is_some() => {
                event.prevent_default();
                return chosen.set(None);
            }
            _ => return,
        };
        event.prevent_default();
        choose(there);
    };
    let position = Memo::new(move |_| (cells.position)(page, &frame.get()?, current.get()?));
    let pixels = move |pick: fn((f64, f64)) -> f64| move || position.get().map(|at| format!("{:.1}px", pick(at)));
    view! {
        <div
            class="picks cells"
            node_ref=layer
            on:pointermove=point
            on:pointerdown=point
        >
            <div
                class="pick"
                role="slider"
                tabindex="0"
                aria-label=name
                aria-description=help
                aria-valuemin="1"
                aria-valuemax=move || count.get().0
                aria-valuenow=move || current.get().map_or(1, |cell| cell + 1)
                aria-valuetext=move || (cells.words)(page, current.get()?)
                style:left=pixels(|at| at.0)
                style:top=pixels(|at| at.1)
                on:focus=move |_| if current.get_untracked().is_none() { choose(0) }
                on:keydown=press
            ></div>
        </div>
    }
}

//! Drawing the true curve by hand over the fit chart: strokes of the pointer, or bends by arrow keys.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use super::picker::arrow;
use super::shots::data;
use crate::app::action::Action;
use crate::app::field::TASK_STEP;
use crate::app::formatting::decimal;
use crate::app::state::ViewChange;
use crate::chart::Frame;
use crate::chart::plots::fit;
use crate::i18n::{Locale, message};
use crate::ui::page::page;
use crate::ui::widgets::chart_canvas::place;

/// The id of the button that turns drawing on and off.
pub const BUTTON: &str = "draw-curve";

/// An arrow key bends the curve by this; with Shift by ten times as much.
const BEND: f64 = 0.1;

/// The layer over the chart while the pointer draws the curve.
#[component]
pub fn Pencil(
    /// Where data stand.
    frame: RwSignal<Option<Frame>>,
) -> impl IntoView {
    let page = page();
    // Keeps the axis as it is during a stroke.
    let held = page.charts.held_limit;
    let layer = NodeRef::<Div>::new();
    let nib = NodeRef::<Div>::new();
    // Where the pointer was last during a stroke, and how many strokes there were: each is taken back by itself.
    let last = StoredValue::new(None::<[f32; 2]>);
    let strokes = StoredValue::new(0_u32);
    let at =
        RwSignal::new(page.run.config.with_untracked(|config| f64::midpoint(config.tasks.x[0], config.tasks.x[1])));
    Effect::new(move |_| {
        if let Some(nib) = nib.get() {
            // An element that cannot take the focus leaves it where it was.
            let _ = nib.focus();
        }
    });

    let draw = move |event: &PointerEvent| {
        let (Some(layer), Some(frame)) = (layer.get_untracked(), frame.get_untracked()) else { return };
        let (left, top) = place(&layer, event);
        let to = data(&frame, left, top);
        let from = last.get_value().unwrap_or(to);
        last.set_value(Some(to));
        at.set(f64::from(to[0]));
        page.dispatch(Action::Stroke { stroke: strokes.get_value(), from, to });
    };
    let begin = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        if let Some(layer) = layer.get_untracked() {
            // Without capture the stroke ends at the chart's border, which is no harm.
            let _ = layer.set_pointer_capture(event.pointer_id());
        }
        held.set(Some(untrack(|| fit::y_limit(&page))));
        strokes.update_value(|strokes| *strokes += 1);
        draw(&event);
    };
    let finish = move || {
        last.set_value(None);
        held.set(None);
    };
    let press = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            page.dispatch(Action::View(ViewChange::ToggleDrawing));
            let button = document().get_element_by_id(BUTTON).and_then(|button| button.dyn_into::<HtmlElement>().ok());
            if let Some(button) = button {
                let _ = button.focus();
            }
        } else if let Some((right, up)) = arrow(&event) {
            let ([low, high], points) = page.run.config.with_untracked(|config| (config.tasks.x, config.tasks.grid));
            let apart = (high - low) / (points - 1) as f64;
            let place = ((at.get_untracked() - low) / apart + right / TASK_STEP).round();
            at.set((low + place * apart).clamp(low, high));
            if up != 0.0 {
                let (x, by) = (at.get_untracked() as f32, (up / TASK_STEP * BEND) as f32);
                page.dispatch(Action::Bend { x, by });
            }
        } else {
            return;
        }
        event.prevent_default();
    };

    let value =
        move || f64::from(page.view.preview_input.with(|preview_input| preview_input.curve().value(at.get() as f32)));
    let pixels = move |pick: fn((f64, f64)) -> f64| {
        move || frame.get().map(|frame| format!("{:.1}px", pick(frame.position(at.get(), value()))))
    };
    view! {
        <div
            class="pencil"
            node_ref=layer
            on:pointerdown=begin
            on:pointermove=move |event| if last.get_value().is_some() { draw(&event) }
            on:pointerup=move |_| finish()
            on:pointercancel=move |_| finish()
        >
            <div
                class="nib"
                node_ref=nib
                role="slider"
                tabindex="0"
                aria-label=page.words(Locale::fit_pencil)
                aria-describedby="shots-help"
                aria-orientation="vertical"
                aria-valuenow=value
                aria-valuetext=move || page.locale().format(message::FitPencilValue {
                    x: decimal(at.get(), 2),
                    y: decimal(value(), 2),
                })
                style:left=pixels(|place| place.0)
                style:top=pixels(|place| place.1)
                on:keydown=press
            ></div>
        </div>
    }
}

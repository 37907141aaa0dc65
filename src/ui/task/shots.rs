//! The shots as elements over the fit chart: dragged, moved by arrow keys, added by a tap, removed by Delete or by a button
//! beside the chart, which a touch needs.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use crate::app::action::Action;
use crate::app::formatting::decimal;
use crate::chart::Frame;
use crate::chart::plots::fit;
use crate::i18n::{Locale, message};
use crate::ui::page::{Page, page};
use crate::ui::widgets::chart_canvas::{PickOnChart, place};

/// A pointer this near (CSS pixels) to a shot seizes it.
const REACH: f64 = 22.0;

/// A tap moves no further than this (CSS pixels).
const TAP: f64 = 6.0;

/// Arrow keys move a shot by this; with Shift by ten times as much.
const STEP: f32 = 0.1;

/// What the pointer does.
#[derive(Clone, Copy, PartialEq)]
enum Gesture {
    /// Drags a shot, seized off its centre by so much.
    Drag { index: usize, right: f64, down: f64 },
    /// Will add a shot here, unless it moves on.
    Tap { left: f64, top: f64 },
}

/// What moves shots: pointer and keys, over one chart.
#[derive(Clone, Copy)]
struct Gestures {
    page: Page,
    layer: NodeRef<Div>,
    /// Where data stand.
    frame: RwSignal<Option<Frame>>,
    /// Keeps the axis as it is while a shot is dragged.
    held: RwSignal<Option<f64>>,
    gesture: RwSignal<Option<Gesture>>,
    chart: PickOnChart,
}

impl Gestures {
    /// The pointer's place in the layer, and the chart's frame.
    fn place(self, event: &PointerEvent) -> Option<(Frame, f64, f64)> {
        let (left, top) = place(&*self.layer.get_untracked()?, event);
        Some((self.frame.get_untracked()?, left, top))
    }

    fn begin(self, event: &PointerEvent, y_limit: f64) {
        let Some((frame, left, top)) = self.place(event).filter(|_| event.button() == 0) else { return };
        let Some((index, right, down)) = nearest(self.page, &frame, left, top) else {
            self.gesture.set(Some(Gesture::Tap { left, top }));
            return;
        };
        event.prevent_default();
        if let Some(layer) = self.layer.get_untracked() {
            // Without capture the drag ends at the chart's border, which is no harm.
            let _ = layer.set_pointer_capture(event.pointer_id());
        }
        self.focus(index);
        self.held.set(Some(y_limit));
        self.gesture.set(Some(Gesture::Drag { index, right, down }));
    }

    fn go_on(self, event: &PointerEvent) {
        let Some((frame, left, top)) = self.place(event) else { return };
        match self.gesture.get_untracked() {
            Some(Gesture::Drag { index, right, down }) => {
                self.put(index, data(&frame, left - right, top - down));
            }
            Some(Gesture::Tap { left: x, top: y }) if (left - x).hypot(top - y) > TAP => self.gesture.set(None),
            _ => {}
        }
    }

    fn finish(self, event: &PointerEvent) {
        if let (Some(Gesture::Tap { .. }), Some((frame, left, top))) = (self.gesture.get_untracked(), self.place(event))
        {
            let inside = (frame.left..=frame.left + frame.width).contains(&left)
                && (frame.top..=frame.top + frame.height).contains(&top);
            if inside {
                self.page.dispatch(Action::AddShot { point: Some(data(&frame, left, top)) });
                // It would lie over the places for the next ones. A finger reads values as it moves.
                if event.pointer_type() == "touch" {
                    self.chart.close();
                }
            }
        }
        self.cancel();
    }

    fn cancel(self) {
        self.gesture.set(None);
        self.held.set(None);
    }

    fn press(self, index: usize, event: &KeyboardEvent) {
        let step = if event.shift_key() { 10.0 * STEP } else { STEP };
        let (right, up) = match event.key().as_str() {
            "ArrowRight" => (step, 0.0),
            "ArrowLeft" => (-step, 0.0),
            "ArrowUp" => (0.0, step),
            "ArrowDown" => (0.0, -step),
            "Delete" | "Backspace" => {
                event.prevent_default();
                self.page.dispatch(Action::RemoveShot { index });
                self.focus(index.saturating_sub(1));
                return;
            }
            _ => return,
        };
        event.prevent_default();
        if let Some([x, y]) = self.page.view.shots.with_untracked(|shots| shots.get(index).copied()) {
            self.put(index, [x + right, y + up]);
            self.page.announce(untrack(|| words(self.page, index)));
        }
    }

    fn put(self, index: usize, point: [f32; 2]) {
        self.page.dispatch(Action::MoveShot { index, point });
    }

    /// Moves the keyboard's focus to a shot.
    fn focus(self, index: usize) {
        let shot = self.layer.get_untracked().and_then(|layer| layer.children().item(index as u32));
        if let Some(shot) = shot.and_then(|shot| shot.dyn_into::<HtmlElement>().ok()) {
            // An element that cannot take the focus leaves it where it was.
            let _ = shot.focus();
        }
    }

    fn drags(self, index: usize) -> bool {
        matches!(self.gesture.get(), Some(Gesture::Drag { index: seized, .. }) if seized == index)
    }
}

/// The layer of shots over the chart.
#[component]
pub fn Shots(
    /// Where data stand.
    frame: RwSignal<Option<Frame>>,
    /// The one that was seized or had the focus last.
    selected: RwSignal<Option<usize>>,
) -> impl IntoView {
    let page = page();
    let layer = NodeRef::<Div>::new();
    let held = page.charts.held_limit;
    let chart = expect_context::<PickOnChart>();
    let gestures = Gestures { page, layer, frame, held, gesture: RwSignal::new(None), chart };
    let count = Memo::new(move |_| page.view.shots.with(Vec::len));
    let shot = move |index: usize| {
        let position = Memo::new(move |_| {
            let [x, y] = page.view.shots.with(|shots| shots.get(index).copied())?;
            frame.get().map(|frame| frame.position(f64::from(x), f64::from(y)))
        });
        let pixels = move |pick: fn((f64, f64)) -> f64| move || position.get().map(|at| format!("{:.1}px", pick(at)));
        view! {
            <button
                type="button"
                class="shot"
                class:dragged=move || gestures.drags(index)
                class:selected=move || selected.get() == Some(index)
                on:focus=move |_| selected.set(Some(index))
                aria-label=move || words(page, index)
                aria-describedby="shot-help"
                style:left=pixels(|at| at.0)
                style:top=pixels(|at| at.1)
                on:keydown=move |event| gestures.press(index, &event)
            ></button>
        }
    };
    view! {
        <div
            class="shots"
            node_ref=layer
            role="group"
            aria-label=page.words(Locale::fit_shots)
            on:pointerdown=move |event| gestures.begin(&event, untrack(|| fit::y_limit(&page)))
            on:pointermove=move |event| gestures.go_on(&event)
            on:pointerup=move |event| gestures.finish(&event)
            on:pointercancel=move |_| gestures.cancel()
        >
            <For each=move || 0..count.get() key=|index| *index children=shot/>
            <p class="hidden" id="shot-help">{page.words(Locale::fit_shot_help)}</p>
        </div>
    }
}

/// Removes the shot that is selected: there is no Delete key on a phone.
#[component]
pub fn RemoveShot(
    /// The one that was seized or had the focus last.
    selected: RwSignal<Option<usize>>,
) -> impl IntoView {
    let page = page();
    let index = Memo::new(move |_| selected.get().filter(|index| page.view.shots.with(|shots| *index < shots.len())));
    let remove = move |_| {
        if let Some(index) = index.get_untracked() {
            selected.set(None);
            page.dispatch(Action::RemoveShot { index });
        }
    };
    move || {
        index.get().map(|index| {
            let name = move || page.locale().format(message::FitRemoveOne { number: index + 1 });
            view! { <button type="button" on:click=remove>{name}</button> }
        })
    }
}

/// A shot's name.
fn words(page: Page, index: usize) -> String {
    let [x, y] = page.view.shots.with(|shots| shots.get(index).copied()).unwrap_or_default();
    page.locale().format(message::FitShot {
        number: index + 1,
        x: decimal(f64::from(x), 2),
        y: decimal(f64::from(y), 2),
    })
}

/// The data point at a place, no further out than the plot.
pub fn data(frame: &Frame, left: f64, top: f64) -> [f32; 2] {
    let left = left.clamp(frame.left, frame.left + frame.width);
    let top = top.clamp(frame.top, frame.top + frame.height);
    let (x, y) = frame.data(left, top);
    [x as f32, y as f32]
}

/// The shot within reach of the pointer, and the pointer's offset from it.
fn nearest(page: Page, frame: &Frame, left: f64, top: f64) -> Option<(usize, f64, f64)> {
    page.view.shots.with_untracked(|shots| {
        let offsets = shots.iter().enumerate().map(|(index, shot)| {
            let (x, y) = frame.position(f64::from(shot[0]), f64::from(shot[1]));
            (index, left - x, top - y)
        });
        let reached = offsets.filter(|(_, right, down)| right.hypot(*down) <= REACH);
        reached.min_by(|a, b| a.1.hypot(a.2).total_cmp(&b.1.hypot(b.2)))
    })
}

//! The shots as elements over the fit chart: dragged, moved by arrow keys, added by a tap, removed by Delete.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use super::canvas::place;
use super::state::{Lab, lab};
use super::words::decimal;
use crate::chart::Frame;

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

impl Lab {
    /// Adds a shot on the true curve, in the widest gap between shots: for people who cannot tap.
    pub fn add_shot_somewhere(self) {
        let [low, high] = self.run.config.with_untracked(|config| config.tasks.x.map(|x| x as f32));
        let mut x: Vec<f32> = self.shown.shots.with_untracked(|shots| shots.iter().map(|shot| shot[0]).collect());
        x.extend([low, high]);
        x.sort_by(f32::total_cmp);
        let widest = x.windows(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
        let x = widest.map_or(0.0, |gap| f32::midpoint(gap[0], gap[1]));
        let y = self.shown.subject.with_untracked(|subject| subject.task.value(x));
        self.add_shot([x, y]);
    }
}

/// The layer of shots over the chart.
#[component]
pub fn Shots(
    /// Where data stand.
    frame: RwSignal<Option<Frame>>,
    /// Keeps the axis as it is while a shot is dragged.
    held: RwSignal<Option<f64>>,
    /// The axis's present room.
    room: Memo<f64>,
) -> impl IntoView {
    let lab = lab();
    let layer = NodeRef::<Div>::new();
    let gesture = RwSignal::new(None::<Gesture>);

    let begin = move |event: PointerEvent| {
        let (Some(layer), Some(frame)) = (layer.get_untracked(), frame.get_untracked()) else { return };
        if event.button() != 0 {
            return;
        }
        let (left, top) = place(&layer, &event);
        match nearest(lab, &frame, left, top) {
            Some((index, right, down)) => {
                event.prevent_default();
                // Without capture the drag ends at the chart's border, which is no harm.
                let _ = layer.set_pointer_capture(event.pointer_id());
                focus(&layer, index);
                held.set(Some(room.get_untracked()));
                gesture.set(Some(Gesture::Drag { index, right, down }));
            }
            None => gesture.set(Some(Gesture::Tap { left, top })),
        }
    };
    let go_on = move |event: PointerEvent| {
        let (Some(layer), Some(frame)) = (layer.get_untracked(), frame.get_untracked()) else { return };
        let (left, top) = place(&layer, &event);
        match gesture.get_untracked() {
            Some(Gesture::Drag { index, right, down }) => {
                let point = data(&frame, left - right, top - down);
                lab.show(&format!("drag {index}"), |subject, config| subject.move_to(config, index, point));
            }
            Some(Gesture::Tap { left: x, top: y }) if (left - x).hypot(top - y) > TAP => gesture.set(None),
            _ => {}
        }
    };
    let finish = move |event: PointerEvent| {
        if let (Some(Gesture::Tap { .. }), Some(layer), Some(frame)) =
            (gesture.get_untracked(), layer.get_untracked(), frame.get_untracked())
        {
            let (left, top) = place(&layer, &event);
            let inside = (frame.left..=frame.left + frame.width).contains(&left)
                && (frame.top..=frame.top + frame.height).contains(&top);
            if inside {
                lab.add_shot(data(&frame, left, top));
            }
        }
        gesture.set(None);
        held.set(None);
    };
    let cancel = move |_| {
        gesture.set(None);
        held.set(None);
    };
    let press = move |index: usize, event: KeyboardEvent| {
        let step = if event.shift_key() { 10.0 * STEP } else { STEP };
        let (right, up) = match event.key().as_str() {
            "ArrowRight" => (step, 0.0),
            "ArrowLeft" => (-step, 0.0),
            "ArrowUp" => (0.0, step),
            "ArrowDown" => (0.0, -step),
            "Delete" | "Backspace" => {
                event.prevent_default();
                lab.show("remove shot", |subject, config| subject.remove(config, index));
                if let Some(layer) = layer.get_untracked() {
                    focus(&layer, index.saturating_sub(1));
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        let Some([x, y]) = lab.shown.shots.with_untracked(|shots| shots.get(index).copied()) else { return };
        lab.show(&format!("drag {index}"), |subject, config| subject.move_to(config, index, [x + right, y + up]));
        lab.say(words(lab, index));
    };

    let count = Memo::new(move |_| lab.shown.shots.with(Vec::len));
    let shot = move |index: usize| {
        let position = Memo::new(move |_| {
            let [x, y] = lab.shown.shots.with(|shots| shots.get(index).copied())?;
            frame.get().map(|frame| frame.position(f64::from(x), f64::from(y)))
        });
        let pixels = move |pick: fn((f64, f64)) -> f64| move || position.get().map(|at| format!("{:.1}px", pick(at)));
        let dragged = move || matches!(gesture.get(), Some(Gesture::Drag { index: seized, .. }) if seized == index);
        view! {
            <button
                type="button"
                class="shot"
                class:dragged=dragged
                aria-label=move || words(lab, index)
                aria-describedby="shot-help"
                style:left=pixels(|at| at.0)
                style:top=pixels(|at| at.1)
                on:keydown=move |event| press(index, event)
            ></button>
        }
    };
    view! {
        <div
            class="shots"
            node_ref=layer
            role="group"
            aria-label=move || lab.locale().fit_shots()
            on:pointerdown=begin
            on:pointermove=go_on
            on:pointerup=finish
            on:pointercancel=cancel
        >
            <For each=move || 0..count.get() key=|index| *index children=shot/>
            <p class="hidden" id="shot-help">{move || lab.locale().fit_shot_help()}</p>
        </div>
    }
}

/// A shot's name.
fn words(lab: Lab, index: usize) -> String {
    let [x, y] = lab.shown.shots.with(|shots| shots.get(index).copied()).unwrap_or_default();
    lab.locale().fit_shot(index + 1, decimal(f64::from(x), 2), decimal(f64::from(y), 2))
}

/// The data point at a place, no further out than the plot.
fn data(frame: &Frame, left: f64, top: f64) -> [f32; 2] {
    let left = left.clamp(frame.left, frame.left + frame.width);
    let top = top.clamp(frame.top, frame.top + frame.height);
    let (x, y) = frame.data(left, top);
    [x as f32, y as f32]
}

/// The shot within reach of the pointer, and the pointer's offset from it.
fn nearest(lab: Lab, frame: &Frame, left: f64, top: f64) -> Option<(usize, f64, f64)> {
    lab.shown.shots.with_untracked(|shots| {
        let offsets = shots.iter().enumerate().map(|(index, shot)| {
            let (x, y) = frame.position(f64::from(shot[0]), f64::from(shot[1]));
            (index, left - x, top - y)
        });
        let reached = offsets.filter(|(_, right, down)| right.hypot(*down) <= REACH);
        reached.min_by(|a, b| a.1.hypot(a.2).total_cmp(&b.1.hypot(b.2)))
    })
}

/// Moves the keyboard's focus to a shot.
fn focus(layer: &web_sys::Element, index: usize) {
    let shot = layer.children().item(index as u32).and_then(|shot| shot.dyn_into::<HtmlElement>().ok());
    if let Some(shot) = shot {
        // An element that cannot take the focus leaves it where it was.
        let _ = shot.focus();
    }
}

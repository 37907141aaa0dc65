//! The task picker: a plane of phase × amplitude with the shown task and the training distribution's rectangle.

use leptos::html::Div;
use leptos::prelude::*;
use serde_json::Value;
use web_sys::{KeyboardEvent, PointerEvent};

use crate::app::action::Action;
use crate::app::field::{Coordinate, Field, TASK_STEP};
use crate::app::formatting::decimal;
use crate::app::labels::{TASK_AMPLITUDE, TASK_FREQUENCY, TASK_PHASE};
use crate::chart::Frame;
use crate::domain::choice::Named;
use crate::domain::task::Task;
use crate::domain::task::family::Family;
use crate::i18n::{Locale, message};
use crate::ui::page::{Page, page};
use crate::ui::task::map::{MapControls, with_error};
use crate::ui::widgets::chart_canvas::place;
use crate::ui::widgets::field::{Fault, NumberBox, Slider, label};
use crate::ui::widgets::late::Late;

/// One edge of the rectangle.
#[derive(Clone, Copy, PartialEq)]
struct Edge {
    coordinate: Coordinate,
    /// 0 is the low end, 1 the high one.
    end: usize,
}

/// What the pointer drags.
#[derive(Clone, PartialEq)]
enum Grip {
    Task,
    Edges(Vec<Edge>),
}

/// The fraction of the plane at which a value lies.
fn fraction(coordinate: Coordinate, value: f64) -> f64 {
    let (min, max) = coordinate.range();
    ((value - min) / (max - min)).clamp(0.0, 1.0)
}

/// The value at a fraction of the plane, in hundredths; the ends are exact.
fn value_at(coordinate: Coordinate, fraction: f64) -> f64 {
    let (min, max) = coordinate.range();
    (((min + fraction * (max - min)) * 100.0).round() / 100.0).clamp(min, max)
}

/// The interval that the distribution draws from.
fn interval(page: Page, coordinate: Coordinate) -> [f64; 2] {
    page.run.config.with(|config| match coordinate {
        Coordinate::Amplitude => config.tasks.amplitude,
        Coordinate::Phase => config.tasks.phase,
        Coordinate::Frequency => config.tasks.frequency,
    })
}

impl Edge {
    const ALL: [Self; 4] = [
        Self { coordinate: Coordinate::Amplitude, end: 0 },
        Self { coordinate: Coordinate::Amplitude, end: 1 },
        Self { coordinate: Coordinate::Phase, end: 0 },
        Self { coordinate: Coordinate::Phase, end: 1 },
    ];

    fn name(self, locale: Locale) -> &'static str {
        match (self.coordinate, self.end) {
            (Coordinate::Amplitude, 0) => locale.picker_low_amplitude(),
            (Coordinate::Amplitude, _) => locale.picker_high_amplitude(),
            (Coordinate::Phase, 0) => locale.picker_low_phase(),
            (Coordinate::Phase | Coordinate::Frequency, _) => locale.picker_high_phase(),
        }
    }

    /// Moves the edge, no further than the opposite one.
    fn put(self, page: Page, value: f64) {
        let [low, high] = untrack(|| interval(page, self.coordinate));
        let (min, max) = self.coordinate.range();
        let ends = if self.end == 0 { [value.clamp(min, high), high] } else { [low, value.clamp(low, max)] };
        page.dispatch(Action::Set { path: self.coordinate.interval(), value: Value::from(ends.to_vec()) });
    }
}

/// Moves the shown task to a point of the plane.
fn put_task(page: Page, amplitude: f64, phase: f64) {
    let within = |coordinate: Coordinate, value: f64| {
        let (min, max) = coordinate.range();
        value.clamp(min, max) as f32
    };
    let task = page.view.preview_input.with_untracked(|preview_input| preview_input.task);
    let (amplitude, phase) = (within(Coordinate::Amplitude, amplitude), within(Coordinate::Phase, phase));
    page.dispatch(Action::ShowTask { task: Task { amplitude, phase, ..task } });
}

/// The steps of an arrow key: along phase and along amplitude.
pub fn arrow(event: &KeyboardEvent) -> Option<(f64, f64)> {
    let step = if event.shift_key() { 10.0 * TASK_STEP } else { TASK_STEP };
    match event.key().as_str() {
        "ArrowRight" => Some((step, 0.0)),
        "ArrowLeft" => Some((-step, 0.0)),
        "ArrowUp" => Some((0.0, step)),
        "ArrowDown" => Some((0.0, -step)),
        "PageUp" => Some((0.0, 10.0 * TASK_STEP)),
        "PageDown" => Some((0.0, -10.0 * TASK_STEP)),
        _ => None,
    }
}

/// Where the shown curve is from, in words.
fn place_of(page: Page, inside: Memo<bool>) -> &'static str {
    let locale = page.locale();
    if is_drawn(page) {
        locale.chart_curve_drawn()
    } else if inside.get() {
        locale.picker_inside()
    } else {
        locale.picker_outside()
    }
}

/// Whether a curve by hand is in the task's place.
fn is_drawn(page: Page) -> bool {
    page.view.preview_input.with(|preview_input| preview_input.drawn.is_some())
}

/// The plane, with fields for the same values.
#[component]
pub fn Picker() -> impl IntoView {
    let page = page();
    let inside = Memo::new(move |_| {
        page.run
            .config
            .with(|config| page.view.preview_input.with(|preview_input| preview_input.task.is_in(&config.tasks)))
    });
    let place_words = move || place_of(page, inside);
    // A distribution of one frequency gives it to the shown task too.
    let has_choice = Memo::new(move |_| {
        let [low, high] = page.run.config.with(|config| config.tasks.frequency);
        low < high && page.view.preview_input.with(|preview_input| preview_input.task.family.is_periodic())
    });
    let fields = [
        (Coordinate::Amplitude, TASK_AMPLITUDE, "a"),
        (Coordinate::Phase, TASK_PHASE, "p"),
        (Coordinate::Frequency, TASK_FREQUENCY, "f"),
    ];
    let fields = fields.map(|(coordinate, path, symbol)| {
        let field = Field::Task(coordinate);
        let name = label(page, path);
        let short = label(page, coordinate.interval());
        view! {
            <div class="field compact" hidden=move || coordinate == Coordinate::Frequency && !has_choice.get()>
                <span class="label" aria-hidden="true">{short} " " <i class="symbol">{symbol}</i></span>
                <NumberBox field name help="picker-help"/>
                <Slider field name/>
                <Fault field/>
            </div>
        }
    });
    view! {
        <section class="picker" aria-labelledby="picker-heading">
            <div class="heading-row">
                <h2 id="picker-heading">{page.words(Locale::picker_heading)}</h2>
                <button type="button" on:click=move |_| page.dispatch(Action::ShowRandomTask)>{page.words(Locale::picker_random)}</button>
            </div>
            <Plane inside/>
            <MapControls/>
            <p class="place">
                <span class="badge" class:warn=move || !inside.get() && !is_drawn(page)>{place_words}</span>
            </p>
            <p class="help" id="picker-help">{page.words(Locale::picker_help)}</p>
            <div class="pair">
                <FamilyOfTask/>
                {fields}
            </div>
        </section>
    }
}

/// The shown task's family, where the distribution is a mixture and leaves the choice.
#[component]
fn FamilyOfTask() -> impl IntoView {
    let page = page();
    let is_mixture = Memo::new(move |_| page.run.config.with(|config| config.tasks.family.only().is_none()));
    let family = Memo::new(move |_| page.view.preview_input.with(|preview_input| preview_input.task.family));
    let options = Family::ALL.iter().map(|&option| {
        let word = move || option.label(page.locale());
        view! { <option value=option.name() selected=move || family.get() == option>{word}</option> }
    });
    let change = move |event| {
        if let Some(family) = Family::of_name(&event_target_value(&event)) {
            let task = page.view.preview_input.with_untracked(|preview_input| preview_input.task);
            page.dispatch(Action::ShowTask { task: Task { family, ..task } });
        }
    };
    view! {
        <div class="field compact" hidden=move || !is_mixture.get()>
            <label for="task-family">{page.words(Locale::picker_family)}</label>
            <select
                id="task-family"
                prop:value=move || family.get().name()
                on:change=change
            >
                {options.collect_view()}
            </select>
        </div>
    }
}

/// The plane itself.
#[component]
fn Plane(
    /// Whether the training distribution can draw the shown task.
    inside: Memo<bool>,
) -> impl IntoView {
    let page = page();
    let plane = NodeRef::<Div>::new();
    let grip = RwSignal::new(None::<Grip>);
    // The map's chart has axes of its own, and says where the plane lies between them.
    let is_mapped = Memo::new(move |_| page.view.task_map.get().shown);
    let is_needed = Memo::new(move |needed| needed == Some(&true) || is_mapped.get());
    let (frame, reading) = (RwSignal::new(None::<Frame>), RwSignal::new(None::<(f64, f64)>));
    let map_frame = Memo::new(move |_| frame.get().filter(|_| is_mapped.get()));
    let pixels = move |side: fn(&Frame) -> f64| {
        move || map_frame.with(|frame| frame.as_ref().map(|frame| format!("{:.1}px", side(frame))))
    };

    let drag = move |event: &PointerEvent| {
        let Some(plane) = plane.get_untracked() else { return };
        let (left, top) = place(&plane, event);
        let (width, height) = (f64::from(plane.client_width()), f64::from(plane.client_height()));
        let phase = value_at(Coordinate::Phase, (left / width).clamp(0.0, 1.0));
        let amplitude = value_at(Coordinate::Amplitude, (1.0 - top / height).clamp(0.0, 1.0));
        if is_mapped.get_untracked() {
            reading.set(Some((phase, amplitude)));
        }
        let Some(grip) = grip.get_untracked() else { return };
        match grip {
            Grip::Task => put_task(page, amplitude, phase),
            Grip::Edges(edges) => {
                for edge in edges {
                    edge.put(page, if edge.coordinate == Coordinate::Phase { phase } else { amplitude });
                }
            }
        }
    };
    let seize = move |event: &PointerEvent, what: Grip| {
        if event.button() != 0 {
            return;
        }
        event.stop_propagation();
        if let Some(plane) = plane.get_untracked() {
            // Without capture the drag ends at the plane's border, which is no harm.
            let _ = plane.set_pointer_capture(event.pointer_id());
        }
        grip.set(Some(what));
    };

    let shown = move |coordinate: Coordinate| {
        f64::from(page.view.preview_input.with(|preview_input| coordinate.of(&preview_input.task)))
    };
    let point_words = move || {
        let place = place_of(page, inside);
        let say = |axis| decimal(shown(axis), 2);
        let words = page.locale().format(message::PickerPointValue {
            amplitude: say(Coordinate::Amplitude),
            phase: say(Coordinate::Phase),
            place,
        });
        with_error(page, words)
    };
    let read_point = move || {
        let task = page.view.preview_input.with_untracked(|preview_input| preview_input.task);
        reading.set(is_mapped.get_untracked().then(|| (f64::from(task.phase), f64::from(task.amplitude))));
    };
    let move_point = move |event: KeyboardEvent| {
        if let Some((phase, amplitude)) = arrow(&event) {
            event.prevent_default();
            let task = page.view.preview_input.with_untracked(|preview_input| preview_input.task);
            put_task(page, f64::from(task.amplitude) + amplitude, f64::from(task.phase) + phase);
            read_point();
        }
    };
    let percent = |fraction: f64| format!("{:.3}%", fraction * 100.0);
    let low = move |of: Coordinate| percent(fraction(of, interval(page, of)[0]));
    let span = move |of: Coordinate| {
        let [low, high] = interval(page, of);
        percent(fraction(of, high) - fraction(of, low))
    };

    let edges = Edge::ALL.map(|edge| {
        let (min, max) = edge.coordinate.range();
        let value = move || interval(page, edge.coordinate)[edge.end];
        let press = move |event: KeyboardEvent| {
            if let Some((along_phase, along_amplitude)) = arrow(&event) {
                event.prevent_default();
                edge.put(page, untrack(value) + along_phase + along_amplitude);
            }
        };
        let vertical = edge.coordinate == Coordinate::Amplitude;
        view! {
            <div
                class=match (vertical, edge.end) {
                    (true, 0) => "edge bottom",
                    (true, _) => "edge top",
                    (false, 0) => "edge left",
                    (false, _) => "edge right",
                }
                role="slider"
                tabindex="0"
                aria-label=move || edge.name(page.locale())
                aria-orientation=if vertical { "vertical" } else { "horizontal" }
                aria-valuemin=min
                aria-valuemax=max
                aria-valuenow=value
                aria-valuetext=move || decimal(value(), 2)
                on:keydown=press
                on:pointerdown=move |event| seize(&event, Grip::Edges(vec![edge]))
            ></div>
        }
    });
    // Corners move two edges at once; for the keyboard the edges do the same.
    let corners = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(amplitude, phase)| {
        let edges = vec![
            Edge { coordinate: Coordinate::Amplitude, end: amplitude },
            Edge { coordinate: Coordinate::Phase, end: phase },
        ];
        view! {
            <div
                class="corner"
                aria-hidden="true"
                style:left=if phase == 0 { "0%" } else { "100%" }
                style:top=if amplitude == 0 { "100%" } else { "0%" }
                on:pointerdown=move |event| seize(&event, Grip::Edges(edges.clone()))
            ></div>
        }
    });
    let ticks = ["0", "π/2", "π", "3π/2", "2π"].into_iter().enumerate().map(|(index, text)| {
        view! { <span class="tick-x" style:left=percent(index as f64 / 4.0)>{text}</span> }
    });
    let (_, most) = Coordinate::Amplitude.range();
    let levels = [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| {
        view! { <span class="tick-y" style:top=percent(1.0 - part)>{decimal(part * most, 1)}</span> }
    });
    view! {
        <div class="plane-frame" class:mapped=is_mapped>
            {move || is_needed.get().then(|| view! {
                <Late wanted=true body=move |chunk| (chunk.task_map)(frame, reading)/>
            })}
            <div
                class="plane"
                node_ref=plane
                style:left=pixels(|frame| frame.left)
                style:top=pixels(|frame| frame.top)
                style:width=pixels(|frame| frame.width)
                style:height=pixels(|frame| frame.height)
                role="group"
                aria-label=page.words(Locale::picker_plane)
                on:pointerdown=move |event| {
                    seize(&event, Grip::Task);
                    drag(&event);
                }
                on:pointermove=move |event| drag(&event)
                on:pointerup=move |_| grip.set(None)
                on:pointercancel=move |_| grip.set(None)
                on:pointerleave=move |_| reading.set(None)
            >
                <div
                    class="rectangle"
                    style:left=move || low(Coordinate::Phase)
                    style:width=move || span(Coordinate::Phase)
                    style:bottom=move || low(Coordinate::Amplitude)
                    style:height=move || span(Coordinate::Amplitude)
                >
                    {edges}
                    {corners}
                </div>
                <div
                    class="point"
                    class:outside=move || !inside.get()
                    class:replaced=move || is_drawn(page)
                    role="slider"
                    tabindex="0"
                    aria-label=page.words(Locale::picker_point)
                    aria-describedby="picker-help"
                    aria-valuemin=Coordinate::Amplitude.range().0
                    aria-valuemax=Coordinate::Amplitude.range().1
                    aria-valuenow=move || shown(Coordinate::Amplitude)
                    aria-valuetext=point_words
                    style:left=move || percent(fraction(Coordinate::Phase, shown(Coordinate::Phase)))
                    style:bottom=move || percent(fraction(Coordinate::Amplitude, shown(Coordinate::Amplitude)))
                    on:keydown=move_point
                    on:focus=move |_| read_point()
                    on:blur=move |_| reading.set(None)
                    on:pointerdown=move |event| seize(&event, Grip::Task)
                ></div>
            </div>
            <div class="ticks" aria-hidden="true">
                {ticks.collect_view()} {levels}
                <span class="axis-x">{page.words(Locale::picker_axis_phase)}</span>
                <span class="axis-y">{page.words(Locale::picker_axis_amplitude)}</span>
            </div>
        </div>
    }
}

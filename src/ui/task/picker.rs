//! The task picker: a plane of phase × amplitude with the shown task and the training distribution's rectangle.

use leptos::html::Div;
use leptos::prelude::*;
use serde_json::Value;
use web_sys::{KeyboardEvent, PointerEvent};

use crate::app::formatting::decimal;
use crate::app::labels::{TASK_AMPLITUDE, TASK_FREQUENCY, TASK_PHASE};
use crate::domain::choice::Named;
use crate::domain::config::parameters::parameter;
use crate::domain::config::range::Range;
use crate::domain::task::Task;
use crate::domain::task::family::Family;
use crate::i18n::Locale;
use crate::ui::state::{Page, page};
use crate::ui::widgets::chart_canvas::place;
use crate::ui::widgets::field::{Fault, NumberBox, Slider, Target, label};

/// Arrow keys move by this; with Shift by ten times as much.
pub const STEP: f64 = 0.05;

/// A coordinate of the plane.
#[derive(Clone, Copy, PartialEq)]
enum Axis {
    Amplitude,
    Phase,
}

/// One edge of the rectangle.
#[derive(Clone, Copy, PartialEq)]
struct Edge {
    axis: Axis,
    /// 0 is the low end, 1 the high one.
    end: usize,
}

/// What the pointer drags.
#[derive(Clone, PartialEq)]
enum Grip {
    Task,
    Edges(Vec<Edge>),
}

impl Axis {
    fn path(self) -> &'static str {
        match self {
            Self::Amplitude => "tasks.amplitude",
            Self::Phase => "tasks.phase",
        }
    }

    /// The values that the plane spans: all that the distribution may have.
    fn range(self) -> (f64, f64) {
        span(self.path())
    }

    fn fraction(self, value: f64) -> f64 {
        let (min, max) = self.range();
        ((value - min) / (max - min)).clamp(0.0, 1.0)
    }

    /// The value at a fraction of the plane, in hundredths; the ends are exact.
    fn value(self, fraction: f64) -> f64 {
        let (min, max) = self.range();
        (((min + fraction * (max - min)) * 100.0).round() / 100.0).clamp(min, max)
    }

    fn interval(self, page: Page) -> [f64; 2] {
        page.run.config.with(|config| match self {
            Self::Amplitude => config.tasks.amplitude,
            Self::Phase => config.tasks.phase,
        })
    }

    /// The shown task's coordinate.
    fn of(self, task: &Task) -> f64 {
        f64::from(match self {
            Self::Amplitude => task.amplitude,
            Self::Phase => task.phase,
        })
    }
}

/// The values that an interval of the distribution may span.
fn span(path: &str) -> (f64, f64) {
    match parameter(path).map(|parameter| parameter.range) {
        Some(Range::Interval { min, max, .. }) => (min, max),
        _ => (0.0, 1.0),
    }
}

impl Edge {
    const ALL: [Self; 4] = [
        Self { axis: Axis::Amplitude, end: 0 },
        Self { axis: Axis::Amplitude, end: 1 },
        Self { axis: Axis::Phase, end: 0 },
        Self { axis: Axis::Phase, end: 1 },
    ];

    fn name(self, locale: Locale) -> &'static str {
        match (self.axis, self.end) {
            (Axis::Amplitude, 0) => locale.picker_low_amplitude(),
            (Axis::Amplitude, _) => locale.picker_high_amplitude(),
            (Axis::Phase, 0) => locale.picker_low_phase(),
            (Axis::Phase, _) => locale.picker_high_phase(),
        }
    }

    /// Moves the edge, no further than the opposite one.
    fn put(self, page: Page, value: f64) {
        let [low, high] = untrack(|| self.axis.interval(page));
        let (min, max) = self.axis.range();
        let ends = if self.end == 0 { [value.clamp(min, high), high] } else { [low, value.clamp(low, max)] };
        if let Err(error) = page.edit(self.axis.path(), Value::from(ends.to_vec())) {
            page.report(crate::ui::state::Problem::Blocked(error));
        }
    }
}

/// Moves the shown task to a point of the plane.
fn put_task(page: Page, amplitude: f64, phase: f64) {
    let within = |axis: Axis, value: f64| {
        let (min, max) = axis.range();
        value.clamp(min, max) as f32
    };
    let task = page.view.preview_input.with_untracked(|preview_input| preview_input.task);
    let (amplitude, phase) = (within(Axis::Amplitude, amplitude), within(Axis::Phase, phase));
    page.show_task(Task { amplitude, phase, ..task });
}

/// The steps of an arrow key: along phase and along amplitude.
pub fn arrow(event: &KeyboardEvent) -> Option<(f64, f64)> {
    let step = if event.shift_key() { 10.0 * STEP } else { STEP };
    match event.key().as_str() {
        "ArrowRight" => Some((step, 0.0)),
        "ArrowLeft" => Some((-step, 0.0)),
        "ArrowUp" => Some((0.0, step)),
        "ArrowDown" => Some((0.0, -step)),
        "PageUp" => Some((0.0, 10.0 * STEP)),
        "PageDown" => Some((0.0, -10.0 * STEP)),
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
    let fields = [
        (
            TASK_AMPLITUDE,
            "a",
            "tasks.amplitude",
            (|task| task.amplitude) as fn(&Task) -> f32,
            (|task, value| task.amplitude = value) as fn(&mut Task, f32),
        ),
        (TASK_PHASE, "p", "tasks.phase", |task| task.phase, |task, value| task.phase = value),
        (TASK_FREQUENCY, "f", "tasks.frequency", |task| task.frequency, |task, value| task.frequency = value),
    ];
    // A distribution of one frequency gives it to the shown task too.
    let has_choice = Memo::new(move |_| {
        let [low, high] = page.run.config.with(|config| config.tasks.frequency);
        low < high && page.view.preview_input.with(|preview_input| preview_input.task.family.is_periodic())
    });
    let fields = fields.map(|(path, symbol, of_distribution, read, change)| {
        let (min, max) = span(of_distribution);
        let target = Target::task(page, path, (min, max, STEP), read, change);
        let name = label(page, path);
        let short = label(page, of_distribution);
        view! {
            <div class="field compact" hidden=move || path == TASK_FREQUENCY && !has_choice.get()>
                <span class="label" aria-hidden="true">{short} " " <i class="symbol">{symbol}</i></span>
                <NumberBox target=target.clone() name help="picker-help"/>
                <Slider target=target.clone() name/>
                <Fault target/>
            </div>
        }
    });
    view! {
        <section class="picker" aria-labelledby="picker-heading">
            <div class="heading-row">
                <h2 id="picker-heading">{move || page.locale().picker_heading()}</h2>
                <button type="button" on:click=move |_| page.show_random_task()>{move || page.locale().picker_random()}</button>
            </div>
            <Plane inside/>
            <p class="place">
                <span class="badge" class:warn=move || !inside.get() && !is_drawn(page)>{place_words}</span>
            </p>
            <p class="help" id="picker-help">{move || page.locale().picker_help()}</p>
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
            page.show_task(Task { family, ..task });
        }
    };
    view! {
        <div class="field compact" hidden=move || !is_mixture.get()>
            <span class="label" aria-hidden="true">{label(page, "tasks.family")}</span>
            <select
                id="task-family"
                aria-label=move || page.locale().picker_family()
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

    let drag = move |event: &PointerEvent| {
        let (Some(plane), Some(grip)) = (plane.get_untracked(), grip.get_untracked()) else { return };
        let (left, top) = place(&plane, event);
        let (width, height) = (f64::from(plane.client_width()), f64::from(plane.client_height()));
        let phase = Axis::Phase.value((left / width).clamp(0.0, 1.0));
        let amplitude = Axis::Amplitude.value((1.0 - top / height).clamp(0.0, 1.0));
        match grip {
            Grip::Task => put_task(page, amplitude, phase),
            Grip::Edges(edges) => {
                for edge in edges {
                    edge.put(page, if edge.axis == Axis::Phase { phase } else { amplitude });
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

    let coordinate = move |axis: Axis| page.view.preview_input.with(|preview_input| axis.of(&preview_input.task));
    let point_words = move || {
        let place = place_of(page, inside);
        let say = |axis| decimal(coordinate(axis), 2);
        page.locale().picker_point_value(say(Axis::Amplitude), say(Axis::Phase), place)
    };
    let move_point = move |event: KeyboardEvent| {
        if let Some((phase, amplitude)) = arrow(&event) {
            event.prevent_default();
            let task = page.view.preview_input.with_untracked(|preview_input| preview_input.task);
            put_task(page, Axis::Amplitude.of(&task) + amplitude, Axis::Phase.of(&task) + phase);
        }
    };
    let percent = |fraction: f64| format!("{:.3}%", fraction * 100.0);
    let low = move |axis: Axis| percent(axis.fraction(axis.interval(page)[0]));
    let span = move |axis: Axis| {
        let [low, high] = axis.interval(page);
        percent(axis.fraction(high) - axis.fraction(low))
    };

    let edges = Edge::ALL.map(|edge| {
        let (min, max) = edge.axis.range();
        let value = move || edge.axis.interval(page)[edge.end];
        let press = move |event: KeyboardEvent| {
            if let Some((along_phase, along_amplitude)) = arrow(&event) {
                event.prevent_default();
                edge.put(page, untrack(value) + along_phase + along_amplitude);
            }
        };
        let vertical = edge.axis == Axis::Amplitude;
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
        let edges = vec![Edge { axis: Axis::Amplitude, end: amplitude }, Edge { axis: Axis::Phase, end: phase }];
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
    let (_, most) = Axis::Amplitude.range();
    let levels = [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| {
        view! { <span class="tick-y" style:top=percent(1.0 - part)>{decimal(part * most, 1)}</span> }
    });
    view! {
        <div class="plane-frame">
            <div
                class="plane"
                node_ref=plane
                role="group"
                aria-label=move || page.locale().picker_plane()
                on:pointerdown=move |event| {
                    seize(&event, Grip::Task);
                    drag(&event);
                }
                on:pointermove=move |event| drag(&event)
                on:pointerup=move |_| grip.set(None)
                on:pointercancel=move |_| grip.set(None)
            >
                <div
                    class="rectangle"
                    style:left=move || low(Axis::Phase)
                    style:width=move || span(Axis::Phase)
                    style:bottom=move || low(Axis::Amplitude)
                    style:height=move || span(Axis::Amplitude)
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
                    aria-label=move || page.locale().picker_point()
                    aria-describedby="picker-help"
                    aria-valuemin=Axis::Amplitude.range().0
                    aria-valuemax=Axis::Amplitude.range().1
                    aria-valuenow=move || coordinate(Axis::Amplitude)
                    aria-valuetext=point_words
                    style:left=move || percent(Axis::Phase.fraction(coordinate(Axis::Phase)))
                    style:bottom=move || percent(Axis::Amplitude.fraction(coordinate(Axis::Amplitude)))
                    on:keydown=move_point
                    on:pointerdown=move |event| seize(&event, Grip::Task)
                ></div>
            </div>
            <div class="ticks" aria-hidden="true">
                {ticks.collect_view()} {levels}
                <span class="axis-x">{move || page.locale().picker_axis_phase()}</span>
                <span class="axis-y">{move || page.locale().picker_axis_amplitude()}</span>
            </div>
        </div>
    }
}

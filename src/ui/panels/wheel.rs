//! The task wheel: where φ lies around θ for tasks of every amplitude and phase.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

use crate::app::action::Action;
use crate::app::number::write::exact;
use crate::app::state::{Panel, ViewChange};
use crate::chart::Frame;
use crate::chart::figure::Chart;
use crate::chart::plots::wheel::{WheelChart, WheelFigure};
use crate::domain::wheel::{RINGS, SPOKES, STEPS, WheelTasks};
use crate::i18n::message;
use crate::ui::page::page;
use crate::ui::widgets::chart_canvas::{ChartCanvas, place};
use crate::ui::widgets::collapsible::Collapsible;

/// The panel; the engine makes wheels while it is open.
#[component]
pub fn WheelPanel() -> impl IntoView {
    let page = page();
    let stale = Memo::new(move |_| {
        let iteration = page.results.wheel.with(|made| made.as_ref().map(|made| made.iteration));
        let lags = iteration.is_some_and(|iteration| iteration != page.run.shown.get());
        let is_stale =
            page.run.pending.get() || page.run.crash.with(Option::is_some) || lags && !page.run.running.get();
        page.is_open(Panel::Wheel) && is_stale
    });
    view! {
        <Collapsible
            panel=Panel::Wheel
            heading=WheelChart::heading
            help=Signal::derive(move || page.locale().wheel_help().to_owned())
            stale
            body=|chunk| (chunk.wheel)()
        />
    }
}

/// The panel's contents, which the lazy chunk exports.
pub fn body() -> AnyView {
    view! { <Body/> }.into_any()
}

/// The number of steps, the chart, and how its φ's were made.
#[component]
fn Body() -> impl IntoView {
    let page = page();
    let is_there = Memo::new(move |_| page.results.wheel.with(Option::is_some));
    let options = move || {
        let steps = page.view.wheel_steps;
        let option = |at: usize| view! { <option value=at selected=move || steps.get() == at>{at}</option> };
        STEPS.into_iter().map(option).collect_view()
    };
    let choose = move |event| {
        if let Ok(steps) = event_target_value(&event).parse() {
            page.dispatch(Action::View(ViewChange::ChooseWheelSteps { steps }));
        }
    };
    let note = move || {
        page.run.config.with(|config| {
            page.locale().format(message::WheelNote {
                rings: RINGS,
                spokes: SPOKES,
                rate: exact(config.eval.learning_rate),
                grid: config.tasks.grid,
            })
        })
    };
    view! {
        <label class="inline-field">
            <span>{move || page.locale().wheel_steps()}</span>
            <select on:change=choose>{options}</select>
        </label>
        {move || if is_there.get() {
            view! { <Figure/> }.into_any()
        } else {
            view! { <p class="note">{move || page.locale().wheel_waiting()}</p> }.into_any()
        }}
        <p class="note">{note}</p>
    }
}

/// The chart.
#[component]
fn Figure() -> impl IntoView {
    let frame = RwSignal::new(None);
    view! {
        <ChartCanvas chart=WheelChart frame>
            <Picks frame/>
        </ChartCanvas>
    }
}

/// What lies over the chart: the pointer and the arrow keys choose a φ, a click shows its task.
#[component]
fn Picks(
    /// Where data stand.
    frame: RwSignal<Option<Frame>>,
) -> impl IntoView {
    let page = page();
    let chosen = page.charts.phi;
    let layer = NodeRef::<Div>::new();
    let count =
        Memo::new(move |_| page.results.wheel.with(|made| made.as_ref().map_or(0, |made| made.result.tasks.len())));
    let current = Memo::new(move |_| chosen.get().filter(|chosen| *chosen < count.get()));
    let point = move |event: PointerEvent| {
        let (Some(layer), Some(frame)) = (layer.get_untracked(), frame.get_untracked()) else { return };
        let at = |figure: &WheelFigure<'_>| figure.at(&frame, place(&layer, &event));
        let found = untrack(|| WheelChart.with_figure(&page, at)).flatten();
        if chosen.get_untracked() != found {
            chosen.set(found);
        }
    };
    let show = move || {
        let number = current.get_untracked();
        let tasks = page.results.wheel.with_untracked(|made| made.as_ref().map(|made| made.result.tasks.clone()));
        if let (Some(number), Some(tasks)) = (number, tasks) {
            let task = page.run.config.with_untracked(|config| tasks.task(&config.tasks, number));
            page.dispatch(Action::ShowTask { task });
        }
    };
    // The outermost φ of phase 0.
    let begin = move || {
        page.results
            .wheel
            .with_untracked(|made| made.as_ref().map_or(0, |made| made.result.tasks.beside(0, 0, isize::MAX)))
    };
    let press = move |event: KeyboardEvent| {
        let (phases, amplitudes) = match event.key().as_str() {
            "ArrowRight" => (1, 0),
            "ArrowLeft" => (-1, 0),
            "ArrowUp" => (0, 1),
            "ArrowDown" => (0, -1),
            "Enter" | " " => {
                event.prevent_default();
                return show();
            }
            _ => return,
        };
        event.prevent_default();
        let here = current.get_untracked().unwrap_or_else(begin);
        let beside = |tasks: &WheelTasks| tasks.beside(here, phases, amplitudes);
        chosen.set(page.results.wheel.with_untracked(|made| made.as_ref().map(|made| beside(&made.result.tasks))));
    };
    let tell = move || {
        let number = current.get()?;
        let words = |figure: &WheelFigure<'_>| Some(figure.of_task(number, page.locale())?.words());
        WheelChart.with_figure(&page, words)?
    };
    let position = Memo::new(move |_| {
        let (frame, number) = (frame.get()?, current.get()?);
        WheelChart.with_figure(&page, |figure| figure.position(&frame, number))?
    });
    let pixels = move |pick: fn((f64, f64)) -> f64| move || position.get().map(|at| format!("{:.1}px", pick(at)));
    view! {
        <div
            class="picks"
            node_ref=layer
            on:pointermove=point
            on:pointerdown=point
            on:pointerleave=move |_| chosen.set(None)
            on:click=move |_| show()
        >
            <div
                class="pick"
                role="slider"
                tabindex="0"
                aria-label=move || page.locale().wheel_tasks()
                aria-describedby="wheel-tasks-help"
                aria-valuemin="1"
                aria-valuemax=move || count.get()
                aria-valuenow=move || current.get().unwrap_or_else(begin) + 1
                aria-valuetext=tell
                style:left=pixels(|at| at.0)
                style:top=pixels(|at| at.1)
                on:focus=move |_| {
                    if current.get_untracked().is_none() {
                        chosen.set(Some(begin()));
                    }
                }
                on:keydown=press
            ></div>
            <p class="hidden" id="wheel-tasks-help">{move || page.locale().wheel_tasks_help()}</p>
        </div>
    }
}

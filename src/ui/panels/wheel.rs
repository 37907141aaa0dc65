//! The task wheel: where φ lies around θ for tasks of every amplitude and phase.

use leptos::prelude::*;

use super::stale::stale;
use crate::app::action::Action;
use crate::app::number::write::exact;
use crate::app::state::{Panel, ViewChange};
use crate::chart::Readout;
use crate::chart::figure::Chart;
use crate::chart::plots::wheel::WheelChart;
use crate::domain::wheel::{RINGS, SPOKES, STEPS, WheelTasks};
use crate::i18n::{Locale, message};
use crate::ui::page::{Page, page};
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Collapsible;
use crate::ui::widgets::picks::{Picks, PicksOf};

/// The panel; the engine makes wheels while it is open.
#[component]
pub fn WheelPanel() -> impl IntoView {
    let page = page();
    view! {
        <Collapsible
            panel=Panel::Wheel
            heading=WheelChart::heading
            help=Signal::derive(move || page.locale().wheel_help().to_owned())
            stale=stale(Panel::Wheel, page.results.wheel)
            body=|| view! { <Body/> }.into_any()
        />
    }
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
            <span>{page.words(Locale::wheel_steps)}</span>
            <select on:change=choose>{options}</select>
        </label>
        {move || if is_there.get() {
            view! { <Figure/> }.into_any()
        } else {
            view! { <p class="note">{page.words(Locale::wheel_waiting)}</p> }.into_any()
        }}
        <p class="note">{note}</p>
    }
}

/// The chart. The pointer and the arrow keys choose a φ, a click shows its task.
#[component]
fn Figure() -> impl IntoView {
    let page = page();
    let frame = RwSignal::new(None);
    view! {
        <ChartCanvas chart=WheelChart frame>
            <Picks
                frame
                chosen=page.charts.phi
                items=PHIS
                name=Signal::derive(move || page.locale().wheel_tasks().to_owned())
                help=Signal::derive(move || page.locale().wheel_tasks_help().to_owned())
                help_id="wheel-tasks-help"
            />
        </ChartCanvas>
    }
}

/// The φ's of the wheel.
const PHIS: PicksOf = PicksOf {
    count: |page| page.results.wheel.with(|made| made.as_ref().map(|made| made.result.tasks.len())),
    at: |page, frame, place| WheelChart.with_figure(&page, |figure| figure.at(frame, place))?,
    position: |page, frame, number| WheelChart.with_figure(&page, |figure| figure.position(frame, number))?,
    words: |page, number| {
        WheelChart.with_figure(&page, |figure| figure.of_task(number, page.locale()))?.as_ref().map(Readout::words)
    },
    // The outermost φ of phase 0.
    first: |page| with_tasks(page, |tasks| tasks.beside(0, 0, isize::MAX)).unwrap_or_default(),
    beside: |page, _, number, key| {
        let (phases, amplitudes) = match key {
            "ArrowRight" => (1, 0),
            "ArrowLeft" => (-1, 0),
            "ArrowUp" => (0, 1),
            "ArrowDown" => (0, -1),
            _ => return None,
        };
        with_tasks(page, |tasks| tasks.beside(number, phases, amplitudes))
    },
    take: Some(|page, number| {
        let distribution = page.run.config.with_untracked(|config| config.tasks.clone());
        if let Some(task) = untrack(|| with_tasks(page, |tasks| tasks.task(&distribution, number))) {
            page.dispatch(Action::ShowTask { task });
        }
    }),
    is_outlined: false,
};

/// The tasks of the wheel that is there.
fn with_tasks<T>(page: Page, read: impl FnOnce(&WheelTasks) -> T) -> Option<T> {
    page.results.wheel.with(|made| made.as_ref().map(|made| read(&made.result.tasks)))
}

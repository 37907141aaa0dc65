//! The two charts of errors: while adapting, and while meta-training.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

use crate::app::action::Action;
use crate::app::formatting;
use crate::chart::Frame;
use crate::chart::figure::{Chart, Figure as _};
use crate::chart::plots::adaptation::AdaptationChart;
use crate::chart::plots::training::TrainingChart;
use crate::domain::evaluation::SEED;
use crate::i18n::{Locale, message};
use crate::ui::page::page;
use crate::ui::task::fit::OutOfDate;
use crate::ui::widgets::chart_canvas::ChartCanvas;

/// Error against gradient step.
#[component]
pub fn AdaptationSection() -> impl IntoView {
    let page = page();
    let frame = RwSignal::new(None);
    let note = move || {
        let moment = if page.is_past() { page.run.shown.get() } else { u64::MAX };
        page.results.history.with(|history| match history.nearest(moment) {
            Some(point) => {
                let iteration = formatting::count(point.iteration);
                page.locale().format(message::AdaptationNote {
                    tasks: formatting::count(point.tasks as u64),
                    seed: SEED,
                    iteration,
                })
            }
            None => page.locale().adaptation_waiting().to_owned(),
        })
    };
    view! {
        <section class="curve" aria-labelledby="adaptation-heading">
            <div class="heading-row">
                <h2 id="adaptation-heading">{page.words(AdaptationChart::heading)}</h2>
                <OutOfDate stale=Signal::derive(move || page.results.stale.get() || page.run.pending.get())/>
            </div>
            <ChartCanvas chart=AdaptationChart frame/>
            <p class="note">{note}</p>
        </section>
    }
}

/// Held-out error against meta-iteration.
#[component]
pub fn TrainingSection() -> impl IntoView {
    let page = page();
    let frame = RwSignal::new(None::<Frame>);
    // A click on the chart is one on the time line; one on what stands around it is not.
    let go = move |event: MouseEvent| {
        let is_chart = event.target().is_some_and(|target| target.has_type::<HtmlCanvasElement>());
        let Some(frame) = frame.get_untracked().filter(|_| is_chart) else { return };
        let place = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        if frame.contains(place) && untrack(|| page.has_past()) {
            // The moment whose values are read off there.
            let x = frame.data(place.0, place.1).0;
            let locale = page.locale();
            let readout = untrack(|| TrainingChart.with_figure(&page, |figure| figure.readout(x, locale))).flatten();
            page.show_moment(readout.map_or(x, |readout| readout.x).round() as u64);
        }
    };
    let note = move || {
        page.results.history.with(|history| match history.points().last() {
            Some(point) => {
                page.locale().format(message::TrainingNote { tasks: formatting::count(point.tasks as u64), seed: SEED })
            }
            None => page.locale().adaptation_waiting().to_owned(),
        })
    };
    view! {
        <section class="curve" aria-labelledby="training-heading">
            <div class="heading-row">
                <h2 id="training-heading">{page.words(TrainingChart::heading)}</h2>
                <OutOfDate stale=page.run.pending/>
            </div>
            <div class="timed" title=page.words(Locale::timeline_help) on:click=go>
                <ChartCanvas chart=TrainingChart frame/>
            </div>
            <p class="note">{note}</p>
            <Show when=move || page.results.other_branch.with(|branch| !branch.points().is_empty())>
                <p class="note">
                    {page.words(Locale::timeline_other_branch)}" "
                    <button type="button" class="quiet" on:click=move |_| page.dispatch(Action::ForgetBranch)>
                        {page.words(Locale::timeline_forget)}
                    </button>
                </p>
            </Show>
        </section>
    }
}

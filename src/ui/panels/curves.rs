//! The two charts of errors: while adapting, and while meta-training.

use leptos::prelude::*;

use crate::app::formatting;
use crate::chart::plots::adaptation::AdaptationChart;
use crate::chart::plots::training::TrainingChart;
use crate::domain::evaluation::SEED;
use crate::ui::page::{Page, page};
use crate::ui::task::fit::OutOfDate;
use crate::ui::widgets::chart_canvas::{Chart, ChartCanvas};

fn with_adaptation<T>(page: Page, hover: Option<f64>, use_it: impl FnOnce(&AdaptationChart<'_>) -> T) -> T {
    page.results.preview.with_untracked(|preview| {
        page.results.history.with_untracked(|history| {
            page.results.baseline.with_untracked(|baseline| {
                let held_out = history.points().last();
                let baseline = baseline.as_ref().map(|(tasks, curve)| (curve, *tasks));
                use_it(&AdaptationChart { preview: Some(preview), held_out, baseline, hover })
            })
        })
    })
}

/// Error against gradient step.
#[component]
pub fn AdaptationSection() -> impl IntoView {
    let page = page();
    let frame = RwSignal::new(None);
    let chart = Chart {
        track: Box::new(move || {
            page.results.preview.track();
            page.results.history.track();
            page.results.baseline.track();
        }),
        draw: Box::new(move |area, style, hover| with_adaptation(page, hover, |chart| chart.draw(area, style))),
        describe: Box::new(move |locale| with_adaptation(page, None, |chart| chart.describe(locale))),
        read: Box::new(move |x, locale| Some(with_adaptation(page, Some(x), |chart| chart.readout(x, locale)))),
    };
    let note = move || {
        page.results.history.with(|history| match history.points().last() {
            Some(point) => {
                let iteration = formatting::count(point.iteration);
                page.locale().adaptation_note(iteration, SEED, formatting::count(point.tasks as u64))
            }
            None => page.locale().adaptation_waiting().to_owned(),
        })
    };
    view! {
        <section class="curve" aria-labelledby="adaptation-heading">
            <div class="heading-row">
                <h2 id="adaptation-heading">{move || page.locale().adaptation_heading()}</h2>
                <OutOfDate stale=Signal::derive(move || page.results.stale.get() || page.run.pending.get())/>
            </div>
            <ChartCanvas chart frame/>
            <p class="note">{note}</p>
        </section>
    }
}

fn with_training<T>(page: Page, hover: Option<f64>, use_it: impl FnOnce(&TrainingChart<'_>) -> T) -> T {
    page.results.history.with_untracked(|history| {
        let iterations = page.run.config.with_untracked(|config| config.outer.iterations);
        use_it(&TrainingChart { points: history.points(), iterations, hover })
    })
}

/// Held-out error against meta-iteration.
#[component]
pub fn TrainingSection() -> impl IntoView {
    let page = page();
    let frame = RwSignal::new(None);
    let iterations = Memo::new(move |_| page.run.config.with(|config| config.outer.iterations));
    let chart = Chart {
        track: Box::new(move || {
            page.results.history.track();
            iterations.track();
        }),
        draw: Box::new(move |area, style, hover| with_training(page, hover, |chart| chart.draw(area, style))),
        describe: Box::new(move |locale| with_training(page, None, |chart| chart.describe(locale))),
        read: Box::new(move |x, locale| {
            let empty = page.results.history.with_untracked(|history| history.points().is_empty());
            (!empty).then(|| with_training(page, Some(x), |chart| chart.readout(x, locale)))
        }),
    };
    let note = move || {
        page.results.history.with(|history| match history.points().last() {
            Some(point) => page.locale().training_note(SEED, formatting::count(point.tasks as u64)),
            None => page.locale().adaptation_waiting().to_owned(),
        })
    };
    view! {
        <section class="curve" aria-labelledby="training-heading">
            <div class="heading-row">
                <h2 id="training-heading">{move || page.locale().training_heading()}</h2>
                <OutOfDate stale=page.run.pending/>
            </div>
            <ChartCanvas chart frame/>
            <p class="note">{note}</p>
        </section>
    }
}

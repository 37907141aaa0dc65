//! The two charts of errors: while adapting, and while meta-training.

use leptos::prelude::*;

use crate::ui::widgets::chart_canvas::{Chart, ChartCanvas};
use crate::ui::task::fit::OutOfDate;
use crate::ui::state::{Lab, lab};
use crate::app::formatting;
use crate::chart::plots::adaptation::AdaptationChart;
use crate::chart::plots::training::TrainingChart;
use crate::domain::evaluation::SEED;

fn with_adaptation<T>(lab: Lab, hover: Option<f64>, use_it: impl FnOnce(&AdaptationChart<'_>) -> T) -> T {
    lab.seen.picture.with_untracked(|picture| {
        lab.seen.history.with_untracked(|history| {
            lab.seen.baseline.with_untracked(|baseline| {
                let held_out = history.points().last();
                let baseline = baseline.as_ref().map(|(tasks, curve)| (curve, *tasks));
                use_it(&AdaptationChart { picture: Some(picture), held_out, baseline, hover })
            })
        })
    })
}

/// Error against gradient step.
#[component]
pub fn AdaptationSection() -> impl IntoView {
    let lab = lab();
    let frame = RwSignal::new(None);
    let chart = Chart {
        track: Box::new(move || {
            lab.seen.picture.track();
            lab.seen.history.track();
            lab.seen.baseline.track();
        }),
        draw: Box::new(move |area, style, hover| with_adaptation(lab, hover, |chart| chart.draw(area, style))),
        describe: Box::new(move |locale| with_adaptation(lab, None, |chart| chart.describe(locale))),
        read: Box::new(move |x, locale| Some(with_adaptation(lab, Some(x), |chart| chart.readout(x, locale)))),
    };
    let note = move || {
        lab.seen.history.with(|history| match history.points().last() {
            Some(point) => {
                let iteration = formatting::count(point.iteration);
                lab.locale().adaptation_note(iteration, SEED, formatting::count(point.tasks as u64))
            }
            None => lab.locale().adaptation_waiting().to_owned(),
        })
    };
    view! {
        <section class="curve" aria-labelledby="adaptation-heading">
            <div class="heading-row">
                <h2 id="adaptation-heading">{move || lab.locale().adaptation_heading()}</h2>
                <OutOfDate stale=Signal::derive(move || lab.seen.stale.get() || lab.run.pending.get())/>
            </div>
            <ChartCanvas chart frame/>
            <p class="note">{note}</p>
        </section>
    }
}

fn with_training<T>(lab: Lab, hover: Option<f64>, use_it: impl FnOnce(&TrainingChart<'_>) -> T) -> T {
    lab.seen.history.with_untracked(|history| {
        let iterations = lab.run.config.with_untracked(|config| config.outer.iterations);
        use_it(&TrainingChart { points: history.points(), iterations, hover })
    })
}

/// Held-out error against meta-iteration.
#[component]
pub fn TrainingSection() -> impl IntoView {
    let lab = lab();
    let frame = RwSignal::new(None);
    let iterations = Memo::new(move |_| lab.run.config.with(|config| config.outer.iterations));
    let chart = Chart {
        track: Box::new(move || {
            lab.seen.history.track();
            iterations.track();
        }),
        draw: Box::new(move |area, style, hover| with_training(lab, hover, |chart| chart.draw(area, style))),
        describe: Box::new(move |locale| with_training(lab, None, |chart| chart.describe(locale))),
        read: Box::new(move |x, locale| {
            let empty = lab.seen.history.with_untracked(|history| history.points().is_empty());
            (!empty).then(|| with_training(lab, Some(x), |chart| chart.readout(x, locale)))
        }),
    };
    let note = move || {
        lab.seen.history.with(|history| match history.points().last() {
            Some(point) => lab.locale().training_note(SEED, formatting::count(point.tasks as u64)),
            None => lab.locale().adaptation_waiting().to_owned(),
        })
    };
    view! {
        <section class="curve" aria-labelledby="training-heading">
            <div class="heading-row">
                <h2 id="training-heading">{move || lab.locale().training_heading()}</h2>
                <OutOfDate stale=lab.run.pending/>
            </div>
            <ChartCanvas chart frame/>
            <p class="note">{note}</p>
        </section>
    }
}

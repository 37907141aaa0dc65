//! Gradient alignment along the run: what Reptile and MAML raise besides lowering the error.

use leptos::prelude::*;

use crate::ui::widgets::chart_canvas::{Chart, ChartCanvas};
use crate::ui::widgets::collapsible::Folded;
use crate::ui::state::{Lab, lab};
use crate::app::formatting;
use crate::chart::plots::alignment::AlignmentChart;
use crate::domain::alignment::Mean;
use crate::domain::evaluation::SEED;
use crate::engine::protocol::{AlignmentPoint, Command};

/// The figure, folded away; it is measured while it is unfolded.
#[component]
pub fn AlignmentSection() -> impl IntoView {
    let lab = lab();
    Effect::new(move |before: Option<bool>| {
        let on = lab.shown.alignment.get();
        if before.unwrap_or(false) != on {
            lab.send(Command::WatchAlignment { on });
        }
        on
    });
    let stale = Memo::new(move |_| {
        let iteration = lab.seen.alignment.with(|history| history.points().last().map(|point| point.iteration));
        let lags = iteration.is_some_and(|iteration| iteration != lab.run.iteration.get());
        let is_stale =
            lab.run.pending.get() || lab.trouble.crash.with(Option::is_some) || lags && !lab.run.running.get();
        lab.shown.alignment.get() && is_stale
    });
    view! {
        <Folded
            name="alignment"
            heading=|locale| locale.alignment_heading()
            help=Signal::derive(move || lab.locale().alignment_help().to_owned())
            stale
            is_open=lab.shown.alignment
            body=body
        />
    }
}

fn body() -> AnyView {
    view! { <Figure/> }.into_any()
}

fn with_chart<T>(lab: Lab, hover: Option<f64>, use_it: impl FnOnce(&AlignmentChart<'_>) -> T) -> T {
    lab.seen.alignment.with_untracked(|history| {
        let iterations = lab.run.config.with_untracked(|config| config.outer.iterations);
        use_it(&AlignmentChart { points: history.points(), iterations, hover })
    })
}

/// The chart, and its last point in words.
#[component]
fn Figure() -> impl IntoView {
    let lab = lab();
    let frame = RwSignal::new(None);
    let iterations = Memo::new(move |_| lab.run.config.with(|config| config.outer.iterations));
    let chart = Chart {
        track: Box::new(move || {
            lab.seen.alignment.track();
            iterations.track();
        }),
        draw: Box::new(move |area, style, hover| with_chart(lab, hover, |chart| chart.draw(area, style))),
        describe: Box::new(move |locale| with_chart(lab, None, |chart| chart.describe(locale))),
        read: Box::new(move |x, locale| {
            let empty = lab.seen.alignment.with_untracked(|history| history.points().is_empty());
            (!empty).then(|| with_chart(lab, Some(x), |chart| chart.readout(x, locale)))
        }),
    };
    let now = move || {
        lab.seen.alignment.with(|history| match history.points().last() {
            Some(point) => present(lab, point),
            None => lab.locale().adaptation_waiting().to_owned(),
        })
    };
    view! {
        <ChartCanvas chart frame/>
        <p class="note">{now}</p>
    }
}

/// A point in words.
fn present(lab: Lab, point: &AlignmentPoint) -> String {
    let text = |Mean { mean, ci95 }: Mean, decimals| {
        format!("{} ± {}", formatting::decimal(mean, decimals), formatting::decimal(ci95, decimals))
    };
    let alignment = &point.alignment;
    lab.locale().alignment_now(
        point.batch,
        text(alignment.cosine_between_tasks, 2),
        text(alignment.cosine, 2),
        formatting::count(point.iteration),
        text(alignment.inner_product, 1),
        SEED,
        point.tasks,
    )
}

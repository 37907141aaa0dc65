//! Gradient alignment along the run: what Reptile and MAML raise besides lowering the error.

use leptos::prelude::*;

use crate::app::formatting;
use crate::app::state::Panel;
use crate::chart::figure::Chart;
use crate::chart::plots::alignment::AlignmentChart;
use crate::domain::alignment::AlignmentPoint;
use crate::domain::alignment::Mean;
use crate::domain::evaluation::SEED;
use crate::i18n::message;
use crate::ui::page::{Page, page};
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Collapsible;

/// The panel; alignment is measured while it is open.
#[component]
pub fn AlignmentPanel() -> impl IntoView {
    let page = page();
    let stale = Memo::new(move |_| {
        let iteration = page.results.alignment.with(|history| history.points().last().map(|point| point.iteration));
        let lags = iteration.is_some_and(|iteration| iteration != page.run.iteration.get());
        let is_stale =
            page.run.pending.get() || page.run.crash.with(Option::is_some) || lags && !page.run.running.get();
        page.is_open(Panel::Alignment) && is_stale
    });
    view! {
        <Collapsible
            panel=Panel::Alignment
            heading=AlignmentChart::heading
            help=Signal::derive(move || page.locale().alignment_help().to_owned())
            stale
            body=|| view! { <Figure/> }.into_any()
        />
    }
}

/// The chart, and its last point in words.
#[component]
fn Figure() -> impl IntoView {
    let page = page();
    let frame = RwSignal::new(None);
    let now = move || {
        page.results.alignment.with(|history| match history.points().last() {
            Some(point) => present(page, point),
            None => page.locale().adaptation_waiting().to_owned(),
        })
    };
    view! {
        <ChartCanvas chart=AlignmentChart frame/>
        <p class="note">{now}</p>
    }
}

/// A point in words.
fn present(page: Page, point: &AlignmentPoint) -> String {
    let text = |Mean { mean, ci95 }: Mean, decimals| {
        format!("{} ± {}", formatting::decimal(mean, decimals), formatting::decimal(ci95, decimals))
    };
    let alignment = &point.alignment;
    page.locale().format(message::AlignmentNow {
        iteration: formatting::count(point.iteration),
        product: text(alignment.inner_product, 1),
        cosine: text(alignment.cosine, 2),
        between: text(alignment.cosine_between_tasks, 2),
        tasks: point.tasks,
        batch: point.batch,
        seed: SEED,
    })
}

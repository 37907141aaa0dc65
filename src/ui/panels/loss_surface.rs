//! The loss of the shown task around θ: what a good start looks like from above.

use leptos::prelude::*;

use super::stale::stale;
use crate::app::formatting;
use crate::app::state::Panel;
use crate::app::views::Made;
use crate::chart::figure::Chart;
use crate::chart::plots::loss_surface::LossSurfaceChart;
use crate::domain::loss_surface::LossSurface;
use crate::i18n::{Locale, message};
use crate::ui::page::page;
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Collapsible;
use crate::ui::widgets::explained::Explained;

/// The panel; the surface is made while it is open.
#[component]
pub fn LossSurfacePanel() -> impl IntoView {
    let page = page();
    view! {
        <Collapsible
            panel=Panel::LossSurface
            heading=LossSurfaceChart::heading
            help=Signal::derive(move || page.locale().surface_help().to_owned())
            stale=stale(Panel::LossSurface, page.results.loss_surface)
            body=|| view! { <Figure/> }.into_any()
        />
    }
}

/// The chart, its figures in words, and what to look for.
#[component]
fn Figure() -> impl IntoView {
    let page = page();
    let frame = RwSignal::new(None);
    let now = Signal::derive(move || {
        let locale = page.locale();
        page.results.loss_surface.with(|made| made.as_ref().map(|made| present(made, locale)).unwrap_or_default())
    });
    let look = Signal::derive(move || page.locale().surface_look().to_owned());
    view! {
        <ChartCanvas chart=LossSurfaceChart frame/>
        <p class="note"><Explained text=now/></p>
        <p class="help"><Explained text=look/></p>
    }
}

/// The path of the shown task in figures.
fn present(Made { iteration, result, .. }: &Made<LossSurface>, locale: Locale) -> String {
    let after = |step: usize| formatting::error(result.loss_after(step));
    let distance = |step: usize| result.path.get(step).map(|point| formatting::error(point.from_origin()));
    let steps = result.path.len().saturating_sub(1);
    locale.format(message::SurfaceNow {
        iteration: formatting::count(*iteration),
        theta: after(0),
        first: after(1),
        phi: after(steps),
        steps,
        length: distance(1).unwrap_or_default(),
        distance: distance(steps).unwrap_or_default(),
    })
}

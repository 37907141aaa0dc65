//! The map of θ: its path along the run, and the meta-iteration that comes next.

use leptos::prelude::*;

use super::stale::stale;
use crate::app::state::Panel;
use crate::chart::figure::Chart;
use crate::chart::plots::theta_map::ThetaMapChart;
use crate::domain::choice::Named;
use crate::domain::outer_optimizer::OuterOptimizer;
use crate::i18n::{Locale, message, sentences};
use crate::ui::page::page;
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Collapsible;

/// The panel; the engine makes maps while it is open.
#[component]
pub fn ThetaMapPanel() -> impl IntoView {
    let page = page();
    view! {
        <Collapsible
            panel=Panel::ThetaMap
            heading=ThetaMapChart::heading
            help=Signal::derive(move || page.locale().theta_map_help().to_owned())
            stale=stale(Panel::ThetaMap, page.results.theta_map)
            body=|| view! { <Body/> }.into_any()
        />
    }
}

/// The chart, or why there is none.
#[component]
fn Body() -> impl IntoView {
    let page = page();
    let frame = RwSignal::new(None);
    let is_there = Memo::new(move |_| page.results.theta_map.with(Option::is_some));
    let iterations = Memo::new(move |_| page.run.config.with(|config| config.outer.iterations));
    // The move of θ leads straight to the mean only by the plain update.
    let optimizer = Memo::new(move |_| page.run.config.with(|config| config.outer.optimizer));
    let remark = move || {
        page.results.theta_map.with(|made| {
            let (made, locale) = (made.as_ref()?, page.locale());
            if made.result.next.is_none() {
                return Some(locale.theta_map_no_arrows().to_owned());
            }
            let is_other = optimizer.get() != OuterOptimizer::Sgd;
            let other = is_other
                .then(|| locale.format(message::ThetaMapOtherMove { optimizer: optimizer.get().label(locale) }));
            let over = (made.iteration >= iterations.get()).then(|| locale.theta_map_over().to_owned());
            Some(sentences([other, over].into_iter().flatten()))
        })
    };
    view! {
        {move || if is_there.get() {
            view! { <ChartCanvas chart=ThetaMapChart frame/> }.into_any()
        } else {
            view! { <p class="note">{page.words(Locale::theta_map_waiting)}</p> }.into_any()
        }}
        <p class="note">{remark}</p>
    }
}

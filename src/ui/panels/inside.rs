//! Inside the network: its hidden units, their shares of the prediction, how far each layer moves, and its weights.

use leptos::prelude::*;

use super::stale::stale;
use crate::app::action::Action;
use crate::app::state::{Panel, ViewChange};
use crate::chart::Readout;
use crate::chart::figure::Chart;
use crate::chart::plots::movement::MovementChart;
use crate::chart::plots::unit_share::UnitShareChart;
use crate::chart::plots::units::UnitsChart;
use crate::chart::plots::weights::WeightsChart;
use crate::i18n::Locale;
use crate::ui::page::page;
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Collapsible;
use crate::ui::widgets::picks::{Picks, PicksOf, in_rows};

/// The panel; the engine looks inside while it is open.
#[component]
pub fn InsidePanel() -> impl IntoView {
    let page = page();
    view! {
        <Collapsible
            panel=Panel::Inside
            heading=UnitsChart::heading
            help=Signal::derive(move || page.locale().inside_help().to_owned())
            stale=stale(Panel::Inside, page.results.activity)
            body=|| view! { <Body/> }.into_any()
        />
    }
}

/// The contents, as soon as the engine has looked inside once.
#[component]
fn Body() -> impl IntoView {
    let page = page();
    let is_there = Memo::new(move |_| page.results.activity.with(Option::is_some));
    move || {
        if is_there.get() {
            view! { <Figures/> }.into_any()
        } else {
            view! { <p class="note">{page.words(Locale::adaptation_waiting)}</p> }.into_any()
        }
    }
}

/// The four charts with their choices.
#[component]
fn Figures() -> impl IntoView {
    let page = page();
    let [units, share, movement, weights] = [0; 4].map(|_| RwSignal::new(None));
    // A unit of another layer or network is another one.
    Effect::new(move |before: Option<Option<usize>>| {
        page.run.config.track();
        let layer = page.view.hidden_layer.get();
        if before.is_some() {
            page.charts.unit.set(None);
            page.charts.weight.set(None);
        }
        layer
    });
    view! {
        <div class="toolbar">
            <Layer/>
            <button
                type="button"
                aria-pressed=move || page.view.weight_changes.get().to_string()
                on:click=move |_| page.dispatch(Action::View(ViewChange::ToggleWeightChanges))
            >
                {page.words(Locale::inside_changes)}
            </button>
        </div>
        <div class="inside-charts">
            <div>
                <h3>{page.words(Locale::inside_units)}</h3>
                <ChartCanvas chart=UnitsChart frame=units>
                    <Picks
                        frame=units
                        chosen=page.charts.unit
                        items=UNITS
                        name=Signal::derive(move || page.locale().inside_units().to_owned())
                        help=Signal::derive(move || page.locale().inside_units_help().to_owned())
                        help_id="inside-units-help"
                    />
                </ChartCanvas>
            </div>
            <div>
                <h3>{page.words(Locale::inside_share)}</h3>
                <ChartCanvas chart=UnitShareChart frame=share/>
            </div>
            <div>
                <h3>{page.words(Locale::inside_movement)}</h3>
                <ChartCanvas chart=MovementChart frame=movement/>
            </div>
            <div>
                <h3>{page.words(Locale::inside_weights)}</h3>
                <ChartCanvas chart=WeightsChart frame=weights>
                    <Picks
                        frame=weights
                        chosen=page.charts.weight
                        items=WEIGHTS
                        name=Signal::derive(move || page.locale().inside_weights().to_owned())
                        help=Signal::derive(move || page.locale().inside_weights_help().to_owned())
                        help_id="inside-weights-help"
                    />
                </ChartCanvas>
            </div>
        </div>
    }
}

/// Which hidden layer is looked into, where there are several.
#[component]
fn Layer() -> impl IntoView {
    let page = page();
    let layers = Memo::new(move |_| page.run.config.with(|config| config.model.hidden.clone()));
    let shown = Memo::new(move |_| {
        let last = layers.with(Vec::len).saturating_sub(1);
        page.view.hidden_layer.get().map_or(last, |layer| layer.min(last))
    });
    let options = move || {
        let option = |(layer, units): (usize, usize)| {
            let name = format!("{} ({units})", layer + 1);
            view! { <option value=layer.to_string() selected=move || shown.get() == layer>{name}</option> }
        };
        layers.get().into_iter().enumerate().map(option).collect_view()
    };
    view! {
        <label class="inline-field">
            <span>{page.words(Locale::inside_layer)}</span>
            <select
                on:change=move |event| {
                    if let Ok(layer) = event_target_value(&event).parse() {
                        page.dispatch(Action::View(ViewChange::ChooseHiddenLayer { layer }));
                    }
                }
            >
                {options}
            </select>
        </label>
    }
}

/// The units, one box each.
#[expect(clippy::redundant_closure_for_method_calls, reason = "a method is of one lifetime of the figure")]
const UNITS: PicksOf = PicksOf {
    count: |page| UnitsChart.with_figure(&page, |figure| figure.count()),
    at: |page, frame, place| UnitsChart.with_figure(&page, |figure| figure.at(frame, place))?,
    position: |page, frame, unit| UnitsChart.with_figure(&page, |figure| figure.position(frame, unit)),
    words: |page, unit| {
        UnitsChart.with_figure(&page, |figure| figure.unit(unit, page.locale()))?.as_ref().map(Readout::words)
    },
    first: |_| 0,
    beside: |page, frame, unit, key| {
        UnitsChart.with_figure(&page, |figure| in_rows(key, unit, figure.count(), figure.columns(frame)))?
    },
    take: None,
    is_outlined: false,
};

/// The weights, one cell each.
#[expect(clippy::redundant_closure_for_method_calls, reason = "a method is of one lifetime of the figure")]
const WEIGHTS: PicksOf = PicksOf {
    count: |page| WeightsChart.with_figure(&page, |figure| figure.shape().0 * figure.shape().1),
    at: |page, frame, place| WeightsChart.with_figure(&page, |figure| figure.at(frame, place))?,
    position: |page, frame, weight| WeightsChart.with_figure(&page, |figure| figure.position(frame, weight))?,
    words: |page, weight| {
        WeightsChart.with_figure(&page, |figure| figure.weight(weight, page.locale()))?.as_ref().map(Readout::words)
    },
    first: |_| 0,
    beside: |page, _, weight, key| {
        let (units, inputs) = WeightsChart.with_figure(&page, |figure| figure.shape())?;
        in_rows(key, weight, units * inputs, inputs)
    },
    take: None,
    is_outlined: false,
};

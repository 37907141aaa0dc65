//! What a hyperparameter search is to do: its parameters, their ranges, and what each run is given.

use leptos::prelude::*;

use crate::app::labels;
use crate::domain::config::parameters::{MOST_ITERATIONS, parameter};
use crate::domain::config::range::{Parameter, Range};
use crate::domain::config::search::{self, Limits, SearchAxis};
use crate::engine::experiments::MOST_RUNS;
use crate::engine::protocol::Budget;
use crate::ui::search::{Plan, USUAL_COUNT};
use crate::ui::state::page;
use crate::ui::widgets::field::{Fault, NumberBox, Target};

/// Most values of an axis.
const MOST_VALUES: u64 = 32;
/// Most seeds of a combination.
const MOST_SEEDS: usize = 3;
/// The id of the explanation of all fields.
const HELP: &str = "search-help";

/// All fields.
#[component]
pub fn SearchForm() -> impl IntoView {
    let page = page();
    let plan = page.search.plan;
    let draws = Memo::new(move |_| plan.with(|plan| plan.is_random));
    let number = move |path, max: usize, read: fn(&Plan) -> usize, write: fn(&mut Plan, usize)| {
        let parameter = Parameter { path, symbol: "", range: Range::Integer { min: 1, max: max as u64 } };
        let value = Memo::new(move |_| plan.with(read) as f64);
        let write = Callback::new(move |number: f64| plan.update(|plan| write(plan, number as usize)));
        view! { <Number parameter value write/> }
    };
    view! {
        <div class="search-form">
            <AxisFields index=0/>
            <AxisFields index=1/>
            <div class="search-row">
                <label>
                    <span>{move || page.locale().search_method()}</span>
                    <select
                        on:change=move |event| {
                            let is_random = event_target_value(&event) == "random";
                            plan.update(|plan| plan.is_random = is_random);
                        }
                    >
                        <option value="grid" selected=move || !draws.get()>{move || page.locale().search_grid()}</option>
                        <option value="random" selected=move || draws.get()>{move || page.locale().search_random()}</option>
                    </select>
                </label>
                {move || {
                    let number = || number(labels::SEARCH_DRAWS, MOST_RUNS, |plan| plan.draws, |plan, draws| plan.draws = draws);
                    draws.get().then(number)
                }}
                <BudgetFields/>
                {number(labels::SEARCH_SEEDS, MOST_SEEDS, |plan| plan.seeds, |plan, seeds| plan.seeds = seeds)}
            </div>
        </div>
    }
}

/// A number of the plan with its name and what is wrong with it.
#[component]
fn Number(
    /// Its path, of [`labels`], and its range.
    parameter: Parameter,
    /// What it is.
    #[prop(into)]
    value: Signal<f64>,
    /// Takes another.
    write: Callback<f64>,
    /// Tells it from others of the same path: the parameter that it belongs to.
    #[prop(optional)]
    of: Option<&'static str>,
) -> impl IntoView {
    let page = page();
    let target = Target::own(parameter, value, move |number| write.run(number));
    let target = match of {
        Some(of) => target.keyed(&format!("{}.{of}", parameter.path)),
        None => target,
    };
    let label = move || labels::of(parameter.path, page.locale()).map_or("", |words| words.label);
    let full = Signal::derive(move || match of {
        Some(of) => page.locale().search_of(label(), labels::searched(of, page.locale())),
        None => label().to_owned(),
    });
    view! {
        <div class="search-number">
            <span aria-hidden="true">{label}</span>
            <NumberBox target=target.clone() name=full help=HELP/>
            <Fault target/>
        </div>
    }
}

/// One parameter and the range of its values; the second may be none.
#[component]
fn AxisFields(index: usize) -> impl IntoView {
    let page = page();
    let plan = page.search.plan;
    let path = Memo::new(move |_| plan.with(|plan| plan.axes[index].map(|axis| axis.path)));
    let title = move || if index == 0 { page.locale().search_first() } else { page.locale().search_second() };
    let options = search::parameters().map(|parameter| {
        let own = parameter.path;
        let used = Memo::new(move |_| page.run.config.with(|config| config.uses(own)));
        view! {
            <option value=own selected=move || path.get() == Some(own) prop:disabled=move || !used.get()>
                {move || labels::searched(own, page.locale())}
            </option>
        }
    });
    let none = (index == 1).then(|| {
        view! { <option value="" selected=move || path.get().is_none()>{move || page.locale().search_no_second()}</option> }
    });
    let choose = move |event| {
        let chosen = event_target_value(&event);
        let known = search::parameters().find(|parameter| parameter.path == chosen);
        let axis = page.run.config.with_untracked(|config| {
            known.and_then(|parameter| SearchAxis::around(config, parameter.path, USUAL_COUNT))
        });
        // Drafts of a range that is gone would block every run.
        page.run.drafts.update(|drafts| drafts.retain(|key, _| !key.starts_with("search.")));
        plan.update(|plan| plan.axes[index] = axis);
    };
    view! {
        <fieldset class="search-row">
            <legend class="hidden">{title}</legend>
            <label class="wide">
                <span>{title}</span>
                <select on:change=choose>{none} {options.collect_view()}</select>
            </label>
            {move || path.get().map(|path| view! { <AxisRange index path/> })}
        </fieldset>
    }
}

/// The range of one parameter.
#[component]
fn AxisRange(index: usize, path: &'static str) -> impl IntoView {
    let page = page();
    let plan = page.search.plan;
    let Limits { min, max, is_whole } = search::limits(path)?;
    let range = if is_whole { Range::Integer { min: min as u64, max: max as u64 } } else { parameter(path)?.range };
    let end = |path| Parameter { path, symbol: "", range };
    let count =
        Parameter { path: labels::SEARCH_COUNT, symbol: "", range: Range::Integer { min: 2, max: MOST_VALUES } };
    let axis = move |parameter: Parameter, read: fn(&SearchAxis) -> f64, write: fn(&mut SearchAxis, f64)| {
        let value = Memo::new(move |_| plan.with(|plan| plan.axes[index].as_ref().map_or(0.0, read)));
        let write = Callback::new(move |number| {
            plan.update(|plan| {
                if let Some(axis) = &mut plan.axes[index] {
                    write(axis, number);
                }
            });
        });
        view! { <Number parameter value write of=path/> }
    };
    let is_random = Memo::new(move |_| plan.with(|plan| plan.is_random));
    let logarithmic = Memo::new(move |_| plan.with(|plan| plan.axes[index].is_some_and(|axis| axis.logarithmic)));
    let spacing = (min > 0.0).then(|| {
        let label = move || page.locale().search_of(page.locale().search_spacing(), labels::searched(path, page.locale()));
        let choose = move |event| {
            let logarithmic = event_target_value(&event) == "log";
            plan.update(|plan| {
                if let Some(axis) = &mut plan.axes[index] {
                    axis.logarithmic = logarithmic;
                }
            });
        };
        view! {
            <div class="search-number">
                <span aria-hidden="true">{move || page.locale().search_spacing()}</span>
                <select aria-label=label on:change=choose>
                    <option value="log" selected=move || logarithmic.get()>{move || page.locale().search_logarithmic()}</option>
                    <option value="linear" selected=move || !logarithmic.get()>{move || page.locale().search_linear()}</option>
                </select>
            </div>
        }
    });
    Some(view! {
        {axis(end(labels::SEARCH_LOW), |axis| axis.low, |axis, low| axis.low = low)}
        {axis(end(labels::SEARCH_HIGH), |axis| axis.high, |axis, high| axis.high = high)}
        {move || {
            let number = || axis(count, |axis| axis.count as f64, |axis, count| axis.count = count as usize);
            (!is_random.get()).then(number)
        }}
        {spacing}
    })
}

/// What each run is given: how much, and of what.
#[component]
fn BudgetFields() -> impl IntoView {
    let page = page();
    let plan = page.search.plan;
    let kind = Memo::new(move |_| {
        plan.with(|plan| match plan.budget {
            Budget::Iterations(_) => 0,
            Budget::Evaluations(_) => 1,
            Budget::Seconds(_) => 2,
        })
    });
    let choose = move |event| {
        let budget = match event_target_value(&event).as_str() {
            "0" => Budget::Iterations(500),
            "1" => Budget::Evaluations(5000),
            _ => Budget::Seconds(1.0),
        };
        page.run.drafts.update(|drafts| drafts.retain(|key, _| key != labels::SEARCH_BUDGET));
        plan.update(|plan| plan.budget = budget);
    };
    let range = move || match kind.get() {
        0 => Range::Integer { min: 1, max: MOST_ITERATIONS },
        1 => Range::Integer { min: 1, max: 1_000_000_000 },
        _ => Range::Real { min: 0.01, max: 3600.0, step: 0.1, logarithmic: true },
    };
    let words = move |index| match index {
        0 => page.locale().search_iterations(),
        1 => page.locale().search_evaluations(),
        _ => page.locale().search_seconds(),
    };
    let options = (0..3).map(|index| {
        view! { <option value=index.to_string() selected=move || kind.get() == index>{move || words(index)}</option> }
    });
    let value = Memo::new(move |_| {
        plan.with(|plan| match plan.budget {
            Budget::Iterations(count) | Budget::Evaluations(count) => count as f64,
            Budget::Seconds(seconds) => seconds,
        })
    });
    let write = Callback::new(move |number: f64| {
        plan.update(|plan| match &mut plan.budget {
            Budget::Iterations(count) | Budget::Evaluations(count) => *count = number as u64,
            Budget::Seconds(seconds) => *seconds = number,
        });
    });
    view! {
        {move || {
            let parameter = Parameter { path: labels::SEARCH_BUDGET, symbol: "", range: range() };
            view! { <Number parameter value write/> }
        }}
        <label class="unit">
            <span class="hidden">{move || page.locale().search_budget()}</span>
            <select on:change=choose>{options.collect_view()}</select>
        </label>
    }
}

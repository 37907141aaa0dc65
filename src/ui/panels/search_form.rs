//! What a hyperparameter search is to do: its parameters, their ranges, and what each run is given.

use leptos::prelude::*;

use crate::app::action::Action;
use crate::app::comparison::Unit;
use crate::app::field::{Field, SearchNumber};
use crate::app::labels;
use crate::app::search::SearchPlan;
use crate::domain::config::search;
use crate::i18n::{Locale, message};
use crate::ui::page::page;
use crate::ui::widgets::field::{Fault, NumberBox};

/// The id of the explanation of all fields.
const HELP: &str = "search-help";

/// All fields.
#[component]
pub fn SearchForm() -> impl IntoView {
    let page = page();
    let is_random = Memo::new(move |_| page.search.with(|plan| plan.is_random));
    let choose = move |event| page.dispatch(Action::ChooseMethod { random: event_target_value(&event) == "random" });
    view! {
        <div class="search-form">
            <AxisFields index=0/>
            <AxisFields index=1/>
            <div class="search-row">
                <label>
                    <span>{page.words(Locale::search_method)}</span>
                    <select on:change=choose>
                        <option value="grid" selected=move || !is_random.get()>{page.words(Locale::search_grid)}</option>
                        <option value="random" selected=move || is_random.get()>{page.words(Locale::search_random)}</option>
                    </select>
                </label>
                {move || is_random.get().then(|| view! { <Number number=SearchNumber::Draws label=labels::SEARCH_DRAWS/> })}
                <BudgetFields/>
                <Number number=SearchNumber::Seeds label=labels::SEARCH_SEEDS/>
            </div>
        </div>
    }
}

/// A number of the plan with its name and what is wrong with it.
#[component]
fn Number(
    /// Which.
    number: SearchNumber,
    /// The path of its name, of [`labels`].
    label: &'static str,
    /// Tells it from others of the same name: the parameter that it belongs to.
    #[prop(optional)]
    of: Option<&'static str>,
) -> impl IntoView {
    let page = page();
    let field = Field::Search(number);
    let label = move || labels::of(label, page.locale()).map_or("", |words| words.label);
    let full = Signal::derive(move || match of {
        Some(of) => {
            page.locale().format(message::SearchOf { name: label(), parameter: labels::searched(of, page.locale()) })
        }
        None => label().to_owned(),
    });
    view! {
        <div class="search-number">
            <span aria-hidden="true">{label}</span>
            <NumberBox field name=full help=HELP/>
            <Fault field/>
        </div>
    }
}

/// One parameter and the range of its values; the second may be none.
#[component]
fn AxisFields(index: usize) -> impl IntoView {
    let page = page();
    let path = Memo::new(move |_| page.search.with(|plan| plan.axes[index].map(|axis| axis.path)));
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
        view! { <option value="" selected=move || path.get().is_none()>{page.words(Locale::search_no_second)}</option> }
    });
    let choose = move |event| {
        let chosen = event_target_value(&event);
        page.dispatch(Action::ChooseAxis { index, path: (!chosen.is_empty()).then_some(chosen) });
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
    let limits = search::limits(path)?;
    let is_random = Memo::new(move |_| page.search.with(|plan| plan.is_random));
    let logarithmic =
        Memo::new(move |_| page.search.with(|plan| plan.axes[index].is_some_and(|axis| axis.logarithmic)));
    let spacing = (limits.min > 0.0).then(|| {
        let label = move || page.locale().format(message::SearchOf {
            name: page.locale().search_spacing(),
            parameter: labels::searched(path, page.locale()),
        });
        let choose = move |event| {
            page.dispatch(Action::ChooseSpacing { index, logarithmic: event_target_value(&event) == "log" });
        };
        view! {
            <div class="search-number">
                <span aria-hidden="true">{page.words(Locale::search_spacing)}</span>
                <select aria-label=label on:change=choose>
                    <option value="log" selected=move || logarithmic.get()>{page.words(Locale::search_logarithmic)}</option>
                    <option value="linear" selected=move || !logarithmic.get()>{page.words(Locale::search_linear)}</option>
                </select>
            </div>
        }
    });
    Some(view! {
        <Number number=SearchNumber::Low(index) label=labels::SEARCH_LOW of=path/>
        <Number number=SearchNumber::High(index) label=labels::SEARCH_HIGH of=path/>
        {move || {
            (!is_random.get()).then(|| view! { <Number number=SearchNumber::Count(index) label=labels::SEARCH_COUNT of=path/> })
        }}
        {spacing}
    })
}

/// What each run is given: how much, and of what.
#[component]
fn BudgetFields() -> impl IntoView {
    let page = page();
    let unit = Memo::new(move |_| page.search.with(SearchPlan::unit));
    let choose = move |event| {
        let chosen = event_target_value(&event).parse().ok().and_then(|index: usize| Unit::ALL.get(index).copied());
        if let Some(unit) = chosen {
            page.dispatch(Action::ChooseSearchUnit { unit });
        }
    };
    let options = Unit::ALL.map(|one| {
        let words = move || match one {
            Unit::Iterations => page.locale().search_iterations(),
            Unit::Evaluations => page.locale().search_evaluations(),
            Unit::Seconds => page.locale().search_seconds(),
        };
        view! { <option value=one as usize selected=move || unit.get() == one>{words}</option> }
    });
    view! {
        {move || {
            // Another unit has another range.
            unit.track();
            view! { <Number number=SearchNumber::Budget label=labels::SEARCH_BUDGET/> }
        }}
        <label class="unit">
            <span class="hidden">{page.words(Locale::search_budget)}</span>
            <select on:change=choose>{options}</select>
        </label>
    }
}

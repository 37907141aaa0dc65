//! The switch of the task map, its gradient step, and how old it is.

use leptos::prelude::*;

use crate::app::action::Action;
use crate::app::estimate;
use crate::app::formatting;
use crate::app::state::ViewChange;
use crate::app::task_map;
use crate::domain::adaptation::reported_steps;
use crate::engine::protocol::ViewRequest;
use crate::i18n::{self, Locale, message};
use crate::ui::page::{Page, page};

/// The button that shows the map in the picker's plane or hides it, and beside it the gradient steps to choose from.
#[component]
pub fn MapControls() -> impl IntoView {
    let page = page();
    let on = Memo::new(move |_| page.view.task_map.get().shown);
    let available = Memo::new(move |_| page.run.config.with(|config| reported_steps(config.eval.steps)));
    let step = Memo::new(move |_| page.run.config.with(|config| task_map::step(config, page.view.task_map.get().step)));
    let option =
        move |own: usize| view! { <option value=own.to_string() selected=move || step.get() == own>{own}</option> };
    view! {
        <div class="toolbar">
            <button
                type="button"
                aria-pressed=move || on.get().to_string()
                title=page.words(Locale::picker_map_help)
                on:click=move |_| page.dispatch(Action::View(ViewChange::ToggleTaskMap))
            >
                {page.words(Locale::picker_map)}
            </button>
            <label class="inline-field" hidden=move || !on.get()>
                <span>{page.words(Locale::picker_map_step)}</span>
                <select
                    prop:value=move || step.get().to_string()
                    on:change=move |event| {
                        if let Ok(step) = event_target_value(&event).parse() {
                            page.dispatch(Action::View(ViewChange::ChooseTaskMapStep { step }));
                        }
                    }
                >
                    <For each=move || available.get() key=|step| *step children=option/>
                </select>
            </label>
        </div>
        <p class="note" hidden=move || !on.get()>
            {move || on.get().then(|| {
                let here = at_point(page).map(|(error, step)| page.locale().format(message::PickerMapHere { error, step }));
                i18n::sentences(here.into_iter().chain([age(page)]))
            })}
        </p>
    }
}

/// Of which θ the map is, if there is one.
fn age(page: Page) -> String {
    let locale = page.locale();
    let now = page.run.shown.get();
    let wanted = page.run.config.with(|config| {
        page.view.preview_input.with(|input| task_map::spec(config, input, page.view.task_map.get().step))
    });
    let speed = page.run.status.with(|status| estimate::speed(&status.as_ref()?.spent));
    let long = page.run.config.with(|config| estimate::of_map(config, &wanted, speed, locale));
    let in_the_making = |words| i18n::sentences([Some(words), long.as_deref()].into_iter().flatten());
    page.results.task_map.with(|made| match made {
        None => in_the_making(locale.chart_map_empty()),
        Some(made) if made.request != ViewRequest::TaskMap(wanted) || page.run.pending.get() => {
            in_the_making(locale.picker_map_other())
        }
        Some(made) if made.iteration != now => {
            locale.format(message::PickerMapAge { map: formatting::count(made.iteration), now: formatting::count(now) })
        }
        Some(_) => locale.picker_map_now().to_owned(),
    })
}

/// What is said of the shown task, with its error on the map if that is shown.
#[must_use]
pub fn with_error(page: Page, words: String) -> String {
    match at_point(page).filter(|_| page.view.task_map.get().shown) {
        Some((error, step)) => page.locale().format(message::PickerPointError { words: &words, error, step }),
        None => words,
    }
}

/// The shown task's error after as many steps as the map is of: the chart's own, and not that of the nearest task of the map.
fn at_point(page: Page) -> Option<(String, usize)> {
    let steps = page.results.task_map.with(|made| made.as_ref().map(|made| made.result.spec.steps))?;
    let error = *page.shown_errors()?.get(steps)?;
    Some((formatting::error(error), steps))
}

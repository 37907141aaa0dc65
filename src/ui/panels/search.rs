//! The collapsible panel of the hyperparameter search: its progress, its results, and how to use one.

use leptos::prelude::*;

use super::search_form::SearchForm;
use crate::app::action::Action;
use crate::app::experiment::{ExperimentState, Phase};
use crate::app::formatting;
use crate::app::search::{SearchPlan, SearchResults};
use crate::app::state::{Panel, ViewChange};
use crate::chart::Frame;
use crate::chart::figure::Chart;
use crate::chart::plots::search::SearchChart;
use crate::domain::config::search::{Finding, TASKS};
use crate::domain::evaluation::SEED;
use crate::engine::protocol::{Budget, NotOnGpu, Placement};
use crate::i18n::{self, Locale, message};
use crate::ui::page::{Page, page};
use crate::ui::shell::browser;
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Collapsible;
use crate::ui::widgets::picks::{Picks, PicksOf};

/// The recorded gradient steps, and the one after which errors are shown, tracked.
fn steps(page: Page) -> (Vec<usize>, usize) {
    let wanted = page.view.search_step.get();
    page.results.search.with(|found| found.as_ref().map_or((vec![], 0), |found| found.steps(wanted)))
}

/// The panel.
#[component]
pub fn SearchPanel() -> impl IntoView {
    let page = page();
    let stale = Memo::new(move |_| {
        page.results.search.with(|found| {
            found.as_ref().is_some_and(|found| page.run.config.with(|config| !found.search.is_of(config)))
        })
    });
    view! {
        <Collapsible
            panel=Panel::Search
            heading=SearchChart::heading
            help=Signal::derive(move || page.locale().search_help().to_owned())
            stale=Signal::derive(move || page.is_open(Panel::Search) && stale.get())
            body=|| view! { <Body/> }.into_any()
        />
    }
}

/// What is in it.
#[component]
fn Body() -> impl IntoView {
    let page = page();
    let has_found = Memo::new(move |_| page.results.search.with(Option::is_some));
    view! {
        <SearchForm/>
        <Buttons/>
        {move || has_found.get().then(|| view! { <Figure/> })}
    }
}

/// Start, pause, cancel, and how far it is.
#[component]
fn Buttons() -> impl IntoView {
    let page = page();
    let fault = Memo::new(move |_| {
        let locale = page.locale();
        page.run.config.with(|config| page.search.with(|plan| plan.fault(config, locale)))
    });
    let phase = Memo::new(move |_| page.results.searching.with(ExperimentState::phase));
    let under_way = Memo::new(move |_| matches!(phase.get(), Phase::Running | Phase::Paused));
    let main = move || match phase.get() {
        Phase::Idle | Phase::Finished | Phase::Stopped => page.locale().search_start(),
        Phase::Running => page.locale().search_pause(),
        Phase::Paused => page.locale().search_continue(),
    };
    let press = move |_| {
        page.dispatch(match phase.get_untracked() {
            Phase::Idle | Phase::Finished | Phase::Stopped => Action::Search,
            Phase::Running => Action::PauseSearch { paused: true },
            Phase::Paused => Action::PauseSearch { paused: false },
        });
    };
    let size = move || match fault.get() {
        Some(fault) => fault,
        None => page
            .locale()
            .format(message::SearchRuns { runs: formatting::count(page.search.with(SearchPlan::runs) as u64) }),
    };
    view! {
        <div class="toolbar">
            <button
                type="button"
                class="primary"
                prop:disabled=move || !under_way.get() && fault.with(Option::is_some)
                on:click=press
            >
                {main}
            </button>
            <button
                type="button"
                prop:disabled=move || !under_way.get()
                on:click=move |_| page.dispatch(Action::CancelSearch)
            >
                {page.words(Locale::search_cancel)}
            </button>
            <span class="help" class:fault=move || fault.with(Option::is_some)>{size}</span>
        </div>
        <Progress/>
    }
}

#[component]
fn Progress() -> impl IntoView {
    let page = page();
    let progress =
        Memo::new(move |_| page.results.search.with(|found| found.as_ref().map_or((0, 0), SearchResults::progress)));
    let state_words = move || {
        page.results.searching.with(|searching| match searching.phase() {
            Phase::Running => {
                let left = searching.time_left(browser::now())?;
                Some(
                    page.locale()
                        .format(message::SearchLeft { duration: formatting::duration(page.locale(), left / 1000.0) }),
                )
            }
            Phase::Paused => Some(page.locale().search_paused().to_owned()),
            Phase::Finished => Some(page.locale().search_finished().to_owned()),
            Phase::Idle | Phase::Stopped => Some(page.locale().search_stopped().to_owned()),
        })
    };
    let is_begun = Memo::new(move |_| progress.get().1 > 0);
    let count = |count: usize| formatting::count(count as u64);
    move || {
        is_begun.get().then(|| view! {
            <div class="search-progress">
                <p class="progress-words">
                    <span>{move || page.locale().format(message::SearchDone {
                        done: count(progress.get().0),
                        runs: count(progress.get().1),
                    })}</span>
                    <span class="pace">{state_words}</span>
                </p>
                <progress
                    aria-label=page.words(Locale::search_progress)
                    max=move || progress.get().1
                    prop:value=move || page.results.searching.with(ExperimentState::runs_done)
                ></progress>
                <p class="note">{move || page.results.placement.get().map(|place| place_words(&place, page.locale()))}</p>
            </div>
        })
    }
}

/// Where the runs go, and why.
fn place_words(place: &Placement, locale: Locale) -> String {
    match place {
        Placement::Gpu { adapter, most } => {
            locale.format(message::SearchOnGpu { adapter, runs: formatting::count(*most as u64) })
        }
        Placement::Workers { count, why } => {
            let why = why.as_ref().map(|why| match why {
                NotOnGpu::Unlike => locale.search_unlike().to_owned(),
                NotOnGpu::Failed(error) => locale.format(message::SearchNoGpu { error: error.message(locale) }),
                NotOnGpu::Slower { workers, gpu } => locale.format(message::SearchSlower {
                    workers: formatting::rate(workers / 1e9),
                    gpu: formatting::rate(gpu / 1e9),
                }),
            });
            let where_to = locale.format(message::SearchOnWorkers { workers: count });
            i18n::sentences([Some(where_to), why].into_iter().flatten())
        }
    }
}

/// The chart of what was found, and the best of it in words.
#[component]
fn Figure() -> impl IntoView {
    let page = page();
    let frame = RwSignal::new(None::<Frame>);
    let all = Memo::new(move |_| steps(page).0);
    let step = Memo::new(move |_| steps(page).1);
    let options = move || {
        all.get()
            .into_iter()
            .map(|own| view! { <option value=own.to_string() selected=move || step.get() == own>{own}</option> })
            .collect_view()
    };
    let best = Memo::new(move |_| page.results.search.with(|found| found.as_ref()?.search.best(step.get())));
    let is_found = Memo::new(move |_| best.with(Option::is_some));
    let best_words = move || {
        let (best, _) = best.get()?;
        let words = SearchChart.with_figure(&page, |figure| figure.words(best, page.locale()))?;
        Some(page.locale().format(message::SearchBest { words }))
    };
    let use_best = move |_| {
        if let Some((best, _)) = best.get_untracked() {
            page.dispatch(Action::UseCandidate { candidate: best });
        }
    };
    view! {
        <label class="inline-field">
            <span>{page.words(Locale::search_step)}</span>
            <select
                on:change=move |event| {
                    if let Ok(step) = event_target_value(&event).parse() {
                        page.dispatch(Action::View(ViewChange::ChooseSearchStep { step }));
                    }
                }
            >
                {options}
            </select>
        </label>
        <ChartCanvas chart=SearchChart frame>
            <Picks
                frame
                chosen=page.charts.candidate
                items=CANDIDATES
                name=Signal::derive(move || page.locale().search_candidates().to_owned())
                help=Signal::derive(move || page.locale().search_candidates_help().to_owned())
                help_id="search-candidates-help"
            />
        </ChartCanvas>
        {move || is_found.get().then(|| view! {
            <p class="search-best">
                <span>{best_words}</span>
                <button type="button" on:click=use_best>{page.words(Locale::search_use)}</button>
            </p>
        })}
        <p class="note">{move || page.results.search.with(|found| found.as_ref().map(|found| note(page, found, step.get())))}</p>
    }
}

/// How the errors were measured, and what is not among them.
fn note(page: Page, found: &SearchResults, step: usize) -> String {
    let locale = page.locale();
    let budget = match found.plan.budget {
        Budget::Iterations(count) => locale.format(message::SearchBudgetIterations { count: formatting::count(count) }),
        Budget::Evaluations(count) => {
            locale.format(message::SearchBudgetEvaluations { count: formatting::count(count) })
        }
        Budget::Seconds(seconds) => {
            locale.format(message::SearchBudgetSeconds { count: formatting::decimal(seconds, 2) })
        }
    };
    let diverged = found.search.findings(step).filter(|(_, finding)| *finding == Finding::Diverged).count();
    let refused = found.search.candidates.refused;
    let seeds: Vec<String> = found.search.seeds(found.config.seed).iter().map(ToString::to_string).collect();
    locale.format(message::SearchNote {
        tasks: TASKS,
        evaluation_seed: SEED,
        seeds: seeds.join(locale.chart_list_separator()),
        budget,
        refused,
        diverged,
    })
}

/// The combinations: a click uses one, arrow keys go through all of them.
const CANDIDATES: PicksOf = PicksOf {
    count: |page| with_found(page, |found| found.search.candidates.tried.len()),
    at: |page, frame, place| SearchChart.with_figure(&page, |figure| figure.at(frame, place))?,
    position: |page, frame, candidate| SearchChart.with_figure(&page, |figure| figure.position(frame, candidate)),
    words: |page, candidate| SearchChart.with_figure(&page, |figure| figure.words(candidate, page.locale())),
    first: |page| {
        let step = steps(page).1;
        with_found(page, |found| found.search.best(step)).flatten().map_or(0, |(best, _)| best)
    },
    beside: |page, _, here, key| {
        with_found(page, |found| {
            let next = |axis, upwards| found.search.neighbour(here, axis, upwards);
            let count = found.search.candidates.tried.len();
            let there = match key {
                "ArrowRight" => next(0, true),
                "ArrowLeft" => next(0, false),
                "ArrowUp" => next(1, true),
                "ArrowDown" => next(1, false),
                "PageUp" => here.checked_sub(1),
                "PageDown" => Some(here + 1).filter(|next| *next < count),
                "Home" => Some(0),
                "End" => count.checked_sub(1),
                _ => return None,
            };
            Some(there.unwrap_or(here))
        })?
    },
    take: Some(|page, candidate| page.dispatch(Action::UseCandidate { candidate })),
    is_outlined: true,
};

/// What was found, if anything was.
fn with_found<T>(page: Page, read: impl FnOnce(&SearchResults) -> T) -> Option<T> {
    page.results.search.with(|found| found.as_ref().map(read))
}

//! The comparison: its list of runs, its budget, and its results as a table and fits.

use crate::app::action::Action;
use crate::app::comparison::{
    self, Column, ComparisonResults, Entry, Fill, MOST_CHARACTERS, MOST_RUNS, RunResults, SEEDS, Unit, letter, shown,
    sorted,
};
use crate::app::draft;
use crate::app::experiment::{ExperimentState, Phase};
use crate::app::field::Field;
use crate::app::formatting;
use crate::app::provenance;
use crate::app::run_names;
use crate::app::run_notes;
use crate::app::state::{Panel, ViewChange};
use crate::chart::Role;
use crate::chart::figure::Chart;
use crate::chart::plots::comparison::ComparisonChart;
use crate::chart::plots::run_fit::RunFitChart;
use crate::chart::sources::Sources;
use crate::i18n::{Locale, message};
use crate::ui::page::{Page, page};
use crate::ui::shell::browser;
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Collapsible;
use crate::ui::widgets::field::{Fault, NumberBox};
use leptos::prelude::*;

/// The choice of a length of its own for each run, beside the units.
const OWN_LENGTH: &str = "own";

/// What the run of a slot is called, tracked.
fn title(page: Page, slot: usize) -> Memo<String> {
    Memo::new(move |_| {
        page.comparison.with(|plan| {
            let mut named = plan.runs.iter().zip(run_names::all(&plan.runs, page.locale()));
            named.find(|(run, _)| run.slot == slot).map(|(_, name)| name).unwrap_or_default()
        })
    })
}

/// The panel.
#[component]
pub fn ComparisonPanel() -> impl IntoView {
    let page = page();
    page.follow_shots();
    view! {
        <Collapsible
            panel=Panel::Comparison
            heading=ComparisonChart::heading
            help=Signal::derive(move || page.locale().comparison_help().to_owned())
            body=|| view! { <Body/> }.into_any()
        />
    }
}

/// What is in it.
#[component]
fn Body() -> impl IntoView {
    let page = page();
    let has_results = Memo::new(move |_| page.results.comparison.with(|results| results.asked.is_some()));
    view! {
        <List/>
        <Budget/>
        {move || has_results.get().then(|| view! { <Results/> })}
    }
}

/// The runs, and ways to add some.
#[component]
fn List() -> impl IntoView {
    let page = page();
    let slots =
        Memo::new(move |_| page.comparison.with(|plan| plan.runs.iter().map(|run| run.slot).collect::<Vec<_>>()));
    let is_full = Memo::new(move |_| slots.with(|slots| slots.len() == MOST_RUNS));
    let fill = move |event: web_sys::Event| {
        let chosen = event_target_value(&event);
        if let Some(fill) = Fill::ALL.into_iter().find(|fill| fill.name() == chosen) {
            page.dispatch(Action::FillRuns { fill });
        }
        event_target::<web_sys::HtmlSelectElement>(&event).set_value("");
    };
    let fills = Fill::ALL.map(|fill| {
        let text = move || match fill {
            Fill::Algorithms => page.locale().comparison_fill_algorithms(),
            Fill::Optimizers => page.locale().comparison_fill_optimizers(),
            Fill::Rates => page.locale().comparison_fill_rates(),
            Fill::Published => page.locale().comparison_fill_published(),
        };
        view! { <option value=fill.name()>{text}</option> }
    });
    view! {
        <div class="toolbar">
            <button
                type="button"
                prop:disabled=is_full
                title=move || is_full.get().then(|| page.locale().comparison_full())
                on:click=move |_| page.dispatch(Action::AddRun)
            >
                {page.words(Locale::comparison_add)}
            </button>
            <select aria-label=page.words(Locale::comparison_fill) on:change=fill>
                <option value="">{page.words(Locale::comparison_fill)}</option>
                {fills}
            </select>
        </div>
        <ol class="runs" aria-label=page.words(Locale::comparison_list)>
            <For each=move || slots.get() key=|slot| *slot children=move |slot| view! { <ListedRun run=slot/> }/>
        </ol>
        {move || page.comparison.with(comparison::shared_rate).map(|rate| {
            let rate = draft::show(&rate.into());
            view! { <p class="note">{page.locale().format(message::ComparisonOneRate { rate })}</p> }
        })}
    }
}

/// One run of the list.
#[component]
fn ListedRun(
    /// Its slot.
    run: usize,
) -> impl IntoView {
    let slot = run;
    let page = page();
    let title = title(page, slot);
    let is_hidden = Memo::new(move |_| page.comparison.with(|plan| plan.run(slot).is_some_and(|run| run.is_hidden)));
    let notes = Memo::new(move |_| page.comparison.with(|plan| run_notes::notes(plan, slot, page.locale())));
    let notes = move || notes.get().into_iter().map(|note| view! { <p class="note">{note}</p> }).collect_view();
    let rename = move |event| page.dispatch(Action::RenameRun { slot, name: event_target_value(&event) });
    view! {
        <li>
            <div class="entry" class:off=is_hidden>
                <Badge run=slot/>
                <input
                    type="text"
                    maxlength=MOST_CHARACTERS
                    aria-label=move || page.locale().format(message::ComparisonName { letter: letter(slot) })
                    prop:value=title
                    on:change=rename
                />
                <button
                    type="button"
                    class="icon"
                    aria-pressed=move || is_hidden.get().to_string()
                    aria-label=move || page.locale().format(message::ComparisonHide { name: title.get() })
                    title=move || page.locale().format(message::ComparisonHide { name: title.get() })
                    on:click=move |_| page.dispatch(Action::ToggleRun { slot })
                >
                    <span aria-hidden="true">{move || if is_hidden.get() { "○" } else { "●" }}</span>
                </button>
                <button
                    type="button"
                    aria-label=move || page.locale().format(message::ComparisonUse { name: title.get() })
                    title=page.words(Locale::comparison_use_help)
                    on:click=move |_| page.dispatch(Action::UseRun { slot })
                >
                    {page.words(Locale::comparison_use_short)}
                </button>
                <button
                    type="button"
                    class="icon"
                    aria-label=move || page.locale().format(message::ComparisonDelete { name: title.get() })
                    title=move || page.locale().format(message::ComparisonDelete { name: title.get() })
                    on:click=move |_| page.dispatch(Action::DeleteRun { slot })
                >
                    <span aria-hidden="true">"×"</span>
                </button>
            </div>
            {notes}
        </li>
    }
}

/// A run's letter in its colour.
#[component]
fn Badge(
    /// Its slot.
    run: usize,
) -> impl IntoView {
    let (page, slot) = (page(), run);
    view! { <b class="letter" style:--colour=move || Role::Run(slot).css(page.scheme())>{letter(slot)}</b> }
}

/// What all runs are given the same of, and the buttons.
#[component]
fn Budget() -> impl IntoView {
    let page = page();
    let unit = Memo::new(move |_| page.comparison.with(|plan| (!plan.own_length).then_some(plan.unit)));
    let amounts = Unit::ALL.map(|one| {
        let field = Field::Amount(one);
        let name = Signal::derive(move || page.locale().comparison_amount().to_owned());
        view! {
            <div hidden=move || unit.get() != Some(one)>
                <NumberBox field name help=""/>
                <Fault field/>
            </div>
        }
    });
    let units = Unit::ALL.map(|one| {
        let text = move || match one {
            Unit::Iterations => page.locale().comparison_budget_iterations(),
            Unit::Evaluations => page.locale().comparison_budget_evaluations(),
            Unit::Seconds => page.locale().comparison_budget_seconds(),
        };
        view! { <option value=one as usize selected=move || unit.get() == Some(one)>{text}</option> }
    });
    let choose_unit = move |event: web_sys::Event| {
        let chosen = event_target_value(&event);
        if chosen == OWN_LENGTH {
            return page.dispatch(Action::ChooseOwnLength);
        }
        if let Some(unit) = chosen.parse().ok().and_then(|index: usize| Unit::ALL.get(index).copied()) {
            page.dispatch(Action::ChooseUnit { unit });
        }
    };
    let seeds = SEEDS.map(|count| {
        let is_chosen = move || page.comparison.with(|plan| plan.seeds == count);
        view! { <option value=count selected=is_chosen>{count}</option> }
    });
    let choose_seeds = move |event: web_sys::Event| {
        page.dispatch(Action::ChooseSeeds { seeds: event_target_value(&event).parse().unwrap_or(1) });
    };
    let is_empty = Memo::new(move |_| page.comparison.with(|plan| plan.runs.is_empty()));
    let phase = Memo::new(move |_| page.results.comparing.with(ExperimentState::phase));
    view! {
        <div class="toolbar">
            <div class="inline-field">
                <label for="comparison-unit">{page.words(Locale::comparison_budget)}</label>
                <select id="comparison-unit" on:change=choose_unit>
                    {units}
                    <option value=OWN_LENGTH selected=move || unit.get().is_none()>
                        {page.words(Locale::comparison_own_length)}
                    </option>
                </select>
            </div>
            {amounts}
            <div class="inline-field">
                <label for="comparison-seeds">{page.words(Locale::comparison_seeds)}</label>
                <select id="comparison-seeds" on:change=choose_seeds>{seeds}</select>
            </div>
            {move || match phase.get() {
                Phase::Running => view! { <Halt paused=false/> }.into_any(),
                Phase::Paused => view! { <Halt paused=true/> }.into_any(),
                Phase::Idle | Phase::Finished | Phase::Stopped => {
                    view! {
                        <button
                            type="button"
                            class="primary"
                            prop:disabled=is_empty
                            on:mousedown=|event| event.prevent_default()
                            on:click=move |_| {
                                browser::leave_field();
                                page.dispatch(Action::Compare);
                            }
                        >
                            {page.words(Locale::comparison_start)}
                        </button>
                    }
                        .into_any()
                }
            }}
        </div>
        <ProgressLine/>
    }
}

/// Pause or go on, and give up.
#[component]
fn Halt(paused: bool) -> impl IntoView {
    let page = page();
    let name = move || if paused { page.locale().comparison_resume() } else { page.locale().comparison_pause() };
    view! {
        <button type="button" on:click=move |_| page.dispatch(Action::PauseComparison { paused: !paused })>{name}</button>
        <button type="button" on:click=move |_| page.dispatch(Action::CancelComparison)>
            {page.words(Locale::comparison_cancel)}
        </button>
    }
}

/// How far the comparison is, in words and as a bar.
#[component]
fn ProgressLine() -> impl IntoView {
    let page = page();
    let progress = Memo::new(move |_| page.results.comparison.with(ComparisonResults::progress));
    // Others may have taken the place of all runs that were compared.
    let is_of_these = Memo::new(move |_| {
        let results = page.results.comparison;
        page.comparison.with(|plan| results.with(|results| plan.runs.iter().any(|run| results.run(run).is_some())))
    });
    let sentence = move || {
        let (locale, (done, total)) = (page.locale(), progress.get());
        page.results.comparing.with(|comparing| match comparing.phase() {
            Phase::Idle | Phase::Stopped => String::new(),
            Phase::Finished if !is_of_these.get() => String::new(),
            Phase::Finished => locale.format(message::ComparisonDone {
                runs: page.results.comparison.with(|results| results.runs.len()),
                time: formatting::duration(locale, comparing.elapsed(browser::now()) / 1000.0),
            }),
            Phase::Running | Phase::Paused => {
                let left = comparing.time_left(browser::now()).filter(|_| comparing.phase() == Phase::Running);
                let left = left.map(|left| {
                    locale.format(message::ComparisonLeft { time: formatting::duration(locale, left / 1000.0) })
                });
                [Some(locale.format(message::ComparisonProgress { done, total })), left]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" · ")
            }
        })
    };
    let is_under_way = Memo::new(move |_| page.results.comparing.with(ExperimentState::is_under_way));
    view! {
        <p class="note" role="status">{sentence}</p>
        <progress
            hidden=move || !is_under_way.get()
            aria-label=page.words(Locale::comparison_heading)
            max=move || progress.get().1.max(1)
            prop:value=move || progress.get().0 as f64
        ></progress>
    }
}

/// Curves, table and fits.
#[component]
fn Results() -> impl IntoView {
    let page = page();
    let steps = Memo::new(move |_| page.results.comparison.with(ComparisonResults::steps));
    let step = Memo::new(move |_| Sources::comparison_step(&page));
    let options = move || {
        let option = |at: usize| view! { <option value=at selected=move || step.get() == at>{at}</option> };
        steps.get().into_iter().map(option).collect_view()
    };
    let choose = move |event| {
        if let Ok(step) = event_target_value(&event).parse() {
            page.dispatch(Action::View(ViewChange::ChooseComparisonStep { step }));
        }
    };
    let frame = RwSignal::new(None);
    view! {
        <div class="inline-field">
            <label for="comparison-step">{page.words(Locale::comparison_step)}</label>
            <select id="comparison-step" on:change=choose>{options}</select>
        </div>
        <p class="note">{page.words(Locale::comparison_theta)}</p>
        <ChartCanvas chart=ComparisonChart frame/>
        <Table steps/>
        <Fits/>
    }
}

/// The final figures.
#[component]
fn Table(steps: Memo<Vec<usize>>) -> impl IntoView {
    let page = page();
    let columns = Memo::new(move |_| {
        let steps = steps.get();
        let last = steps.last().copied().unwrap_or(0);
        let errors = steps.into_iter().filter(move |step| [0, 1, 8, last].contains(step)).map(Column::Error);
        let costs = [Column::Iterations, Column::Evaluations, Column::Operations, Column::Seconds];
        std::iter::once(Column::Name).chain(errors).chain(costs).collect::<Vec<_>>()
    });
    let heads = move || columns.get().into_iter().map(|column| view! { <Head column/> }).collect_view();
    let rows = move || {
        let locale = page.locale();
        let columns = columns.get();
        page.comparison.with(|plan| {
            page.results.comparison.with(|results| {
                let names = run_names::all(&plan.runs, locale);
                let row = |entry: &Entry| {
                    let slot = entry.planned.slot;
                    let name = plan.runs.iter().zip(&names).find(|(other, _)| other.slot == slot);
                    let name = name.map(|(_, name)| name.clone()).unwrap_or_default();
                    let cells = columns
                        .iter()
                        .skip(1)
                        .map(|column| view! { <td>{cell(entry, *column, locale)}</td> })
                        .collect_view();
                    let state = match entry.results {
                        Some(RunResults { diverged: Some(iteration), .. }) => {
                            locale.format(message::ComparisonDiverged { iteration: formatting::count(*iteration) })
                        }
                        Some(_) => String::new(),
                        None => locale.comparison_waiting().to_owned(),
                    };
                    let state = (!state.is_empty()).then(|| view! { " " <span class="mark">{state}</span> });
                    let theta = entry.value(Column::Iterations).and_then(|iterations| {
                        provenance::of_run(results, entry.planned, iterations.round() as u64, locale)
                    });
                    let theta = theta.map(|theta| view! { <small class="theta">{theta}</small> });
                    view! { <tr><th scope="row"><Badge run=slot/> " " {name} {state} {theta}</th>{cells}</tr> }
                };
                sorted(plan, results).iter().map(row).collect_view()
            })
        })
    };
    let caption = move || {
        let (tasks, distribution, seeds) = page.results.comparison.with(|results| {
            let measured = results.asked.as_ref().map(|(experiment, _)| &experiment.evaluation);
            let distribution = measured
                .map(|measured| run_notes::distribution(&measured.distribution, page.locale()))
                .unwrap_or_default();
            (measured.map_or(0, |measured| measured.tasks), distribution, results.seeds())
        });
        let over = if seeds > 1 { page.locale().format(message::ComparisonOverSeeds { seeds }) } else { String::new() };
        format!("{} {over}", page.locale().format(message::ComparisonTable { tasks, distribution }))
    };
    view! {
        <p class="note">{caption}</p>
        <div class="table-scroll" tabindex="0" role="region" aria-label=page.words(Locale::comparison_figures)>
            <table class="sortable" aria-label=caption>
                <tbody class="head"><tr>{heads}</tr></tbody>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// The head of a column, which sorts by it.
#[component]
fn Head(column: Column) -> impl IntoView {
    let page = page();
    let text = move || match column {
        Column::Name => page.locale().comparison_run().to_owned(),
        Column::Error(step) => format!("s = {step}"),
        Column::Iterations => page.locale().comparison_iterations().to_owned(),
        Column::Evaluations => page.locale().comparison_evaluations().to_owned(),
        Column::Operations => page.locale().comparison_operations().to_owned(),
        Column::Seconds => page.locale().comparison_seconds().to_owned(),
    };
    let order = move || {
        let (by, is_descending) = page.comparison.with(|plan| plan.sorted);
        (by == column).then_some(if is_descending { "descending" } else { "ascending" })
    };
    view! {
        <th scope="col" aria-sort=order>
            <button
                type="button"
                title=move || page.locale().format(message::ComparisonSort { column: text() })
                on:click=move |_| page.dispatch(Action::SortRuns { column })
            >
                {text}
            </button>
        </th>
    }
}

/// What stands in a cell, its interval, and the median where the mean says little.
fn cell(entry: &Entry, column: Column, locale: Locale) -> impl IntoView {
    let error = match column {
        Column::Error(step) => entry.results.map(|run| (run, step)),
        _ => None,
    };
    let interval = error.and_then(|(run, step)| run.error(step)).map(|(mean, half)| formatting::half_width(mean, half));
    let interval = interval.map(|interval| view! { " " <small>{interval}</small> });
    let median = error.and_then(|(run, step)| run.telling_median(step)).map(|median| {
        let words = locale.format(message::ComparisonMedian { value: formatting::error(median) });
        view! { " " <small class="median">{words}</small> }
    });
    view! { {figure(entry, column)} {interval} {median} }
}

fn figure(entry: &Entry, column: Column) -> String {
    let Some(value) = entry.value(column) else { return "–".to_owned() };
    match column {
        Column::Error(_) => formatting::error(value),
        Column::Operations => formatting::error(value / 1e9),
        Column::Seconds => formatting::decimal(value, 2),
        Column::Name | Column::Iterations | Column::Evaluations => formatting::count(value.round() as u64),
    }
}

/// The shown task from each run's θ, side by side.
#[component]
fn Fits() -> impl IntoView {
    let page = page();
    let slots = Memo::new(move |_| {
        page.comparison.with(|plan| {
            page.results.comparison.with(|results| {
                let entries = shown(plan, results).into_iter();
                let has_preview = |entry: &Entry| entry.results.is_some_and(|run| run.preview.is_some());
                entries.filter(has_preview).map(|entry| entry.planned.slot).collect::<Vec<_>>()
            })
        })
    });
    let last = move || {
        let asked = page.results.comparison;
        asked.with(|results| results.asked.as_ref().map_or(0, |(experiment, _)| experiment.evaluation.eval.steps))
    };
    view! {
        <p class="note">{move || (!slots.with(Vec::is_empty)).then(|| page.locale().format(message::ComparisonFits {
            steps: last(),
        }))}</p>
        <div class="multiples">
            <For each=move || slots.get() key=|slot| *slot children=move |slot| view! { <SmallFit run=slot/> }/>
        </div>
    }
}

#[component]
fn SmallFit(
    /// Its slot.
    run: usize,
) -> impl IntoView {
    let page = page();
    let title = title(page, run);
    let theta = Memo::new(move |_| {
        page.comparison.with(|plan| {
            page.results.comparison.with(|results| {
                let planned = plan.run(run)?;
                let iteration = results.run(planned)?.preview.as_ref()?.iteration;
                provenance::of_run(results, planned, iteration, page.locale())
            })
        })
    });
    let frame = RwSignal::new(None);
    let chart = RunFitChart { colour_slot: run };
    view! {
        <figure>
            <figcaption><Badge run/> " " {title} " " <small class="theta">{theta}</small></figcaption>
            <ChartCanvas chart frame/>
        </figure>
    }
}

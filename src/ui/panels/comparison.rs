//! The comparison: its list, its budget, and what came of it in curves, a table and fits.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};

use crate::app::comparison::{Column, Comparison, MOST_RUNS, Run, SEEDS, TASKS, Unit, algorithms, choices, letter};
use crate::app::experiment::{ExperimentState, Phase};
use crate::app::formatting;
use crate::app::labels;
use crate::app::run_names;
use crate::chart::Role;
use crate::chart::figure::Chart;
use crate::chart::plots::comparison::ComparisonChart;
use crate::chart::plots::run_fit::RunFitChart;
use crate::chart::sources::Sources;
use crate::domain::choice::Named;
use crate::domain::config::Config;
use crate::domain::config::range::{Parameter, Range};
use crate::domain::cost::{Cost, Spent};
use crate::domain::inner_optimizer::InnerOptimizer;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{
    BeginExperiment, Command, EvaluationSpec, ExperimentAction, ExperimentCommand, Failure, ReadTrainState,
};
use crate::i18n::Locale;
use crate::ui::shell::browser;
use crate::ui::state::{Page, Problem, page};
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Folded;
use crate::ui::widgets::field::{Fault, NumberBox, Target};

impl Page {
    /// Runs the comparison, after stopping the run at hand: it has all processors.
    ///
    /// # Errors
    /// The engine refuses a run, or the comparison is given up.
    pub async fn run_comparison(self) -> Result<(), Failure> {
        self.send(Command::Pause);
        let Config { tasks: distribution, eval, .. } = self.run.config.get_untracked();
        let evaluation = EvaluationSpec {
            distribution,
            tasks: TASKS.min(eval.tasks),
            eval,
            shots: Some(self.view.shots.get_untracked()),
        };
        let Some(experiment) = self.comparison.try_update(|comparison| comparison.begin(evaluation)) else {
            return Ok(());
        };
        let id = self.next_experiment();
        self.comparing.update(|comparing| comparing.begin(id, experiment.runs.len(), browser::now()));
        let result = self.request(BeginExperiment { id, experiment }).await;
        let end = if result.is_ok() { ExperimentState::finish } else { ExperimentState::stop };
        self.comparing.update(|comparing| {
            end(comparing, id, browser::now());
        });
        result
    }

    fn compare(self) {
        spawn_local(async move {
            match self.run_comparison().await {
                Ok(()) | Err(Failure::Interrupted) => {}
                Err(failure) => self.report(Problem::Engine(failure)),
            }
        });
    }

    /// Has the engine do something with the comparison, if there has been one.
    fn send_comparison(self, action: ExperimentAction) {
        if let Some(id) = self.comparing.with_untracked(ExperimentState::id) {
            self.send(ExperimentCommand { id, action });
        }
    }

    fn pause_comparison(self) {
        self.comparing.update(|comparing| comparing.pause(browser::now()));
        self.send_comparison(ExperimentAction::Pause);
    }

    fn resume_comparison(self) {
        self.comparing.update(|comparing| comparing.resume(browser::now()));
        self.send_comparison(ExperimentAction::Resume);
    }

    /// Whether the engine still holds the runs of the comparison: those of the newest experiment.
    fn has_compared_runs(self) -> bool {
        self.comparing.with_untracked(|comparing| comparing.is_of(self.last_experiment.get_value()))
    }

    /// Goes on with a run of the list: its Config, and its θ where it was trained.
    fn load_run(self, colour_slot: usize) {
        let (run, member) = self
            .comparison
            .with_untracked(|comparison| (comparison.run(colour_slot).cloned(), comparison.member(colour_slot)));
        let Some(run) = run else { return };
        let Some(member) = member.filter(|_| !run.seeds.is_empty()) else { return self.replace(run.config) };
        let id = self.comparing.with_untracked(ExperimentState::id).filter(|_| self.has_compared_runs());
        let Some(id) = id else {
            // The engine keeps the runs of one experiment.
            self.replace(run.config);
            return self.announce(self.appearance.locale.get_untracked().comparison_without_theta());
        };
        spawn_local(async move {
            if let Err(failure) = self.take_over(run, ReadTrainState { id, run: member }).await {
                self.report(Problem::Engine(failure));
            }
        });
    }

    async fn take_over(self, run: Run, read: ReadTrainState) -> Result<(), Failure> {
        let train_state = self.request(read).await?;
        let TrainState { iteration, .. } = train_state;
        let planned = run.last().iter().map(|point| point.iteration).max().unwrap_or(iteration);
        let seconds = run.seeds.first().and_then(|points| points.last()).map_or(0.0, |point| point.seconds);
        let mut config = run.config;
        let spent = Spent { cost: Cost::of(&config, iteration), seconds };
        config.outer.iterations = config.outer.iterations.max(planned).max(iteration);
        self.request(Command::Restore { config: config.clone(), train_state, spent }).await?;
        self.replace(config);
        self.accepted();
        Ok(())
    }

    /// Every run of the comparison adapts to the shots that are shown.
    fn follow_shots(self) {
        Effect::new(move |before: Option<Vec<[f32; 2]>>| {
            let shots = self.view.shots.get();
            if before.is_some_and(|before| before != shots) {
                self.send_comparison(ExperimentAction::Preview { shots: shots.clone() });
            }
            shots
        });
    }
}

/// What the run of a colour_slot is called, tracked.
fn title(page: Page, colour_slot: usize) -> Memo<String> {
    Memo::new(move |_| {
        page.comparison.with(|comparison| {
            let mut named = comparison.runs.iter().zip(run_names::all(&comparison.runs, page.locale()));
            named.find(|(run, _)| run.colour_slot == colour_slot).map(|(_, name)| name).unwrap_or_default()
        })
    })
}

/// The section, folded away at first.
#[component]
pub fn CompareSection() -> impl IntoView {
    let page = page();
    page.follow_shots();
    view! {
        <Folded
            name=ComparisonChart::NAME
            heading=ComparisonChart::heading
            help=Signal::derive(move || page.locale().comparison_help().to_owned())
            is_open=RwSignal::new(false)
            body=body
        />
    }
}

fn body() -> AnyView {
    view! { <Body/> }.into_any()
}

/// What is in it.
#[component]
fn Body() -> impl IntoView {
    let page = page();
    let has_results = Memo::new(move |_| page.comparison.with(|comparison| comparison.asked.is_some()));
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
    let colour_slots = Memo::new(move |_| {
        page.comparison.with(|comparison| comparison.runs.iter().map(|run| run.colour_slot).collect::<Vec<_>>())
    });
    let is_full = Memo::new(move |_| colour_slots.with(|colour_slots| colour_slots.len() == MOST_RUNS));
    let fill = move |event: web_sys::Event| {
        let config = page.run.config.get_untracked();
        let configs = match event_target_value(&event).as_str() {
            "algorithms" => algorithms(&config),
            "optimizers" => {
                let all: Vec<Value> = InnerOptimizer::ALL.iter().map(|optimizer| optimizer.name().into()).collect();
                choices(&config, "inner.optimizer", &all)
            }
            _ => choices(
                &config,
                "outer.step_size",
                &[0.25, 0.5, 1.0, 2.0, 4.0].map(|times| json!(config.outer.step_size * times)),
            ),
        };
        page.comparison.update(|comparison| comparison.fill(configs));
        event_target::<web_sys::HtmlSelectElement>(&event).set_value("");
    };
    let option = move |value: &'static str, text: fn(Locale) -> &'static str| {
        view! { <option value=value>{move || text(page.locale())}</option> }
    };
    view! {
        <div class="toolbar">
            <button
                type="button"
                prop:disabled=move || is_full.get()
                title=move || is_full.get().then(|| page.locale().comparison_full())
                on:click=move |_| {
                    page.comparison.update(|comparison| {
                        comparison.add(page.run.config.get_untracked());
                    });
                }
            >
                {move || page.locale().comparison_add()}
            </button>
            <select aria-label=move || page.locale().comparison_fill() on:change=fill>
                {option("", Locale::comparison_fill)}
                {option("algorithms", Locale::comparison_fill_algorithms)}
                {option("optimizers", Locale::comparison_fill_optimizers)}
                {option("rates", Locale::comparison_fill_rates)}
            </select>
        </div>
        <ol class="runs" aria-label=move || page.locale().comparison_list()>
            <For each=move || colour_slots.get() key=|colour_slot| *colour_slot children=move |colour_slot| view! { <Entry colour_slot/> }/>
        </ol>
    }
}

/// One run of the list.
#[component]
fn Entry(colour_slot: usize) -> impl IntoView {
    let page = page();
    let title = title(page, colour_slot);
    let is_hidden = Memo::new(move |_| page.comparison.with(|c| c.run(colour_slot).is_some_and(|run| run.is_hidden)));
    let rename = move |event: web_sys::Event| {
        let name = event_target_value(&event).trim().to_owned();
        page.comparison.update(|comparison| comparison.change(colour_slot, |run| run.name = name));
    };
    view! {
        <li class="entry" class:off=move || is_hidden.get()>
            <Badge colour_slot/>
            <input
                type="text"
                maxlength="60"
                aria-label=move || page.locale().comparison_name(letter(colour_slot))
                prop:value=move || title.get()
                on:change=rename
            />
            <button
                type="button"
                class="icon"
                aria-pressed=move || is_hidden.get().to_string()
                aria-label=move || page.locale().comparison_hide(title.get())
                title=move || page.locale().comparison_hide(title.get())
                on:click=move |_| page.comparison.update(|comparison| comparison.change(colour_slot, |run| run.is_hidden ^= true))
            >
                <span aria-hidden="true">{move || if is_hidden.get() { "○" } else { "●" }}</span>
            </button>
            <button
                type="button"
                aria-label=move || page.locale().comparison_use(title.get())
                title=move || page.locale().comparison_use_help()
                on:click=move |_| page.load_run(colour_slot)
            >
                {move || page.locale().comparison_use_short()}
            </button>
            <button
                type="button"
                class="icon"
                aria-label=move || page.locale().comparison_delete(title.get())
                title=move || page.locale().comparison_delete(title.get())
                on:click=move |_| page.comparison.update(|comparison| comparison.delete(colour_slot))
            >
                <span aria-hidden="true">"×"</span>
            </button>
        </li>
    }
}

/// A run's letter in its colour.
#[component]
fn Badge(colour_slot: usize) -> impl IntoView {
    let scheme = page().appearance.scheme;
    view! { <b class="letter" style:--colour=move || Role::Run(colour_slot).css(scheme.get())>{letter(colour_slot)}</b> }
}

/// What all runs are given the same of, and the buttons.
#[component]
fn Budget() -> impl IntoView {
    let page = page();
    let unit = Memo::new(move |_| page.comparison.with(|comparison| comparison.unit));
    let amounts = Unit::ALL.map(|one| {
        let index = one as usize;
        let (min, max) = one.range();
        let value = Memo::new(move |_| page.comparison.with(|comparison| comparison.amounts[index]));
        let write = move |new| page.comparison.update(|comparison| comparison.amounts[index] = new);
        let range = match one {
            Unit::Seconds => Range::Real { min, max, step: 0.1, logarithmic: false },
            Unit::Iterations | Unit::Evaluations => Range::Integer { min: min as u64, max: max as u64 },
        };
        let parameter = Parameter { path: labels::COMPARISON_AMOUNT, symbol: "", range };
        let target = Target::own(parameter, value.into(), write);
        let target = target.keyed(&format!("{}.{index}", labels::COMPARISON_AMOUNT));
        view! {
            <div hidden=move || unit.get() != one>
                <NumberBox target=target.clone() name=Signal::derive(move || page.locale().comparison_amount().to_owned()) help=""/>
                <Fault target/>
            </div>
        }
    });
    let units = Unit::ALL.map(|one| {
        let text = move || match one {
            Unit::Iterations => page.locale().comparison_budget_iterations(),
            Unit::Evaluations => page.locale().comparison_budget_evaluations(),
            Unit::Seconds => page.locale().comparison_budget_seconds(),
        };
        view! { <option value=one as usize selected=move || unit.get() == one>{text}</option> }
    });
    let choose_unit = move |event: web_sys::Event| {
        let chosen = event_target_value(&event).parse().ok().and_then(|index: usize| Unit::ALL.get(index).copied());
        page.comparison.update(|comparison| comparison.unit = chosen.unwrap_or(comparison.unit));
    };
    let seeds = SEEDS.map(|count| {
        let is_chosen = move || page.comparison.with(|comparison| comparison.seeds == count);
        view! { <option value=count selected=is_chosen>{count}</option> }
    });
    let choose_seeds = move |event: web_sys::Event| {
        page.comparison.update(|comparison| comparison.seeds = event_target_value(&event).parse().unwrap_or(1));
    };
    let is_empty = Memo::new(move |_| page.comparison.with(|comparison| comparison.runs.is_empty()));
    let phase = Memo::new(move |_| page.comparing.with(ExperimentState::phase));
    view! {
        <div class="toolbar">
            <div class="inline-field">
                <label for="comparison-unit">{move || page.locale().comparison_budget()}</label>
                <select id="comparison-unit" on:change=choose_unit>{units}</select>
            </div>
            {amounts}
            <div class="inline-field">
                <label for="comparison-seeds">{move || page.locale().comparison_seeds()}</label>
                <select id="comparison-seeds" on:change=choose_seeds>{seeds}</select>
            </div>
            {move || match phase.get() {
                Phase::Running => view! { <Halt paused=false/> }.into_any(),
                Phase::Paused => view! { <Halt paused=true/> }.into_any(),
                Phase::Idle | Phase::Finished | Phase::Stopped => {
                    view! {
                        <button type="button" class="primary" prop:disabled=move || is_empty.get() on:click=move |_| page.compare()>
                            {move || page.locale().comparison_start()}
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
        <button type="button" on:click=move |_| if paused { page.resume_comparison() } else { page.pause_comparison() }>{name}</button>
        <button type="button" on:click=move |_| page.send_comparison(ExperimentAction::Cancel)>
            {move || page.locale().comparison_cancel()}
        </button>
    }
}

/// How far the comparison is, in words and as a bar.
#[component]
fn ProgressLine() -> impl IntoView {
    let page = page();
    let progress = Memo::new(move |_| page.comparison.with(Comparison::progress));
    let sentence = move || {
        let (locale, (done, total)) = (page.locale(), progress.get());
        let (phase, elapsed, left) = page.comparing.with(|comparing| {
            let now = browser::now();
            (comparing.phase(), comparing.elapsed(now), comparing.time_left(now))
        });
        let in_words = |milliseconds: f64| formatting::duration(locale, milliseconds / 1000.0);
        match (phase, left) {
            (Phase::Idle | Phase::Stopped, _) => String::new(),
            (Phase::Finished, _) => {
                let runs = page.comparison.with(|comparison| comparison.runs.len());
                locale.comparison_done(runs, in_words(elapsed))
            }
            (Phase::Running, Some(left)) => {
                let left = locale.comparison_left(in_words(left));
                format!("{} · {left}", locale.comparison_progress(done, total))
            }
            (Phase::Running | Phase::Paused, _) => locale.comparison_progress(done, total),
        }
    };
    let is_under_way = move || page.comparing.with(ExperimentState::is_under_way);
    view! {
        <p class="note" role="status">{sentence}</p>
        <progress
            hidden=move || !is_under_way()
            aria-label=move || page.locale().comparison_heading()
            max=move || progress.get().1.max(1)
            prop:value=move || progress.get().0 as f64
        ></progress>
    }
}

/// Curves, table and fits.
#[component]
fn Results() -> impl IntoView {
    let page = page();
    let steps = Memo::new(move |_| page.comparison.with(Comparison::steps));
    let step = Memo::new(move |_| Sources::comparison_step(&page));
    let options = move || {
        let option = |at: usize| view! { <option value=at selected=move || step.get() == at>{at}</option> };
        steps.get().into_iter().map(option).collect_view()
    };
    let frame = RwSignal::new(None);
    view! {
        <div class="inline-field">
            <label for="comparison-step">{move || page.locale().comparison_step()}</label>
            <select id="comparison-step" on:change=move |event| {
                page.charts.comparison_step.set(event_target_value(&event).parse().ok());
            }>
                {options}
            </select>
        </div>
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
        page.comparison.with(|comparison| {
            let names = run_names::all(&comparison.runs, locale);
            let row = |run: &Run| {
                let name = comparison.runs.iter().zip(&names).find(|(other, _)| other.colour_slot == run.colour_slot);
                let name = name.map(|(_, name)| name.clone()).unwrap_or_default();
                let cells = columns.iter().skip(1).map(|column| view! { <td>{cell(run, *column)}</td> }).collect_view();
                let state = match run.diverged {
                    Some(iteration) => locale.comparison_diverged(formatting::count(iteration)),
                    None if run.seeds.is_empty() => locale.comparison_waiting().to_owned(),
                    None => String::new(),
                };
                let state = (!state.is_empty()).then(|| view! { " " <span class="mark">{state}</span> });
                view! { <tr><th scope="row"><Badge colour_slot=run.colour_slot/> " " {name} {state}</th>{cells}</tr> }
            };
            comparison.sorted().into_iter().map(row).collect_view()
        })
    };
    let caption = move || {
        let asked = page.comparison.with(|c| {
            c.asked.as_ref().map(|(experiment, colour_slots)| {
                (experiment.evaluation.tasks, experiment.runs.len() / colour_slots.len())
            })
        });
        let (tasks, seeds) = asked.unwrap_or_default();
        let over = if seeds > 1 { page.locale().comparison_over_seeds(seeds) } else { String::new() };
        format!("{} {over}", page.locale().comparison_table(tasks))
    };
    view! {
        <p class="note">{caption}</p>
        <div class="table-scroll" tabindex="0" role="region" aria-label=move || page.locale().comparison_figures()>
            <table class="sortable" aria-label=caption>
                <thead><tr>{heads}</tr></thead>
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
        let (by, is_descending) = page.comparison.with(|comparison| comparison.sorted);
        (by == column).then_some(if is_descending { "descending" } else { "ascending" })
    };
    view! {
        <th scope="col" aria-sort=order>
            <button
                type="button"
                title=move || page.locale().comparison_sort(text())
                on:click=move |_| page.comparison.update(|comparison| comparison.sort_by(column))
            >
                {text}
            </button>
        </th>
    }
}

/// What stands in a cell, and its interval below.
fn cell(run: &Run, column: Column) -> impl IntoView {
    let interval = match column {
        Column::Error(step) => run.error(step).map(|(mean, half)| formatting::half_width(mean, half)),
        _ => None,
    };
    let interval = interval.map(|interval| view! { " " <small>{interval}</small> });
    view! { {figure(run, column)} {interval} }
}

fn figure(run: &Run, column: Column) -> String {
    let Some(value) = run.value(column) else { return "–".to_owned() };
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
    let colour_slots = Memo::new(move |_| {
        page.comparison.with(|comparison| {
            let shown = comparison.runs.iter().filter(|run| !run.is_hidden && run.preview.is_some());
            shown.map(|run| run.colour_slot).collect::<Vec<_>>()
        })
    });
    let last = move || {
        page.comparison.with(|c| c.asked.as_ref().map_or(0, |(experiment, _)| experiment.evaluation.eval.steps))
    };
    view! {
        <p class="note">{move || (!colour_slots.with(Vec::is_empty)).then(|| page.locale().comparison_fits(last()))}</p>
        <div class="multiples">
            <For each=move || colour_slots.get() key=|colour_slot| *colour_slot children=move |colour_slot| view! { <SmallFit colour_slot/> }/>
        </div>
    }
}

#[component]
fn SmallFit(colour_slot: usize) -> impl IntoView {
    let page = page();
    let title = title(page, colour_slot);
    let frame = RwSignal::new(None);
    let chart = RunFitChart { colour_slot };
    view! {
        <figure>
            <figcaption><Badge colour_slot/> " " {title}</figcaption>
            <ChartCanvas chart frame/>
        </figure>
    }
}

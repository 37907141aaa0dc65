//! A hyperparameter search, from its fields to the settings that it gives back.

use pollster::block_on;
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::chart::figure::Figure;
use reptile_lab::chart::plots::search::SearchFigure;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::config::search::{self, RunOutcome, Search, SearchAxis, TASKS};
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::i18n::message;
use serde_json::Value;

use crate::chrome::Gpu;
use crate::page::{Page, key};
use crate::{EN, Visit, visit};

const ITERATIONS: u64 = 30;

fn names() -> [String; 2] {
    [format!("{} α", EN.parameter_inner_learning_rate()), format!("{} ε", EN.parameter_outer_step_size())]
}

/// The page's first Config, around whose values the ranges lie, with a small network.
fn tiny() -> Config {
    let mut config = Preset::Fast.config();
    (config.model.hidden, config.eval.steps) = (vec![6], 4);
    // No end of its own comes in the way.
    config.outer.iterations = 1_000_000;
    config
}

/// The search of two by two values around those of a Config, as the backend makes its runs one by one.
fn searched(config: &Config) -> Search {
    let axis = |path| SearchAxis::around(config, path, 2).expect("one that can be searched");
    let axes = ["inner.learning_rate", "outer.step_size"].map(axis).to_vec();
    let candidates = search::grid(config, &axes);
    let mut search = Search::new(axes, true, candidates, 1);
    search.outcomes = search.runs().into_iter().map(|run| Some(outcome(run))).collect();
    search
}

fn outcome(mut config: Config) -> RunOutcome {
    config.outer.iterations = ITERATIONS;
    let mut cpu = Cpu::new(&config, &TrainState::new(Network::new(&config.model).initial_theta(config.seed)));
    block_on(cpu.train(&MetaBatches::draw(&config, 0, 0, ITERATIONS))).expect("a processor trains");
    let held_out = HeldOut::new(&config, TASKS);
    let predictions = block_on(cpu.adapt(None, &held_out.adaptations(0..TASKS))).expect("a processor adapts");
    RunOutcome::Measured { iteration: ITERATIONS, curve: held_out.curve(&held_out.errors(0..TASKS, &predictions)) }
}

/// Unfolds the search and asks for two values of each parameter.
async fn plan(page: &Page, iterations: &str) {
    page.set_config(&tiny()).await;
    page.unfold(EN.search_heading()).await;
    for name in names() {
        page.find("textbox", &EN.format(message::SearchOf { name: EN.search_count(), parameter: name }))
            .await
            .enter("2")
            .await;
    }
    page.find("textbox", EN.search_budget()).await.enter(iterations).await;
    page.reads(&EN.format(message::SearchRuns { runs: 4 })).await;
}

/// Waits until the page has a Config.
async fn has(page: &Page, config: &Config) {
    page.until(&format!(
        "reptileLab.getConfig().then((config) => config.inner.learning_rate === {} && config.outer.step_size === {})",
        config.inner.learning_rate, config.outer.step_size
    ))
    .await;
    assert_eq!(page.config().await, *config);
}

#[test]
fn a_search_tells_the_best_and_gives_its_settings_back() {
    let (search, names) = (searched(&tiny()), names());
    let chart = SearchFigure { search: &search, names: &names, step: 4, chosen: None };
    visit(async |page| {
        plan(page, &ITERATIONS.to_string()).await;
        page.train().await;
        page.until_status("status.running").await;
        page.press(EN.search_start()).await;
        page.until_status("!status.running").await;
        page.reads(&EN.format(message::SearchDone { done: 4, runs: 4 })).await;
        let (best, _) = search.best(4).expect("a best");
        let text = chart.describe(EN);
        assert!(text.contains("4 of 4") && text.contains(&chart.words(best, EN)), "{text}");
        // The same errors as by the backend alone, to every digit that is told.
        page.chart_that(EN.search_heading(), |words| words == text).await;
        page.reads(&EN.format(message::SearchBest { words: chart.words(best, EN) })).await;

        page.press(EN.search_use()).await;
        has(page, &search.config(best).expect("the best")).await;
        let candidates = page.find("slider", EN.search_candidates()).await;
        candidates.keys(&format!("{}z", key::CONTROL)).await;
        has(page, &tiny()).await;
        for (keys, cell) in [(key::HOME, 0), (key::RIGHT, 1), (key::UP, 3), (key::LEFT, 2)] {
            candidates.keys(keys).await;
            let told = candidates.script("return arguments[0].getAttribute('aria-valuetext');").await;
            assert_eq!(told, chart.words(cell, EN));
        }
        candidates.keys(key::ENTER).await;
        has(page, &search.config(2).expect("a cell")).await;
        // A click means the cell below it.
        candidates.keys(key::END).await;
        candidates.reveal().await;
        let place = candidates.middle().await;
        candidates.keys(key::HOME).await;
        page.drag(place, (0.0, 0.0)).await;
        has(page, &search.config(3).expect("a cell")).await;
        // A finger reads a cell first.
        candidates.keys(key::HOME).await;
        let place = candidates.middle().await;
        candidates.keys(key::END).await;
        page.script("document.activeElement.blur();", &[]).await;
        page.point_at((1.0, 1.0)).await;
        page.until("!document.querySelector('.search .readout')").await;
        page.swipe(place, (0.0, 0.0)).await;
        let title = chart.candidate(0, EN).title;
        page.until(&format!("document.querySelector('.search .readout')?.innerText.includes({title:?})")).await;
        has(page, &search.config(3).expect("a cell")).await;
        page.swipe(place, (0.0, 0.0)).await;
        has(page, &search.config(0).expect("a cell")).await;
    });
}

#[test]
fn a_search_waits_and_is_given_up() {
    visit(async |page| {
        plan(page, "1000000").await;
        page.press(EN.search_start()).await;
        page.press(EN.search_pause()).await;
        page.reads(EN.search_paused()).await;
        page.press(EN.search_continue()).await;
        page.press(EN.search_cancel()).await;
        page.reads(EN.search_stopped()).await;
        page.reads(&EN.format(message::SearchDone { done: 0, runs: 4 })).await;
        page.find("textbox", EN.search_budget()).await.enter("5").await;
        page.press(EN.search_start()).await;
        page.reads(&EN.format(message::SearchDone { done: 4, runs: 4 })).await;
    });
}

#[test]
fn a_search_goes_side_by_side_on_the_gpu_where_that_can_be() {
    let search = searched(&tiny());
    Visit { gpu: Gpu::Software, ..Visit::default() }.run(async |page| {
        page.ready().await;
        plan(page, &ITERATIONS.to_string()).await;
        page.press(EN.search_start()).await;
        // Nobody is left to a software adapter unasked, nor told of it.
        let place = Value::from(EN.format(message::SearchOnWorkers { workers: 2 }));
        page.until(&format!("document.querySelector('.search-progress .note')?.innerText === {place}")).await;
        page.reads(&EN.format(message::SearchDone { done: 4, runs: 4 })).await;

        page.lab("setBackend", &["gpu".into()]).await;
        let adapter = page.status().await.adapter.expect("a GPU has a name");
        page.press(EN.search_start()).await;
        page.reads(&EN.format(message::SearchOnGpu { adapter, runs: 4 })).await;
        page.reads(&EN.format(message::SearchDone { done: 4, runs: 4 })).await;
        // It finds what the processor finds.
        let (best, _) = search.best(4).expect("a best");
        page.press(EN.search_use()).await;
        has(page, &search.config(best).expect("the best")).await;

        page.find("combobox", EN.search_first()).await.choose(EN.search_units()).await;
        page.press(EN.search_start()).await;
        page.reads(&[EN.format(message::SearchOnWorkers { workers: 2 }), EN.search_unlike().to_owned()].join(" "))
            .await;
    });
}

//! A meta-iteration on two tasks: at the pace of a click, as a film, and from either start.

use reptile_lab::app::formatting;
use reptile_lab::app::two_tasks::Film;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::network::Network;
use reptile_lab::i18n::message;
use serde_json::{Value, json};

use crate::looks::TOO_WIDE;
use crate::page::{Name, Page, key};
use crate::{EN, Visit, visit};

/// A number of what scripts are told.
fn number(two: &Value, pointer: &str) -> f64 {
    two.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer} in {two}"))
}

/// Waits until the table has these two errors in a row.
async fn shows_errors(page: &Page, two: &Value, when: &str, step: usize) {
    for task in [0, 1] {
        page.find("table", EN.two_numbers()).await;
        // Two of the errors may be the same in three digits.
        let error = json!(formatting::error(number(two, &format!("/tasks/{task}/{when}/mse/{step}"))));
        page.until(&format!("[...document.querySelectorAll('td')].some((cell) => cell.innerText === {error})")).await;
    }
}

#[test]
fn it_begins_at_the_moment_that_a_link_leads_to() {
    Visit { query: "#1&at=200&view.panels=two-tasks", ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.until_status("status.shown === 200").await;
        page.reads("From θ at meta-iteration 200").await;

        // What a class is in the middle of stays, and says that the page has gone on.
        page.press(EN.two_next()).await;
        page.lab("step", &[json!(10)]).await;
        page.reads(&EN.format(message::TwoOutdated { from: "200", shown: "210" })).await;
        page.reads(&EN.format(message::TwoStageStep { step: 1, steps: 10 })).await;
        page.press(EN.two_follow()).await;
        page.reads("From θ at meta-iteration 210").await;
        page.reads(EN.two_stage_sample()).await;
        page.until("!document.querySelector('.outdated')").await;
    });
}

#[test]
fn a_class_walks_through_a_meta_iteration() {
    visit(async |page| {
        page.set_config(&Preset::Paper.config()).await;
        page.lab("step", &[json!(3)]).await;
        let theta = page.theta().await;
        let two = page.lab("twoTasks", &[]).await;
        assert_eq!((number(&two, "/number"), number(&two, "/step_size")), (3.0, 0.1));
        page.unfold(EN.two_heading()).await;
        page.reads(EN.two_stage_sample()).await;
        page.reads(&EN.format(message::TwoBegin { iteration: "3" })).await;
        page.reads("From θ at meta-iteration 3 · Reptile, 3 meta-iterations on sinusoid").await;
        let region = page.find("region", EN.two_heading()).await;
        page.find_within(&region, "status", Name::Any).await;
        shows_errors(page, &two, "before", 0).await;

        for step in 1..=5 {
            page.press(EN.two_next()).await;
            page.reads(&EN.format(message::TwoStageStep { step, steps: 5 })).await;
            shows_errors(page, &two, "before", step).await;
        }
        page.press(EN.two_back()).await;
        page.reads(&EN.format(message::TwoStageStep { step: 4, steps: 5 })).await;
        page.press(&EN.format(message::TwoAll { steps: 5 })).await;
        page.reads(&EN.format(message::TwoStageStep { step: 5, steps: 5 })).await;

        // By keys from here on.
        page.find("button", EN.two_next()).await.keys(key::ENTER).await;
        page.reads(EN.two_stage_compare()).await;
        page.reads(&EN.format(message::TwoCosine { cosine: formatting::decimal(number(&two, "/cosine"), 3) })).await;
        let plane = EN.format(message::ChartTwoDescriptionPlane { first: "", second: "", degrees: "" });
        let plane = plane.split_once("  ").map_or(plane.as_str(), |(start, _)| start);
        page.find_within(&region, "image", Name::Begins(&plane[..30])).await;
        page.type_keys(key::ENTER).await;
        page.reads(EN.two_stage_mean()).await;
        let to_mean = formatting::decimal(number(&two, "/to_mean"), 3);
        page.reads(&EN.format(message::TwoToMean { distance: &to_mean })).await;
        page.type_keys(key::ENTER).await;
        page.reads(EN.two_stage_move()).await;
        let moved = formatting::decimal(number(&two, "/moved"), 3);
        page.reads(&EN.format(message::TwoMoved { step_size: "0.1", distance: &to_mean, moved })).await;
        shows_errors(page, &two, "after", 0).await;
        shows_errors(page, &two, "after", 5).await;
        assert_eq!(page.script(TOO_WIDE, &[]).await, 0);
        page.resize(360, 800).await;
        assert_eq!(page.script(TOO_WIDE, &[]).await, 0);
        page.resize(1280, 900).await;

        page.find("slider", Name::Begins(EN.two_step_size())).await.keys(key::END).await;
        page.reads(&EN.format(message::TwoMoved { step_size: "1", distance: &to_mean, moved: &to_mean })).await;
        let far = page.lab("twoTasks", &[json!({ "step_size": 1 })]).await;
        shows_errors(page, &far, "after", 0).await;

        // On from the new θ, which is not the run's.
        page.press(EN.two_again()).await;
        page.reads(EN.two_stage_sample()).await;
        page.reads(&EN.format(message::TwoBeginMoved { iteration: "3", moves: 1 })).await;
        let wanted = json!({ "theta": far["theta"], "number": 4, "step_size": 1 });
        shows_errors(page, &page.lab("twoTasks", &[wanted]).await, "before", 0).await;
        assert_eq!(page.theta().await, theta);
        page.press(EN.two_restart()).await;
        page.reads(&EN.format(message::TwoBegin { iteration: "3" })).await;
        shows_errors(page, &two, "before", 0).await;

        // Another setting begins anew; another algorithm is told apart.
        page.unfold(EN.group_outer()).await;
        page.find("combobox", EN.parameter_algorithm()).await.choose(EN.word_maml()).await;
        page.reads(&EN.format(message::TwoReptile { algorithm: EN.word_maml() })).await;
        page.press(EN.two_next()).await;
        page.reads(&EN.format(message::TwoStageStep { step: 1, steps: 1 })).await;
        let refused = page.refused("twoTasks", json!({ "step_size": 3 })).await;
        assert!(refused.contains("step_size: 3"), "{refused}");
    });
}

/// Has the page's clock stand still; what is given is added to it.
const CLOCK: &str = "
    const real = performance.now.bind(performance);
    window.now = window.now ?? real();
    window.now += arguments[0];
    performance.now = () => window.now;";

/// Waits until one of the drawings says this.
async fn draws(page: &Page, words: &str) {
    let labels = "[...document.querySelectorAll('.two-tasks canvas')].map((canvas) => canvas.ariaLabel)";
    page.until(&format!("{labels}.some((label) => label.includes({}))", json!(words))).await;
}

/// The lines of the algorithm that are marked as the present one.
async fn present_lines(page: &Page) -> Value {
    page.script(
        "return [...document.querySelectorAll('.algorithm [aria-current=step]')].map((line) => line.innerText);",
        &[],
    )
    .await
}

/// Waits until a line is the only present one.
async fn is_at(page: &Page, line: &str) {
    page.until(&format!(
        "(() => {{ const lines = [...document.querySelectorAll('.algorithm [aria-current=step]')];
        return lines.length === 1 && lines[0].innerText.includes({}); }})()",
        json!(line)
    ))
    .await;
}

#[test]
fn a_class_watches_a_meta_iteration_in_slow_motion() {
    visit(async |page| {
        page.set_config(&Preset::Paper.config()).await;
        page.lab("step", &[json!(3)]).await;
        page.unfold(EN.two_heading()).await;
        page.reads(EN.two_stage_sample()).await;
        is_at(page, EN.algorithm_sample()).await;
        draws(page, EN.chart_two_smaller()).await;

        // Every stage comes in its time, and the film stops at the end.
        let film = Film { steps: 5 };
        page.script(CLOCK, &[json!(0)]).await;
        page.press(EN.two_play()).await;
        page.find("button", EN.two_pause()).await;
        page.reads(EN.two_stage_sample()).await;
        let mut before = 0.0;
        for (number, words, line) in [
            (1, EN.format(message::TwoStageSteps { steps: 5 }), EN.algorithm_step()),
            (4, EN.format(message::AlgorithmStepCount { step: 4, steps: 5 }), EN.algorithm_step()),
            (6, EN.two_stage_compare().to_owned(), EN.algorithm_update()),
            (7, EN.two_stage_mean().to_owned(), EN.algorithm_update()),
            (8, EN.two_stage_move().to_owned(), EN.algorithm_update()),
        ] {
            page.script(CLOCK, &[json!(film.begin(number) - before + 1.0)]).await;
            before = film.begin(number) + 1.0;
            page.reads(&words).await;
            is_at(page, line).await;
            page.find("button", EN.two_pause()).await;
        }
        page.script(CLOCK, &[json!(film.duration())]).await;
        page.find("button", EN.two_play()).await;
        let two = page.lab("twoTasks", &[]).await;
        let again = [("before", 0), ("after", 0)]
            .map(|(when, task)| formatting::error(number(&two, &format!("/tasks/{task}/{when}/mse/5"))));
        let line = present_lines(page).await.to_string();
        assert!(line.contains(&format!("{} → {}", again[0], again[1])), "{line}");

        // It goes on with the next meta-iteration, and stops where one wants.
        page.press(EN.two_play()).await;
        page.reads(&EN.format(message::TwoBeginMoved { iteration: "3", moves: 1 })).await;
        page.script(CLOCK, &[json!(film.begin(2))]).await;
        page.reads(&EN.format(message::TwoStageSteps { steps: 5 })).await;
        page.press(EN.two_pause()).await;
        page.reads(&EN.format(message::TwoStageStep { step: 2, steps: 5 })).await;
        page.find("button", EN.two_play()).await;
        page.press(EN.two_restart()).await;
        page.reads(&EN.format(message::TwoBegin { iteration: "3" })).await;

        // From the random start, with the same two tasks.
        page.find("combobox", EN.two_from()).await.choose(EN.two_from_random()).await;
        page.reads(EN.two_begin_random()).await;
        let config = Preset::Paper.config();
        let random = Network::new(&config.model).initial_theta(config.seed);
        let other = page.lab("twoTasks", &[json!({ "theta": random })]).await;
        assert_eq!(other["tasks"][0]["task"], two["tasks"][0]["task"]);
        assert_ne!(other["tasks"][0]["before"], two["tasks"][0]["before"]);
        shows_errors(page, &other, "before", 0).await;
        page.find("combobox", EN.two_colours()).await.choose(EN.two_colours_second()).await;
        draws(page, EN.chart_two_second()).await;
    });
}

/// Drawings, algorithm, words and buttons are in one window, below the run bar.
#[test]
fn a_lesson_fits_one_screen() {
    visit(async |page| {
        page.set_config(&Preset::Paper.config()).await;
        page.resize(1280, 720).await;
        page.unfold(EN.two_heading()).await;
        page.press(EN.two_next()).await;
        page.press(&EN.format(message::TwoAll { steps: 5 })).await;
        for stage in [EN.two_stage_compare(), EN.two_stage_mean(), EN.two_stage_move()] {
            page.press(EN.two_next()).await;
            page.reads(stage).await;
            let height = page.script(LESSON, &[]).await;
            assert!(height.as_f64().is_some_and(|height| height > 300.0 && height <= 720.0), "{height} at {stage}");
        }
        for width in [1280, 1024, 390, 360] {
            page.resize(width, 844).await;
            assert_eq!(page.script(TOO_WIDE, &[]).await, 0, "at {width}");
        }
    });
}

/// The height of the lesson with that of the bar that stays above it.
const LESSON: &str = "
    const height = (name) => document.querySelector(name).getBoundingClientRect().height;
    return height('.lesson') + height('.run');";

//! Training by the run bar.

use pollster::block_on;
use reptile_lab::app::formatting::{count, error, gradients, spent};
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::cost::{Cost, Spent};
use reptile_lab::domain::early_stopping::StopReason;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::schedule::Schedule;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::i18n::message;
use reptile_lab::train::run;

use crate::page::Page;
use crate::{EN, visit};

/// The last meta-iteration of the training chart, by its text alternative.
fn last_charted(words: &str) -> Option<u64> {
    let (_, last) = words.split_once(" to ")?;
    let digits = last.split_once(" of ")?.0.chars().filter(char::is_ascii_digit);
    digits.collect::<String>().parse().ok()
}

/// Long enough for a person to pause it, and for a driver.
const LONG: u64 = 50_000;

#[test]
fn training_starts_pauses_goes_on_and_begins_again() {
    visit(async |page| {
        let mut config = page.config().await;
        config.outer.iterations = LONG;
        page.set_config(&config).await;
        page.reads(EN.run_not_started()).await;
        page.train().await;
        let early = page.until_status("status.running && status.iteration > 20").await;
        assert_eq!(early.iterations, LONG);
        page.press(EN.run_pause()).await;
        let paused = page.until_status("!status.running").await;
        page.reads(EN.run_paused()).await;
        page.reads(&EN.format(message::RunIteration { iteration: count(paused.iteration), iterations: count(LONG) }))
            .await;
        assert_eq!(page.status().await.iteration, paused.iteration);
        let scrubber = page.find("slider", EN.run_progress()).await;
        let told = EN.format(message::RunIteration { iteration: count(paused.iteration), iterations: count(LONG) });
        assert_eq!(scrubber.script("return arguments[0].getAttribute('aria-valuetext');").await, told);

        page.press(EN.run_step()).await;
        let next = page.until_status(&format!("status.iteration === {}", paused.iteration + 1)).await;
        assert!(!next.running);
        page.chart_that(EN.training_heading(), |words| last_charted(words).is_some_and(|last| last > 0)).await;
        page.reads(&EN.format(message::RunIteration { iteration: count(next.iteration), iterations: count(LONG) }))
            .await;

        page.train().await;
        let end = page.until_status(&format!("!status.running && status.iteration === {LONG}")).await;
        assert!(end.meta_iterations_per_second > 0.0, "{end:?}");
        page.reads(EN.run_finished()).await;
        page.chart_that(EN.training_heading(), |words| last_charted(words) == Some(LONG)).await;

        page.press(EN.run_reset()).await;
        page.until_status("status.iteration === 0").await;
        page.reads(EN.run_not_started()).await;
        page.find("button", EN.run_train()).await;
    });
}

#[test]
fn a_run_that_goes_by_checks_ends_as_natively_and_says_why() {
    visit(async |page| {
        let mut config = page.config().await;
        config.outer.schedule = Schedule::Adaptive;
        config.outer.stop.patience = 6;
        let mut train_state = TrainState::new(Network::new(&config.model).initial_theta(config.seed));
        train_state.prepare(&config);
        let mut cpu = Cpu::new(&config, &train_state);
        block_on(run::train(&mut cpu, &config, &mut train_state, config.outer.iterations, |_| true))
            .expect("a processor");
        assert_eq!(train_state.early_stopping.stopped, Some(StopReason::Patience), "{:?}", train_state.early_stopping);
        assert!(train_state.early_stopping.factor < 1.0, "ε was cut before");

        page.set_config(&config).await;
        page.train().await;
        let end = page.until_status("!status.running && status.stopped !== null").await;
        assert_eq!(end.iteration, train_state.iteration);
        let words = EN.format(message::StoppedPatience { iteration: train_state.iteration });
        page.reads(&words).await;
        page.reads(EN.run_stopped()).await;
        page.reads(&EN.format(message::RunStepSize { value: error(0.01 * train_state.early_stopping.factor) })).await;
        assert_eq!(end.message, words);
        assert!(page.theta().await == train_state.theta, "the same bits");
        let refused = page.try_lab("start", &[]).await.expect_err("it is over");
        assert!(refused.contains(&words), "{refused}");

        page.press(EN.run_reset()).await;
        page.until_status("status.iteration === 0 && status.stopped === null").await;
        page.until(&format!("!document.body.innerText.includes({})", serde_json::Value::from(words))).await;
        page.train().await;
        page.until_status("status.running && status.iteration > 0").await;
    });
}

/// What the run bar says, with the words of a number of gradients a meta-iteration.
async fn run_bar(page: &Page, of_one: u64) -> String {
    page.reads(&EN.format(message::CostOfOne { gradients: gradients(EN, of_one) })).await;
    let bar = page.find("region", EN.run_heading()).await;
    bar.script("return arguments[0].innerText;").await.as_str().expect("text").to_owned()
}

#[test]
fn the_run_bar_says_what_training_costs() {
    visit(async |page| {
        let mut config = Preset::Paper.config();
        config.outer.iterations = 300;
        page.set_config(&config).await;
        let bar = run_bar(page, 5).await;
        assert!(!bar.contains("FLOP"), "nothing has been spent: {bar}");
        page.train().await;
        let end = page.until_status("!status.running && status.iteration === 300").await;
        let reptile = Cost::of(&config, 300);
        assert_eq!(end.gradient_evaluations, 1500);
        assert!(end.training_seconds > 0.0, "{end:?}");
        let words = spent(EN, &Spent { cost: reptile, seconds: end.training_seconds }).expect("it has cost something");
        assert!(words.starts_with("1\u{202f}500 gradients · 380 MFLOP · "), "{words}");
        page.reads(&words).await;
        page.unfold(EN.explain_heading()).await;
        page.reads(EN.cost_help()).await;

        // Another algorithm says its price before it is used, and what was spent is added to.
        page.unfold(EN.group_outer()).await;
        page.find("combobox", EN.parameter_algorithm()).await.choose(EN.word_maml()).await;
        page.press(EN.provenance_continue()).await;
        let maml = config.with_algorithm(Algorithm::Maml);
        let of_one = Cost::of(&maml, 1);
        assert!(of_one.products > 0);
        let bar = run_bar(page, of_one.evaluations()).await;
        assert!(bar.contains(&words), "{bar}");
        let whose = format!("{}, 300 meta-iterations on sinusoid", EN.word_reptile());
        assert!(bar.contains(&whose) && !bar.contains(EN.run_not_started()), "{bar}");
        page.lab("step", &[10.into()]).await;
        let both = 1500 + 10 * of_one.evaluations();
        assert_eq!(page.status().await.gradient_evaluations, both);
        page.reads(&format!("{} · ", gradients(EN, both))).await;

        page.press(EN.run_reset()).await;
        page.until_status("status.gradient_evaluations === 0 && status.training_seconds === 0").await;
        page.until(&format!("!document.body.innerText.includes('{}')", gradients(EN, both))).await;

        // Of a θ that was trained elsewhere the time is not known.
        page.press(EN.run_skip()).await;
        let skipped = page.until_status("status.iteration === status.iterations").await;
        let shipped = Cost::of(&page.config().await, skipped.iteration);
        assert_eq!((skipped.gradient_evaluations, skipped.training_seconds), (shipped.evaluations(), 0.0));
        let bar = run_bar(page, shipped.evaluations() / skipped.iteration).await;
        assert!(bar.contains(&spent(EN, &Spent { cost: shipped, seconds: 0.0 }).expect("a cost")), "{bar}");
    });
}

#[test]
fn the_space_bar_trains_and_pauses() {
    visit(async |page| {
        page.type_keys(" ").await;
        page.until_status("status.running && status.iteration > 0").await;
        page.type_keys(" ").await;
        page.until_status("!status.running").await;
    });
}

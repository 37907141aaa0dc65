//! Coming back, in another language, to another place.

use std::f32::consts::PI;

use reptile_lab::app::formatting::count;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::pretrained::Pretrained;
use reptile_lab::i18n::{Locale, message};
use serde_json::{Value, json};

use crate::chrome::Gpu;
use crate::page::Page;
use crate::{EN, Visit, visit};

const ZH: Locale = Locale::ZhHans;

async fn attribute(page: &Page, name: &str) -> Value {
    page.script("return document.documentElement.getAttribute(arguments[0]);", &[name.into()]).await
}

/// Waits until the page is in a language, to its title and its charts' alternatives.
async fn speaks(page: &Page, locale: Locale) {
    page.find("button", locale.run_step()).await;
    assert_eq!(page.title().await, locale.page_title());
    assert_eq!(attribute(page, "lang").await, locale.code());
    let sample = locale.format(message::ChartFitDescription {
        curve: "",
        low: "",
        high: "",
        count: "",
        iteration: "",
        theta: "",
    });
    let start: String = sample.chars().take(4).collect();
    page.chart_that(locale.fit_heading(), |words| words.starts_with(&start)).await;
    for heading in [locale.adaptation_heading(), locale.training_heading()] {
        page.chart_that(heading, |words| words.contains("s = 0")).await;
    }
}

#[test]
fn language_and_colours_outlast_a_reload() {
    visit(async |page| {
        speaks(page, EN).await;
        let light = attribute(page, "data-scheme").await;
        let background = "return getComputedStyle(document.body).backgroundColor;";
        let paper = page.script(background, &[]).await;
        page.press(EN.dark_mode()).await;
        page.until(&format!("document.documentElement.dataset.scheme !== {light}")).await;
        assert_ne!(page.script(background, &[]).await, paper);
        let chart = page.chart(EN.fit_heading()).await;
        page.find("combobox", EN.language()).await.choose(ZH.language_name()).await;
        speaks(page, ZH).await;
        assert_ne!(page.chart(ZH.fit_heading()).await.node.name(), chart.node.name());

        page.reload().await;
        page.ready().await;
        speaks(page, ZH).await;
        assert_eq!(page.find("button", ZH.dark_mode()).await.node.state("pressed"), "true");
        page.press(ZH.run_train()).await;
        page.until_status("status.running && status.iteration > 20").await;
        page.press(ZH.run_pause()).await;
        page.until_status("!status.running").await;

        page.find("combobox", ZH.language()).await.choose(EN.language_name()).await;
        speaks(page, EN).await;
        page.press(EN.dark_mode()).await;
        page.until(&format!("document.documentElement.dataset.scheme === {light}")).await;
    });
}

#[test]
fn a_reader_of_chinese_is_met_in_chinese() {
    visit(async |page| {
        let agent = page.script("return navigator.userAgent;", &[]).await;
        let chinese = json!({ "userAgent": agent, "acceptLanguage": "zh-CN,en;q=0.8" });
        page.devtools("Emulation.setUserAgentOverride", chinese).await;
        page.reload().await;
        page.ready().await;
        speaks(page, ZH).await;
    });
}

#[test]
fn a_language_is_fetched_when_it_is_asked_for() {
    const FETCHED: &str = "performance.getEntriesByType('resource').some(({ name }) => name.includes('locales/'))";
    visit(async |page| {
        speaks(page, EN).await;
        assert_eq!(page.script(&format!("return {FETCHED};"), &[]).await, false);
        page.find("combobox", EN.language()).await.choose(ZH.language_name()).await;
        speaks(page, ZH).await;
        assert_eq!(page.script(&format!("return {FETCHED};"), &[]).await, true);
    });
}

#[test]
fn a_language_that_is_missing_is_told() {
    Visit { missing: &["locales/zh-Hans.json"], ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.find("combobox", EN.language()).await.choose(ZH.language_name()).await;
        page.alerts(&EN.format(message::LanguageFailed { address: "locales/zh-Hans.json", detail: "HTTP 404" })).await;
        speaks(page, EN).await;
        assert_eq!(page.find("combobox", EN.language()).await.content().await, EN.code());
        page.console_holds("404").await;
    });
}

#[test]
fn the_page_works_anywhere_on_a_server() {
    Visit { base: "/some/where/", ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.train().await;
        page.until_status("status.running && status.iteration > 20").await;
        page.press(EN.run_skip()).await;
        page.until_status("!status.running && status.iteration === status.iterations").await;
    });
}

/// Mean squared errors before and after adapting to the same few shots.
async fn adapted(page: &Page) -> (f64, f64) {
    let shots = [[-4.0, -1.81], [-2.0, 1.81], [-0.5, 0.96], [1.0, -1.68], [2.0, -1.81], [3.5, 0.7]];
    let wanted = json!({ "task": { "amplitude": 2.0, "phase": PI }, "shots": shots, "steps": 32 });
    let mse = page.lab("adapt", &[wanted]).await["mse"].take();
    (mse[0].as_f64().unwrap_or(f64::NAN), mse[32].as_f64().unwrap_or(f64::NAN))
}

#[test]
fn skipping_ahead_loads_a_trained_start() {
    let shipped = include_str!("../../assets/pretrained/fast.json");
    let shipped = Pretrained::from_json(shipped).expect("a pretrained θ");
    visit(async |page| {
        let (_, untrained) = adapted(page).await;
        page.press(EN.run_skip()).await;
        let status = page.until_status(&format!("status.iteration === {}", shipped.iteration)).await;
        assert!(!status.running && status.iterations == shipped.config.outer.iterations);
        assert_eq!(page.theta().await, shipped.theta);
        assert_eq!(page.config().await, shipped.config);
        let (before, trained) = adapted(page).await;
        assert!(trained < before / 5.0 && trained < untrained / 5.0, "{untrained} → {trained}");
        page.reads(&EN.format(message::RunIteration {
            iteration: count(shipped.iteration),
            iterations: count(shipped.config.outer.iterations),
        }))
        .await;
        page.reads(EN.run_finished()).await;
    });
}

#[test]
fn a_trained_start_that_is_missing_is_told() {
    Visit { missing: &["pretrained/fast.json"], ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.press(EN.run_skip()).await;
        let message = EN.format(message::RunSkipFailed { address: "pretrained/fast.json", detail: "HTTP 404" });
        page.alerts(&message).await;
        assert_eq!(page.status().await.message, message);
        page.train().await;
        page.until_status("status.running && status.iteration > 0").await;
        page.console_holds("404").await;
    });
}

#[test]
fn without_its_later_part_the_page_paints_and_trains_on_the_cpu() {
    Visit { missing: &["*_late.wasm"], ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.train().await;
        page.reads(EN.run_finished()).await;
        page.alerts(EN.error_rest()).await;
        page.press(EN.error_rest_again()).await;
        page.alerts(EN.error_rest()).await;
        page.press(EN.lessons()).await;
        let dialog = page.find("dialog", EN.lessons_heading()).await;
        page.find_within(&dialog, "button", EN.error_rest_again()).await;
        let refused = page.refused("status", Value::Null).await;
        assert!(refused.starts_with("reptileLab.status: "), "{refused}");
        page.console_holds("_late.wasm: HTTP 404").await;
        page.console_holds("404").await;
    });
}

/// Whether the browser would ask before the page is left.
async fn asks_before_it_is_left(page: &Page) -> bool {
    const LEAVE: &str = "
        const event = new Event('beforeunload', { cancelable: true });
        window.dispatchEvent(event);
        return event.defaultPrevented;";
    page.script(LEAVE, &[]).await == json!(true)
}

#[test]
fn a_run_that_the_browser_has_kept_is_left_without_a_question() {
    visit(async |page| {
        page.lab("step", &[json!(20)]).await;
        page.until_status("status.training_seconds > 0").await;
        let asks = "(() => {
            const event = new Event('beforeunload', { cancelable: true });
            window.dispatchEvent(event);
            return event.defaultPrevented;
        })()";
        page.until(&format!("!{asks}")).await;
    });
}

#[test]
fn a_run_that_was_trained_here_and_is_kept_nowhere_is_not_left_without_a_question() {
    let before = "Object.defineProperty(window, 'indexedDB', { value: undefined });";
    Visit { before, ..Visit::default() }.run(async |page| {
        page.ready().await;
        assert!(!asks_before_it_is_left(page).await, "there is nothing to lose");
        page.press(EN.run_skip()).await;
        page.until_status("status.iteration > 0").await;
        assert!(!asks_before_it_is_left(page).await, "what was fetched can be fetched again");
        page.press(EN.run_reset()).await;
        page.lab("step", &[json!(20)]).await;
        page.until_status("status.training_seconds > 0").await;
        assert!(asks_before_it_is_left(page).await);
        page.press(EN.run_reset()).await;
        page.until_status("status.iteration === 0").await;
        assert!(!asks_before_it_is_left(page).await);
    });
}

#[test]
fn over_plain_http_the_page_says_what_that_costs_and_offers_what_it_cannot_copy() {
    visit(async |page| assert!(!page.shows(EN.engine_insecure()).await));
    Visit { gpu: Gpu::Disabled, ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.reads(EN.engine_insecure()).await;
        page.press(EN.engine_copy()).await;
        page.alerts(EN.engine_copy_by_hand()).await;
        let text = page.find("textbox", EN.engine_copy_text()).await.content().await;
        assert_eq!(Config::from_json(&text).as_ref(), Ok(&page.config().await));
    });
}

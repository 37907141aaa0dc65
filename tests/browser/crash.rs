//! The engine's end, and a new one.

use reptile_lab::BUILD;
use reptile_lab::engine::protocol::check_build;
use serde_json::{Value, json};

use crate::chrome::Gpu;
use crate::page::Page;
use crate::server::{Files, Manner};
use crate::sessions::COUNT_KEPT;
use crate::trained::trained;
use crate::{EN, Visit};

/// Keeps every worker that the page starts in a list, so that a test can reach it.
const KEEP_WORKERS: &str = "
    window.workers = [];
    window.Worker = class extends window.Worker {
        constructor(...given) { super(...given); window.workers.push(this); }
    };";

/// Counts the functions that the page's program holds on to, such as those that the browser is to call.
const COUNT_FUNCTIONS: &str = "
    const { instantiateStreaming } = WebAssembly;
    let program;
    WebAssembly.instantiateStreaming = async (...given) => {
        const result = await instantiateStreaming(...given);
        program ??= result.instance.exports;
        return result;
    };
    window.functions = () => {
        const held = program.__wbindgen_externrefs;
        const all = Array.from({ length: held.length }, (_, place) => held.get(place));
        return all.filter((it) => it instanceof Function).length;
    };";

/// Ends the engine in some way while it trains: the page says why, and a new engine goes on where the old one was last
/// seen, with the same Config.
async fn survives(page: &Page, end: &str, cause: &str) {
    page.ready().await;
    let mut config = page.config().await;
    config.inner.learning_rate = 0.015;
    config.outer.iterations = 1_000_000;
    page.set_config(&config).await;
    page.train().await;
    page.until_status("status.running && status.iteration > 20").await;
    page.press(EN.run_pause()).await;
    let paused = page.until_status("!status.running").await;
    let seen = paused.iteration;
    page.train().await;
    page.until_status(&format!("status.running && status.iteration > {seen} + 20")).await;
    page.script(end, &[]).await;

    page.alerts(EN.crash_heading()).await;
    page.alerts(cause).await;
    page.alerts(EN.crash_kept()).await;
    let status = page.status().await;
    assert!(!status.running && status.message.contains(cause), "{status:?}");
    assert_eq!(page.refused("theta", Value::Null).await, format!("reptileLab.theta: {}", EN.error_not_open()));

    page.press(EN.crash_restart()).await;
    // A run that trained goes on training.
    page.until_status(&format!("status.running && status.iteration >= {seen}")).await;
    page.press(EN.run_pause()).await;
    let fresh = page.until_status("!status.running").await;
    assert!(!page.shows(EN.crash_heading()).await);
    assert_eq!(page.config().await, config);
    assert_eq!(page.theta().await, trained(&config, fresh.iteration));
    assert!(fresh.gradient_evaluations >= paused.gradient_evaluations, "what was spent stays spent: {fresh:?}");
    assert!(fresh.training_seconds >= paused.training_seconds, "{fresh:?}");
    page.lab("step", &[json!(10)]).await;
    assert_eq!(page.theta().await, trained(&config, fresh.iteration + 10));
    page.train().await;
    page.until_status(&format!("status.running && status.iteration > {} + 20", fresh.iteration)).await;
    page.press(EN.run_pause()).await;
    page.until_status("!status.running").await;
    page.chart_that(EN.fit_heading(), |words| words.contains("s = 32")).await;
}

#[test]
fn a_crash_of_the_engine_shows_its_cause_and_a_way_on() {
    Visit { before: KEEP_WORKERS, ..Visit::default() }.run(async |page| {
        let garbage = "workers.at(-1).postMessage(new Uint8Array([255, 255, 255, 255, 255, 255]));";
        survives(page, garbage, "a command that cannot be read").await;
    });
}

#[test]
fn what_is_set_while_there_is_no_engine_is_what_the_next_one_trains_by() {
    Visit { before: KEEP_WORKERS, ..Visit::default() }.run(async |page| {
        page.lab("step", &[json!(10)]).await;
        page.script("workers.at(-1).terminate(); workers.at(-1).dispatchEvent(new ErrorEvent('error'));", &[]).await;
        page.alerts(EN.crash_heading()).await;
        page.unfold(EN.group_inner()).await;
        page.find("textbox", &format!("{} k", EN.parameter_inner_steps())).await.enter("7").await;
        page.frame().await;
        page.frame().await;
        assert!(!page.shows(EN.error_not_open()).await);
        page.press(EN.crash_restart()).await;
        page.until_status("status.backend").await;
        let config = page.config().await;
        assert_eq!(config.inner.steps, 7);
        page.lab("reset", &[]).await;
        page.lab("step", &[json!(10)]).await;
        assert_eq!(page.theta().await, trained(&config, 10));
    });
}

/// Ends the engine, starts another one, and trains until the browser has kept the session.
async fn replace(page: &Page) {
    page.script("workers.at(-1).terminate(); workers.at(-1).dispatchEvent(new ErrorEvent('error'));", &[]).await;
    page.press(EN.crash_restart()).await;
    page.promise("reptileLab.ready").await;
    page.script("window.kept = 0;", &[]).await;
    page.lab("step", &[json!(5)]).await;
    page.until("kept").await;
}

#[test]
fn an_engine_that_has_ended_leaves_nothing_behind() {
    Visit { before: KEEP_WORKERS, ..Visit::default() }.run(async |page| {
        page.before_the_page(COUNT_FUNCTIONS).await;
        page.before_the_page(COUNT_KEPT).await;
        page.reload().await;
        page.ready().await;
        for _ in 0..2 {
            replace(page).await;
        }
        let begun = page.until("functions()").await;
        for _ in 0..6 {
            replace(page).await;
        }
        page.until(&format!("functions() <= {begun}")).await;
    });
}

#[test]
fn an_engine_that_dies_silently_is_missed() {
    Visit { before: KEEP_WORKERS, ..Visit::default() }.run(async |page| {
        survives(page, "workers.at(-1).terminate();", "no answer for 10 s").await;
    });
}

#[test]
fn an_engine_whose_script_fails_is_missed() {
    Visit { before: KEEP_WORKERS, ..Visit::default() }.run(async |page| {
        let fail = "workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));";
        survives(page, fail, "out of memory").await;
    });
}

#[test]
fn over_plain_http_the_page_outlives_its_server_as_well() {
    let manner = Manner { ages: true, ..Manner::default() };
    let visit = Visit { gpu: Gpu::Disabled, query: "?workers=2", before: KEEP_WORKERS, manner, ..Visit::default() };
    visit.run(async |page| {
        page.ready().await;
        page.lab("step", &[json!(20)]).await;
        page.serve(Files::new());
        let asked = page.server.asked.lock().expect("no holder panics").len();
        // Workers of its own for a comparison, and an engine in place of one that was lost.
        let small = json!({ "model": { "hidden": [8] }, "eval": { "tasks": 20 } });
        let compared = page.lab("compare", &[json!({ "runs": [small], "iterations": 20 })]).await;
        assert_eq!(compared[0]["meta_iterations"], 20);
        page.script("workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));", &[]).await;
        page.alerts(EN.crash_heading()).await;
        page.press(EN.crash_restart()).await;
        page.until_status("status.backend !== null").await;
        page.lab("step", &[json!(20)]).await;
        assert_eq!(page.status().await.iteration, 40);
        let files = page.server.asked.lock().expect("no holder panics").split_off(asked);
        assert_eq!(files, Vec::<String>::new());
    });
}

#[test]
fn a_theta_kept_for_comparison_outlives_its_engine() {
    Visit { before: KEEP_WORKERS, ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.lab("step", &[json!(20)]).await;
        page.lab("keepForComparison", &[]).await;
        page.script("workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));", &[]).await;
        page.alerts(EN.crash_heading()).await;
        page.press(EN.crash_restart()).await;
        page.until_status("status.backend !== null").await;
        page.lab("reset", &[]).await;
        let both = ["θ at meta-iteration 0:", "kept at meta-iteration 20,"];
        page.chart_that(EN.fit_heading(), |told| both.iter().all(|words| told.contains(words))).await;
    });
}

/// An engine of another build: it greets with the name of its build, and says nothing more.
const OTHER_ENGINE: &str = "
    window.Worker = class extends EventTarget {
        constructor() {
            super();
            const hello = new Uint8Array([0, 5, ...new TextEncoder().encode('other')]);
            this.timer = setInterval(() => this.onmessage?.(new MessageEvent('message', { data: hello })), 50);
        }
        postMessage() {}
        terminate() { clearInterval(this.timer); }
    };";

#[test]
fn an_engine_of_another_build_is_refused() {
    Visit { before: OTHER_ENGINE, ..Visit::default() }.run(async |page| {
        page.alerts(EN.crash_heading()).await;
        let refusal = check_build("other").expect_err("the page's build has a longer name");
        // The tests may have been built after the page.
        page.alerts(refusal.split(BUILD).next().expect("words before")).await;
    });
}

#[test]
fn an_engine_whose_program_is_missing_is_told() {
    Visit { missing: &["engine_bg.wasm"], ..Visit::default() }.run(async |page| {
        page.alerts(EN.crash_heading()).await;
        page.alerts("HTTP 404").await;
    });
}

/// An engine that cannot be started, however often one tries.
const NO_MORE_WORKERS: &str = "
    window.startEngine = () => { throw new Error('no more workers'); };";

#[test]
fn theta_outlives_engines_that_cannot_be_started() {
    Visit { before: KEEP_WORKERS, ..Visit::default() }.run(async |page| {
        page.ready().await;
        let config = page.config().await;
        page.lab("step", &[json!(50)]).await;
        page.until_status("!status.running && status.iteration === 50").await;
        let expected = trained(&config, 50);
        page.script("window.start = window.startEngine;", &[]).await;
        page.script(NO_MORE_WORKERS, &[]).await;
        page.script("workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));", &[]).await;
        page.alerts("out of memory").await;
        let refused = page.promise("reptileLab.ready.then(() => 'kept', (error) => error.message)").await;
        assert_eq!(refused, "kept", "it was ready before");
        for _ in 0..2 {
            page.press(EN.crash_restart()).await;
            page.alerts("no more workers").await;
            let refused = page.promise("reptileLab.ready.then(() => 'kept', (error) => error.message)").await;
            assert_eq!(refused, "reptileLab.ready: no more workers");
        }
        page.script("window.startEngine = window.start;", &[]).await;
        page.press(EN.crash_restart()).await;
        page.until_status("status.backend && status.iteration === 50").await;
        page.ready().await;
        assert_eq!(page.theta().await, expected);
    });
}

#[test]
fn a_wrong_number_of_workers_is_told_over_a_page_that_works() {
    for query in ["?workers=99", "?workers=none", "?workers=0"] {
        Visit { query, ..Visit::default() }.run(async |page| {
            page.ready().await;
            page.alerts("allowed: 1 to 8").await;
            page.lab("step", &[json!(10)]).await;
            assert_eq!(page.theta().await, trained(&page.config().await, 10));
        });
    }
}

/// An engine of which nothing is ever heard, and a clock that goes fifty times as fast.
const SILENT_ENGINE: &str = "
    window.Worker = class extends EventTarget { postMessage() {} terminate() {} };
    const setInterval = window.setInterval;
    window.setInterval = (act, time) => setInterval(act, time / 50);";

#[test]
fn an_engine_that_never_speaks_is_missed_and_what_was_asked_of_it_is_refused() {
    Visit { before: SILENT_ENGINE, ..Visit::default() }.run(async |page| {
        let ask = "reptileLab.theta().catch((error) => window.refused = error.message);";
        page.until("window.reptileLab").await;
        page.script(ask, &[]).await;
        page.alerts(EN.crash_heading()).await;
        page.until("window.refused").await;
        page.alerts("no answer for 60 s").await;
        assert_eq!(page.refused("theta", Value::Null).await, format!("reptileLab.theta: {}", EN.error_not_open()));
        page.find("button", EN.crash_restart()).await;
    });
}

/// Browsers say no word when they refuse a worker: the event has no message.
const REFUSED_ENGINE: &str = "
    window.Worker = class extends EventTarget {
        constructor() { super(); setTimeout(() => this.dispatchEvent(new Event('error')), 50); }
        set onerror(act) { this.addEventListener('error', act); }
        postMessage() {}
        terminate() {}
    };";

#[test]
fn a_refused_engine_is_told_at_once_with_what_must_be_allowed() {
    Visit { before: REFUSED_ENGINE, ..Visit::default() }.run(async |page| {
        page.alerts(EN.crash_heading()).await;
        page.alerts("worker-src 'self'").await;
    });
}

/// An engine whose browser refuses it every further worker, by an event without a message, as where the server is gone.
const NO_HELPERS: &str = "
    if (self.name !== 'helper') self.Worker = class {
        constructor() { setTimeout(() => this.onerror?.(new Event('error', { cancelable: true })), 50); }
        postMessage() {}
        terminate() {}
    };";

#[test]
fn an_engine_without_helpers_goes_on_and_says_why_nothing_is_compared() {
    Visit { query: "?workers=4", ..Visit::with_worker(NO_HELPERS) }.run(async |page| {
        page.ready().await;
        let mut config = page.config().await;
        config.outer.meta_batch = 16;
        page.set_config(&config).await;
        page.lab("step", &[json!(20)]).await;
        let refused = page.refused("compare", json!({ "runs": [config], "iterations": 20 })).await;
        assert!(refused.contains("its worker could not be started"), "{refused}");
        page.lab("step", &[json!(10)]).await;
        assert_eq!(page.theta().await, trained(&config, 30));
        assert!(!page.shows(EN.crash_heading()).await);
    });
}

//! The page stays quick while the engine trains at full speed.

use reptile_lab::domain::config::preset::Preset;
use serde_json::json;

use crate::page::Page;
use crate::{EN, Visit};

/// The browser's own measure of a page that stutters, in milliseconds.
const LONG: f64 = 50.0;

/// Trains at full speed with every chart on the screen, for longer than any test.
async fn at_full_speed(page: &Page) {
    page.ready().await;
    page.resize(1920, 2400).await;
    page.chart_that(EN.training_heading(), |words| words.contains("s = 32")).await;
    let mut config = Preset::Fine.config();
    config.outer.iterations = 1_000_000;
    page.set_config(&config).await;
}

/// Watches tasks over 50 ms, as the browser tells them, and frames. A task has its begin (ms since 1970) and duration.
const WATCH: &str = "
    window.longTasks = [];
    const note = (entry) => longTasks.push([performance.timeOrigin + entry.startTime, entry.duration]);
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type: 'longtask' });
    window.drawn = 0;
    const count = () => { window.drawn += 1; requestAnimationFrame(count); };
    requestAnimationFrame(count);";

/// Is itself a task over 50 ms.
const STALL: &str = "setTimeout(() => { const begun = performance.now(); while (performance.now() - begun < 80); });";

/// Milliseconds that are watched.
const LENGTH: f64 = 8000.0;

/// Other programs on the machine can hold up a thread in the middle of a task, and the browser counts that in. What a
/// task had to wait for a processor is not the page's, and the kernel knows it: it is taken off. On a machine that has
/// nothing else to do there is nothing to take off.
#[test]
fn nothing_keeps_the_page_busy_for_long_while_it_trains() {
    Visit { alone: true, ..Visit::default() }.run(async |page| {
        at_full_speed(page).await;
        page.script(WATCH, &[]).await;
        page.script(STALL, &[]).await;
        page.until("longTasks.length > 0").await;
        page.train().await;
        let early = page.until_status("status.running && status.iteration > 100").await;
        let watch = page.watch();
        let begun = page.script("longTasks.length = 0; window.drawn = 0; return performance.now();", &[]).await;
        page.until(&format!("performance.now() - {begun} > {LENGTH}")).await;
        let (tasks, frames) = (page.script("return longTasks;", &[]).await, page.script("return drawn;", &[]).await);
        let waits = watch.end();
        let late = page.status().await;
        assert!(late.running && late.iteration > early.iteration + 1000, "{late:?}");

        let tasks: Vec<(f64, f64)> = serde_json::from_value(tasks).expect("begins and durations");
        println!(
            "page thread while training at {:.0} meta-iterations/s: {} tasks over {LONG} ms, the longest {:.0} ms; \
             waits for a processor {:.0} ms of {LENGTH} ms; {:.0} frames a second",
            late.meta_iterations_per_second,
            tasks.len(),
            tasks.iter().map(|task| task.1).fold(0.0, f64::max),
            waits.total(),
            frames.as_f64().unwrap_or_default() * 1000.0 / LENGTH,
        );
        for (begin, duration) in tasks {
            let waited = waits.between(begin, begin + duration);
            println!("a task of {duration:.0} ms, of which it waited {waited:.0} ms");
            assert!(duration - waited < LONG, "a task of {duration} ms");
        }
    });
}

#[test]
fn commands_are_answered_at_once_while_it_trains() {
    Visit { alone: true, ..Visit::default() }.run(async |page| {
        at_full_speed(page).await;
        page.train().await;
        page.until_status("status.running && status.iteration > 100").await;
        let calls = "(async () => {
            const times = [];
            for (let call = 0; call < 30; call += 1) {
                const begun = performance.now();
                await reptileLab.theta();
                times.push(performance.now() - begun);
                await new Promise((next) => setTimeout(next, 30));
            }
            return times;
        })()";
        let times = page.promise(calls).await;
        let mut times: Vec<f64> = serde_json::from_value(times).expect("durations");
        times.sort_by(f64::total_cmp);
        let (median, most) = (times[15], times[29]);
        println!("commands while training: median {median:.1} ms, the slowest of 30 {most:.1} ms");
        assert!(page.status().await.running);
        // The slowest says as much of what else the machine does, and is printed only.
        assert!(median < LONG, "{times:.1?}");
    });
}

/// Memory after the last run may be so many times that after the one in which it has settled.
const FLAT: f64 = 1.1;

/// A network so small that a million meta-iterations take seconds; what is kept of a run does not depend on its size.
#[test]
fn runs_of_a_million_are_remembered_in_no_more_memory_each_time() {
    const ALL: u64 = 1_000_000;
    const RUNS: usize = 32;
    // The browser's heaps take more room with the first runs.
    const SETTLED: usize = 16;
    // Left to itself the browser collects a worker's garbage when there are some 64 MB of it.
    const COLLECTS: &str = "new BroadcastChannel('collect').onmessage = () => gc();";
    let flags = &["--js-flags=--expose-gc"];
    Visit { flags, ..Visit::with_worker(COLLECTS) }.run(async |page| {
        page.ready().await;
        let mut config = Preset::Paper.config();
        config.model.hidden = vec![4];
        config.inner.steps = 1;
        config.inner.batch = 5;
        config.outer.iterations = ALL;
        page.set_config(&config).await;
        let mut figures = vec![];
        for run in 1..=RUNS {
            page.lab("reset", &[]).await;
            page.lab("start", &[]).await;
            page.until_status_within(120.0, &format!("!status.running && status.iteration === {ALL}")).await;
            page.script("new BroadcastChannel('collect').postMessage(null);", &[]).await;
            page.status().await;
            page.devtools("HeapProfiler.collectGarbage", json!({})).await;
            figures.push(page.memory());
            println!("after run {run} of {ALL} meta-iterations: {:.1} MiB", figures[run - 1]);
        }
        let growth = figures[RUNS - 1] / figures[SETTLED - 1];
        assert!(growth <= FLAT, "memory grew {growth:.2} times: {figures:?}");
    });
}

/// Counts what is drawn on each canvas, by its section.
const COUNT: &str = "
    window.strokes = {};
    const { stroke } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.stroke = function (...given) {
        const section = this.canvas.closest('section').getAttribute('aria-labelledby');
        strokes[section] = (strokes[section] ?? 0) + 1;
        return stroke.apply(this, given);
    };";

#[test]
fn a_chart_out_of_sight_is_drawn_when_it_comes_into_sight() {
    Visit { before: COUNT, ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.resize(1280, 500).await;
        page.script("scrollTo(0, 0);", &[]).await;
        page.frame().await;
        page.frame().await;
        page.script("strokes = {};", &[]).await;
        page.lab("step", &[json!(300)]).await;
        page.chart_that(EN.training_heading(), |words| words.contains("300")).await;
        let strokes = page.script("return strokes;", &[]).await;
        assert!(strokes["fit-heading"].as_u64() > Some(0), "{strokes}");
        assert_eq!(strokes["training-heading"], json!(null), "{strokes}");
        page.chart(EN.training_heading()).await.reveal().await;
        page.until("strokes['training-heading'] > 0").await;
    });
}

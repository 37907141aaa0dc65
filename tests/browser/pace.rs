//! The page stays quick while the engine trains at full speed.

use reptile_lab::domain::config::Preset;

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

#[test]
fn nothing_keeps_the_page_busy_for_long_while_it_trains() {
    Visit { alone: true, ..Visit::default() }.run(async |page| {
        at_full_speed(page).await;
        let observe = "
            window.longTasks = [];
            new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((entry) => entry.duration)))
                .observe({ type: 'longtask' });
            window.frames_ = 0;
            const count = () => { window.frames_ += 1; requestAnimationFrame(count); };
            requestAnimationFrame(count);";
        page.script(observe, &[]).await;
        page.press(EN.run_train()).await;
        let early = page.until_status("status.running && status.iteration > 100").await;
        let begun = page.script("window.frames_ = 0; return performance.now();", &[]).await;
        page.until(&format!("performance.now() - {begun} > 8000")).await;
        let frames = page.script("return window.frames_ / 8;", &[]).await;
        let late = page.status().await;
        assert!(late.running && late.iteration > early.iteration + 1000, "{late:?}");
        let tasks = page.script("return longTasks;", &[]).await;
        let tasks: Vec<f64> = serde_json::from_value(tasks).expect("durations");
        let longest = tasks.iter().copied().fold(0.0, f64::max);
        println!(
            "page thread while training at {:.0} meta-iterations/s: {} tasks over {LONG} ms, the longest {longest} ms; \
             {frames:.0} frames a second",
            late.meta_iterations_per_second,
            tasks.len()
        );
        assert!(tasks.is_empty(), "tasks over {LONG} ms: {tasks:?}");
    });
}

#[test]
fn commands_are_answered_at_once_while_it_trains() {
    Visit { alone: true, ..Visit::default() }.run(async |page| {
        at_full_speed(page).await;
        page.press(EN.run_train()).await;
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
        assert!(most < LONG, "{times:.1?}");
    });
}

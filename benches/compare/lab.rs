//! Our page, through its scripting API.

use std::rc::Rc;

use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use serde_json::{Value, json};

use crate::contender::{Contender, Pace, Pending, next_count};
use crate::processor::Watch;
use crate::report::PageRun;
use crate::tab::Tab;
use crate::trained::trained;
use crate::work;

/// True when the engine can train; the page then knows since when.
pub const READY: &str = "window.reptileLab && reptileLab.ready.then(() => window.readyAt ??= performance.now())";

/// Opens every view of θ that is not open, once they are there.
const OPEN: &str = "await (async () => {
    while (!document.querySelector('section.wheel')) await new Promise(requestAnimationFrame);
    for (const name of ['two-tasks', 'inside', 'loss-surface', 'alignment', 'theta-map', 'wheel']) {
        document.querySelector(`section.${name} details:not([open]) summary`)?.click();
    }
    document.querySelector('.picker [aria-pressed=false]')?.click();
    return document.querySelectorAll('section.folded details[open]').length;
})()";

/// The open page, with a backend and a Config.
pub struct Lab {
    tab: Rc<Tab>,
    backend: &'static str,
    config: Config,
    /// Meta-iterations of the next measurement.
    count: u64,
    sight: Sight,
}

/// Whether the page is on the screen while it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It is, with charts that are drawn.
    In,
    /// It is, and every view of θ is open.
    Views,
    /// Its window is minimized, and nothing is drawn.
    Out,
}

impl Sight {
    /// What the table calls it.
    pub fn words(self) -> &'static str {
        match self {
            Self::In => "charts live",
            Self::Views => "every view open",
            Self::Out => "window minimized",
        }
    }
}

impl Lab {
    /// The page as a contender, found to do the right work: to the bit on the CPU.
    ///
    /// # Errors
    /// The backend cannot be had, or θ is another.
    pub async fn open(tab: Rc<Tab>, backend: &'static str, config: Config) -> Result<Self, String> {
        let lab = Self { tab, backend, config, count: 1, sight: Sight::In };
        lab.prepare().await?;
        let step = "await reptileLab.step(args[0]), Array.from(await reptileLab.theta())";
        let theta = lab.tab.value(step, vec![json!(work::COMPARED)]).await?;
        let expected = trained(&lab.config, work::COMPARED);
        work::verify(&theta, &expected)?;
        if backend == "cpu" && serde_json::from_value::<Vec<f32>>(theta).ok().as_ref() != Some(&expected) {
            return Err(String::from("its θ is not the native one to the bit"));
        }
        Ok(lab)
    }

    /// The same page in or out of sight.
    pub fn seen(self, sight: Sight) -> Self {
        Self { sight, ..self }
    }

    /// Sets backend and Config, and begins anew.
    async fn prepare(&self) -> Result<(), String> {
        const PREPARE: &str = "await reptileLab.setBackend(args[0]), await reptileLab.setConfig(args[1]),
            await reptileLab.reset(), (await reptileLab.status()).backend";
        let backend = self.tab.value(PREPARE, vec![self.backend.into(), json!(self.config)]).await?;
        if backend == self.backend { Ok(()) } else { Err(format!("the backend is {backend}")) }
    }

    /// Seconds that so many meta-iterations take.
    async fn step(&self, count: u64) -> Result<f64, String> {
        const TIME: &str = "await (async () => {
            const begun = performance.now();
            await reptileLab.step(args[0]);
            return (performance.now() - begun) / 1000;
        })()";
        let took = self.tab.value(TIME, vec![count.into()]).await?;
        took.as_f64().ok_or_else(|| format!("not a number: {took}"))
    }
}

impl Contender for Lab {
    fn rate(&mut self, seconds: f64) -> Pending<'_, f64> {
        Box::pin(async move {
            self.prepare().await?;
            self.tab.show(self.sight != Sight::Out).await?;
            if self.sight == Sight::Views {
                self.tab.value(OPEN, vec![]).await?;
            }
            // The engine finds its pace again, and the charts their first figures.
            let mut left = self.config.outer.iterations;
            let warm = self.count.min(left).div_ceil(4);
            self.step(warm).await?;
            left -= warm;
            loop {
                let count = self.count.min(left);
                let took = self.step(count).await?;
                left -= count;
                self.count = next_count(count, took, seconds);
                if took >= 0.75 * seconds || left == 0 {
                    // Evaluations that training has put off are made before the next contender begins.
                    self.tab.value("await reptileLab.evaluate()", vec![]).await?;
                    return Ok(count as f64 / took);
                }
            }
        })
    }
}

/// Runs the paper's preset by `start()` with every chart in sight, again and again, in a page that has just been opened.
///
/// # Errors
/// The page fails, or θ at the end is another.
pub async fn paper_run(tab: &Tab, pace: Pace) -> Result<PageRun, String> {
    const RUN: &str = "await (async () => {
        await reptileLab.setBackend('cpu');
        await reptileLab.setConfig(args[0]);
        await reptileLab.reset();
        const long = [];
        const note = (entry) => long.push([performance.timeOrigin + entry.startTime, entry.duration]);
        const observer = new PerformanceObserver((list) => list.getEntries().forEach(note));
        observer.observe({ type: 'longtask' });
        let frames = 0;
        const begun = performance.now();
        await reptileLab.start();
        for (;;) {
            await new Promise(requestAnimationFrame);
            frames += 1;
            const status = await reptileLab.status();
            if (!status.running) break;
        }
        const seconds = (performance.now() - begun) / 1000;
        // What was observed last is told a little later.
        await new Promise((next) => setTimeout(next, 200));
        observer.disconnect();
        const { iteration } = await reptileLab.status();
        return { seconds, frames, long, iteration, theta: Array.from(await reptileLab.theta()) };
    })()";
    /// What browsers call a long task, in milliseconds.
    const LONG: f64 = 50.0;
    let config = Preset::Paper.config();
    let expected = trained(&config, config.outer.iterations);
    let all_charts = json!({ "width": 1920, "height": 2400, "deviceScaleFactor": 1, "mobile": false });
    tab.devtools("Emulation.setDeviceMetricsOverride", all_charts).await?;
    let visit = "[performance.getEntriesByName('first-contentful-paint')[0].startTime, window.readyAt]";
    let visit = tab.value(visit, vec![]).await?;
    let (first_paint, ready) = serde_json::from_value(visit).map_err(|error| error.to_string())?;
    let mut run = PageRun {
        meta_iterations: config.outer.iterations,
        seconds: Vec::new(),
        long_tasks: Vec::new(),
        long_tasks_without_waits: Vec::new(),
        frames_per_second: Vec::new(),
        first_paint,
        ready,
    };
    for _ in 0..pace.repetitions.min(3) {
        let watch = Watch::begin(tab.driver());
        let outcome = tab.value(RUN, vec![json!(config)]).await;
        let waits = watch.end();
        let outcome = outcome?;
        let theta: Vec<f32> = serde_json::from_value(outcome["theta"].clone()).map_err(|error| error.to_string())?;
        if outcome["iteration"] != config.outer.iterations || theta != expected {
            return Err(format!("it ends at {} with a θ that is not the native one", outcome["iteration"]));
        }
        let figure = |value: &Value| value.as_f64().ok_or_else(|| format!("not a number: {value}"));
        let seconds = figure(&outcome["seconds"])?;
        let long: Vec<(f64, f64)> =
            serde_json::from_value(outcome["long"].clone()).map_err(|error| error.to_string())?;
        let its_own = long.iter().filter(|(begin, took)| took - waits.between(*begin, begin + took) >= LONG);
        run.long_tasks_without_waits.push(its_own.count());
        run.long_tasks.push(long.len());
        run.frames_per_second.push(figure(&outcome["frames"])? / seconds);
        run.seconds.push(seconds);
    }
    Ok(run)
}

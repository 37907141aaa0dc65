//! A monkey: for minutes on end it does what no one would do, and looks for what must never happen.
//!
//! It clicks, types, drags, swipes, imports hostile files, calls the scripting API with nonsense, ends workers and loses
//! GPUs. Nothing of that may write an error to the console, show a panic, stop the page from answering, leave a promise of
//! the API open or let the memory grow. `cargo xtask fuzz --minutes N --seed S` runs it for longer; a seed draws the same
//! actions, but the page answers in its own time, so that a fault is not always found again.

mod nonsense;
mod report;

use std::collections::VecDeque;
use std::env;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions, WheelAction, WheelActions};
use reptile_lab::domain::rng::Rng;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Visit;
use crate::chrome::Gpu;
use crate::page::{Page, key};
use report::{Minute, PROCESSES, Report, Rest, WASM};

/// How long it goes on (minutes), and its seed, unless [`MINUTES`] and [`SEED`] say otherwise.
const USUAL: (f64, u64) = (2.0, 1);
const MINUTES: &str = "REPTILE_LAB_FUZZ_MINUTES";
const SEED: &str = "REPTILE_LAB_FUZZ_SEED";

/// Engines and GPUs are left alone for so long between two faults (s): the page needs ten to miss a silent engine.
const TRUCE: f64 = 15.0;

/// An action, or an answer, that takes longer (s) is a page that hangs.
const HANGS: f64 = 60.0;

/// What the page holds at the end may be so many times that after the first minute; the memory of its program, which never
/// shrinks and so is the most that it has ever needed; and that of its processes, of which the browser decides what it gives
/// back: see [`Report::growth`].
const GROWTH: f64 = 1.2;
const GROWTH_OF_WASM: f64 = 1.6;
const GROWTH_OF_PROCESSES: f64 = 1.25;

/// After so many actions, which take two seconds or so, the browser collects the page's garbage. Left to itself it lets tens
/// of megabytes of it gather, and what lives on lies strewn among them and keeps their pages.
const COLLECTS: usize = 20;

/// An action that has the page's program take so many times the memory is told of.
const MUCH: f64 = 1.1;

/// What runs before the page: it keeps the workers, and writes down errors, long tasks and open promises.
const BEFORE: &str = include_str!("monkey/page.js");

/// What runs first in every worker: it ends the worker, or its GPU, when it is told to.
const WORKER: &str = include_str!("monkey/worker.js");

/// Widths and heights of windows (CSS pixels).
const WINDOWS: [(u32, u32); 6] = [(390, 844), (320, 256), (667, 375), (1024, 768), (1280, 900), (1920, 1080)];

/// What it can do.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Click,
    Choose,
    Write,
    Keys,
    Drag,
    Swipe,
    Scroll,
    Import,
    Call,
    Resize,
    Fault,
    Restart,
}

/// What it does, each as often as it stands here.
const KINDS: [Kind; 29] = [
    Kind::Click,
    Kind::Click,
    Kind::Click,
    Kind::Click,
    Kind::Click,
    Kind::Click,
    Kind::Click,
    Kind::Click,
    Kind::Choose,
    Kind::Choose,
    Kind::Write,
    Kind::Write,
    Kind::Write,
    Kind::Write,
    Kind::Write,
    Kind::Keys,
    Kind::Keys,
    Kind::Drag,
    Kind::Drag,
    Kind::Drag,
    Kind::Swipe,
    Kind::Scroll,
    Kind::Import,
    Kind::Call,
    Kind::Call,
    Kind::Call,
    Kind::Call,
    Kind::Resize,
    Kind::Restart,
];

/// An element of the page that can be acted on, in the middle of the window.
#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    /// The window's width and height.
    window: (f64, f64),
}

impl Target {
    /// The place at these parts of its width and height, within the window.
    fn place(&self, across: f64, down: f64) -> (f64, f64) {
        let (width, height) = self.window;
        let x = (self.left + across * self.width).clamp(0.0, width - 1.0);
        let y = (self.top + down * self.height).clamp(0.0, height - 1.0);
        (x.floor(), y.floor())
    }
}

struct Monkey<'page> {
    page: &'page Page,
    rng: Rng,
    /// The last things that it did, the newest last.
    done: VecDeque<String>,
    /// When an engine, a helper or a GPU was ended last.
    fault: Instant,
    actions: usize,
    faults: usize,
    /// The number of the last answer of which the browser has let go.
    answers: u64,
}

impl Monkey<'_> {
    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.rng.below(all.len())]
    }

    fn part(&mut self) -> f64 {
        f64::from(self.rng.unit())
    }

    fn note(&mut self, what: String) {
        if self.done.len() == 30 {
            self.done.pop_front();
        }
        self.done.push_back(what);
    }

    /// The last three things that it did.
    fn last(&self) -> Vec<&String> {
        self.done.iter().rev().take(3).collect()
    }

    /// One thing, whatever comes to its mind.
    async fn act(&mut self) {
        let mut kind = self.pick(&KINDS);
        if self.fault.elapsed().as_secs_f64() > TRUCE && self.rng.below(40) == 0 {
            kind = Kind::Fault;
        }
        self.actions += 1;
        match kind {
            Kind::Click => self.click().await,
            Kind::Choose => self.choose().await,
            Kind::Write => self.write().await,
            Kind::Keys => self.keys().await,
            Kind::Drag => self.drag(false).await,
            Kind::Swipe => self.drag(true).await,
            Kind::Scroll => self.scroll().await,
            Kind::Import => self.import().await,
            Kind::Call => self.call().await,
            Kind::Resize => {
                let (width, height) = self.pick(&WINDOWS);
                self.note(format!("a window of {width} × {height}"));
                self.page.resize(width, height).await;
            }
            Kind::Fault => self.break_something().await,
            Kind::Restart => self.restart().await,
        }
    }

    /// An element that fits a selector, if there is any that can be seen.
    async fn target(&mut self, selector: &str) -> Option<Target> {
        let number = self.rng.below(1_000_000);
        let found = self.page.script("return monkey.target(...arguments);", &[number.into(), selector.into()]).await;
        serde_json::from_value(found).expect("a target, or none")
    }

    async fn click(&mut self) {
        let Some(target) = self.target("button, summary, input, canvas, [role=slider], a, label").await else { return };
        self.note(format!("click {}", target.name));
        self.page.drag(target.place(0.5, 0.5), (0.0, 0.0)).await;
    }

    async fn choose(&mut self) {
        let Some(target) = self.target("select, input[type=range], input[type=checkbox]").await else { return };
        let number = self.rng.below(1_000_000);
        self.note(format!("choose number {number} of {}", target.name));
        self.page.script("monkey.choose(...arguments);", &[number.into()]).await;
    }

    async fn write(&mut self) {
        let Some(target) = self.target("input:not([type=range], [type=checkbox], [type=file]), textarea").await else {
            return;
        };
        let text = self.pick(&nonsense::TEXTS);
        let end = self.pick(&[key::ENTER, key::TAB, key::ESCAPE, key::UP, ""]);
        self.note(format!("write {text:?} into {}", target.name));
        self.page.drag(target.place(0.5, 0.5), (0.0, 0.0)).await;
        self.press(&format!("{}a{}{text}{end}", key::CONTROL, key::RELEASE)).await;
    }

    async fn keys(&mut self) {
        let undo = format!("{}z{}", key::CONTROL, key::RELEASE);
        let redo = format!("{}{}z{}", key::CONTROL, key::SHIFT, key::RELEASE);
        let step = format!("{} {}", key::SHIFT, key::RELEASE);
        let all =
            [" ", &undo, &redo, &step, key::TAB, key::LEFT, key::UP, key::DELETE, key::ESCAPE, key::HOME, key::END];
        let keys = self.pick(&all).to_owned();
        let times = 1 + self.rng.below(4);
        self.note(format!("keys {keys:?}, {times} times"));
        self.press(&keys.repeat(times)).await;
    }

    /// Keys, one after the other, to whatever has the focus.
    async fn press(&self, keys: &str) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        let mut held = vec![];
        for value in keys.chars() {
            if key::RELEASE.contains(value) {
                for value in held.drain(..) {
                    actions = actions.then(KeyAction::Up { value });
                }
                continue;
            }
            actions = actions.then(KeyAction::Down { value });
            if [key::CONTROL, key::SHIFT].iter().any(|held| held.contains(value)) {
                held.push(value);
            } else {
                actions = actions.then(KeyAction::Up { value });
            }
        }
        self.page.perform(actions).await;
    }

    async fn drag(&mut self, finger: bool) {
        let Some(target) = self.target("canvas, [role=slider], input[type=range], .plane").await else { return };
        let [a, b, c, d] = std::array::from_fn(|_| self.part());
        let (from, to) = (target.place(a, b), target.place(2.0 * c - 0.5, 2.0 * d - 0.5));
        let by = (to.0 - from.0, to.1 - from.1);
        self.note(format!("{} {} from {from:?} by {by:?}", if finger { "swipe" } else { "drag" }, target.name));
        if finger { self.page.swipe(from, by).await } else { self.page.drag(from, by).await }
    }

    async fn scroll(&mut self) {
        let delta = self.pick(&[-1_000, -100, 100, 1_000]);
        self.note(format!("scroll by {delta}"));
        let scroll = WheelAction::Scroll { duration: None, x: 100, y: 100, delta_x: 0, delta_y: delta };
        self.page.perform(WheelActions::new("wheel".to_owned()).then(scroll)).await;
    }

    async fn import(&mut self) {
        let number = self.rng.below(nonsense::FILES);
        self.import_file(number).await;
    }

    async fn import_file(&mut self, number: usize) {
        self.note(format!("import file {number}"));
        let (name, bytes) = nonsense::file(number);
        self.page.script("monkey.import(...arguments);", &[name.into(), json!(bytes)]).await;
    }

    async fn call(&mut self) {
        let number = self.rng.below(nonsense::CALLS.len());
        self.make_call(number).await;
    }

    async fn make_call(&mut self, number: usize) {
        let (name, arguments) = nonsense::CALLS[number];
        self.note(format!("call {name}({arguments})"));
        self.page.script(&format!("monkey.call({name:?}, () => [{arguments}]);"), &[]).await;
    }

    /// Ends an engine, its helpers or its GPU.
    async fn break_something(&mut self) {
        let how = self.pick(&nonsense::FAULTS);
        self.note(format!("fault: {how}"));
        self.page.promise(&format!("(async () => {how})()")).await;
        self.fault = Instant::now();
        self.faults += 1;
    }

    /// Starts an engine in place of one that is gone.
    async fn restart(&mut self) {
        if let Some(target) = self.target(".notice.crash button").await {
            self.note("restart".to_owned());
            self.page.drag(target.place(0.5, 0.5), (0.0, 0.0)).await;
        }
    }

    /// Uses everything that it may use later, and comes to rest: what is kept from then on is kept in the first minute
    /// already.
    async fn warm_up(&mut self) {
        self.page.promise("monkey.unfold()").await;
        for (width, height) in WINDOWS {
            self.page.resize(width, height).await;
            self.page.promise("monkey.look()").await;
        }
        self.page.promise("monkey.tour()").await;
        self.page.resize(1280, 900).await;
        let begun = Instant::now();
        while self.page.promise("monkey.handle()").await != json!(true) {
            assert!(begun.elapsed().as_secs_f64() < 5.0 * HANGS, "there is ever more to be used");
        }
        for number in 0..nonsense::FILES {
            self.import_file(number).await;
        }
        for number in 0..nonsense::CALLS.len() {
            self.make_call(number).await;
        }
        self.rest().await;
        self.page.script("monkey.minute();", &[]).await;
    }

    /// Has the browser let go of the answers that it holds for the driver, who never says that they are no longer needed. A
    /// name of an answer ends in its number.
    async fn forget_answers(&mut self) {
        let last = self.page.devtools("Runtime.evaluate", json!({ "expression": "[]" })).await;
        let name = last["result"]["objectId"].as_str().and_then(|name| name.rsplit_once('.'));
        let (context, number) = name.expect("the name of an answer");
        let number: u64 = number.parse().expect("a number");
        for answer in std::mem::replace(&mut self.answers, number)..number {
            let name = format!("{context}.{}", answer + 1);
            self.page.devtools("Runtime.releaseObject", json!({ "objectId": name })).await;
        }
    }

    /// Waits until all calls are settled but those of these names, for so many seconds at most.
    async fn settled(&self, but: &str, seconds: f64) {
        self.page.until_within(2.0 * seconds, &format!("monkey.settled({but}, {seconds})")).await;
    }

    /// Ends the engine, with whatever is asked of it still, and starts another.
    async fn renew(&mut self) {
        self.page.promise("monkey.onceAlone(() => { monkey.end(); monkey.rest(); })").await;
        self.settled("[]", 5.0).await;
        self.page.until("document.querySelector('.notice.crash button')").await;
        self.restart().await;
        self.page.until_within(HANGS, "!document.querySelector('.notice.crash')").await;
        self.page.until("reptileLab.status().then((status) => status.backend)").await;
    }

    /// Brings the page to rest and looks at it: every promise is settled, nothing is in the console, and the memory is
    /// what a page has that has just begun.
    async fn rest(&mut self) -> Rest {
        self.note("rest".to_owned());
        self.page.resize(1280, 900).await;
        self.page.script("document.querySelector('dialog[open]')?.close();", &[]).await;
        // What goes on: a comparison may wait for long, and an evaluation take long, as a map of 600 tasks does where the
        // settings have thousands of steps for each; all else ends when training pauses.
        self.page.until(nonsense::PAUSED).await;
        self.page.script("monkey.rest();", &[]).await;
        self.settled("['compare', 'evaluate', 'taskMap']", 100.0).await;
        // Whatever was asked of an engine that is gone is refused.
        self.renew().await;
        // A GPU's engine takes other memory than the processor's, and open panels and large charts more than closed ones.
        self.page.lab("setBackend", &[json!("cpu")]).await;
        let here = self.page.lab("link", &[]).await;
        self.page.script("monkey.forgetTyped();", &[]).await;
        self.page.lab("open", &[json!("#1")]).await;
        // The run that was taken over may be such a one, and finished; and its engine has taken the memory that its settings
        // need, which never shrinks.
        self.page.lab("reset", &[]).await;
        self.renew().await;
        self.page.lab("step", &[json!(10)]).await;
        self.page.lab("evaluate", &[]).await;
        self.page
            .script("document.querySelectorAll('details[open]').forEach((details) => details.open = false);", &[])
            .await;
        self.page.frame().await;
        // What it has thrown itself, in a helper, the browser reports as it must.
        self.page.console_forgets("the monkey's").await;
        self.page.console_is_quiet().await;
        // It measures the new θ of its own accord, too, and leaves garbage while it does. A worker that is kept awake posts
        // thousands of tasks a second, and Chromium collects them when it likes.
        self.page.until("monkey.isSilent()").await;
        self.forget_answers().await;
        self.page.script("monkey.tell('collect');", &[]).await;
        self.page.lab("status", &[]).await;
        // What the browser keeps only to be quicker, such as compiled scripts, it gives back under pressure; and what the
        // garbage lay in, when that is collected.
        self.page.devtools("HeapProfiler.collectGarbage", json!({})).await;
        self.page.devtools("Memory.simulatePressureNotification", json!({ "level": "critical" })).await;
        self.page.devtools("HeapProfiler.collectGarbage", json!({})).await;
        let dom = self.page.devtools("Memory.getDOMCounters", json!({})).await;
        let heap = self.page.devtools("Runtime.getHeapUsage", json!({})).await;
        let functions = self.page.script("return monkey.functions();", &[]).await.as_f64().unwrap_or(f64::NAN);
        let rest = Rest { memory: self.page.memory(), dom, functions, heap };
        // Goes on where it was, but without the moment that the link names: the run is begun anew.
        let here = here.as_str().and_then(|link| link.split_once('#')).map(|(_, fragment)| fragment.to_owned());
        let here =
            here.unwrap_or_default().split('&').filter(|part| !part.starts_with("at=")).collect::<Vec<_>>().join("&");
        // A link that is too long to open is refused.
        let _ = self.page.try_lab("open", &[json!(here)]).await;
        self.page.lab("setBackend", &[json!("auto")]).await;
        rest
    }
}

/// A number from the environment, or the usual one.
fn given<T: std::str::FromStr>(variable: &str, usual: T) -> T {
    let text = env::var(variable).ok();
    text.map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, which is no number")))
}

#[test]
fn whatever_is_done_to_it_the_page_answers_and_forgets_nothing() {
    let (minutes, seed) = (given(MINUTES, USUAL.0), given(SEED, USUAL.1));
    // All of a program is compiled when it starts: if each function was when it is first called, memory would grow with
    // whatever the monkey finds.
    let flags = &["--js-flags=--expose-gc --no-wasm-lazy-compilation"];
    Visit { gpu: Gpu::Software, before: BEFORE, flags, ..Visit::with_worker(WORKER) }.run(async |page| {
        page.leaves_nothing();
        page.devtools("Page.setDownloadBehavior", json!({ "behavior": "deny" })).await;
        page.devtools("Page.setInterceptFileChooserDialog", json!({ "enabled": true })).await;
        page.ready().await;
        let mut monkey = Monkey {
            page,
            rng: Rng::new(seed),
            done: VecDeque::new(),
            fault: Instant::now(),
            actions: 0,
            faults: 0,
            answers: 0,
        };
        let outcome = crate::unwinding(async {
            monkey.warm_up().await;
            let mut report = Report::new(minutes, seed);
            let mut held = f64::INFINITY;
            while report.is_going_on() {
                let begun = Instant::now();
                let (actions, faults) = (monkey.actions, monkey.faults);
                while begun.elapsed() < Duration::from_mins(1) && report.is_going_on() {
                    let act = tokio::time::timeout(Duration::from_secs_f64(HANGS), monkey.act()).await;
                    assert!(act.is_ok(), "the page does not answer within {HANGS} s");
                    if monkey.actions.is_multiple_of(COLLECTS) {
                        page.devtools("HeapProfiler.collectGarbage", json!({})).await;
                    }
                    let seen = page.script("return monkey.seen();", &[]).await;
                    assert_eq!(seen, Value::Null, "the page shows or reports a fault");
                    let wasm = page.script("return monkey.wasm();", &[]).await.as_f64().unwrap_or(f64::NAN);
                    if wasm > MUCH * held {
                        println!("wasm memory {held:.1} -> {wasm:.1} MiB, after {:?}", monkey.last());
                    }
                    held = wasm;
                }
                let busy = page.memory();
                let at_rest = monkey.rest().await;
                let page_says = page.script("return monkey.minute();", &[]).await;
                let (actions, faults) = (monkey.actions - actions, monkey.faults - faults);
                report.add(Minute::new((actions, faults), busy, &at_rest, &page_says));
            }
            report
        })
        .await;
        let report = match outcome {
            Ok(report) => report,
            Err(panic) => {
                println!("seed {seed}, after {} actions; the last ones:", monkey.actions);
                monkey.done.iter().for_each(|action| println!("  {action}"));
                println!("the console: {:#?}", page.console_says().await);
                std::panic::resume_unwind(panic);
            }
        };
        for (what, growth) in report.growth().into_iter().flatten() {
            println!("{what}: {growth:.2} times");
            let most = match what {
                WASM => GROWTH_OF_WASM,
                PROCESSES => GROWTH_OF_PROCESSES,
                _ => GROWTH,
            };
            assert!(growth <= most, "{what} grew {growth:.2} times");
        }
    });
}

//! What the monkey found, minute by minute.

use std::time::{Duration, Instant};

use serde_json::Value;

/// Figures of a minute; memory is in MiB of all the browser's page processes.
#[derive(Clone, Copy, Debug)]
pub struct Minute {
    actions: usize,
    faults: usize,
    /// With whatever the monkey has going on.
    busy: f64,
    /// With a new engine and the page as it is at its beginning.
    at_rest: f64,
    /// What the document holds then: nodes, those that scripts hold alone included, and listeners.
    nodes: f64,
    listeners: f64,
    /// Functions that the page's program holds on to then.
    functions: f64,
    /// Of what the page's own objects take then: JavaScript's, and the browser's behind nodes and styles.
    objects: f64,
    behind_nodes: f64,
    /// Of the page's program, which never shrinks.
    wasm: f64,
    /// Tasks of over 50 ms on the page's thread, and the longest (ms).
    tasks: (u64, f64),
}

impl Minute {
    pub fn new((actions, faults): (usize, usize), busy: f64, rest: &Rest, page_says: &Value) -> Self {
        let number = |name: &str| page_says[name].as_f64().unwrap_or(f64::NAN);
        let counted = |name: &str| rest.dom[name].as_f64().unwrap_or(f64::NAN);
        let used = |name: &str| rest.heap[name].as_f64().unwrap_or(f64::NAN) / MIB;
        Self {
            actions,
            faults,
            busy,
            at_rest: rest.memory,
            nodes: counted("nodes"),
            listeners: counted("jsEventListeners"),
            functions: rest.functions,
            objects: used("usedSize"),
            behind_nodes: used("embedderHeapUsedSize"),
            wasm: number("wasm"),
            tasks: (number("count") as u64, number("longest")),
        }
    }
}

const MIB: f64 = 1_048_576.0;

/// The memory of the page's program.
pub const WASM: &str = "wasm memory";
/// The memory of the browser's page processes.
pub const PROCESSES: &str = "processes";

/// What is measured at rest.
#[derive(Debug)]
pub struct Rest {
    /// MiB of all the browser's page processes.
    pub memory: f64,
    /// The browser's count of nodes and listeners.
    pub dom: Value,
    /// Functions that the page's program holds on to.
    pub functions: f64,
    /// What is used of the heaps of the page's thread (bytes).
    pub heap: Value,
}

/// All minutes so far.
#[derive(Debug)]
pub struct Report {
    until: Instant,
    minutes: Vec<Minute>,
}

impl Report {
    /// Begins one of so many minutes, and prints what it will be of.
    pub fn new(minutes: f64, seed: u64) -> Self {
        println!("the monkey, {minutes} minutes, seed {seed}");
        println!(
            "minute | actions | faults made | MiB busy | MiB at rest | nodes | listeners | functions | JS objects | behind nodes | wasm | tasks > 50 ms | longest"
        );
        Self { until: Instant::now() + Duration::from_secs_f64(minutes * 60.0), minutes: vec![] }
    }

    pub fn is_going_on(&self) -> bool {
        Instant::now() < self.until
    }

    /// Takes a minute in, and prints it.
    pub fn add(&mut self, minute: Minute) {
        self.minutes.push(minute);
        let Minute {
            actions,
            faults,
            busy,
            at_rest,
            nodes,
            listeners,
            functions,
            objects,
            behind_nodes,
            wasm,
            tasks: (count, longest),
        } = minute;
        let number = self.minutes.len();
        println!(
            "{number} | {actions} | {faults} | {busy:.0} | {at_rest:.0} | {nodes} | {listeners} | {functions} | {objects:.1} | {behind_nodes:.1} | {wasm:.1} | {count} \
             | {longest:.0} ms"
        );
    }

    /// How many times what is measured at rest after the first minute that of the last five is, by name; none in less than
    /// fifteen minutes. Before the first one everything has been used once, and compiled; single minutes differ by the garbage
    /// that the browser has not yet collected.
    ///
    /// A process's memory is not what the page holds: Chromium's heap of nodes and styles keeps its pages, however little of
    /// each is in use. Nor is all of what objects take: the browser keeps the shapes of the texts that it has drawn.
    pub fn growth(&self) -> Option<[(&'static str, f64); 5]> {
        let (first, late) = (self.minutes.first()?, self.minutes.get(10..)?.last_chunk::<5>()?);
        let growth = |of: fn(&Minute) -> f64| late.iter().map(of).sum::<f64>() / 5.0 / of(first);
        Some([
            ("nodes", growth(|minute| minute.nodes)),
            ("listeners", growth(|minute| minute.listeners)),
            ("functions", growth(|minute| minute.functions)),
            (WASM, growth(|minute| minute.wasm)),
            (PROCESSES, growth(|minute| minute.at_rest)),
        ])
    }
}

//! What the figures should come to.

use serde::Serialize;

use crate::report::{Outcome, Report, Size, median};

/// A figure that is wanted, and what it came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
    /// What is compared with what, or measured.
    pub what: String,
    /// What it came to, or why it is not known.
    pub value: Outcome<f64>,
    /// What it has to come to; none where the figure is for reading only.
    pub wanted: Option<Bound>,
    /// What would be better still.
    pub goal: Option<Bound>,
    /// The unit: `×`, `s`, `kB`.
    pub unit: &'static str,
}

/// A side on which a figure has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// At least this.
    AtLeast(f64),
    /// Less than this.
    Below(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::Below(bound) => value < bound,
        }
    }
}

/// How a target fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Better than the goal beyond the target, where there is one.
    Goal,
    /// As wanted.
    Met,
    /// Not as wanted.
    NotMet,
    /// Not measured.
    Unknown,
    /// Nothing was wanted.
    NoTarget,
}

impl Target {
    /// How it fared.
    pub fn verdict(&self) -> Verdict {
        let Some(&value) = self.value.measured() else { return Verdict::Unknown };
        match (self.wanted, self.goal) {
            (_, Some(goal)) if goal.holds(value) => Verdict::Goal,
            (Some(wanted), _) if wanted.holds(value) => Verdict::Met,
            (None, None) => Verdict::NoTarget,
            _ => Verdict::NotMet,
        }
    }
}

/// A ratio of speeds at the same meta-batch.
struct Ratio {
    what: &'static str,
    over: &'static str,
    /// The beginning of the keys among which the fastest is compared with.
    under: &'static str,
    wanted: Option<f64>,
    goal: Option<f64>,
}

const RATIOS: [Ratio; 16] = [
    Ratio {
        what: "Chromium, CPU, one worker, n = 1, against TensorFlow.js with automatic gradients",
        over: "chromium.cpu.one.1",
        under: "tfjs.cpu.automatic.",
        wanted: Some(50.0),
        goal: Some(60.0),
    },
    Ratio {
        what: "Chromium, CPU, one worker, n = 1, against TensorFlow.js with gradients written by hand",
        over: "chromium.cpu.one.1",
        under: "tfjs.cpu.written.",
        wanted: None,
        goal: None,
    },
    Ratio {
        what: "Chromium, CPU, one worker, n = 1, with the preset's evaluations, against TensorFlow.js without any",
        over: "chromium.cpu.one-evaluated.1",
        under: "tfjs.cpu.automatic.",
        wanted: None,
        goal: None,
    },
    Ratio {
        what: "Chromium, CPU, one worker, n = 1, against jax-js with automatic gradients",
        over: "chromium.cpu.one.1",
        under: "jaxjs.cpu.automatic.",
        wanted: None,
        goal: None,
    },
    Ratio {
        what: "Chromium, CPU, one worker, n = 1, against JAX, compiled, one core",
        over: "chromium.cpu.one.1",
        under: "python.jax",
        wanted: Some(0.55),
        goal: None,
    },
    Ratio {
        what: "native, one thread, n = 1, against JAX, compiled, one core",
        over: "native.cpu.one.1",
        under: "python.jax",
        wanted: Some(1.0),
        goal: Some(1.5),
    },
    Ratio {
        what: "native, one thread, n = 1, against PyTorch, eager, one core",
        over: "native.cpu.one.1",
        under: "python.torch-eager",
        wanted: None,
        goal: None,
    },
    Ratio {
        what: "native, one thread, n = 1, against PyTorch, compiled, one core",
        over: "native.cpu.one.1",
        under: "python.torch-compiled",
        wanted: None,
        goal: None,
    },
    Ratio {
        what: "Chromium, CPU, n = 16, all workers against one, window minimized",
        over: "chromium.cpu.all.16",
        under: "chromium.cpu.one.16",
        wanted: Some(1.7),
        goal: None,
    },
    Ratio {
        what: "Chromium, CPU, n = 16, all workers against one, charts live",
        over: "chromium.cpu-in-sight.all.16",
        under: "chromium.cpu-in-sight.one.16",
        wanted: Some(1.4),
        goal: None,
    },
    Ratio {
        what: "Chromium, CPU, n = 16, one worker, every view of θ open against none",
        over: "chromium.cpu-every-view.one.16",
        under: "chromium.cpu-in-sight.one.16",
        wanted: Some(0.8),
        goal: None,
    },
    Ratio {
        what: "native, CPU, n = 16, all threads against one",
        over: "native.cpu.all.16",
        under: "native.cpu.one.16",
        wanted: Some(1.7),
        goal: None,
    },
    Ratio {
        what: "Chromium, WebGPU in software, n = 1, against jax-js with automatic gradients",
        over: "chromium.gpu.1",
        under: "jaxjs.webgpu.automatic.",
        wanted: Some(10.0),
        goal: None,
    },
    Ratio {
        what: "Chromium, WebGPU in software, n = 1, against jax-js with gradients written by hand",
        over: "chromium.gpu.1",
        under: "jaxjs.webgpu.written.",
        wanted: None,
        goal: None,
    },
    Ratio {
        what: "Chromium, WebGPU in software, n = 1, against TensorFlow.js with automatic gradients",
        over: "chromium.gpu.1",
        under: "tfjs.webgpu.automatic.",
        wanted: Some(50.0),
        goal: None,
    },
    Ratio {
        what: "Chromium, WebGPU in software, n = 1, against TensorFlow.js with gradients written by hand",
        over: "chromium.gpu.1",
        under: "tfjs.webgpu.written.",
        wanted: None,
        goal: None,
    },
];

/// The targets that a run has something to say about.
pub fn targets(report: &Report) -> Vec<Target> {
    let ratios = RATIOS.iter().filter_map(|ratio| compared(report, ratio));
    ratios.chain(of_limit(report)).chain(of_page(report)).chain(of_size(report)).collect()
}

fn compared(report: &Report, ratio: &Ratio) -> Option<Target> {
    // Where none was measured, the first says why.
    let first = || report.rows.iter().find(|row| row.key.starts_with(ratio.under));
    let rival = report.fastest(ratio.under).or_else(first)?;
    let among = if rival.key == ratio.under { String::new() } else { format!(" ({})", rival.place) };
    Some(Target {
        what: format!("{}{among}", ratio.what),
        value: Report::ratio(report.row(ratio.over)?, rival).into(),
        wanted: ratio.wanted.map(Bound::AtLeast),
        goal: ratio.goal.map(Bound::AtLeast),
        unit: "×",
    })
}

fn of_limit(report: &Report) -> Option<Target> {
    let share = report.share_of_limit(report.row("chromium.cpu.one.1")?);
    Some(Target {
        what: String::from(
            "Chromium, CPU, one worker, n = 1, against the limit of wasm's multiplications and additions",
        ),
        value: share.ok_or_else(|| String::from("one of the two was not measured")).into(),
        wanted: None,
        goal: Some(Bound::AtLeast(0.5)),
        unit: "×",
    })
}

fn of_page(report: &Report) -> Vec<Target> {
    let Some(page) = &report.page else { return Vec::new() };
    let figure = |what: &str, value: Outcome<f64>, wanted, unit| {
        let what = format!("the page, charts live: {what}");
        Target { what, value, wanted, goal: None, unit }
    };
    let counts = |counts: &[usize]| median(&counts.iter().map(|&count| count as f64).collect::<Vec<_>>());
    vec![
        figure(
            "the paper's 30,000 meta-iterations",
            page.map(|page| median(&page.seconds)),
            Some(Bound::Below(3.0)),
            "s",
        ),
        figure(
            "tasks over 50 ms on its thread, without waits for a processor",
            page.map(|page| counts(&page.long_tasks_without_waits)),
            Some(Bound::Below(1.0)),
            "",
        ),
        figure("frames a second", page.map(|page| median(&page.frames_per_second)), None, ""),
        figure("first paint on a cold load", page.map(|page| page.first_paint), None, "ms"),
        figure("ready to train on a cold load", page.map(|page| page.ready), None, "ms"),
    ]
}

fn of_size(report: &Report) -> Vec<Target> {
    let Some(size) = &report.size else { return Vec::new() };
    let figure = |what, value, wanted| Target { what, value, wanted, goal: None, unit: "kB" };
    let kilobytes = |of: fn(&Size) -> usize| size.map(|size| of(size) as f64 / 1000.0);
    let budgets = [
        ("download for the first paint, after brotli", kilobytes(Size::of_first_paint), 330.0),
        ("download until training runs on the CPU, after brotli", kilobytes(Size::of_training), 420.0),
    ];
    let budgets = budgets.map(|(what, value, most)| figure(what.to_owned(), value, Some(Bound::Below(most))));
    let files = |title: &'static str, part: fn(&Size) -> &Vec<(String, usize)>| {
        let files = size.measured().map_or(&[][..], |size| part(size));
        files.iter().map(move |(name, bytes)| {
            figure(format!("{title}: {name}"), Outcome::Measured(*bytes as f64 / 1000.0), None)
        })
    };
    let paint = files("of the first paint", |size| &size.first_paint);
    let engine = files("of the engine", |size| &size.engine);
    let later = files("fetched later or in place of the engine", |size| &size.later);
    budgets.into_iter().chain(paint).chain(engine).chain(later).collect()
}

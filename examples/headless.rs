//! The native runner: trains a configuration document to its end, evaluates it, and prints one JSON object.
//!
//! ```text
//! cargo run --release --example headless -- --config FILE_OR_DASH
//!     [--backend cpu|gpu|reference] [--iterations N] [--seed N] [--threads N]
//!     [--theta FILE] [--save-theta FILE] [--save-pretrained FILE]
//! ```
//!
//! `--iterations` stops earlier than the document says, with its schedule unchanged; `--threads` divides
//! meta-batches and evaluations of the CPU backend between so many (1 unless told, the result is the same). `--theta`
//! begins meta-iteration 0 of the document at the θ of a safetensors file, in place of the random start; `--save-theta`
//! writes the trained θ as such a file, `--save-pretrained` with its Config, as `assets/pretrained/` holds it. Progress
//! goes to standard error. A run that diverges prints no object: one line on standard error says so, and the runner fails.

use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;
use std::time::Instant;

use reptile_lab::backend::cpu_pool::threads;

use reptile_lab::backend::cpu_pool::CpuPool;
use reptile_lab::backend::gpu::Gpu;
use reptile_lab::backend::kernel_backend::KernelBackend;
use reptile_lab::backend::reference::Reference;
use reptile_lab::backend::{Backend, BackendKind};
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::pretrained::Pretrained;
use reptile_lab::domain::config::text::MOST_BYTES;
use reptile_lab::domain::config::theta_file::{self, Origin, ThetaFile};
use reptile_lab::domain::evaluation::{Curve, HeldOut};
use reptile_lab::domain::provenance::Provenance;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::train::run;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Held-out tasks evaluated at a time.
const EVALUATED_AT_ONCE: usize = 100;

/// Most threads that may be asked for.
const MOST_THREADS: usize = 256;

/// What `--help` prints.
const HELP: &str = "\
Trains a configuration document to its end, evaluates it, and prints one JSON object.

headless --config FILE [OPTIONS]

  --config FILE           the document; - reads standard input
  --backend NAME          cpu, gpu or reference (cpu unless told)
  --iterations N          stops after N meta-iterations, with the document's schedule unchanged
  --seed N                in place of the document's
  --threads N             threads of the CPU backend, 1 to 256 (1 unless told); the result is the same
  --theta FILE            begins at the θ of this safetensors file in place of the random start: training makes
                          meta-iterations 0, 1, … of the document from it, with fresh optimizers, whatever trained it
                          before; with --iterations 0 it is only evaluated
  --save-theta FILE       writes the trained θ in the safetensors format, which PyTorch, the page and --theta read
  --save-pretrained FILE  writes the trained θ with its Config as JSON, as assets/pretrained/ has it
  --help                  prints this

Progress goes to standard error. A run that diverges, or a document that is refused, prints one line there and fails.";

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    if std::env::args_os().skip(1).any(|argument| argument == "--help" || argument == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match Options::from_arguments().and_then(|options| pollster::block_on(report(&options))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("headless: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
struct Options {
    config: Config,
    backend: BackendKind,
    iterations: u64,
    threads: usize,
    /// Where training begins: a random start, unless it is a file's θ.
    start: TrainState,
    save_theta: Option<String>,
    save_pretrained: Option<String>,
}

impl Options {
    fn from_arguments() -> Result<Self, Failure> {
        use lexopt::prelude::*;
        let (mut config, mut iterations, mut seed) = (None, None, None);
        let (mut theta, mut save_theta, mut save_pretrained) = (None, None, None);
        let (mut backend, mut threads) = (BackendKind::Cpu, 1);
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("config") => config = Some(parser.value()?.string()?),
                Long("backend") => backend = parser.value()?.parse_with(backend_named)?,
                Long("iterations") => iterations = Some(parser.value()?.parse()?),
                Long("seed") => seed = Some(parser.value()?.parse::<u64>()?),
                Long("threads") => threads = parser.value()?.parse_with(thread_count)?,
                Long("theta") => theta = Some(parser.value()?.string()?),
                Long("save-theta") => save_theta = Some(parser.value()?.string()?),
                Long("save-pretrained") => save_pretrained = Some(parser.value()?.string()?),
                _ => return Err(argument.unexpected().into()),
            }
        }
        let path = config.ok_or("--config FILE is needed; - reads standard input")?;
        let bytes = read(&path, MOST_BYTES)?;
        let mut config = Config::from_bytes(&bytes).map_err(|error| format!("{path}: {error}"))?;
        if let Some(seed) = seed {
            config.set("seed", json!(seed))?;
        }
        let iterations = iterations.unwrap_or(config.outer.iterations);
        if iterations > config.outer.iterations {
            return Err(format!(
                "--iterations: {iterations} is out of range; allowed is 0 to the document's {}",
                config.outer.iterations
            )
            .into());
        }
        let start = match theta {
            Some(path) => begin(&path, &config)?,
            None => TrainState::of(&config),
        };
        Ok(Self { config, backend, iterations, threads, start, save_theta, save_pretrained })
    }
}

fn backend_named(name: &str) -> Result<BackendKind, String> {
    let kinds = [BackendKind::Cpu, BackendKind::Gpu, BackendKind::Reference];
    let kind = kinds.into_iter().find(|kind| kind.name() == name);
    kind.ok_or_else(|| format!("--backend: {name:?} is not one of cpu, gpu, reference"))
}

fn thread_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=MOST_THREADS) => Ok(threads),
        _ => Err(format!("--threads: {text:?} is out of range; allowed is 1 to {MOST_THREADS}")),
    }
}

/// The beginning of a run at the θ of a file: what trained it goes before what this run does.
fn begin(path: &str, config: &Config) -> Result<TrainState, Failure> {
    let refused = |error| format!("{path}: {error}");
    let bytes = read(path, theta_file::MOST_BYTES)?;
    let file = ThetaFile::open(&bytes).map_err(refused)?;
    let theta = file.theta(&config.model).map_err(refused)?;
    let origin = file.origin().map_err(refused)?;
    let provenance = origin.map_or_else(Provenance::given, |origin| origin.provenance);
    Ok(TrainState { provenance, ..TrainState::new(theta) })
}

/// The bytes of a file, as far as they have to be read to see that it is too large.
fn read(path: &str, most: u64) -> Result<Vec<u8>, Failure> {
    let source: Box<dyn Read> = match path {
        "-" => Box::new(std::io::stdin()),
        _ => Box::new(File::open(path).map_err(|error| format!("{path}: {error}"))?),
    };
    let mut bytes = vec![];
    source.take(most + 1).read_to_end(&mut bytes).map_err(|error| format!("{path}: {error}"))?;
    Ok(bytes)
}

async fn report(options: &Options) -> Result<(), Failure> {
    let config = &options.config;
    let mut train_state = options.start.clone();
    let mut backend: Box<dyn Backend> = match options.backend {
        BackendKind::Reference => Box::new(KernelBackend::<Reference>::new(config, &train_state)),
        BackendKind::Cpu => {
            Box::new(CpuPool::new(config, &train_state, threads::helpers(options.threads - 1), threads::now))
        }
        BackendKind::Gpu => Box::new(Gpu::new(config, &train_state).await?),
    };
    let begun = Instant::now();
    let mut progress = Progress::new("training", options.iterations);
    run::train(backend.as_mut(), config, &mut train_state, options.iterations, |done| {
        progress.show(done);
        true
    })
    .await?;
    let seconds = begun.elapsed().as_secs_f64();
    if train_state.has_diverged() {
        let done = train_state.iteration;
        return Err(
            format!("training diverged within {done} meta-iterations: α or ε is too large for these tasks").into()
        );
    }
    let curve = evaluate(backend.as_mut(), config).await?;
    if let Some(at) = curve.mean_mse.iter().position(|error| !error.is_finite()) {
        let step = curve.steps[at];
        return Err(format!("evaluation diverged: after {step} steps the error of a task is not finite").into());
    }
    let TrainState { theta, iteration, early_stopping, .. } = train_state;
    let save = |path: &Option<String>, contents: &dyn Fn() -> Vec<u8>| match path {
        Some(path) => std::fs::write(path, contents()).map_err(|error| format!("{path}: {error}")),
        None => Ok(()),
    };
    save(&options.save_pretrained, &|| Pretrained::new(config.clone(), iteration, &theta).to_json().into_bytes())?;
    save(&options.save_theta, &|| {
        let before = options.start.provenance.clone();
        let provenance = before.after(config.algorithm, &config.tasks, iteration);
        theta_file::write(&theta, &Origin { config: config.clone(), iteration, provenance }, None)
    })?;
    let bytes: Vec<u8> = theta.iter().flat_map(|number| number.to_le_bytes()).collect();
    let digest = Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let report = json!({
        "backend": options.backend.name(),
        "adapter": backend.adapter(),
        "meta_iterations": iteration,
        "stopped": early_stopping.stopped,
        "train_seconds": seconds,
        "meta_iterations_per_second": iteration as f64 / seconds,
        "eval": curve,
        "theta_sha256": digest,
    });
    println!("{report}");
    Ok(())
}

async fn evaluate(backend: &mut dyn Backend, config: &Config) -> Result<Curve, Failure> {
    let held_out = HeldOut::new(config, config.eval.tasks);
    let mut progress = Progress::new("evaluating", held_out.len() as u64);
    let mut errors = Vec::new();
    for first in (0..held_out.len()).step_by(EVALUATED_AT_ONCE) {
        let range = first..(first + EVALUATED_AT_ONCE).min(held_out.len());
        let predictions = backend.adapt(None, &held_out.adaptations(range.clone())).await?;
        errors.extend(held_out.errors(range.clone(), &predictions));
        progress.show(range.end as u64);
    }
    Ok(held_out.curve(&errors))
}

/// Progress on standard error: a line that rewrites itself on a terminal, a line each tenth elsewhere.
struct Progress {
    what: &'static str,
    total: u64,
    tenths: u64,
}

impl Progress {
    fn new(what: &'static str, total: u64) -> Self {
        Self { what, total, tenths: 0 }
    }

    fn show(&mut self, done: u64) {
        let tenths = 10 * done / self.total.max(1);
        if std::io::stderr().is_terminal() {
            let end = if done == self.total { "\n" } else { "" };
            eprint!("\r{} {done} of {}{end}", self.what, self.total);
            // Progress is a courtesy; a closed standard error is no reason to stop.
            drop(std::io::stderr().flush());
        } else if tenths > self.tenths {
            eprintln!("{} {done} of {}", self.what, self.total);
        }
        self.tenths = tenths;
    }
}

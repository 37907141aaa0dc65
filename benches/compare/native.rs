//! This machine without a browser: the native runner, and the limit.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use reptile_lab::domain::config::Config;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::contender::{Contender, Pending, next_count};
use crate::peak::{self, Unit};
use crate::trained::trained;
use crate::work;

/// The native runner, `examples/headless.rs`: a process a measurement, which times itself.
pub struct Headless {
    program: PathBuf,
    config: PathBuf,
    /// On which it spreads the tasks of a meta-batch.
    threads: usize,
    /// Meta-iterations of the next measurement.
    count: u64,
}

impl Headless {
    /// One that runs with so many threads, found to compute what it should.
    ///
    /// # Errors
    /// It fails, or computes something else.
    pub fn new(program: &Path, scratch: &Path, config: &Config, threads: usize) -> Result<Self, String> {
        let path = scratch.join(format!("paper-{}.json", config.outer.meta_batch));
        std::fs::write(&path, json!(config).to_string()).map_err(|error| format!("{}: {error}", path.display()))?;
        let headless = Self { program: program.to_owned(), config: path, threads, count: 2000 };
        let report = headless.run(work::COMPARED)?;
        let theta = trained(config, work::COMPARED);
        let bytes: Vec<u8> = theta.iter().flat_map(|number| number.to_le_bytes()).collect();
        let digest = Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        if report["theta_sha256"] != digest.as_str() {
            return Err(String::from("its θ is not that of the library"));
        }
        Ok(headless)
    }

    fn run(&self, iterations: u64) -> Result<Value, String> {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(&self.config).args(["--iterations", &iterations.to_string()]);
        command.args(["--threads", &self.threads.to_string()]);
        let output = command.output().map_err(|error| format!("{}: {error}", self.program.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(said.lines().last().unwrap_or("it fails without a word").to_owned());
        }
        serde_json::from_slice(&output.stdout).map_err(|error| format!("its output is not JSON: {error}"))
    }
}

impl Contender for Headless {
    fn rate(&mut self, seconds: f64) -> Pending<'_, f64> {
        Box::pin(async move {
            loop {
                let report = self.run(self.count)?;
                let took = report["train_seconds"].as_f64().ok_or("no train_seconds in its output")?;
                let rate = self.count as f64 / took;
                self.count = next_count(self.count, took, seconds).min(work::MOST_ITERATIONS);
                if took >= 0.75 * seconds {
                    return Ok(rate);
                }
            }
        })
    }
}

/// The limit of one core.
pub struct Limit(pub Unit);

impl Contender for Limit {
    fn rate(&mut self, seconds: f64) -> Pending<'_, f64> {
        let each = 0.5 * seconds / peak::variants() as f64;
        let best = (0..peak::variants()).map(|variant| {
            let mut rounds = 1000;
            loop {
                let begun = Instant::now();
                let operations = (self.0.run)(variant, rounds);
                let took = begun.elapsed().as_secs_f64();
                if took >= each {
                    break operations / took;
                }
                rounds *= 2;
            }
        });
        let best = best.fold(0.0, f64::max);
        Box::pin(std::future::ready(Ok(best)))
    }
}

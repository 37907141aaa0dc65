//! The command line, which `cargo xtask bench` writes.

use std::path::{Path, PathBuf};

use crate::contender::Pace;
use crate::rivals::Places;

/// A part of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Native on the processor, and Python.
    Cpu,
    /// Chromium: our page, the frameworks for it, the limit there.
    Browser,
    /// The native GPU benchmark's lines.
    Gpu,
    /// What a visitor downloads.
    Size,
}

/// What is asked for.
#[derive(Debug)]
pub struct Options {
    /// Which parts.
    pub parts: Vec<Part>,
    /// How long, and how often.
    pub pace: Pace,
    /// Where the report goes as JSON.
    pub json: Option<PathBuf>,
    /// The pages for Chromium, and what they need.
    pub places: Places,
    /// The built page.
    pub dist: PathBuf,
    /// The native runner.
    pub headless: PathBuf,
    /// The Python script.
    pub python: PathBuf,
    /// What the native GPU benchmark has printed.
    pub gpu: PathBuf,
    /// For files that are needed meanwhile.
    pub scratch: PathBuf,
}

impl Options {
    /// Reads them.
    ///
    /// # Errors
    /// An argument that is not known, or lacks its value.
    pub fn from_arguments() -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut scratch = root.join("target").join("bench");
        let (mut parts, mut pace, mut json, mut headless) = (Vec::new(), Pace::THOROUGH, None, None);
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("part") => parts.push(parser.value()?.parse_with(part)?),
                Long("quick") => pace = Pace::QUICK,
                Long("json") => json = Some(PathBuf::from(parser.value()?)),
                Long("scratch") => scratch = PathBuf::from(parser.value()?),
                Long("headless") => headless = Some(PathBuf::from(parser.value()?)),
                // Cargo's own.
                Long("bench") => {}
                _ => return Err(argument.unexpected()),
            }
        }
        let benches = root.join("benches");
        Ok(Self {
            parts: if parts.is_empty() { vec![Part::Cpu, Part::Browser, Part::Gpu, Part::Size] } else { parts },
            pace,
            json,
            places: Places {
                pages: benches.join("pages"),
                modules: scratch.join("node_modules"),
                limit: scratch.join("limit.wasm"),
            },
            dist: std::env::var_os("REPTILE_LAB_DIST").map_or_else(|| root.join("dist"), PathBuf::from),
            headless: headless.unwrap_or_else(|| root.join("target/release/examples/headless")),
            python: benches.join("python_baseline.py"),
            gpu: scratch.join("gpu.jsonl"),
            scratch,
        })
    }

    /// Whether a part is asked for.
    pub fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

fn part(name: &str) -> Result<Part, String> {
    match name {
        "cpu" => Ok(Part::Cpu),
        "browser" => Ok(Part::Browser),
        "gpu" => Ok(Part::Gpu),
        "size" => Ok(Part::Size),
        _ => Err(format!("{name:?} is not one of cpu, browser, gpu, size")),
    }
}

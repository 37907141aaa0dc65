//! The benchmarks: brings what they need, and runs them. What they measure, and the table, is in `benches/`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::browser::{self, Browser};
use crate::cli::{BenchOptions, Subject};
use crate::step::Error;
use crate::tools::{self, WASM};
use crate::workspace::Workspace;
use crate::{checks, class, single_file, site};

/// Runs the parts that are asked for. What they compare with may be missing; the table then says so.
///
/// # Errors
/// If something of our own does not build or run.
pub fn bench(workspace: &Workspace, options: &BenchOptions) -> Result<(), Error> {
    let has = |subject| options.subjects.contains(&subject);
    let scratch = workspace.target().join("bench");
    fs::create_dir_all(&scratch).map_err(Error::file(&scratch))?;
    if has(Subject::Kernels) {
        println!("==> the CPU backend's kernels");
        let step = workspace.cargo().args(["bench", "--package", "reptile-lab", "--bench", "cpu", "--"]);
        let seconds = if options.quick { "0.2" } else { "2" };
        step.args(["--max-time", seconds]).run()?;
    }
    if has(Subject::Timeline) {
        println!("\n==> a long run, and the way back along it");
        let iterations = options.iterations.unwrap_or(if options.quick { 20_000 } else { 1_000_000 });
        let step = workspace.cargo().args(["bench", "--package", "reptile-lab", "--bench", "timeline", "--"]);
        step.arg("--iterations").arg(iterations.to_string()).run()?;
    }
    if has(Subject::Class) {
        println!("\n==> a class that opens the page at once");
        let dist = site::build(workspace)?;
        let single = single_file::write(workspace, &dist)?;
        class::class(workspace, &dist, &single, options.quick)?;
    }
    let is_compared = |subject: &&Subject| !matches!(subject, Subject::Kernels | Subject::Timeline | Subject::Class);
    let compared: Vec<&Subject> = options.subjects.iter().filter(is_compared).collect();
    if compared.is_empty() {
        return Ok(());
    }
    if has(Subject::Browser) || has(Subject::Size) {
        println!("\n==> the page, release build");
        site::build(workspace)?;
    }
    if has(Subject::Cpu) {
        println!("\n==> the native runner");
        let step = workspace.cargo().args(["build", "--release", "--package", "reptile-lab", "--example", "headless"]);
        step.run()?;
    }
    let mut browser = None;
    if has(Subject::Browser) {
        println!("\n==> what Chromium is measured with");
        browser = or_say(browser::ensure(workspace));
        or_say(install_frameworks(workspace, &scratch));
        or_say(build_limit(workspace, &scratch));
    }
    if has(Subject::Gpu) {
        println!("\n==> the GPU");
        measure_gpu(workspace, &scratch.join("gpu.jsonl"))?;
    }
    println!("\n==> the comparison");
    let step = workspace.cargo().args(["bench", "--package", "reptile-lab", "--features", "browser-tests"]);
    let mut step = step.args(["--bench", "compare", "--"]).args(["--scratch".as_ref(), scratch.as_os_str()]);
    let headless = workspace.target().join("release").join("examples").join("headless");
    step = step.arg("--headless").arg(headless.with_extension(std::env::consts::EXE_EXTENSION));
    // A name that is relative is so to where the person is, and not to where cargo runs benchmarks.
    let json = options.json.as_ref().map_or_else(|| scratch.join("results.json"), PathBuf::from);
    let json = std::path::absolute(&json).map_err(Error::file(&json))?;
    step = step.arg("--json").arg(&json);
    for subject in compared {
        step = step.args(["--part", subject.name()]);
    }
    if options.quick {
        step = step.arg("--quick");
    }
    step = step.env("REPTILE_LAB_DIST", workspace.dist());
    if let Some(Browser { chrome, driver }) = &browser {
        step = step.env("CHROME", chrome).env("CHROMEDRIVER", driver);
    }
    checks::with_runtime_folder(workspace, step)?.run()?;
    println!("The figures are in {}.", json.display());
    Ok(())
}

/// What there is, or its absence said.
fn or_say<T>(outcome: Result<T, Error>) -> Option<T> {
    outcome.inspect_err(|error| println!("    {error}")).ok()
}

/// The frameworks for the browser, of the versions that `benches/package-lock.json` has.
fn install_frameworks(workspace: &Workspace, scratch: &Path) -> Result<(), Error> {
    const MANIFESTS: [&str; 2] = ["package.json", "package-lock.json"];
    let benches = workspace.root().join("benches");
    let installed = scratch.join("node_modules").is_dir();
    let same = |name| fs::read(benches.join(name)).ok() == fs::read(scratch.join(name)).ok();
    if installed && MANIFESTS.iter().all(same) {
        return Ok(());
    }
    if workspace.find("npm").is_none() {
        return Err(Error::Missing {
            what: String::from("npm, which brings TensorFlow.js and jax-js"),
            advice: String::from("Install Node.js to compare with them."),
        });
    }
    println!("Installing TensorFlow.js and jax-js, with npm. This takes seconds.");
    // Gone until all of it is there.
    if installed {
        let modules = scratch.join("node_modules");
        fs::remove_dir_all(&modules).map_err(Error::file(&modules))?;
    }
    for name in MANIFESTS {
        let to = scratch.join(name);
        fs::copy(benches.join(name), &to).map_err(Error::file(&to))?;
    }
    let quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
    workspace.step("npm").arg("ci").args(quietly).arg("--prefix").arg(scratch).run()
}

/// The loop that finds the limit, as wasm.
fn build_limit(workspace: &Workspace, scratch: &Path) -> Result<(), Error> {
    tools::ensure_target(workspace)?;
    let source = workspace.root().join("benches").join("limit").join("peak.rs");
    let flags = ["--edition=2024", "--crate-type=cdylib", "--target", WASM, "-Ctarget-feature=+simd128"];
    let step = workspace.step("rustc").args(flags).args(["-Copt-level=3", "-Cpanic=abort", "-Cstrip=symbols"]);
    step.arg("-o").arg(scratch.join("limit.wasm")).arg(source).run()
}

/// Runs the native GPU benchmark, and keeps what it prints.
fn measure_gpu(workspace: &Workspace, output: &Path) -> Result<(), Error> {
    if !workspace.root().join("benches").join("gpu.rs").is_file() {
        return fs::write(output, "").map_err(Error::file(output));
    }
    let step = workspace.cargo().args(["bench", "--package", "reptile-lab", "--bench", "gpu"]);
    if or_say(checks::with_runtime_folder(workspace, step)?.run_into(output)).is_none() {
        let line = "{\"bench\": \"gpu\", \"adapter\": null, \"reason\": \"the benchmark failed\"}\n";
        fs::write(output, line).map_err(Error::file(output))?;
    }
    Ok(())
}

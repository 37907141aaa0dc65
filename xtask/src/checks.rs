//! The checks that a change must pass.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::browser::{self, Browser};
use crate::cli::{FuzzOptions, Part};
use crate::npm;
use crate::other_browsers::{self, Variables};
use crate::single_file::{self, FILE};
use crate::step::{Error, Step};
use crate::tools::{self, WASM};
use crate::workspace::Workspace;

/// One check.
struct Check {
    part: Part,
    title: &'static str,
    run: fn(&Setup) -> Result<(), Error>,
}

/// All of them, in order: what is quick to fail comes first.
const CHECKS: [Check; 9] = [
    Check { part: Part::Lint, title: "rustfmt", run: format },
    Check { part: Part::Lint, title: "clippy, this machine", run: clippy },
    Check { part: Part::Lint, title: "clippy, wasm", run: clippy_wasm },
    Check { part: Part::Lint, title: "rustdoc, this machine", run: doc },
    Check { part: Part::Lint, title: "rustdoc, wasm", run: doc_wasm },
    Check { part: Part::Native, title: "native tests, GPU parity among them", run: native },
    Check { part: Part::Browser, title: "the page, release build, and in one file", run: page },
    Check { part: Part::Browser, title: "browser tests", run: in_browser },
    Check { part: Part::Miri, title: "portable vectors in Miri", run: miri },
];

/// What the checks need: the workspace, the arguments for `cargo test`, and the programs that were found or installed.
struct Setup<'run> {
    workspace: &'run Workspace,
    arguments: &'run [String],
    vulkan: Option<PathBuf>,
    browser: Option<Browser>,
    others: Variables,
}

/// Installs what the checks of `part` need, and runs them up to the first that fails.
///
/// # Errors
/// If something cannot be installed, or a check fails.
pub fn test(workspace: &Workspace, part: Part, arguments: &[String]) -> Result<(), Error> {
    let started = Instant::now();
    println!("==> what the checks need");
    let setup = prepare(workspace, part, arguments)?;
    let checks: Vec<&Check> = CHECKS.iter().filter(|check| includes(part, check.part)).collect();
    let mut times = Vec::new();
    for (index, check) in checks.iter().enumerate() {
        println!("\n==> [{}/{}] {}", index + 1, checks.len(), check.title);
        let started = Instant::now();
        (check.run)(&setup)?;
        times.push(started.elapsed());
    }
    println!("\n==> passed");
    for (check, time) in checks.iter().zip(times) {
        println!("{} {}", seconds(time), check.title);
    }
    println!("{} in all", seconds(started.elapsed()));
    Ok(())
}

/// Builds the page, and lets the browser tests' monkey loose on it.
///
/// # Errors
/// If something cannot be installed or built, or the monkey finds a fault.
pub fn fuzz(workspace: &Workspace, options: &FuzzOptions) -> Result<(), Error> {
    let arguments = ["monkey", "--", "--nocapture"].map(String::from);
    let setup = prepare(workspace, Part::Browser, &arguments)?;
    page(&setup)?;
    browser_tests(&setup)?
        .env("REPTILE_LAB_FUZZ_MINUTES", options.minutes.to_string())
        .env("REPTILE_LAB_FUZZ_SEED", options.seed.to_string())
        .run()
}

fn includes(asked: Part, part: Part) -> bool {
    asked == part || asked == Part::All && part != Part::Miri
}

fn prepare<'run>(workspace: &'run Workspace, part: Part, arguments: &'run [String]) -> Result<Setup<'run>, Error> {
    let mut setup = Setup { workspace, arguments, vulkan: None, browser: None, others: vec![] };
    if includes(part, Part::Lint) {
        tools::ensure_target(workspace)?;
        tools::ensure_components(workspace)?;
    }
    if includes(part, Part::Native) {
        setup.vulkan = browser::ensure_vulkan(workspace)?;
    }
    if includes(part, Part::Browser) {
        setup.browser = Some(browser::ensure(workspace)?);
        setup.others = other_browsers::ensure(workspace)?;
        setup.others.push(if let Some(script) = npm::axe(workspace) {
            ("REPTILE_LAB_AXE", script.into())
        } else {
            println!("Not tested here: axe's rules of accessibility, as npm cannot bring them.");
            ("REPTILE_LAB_SKIP_AXE", "1".into())
        });
        tools::ensure(workspace)?;
    }
    if includes(part, Part::Miri) {
        tools::ensure_miri(workspace)?;
    }
    Ok(setup)
}

fn format(setup: &Setup) -> Result<(), Error> {
    let step = setup.workspace.cargo().args(["fmt", "--all", "--check"]);
    step.advice("`cargo fmt --all` formats everything.").run()
}

fn clippy(setup: &Setup) -> Result<(), Error> {
    let step = setup.workspace.cargo().args(["clippy", "--workspace", "--all-targets"]);
    step.args(["--features", "reptile-lab/browser-tests", "--", "-D", "warnings"]).run()
}

fn clippy_wasm(setup: &Setup) -> Result<(), Error> {
    let step = setup.workspace.cargo().args(["clippy", "--package", "reptile-lab", "--lib", "--bins"]);
    Workspace::for_wasm(step).args(["--target", WASM, "--", "-D", "warnings"]).run()
}

fn doc(setup: &Setup) -> Result<(), Error> {
    let step = setup.workspace.cargo().args(["doc", "--workspace", "--no-deps"]);
    step.env("RUSTDOCFLAGS", "-D warnings").run()
}

fn doc_wasm(setup: &Setup) -> Result<(), Error> {
    let step =
        setup.workspace.cargo().args(["doc", "--package", "reptile-lab", "--lib", "--no-deps", "--target", WASM]);
    Workspace::for_wasm(step).env("RUSTDOCFLAGS", "-D warnings").run()
}

fn native(setup: &Setup) -> Result<(), Error> {
    let mut step = with_runtime_folder(setup.workspace, setup.workspace.cargo())?.args(["test", "--workspace"]);
    if let Some(driver) = &setup.vulkan {
        // The second is the name that older loaders know.
        step = step.env("VK_DRIVER_FILES", driver).env("VK_ICD_FILENAMES", driver);
    }
    if setup.workspace.find("python3").is_none() && env::var_os("REPTILE_LAB_PYTHON").is_none() {
        println!("Not tested here: whether Python reads the programs in PyTorch, as there is no python3.");
        step = step.env("REPTILE_LAB_SKIP_PYTHON", "1");
    }
    step.args(setup.arguments).run()
}

fn page(setup: &Setup) -> Result<(), Error> {
    single_file::single_file(setup.workspace)
}

fn in_browser(setup: &Setup) -> Result<(), Error> {
    browser_tests(setup)?.run()
}

fn browser_tests(setup: &Setup) -> Result<Step, Error> {
    let step = setup.workspace.cargo().args(["test", "--package", "reptile-lab", "--features", "browser-tests"]);
    let mut step = with_runtime_folder(setup.workspace, step)?.args(["--test", "browser"]);
    step = step.env("REPTILE_LAB_DIST", setup.workspace.dist());
    step = step.env("REPTILE_LAB_SINGLE_FILE", setup.workspace.target().join(FILE));
    if let Some(Browser { chrome, driver }) = &setup.browser {
        step = step.env("CHROME", chrome).env("CHROMEDRIVER", driver);
    }
    step = setup.others.iter().fold(step, |step, (variable, value)| step.env(variable, value));
    Ok(step.args(setup.arguments))
}

/// In Miri the vectors are the portable ones.
fn miri(setup: &Setup) -> Result<(), Error> {
    tools::nightly(setup.workspace).args(["cargo", "miri", "test", "--package", "reptile-lab", "--lib", "simd::"]).run()
}

/// Graphics drivers look for this folder, and complain about its absence.
///
/// # Errors
/// If it cannot be made.
pub fn with_runtime_folder(workspace: &Workspace, step: Step) -> Result<Step, Error> {
    let folder = workspace.scratch().join("runtime");
    create_private(&folder).map_err(Error::file(&folder))?;
    Ok(step.env_default("XDG_RUNTIME_DIR", folder))
}

/// A folder that is this person's alone.
fn create_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A time in columns.
fn seconds(time: Duration) -> String {
    format!("{:>8.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(part: Part) -> Vec<&'static str> {
        CHECKS.iter().filter(|check| includes(part, check.part)).map(|check| check.title).collect()
    }

    #[test]
    fn the_parts_are_the_whole() {
        let parts = [titles(Part::Lint), titles(Part::Native), titles(Part::Browser)].concat();
        assert_eq!(parts, titles(Part::All));
        assert_eq!(parts.len() + titles(Part::Miri).len(), CHECKS.len());
    }

    #[test]
    fn times_line_up() {
        assert_eq!(seconds(Duration::from_millis(1250)), "     1.2 s");
        assert_eq!(seconds(Duration::from_secs(754)), "   754.0 s");
    }
}

//! What a build needs: the wasm target, trunk, wasm-bindgen and wasm-split.

use std::path::Path;

use crate::lock;
use crate::step::{Error, Step};
use crate::version::Version;
use crate::workspace::Workspace;

/// The target triple of the page.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The trunk that the project is built with; later patches of it do as well.
const TRUNK: Version = Version::new(0, 21, 14);

/// The driver of Firefox; it drives any of recent years.
const GECKODRIVER: Version = Version::new(0, 37, 1);

/// The wasm-split that goes with the locked `wasm_split_helpers`, which have versions of their own.
const WASM_SPLIT: Version = Version::new(0, 2, 4);

/// Makes sure of everything that building the page needs.
///
/// # Errors
/// If something is missing and cannot be installed.
pub fn ensure(workspace: &Workspace) -> Result<(), Error> {
    ensure_target(workspace)?;
    ensure_trunk(workspace)?;
    ensure_wasm_bindgen(workspace)
}

/// Makes sure of the program that splits the lazy chunk off the page's program. It does not print its version.
///
/// # Errors
/// If it is missing and cannot be installed.
pub fn ensure_wasm_split(workspace: &Workspace) -> Result<(), Error> {
    const PROGRAM: &str = "wasm-split-cli";
    if workspace.find(PROGRAM).is_some() {
        return Ok(());
    }
    announce("wasm-split", WASM_SPLIT, "it splits a lazy chunk off the page's program", None, 2);
    cargo_install(workspace, "wasm_split_cli_support", WASM_SPLIT, &["--locked", "--features", "build-binary"])?;
    match workspace.find(PROGRAM) {
        Some(_) => Ok(()),
        None => Err(Error::Missing {
            what: format!("{PROGRAM} was installed, but is not on the PATH"),
            advice: String::from("Put the folder of cargo's programs on the PATH."),
        }),
    }
}

/// Makes sure of Rust's standard library for the browser.
///
/// # Errors
/// If it is missing and rustup cannot add it.
pub fn ensure_target(workspace: &Workspace) -> Result<(), Error> {
    let folder = workspace.step("rustc").args(["--print", "target-libdir", "--target", WASM]).output();
    if folder.is_some_and(|folder| Path::new(folder.trim()).is_dir()) {
        return Ok(());
    }
    println!("Adding Rust's standard library for {WASM}; the page is compiled with it. This takes seconds.");
    rustup(workspace).args(["target", "add", WASM]).run()
}

/// Makes sure of rustfmt and clippy.
///
/// # Errors
/// If one is missing and rustup cannot add it.
pub fn ensure_components(workspace: &Workspace) -> Result<(), Error> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if workspace.cargo().args([command, "--version"]).output().is_none() {
            println!("Adding {component}; the checks use it. This takes seconds.");
            rustup(workspace).args(["component", "add", component]).run()?;
        }
    }
    Ok(())
}

/// Makes sure of Miri and the sources of the standard library, which it interprets. Both come with a nightly Rust only.
///
/// # Errors
/// If there is no nightly Rust, or rustup cannot add Miri to it.
pub fn ensure_miri(workspace: &Workspace) -> Result<(), Error> {
    if nightly(workspace).args(["cargo", "--version"]).output().is_none() {
        return Err(Error::Missing {
            what: String::from("There is no nightly Rust on this machine, and Miri comes with no other."),
            advice: String::from("`rustup toolchain install nightly --component miri,rust-src` installs it."),
        });
    }
    if nightly(workspace).args(["cargo", "miri", "--version"]).output().is_none() {
        println!("Adding Miri to the nightly Rust; it interprets the tests of unsafe code. This takes seconds.");
        rustup(workspace).args(["component", "add", "--toolchain", "nightly", "miri", "rust-src"]).run()?;
    }
    Ok(())
}

/// A program of the nightly Rust that follows as arguments.
pub fn nightly(workspace: &Workspace) -> Step {
    workspace.step("rustup").args(["run", "nightly"])
}

fn rustup(workspace: &Workspace) -> Step {
    workspace.step("rustup").advice(
        "Without rustup, install it with the package manager that Rust came from; \
         with rustup, see whether this machine is connected.",
    )
}

fn ensure_trunk(workspace: &Workspace) -> Result<(), Error> {
    let found = version_of(workspace, "trunk");
    if found.is_some_and(|version| version.serves_for(TRUNK)) {
        return Ok(());
    }
    announce("trunk", TRUNK, "it builds and serves the page", found, 8);
    cargo_install(workspace, "trunk", TRUNK, &["--locked"])?;
    confirm(workspace, "trunk", |version| version.serves_for(TRUNK))
}

/// Makes sure of the program through which tests drive Firefox.
///
/// # Errors
/// If it is missing and cannot be installed.
pub fn ensure_geckodriver(workspace: &Workspace) -> Result<(), Error> {
    if std::env::var_os("GECKODRIVER").is_some() || version_of(workspace, "geckodriver").is_some() {
        return Ok(());
    }
    announce("geckodriver", GECKODRIVER, "tests drive Firefox through it", None, 4);
    cargo_install(workspace, "geckodriver", GECKODRIVER, &["--locked"])?;
    confirm(workspace, "geckodriver", |_| true)
}

/// The program must have exactly the version of the library, or it refuses the page's wasm.
fn ensure_wasm_bindgen(workspace: &Workspace) -> Result<(), Error> {
    let wanted = lock::locked(workspace, "wasm-bindgen")?;
    let found = version_of(workspace, "wasm-bindgen");
    if found == Some(wanted) {
        return Ok(());
    }
    announce(
        "wasm-bindgen",
        wanted,
        "it joins the page's wasm to JavaScript, and Cargo.lock has this version",
        found,
        3,
    );
    cargo_install(workspace, "wasm-bindgen-cli", wanted, &[])?;
    confirm(workspace, "wasm-bindgen", |version| version == wanted)
}

/// The version of a program; none if it is missing or does not say.
pub fn version_of(workspace: &Workspace, program: &str) -> Option<Version> {
    let path = workspace.find(program)?;
    Version::find(&workspace.step(path).args(["--version"]).output()?)
}

fn announce(program: &str, wanted: Version, purpose: &str, found: Option<Version>, minutes: u32) {
    let found = found.map_or_else(|| String::from("none was found"), |version| format!("{version} was found"));
    println!(
        "Installing {program} {wanted}: {purpose}; {found}.\n\
         It is compiled here, once: about {minutes} minutes on two cores."
    );
}

fn cargo_install(workspace: &Workspace, package: &str, version: Version, flags: &[&str]) -> Result<(), Error> {
    let install = workspace.cargo().args(["install", package, "--version", &version.to_string()]).args(flags);
    let advice = format!(
        "Its own messages are above: often the network, a missing C compiler, or a program of that name that cargo did \
         not install. However {package} {version} gets onto the PATH, `cargo xtask` will use it."
    );
    install.advice(advice).run()
}

fn confirm(workspace: &Workspace, program: &str, fits: impl Fn(Version) -> bool) -> Result<(), Error> {
    match version_of(workspace, program) {
        Some(version) if fits(version) => Ok(()),
        found => Err(Error::Missing {
            what: format!(
                "{program} was installed, but what runs is {}",
                found.map_or_else(|| String::from("none"), |version| version.to_string())
            ),
            advice: format!("See which {program} is first on the PATH, and remove it if it is old."),
        }),
    }
}

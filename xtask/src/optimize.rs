//! Binaryen's wasm-opt makes `dist/` smaller; the page works without.

use std::fs;
use std::path::Path;

use crate::debian;
use crate::step::Error;
use crate::tools;
use crate::version::Version;
use crate::workspace::Workspace;

/// Version 108, which Debian 12 has, exports the wrong one of wasm-bindgen's two tables, and the page fails at its start;
/// this one and later ones were seen to do it right.
const OLDEST: Version = Version::new(116, 0, 0);

/// The package on npm: the program, and nothing to compile.
const ON_NPM: &str = "binaryen@132";

/// Optimises a wasm file in place, if there is a wasm-opt or one can be had within seconds.
///
/// # Errors
/// If there is one and it fails.
pub fn optimize(workspace: &Workspace, wasm: &Path) -> Result<(), Error> {
    if !is_there(workspace) && !install(workspace) {
        println!(
            "The wasm stays as it is: no wasm-opt of version {} or later is here. With one on the PATH it is smaller, \
             and otherwise the same.",
            OLDEST.major
        );
        return Ok(());
    }
    let optimized = wasm.with_extension("wasm.opt");
    let step = workspace.step("wasm-opt").args(["-Oz", "--strip-producers", "--output"]).arg(&optimized).arg(wasm);
    step.advice("Take this wasm-opt off the PATH, or put another version before it.").run()?;
    fs::rename(&optimized, wasm).map_err(Error::file(wasm))
}

fn is_there(workspace: &Workspace) -> bool {
    tools::version_of(workspace, "wasm-opt").is_some_and(|version| version >= OLDEST)
}

/// Whether it could be installed.
fn install(workspace: &Workspace) -> bool {
    let purpose = "Binaryen's wasm-opt, which makes the page smaller";
    let installed = if workspace.find("npm").is_some() {
        println!("Installing {purpose}, with npm. This takes seconds.");
        let quietly = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel", "error"];
        workspace.step("npm").args(["install", ON_NPM]).args(quietly).arg("--prefix").arg(workspace.scratch()).run()
    } else if debian::candidate(workspace, "binaryen").is_some_and(|version| version >= OLDEST) {
        debian::install(workspace, &["binaryen"], purpose, "The page works without it.")
    } else {
        return false;
    };
    if let Err(error) = installed {
        println!("    {error}");
    }
    is_there(workspace)
}

//! Packages from npm that the project uses and does without: programs and scripts, and nothing to compile.

use std::path::PathBuf;

use crate::workspace::Workspace;

/// All of them, as npm takes away what it is not asked for.
const PACKAGES: [&str; 3] = ["binaryen@132", "terser@5.51.2", "axe-core@4.14.1"];

/// Whether npm is there and has installed the packages.
pub fn install(workspace: &Workspace, purpose: &str) -> bool {
    if workspace.find("npm").is_none() {
        return false;
    }
    println!("Installing {purpose}, with npm. This takes seconds.");
    let quietly = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel", "error"];
    let step =
        workspace.step("npm").arg("install").args(PACKAGES).args(quietly).arg("--prefix").arg(workspace.scratch());
    step.run().inspect_err(|error| println!("    {error}")).is_ok()
}

/// The script of axe, which finds what keeps people from using a page; none where npm cannot bring it.
pub fn axe(workspace: &Workspace) -> Option<PathBuf> {
    let script = workspace.scratch().join("node_modules/axe-core/axe.min.js");
    (script.is_file() || install(workspace, "axe, whose rules of accessibility the page is tested by"))
        .then_some(script)
}

//! Where the project is, and where its programs are found.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::step::Step;

/// The project's folders and the search path for programs.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
    scratch: PathBuf,
    path: OsString,
}

impl Workspace {
    /// The workspace that this program belongs to.
    pub fn locate() -> Self {
        let package =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package.parent().map_or_else(|| package.clone(), Path::to_owned);
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        let scratch = target.join("xtask");
        // What was installed for the project goes before what happens to be on the machine.
        let first = [Some(scratch.join("node_modules").join(".bin")), cargo_bin()];
        let system = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = first.into_iter().flatten().chain(env::split_paths(&system)).collect();
        let path = env::join_paths(folders).unwrap_or(system);
        Self { root, target, scratch, path }
    }

    /// The folder of the root `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder under cargo's target folder for what these commands leave behind.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Cargo's target folder.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the built page goes.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The file that would run for `program`.
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        let file = format!("{program}{}", env::consts::EXE_SUFFIX);
        env::split_paths(&self.path).map(|folder| folder.join(&file)).find(|path| path.is_file())
    }

    /// A program to run in the root folder.
    pub fn step(&self, program: impl AsRef<OsStr>) -> Step {
        Step::new(&self.root, &self.path, program.as_ref())
    }

    /// The cargo that runs this program.
    pub fn cargo(&self) -> Step {
        self.step(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
    }

    /// The cargo that runs this program, or a program that calls cargo, for a build for the browser.
    ///
    /// `RUSTFLAGS` in the environment would take the place of the flags in `.cargo/config.toml`, and the SIMD vectors would
    /// be gone.
    pub fn for_wasm(step: Step) -> Step {
        step.without_env("RUSTFLAGS").without_env("CARGO_ENCODED_RUSTFLAGS")
    }
}

/// Where `cargo install` puts programs.
fn cargo_bin() -> Option<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    let root =
        env::var_os("CARGO_INSTALL_ROOT").or_else(|| env::var_os("CARGO_HOME")).map(PathBuf::from).or_else(home)?;
    Some(root.join("bin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_folder_of_the_lock_file() {
        let workspace = Workspace::locate();
        assert!(workspace.root().join("Cargo.lock").is_file(), "{}", workspace.root().display());
        assert_eq!(workspace.dist().parent(), Some(workspace.root()));
    }

    #[test]
    fn programs_are_found_or_not() {
        let workspace = Workspace::locate();
        assert!(workspace.find("cargo").is_some_and(|path| path.is_file()));
        assert_eq!(workspace.find("no-such-program"), None);
    }
}

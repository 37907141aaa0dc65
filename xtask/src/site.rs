//! The page: serving it and building it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::cli::ServeOptions;
use crate::files::files;
use crate::step::{Error, Step};
use crate::tools::WASM;
use crate::workspace::Workspace;
use crate::{offline, optimize, policy, port, split, tools};

/// How the page is built for visitors: by a profile of its own, for size.
const PROFILE: &str = "page";
const RELEASE: [&str; 3] = ["--release", "--cargo-profile", PROFILE];

/// Builds and serves the page, and does so again when a file changes, until it is stopped.
///
/// # Errors
/// If something is missing and cannot be installed, or there is no port to serve on.
pub fn serve(workspace: &Workspace, options: &ServeOptions) -> Result<(), Error> {
    tools::ensure(workspace)?;
    let port = port::choose(options.port)?;
    fetch(workspace)?;
    println!("\nReptile Lab is built now, and then served at\n\n    http://127.0.0.1:{port}/\n");
    // Its own folder: a served page reloads itself, which a published one must not.
    let mut step = trunk(workspace, "serve").arg("--dist").arg(workspace.scratch().join("serve"));
    if !options.dev {
        step = step.args(RELEASE);
    }
    if !options.trunk.iter().any(|argument| argument == "-a" || argument.starts_with("--address")) {
        step = step.args(["--address", "127.0.0.1"]);
    }
    step.args(["--port", &port.to_string()]).args(&options.trunk).replace()
}

/// Builds the page and returns the folder that has it.
///
/// # Errors
/// If something is missing and cannot be installed, or the build fails.
pub fn build(workspace: &Workspace) -> Result<PathBuf, Error> {
    tools::ensure(workspace)?;
    tools::ensure_wasm_split(workspace)?;
    fetch(workspace)?;
    trunk(workspace, "build").args(RELEASE).args(split::FEATURES).run()?;
    let dist = workspace.dist();
    split::split(workspace, &workspace.target().join(WASM).join(PROFILE), &dist)?;
    // English is a part of the program.
    let english = dist.join("locales/en.json");
    fs::remove_file(&english).map_err(Error::file(&english))?;
    offline::add(&workspace.root().join("www").join("offline"), &dist)?;
    policy::write(&dist.join("index.html"))?;
    for file in files(&dist)? {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("wasm") => optimize::optimize(workspace, &file)?,
            Some("js") => optimize::minify(workspace, &file)?,
            Some("css") => optimize::strip(&file)?,
            _ => {}
        }
    }
    offline::list(&dist)?;
    print_sizes(&dist)?;
    Ok(dist)
}

/// Downloads the dependencies, with progress; trunk would do it without a word.
fn fetch(workspace: &Workspace) -> Result<(), Error> {
    workspace.cargo().arg("fetch").advice("See whether this machine is connected; this is needed once.").run()
}

fn trunk(workspace: &Workspace, command: &str) -> Step {
    let step =
        workspace.step("trunk").arg(command).env("TRUNK_SKIP_VERSION_CHECK", "true").env("TRUNK_OFFLINE", "true");
    let step = match env::var_os("NO_COLOR") {
        // The convention is any text; trunk takes no other than true and false.
        Some(text) if !text.is_empty() => step.env("NO_COLOR", "true"),
        _ => step.without_env("NO_COLOR"),
    };
    Workspace::for_wasm(step).advice("The compiler's or trunk's messages are above.")
}

fn print_sizes(dist: &Path) -> Result<(), Error> {
    println!("\nThe page is in {}:", dist.display());
    let mut total = 0;
    for file in files(dist)? {
        let size = fs::metadata(&file).map_err(Error::file(&file))?.len();
        total += size;
        println!("{} {}", kilobytes(size), file.strip_prefix(dist).unwrap_or(&file).display());
    }
    println!("{} in all, before the web server compresses it", kilobytes(total));
    Ok(())
}

/// A size in columns.
fn kilobytes(bytes: u64) -> String {
    format!("{:>10.1} kB", bytes as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_line_up() {
        assert_eq!(kilobytes(0), "       0.0 kB");
        assert_eq!(kilobytes(1_234_567), "    1234.6 kB");
    }
}

//! Makes `dist/` smaller with Binaryen's wasm-opt, with terser and by stripping the style sheet; the page works
//! without.

use std::fs;
use std::path::Path;

use crate::debian;
use crate::npm;
use crate::step::Error;
use crate::tools;
use crate::version::Version;
use crate::workspace::Workspace;

/// Version 108, which Debian 12 has, exports the wrong one of wasm-bindgen's two tables, and the page fails at its start;
/// this one and later ones were seen to do it right.
const OLDEST: Version = Version::new(116, 0, 0);

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
    // Flat code without structure is arranged anew: one hundredth smaller after compression.
    // Rust's stack lies at the memory's low end, so an address with an offset never wraps around.
    let passes = ["--low-memory-unused", "--flatten", "--rereloop", "-Oz", "-Oz", "--strip-producers", "--output"];
    let step = workspace.step("wasm-opt").args(passes).arg(&optimized).arg(wasm);
    step.advice("Take this wasm-opt off the PATH, or put another version before it.").run()?;
    fs::rename(&optimized, wasm).map_err(Error::file(wasm))
}

/// Takes comments, blanks and long names out of the JavaScript that wasm-bindgen wrote, where npm can bring terser.
///
/// # Errors
/// If there is one and it fails.
pub fn minify(workspace: &Workspace, script: &Path) -> Result<(), Error> {
    if workspace.find("terser").is_none() && !npm::install(workspace, "terser, which makes the page smaller") {
        println!("The JavaScript stays as it is: there is no terser.");
        return Ok(());
    }
    let minified = script.with_extension("min");
    let passes = ["--module", "--mangle", "--compress", "passes=2", "--output"];
    workspace.step("terser").arg(script).args(passes).arg(&minified).run()?;
    fs::rename(&minified, script).map_err(Error::file(script))
}

/// Takes the comments and the indentation out of a style sheet in place.
///
/// # Errors
/// If it cannot be read or written.
pub fn strip(styles: &Path) -> Result<(), Error> {
    let text = fs::read_to_string(styles).map_err(Error::file(styles))?;
    fs::write(styles, stripped(&text)).map_err(Error::file(styles))
}

/// A style sheet without comments, indentation and empty lines. No text in it may contain what begins a comment.
fn stripped(styles: &str) -> String {
    let mut parts = styles.split("/*");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.split_once("*/").map_or("", |(_, after)| after);
    }
    text.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

fn is_there(workspace: &Workspace) -> bool {
    tools::version_of(workspace, "wasm-opt").is_some_and(|version| version >= OLDEST)
}

/// Whether it could be installed.
fn install(workspace: &Workspace) -> bool {
    let purpose = "Binaryen's wasm-opt, which makes the page smaller";
    if npm::install(workspace, purpose) {
        return is_there(workspace);
    }
    let installed = if debian::candidate(workspace, "binaryen").is_some_and(|version| version >= OLDEST) {
        debian::install(workspace, &["binaryen"], purpose, "The page works without it.")
    } else {
        return false;
    };
    if let Err(error) = installed {
        println!("    {error}");
    }
    is_there(workspace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_keep_all_but_comments_and_indentation() {
        let styles = "/* a\n * b */\na { b: c; } /* d */\n\n  @media (x) {\n    e { f: \"g h\"; }\n  }\n/* open";
        assert_eq!(stripped(styles), "a { b: c; }\n@media (x) {\ne { f: \"g h\"; }\n}\n");
    }
}

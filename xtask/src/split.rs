//! Code splitting: splits a lazy chunk off the page's program, the code that only its `#[wasm_split]` function leads
//! to.
//!
//! wasm-split needs the linker's relocations, so it must run before wasm-bindgen, but trunk runs wasm-bindgen right
//! after cargo. Therefore the page that trunk has built without splitting is replaced by one of the same file names,
//! with the lazy chunk beside it.

use std::fs;
use std::path::Path;

use crate::step::Error;
use crate::workspace::Workspace;

/// Compiles the page's program with a split point and with relocations.
pub const FEATURES: [&str; 2] = ["--features", "split"];

/// The page's program.
const PAGE: &str = "reptile-lab";
/// The names that wasm-split gives to the script that loads the lazy chunk, and to the lazy chunk.
const LOADER: &str = "__wasm_split.js";
const CHUNK: &str = "split_late.wasm";
/// How the loader fetches and instantiates the lazy chunk, and how it does so with `www/program.js`: whatever media type
/// the server gives it.
const FETCH: (&str, &str) = ("fetch(new URL(", "window.fetchWasm(new URL(");
const INSTANTIATE: (&str, &str) = (
    "WebAssembly.instantiateStreaming(src, imports)",
    "src.then((wasm) => WebAssembly[wasm instanceof Response ? \"instantiateStreaming\" : \"instantiate\"](wasm, imports))",
);

/// The loader calls a function of the page's script, which imports the loader. It takes it from where `www/program.js` puts
/// that script: in one file there are no two scripts that import each other.
const INIT: &str = "const initSync = (...given) => window.program.initSync(...given);";

/// Splits the page's program that cargo has left in `built`, and replaces the page of trunk in `dist`.
///
/// # Errors
/// If a program or a file is missing, or a program fails.
pub fn split(workspace: &Workspace, built: &Path, dist: &Path) -> Result<(), Error> {
    let stem = stem_of_page(dist)?;
    let folder = workspace.scratch().join("split");
    if folder.is_dir() {
        fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let whole = built.join(PAGE).with_extension("wasm");
    // The loader asks for the program by the name of its script.
    workspace.step("wasm-split-cli").arg(whole).arg(&folder).args(["--out-name", &stem]).run()?;
    let bindgen = ["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", &stem, "--out-dir"];
    let main = folder.join(format!("{stem}.wasm"));
    workspace.step("wasm-bindgen").args(bindgen).arg(&folder).arg(main).run()?;
    // The names of both get the page's hash, so that caches tell builds apart.
    let (loader, chunk) = (format!("{stem}_split.js"), format!("{stem}_late.wasm"));
    let script = format!("{stem}.js");
    // Only the script's import is rewritten: the program asks the script for the loader by its original name.
    let import = |name: &str| format!("from \"./{name}\"");
    rewrite(&folder.join(&script), &import(LOADER), &import(&loader), &dist.join(&script))?;
    let init = format!("import {{ initSync }} from \"./{script}\";");
    let wanted = [(CHUNK, chunk.as_str()), FETCH, INSTANTIATE, (init.as_str(), INIT)];
    let named = dist.join(&loader);
    wanted
        .into_iter()
        .try_fold(folder.join(LOADER), |from, (old, new)| rewrite(&from, old, new, &named).map(|()| named.clone()))?;
    let wasm = format!("{stem}_bg.wasm");
    for (from, to) in [(wasm.as_str(), &wasm), (CHUNK, &chunk)] {
        let to = dist.join(to);
        fs::copy(folder.join(from), &to).map_err(Error::file(&to))?;
    }
    Ok(())
}

/// `reptile-lab-` and trunk's hash: the name of the page's script without its ending.
fn stem_of_page(dist: &Path) -> Result<String, Error> {
    let entries = fs::read_dir(dist).map_err(Error::file(dist))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut stems = names.filter_map(|name| Some(name.strip_suffix(".js")?.to_owned()));
    stems.find(|stem| stem.starts_with(PAGE)).ok_or_else(|| Error::Missing {
        what: format!("{} has no {PAGE}-….js", dist.display()),
        advice: String::from("Trunk should have made it; its messages are above."),
    })
}

/// Writes a script with another text in place of the one at which a file is named.
fn rewrite(from: &Path, old: &str, new: &str, to: &Path) -> Result<(), Error> {
    let text = fs::read_to_string(from).map_err(Error::file(from))?;
    if !text.contains(old) {
        return Err(Error::Missing {
            what: format!("{} does not say {old}", from.display()),
            advice: String::from("Another version of wasm-split or wasm-bindgen may call it otherwise."),
        });
    }
    fs::write(to, text.replace(old, new)).map_err(Error::file(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_name_the_files_of_the_page() {
        let folder = std::env::temp_dir().join(format!("reptile-lab-split-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let (from, to) = (folder.join("reptile-lab-12ab.js"), folder.join("to.js"));
        fs::write(&from, "import \"./__wasm_split.js\";").expect("the temporary folder is writable");
        let stem = stem_of_page(&folder).expect("a script of the page");
        let outcome = rewrite(&from, LOADER, "a_split.js", &to);
        let text = fs::read_to_string(&to);
        let missing = rewrite(&from, CHUNK, "a_late.wasm", &to);
        fs::remove_dir_all(&folder).expect("the temporary folder is writable");
        assert_eq!(stem, "reptile-lab-12ab");
        assert!(outcome.is_ok() && missing.is_err());
        assert_eq!(text.expect("it was written"), "import \"./a_split.js\";");
    }
}

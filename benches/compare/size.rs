//! What a visitor downloads.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::report::Size;

/// What the engine's worker fetches where there is no GPU.
const ENGINE: [&str; 3] = ["worker.js", "engine.js", "engine_bg.wasm"];

/// What the document or a script names, and a browser fetches when the engine can train, or to install the page.
const LATER: [&str; 3] = ["offline.js", "manifest.json", "icon-192.png"];

/// The page's files as a web server sends them: compressed with brotli at its best.
///
/// The first paint needs `index.html`, the files that it names, and the scripts that these import. The engine's worker has
/// its script and a program, which is another one where the browser has a GPU.
///
/// # Errors
/// The page is not built, or cannot be read.
pub fn measure(dist: &Path) -> Result<Size, String> {
    let failed = |error: io::Error| format!("{}: {error}; `cargo xtask build` makes it", dist.display());
    let index = fs::read_to_string(dist.join("index.html")).map_err(failed)?;
    let mut files = Vec::new();
    for path in below(dist).map_err(failed)? {
        let name = path.strip_prefix(dist).unwrap_or(&path).to_string_lossy().into_owned();
        files.push((name, fs::read(&path).map_err(failed)?));
    }
    let is_script = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "js");
    let mut scripts: Vec<String> = vec![index];
    for (name, contents) in &files {
        if is_script(name) && !ENGINE.contains(&name.as_str()) && scripts[0].contains(name) {
            scripts.push(String::from_utf8_lossy(contents).into_owned());
        }
    }
    let (index, imported) = scripts.split_at(1);
    let mut size = Size::default();
    for (name, contents) in &files {
        let is_imported = || is_script(name) && imported.iter().any(|script| script.contains(name));
        let part = if ENGINE.contains(&name.as_str()) {
            &mut size.engine
        } else if !LATER.contains(&name.as_str()) && (name == "index.html" || index[0].contains(name) || is_imported())
        {
            &mut size.first_paint
        } else {
            &mut size.later
        };
        part.push((name.clone(), compressed(contents).map_err(failed)?));
    }
    if !size
        .first_paint
        .iter()
        .any(|(name, _)| Path::new(name).extension().is_some_and(|extension| extension == "wasm"))
    {
        return Err(format!("{} has no wasm; `cargo xtask build` makes it", dist.display()));
    }
    Ok(size)
}

/// Every file below a folder in the order of their names, hidden ones left out: they are none of the page.
fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
        } else if path.is_dir() {
            found.extend(below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Bytes after compression.
fn compressed(contents: &[u8]) -> io::Result<usize> {
    const QUALITY: u32 = 11;
    /// log₂ of the window, which is the usual one.
    const WINDOW: u32 = 22;
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, QUALITY, WINDOW);
    writer.write_all(contents)?;
    writer.flush()?;
    Ok(writer.into_inner().len())
}

//! What a visitor downloads.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::report::Size;

/// The page's files as a web server sends them: compressed with brotli at its best.
///
/// What `index.html` names, and itself, is needed before anything is seen or trained; all else is fetched when it is wanted.
///
/// # Errors
/// The page is not built, or cannot be read.
pub fn measure(dist: &Path) -> Result<Size, String> {
    let failed = |error: io::Error| format!("{}: {error}; `cargo xtask build` makes it", dist.display());
    let index = fs::read_to_string(dist.join("index.html")).map_err(failed)?;
    let mut size = Size::default();
    for path in files(dist).map_err(failed)? {
        let name = path.strip_prefix(dist).unwrap_or(&path).to_string_lossy().into_owned();
        let bytes = compressed(&fs::read(&path).map_err(failed)?).map_err(failed)?;
        if name == "index.html" || index.contains(&name) {
            size.bytes += bytes;
            size.files.push((name, bytes));
        } else {
            size.later.push((name, bytes));
        }
    }
    if !size.files.iter().any(|(name, _)| Path::new(name).extension().is_some_and(|extension| extension == "wasm")) {
        return Err(format!("{} has no wasm; `cargo xtask build` makes it", dist.display()));
    }
    Ok(size)
}

/// Every file below a folder in the order of their names, hidden ones left out: they are none of the page.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
        } else if path.is_dir() {
            found.extend(files(&path)?);
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

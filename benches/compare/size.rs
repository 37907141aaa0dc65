//! What a visitor downloads.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::report::Size;

/// Every file of the page that it needs before the engine trains, as a web server sends it: compressed with brotli at its
/// best. Files in folders, such as the runs that were trained beforehand, are only asked for later.
///
/// # Errors
/// The page is not built, or cannot be read.
pub fn measure(dist: &Path) -> Result<Size, String> {
    let failed = |error: std::io::Error| format!("{}: {error}; `cargo xtask build` makes it", dist.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(dist).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && !name.starts_with('.') {
            files.push((name, compressed(&fs::read(&path).map_err(failed)?).map_err(failed)?));
        }
    }
    files.sort();
    if !files.iter().any(|(name, _)| Path::new(name).extension().is_some_and(|extension| extension == "wasm")) {
        return Err(format!("{} has no wasm; `cargo xtask build` makes it", dist.display()));
    }
    Ok(Size { bytes: files.iter().map(|(_, bytes)| bytes).sum(), files })
}

/// Bytes after compression.
fn compressed(contents: &[u8]) -> std::io::Result<usize> {
    const QUALITY: u32 = 11;
    /// log₂ of the window, which is the usual one.
    const WINDOW: u32 = 22;
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, QUALITY, WINDOW);
    writer.write_all(contents)?;
    writer.flush()?;
    Ok(writer.into_inner().len())
}

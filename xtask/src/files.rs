//! Files and folders of the page that is built.

use std::fs;
use std::path::{Path, PathBuf};

use crate::step::Error;

/// Every file below a folder, in the order of their names.
///
/// # Errors
/// If a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

/// The name of a file of the page, as its address has it.
#[must_use]
pub fn name(dist: &Path, file: &Path) -> String {
    let parts = file.strip_prefix(dist).unwrap_or(file).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Puts another text in the place of one that must be in a file, where it stands first.
///
/// # Errors
/// If the file cannot be read or written, or does not have the text.
pub fn replace(file: &Path, old: &str, new: &str) -> Result<(), Error> {
    let text = fs::read_to_string(file).map_err(Error::file(file))?;
    if !text.contains(old) {
        return Err(Error::Missing {
            what: format!("{} does not say {old}", file.display()),
            advice: String::from("It is made of www/index.html by trunk; what cargo xtask looks for must be in it."),
        });
    }
    fs::write(file, text.replacen(old, new, 1)).map_err(Error::file(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn files_of_folders_within_are_found() {
        let workspace = Workspace::locate();
        let here = workspace.root().join("xtask");
        let found = files(&here).expect("the package's own folder is readable");
        assert!(found.contains(&here.join("Cargo.toml")) && found.contains(&here.join("src").join("site.rs")));
        assert!(found.is_sorted());
        assert!(files(&here.join("none")).is_err());
    }
}

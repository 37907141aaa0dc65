//! The page in the package for notebooks: the front end of `python/` with the page in one file inside.

use std::fs;

use crate::single_file::{self, quoted};
use crate::site;
use crate::step::Error;
use crate::workspace::Workspace;

/// Builds the page, and writes it into the package for notebooks.
///
/// # Errors
/// If the build fails, or a file cannot be read or written.
pub fn notebook(workspace: &Workspace) -> Result<(), Error> {
    let dist = site::build(workspace)?;
    let page = single_file::write(workspace, &dist)?;
    let page = fs::read_to_string(&page).map_err(Error::file(&page))?;
    let python = workspace.root().join("python");
    let source = python.join("lab.js");
    let source = fs::read_to_string(&source).map_err(Error::file(&source))?;
    let folder = python.join("src").join("reptile_lab").join("static");
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let file = folder.join("lab.js");
    fs::write(&file, format!("const PAGE = {};\n{source}", quoted(&page))).map_err(Error::file(&file))?;
    println!("`pip install {}` installs it.", python.display());
    Ok(())
}

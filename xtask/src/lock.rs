//! `Cargo.lock`: which version of a package the project is built with.

use crate::step::Error;
use crate::version::Version;
use crate::workspace::Workspace;

/// The version of `package` that `Cargo.lock` names.
///
/// # Errors
/// If the file cannot be read, or does not name exactly one version.
pub fn locked(workspace: &Workspace, package: &str) -> Result<Version, Error> {
    let path = workspace.root().join("Cargo.lock");
    let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
    match versions(&text, package)[..] {
        [version] => Ok(version),
        ref others => Err(Error::Missing {
            what: format!("Cargo.lock should name one version of {package}, and names {}", others.len()),
            advice: String::from(
                "`cargo update` writes it anew; `git checkout Cargo.lock` brings the committed one back.",
            ),
        }),
    }
}

/// Every version of `package` in the text of a `Cargo.lock`.
fn versions(lock: &str, package: &str) -> Vec<Version> {
    lock.split("[[package]]")
        .filter(|entry| field(entry, "name") == Some(package))
        .filter_map(|entry| field(entry, "version"))
        .filter_map(Version::find)
        .collect()
}

/// The text of `key = "text"`.
fn field<'entry>(entry: &'entry str, key: &str) -> Option<&'entry str> {
    entry.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "registry"
dependencies = [
 "cfg-if",
 "wasm-bindgen-macro",
]

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.131"

[[package]]
name = "syn"
version = "2.0.1"

[[package]]
name = "syn"
version = "3.0.2"
"#;

    #[test]
    fn a_package_is_told_from_those_that_it_is_a_prefix_of() {
        assert_eq!(versions(LOCK, "wasm-bindgen"), [Version::new(0, 2, 130)]);
        assert_eq!(versions(LOCK, "wasm-bindgen-macro"), [Version::new(0, 2, 131)]);
    }

    #[test]
    fn every_version_is_found() {
        assert_eq!(versions(LOCK, "syn"), [Version::new(2, 0, 1), Version::new(3, 0, 2)]);
        assert_eq!(versions(LOCK, "wasm"), []);
        assert_eq!(versions("", "syn"), []);
    }
}

//! Firefox and WebKit with their drivers, in which the core of the page is tested too.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use crate::browser::find_program;
use crate::debian;
use crate::step::Error;
use crate::tools;
use crate::workspace::Workspace;

const FIREFOX_NAMES: [&str; 2] = ["firefox-esr", "firefox"];
/// The first Firefox whose releases were seen to have WebGPU on Linux; 140 keeps it to its nightly builds.
const FIREFOX_WITH_WEBGPU: u32 = 153;
/// Below these lie the folders of WebKit, by its version.
const LIBRARIES: [&str; 4] = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/libexec"];
const PACKAGES: [&str; 3] = ["firefox-esr", "webkit2gtk-driver", "xvfb"];

/// Variables of the environment of the tests: where the programs are, and what cannot be tested here.
pub type Variables = Vec<(&'static str, OsString)>;

/// Makes sure of the browsers and their drivers; says what cannot be tested here, and why.
///
/// # Errors
/// If one is missing and cannot be installed.
pub fn ensure(workspace: &Workspace) -> Result<Variables, Error> {
    if !cfg!(target_os = "linux") {
        println!("Not tested here: Firefox and WebKit, whose programs for tests are Linux's.");
        return Ok(vec![("REPTILE_LAB_SKIP_OTHER_BROWSERS", "1".into())]);
    }
    tools::ensure_geckodriver(workspace)?;
    let find = || -> Result<Option<Variables>, Error> {
        let programs = [
            ("FIREFOX", find_program(workspace, "FIREFOX", &FIREFOX_NAMES)?),
            ("GECKODRIVER", find_program(workspace, "GECKODRIVER", &["geckodriver"])?),
            ("WEBKIT_DRIVER", find_program(workspace, "WEBKIT_DRIVER", &["WebKitWebDriver"])?),
            ("WEBKIT_BROWSER", find_program(workspace, "WEBKIT_BROWSER", &[])?.or_else(mini_browser)),
            ("XVFB", find_program(workspace, "XVFB", &["Xvfb"])?),
        ];
        Ok(programs.into_iter().map(|(variable, path)| Some((variable, path?.into_os_string()))).collect())
    };
    if find()?.is_none() {
        let otherwise = "Install Firefox, WebKitGTK's WebKitWebDriver with its MiniBrowser, and Xvfb, or name them in the \
                         environment variables FIREFOX, WEBKIT_DRIVER, WEBKIT_BROWSER and XVFB.";
        debian::install(workspace, &PACKAGES, "Firefox and WebKit, for tests", otherwise)?;
    }
    let mut variables = find()?.ok_or_else(|| Error::Missing {
        what: String::from("Firefox and WebKit were installed, but are not where they should be"),
        advice: String::from("Set FIREFOX, WEBKIT_DRIVER, WEBKIT_BROWSER and XVFB to their paths."),
    })?;
    let firefox = variables.iter().find(|(variable, _)| *variable == "FIREFOX").map(|(_, path)| path.clone());
    let said = firefox.and_then(|path| workspace.step(path).args(["--version"]).output());
    if let Some(said) = said.filter(|said| lacks_webgpu(said)) {
        println!("Not tested here: WebGPU in {}, whose releases do not have it.", said.trim());
        variables.push(("REPTILE_LAB_SKIP_FIREFOX_GPU", "1".into()));
    }
    Ok(variables)
}

/// Whether this is the name of such a Firefox, as `Mozilla Firefox 140.10.2esr`.
fn lacks_webgpu(firefox: &str) -> bool {
    let major = firefox.split_whitespace().find_map(|word| word.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major < FIREFOX_WITH_WEBGPU)
}

/// WebKit's browser for tests, which lies beside its libraries.
fn mini_browser() -> Option<PathBuf> {
    LIBRARIES.iter().find_map(|folder| {
        let folders = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("webkit"));
        let browsers = folders.filter(named).map(|path| path.join("MiniBrowser"));
        browsers.filter(|path| path.is_file()).max()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webgpu_is_tested_where_firefox_has_it() {
        assert!(lacks_webgpu("Mozilla Firefox 140.10.2esr\n"));
        assert!(!lacks_webgpu("Mozilla Firefox 153.0"));
        assert!(!lacks_webgpu("Mozilla Firefox 160.1esr"));
    }
}

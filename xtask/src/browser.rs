//! What the tests need beside a build: a Chromium with its driver, and a Vulkan driver in software.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::debian;
use crate::step::Error;
use crate::version::Version;
use crate::workspace::Workspace;

/// Chromium and the program through which tests drive it.
#[derive(Debug)]
pub struct Browser {
    /// The browser.
    pub chrome: PathBuf,
    /// Its driver, of the same major version.
    pub driver: PathBuf,
}

const CHROME_NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const DRIVER_NAMES: [&str; 2] = ["chromedriver", "/usr/lib/chromium-browser/chromedriver"];

/// Where Vulkan drivers are registered.
const DRIVER_FOLDERS: [&str; 3] = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/// Makes sure of a Chromium and its driver; `CHROME` and `CHROMEDRIVER` in the environment go before any other.
///
/// # Errors
/// If there is none and none can be installed, or the two are of different versions.
pub fn ensure(workspace: &Workspace) -> Result<Browser, Error> {
    let find = || -> Result<Option<Browser>, Error> {
        let chrome = find_program(workspace, "CHROME", &CHROME_NAMES)?;
        let driver = find_program(workspace, "CHROMEDRIVER", &DRIVER_NAMES)?;
        Ok(chrome.zip(driver).map(|(chrome, driver)| Browser { chrome, driver }))
    };
    if find()?.is_none() {
        let otherwise = "Install Chrome or Chromium and the ChromeDriver of the same version, and put them on the PATH \
                         or into the environment variables CHROME and CHROMEDRIVER.";
        debian::install(workspace, &["chromium", "chromium-driver"], "a browser and its driver", otherwise)?;
    }
    let Some(browser) = find()? else {
        return Err(Error::Missing {
            what: String::from("a browser and its driver were installed, but are not on the PATH"),
            advice: String::from("Set the environment variables CHROME and CHROMEDRIVER to their paths."),
        });
    };
    let version = |path: &Path| workspace.step(path).args(["--version"]).output().and_then(|text| Version::find(&text));
    match_versions(version(&browser.chrome), version(&browser.driver))?;
    Ok(browser)
}

/// A driver drives the browser of its own major version only.
fn match_versions(chrome: Option<Version>, driver: Option<Version>) -> Result<(), Error> {
    match (chrome, driver) {
        (Some(chrome), Some(driver)) if chrome.major != driver.major => Err(Error::Missing {
            what: format!("the browser is version {} and its driver version {}", chrome.major, driver.major),
            advice: String::from("Install two that match, or name them in CHROME and CHROMEDRIVER."),
        }),
        _ => Ok(()),
    }
}

/// The program that a variable of the environment names, else the first of these names that is on the PATH.
///
/// # Errors
/// If the variable names no file.
pub fn find_program(workspace: &Workspace, variable: &str, names: &[&str]) -> Result<Option<PathBuf>, Error> {
    let Some(named) = env::var_os(variable).map(PathBuf::from) else {
        return Ok(names.iter().find_map(|name| workspace.find(name)));
    };
    if named.is_file() {
        return Ok(Some(named));
    }
    Err(Error::Missing {
        what: format!("{variable} is set to {}, which is not a file", named.display()),
        advice: format!("Set {variable} to a program, or unset it."),
    })
}

/// Makes sure of a Vulkan driver in software and returns its description; none where tests use another: a driver that
/// the environment names, or the GPU interface of a system that has no Vulkan.
///
/// # Errors
/// If there is none and none can be installed.
pub fn ensure_vulkan(workspace: &Workspace) -> Result<Option<PathBuf>, Error> {
    let named = |name| env::var_os(name).is_some();
    if !cfg!(target_os = "linux") || named("VK_DRIVER_FILES") || named("VK_ICD_FILENAMES") {
        return Ok(None);
    }
    let find = || find_lavapipe(&DRIVER_FOLDERS.map(PathBuf::from));
    if let Some(driver) = find() {
        return Ok(Some(driver));
    }
    let otherwise = "Install Mesa's lavapipe and the Vulkan loader, or name another driver's description in the \
                     environment variable VK_DRIVER_FILES.";
    debian::install(workspace, &["mesa-vulkan-drivers", "libvulkan1"], "a Vulkan driver in software", otherwise)?;
    find().map(Some).ok_or_else(|| Error::Missing {
        what: format!("no lvp_icd*.json in {}", DRIVER_FOLDERS.join(", ")),
        advice: String::from("Set VK_DRIVER_FILES to the description of a Vulkan driver."),
    })
}

/// The description of lavapipe in the first folder that has one.
fn find_lavapipe(folders: &[PathBuf]) -> Option<PathBuf> {
    let is_lavapipe = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("lvp_icd") && path.extension().is_some_and(|extension| extension == "json")
    };
    folders.iter().find_map(|folder| {
        let entries = fs::read_dir(folder).ok()?;
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_lavapipe).min()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_must_match_where_they_are_known() {
        let (older, newer) = (Some(Version::new(139, 0, 1)), Some(Version::new(140, 0, 2)));
        assert!(match_versions(newer, Some(Version::new(140, 0, 7))).is_ok());
        assert!(match_versions(newer, None).is_ok());
        let error = match_versions(newer, older).expect_err("they differ").to_string();
        assert!(error.contains("140") && error.contains("139"), "{error}");
    }

    #[test]
    fn lavapipe_is_told_from_other_drivers() {
        let folder = env::temp_dir().join(format!("reptile-lab-icd-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let folders = [folder.join("none"), folder.clone()];
        for name in ["radeon_icd.x86_64.json", "lvp_icd.txt"] {
            fs::write(folder.join(name), "{}").expect("the temporary folder is writable");
        }
        let before = find_lavapipe(&folders);
        let lavapipe = folder.join("lvp_icd.x86_64.json");
        fs::write(&lavapipe, "{}").expect("the temporary folder is writable");
        let after = find_lavapipe(&folders);
        fs::remove_dir_all(&folder).expect("the temporary folder is writable");
        assert_eq!((before, after), (None, Some(lavapipe)));
    }
}

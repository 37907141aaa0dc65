//! Debian packages: what a browser test needs and cargo cannot bring.

use crate::step::Error;
use crate::version::Version;
use crate::workspace::Workspace;

/// Installs packages with apt-get.
///
/// # Errors
/// If this is not a Debian, this is not root and may not become it without a password, or apt-get fails; the message
/// then has the command to run and what to do `otherwise`.
pub fn install(workspace: &Workspace, packages: &[&str], purpose: &str, otherwise: &str) -> Result<(), Error> {
    let names = packages.join(" ");
    let what = || format!("missing: {purpose} ({names})");
    if workspace.find("apt-get").is_none() {
        return Err(Error::Missing { what: what(), advice: otherwise.to_owned() });
    }
    let Some(program) = privilege(workspace) else {
        return Err(Error::Missing {
            what: what(),
            advice: format!("Run `sudo apt-get install {names}`, which takes root. Or else: {otherwise}"),
        });
    };
    println!("Installing {purpose} with apt-get ({names}). This takes about a minute.");
    let apt = |arguments: &[&str]| {
        let quietly = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"];
        let mut words = program.iter().chain(&quietly).chain(arguments);
        workspace.step(words.next().unwrap_or(&"env")).args(words)
    };
    // A list that cannot be brought up to date may still do.
    if let Err(error) = apt(&["update"]).run() {
        println!("    {error}");
    }
    apt(&["install", "--no-install-recommends"])
        .args(packages)
        .advice(format!("Its own messages are above. Or else: {otherwise}"))
        .run()
}

/// The version of a package that apt-get would install for this person, if it could.
pub fn candidate(workspace: &Workspace, package: &str) -> Option<Version> {
    let path = workspace.find("apt-cache")?;
    privilege(workspace)?;
    parse_candidate(&workspace.step(path).args(["policy", package]).env("LC_ALL", "C").output()?)
}

fn parse_candidate(policy: &str) -> Option<Version> {
    Version::find(policy.lines().find_map(|line| line.trim().strip_prefix("Candidate:"))?)
}

/// What to put before a command that needs root; none if root is out of reach.
fn privilege(workspace: &Workspace) -> Option<&'static [&'static str]> {
    if workspace.step("id").args(["-u"]).output().is_some_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    workspace.step("sudo").args(["-n", "true"]).output().map(|_| ["sudo", "-n"].as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_candidate_is_told_from_the_installed() {
        let policy = "binaryen:\n  Installed: 108-1\n  Candidate: 120-4\n  Version table:\n     120-4 500\n";
        assert_eq!(parse_candidate(policy), Some(Version::new(120, 0, 0)));
        assert_eq!(parse_candidate("npm:\n  Installed: (none)\n  Candidate: (none)\n"), None);
        assert_eq!(parse_candidate(""), None);
    }
}

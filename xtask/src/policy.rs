//! The page's Content-Security-Policy: everything comes from the page's own place, and nothing stands inline.
//!
//! It is written into the page that is built for visitors. One that `trunk serve` serves has trunk's own inline script,
//! which reloads it.

use std::fs;
use std::path::Path;

use crate::step::Error;

/// What the page may load and run.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'";
/// What the policy follows: it holds for what comes after it.
const BEFORE: &str = "<meta charset=\"utf-8\">";

/// Writes the policy into the page's document.
///
/// # Errors
/// If the document cannot be read or written, or has something that the policy forbids.
pub fn write(document: &Path) -> Result<(), Error> {
    let text = fs::read_to_string(document).map_err(Error::file(document))?;
    let text = with_policy(&text).map_err(|fault| Error::Missing {
        what: format!("{}: {fault}", document.display()),
        advice: String::from("Scripts and styles of the page are files of www/."),
    })?;
    fs::write(document, text).map_err(Error::file(document))
}

fn with_policy(document: &str) -> Result<String, String> {
    for tag in document.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let is_inline_script = tag.starts_with("script") && !tag.contains(" src=");
        if is_inline_script || tag.starts_with("style") || tag.contains(" style=") || tag.contains(" on") {
            return Err(format!("<{tag}> is inline, which the policy of the page forbids"));
        }
    }
    let (before, after) = document.split_once(BEFORE).ok_or_else(|| format!("there is no {BEFORE}"))?;
    Ok(format!("{before}{BEFORE}\n    <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_comes_before_what_it_holds_for() {
        let document = format!("<head>{BEFORE}<link rel=\"stylesheet\" href=\"a.css\"><script src=\"a.js\"></script>");
        let text = with_policy(&document).expect("nothing is inline");
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is not in {text}"));
        assert!(at(BEFORE) < at(POLICY) && at(POLICY) < at("a.css"));
    }

    #[test]
    fn a_document_with_something_inline_is_refused() {
        for inline in [
            "<script>start();</script>",
            "<script type=\"module\">import init from './a.js';</script>",
            "<style>p { color: red; }</style>",
            "<p style=\"color: red\">",
            "<p onclick=\"start()\">",
        ] {
            assert!(with_policy(&format!("{BEFORE}{inline}")).is_err(), "{inline}");
        }
        assert!(with_policy("<head>").is_err());
    }
}

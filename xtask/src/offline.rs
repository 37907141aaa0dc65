//! What makes the page an app that is there without a network: manifest, icons, and the service worker with the list of
//! the build's files.

use std::fs;
use std::path::Path;

use crate::base64::base64;
use crate::files::{files, name, replace};
use crate::sha256::{hex, sha256};
use crate::step::Error;

const DOCUMENT: &str = "index.html";
const WORKER: &str = "service-worker.js";
/// Digits of a build's name.
const DIGITS: usize = 16;
/// Where the manifest's link goes: before the document's first link.
const FIRST_LINK: &str = "    <link ";
const MANIFEST: &str =
    "    <link rel=\"manifest\" href=\"manifest.json\">\n    <link rel=\"apple-touch-icon\" href=\"icon-192.png\">\n";

/// Adds the files of `www/offline` to the page, and its manifest to the document.
///
/// # Errors
/// If a file cannot be read or written, or the document is not as it should be.
pub fn add(sources: &Path, dist: &Path) -> Result<(), Error> {
    for source in files(sources)? {
        let to = dist.join(source.file_name().unwrap_or_default());
        fs::copy(&source, &to).map_err(Error::file(&to))?;
    }
    replace(&dist.join(DOCUMENT), FIRST_LINK, &format!("{MANIFEST}{FIRST_LINK}"))
}

/// Names the build by all that it has, and writes the name into the document and, with the list of the build's files, into
/// the service worker. Nothing of the page may change after this.
///
/// # Errors
/// If a file cannot be read or written, or the document is not as it should be.
pub fn list(dist: &Path) -> Result<(), Error> {
    let mut names = Vec::new();
    let mut all = Vec::new();
    for file in files(dist)? {
        let contents = fs::read(&file).map_err(Error::file(&file))?;
        let name = name(dist, &file);
        all.push(format!("{} {name}", hex(&sha256(&contents))));
        if name != WORKER {
            names.push(name);
        }
    }
    let build = &hex(&sha256(all.join("\n").as_bytes()))[..DIGITS];
    let document = dist.join(DOCUMENT);
    replace(&document, "<html ", &format!("<html data-build=\"{build}\" "))?;
    replace(&document, "src=\"start.js\"", &format!("src=\"start.js?{build}\""))?;
    let mut listed = Vec::new();
    for name in names {
        let file = dist.join(&name);
        let contents = fs::read(&file).map_err(Error::file(&file))?;
        let hash = base64(&sha256(&contents));
        // Servers may lead from the document's name to its folder.
        let name = if name == DOCUMENT { "./" } else { &name };
        let query = if name == "./" || is_hashed(name) { String::new() } else { format!("?{build}") };
        listed.push(format!("[\"{name}\",\"{name}{query}\",\"sha256-{hash}\"]"));
    }
    let worker = dist.join(WORKER);
    let code = fs::read_to_string(&worker).map_err(Error::file(&worker))?;
    let list = format!("self.page={{build:\"{build}\",files:[\n{}\n]}};\n", listed.join(",\n"));
    fs::write(&worker, list + &code).map_err(Error::file(&worker))
}

/// Whether trunk has put a hash into the name, so that the page asks for the file without the build's.
fn is_hashed(name: &str) -> bool {
    let words = name.split(['-', '.', '_']).skip(1);
    words.into_iter().any(|word| word.len() >= 15 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, document: &str) -> (String, String) {
        let folder = std::env::temp_dir().join(format!("reptile-lab-{name}-{}", std::process::id()));
        let (sources, dist) = (folder.join("offline"), folder.join("dist"));
        for folder in [&sources, &dist.join("lessons")] {
            fs::create_dir_all(folder).expect("the temporary folder is writable");
        }
        for (file, text) in [
            (sources.join(WORKER), "work();"),
            (sources.join("manifest.json"), "{}"),
            (dist.join(DOCUMENT), document),
            (dist.join("lessons").join("en.md"), "# A"),
            (dist.join("reptile-lab-1234567890abcdef_bg.wasm"), "wasm"),
        ] {
            fs::write(file, text).expect("the temporary folder is writable");
        }
        add(&sources, &dist).expect("the document has a link");
        list(&dist).expect("the document has what is replaced");
        let read = |name| fs::read_to_string(dist.join(name)).expect("it was written");
        let outcome = (read(DOCUMENT), read(WORKER));
        fs::remove_dir_all(&folder).expect("the temporary folder is writable");
        outcome
    }

    #[test]
    fn the_worker_lists_every_file_as_the_page_asks_for_it() {
        let document = "<html lang=\"en\">\n    <link rel=\"icon\">\n    <script src=\"start.js\"></script>";
        let (page, worker) = written("offline", document);
        let build = page.split("data-build=\"").nth(1).expect("the build's name").split('"').next().expect("its end");
        assert_eq!(build.len(), DIGITS);
        assert!(page.contains(&format!("src=\"start.js?{build}\"")) && page.contains(MANIFEST), "{page}");
        assert!(worker.starts_with(&format!("self.page={{build:\"{build}\",files:[")), "{worker}");
        assert!(worker.ends_with("]};\nwork();") && !worker.contains(WORKER), "{worker}");
        for file in [
            "\"./\",\"./\",\"sha256-",
            "\"reptile-lab-1234567890abcdef_bg.wasm\",\"reptile-lab-1234567890abcdef_bg.wasm\"",
        ] {
            assert!(worker.contains(file), "{worker}");
        }
        // `printf '# A' | openssl dgst -sha256 -binary | base64`
        let lesson = format!(
            "[\"lessons/en.md\",\"lessons/en.md?{build}\",\"sha256-Mn8DGyXgCxp82bDBjwWUi2D1XQn5s9F30hCD+Do8tt8=\"]"
        );
        assert!(worker.contains(&lesson), "{worker}");
        // Another file, another build.
        let (other, _) = written("offline-other", &document.replace("en", "zh"));
        assert!(!other.contains(build), "{other}");
    }

    #[test]
    fn hashes_in_names_are_told_from_words() {
        for name in
            ["favicon-af92f86913ec21b.svg", "reptile-lab-665896060cb78fc6_bg.wasm", "styles-b005e9216e76e147.css"]
        {
            assert!(is_hashed(name), "{name}");
        }
        for name in ["engine-gpu_bg.wasm", "icon-192.png", "lessons/zh-Hans.md", "start.js"] {
            assert!(!is_hashed(name), "{name}");
        }
    }
}

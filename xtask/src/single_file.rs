//! The page in one file: everything that a built page has, in one HTML document that also runs where it is opened from a
//! disk. `www/single-file/own.js` says how it finds its own files in itself.

use std::fs;
use std::path::{Path, PathBuf};

use crate::base64::base64;
use crate::files::{files, name};
use crate::sha256::sha256;
use crate::step::Error;
use crate::workspace::Workspace;
use crate::{optimize, site};

/// Where it goes, below cargo's target folder.
pub const FILE: &str = "single-file/reptile-lab.html";
/// How a file is compressed, where Node.js is there: browsers can decompress this, and not Brotli.
const COMPRESS: &str = "process.stdout.write(require('zlib').gzipSync(require('fs').readFileSync(process.argv[1]),{level:9}).toString('base64'))";
/// What the page does otherwise where it is one file: in which of its scripts, what stands there, and what shall.
const CHANGES: [(&str, &str, &str); 3] = [
    ("program-", "import(", "importOwn("),
    // These links would have the browser fetch what they name.
    ("program-", "link[rel=", "link[rel=own-"),
    ("worker.js", "import(", "importOwn("),
];

/// Builds the page, and writes it into one file.
///
/// # Errors
/// If the build fails, or a file cannot be read or written or is not as it should be.
pub fn single_file(workspace: &Workspace) -> Result<(), Error> {
    let dist = site::build(workspace)?;
    write(workspace, &dist).map(drop)
}

/// Writes the page that was built into a folder into one file, and returns that.
///
/// # Errors
/// If a file cannot be read or written, or is not as it should be.
pub fn write(workspace: &Workspace, dist: &Path) -> Result<PathBuf, Error> {
    let folder = workspace.target().join("single-file");
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let prelude = folder.join("own.js");
    let source = workspace.root().join("www").join("single-file").join("own.js");
    fs::copy(&source, &prelude).map_err(Error::file(&prelude))?;
    optimize::minify(workspace, &prelude)?;
    let prelude = read(&prelude)?;
    let mut table = Vec::new();
    for file in files(dist)?.into_iter().filter(|file| is_packed(&name(dist, file))) {
        table.push((name(dist, &file), base64_of(workspace, &file)?));
    }
    let worker = quoted(&script(dist, "worker.js")?);
    let table = table.iter().map(|(name, text)| format!("\"{name}\":\"{text}\",\n")).collect::<Vec<_>>().concat();
    // A comment may speak of it, too, where there is no terser.
    let (before, after) = prelude.trim_end().rsplit_once("TABLE").ok_or_else(|| unlike("own.js takes no TABLE"))?;
    let own = format!("{before}{{\n{table}\"worker.js\":{worker}}}{after}");
    let document = one(dist, &own)?;
    let file = workspace.target().join(FILE);
    fs::write(&file, &document).map_err(Error::file(&file))?;
    println!("{} kB {}", document.len() / 1000, file.display());
    Ok(file)
}

/// Whether the page fetches this file, and has neither it in its document nor a network for it.
fn is_packed(name: &str) -> bool {
    let is_program = name.starts_with("reptile-lab-") || name.starts_with("engine");
    is_program || ["lessons/", "locales/", "pretrained/"].iter().any(|folder| name.starts_with(folder))
}

/// A file in Base64, compressed where that can be done.
fn base64_of(workspace: &Workspace, file: &Path) -> Result<String, Error> {
    let compressed =
        workspace.find("node").and_then(|node| workspace.step(node).args(["-e", COMPRESS]).arg(file).output());
    match compressed {
        Some(text) => Ok(text),
        None => Ok(base64(&fs::read(file).map_err(Error::file(file))?)),
    }
}

/// A text as JavaScript has it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn read(file: &Path) -> Result<String, Error> {
    fs::read_to_string(file).map_err(Error::file(file))
}

/// A script of the page as it is in one file.
fn script(dist: &Path, name: &str) -> Result<String, Error> {
    let mut text = read(&dist.join(name))?;
    for (_, old, new) in CHANGES.iter().filter(|(script, ..)| name.starts_with(script)) {
        if !text.contains(old) {
            return Err(unlike(&format!("{name} does not say {old}")));
        }
        text = text.replace(old, new);
    }
    Ok(text.trim_end().to_owned())
}

fn unlike(what: &str) -> Error {
    let advice = String::from("xtask/src/single_file.rs has to know how the page is built.");
    Error::Missing { what: what.to_owned(), advice }
}

/// The document with its styles and scripts inside.
fn one(dist: &Path, own: &str) -> Result<String, Error> {
    let document = read(&dist.join("index.html"))?;
    let mut out = Vec::new();
    let mut hashes = Hashes::default();
    for part in document.split('<') {
        let (tag, after) = part.split_once('>').unwrap_or(("", part));
        let name = |attribute: &str| {
            let value = tag.split_once(&format!("{attribute}=\"")).map_or("", |(_, rest)| rest);
            value.split(['"', '?']).next().unwrap_or_default().trim_start_matches("./").to_owned()
        };
        if tag.is_empty() || tag.contains("rel=\"manifest\"") || tag.contains("rel=\"apple-touch-icon\"") {
        } else if tag.contains("Content-Security-Policy") {
            out.push(POLICY_HERE.to_owned());
        } else if tag.contains("rel=\"stylesheet\"") {
            let text = read(&dist.join(name("href")))?;
            out.push(format!("<style>{}</style>", hashes.add("style", &text)?));
        } else if tag.contains("rel=\"icon\"") {
            let icon = read(&dist.join(name("href")))?;
            out.push(format!("<link rel=\"icon\" href=\"data:image/svg+xml;base64,{}\">", base64(icon.as_bytes())));
        } else if tag.starts_with("link rel=\"modulepreload\"") || tag.starts_with("link rel=\"preload\"") {
            out.push(format!("<{}>", tag.replacen("rel=\"", "rel=\"own-", 1)));
        } else if tag.starts_with("script") {
            let name = name("src");
            if name == "start.js" {
                out.push(format!("<script>{}</script>\n    ", hashes.add("script", own)?));
            }
            let kind = if tag.contains("type=\"module\"") { " type=\"module\"" } else { "" };
            out.push(format!("<script{kind}>{}", hashes.add("script", &script(dist, &name)?)?));
        } else {
            out.push(format!("<{tag}>"));
        }
        out.push(after.to_owned());
    }
    let out = out.concat();
    if !out.contains(POLICY_HERE) {
        return Err(unlike("the document has no policy"));
    }
    Ok(out.replacen(POLICY_HERE, &hashes.policy(), 1))
}

const POLICY_HERE: &str = "<meta policy>";

/// The hashes of what stands inline, for the policy.
#[derive(Default)]
struct Hashes {
    scripts: Vec<String>,
    styles: Vec<String>,
}

impl Hashes {
    /// Adds a text that stands between the tags of this name, and returns it.
    fn add<'text>(&mut self, tag: &str, text: &'text str) -> Result<&'text str, Error> {
        // Either would end the text, or hide its end, in the document.
        if text.contains(&format!("</{tag}")) || text.contains("<!--") {
            return Err(unlike(&format!("a text has </{tag} or <!-- in it")));
        }
        let hashes = if tag == "script" { &mut self.scripts } else { &mut self.styles };
        hashes.push(format!("'sha256-{}'", base64(&sha256(text.as_bytes()))));
        Ok(text)
    }

    /// Nothing comes from anywhere: what runs is in the file, named by its hash, or is made of it.
    fn policy(&self) -> String {
        let [scripts, styles] = [&self.scripts, &self.styles].map(|hashes| hashes.join(" "));
        format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {scripts} blob: \
             'wasm-unsafe-eval'; worker-src blob:; style-src {styles}; img-src data: blob:\">"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(document: &str, files: &[(&str, &str)]) -> Result<String, Error> {
        let folder = std::env::temp_dir().join(format!("reptile-lab-single-{}-{}", document.len(), std::process::id()));
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        for (name, text) in files.iter().chain(&[("index.html", document)]) {
            fs::write(folder.join(name), text).expect("the temporary folder is writable");
        }
        let outcome = one(&folder, "own()");
        fs::remove_dir_all(&folder).expect("the temporary folder is writable");
        outcome
    }

    const DOCUMENT: &str = "<head><meta http-equiv=\"Content-Security-Policy\" content=\"x\">\
                            <link rel=\"stylesheet\" href=\"./a.css\"/><link rel=\"preload\" href=\"./b.wasm\"></head>\
                            <body>≥ <script src=\"start.js?1\"></script><p>a</p>\
                            <script src=\"./program-1.js\" type=\"module\"></script></body>";

    #[test]
    fn everything_stands_in_the_document() {
        let program = "import(link[rel=a])";
        let document = made(DOCUMENT, &[("a.css", "p{}"), ("start.js", "start()\n"), ("program-1.js", program)]);
        let document = document.expect("all is there");
        let (policy, rest) = document.split_once("img-src data: blob:\">").expect("a policy");
        assert_eq!(
            rest,
            "<style>p{}</style><link rel=\"own-preload\" href=\"./b.wasm\"></head><body>≥ <script>own()</script>\n    \
             <script>start()</script><p>a</p><script type=\"module\">importOwn(link[rel=own-a])</script></body>"
        );
        // `printf 'start()' | openssl dgst -sha256 -binary | base64`
        assert!(policy.contains("'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00='"), "{policy}");
    }

    #[test]
    fn what_would_break_the_document_is_refused() {
        let program = ("program-1.js", "import(link[rel=a])");
        for start in ["'</script>'", "'<!--'"] {
            assert!(made(DOCUMENT, &[("a.css", ""), ("start.js", start), program]).is_err(), "{start}");
        }
        assert!(made(DOCUMENT, &[("a.css", ""), ("start.js", ""), ("program-1.js", "")]).is_err());
    }
}

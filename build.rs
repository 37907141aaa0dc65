//! Turns `assets/locales/*.json` into the typed message catalogue `Locale`, and the sources into a fingerprint of the
//! build.
//!
//! Each file is one language: a flat JSON object from message key to text, where `{name}` marks an argument. English
//! is the pattern: a language that lacks a key, has one too many, or uses other arguments does not build. A further
//! language is one further file; its name for people is its own message `language_name`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Texts of one language by message key, in the order of the file.
type Catalogue = serde_json::Map<String, serde_json::Value>;

const FOLDER: &str = "assets/locales";
const PATTERN: &str = "en";
/// The message that every language has of itself, wherever the page speaks another.
const NAME: &str = "language_name";
/// Everything that the page is made of.
const SOURCES: [&str; 5] = ["src", "assets/locales", "build.rs", "Cargo.toml", "Cargo.lock"];

fn main() {
    for path in SOURCES {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rustc-env=REPTILE_LAB_BUILD={:016x}", fingerprint());
    let languages = read_languages();
    let problems = differences(&languages);
    assert!(problems.is_empty(), "the message catalogue is not complete:\n{}", problems.join("\n"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("locale.rs"), generate(&languages)).expect("OUT_DIR is writable");
}

/// A number that changes with any of the sources.
fn fingerprint() -> u64 {
    let mut found: Vec<PathBuf> = SOURCES.map(PathBuf::from).into();
    let mut hasher = DefaultHasher::new();
    while let Some(path) = found.pop() {
        if path.is_dir() {
            let mut within = entries(&path);
            within.sort();
            found.extend(within);
        } else {
            let contents = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path.to_string_lossy(), contents).hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// What is in a folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("a readable folder entry").path()).collect()
}

fn read_text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder with an extension.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let paths = entries(Path::new(folder)).into_iter();
    paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// Every language of the folder by its code, which is the file's stem.
fn read_languages() -> BTreeMap<String, Catalogue> {
    let mut languages = BTreeMap::new();
    for path in files(FOLDER, "json") {
        languages.insert(stem(&path), read(&path));
    }
    languages
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().expect("a file of a folder has a name");
    stem.to_string_lossy().into_owned()
}

fn read(path: &Path) -> Catalogue {
    serde_json::from_str(&read_text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What keeps the languages from being translations of one another, one line each.
#[must_use]
pub fn differences(languages: &BTreeMap<String, Catalogue>) -> Vec<String> {
    let pattern = &languages[PATTERN];
    let mut problems = Vec::new();
    for (code, catalogue) in languages {
        for (key, value) in catalogue {
            let Some(text) = value.as_str().filter(|text| !text.trim().is_empty()) else {
                problems.push(format!("{FOLDER}/{code}.json: \"{key}\" is not a text"));
                continue;
            };
            match pattern.get(key).and_then(|value| value.as_str()) {
                None => problems.push(format!("{FOLDER}/{code}.json: \"{key}\" is not in {PATTERN}.json")),
                Some(english) if arguments(english) != arguments(text) => problems
                    .push(format!("{FOLDER}/{code}.json: \"{key}\" must use the arguments {:?}", arguments(english))),
                Some(_) => {}
            }
        }
        for key in pattern.keys().filter(|key| !catalogue.contains_key(*key)) {
            problems.push(format!("{FOLDER}/{code}.json: \"{key}\" is missing"));
        }
    }
    problems
}

/// The names between braces, in alphabetical order.
fn arguments(text: &str) -> BTreeSet<&str> {
    let opened = text.split('{').skip(1);
    opened.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// `enum Locale` with one method a message, and the English texts in the order of their keys.
fn generate(languages: &BTreeMap<String, Catalogue>) -> String {
    let mut code = String::from(
        "/// A language of the page; every message is a method of it.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Locale {\n",
    );
    for language in languages.keys() {
        let name = texts(&languages[language], NAME);
        writeln!(code, "    /// {name}\n    {},", variant(language)).expect("a String takes any text");
    }
    let variants: Vec<String> = languages.keys().map(|code| format!("Self::{}", variant(code))).collect();
    let codes = languages.keys().map(|code| format!("Self::{} => {code:?},", variant(code)));
    let names = languages.iter().map(|(code, texts)| format!("Self::{} => {},", variant(code), texts[NAME]));
    writeln!(
        code,
        "}}\n\n#[expect(clippy::doc_markdown, clippy::too_many_arguments, reason = \"texts, not code\")]\nimpl Locale {{\n    /// Every language there is.\n    pub const ALL: &'static [Self] = &[{}];\n\n    \
         /// The BCP 47 language code.\n    #[must_use]\n    pub fn code(self) -> &'static str {{ match self {{ {} }} }}\n\n    \
         /// What its speakers call it.\n    #[must_use]\n    pub fn {NAME}(self) -> &'static str {{ match self {{ {} }} }}\n",
        variants.join(", "),
        codes.collect::<String>(),
        names.collect::<String>(),
    )
    .expect("a String takes any text");
    let english: BTreeMap<&String, &str> =
        languages[PATTERN].keys().map(|key| (key, texts(&languages[PATTERN], key))).collect();
    for (number, (key, text)) in english.iter().enumerate().filter(|(_, (key, _))| **key != NAME) {
        code.push_str(&method(key, number, text));
    }
    let english: Vec<&str> = english.into_values().collect();
    writeln!(code, "}}\n\nstatic ENGLISH: [&str; {}] = {english:?};", english.len()).expect("a String takes any text");
    let files: Vec<_> = languages
        .keys()
        .map(|code| format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{FOLDER}/{code}.json\")),"))
        .collect();
    writeln!(code, "#[cfg(not(target_arch = \"wasm32\"))]\nstatic FILES: &[&str] = &[{}];", files.concat())
        .expect("a String takes any text");
    code
}

fn method(key: &str, number: usize, english: &str) -> String {
    let arguments = arguments(english);
    let doc = english.replace('\n', " ").replace('[', "\\[").replace('<', "\\<");
    let (parameters, result, body) = if arguments.is_empty() {
        (String::new(), "&'static str", format!("self.text({number})"))
    } else {
        let parameters: Vec<_> = arguments.iter().map(|name| format!(", {name}: impl std::fmt::Display")).collect();
        let given: Vec<_> = arguments.iter().map(|name| format!("({name:?}, &{name})")).collect();
        (parameters.concat(), "String", format!("self.fill({number}, &[{}])", given.join(", ")))
    };
    format!(
        "    /// {doc}\n    #[must_use]\n    pub fn {key}(self{parameters}) -> {result} {{\n        {body}\n    }}\n"
    )
}

fn texts<'a>(catalogue: &'a Catalogue, key: &str) -> &'a str {
    catalogue.get(key).and_then(|value| value.as_str()).expect("checked to be a text")
}

/// `zh-Hans` as `ZhHans`.
fn variant(code: &str) -> String {
    code.split('-')
        .map(|part| {
            let (first, rest) = part.split_at(1);
            first.to_uppercase() + rest
        })
        .collect()
}

//! Turns `assets/locales/*.json` into the typed message catalogue `Locale`, and the sources into a fingerprint of the
//! build.
//!
//! Each file is one language: a flat JSON object from message key to text, where `{name}` marks an argument. English
//! is the pattern: a language that lacks a key, has one too many, or uses other arguments does not build. A message
//! without arguments becomes a method of `Locale`, one with arguments a struct of the module `message`, whose fields are
//! named as in the text. A further language is one further file; its name for people is its own message `language_name`.

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
const SOURCES: [&str; 7] =
    ["src", "www", "assets/locales", "build.rs", "Cargo.toml", "Cargo.lock", ".cargo/config.toml"];

fn main() {
    for path in SOURCES {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rustc-env=REPTILE_LAB_BUILD={:016x}", fingerprint());
    if env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        // wasm-split finds by the linker's relocations which code only the lazy chunk needs.
        println!("cargo::rustc-link-arg-bin=reptile-lab=--emit-relocs");
    }
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

/// The same names in the order in which they first stand in the text.
fn fields(text: &str) -> Vec<&str> {
    let mut fields: Vec<&str> = arguments(text).into_iter().collect();
    fields.sort_by_key(|name| text.find(&format!("{{{name}}}")));
    fields
}

/// `enum Locale` with one method a message without arguments, `mod message` with one struct a message with arguments,
/// and the keys of the others. A key has its English text in it, so that a program, or a part of one, contains the texts that
/// it can say and no others.
#[must_use]
pub fn generate(languages: &BTreeMap<String, Catalogue>) -> String {
    let mut code = String::from(
        "/// A language of the page; every message without arguments is a method of it.\n\
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
        "}}\n\n#[expect(clippy::doc_markdown, reason = \"texts, not code\")]\nimpl Locale {{\n    /// Every language there is.\n    pub const ALL: &'static [Self] = &[{}];\n\n    \
         /// The BCP 47 language code.\n    #[must_use]\n    pub fn code(self) -> &'static str {{ match self {{ {} }} }}\n\n    \
         /// What its speakers call it.\n    #[must_use]\n    pub fn {NAME}(self) -> &'static str {{ match self {{ {} }} }}\n",
        variants.join(", "),
        codes.collect::<String>(),
        names.collect::<String>(),
    )
    .expect("a String takes any text");
    let english: BTreeMap<&String, &str> =
        languages[PATTERN].keys().map(|key| (key, texts(&languages[PATTERN], key))).collect();
    let mut structs = String::new();
    let mut plain = Vec::new();
    for (number, (key, text)) in english.iter().enumerate() {
        if !arguments(text).is_empty() {
            structs.push_str(&message(key, number, text));
            continue;
        }
        plain.push(format!("({key:?}, {})", constant(number, text)));
        if *key != NAME {
            code.push_str(&method(key, number, text));
        }
    }
    let files = languages
        .keys()
        .map(|code| format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{FOLDER}/{code}.json\")),"));
    writeln!(
        code,
        "}}\n\n/// The messages with arguments: a struct each, for [`Locale::format`], with a field for each `{{name}}` of the text.\n\
         #[expect(clippy::doc_markdown, reason = \"texts, not code\")]\npub mod message {{\n    use super::{{Display, Key, Message}};\n{structs}}}\n\n\
         /// The messages without arguments, by their keys.\nstatic PLAIN: [(&str, Key); {}] = [{}];\n\n\
         /// How many messages there are.\nconst MESSAGES: usize = {};\n\n\
         #[cfg(not(target_arch = \"wasm32\"))]\nstatic FILES: &[&str] = &[{}];",
        plain.len(),
        plain.join(", "),
        english.len(),
        files.collect::<String>(),
    )
    .expect("a String takes any text");
    code
}

/// The English text as documentation.
fn doc(english: &str) -> String {
    english.replace('\n', " ").replace('[', "\\[").replace('<', "\\<")
}

/// The key of a message, in Rust.
fn constant(number: usize, english: &str) -> String {
    format!("Key {{ number: {number}, english: {english:?} }}")
}

fn method(key: &str, number: usize, english: &str) -> String {
    format!(
        "    /// {}\n    #[must_use]\n    pub fn {key}(self) -> &'static str {{\n        self.text({})\n    }}\n",
        doc(english),
        constant(number, english)
    )
}

/// The struct of a message with arguments. Each field has a type parameter of its own, so that callers give values.
fn message(key: &str, number: usize, english: &str) -> String {
    let name = camel_case(key, '_');
    let fields = fields(english);
    let each = |write: &dyn Fn(usize, &str) -> String| -> String {
        fields.iter().enumerate().map(|(index, field)| write(index, field)).collect()
    };
    let types = each(&|index, _| format!("T{index}, "));
    let types = types.trim_end_matches(", ");
    format!(
        "\n    /// {}\n    #[derive(Clone, Copy, Debug)]\n    pub struct {name}<{types}> {{\n{}    }}\n\n    \
         impl<{}> Message for {name}<{types}> {{\n        const KEY: Key = {};\n\n        \
         fn arguments(&self) -> impl AsRef<[(&str, &dyn Display)]> {{\n            [{}]\n        }}\n    }}\n",
        doc(english),
        each(&|index, field| format!("        /// What stands for `{{{field}}}`.\n        pub {field}: T{index},\n")),
        each(&|index, _| format!("T{index}: Display, ")).trim_end_matches(", "),
        constant(number, english),
        each(&|_, field| format!("({field:?}, &self.{field} as &dyn Display), ")).trim_end_matches(", "),
    )
}

fn texts<'a>(catalogue: &'a Catalogue, key: &str) -> &'a str {
    catalogue.get(key).and_then(|value| value.as_str()).expect("checked to be a text")
}

/// `zh-Hans` as `ZhHans`.
fn variant(code: &str) -> String {
    camel_case(code, '-')
}

/// Parts of a name run together, each with a capital letter.
fn camel_case(name: &str, separator: char) -> String {
    let capital = |part: &str| match part.chars().next() {
        Some(first) => first.to_uppercase().to_string() + &part[first.len_utf8()..],
        None => String::new(),
    };
    name.split(separator).map(capital).collect()
}

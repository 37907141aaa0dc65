//! Every text that a person can see or hear, in every language: the catalogue of `assets/locales/`, typed.
//!
//! [`Locale`] has one method a message, made by `build.rs`; a message that a language lacks does not compile. English is a
//! part of the program. In a browser any other language is a file that is fetched when it is wanted: [`Locale::load`]
//! takes it in, and until then that language's messages are English. Natively all languages are there.

use std::fmt::{Display, Write as _};
use std::sync::OnceLock;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

include!(concat!(env!("OUT_DIR"), "/locale.rs"));

/// The texts of each language but English, in the order of their keys.
static LOADED: [OnceLock<Vec<String>>; Locale::ALL.len()] = [const { OnceLock::new() }; Locale::ALL.len()];

impl Locale {
    /// The first language of a reader's preferences (BCP 47 codes, best first) that the catalogue has; else English.
    ///
    /// Only the primary language is compared: `zh-CN` and `zh-TW` both find Simplified Chinese.
    #[must_use]
    pub fn preferred<S: AsRef<str>>(preferences: impl IntoIterator<Item = S>) -> Self {
        let primary = |code: &str| code.split('-').next().unwrap_or_default().to_ascii_lowercase();
        preferences
            .into_iter()
            .find_map(|wanted| Self::ALL.iter().copied().find(|have| primary(have.code()) == primary(wanted.as_ref())))
            .unwrap_or(Self::En)
    }

    /// Whether its texts are there.
    #[must_use]
    pub fn is_known(self) -> bool {
        self == Self::En || self.texts().is_some()
    }

    /// Takes its texts in: the contents of its file in `assets/locales/`.
    ///
    /// # Errors
    /// They are not the texts that this build has in English.
    pub fn load(self, document: &str) -> Result<(), String> {
        let texts = read(document)?;
        // Who has learned it before knows the same.
        drop(LOADED[self as usize].set(texts));
        Ok(())
    }

    fn texts(self) -> Option<&'static Vec<String>> {
        let learned = &LOADED[self as usize];
        #[cfg(not(target_arch = "wasm32"))]
        learned.get_or_init(|| read(FILES[self as usize]).expect("build.rs has compared it with English"));
        learned.get()
    }

    /// The message of this number, in the order of the keys.
    fn text(self, number: usize) -> &'static str {
        let known = if self == Self::En { None } else { self.texts() };
        known.map_or(ENGLISH[number], |texts| &texts[number])
    }

    /// The message of this number with an argument for each `{name}`.
    fn fill(self, number: usize, arguments: &[(&str, &dyn Display)]) -> String {
        let mut parts = self.text(number).split('{');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (name, rest) in parts.filter_map(|part| part.split_once('}')) {
            if let Some((_, argument)) = arguments.iter().find(|(known, _)| *known == name) {
                write!(text, "{argument}").expect("a String takes any text");
            }
            text += rest;
        }
        text
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let found = Self::ALL.iter().copied().find(|locale| locale.code() == code);
        found.ok_or_else(|| D::Error::custom(format!("there is no language \"{code}\"")))
    }
}

/// The texts of a language's file, in the order of their keys.
fn read(document: &str) -> Result<Vec<String>, String> {
    let texts: Map<String, Value> = serde_json::from_str(document).map_err(|error| error.to_string())?;
    let text = |value| match value {
        Value::String(text) => Some(text),
        _ => None,
    };
    let texts: Vec<String> = texts.into_values().filter_map(text).collect();
    if texts.len() == ENGLISH.len() {
        return Ok(texts);
    }
    Err(format!("{} texts in place of {}", texts.len(), ENGLISH.len()))
}

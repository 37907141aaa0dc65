//! Every text that a person can see or hear, in every language: the catalogue of `assets/locales/`, typed.
//!
//! `build.rs` makes one method of [`Locale`] for each message without arguments, and one struct of [`message`] for each
//! message with arguments, which [`Locale::format`] takes; where keys are data, [`Key`] finds them while compiling. So
//! neither a message that a language lacks nor an argument that its text lacks compiles. English is a part of the program. In
//! a browser any other language is a file that is fetched when it is wanted: [`Locale::load`] takes it in, and until then
//! that language's messages are English. Natively all languages are there.

use std::fmt::{Display, Write as _};
use std::sync::OnceLock;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

include!(concat!(env!("OUT_DIR"), "/locale.rs"));

/// The texts of each language but English, in the order of their keys.
static LOADED: [OnceLock<Vec<String>>; Locale::ALL.len()] = [const { OnceLock::new() }; Locale::ALL.len()];

/// A message of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its place in the order of the keys.
    number: u16,
    /// Its text in English.
    english: &'static str,
}

impl Key {
    /// The message without arguments that has this key: for constants, where another key does not compile.
    ///
    /// # Panics
    /// There is no such message.
    #[must_use]
    pub const fn of(key: &str) -> Self {
        let mut index = 0;
        while index < PLAIN.len() {
            let (known, found) = PLAIN[index];
            if is_same(known.as_bytes(), key.as_bytes()) {
                return found;
            }
            index += 1;
        }
        panic!("{}", key)
    }
}

/// `==`, in constants.
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

/// A message with arguments; [`message`] has them all.
pub trait Message {
    /// Which one it is.
    const KEY: Key;

    /// Each argument's name in the text, and what stands for it.
    fn arguments(&self) -> impl AsRef<[(&str, &dyn Display)]>;
}

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
        // Texts that were loaded before are the same.
        drop(LOADED[self as usize].set(texts));
        Ok(())
    }

    fn texts(self) -> Option<&'static Vec<String>> {
        let loaded = &LOADED[self as usize];
        #[cfg(not(target_arch = "wasm32"))]
        loaded.get_or_init(|| read(FILES[self as usize]).expect("build.rs has compared it with English"));
        loaded.get()
    }

    /// A message without arguments.
    #[must_use]
    pub fn text(self, Key { number, english }: Key) -> &'static str {
        let known = if self == Self::En { None } else { self.texts() };
        known.map_or(english, |texts| &texts[usize::from(number)])
    }

    /// A message with its arguments.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a message is made for this call")]
    pub fn format<M: Message>(self, message: M) -> String {
        self.fill(M::KEY, message.arguments().as_ref())
    }

    /// The message with an argument for each `{name}`.
    fn fill(self, key: Key, arguments: &[(&str, &dyn Display)]) -> String {
        let mut parts = self.text(key).split('{');
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

/// Sentences as one text: with a space between them, except after a full-width sign, which has its own.
#[must_use]
pub fn sentences<S: AsRef<str>>(sentences: impl IntoIterator<Item = S>) -> String {
    let mut text = String::new();
    for sentence in sentences {
        text += gap(&text);
        text += sentence.as_ref();
    }
    text
}

/// What stands between a text and the sentence after it.
#[must_use]
pub fn gap(text: &str) -> &'static str {
    if text.is_empty() || text.ends_with(['。', '！', '？']) { "" } else { " " }
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
    if texts.len() == MESSAGES {
        return Ok(texts);
    }
    Err(format!("{} texts in place of {}", texts.len(), MESSAGES))
}

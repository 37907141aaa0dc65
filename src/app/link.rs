//! The page's state in the fragment of its address: what it differs in from the page at its beginning.
//!
//! ```text
//! #1&preset=paper&at=2000&lang=en&inner.steps=8&preview.task.amplitude=2&view.panels=theta-map,wheel
//! ```
//!
//! It begins with the [`VERSION`] of the state. `preset` is what the Config begins as, `at` the meta-iteration of the run
//! that is shown, `keep` one whose θ is kept for comparison, `lang` the language, `text` a lesson that a lecturer has written,
//! if it is short; every other name is the path of a value in the state's document, without `document.` and without
//! `config.`. A value is JSON, or a bare word for a text, or words and numbers with commas between
//! them for a list of them. Colours are the reader's own. People can read a link, and change it by hand: everything in it is
//! checked as strictly as a document.

use std::fmt;
use std::iter::once;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

use super::appearance::{Appearance, Scheme};
use super::state::PageState;
use super::state_error::{StateError, VERSION};
use crate::domain::config::error::{MOST_WORDS, clipped};
use crate::domain::config::preset::Preset;
use crate::i18n::{Locale, message};

/// Most bytes of a fragment: less than any browser's limit, and room for every page that can be made.
pub const MOST_BYTES: usize = 1 << 16;

/// What stands for itself in a fragment, besides letters and digits.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b',').remove(b':');

/// The names of a link that are no paths.
const OWN: [&str; 5] = ["preset", "at", "keep", "lang", "text"];

/// The parts of [`PageState`] and of its document that paths begin with; those of a Config begin with its own.
const OF_STATE: [&str; 2] = ["view", "engine"];
const OF_DOCUMENT: [&str; 3] = ["preview", "comparison", "search"];

/// What an address opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The page.
    pub state: PageState,
    /// The moment of its run that is shown: meta-iterations behind θ, up to those of the Config.
    pub moment: u64,
    /// A moment of it whose θ is kept for comparison, likewise.
    pub kept: Option<u64>,
    /// The text of a file of lessons that is shared along, which is not read yet.
    pub lesson_text: Option<String>,
}

/// Why a fragment opens nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkError {
    /// It begins with no version that this page knows.
    Version(String),
    /// It is longer than [`MOST_BYTES`].
    TooLong(usize),
    /// A part is no `path=value`, or is not written in UTF-8.
    Pair(String),
    /// No value of the state has this path.
    Unknown(String),
    /// A path stands twice.
    Twice(String),
    /// A name of its own has another value than those allowed.
    Own {
        /// Which.
        name: &'static str,
        /// What it has.
        value: String,
        /// What it may have.
        allowed: String,
    },
    /// The state is refused.
    State(StateError),
}

impl LinkError {
    /// What is wrong, where, and what is allowed.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        match self {
            Self::Version(found) => locale.format(message::LinkVersion { found, version: VERSION }),
            Self::TooLong(length) => locale.format(message::LinkTooLong { length, most: MOST_BYTES }),
            Self::Pair(part) => locale.format(message::LinkPair { part }),
            Self::Unknown(path) => locale.format(message::LinkUnknown { path }),
            Self::Twice(path) => locale.format(message::LinkTwice { path }),
            Self::Own { name, value, allowed } => locale.format(message::LinkOwn { name, value, allowed }),
            Self::State(StateError::Config { error, .. }) => error.message(locale),
            Self::State(error) => error.to_string(),
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message(Locale::En))
    }
}

impl std::error::Error for LinkError {}

impl Link {
    /// A page at a moment of its run.
    #[must_use]
    pub fn new(state: PageState, moment: u64) -> Self {
        Self { state, moment, kept: None, lesson_text: None }
    }

    /// The fragment, without its `#`, which [`Link::read`] reads; with its language, or in that of who reads it.
    #[must_use]
    pub fn write(&self, with_language: bool) -> String {
        let candidates = Preset::ALL.into_iter().map(|preset| (preset, self.differences(preset)));
        let shortest =
            candidates.min_by_key(|(_, pairs)| pairs.iter().map(|(path, text)| path.len() + text.len()).sum::<usize>());
        let (preset, differences) = shortest.unwrap_or((Preset::Fast, vec![]));
        let lang = self.state.appearance.locale.code().to_owned();
        let own = [
            (preset != Preset::Fast).then(|| ("preset", preset.name().to_owned())),
            (self.moment > 0).then(|| ("at", self.moment.to_string())),
            self.kept.map(|kept| ("keep", kept.to_string())),
            with_language.then_some(("lang", lang)),
            self.lesson_text.as_ref().map(|text| ("text", text.clone())),
        ];
        let own = own.into_iter().flatten().map(|(name, value)| (name.to_owned(), value));
        let pairs = own.chain(differences).map(|(path, text)| format!("{path}={}", utf8_percent_encode(&text, PLAIN)));
        once(VERSION.to_string()).chain(pairs).collect::<Vec<_>>().join("&")
    }

    /// What the state differs in from the page's beginning with a preset: paths and the texts of their values.
    fn differences(&self, preset: Preset) -> Vec<(String, String)> {
        let Appearance { locale, scheme } = self.state.appearance;
        let (base, state) = (value_of(&beginning(preset, locale, scheme)), value_of(&self.state));
        let mut pairs = vec![];
        differences(&base, &state, "", &mut pairs);
        pairs
    }

    /// The values that paths lead to; none where there is no such path.
    #[must_use]
    pub fn values(&self, paths: &[&str]) -> Vec<Option<Value>> {
        let mut document = value_of(&self.state);
        paths.iter().map(|path| place(&mut document, path).filter(|_| !OWN.contains(path)).cloned()).collect()
    }

    /// Reads a fragment, with or without its `#`. An empty one is the page at its beginning.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(fragment: &str, locale: Locale, scheme: Scheme) -> Result<Self, LinkError> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        if fragment.is_empty() {
            return Ok(Self::new(PageState::new(locale, scheme), 0));
        }
        if fragment.len() > MOST_BYTES {
            return Err(LinkError::TooLong(fragment.len()));
        }
        let mut parts = fragment.split('&');
        let version = parts.next().unwrap_or_default();
        if version != VERSION.to_string() {
            return Err(LinkError::Version(clipped(version, MOST_WORDS)));
        }
        let pairs = parts.filter(|part| !part.is_empty()).map(pair).collect::<Result<Vec<_>, _>>()?;
        for (index, (path, _)) in pairs.iter().enumerate() {
            // What is within another value stands twice, too: else the order would matter.
            let within = |path: &str, other: &str| {
                path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            if pairs[..index].iter().any(|(other, _)| within(path, other) || within(other, path)) {
                return Err(LinkError::Twice(clipped(path, MOST_WORDS)));
            }
        }
        let own = |name: &str| pairs.iter().find(|(path, _)| path == name).map(|(_, text)| text.as_str());
        let preset = match own("preset") {
            None => Preset::Fast,
            Some(text) => choose("preset", text, &Preset::ALL, Preset::name)?,
        };
        let locale = match own("lang") {
            None => locale,
            Some(text) => choose("lang", text, Locale::ALL, Locale::code)?,
        };
        let mut document = value_of(&beginning(preset, locale, scheme));
        for (path, text) in pairs.iter().filter(|(path, _)| !OWN.contains(&path.as_str())) {
            let unknown = || LinkError::Unknown(clipped(path, MOST_WORDS));
            let place = place(&mut document, path).ok_or_else(unknown)?;
            *place = value(text, place.is_array());
        }
        let state = PageState::from_json(&document.to_string()).map_err(LinkError::State)?;
        let iterations = state.document.config.outer.iterations;
        let moment_of = |name: &'static str| {
            let refused = |text: &str| LinkError::Own {
                name,
                value: clipped(text, MOST_WORDS),
                allowed: format!("0–{iterations}"),
            };
            let read = |text: &str| text.parse().ok().filter(|at| *at <= iterations).ok_or_else(|| refused(text));
            own(name).map(read).transpose()
        };
        let (moment, kept) = (moment_of("at")?.unwrap_or(0), moment_of("keep")?);
        Ok(Self { state, moment, kept, lesson_text: own("text").map(str::to_owned) })
    }
}

/// The page at its beginning, after a preset was chosen.
fn beginning(preset: Preset, locale: Locale, scheme: Scheme) -> PageState {
    let mut state = PageState::new(locale, scheme);
    state.document.config = preset.config();
    state
}

/// The state's document. Its numbers are those that its text has.
fn value_of(state: &PageState) -> Value {
    serde_json::from_str(&state.to_json()).expect("a state's document is JSON")
}

/// Lists where `state` differs from `base`: by value where that will do, else by the object around it.
fn differences(base: &Value, state: &Value, path: &str, pairs: &mut Vec<(String, String)>) {
    if base == state {
        return;
    }
    match (base, state) {
        (Value::Object(base), Value::Object(state)) if base.keys().all(|key| state.contains_key(key)) => {
            for (key, value) in state {
                let path = match path {
                    "" | "document" | "document.config" => match key.as_str() {
                        "document" | "config" => format!("{path}{}{key}", if path.is_empty() { "" } else { "." }),
                        "appearance" | "version" => continue,
                        _ => key.clone(),
                    },
                    _ => format!("{path}.{key}"),
                };
                differences(base.get(key).unwrap_or(&Value::Null), value, &path, pairs);
            }
        }
        _ => pairs.push((path.to_owned(), text(state, base.is_array()))),
    }
}

/// A value as a link has it; `is_list` where a list stands in the document of the beginning.
fn text(value: &Value, is_list: bool) -> String {
    let bare = |word: &str| !word.is_empty() && !word.contains(',') && serde_json::from_str::<Value>(word).is_err();
    match value {
        Value::String(word) if bare(word) => word.clone(),
        Value::Array(values) if is_list && values.iter().all(|value| !value.is_array() && !value.is_object()) => {
            let words = values.iter().map(|value| match value {
                Value::String(word) if bare(word) => Some(word.clone()),
                Value::String(_) => None,
                other => Some(other.to_string()),
            });
            words.collect::<Option<Vec<_>>>().map_or_else(|| value.to_string(), |words| words.join(","))
        }
        _ => value.to_string(),
    }
}

/// The inverse of [`text`].
fn value(text: &str, is_list: bool) -> Value {
    let one = |word: &str| serde_json::from_str(word).unwrap_or_else(|_| Value::String(word.to_owned()));
    match one(text) {
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null if is_list => {
            if text.is_empty() {
                Value::Array(vec![])
            } else {
                text.split(',').map(one).collect()
            }
        }
        value => value,
    }
}

/// Where a path leads to in a state's document: to a value, or to one that its object may get.
fn place<'a>(document: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let first = path.split('.').next()?;
    let root = match first {
        _ if OF_STATE.contains(&first) => "",
        _ if OF_DOCUMENT.contains(&first) => "/document",
        _ => "/document/config",
    };
    let mut place = document.pointer_mut(root)?;
    let mut keys = path.split('.').peekable();
    while let Some(key) = keys.next() {
        let object = place.as_object_mut()?;
        let is_last = keys.peek().is_none();
        place = entry(object, key, is_last && key != first)?;
    }
    Some(place)
}

/// The value of a key; where there is none and there may be one, null.
fn entry<'a>(object: &'a mut Map<String, Value>, key: &str, may_be_new: bool) -> Option<&'a mut Value> {
    if may_be_new {
        return Some(object.entry(key).or_insert(Value::Null));
    }
    object.get_mut(key)
}

/// The path and the value's text of one part.
fn pair(part: &str) -> Result<(String, String), LinkError> {
    let read = || {
        let (path, text) = part.split_once('=')?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
        Some((decoded(path)?, decoded(text)?))
    };
    read().ok_or_else(|| LinkError::Pair(clipped(part, MOST_WORDS)))
}

/// The one of several with this name.
fn choose<T: Copy>(name: &'static str, text: &str, all: &[T], name_of: fn(T) -> &'static str) -> Result<T, LinkError> {
    let names = || all.iter().map(|one| name_of(*one)).collect::<Vec<_>>().join(", ");
    let found = all.iter().copied().find(|one| name_of(*one) == text);
    found.ok_or_else(|| LinkError::Own { name, value: clipped(text, MOST_WORDS), allowed: names() })
}

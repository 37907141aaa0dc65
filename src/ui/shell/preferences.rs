//! Language and colours: the browser's preference, or what a person chose before.

use leptos::prelude::window;

use crate::app::appearance::Scheme;
use crate::app::lesson_progress::Progress;
use crate::i18n::Locale;

const LOCALE: &str = "reptile-lab.locale";
const SCHEME: &str = "reptile-lab.scheme";
const PROGRESS: &str = "reptile-lab.lessons";

/// The language chosen before, or the browser's best.
pub fn locale() -> Locale {
    let languages = window().navigator().languages();
    Locale::preferred(
        remembered(LOCALE).into_iter().chain(languages.iter().filter_map(|language| language.as_string())),
    )
}

/// The colours chosen before, or the system's.
pub fn scheme() -> Scheme {
    let chosen = remembered(SCHEME).and_then(|name| Scheme::ALL.into_iter().find(|scheme| scheme.name() == name));
    let of_system = || if matches_media("(prefers-color-scheme: dark)") { Scheme::Dark } else { Scheme::Light };
    chosen.unwrap_or_else(of_system)
}

/// Remembers a language for the next visit.
pub fn remember_locale(locale: Locale) {
    store(LOCALE, locale.code());
}

/// Remembers colours for the next visit.
pub fn remember_scheme(scheme: Scheme) {
    store(SCHEME, scheme.name());
}

/// What has been done of lessons.
pub fn progress() -> Progress {
    remembered(PROGRESS).map(|text| Progress::from_json(&text)).unwrap_or_default()
}

/// Remembers what has been done of lessons.
pub fn remember_progress(progress: &Progress) {
    store(PROGRESS, &progress.to_json());
}

/// Whether a person has asked the system for less motion.
pub fn reduces_motion() -> bool {
    matches_media("(prefers-reduced-motion: reduce)")
}

fn matches_media(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

// Storage may be switched off; then nothing is remembered.

fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

fn store(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

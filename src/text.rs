//! Every text that a person can see or hear, in every language: the catalogue of `assets/locales/`, typed.
//!
//! [`Locale`] has one method a message, made by `build.rs`; a message that a language lacks does not compile.

include!(concat!(env!("OUT_DIR"), "/locale.rs"));

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
}

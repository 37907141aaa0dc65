//! The page's language: English is there, any other is fetched when it is first wanted.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser::fetch_text;
use super::preferences;
use crate::app::problem::Problem;
use crate::i18n::Locale;
use crate::ui::page::Page;

impl Page {
    /// Speaks a language as soon as its texts are there. Where they cannot be had, the page says so and stays as it is.
    /// A language that was chosen is remembered for the next visit, once it is spoken: one that cannot be had would greet
    /// that visit with a problem.
    pub fn speak(self, locale: Locale, is_chosen: bool) {
        if locale.is_known() {
            self.switch_to(locale, is_chosen);
            return;
        }
        spawn_local(async move {
            let address = format!("locales/{}.json", locale.code());
            let document = fetch_text(&address).await;
            match document.and_then(|document| locale.load(&document)) {
                Ok(()) if self.with_app(|app| app.state().appearance.locale) == locale => {
                    self.switch_to(locale, is_chosen);
                }
                Ok(()) => {}
                Err(detail) => self.report(Problem::Language { address, detail }),
            }
        });
    }

    fn switch_to(self, locale: Locale, is_chosen: bool) {
        self.appearance.locale.set(locale);
        if is_chosen {
            preferences::remember_locale(locale);
        }
    }
}

//! The guided lessons: their texts, the page that is open, and what has been done of them.

use std::sync::Arc;

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::FileList;

use super::kept_session;
use super::lazy_chunk::with_lazy_chunk;
use super::lesson_signals::Lessons;
use super::page::Page;
use super::shell::{address, browser, preferences};
use crate::app::action::Action;
use crate::app::experiment::Phase;
use crate::app::lesson::{self, Facts, Lesson};
use crate::app::lesson_progress::PageProgress;
use crate::app::link::Link;
use crate::app::problem::Problem;
use crate::i18n::Locale;

impl Page {
    /// Fetches the lessons of the page's language, unless they are there. Those of files stay.
    pub fn fetch_lessons(self) {
        let locale = self.appearance.locale.get_untracked();
        spawn_local(async move {
            let (mut outcome, mut address) = (Err(String::new()), String::new());
            // A language without lessons has those in English.
            for language in [locale, Locale::En] {
                if outcome.is_err() {
                    address = format!("lessons/{}.md", language.code());
                    let text = browser::fetch_text(&address).await;
                    outcome = text.and_then(|text| lesson::read(&text).map_err(|error| error.message(locale)));
                }
            }
            match outcome {
                Ok(read) => self.take_lessons(read),
                Err(detail) => self.report(Problem::Lessons { address, detail }),
            }
        });
    }

    /// Takes lessons in; those of the same names are replaced.
    pub fn take_lessons(self, read: Vec<Lesson>) {
        self.lessons.all.update(|all| {
            all.retain(|old| read.iter().all(|lesson| lesson.name != old.name));
            all.splice(..0, read.into_iter().map(Arc::new));
        });
    }

    /// Takes in the lesson of a link, whose page the link's state has open.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take_linked_lesson(self, text: &str) -> Result<(), Problem> {
        let read = lesson::read(text).map_err(|error| Problem::LessonFile { name: "text".to_owned(), error })?;
        if let [lesson] = read.as_slice() {
            self.lessons.keep_text(&lesson.name, text);
        }
        self.take_lessons(read);
        Ok(())
    }

    /// Whether a lesson is open, tracked.
    #[must_use]
    pub fn has_lesson(self) -> bool {
        self.view.lesson.with(|(lesson, _)| lesson.is_some())
    }

    /// Turns to a page of a lesson, and opens what it opens.
    pub fn go_to_lesson(self, name: &str, number: usize) {
        let Some(of_name) = untrack(|| self.lessons.with_page(name, number)) else { return };
        if !untrack(|| self.has_lesson()) {
            kept_session::keep_before_lesson(self);
        }
        let appearance = self.with_app(|app| app.state().appearance);
        // The browser's history leads back over pages of lessons.
        address::write(self);
        let lesson = Some(name.to_owned());
        match of_name.pages[number].open.clone() {
            Some(Link { mut state, moment, kept, .. }) => {
                (state.view.lesson, state.view.lesson_page, state.appearance) = (lesson, number, appearance);
                // A lecture hall stays one.
                (state.view.projector, state.view.sound) = self.with_app(|app| {
                    let view = &app.state().view;
                    (view.projector, view.sound)
                });
                // What is to be trained on the page is not there already.
                let begins = moment == 0 && self.run.iteration.get_untracked() > 0;
                self.lessons.begins.set(begins);
                if begins {
                    self.dispatch(Action::Reset);
                }
                self.dispatch(Action::Open { state: Box::new(state), moment: Some(moment), kept });
            }
            None => self.dispatch(Action::TurnTo { lesson, page: number }),
        }
        address::push(self);
    }

    /// Offers the session of before the lesson that was left, if there was one.
    fn offer_before_lesson(self) {
        self.trained_since_lesson.set_value(false);
        let before = self.before_lesson.with_value(|before| before.as_ref().map(|(offered, _)| *offered));
        if before.is_some() {
            self.offered.set(before);
        }
    }

    /// Notes what has been done of the open page of a lesson.
    pub fn note_progress(self, change: impl FnOnce(&mut PageProgress)) {
        let (name, number) = self.view.lesson.get_untracked();
        let Some(lesson) = name.and_then(|name| untrack(|| self.lessons.with_page(&name, number))) else { return };
        let mut is_new = false;
        self.lessons.progress.maybe_update(|progress| {
            is_new = progress.note(&lesson, number, change);
            is_new
        });
        if is_new {
            self.lessons.progress.with_untracked(preferences::remember_progress);
        }
    }

    /// The error of the shown task from θ after each gradient step, tracked; none while it is out of date.
    #[must_use]
    pub fn shown_errors(self) -> Option<Vec<f64>> {
        let is_old = self.results.stale.get() || self.run.pending.get();
        self.results.preview.with(|preview| (!is_old).then(|| preview.theta.mse.clone()))
    }
}

/// Takes files that are dropped anywhere on the page, which the browser would open in its place.
pub fn take_dropped(page: Page) {
    let over = window_event_listener_untyped("dragover", |event| event.prevent_default());
    let drop = window_event_listener_untyped("drop", move |event| {
        event.prevent_default();
        let of = |from: &JsValue, name: &str| Reflect::get(from, &name.into());
        let files = of(&event, "dataTransfer").and_then(|data| of(&data, "files")).ok();
        let file = files.and_then(|files| files.dyn_into::<FileList>().ok()).and_then(|files| files.get(0));
        if let Some(file) = file {
            with_lazy_chunk(page, move |chunk| (chunk.take_file)(page, file));
        }
    });
    on_cleanup(move || {
        over.remove();
        drop.remove();
    });
}

/// Fetches lessons when one is open, and notes when its page is complete.
pub fn follow(page: Page) {
    let Lessons { all, progress, opened, strayed, begins, evaluated, compared, .. } = page.lessons;
    progress.set(preferences::progress());
    let is_open = Memo::new(move |_| page.has_lesson());
    // By its button, or by the browser's way back.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = is_open.get();
        if was_open == Some(true) && !is_open {
            page.offer_before_lesson();
        }
        is_open
    });
    Effect::new(move |_| {
        page.appearance.locale.track();
        // In another language, those that are there are fetched anew.
        if is_open.get() || all.with_untracked(|all| !all.is_empty()) {
            page.fetch_lessons();
        }
    });
    Effect::new(move |_| {
        if page.has_lesson() {
            opened.set(Some(page.with_app(|app| app.state().clone())));
            evaluated.set(false);
            compared.set(false);
        }
    });
    Effect::new(move |before: Option<()>| {
        page.results.evaluation.track();
        if before.is_some() {
            evaluated.set(true);
        }
    });
    Effect::new(move |was_under_way: Option<bool>| {
        let (is_under_way, phase) = page.results.comparing.with(|state| (state.is_under_way(), state.phase()));
        if was_under_way == Some(true) && phase == Phase::Finished {
            compared.set(true);
        }
        is_under_way
    });
    Effect::new(move |_| {
        all.track();
        page.edited.track();
        let (name, number) = page.view.lesson.get();
        // What the page begins with is on its way.
        if page.run.reaching.with(Option::is_some) {
            return;
        }
        if begins.get() {
            // The preview is late on a slow machine, and may be of the beginning still when all else is of the end.
            if page.run.shown.get() > 0 || page.results.preview.with(|preview| preview.iteration > 0) {
                return;
            }
            begins.set(false);
        }
        let Some(lesson) = name.and_then(|name| page.lessons.with_page(&name, number)) else { return };
        if strayed.with(Option::is_some) {
            return;
        }
        let mse = page.shown_errors();
        let (iteration, is_evaluated, is_compared) = (page.run.shown.get(), evaluated.get(), compared.get());
        let is_answered = progress.with(|progress| progress.page(&lesson.name, number).answer.is_some());
        let until = &lesson.pages[number].until;
        let best = until.measured(mse.as_deref());
        let is_met = page.with_app(|app| {
            opened.with_untracked(|opened| {
                let (state, opened) = (app.state(), opened.as_ref().unwrap_or(app.state()));
                let mse = mse.as_deref();
                let facts = Facts { state, opened, iteration, mse, is_answered, is_evaluated, is_compared };
                until.is_met(&facts)
            })
        });
        page.note_progress(|progress| {
            progress.is_done |= is_met;
            progress.best = best.into_iter().chain(progress.best).min_by(f64::total_cmp);
        });
    });
}

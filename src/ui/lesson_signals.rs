//! What components read of the guided lessons.

use std::sync::Arc;

use leptos::prelude::*;

use crate::app::lesson::Lesson;
use crate::app::lesson_progress::Progress;
use crate::app::state::PageState;
use crate::app::update::App;

/// Most bytes of a lesson that goes along in a link: a mail program leaves an address of its length whole.
const MOST_IN_LINK: usize = 3000;

/// What components read of the lessons.
#[derive(Clone, Copy)]
pub struct Lessons {
    /// All that are known; none until they are first wanted.
    pub all: RwSignal<Vec<Arc<Lesson>>>,
    /// What has been done of them; nothing until what was kept is read.
    pub progress: RwSignal<Progress>,
    /// The page's state when the page of the lesson was opened.
    pub opened: RwSignal<Option<PageState>>,
    /// The first of what the page of the lesson fixes that is not as it began with it, by its path in a link.
    pub strayed: Memo<Option<String>>,
    /// The texts of files with one lesson, by its name.
    pub texts: StoredValue<Vec<(String, String)>>,
    /// Whether what is shown is of the run before, in whose place the page of the lesson begins one.
    pub begins: RwSignal<bool>,
    /// Whether the evaluation protocol has run since.
    pub evaluated: RwSignal<bool>,
    /// Whether a comparison has come to its end since.
    pub compared: RwSignal<bool>,
}

impl Lessons {
    /// None is known yet; `lesson` is the page that is open.
    pub fn new(
        app: StoredValue<App, LocalStorage>,
        edited: RwSignal<()>,
        lesson: ReadSignal<(Option<String>, usize)>,
    ) -> Self {
        let (all, opened) = (RwSignal::new(vec![]), RwSignal::new(None));
        let strayed = Memo::new(move |_| {
            edited.track();
            let (name, number) = lesson.get();
            let lesson = with_page(all, &name?, number)?;
            app.with_value(|app| {
                let state = app.state();
                opened.with(|opened| {
                    lesson.pages[number].strayed(state, opened.as_ref().unwrap_or(state)).map(str::to_owned)
                })
            })
        });
        Self {
            all,
            progress: RwSignal::new(Progress::default()),
            opened,
            strayed,
            texts: StoredValue::new(vec![]),
            begins: RwSignal::new(false),
            evaluated: RwSignal::new(false),
            compared: RwSignal::new(false),
        }
    }

    /// The lesson of a name, if it has a page of this number.
    pub fn with_page(self, name: &str, page: usize) -> Option<Arc<Lesson>> {
        with_page(self.all, name, page)
    }

    /// The lesson that comes after the one of a name.
    pub fn after(self, name: &str) -> Option<Arc<Lesson>> {
        self.all.with_untracked(|all| all.iter().skip_while(|lesson| lesson.name != name).nth(1).cloned())
    }

    /// The text of a lesson that came from a file, if there is one, and whether a link has room for it.
    pub fn text(self, name: &str) -> Option<(String, bool)> {
        let found =
            self.texts.with_value(|texts| texts.iter().find(|(of, _)| of == name).map(|(_, text)| text.clone()))?;
        let is_short = found.len() <= MOST_IN_LINK;
        Some((found, is_short))
    }

    /// The same, where a link has room for it.
    pub fn short_text(self, name: &str) -> Option<String> {
        self.text(name).and_then(|(text, is_short)| is_short.then_some(text))
    }

    /// Keeps the text of a file with one lesson.
    pub fn keep_text(self, name: &str, text: &str) {
        self.texts.update_value(|texts| {
            texts.retain(|(of, _)| of != name);
            texts.push((name.to_owned(), text.to_owned()));
        });
    }
}

fn with_page(lessons: RwSignal<Vec<Arc<Lesson>>>, name: &str, page: usize) -> Option<Arc<Lesson>> {
    lessons.with(|lessons| lessons.iter().find(|lesson| lesson.name == name && page < lesson.pages.len()).cloned())
}

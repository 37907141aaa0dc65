//! What components read of the guided lessons.

use leptos::prelude::*;

use super::shell::preferences;
use crate::app::lesson::{Lesson, LessonPage};
use crate::app::lesson_progress::Progress;
use crate::app::state::PageState;

/// What components read of the lessons.
#[derive(Clone, Copy)]
pub struct Lessons {
    /// All that are known; none until they are first wanted.
    pub all: RwSignal<Vec<Lesson>>,
    /// What has been done of them.
    pub progress: RwSignal<Progress>,
    /// The page's state when the page of the lesson was opened.
    pub opened: StoredValue<Option<PageState>>,
    /// Whether the evaluation protocol has run since.
    pub evaluated: RwSignal<bool>,
}

impl Lessons {
    /// None is known yet.
    pub fn new() -> Self {
        Self {
            all: RwSignal::new(vec![]),
            progress: RwSignal::new(preferences::progress()),
            opened: StoredValue::new(None),
            evaluated: RwSignal::new(false),
        }
    }

    /// The lesson of a name, and one of its pages.
    pub fn page(self, name: &str, page: usize) -> Option<(Lesson, LessonPage)> {
        self.all.with(|all| {
            let lesson = all.iter().find(|lesson| lesson.name == name)?;
            Some((lesson.clone(), lesson.pages.get(page)?.clone()))
        })
    }
}

//! What a person has done of lessons: kept in the browser, and handed to a lecturer as a table.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::csv::cell;
use super::lesson::Lesson;

/// Most lessons and pages that are kept, so that a file of many lessons does not fill the browser's storage.
const MOST_LESSONS: usize = 200;

/// Pages done, by the name of the lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress(BTreeMap<String, Vec<PageProgress>>);

/// What has been done of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageProgress {
    /// Whether it was complete at any time.
    pub is_done: bool,
    /// The answer that was chosen first.
    pub answer: Option<usize>,
    /// The least error of its challenge so far.
    pub best: Option<f64>,
}

impl Progress {
    /// Reads what was kept; whatever is no progress is none.
    #[must_use]
    pub fn from_json(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// What [`Progress::from_json`] reads.
    ///
    /// # Panics
    /// Never: progress has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("progress has a JSON form")
    }

    /// What has been done of a page.
    #[must_use]
    pub fn page(&self, lesson: &str, page: usize) -> PageProgress {
        self.0.get(lesson).and_then(|pages| pages.get(page)).copied().unwrap_or_default()
    }

    /// How many of a lesson's pages are done.
    #[must_use]
    pub fn done(&self, lesson: &Lesson) -> usize {
        (0..lesson.pages.len()).filter(|page| self.page(&lesson.name, *page).is_done).count()
    }

    /// Changes what has been done of a page; says whether that is another thing now.
    pub fn note(&mut self, lesson: &Lesson, page: usize, change: impl FnOnce(&mut PageProgress)) -> bool {
        if page >= lesson.pages.len() || !self.0.contains_key(&lesson.name) && self.0.len() >= MOST_LESSONS {
            return false;
        }
        let before = self.page(&lesson.name, page);
        let mut after = before;
        change(&mut after);
        // JSON has no other numbers.
        after.best = after.best.filter(|best| best.is_finite());
        if after == before {
            return false;
        }
        let pages = self.0.entry(lesson.name.clone()).or_default();
        pages.resize(lesson.pages.len().max(pages.len()), PageProgress::default());
        pages[page] = after;
        true
    }

    /// A table of what has been done, as CSV: a row for each page of `lessons` that was begun.
    #[must_use]
    pub fn table(&self, lessons: &[Arc<Lesson>]) -> String {
        let mut table = String::from("lesson,page,title,done,question,answer,right,best_mse\r\n");
        for lesson in lessons {
            for (number, page) in lesson.pages.iter().enumerate() {
                let done = self.page(&lesson.name, number);
                if done == PageProgress::default() {
                    continue;
                }
                let question = page.question.as_ref();
                let answer = question.zip(done.answer).and_then(|(question, answer)| question.answers.get(answer));
                let is_right = question.zip(done.answer).map(|(question, answer)| question.right == answer);
                let cells = [
                    lesson.name.clone(),
                    (number + 1).to_string(),
                    page.title.clone(),
                    done.is_done.to_string(),
                    question.map(|question| question.text.clone()).unwrap_or_default(),
                    answer.cloned().unwrap_or_default(),
                    is_right.map(|is_right| is_right.to_string()).unwrap_or_default(),
                    done.best.map(|best| best.to_string()).unwrap_or_default(),
                ];
                // Writing to a String does not fail.
                let _ = write!(table, "{}\r\n", cells.map(|text| cell(&text)).join(","));
            }
        }
        table
    }
}

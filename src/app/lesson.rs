//! Guided lessons: pages of text that open a state of the page, point at something, ask for a prediction, and are complete
//! when something has been done. Their form is a text file, which a lecturer can write:
//!
//! ```text
//! # Title of the lesson
//! name: watching-theta
//! minutes: 8
//! aim: What students can do afterwards.
//!
//! ## Title of a page
//! open: 1&preset=fast&preview.task.amplitude=2
//! at: fit
//! until: error 4 < 0.1
//! fixed: preview, eval
//!
//! A paragraph, with *emphasis* and `code`.
//!
//! ? A question
//! - an answer
//! - the right answer *
//! ! What is said once it has been answered.
//!
//! > A note for the teacher.
//! ```

use std::fmt;

use serde_json::Value;

use super::appearance::Scheme;
use super::link::{Link, LinkError};
pub use super::state::MOST_PAGES;
use super::state::{MOST_NAME, PageState, Panel};
use crate::domain::config::error::{MOST_WORDS, clipped};
use crate::domain::config::text;
use crate::i18n::{Locale, message};

/// Most bytes of a file of lessons.
pub const MOST_BYTES: usize = 1 << 18;

/// A lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// What it is called in links, and in what a person has done of it: letters, digits and hyphens.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// How long it takes, if that is said.
    pub minutes: Option<u32>,
    /// What students can do afterwards; empty where that is not said.
    pub aim: String,
    /// One or more.
    pub pages: Vec<LessonPage>,
}

/// A page of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct LessonPage {
    /// Its heading.
    pub title: String,
    /// What it opens; none leaves the page as it is.
    pub open: Option<Link>,
    /// What it points at.
    pub at: Option<Place>,
    /// When it is complete.
    pub until: Until,
    /// What must be as the page opened it for that to count, by its path in a link or as `shots`, their number: what a
    /// challenge is not to be met by.
    pub fixed: Vec<String>,
    /// What it says.
    pub paragraphs: Vec<Vec<Span>>,
    /// What it asks.
    pub question: Option<Question>,
    /// What only the teacher sees.
    pub notes: Vec<String>,
}

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// As it is.
    Plain(String),
    /// With emphasis.
    Emphasis(String),
    /// As a formula, a value or a name.
    Code(String),
}

/// A prediction that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub text: String,
    /// Two answers or more.
    pub answers: Vec<String>,
    /// Which of them is right.
    pub right: usize,
    /// What is said once one has been chosen.
    pub reveal: String,
}

/// What a page points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The chart of the task.
    Fit,
    /// The task picker.
    Picker,
    /// Train and the time line.
    Run,
    /// The chosen gradient steps.
    Steps,
    /// The replay.
    Replay,
    /// The buttons for shots.
    Shots,
    /// The error during adaptation.
    Adaptation,
    /// The error during meta-training.
    Training,
    /// The evaluation protocol.
    Evaluation,
    /// The settings.
    Settings,
    /// A panel.
    Panel(Panel),
}

impl Place {
    const NAMED: [(Self, &'static str, &'static str); 10] = [
        (Self::Fit, "fit", ".fit > .chart"),
        (Self::Picker, "picker", ".picker"),
        (Self::Run, "run", ".run"),
        (Self::Steps, "steps", ".fit > .legend"),
        (Self::Replay, "replay", ".replay"),
        (Self::Shots, "shots", ".fit > .toolbar"),
        (Self::Adaptation, "adaptation", ".curves > :first-child"),
        (Self::Training, "training", ".curves > :last-child"),
        (Self::Evaluation, "evaluation", ".evaluation"),
        (Self::Settings, "settings", ".controls"),
    ];

    /// The place of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let named = Self::NAMED.into_iter().find_map(|(place, its, _)| (its == name).then_some(place));
        named.or_else(|| panel(name).map(Self::Panel))
    }

    /// Where it is on the page, as a selector of CSS.
    #[must_use]
    pub fn selector(self) -> String {
        match Self::NAMED.into_iter().find(|(place, ..)| *place == self) {
            Some((_, _, selector)) => selector.to_owned(),
            None => match self {
                Self::Panel(panel) => format!("section.{}", panel.name()),
                _ => String::new(),
            },
        }
    }

    fn names() -> String {
        let panels = Panel::ALL.into_iter().map(Panel::name);
        Self::NAMED.into_iter().map(|(_, name, _)| name).chain(panels).collect::<Vec<_>>().join(", ")
    }
}

/// When a page is complete.
#[derive(Clone, Debug, PartialEq)]
pub enum Until {
    /// When one goes on.
    Read,
    /// When its question has been answered.
    Answered,
    /// When so many meta-iterations have been made.
    Iteration(u64),
    /// When the shown task's error is below a target: a challenge.
    Error {
        /// After how many gradient steps from θ.
        step: usize,
        /// The target, a mean squared error.
        below: f64,
    },
    /// When a panel is open.
    Open(Panel),
    /// When a value of the state is another one than the page was opened with, by its path in a link.
    Changed(String),
    /// When the evaluation protocol has run.
    Evaluated,
    /// When a comparison has come to its end.
    Compared,
}

/// What the page is like, as far as conditions ask for it.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The state of the page.
    pub state: &'a PageState,
    /// Its state when the lesson's page was opened.
    pub opened: &'a PageState,
    /// Meta-iterations behind the θ that is shown.
    pub iteration: u64,
    /// The shown task's error from θ after each gradient step from 0 on; none while it is out of date.
    pub mse: Option<&'a [f64]>,
    /// Whether the lesson's question has been answered.
    pub is_answered: bool,
    /// Whether the evaluation protocol has run since the page was opened.
    pub is_evaluated: bool,
    /// Whether a comparison has come to its end since then.
    pub is_compared: bool,
}

/// The number of shots, among what may be fixed.
const SHOTS: &str = "shots";

impl LessonPage {
    /// The first of what is fixed that is not as the page opened it, in `state`; `opened` is what it began with where it opens
    /// nothing itself.
    #[must_use]
    pub fn strayed(&self, state: &PageState, opened: &PageState) -> Option<&str> {
        if self.fixed.is_empty() {
            return None;
        }
        let begun = self.open.as_ref().map_or(opened, |link| &link.state);
        let paths: Vec<&str> = self.fixed.iter().map(String::as_str).collect();
        let (now, then) = (values(state, &paths), values(begun, &paths));
        paths.into_iter().zip(now.iter().zip(&then)).find(|(_, (now, then))| now != then).map(|(path, _)| path)
    }
}

/// The values of what may be fixed.
fn values(state: &PageState, paths: &[&str]) -> Vec<Option<Value>> {
    let mut values = Link::new(state.clone(), 0).values(paths);
    if let Some(shots) = paths.iter().position(|path| *path == SHOTS) {
        let document = &state.document;
        values[shots] = Some(document.preview.shots(&document.config).len().into());
    }
    values
}

/// One of them; none where there is no such path.
fn value(state: &PageState, path: &str) -> Option<Value> {
    values(state, &[path]).pop().flatten()
}

impl Until {
    /// Whether it has come.
    #[must_use]
    pub fn is_met(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Read => true,
            Self::Answered => facts.is_answered,
            Self::Iteration(least) => facts.iteration >= *least,
            Self::Error { below, .. } => self.measured(facts.mse).is_some_and(|error| error < *below),
            Self::Open(panel) => facts.state.view.panels.contains(panel),
            Self::Changed(path) => value(facts.state, path) != value(facts.opened, path),
            Self::Evaluated => facts.is_evaluated,
            Self::Compared => facts.is_compared,
        }
    }

    /// The error that a challenge is about, of those after each gradient step.
    #[must_use]
    pub fn measured(&self, mse: Option<&[f64]>) -> Option<f64> {
        match self {
            Self::Error { step, .. } => mse?.get(*step).copied().filter(|error| error.is_finite()),
            _ => None,
        }
    }

    fn of(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        Some(match words[..] {
            ["read"] => Self::Read,
            ["answered"] => Self::Answered,
            ["evaluated"] => Self::Evaluated,
            ["compared"] => Self::Compared,
            ["iteration", least] => Self::Iteration(least.parse().ok()?),
            ["error", step, "<", below] => {
                let (step, below) = (step.parse().ok()?, below.parse().ok()?);
                (below > 0.0 && below < f64::INFINITY).then_some(Self::Error { step, below })?
            }
            ["open", name] => Self::Open(panel(name)?),
            ["changed", path] => is_value(path).then(|| Self::Changed(path.to_owned()))?,
            _ => return None,
        })
    }
}

/// Whether the page's state has a value there.
fn is_value(path: &str) -> bool {
    value(&PageState::new(Locale::En, Scheme::Light), path).is_some()
}

/// What is wrong with a file of lessons, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct LessonError {
    /// The line, from 1 on.
    pub line: usize,
    /// What.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// There is no lesson in it.
    Empty,
    /// The file is longer than [`MOST_BYTES`].
    TooLong,
    /// A lesson without a page, or with more than [`MOST_PAGES`].
    Pages,
    /// A line that belongs to nothing: before the first lesson, or among the fields of one.
    Stray(String),
    /// A field has a value that is not allowed.
    Field {
        /// Which.
        field: &'static str,
        /// What it has.
        value: String,
        /// What it may have.
        allowed: String,
    },
    /// What a page opens is refused.
    Open(Box<LinkError>),
    /// A question has not two answers or more, with one right one.
    Question,
}

impl LessonError {
    /// What is wrong, where, and what is allowed.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        let detail = match &self.fault {
            Fault::Empty => locale.lesson_empty().to_owned(),
            Fault::TooLong => locale.format(message::LessonTooLong { most: MOST_BYTES }),
            Fault::Pages => locale.format(message::LessonPages { most: MOST_PAGES }),
            Fault::Stray(text) => locale.format(message::LessonStray { text }),
            Fault::Field { field, value, allowed } => locale.format(message::LessonField { field, value, allowed }),
            Fault::Open(error) => locale.format(message::LessonOpen { detail: error.message(locale) }),
            Fault::Question => locale.lesson_question().to_owned(),
        };
        locale.format(message::LessonFault { line: self.line, detail })
    }
}

impl fmt::Display for LessonError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message(Locale::En))
    }
}

impl std::error::Error for LessonError {}

/// Reads a file of one lesson or more.
///
/// # Errors
/// The first thing that is wrong with it, and its line.
pub fn read(text: &str) -> Result<Vec<Lesson>, LessonError> {
    let text = text::without_mark(text);
    if text.len() > MOST_BYTES {
        return Err(LessonError { line: 1, fault: Fault::TooLong });
    }
    let mut reader = Reader::default();
    for (index, line) in text.lines().enumerate() {
        reader.line = index + 1;
        reader.take(line.trim()).map_err(|fault| LessonError { line: index + 1, fault })?;
    }
    reader.end().map_err(|fault| LessonError { line: reader.line.max(1), fault })?;
    if reader.lessons.is_empty() {
        return Err(LessonError { line: 1, fault: Fault::Empty });
    }
    Ok(reader.lessons)
}

/// The lessons so far.
#[derive(Default)]
struct Reader {
    lessons: Vec<Lesson>,
    /// The lines of the paragraph, the answers or the reveal that may go on.
    open: Option<Open>,
    line: usize,
}

/// What the next line may go on with.
enum Open {
    Paragraph,
    Question,
    Reveal,
    Note,
}

impl Reader {
    fn take(&mut self, line: &str) -> Result<(), Fault> {
        if let Some(title) = line.strip_prefix("## ") {
            let number = self.lessons.last().map_or(0, |lesson| lesson.pages.len());
            self.end_page()?;
            let lesson = self.lessons.last_mut().ok_or_else(|| stray(line))?;
            if number >= MOST_PAGES {
                return Err(Fault::Pages);
            }
            lesson.pages.push(LessonPage {
                title: title.trim().to_owned(),
                open: None,
                at: None,
                until: Until::Read,
                fixed: vec![],
                paragraphs: vec![],
                question: None,
                notes: vec![],
            });
            return Ok(());
        }
        if let Some(title) = line.strip_prefix("# ") {
            self.end()?;
            let (title, number) = (title.trim().to_owned(), self.lessons.len() + 1);
            let name = format!("lesson-{number}");
            self.lessons.push(Lesson { name, title, minutes: None, aim: String::new(), pages: vec![] });
            return Ok(());
        }
        if line.is_empty() {
            self.open = None;
            return Ok(());
        }
        let lesson = self.lessons.last_mut().ok_or_else(|| stray(line))?;
        match lesson.pages.last_mut() {
            None => field_of_lesson(lesson, line),
            Some(page) => {
                self.open = Some(line_of_page(page, line, self.open.take())?);
                Ok(())
            }
        }
    }

    /// Ends the page that is being read.
    fn end_page(&mut self) -> Result<(), Fault> {
        self.open = None;
        let page = self.lessons.last().and_then(|lesson| lesson.pages.last());
        let is_good = |question: &Question| question.answers.len() >= 2 && question.right < question.answers.len();
        match page.and_then(|page| page.question.as_ref()) {
            Some(question) if !is_good(question) => Err(Fault::Question),
            _ => Ok(()),
        }
    }

    /// Ends the lesson that is being read.
    fn end(&mut self) -> Result<(), Fault> {
        self.end_page()?;
        match self.lessons.last() {
            Some(lesson) if lesson.pages.is_empty() => Err(Fault::Pages),
            _ => Ok(()),
        }
    }
}

fn field_of_lesson(lesson: &mut Lesson, line: &str) -> Result<(), Fault> {
    let (name, value) = line.split_once(':').ok_or_else(|| stray(line))?;
    let value = value.trim();
    match name {
        "name" => {
            let is_name = !value.is_empty()
                && value.len() <= MOST_NAME
                && value.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
            if !is_name {
                return Err(refused("name", value, "a-z, A-Z, 0-9, -"));
            }
            value.clone_into(&mut lesson.name);
        }
        "minutes" => {
            let minutes = value.parse().ok().filter(|minutes| (1..=240).contains(minutes));
            lesson.minutes = Some(minutes.ok_or_else(|| refused("minutes", value, "1–240"))?);
        }
        "aim" => value.clone_into(&mut lesson.aim),
        _ => return Err(stray(line)),
    }
    Ok(())
}

/// Takes a line of a page in; what the next line may go on with.
fn line_of_page(page: &mut LessonPage, line: &str, open: Option<Open>) -> Result<Open, Fault> {
    let is_head = page.paragraphs.is_empty() && page.question.is_none() && page.notes.is_empty();
    if let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_head && FIELDS.contains(name)) {
        return field_of_page(page, name, value.trim()).map(|()| Open::Note);
    }
    if let Some(text) = line.strip_prefix("? ") {
        if page.question.is_some() {
            return Err(Fault::Question);
        }
        let text = text.to_owned();
        page.question = Some(Question { text, answers: vec![], right: usize::MAX, reveal: String::new() });
        return Ok(Open::Question);
    }
    if let Some(text) = line.strip_prefix("> ") {
        page.notes.push(text.to_owned());
        return Ok(Open::Note);
    }
    if let Some(text) = line.strip_prefix("! ") {
        page.question.as_mut().ok_or(Fault::Question)?.reveal.push_str(text);
        return Ok(Open::Reveal);
    }
    if let (Some(text), Some(question)) = (line.strip_prefix("- "), page.question.as_mut()) {
        let right = text.strip_suffix('*');
        if right.is_some() && question.right != usize::MAX {
            return Err(Fault::Question);
        }
        if right.is_some() {
            question.right = question.answers.len();
        }
        question.answers.push(right.unwrap_or(text).trim().to_owned());
        return Ok(Open::Question);
    }
    match (open, &mut page.question) {
        (Some(Open::Paragraph), _) => {
            if let Some(last) = page.paragraphs.last_mut() {
                last.push(Span::Plain(" ".to_owned()));
                last.extend(spans(line));
            }
            Ok(Open::Paragraph)
        }
        (Some(Open::Reveal), Some(question)) => {
            question.reveal.push(' ');
            question.reveal.push_str(line);
            Ok(Open::Reveal)
        }
        (Some(Open::Question), _) => Err(stray(line)),
        _ => {
            page.paragraphs.push(spans(line));
            Ok(Open::Paragraph)
        }
    }
}

const FIELDS: [&str; 4] = ["open", "at", "until", "fixed"];

fn field_of_page(page: &mut LessonPage, name: &str, value: &str) -> Result<(), Fault> {
    match name {
        "open" => {
            // The reader keeps the page's own language and scheme.
            let link = Link::read(value, Locale::En, Scheme::Light).map_err(|error| Fault::Open(Box::new(error)))?;
            page.open = Some(link);
        }
        "at" => page.at = Some(Place::of(value).ok_or_else(|| refused("at", value, &Place::names()))?),
        "fixed" => {
            let paths: Vec<&str> = value.split(',').map(str::trim).collect();
            if let Some(unknown) = paths.iter().find(|path| !is_value(path)) {
                return Err(refused("fixed", unknown, "shots, preview, preview.task, eval, inner.steps, …"));
            }
            page.fixed = paths.into_iter().map(str::to_owned).collect();
        }
        _ => {
            let allowed = "read, answered, iteration N, error S < X, open PANEL, changed PATH, evaluated, compared";
            page.until = Until::of(value).ok_or_else(|| refused("until", value, allowed))?;
        }
    }
    Ok(())
}

/// The pieces of a line: `*emphasis*` and `` `code` ``; a mark without its partner stands for itself.
fn spans(line: &str) -> Vec<Span> {
    let (mut spans, mut rest) = (vec![], line);
    while let Some(start) = rest.find(['*', '`']) {
        let mark = &rest[start..=start];
        let Some(length) = rest[start + 1..].find(mark).filter(|length| *length > 0) else { break };
        if start > 0 {
            spans.push(Span::Plain(rest[..start].to_owned()));
        }
        let text = rest[start + 1..start + 1 + length].to_owned();
        spans.push(if mark == "*" { Span::Emphasis(text) } else { Span::Code(text) });
        rest = &rest[start + length + 2..];
    }
    if !rest.is_empty() {
        spans.push(Span::Plain(rest.to_owned()));
    }
    spans
}

fn panel(name: &str) -> Option<Panel> {
    Panel::ALL.into_iter().find(|panel| panel.name() == name)
}

fn stray(line: &str) -> Fault {
    Fault::Stray(clipped(line, MOST_WORDS))
}

fn refused(field: &'static str, value: &str, allowed: &str) -> Fault {
    Fault::Field { field, value: clipped(value, MOST_WORDS), allowed: allowed.to_owned() }
}

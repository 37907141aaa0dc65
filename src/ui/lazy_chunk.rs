//! The lazy chunk of the page's program: what lies below the first screen, dialogs, lessons, experiments,
//! files, and the scripting API.
//!
//! A release build of the page loads it when the engine can train, or when it is first needed. `lazy_entries` decides
//! what is in it. Once it is loaded, it is called through the functions of [`LazyChunk`].

use std::cell::Cell;
use std::pin::Pin;
use std::sync::LazyLock;

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;
use wasm_bindgen::JsValue;

use super::page::Page;
use crate::app::problem::Problem;
use crate::chart::Frame;
use crate::chart::export::FileKind;
use crate::engine::protocol::{ExperimentId, Progress};

/// Makes the task map: it tells where the plane lies, and shows the values at a phase and an amplitude.
type MakeMap = fn(RwSignal<Option<Frame>>, RwSignal<Option<(f64, f64)>>) -> AnyView;

/// A chart as it is shown, to be saved.
pub struct ShownChart {
    /// Its name in the page's state.
    pub name: String,
    /// What it is saved as.
    pub kind: FileKind,
    /// How large it is, in CSS pixels.
    pub size: (u32, u32),
    /// The size of its text, in CSS pixels.
    pub text: f64,
}

/// The entry points of the lazy chunk.
#[derive(Clone, Copy)]
pub struct LazyChunk {
    /// What stands under the task picker: the explanation, and the settings.
    pub aside: fn() -> AnyView,
    /// What stands under the chart of the task: the other charts, the evaluation, and the panels.
    pub stage: fn() -> AnyView,
    /// What each key does.
    pub keys: fn() -> AnyView,
    /// The list of lessons.
    pub lessons: fn() -> AnyView,
    /// Fetches the lessons.
    pub fetch_lessons: fn(Page),
    /// Takes in the lesson of a link.
    pub take_linked_lesson: fn(Page, &str) -> Result<(), Problem>,
    /// The page of the open lesson.
    pub lesson_page: fn() -> AnyView,
    /// Takes a file that was chosen, or dropped on the page.
    pub take_file: fn(Page, web_sys::File),
    /// Saves a chart as a file.
    pub save_chart: fn(Page, ShownChart),
    /// The contents of the dialog in which points are pasted.
    pub paste: fn() -> AnyView,
    /// Makes the points of a pasted text the shots.
    pub take_points: fn(Page, &str),
    /// Carries out [`Effect::LoadFile`](crate::app::update::Effect::LoadFile).
    pub load_file: fn(Page, String, &[u8]),
    /// Has the browser keep the session.
    pub keep_session: fn(Page),
    /// Forgets the one that is kept.
    pub forget_session: fn(),
    /// Goes on with the run that was kept, or trains up to a moment.
    pub resume_session: fn(Page, u64, u64, Option<u64>),
    /// Offers the session that is kept.
    pub offer_session: fn(Page),
    /// Goes on with it.
    pub go_on_with_session: fn(Page),
    /// Turns to the next page of the open lesson, or back.
    pub turn: fn(Page, bool),
    /// Plays a chart by its name; says whether it can be heard.
    pub play: fn(Page, &str) -> bool,
    /// The contents of the dialog for sharing.
    pub share: fn() -> AnyView,
    /// The seed, and the settings as a file.
    pub seed_and_files: fn() -> AnyView,
    /// The task map.
    pub task_map: MakeMap,
    /// Carries out [`Effect::Compare`](crate::app::update::Effect::Compare).
    pub compare: fn(Page),
    /// Carries out [`Effect::PauseComparison`](crate::app::update::Effect::PauseComparison).
    pub pause_comparison: fn(Page, bool),
    /// Carries out [`Effect::CancelComparison`](crate::app::update::Effect::CancelComparison).
    pub cancel_comparison: fn(Page),
    /// Carries out [`Effect::UseRun`](crate::app::update::Effect::UseRun).
    pub use_run: fn(Page, usize),
    /// Carries out [`Effect::Search`](crate::app::update::Effect::Search).
    pub begin_search: fn(Page),
    /// Carries out [`Effect::PauseSearch`](crate::app::update::Effect::PauseSearch).
    pub pause_search: fn(Page, bool),
    /// Carries out [`Effect::CancelSearch`](crate::app::update::Effect::CancelSearch).
    pub cancel_search: fn(Page),
    /// Carries out [`Effect::UseCandidate`](crate::app::update::Effect::UseCandidate).
    pub use_candidate: fn(Page, usize),
    /// Carries out [`Effect::SkipAhead`](crate::app::update::Effect::SkipAhead).
    pub skip_ahead: fn(Page),
    /// Handles the progress of a run of an experiment.
    pub take_progress: fn(Page, ExperimentId, usize, Progress),
    /// Calls a method of the scripting API.
    pub call: fn(Page, &'static str, JsValue) -> Promise,
}

/// The lazy chunk, once it is loaded.
static LOADED: LazyLock<ArcRwSignal<Option<LazyChunk>>> = LazyLock::new(|| ArcRwSignal::new(None));

thread_local! {
    static LOADER: Cell<Option<Loader>> = const { Cell::new(None) };
}

/// The function that loads the lazy chunk.
type Loader = fn() -> Pin<Box<dyn Future<Output = Result<LazyChunk, SplitLoaderError>>>>;

/// Sets how the lazy chunk is loaded.
pub fn install(loader: Loader) {
    LOADER.set(Some(loader));
}

/// Loads the lazy chunk, unless it is loaded.
///
/// # Errors
/// It cannot be loaded; the next call tries again.
pub async fn load() -> Result<LazyChunk, SplitLoaderError> {
    let loader = LOADER.get().expect("`install` comes before anything that loads it");
    let chunk = loader().await?;
    if LOADED.with_untracked(Option::is_none) {
        LOADED.set(Some(chunk));
    }
    Ok(chunk)
}

/// The lazy chunk, if it is loaded, untracked.
#[must_use]
pub fn loaded() -> Option<LazyChunk> {
    LOADED.get_untracked()
}

/// The lazy chunk, if it is loaded, tracked.
#[must_use]
pub fn arrived() -> Option<LazyChunk> {
    LOADED.get()
}

/// Calls `act` with the lazy chunk: at once if it is loaded, else when it is. A failure to load it becomes the page's
/// problem.
pub fn with_lazy_chunk(page: Page, act: impl FnOnce(LazyChunk) + 'static) {
    if let Some(chunk) = loaded() {
        return act(chunk);
    }
    spawn_local(async move {
        match load().await {
            Ok(chunk) => act(chunk),
            Err(_) => page.report(Problem::LazyChunk),
        }
    });
}

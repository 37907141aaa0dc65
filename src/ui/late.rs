//! The later part of the page's program: panels that are folded away, experiments, and what scripts call.
//!
//! A page that is built for visitors fetches it when the engine can train, or when it is first wanted. What is in
//! it, `late_entries` says; once it is there, it is called like any other code.

use std::cell::Cell;
use std::pin::Pin;

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;
use wasm_bindgen::JsValue;

use super::page::Page;
use crate::app::problem::Problem;
use crate::engine::protocol::{ExperimentId, Progress};

/// The ways into the later part.
#[derive(Clone, Copy)]
pub struct Late {
    /// What is in the panels.
    pub alignment: fn() -> AnyView,
    /// The same.
    pub comparison: fn() -> AnyView,
    /// The same.
    pub search: fn() -> AnyView,
    /// The same.
    pub two_tasks: fn() -> AnyView,
    /// Carries the effects of these names out.
    pub compare: fn(Page),
    /// The same.
    pub pause_comparison: fn(Page, bool),
    /// The same.
    pub cancel_comparison: fn(Page),
    /// The same.
    pub use_run: fn(Page, usize),
    /// The same.
    pub begin_search: fn(Page),
    /// The same.
    pub pause_search: fn(Page, bool),
    /// The same.
    pub cancel_search: fn(Page),
    /// The same.
    pub use_candidate: fn(Page, usize),
    /// The same.
    pub skip_ahead: fn(Page),
    /// Takes in what is heard of a run of an experiment.
    pub take_progress: fn(Page, ExperimentId, usize, Progress),
    /// Calls a method of the scripting API.
    pub call: fn(Page, &'static str, JsValue) -> Promise,
}

thread_local! {
    /// The later part, once it is there.
    static LOADED: Cell<Option<Late>> = const { Cell::new(None) };
    static LOADER: Cell<Option<Loader>> = const { Cell::new(None) };
}

/// How the later part is fetched.
type Loader = fn() -> Pin<Box<dyn Future<Output = Result<Late, SplitLoaderError>>>>;

/// Says how the later part is fetched, and fetches it as soon as the engine can train, so that nothing is fetched during a
/// lesson.
pub fn install(page: Page, loader: Loader) {
    LOADER.set(Some(loader));
    Effect::new(move |begun: Option<bool>| {
        let begun = begun.unwrap_or(false);
        if !begun && page.run.status.with(Option::is_some) {
            // Nobody waits for it now: who wants it later will hear of an error.
            spawn_local(async { drop(load().await) });
            return true;
        }
        begun
    });
}

/// Fetches the later part, where it is not there yet.
///
/// # Errors
/// It cannot be fetched; the next call tries again.
pub async fn load() -> Result<Late, SplitLoaderError> {
    let loader = LOADER.get().expect("it is installed before anything can want it");
    let late = loader().await?;
    LOADED.set(Some(late));
    Ok(late)
}

/// The later part, if it is there.
#[must_use]
pub fn loaded() -> Option<Late> {
    LOADED.get()
}

/// Does something with the later part: at once if it is there, else when it has come. If it does not, the page says so.
pub fn with_late(page: Page, act: impl FnOnce(Late) + 'static) {
    if let Some(late) = loaded() {
        return act(late);
    }
    spawn_local(async move {
        match load().await {
            Ok(late) => act(late),
            Err(error) => page.report(Problem::LazyChunk { detail: error.to_string() }),
        }
    });
}

//! The split point of the page's program: code that only [`entries`] leads to is in the lazy chunk.

use std::pin::Pin;

use leptos::wasm_split::SplitLoaderError;

use super::lazy_chunk::LazyChunk;
use super::page::Page;
use super::panels::{engine, lessons, share};
use super::shell::{app, header};
use super::task::{map_chart, paste};
use super::{api, effects, files, kept_session, save_chart, sound};

#[cfg_attr(feature = "split", leptos::wasm_split::wasm_split(late, wasm_split_path = ::leptos::wasm_split, fallible))]
#[allow(clippy::unnecessary_wraps, reason = "with code splitting, loading it may fail")]
fn entries() -> Result<LazyChunk, SplitLoaderError> {
    Ok(LazyChunk {
        aside: app::aside,
        stage: app::stage,
        keys: header::keys,
        lessons: lessons::list,
        fetch_lessons: Page::fetch_lessons,
        take_linked_lesson: Page::take_linked_lesson,
        lesson_page: lessons::page_body,
        take_file: files::take_file,
        load_file: files::load_file,
        save_chart: save_chart::save,
        paste: paste::body,
        take_points: paste::take,
        keep_session: kept_session::keep,
        forget_session: kept_session::forget,
        resume_session: kept_session::resume,
        offer_session: kept_session::offer,
        go_on_with_session: kept_session::go_on,
        turn: lessons::turn,
        play: sound::play,
        share: share::body,
        seed_and_files: engine::seed_and_files,
        task_map: map_chart::body,
        compare: Page::compare,
        pause_comparison: Page::pause_comparison,
        cancel_comparison: Page::cancel_comparison,
        use_run: Page::use_run,
        begin_search: Page::begin_search,
        pause_search: Page::pause_search,
        cancel_search: Page::cancel_search,
        use_candidate: Page::use_candidate,
        skip_ahead: effects::skip_ahead,
        take_progress: Page::take_progress,
        call: api::call,
    })
}

/// Loads the lazy chunk; without code splitting it is part of the program.
#[must_use]
pub fn load() -> Pin<Box<dyn Future<Output = Result<LazyChunk, SplitLoaderError>>>> {
    #[cfg(feature = "split")]
    return Box::pin(entries());
    #[cfg(not(feature = "split"))]
    Box::pin(std::future::ready(entries()))
}

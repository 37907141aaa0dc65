//! Where the page's program is split: whatever only [`entries`] leads to is in the later part.

use std::pin::Pin;

use leptos::wasm_split::SplitLoaderError;

use super::late::Late;
use super::page::Page;
use super::panels::{alignment, comparison, search, two_tasks};
use super::{api, effects};

#[cfg_attr(feature = "split", leptos::wasm_split::wasm_split(late, wasm_split_path = ::leptos::wasm_split, fallible))]
#[allow(clippy::unnecessary_wraps, reason = "the page that is split adds the error of fetching it")]
fn entries() -> Result<Late, SplitLoaderError> {
    Ok(Late {
        alignment: alignment::body,
        comparison: comparison::body,
        search: search::body,
        two_tasks: two_tasks::body,
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

/// Fetches the later part where it is not there yet; in a page that is in one piece, it is.
#[must_use]
pub fn load() -> Pin<Box<dyn Future<Output = Result<Late, SplitLoaderError>>>> {
    #[cfg(feature = "split")]
    return Box::pin(entries());
    #[cfg(not(feature = "split"))]
    Box::pin(std::future::ready(entries()))
}

//! Leaving the page: the browser asks first where a run would be lost that it has not kept.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::ui::page::Page;

/// Asks for as long as the page lives. What was loaded or set, and not trained here, is no loss, nor is what was kept.
pub fn guard(page: Page) {
    let handle = window_event_listener_untyped("beforeunload", move |event| {
        let is_trained_here = page.run.status.with_untracked(|status| {
            let is_lost = |seconds| seconds > 0.0 && seconds != page.kept_seconds.get_value();
            status.as_ref().is_some_and(|status| status.iteration > 0 && is_lost(status.spent.seconds))
        });
        if is_trained_here {
            event.prevent_default();
            // Safari asks where this is set. Whether it could be: there is nothing else to do.
            drop(js_sys::Reflect::set(&event, &"returnValue".into(), &JsValue::TRUE));
        }
    });
    on_cleanup(move || handle.remove());
}

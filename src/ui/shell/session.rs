//! When the session is kept, and what becomes of the one that was kept when the page is opened.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use crate::ui::lazy_chunk::{load, loaded};
use crate::ui::page::Page;

/// While a run goes on, it is kept as often as this.
const KEEP_EVERY: Duration = Duration::from_secs(20);
/// After a reload, what was kept is waited for no longer than this: training waits, too.
const MOST_PATIENCE: Duration = Duration::from_secs(5);
/// It is kept when it has stood still for so long: each step of a script, or of a hand that goes on pressing, would copy all of
/// it.
const STANDSTILL: Duration = Duration::from_millis(300);

/// Opens the page at a moment of its run, with the θ of another kept for comparison if one is given: as it was kept, where
/// the page is reloaded, else by training up to it. The page as one finds it offers the session that was kept.
pub fn begin(page: Page, (moment, kept): (u64, Option<u64>), is_opened_by_link: bool) {
    if !is_reload() {
        if moment > 0 || kept.is_some() {
            page.reach(moment, kept);
        }
        if !is_opened_by_link {
            Effect::new(move |asked: Option<bool>| {
                let is_due = asked != Some(true) && page.run.status.with(Option::is_some);
                if is_due {
                    spawn_local(async move {
                        if let Ok(chunk) = load().await {
                            (chunk.offer_session)(page);
                        }
                    });
                }
                is_due || asked == Some(true)
            });
        }
        return;
    }
    // It stands in the address until it is shown.
    let number = page.set_out(moment);
    let without = move || {
        if let Some(number) = page.claim(number) {
            page.go_on_to(number, moment, kept, false);
        }
    };
    set_timeout(without, MOST_PATIENCE);
    spawn_local(async move {
        match load().await {
            Ok(chunk) => (chunk.resume_session)(page, number, moment, kept),
            Err(_) => without(),
        }
    });
}

/// Has the browser keep the session whenever training stops, from time to time while it goes on, and when the page goes out
/// of sight; a run that begins anew is kept no longer.
pub fn follow(page: Page) {
    let keep = move || {
        if let (true, Some(chunk)) = (page.spent_seconds() != page.kept_seconds.get_value(), loaded()) {
            (chunk.keep_session)(page);
        }
    };
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let keep_soon = move || {
        let next = set_timeout_with_handle(keep, STANDSTILL).ok();
        if let Some(before) = waiting.try_update_value(|waiting| std::mem::replace(waiting, next)).flatten() {
            before.clear();
        }
    };
    Effect::new(move |before: Option<(bool, u64)>| {
        let (running, iteration) = (page.run.running.get(), page.run.iteration.get());
        match before {
            Some((ran, last)) if !running && iteration > 0 && (ran || iteration != last) => keep_soon(),
            Some((_, 1..)) if iteration == 0 => {
                page.kept_seconds.set_value(0.0);
                if let Some(chunk) = loaded() {
                    (chunk.forget_session)();
                }
            }
            _ => {}
        }
        (running, iteration)
    });
    let from_time_to_time = set_interval_with_handle(
        move || {
            if page.run.iteration.get_untracked() > 0 {
                keep();
            }
        },
        KEEP_EVERY,
    );
    let hidden = window_event_listener_untyped("visibilitychange", move |_| {
        if document().hidden() && page.run.iteration.get_untracked() > 0 {
            keep();
        }
    });
    on_cleanup(move || {
        hidden.remove();
        if let Some(handle) = waiting.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        if let Ok(handle) = from_time_to_time {
            handle.clear();
        }
    });
}

/// Whether the page was opened by reloading it, or by the browser's way back to it.
fn is_reload() -> bool {
    let entry = window().performance().map(|performance| performance.get_entries_by_type("navigation").get(0));
    let kind = entry.and_then(|entry| js_sys::Reflect::get(&entry, &JsValue::from_str("type")).ok());
    kind.and_then(|kind| kind.as_string()).is_some_and(|kind| kind == "reload" || kind == "back_forward")
}

//! When what a panel shows is out of date.

use leptos::prelude::*;

use crate::app::state::Panel;
use crate::app::views::Made;
use crate::ui::page::page;

/// Whether the view in a panel is of another task, other settings or another θ than the page's, while the panel is open.
/// While training goes on it may be a little behind.
pub fn stale<T: Send + Sync + 'static>(panel: Panel, made: RwSignal<Option<Made<T>>>) -> Memo<bool> {
    let page = page();
    Memo::new(move |_| {
        let (iteration, trains) = (page.run.shown.get(), page.run.running.get());
        let is_old = |made: &Made<T>| page.view.wanted.with(|wanted| made.is_stale(wanted, iteration, trains));
        let is_old = made.with(|made| made.as_ref().is_some_and(is_old));
        page.is_open(panel) && (is_old || page.run.pending.get() || page.run.crash.with(Option::is_some))
    })
}

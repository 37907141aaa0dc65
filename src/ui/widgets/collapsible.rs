//! A panel that is folded away at first. What is in it is made when it is opened, and the later part of the program there.

use leptos::html::Details;
use leptos::prelude::*;

use crate::app::action::Action;
use crate::app::state::Panel;
use crate::i18n::Locale;
use crate::ui::late::{Late, loaded, with_late};
use crate::ui::page::page;
use crate::ui::task::fit::OutOfDate;

/// The panel.
#[component]
pub fn Collapsible(
    /// Which: its name stands in styles, and before `-heading` in the heading's id.
    panel: Panel,
    /// Its heading.
    heading: fn(Locale) -> &'static str,
    /// What it is good for.
    #[prop(into)]
    help: Signal<String>,
    /// Whether it lags behind what was chosen.
    #[prop(optional, into)]
    stale: Signal<bool>,
    /// What is in it.
    body: impl Fn(Late) -> AnyView + Send + 'static,
) -> impl IntoView {
    let page = page();
    let name = panel.name();
    let details = NodeRef::<Details>::new();
    let is_open = Memo::new(move |_| page.is_open(panel));
    let late = RwSignal::new(loaded());
    Effect::new(move |_| {
        if is_open.get() && late.with_untracked(Option::is_none) {
            with_late(page, move |loaded| late.set(Some(loaded)));
        }
    });
    let toggled = move |_| {
        if let Some(details) = details.get_untracked() {
            page.dispatch(Action::OpenPanel { panel, open: details.open() });
        }
    };
    let heading_id = format!("{name}-heading");
    let labelled_by = heading_id.clone();
    view! {
        <section class=format!("curve folded {name}") aria-labelledby=labelled_by>
            <details node_ref=details prop:open=move || is_open.get() on:toggle=toggled>
                <summary>
                    <h2 id=heading_id>{move || heading(page.locale())}</h2>
                    <OutOfDate stale/>
                </summary>
                {move || late.get().filter(|_| is_open.get()).map(|late| view! {
                    <p class="help" id=format!("{name}-help")>{help}</p>
                    {body(late)}
                })}
            </details>
        </section>
    }
}

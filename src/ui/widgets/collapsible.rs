//! A panel that is collapsed at first. Its contents are made when it is open and the lazy chunk is loaded.

use leptos::html::Details;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::action::Action;
use crate::app::state::Panel;
use crate::i18n::Locale;
use crate::ui::lazy_chunk::{LazyChunk, load, loaded};
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
    /// Whether its contents are out of date.
    #[prop(optional, into)]
    stale: Signal<bool>,
    /// Makes its contents.
    body: impl Fn(LazyChunk) -> AnyView + Send + 'static,
) -> impl IntoView {
    let page = page();
    let name = panel.name();
    let details = NodeRef::<Details>::new();
    let is_open = Memo::new(move |_| page.is_open(panel));
    let chunk = RwSignal::new(loaded());
    let failed = RwSignal::new(false);
    let fetch = move || {
        failed.set(false);
        spawn_local(async move {
            match load().await {
                Ok(loaded) => chunk.set(Some(loaded)),
                Err(_) => failed.set(true),
            }
        });
    };
    Effect::new(move |_| {
        if is_open.get() && chunk.with_untracked(Option::is_none) {
            fetch();
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
                <div role="alert">
                    {move || failed.get().then(|| view! {
                        <div class="notice">
                            <p>{move || page.locale().error_rest()}</p>
                            <button type="button" on:click=move |_| fetch()>{move || page.locale().error_rest_again()}</button>
                        </div>
                    })}
                </div>
                {move || chunk.get().filter(|_| is_open.get()).map(|chunk| view! {
                    <p class="help" id=format!("{name}-help")>{help}</p>
                    {body(chunk)}
                })}
            </details>
        </section>
    }
}

//! A section that is folded away at first. What is in it is made when it is unfolded, by code that comes after the first
//! paint.

use leptos::html::Details;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::i18n::Locale;
use crate::ui::shell::browser;
use crate::ui::state::{Problem, page};
use crate::ui::task::fit::OutOfDate;

/// The section.
#[component]
pub fn Folded(
    /// Its name in styles, and before `-heading` in the heading's id.
    name: &'static str,
    /// Its heading.
    heading: fn(Locale) -> &'static str,
    /// What it is good for.
    #[prop(into)]
    help: Signal<String>,
    /// Whether it lags behind what was chosen.
    #[prop(optional, into)]
    stale: Signal<bool>,
    /// Whether it is unfolded, and its code there.
    is_open: RwSignal<bool>,
    /// What is in it.
    #[prop(into)]
    body: ViewFn,
) -> impl IntoView {
    let page = page();
    let details = NodeRef::<Details>::new();
    let toggled = move |_| {
        let wanted = details.get_untracked().is_some_and(|details| details.open());
        if !wanted {
            return is_open.set(false);
        }
        spawn_local(async move {
            match browser::rest().await {
                Ok(()) => is_open.set(details.get_untracked().is_some_and(|details| details.open())),
                Err(detail) => page.report(Problem::Rest { detail }),
            }
        });
    };
    let heading_id = format!("{name}-heading");
    let labelled_by = heading_id.clone();
    view! {
        <section class=format!("curve folded {name}") aria-labelledby=labelled_by>
            <details node_ref=details on:toggle=toggled>
                <summary>
                    <h2 id=heading_id>{move || heading(page.locale())}</h2>
                    <OutOfDate stale/>
                </summary>
                {move || is_open.get().then(|| view! {
                    <p class="help" id=format!("{name}-help")>{help}</p>
                    {body.run()}
                })}
            </details>
        </section>
    }
}

//! What Reptile does, in a few sentences.

use leptos::prelude::*;

use crate::ui::page::page;
use crate::ui::widgets::late::Late;

/// The explanation, collapsed at first.
#[component]
pub fn Explain() -> impl IntoView {
    let page = page();
    let unfolded = RwSignal::new(false);
    view! {
        <aside class="explain" aria-labelledby="explain-heading">
            <details on:toggle=move |_| unfolded.set(true)>
                <summary><h2 id="explain-heading">{move || page.locale().explain_heading()}</h2></summary>
                <Late wanted=unfolded body=|chunk| (chunk.explanation)()/>
            </details>
        </aside>
    }
}

/// The sentences.
#[must_use]
pub fn sentences() -> AnyView {
    let page = page();
    view! {
        <p>{move || page.locale().explain_goal()}</p>
        <p>{move || page.locale().explain_loop()}</p>
        <p class="formula">{move || page.locale().explain_update()}</p>
        <p>{move || page.locale().explain_symbols()}</p>
        <p>{move || page.locale().explain_look()}</p>
        <p>{move || page.locale().cost_help()}</p>
        <p class="note">{move || page.locale().explain_paper()}</p>
    }
    .into_any()
}

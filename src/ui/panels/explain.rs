//! What Reptile does, in a few sentences.

use leptos::prelude::*;

use crate::ui::page::page;

/// The explanation, collapsed at first.
#[component]
pub fn Explain() -> impl IntoView {
    let page = page();
    view! {
        <aside class="explain" aria-labelledby="explain-heading">
            <details>
                <summary><h2 id="explain-heading">{move || page.locale().explain_heading()}</h2></summary>
                <p>{move || page.locale().explain_goal()}</p>
                <p>{move || page.locale().explain_loop()}</p>
                <p class="formula">{move || page.locale().explain_update()}</p>
                <p>{move || page.locale().explain_symbols()}</p>
                <p>{move || page.locale().explain_look()}</p>
                <p>{move || page.locale().cost_help()}</p>
                <p class="note">{move || page.locale().explain_paper()}</p>
            </details>
        </aside>
    }
}

//! What Reptile does, in a few sentences.

use leptos::prelude::*;

use crate::ui::state::lab;

/// The explanation, folded away.
#[component]
pub fn Explain() -> impl IntoView {
    let lab = lab();
    view! {
        <aside class="explain" aria-labelledby="explain-heading">
            <details>
                <summary><h2 id="explain-heading">{move || lab.locale().explain_heading()}</h2></summary>
                <p>{move || lab.locale().explain_goal()}</p>
                <p>{move || lab.locale().explain_loop()}</p>
                <p class="formula">{move || lab.locale().explain_update()}</p>
                <p>{move || lab.locale().explain_symbols()}</p>
                <p>{move || lab.locale().explain_look()}</p>
                <p>{move || lab.locale().cost_help()}</p>
                <p class="note">{move || lab.locale().explain_paper()}</p>
            </details>
        </aside>
    }
}

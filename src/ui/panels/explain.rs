//! What Reptile does, in a few sentences.

use leptos::prelude::*;

use crate::i18n::Locale;
use crate::ui::page::page;
use crate::ui::widgets::explained::{Explained, glossary};

/// The explanation, collapsed at first.
#[component]
pub fn Explain() -> impl IntoView {
    let page = page();
    let unfolded = RwSignal::new(false);
    view! {
        <aside class="explain" aria-labelledby="explain-heading">
            <details on:toggle=move |_| unfolded.set(true)>
                <summary><h2 id="explain-heading">{page.words(Locale::explain_heading)}</h2></summary>
                <Show when=move || unfolded.get()>{sentences()}</Show>
            </details>
        </aside>
    }
}

fn sentences() -> impl IntoView {
    let page = page();
    let told = |text: fn(Locale) -> &'static str| Signal::derive(move || text(page.locale()).to_owned());
    view! {
        <p><Explained text=told(Locale::explain_goal)/></p>
        <p><Explained text=told(Locale::explain_loop)/></p>
        <p class="formula">{page.words(Locale::explain_update)}</p>
        <p><Explained text=told(Locale::explain_symbols)/></p>
        <p><Explained text=told(Locale::explain_look)/></p>
        <p><Explained text=told(Locale::cost_help)/></p>
        <p class="note">{page.words(Locale::explain_paper)}</p>
        <details class="words">
            <summary><h3>{page.words(Locale::glossary_heading)}</h3></summary>
            {glossary()}
        </details>
    }
}

//! What the lazy chunk makes, in its place on the page.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::i18n::Locale;
use crate::ui::lazy_chunk::{LazyChunk, arrived, load};
use crate::ui::page::page;

/// Contents that are there once the lazy chunk is loaded. Where it cannot be loaded, that is said, with a button to try
/// again.
#[component]
pub fn Late(
    /// Whether the contents are wanted, so that the chunk is fetched. Otherwise they come when something else fetches it.
    #[prop(into)]
    wanted: Signal<bool>,
    /// Makes the contents.
    body: impl Fn(LazyChunk) -> AnyView + Send + 'static,
) -> impl IntoView {
    let page = page();
    let failed = RwSignal::new(false);
    let fetch = move || {
        failed.set(false);
        spawn_local(async move {
            let loaded = load().await;
            // The place may be gone by now.
            failed.try_set(loaded.is_err());
        });
    };
    Effect::new(move |_| {
        if wanted.get() && arrived().is_none() {
            fetch();
        }
    });
    view! {
        <div role="alert">
            {move || (failed.get() && arrived().is_none()).then(|| view! {
                <div class="notice">
                    <p>{page.words(Locale::error_rest)}</p>
                    <button type="button" on:click=move |_| fetch()>{page.words(Locale::error_rest_again)}</button>
                </div>
            })}
        </div>
        {move || arrived().map(&body)}
    }
}

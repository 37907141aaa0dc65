//! The head of the page: its name, language, colours and keyboard help.

use leptos::html::Dialog;
use leptos::prelude::*;
use web_sys::HtmlSelectElement;

use super::projector::ProjectorSwitch;
use super::run_bar::RunOptions;
use crate::app::action::Action;
use crate::app::appearance::Scheme;
use crate::app::state::ViewChange;
use crate::i18n::Locale;
use crate::ui::lazy_chunk::{LazyChunk, with_lazy_chunk};
use crate::ui::page::{Page, page};
use crate::ui::widgets::explained::glossary;
use crate::ui::widgets::late::Late;

/// Title and switches.
#[component]
pub fn Header() -> impl IntoView {
    let page = page();
    view! {
        <header>
            <a class="skip" href="#charts">{page.words(Locale::skip_to_charts)}</a>
            <h1>{page.words(Locale::brand)}</h1>
            <p class="tagline">{page.words(Locale::tagline)}</p>
            <RunOptions/>
            <div class="switches">
                <LanguageSwitch/>
                <DarkSwitch/>
                <ProjectorSwitch/>
                <Opener class="lessons-button" name=|locale| locale.lessons() heading=|locale| locale.lessons_heading() opening=fetch_lessons body=|chunk| (chunk.lessons)()/>
                <Opener class="share-button" name=|locale| locale.share() heading=|locale| locale.share_heading() follows=true body=|chunk| (chunk.share)()/>
                <Opener class="keyboard" name=|locale| locale.keyboard() heading=|locale| locale.keys_heading() body=|chunk| (chunk.keys)()/>
            </div>
        </header>
    }
}

#[component]
fn LanguageSwitch() -> impl IntoView {
    let page = page();
    let options = Locale::ALL.iter().map(|&locale| {
        view! {
            <option value=locale.code() lang=locale.code()>{locale.language_name()}</option>
        }
    });
    let spoken = move || page.locale().code();
    let change = move |event| {
        let select: HtmlSelectElement = event_target(&event);
        let code = select.value();
        // It names what is spoken, until the other's texts are there.
        select.set_value(untrack(spoken));
        if let Some(&locale) = Locale::ALL.iter().find(|locale| locale.code() == code) {
            page.dispatch(Action::ChooseLanguage { locale });
        }
    };
    view! {
        <select aria-label=page.words(Locale::language) prop:value=spoken on:change=change>
            {options.collect_view()}
        </select>
    }
}

#[component]
fn DarkSwitch() -> impl IntoView {
    let page = page();
    let scheme = page.appearance.scheme;
    let dark = move || scheme.get() == Scheme::Dark;
    let toggle = move |_| {
        let next = if scheme.get_untracked() == Scheme::Dark { Scheme::Light } else { Scheme::Dark };
        page.dispatch(Action::ChooseScheme { scheme: next });
    };
    view! {
        <button
            type="button"
            class="icon scheme"
            aria-pressed=move || dark().to_string()
            aria-label=page.words(Locale::dark_mode)
            title=page.words(Locale::dark_mode)
            on:click=toggle
        >
            <span aria-hidden="true">"◐"</span>
        </button>
    }
}

type Words = fn(Locale) -> &'static str;

/// A button that opens a dialog.
#[component]
pub fn Opener(
    /// The button's class; the heading's id begins with it.
    class: &'static str,
    /// What the button says.
    name: Words,
    /// The dialog's heading.
    heading: Words,
    /// Makes its contents, when it is first opened.
    body: fn(LazyChunk) -> AnyView,
    /// What is fetched when it is opened.
    #[prop(optional)]
    opening: Option<fn(Page)>,
    /// Whether its contents go when it is closed: they follow whatever is done on the page.
    #[prop(optional)]
    follows: bool,
) -> impl IntoView {
    let page = page();
    let (dialog, opened) = (NodeRef::<Dialog>::new(), RwSignal::new(false));
    let open = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            // It cannot fail: an open dialog covers this button.
            let _ = dialog.show_modal();
            if let Some(opening) = opening {
                opening(page);
            }
            opened.set(true);
        }
    };
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let heading_id = format!("{class}-heading");
    let labelled_by = heading_id.clone();
    view! {
        <button type="button" class=class aria-haspopup="dialog" on:click=open>{page.words(name)}</button>
        <dialog node_ref=dialog aria-labelledby=labelled_by on:close=move |_| opened.set(!follows)>
            <div class="dialog-head">
                <h2 id=heading_id tabindex="-1" autofocus>{page.words(heading)}</h2>
                <button type="button" on:click=close>{page.words(Locale::close)}</button>
            </div>
            {move || opened.get().then(|| view! { <Late wanted=opened body/> })}
        </dialog>
    }
}

fn fetch_lessons(page: Page) {
    with_lazy_chunk(page, move |chunk| (chunk.fetch_lessons)(page));
}

/// Each key and what it does, and each word and what it means.
#[must_use]
pub fn keys() -> AnyView {
    let page = page();
    let rows: [(Words, Words); 11] = [
        (|locale| locale.key_space(), |locale| locale.keys_space()),
        (|locale| locale.key_shift_space(), |locale| locale.keys_step()),
        (|locale| locale.key_undo(), |locale| locale.keys_undo()),
        (|locale| locale.key_arrows(), |locale| locale.keys_arrows()),
        (|locale| locale.key_delete(), |locale| locale.keys_delete()),
        (|locale| locale.key_large(), |locale| locale.keys_large()),
        (|locale| locale.key_sound(), |locale| locale.keys_sound()),
        (|locale| locale.key_paste(), |locale| locale.keys_paste()),
        (|locale| locale.key_keys(), |locale| locale.keys_keys()),
        (|locale| locale.key_projector(), |locale| locale.keys_projector()),
        (|locale| locale.key_hall(), |locale| locale.keys_hall()),
    ];
    let rows = rows.map(|(key, what)| {
        view! {
            <dt><kbd>{page.words(key)}</kbd></dt>
            <dd>{page.words(what)}</dd>
        }
    });
    view! {
        <dl class="keys">{rows}</dl>
        <label class="sound">
            <input
                type="checkbox"
                prop:checked=page.view.sound
                on:change=move |_| page.dispatch(Action::View(ViewChange::ToggleSound))
            />
            {page.words(Locale::sound)}
        </label>
        <h3>{page.words(Locale::glossary_heading)}</h3>
        {glossary()}
    }
    .into_any()
}

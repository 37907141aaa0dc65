//! The head of the page: its name, language, colours and keyboard help.

use leptos::html::Dialog;
use leptos::prelude::*;
use web_sys::HtmlSelectElement;

use super::run_bar::RunOptions;
use crate::app::action::Action;
use crate::app::appearance::Scheme;
use crate::i18n::Locale;
use crate::ui::page::page;
use crate::ui::widgets::late::Late;

/// Title and switches.
#[component]
pub fn Header() -> impl IntoView {
    let page = page();
    let (dialog, opened) = (NodeRef::<Dialog>::new(), RwSignal::new(false));
    view! {
        <header>
            <a class="skip" href="#charts">{move || page.locale().skip_to_charts()}</a>
            <h1>{move || page.locale().brand()}</h1>
            <p class="tagline">{move || page.locale().tagline()}</p>
            <RunOptions/>
            <div class="switches">
                <LanguageSwitch/>
                <DarkSwitch/>
                <button
                    type="button"
                    class="keyboard"
                    aria-haspopup="dialog"
                    on:click=move |_| {
                        if let Some(dialog) = dialog.get_untracked() {
                            // It cannot fail: an open dialog covers this button.
                            let _ = dialog.show_modal();
                            opened.set(true);
                        }
                    }
                >
                    {move || page.locale().keyboard()}
                </button>
            </div>
            <KeyboardHelp dialog opened/>
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
        <select aria-label=move || page.locale().language() prop:value=spoken on:change=change>
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
            aria-label=move || page.locale().dark_mode()
            title=move || page.locale().dark_mode()
            on:click=toggle
        >
            <span aria-hidden="true">"◐"</span>
        </button>
    }
}

type Words = fn(Locale) -> &'static str;

#[component]
fn KeyboardHelp(dialog: NodeRef<Dialog>, opened: RwSignal<bool>) -> impl IntoView {
    let page = page();
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog node_ref=dialog aria-labelledby="keys-heading">
            <h2 id="keys-heading">{move || page.locale().keys_heading()}</h2>
            <Late wanted=opened body=|chunk| (chunk.keys)()/>
            <button type="button" on:click=close>{move || page.locale().close()}</button>
        </dialog>
    }
}

/// Each key, and what it does.
#[must_use]
pub fn keys() -> AnyView {
    let page = page();
    let rows: [(Words, Words); 6] = [
        (|locale| locale.key_space(), |locale| locale.keys_space()),
        (|locale| locale.key_shift_space(), |locale| locale.keys_step()),
        (|locale| locale.key_undo(), |locale| locale.keys_undo()),
        (|locale| locale.key_arrows(), |locale| locale.keys_arrows()),
        (|locale| locale.key_delete(), |locale| locale.keys_delete()),
        (|locale| locale.key_large(), |locale| locale.keys_large()),
    ];
    let rows = rows.map(|(key, what)| {
        view! {
            <dt><kbd>{move || key(page.locale())}</kbd></dt>
            <dd>{move || what(page.locale())}</dd>
        }
    });
    view! { <dl class="keys">{rows}</dl> }.into_any()
}

//! Sharing the page: its link, a QR code, a frame for another page, and what is hidden from whoever opens it.

use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::formatting;
use crate::app::part::Part;
use crate::app::qr::{self, Code, MARGIN};
use crate::i18n::{Locale, message};
use crate::ui::page::page;
use crate::ui::shell::{address, browser};

/// The dialog's contents; the link is that of the page when the dialog was opened.
#[must_use]
pub fn body() -> AnyView {
    view! { <Share/> }.into_any()
}

#[component]
fn Share() -> impl IntoView {
    let page = page();
    let (with_moment, with_language) = (RwSignal::new(true), RwSignal::new(true));
    let hidden = RwSignal::new(page.view.hidden.get_untracked());
    // Whatever is done on the page changes the link.
    let present = Memo::new(move |_| {
        page.edited.track();
        page.run.shown.track();
        page.run.remark.track();
        page.results.kept.track();
        address::present(page)
    });
    let address_of = move |hidden: Vec<Part>| {
        let mut link = present.get();
        link.state.view.hidden = hidden;
        if !with_moment.get() {
            (link.moment, link.kept) = (0, None);
        }
        format!("{}#{}", address::place(), link.write(with_language.get()))
    };
    let address = Memo::new(move |_| address_of(hidden.get()));
    let frame = Memo::new(move |_| {
        let address = address_of(Part::EMBEDDED.to_vec());
        // An address has no quotation marks and no angle brackets: they are written in percent.
        format!("<iframe src=\"{address}\" width=\"960\" height=\"640\" title=\"Reptile Lab\"></iframe>")
    });
    let moment = Memo::new(move |_| present.with(|link| link.moment));
    let is_left_out = Memo::new(move |_| moment.get() == 0 && page.run.shown.get() > 0);
    // A lesson of a file that no link has room for.
    let is_too_long = Memo::new(move |_| {
        let text = present.with(|link| link.state.view.lesson.as_ref().and_then(|name| page.lessons.text(name)));
        text.is_some_and(|(_, is_short)| !is_short)
    });
    let code = move || {
        if let Some(code) = qr::code(&address.get()) {
            return view! { <Picture code/> }.into_any();
        }
        let [length, most] = [address.with(String::len), qr::MOST_BYTES].map(|length| formatting::count(length as u64));
        view! { <p class="note">{page.locale().format(message::ShareQrTooLong { length, most })}</p> }.into_any()
    };
    let parts = Part::ALL.map(|part| {
        let change = move |_| {
            hidden.update(|hidden| match hidden.binary_search(&part) {
                Ok(index) => drop(hidden.remove(index)),
                Err(index) => hidden.insert(index, part),
            });
        };
        view! {
            <label>
                <input type="checkbox" prop:checked=move || hidden.with(|hidden| hidden.contains(&part)) on:change=change/>
                {move || part.label(page.locale())}
            </label>
        }
    });
    view! {
        <p class="help">{page.words(Locale::share_help)}</p>
        <div class="share">
            <div class="share-code">{code}</div>
            <div class="share-texts">
                <Copied id="share-link" label=|locale| locale.share_link() copy=|locale| locale.share_copy() text=address/>
                <p class="note">{move || page.locale().format(message::ShareLength { length: formatting::count(address.with(String::len) as u64) })}</p>
                {browser::is_on_this_machine().then(|| view! { <p class="note">{page.words(Locale::share_local)}</p> })}
                {move || is_too_long.get().then(|| view! { <p class="note">{page.words(Locale::share_lesson_long)}</p> })}
                {move || is_left_out.get().then(|| view! { <p class="note">{page.words(Locale::share_no_moment)}</p> })}
                <label hidden=move || moment.get() == 0>
                    <input type="checkbox" prop:checked=with_moment on:change=move |_| with_moment.update(|on| *on ^= true)/>
                    {move || page.locale().format(message::ShareMoment { iteration: formatting::count(moment.get()) })}
                </label>
                <label>
                    <input type="checkbox" prop:checked=with_language on:change=move |_| with_language.update(|on| *on ^= true)/>
                    {page.words(Locale::share_language)}
                </label>
                <fieldset>
                    <legend>{page.words(Locale::share_hide)}</legend>
                    {parts}
                </fieldset>
                <Copied id="share-frame" label=|locale| locale.share_frame() copy=|locale| locale.share_frame_copy() text=frame/>
            </div>
        </div>
    }
}

/// A text that can be selected, and a button that copies it.
#[component]
fn Copied(
    /// The id of the text's box.
    id: &'static str,
    /// What the text is.
    label: fn(crate::i18n::Locale) -> &'static str,
    /// What the button says.
    copy: fn(crate::i18n::Locale) -> &'static str,
    /// The text.
    text: Memo<String>,
) -> impl IntoView {
    let page = page();
    let area = NodeRef::<Textarea>::new();
    let said = RwSignal::new(None::<bool>);
    let press = move |_| {
        if let Some(area) = area.get_untracked() {
            area.select();
        }
        spawn_local(async move {
            let is_copied = browser::copy(&text.get_untracked()).await;
            said.try_set(Some(is_copied));
        });
    };
    Effect::new(move |_| {
        text.track();
        said.set(None);
    });
    let answer = move || match said.get() {
        None => "",
        Some(true) => page.locale().share_copied(),
        Some(false) => page.locale().share_copy_failed(),
    };
    view! {
        <label class="label" for=id>{page.words(label)}</label>
        <textarea node_ref=area id=id readonly rows="3" spellcheck="false" prop:value=text></textarea>
        <div class="toolbar">
            <button type="button" on:click=press>{page.words(copy)}</button>
            <span class="note" role="status">{answer}</span>
        </div>
    }
}

/// A code, dark on light in every scheme.
#[component]
fn Picture(code: Code) -> impl IntoView {
    let page = page();
    let side = code.side + 2 * MARGIN;
    view! {
        <svg
            class="code"
            role="img"
            aria-label=page.words(Locale::share_qr)
            viewBox=format!("0 0 {side} {side}")
            shape-rendering="crispEdges"
        >
            <rect width=side height=side fill="#fff"></rect>
            <path d=code.path fill="#000"></path>
        </svg>
    }
}

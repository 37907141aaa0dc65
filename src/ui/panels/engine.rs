//! Where the arithmetic runs, the seed, and the Config as a file.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::action::Action;
use crate::app::problem::Problem;
use crate::app::pytorch;
use crate::backend::choice::Preference;
use crate::domain::config::preset::Preset;
use crate::i18n::{Locale, message};
use crate::ui::controls::settings::Setting;
use crate::ui::files;
use crate::ui::page::page;
use crate::ui::shell::browser;
use crate::ui::shell::run_bar::{SeedButton, kind_name};
use crate::ui::widgets::late::Late;

/// A choice, its value in the list, and its name.
type Choice = (Preference, &'static str, fn(Locale) -> &'static str);

const PREFERENCES: [Choice; 3] = [
    (Preference::Auto, "auto", |locale| locale.engine_auto()),
    (Preference::Cpu, "cpu", |locale| locale.engine_cpu()),
    (Preference::Gpu, "gpu", |locale| locale.engine_gpu()),
];

/// Backend, seed and files.
#[component]
pub fn EnginePanel() -> impl IntoView {
    let page = page();
    view! {
        <section class="engine" aria-labelledby="engine-heading">
            <h2 id="engine-heading">{page.words(Locale::engine_heading)}</h2>
            <BackendChoice/>
            <Late wanted=false body=|chunk| (chunk.seed_and_files)()/>
        </section>
    }
}

/// The seed, and the settings as a file.
#[must_use]
pub fn seed_and_files() -> AnyView {
    view! {
        <div class="seed">
            <Setting path="seed"/>
            <SeedButton/>
        </div>
        <Files/>
    }
    .into_any()
}

#[component]
fn BackendChoice() -> impl IntoView {
    let page = page();
    let preference = page.run.preference;
    let options = PREFERENCES.map(|(choice, value, name)| {
        view! { <option value=value selected=move || preference.get() == choice>{page.words(name)}</option> }
    });
    let value =
        move || PREFERENCES.into_iter().find(|choice| choice.0 == preference.get()).map_or("", |choice| choice.1);
    let change = move |event| {
        let chosen = event_target_value(&event);
        if let Some((choice, ..)) = PREFERENCES.into_iter().find(|(_, value, _)| *value == chosen) {
            page.dispatch(Action::UseBackend { preference: choice });
        }
    };
    let in_use = Memo::new(move |_| {
        let locale = page.locale();
        page.run.status.with(|status| match status {
            Some(status) => {
                let choice = &status.backend;
                locale.format(message::EngineInUse {
                    kind: kind_name(locale, status),
                    adapter: &choice.adapter,
                    reason: choice.reason.message(locale),
                })
            }
            None => locale.waiting_for_engine().to_owned(),
        })
    });
    view! {
        <div class="field">
            <div class="field-name"><label for="backend">{page.words(Locale::engine_backend)}</label></div>
            <select id="backend" aria-describedby="backend-help" prop:value=value on:change=change>{options}</select>
            <p class="note">{in_use}</p>
            {(!browser::is_secure()).then(|| view! { <p class="note">{page.words(Locale::engine_insecure)}</p> })}
            <p class="help" id="backend-help">{page.words(Locale::engine_backend_help)}</p>
        </div>
    }
}

#[component]
fn Files() -> impl IntoView {
    let page = page();
    let input = NodeRef::<Input>::new();
    let copied = RwSignal::new(false);
    // What could not be put on the clipboard.
    let refused = RwSignal::new(None::<String>);
    let export = move |_| {
        let config = page.run.config.get_untracked();
        let name = Preset::of(&config).map_or("custom", Preset::name);
        // A browser that refuses downloads shows so itself.
        let _ = browser::download(&format!("reptile-{name}.json"), &config.to_json());
    };
    let copy = move |_| {
        let text = page.run.config.with_untracked(crate::domain::config::Config::to_json);
        spawn_local(async move {
            if browser::copy(&text).await {
                refused.set(None);
                copied.set(true);
                set_timeout(move || copied.set(false), std::time::Duration::from_secs(2));
            } else {
                refused.set(Some(text));
            }
        });
    };
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let import = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        files::take_file(page, file);
        // So that choosing the same file again is a change.
        input.set_value("");
    };
    let select = |event: web_sys::FocusEvent| event_target::<web_sys::HtmlTextAreaElement>(&event).select();
    view! {
        <div class="files">
            <button type="button" on:click=export>{page.words(Locale::engine_export)}</button>
            <button type="button" on:click=copy>
                {move || if copied.get() { page.locale().engine_copied() } else { page.locale().engine_copy() }}
            </button>
            <button type="button" on:click=choose>{page.words(Locale::engine_import)}</button>
            <button type="button" on:click=move |_| files::save_theta(page)>{page.words(Locale::engine_save_theta)}</button>
            <button type="button" on:click=move |_| files::save_frames(page)>{page.words(Locale::engine_save_frames)}</button>
            <button type="button" on:click=move |_| files::save_session(page)>
                {page.words(Locale::engine_save_session)}
            </button>
            <input
                type="file"
                class="hidden"
                accept="application/json,.json,.safetensors,text/plain,text/markdown,.md,.txt"
                tabindex="-1"
                aria-label=page.words(Locale::engine_import_file)
                node_ref=input
                on:change=import
            />
            {move || refused.get().map(|text| view! {
                <div class="by-hand" role="alert">
                    <p>{page.words(Locale::engine_copy_by_hand)}</p>
                    <textarea
                        readonly
                        rows="6"
                        aria-label=page.words(Locale::engine_copy_text)
                        on:focus=select
                    >
                        {text}
                    </textarea>
                </div>
            })}
            <p class="help">{page.words(Locale::engine_files_help)}</p>
        </div>
        <Code/>
    }
}

/// The present run as a program, which follows the settings while it is shown.
#[component]
fn Code() -> impl IntoView {
    let page = page();
    let is_shown = RwSignal::new(false);
    let program = Memo::new(move |_| page.run.config.with(pytorch::program));
    let save = move |_| {
        let name = "reptile_lab.py";
        if program.with_untracked(|program| browser::download(name, program)).is_none() {
            page.report(Problem::NotSaved { name: name.to_owned() });
        }
    };
    view! {
        <details class="code-view" on:toggle=move |_| is_shown.set(true)>
            <summary>{page.words(Locale::engine_code)}</summary>
            {move || is_shown.get().then(|| view! {
                <p class="help">{page.words(Locale::engine_code_help)}</p>
                <pre tabindex="0" role="region" aria-label=page.words(Locale::engine_code_text)><code>{program}</code></pre>
                <button type="button" on:click=save>{page.words(Locale::engine_save_code)}</button>
            })}
        </details>
    }
}

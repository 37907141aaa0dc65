//! Number fields and sliders: what is typed is checked at every key, told inline, and taken over when it is right.

use leptos::prelude::*;
use serde_json::Value;

use crate::app::action::Action;
use crate::app::draft::{self, Draft};
use crate::app::field::Field;
use crate::app::labels;
use crate::app::scale::{POSITIONS, Scale};
use crate::i18n::message;
use crate::ui::page::{Page, page};
use crate::ui::shell::browser;

/// Frames in which a panel that was folded makes its fields, its code fetched first.
const PATIENCE: u32 = 300;

/// The key of a field, which its elements' ids are made of.
fn key(page: Page, field: Field) -> String {
    page.with_app(|app| field.key(&app.state().document))
}

/// The id of a number field.
pub fn id(page: Page, field: Field) -> String {
    key(page, field).replace('.', "-")
}

/// The id of its error message.
fn fault_id(page: Page, field: Field) -> String {
    format!("{}-fault", id(page, field))
}

/// The number as it is.
fn value(page: Page, field: Field) -> Memo<Value> {
    Memo::new(move |_| {
        // Tracked is the part of the document that the number is in.
        match field {
            Field::Config { .. } | Field::Shots => page.run.config.track(),
            Field::Task(_) => page.view.preview_input.track(),
            Field::Amount(_) => page.comparison.track(),
            Field::Search(_) => page.search.track(),
        }
        page.with_app(|app| field.value(&app.state().document))
    })
}

fn scale(page: Page, field: Field) -> Option<Scale> {
    page.with_app(|app| field.scale(&app.state().document))
}

/// What is being typed into it.
fn typed(page: Page, field: Field) -> Memo<Option<Draft>> {
    let key = key(page, field);
    Memo::new(move |_| page.drafts.with(|drafts| drafts.get(&key).cloned()))
}

/// An arrow key on a field or slider: the number is that many steps on. Says whether the key was one.
fn nudge(page: Page, field: Field, key: &str, sideways: bool) -> bool {
    let presses = match key {
        "ArrowUp" => 1.0,
        "ArrowDown" => -1.0,
        "ArrowRight" if sideways => 1.0,
        "ArrowLeft" if sideways => -1.0,
        "PageUp" => 10.0,
        "PageDown" => -10.0,
        _ => return false,
    };
    let Some(scale) = scale(page, field) else { return false };
    let present = page.with_app(|app| field.value(&app.state().document)).as_f64().unwrap_or(0.0);
    page.dispatch(Action::Adjust { field, number: scale.nudge(present, presses) });
    true
}

/// The text of a number, with arrow keys. Its label names it by its id.
#[component]
pub fn NumberBox(
    /// The number.
    field: Field,
    /// Its name, where no label stands beside it.
    #[prop(optional)]
    name: Option<Signal<String>>,
    /// The id of its explanation.
    #[prop(into)]
    help: String,
) -> impl IntoView {
    let page = page();
    let (value, draft) = (value(page, field), typed(page, field));
    let text = Memo::new(move |_| match draft.get() {
        Some(draft) => draft.text,
        None => value.with(draft::show),
    });
    let invalid = Memo::new(move |_| draft.with(|draft| draft.as_ref().is_some_and(|draft| draft.error.is_some())));
    let described = help + " " + &fault_id(page, field);
    let keyboard = page.with_app(|app| if field.takes_negative(&app.state().document) { "text" } else { "decimal" });
    let enter = move |text| page.dispatch(Action::Enter { field, text });
    view! {
        <input
            type="text"
            class="number"
            inputmode=keyboard
            autocomplete="off"
            spellcheck="false"
            id=id(page, field)
            aria-label=move || name.map(|name| name.get())
            aria-describedby=described
            aria-invalid=move || invalid.get().then_some("true")
            prop:value=text
            on:input=move |event| page.dispatch(Action::Type { field, text: event_target_value(&event) })
            on:change=move |event| enter(event_target_value(&event))
            on:keydown=move |event| match event.key().as_str() {
                "Enter" => enter(event_target_value(&event)),
                "Escape" => page.dispatch(Action::Discard { field }),
                key if nudge(page, field, key, false) => event.prevent_default(),
                _ => {}
            }
        />
    }
}

/// The same number as a slider.
#[component]
pub fn Slider(
    /// The number.
    field: Field,
    /// Its name.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let page = page();
    let scale = scale(page, field)?;
    let value = value(page, field);
    let number = move || value.with(Value::as_f64).unwrap_or(0.0);
    Some(view! {
        <input
            type="range"
            min="0"
            max=POSITIONS
            step="1"
            aria-label=move || page.locale().format(message::FieldSlider { label: name.get() })
            aria-valuetext=move || value.with(draft::show)
            prop:value=move || scale.position(number()).to_string()
            style:--fill=move || format!("{}%", scale.position(number()) / POSITIONS * 100.0)
            on:input=move |event| {
                if let Ok(position) = event_target_value(&event).parse() {
                    page.dispatch(Action::Adjust { field, number: scale.value(position) });
                }
            }
            on:keydown=move |event| {
                if nudge(page, field, &event.key(), true) {
                    event.prevent_default();
                }
            }
        />
    })
}

/// Why the text of a number field is refused, and a button that brings the last good number back.
#[component]
pub fn Fault(
    /// The number.
    field: Field,
) -> impl IntoView {
    let page = page();
    let (value, draft) = (value(page, field), typed(page, field));
    let error = Memo::new(move |_| draft.get().and_then(|draft| draft.error));
    let message = move || error.get().map(|error| draft::advice(&error, page.locale()));
    let is_refused = Memo::new(move |_| error.with(Option::is_some));
    let restore = move || {
        let text = move || page.locale().format(message::FieldRestore { value: value.with(draft::show) });
        let press = move |_| {
            page.dispatch(Action::Discard { field });
            browser::focus(&id(page, field));
        };
        is_refused.get().then(|| view! { <button type="button" class="restore" on:click=press>{text}</button> })
    };
    view! {
        <div class="fault" hidden=move || !is_refused.get()>
            <p id=fault_id(page, field) aria-live="polite">
                {message}
            </p>
            {restore}
        </div>
    }
}

/// Unfolds whatever a number field is folded into, and puts the cursor into it as soon as it is there.
pub fn focus(page: Page, field: Field) {
    if let Some(panel) = field.panel() {
        page.dispatch(Action::OpenPanel { panel, open: true });
    }
    focus_within(id(page, field), PATIENCE);
}

/// Looks for an element in this frame, and in as many after it.
fn focus_within(id: String, frames: u32) {
    request_animation_frame(move || {
        if !browser::focus(&id) && frames > 0 {
            focus_within(id, frames - 1);
        }
    });
}

/// The name of a parameter, tracked.
pub fn label(page: Page, path: &'static str) -> Signal<String> {
    Signal::derive(move || labels::of(path, page.locale()).map_or(path, |words| words.label).to_owned())
}

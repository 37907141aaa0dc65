//! Number fields and sliders: what is typed is checked at every key, told inline, and taken over when it is right.

use leptos::prelude::*;
use serde_json::Value;

use crate::app::draft::{self, Draft};
use crate::app::labels;
use crate::app::scale::{POSITIONS, Scale};
use crate::domain::config::error::ConfigError;
use crate::domain::config::parameters::parameter;
use crate::domain::config::range::{Parameter, Range};
use crate::domain::task::Task;
use crate::ui::controls::layers::FACTORS;
use crate::ui::state::{Page, page};

/// A number that a person can change, wherever it is kept.
#[derive(Clone)]
pub struct Target {
    /// Names the number among all, and the elements that show it.
    pub key: String,
    /// The number as it is.
    pub value: Signal<Value>,
    /// Whether a new one would be taken.
    test: Callback<Value, Result<(), ConfigError>>,
    /// Takes a new one.
    write: Callback<Value, Result<(), ConfigError>>,
    /// Its slider and arrow keys.
    pub scale: Option<Scale>,
}

impl Target {
    /// A field of the Config that is one number.
    pub fn field(page: Page, path: &'static str) -> Self {
        Self::part(page, path, None)
    }

    /// One number of a field that is a list or an interval.
    pub fn item(page: Page, path: &'static str, index: usize) -> Self {
        Self::part(page, path, Some(index))
    }

    fn part(page: Page, path: &'static str, index: Option<usize>) -> Self {
        let whole = move || {
            page.run.config.with(|config| match path {
                // An empty list stands for as many ones as there are layers.
                FACTORS => Value::from(config.layer_factors()),
                _ => config.get(path).unwrap_or(Value::Null),
            })
        };
        let value = Memo::new(move |_| match index {
            None => whole(),
            Some(index) => whole().get(index).cloned().unwrap_or(Value::Null),
        });
        let replaced = move |new: Value| match index {
            None => new,
            Some(index) => {
                let mut list = untrack(whole);
                if let Some(slot) = list.get_mut(index) {
                    *slot = new;
                }
                list
            }
        };
        let range = parameter(path).map(|parameter| parameter.range);
        Self {
            key: index.map_or_else(|| path.to_owned(), |index| format!("{path}.{index}")),
            value: value.into(),
            test: Callback::new(move |new| page.run.config.get_untracked().set(path, replaced(new))),
            write: Callback::new(move |new| page.edit(path, replaced(new))),
            scale: match range {
                Some(Range::Integers { min, max, .. }) => Some(Scale::new(min as f64, max as f64, 1.0, false)),
                Some(range) => Scale::of(&range),
                None => None,
            },
        }
    }

    /// A number of the page that is no field of the Config: the path is of [`labels`].
    pub fn own(parameter: Parameter, value: Signal<f64>, write: impl Fn(f64) + Send + Sync + 'static) -> Self {
        let write = move |new: Value| {
            parameter.check(&new)?;
            write(new.as_f64().unwrap_or_default());
            Ok(())
        };
        Self {
            key: parameter.path.to_owned(),
            value: Signal::derive(move || Value::from(value.get())),
            test: Callback::new(move |new: Value| parameter.check(&new)),
            write: Callback::new(write),
            scale: Scale::of(&parameter.range),
        }
    }

    /// A coordinate of the shown task: `path` is of [`labels`], its values lie in `min` to `max`.
    pub fn task(
        page: Page,
        path: &'static str,
        (min, max, step): (f64, f64, f64),
        read: fn(&Task) -> f32,
        change: fn(&mut Task, f32),
    ) -> Self {
        let value = Memo::new(move |_| {
            let value = page.view.preview_input.with(|preview_input| read(&preview_input.task));
            // Three decimals: what a person reads; f32 in f64 has a tail of noise.
            (f64::from(value) * 1000.0).round() / 1000.0
        });
        let write = move |number| {
            let mut task = page.view.preview_input.with_untracked(|preview_input| preview_input.task);
            change(&mut task, number as f32);
            page.show_task(task);
        };
        let range = Range::Real { min, max, step, logarithmic: false };
        Self::own(Parameter { path, symbol: "", range }, value.into(), write)
    }

    /// The same number in a second place of the page.
    #[must_use]
    pub fn keyed(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    /// The id of its number field.
    #[must_use]
    pub fn id(&self) -> String {
        self.key.replace('.', "-")
    }

    /// The id of its error message.
    fn fault_id(&self) -> String {
        format!("{}-fault", self.id())
    }

    fn present(&self) -> f64 {
        self.value.get_untracked().as_f64().unwrap_or(0.0)
    }

    fn draft(self, page: Page) -> Memo<Option<Draft>> {
        let key = self.key;
        Memo::new(move |_| page.run.drafts.with(|drafts| drafts.get(&key).cloned()))
    }

    /// Notes what is being typed.
    fn set_draft(&self, page: Page, text: String) {
        let error = self.test.run(draft::read(&text)).err();
        page.run.drafts.update(|drafts| {
            drafts.insert(self.key.clone(), Draft { text, error });
        });
    }

    /// Takes over what was typed, or says why not.
    fn commit(&self, page: Page, text: String) {
        match self.write.run(draft::read(&text)) {
            Ok(()) => self.forget(page),
            Err(_) => self.set_draft(page, text),
        }
    }

    /// Takes over a number that a slider or an arrow key made.
    fn put(&self, page: Page, number: f64) {
        let value =
            if number.fract() == 0.0 && number >= 0.0 { Value::from(number as u64) } else { Value::from(number) };
        let text = draft::show(&value);
        match self.write.run(value) {
            Ok(()) => self.forget(page),
            Err(_) => self.set_draft(page, text),
        }
    }

    fn forget(&self, page: Page) {
        if page.run.drafts.with_untracked(|drafts| drafts.contains_key(&self.key)) {
            page.run.drafts.update(|drafts| {
                drafts.remove(&self.key);
            });
        }
    }

    /// An arrow key on a field or slider: the number is that many steps on. Says whether the key was one.
    fn nudge(&self, page: Page, key: &str, sideways: bool) -> bool {
        let presses = match key {
            "ArrowUp" => 1.0,
            "ArrowDown" => -1.0,
            "ArrowRight" if sideways => 1.0,
            "ArrowLeft" if sideways => -1.0,
            "PageUp" => 10.0,
            "PageDown" => -10.0,
            _ => return false,
        };
        let Some(scale) = self.scale else { return false };
        self.put(page, scale.nudge(self.present(), presses));
        true
    }
}

/// The text of a number, with arrow keys. Its label names it by its id.
#[component]
pub fn NumberBox(
    /// The number.
    target: Target,
    /// Its name, where no label stands beside it.
    #[prop(optional)]
    name: Option<Signal<String>>,
    /// The id of its explanation.
    #[prop(into)]
    help: String,
) -> impl IntoView {
    let page = page();
    let (value, draft) = (target.value, target.clone().draft(page));
    let text = Memo::new(move |_| match draft.get() {
        Some(draft) => draft.text,
        None => value.with(draft::show),
    });
    let invalid = Memo::new(move |_| draft.with(|draft| draft.as_ref().is_some_and(|draft| draft.error.is_some())));
    let (id, described) = (target.id(), help + " " + &target.fault_id());
    let (typed, changed, pressed) = (target.clone(), target.clone(), target);
    view! {
        <input
            type="text"
            class="number"
            inputmode="decimal"
            autocomplete="off"
            spellcheck="false"
            id=id
            aria-label=move || name.map(|name| name.get())
            aria-describedby=described
            aria-invalid=move || invalid.get().then_some("true")
            prop:value=move || text.get()
            on:input=move |event| typed.set_draft(page, event_target_value(&event))
            on:change=move |event| changed.commit(page, event_target_value(&event))
            on:keydown=move |event| match event.key().as_str() {
                "Enter" => pressed.commit(page, event_target_value(&event)),
                "Escape" => pressed.forget(page),
                key if pressed.nudge(page, key, false) => event.prevent_default(),
                _ => {}
            }
        />
    }
}

/// The same number as a slider.
#[component]
pub fn Slider(
    /// The number.
    target: Target,
    /// Its name.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let page = page();
    let scale = target.scale?;
    let value = target.value;
    let number = move || value.with(Value::as_f64).unwrap_or(0.0);
    let (slid, pressed) = (target.clone(), target);
    Some(view! {
        <input
            type="range"
            min="0"
            max=POSITIONS
            step="1"
            aria-label=move || page.locale().field_slider(name.get())
            aria-valuetext=move || value.with(draft::show)
            prop:value=move || scale.position(number()).to_string()
            style:--fill=move || format!("{}%", scale.position(number()) / POSITIONS * 100.0)
            on:input=move |event| {
                if let Ok(position) = event_target_value(&event).parse() {
                    slid.put(page, scale.value(position));
                }
            }
            on:keydown=move |event| {
                if pressed.nudge(page, &event.key(), true) {
                    event.prevent_default();
                }
            }
        />
    })
}

/// Why the text of a number field is refused.
#[component]
pub fn Fault(
    /// The number.
    target: Target,
) -> impl IntoView {
    let page = page();
    let (id, draft) = (target.fault_id(), target.draft(page));
    let message = move || {
        let error = draft.get().and_then(|draft| draft.error);
        error.map(|error| draft::message(&error, page.locale()))
    };
    view! {
        <p class="fault" id=id aria-live="polite">
            {message}
        </p>
    }
}

/// The name of a parameter, tracked.
pub fn label(page: Page, path: &'static str) -> Signal<String> {
    Signal::derive(move || labels::of(path, page.locale()).map_or(path, |words| words.label).to_owned())
}

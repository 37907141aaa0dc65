//! The settings, grouped by what they change. Every control comes from the one table of parameters.

use leptos::prelude::*;
use serde_json::Value;

use super::groups::{GROUPS, Group, word_of};
use super::layers::{LayerFactors, Layers};
use crate::app::action::Action;
use crate::app::field::Field;
use crate::app::labels;
use crate::app::number::write::{count, exact};
use crate::domain::choice::Word;
use crate::domain::config::parameters::field;
use crate::domain::config::range::{Parameter, Range};
use crate::i18n::gap;
use crate::i18n::{Locale, message};
use crate::ui::page::{Page, page};
use crate::ui::widgets::explained::Explained;
use crate::ui::widgets::field::{Fault, NumberBox, Slider, label};

/// All groups.
#[component]
pub fn Controls() -> impl IntoView {
    let page = page();
    let groups = GROUPS.iter().map(|group| {
        let (name, summary, is_faulty) = (group.name, group.summary(page), group.is_faulty(page));
        let mark = move || {
            is_faulty.get().then(|| view! { <strong class="faulty">{page.words(Locale::group_faulty)}</strong> })
        };
        let unfolded = RwSignal::new(false);
        view! {
            <details class="group" on:toggle=move |_| unfolded.set(true)>
                <summary>
                    <h3>{page.words(name)}</h3>
                    {mark}
                    <span class="summary-values"><Explained text=summary within_control=true/></span>
                </summary>
                <fieldset>
                    <legend class="hidden">{page.words(name)}</legend>
                    <Show when=move || unfolded.get()>{fields(group)}</Show>
                </fieldset>
            </details>
        }
    });
    view! {
        <section class="controls" aria-labelledby="controls-heading">
            <h2 id="controls-heading">{page.words(Locale::controls_heading)}</h2>
            {groups.collect_view()}
        </section>
    }
}

/// The fields of a group.
fn fields(group: &'static Group) -> impl IntoView {
    group.parameters().map(|parameter| view! { <Setting path=parameter.path/> }).collect_view()
}

/// One setting: label, symbol, control, explanation, range, and what is wrong with it.
#[component]
pub fn Setting(
    /// Its path in the document.
    path: &'static str,
) -> impl IntoView {
    let page = page();
    let field = field(path)?;
    let parameter = &field.parameter;
    let id = path.replace('.', "-");
    let help_id = format!("{id}-help");
    let name = label(page, path);
    let help = move || labels::of(path, page.locale()).map_or("", |words| words.help);
    let control = match parameter.range {
        Range::Choice(words) => choice(page, path, words, &id, &help_id).into_any(),
        Range::Integers { .. } => view! { <Layers help=help_id.clone()/> }.into_any(),
        Range::Interval { .. } => interval(page, path, &help_id).into_any(),
        Range::Numbers { of, .. } => numbers(page, path, of, &help_id).into_any(),
        Range::Layers { .. } => view! { <LayerFactors help=help_id.clone()/> }.into_any(),
        Range::Integer { .. } | Range::Real { .. } => {
            let field = Field::config(path);
            view! {
                <NumberBox field help=help_id.clone()/>
                <Slider field name/>
                <Fault field/>
            }
            .into_any()
        }
    };
    let symbol = (!parameter.symbol.is_empty()).then(|| view! { " " <i class="symbol">{parameter.symbol}</i> });
    let restarts = field.restarts.then(|| view! { <span class="mark">{page.words(Locale::field_restarts)}</span> });
    let single = matches!(parameter.range, Range::Integer { .. } | Range::Real { .. } | Range::Choice(_));
    // A label names one control; several have names of their own.
    let title = if single {
        view! { <label for=id.clone()>{name} {symbol}</label> }.into_any()
    } else {
        view! { <span class="label">{name} {symbol}</span> }.into_any()
    };
    let is_used = Memo::new(move |_| page.run.config.with(|config| config.uses(path)));
    Some(view! {
        <div class="field" hidden=move || !is_used.get()>
            <div class="field-name">{title} {restarts}</div>
            {control}
            <p class="help" id=help_id>
                {help}
                {move || {
                    range_words(parameter, page.locale()).map(|range| view! { {gap(help())} <span class="range">{range}</span> })
                }}
            </p>
        </div>
    })
}

fn range_words(parameter: &Parameter, locale: Locale) -> Option<String> {
    let (min, max) = match parameter.range {
        Range::Integer { min, max } => (count(min), count(max)),
        Range::Real { min, max, .. }
        | Range::Interval { min, max, .. }
        | Range::Numbers { min, max, .. }
        | Range::Layers { min, max, .. } => (exact(min), exact(max)),
        Range::Choice(_) | Range::Integers { .. } => return None,
    };
    Some(locale.format(message::FieldRange { min, max }))
}

fn interval(page: Page, path: &'static str, help: &str) -> impl IntoView {
    let name = label(page, path);
    let ends = [0, 1].map(|index| {
        let end = move || if index == 0 { page.locale().field_from() } else { page.locale().field_to() };
        let name = Signal::derive(move || page.locale().format(message::FieldEnd { label: name.get(), end: end() }));
        let field = Field::item(path, index);
        view! {
            <div class="end">
                <span class="end-name" aria-hidden="true">{end}</span>
                <NumberBox field name help=help/>
                <Slider field name/>
                <Fault field/>
            </div>
        }
    });
    view! { <div class="interval">{ends}</div> }
}

/// A number for each of some choices.
fn numbers(page: Page, path: &'static str, of: &'static [Word], help: &str) -> impl IntoView {
    let whole = label(page, path);
    let numbers = of.iter().enumerate().map(|(index, word)| {
        let word = move || word.label(page.locale());
        let name = Signal::derive(move || page.locale().format(message::FieldEnd { label: whole.get(), end: word() }));
        let field = Field::item(path, index);
        view! {
            <div class="share">
                <span class="end-name" aria-hidden="true">{word}</span>
                <NumberBox field name help=help/>
                <Fault field/>
            </div>
        }
    });
    view! { <div class="shares">{numbers.collect_view()}</div> }
}

fn choice(page: Page, path: &'static str, words: &'static [Word], id: &str, help: &str) -> impl IntoView {
    let value = Memo::new(move |_| word_of(page, path));
    if let [only] = words {
        return view! { <output class="only" id=id.to_owned()>{move || only.label(page.locale())}</output> }.into_any();
    }
    let options = words.iter().map(|word| {
        view! { <option value=word.name selected=move || value.get() == word.name>{move || word.label(page.locale())}</option> }
    });
    let change = move |event: web_sys::Event| {
        let chosen = Value::from(event_target_value(&event));
        // An algorithm is no good with another one's settings.
        let algorithm = (path == "algorithm").then(|| serde_json::from_value(chosen.clone()).ok()).flatten();
        page.dispatch(match algorithm {
            Some(algorithm) => Action::ChooseAlgorithm { algorithm },
            None => Action::Set { path, value: chosen },
        });
        // What was refused is not shown as chosen.
        event_target::<web_sys::HtmlSelectElement>(&event).set_value(&value.get_untracked());
    };
    view! {
        <select id=id.to_owned() aria-describedby=help.to_owned() prop:value=value on:change=change>
            {options.collect_view()}
        </select>
    }
    .into_any()
}

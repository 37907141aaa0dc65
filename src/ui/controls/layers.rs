//! The editors of the hidden layers, and of how much each layer learns.

use leptos::prelude::*;
use serde_json::Value;

use crate::app::action::Action;
use crate::app::field::Field;
use crate::app::formatting;
use crate::domain::config::parameters::parameter;
use crate::domain::config::range::Range;
use crate::domain::network::Network;
use crate::i18n::{Locale, message};
use crate::ui::page::page;
use crate::ui::widgets::field::{Fault, NumberBox, label};

const PATH: &str = "model.hidden";
/// How much each layer learns.
const FACTORS: &str = "outer.layers";

/// One number field a layer, and buttons for one more or one fewer.
#[component]
pub fn Layers(
    /// The id of the explanation.
    help: String,
) -> impl IntoView {
    let page = page();
    let (shortest, longest) = match parameter(PATH).map(|parameter| parameter.range) {
        Some(Range::Integers { shortest, longest, .. }) => (shortest, longest),
        _ => (1, 1),
    };
    let count = Memo::new(move |_| page.run.config.with(|config| config.model.hidden.len()));
    let resize = move |length: usize| {
        let mut hidden = page.run.config.with_untracked(|config| config.model.hidden.clone());
        let last = hidden.last().copied().unwrap_or(64);
        hidden.resize(length, last);
        page.dispatch(Action::Set { path: PATH, value: Value::from(hidden) });
    };
    let layer = move |index: usize| {
        let field = Field::item(PATH, index);
        let name = Signal::derive(move || page.locale().format(message::LayersUnit { number: index + 1 }));
        view! {
            <div class="layer">
                <NumberBox field name help=help.clone()/>
                <Fault field/>
            </div>
        }
    };
    let words = move || {
        page.run.config.with(|config| {
            let parameters = formatting::count(Network::new(&config.model).parameters() as u64);
            page.locale().format(message::LayersShape { shape: formatting::shape(&config.model.hidden), parameters })
        })
    };
    view! {
        <div class="layers">
            <For each=move || 0..count.get() key=|index| *index children=layer/>
            <button
                type="button"
                aria-label=page.words(Locale::layers_remove)
                prop:disabled=move || count.get() <= shortest
                on:click=move |_| resize(count.get_untracked() - 1)
            >
                "−"
            </button>
            <button
                type="button"
                aria-label=page.words(Locale::layers_add)
                prop:disabled=move || { count.get() >= longest }
                on:click=move |_| resize(count.get_untracked() + 1)
            >
                "+"
            </button>
        </div>
        <p class="note">{words}</p>
    }
}

/// One number field for each layer of weights, the output's last.
#[component]
pub fn LayerFactors(
    /// The id of the explanation.
    help: String,
) -> impl IntoView {
    let page = page();
    let whole = label(page, FACTORS);
    let hidden = Memo::new(move |_| page.run.config.with(|config| config.model.hidden.len()));
    let layer = move |index: usize| {
        let field = Field::item(FACTORS, index);
        let word = Signal::derive(move || {
            if index == hidden.get() {
                page.locale().layers_output().to_owned()
            } else {
                page.locale().format(message::LayersHidden { number: index + 1 })
            }
        });
        let name =
            Signal::derive(move || page.locale().format(message::FieldEnd { label: whole.get(), end: word.get() }));
        view! {
            <div class="share">
                <span class="end-name" aria-hidden="true">{word}</span>
                <NumberBox field name help=help.clone()/>
                <Fault field/>
            </div>
        }
    };
    view! {
        <div class="shares">
            <For each=move || 0..=hidden.get() key=|index| *index children=layer/>
        </div>
    }
}

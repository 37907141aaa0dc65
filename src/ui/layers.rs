//! The editor of the hidden layers.

use leptos::prelude::*;
use serde_json::Value;

use super::controls::shape;
use super::field::{Fault, NumberBox, Target};
use super::state::{Problem, lab};
use super::words;
use crate::domain::network::Network;
use crate::domain::parameters::{Range, parameter};

const PATH: &str = "model.hidden";

/// One number field a layer, and buttons for one more or one fewer.
#[component]
pub fn Layers(
    /// The id of the explanation.
    help: String,
) -> impl IntoView {
    let lab = lab();
    let (shortest, longest) = match parameter(PATH).map(|parameter| parameter.range) {
        Some(Range::Integers { shortest, longest, .. }) => (shortest, longest),
        _ => (1, 1),
    };
    let count = Memo::new(move |_| lab.run.config.with(|config| config.model.hidden.len()));
    let resize = move |length: usize| {
        let mut hidden = lab.run.config.with_untracked(|config| config.model.hidden.clone());
        let last = hidden.last().copied().unwrap_or(64);
        hidden.resize(length, last);
        // Drafts of layers that are gone would block every run.
        lab.run.drafts.update(|drafts| drafts.retain(|key, _| !key.starts_with(PATH)));
        if let Err(error) = lab.edit(PATH, Value::from(hidden)) {
            lab.report(Problem::Blocked(error));
        }
    };
    let layer = move |index: usize| {
        let target = Target::item(lab, PATH, index);
        let name = Signal::derive(move || lab.locale().layers_unit(index + 1));
        view! {
            <div class="layer">
                <NumberBox target=target.clone() name help=help.clone()/>
                <Fault target/>
            </div>
        }
    };
    let words = move || {
        lab.run.config.with(|config| {
            let parameters = words::count(Network::new(&config.model).parameters() as u64);
            lab.locale().layers_shape(parameters, shape(&config.model.hidden))
        })
    };
    view! {
        <div class="layers">
            <For each=move || 0..count.get() key=|index| *index children=layer/>
            <button
                type="button"
                aria-label=move || lab.locale().layers_remove()
                prop:disabled=move || count.get() <= shortest
                on:click=move |_| resize(count.get_untracked() - 1)
            >
                "−"
            </button>
            <button
                type="button"
                aria-label=move || lab.locale().layers_add()
                prop:disabled=move || { count.get() >= longest }
                on:click=move |_| resize(count.get_untracked() + 1)
            >
                "+"
            </button>
        </div>
        <p class="note">{words}</p>
    }
}

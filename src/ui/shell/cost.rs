//! What the run has cost so far, and what a meta-iteration costs by the chosen algorithm.

use leptos::prelude::*;

use crate::app::formatting;
use crate::domain::cost::Cost;
use crate::i18n::{Locale, message};
use crate::ui::page::page;
use crate::ui::widgets::explained::Explained;

/// One line of the run bar.
#[component]
pub fn CostLine() -> impl IntoView {
    let page = page();
    let spent = move || {
        let locale = page.locale();
        page.run.status.with(|status| status.as_ref().and_then(|status| formatting::spent(locale, &status.spent)))
    };
    let of_one = Signal::derive(move || {
        let evaluations = page.run.config.with(|config| Cost::of(config, 1).evaluations());
        page.locale().format(message::CostOfOne { gradients: formatting::gradients(page.locale(), evaluations) })
    });
    view! {
        <p class="cost" title=page.words(Locale::cost_help)>
            <strong>{spent}</strong>
            <span><Explained text=of_one/></span>
        </p>
    }
}

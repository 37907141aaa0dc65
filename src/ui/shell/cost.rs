//! What the run has cost so far, and what a meta-iteration costs by the chosen algorithm.

use leptos::prelude::*;

use crate::ui::state::lab;
use crate::app::formatting;
use crate::domain::cost::Cost;

/// One line of the run bar.
#[component]
pub fn CostLine() -> impl IntoView {
    let lab = lab();
    let spent = move || {
        let locale = lab.locale();
        lab.run.status.with(|status| status.as_ref().and_then(|status| formatting::spent(locale, &status.spent)))
    };
    let of_one = move || {
        let evaluations = lab.run.config.with(|config| Cost::of(config, 1).evaluations());
        lab.locale().cost_of_one(formatting::gradients(lab.locale(), evaluations))
    };
    view! {
        <p class="cost" title=move || lab.locale().cost_help()>
            <strong>{spent}</strong>
            <span>{of_one}</span>
        </p>
    }
}

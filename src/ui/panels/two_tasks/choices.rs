//! What the meta-iteration begins from, how far θ moves in it, and what the colours of its plane are.

use leptos::prelude::*;

use super::round::{Round, Start};
use crate::app::formatting;
use crate::domain::pair_surface::Shading;
use crate::i18n::Locale;

/// ε's range has so many parts.
const PARTS: f64 = 100.0;
/// Both starts.
const STARTS: [Start; 2] = [Start::Shown, Start::Random];

/// The choices, in one row where there is room.
#[component]
pub fn Choices(round: Round) -> impl IntoView {
    let page = round.page;
    let shading = page.charts.shading;
    let begin_from = move |event| {
        if let Some(start) = chosen(&event, STARTS) {
            round.start.set(start);
        }
    };
    let colour_by = move |event| {
        if let Some(chosen) = chosen(&event, Shading::ALL) {
            shading.set(chosen);
        }
    };
    let starts = move || {
        let option = |(index, start): (usize, Start)| {
            view! { <option value=index selected=move || round.start.get() == start>{start_name(start, page.locale())}</option> }
        };
        STARTS.into_iter().enumerate().map(option).collect_view()
    };
    let shadings = move || {
        let option = |(index, each): (usize, Shading)| {
            view! { <option value=index selected=move || shading.get() == each>{shading_name(each, page.locale())}</option> }
        };
        Shading::ALL.into_iter().enumerate().map(option).collect_view()
    };
    view! {
        <div class="toolbar">
            <label class="inline-field">
                <span>{page.words(Locale::two_from)}</span>
                <select on:change=begin_from>{starts}</select>
            </label>
            <label class="inline-field">
                <span>{page.words(Locale::two_colours)}</span>
                <select on:change=colour_by>{shadings}</select>
            </label>
            <StepSize round/>
        </div>
    }
}

/// The choice whose number an event's option has.
fn chosen<T, const N: usize>(event: &leptos::ev::Event, choices: [T; N]) -> Option<T> {
    let index: usize = event_target_value(event).parse().ok()?;
    choices.into_iter().nth(index)
}

fn start_name(start: Start, locale: Locale) -> &'static str {
    match start {
        Start::Shown => locale.two_from_theta(),
        Start::Random => locale.two_from_random(),
    }
}

fn shading_name(shading: Shading, locale: Locale) -> &'static str {
    match shading {
        Shading::Smaller => locale.two_colours_smaller(),
        Shading::Mean => locale.two_colours_mean(),
        Shading::First => locale.two_colours_first(),
        Shading::Second => locale.two_colours_second(),
    }
}

/// ε, to see how far θ moves with it.
#[component]
fn StepSize(round: Round) -> impl IntoView {
    let page = round.page;
    let text = move || formatting::decimal(round.step_size.get(), 2);
    view! {
        <label class="inline-field">
            {page.words(Locale::two_step_size)}
            <input
                type="range"
                min="0"
                max=PARTS
                step="1"
                aria-valuetext=text
                prop:value=move || (round.step_size.get() * PARTS).to_string()
                style:--fill=move || format!("{}%", round.step_size.get() * 100.0)
                on:input=move |event| {
                    if let Ok(part) = event_target_value(&event).parse::<f64>() {
                        round.change_step_size(part / PARTS);
                    }
                }
            />
            <span class="value" aria-hidden="true">{text}</span>
        </label>
    }
}

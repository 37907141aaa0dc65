//! The big chart: the task's curve, its shots, and what θ makes of them after each number of gradient steps.

use leptos::prelude::*;

use super::shots::{RemoveShot, Shots};
use crate::app::action::Action;
use crate::app::field::Field;
use crate::app::formatting;
use crate::app::formula;
use crate::app::kept;
use crate::app::preview_input::PreviewInput;
use crate::app::state::ViewChange;
use crate::chart::figure::Chart;
use crate::chart::plots::fit::FitChart;
use crate::chart::{Frame, Role};
use crate::domain::adaptation::reported_steps;
use crate::domain::algorithm::Algorithm;
use crate::engine::protocol::Adapted;
use crate::i18n::{Locale, message};
use crate::ui::page::page;
use crate::ui::shell::header::Opener;
use crate::ui::task::draw_curve::{self, Pencil};
use crate::ui::task::replay::Replay;
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::explained::Explained;
use crate::ui::widgets::field::{self, Fault, NumberBox};

/// The chart with its legend, its shots and their buttons.
#[component]
pub fn FitSection() -> impl IntoView {
    let page = page();
    let (frame, selected) = (RwSignal::new(None::<Frame>), RwSignal::new(None));
    // On another page of a lesson nobody has chosen one.
    Effect::new(move |_| {
        page.view.lesson.track();
        selected.set(None);
    });
    let task = move || {
        let curve = page.view.preview_input.with(PreviewInput::curve);
        formula::curve(&curve, page.locale(), |value| formatting::decimal(value, 2))
    };
    view! {
        <section class="fit" aria-labelledby="fit-heading">
            <div class="heading-row">
                <h2 id="fit-heading">{page.words(FitChart::heading)}</h2>
                <span class="formula">{task}</span>
                <OutOfDate stale=page.results.stale/>
            </div>
            <Replay/>
            <Lead/>
            <Steps/>
            <ChartCanvas chart=FitChart frame>
                <Shots frame selected/>
                {move || page.view.drawing.get().then(|| view! { <Pencil frame/> })}
            </ChartCanvas>
            <Kept/>
            <ShotButtons selected/>
        </section>
    }
}

/// The mark of a chart that lags behind what was chosen. It appears only when the lag lasts.
#[component]
pub fn OutOfDate(
    /// Whether it lags.
    #[prop(into)]
    stale: Signal<bool>,
) -> impl IntoView {
    let page = page();
    view! { <span class="badge stale" class:on=stale>{move || if stale.get() { page.locale().out_of_date() } else { "" }}</span> }
}

/// Which gradient steps are drawn; the chart itself says what its colours mean.
#[component]
fn Steps() -> impl IntoView {
    let page = page();
    let scheme = page.appearance.scheme;
    let colour = move |role: Role| move || role.css(scheme.get());
    let available = Memo::new(move |_| page.run.config.with(|config| reported_steps(config.eval.steps)));
    let toggle = move |step: usize| {
        // The family view has θ's own prediction, and no adaptation.
        let is_drawn = move || step == 0 || !page.view.family.get();
        let on = Memo::new(move |_| is_drawn() && page.view.steps.with(|steps| steps.contains(&step)));
        let role = if step == 0 { Role::Theta } else { Role::Adapted };
        let words = move || match step {
            0 => page.locale().fit_step_before().to_owned(),
            1 => page.locale().fit_step_after_one().to_owned(),
            _ => page.locale().format(message::FitStepAfter { steps: step }),
        };
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || on.get().to_string()
                aria-label=words
                title=words
                style:--colour=colour(role)
                on:click=move |_| page.dispatch(Action::View(ViewChange::ToggleStep { step }))
            >
                <i class="swatch"></i>
                {if step == 0 { "θ".to_owned() } else { step.to_string() }}
            </button>
        }
    };
    view! {
        <div class="legend">
            <span class="key">{page.words(Locale::fit_steps_short)}</span>
            <div class="chips" role="group" aria-label=page.words(Locale::fit_steps)>
                <For each=move || available.get() key=|step| *step children=toggle/>
            </div>
            <button
                type="button"
                class="chip"
                aria-pressed=move || (page.view.random_start.get() && !page.view.family.get()).to_string()
                title=page.words(Locale::fit_random_help)
                style:--colour=colour(Role::Random)
                on:click=move |_| page.dispatch(Action::View(ViewChange::ToggleRandomStart))
            >
                <i class="swatch dashed"></i>
                {page.words(Locale::fit_random)}
            </button>
            <button
                type="button"
                class="chip"
                aria-pressed=move || page.view.family.get().to_string()
                title=page.words(Locale::fit_family_help)
                style:--colour=colour(Role::Truth)
                on:click=move |_| page.dispatch(Action::View(ViewChange::ToggleFamily))
            >
                <i class="swatch dashed"></i>
                {page.words(Locale::fit_family)}
            </button>
        </div>
    }
}

/// Whose θ is kept for comparison, and what the chart shows of it.
#[component]
fn Kept() -> impl IntoView {
    let page = page();
    let words = Memo::new(move |_| {
        let locale = page.locale();
        page.results
            .kept
            .with(|moment| page.run.config.with(|config| Some(kept::told(moment.as_ref()?, config, locale))))
    });
    view! {
        <div class="kept" role="status">
            {move || {
                words
                    .get()
                    .map(|words| {
                        view! {
                            <p>{words}</p>
                            <button type="button" class="quiet" on:click=move |_| page.dispatch(Action::Keep { on: false })>
                                {page.words(Locale::timeline_let_go)}
                            </button>
                        }
                    })
            }}
        </div>
    }
}

/// Buttons for the shots, and the pencil for the curve.
#[component]
fn ShotButtons(selected: RwSignal<Option<usize>>) -> impl IntoView {
    let page = page();
    let drawing = page.view.drawing;
    let help = move || if drawing.get() { page.locale().fit_draw_help() } else { page.locale().fit_shots_help() };
    view! {
        <div class="toolbar">
            <button type="button" on:click=move |_| page.dispatch(Action::Resample)>
                {page.words(Locale::fit_resample)}
            </button>
            <div class="inline-field">
                <label for=field::id(page, Field::Shots)>{page.words(Locale::fit_count)}</label>
                <i class="symbol"><Explained text="K"/></i>
                <NumberBox field=Field::Shots help="shots-help"/>
            </div>
            <button type="button" on:click=move |_| page.dispatch(Action::AddShot { point: None })>{page.words(Locale::fit_add)}</button>
            <Opener
                class="paste-button"
                name=|locale| locale.fit_paste()
                heading=|locale| locale.fit_paste()
                body=|chunk| (chunk.paste)()
            />
            <RemoveShot selected/>
            <button type="button" on:click=move |_| page.dispatch(Action::RemoveShots)>
                {page.words(Locale::fit_remove_all)}
            </button>
            <button
                type="button"
                id=draw_curve::BUTTON
                aria-pressed=move || drawing.get().to_string()
                on:click=move |_| page.dispatch(Action::View(ViewChange::ToggleDrawing))
            >
                {page.words(Locale::fit_draw)}
            </button>
            <p class="help" id="shots-help">{help}</p>
            <Fault field=Field::Shots/>
        </div>
    }
}

/// One sentence: what to do first, and then what the last of the chosen gradient steps has come to: no more, as a lesson
/// asks for the others before it shows them.
#[component]
fn Lead() -> impl IntoView {
    let page = page();
    let untouched = Memo::new(move |_| page.run.iteration.get() == 0 && !page.run.running.get());
    let step = Memo::new(move |_| page.view.steps.with(|steps| steps.iter().copied().max().unwrap_or(0)));
    let sentence = Memo::new(move |_| {
        let (locale, step) = (page.locale(), step.get());
        if untouched.get() {
            return page.run.config.with(|config| hint(config.algorithm, locale)).to_owned();
        }
        page.results.preview.with(|preview| {
            let error = |of: &Adapted, step: usize| of.mse.get(step).copied().map(formatting::error);
            let after = error(&preview.theta, step).zip(error(&preview.random, step)).filter(|_| step > 0);
            match (error(&preview.theta, 0), after) {
                (Some(before), Some((after, random))) => {
                    let shots = preview.shots.len();
                    locale.format(message::FitLead { steps: step, shots, before, after, random })
                }
                (Some(before), None) => locale.format(message::FitLeadBefore { before }),
                (None, _) => String::new(),
            }
        })
    });
    view! { <p class="lead"><Explained text=sentence/></p> }
}

/// What Train does.
fn hint(algorithm: Algorithm, locale: Locale) -> &'static str {
    match algorithm {
        Algorithm::Joint => locale.fit_hint_joint(),
        Algorithm::None => locale.fit_hint_none(),
        Algorithm::Reptile | Algorithm::Fomaml | Algorithm::Maml => locale.fit_hint(),
    }
}

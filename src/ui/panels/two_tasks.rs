//! One meta-iteration on two tasks, stage by stage or as a film: sample tasks, inner steps, compare φ, average them, update
//! θ; with the algorithm beside it.

mod algorithm;
mod choices;
mod numbers;
mod round;

use leptos::prelude::*;

use self::algorithm::AlgorithmLines;
use self::choices::Choices;
use self::numbers::Numbers;
use self::round::{Round, moves_plainly};
use crate::app::formatting;
use crate::app::formula;
use crate::app::state::Panel;
use crate::app::two_tasks::{Stage, steps};
use crate::chart::figure::Chart;
use crate::chart::plots::plane::PlaneChart;
use crate::chart::plots::task::TaskChart;
use crate::domain::algorithm::Algorithm;
use crate::domain::choice::Named;
use crate::i18n::{self, Locale, message};
use crate::ui::page::{Page, page};
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Collapsible;
use crate::ui::widgets::explained::Explained;

/// The collapsible panel; the engine computes for it only while it is open.
#[component]
pub fn TwoTasksPanel() -> impl IntoView {
    let page = page();
    let round = Round::new(page);
    let open = Memo::new(move |_| page.is_open(Panel::TwoTasks));
    Effect::new(move |_| {
        page.run.config.track();
        round.start.track();
        if open.get() && !page.run.pending.get() {
            round.begin();
        } else {
            round.stop();
        }
    });
    // A moment that is reached, by a link or by training, is what one has come for; not each on the way of a script's steps.
    Effect::new(move |_| {
        let stands_still = !page.run.running.get() && page.run.reaching.with(Option::is_none);
        untrack(|| {
            if stands_still && open.get() && round.is_outdated() && round.is_untouched() {
                round.begin();
            }
        });
    });
    view! {
        <Collapsible
            panel=Panel::TwoTasks
            heading=TaskChart::heading
            help=Signal::derive(move || help(page))
            body=move || view! { <Body round/> }.into_any()
        />
    }
}

/// The panel's contents, as soon as the engine has computed the first meta-iteration.
#[component]
fn Body(round: Round) -> impl IntoView {
    let is_there = Memo::new(move |_| round.two.with(Option::is_some));
    move || is_there.get().then(|| view! { <Figure round/> })
}

/// What the panel shows, and where its meta-iteration differs from those of the run.
fn help(page: Page) -> String {
    let locale = page.locale();
    page.run.config.with(|config| {
        let is_other = config.algorithm != Algorithm::Reptile;
        let other = is_other.then(|| locale.format(message::TwoReptile { algorithm: config.algorithm.label(locale) }));
        let plain = (!moves_plainly(config)).then(|| locale.two_plain().to_owned());
        i18n::sentences([Some(locale.two_help().to_owned()), other, plain].into_iter().flatten())
    })
}

/// The lesson, which fits one screen, and below it the numbers.
#[component]
fn Figure(round: Round) -> impl IntoView {
    let frame = RwSignal::new(None);
    view! {
        <div class="lesson">
            <Buttons round/>
            <Choices round/>
            <Outdated round/>
            <p class="stage-words" role="status"><Explained text=Signal::derive(move || stage_words(round))/></p>
            <div class="lesson-plane">
                <ChartCanvas chart=PlaneChart frame/>
                <AlgorithmLines round/>
            </div>
            <div class="two-charts">
                <OneTask round index=0/>
                <OneTask round index=1/>
            </div>
        </div>
        <Numbers round/>
        <p class="help"><Explained text=Signal::derive(move || round.page.locale().two_look().to_owned())/></p>
    }
}

/// What is said where the page shows another moment of the run than the one whose θ was copied, and the way there.
#[component]
fn Outdated(round: Round) -> impl IntoView {
    let page = round.page;
    let is_outdated = Memo::new(move |_| round.is_outdated() && !page.run.running.get());
    let words = move || {
        let ((_, from, _), shown) = (round.source.get(), page.run.shown.get());
        let (from, shown) = (formatting::count(from), formatting::count(shown));
        page.locale().format(message::TwoOutdated { from, shown })
    };
    move || {
        is_outdated.get().then(|| {
            view! {
                <p class="help outdated">
                    <span>{words}</span>
                    <button type="button" on:click=move |_| round.begin()>{page.words(Locale::two_follow)}</button>
                </p>
            }
        })
    }
}

/// What leads from stage to stage.
#[component]
fn Buttons(round: Round) -> impl IntoView {
    let page = round.page;
    let is_last = Memo::new(move |_| round.stage() == Stage::Move);
    let is_learning = Memo::new(move |_| round.with(|two, _| round.number.get() < steps(two)));
    let plays = Memo::new(move |_| round.plays());
    let play = move || if plays.get() { page.locale().two_pause() } else { page.locale().two_play() };
    let next = move || if is_last.get() { page.locale().two_again() } else { page.locale().two_next() };
    let all = move || page.locale().format(message::TwoAll { steps: round.with(|two, _| steps(two)) });
    view! {
        <div class="toolbar">
            <button
                type="button"
                class="play"
                class:running=plays
                on:click=move |_| if plays.get_untracked() { round.stop() } else { round.play() }
            >
                <span class="glyph" aria-hidden="true"></span>
                {play}
            </button>
            <button type="button" class="primary" on:click=move |_| round.next()>{next}</button>
            <button
                type="button"
                aria-disabled=move || (round.number.get() == 0).to_string()
                on:click=move |_| round.back()
            >
                {page.words(Locale::two_back)}
            </button>
            <button
                type="button"
                aria-disabled=move || (!is_learning.get()).to_string()
                on:click=move |_| if is_learning.get_untracked() {
                    round.show(untrack(|| round.with(|two, _| steps(two))));
                }
            >
                {all}
            </button>
            <button type="button" on:click=move |_| round.begin()>{page.words(Locale::two_restart)}</button>
        </div>
    }
}

/// The stage in words; while the film plays, one sentence stands for all inner steps, so that nobody who listens is flooded.
fn stage_words(round: Round) -> String {
    let locale = round.page.locale();
    let plays = round.plays();
    round.with(|two, stage| match stage {
        Stage::Sample => locale.two_stage_sample().to_owned(),
        Stage::Step(_) if plays => locale.format(message::TwoStageSteps { steps: steps(two) }),
        Stage::Step(step) => locale.format(message::TwoStageStep { step, steps: steps(two) }),
        Stage::Compare => locale.two_stage_compare().to_owned(),
        Stage::Mean => locale.two_stage_mean().to_owned(),
        Stage::Move => locale.two_stage_move().to_owned(),
    })
}

/// The chart of one task.
#[component]
fn OneTask(round: Round, index: usize) -> impl IntoView {
    let page = round.page;
    let frame = RwSignal::new(None);
    let chart = TaskChart { index };
    let name = move || page.locale().format(message::TwoTask { number: index + 1 });
    let curve = move || {
        round.with(|two, _| {
            formula::of_task(&two.tasks[index].task, page.locale(), |value| formatting::decimal(value, 2))
        })
    };
    view! {
        <div>
            <h3>{name} " " <span class="formula">{curve}</span></h3>
            <ChartCanvas chart frame/>
        </div>
    }
}

//! The run: train, step, reset, how far it is, how fast it may go, and which preset it follows.

use leptos::prelude::*;

use super::cost::CostLine;
use super::projector::ProjectorSwitch;
use super::timeline::Timeline;
use crate::app::action::Action;
use crate::app::formatting;
use crate::app::labels;
use crate::app::pretrained;
use crate::app::provenance;
use crate::domain::config::preset::Preset;
use crate::domain::pace::{LogTime, Pace, WATCHED};
use crate::domain::provenance::Provenance;
use crate::domain::schedule::Schedule;
use crate::engine::protocol::Status;
use crate::i18n::{Locale, message};
use crate::ui::page::{Page, page};
use crate::ui::shell::browser;
use crate::ui::widgets::explained::Explained;

/// The pace at which every step can be talked about.
const ONE_A_SECOND: Pace = Pace::PerSecond(1.0);

/// The bar that stays in sight.
#[component]
pub fn RunBar() -> impl IntoView {
    let page = page();
    view! {
        <section class="run" aria-labelledby="run-heading">
            <h2 class="hidden" id="run-heading">{page.words(Locale::run_heading)}</h2>
            <Buttons/>
            <Progress/>
            {move || page.view.projector.get().then(|| view! { <ProjectorSwitch/> })}
        </section>
    }
}

/// What the run is and how fast it may go: set now and then, so it need not stay in sight.
#[component]
pub fn RunOptions() -> impl IntoView {
    view! {
        <div class="run-options">
            <PresetChoice/>
            <Speed/>
            <SkipAhead/>
        </div>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let page = page();
    let name = move || match (page.run.running.get(), page.run.finished.get()) {
        (true, _) => page.locale().run_pause(),
        _ if page.is_past() => page.locale().timeline_train_on(),
        (false, true) => page.locale().run_train_again(),
        (false, false) => page.locale().run_train(),
    };
    let is_idle = Memo::new(move |_| !page.run.running.get() && !trains(page));
    view! {
        <div class="run-buttons">
            <button
                type="button"
                class="primary"
                aria-keyshortcuts="Space"
                class:running=page.run.running
                prop:disabled=is_idle
                on:click=move |_| page.train_or_pause()
            >
                <span class="glyph" aria-hidden="true"></span>
                {name}
            </button>
            <button
                type="button"
                title=page.words(Locale::run_step_help)
                prop:disabled=is_idle
                on:click=move |_| page.dispatch(Action::Step { count: 1 })
            >
                {page.words(Locale::run_step)}
            </button>
            <button type="button" title=page.words(Locale::run_reset_help) on:click=move |_| page.dispatch(Action::Reset)>
                {page.words(Locale::run_reset)}
            </button>
            <HistoryButton
                name=Signal::derive(page.words(Locale::undo))
                shortcut="Control+Z"
                glyph="↶"
                possible=Signal::derive(move || page.can_undo.get().0)
                action=Action::Undo
            />
            <HistoryButton
                name=Signal::derive(page.words(Locale::redo))
                shortcut="Control+Y"
                glyph="↷"
                possible=Signal::derive(move || page.can_undo.get().1)
                action=Action::Redo
            />
        </div>
    }
}

/// Whether the present algorithm trains θ, tracked.
fn trains(page: Page) -> bool {
    page.run.config.with(|config| config.algorithm.trains())
}

/// Undo or redo.
#[component]
fn HistoryButton(
    name: Signal<&'static str>,
    shortcut: &'static str,
    glyph: &'static str,
    possible: Signal<bool>,
    action: Action,
) -> impl IntoView {
    let page = page();
    view! {
        <button
            type="button"
            class="icon"
            aria-label=name
            title=name
            aria-keyshortcuts=shortcut
            prop:disabled=move || !possible.get()
            on:click=move |_| page.dispatch(action.clone())
        >
            <span aria-hidden="true">{glyph}</span>
        </button>
    }
}

/// What the progress line says after the count.
fn progress(locale: Locale, status: &Status, pace: Pace) -> String {
    let left = status.iterations.saturating_sub(status.iteration);
    let rate = status.meta_iterations_per_second;
    // A run that is watched grows faster and faster.
    let watched = match pace {
        Pace::Watch => WATCHED / 1000.0 * (1.0 - LogTime { end: status.iterations }.fraction(status.iteration)),
        Pace::Fastest | Pace::PerSecond(_) => f64::INFINITY,
    };
    match (status.running, left) {
        _ if status.shown != status.iteration => {
            locale.format(message::TimelineShown { iteration: formatting::count(status.shown) })
        }
        _ if status.stopped.is_some() => locale.run_stopped().to_owned(),
        (_, 0) => locale.run_finished().to_owned(),
        (true, _) if rate > 0.0 => {
            let left = formatting::duration(locale, watched.min(left as f64 / rate));
            let left = locale.format(message::RunLeft { duration: left });
            // The rate of a run that is watched says nothing of its length.
            if pace == Pace::Watch {
                return left;
            }
            format!("{} · {left}", locale.format(message::RunRate { rate: formatting::rate(rate) }))
        }
        (true, _) => String::new(),
        // A run that goes on from another one's θ has made no meta-iteration, and yet is trained.
        (false, _) if status.iteration == 0 && status.provenance.is_empty() => locale.run_not_started().to_owned(),
        (false, _) => locale.run_paused().to_owned(),
    }
}

#[component]
fn Progress() -> impl IntoView {
    let page = page();
    let status = page.run.status;
    let iterations = Memo::new(move |_| page.run.config.with(|config| config.outer.iterations));
    let count = Memo::new(move |_| {
        if !trains(page) {
            return page.locale().run_no_training().to_owned();
        }
        page.locale().format(message::RunIteration {
            iteration: page.iterations_done(),
            iterations: formatting::count(iterations.get()),
        })
    });
    let is_adaptive = Memo::new(move |_| page.run.config.with(|config| config.outer.schedule == Schedule::Adaptive));
    let words = Memo::new(move |_| {
        let locale = page.locale();
        status.with(|status| match status {
            _ if page.run.crash.with(Option::is_some) => locale.crash_heading().to_owned(),
            Some(_) if !trains(page) => String::new(),
            Some(status) if is_adaptive.get() => {
                let step_size = locale.format(message::RunStepSize { value: formatting::error(status.step_size) });
                [progress(locale, status, page.run.speed.get()), step_size].join(" · ")
            }
            Some(status) => progress(locale, status, page.run.speed.get()),
            None => locale.waiting_for_engine().to_owned(),
        })
    });
    let backend = Memo::new(move |_| {
        let name = |status: &Status| format!("{} · {}", kind_name(page.locale(), status), status.backend.adapter);
        status.with(|status| status.as_ref().map(name))
    });
    let reason = Memo::new(move |_| {
        let locale = page.locale();
        status.with(|status| status.as_ref().map(|status| status.backend.reason.brief(locale)))
    });
    let theta = Memo::new(move |_| {
        let locale = page.locale();
        let told = |provenance: &Provenance| {
            page.run.config.with(|config| provenance::told(provenance, &config.tasks, locale))
        };
        let provenance = page.run.provenance.with(told);
        // What trained it may be named as the present settings are, and be others all the same: a rate, a schedule.
        let is_of_config = status.with(|status| status.as_ref().is_none_or(|status| status.is_of_config));
        let is_trained = page.run.provenance.with(|provenance| !provenance.is_empty());
        if is_of_config || !is_trained || page.run.remark.with(Option::is_some) {
            locale.format(message::ProvenanceTheta { provenance })
        } else {
            locale.format(message::ProvenanceThetaOther { provenance })
        }
    });
    view! {
        <div class="progress">
            <p class="progress-words">
                <span>{count}</span>
                <span class="pace">{words}</span>
            </p>
            <Timeline/>
            <Offer/>
            <div class="facts">
                <p class="theta" title=theta><Explained text=theta/></p>
                <p title=reason>
                    <strong>{backend}</strong>
                    <span>{reason}</span>
                </p>
                <CostLine/>
                <ToLesson/>
            </div>
        </div>
    }
}

/// The way back to the open lesson, in a window where it stands above what it speaks of.
#[component]
fn ToLesson() -> impl IntoView {
    let page = page();
    let is_open = Memo::new(move |_| page.has_lesson());
    let go = move |_| {
        if let Some(lesson) = document().query_selector(".guide").ok().flatten() {
            browser::scroll_to(&lesson);
        }
    };
    view! {
        <button type="button" class="to-lesson" hidden=move || !is_open.get() on:click=go>
            {page.words(Locale::lesson_to)}
        </button>
    }
}

/// Whose θ the run is to begin with, after a change of algorithm or tasks.
#[component]
fn Offer() -> impl IntoView {
    let page = page();
    let told = move |provenance: Provenance| {
        let locale = page.locale();
        let provenance = page.run.config.with(|config| provenance::told(&provenance, &config.tasks, locale));
        locale.format(message::ProvenanceOffer { provenance })
    };
    view! {
        <div role="status">
            {move || {
                page.run
                    .offer
                    .get()
                    .map(|provenance| {
                        view! {
                            <div class="offer">
                                <p>{move || told(provenance.clone())}</p>
                                <button
                                    type="button"
                                    title=page.words(Locale::provenance_fresh_help)
                                    prop:disabled=move || !trains(page)
                                    on:click=move |_| page.dispatch(Action::Train)
                                >
                                    {page.words(Locale::provenance_fresh)}
                                </button>
                                <button
                                    type="button"
                                    title=page.words(Locale::provenance_continue_help)
                                    on:click=move |_| page.dispatch(Action::ContinueFromTheta)
                                >
                                    {page.words(Locale::provenance_continue)}
                                </button>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// The name of the backend in use.
pub fn kind_name(locale: Locale, status: &Status) -> &'static str {
    use crate::backend::BackendKind;
    match status.backend.kind {
        BackendKind::Reference => locale.engine_reference(),
        BackendKind::Cpu => locale.engine_cpu(),
        BackendKind::Gpu => locale.engine_gpu(),
    }
}

/// How fast a run goes by that is begun here.
#[component]
fn Speed() -> impl IntoView {
    let page = page();
    let value = move || match page.run.speed.get() {
        Pace::Watch => "watch",
        ONE_A_SECOND => "step",
        Pace::PerSecond(_) => "custom",
        Pace::Fastest => "fastest",
    };
    let choose = move |event| {
        let pace = match event_target_value(&event).as_str() {
            "watch" => Pace::Watch,
            "step" => ONE_A_SECOND,
            _ => Pace::Fastest,
        };
        page.dispatch(Action::ChoosePace { pace });
    };
    // One that a document brought.
    let custom = move || match page.run.speed.get() {
        Pace::PerSecond(rate) => page.locale().format(message::RunSpeedValue { rate: formatting::rate(rate) }),
        Pace::Fastest | Pace::Watch => String::new(),
    };
    view! {
        <div class="inline-field">
            <label for="speed">{page.words(Locale::run_speed)}</label>
            <select id="speed" class="speed" title=page.words(Locale::run_speed_help) prop:value=value on:change=choose>
                <option value="step" selected=move || value() == "step">{page.words(Locale::run_speed_step)}</option>
                <option value="watch" selected=move || value() == "watch">{page.words(Locale::run_speed_watch)}</option>
                <option value="fastest" selected=move || value() == "fastest">
                    {page.words(Locale::run_speed_unlimited)}
                </option>
                <option value="custom" disabled hidden=move || value() != "custom" selected=move || value() == "custom">
                    {custom}
                </option>
            </select>
        </div>
    }
}

/// Takes the preset of a name.
fn choose(page: Page, name: &str) {
    if let Some(preset) = Preset::ALL.into_iter().find(|preset| preset.name() == name) {
        page.dispatch(Action::ChoosePreset { preset });
    }
}

#[component]
fn PresetChoice() -> impl IntoView {
    let page = page();
    let present = Memo::new(move |_| page.run.config.with(Preset::of));
    let value = move || present.get().map_or("custom", Preset::name);
    let options = Preset::ALL.map(|preset| {
        view! {
            <option value=preset.name() selected=move || present.get() == Some(preset)>
                {move || preset.label(page.locale())}
            </option>
        }
    });
    view! {
        <div class="inline-field">
            <label for="preset">{page.words(Locale::run_preset)}</label>
            <select
                id="preset"
                title=page.words(Locale::run_preset_help)
                prop:value=value
                on:change=move |event| choose(page, &event_target_value(&event))
            >
                {options}
                <option value="custom" disabled hidden=move || present.get().is_some() selected=move || present.get().is_none()>
                    {page.words(Locale::run_preset_custom)}
                </option>
            </select>
        </div>
    }
}

#[component]
fn SkipAhead() -> impl IntoView {
    let page = page();
    let loading = page.results.skipping;
    let preset = Memo::new(move |_| page.run.config.with(pretrained::preset_for));
    view! {
        <button
            type="button"
            title=move || page.locale().format(message::RunSkipHelp { preset: preset.get().label(page.locale()) })
            prop:disabled=loading
            on:click=move |_| page.dispatch(Action::SkipAhead)
        >
            {move || if loading.get() { page.locale().run_skip_loading() } else { page.locale().run_skip() }}
        </button>
    }
}

/// The seed, which stands apart from the groups because it changes everything.
#[component]
pub fn SeedButton() -> impl IntoView {
    let page = page();
    let renew = move |_| {
        let seed = (js_sys::Math::random() * 1e6).floor() as u64;
        page.dispatch(Action::Set { path: "seed", value: seed.into() });
    };
    let title = move || labels::of("seed", page.locale()).map(|words| words.help);
    view! { <button type="button" title=title on:click=renew>{page.words(Locale::field_seed_random)}</button> }
}

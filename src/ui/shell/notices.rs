//! What a person must not miss: problems, a run's end and why it has stopped, the engine's end, and the page's own.

use leptos::prelude::*;

use crate::app::action::Action;
use crate::app::problem::Problem;
use crate::app::{ending, estimate, formatting};
use crate::engine::protocol::Failure;
use crate::i18n::{Locale, message};
use crate::ui::lazy_chunk::with_lazy_chunk;
use crate::ui::page::{Offered, page, stopped};
use crate::ui::shell::preferences;
use crate::ui::widgets::field;

/// A problem, until it is dismissed; why the run has stopped before its end; the engine's end, with a way on; and a newer
/// build of the page.
#[component]
pub fn Notices() -> impl IntoView {
    let page = page();
    let problem = page.problem;
    let crash = page.run.crash;
    let stopped = Memo::new(move |_| {
        let locale = page.locale();
        page.run.status.with(|status| status.as_ref().and_then(|status| stopped(status, locale)))
    });
    let ended = Memo::new(move |_| {
        let locale = page.locale();
        let last = page.results.history.with(|history| history.points().last().cloned());
        page.run.status.with(|status| ending::ending(status.as_ref()?, last.as_ref(), locale))
    });
    // The last speed that was measured outlives the run that it was measured on.
    let speed = Memo::new(move |last: Option<&Option<f64>>| {
        let measured = page.run.status.with(|status| estimate::speed(&status.as_ref()?.spent));
        measured.or(last.copied().flatten())
    });
    // While it trains, the run bar says what is left, and a sentence that is spoken must not change with every measurement.
    let long = Memo::new(move |_| {
        if page.run.finished.get() || page.run.running.get() {
            return None;
        }
        page.run.config.with(|config| estimate::warning(config, speed.get(), page.locale()))
    });
    let has_diverged =
        Memo::new(move |_| problem.with(|problem| matches!(problem, Some(Problem::Engine(Failure::Diverged { .. })))));
    let has_best =
        Memo::new(move |_| page.run.status.with(|status| status.as_ref().is_some_and(|status| status.has_best)));
    let recall = move || {
        (has_diverged.get() && has_best.get()).then(|| {
            let press = move |_| page.dispatch(Action::Recall);
            view! {
                <button type="button" class="primary" on:click=press>
                    {page.words(Locale::problem_recall)}
                </button>
            }
        })
    };
    // A field that holds a refused text is one click away, wherever it is folded.
    let is_of_field = Memo::new(move |_| {
        let has_fault = page.drafts.with(|drafts| drafts.values().any(|draft| draft.error.is_some()));
        has_fault && problem.with(|problem| matches!(problem, Some(Problem::Blocked(_))))
    });
    let words = move |message: String| {
        if is_of_field.get() {
            let press = move |_| {
                if let Some(field) = page.with_app(|app| app.fault().map(|draft| draft.field)) {
                    field::focus(page, field);
                }
            };
            view! { <p><button type="button" class="go" on:click=press>{message}</button></p> }.into_any()
        } else {
            view! { <p>{message}</p> }.into_any()
        }
    };
    let message = move || problem.get().map(|problem| problem.message(page.locale()));
    view! {
        <div class="notices">
            <div role="alert">
                {move || {
                    message()
                        .map(|message| {
                            view! {
                                <div class="notice problem">
                                    {words(message)}
                                    {recall}
                                    <button type="button" on:click=move |_| page.dispatch(Action::Dismiss)>
                                        {page.words(Locale::problem_dismiss)}
                                    </button>
                                </div>
                            }
                        })
                }}
            </div>
            <div role="alert">
                {move || crash.get().map(|cause| view! { <Crash cause/> })}
            </div>
            <div role="status">
                {move || stopped.get().map(|message| view! { <p class="notice calm">{message}</p> })}
            </div>
            <div role="status">
                {move || long.get().map(|message| view! { <p class="notice calm">{message}</p> })}
            </div>
            <div role="status">
                {move || page.offered.get().map(|offered| view! { <Kept offered/> })}
            </div>
            <NewerBuild/>
            <p class="hidden" role="status">{ended}</p>
            <p class="hidden" role="status">{page.announcement}</p>
        </div>
    }
}

/// Why the engine has ended, with the way on.
#[component]
fn Crash(cause: String) -> impl IntoView {
    let page = page();
    view! {
        <div class="notice crash">
            <h2>{page.words(Locale::crash_heading)}</h2>
            <p class="cause">{cause}</p>
            <p>{page.words(Locale::crash_kept)}</p>
            <button type="button" class="primary" on:click=move |_| page.dispatch(Action::Restart)>
                {page.words(Locale::crash_restart)}
            </button>
        </div>
    }
}

/// That a newer build of the page is here, of which `www/offline/offline.js` tells, and the way to it.
#[component]
fn NewerBuild() -> impl IntoView {
    let page = page();
    let is_here = RwSignal::new(false);
    let told = window_event_listener_untyped("reptile-lab-update", move |_| is_here.set(true));
    on_cleanup(move || told.remove());
    // A browser that refuses to reload its page says why itself.
    let reload = move |_| drop(window().location().reload());
    let notice = move || {
        view! {
            <div class="notice calm">
                <p>{page.words(Locale::update_here)}</p>
                <button type="button" on:click=reload>{page.words(Locale::panic_reload)}</button>
            </div>
        }
    };
    view! { <div role="status">{move || is_here.get().then(notice)}</div> }
}

/// From now on a panic in the page shows itself, in plain DOM: nothing of the page can be relied on then.
pub fn show_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        before(info);
        // Without a document there is nowhere to show it; the console has it.
        let _ = panel(&info.to_string());
    }));
}

fn panel(cause: &str) -> Option<()> {
    let locale = preferences::locale();
    let document = web_sys::window()?.document()?;
    if document.get_element_by_id("panic").is_some() {
        return None;
    }
    let element = |name: &str, text: &str| {
        let element = document.create_element(name).ok()?;
        element.set_text_content(Some(text));
        Some(element)
    };
    let panel = element("section", "")?;
    panel.set_id("panic");
    panel.set_class_name("notice crash");
    panel.set_attribute("role", "alert").ok()?;
    panel.append_child(&element("h2", locale.panic_heading())?.into()).ok()?;
    panel.append_child(&element("p", locale.panic_advice())?.into()).ok()?;
    let words = element("p", cause)?;
    words.set_class_name("cause");
    panel.append_child(&words).ok()?;
    let reload = element("a", locale.panic_reload())?;
    reload.set_attribute("href", "").ok()?;
    panel.append_child(&reload).ok()?;
    document.body()?.prepend_with_node_1(&panel).ok()
}

/// Offers to go on with the session of an earlier visit, until this one has a run of its own, or with that of before a lesson.
#[component]
fn Kept(offered: Offered) -> impl IntoView {
    let page = page();
    let Offered { is_before_lesson, iteration, iterations } = offered;
    let words = move || {
        let [iteration, iterations] = [iteration, iterations].map(formatting::count);
        if is_before_lesson {
            page.locale().format(message::SessionBeforeLesson { iteration, iterations })
        } else {
            page.locale().format(message::SessionKept { iteration, iterations })
        }
    };
    let dismiss = move |_| {
        page.offered.set(None);
        if is_before_lesson {
            page.before_lesson.set_value(None);
        }
    };
    Effect::new(move |_| {
        if !is_before_lesson && page.run.iteration.get() > 0 {
            page.offered.set(None);
        }
    });
    view! {
        <div class="notice calm">
            <p>{words}</p>
            <button
                type="button"
                class="primary"
                on:click=move |_| with_lazy_chunk(page, move |chunk| (chunk.go_on_with_session)(page))
            >
                {page.words(Locale::session_go_on)}
            </button>
            <button type="button" on:click=dismiss>{page.words(Locale::problem_dismiss)}</button>
        </div>
    }
}

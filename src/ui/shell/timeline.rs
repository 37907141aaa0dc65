//! The run's time line: a scrubber over all that has been trained, with the buttons of a film.

use std::time::Duration;

use leptos::prelude::*;

use super::browser;
use crate::app::action::Action;
use crate::app::formatting;
use crate::domain::pace::{LogTime, WATCHED};
use crate::engine::protocol::Moment;
use crate::i18n::{Locale, message};
use crate::ui::page::{Page, page};

/// Positions of the scrubber.
const POSITIONS: f64 = 1000.0;
/// Interval between two frames of the film.
const FRAME: Duration = Duration::from_millis(33);

/// The scrubber. It shows how far training has come and which moment is shown; what has been trained can be gone back to.
#[component]
pub fn Timeline() -> impl IntoView {
    let page = page();
    let is_playing = RwSignal::new(false);
    let time = Memo::new(move |_| {
        let end = page.run.config.with(|config| config.outer.iterations);
        LogTime { end: end.max(page.run.iteration.get()) }.end
    });
    let part = move |iteration: u64| LogTime { end: time.get() }.fraction(iteration) * POSITIONS;
    let name = move || {
        let (shown, end) = (page.run.shown.get(), page.run.config.with(|config| config.outer.iterations));
        let (iteration, iterations) = (formatting::count(shown), formatting::count(end));
        page.locale().format(message::RunIteration { iteration, iterations })
    };
    let slide = move |event| {
        is_playing.set(false);
        if let Ok(position) = event_target_value(&event).parse::<f64>() {
            page.show_moment(LogTime { end: time.get_untracked() }.iteration(position / POSITIONS));
        }
    };
    let is_idle = Memo::new(move |_| !page.has_past());
    let is_first = Memo::new(move |_| is_idle.get() || page.run.shown.get() <= page.first_moment());
    let is_last = Memo::new(move |_| is_idle.get() || !page.is_past());
    // Whoever trains on, or has another engine, has left the film.
    Effect::new(move |_| {
        if page.run.running.get() || is_idle.get() {
            is_playing.set(false);
        }
    });
    view! {
        <div class="timeline" role="group" aria-label=page.words(Locale::timeline_heading)>
            <input
                type="range"
                min="0"
                max=POSITIONS
                step="1"
                aria-label=page.words(Locale::run_progress)
                aria-valuetext=name
                title=move || {
                    let is_loaded = page.first_moment() > 0 && is_idle.get();
                    if is_loaded { page.locale().timeline_loaded() } else { page.locale().timeline_help() }
                }
                prop:disabled=is_idle
                prop:value=move || part(page.run.shown.get()).round().to_string()
                style:--fill=move || format!("{}%", part(page.run.iteration.get()) / POSITIONS * 100.0)
                on:input=slide
            />
            <div class="timeline-buttons">
                <Button
                    name=Signal::derive(page.words(Locale::timeline_first))
                    glyph="|◂"
                    disabled=is_first
                    act=move || { is_playing.set(false); page.show_moment(page.first_moment()); }
                />
                <Button
                    name=Signal::derive(page.words(Locale::timeline_back))
                    glyph="◂"
                    disabled=is_first
                    act=move || { is_playing.set(false); page.show_moment(page.run.shown.get_untracked().saturating_sub(1)); }
                />
                <Play is_playing time disabled=is_idle/>
                <Button
                    name=Signal::derive(page.words(Locale::timeline_forward))
                    glyph="▸"
                    disabled=is_last
                    act=move || { is_playing.set(false); page.show_moment(page.run.shown.get_untracked() + 1); }
                />
                <Button
                    name=Signal::derive(page.words(Locale::timeline_last))
                    glyph="▸|"
                    disabled=is_last
                    act=move || { is_playing.set(false); page.dispatch(Action::GoTo { iteration: None }); }
                />
                <Keep/>
            </div>
        </div>
    }
}

/// Keeps the θ that is shown for comparison, or lets go of the one that is kept; it says of which moment that is.
#[component]
fn Keep() -> impl IntoView {
    let page = page();
    let kept =
        Memo::new(move |_| page.results.kept.with(|kept| kept.as_ref().map(|Moment { iteration, .. }| *iteration)));
    let name = move || {
        let locale = page.locale();
        kept.get().map_or_else(
            || locale.timeline_keep().to_owned(),
            |iteration| locale.format(message::TimelineKept { iteration: formatting::count(iteration) }),
        )
    };
    let help = move || {
        if kept.get().is_some() { page.locale().timeline_kept_help() } else { page.locale().timeline_keep_help() }
    };
    let is_idle = Memo::new(move |_| page.run.crash.with(Option::is_some) || page.run.status.with(Option::is_none));
    view! {
        <button
            type="button"
            class="keep"
            aria-label=name
            title=help
            aria-pressed=move || kept.get().is_some().to_string()
            prop:disabled=is_idle
            on:click=move |_| page.dispatch(Action::Keep { on: kept.get_untracked().is_none() })
        >
            <span aria-hidden="true">{move || if kept.get().is_some() { "◆" } else { "◇" }}</span>
            <span class="words">{name}</span>
        </button>
    }
}

/// One of the film's buttons.
#[component]
fn Button(
    name: Signal<&'static str>,
    glyph: &'static str,
    #[prop(into)] disabled: Signal<bool>,
    act: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="icon" aria-label=name title=name prop:disabled=disabled on:click=move |_| act()>
            <span aria-hidden="true">{glyph}</span>
        </button>
    }
}

/// Plays the run from the moment that is shown, or from its beginning where that is the last one, and stops.
#[component]
fn Play(is_playing: RwSignal<bool>, time: Memo<u64>, disabled: Memo<bool>) -> impl IntoView {
    let page = page();
    let name =
        Signal::derive(
            move || {
                if is_playing.get() { page.locale().timeline_stop() } else { page.locale().timeline_play() }
            },
        );
    let toggle = move |_| {
        if is_playing.get_untracked() {
            return is_playing.set(false);
        }
        is_playing.set(true);
        let begin = if untrack(|| page.is_past()) { page.run.shown.get_untracked() } else { page.first_moment() };
        let line = LogTime { end: time.get_untracked() };
        let begun = browser::now() - WATCHED * line.fraction(begin);
        play(page, is_playing, line, begun);
    };
    view! {
        <button
            type="button"
            class="icon play"
            aria-label=name
            title=name
            aria-pressed=move || is_playing.get().to_string()
            prop:disabled=disabled
            on:click=toggle
        >
            <span aria-hidden="true">{move || if is_playing.get() { "❙❙" } else { "▶\u{fe0e}" }}</span>
        </button>
    }
}

/// Shows the moment that is due now, and the next ones, until the last of them or until the film is stopped.
fn play(page: Page, is_playing: RwSignal<bool>, line: LogTime, begun: f64) {
    if !is_playing.get_untracked() {
        return;
    }
    let due = line.iteration((browser::now() - begun) / WATCHED);
    page.show_moment(due);
    if due >= page.run.iteration.get_untracked() {
        return is_playing.set(false);
    }
    set_timeout(move || play(page, is_playing, line, begun), FRAME);
}

impl Page {
    /// Shows a moment of the run, or the nearest that there is.
    pub fn show_moment(self, iteration: u64) {
        let present = self.run.iteration.get_untracked();
        let iteration = iteration.max(self.first_moment());
        self.dispatch(Action::GoTo { iteration: (iteration < present).then_some(iteration) });
    }

    /// The first moment that one can go back to, untracked.
    #[must_use]
    pub fn first_moment(self) -> u64 {
        self.run.status.with_untracked(|status| status.as_ref().map_or(0, |status| status.first))
    }

    /// Whether there is any moment to go back to, tracked.
    #[must_use]
    pub fn has_past(self) -> bool {
        let has = |status: &crate::engine::protocol::Status| status.iteration > status.first;
        self.run.crash.with(Option::is_none) && self.run.status.with(|status| status.as_ref().is_some_and(has))
    }

    /// Whether a past moment is shown, tracked.
    #[must_use]
    pub fn is_past(self) -> bool {
        self.run.shown.get() != self.run.iteration.get()
    }
}

//! The replay of the gradient steps on the shown task: a slider, and a button that plays all of them.

use leptos::html::Input;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::app::action::Action;
use crate::app::formatting;
use crate::app::replay;
use crate::app::state::ViewChange;
use crate::i18n::{Locale, message};
use crate::ui::page::{Page, page};
use crate::ui::shell::{browser, preferences};

/// When the replay that is under way has begun, on the browser's clock; none while it does not play.
#[derive(Clone, Copy)]
struct Player {
    page: Page,
    begun: RwSignal<Option<f64>>,
}

impl Player {
    fn last(self) -> usize {
        self.page.run.config.with_untracked(|config| config.eval.steps)
    }

    /// Shows a step, or none.
    fn show(self, step: Option<usize>) {
        self.page.dispatch(Action::View(ViewChange::Replay { step }));
    }

    /// Plays on from the step that is shown, or from the first one.
    fn play(self) {
        let last = self.last();
        let step = self.page.view.replayed.get_untracked().filter(|step| *step < last).unwrap_or(0);
        self.show(Some(step));
        self.begun.set(Some(browser::now() - replay::time_of(step, last)));
        self.follow();
    }

    /// Shows the step whose time has come, at every frame until the last one.
    fn follow(self) {
        let Some(begun) = self.begun.get_untracked() else { return };
        let (last, elapsed) = (self.last(), browser::now() - begun);
        let step = replay::step_at(elapsed, last);
        let step = if preferences::reduces_motion() { replay::reported(step, last) } else { step };
        if self.page.view.replayed.get_untracked() != Some(step) {
            self.show(Some(step));
        }
        if elapsed >= replay::DURATION {
            return self.stop();
        }
        request_animation_frame(move || self.follow());
    }

    fn stop(self) {
        self.begun.set(None);
        if let Some(words) = untrack(|| now(self.page)) {
            self.page.announce(words);
        }
    }

    /// Moves to a step by hand; none is back to the chosen steps.
    fn choose(self, step: Option<usize>) {
        self.begun.set(None);
        self.show(step);
    }
}

/// The step that is replayed and the error after it, in words; none while none is, or it has not been computed.
fn now(page: Page) -> Option<String> {
    let replayed = page.view.replayed.get()?;
    page.results.preview.with(|preview| {
        let mse = &preview.theta.mse;
        let step = replayed.min(mse.len().checked_sub(1)?);
        let error = formatting::error(mse[step]);
        Some(page.locale().format(message::ReplayNow { step, error }))
    })
}

/// Button, slider, what is shown, and the way back.
#[component]
pub fn Replay() -> impl IntoView {
    let page = page();
    let player = Player { page, begun: RwSignal::new(None) };
    let plays = Memo::new(move |_| player.begun.with(Option::is_some));
    let last = Memo::new(move |_| page.run.config.with(|config| config.eval.steps));
    let shown = Memo::new(move |_| page.view.replayed.get().map(|step| step.min(last.get())));
    let words = Memo::new(move |_| now(page));
    let slider = NodeRef::<Input>::new();
    let name = move || if plays.get() { page.locale().replay_stop() } else { page.locale().replay_play() };
    let told = move || words.get().unwrap_or_else(|| page.locale().replay_off().to_owned());
    let press = move |event: KeyboardEvent| {
        let here = shown.get_untracked();
        let there = match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => Some(here.map_or(0, |step| (step + 1).min(player.last()))),
            "ArrowLeft" | "ArrowDown" => Some(here.map_or(0, |step| step.saturating_sub(1))),
            "Home" => Some(0),
            "End" => Some(player.last()),
            "Escape" if here.is_some() => None,
            _ => return,
        };
        event.prevent_default();
        player.choose(there);
    };
    view! {
        <div class="replay" role="group" aria-label=page.words(Locale::replay)>
            <button
                type="button"
                class="icon"
                class:running=plays
                aria-label=name
                title=name
                on:click=move |_| if plays.get_untracked() { player.stop() } else { player.play() }
                on:keydown=move |event| if event.key() == "Escape" { press(event) }
            >
                <span class="glyph" aria-hidden="true"></span>
            </button>
            <input
                node_ref=slider
                type="range"
                min="0"
                max=last
                step="1"
                aria-label=page.words(Locale::replay_step)
                aria-valuetext=told
                title=page.words(Locale::replay_help)
                prop:value=move || shown.get().unwrap_or(0).to_string()
                style:--fill=move || format!("{}%", 100 * shown.get().unwrap_or(0) / last.get().max(1))
                on:input=move |event| {
                    if let Ok(step) = event_target_value(&event).parse() {
                        player.choose(Some(step));
                    }
                }
                on:keydown=press
            />
            <span class="now">
                <span class="value" aria-hidden="true">
                    {move || words.get().unwrap_or_else(|| page.locale().replay().to_owned())}
                </span>
                <button
                    type="button"
                    class:unused=move || shown.get().is_none()
                    aria-disabled=move || shown.get().is_none().to_string()
                    on:click=move |_| {
                        player.choose(None);
                        // The button goes.
                        if let Some(slider) = slider.get_untracked() {
                            let _ = slider.focus();
                        }
                    }
                >
                    {page.words(Locale::replay_all)}
                </button>
            </span>
        </div>
    }
}

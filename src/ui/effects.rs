//! What follows from a person's actions: commands to the engine, and requests to the browser.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::engine_link::EngineLink;
use super::lazy_chunk::with_lazy_chunk;
use super::page::{Evaluation, Page};
use super::shell::{address, browser, preferences};
use crate::app::action::Action;
use crate::app::formatting;
use crate::app::pretrained;
use crate::app::problem::Problem;
use crate::app::update::{App, Effect, EngineRequest};
use crate::domain::config::error::ConfigError;
use crate::domain::config::preset::Preset;
use crate::domain::config::pretrained::Pretrained;
use crate::domain::cost::{Cost, Spent};
use crate::domain::history::History;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{self, Command, Evaluate, Failure, GoTo, ReadMoment, Step};
use crate::i18n::message;

impl Page {
    /// Does what a person did, and what follows from it.
    pub fn dispatch(self, action: Action) {
        // The browser's history leads back over presets, not over each slider.
        let is_entry = matches!(action, Action::ChoosePreset { .. });
        if is_entry {
            address::write(self);
        }
        for effect in self.update(action) {
            perform(self, effect);
        }
        if is_entry {
            address::push(self);
        }
    }

    /// The same, and waits until the engine has done what follows from it: for scripts.
    ///
    /// # Errors
    /// The engine's, or a field holds a refused text, so that no run can begin.
    pub async fn act(self, action: Action) -> Result<(), Failure> {
        let is_training = matches!(action, Action::Train | Action::TrainAgain | Action::Step { .. });
        if is_training {
            self.with_app(App::is_allowed).map_err(Failure::Config)?;
        }
        for effect in self.update(action) {
            match effect {
                Effect::Engine(request) => {
                    self.make_way(request);
                    answer(self, request, false).await?;
                }
                Effect::Reach { moment, kept } => self.travelled(self.set_out(moment), moment, kept).await?,
                effect => perform(self, effect),
            }
        }
        Ok(())
    }

    /// Calls off what is on its way where this ends it, at once: what is asked for after it waits for nothing.
    fn make_way(self, request: EngineRequest) {
        if matches!(request, EngineRequest::Pause | EngineRequest::Reset) {
            self.call_off();
        }
    }

    /// Whether the page's Config alone has trained the run, and so trains it again, as far as the engine has said.
    pub fn is_of_config(self) -> bool {
        let has_trained_all =
            self.run.status.with_untracked(|status| status.as_ref().is_none_or(|status| status.is_of_config));
        has_trained_all && self.run.remark.with_untracked(Option::is_none)
    }

    /// Trains, or stops training; a run that is finished begins again.
    pub fn train_or_pause(self) {
        self.dispatch(match (self.run.running.get_untracked(), self.run.finished.get_untracked()) {
            (true, _) => Action::Pause,
            (false, true) => Action::TrainAgain,
            (false, false) => Action::Train,
        });
    }
}

/// Carries an effect out; what goes wrong with it is a problem.
fn perform(page: Page, effect: Effect) {
    match effect {
        Effect::Synchronise => page.changed(),
        Effect::Restart => page.connect(),
        Effect::SkipAhead => with_lazy_chunk(page, move |chunk| (chunk.skip_ahead)(page)),
        Effect::LoadFile { name, bytes } => with_lazy_chunk(page, move |chunk| (chunk.load_file)(page, name, &bytes)),
        Effect::ForgetBranch => page.results.other_branch.update(History::clear),
        Effect::Evaluate => evaluate(page),
        Effect::CancelRequests => page.send(Command::CancelRequests),
        Effect::Compare => with_lazy_chunk(page, move |chunk| (chunk.compare)(page)),
        Effect::PauseComparison(paused) => with_lazy_chunk(page, move |chunk| (chunk.pause_comparison)(page, paused)),
        Effect::CancelComparison => with_lazy_chunk(page, move |chunk| (chunk.cancel_comparison)(page)),
        Effect::UseRun(slot) => with_lazy_chunk(page, move |chunk| (chunk.use_run)(page, slot)),
        Effect::Search => with_lazy_chunk(page, move |chunk| (chunk.begin_search)(page)),
        Effect::PauseSearch(paused) => with_lazy_chunk(page, move |chunk| (chunk.pause_search)(page, paused)),
        Effect::CancelSearch => with_lazy_chunk(page, move |chunk| (chunk.cancel_search)(page)),
        Effect::UseCandidate(candidate) => with_lazy_chunk(page, move |chunk| (chunk.use_candidate)(page, candidate)),
        Effect::Speak(locale) => page.speak(locale, true),
        Effect::RememberScheme(scheme) => preferences::remember_scheme(scheme),
        Effect::Reach { moment, kept } => page.reach(moment, kept),
        Effect::Engine(request) => {
            page.make_way(request);
            spawn_local(async move {
                match answer(page, request, true).await {
                    // An interruption by the user needs no notice, and a lost engine is reported elsewhere.
                    Ok(()) | Err(Failure::Interrupted | Failure::NotOpen) => {}
                    Err(failure) => page.report(Problem::Engine(failure)),
                }
            });
        }
    }
}

/// Sends a command for the run to the engine, and waits until it is executed; `watched` says whether a person gave it.
///
/// # Errors
/// The engine's.
async fn answer(page: Page, request: EngineRequest, watched: bool) -> Result<(), Failure> {
    let locale = page.appearance.locale.get_untracked();
    match request {
        EngineRequest::Train => {
            page.ready_to_train().await?;
            page.announce(locale.run_started());
            page.request(Command::Start { watched }).await
        }
        EngineRequest::Continue => page.request(Command::Continue).await,
        EngineRequest::Pause => {
            page.announce(
                locale
                    .format(message::RunPausedAt { iteration: formatting::count(page.run.iteration.get_untracked()) }),
            );
            page.request(Command::Pause).await
        }
        EngineRequest::Step(count) => {
            page.ready_to_train().await?;
            page.request(Step { count }).await
        }
        EngineRequest::Reset => page.request(Command::Reset).await,
        EngineRequest::Recall => page.request(Command::Recall).await,
        EngineRequest::SetPace(pace) => page.request(Command::SetPace { pace }).await,
        EngineRequest::GoTo(iteration) if watched => page.scrub(iteration).await,
        EngineRequest::GoTo(iteration) => page.request(GoTo { iteration }).await.map(drop),
        EngineRequest::Keep(on) => page.keep(on).await,
        EngineRequest::WatchAlignment(on) => page.request(Command::WatchAlignment { on }).await,
        EngineRequest::UseBackend { preference, before } => {
            let answer = page.request(Command::UseBackend { preference }).await;
            match answer {
                // One that cannot be had leaves the one before.
                Err(Failure::Backend(_)) => page.correct(|app: &mut App| app.put_back_preference(preference, before)),
                // The next engine is opened with it.
                Err(Failure::NotOpen) => return Ok(()),
                _ => {}
            }
            answer
        }
    }
}

impl Page {
    /// Keeps the θ that is shown for comparison, or lets go of the one that is kept. The page has it, too: another engine
    /// is sent it.
    ///
    /// # Errors
    /// The engine's.
    pub async fn keep(self, on: bool) -> Result<(), Failure> {
        let moment = if on { Some(self.request(ReadMoment).await?) } else { None };
        self.results.kept_by.set_value(self.is_of_config().then(|| self.run.config.get_untracked()));
        self.results.kept.set(moment.clone());
        self.request(Command::Pin { moment }).await
    }

    /// Shows the moment that a person wants now: of those that are wanted while another one is on its way, the last.
    async fn scrub(self, iteration: Option<u64>) -> Result<(), Failure> {
        let waits = |engine: &mut EngineLink| {
            engine.scrub.next = Some(GoTo { iteration });
            std::mem::replace(&mut engine.scrub.is_under_way, true)
        };
        if self.engine.try_update_value(waits).unwrap_or(true) {
            return Ok(());
        }
        let generation = self.engine.with_value(|engine| engine.generation);
        let mut answer = Ok(());
        while let Some(next) = self.engine.try_update_value(|engine| engine.scrub.next.take()).flatten() {
            answer = self.request(next).await.map(drop);
        }
        // Another engine has not been asked for any.
        self.engine.update_value(|engine| engine.scrub.is_under_way &= engine.generation != generation);
        answer
    }
}

/// Runs the evaluation protocol at the present θ.
fn evaluate(page: Page) {
    if page.results.evaluating.get_untracked() {
        return;
    }
    page.results.evaluating.set(true);
    spawn_local(async move {
        match page.request(Evaluate).await {
            Ok(protocol::Evaluation { config, iteration, provenance, curve }) => {
                page.results.evaluation.set(Some(Evaluation { curve, iteration, provenance, config }));
            }
            Err(Failure::Cancelled | Failure::NotOpen) => {}
            Err(failure) => page.report(Problem::Engine(failure)),
        }
        page.results.evaluating.set(false);
    });
}

/// Loads the pretrained θ that stands in for the present run's.
pub(super) fn skip_ahead(page: Page) {
    let preset = page.run.config.with_untracked(pretrained::preset_for);
    page.call_off();
    let number = page.last_number();
    page.results.skipping.set(true);
    spawn_local(async move {
        if let Err(problem) = load_pretrained(page, preset, number).await {
            page.report(problem);
        }
        page.results.skipping.set(false);
    });
}

/// Loads a pretrained θ with the Config that made it, unless something else than the [moment](Page::set_out) of this number
/// was opened, or the run was begun anew, while it was on its way.
async fn load_pretrained(page: Page, preset: Preset, number: u64) -> Result<(), Problem> {
    let address = pretrained::address(preset);
    let failed = |detail| Problem::SkipAhead { address: address.clone(), detail };
    let text = browser::fetch_text(&address).await.map_err(failed)?;
    let in_words = |error: ConfigError| failed(error.message(page.appearance.locale.get_untracked()));
    let Pretrained { config, iteration, theta } = Pretrained::from_json(&text).map_err(in_words)?;
    if !page.is_last(number) {
        return Ok(());
    }
    let train_state = TrainState { iteration, ..TrainState::new(theta) };
    // How long it took is another machine's business.
    let spent = Spent { cost: Cost::of(&config, iteration), seconds: 0.0 };
    let restore = Command::Restore { config: config.clone(), train_state, spent };
    page.request(restore).await.map_err(Problem::Engine)?;
    page.dispatch(Action::LoadConfig { config: Box::new(config) });
    page.accepted();
    Ok(())
}

//! Synchronises page and engine: events become signals, and changes of the state become Commands.
//!
//! Edits are gathered until the next animation frame, and a Config is sent only when the engine has taken the one
//! before: a drag that makes hundreds of Configs never piles them up.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::engine_link::EngineLink;
use super::lazy_chunk;
use super::page::Page;
use crate::app::action::Action;
use crate::app::preview_input::PreviewInput;
use crate::app::problem::Problem;
use crate::app::state::Panel;
use crate::app::update::App;
use crate::app::views::{self, Made};
use crate::domain::config::Config;
use crate::domain::history::History;
use crate::engine::protocol::{Call, Command, Event, ExperimentId, Failure, View, ViewResult};
use crate::engine::web::client::Client;

impl Page {
    /// Starts an engine with the present Config in place of the one before, from its last checkpoint.
    pub fn connect(self) {
        let config = self.run.config.get_untracked();
        let mut checkpoint = self.engine.with_value(|engine| engine.checkpoint.clone());
        let restore = checkpoint.restore(&config);
        if let Some(old) = self.engine.try_update_value(|engine| engine.client.take()).flatten() {
            old.stop();
        }
        let (generation, reach) = self
            .engine
            .try_update_value(|engine| (engine.generation + 1, std::mem::take(&mut engine.reach)))
            .unwrap_or_default();
        let is_current = move || self.engine.with_value(|engine| engine.generation) == generation;
        self.engine.set_value(EngineLink {
            generation,
            accepted: Some(config.clone()),
            checkpoint,
            reach,
            ..EngineLink::default()
        });
        self.run.status.set(None);
        self.run.pending.set(false);
        self.forget_points();
        self.results.baseline.set(None);
        self.run.crash.set(None);
        let client = Client::start(move |event| {
            if is_current() {
                self.take_event(event);
            }
        });
        self.engine.update_value(|engine| engine.client = Some(client));
        self.send(Command::Open { config: config.clone(), preference: self.run.preference.get_untracked() });
        if let Some(restore) = restore {
            self.restore(restore, generation);
        }
        self.send(Command::SetPace { pace: self.run.speed.get_untracked() });
        self.send(Command::WatchAlignment { on: untrack(|| self.is_open(Panel::Alignment)) });
        if let moment @ Some(_) = self.results.kept.get_untracked() {
            self.send(Command::Pin { moment });
        }
        self.send_changes();
    }

    /// Has a new engine take the lost one's run over, and train on if that one did.
    fn restore(self, restore: Command, generation: u32) {
        let Command::Restore { config, .. } = &restore else { return };
        let restored = config.clone();
        spawn_local(async move {
            let answer = self.request(restore).await;
            if answer == Err(Failure::NotOpen) || self.engine.with_value(|engine| engine.generation) != generation {
                // This engine was lost, too: the next one takes the run over.
                return;
            }
            let trains = self.engine.try_update_value(|engine| engine.checkpoint.settle()).unwrap_or(false);
            match answer {
                Ok(()) => {
                    self.engine.update_value(|engine| engine.accepted = Some(restored));
                    self.changed();
                    if trains {
                        self.send(Command::Start { watched: true });
                    }
                }
                Err(failure) => self.report(Problem::Engine(failure)),
            }
        });
    }

    /// The engine's page end, for commands of other parts of the page.
    #[must_use]
    pub fn client(self) -> Option<Client> {
        self.engine.with_value(|engine| engine.client.clone())
    }

    /// Sends a call whose reply nobody needs; what goes wrong with it comes back as a problem.
    pub fn send(self, call: impl Call) {
        if let Some(client) = self.client() {
            client.send(call);
        }
    }

    /// Sends a call and waits for its reply.
    ///
    /// # Errors
    /// The engine's answer is a failure.
    pub async fn request<C: Call>(self, call: C) -> Result<C::Reply, Failure> {
        match self.client() {
            Some(client) => client.request(call).await,
            None => Err(Failure::NotOpen),
        }
    }

    /// Sends changes of Config, task, shots and views at the next animation frame.
    pub fn changed(self) {
        let config_changed = self
            .engine
            .with_value(|engine| self.run.config.with_untracked(|config| engine.accepted.as_ref() != Some(config)));
        self.run.pending.set(config_changed);
        let scheduled = self.engine.try_update_value(|engine| std::mem::replace(&mut engine.scheduled, true));
        if scheduled == Some(false) {
            request_animation_frame(move || {
                self.engine.update_value(|engine| engine.scheduled = false);
                self.send_changes();
            });
        }
    }

    /// Replaces the Config, as the scripting API does: waits until the engine has taken it over.
    ///
    /// # Errors
    /// The engine refuses it; nothing has changed then.
    pub async fn configure(self, config: Config) -> Result<(), Failure> {
        self.hand_over(config.clone()).await?;
        self.dispatch(Action::LoadConfig { config: Box::new(config) });
        Ok(())
    }

    /// Waits until the engine runs by the page's Config.
    ///
    /// # Errors
    /// The engine refuses it.
    pub async fn configured(self) -> Result<(), Failure> {
        self.hand_over(self.run.config.get_untracked()).await?;
        self.changed();
        Ok(())
    }

    /// Has the engine take a Config over.
    async fn hand_over(self, config: Config) -> Result<(), Failure> {
        self.request(Command::Configure { config: config.clone() }).await?;
        self.engine.update_value(|engine| engine.accepted = Some(config));
        Ok(())
    }

    /// Notes that the engine runs with the page's present Config: it was restored together with θ.
    pub fn accepted(self) {
        self.runs_by(self.run.config.get_untracked());
    }

    /// Notes that the engine runs with this Config, and sends the page's if it is another one.
    pub fn runs_by(self, config: Config) {
        self.engine.update_value(|engine| engine.accepted = Some(config));
        self.changed();
    }

    fn send_changes(self) {
        let config = self.run.config.get_untracked();
        let shown = (self.view.preview_input.with_untracked(PreviewInput::curve), self.view.shots.get_untracked());
        let (send_config, send_shown) = self.engine.with_value(|engine| {
            (!engine.configuring && engine.accepted.as_ref() != Some(&config), engine.asked.as_ref() != Some(&shown))
        });
        if send_config {
            self.send_config(config);
        }
        let every_step = self.view.replayed.with_untracked(Option::is_some);
        if self.engine.with_value(|engine| engine.every_step != every_step) {
            self.engine.update_value(|engine| engine.every_step = every_step);
            self.send(Command::PredictEveryStep { on: every_step });
        }
        if send_shown {
            let (curve, shots) = shown.clone();
            self.engine.update_value(|engine| engine.asked = Some(shown));
            self.send(Command::Preview { curve, shots });
        }
        let views = self.with_app(|app| views::wanted(app.state()));
        if self.engine.with_value(|engine| engine.watched != views) {
            self.engine.update_value(|engine| engine.watched.clone_from(&views));
            self.send(Command::WatchViews { views });
        }
    }

    fn send_config(self, config: Config) {
        let generation = self.engine.with_value(|engine| engine.generation);
        self.engine.update_value(|engine| engine.configuring = true);
        spawn_local(async move {
            let answer = self.request(Command::Configure { config: config.clone() }).await;
            if self.engine.with_value(|engine| engine.generation) != generation {
                return;
            }
            self.engine.update_value(|engine| engine.configuring = false);
            match answer {
                Ok(()) => self.engine.update_value(|engine| engine.accepted = Some(config)),
                // The next engine is opened with it.
                Err(Failure::NotOpen) => return,
                Err(failure) => {
                    self.report(Problem::Engine(failure));
                    // Restore the Config that the engine runs, unless it was edited meanwhile.
                    let accepted = self.engine.with_value(|engine| engine.accepted.clone());
                    if let Some(accepted) = accepted {
                        self.correct(|app: &mut App| app.put_back(&config, accepted));
                    }
                }
            }
            self.changed();
        });
    }

    /// The charts over meta-iterations begin anew.
    fn forget_points(self) {
        self.results.history.update(History::clear);
        self.results.other_branch.update(History::clear);
        self.results.alignment.update(History::clear);
    }

    /// Handles one event.
    fn take_event(self, event: Event) {
        self.engine.update_value(|engine| {
            if let EngineLink { accepted: Some(config), checkpoint, .. } = engine {
                checkpoint.note(&event, config);
            }
        });
        match event {
            Event::Status(status) => self.run.status.set(Some(status)),
            Event::Preview(preview) => self.results.preview.set(preview),
            Event::View(view) => self.take_view(*view),
            Event::HeldOut(point) => self.results.history.update(|history| history.push(point)),
            Event::Baseline { tasks, curve } => self.results.baseline.set(Some((tasks, curve))),
            Event::Alignment(point) => self.results.alignment.update(|history| {
                if history.points().last().is_some_and(|last| last.batch != point.batch) {
                    history.clear();
                }
                history.push(point);
            }),
            Event::Experiment { id, run, progress } => {
                // Only the lazy chunk begins experiments, so it is loaded.
                if let Some(chunk) = lazy_chunk::loaded() {
                    (chunk.take_progress)(self, id, run, progress);
                }
            }
            Event::Placed { id, placement } => {
                if self.results.searching.with_untracked(|searching| searching.is_of(id)) {
                    self.results.placement.set(Some(placement));
                }
            }
            Event::Restarted => self.forget_points(),
            Event::Branched { iteration } => {
                let left =
                    self.results.history.try_update(|history| history.split_after(iteration)).unwrap_or_default();
                self.results.other_branch.set(left);
                self.results.alignment.update(|history| drop(history.split_after(iteration)));
            }
            Event::Crashed(cause) => {
                self.run.status.update(|status| {
                    if let Some(status) = status {
                        status.running = false;
                    }
                });
                // The runs of experiments, and their θ, have gone with it.
                self.results.last_experiment.update_value(|ExperimentId(last)| *last += 1);
                self.run.crash.set(Some(cause));
            }
            // Whoever interrupted the steps knows; greeting and answers are the client's.
            Event::Problem(Failure::Interrupted)
            | Event::Checkpoint(_)
            | Event::Hello { .. }
            | Event::Answer { .. } => {}
            Event::Problem(failure) => self.report(Problem::Engine(failure)),
        }
    }

    /// Takes a view that is watched.
    fn take_view(self, view: View) {
        match view.result.clone() {
            ViewResult::TaskMap(map) => self.results.task_map.set(Some(Made::of(view, map))),
            ViewResult::ThetaMap(map) => self.results.theta_map.set(map.map(|it| Made::of(view, it))),
            ViewResult::Wheel(wheel) => self.results.wheel.set(wheel.map(|it| Made::of(view, it))),
            ViewResult::Activity(activity) => self.results.activity.set(Some(Made::of(view, *activity))),
            ViewResult::LossSurface(surface) => self.results.loss_surface.set(surface.map(|it| Made::of(view, it))),
            // It is asked for, and comes as an answer.
            ViewResult::PairSurface(_) => {}
        }
    }
}

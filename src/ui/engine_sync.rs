//! The page's tie to the engine: events become signals, and changes of signals become Commands.
//!
//! Edits are gathered until the next animation frame, and a Config is sent only when the engine has taken the one
//! before: a drag that makes hundreds of Configs never piles them up.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::history::History;
use super::state::{Lab, Owner, Problem};
use crate::app::preview_input::Subject;
use crate::domain::config::Config;
use crate::domain::curve::TrueCurve;
use crate::domain::network::Network;
use crate::domain::outer_optimizer::Learner;
use crate::engine::web::client::Client;
use crate::engine::protocol::{Command, Event, Failure, Reply};

/// The engine, and what it has been told.
#[derive(Default)]
pub struct Link {
    client: Option<Client>,
    /// Counts engines, so that a late word of an old one is not taken for the new one's.
    generation: u32,
    /// Whether the next animation frame will send changes.
    scheduled: bool,
    /// Whether a Config is on its way.
    configuring: bool,
    /// The Config that the engine has taken over.
    accepted: Option<Config>,
    /// The curve and shots that the engine was asked to show.
    asked: Option<(TrueCurve, Vec<[f32; 2]>)>,
    /// What the next engine goes on from, should this one be lost.
    checkpoint: Option<Learner>,
}

impl Lab {
    /// Starts an engine with the present Config, in place of the one before, from where that one was last seen.
    pub fn connect(self) {
        let config = self.run.config.get_untracked();
        let parameters = Network::new(&config.model).parameters();
        let checkpoint = self.link.try_update_value(|link| link.checkpoint.take()).flatten();
        let checkpoint = checkpoint.filter(|learner| learner.theta.len() == parameters);
        let spent = self.run.status.with_untracked(|status| status.as_ref().map(|status| status.spent));
        if let Some(old) = self.link.try_update_value(|link| link.client.take()).flatten() {
            old.stop();
        }
        let generation = self.link.with_value(|link| link.generation) + 1;
        let is_current = move || self.link.with_value(|link| link.generation) == generation;
        self.link.set_value(Link { generation, accepted: Some(config.clone()), ..Link::default() });
        self.run.status.set(None);
        self.run.pending.set(false);
        self.forget_points();
        self.seen.baseline.set(None);
        self.trouble.crash.set(None);
        let client = Client::start(move |event| {
            if is_current() {
                self.hear(event);
            }
        });
        self.link.update_value(|link| link.client = Some(client));
        self.send(Command::Open { config: config.clone(), preference: self.run.preference.get_untracked() });
        if let Some(learner) = checkpoint {
            self.send(Command::Restore { config, learner, spent: spent.unwrap_or_default() });
        }
        self.send(Command::LimitSpeed { per_second: self.run.speed.get_untracked() });
        self.send(Command::WatchAlignment { on: self.shown.alignment.get_untracked() });
        self.send_changes();
    }

    /// The engine's page end, for commands of other parts of the page.
    #[must_use]
    pub fn client(self) -> Option<Client> {
        self.link.with_value(|link| link.client.clone())
    }

    /// Sends a command; what goes wrong with it comes back as a problem.
    pub fn send(self, command: Command) {
        if let Some(client) = self.client() {
            client.send(command);
        }
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// The engine's answer is a failure.
    pub async fn request(self, command: Command) -> Result<Reply, Failure> {
        match self.client() {
            Some(client) => client.request(command).await,
            None => Err(Failure::NotOpen),
        }
    }

    /// Sends changes of Config, task and shots at the next animation frame. The shown task follows a distribution that
    /// leaves it no choice.
    pub fn changed(self) {
        let following = self
            .shown
            .subject
            .with_untracked(|subject| self.run.config.with_untracked(|config| subject.following(config)));
        if let Some(task) = following {
            self.shown.subject.update(|subject| subject.choose(task));
        }
        let config_changed = self
            .link
            .with_value(|link| self.run.config.with_untracked(|config| link.accepted.as_ref() != Some(config)));
        self.run.pending.set(config_changed);
        let scheduled = self.link.try_update_value(|link| std::mem::replace(&mut link.scheduled, true));
        if scheduled == Some(false) {
            request_animation_frame(move || {
                self.link.update_value(|link| link.scheduled = false);
                self.send_changes();
            });
        }
    }

    /// Replaces the Config, as the scripting API does: waits until the engine has taken it over.
    ///
    /// # Errors
    /// The engine refuses it; nothing has changed then.
    pub async fn configure(self, config: Config) -> Result<Reply, Failure> {
        let reply = self.request(Command::Configure { config: config.clone() }).await?;
        self.remember("config");
        self.run.config.set(config.clone());
        self.link.update_value(|link| link.accepted = Some(config));
        self.changed();
        Ok(reply)
    }

    /// Notes that the engine runs with the page's present Config: it was restored together with θ.
    pub fn accepted(self) {
        let config = self.run.config.get_untracked();
        self.link.update_value(|link| link.accepted = Some(config));
        self.changed();
    }

    fn send_changes(self) {
        let config = self.run.config.get_untracked();
        let shown = (self.shown.subject.with_untracked(Subject::curve), self.shown.shots.get_untracked());
        let (send_config, send_shown) = self.link.with_value(|link| {
            (!link.configuring && link.accepted.as_ref() != Some(&config), link.asked.as_ref() != Some(&shown))
        });
        if send_config {
            self.send_config(config);
        }
        if send_shown {
            let (curve, shots) = shown.clone();
            self.link.update_value(|link| link.asked = Some(shown));
            self.send(Command::Show { curve, shots });
        }
    }

    fn send_config(self, config: Config) {
        let generation = self.link.with_value(|link| link.generation);
        self.link.update_value(|link| link.configuring = true);
        spawn_local(async move {
            let answer = self.request(Command::Configure { config: config.clone() }).await;
            if self.link.with_value(|link| link.generation) != generation {
                return;
            }
            self.link.update_value(|link| link.configuring = false);
            match answer {
                Ok(_) => self.link.update_value(|link| link.accepted = Some(config)),
                Err(failure) => {
                    self.report(Problem::Engine(failure));
                    // Back to what the engine runs, unless a later edit is waiting.
                    let accepted = self.link.with_value(|link| link.accepted.clone());
                    if let Some(accepted) = accepted.filter(|_| self.run.config.get_untracked() == config) {
                        self.run.config.set(accepted);
                    }
                }
            }
            self.changed();
        });
    }

    /// The charts over meta-iterations begin anew.
    fn forget_points(self) {
        self.seen.history.update(History::clear);
        self.seen.alignment.update(History::clear);
    }

    /// Takes one event in.
    fn hear(self, event: Event) {
        match event {
            Event::Status(status) => self.run.status.set(Some(status)),
            Event::Picture(picture) => self.seen.picture.set(picture),
            Event::HeldOut(point) => self.seen.history.update(|history| history.push(point)),
            Event::Baseline { tasks, curve } => self.seen.baseline.set(Some((tasks, curve))),
            Event::Checkpoint(learner) => self.link.update_value(|link| link.checkpoint = Some(learner)),
            Event::Alignment(point) => self.seen.alignment.update(|history| {
                if history.points().last().is_some_and(|last| last.batch != point.batch) {
                    history.clear();
                }
                history.push(point);
            }),
            Event::Series { member, progress } => match self.owner.get_untracked() {
                Some(Owner::Search) => self.search.hear(member, progress),
                Some(Owner::Comparison) => self.comparison.update(|comparison| comparison.hear(member, progress)),
                None => {}
            },
            Event::SeriesAt(place) => {
                if self.owner.get_untracked() == Some(Owner::Search) {
                    self.search.place.set(Some(place));
                }
            }
            Event::Restarted => self.forget_points(),
            Event::Crashed(cause) => {
                self.run.status.update(|status| {
                    if let Some(status) = status {
                        status.running = false;
                    }
                });
                self.trouble.crash.set(Some(cause));
            }
            // Whoever interrupted the steps knows; greeting and answers are the client's.
            Event::Problem(Failure::Interrupted) | Event::Hello { .. } | Event::Answer { .. } => {}
            Event::Problem(failure) => self.report(Problem::Engine(failure)),
        }
    }
}

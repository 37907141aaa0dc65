//! What a person can do, as methods of the page: edits of the run and of what is shown, and commands to the engine.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::state::{Evaluation, Page, Problem, Snapshot};
use crate::app::formatting;
use crate::app::pretrained;
use crate::app::preview_input::PreviewInput;
use crate::domain::config::Config;
use crate::domain::config::error::ConfigError;
use crate::domain::config::preset::Preset;
use crate::domain::config::pretrained::Pretrained;
use crate::domain::cost::{Cost, Spent};
use crate::domain::task::{Task, shown_task};
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{self, Command, Evaluate, Preference, Step};
use crate::ui::shell::browser;

impl Page {
    /// Changes one field of the Config.
    ///
    /// # Errors
    /// The value is refused; nothing has changed then.
    pub fn edit(self, path: &str, value: Value) -> Result<(), ConfigError> {
        let before = self.run.config.get_untracked();
        let mut config = before.clone();
        config.set(path, value)?;
        if config != before {
            self.push_undo(path);
            if config.eval.shots != before.eval.shots {
                self.view.preview_input.update(|preview_input| preview_input.placed = None);
            }
            self.run.config.set(config);
            self.changed();
        }
        Ok(())
    }

    /// Goes on by another algorithm, with that one's usual settings.
    ///
    /// # Errors
    /// There is no algorithm of that name.
    pub fn choose_algorithm(self, name: Value) -> Result<(), ConfigError> {
        let config = self.run.config.get_untracked();
        // Of a plain run, as the settings at hand may not go with it.
        let mut named = Config::default();
        named.set("algorithm", name)?;
        if named.algorithm != config.algorithm {
            self.replace(config.with_algorithm(named.algorithm));
        }
        Ok(())
    }

    /// Replaces the whole Config: a preset or a file.
    pub fn replace(self, config: Config) {
        if self.run.config.with_untracked(|before| *before != config) {
            self.push_undo("config");
            self.run.drafts.update(std::collections::BTreeMap::clear);
            self.run.config.set(config);
            self.changed();
        }
    }

    /// Changes task or shots; edits of one `kind` in quick succession are undone together.
    pub fn show(self, kind: &str, change: impl FnOnce(&mut PreviewInput, &Config)) {
        self.push_undo(kind);
        self.run
            .config
            .with_untracked(|config| self.view.preview_input.update(|preview_input| change(preview_input, config)));
        self.changed();
    }

    /// Shows a task.
    pub fn show_task(self, task: Task) {
        self.show("task", |preview_input, _| preview_input.choose(task));
    }

    /// Shows a task drawn from the training distribution.
    pub fn show_random_task(self) {
        let number = self.view.next_task.get_value();
        self.view.next_task.set_value(number + 1);
        let task = self.run.config.with_untracked(|config| shown_task(&config.tasks, config.seed, number));
        self.show("random task", |preview_input, _| preview_input.choose(task));
    }

    /// Adds a shot at a point of the fit chart.
    pub fn add_shot(self, point: [f32; 2]) {
        let mut added = true;
        self.show("add shot", |preview_input, config| added = preview_input.add(config, point));
        if !added {
            self.report(Problem::TooManyShots);
        }
    }

    /// Shows or hides the prediction after some gradient steps.
    pub fn toggle_step(self, step: usize) {
        self.view.steps.update(|steps| match steps.binary_search(&step) {
            Ok(index) => {
                steps.remove(index);
            }
            Err(index) => steps.insert(index, step),
        });
    }

    /// Notes the present state for [`Page::undo_last`].
    pub(super) fn push_undo(self, kind: &str) {
        let snapshot = self.snapshot();
        self.undo.update(|undo| undo.record(kind, browser::now(), snapshot));
    }

    fn snapshot(self) -> Snapshot {
        Snapshot { config: self.run.config.get_untracked(), preview_input: self.view.preview_input.get_untracked() }
    }

    /// Ctrl+Z.
    pub fn undo_last(self) {
        let present = self.snapshot();
        let state = self.undo.try_update(|undo| undo.undo(present)).flatten();
        self.restore(state);
    }

    /// Ctrl+Y.
    pub fn redo_last(self) {
        let present = self.snapshot();
        let state = self.undo.try_update(|undo| undo.redo(present)).flatten();
        self.restore(state);
    }

    fn restore(self, state: Option<Snapshot>) {
        if let Some(Snapshot { config, preview_input }) = state {
            self.run.drafts.update(std::collections::BTreeMap::clear);
            self.run.config.set(config);
            self.view.preview_input.set(preview_input);
            self.changed();
        }
    }

    /// Trains, or stops training.
    pub fn play_or_pause(self) {
        if self.run.running.get_untracked() {
            self.send(Command::Pause);
            let done = formatting::count(self.run.iteration.get_untracked());
            self.announce(self.appearance.locale.get_untracked().run_paused_at(done));
        } else if self.is_allowed() {
            self.send(Command::Start);
            self.announce(self.appearance.locale.get_untracked().run_started());
        }
    }

    /// Makes one meta-iteration.
    pub fn step(self) {
        if self.is_allowed() {
            self.send(Step { count: 1 });
        }
    }

    /// Begins again from the seed's initial θ.
    pub fn reset(self) {
        self.send(Command::Reset);
    }

    /// Whether a run may begin: no field holds a refused text. Says which one does.
    pub(super) fn is_allowed(self) -> bool {
        let fault = self.run.drafts.with_untracked(|drafts| drafts.values().find_map(|draft| draft.error.clone()));
        match fault {
            Some(error) => {
                self.report(Problem::Blocked(error));
                false
            }
            None => true,
        }
    }

    /// Trains no faster than this.
    pub fn limit_speed(self, per_second: Option<f64>) {
        self.run.speed.set(per_second);
        self.send(Command::LimitSpeed { per_second });
    }

    /// Asks for a backend; one that cannot be had leaves the one before.
    pub fn use_backend(self, preference: Preference) {
        let before = self.run.preference.get_untracked();
        self.run.preference.set(preference);
        spawn_local(async move {
            if let Err(failure) = self.request(Command::UseBackend { preference }).await {
                self.run.preference.set(before);
                self.report(Problem::Engine(failure));
            }
        });
    }

    /// Runs the evaluation protocol at the present θ.
    pub fn evaluate(self) {
        if self.results.evaluating.get_untracked() {
            return;
        }
        self.results.evaluating.set(true);
        spawn_local(async move {
            match self.request(Evaluate).await {
                Ok(protocol::Evaluation { iteration, curve }) => self.results.evaluation.set(Some(Evaluation {
                    curve,
                    iteration,
                    config: self.run.config.get_untracked(),
                })),
                Err(failure) => self.report(Problem::Engine(failure)),
            }
            self.results.evaluating.set(false);
        });
    }

    /// Loads a pretrained θ with the Config that made it.
    pub async fn skip_ahead(self) {
        let preset = self.run.config.with_untracked(pretrained::preset_for);
        if let Err(problem) = self.load_pretrained(preset).await {
            self.report(problem);
        }
    }

    async fn load_pretrained(self, preset: Preset) -> Result<(), Problem> {
        let address = pretrained::address(preset);
        let failed = |detail| Problem::SkipAhead { address: address.clone(), detail };
        let text = browser::fetch_text(&address).await.map_err(failed)?;
        let in_words = |error: ConfigError| failed(error.message(self.appearance.locale.get_untracked()));
        let Pretrained { config, iteration, theta } = Pretrained::from_json(&text).map_err(in_words)?;
        let train_state = TrainState { iteration, ..TrainState::new(theta) };
        // How long it took is another machine's business.
        let spent = Spent { cost: Cost::of(&config, iteration), seconds: 0.0 };
        let restore = Command::Restore { config: config.clone(), train_state, spent };
        self.request(restore).await.map_err(Problem::Engine)?;
        self.replace(config);
        self.accepted();
        Ok(())
    }

    /// Takes over the Config of a file.
    pub fn import(self, name: String, text: &str) {
        match Config::from_json(text) {
            Ok(config) => self.replace(config),
            Err(error) => self.report(Problem::Import { name, error }),
        }
    }
}

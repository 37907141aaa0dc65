//! Comparison and search as experiments of the engine: beginning, pausing, cancelling, and handling their progress.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::page::Page;
use super::shell::browser;
use crate::app::action::Action;
use crate::app::comparison::{ComparisonResults, PlannedRun, TASKS};
use crate::app::experiment::ExperimentState;
use crate::app::problem::Problem;
use crate::app::search::SearchResults;
use crate::chart::figure::Chart as _;
use crate::chart::plots::search::SearchChart;
use crate::domain::config::Config;
use crate::domain::cost::{Cost, Spent};
use crate::domain::evaluation::EvaluationSpec;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{
    BeginExperiment, Command, Experiment, ExperimentAction, ExperimentCommand, ExperimentId, Failure, Progress,
    ReadTrainState,
};
use crate::i18n::message;

/// The signal of one of the experiments' states.
type State = RwSignal<ExperimentState>;

impl Page {
    /// Starts an experiment, after pausing the training of the run: the experiment uses all processors.
    async fn make(self, state: State, experiment: Experiment) -> Result<(), Failure> {
        self.call_off();
        self.send(Command::Pause);
        let ExperimentId(last) = self.results.last_experiment.get_value();
        let id = ExperimentId(last + 1);
        self.results.last_experiment.set_value(id);
        state.update(|state| state.begin(id, experiment.runs.len(), browser::now()));
        let result = self.request(BeginExperiment { id, experiment }).await;
        let end = if result.is_ok() { ExperimentState::finish } else { ExperimentState::stop };
        let is_news = state.try_update(|state| end(state, id, browser::now())).unwrap_or(false);
        if is_news { result } else { result.and(Err(Failure::Superseded)) }
    }

    /// Pauses, resumes or cancels an experiment.
    fn control(self, state: State, action: ExperimentAction) {
        let now = browser::now();
        match action {
            ExperimentAction::Pause => state.update(|state| state.pause(now)),
            ExperimentAction::Resume => state.update(|state| state.resume(now)),
            _ => {}
        }
        if let Some(id) = state.with_untracked(ExperimentState::id) {
            self.send(ExperimentCommand { id, action });
        }
    }

    /// Handles the progress of a run of an experiment; that of an old experiment is dropped.
    pub(super) fn take_progress(self, id: ExperimentId, run: usize, progress: Progress) {
        let results = &self.results;
        if results.searching.with_untracked(|searching| searching.is_of(id)) {
            results.search.update(|search| {
                if let Some(search) = search {
                    search.take_progress(run, progress);
                }
            });
            let part = results.search.with_untracked(|search| search.as_ref()?.parts.get(run).copied());
            results.searching.update(|searching| searching.set_part(run, part.unwrap_or(0.0)));
        } else if results.comparing.with_untracked(|comparing| comparing.is_of(id)) {
            results.comparison.update(|comparison| comparison.take_progress(run, progress));
            let part = results.comparison.with_untracked(|comparison| comparison.part(run));
            results.comparing.update(|comparing| comparing.set_part(run, part));
        }
    }

    /// Runs the comparison that is planned, and measures all its runs on the tasks and by the protocol of one Config, of
    /// which at most [`TASKS`] held-out tasks are taken.
    ///
    /// # Errors
    /// The engine refuses a run, or the comparison is given up.
    pub async fn run_comparison(self, measured: Config) -> Result<(), Failure> {
        let Config { tasks: distribution, eval, .. } = measured;
        let shots = Some(self.view.shots.get_untracked());
        let evaluation = EvaluationSpec { distribution, tasks: TASKS.min(eval.tasks), eval, shots };
        let plan = self.comparison.get_untracked();
        if plan.runs.is_empty() {
            // The last run was deleted while the comparison was about to begin.
            return Err(Failure::Cancelled);
        }
        let experiment = plan.experiment(evaluation);
        self.results.comparison.set(ComparisonResults::of(&plan, experiment.clone()));
        self.make(self.results.comparing, experiment).await
    }

    pub(super) fn compare(self) {
        spawn_local(async move {
            match self.run_comparison(self.run.config.get_untracked()).await {
                // Whoever gave it up knows, and a lost engine is reported elsewhere.
                Ok(()) | Err(Failure::Cancelled | Failure::Superseded | Failure::NotOpen) => {}
                Err(failure) => self.report(Problem::Engine(failure)),
            }
        });
    }

    pub(super) fn pause_comparison(self, paused: bool) {
        self.control(self.results.comparing, pause_or_resume(paused));
    }

    pub(super) fn cancel_comparison(self) {
        self.control(self.results.comparing, ExperimentAction::Cancel);
    }

    /// Every run of the comparison adapts to the shots that are shown, while the engine holds its runs.
    pub(super) fn follow_shots(self) {
        Effect::new(move |before: Option<Vec<[f32; 2]>>| {
            let shots = self.view.shots.get();
            if before.is_some_and(|before| before != shots) && self.holds_compared_runs() {
                self.control(self.results.comparing, ExperimentAction::Preview { shots: shots.clone() });
            }
            shots
        });
    }

    /// Whether the engine still holds the runs of the comparison: those of the newest experiment.
    fn holds_compared_runs(self) -> bool {
        let last = self.results.last_experiment.get_value();
        self.results.comparing.with_untracked(|comparing| comparing.is_of(last))
    }

    /// Goes on with a run of the list: its Config, and its θ where it was trained.
    pub(super) fn use_run(self, slot: usize) {
        let Some(planned) = self.comparison.with_untracked(|plan| plan.run(slot).cloned()) else { return };
        let config = planned.config.clone();
        let load = |config| self.dispatch(Action::LoadConfig { config: Box::new(config) });
        let Some(run) = self.results.comparison.with_untracked(|results| results.first_run(&planned)) else {
            return load(config);
        };
        let id = self.results.comparing.with_untracked(ExperimentState::id).filter(|_| self.holds_compared_runs());
        let Some(id) = id else {
            // The engine keeps the runs of one experiment.
            load(config);
            return self.announce(self.appearance.locale.get_untracked().comparison_without_theta());
        };
        spawn_local(async move {
            let taken = async {
                let train_state = self.request(ReadTrainState { id, run }).await?;
                self.take_over(&planned, train_state).await
            };
            if let Err(failure) = taken.await {
                self.report(Problem::Engine(failure));
            }
        });
    }

    async fn take_over(self, planned: &PlannedRun, train_state: TrainState) -> Result<(), Failure> {
        self.call_off();
        let (mut config, iteration) = (planned.config.clone(), train_state.iteration);
        let (length, seconds) = self.results.comparison.with_untracked(|results| {
            let run = results.run(planned);
            let length = run.and_then(|run| run.last().iter().map(|point| point.iteration).max());
            let last = run.and_then(|run| run.seeds.first()?.last());
            (length.unwrap_or(iteration), last.map_or(0.0, |point| point.seconds))
        });
        let spent = Spent { cost: Cost::of(&config, iteration), seconds };
        config.outer.iterations = config.outer.iterations.max(length).max(iteration);
        self.request(Command::Restore { config: config.clone(), train_state, spent }).await?;
        self.dispatch(Action::LoadConfig { config: Box::new(config) });
        self.accepted();
        Ok(())
    }

    /// Begins the search that is planned, around the present Config.
    pub(super) fn begin_search(self) {
        let (config, plan) = (self.run.config.get_untracked(), self.search.get_untracked());
        let search = SearchResults::of(plan, config);
        let experiment = search.experiment(self.run.preference.get_untracked());
        self.results.search.set(Some(search));
        self.results.placement.set(None);
        spawn_local(async move {
            let locale = self.appearance.locale.get_untracked();
            match self.make(self.results.searching, experiment).await {
                Ok(()) => {
                    let best = untrack(|| {
                        SearchChart.with_figure(&self, |figure| {
                            let best = figure.search.best(figure.step);
                            best.map(|(best, _)| {
                                locale.format(message::SearchBest { words: figure.words(best, locale) })
                            })
                        })
                    });
                    self.announce(best.flatten().unwrap_or_else(|| locale.search_finished().to_owned()));
                }
                // A cancelled search needs no notice, and a lost engine is reported elsewhere.
                Err(Failure::Cancelled | Failure::Superseded | Failure::NotOpen) => {
                    self.announce(locale.search_stopped());
                }
                Err(failure) => self.report(Problem::Engine(failure)),
            }
        });
    }

    pub(super) fn pause_search(self, paused: bool) {
        self.control(self.results.searching, pause_or_resume(paused));
    }

    pub(super) fn cancel_search(self) {
        self.control(self.results.searching, ExperimentAction::Cancel);
    }

    /// Takes the settings of one of the search's combinations over.
    pub(super) fn use_candidate(self, candidate: usize) {
        let config = self.results.search.with_untracked(|found| found.as_ref()?.search.config(candidate));
        let locale = self.appearance.locale.get_untracked();
        let words = untrack(|| SearchChart.with_figure(&self, |figure| figure.words(candidate, locale)));
        if let (Some(config), Some(words)) = (config, words) {
            self.dispatch(Action::LoadConfig { config: Box::new(config) });
            self.announce(locale.format(message::SearchUsed { words }));
        }
    }
}

fn pause_or_resume(paused: bool) -> ExperimentAction {
    if paused { ExperimentAction::Pause } else { ExperimentAction::Resume }
}

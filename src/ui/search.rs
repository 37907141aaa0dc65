//! The hyperparameter search: what is to be searched, what was found, and how far it is.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::{Page, Problem};
use crate::app::experiment::ExperimentState;
use crate::app::labels;
use crate::chart::figure::Chart;
use crate::chart::plots::search::{SearchChart, SearchFigure};
use crate::domain::adaptation::reported_steps;
use crate::domain::config::Config;
use crate::domain::config::search::{self, RunOutcome, Search, SearchAxis, TASKS};
use crate::engine::experiments::MOST_RUNS;
use crate::engine::protocol::{
    BeginExperiment, Budget, Command, EvaluationSpec, Experiment, ExperimentAction, ExperimentCommand, ExperimentId,
    Failure, Measured, Placement, Progress,
};
use crate::i18n::Locale;
use crate::ui::shell::browser;

/// Values of an axis at first.
pub const USUAL_COUNT: usize = 6;

/// What a person asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// What varies: one parameter, or two of them.
    pub axes: [Option<SearchAxis>; 2],
    /// Whether combinations are drawn, and not those of a grid.
    pub is_random: bool,
    /// How many are drawn.
    pub draws: usize,
    /// How long each run is.
    pub budget: Budget,
    /// Seeds of each combination.
    pub seeds: usize,
}

impl Plan {
    /// Runs at most: fewer where combinations are equal, or make no Config.
    #[must_use]
    pub fn runs(&self) -> usize {
        let of_grid = || self.axes.iter().flatten().map(|axis| axis.count).product();
        self.seeds * if self.is_random { self.draws } else { of_grid() }
    }

    /// Why it cannot begin, in words.
    #[must_use]
    pub fn fault(&self, config: &Config, locale: Locale) -> Option<String> {
        let paths: Vec<&str> = self.axes.iter().flatten().map(|axis| axis.path).collect();
        if let [first, second] = paths[..]
            && first == second
        {
            return Some(locale.search_same().to_owned());
        }
        if let Some(unused) = paths.into_iter().find(|path| !config.uses(path)) {
            return Some(locale.search_unused(labels::searched(unused, locale)));
        }
        (self.runs() > MOST_RUNS).then(|| locale.search_too_many(MOST_RUNS, self.runs()))
    }
}

/// A search with what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The search.
    pub search: Search,
    /// What was asked for.
    pub plan: Plan,
    /// The run that it varies.
    pub config: Config,
}

/// The hyperparameter search. A handle of leptos, as every part of the page.
#[derive(Clone, Copy)]
pub struct SearchState {
    /// What is to be searched.
    pub plan: RwSignal<Plan>,
    /// The last search.
    pub found: RwSignal<Option<Found>>,
    /// Where its runs go, once that is known.
    pub place: RwSignal<Option<Placement>>,
    /// How far the search is.
    pub experiment: RwSignal<ExperimentState>,
    /// The gradient step after which errors are wanted; the last one, if it is not recorded.
    pub wanted_step: RwSignal<usize>,
}

impl SearchState {
    /// Nothing searched yet; at first, the two step lengths are to be.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let axes = ["inner.learning_rate", "outer.step_size"].map(|path| SearchAxis::around(config, path, USUAL_COUNT));
        let plan = Plan { axes, is_random: false, draws: 40, budget: Budget::Iterations(500), seeds: 1 };
        Self {
            plan: RwSignal::new(plan),
            found: RwSignal::new(None),
            place: RwSignal::new(None),
            experiment: RwSignal::new(ExperimentState::default()),
            wanted_step: RwSignal::new(usize::MAX),
        }
    }

    /// Takes in what one of its runs came to.
    pub fn take_progress(self, run: usize, progress: Progress) {
        let set_part = |part: f64| self.experiment.update(|experiment| experiment.set_part(run, part));
        let outcome = match progress {
            Progress::Point(Measured { iteration, curve, .. }) => RunOutcome::Measured { iteration, curve },
            Progress::Diverged { .. } => RunOutcome::Diverged,
            Progress::Trained { iteration, iterations } => return set_part(iteration as f64 / iterations as f64),
            Progress::Preview { .. } => return,
        };
        set_part(1.0);
        self.found.update(|found| {
            if let Some(slot) = found.as_mut().and_then(|found| found.search.outcomes.get_mut(run)) {
                *slot = Some(outcome);
            }
        });
    }

    /// Whether it is neither finished nor given up, tracked.
    #[must_use]
    pub fn is_under_way(self) -> bool {
        self.experiment.with(ExperimentState::is_under_way)
    }

    /// Runs that are over, and all of them, tracked.
    #[must_use]
    pub fn progress(self) -> (usize, usize) {
        self.found
            .with(|found| found.as_ref().map_or((0, 0), |found| (found.search.done(), found.search.outcomes.len())))
    }

    /// How much of all its runs is done, counted in runs, tracked.
    #[must_use]
    pub fn runs_done(self) -> f64 {
        self.experiment.with(ExperimentState::runs_done)
    }

    /// Seconds that the rest will take, at the pace so far.
    #[must_use]
    pub fn seconds_left(self) -> Option<f64> {
        self.experiment.with(|experiment| experiment.time_left(browser::now())).map(|left| left / 1000.0)
    }

    /// The recorded gradient steps, and the one after which errors are shown, tracked.
    #[must_use]
    pub fn steps(self) -> (Vec<usize>, usize) {
        let last = self.found.with(|found| found.as_ref().map_or(1, |found| found.config.eval.steps));
        let steps = reported_steps(last);
        let wanted = self.wanted_step.get();
        let step = if steps.contains(&wanted) { wanted } else { last };
        (steps, step)
    }

    fn begin(self, id: ExperimentId, found: Found) {
        let runs = found.search.outcomes.len();
        self.experiment.update(|experiment| experiment.begin(id, runs, browser::now()));
        self.found.set(Some(found));
        self.place.set(None);
    }
}

impl Page {
    /// Begins the search that is planned, around the present Config. The page's own training pauses.
    pub fn begin_search(self) {
        if !self.is_allowed() {
            return;
        }
        let (config, plan) = (self.run.config.get_untracked(), self.search.plan.get_untracked());
        let ordered =
            |axis: SearchAxis| SearchAxis { low: axis.low.min(axis.high), high: axis.low.max(axis.high), ..axis };
        let axes: Vec<SearchAxis> = plan.axes.into_iter().flatten().map(ordered).collect();
        let candidates = if plan.is_random {
            search::random(&config, &axes, plan.draws, config.seed)
        } else {
            search::grid(&config, &axes)
        };
        let search = Search::new(axes, !plan.is_random, candidates, plan.seeds);
        let evaluation =
            EvaluationSpec { distribution: config.tasks.clone(), eval: config.eval.clone(), tasks: TASKS, shots: None };
        let preference = self.run.preference.get_untracked();
        let experiment = Experiment { runs: search.runs(), budget: plan.budget, points: 1, evaluation, preference };
        if self.run.running.get_untracked() {
            self.send(Command::Pause);
        }
        let id = self.next_experiment();
        self.search.begin(id, Found { search, plan, config });
        spawn_local(async move {
            let failure = self.request(BeginExperiment { id, experiment }).await.err();
            let end = if failure.is_none() { ExperimentState::finish } else { ExperimentState::stop };
            if self.search.experiment.try_update(|search| end(search, id, browser::now())) == Some(true) {
                self.end_search(failure);
            }
        });
    }

    fn end_search(self, failure: Option<Failure>) {
        let locale = self.appearance.locale.get_untracked();
        let state = self.search;
        match failure {
            None => {
                let (_, step) = untrack(|| state.steps());
                let best = |figure: &SearchFigure<'_>| {
                    figure.search.best(step).map(|(best, _)| locale.search_best(figure.words(best, locale)))
                };
                let best = untrack(|| SearchChart.with_figure(&self, best));
                self.announce(best.flatten().unwrap_or_else(|| locale.search_finished().to_owned()));
            }
            // Whoever cancelled it knows, and an engine that is gone has said so itself.
            Some(Failure::Interrupted | Failure::NotOpen) => self.announce(locale.search_stopped()),
            Some(failure) => self.report(Problem::Engine(failure)),
        }
    }

    /// Has the search wait, or go on.
    pub fn pause_search(self, paused: bool) {
        let (change, action): (fn(&mut ExperimentState, f64), _) = if paused {
            (ExperimentState::pause, ExperimentAction::Pause)
        } else {
            (ExperimentState::resume, ExperimentAction::Resume)
        };
        self.search.experiment.update(|search| change(search, browser::now()));
        self.send_search(action);
    }

    /// Gives the search up; what it has found stays.
    pub fn cancel_search(self) {
        self.send_search(ExperimentAction::Cancel);
    }

    /// Has the engine do something with the search, if there has been one.
    fn send_search(self, action: ExperimentAction) {
        if let Some(id) = self.search.experiment.with_untracked(ExperimentState::id) {
            self.send(ExperimentCommand { id, action });
        }
    }

    /// Takes the settings of one of its combinations over.
    pub fn use_candidate(self, candidate: usize) {
        let found = self.search.found.with_untracked(|found| found.as_ref()?.search.config(candidate));
        let locale = self.appearance.locale.get_untracked();
        let words = untrack(|| SearchChart.with_figure(&self, |figure| figure.words(candidate, locale)));
        if let (Some(config), Some(words)) = (found, words) {
            self.replace(config);
            self.announce(locale.search_used(words));
        }
    }
}

//! What the page knows: grouped signals, shared by context.
//!
//! All training state lives in the engine; the page holds what a person chose and what the engine last announcement.

use std::collections::BTreeMap;
use std::ops::Deref;

use leptos::prelude::*;

use super::search::SearchState;
use crate::app::appearance::Scheme;
use crate::app::comparison::Comparison;
use crate::app::draft::{self, Draft};
use crate::app::experiment::ExperimentState;
use crate::app::formatting;
use crate::app::preview_input::PreviewInput;
use crate::app::undo::Undo;
use crate::backend::outputs;
use crate::domain::adaptation::mean_squared_error;
use crate::domain::config::Config;
use crate::domain::config::error::ConfigError;
use crate::domain::config::preset::Preset;
use crate::domain::evaluation::Curve;
use crate::domain::history::History;
use crate::domain::network::Network;
use crate::domain::task::{Task, grid};
use crate::engine::protocol::{
    Adapted, AlignmentPoint, ExperimentId, Failure, HeldOutPoint, Preference, PreviewResult, Status,
};
use crate::i18n::Locale;
use crate::ui::engine_sync::EngineSync;
use crate::ui::shell::preferences;
use crate::ui::sources::ChartState;

/// The task of the first screen: large enough to be seen from the last row.
const FIRST_TASK: Task = Task::sinusoid(3.5, 1.0);

/// The whole page. A handle: there is one page, and it lives as long as its document.
#[derive(Clone, Copy)]
pub struct Page(&'static Parts);

impl Deref for Page {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        self.0
    }
}

/// What the page is made of; every field is a handle of leptos.
pub struct Parts {
    /// Language and colours.
    pub appearance: Appearance,
    /// The run: its Config, and what the engine says of it.
    pub run: Run,
    /// What a person chose to see.
    pub view: ViewOptions,
    /// What the engine has measured.
    pub results: Results,
    /// The runs that are compared, and what came of them.
    pub comparison: RwSignal<Comparison>,
    /// The experiment of the last comparison.
    pub comparing: RwSignal<ExperimentState>,
    /// The newest experiment, which is the one that the engine holds.
    pub last_experiment: StoredValue<ExperimentId>,
    /// The hyperparameter search.
    pub search: SearchState,
    /// What a person does on charts.
    pub charts: ChartState,
    /// What went wrong.
    pub notices: Problems,
    /// States that Ctrl+Z leads back to.
    pub undo: RwSignal<Undo<Snapshot>>,
    /// Words for people who listen, spoken when they change.
    pub announcement: RwSignal<String>,
    pub(super) engine: StoredValue<EngineSync, LocalStorage>,
}

/// Language and colours.
#[derive(Clone, Copy)]
pub struct Appearance {
    /// The language of every text.
    pub locale: RwSignal<Locale>,
    /// The language that was asked for last; its texts may be on their way.
    pub wanted: StoredValue<Locale>,
    /// Light or dark.
    pub scheme: RwSignal<Scheme>,
}

/// The run.
#[derive(Clone, Copy)]
pub struct Run {
    /// The Config. Always valid: what a person types enters it only when it is.
    pub config: RwSignal<Config>,
    /// What the engine does; `None` before it first speaks.
    pub status: RwSignal<Option<Status>>,
    /// The backend asked for.
    pub preference: RwSignal<Preference>,
    /// Meta-iterations a second at most.
    pub speed: RwSignal<Option<f64>>,
    /// Texts being typed that have not entered the Config, by the key of their field.
    pub drafts: RwSignal<BTreeMap<String, Draft>>,
    /// Whether the engine has not yet taken the Config over.
    pub pending: RwSignal<bool>,
    /// Whether it trains.
    pub running: Memo<bool>,
    /// Meta-iterations done.
    pub iteration: Memo<u64>,
}

/// What a person chose to see.
#[derive(Clone, Copy)]
pub struct ViewOptions {
    /// Task and shots.
    pub preview_input: RwSignal<PreviewInput>,
    /// The shots, drawn or placed.
    pub shots: Memo<Vec<[f32; 2]>>,
    /// Which random task is next.
    pub next_task: StoredValue<u64>,
    /// The gradient steps whose predictions are drawn.
    pub steps: RwSignal<Vec<usize>>,
    /// Whether the random start is drawn too.
    pub random: RwSignal<bool>,
    /// Whether gradient alignment is unfolded, and measured.
    pub alignment: RwSignal<bool>,
    /// Whether the pointer draws the true curve.
    pub drawing: RwSignal<bool>,
}

/// What the engine has measured.
#[derive(Clone, Copy)]
pub struct Results {
    /// The shown task, adapted.
    pub preview: RwSignal<PreviewResult>,
    /// The training chart's points.
    pub history: RwSignal<History<HeldOutPoint>>,
    /// The points of gradient alignment, all with minibatches of the same size.
    pub alignment: RwSignal<History<AlignmentPoint>>,
    /// The error from the random start, and over how many held-out tasks.
    pub baseline: RwSignal<Option<(usize, Curve)>>,
    /// The evaluation protocol's last result.
    pub evaluation: RwSignal<Option<Evaluation>>,
    /// Whether an evaluation is under way.
    pub evaluating: RwSignal<bool>,
    /// Whether the preview is of another task or other shots than those chosen, or the engine is gone.
    pub stale: Memo<bool>,
}

/// A result of the evaluation protocol, and what it is a result of.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Error against gradient step.
    pub curve: Curve,
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// The run.
    pub config: Config,
}

/// What went wrong.
#[derive(Clone, Copy)]
pub struct Problems {
    /// Something that a person should know, until it is dismissed.
    pub problem: RwSignal<Option<Problem>>,
    /// Why the engine has stopped for good.
    pub crash: RwSignal<Option<String>>,
}

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The engine could not do something.
    Engine(Failure),
    /// A field's text is refused, so that no run can begin.
    Blocked(ConfigError),
    /// A pretrained θ did not load.
    SkipAhead {
        /// From where.
        address: String,
        /// Why not.
        detail: String,
    },
    /// The texts of a language did not load.
    Language {
        /// From where.
        address: String,
        /// Why not.
        detail: String,
    },
    /// A file is no Config.
    Import {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        error: ConfigError,
    },
    /// There is no room for another shot.
    TooManyShots,
    /// A part of the program did not load.
    Rest {
        /// Why not.
        detail: String,
    },
}

impl Problem {
    /// What happened, in words.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        match self {
            Self::Engine(failure) => failure.message(locale),
            Self::Blocked(error) => locale.run_blocked(draft::message(error, locale)),
            Self::SkipAhead { address, detail } => locale.run_skip_failed(address, detail),
            Self::Language { address, detail } => locale.language_failed(address, detail),
            Self::Import { name, error } => locale.engine_import_failed(error.message(locale), name),
            Self::Rest { detail } => locale.error_rest(detail),
            Self::TooManyShots => locale.fit_too_many(crate::app::preview_input::MOST_SHOTS),
        }
    }
}

/// What Ctrl+Z restores.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The run.
    pub config: Config,
    /// Task and shots.
    pub preview_input: PreviewInput,
}

impl Page {
    /// The page at its beginning: the `fast` preset, a task of its distribution, and what the initial θ makes of it.
    #[must_use]
    pub fn new() -> Self {
        let config = Preset::Fast.config();
        let preview_input = PreviewInput::new(FIRST_TASK);
        let preview = first_picture(&config, &preview_input);
        let search = SearchState::new(&config);
        let config = RwSignal::new(config);
        let preview_input = RwSignal::new(preview_input);
        let preview = RwSignal::new(preview);
        let status = RwSignal::new(None::<Status>);
        let shots =
            Memo::new(move |_| config.with(|config| preview_input.with(|preview_input| preview_input.shots(config))));
        let of_status = move |read: fn(&Status) -> u64| status.with(|status| status.as_ref().map_or(0, read));
        let crash = RwSignal::new(None::<String>);
        let locale = RwSignal::new(Locale::En);
        let comparison = RwSignal::new(Comparison::default());
        let stale = Memo::new(move |_| {
            crash.with(Option::is_some)
                || preview.with(|preview| preview.curve != preview_input.with(PreviewInput::curve))
                || preview.with(|preview| shots.with(|shots| preview.shots != *shots))
        });
        Self(Box::leak(Box::new(Parts {
            appearance: Appearance {
                locale,
                wanted: StoredValue::new(Locale::En),
                scheme: RwSignal::new(preferences::scheme()),
            },
            run: Run {
                config,
                status,
                preference: RwSignal::new(Preference::Auto),
                speed: RwSignal::new(None),
                drafts: RwSignal::new(BTreeMap::new()),
                pending: RwSignal::new(false),
                running: Memo::new(move |_| of_status(|status| u64::from(status.running)) == 1),
                iteration: Memo::new(move |_| of_status(|status| status.iteration)),
            },
            view: ViewOptions {
                preview_input,
                shots,
                next_task: StoredValue::new(0),
                steps: RwSignal::new(vec![0, 1, 4, 32]),
                random: RwSignal::new(true),
                alignment: RwSignal::new(false),
                drawing: RwSignal::new(false),
            },
            results: Results {
                preview,
                history: RwSignal::new(History::default()),
                alignment: RwSignal::new(History::default()),
                baseline: RwSignal::new(None),
                evaluation: RwSignal::new(None),
                evaluating: RwSignal::new(false),
                stale,
            },
            comparison,
            comparing: RwSignal::new(ExperimentState::default()),
            last_experiment: StoredValue::default(),
            search,
            charts: ChartState::new(comparison, locale),
            notices: Problems { problem: RwSignal::new(None), crash },
            undo: RwSignal::new(Undo::default()),
            announcement: RwSignal::new(String::new()),
            engine: StoredValue::new_local(EngineSync::default()),
        })))
    }

    /// The language, tracked.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.appearance.locale.get()
    }

    /// Says something to people who listen.
    pub fn announce(&self, text: impl Into<String>) {
        self.announcement.set(text.into());
    }

    /// Takes a blocked run's notice away as soon as the text that blocked it is right.
    pub fn watch_drafts(self) {
        let blocked =
            Memo::new(move |_| self.run.drafts.with(|drafts| drafts.values().any(|draft| draft.error.is_some())));
        Effect::new(move |_| {
            if !blocked.get()
                && self.notices.problem.with_untracked(|problem| matches!(problem, Some(Problem::Blocked(_))))
            {
                self.notices.problem.set(None);
            }
        });
    }

    /// Shows a problem until it is dismissed.
    pub fn report(&self, problem: Problem) {
        self.notices.problem.set(Some(problem));
    }

    /// A count of meta-iterations in words, tracked.
    #[must_use]
    pub fn iterations_done(&self) -> String {
        formatting::count(self.run.iteration.get())
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::new()
    }
}

/// Where and why training has stopped before its last meta-iteration, if it has.
#[must_use]
pub fn stopped(status: &Status, locale: Locale) -> Option<String> {
    status.stopped.map(|reason| reason.message(locale, status.iteration))
}

/// The page of the component's surroundings.
#[must_use]
pub fn page() -> Page {
    expect_context()
}

/// The preview before the engine has spoken: the truth, the shots and θ's own prediction, without any adaptation.
///
/// One forward pass over the grid, a fraction of a millisecond: the only arithmetic on the page's thread.
fn first_picture(config: &Config, preview_input: &PreviewInput) -> PreviewResult {
    let grid = grid(&config.tasks);
    let truth = preview_input.curve().values(&grid);
    let shots = preview_input.shots(config);
    let network = Network::new(&config.model);
    let prediction = outputs(&network, &network.initial_theta(config.seed), &grid);
    let start =
        Adapted { mse: vec![mean_squared_error(&prediction, &truth)], steps: vec![0], predictions: vec![prediction] };
    PreviewResult {
        iteration: 0,
        curve: preview_input.curve(),
        shots,
        grid,
        truth,
        theta: start.clone(),
        random: start,
    }
}

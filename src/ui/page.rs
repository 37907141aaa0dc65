//! The page's handle: what components read, and the one way in which they change anything, [`Page::dispatch`].
//!
//! The [`App`] is the truth; its parts are published as signals that can only be read. What the engine has measured is
//! beside it, in [`Results`].

use std::ops::Deref;

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::reactive::graph::{Observer, Source, ToAnySource};

use super::chart_state::ChartState;
use super::engine_link::EngineLink;
use super::lesson_signals::Lessons;
use super::shell::browser;
use crate::app::action::Action;
use crate::app::appearance::Scheme;
use crate::app::comparison::{ComparisonPlan, ComparisonResults};
use crate::app::experiment::ExperimentState;
use crate::app::formatting;
use crate::app::part::Part;
use crate::app::preview_input::PreviewInput;
use crate::app::problem::Problem;
use crate::app::projector;
use crate::app::provenance;
use crate::app::search::{SearchPlan, SearchResults};
use crate::app::state::{Document, MapOptions, PageState, Panel};
use crate::app::update::{App, Effect};
use crate::app::views::{self, Made};
use crate::backend::choice::Preference;
use crate::backend::forward::outputs;
use crate::domain::activity::Activity;
use crate::domain::adaptation::mean_squared_error;
use crate::domain::alignment::AlignmentPoint;
use crate::domain::config::Config;
use crate::domain::evaluation::Curve;
use crate::domain::evaluation::HeldOutPoint;
use crate::domain::history::History;
use crate::domain::loss_surface::LossSurface;
use crate::domain::network::Network;
use crate::domain::pace::Pace;
use crate::domain::provenance::Provenance;
use crate::domain::task::grid;
use crate::domain::task_map::TaskMap;
use crate::domain::theta_map::ThetaMap;
use crate::domain::wheel::Wheel;
use crate::engine::protocol::{Adapted, ExperimentId, Moment, Placement, PreviewResult, Status, ViewRequest};
use crate::i18n::Locale;

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
    app: StoredValue<App, LocalStorage>,
    published: Published,
    /// Language and colours.
    pub appearance: Appearance,
    /// The run: its Config, and what the engine says of it.
    pub run: RunSignals,
    /// What a person chose to see.
    pub view: View,
    /// The runs that are compared, and their budget.
    pub comparison: ReadSignal<ComparisonPlan>,
    /// What a hyperparameter search is to do.
    pub search: ReadSignal<SearchPlan>,
    /// Texts being typed that have not entered the state, by the key of their field.
    pub drafts: ReadSignal<Drafts>,
    /// Something that a person should know, until it is dismissed.
    pub problem: ReadSignal<Option<Problem>>,
    /// Whether there is something to undo, and to redo.
    pub can_undo: ReadSignal<(bool, bool)>,
    /// What the engine has measured, and what it does.
    pub results: Results,
    /// What a person does on charts, and what only charts need.
    pub charts: ChartState,
    /// Tells that an action has been done, whatever it has changed.
    pub edited: RwSignal<()>,
    /// The guided lessons.
    pub lessons: Lessons,
    /// The session of an earlier visit, or of before a lesson, while it is offered.
    pub offered: RwSignal<Option<Offered>>,
    /// The session whose place a lesson has taken, and its file.
    pub before_lesson: StoredValue<Option<(Offered, Uint8Array)>, LocalStorage>,
    /// Whether the run has been trained or loaded since a lesson was left.
    pub trained_since_lesson: StoredValue<bool>,
    /// What training had taken when the session was last kept, in seconds.
    pub kept_seconds: StoredValue<f64>,
    /// Words for people who listen, spoken when they change.
    pub announcement: RwSignal<String>,
    pub(super) engine: StoredValue<EngineLink, LocalStorage>,
}

/// Texts being typed, by the key of their field.
pub type Drafts = std::collections::BTreeMap<String, crate::app::draft::Draft>;

/// Language and colours.
#[derive(Clone, Copy)]
pub struct Appearance {
    /// The language of every text: the chosen one, once its texts are there.
    pub locale: RwSignal<Locale>,
    /// Light or dark.
    pub scheme: ReadSignal<Scheme>,
}

/// The run: what components read of it.
#[derive(Clone, Copy)]
pub struct RunSignals {
    /// The Config. Always valid: what a person types enters it only when it is.
    pub config: ReadSignal<Config>,
    /// The backend asked for.
    pub preference: ReadSignal<Preference>,
    /// How fast a run goes that a person begins.
    pub speed: ReadSignal<Pace>,
    /// What the engine does; `None` before it first speaks.
    pub status: RwSignal<Option<Status>>,
    /// Whether the engine has not yet taken the Config over.
    pub pending: RwSignal<bool>,
    /// Whether it trains.
    pub running: Memo<bool>,
    /// Meta-iterations done.
    pub iteration: Memo<u64>,
    /// Meta-iterations behind the θ that is shown: those done, unless one has gone back.
    pub shown: Memo<u64>,
    /// The moment of the run that a link or a lesson begins at, while it is on its way.
    pub reaching: RwSignal<Option<u64>>,
    /// Whether no meta-iteration is left after the moment that is shown.
    pub finished: Memo<bool>,
    /// What has trained θ.
    pub provenance: Memo<Provenance>,
    /// What has trained the θ of the run before, which may be taken over.
    pub offer: Memo<Option<Provenance>>,
    /// What has trained θ in words, where it is not the present algorithm on the present tasks alone.
    pub remark: Memo<Option<String>>,
    /// Why the engine has stopped for good.
    pub crash: RwSignal<Option<String>>,
}

/// What a person chose to see.
#[derive(Clone, Copy)]
pub struct View {
    /// Task and shots.
    pub preview_input: ReadSignal<PreviewInput>,
    /// The shots, drawn or placed.
    pub shots: Memo<Vec<[f32; 2]>>,
    /// The gradient steps whose predictions are chosen to be drawn.
    pub steps: ReadSignal<Vec<usize>>,
    /// Those that are: in a lecture hall two at most.
    pub drawn_steps: Memo<Vec<usize>>,
    /// The gradient step that is replayed.
    pub replayed: ReadSignal<Option<usize>>,
    /// Whether the random start is drawn too.
    pub random_start: ReadSignal<bool>,
    /// Whether tasks of the distribution and their mean are drawn, in place of adaptations.
    pub family: ReadSignal<bool>,
    /// Whether the pointer draws the true curve.
    pub drawing: ReadSignal<bool>,
    /// Whether charts can be heard.
    pub sound: ReadSignal<bool>,
    /// Whether the page is as a lecture hall needs it.
    pub projector: ReadSignal<bool>,
    /// The panels that are open.
    pub panels: ReadSignal<Vec<Panel>>,
    /// What of the error of every task the picker's plane shows.
    pub task_map: ReadSignal<MapOptions>,
    /// The gradient step that the comparison's chart is wanted of.
    pub comparison_step: ReadSignal<Option<usize>>,
    /// The gradient step that the search's chart is wanted of.
    pub search_step: ReadSignal<Option<usize>>,
    /// The gradient steps of the task wheel.
    pub wheel_steps: ReadSignal<usize>,
    /// The hidden layer that is looked into.
    pub hidden_layer: ReadSignal<Option<usize>>,
    /// Whether the weights into it are shown by how far the adaptation has changed them.
    pub weight_changes: ReadSignal<bool>,
    /// The chart that is wanted large.
    pub large: ReadSignal<Option<String>>,
    /// What the engine is to make of θ for what is open.
    pub wanted: ReadSignal<Vec<ViewRequest>>,
    /// The parts that are hidden.
    pub hidden: ReadSignal<Vec<Part>>,
    /// The lesson that is open, by its name, and its page.
    pub lesson: ReadSignal<(Option<String>, usize)>,
}

/// What the engine has measured.
#[derive(Clone, Copy)]
pub struct Results {
    /// The shown task, adapted.
    pub preview: RwSignal<PreviewResult>,
    /// The θ that is kept for comparison. It stays through every change of settings, run and engine.
    pub kept: RwSignal<Option<Moment>>,
    /// The Config that trains it again, if one does.
    pub kept_by: StoredValue<Option<Config>>,
    /// The training chart's points.
    pub history: RwSignal<History<HeldOutPoint>>,
    /// The points of the branch that was left last, from where the present one begins.
    pub other_branch: RwSignal<History<HeldOutPoint>>,
    /// The points of gradient alignment, all with minibatches of the same size.
    pub alignment: RwSignal<History<AlignmentPoint>>,
    /// Inside the network, while it adapts to the shown task.
    pub activity: RwSignal<Option<Made<Activity>>>,
    /// The loss of the shown task around θ.
    pub loss_surface: RwSignal<Option<Made<LossSurface>>>,
    /// The error of every task of the picker's plane.
    pub task_map: RwSignal<Option<Made<TaskMap>>>,
    /// The path of θ, and its next meta-iteration.
    pub theta_map: RwSignal<Option<Made<ThetaMap>>>,
    /// φ of tasks of many amplitudes and phases.
    pub wheel: RwSignal<Option<Made<Wheel>>>,
    /// The error from the random start, and over how many held-out tasks.
    pub baseline: RwSignal<Option<(usize, Curve)>>,
    /// The evaluation protocol's last result.
    pub evaluation: RwSignal<Option<Evaluation>>,
    /// Whether an evaluation is under way.
    pub evaluating: RwSignal<bool>,
    /// Whether a pretrained θ is on its way.
    pub skipping: RwSignal<bool>,
    /// Whether the preview is of another task or other shots than those chosen, or the engine is gone.
    pub stale: Memo<bool>,
    /// What the comparison does.
    pub comparing: RwSignal<ExperimentState>,
    /// What came of the comparison.
    pub comparison: RwSignal<ComparisonResults>,
    /// What the search does.
    pub searching: RwSignal<ExperimentState>,
    /// What the search has found.
    pub search: RwSignal<Option<SearchResults>>,
    /// Where the runs of the search go, once that is known.
    pub placement: RwSignal<Option<Placement>>,
    /// The newest experiment: the engine holds its runs.
    pub last_experiment: StoredValue<ExperimentId>,
}

/// A result of the evaluation protocol, and what it is a result of.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Error against gradient step.
    pub curve: Curve,
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// What has trained θ.
    pub provenance: Provenance,
    /// The run.
    pub config: Config,
}

/// A session that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Whether a lesson has taken its place; else it is of an earlier visit.
    pub is_before_lesson: bool,
    /// Meta-iterations that were made.
    pub iteration: u64,
    /// Those of the whole run.
    pub iterations: u64,
}

/// A part of the state as components see it.
struct Slice<T: 'static> {
    read: ReadSignal<T>,
    write: WriteSignal<T>,
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Slice<T> {
    fn new(value: T) -> Self {
        let (read, write) = signal(value);
        Self { read, write }
    }

    /// Tells those who read it, if it is another one now.
    fn publish(&self, value: &T) {
        if self.read.with_untracked(|old| old != value) {
            self.write.set(value.clone());
        }
    }
}

/// The parts of the [`App`] that are published.
struct Published {
    config: Slice<Config>,
    preview_input: Slice<PreviewInput>,
    comparison: Slice<ComparisonPlan>,
    search: Slice<SearchPlan>,
    preference: Slice<Preference>,
    speed: Slice<Pace>,
    steps: Slice<Vec<usize>>,
    replayed: Slice<Option<usize>>,
    random_start: Slice<bool>,
    family: Slice<bool>,
    drawing: Slice<bool>,
    sound: Slice<bool>,
    projector: Slice<bool>,
    panels: Slice<Vec<Panel>>,
    task_map: Slice<MapOptions>,
    comparison_step: Slice<Option<usize>>,
    search_step: Slice<Option<usize>>,
    wheel_steps: Slice<usize>,
    hidden_layer: Slice<Option<usize>>,
    weight_changes: Slice<bool>,
    large: Slice<Option<String>>,
    wanted: Slice<Vec<ViewRequest>>,
    hidden: Slice<Vec<Part>>,
    lesson: Slice<(Option<String>, usize)>,
    scheme: Slice<Scheme>,
    drafts: Slice<Drafts>,
    problem: Slice<Option<Problem>>,
    can_undo: Slice<(bool, bool)>,
}

impl Published {
    fn new(app: &App) -> Self {
        let PageState { document, view, engine, appearance, .. } = app.state();
        Self {
            config: Slice::new(document.config.clone()),
            preview_input: Slice::new(document.preview.clone()),
            comparison: Slice::new(document.comparison.clone()),
            search: Slice::new(document.search),
            preference: Slice::new(engine.preference),
            speed: Slice::new(engine.speed),
            steps: Slice::new(view.steps.clone()),
            replayed: Slice::new(view.replayed),
            random_start: Slice::new(view.random_start),
            family: Slice::new(view.family),
            drawing: Slice::new(view.drawing),
            sound: Slice::new(view.sound),
            projector: Slice::new(view.projector),
            panels: Slice::new(view.panels.clone()),
            task_map: Slice::new(view.task_map),
            comparison_step: Slice::new(view.comparison_step),
            search_step: Slice::new(view.search_step),
            wheel_steps: Slice::new(view.wheel_steps),
            hidden_layer: Slice::new(view.hidden_layer),
            weight_changes: Slice::new(view.weight_changes),
            large: Slice::new(view.large.clone()),
            wanted: Slice::new(views::wanted(app.state())),
            hidden: Slice::new(view.hidden.clone()),
            lesson: Slice::new((view.lesson.clone(), view.lesson_page)),
            scheme: Slice::new(appearance.scheme),
            drafts: Slice::new(app.drafts().clone()),
            problem: Slice::new(app.problem().cloned()),
            can_undo: Slice::new(app.can_undo()),
        }
    }

    fn publish(&self, app: &App) {
        let PageState { document, view, engine, appearance, .. } = app.state();
        self.config.publish(&document.config);
        self.preview_input.publish(&document.preview);
        self.comparison.publish(&document.comparison);
        self.search.publish(&document.search);
        self.preference.publish(&engine.preference);
        self.speed.publish(&engine.speed);
        self.steps.publish(&view.steps);
        self.replayed.publish(&view.replayed);
        self.random_start.publish(&view.random_start);
        self.family.publish(&view.family);
        self.drawing.publish(&view.drawing);
        self.sound.publish(&view.sound);
        self.projector.publish(&view.projector);
        self.panels.publish(&view.panels);
        self.task_map.publish(&view.task_map);
        self.comparison_step.publish(&view.comparison_step);
        self.search_step.publish(&view.search_step);
        self.wheel_steps.publish(&view.wheel_steps);
        self.hidden_layer.publish(&view.hidden_layer);
        self.weight_changes.publish(&view.weight_changes);
        self.large.publish(&view.large);
        self.wanted.publish(&views::wanted(app.state()));
        self.hidden.publish(&view.hidden);
        self.lesson.publish(&(view.lesson.clone(), view.lesson_page));
        self.scheme.publish(&appearance.scheme);
        self.drafts.publish(app.drafts());
        self.problem.publish(&app.problem().cloned());
        self.can_undo.publish(&app.can_undo());
    }
}

impl Page {
    /// The page with a state, and what the initial θ makes of its task.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a list of what the page is made of")]
    pub fn new(state: PageState) -> Self {
        let app = App::new(state);
        let published = Published::new(&app);
        let preview = RwSignal::new(first_preview(&app.state().document));
        let (config, preview_input) = (published.config.read, published.preview_input.read);
        let shots = Memo::new(move |_| config.with(|config| preview_input.with(|preview| preview.shots(config))));
        let (locale, comparison) = (RwSignal::new(Locale::En), RwSignal::new(ComparisonResults::default()));
        let (app, edited) = (StoredValue::new_local(app), RwSignal::new(()));
        let status = RwSignal::new(None::<Status>);
        let of_status = move |read: fn(&Status) -> u64| status.with(|status| status.as_ref().map_or(0, read));
        let crash = RwSignal::new(None::<String>);
        let provenance = Memo::new(move |_| {
            status.with(|status| status.as_ref().map(|status| status.provenance.clone()).unwrap_or_default())
        });
        let stale = Memo::new(move |_| {
            crash.with(Option::is_some)
                || preview.with(|preview| preview.curve != preview_input.with(PreviewInput::curve))
                || preview.with(|preview| shots.with(|shots| preview.shots != *shots))
        });
        let kept = RwSignal::new(None::<Moment>);
        let (steps, replayed, projector) = (published.steps.read, published.replayed.read, published.projector.read);
        let drawn_steps = Memo::new(move |_| {
            if projector.get() {
                projector::steps(&steps.read(), replayed.get().is_some(), kept.with(Option::is_some))
            } else {
                steps.get()
            }
        });
        Self(Box::leak(Box::new(Parts {
            appearance: Appearance { locale, scheme: published.scheme.read },
            run: RunSignals {
                config,
                preference: published.preference.read,
                speed: published.speed.read,
                status,
                pending: RwSignal::new(false),
                running: Memo::new(move |_| of_status(|status| u64::from(status.running)) == 1),
                iteration: Memo::new(move |_| of_status(|status| status.iteration)),
                shown: Memo::new(move |_| of_status(|status| status.shown)),
                reaching: RwSignal::new(None),
                finished: Memo::new(move |_| {
                    of_status(|status| u64::from(status.is_finished() && status.shown == status.iteration)) == 1
                }),
                provenance,
                offer: Memo::new(move |_| status.with(|status| status.as_ref()?.offer.clone())),
                remark: Memo::new(move |_| {
                    let locale = locale.get();
                    provenance.with(|provenance| config.with(|config| provenance::remark(provenance, config, locale)))
                }),
                crash,
            },
            view: View {
                preview_input,
                shots,
                steps,
                drawn_steps,
                replayed,
                random_start: published.random_start.read,
                family: published.family.read,
                drawing: published.drawing.read,
                sound: published.sound.read,
                projector,
                panels: published.panels.read,
                task_map: published.task_map.read,
                comparison_step: published.comparison_step.read,
                search_step: published.search_step.read,
                wheel_steps: published.wheel_steps.read,
                hidden_layer: published.hidden_layer.read,
                weight_changes: published.weight_changes.read,
                large: published.large.read,
                wanted: published.wanted.read,
                hidden: published.hidden.read,
                lesson: published.lesson.read,
            },
            comparison: published.comparison.read,
            search: published.search.read,
            drafts: published.drafts.read,
            problem: published.problem.read,
            can_undo: published.can_undo.read,
            results: Results {
                preview,
                kept,
                kept_by: StoredValue::new(None),
                history: RwSignal::new(History::default()),
                other_branch: RwSignal::new(History::default()),
                alignment: RwSignal::new(History::default()),
                activity: RwSignal::new(None),
                loss_surface: RwSignal::new(None),
                task_map: RwSignal::new(None),
                theta_map: RwSignal::new(None),
                wheel: RwSignal::new(None),
                baseline: RwSignal::new(None),
                evaluation: RwSignal::new(None),
                evaluating: RwSignal::new(false),
                skipping: RwSignal::new(false),
                stale,
                comparing: RwSignal::new(ExperimentState::default()),
                comparison,
                searching: RwSignal::new(ExperimentState::default()),
                search: RwSignal::new(None),
                placement: RwSignal::new(None),
                last_experiment: StoredValue::new(ExperimentId(0)),
            },
            charts: ChartState::new(config, published.comparison.read, comparison, locale),
            edited,
            lessons: Lessons::new(app, edited, published.lesson.read),
            offered: RwSignal::new(None),
            before_lesson: StoredValue::new_local(None),
            trained_since_lesson: StoredValue::new(false),
            kept_seconds: StoredValue::new(0.0),
            announcement: RwSignal::new(String::new()),
            engine: StoredValue::new_local(EngineLink::default()),
            app,
            published,
        })))
    }

    /// Brings the state to the one that follows from an action; what else follows from it is for the caller to carry out.
    pub(super) fn update(self, action: Action) -> Vec<Effect> {
        let now = browser::now();
        let effects = self.app.try_update_value(|app| app.update(action, now)).unwrap_or_default();
        self.publish();
        effects
    }

    /// Changes the app by what no action leads to: a problem, or the engine's refusal.
    pub(super) fn correct(self, change: impl FnOnce(&mut App)) {
        self.app.update_value(change);
        self.publish();
    }

    /// Reads the app, untracked.
    pub fn with_app<T>(self, read: impl FnOnce(&App) -> T) -> T {
        self.app.with_value(read)
    }

    fn publish(self) {
        self.app.with_value(|app| self.published.publish(app));
        self.edited.notify();
    }

    /// Shows a problem until it is dismissed.
    pub fn report(self, problem: Problem) {
        self.correct(|app| app.report(problem));
    }

    /// The language, tracked for as long as who asks is there: each text asks.
    #[must_use]
    pub fn locale(&self) -> Locale {
        while_there(&self.appearance.locale)
    }

    /// The colours, tracked for as long as who asks is there: each part of a list that is made anew asks.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        while_there(&self.appearance.scheme)
    }

    /// A text in the page's language, for a view.
    ///
    /// All are of one type, whatever their text is.
    pub fn words(self, text: fn(Locale) -> &'static str) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || text(self.locale())
    }

    /// What training has taken so far, in seconds.
    #[must_use]
    pub fn spent_seconds(&self) -> f64 {
        self.run.status.with_untracked(|status| status.as_ref().map_or(0.0, |status| status.spent.seconds))
    }

    /// Says something to people who listen.
    pub fn announce(&self, text: impl Into<String>) {
        self.announcement.set(text.into());
    }

    /// A count of meta-iterations in words, tracked.
    #[must_use]
    pub fn iterations_done(&self) -> String {
        formatting::count(self.run.iteration.get())
    }

    /// Whether a panel is open, tracked.
    #[must_use]
    pub fn is_open(&self, panel: Panel) -> bool {
        self.view.panels.with(|panels| panels.contains(&panel))
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
fn first_preview(document: &Document) -> PreviewResult {
    let Document { config, preview, .. } = document;
    let grid = grid(&config.tasks);
    let (curve, shots) = (preview.curve(), preview.shots(config));
    let truth = curve.values(&grid);
    let network = Network::new(&config.model);
    let prediction = outputs(&network, &network.initial_theta(config.seed), &grid);
    let start =
        Adapted { mse: vec![mean_squared_error(&prediction, &truth)], steps: vec![0], predictions: vec![prediction] };
    PreviewResult { iteration: 0, curve, shots, grid, truth, theta: start.clone(), random: start, pinned: None }
}

/// A signal's value, tracked for as long as who asks is there: a signal of leptos holds on to subscribers that are gone.
fn while_there<S: Get + ToAnySource>(signal: &S) -> S::Value {
    if let Some(observer) = Observer::get() {
        let source = signal.to_any_source();
        on_cleanup(move || source.remove_subscriber(&observer));
    }
    signal.get()
}

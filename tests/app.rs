//! The page without a DOM: every sequence of actions leaves a state that can be kept, sent and undone.

use std::collections::BTreeSet;

use reptile_lab::app::action::Action;
use reptile_lab::app::appearance::Scheme;
use reptile_lab::app::comparison::{
    Column, ComparisonPlan, ComparisonResults, Fill, PlannedRun, Unit, curves, shown, sorted,
};
use reptile_lab::app::field::{Coordinate, Field, SearchNumber};
use reptile_lab::app::fitted_run::FittedRun;
use reptile_lab::app::formatting::count;
use reptile_lab::app::link::Link;
use reptile_lab::app::part::Part;
use reptile_lab::app::preview_input::MOST_SHOTS;
use reptile_lab::app::problem::Problem;
use reptile_lab::app::provenance;
use reptile_lab::app::run_names;
use reptile_lab::app::search::SearchResults;
use reptile_lab::app::state::{Document, MapOptions, PageState, Panel, ViewChange, ViewOptions};
use reptile_lab::app::state_error::StateError;
use reptile_lab::app::update::{App, Effect, EngineRequest};
use reptile_lab::app::views::{self, Made};
use reptile_lab::backend::choice::Preference;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::error::ConfigError;
use reptile_lab::domain::config::parameters::parameters;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::cost::Cost;
use reptile_lab::domain::evaluation::{Curve, EvaluationSpec};
use reptile_lab::domain::pace::Pace;
use reptile_lab::domain::provenance::Provenance;
use reptile_lab::domain::rng::{Purpose, Rng};
use reptile_lab::domain::task::Task;
use reptile_lab::domain::task::family::{Families, Family};
use reptile_lab::domain::task_map::TaskMapSpec;
use reptile_lab::domain::wheel::{RINGS, SPOKES};
use reptile_lab::engine::protocol::{Measured, Progress, ViewRequest};
use reptile_lab::i18n::Locale;
use serde_json::{Value, json};

/// Actions of the long walk.
const ACTIONS: u64 = 100_000;
/// Actions of the fuzz.
const FUZZED: u64 = 500_000;
/// Milliseconds between two actions that are undone by themselves.
const PAUSE: f64 = 10_000.0;

fn app() -> App {
    App::new(PageState::new(Locale::En, Scheme::Light))
}

/// Draws actions, sensible and hostile ones.
struct Person(Rng);

impl Person {
    fn below(&mut self, count: usize) -> usize {
        ((f64::from(self.0.unit()) * count as f64) as usize).min(count - 1)
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn chance(&mut self) -> bool {
        self.below(2) == 0
    }

    /// A page that another person has shared.
    fn page(&mut self) -> PageState {
        let locale = self.pick(&[Locale::En, Locale::ZhHans]);
        let mut page = PageState { document: Document::new(self.config()), ..PageState::new(locale, Scheme::Dark) };
        page.view.panels = Panel::ALL.into_iter().filter(|_| self.chance()).collect();
        page.view.hidden = Part::ALL.into_iter().filter(|_| self.chance()).collect();
        page
    }

    /// A number of any size, or none.
    fn number(&mut self) -> f64 {
        let usual = f64::from(self.0.uniform(-6.0, 6.0));
        self.pick(&[
            usual,
            usual,
            usual.abs(),
            usual.round(),
            0.0,
            1.0,
            12.0,
            500.0,
            -1e300,
            1e300,
            f64::NAN,
            f64::INFINITY,
        ])
    }

    fn point(&mut self) -> [f32; 2] {
        [self.number() as f32, self.number() as f32]
    }

    fn text(&mut self) -> String {
        let number = self.number();
        self.pick(&[
            number.to_string(),
            number.abs().to_string(),
            "0,02".into(),
            String::new(),
            "two".into(),
            "−3".into(),
        ])
    }

    fn path(&mut self) -> &'static str {
        self.pick(&parameters().collect::<Vec<_>>()).path
    }

    fn field(&mut self) -> Field {
        let (path, item, index) = (self.path(), self.below(6), self.below(3));
        let [coordinate, unit] = [self.below(3), self.below(3)];
        let numbers = [
            SearchNumber::Low(index),
            SearchNumber::High(index),
            SearchNumber::Count(index),
            SearchNumber::Draws,
            SearchNumber::Budget,
            SearchNumber::Seeds,
        ];
        let search = Field::Search(self.pick(&numbers));
        self.pick(&[
            Field::config(path),
            Field::config(path),
            Field::item(path, item),
            Field::item(path, item),
            Field::Shots,
            Field::Task(Coordinate::ALL[coordinate]),
            Field::Amount(Unit::ALL[unit]),
            search,
        ])
    }

    fn value(&mut self) -> Value {
        let (a, b) = (self.number(), self.number());
        let word = ["mixture", "square", "relu", "maml", "adam", "carry", "cosine", "sgd", "mapped", "nonsense"];
        let values = [
            json!(a),
            json!(a.abs().round() as u64),
            json!([a, b]),
            json!([3, 5]),
            json!([64.0]),
            Value::Null,
            Value::from(self.pick(&word)),
            Value::from(self.pick(&word)),
        ];
        self.pick(&values)
    }

    fn config(&mut self) -> Config {
        let preset = self.pick(&Preset::ALL);
        let algorithm = self.pick(&[Algorithm::Fomaml, Algorithm::Maml, Algorithm::Joint, Algorithm::None]);
        let mut config = if self.chance() { preset.config() } else { preset.config().with_algorithm(algorithm) };
        if self.below(8) == 0 {
            // One that no document may hold.
            config.inner.learning_rate = self.number();
        }
        config
    }

    fn task(&mut self) -> Task {
        let family = self.pick(Family::ALL);
        Task { family, amplitude: self.number() as f32, phase: self.number() as f32, frequency: self.number() as f32 }
    }

    fn column(&mut self) -> Column {
        let step = self.below(40);
        self.pick(&[
            Column::Name,
            Column::Error(step),
            Column::Iterations,
            Column::Evaluations,
            Column::Operations,
            Column::Seconds,
        ])
    }

    fn opened(&mut self, moment: u64, is_kept: bool) -> Action {
        let state = Box::new(self.page());
        Action::Open { state, moment: Some(moment).filter(|moment| *moment != 1), kept: is_kept.then_some(3) }
    }

    fn action(&mut self) -> Action {
        let (slot, index, count) = (self.below(8), self.below(20), self.below(200));
        let paused = self.chance();
        match self.below(VARIANTS) {
            0 => Action::Train,
            1 => Action::Pause,
            2 => Action::Step { count: count as u64 },
            3 => Action::Reset,
            4 => Action::Recall,
            5 => Action::Restart,
            6 => Action::SkipAhead,
            7 => match (paused, self.number()) {
                (true, number) if number > 1.0 => Action::Keep { on: true },
                (true, number) => Action::ChoosePace { pace: Pace::PerSecond(number) },
                (false, number) if number > 0.0 => Action::ChoosePace { pace: Pace::Watch },
                (false, _) => Action::GoTo { iteration: Some(7) },
            },
            8 => Action::UseBackend { preference: self.pick(&[Preference::Auto, Preference::Cpu, Preference::Gpu]) },
            9 => Action::Evaluate,
            10 => Action::Set { path: self.path(), value: self.value() },
            11 => Action::ChooseAlgorithm { algorithm: self.config().algorithm },
            12 => Action::ChoosePreset { preset: self.pick(&Preset::ALL) },
            13 => Action::LoadConfig { config: Box::new(self.config()) },
            14 => Action::Import {
                name: "run.json".into(),
                text: if paused { self.text() } else { self.config().to_json() },
            },
            15 => Action::Type { field: self.field(), text: self.text() },
            16 => Action::Enter { field: self.field(), text: self.text() },
            17 => Action::Adjust { field: self.field(), number: self.number() },
            18 => Action::Discard { field: self.field() },
            19 => Action::ShowTask { task: self.task() },
            20 => Action::ShowRandomTask,
            21 => Action::Resample,
            22 => Action::RemoveShots,
            23 => Action::AddShot { point: paused.then(|| self.point()) },
            24 => Action::MoveShot { index, point: self.point() },
            25 => Action::RemoveShot { index },
            26 => Action::Stroke { stroke: index as u32, from: self.point(), to: self.point() },
            27 => Action::Bend { x: self.number() as f32, by: self.number() as f32 },
            28 => Action::View(ViewChange::ToggleStep { step: count }),
            29 => Action::View(ViewChange::ToggleRandomStart),
            30 => Action::View(ViewChange::ToggleDrawing),
            77 => Action::LoadFile { name: self.text(), bytes: self.text().into_bytes() },
            64 => Action::View(ViewChange::ToggleFamily),
            65 => Action::View(ViewChange::ToggleTaskMap),
            66 => Action::View(ViewChange::ChooseTaskMapStep { step: count }),
            31 => Action::OpenPanel { panel: self.pick(&Panel::ALL), open: paused },
            32 => Action::AddRun,
            33 => Action::FillRuns { fill: self.pick(&Fill::ALL) },
            34 => {
                let budget = paused.then(|| (self.pick(&Unit::ALL), self.number()));
                Action::PlanComparison { runs: (0..slot).map(|_| self.config()).collect(), budget, seeds: slot }
            }
            35 => Action::RenameRun { slot, name: "α 0.02, ε".repeat(index) },
            36 => Action::ToggleRun { slot },
            37 => Action::DeleteRun { slot },
            38 => Action::UseRun { slot },
            39 => Action::ChooseUnit { unit: self.pick(&Unit::ALL) },
            60 => Action::ChooseOwnLength,
            40 => Action::ChooseSeeds { seeds: slot },
            41 => Action::View(ViewChange::ChooseComparisonStep { step: count }),
            42 => Action::SortRuns { column: self.column() },
            43 => Action::Compare,
            44 => Action::PauseComparison { paused },
            45 => Action::CancelComparison,
            46 => Action::ChooseAxis { index: slot, path: paused.then(|| self.path().to_owned()) },
            47 => Action::ChooseSpacing { index: slot, logarithmic: paused },
            48 => Action::ChooseMethod { random: paused },
            49 => Action::ChooseSearchUnit { unit: self.pick(&Unit::ALL) },
            50 => Action::View(ViewChange::ChooseSearchStep { step: count }),
            51 => Action::Search,
            52 => Action::PauseSearch { paused },
            53 => Action::CancelSearch,
            54 => Action::UseCandidate { candidate: index },
            55 => Action::ChooseLanguage { locale: self.pick(Locale::ALL) },
            56 => Action::ChooseScheme { scheme: self.pick(&Scheme::ALL) },
            57 => Action::Dismiss,
            58 => Action::Undo,
            59 => Action::Redo,
            67 => Action::View(ViewChange::Replay { step: paused.then_some(count) }),
            68 => Action::View(ViewChange::ChooseHiddenLayer { layer: count }),
            69 => Action::View(ViewChange::ToggleWeightChanges),
            62 => Action::TrainAgain,
            63 => Action::ContinueFromTheta,
            76 => Action::View(ViewChange::ToggleSound),
            74 => Action::View(ViewChange::Project { on: paused }),
            72 => Action::TurnTo { lesson: paused.then(|| self.text()), page: count },
            75 => Action::PlaceShots { points: (0..index).map(|_| self.point()).collect() },
            73 => self.opened(count as u64, paused),
            70 => Action::View(ViewChange::ChooseWheelSteps { steps: self.pick(&[0, 1, 8, 32, 33]) }),
            71 => {
                let names = ["wheel", "two-tasks-task-2", "no-such-chart", "", "Wheel", "φ"].map(str::to_owned);
                let long = "x".repeat(33);
                let chart = self.pick(&[&names[..], &[long]].concat());
                Action::OpenLarge { chart: paused.then_some(chart) }
            }
            _ => Action::CancelEvaluation,
        }
    }
}

/// Kinds of actions, which [`kind`] counts.
const VARIANTS: usize = 78;

/// The number of an action's kind. A new kind does not compile until it has one, and then the walk must draw it.
fn kind(action: &Action) -> usize {
    match action {
        Action::Train => 0,
        Action::Pause => 1,
        Action::Step { .. } => 2,
        Action::Reset => 3,
        Action::Recall => 4,
        Action::Restart => 5,
        Action::SkipAhead => 6,
        Action::ChoosePace { .. } | Action::GoTo { .. } | Action::Keep { .. } | Action::ForgetBranch => 7,
        Action::UseBackend { .. } => 8,
        Action::Evaluate => 9,
        Action::Set { .. } => 10,
        Action::ChooseAlgorithm { .. } => 11,
        Action::ChoosePreset { .. } => 12,
        Action::LoadConfig { .. } => 13,
        Action::Import { .. } => 14,
        Action::LoadFile { .. } => 77,
        Action::Type { .. } => 15,
        Action::Enter { .. } => 16,
        Action::Adjust { .. } => 17,
        Action::Discard { .. } => 18,
        Action::ShowTask { .. } => 19,
        Action::ShowRandomTask => 20,
        Action::Resample => 21,
        Action::RemoveShots => 22,
        Action::AddShot { .. } => 23,
        Action::MoveShot { .. } => 24,
        Action::RemoveShot { .. } => 25,
        Action::Stroke { .. } => 26,
        Action::Bend { .. } => 27,
        Action::View(ViewChange::ToggleStep { .. }) => 28,
        Action::View(ViewChange::Replay { .. }) => 67,
        Action::View(ViewChange::ChooseHiddenLayer { .. }) => 68,
        Action::View(ViewChange::ToggleWeightChanges) => 69,
        Action::View(ViewChange::ToggleRandomStart) => 29,
        Action::View(ViewChange::ToggleDrawing) => 30,
        Action::View(ViewChange::Project { .. }) => 74,
        Action::View(ViewChange::ToggleSound) => 76,
        Action::View(ViewChange::ToggleFamily) => 64,
        Action::View(ViewChange::ToggleTaskMap) => 65,
        Action::View(ViewChange::ChooseTaskMapStep { .. }) => 66,
        Action::OpenPanel { .. } => 31,
        Action::AddRun => 32,
        Action::FillRuns { .. } => 33,
        Action::PlanComparison { .. } => 34,
        Action::RenameRun { .. } => 35,
        Action::ToggleRun { .. } => 36,
        Action::DeleteRun { .. } => 37,
        Action::UseRun { .. } => 38,
        Action::ChooseUnit { .. } => 39,
        Action::ChooseOwnLength => 60,
        Action::ChooseSeeds { .. } => 40,
        Action::View(ViewChange::ChooseComparisonStep { .. }) => 41,
        Action::SortRuns { .. } => 42,
        Action::Compare => 43,
        Action::PauseComparison { .. } => 44,
        Action::CancelComparison => 45,
        Action::ChooseAxis { .. } => 46,
        Action::ChooseSpacing { .. } => 47,
        Action::ChooseMethod { .. } => 48,
        Action::ChooseSearchUnit { .. } => 49,
        Action::View(ViewChange::ChooseSearchStep { .. }) => 50,
        Action::Search => 51,
        Action::PauseSearch { .. } => 52,
        Action::CancelSearch => 53,
        Action::UseCandidate { .. } => 54,
        Action::ChooseLanguage { .. } => 55,
        Action::ChooseScheme { .. } => 56,
        Action::Dismiss => 57,
        Action::Undo => 58,
        Action::Redo => 59,
        Action::CancelEvaluation => 61,
        Action::TrainAgain => 62,
        Action::ContinueFromTheta => 63,
        Action::View(ViewChange::ChooseWheelSteps { .. }) => 70,
        Action::OpenLarge { .. } => 71,
        Action::Open { .. } => 73,
        Action::TurnTo { .. } => 72,
        Action::PlaceShots { .. } => 75,
    }
}

#[test]
fn any_sequence_of_actions_leaves_a_state_that_can_be_kept_sent_and_undone() {
    let mut person = Person(Rng::stream(11, Purpose::Search, 0, 0));
    let (mut app, mut now) = (app(), 0.0);
    let mut kinds = BTreeSet::new();
    let mut undone = 0_u64;
    for number in 0..ACTIONS {
        let action = person.action();
        kinds.insert(kind(&action));
        let before = app.state().clone();
        now += PAUSE;
        app.update(action.clone(), now);
        let after = app.state();
        let tell = |what: &str| format!("action {number}, {action:?}: {what}");
        after.check().unwrap_or_else(|error| panic!("{}", tell(&error.to_string())));
        if *after == before {
            continue;
        }
        let document = after.to_json();
        let back =
            PageState::from_json(&document).unwrap_or_else(|error| panic!("{}: {document}", tell(&error.to_string())));
        assert_eq!(back, *after, "{}", tell("it comes back otherwise"));
        if number % 16 == 0 {
            let link = Link::new(back, 0);
            let scheme = after.appearance.scheme;
            let opened = Link::read(&link.write(true), Locale::En, scheme)
                .unwrap_or_else(|e| panic!("{}", tell(&e.to_string())));
            assert_eq!(opened, link, "{}", tell("its link opens another page"));
        }
        let is_travel = matches!(action, Action::Undo | Action::Redo);
        if after.document != before.document && !is_travel {
            let mut other = app.clone();
            other.update(Action::Undo, now);
            assert_eq!(other.state().document, before.document, "{}", tell("undo leads elsewhere"));
            other.update(Action::Redo, now);
            assert_eq!(other.state(), app.state(), "{}", tell("redo leads elsewhere"));
            undone += 1;
        }
    }
    assert_eq!(kinds, (0..VARIANTS).collect(), "the walk draws every kind of action");
    assert!(undone > ACTIONS / 10, "{undone} changes were undone");
}

/// What the page holds beside the state: results of experiments, which begin some time after the action that asks for
/// them, with the state as it is then.
#[derive(Default)]
struct Results {
    asked: Vec<Effect>,
    comparison: ComparisonResults,
    search: Option<SearchResults>,
}

impl Results {
    /// Begins what was asked for.
    fn begin(&mut self, app: &App) {
        let Document { config, comparison, search, .. } = &app.state().document;
        for effect in self.asked.drain(..) {
            let (distribution, eval) = (config.tasks.clone(), config.eval.clone());
            let evaluation = EvaluationSpec { distribution, eval, tasks: 2, shots: None };
            match effect {
                Effect::Compare => {
                    self.comparison = ComparisonResults::of(comparison, comparison.experiment(evaluation));
                }
                Effect::Search => self.search = Some(SearchResults::of(*search, config.clone())),
                _ => {}
            }
        }
    }

    /// Takes in some progress of an experiment, its own or one of before.
    fn take_progress(&mut self, person: &mut Person) {
        let iteration = person.below(100) as u64;
        let mut errors = || (0..3).map(|_| person.number()).collect::<Vec<_>>();
        let curve = Curve { steps: vec![0, 1, 32], mean_mse: errors(), ci95: errors(), median_mse: errors() };
        let steps = vec![0, 1];
        let progress = person.pick(&[
            Progress::Point(Measured { iteration, cost: Cost::default(), seconds: 0.1, tasks: 2, curve }),
            Progress::Trained { iteration, iterations: 100 },
            Progress::Preview { iteration, steps, predictions: vec![vec![0.0; 50]; 2] },
            Progress::Diverged { iteration },
        ]);
        let run = person.below(40);
        self.comparison.take_progress(run, progress.clone());
        if let Some(search) = &mut self.search {
            search.take_progress(run, progress);
        }
    }

    /// Reads everything that the page shows of them.
    fn read(&self, state: &PageState, step: usize) {
        let (plan, results) = (&state.document.comparison, &self.comparison);
        let (done, wanted) = results.progress();
        assert!(results.seeds() <= 5 && wanted <= 630 && (0.0..).contains(&results.part(step)), "{done} of {wanted}");
        assert!(results.steps().contains(&results.step(Some(step))));
        let names = run_names::all(&plan.runs, Locale::En);
        let entries = sorted(plan, results);
        assert!(entries.len() == shown(plan, results).len() && names.len() == plan.runs.len());
        assert_eq!(curves(plan, results, &names).len(), entries.len());
        for run in &plan.runs {
            let fitted = FittedRun::of(plan, results, run.slot, Locale::En);
            assert!(fitted.is_none() || results.first_run(run).is_some());
        }
        if let Some(search) = &self.search {
            let (done, of) = search.progress();
            assert!(done <= of && search.steps(Some(step)).0.len() > 1);
            assert!(search.search.best(search.steps(None).1).is_none_or(|(best, _)| best < of));
        }
    }
}

#[test]
fn no_sequence_of_actions_and_results_breaks_the_page() {
    let mut person = Person(Rng::stream(13, Purpose::Search, 0, 0));
    let (mut app, mut results, mut now) = (app(), Results::default(), 0.0);
    for number in 0..FUZZED {
        // Some actions come in quick succession, and are undone together.
        now += f64::from(person.0.unit()) * PAUSE;
        let action = match person.below(8) {
            // Short lists of runs are the rarest, and the most delicate.
            0 => Action::DeleteRun { slot: person.below(6) },
            1 => Action::Compare,
            _ => person.action(),
        };
        let effects = app.update(action.clone(), now);
        let most = if matches!(action, Action::Open { .. }) { 6 } else { 3 };
        assert!(effects.len() <= most, "{action:?}: {effects:?}");
        results.asked.extend(effects);
        if person.chance() {
            results.begin(&app);
        }
        results.take_progress(&mut person);
        let step = person.below(40);
        if number % 8 == 0 {
            results.read(app.state(), step);
            app.state().check().unwrap_or_else(|error| panic!("{number}, {action:?}: {error}"));
        }
    }
}

#[test]
fn a_comparison_of_nothing_does_not_begin() {
    let mut app = app();
    app.update(Action::AddRun, 0.0);
    assert_eq!(app.update(Action::Compare, 0.0), [Effect::Compare]);
    app.update(Action::DeleteRun { slot: 0 }, 0.0);
    assert_eq!(app.update(Action::Compare, 0.0), []);
    // The one that was asked for begins now, without runs.
    let plan = &app.state().document.comparison;
    let mut results = Results { asked: vec![Effect::Compare], ..Results::default() };
    results.begin(&app);
    assert_eq!((results.comparison.seeds(), plan.runs.len(), results.comparison.progress()), (0, 0, (0, 0)));
    results.read(app.state(), 0);
}

#[test]
fn every_action_is_data() {
    let mut person = Person(Rng::stream(12, Purpose::Search, 0, 0));
    let mut kinds = BTreeSet::new();
    for _ in 0..5_000 {
        let action = person.action();
        let text = serde_json::to_string(&action).expect("an action has a JSON form");
        // What JSON has no form for becomes null, and is refused when it is read.
        let Ok(back) = serde_json::from_str::<Action>(&text) else { continue };
        if matches!(action, Action::Open { .. }) || !text.contains("null") {
            assert_eq!(back, action, "{text}");
            kinds.insert(kind(&action));
        }
    }
    assert_eq!(kinds.len(), VARIANTS);
}

#[test]
fn a_drag_is_undone_at_once_and_two_edits_one_by_one() {
    let mut app = app();
    let first = app.state().document.clone();
    for (step, at) in [0.0, 100.0, 200.0].into_iter().enumerate() {
        app.update(Action::MoveShot { index: 0, point: [step as f32, 1.0] }, at);
    }
    let dragged = app.state().document.clone();
    app.update(Action::Set { path: "inner.steps", value: json!(3) }, 300.0);
    app.update(Action::Undo, 400.0);
    assert_eq!(app.state().document, dragged);
    app.update(Action::Undo, 500.0);
    assert_eq!(app.state().document, first);
    app.update(Action::Redo, 600.0);
    assert_eq!(app.state().document, dragged);
}

#[test]
fn shots_are_replaced_and_undone_at_once_unless_they_are_too_many() {
    let mut app = app();
    let first = app.state().document.clone();
    let points = vec![[1.5, -2.25], [-0.5, 3.0], [99.0, f32::NAN]];
    assert_eq!(app.update(Action::PlaceShots { points }, 0.0), [Effect::Synchronise]);
    let placed = app.state().document.clone();
    let shots = placed.preview.shots(&placed.config);
    assert_eq!(shots, [[1.5, -2.25], [-0.5, 3.0], [5.0, 0.0]], "within the ranges");
    app.update(Action::PlaceShots { points: vec![[0.0, 0.0]; MOST_SHOTS + 1] }, PAUSE);
    assert_eq!(app.problem(), Some(&Problem::TooManyShots));
    assert_eq!(app.state().document, placed);
    app.update(Action::Undo, 2.0 * PAUSE);
    assert_eq!(app.state().document, first);
}

#[test]
fn undo_leaves_what_is_looked_at_alone() {
    let mut app = app();
    app.update(Action::Resample, 0.0);
    app.update(Action::OpenPanel { panel: Panel::Search, open: true }, PAUSE);
    app.update(Action::ChooseScheme { scheme: Scheme::Dark }, PAUSE);
    app.update(Action::View(ViewChange::ToggleStep { step: 8 }), PAUSE);
    let looked_at = (app.state().view.clone(), app.state().appearance);
    app.update(Action::Undo, PAUSE);
    assert_eq!(app.state().document.preview.number, 0);
    assert_eq!((app.state().view.clone(), app.state().appearance), looked_at);
}

#[test]
fn an_edit_is_told_to_the_engine_and_a_refused_one_to_the_person() {
    let mut app = app();
    let effects = app.update(Action::Set { path: "outer.meta_batch", value: json!(4) }, 0.0);
    assert_eq!(effects, [Effect::Synchronise]);
    assert_eq!(app.update(Action::Set { path: "outer.meta_batch", value: json!(4) }, PAUSE), [], "nothing has changed");
    let before = app.state().clone();
    assert_eq!(app.update(Action::Set { path: "outer.meta_batch", value: json!(0) }, PAUSE), []);
    assert_eq!(*app.state(), before);
    assert!(matches!(app.problem(), Some(Problem::Blocked(ConfigError::OutOfRange { .. }))), "{:?}", app.problem());
    assert_eq!(app.can_undo(), (true, false));
}

#[test]
fn a_refused_text_blocks_training_until_it_is_right() {
    let mut app = app();
    let field = Field::config("inner.learning_rate");
    app.update(Action::Enter { field, text: "fast".into() }, 0.0);
    assert_eq!(app.drafts()["inner.learning_rate"].text, "fast");
    assert_eq!(app.update(Action::Train, 0.0), []);
    assert!(matches!(app.problem(), Some(Problem::Blocked(_))));
    let effects = app.update(Action::Enter { field, text: "0,03".into() }, 0.0);
    assert_eq!((effects, app.problem(), app.drafts().len()), (vec![Effect::Synchronise], None, 0));
    assert_eq!(app.state().document.config.inner.learning_rate, 0.03);
    assert_eq!(app.update(Action::Train, 0.0), [Effect::Engine(EngineRequest::Train)]);
}

#[test]
fn a_finished_run_is_trained_again_from_its_start_unless_a_text_is_refused() {
    let mut app = app();
    let again = [EngineRequest::Reset, EngineRequest::Train].map(Effect::Engine);
    assert_eq!(app.update(Action::TrainAgain, 0.0), again);
    app.update(Action::Enter { field: Field::config("inner.learning_rate"), text: "fast".into() }, 0.0);
    assert_eq!(app.update(Action::TrainAgain, 0.0), []);
    assert!(matches!(app.problem(), Some(Problem::Blocked(_))));
}

#[test]
fn no_meta_training_makes_no_meta_iterations() {
    let mut app = app();
    app.update(Action::ChooseAlgorithm { algorithm: Algorithm::None }, 0.0);
    for action in [Action::Train, Action::TrainAgain, Action::Step { count: 3 }] {
        assert_eq!(app.update(action, PAUSE), []);
    }
}

#[test]
fn whose_theta_it_is_concerns_the_engine_and_no_undo() {
    let mut app = app();
    app.update(Action::ChooseAlgorithm { algorithm: Algorithm::Joint }, 0.0);
    let chosen = app.state().clone();
    assert_eq!(app.update(Action::ContinueFromTheta, PAUSE), [Effect::Engine(EngineRequest::Continue)]);
    assert_eq!(*app.state(), chosen);
    assert_eq!(app.update(Action::Undo, 2.0 * PAUSE), [Effect::Synchronise], "the engine finds the run before");
    assert_eq!(app.state().document.config, Preset::Fast.config());
}

/// θ's training in words, where the page has this Config.
fn told(provenance: &Provenance, config: &Config, locale: Locale) -> String {
    provenance::told(provenance, &config.tasks, locale)
}

#[test]
fn where_theta_comes_from_is_told_in_words() {
    let config = Config::default();
    let (reptile, joint) = (Algorithm::Reptile, Algorithm::Joint);
    let fresh = Provenance::default();
    assert_eq!(told(&fresh, &config, Locale::En), "random start, not trained");
    let once = fresh.after(reptile, &config.tasks, 2000);
    let on_sinusoid = format!("Reptile, {} meta-iterations on sinusoid", count(2000));
    assert_eq!(told(&once, &config, Locale::En), on_sinusoid);
    let twice = once.clone().after(joint, &config.tasks, 500);
    assert_eq!(told(&twice, &config, Locale::En), format!("{on_sinusoid}; then joint training, 500"));
    // Intervals are named where they differ, also from those that are set now.
    let mut narrow = config.clone();
    narrow.tasks.amplitude = [1.0, 2.0];
    let then = once.clone().after(reptile, &narrow.tasks, 7);
    let wide = format!("{on_sinusoid} (a 0.1–5)");
    assert_eq!(told(&then, &config, Locale::En), format!("{wide}; then Reptile, 7 on sinusoid (a 1–2)"));
    assert_eq!(told(&once, &narrow, Locale::En), wide);
    let mut lines = config.clone();
    lines.tasks.family = Families::One(Family::Line);
    assert_eq!(told(&once, &lines, Locale::En), on_sinusoid);
    let given = Provenance::given().after(Algorithm::Maml, &lines.tasks, 1);
    assert_eq!(told(&given, &lines, Locale::En), "set by a script; then MAML (second-order), 1 on line");
    for &locale in Locale::ALL {
        assert!(told(&twice, &config, locale).contains(&count(2000)), "{locale:?}");
    }
}

#[test]
fn a_chart_says_whose_theta_it_shows_where_that_is_not_plain() {
    let config = Config::default();
    let own = Provenance::default().after(Algorithm::Reptile, &config.tasks, 9);
    assert_eq!(provenance::remark(&own, &config, Locale::En), None);
    let joint = config.with_algorithm(Algorithm::Joint);
    let remark = provenance::remark(&own, &joint, Locale::En).expect("it is Reptile's");
    assert_eq!(remark, "Whose θ: Reptile, 9 meta-iterations on sinusoid.");
    assert_eq!(provenance::remark(&Provenance::default(), &joint, Locale::En), None);
}

#[test]
fn a_comparison_says_whose_theta_each_run_shows() {
    let reptile = Preset::Fast.config();
    let mut plan = ComparisonPlan::default();
    let mut narrow = reptile.with_algorithm(Algorithm::Maml);
    narrow.tasks.amplitude = [1.0, 2.0];
    plan.fill(vec![reptile.clone(), narrow, reptile.with_algorithm(Algorithm::None)]);
    let evaluation =
        EvaluationSpec { distribution: reptile.tasks.clone(), eval: reptile.eval.clone(), tasks: 2, shots: None };
    let results = ComparisonResults::of(&plan, plan.experiment(evaluation));
    let whose = |run: &PlannedRun| provenance::of_run(&results, run, 70, Locale::En);
    let [first, second, third] = &plan.runs[..] else { panic!("three runs") };
    assert_eq!(whose(first).as_deref(), Some("θ: Reptile, 70 meta-iterations on sinusoid"));
    assert_eq!(whose(second).as_deref(), Some("θ: MAML (second-order), 70 meta-iterations on sinusoid (a 1–2)"));
    assert_eq!(whose(third).as_deref(), Some("θ: random start, not trained"));
    assert_eq!(whose(&PlannedRun { slot: 3, ..first.clone() }), None);
    // Another run in the place of one that was compared.
    assert_eq!(whose(&PlannedRun { slot: 0, ..second.clone() }), None);
    assert_eq!(provenance::of_run(&ComparisonResults::default(), first, 70, Locale::En), None);
}

#[test]
fn typing_takes_nothing_over() {
    let mut app = app();
    let before = app.state().clone();
    let field = Field::item("model.hidden", 1);
    app.update(Action::Type { field, text: "32".into() }, 0.0);
    assert_eq!((app.state(), app.drafts()["model.hidden.1"].error.clone()), (&before, None));
    app.update(Action::Type { field, text: "3200".into() }, 0.0);
    assert!(app.drafts()["model.hidden.1"].error.is_some());
    app.update(Action::Discard { field }, 0.0);
    assert!(app.drafts().is_empty());
}

#[test]
fn drafts_of_layers_that_are_gone_go_with_them() {
    let mut app = app();
    app.update(Action::Enter { field: Field::item("model.hidden", 1), text: "no".into() }, 0.0);
    app.update(Action::Enter { field: Field::item("outer.layers", 2), text: "no".into() }, 0.0);
    app.update(Action::Set { path: "model.hidden", value: json!([64]) }, PAUSE);
    assert_eq!((app.drafts().len(), app.problem()), (0, None));
}

#[test]
fn the_task_follows_a_distribution_that_leaves_no_choice() {
    let mut app = app();
    app.update(Action::Set { path: "tasks.family", value: json!("square") }, 0.0);
    assert_eq!(app.state().document.preview.task.family, Family::Square);
    app.update(Action::Undo, PAUSE);
    assert_eq!(app.state().document.preview.task.family, Family::Sinusoid);
}

#[test]
fn the_engine_measures_alignment_while_its_panel_is_open() {
    let mut app = app();
    let mut open = |open| app.update(Action::OpenPanel { panel: Panel::Alignment, open }, 0.0);
    assert_eq!(open(true), [Effect::Engine(EngineRequest::WatchAlignment(true))]);
    assert_eq!(open(true), []);
    assert_eq!(open(false), [Effect::Engine(EngineRequest::WatchAlignment(false))]);
}

#[test]
fn the_task_map_is_wanted_while_it_is_shown_and_follows_task_shots_and_settings() {
    let mut app = app();
    let wanted = |app: &App| match &views::wanted(app.state())[..] {
        [ViewRequest::TaskMap(spec)] => Some(spec.clone()),
        [] => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(wanted(&app), None);
    assert_eq!(app.update(Action::View(ViewChange::ToggleTaskMap), 0.0), [Effect::Synchronise]);
    let first = wanted(&app).expect("a map");
    assert_eq!((first.steps, first.number, first.len()), (4, 0, 480));
    // A task of the same family is on the same map.
    app.update(Action::ShowTask { task: Task::sinusoid(2.0, 3.0) }, PAUSE);
    assert_eq!(wanted(&app), Some(first.clone()));
    app.update(Action::View(ViewChange::ChooseTaskMapStep { step: 0 }), 2.0 * PAUSE);
    app.update(Action::Resample, 3.0 * PAUSE);
    app.update(Action::Set { path: "tasks.family", value: json!("square") }, 4.0 * PAUSE);
    let last = wanted(&app).expect("a map");
    assert_eq!((last.steps, last.number, last.family), (0, 1, Family::Square));
    // Undo leaves alone what is shown.
    app.update(Action::Undo, 5.0 * PAUSE);
    assert_eq!(wanted(&app), Some(TaskMapSpec { steps: 0, number: 1, ..first }));
    assert_eq!(app.update(Action::View(ViewChange::ToggleTaskMap), 6.0 * PAUSE), [Effect::Synchronise]);
    assert_eq!(wanted(&app), None);
}

#[test]
fn the_wheel_is_wanted_while_its_panel_is_open_with_the_steps_and_tasks_that_were_chosen() {
    let mut app = app();
    assert_eq!(views::wanted(app.state()), []);
    let open = Action::OpenPanel { panel: Panel::Wheel, open: true };
    assert_eq!(app.update(open, 0.0), [Effect::Synchronise]);
    let wheel = |app: &App| match &views::wanted(app.state())[..] {
        [ViewRequest::Wheel { steps, tasks }] => (*steps, tasks.clone()),
        other => panic!("not one wheel: {other:?}"),
    };
    let (steps, tasks) = wheel(&app);
    assert_eq!((steps, tasks.amplitudes.len(), tasks.phases.len()), (32, RINGS, SPOKES));
    assert_eq!((tasks.amplitudes[0], tasks.amplitudes[RINGS - 1]), (0.1, 5.0));
    let choose = |steps| Action::View(ViewChange::ChooseWheelSteps { steps });
    assert_eq!(app.update(choose(8), 0.0), [Effect::Synchronise]);
    assert_eq!(app.update(choose(7), 0.0), [], "no wheel has seven steps");
    assert_eq!(wheel(&app).0, 8);
    app.update(Action::Set { path: "tasks.amplitude", value: json!([1.0, 1.0]) }, 0.0);
    assert_eq!(wheel(&app).1.amplitudes, [1.0]);
    assert_eq!(app.update(Action::OpenPanel { panel: Panel::Wheel, open: false }, 0.0), [Effect::Synchronise]);
    assert_eq!(views::wanted(app.state()), []);
}

#[test]
fn one_chart_is_large_until_it_is_closed_or_may_be_folded_away() {
    let mut app = app();
    let large = |app: &App| app.state().view.large.clone();
    let open = |chart: &str| Action::OpenLarge { chart: Some(chart.to_owned()) };
    assert_eq!(large(&app), None);
    assert_eq!(app.update(open("wheel"), 0.0), [], "the engine has nothing to do with it");
    app.update(open("two-tasks-task-2"), 0.0);
    assert_eq!(large(&app).as_deref(), Some("two-tasks-task-2"));
    assert_eq!(PageState::from_json(&app.state().to_json()).as_ref(), Ok(app.state()));
    for name in ["", "Wheel", "two tasks", "θ", "<b>", &"x".repeat(33)] {
        app.update(open(name), 0.0);
        assert_eq!(large(&app).as_deref(), Some("two-tasks-task-2"), "{name:?} is the name of no chart");
    }
    app.update(Action::Undo, PAUSE);
    app.update(Action::OpenPanel { panel: Panel::Wheel, open: true }, PAUSE);
    assert!(large(&app).is_some() && !app.can_undo().0);
    app.update(Action::OpenPanel { panel: Panel::Wheel, open: false }, PAUSE);
    assert_eq!(large(&app), None, "what may be out of sight does not cover the page");
    app.update(open("fit"), PAUSE);
    app.update(Action::OpenLarge { chart: None }, PAUSE);
    assert_eq!(large(&app), None);
}

#[test]
fn the_engine_predicts_every_step_while_one_is_replayed() {
    let mut app = app();
    let mut replay = |step| app.update(Action::View(ViewChange::Replay { step }), 0.0);
    assert_eq!(replay(Some(3)), [Effect::Synchronise]);
    assert_eq!(replay(Some(4)), [], "the engine has been told");
    assert_eq!(replay(Some(1_000_000)), []);
    assert_eq!(replay(None), [Effect::Synchronise]);
    replay(Some(1_000_000));
    assert_eq!((app.state().view.replayed, app.state().check()), (Some(128), Ok(())), "more steps than there can be");
    assert!(!app.can_undo().0);
}

#[test]
fn the_engine_makes_the_loss_surface_of_the_shown_curve_while_its_panel_is_open() {
    let mut app = app();
    let task = Task::sinusoid(2.0, 0.5);
    assert_eq!(views::wanted(app.state()), []);
    let open = |open| Action::OpenPanel { panel: Panel::LossSurface, open };
    assert_eq!(app.update(open(true), 0.0), [Effect::Synchronise]);
    assert_eq!(app.update(open(true), 0.0), []);
    app.update(Action::ShowTask { task }, 0.0);
    let Document { config, preview, .. } = &app.state().document;
    let shots = preview.shots(config);
    let request = ViewRequest::LossSurface { curve: task.into(), shots };
    let made = Made { iteration: 7, request, result: () };
    assert_eq!(views::wanted(app.state()), std::slice::from_ref(&made.request));
    let is_stale = |app: &App, iteration, trains| made.is_stale(&views::wanted(app.state()), iteration, trains);
    assert!(!is_stale(&app, 7, false) && is_stale(&app, 8, false) && !is_stale(&app, 8, true));
    app.update(Action::Resample, PAUSE);
    assert!(is_stale(&app, 7, false) && is_stale(&app, 7, true), "other shots");
    assert_eq!(app.update(open(false), 2.0 * PAUSE), [Effect::Synchronise]);
    assert_eq!(views::wanted(app.state()), []);
}

/// A field that came later has a default, so that states which were kept before it still load.
#[test]
fn a_state_of_the_first_version_loads() {
    let kept = include_str!("golden/page_state_v1.json");
    let state = PageState::from_json(kept).unwrap_or_else(|error| panic!("{error}"));
    let ViewOptions { steps, panels, .. } = &state.view;
    assert_eq!((&steps[..], &panels[..]), (&[0, 1, 4, 8, 32][..], &[Panel::TwoTasks, Panel::Comparison][..]));
    assert_eq!((state.view.family, state.view.task_map), (false, MapOptions::default()));
    assert_eq!(state.view.large, None);
    assert_eq!((state.document.comparison.runs.len(), state.document.preview.number), (2, 2));
    assert_eq!(PageState::from_json(&state.to_json()), Ok(state));
}

#[test]
fn hostile_and_old_states_are_refused_by_name() {
    let state = PageState::new(Locale::En, Scheme::Light);
    let document: Value = serde_json::from_str(&state.to_json()).expect("JSON");
    let refused = |pointer: &str, value: Value| {
        let mut document = document.clone();
        *document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        PageState::from_json(&document.to_string()).expect_err(pointer)
    };
    assert_eq!(refused("/version", json!(99)), StateError::Version(99));
    let cases = [
        ("/document/config/inner/steps", json!(1e9), "inner.steps"),
        ("/document/config/inner", json!({ "unknown": 1 }), "inner.unknown"),
        ("/document/preview/placed", json!(vec![[0.0, 0.0]; 201]), "document.preview.placed"),
        ("/document/preview/placed", json!([[1e9, 0.0]]), "document.preview.placed"),
        ("/document/preview/drawn", json!({ "x": [0.0, 0.0], "y": [1.0, 2.0] }), "document.preview.drawn"),
        ("/document/comparison/seeds", json!(2), "document.comparison.seeds"),
        ("/document/comparison/amounts", json!([0.5, 1.0, 1.0]), "document.comparison.amounts"),
        ("/document/search/axes/0/path", json!("inner.nothing"), "inner.nothing"),
        ("/document/search/axes/0/count", json!(4_000_000), "document.search.axes"),
        ("/document/search/draws", json!(0), "document.search.draws"),
        ("/view/steps", json!([4, 4]), "view.steps"),
        ("/view/replayed", json!(129), "view.replayed"),
        ("/view/panels", json!(["search", "search"]), "view.panels"),
        ("/view/wheel_steps", json!(2), "view.wheel_steps"),
        ("/view/large", json!("Task Wheel"), "view.large"),
        ("/view/large", json!("x".repeat(33)), "view.large"),
        ("/engine/speed", json!(0.0), "engine.speed"),
        ("/appearance/locale", json!("tlh"), "tlh"),
        ("/appearance", json!({ "locale": "en", "scheme": "light", "font": "x" }), "font"),
    ];
    for (pointer, value, named) in cases {
        let error = refused(pointer, value).to_string();
        assert!(error.contains(named), "{pointer}: {error}");
    }
    assert!(matches!(PageState::from_json("{"), Err(StateError::Form(_))));
    assert_eq!(PageState::from_json(&document.to_string()), Ok(state));
}

#[test]
fn a_backend_that_cannot_be_had_does_not_replace_a_later_choice() {
    let mut app = app();
    let put_back = |app: &mut App| app.put_back_preference(Preference::Gpu, Preference::Auto);
    app.update(Action::UseBackend { preference: Preference::Gpu }, 0.0);
    put_back(&mut app);
    assert_eq!(app.state().engine.preference, Preference::Auto);
    app.update(Action::UseBackend { preference: Preference::Gpu }, 0.0);
    app.update(Action::UseBackend { preference: Preference::Cpu }, 0.0);
    put_back(&mut app);
    assert_eq!(app.state().engine.preference, Preference::Cpu);
}

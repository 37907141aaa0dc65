//! Every chart of the registry, on every sample state: it is drawn, told in words and read off, and it changes with all
//! that it has read and with nothing else.

#[path = "common/samples.rs"]
mod samples;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Deref;

use plotters::drawing::IntoDrawingArea;
use plotters::prelude::SVGBackend;
use reptile_lab::app::appearance::Scheme;
use reptile_lab::app::comparison::{ComparisonPlan, ComparisonResults, Fill};
use reptile_lab::app::fitted_run::FittedRun;
use reptile_lab::app::preview_input::PreviewInput;
use reptile_lab::app::state::PageState;
use reptile_lab::app::views::Made;
use reptile_lab::chart::export::{About, Settings, svg};
use reptile_lab::chart::figure::Figure;
use reptile_lab::chart::plots::{Registered, Visitor, visit_every};
use reptile_lab::chart::sources::Sources;
use reptile_lab::chart::table::{Row, Table};
use reptile_lab::chart::{Readout, Style};
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::activity::Activity;
use reptile_lab::domain::alignment::AlignmentPoint;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::config::search::Search;
use reptile_lab::domain::evaluation::Curve;
use reptile_lab::domain::evaluation::EvaluationSpec;
use reptile_lab::domain::evaluation::HeldOutPoint;
use reptile_lab::domain::history::History;
use reptile_lab::domain::loss_surface::LossSurface;
use reptile_lab::domain::pair_surface::{PairSurface, Shading};
use reptile_lab::domain::task::Task;
use reptile_lab::domain::task::average::AverageFunction;
use reptile_lab::domain::task_map::TaskMap;
use reptile_lab::domain::theta_map::ThetaMap;
use reptile_lab::domain::wheel::Wheel;
use reptile_lab::engine::protocol::{Adapted, PreviewResult, Progress, TwoTasks, ViewRequest};
use reptile_lab::i18n::Locale;
use samples::{
    STEPS, activity, alignment, baseline, compared, pair_surface, preview, preview_beside_kept, preview_of, searched,
    surface, task_map, theta_map, training, two, wheel,
};

/// A state of the page, which notes what is read of it.
#[derive(Clone)]
struct Sample {
    locale: Locale,
    config: Config,
    preview: PreviewResult,
    preview_input: PreviewInput,
    shots: Vec<[f32; 2]>,
    steps: Vec<usize>,
    replayed: Option<usize>,
    shows_random: bool,
    average: Option<AverageFunction>,
    held_limit: Option<f64>,
    history: History<HeldOutPoint>,
    other_branch: History<HeldOutPoint>,
    past: Option<u64>,
    baseline: Option<(usize, Curve)>,
    alignment: History<AlignmentPoint>,
    activity: Option<Made<Activity>>,
    weight_changes: bool,
    chosen_unit: Option<usize>,
    chosen_weight: Option<usize>,
    loss_surface: Option<Made<LossSurface>>,
    task_map: Option<Made<TaskMap>>,
    theta_map: Option<Made<ThetaMap>>,
    wheel: Option<Made<Wheel>>,
    chosen_phi: Option<usize>,
    comparison_plan: ComparisonPlan,
    comparison: ComparisonResults,
    comparison_step: usize,
    fitted_runs: [Option<FittedRun>; 2],
    search: Option<Search>,
    search_step: usize,
    chosen_candidate: Option<usize>,
    two_tasks: Option<TwoTasks>,
    stage: usize,
    stage_part: f64,
    pair_surface: Option<PairSurface>,
    shading: Shading,
    read: RefCell<BTreeSet<&'static str>>,
}

impl Sample {
    fn note(&self, source: &'static str) -> &Self {
        self.read.borrow_mut().insert(source);
        self
    }
}

impl Sources for Sample {
    fn locale(&self) -> Locale {
        self.note("locale").locale
    }

    fn config(&self) -> impl Deref<Target = Config> {
        &self.note("config").config
    }

    fn preview(&self) -> impl Deref<Target = PreviewResult> {
        &self.note("preview").preview
    }

    fn preview_input(&self) -> impl Deref<Target = PreviewInput> {
        &self.note("preview_input").preview_input
    }

    fn shots(&self) -> impl Deref<Target = Vec<[f32; 2]>> {
        &self.note("shots").shots
    }

    fn steps(&self) -> impl Deref<Target = Vec<usize>> {
        &self.note("steps").steps
    }

    fn replayed(&self) -> Option<usize> {
        self.note("replayed").replayed
    }

    fn shows_random(&self) -> bool {
        self.note("shows_random").shows_random
    }

    fn average(&self) -> Option<impl Deref<Target = AverageFunction>> {
        self.note("average").average.as_ref()
    }

    fn held_limit(&self) -> Option<f64> {
        self.note("held_limit").held_limit
    }

    fn history(&self) -> impl Deref<Target = History<HeldOutPoint>> {
        &self.note("history").history
    }

    fn other_branch(&self) -> impl Deref<Target = History<HeldOutPoint>> {
        &self.note("other_branch").other_branch
    }

    fn past(&self) -> Option<u64> {
        self.note("past").past
    }

    fn baseline(&self) -> impl Deref<Target = Option<(usize, Curve)>> {
        &self.note("baseline").baseline
    }

    fn alignment(&self) -> impl Deref<Target = History<AlignmentPoint>> {
        &self.note("alignment").alignment
    }

    fn activity(&self) -> Option<impl Deref<Target = Made<Activity>>> {
        self.note("activity").activity.as_ref()
    }

    fn weight_changes(&self) -> bool {
        self.note("weight_changes").weight_changes
    }

    fn chosen_unit(&self) -> Option<usize> {
        self.note("chosen_unit").chosen_unit
    }

    fn chosen_weight(&self) -> Option<usize> {
        self.note("chosen_weight").chosen_weight
    }

    fn loss_surface(&self) -> Option<impl Deref<Target = Made<LossSurface>>> {
        self.note("loss_surface").loss_surface.as_ref()
    }

    fn task_map(&self) -> Option<impl Deref<Target = Made<TaskMap>>> {
        self.note("task_map").task_map.as_ref()
    }

    fn theta_map(&self) -> Option<impl Deref<Target = Made<ThetaMap>>> {
        self.note("theta_map").theta_map.as_ref()
    }

    fn wheel(&self) -> Option<impl Deref<Target = Made<Wheel>>> {
        self.note("wheel").wheel.as_ref()
    }

    fn chosen_phi(&self) -> Option<usize> {
        self.note("chosen_phi").chosen_phi
    }

    fn comparison_plan(&self) -> impl Deref<Target = ComparisonPlan> {
        &self.note("comparison_plan").comparison_plan
    }

    fn comparison(&self) -> impl Deref<Target = ComparisonResults> {
        &self.note("comparison").comparison
    }

    fn comparison_step(&self) -> usize {
        self.note("comparison_step").comparison_step
    }

    fn fitted_run(&self, colour_slot: usize) -> impl Deref<Target = Option<FittedRun>> {
        &self.note("fitted_run").fitted_runs[colour_slot]
    }

    fn search(&self) -> Option<impl Deref<Target = Search>> {
        self.note("search").search.as_ref()
    }

    fn search_step(&self) -> usize {
        self.note("search_step").search_step
    }

    fn chosen_candidate(&self) -> Option<usize> {
        self.note("chosen_candidate").chosen_candidate
    }

    fn two_tasks(&self) -> Option<impl Deref<Target = TwoTasks>> {
        self.note("two_tasks").two_tasks.as_ref()
    }

    fn stage(&self) -> usize {
        self.note("stage").stage
    }

    fn stage_part(&self) -> f64 {
        self.note("stage_part").stage_part
    }

    fn pair_surface(&self) -> Option<impl Deref<Target = PairSurface>> {
        self.note("pair_surface").pair_surface.as_ref()
    }

    fn shading(&self) -> Shading {
        self.note("shading").shading
    }
}

/// The view of a layer after a step.
fn inside(step: usize, layer: Option<usize>) -> Made<Activity> {
    let request =
        ViewRequest::Activity { curve: Task::sinusoid(3.4, 1.9).into(), shots: vec![], steps: 32, step, layer };
    Made { iteration: 1200, request, result: activity(&[12, 8], step, 1) }
}

/// A comparison of two algorithms.
fn comparison_plan() -> ComparisonPlan {
    let config = Preset::Paper.config();
    let mut plan = ComparisonPlan { seeds: 2, ..ComparisonPlan::default() };
    plan.fill(Fill::Algorithms.configs(&config)[..2].to_vec());
    plan
}

/// What came of it, where the two learn at these speeds.
fn comparison(speeds: [f64; 2]) -> ComparisonResults {
    let (plan, config) = (comparison_plan(), Preset::Paper.config());
    let spec = EvaluationSpec { distribution: config.tasks, eval: config.eval, tasks: 200, shots: None };
    let mut results = ComparisonResults::of(&plan, plan.experiment(spec));
    for (run, speed) in speeds.into_iter().enumerate() {
        for (seed, points) in compared(speed).into_iter().enumerate() {
            let run = 2 * run + seed;
            for point in points {
                results.take_progress(run, Progress::Point(point));
            }
            let predictions = vec![vec![speed as f32; 50]; 2];
            results.take_progress(run, Progress::Preview { iteration: 200, steps: vec![0, 32], predictions });
        }
    }
    results
}

/// A view that the engine has made.
fn made<T>(request: ViewRequest, result: T) -> Made<T> {
    Made { iteration: 1200, request, result }
}

/// A wheel that the engine has made.
fn made_wheel(steps: usize) -> Made<Wheel> {
    let wheel = wheel(steps);
    made(ViewRequest::Wheel { steps, tasks: wheel.tasks.clone() }, wheel)
}

/// What its runs make of the shown curve.
fn fitted_runs(results: &ComparisonResults) -> [Option<FittedRun>; 2] {
    [0, 1].map(|slot| FittedRun::of(&comparison_plan(), results, slot, Locale::En))
}

/// Everything there is to show.
fn full() -> Sample {
    let config = Preset::Paper.config();
    let preview = preview();
    let comparison = comparison([0.5, 0.1]);
    let mut sample = Sample {
        locale: Locale::En,
        preview_input: PreviewInput::new(Task::sinusoid(3.4, 1.9)),
        shots: preview.shots.clone(),
        preview,
        steps: STEPS.to_vec(),
        replayed: None,
        shows_random: true,
        average: None,
        held_limit: None,
        history: History::default(),
        other_branch: History::default(),
        past: None,
        baseline: Some((100, baseline())),
        alignment: History::default(),
        activity: Some(inside(4, Some(1))),
        weight_changes: false,
        chosen_unit: Some(1),
        chosen_weight: Some(5),
        task_map: Some(task_map(1200, 0.3)),
        theta_map: Some(made(ViewRequest::ThetaMap, theta_map(1200))),
        wheel: Some(made_wheel(32)),
        chosen_phi: Some(90),
        loss_surface: Some(surface()),
        comparison_step: 32,
        fitted_runs: fitted_runs(&comparison),
        comparison_plan: comparison_plan(),
        comparison,
        search: Some(searched(true, 2)),
        search_step: 32,
        chosen_candidate: Some(1),
        two_tasks: Some(two()),
        stage: 8,
        stage_part: 1.0,
        pair_surface: Some(pair_surface()),
        shading: Shading::Smaller,
        config,
        read: RefCell::default(),
    };
    for point in training() {
        sample.history.push(point);
    }
    for point in alignment() {
        sample.alignment.push(point);
    }
    sample
}

/// Nothing that the engine makes.
fn empty() -> Sample {
    let nothing = Adapted { mse: vec![], steps: vec![], predictions: vec![] };
    let Sample { preview, .. } = full();
    let preview = PreviewResult {
        shots: vec![],
        grid: vec![],
        truth: vec![],
        theta: nothing.clone(),
        random: nothing,
        ..preview
    };
    Sample {
        preview,
        shots: vec![],
        steps: vec![],
        history: History::default(),
        baseline: None,
        alignment: History::default(),
        task_map: None,
        activity: None,
        chosen_unit: None,
        chosen_weight: None,
        loss_surface: None,
        comparison_plan: ComparisonPlan::default(),
        comparison: ComparisonResults::default(),
        comparison_step: 0,
        fitted_runs: [None, None],
        theta_map: None,
        wheel: None,
        chosen_phi: None,
        search: None,
        chosen_candidate: None,
        two_tasks: None,
        stage: 0,
        pair_surface: None,
        ..full()
    }
}

/// A change of one source.
type Change = (&'static str, fn(&mut Sample));

/// One change of every source, by the name under which it is noted.
const CHANGES: [Change; 36] = [
    ("locale", |sample| sample.locale = Locale::ZhHans),
    ("config", |sample| {
        sample.config.outer.iterations = 70_000;
        sample.config.tasks.amplitude = [0.1, 9.0];
        sample.config.tasks.shots = [-1.0, 2.0];
        sample.config.model.activation = Activation::Relu;
    }),
    ("preview", |sample| {
        sample.preview = preview_of(Task::sinusoid(1.2, 0.3));
        sample.preview.theta.mse.iter_mut().for_each(|mse| *mse *= 0.5);
    }),
    ("preview_input", |sample| sample.preview_input = PreviewInput::new(Task::sinusoid(9.0, 0.0))),
    ("shots", |sample| sample.shots.push([1.0, 15.0])),
    ("steps", |sample| sample.steps = vec![8]),
    ("replayed", |sample| sample.replayed = Some(2)),
    ("shows_random", |sample| sample.shows_random = false),
    ("average", |sample| sample.average = Some(AverageFunction::new(&sample.config.tasks, 0))),
    ("held_limit", |sample| sample.held_limit = Some(12.0)),
    ("history", |sample| {
        sample.history.clear();
        training().into_iter().take(7).for_each(|point| sample.history.push(point));
    }),
    ("other_branch", |sample| training().into_iter().take(9).for_each(|point| sample.other_branch.push(point))),
    ("past", |sample| sample.past = Some(400)),
    ("baseline", |sample| sample.baseline = None),
    ("alignment", |sample| {
        sample.alignment.clear();
        alignment().into_iter().take(7).for_each(|point| sample.alignment.push(point));
    }),
    ("task_map", |sample| sample.task_map = Some(task_map(1300, 3.0))),
    ("theta_map", |sample| sample.theta_map = Some(made(ViewRequest::ThetaMap, theta_map(300)))),
    ("wheel", |sample| sample.wheel = Some(made_wheel(8))),
    ("chosen_phi", |sample| sample.chosen_phi = Some(3)),
    ("activity", |sample| sample.activity = Some(inside(32, Some(1)))),
    ("weight_changes", |sample| sample.weight_changes = true),
    ("chosen_unit", |sample| sample.chosen_unit = Some(2)),
    ("chosen_weight", |sample| sample.chosen_weight = Some(2)),
    ("loss_surface", |sample| {
        if let Some(made) = &mut sample.loss_surface {
            made.result.path_loss.iter_mut().for_each(|loss| *loss *= 0.5);
        }
    }),
    ("comparison_plan", |sample| sample.comparison_plan.runs[0].name.push_str("my favourite")),
    ("comparison", |sample| sample.comparison = comparison([0.5, 0.3])),
    ("comparison_step", |sample| sample.comparison_step = 1),
    ("fitted_run", |sample| {
        sample.fitted_runs = fitted_runs(&comparison([0.2, 0.3]));
    }),
    ("search", |sample| sample.search = Some(searched(false, 2))),
    ("search_step", |sample| sample.search_step = 1),
    ("chosen_candidate", |sample| sample.chosen_candidate = Some(2)),
    ("two_tasks", |sample| {
        if let Some(two) = &mut sample.two_tasks {
            two.tasks.reverse();
            two.cosine = -two.cosine;
        }
    }),
    ("stage", |sample| sample.stage = 0),
    ("stage_part", |sample| sample.stage_part = 0.5),
    ("pair_surface", |sample| {
        if let Some(surface) = &mut sample.pair_surface {
            surface.loss[0].iter_mut().for_each(|loss| *loss *= 0.1);
        }
    }),
    ("shading", |sample| sample.shading = Shading::Second),
];

/// All that a person sees and hears of a chart.
#[derive(Debug, PartialEq)]
struct Appearance {
    drawing: String,
    description: String,
    readouts: Vec<Option<Readout>>,
}

fn style(scheme: Scheme) -> Style {
    Style { scheme, locale: Locale::En, scale: 2.0, text: 16.0, least_line: 0.0 }
}

fn appearance(figure: &impl Figure, size: (u32, u32), style: &Style, hover: Option<f64>) -> Appearance {
    let device = |css: u32| (f64::from(css) * style.scale).round() as u32;
    let mut drawing = String::new();
    let area = SVGBackend::with_string(&mut drawing, (device(size.0), device(size.1))).into_drawing_area();
    let frame = figure.draw(&area, style, hover).expect("SVG takes every drawing");
    area.present().expect("SVG takes every drawing");
    drop(area);
    assert_eq!(frame, figure.frame(size, style));
    let at = |fraction| figure.readout(frame.x.value(fraction), style.locale);
    Appearance {
        drawing,
        description: figure.describe(style.locale),
        readouts: [0.0, 0.03, 0.5, 1.0].into_iter().map(at).collect(),
    }
}

/// The states that charts are tried on.
fn states() -> Vec<(&'static str, Sample)> {
    let changed = CHANGES.map(|(name, change)| {
        let mut sample = full();
        change(&mut sample);
        (name, sample)
    });
    let begun = Sample {
        comparison: {
            let mut begun = comparison([0.5, 0.1]);
            begun.runs.iter_mut().for_each(|run| run.seeds.clear());
            begun
        },
        ..full()
    };
    let kept = Sample { preview: preview_beside_kept(), ..full() };
    [("full", full()), ("empty", empty()), ("begun", begun), ("kept", kept)].into_iter().chain(changed).collect()
}

struct EveryState;

impl Visitor for EveryState {
    fn visit(&mut self, chart: impl Registered) {
        for (state, sample) in states() {
            let is_drawn = chart.with_figure(&sample, |figure| {
                for size in [(240, 200), (1600, 900)] {
                    let [light, dark] = Scheme::ALL.map(|scheme| appearance(figure, size, &style(scheme), None));
                    assert_ne!(light.drawing, dark.drawing, "{state}");
                    assert_eq!((&light.description, &light.readouts), (&dark.description, &dark.readouts), "{state}");
                    appearance(figure, size, &style(Scheme::Light), Some(1.0));
                    light.readouts.iter().flatten().for_each(assert_fits);
                }
                for &locale in Locale::ALL {
                    assert!(!figure.describe(locale).trim().is_empty(), "{state}, {locale:?}");
                }
            });
            // Where there is nothing to make a figure of, the chart must have looked for it in vain.
            let looked = sample.read.borrow();
            let is_absent = |source: &str, is_none: bool| is_none && looked.contains(source);
            let lacks = is_absent("search", sample.search.is_none())
                || is_absent("theta_map", sample.theta_map.is_none())
                || is_absent("wheel", sample.wheel.is_none())
                || is_absent("activity", sample.activity.is_none())
                || is_absent("two_tasks", sample.two_tasks.is_none())
                || is_absent("fitted_run", sample.fitted_runs.contains(&None));
            assert_eq!(is_drawn.is_none(), lacks, "{state}");
        }
    }
}

/// Whether the box beside the pointer can be read at a glance.
fn assert_fits(readout: &Readout) {
    assert!(!readout.title.is_empty() && readout.lines.len() <= 16, "{readout:?}");
    for line in &readout.lines {
        assert!(!line.label.is_empty() && !line.value.is_empty(), "{line:?}");
        assert!(line.label.chars().count() <= 80 && line.value.chars().count() <= 24, "{line:?}");
    }
}

#[test]
fn every_chart_is_drawn_in_every_state() {
    visit_every(&mut EveryState);
}

/// Compares what charts read with what they change with.
#[derive(Default)]
struct Dependence {
    read: BTreeSet<&'static str>,
    faults: Vec<String>,
}

impl Visitor for Dependence {
    fn visit(&mut self, chart: impl Registered) {
        let look = |sample: &Sample| {
            chart.with_figure(sample, |figure| appearance(figure, (800, 520), &style(Scheme::Light), Some(1.0)))
        };
        let sample = full();
        let before = look(&sample).expect("a figure");
        let read = sample.read.take();
        for (source, change) in CHANGES {
            let mut changed = sample.clone();
            change(&mut changed);
            let is_changed = look(&changed).expect("a figure") != before;
            if is_changed != read.contains(source) {
                let what =
                    if is_changed { "changes with, but does not read," } else { "reads, but does not change with," };
                self.faults.push(format!("{} {what} {source}", type_name(&chart)));
            }
        }
        self.read.extend(read);
    }
}

fn type_name<T>(_: &T) -> &'static str {
    std::any::type_name::<T>()
}

#[test]
fn every_chart_changes_with_all_that_it_reads_and_nothing_else() {
    let mut dependence = Dependence::default();
    visit_every(&mut dependence);
    assert!(dependence.faults.is_empty(), "{}", dependence.faults.join("\n"));
    let sources: BTreeSet<_> = CHANGES.iter().map(|(source, _)| *source).collect();
    assert_eq!(dependence.read, sources, "a source that no chart reads is none");
}

struct Names {
    of_type: Vec<(&'static str, &'static str)>,
    of_chart: Vec<String>,
    titles: Vec<Vec<String>>,
}

impl Visitor for Names {
    fn visit(&mut self, chart: impl Registered) {
        self.of_type.push((name_of(&chart), type_name(&chart)));
        self.of_chart.push(chart.name());
        self.titles.push(Locale::ALL.iter().map(|locale| chart.title(*locale)).collect());
        for &locale in Locale::ALL {
            assert!(!heading_of(&chart, locale).is_empty());
        }
    }
}

fn name_of<C: Registered>(_: &C) -> &'static str {
    C::NAME
}

fn heading_of<C: Registered>(_: &C, locale: Locale) -> &'static str {
    C::heading(locale)
}

fn names() -> Names {
    let mut names = Names { of_type: vec![], of_chart: vec![], titles: vec![] };
    visit_every(&mut names);
    names
}

#[test]
fn each_kind_of_chart_has_a_name_of_its_own() {
    let names = names();
    let kinds: BTreeSet<_> = names.of_type.iter().collect();
    let distinct: BTreeSet<_> = names.of_type.iter().map(|(name, _)| name).collect();
    assert_eq!(kinds.len(), distinct.len(), "{kinds:?}");
    assert!(distinct.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')), "{distinct:?}");
}

#[test]
fn each_chart_has_a_name_and_a_title_of_its_own_by_which_it_is_opened_large() {
    let names = names();
    for (name, titles) in names.of_chart.iter().zip(&names.titles) {
        let mut state = PageState::new(Locale::En, Scheme::Light);
        state.view.large = Some(name.clone());
        assert_eq!(state.check(), Ok(()), "{name}");
        assert!(titles.iter().all(|title| !title.trim().is_empty()), "{name}");
    }
    let count = names.of_chart.len();
    assert_eq!(names.of_chart.iter().collect::<BTreeSet<_>>().len(), count, "{:?}", names.of_chart);
    for (index, locale) in Locale::ALL.iter().enumerate() {
        let titles: BTreeSet<_> = names.titles.iter().map(|titles| &titles[index]).collect();
        assert_eq!(titles.len(), count, "{locale:?}: {titles:?}");
    }
}

/// What changes only the look of a chart, or tells which of its numbers a person has picked out.
const LOOKS: [&str; 12] = [
    "replayed",
    "weight_changes",
    "config",
    "preview_input",
    "held_limit",
    "past",
    "chosen_unit",
    "chosen_weight",
    "chosen_phi",
    "chosen_candidate",
    "stage_part",
    "shading",
];

/// Looks at the table of every chart.
#[derive(Default)]
struct Tables {
    faults: Vec<String>,
}

impl Visitor for Tables {
    fn visit(&mut self, chart: impl Registered) {
        let name = chart.name();
        let table = |sample: &Sample| chart.with_figure(sample, |figure| figure.table(Locale::En));
        for (state, sample) in states() {
            for &locale in Locale::ALL {
                let Some(table) = chart.with_figure(&sample, |figure| figure.table(locale)) else { continue };
                let headers: BTreeSet<_> = table.headers().iter().map(|header| header.trim()).collect();
                let are_told = headers.len() == table.headers().len() && !headers.contains("");
                let is_whole = table.rows().iter().all(|row| row.len() == headers.len());
                if !are_told || !is_whole {
                    self.faults.push(format!("{name}, {state}, {locale:?}: {:?}", table.headers()));
                }
                let is_empty = |row: &Row| row.iter().all(Option::is_none);
                if table.rows().iter().any(is_empty) || (state == "full" && table.rows().is_empty()) {
                    self.faults.push(format!("{name}, {state}: rows without numbers"));
                }
            }
        }
        // Whatever changes the numbers that a chart shows changes its table.
        let sample = full();
        let before = table(&sample).expect("a table");
        let read = sample.read.take();
        // The axis of the fit has room for its shots, and a mark on that of the movement says which step is looked into.
        let is_look = |source: &str| {
            LOOKS.contains(&source) || [("fit", "shots"), ("movement", "activity")].contains(&(name.as_str(), source))
        };
        let is_number = |source: &str| read.contains(source) && !is_look(source);
        for (source, change) in CHANGES.into_iter().filter(|(source, _)| is_number(source)) {
            let mut changed = sample.clone();
            change(&mut changed);
            if table(&changed).expect("a table") == before {
                self.faults.push(format!("{name}: its table does not change with {source}"));
            }
        }
    }
}

#[test]
fn every_chart_has_all_its_numbers_in_one_table_with_a_header_for_each_column() {
    let mut tables = Tables::default();
    visit_every(&mut tables);
    assert!(tables.faults.is_empty(), "{}", tables.faults.join("\n"));
}

/// Finds the table of a chart by its name.
struct TableOf<'a> {
    name: &'a str,
    sample: &'a Sample,
    found: Option<Table>,
}

impl Visitor for TableOf<'_> {
    fn visit(&mut self, chart: impl Registered) {
        if chart.name() == self.name {
            self.found = chart.with_figure(self.sample, |figure| figure.table(Locale::En));
        }
    }
}

fn table_of(name: &str, sample: &Sample) -> Table {
    let mut visitor = TableOf { name, sample, found: None };
    visit_every(&mut visitor);
    visitor.found.expect("a chart of this name with a figure")
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

#[test]
fn the_table_of_the_fit_has_a_column_for_each_curve_in_full_precision() {
    let sample = Sample { preview: preview_beside_kept(), ..full() };
    let (table, preview) = (table_of("fit", &sample), &sample.preview);
    assert_eq!(table.headers()[0], "x");
    let of = |header: &str| table.column(header).unwrap_or_else(|| panic!("{header} of {:?}", table.headers()));
    assert_eq!(of("true curve"), wide(&preview.truth));
    assert_eq!(of("θ before adaptation"), wide(&preview.theta.predictions[0]));
    assert_eq!(of("adapted φ, s = 32"), wide(&preview.theta.predictions[6]));
    assert_eq!(of("random start, s = 1"), wide(&preview.random.predictions[1]));
    let kept = &preview.pinned.as_ref().expect("a kept one").adapted;
    assert_eq!(of("θ kept at 400, s = 8"), wide(&kept.predictions[4]));
    assert_eq!(of("MSE, from θ kept at 400"), STEPS.map(|step| kept.mse[step]));
    let [x, y] = [0, 1].map(|axis| preview.shots.iter().map(|shot| f64::from(shot[axis])).collect::<Vec<_>>());
    assert_eq!((&of("x")[50..], of("shots (K = 10)")), (&x[..], y));
    // Truth and shots, three starts with their steps, and two columns of errors for each.
    assert_eq!(table.headers().len(), 3 + 3 * STEPS.len() + 6);
    let replayed = Sample { replayed: Some(2), ..full() };
    assert_eq!(table_of("fit", &replayed).headers(), table_of("fit", &full()).headers(), "no step stands there twice");
}

#[test]
fn the_table_of_a_run_has_each_curve_with_its_interval_and_the_branch_that_was_left() {
    let mut sample = full();
    training().into_iter().take(3).for_each(|point| sample.other_branch.push(point));
    let table = table_of("training", &sample);
    let points = training();
    let of = |header: &str| table.column(header).unwrap_or_else(|| panic!("{header} of {:?}", table.headers()));
    for (place, step) in [(0, 0), (1, 1), (4, 8), (6, 32)] {
        let header = format!("s = {step}, mean over 100 tasks");
        assert_eq!(of(&header), points.iter().map(|point| point.curve.mean_mse[place]).collect::<Vec<_>>());
        let interval = of(&format!("{header}: half width of the 95% interval"));
        assert_eq!(interval, points.iter().map(|point| point.curve.ci95[place]).collect::<Vec<_>>());
        assert_eq!(of(&format!("{header}, branch that was left")).len(), 3);
    }
    assert_eq!(of("Meta-iteration")[..42][38..], [1900.0, 1950.0, 0.0, 50.0]);
    assert_eq!(table.headers().len(), 1 + 2 * 8);
}

#[test]
fn tables_of_planes_have_a_row_for_each_place() {
    let sample = full();
    let map = table_of("task-map", &sample);
    assert_eq!(map.headers(), ["amplitude a", "phase p", "MSE after s = 4 steps, K = 10"]);
    let made = sample.task_map.as_ref().expect("a map");
    let spec = &made.result.spec;
    assert_eq!(map.rows().len(), spec.amplitudes.len() * spec.phases.len());
    let second = [spec.amplitudes[0].into(), spec.phases[1].into(), made.result.mse[1]];
    assert_eq!(map.rows()[1], second.map(Some));
    assert!(map.rows()[479][2].is_some_and(f64::is_nan), "one has diverged");

    let surface = table_of("loss-surface", &sample);
    let result = &sample.loss_surface.as_ref().expect("a surface").result;
    let (cells, steps) = (result.loss.len(), result.path.len());
    assert_eq!(surface.rows().len(), cells + 2 * steps);
    assert_eq!(surface.column("MSE on the whole curve"), Some(wide(&result.loss)));
    assert_eq!(surface.column("this task: θ → φ: MSE on the whole curve"), Some(result.path_loss.clone()));
    let first = surface.rows()[0][..2].to_vec();
    assert_eq!(first, result.region.low.map(Some));

    let search = table_of("search", &sample);
    let found = search.column("MSE after s = 32 gradient steps").expect("errors");
    // The last candidate has not been run, and the last but one has diverged.
    assert_eq!((search.rows().len(), found.len()), (20, 19));
    assert!(found[18].is_nan() && found[..18].iter().all(|error| error.is_finite()));
}

#[test]
fn tables_of_the_other_charts_have_as_many_columns_as_they_have_curves() {
    let columns = |name: &str| table_of(name, &full()).headers().len();
    // Task and mean over tasks from two starts; the means with their intervals.
    assert_eq!(columns("adaptation"), 1 + 2 + 2 * 2);
    assert_eq!(columns("alignment"), 1 + 3 * 2);
    assert_eq!(columns("movement"), 1 + 3);
    // Two runs, each with its interval.
    assert_eq!(columns("comparison"), 1 + 2 * 2);
    // Truth, prediction, eight shares, and the one that is picked out as it was at θ.
    assert_eq!(columns("unit-share"), 1 + 2 + 8 + 1);
    assert_eq!(columns("units"), 2 + 2 + 2);
    assert_eq!(table_of("weights", &full()).rows().len(), 12 * 8);
    assert_eq!(columns("theta-map"), 2 + 3 + 3 + 3);
    assert_eq!(columns("wheel"), 2 + 4 + 1);
    // x, truth, the old and the new θ, and φ from the new one.
    assert_eq!(columns("two-tasks-task-1"), 1 + 4);
    let sample = Sample { average: Some(AverageFunction::new(&full().config.tasks, 0)), ..full() };
    let family = table_of("fit", &sample);
    let shown = sample.average.as_ref().map_or(0, |average| average.shown.len());
    // x, truth, θ and shots; the mean and the tasks; two errors.
    assert_eq!(family.headers().len(), 4 + 1 + shown + 2);
}

/// Saves every chart.
struct Saved;

impl Visitor for Saved {
    fn visit(&mut self, chart: impl Registered) {
        for (state, sample) in states() {
            let name = chart.name();
            let saved = chart.with_figure(&sample, |figure| {
                let settings = chart.settings(&sample);
                let about = About {
                    title: chart.title(Locale::En),
                    description: figure.describe(Locale::En),
                    settings,
                    source: String::new(),
                };
                let style = Style { scale: 1.0, ..style(Scheme::Dark) };
                let document = svg::write(&|area, style| figure.draw(area, style, None), (640, 420), &style, &about)
                    .expect("SVG takes every drawing");
                (about, document)
            });
            let Some((about, document)) = saved else { continue };
            let tree = roxmltree::Document::parse(&document).unwrap_or_else(|error| panic!("{name}, {state}: {error}"));
            let described = tree.root_element().children().find(|node| node.tag_name().name() == "desc");
            assert_eq!(described.and_then(|node| node.text()), Some(about.description.as_str()), "{name}, {state}");
            if state == "full" {
                assert!(!about.settings.is_empty(), "{name} says by which settings it was made");
            }
        }
    }
}

#[test]
fn every_chart_is_saved_with_its_words_and_settings() {
    visit_every(&mut Saved);
}

/// Finds the settings of a chart by its name.
struct SettingsOf<'a> {
    name: &'a str,
    sample: &'a Sample,
    found: Vec<Settings>,
}

impl Visitor for SettingsOf<'_> {
    fn visit(&mut self, chart: impl Registered) {
        if chart.name() == self.name {
            self.found = chart.settings(self.sample);
        }
    }
}

fn settings_of(name: &str, sample: &Sample) -> Vec<Settings> {
    let mut visitor = SettingsOf { name, sample, found: vec![] };
    visit_every(&mut visitor);
    visitor.found
}

#[test]
fn a_chart_of_an_experiment_has_the_settings_of_its_own_runs() {
    let mut sample = full();
    // What was chosen since has not made them.
    sample.config.outer.iterations = 70_000;
    let plan = comparison_plan();
    let runs = settings_of("comparison", &sample);
    assert_eq!(runs.iter().map(|run| run.name.chars().next()).collect::<Vec<_>>(), [Some('A'), Some('B')]);
    for (run, planned) in runs.iter().zip(&plan.runs) {
        assert_eq!(run.config.algorithm, planned.config.algorithm);
        assert_eq!((run.seeds.len(), run.seeds[0]), (2, planned.config.seed));
        assert_ne!(run.config.outer.iterations, 70_000);
    }
    assert_eq!(settings_of("run-fit-2", &sample), runs[1..]);
    sample.comparison_plan.runs[0].is_hidden = true;
    assert_eq!(settings_of("comparison", &sample), runs[1..]);
    let search = sample.search.as_ref().expect("a search");
    assert_eq!(settings_of("search", &sample)[0].config, search.candidates.tried[0].config);
    assert_eq!(settings_of("fit", &sample)[0].config, sample.config);
}

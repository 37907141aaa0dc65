//! Charts as a reader meets them: what an SVG drawing of each one contains, and where.

#[path = "common/samples.rs"]
mod samples;

use std::collections::BTreeSet;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::prelude::{DrawingBackend, SVGBackend};
use proptest::prelude::*;
use reptile_lab::app::appearance::Scheme;
use reptile_lab::app::comparison::RunCurve;
use reptile_lab::app::formatting;
use reptile_lab::app::two_tasks::Stage;
use reptile_lab::app::views::Made;
use reptile_lab::chart::figure::Figure;
use reptile_lab::chart::paint::subpixel::SubpixelBackend;
use reptile_lab::chart::plots::adaptation::AdaptationFigure;
use reptile_lab::chart::plots::alignment::AlignmentFigure;
use reptile_lab::chart::plots::comparison::ComparisonFigure;
use reptile_lab::chart::plots::fit::FitFigure;
use reptile_lab::chart::plots::loss_surface::LossSurfaceFigure;
use reptile_lab::chart::plots::movement::MovementFigure;
use reptile_lab::chart::plots::plane::{Places, PlaneFigure};
use reptile_lab::chart::plots::search::SearchFigure;
use reptile_lab::chart::plots::task::TaskFigure;
use reptile_lab::chart::plots::task_map::TaskMapFigure;
use reptile_lab::chart::plots::theta_map::ThetaMapFigure;
use reptile_lab::chart::plots::training::TrainingFigure;
use reptile_lab::chart::plots::unit_share::UnitShareFigure;
use reptile_lab::chart::plots::units::UnitsFigure;
use reptile_lab::chart::plots::weights::WeightsFigure;
use reptile_lab::chart::plots::wheel::WheelFigure;
use reptile_lab::chart::table::Table;
use reptile_lab::chart::{Axis, DrawError, Frame, Readout, Role, Spacing, Style};
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::activity::Activity;
use reptile_lab::domain::alignment::Alignment;
use reptile_lab::domain::alignment::AlignmentPoint;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::search::Search;
use reptile_lab::domain::cost::Cost;
use reptile_lab::domain::evaluation::HeldOutPoint;
use reptile_lab::domain::evaluation::{Curve, over_seeds};
use reptile_lab::domain::pair_surface::Shading;
use reptile_lab::domain::task::average::{AverageFunction, SHOWN};
use reptile_lab::domain::task::curve::{Drawn, TrueCurve};
use reptile_lab::domain::task::family::{Families, Family};
use reptile_lab::domain::task::{Task, TaskDistribution};
use reptile_lab::domain::task_map::TaskMap;
use reptile_lab::domain::theta_map::ThetaMap;
use reptile_lab::domain::wheel::WheelPoint;
use reptile_lab::engine::protocol::{Adapted, Budget, Measured, PreviewResult, TwoTasks};
use reptile_lab::i18n::{Locale, message};
use samples::{
    STEPS, activity, alignment, baseline, compared, curve, pair_loss, pair_surface, preview, preview_beside_kept,
    preview_of, searched, surface, surface_loss, task_map, theta_map, training, two, wheel,
};

const SIZES: [(u32, u32); 7] = [(320, 260), (360, 300), (500, 320), (800, 520), (1280, 620), (1600, 900), (2500, 1300)];

fn style() -> Style {
    Style { scheme: Scheme::Light, locale: Locale::En, scale: 2.0, text: 16.0, least_line: 0.0 }
}

fn fit<'a>(preview: &'a PreviewResult, steps: &'a [usize]) -> FitFigure<'a> {
    let (title, shots_from, average) = (None, None, None);
    FitFigure { title, preview, steps, replayed: None, show_random: true, y_limit: Some(5.0), shots_from, average }
}

/// Symbols, which are the same in every language.
fn names() -> [String; 2] {
    ["α".to_owned(), "ε".to_owned()]
}

fn search_chart<'a>(search: &'a Search, names: &'a [String]) -> SearchFigure<'a> {
    SearchFigure { search, names: &names[..search.axes.len()], step: 32, chosen: None }
}

fn runs(seeds: &[[Vec<Measured>; 2]]) -> Vec<RunCurve<'_>> {
    let run = |colour_slot: usize| RunCurve {
        colour_slot,
        name: "α 0.02",
        seeds: seeds[colour_slot].iter().map(Vec::as_slice).collect(),
    };
    (0..seeds.len()).map(run).collect()
}

/// Lists the figures of [`Shown`].
macro_rules! figures {
    ($($variant:ident: $figure:ident),*) => {
        /// Any of the figures.
        #[derive(Clone, Copy)]
        enum Shown<'a> {
            $($variant($figure<'a>),)*
        }

        $(impl<'a> From<$figure<'a>> for Shown<'a> {
            fn from(figure: $figure<'a>) -> Self {
                Self::$variant(figure)
            }
        })*

        impl Figure for Shown<'_> {
            fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
                match self {
                    $(Self::$variant(figure) => figure.frame(size, style),)*
                }
            }

            fn draw<DB: DrawingBackend>(
                &self,
                area: &DrawingArea<DB, Shift>,
                style: &Style,
                hover: Option<f64>,
            ) -> Result<Frame, DrawError> {
                match self {
                    $(Self::$variant(figure) => figure.draw(area, style, hover),)*
                }
            }

            fn describe(&self, locale: Locale) -> String {
                match self {
                    $(Self::$variant(figure) => figure.describe(locale),)*
                }
            }

            fn table(&self, locale: Locale) -> Table {
                match self {
                    $(Self::$variant(figure) => figure.table(locale),)*
                }
            }

            fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
                match self {
                    $(Self::$variant(figure) => figure.readout(x, locale),)*
                }
            }
        }
    };
}

figures! {
    Fit: FitFigure, TaskMap: TaskMapFigure, Adaptation: AdaptationFigure, Training: TrainingFigure, Alignment: AlignmentFigure,
    Task: TaskFigure, Plane: PlaneFigure, Search: SearchFigure, Comparison: ComparisonFigure, Wheel: WheelFigure, ThetaMap: ThetaMapFigure,
    Units: UnitsFigure, UnitShare: UnitShareFigure, Movement: MovementFigure, Weights: WeightsFigure,
    LossSurface: LossSurfaceFigure
}

/// Any of the charts, with the pointer on it or not.
#[derive(Clone, Copy)]
struct Chart<'a> {
    figure: Shown<'a>,
    hover: Option<f64>,
}

impl<'a> Chart<'a> {
    fn of(figure: impl Into<Shown<'a>>) -> Self {
        Self { figure: figure.into(), hover: None }
    }

    /// The same with the pointer at an x.
    fn at(self, x: f64) -> Self {
        Self { hover: Some(x), ..self }
    }
}

impl Chart<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.figure.frame(size, style)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, style: &Style) -> Result<Frame, DrawError> {
        self.figure.draw(area, style, self.hover)
    }

    fn describe(&self, locale: Locale) -> String {
        self.figure.describe(locale)
    }

    /// The drawing at a size in CSS pixels.
    fn svg(&self, size: (u32, u32), style: &Style) -> Drawing {
        let device = |css: u32| (f64::from(css) * style.scale).round() as u32;
        let mut document = String::new();
        let area = SVGBackend::with_string(&mut document, (device(size.0), device(size.1))).into_drawing_area();
        let frame = self.draw(&area, style).expect("SVG takes every drawing");
        area.present().expect("SVG takes every drawing");
        drop(area);
        Drawing::read(&document, frame, style.scale)
    }
}

/// All charts, full of data, with the pointer on them.
fn with_every_chart(check: impl Fn(Chart<'_>)) {
    let (preview, points, baseline) = (preview(), training(), baseline());
    check(Chart::of(fit(&preview, &STEPS)).at(1.0));
    let average = AverageFunction::new(&TaskDistribution::default(), 0);
    check(Chart::of(FitFigure { show_random: false, average: Some(&average), ..fit(&preview, &[0]) }).at(1.0));
    check(
        Chart::of(AdaptationFigure {
            preview: Some(&preview),
            replayed: None,
            held_out: points.last(),
            baseline: Some((&baseline, 100)),
        })
        .at(8.0),
    );
    let kept = preview_beside_kept();
    check(Chart::of(fit(&kept, &STEPS)).at(1.0));
    let (held_out, baseline) = (points.last(), Some((&baseline, 100)));
    check(Chart::of(AdaptationFigure { preview: Some(&kept), replayed: None, held_out, baseline }).at(8.0));
    check(Chart::of(TrainingFigure { points: &points, iterations: 2000, branch: &[], past: None }).at(700.0));
    let points = alignment();
    check(Chart::of(AlignmentFigure { points: &points, iterations: 2000 }).at(700.0));
    let made = surface();
    check(Chart::of(LossSurfaceFigure { made: Some(&made), highest: 2 }).at(0.5));
    let seeds = [compared(0.5), compared(0.1)];
    let budget = Budget::Iterations(200);
    let comparison = ComparisonFigure { runs: &runs(&seeds), step: 8, budget, tasks: 200 };
    check(Chart::of(comparison).at(90.0));
    let made = task_map(1200, 1.0);
    check(Chart::of(TaskMapFigure { made: Some(&made), distribution: &TaskDistribution::default() }));
    for share in [1.0, 0.04] {
        check(Chart::of(ThetaMapFigure { map: &theta_map_with_steps(share) }).at(0.5));
    }
    check(Chart::of(WheelFigure { wheel: &wheel(32), iteration: 1200, chosen: None }));
    for (is_grid, parameters) in [(true, 2), (false, 2), (true, 1)] {
        check(Chart::of(search_chart(&searched(is_grid, parameters), &names())));
    }
}

/// The map of θ with steps of this share of their length.
fn theta_map_with_steps(share: f64) -> ThetaMap {
    let mut map = theta_map(1200);
    let [x, y] = map.theta.at.place;
    let next = map.next.as_mut().expect("it has a next step");
    for step in next.phis.iter_mut().chain([&mut next.mean, &mut next.new]) {
        step.place = [x + share * (step.place[0] - x), y + share * (step.place[1] - y)];
    }
    map
}

#[test]
fn the_map_of_theta_is_read_at_the_nearest_place_of_the_path() {
    let map = theta_map(1200);
    let figure = ThetaMapFigure { map: &map };
    for place in &map.path {
        let [x, y] = place.at.place;
        assert_eq!(figure.marked((x + 1e-7, y - 1e-7)), Some(x));
    }
    let [x, y] = map.path[map.path.len() - 1].at.place;
    assert_eq!(figure.readout_at((x + 9.0, y), Locale::En), figure.readout(x, Locale::En));
}

#[test]
fn steps_that_are_too_short_to_see_are_enlarged_beside_the_path() {
    for (share, words) in [(1.0, None), (0.04, Some("around θ, 20 times as large"))] {
        let map = theta_map_with_steps(share);
        let drawing = Chart::of(ThetaMapFigure { map: &map }).svg((800, 500), &style());
        let found = drawing.texts.iter().find(|text| text.words.starts_with("around"));
        assert_eq!(found.map(|text| text.words.as_str()), words);
    }
}

/// The plane at a stage, before its errors are known.
fn plane(two: &TwoTasks, stage: Stage) -> PlaneFigure<'_> {
    PlaneFigure { two, stage, part: 1.0, surface: None, shading: Shading::Smaller, highest: 2 }
}

/// The charts of a meta-iteration on two tasks, at every stage that differs.
fn with_every_chart_of_two_tasks(check: impl Fn(Chart<'_>)) {
    let (two, surface) = (two(), pair_surface());
    for number in [0, 1, 5, 6, 7, 8] {
        let stage = Stage::of(number, 5);
        for index in [0, 1] {
            check(Chart::of(TaskFigure { two: &two, index, stage }).at(1.0));
        }
        check(Chart::of(plane(&two, stage)));
        check(Chart::of(PlaneFigure { surface: Some(&surface), ..plane(&two, stage) }));
    }
}

fn units(activity: &Activity, chosen: Option<usize>) -> UnitsFigure<'_> {
    UnitsFigure { activity, iteration: 1200, activation: Activation::Tanh, chosen }
}

fn shares(activity: &Activity, chosen: Option<usize>) -> UnitShareFigure<'_> {
    UnitShareFigure { activity, iteration: 1200, chosen }
}

fn weights(activity: &Activity, changes: bool, chosen: Option<usize>) -> WeightsFigure<'_> {
    WeightsFigure { activity, iteration: 1200, changes, chosen }
}

/// The charts of the inside of a network: the paper's, a small one, and the widest there is.
fn with_every_chart_of_the_inside(check: impl Fn(Chart<'_>)) {
    for (hidden, layer) in [(&[64, 64][..], 1), (&[64, 64], 0), (&[3], 0), (&[128; 4], 3)] {
        let activity = activity(hidden, 32, layer);
        for chosen in [None, Some(2)] {
            check(Chart::of(units(&activity, chosen)));
            check(Chart::of(shares(&activity, chosen)).at(1.0));
            check(Chart::of(weights(&activity, chosen.is_some(), chosen)));
        }
        check(Chart::of(MovementFigure { activity: &activity, iteration: 1200 }).at(8.0));
    }
}

/// All charts that there are without data.
fn with_every_empty_chart(check: impl Fn(Chart<'_>, fn(Locale) -> &'static str)) {
    let nothing = Adapted { mse: Vec::new(), steps: Vec::new(), predictions: Vec::new() };
    let preview = PreviewResult {
        iteration: 0,
        curve: Task::sinusoid(1.0, 0.0).into(),
        shots: Vec::new(),
        grid: Vec::new(),
        truth: Vec::new(),
        theta: nothing.clone(),
        random: nothing,
        pinned: None,
    };
    check(Chart::of(fit(&preview, &STEPS)), Locale::chart_fit_empty);
    let adaptation = AdaptationFigure { preview: None, replayed: None, held_out: None, baseline: None };
    check(Chart::of(adaptation).at(1.0), Locale::chart_adaptation_empty);
    let map = TaskMapFigure { made: None, distribution: &TaskDistribution::default() };
    check(Chart::of(map), Locale::chart_map_empty);
    let training = TrainingFigure { points: &[], iterations: 0, branch: &[], past: None };
    check(Chart::of(training).at(1.0), Locale::chart_training_empty);
    let alignment = AlignmentFigure { points: &[], iterations: 0 };
    check(Chart::of(alignment).at(1.0), Locale::chart_alignment_empty);
    check(Chart::of(LossSurfaceFigure { made: None, highest: 2 }).at(0.1), Locale::chart_surface_empty);
}

/// What an SVG drawing is made of, in CSS pixels.
struct Drawing {
    frame: Frame,
    lines: Vec<Line>,
    circles: Vec<Circle>,
    rectangles: Vec<Rectangle>,
    texts: Vec<Text>,
}

struct Rectangle {
    fill: String,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

struct Line {
    colour: String,
    points: Vec<(f64, f64)>,
}

struct Circle {
    fill: String,
    centre: (f64, f64),
}

#[derive(Debug)]
struct Text {
    words: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    size: f64,
}

/// The width of a character in text sizes, in a face as wide as any common one.
fn advance(character: char) -> f64 {
    match character {
        '\u{2e80}'.. => 1.0,
        ' ' | '\u{202f}' | 'f' | 'i' | 'j' | 'l' | 't' | 'r' | '.' | ',' | ':' | '(' | ')' => 0.37,
        'm' | 'M' | '%' | '=' => 0.9,
        _ => 0.61,
    }
}

impl Drawing {
    fn read(document: &str, frame: Frame, scale: f64) -> Self {
        let mut drawing =
            Self { frame, lines: Vec::new(), circles: Vec::new(), rectangles: Vec::new(), texts: Vec::new() };
        for tag in document.split('<').skip(1) {
            let text = |name: &str| {
                let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {tag}"));
                rest.split('"').next().expect("a part").to_owned()
            };
            let number = |name: &str| text(name).parse::<f64>().unwrap_or_else(|_| panic!("{name} in {tag}")) / scale;
            match tag.split(' ').next() {
                Some("polyline") => {
                    let pairs = text("points");
                    let pairs = pairs.split_whitespace().map(|pair| pair.split_once(',').expect("x,y"));
                    let at = |value: &str| value.parse::<f64>().expect("a number") / scale;
                    let points = pairs.map(|(x, y)| (at(x), at(y))).collect();
                    drawing.lines.push(Line { colour: text("stroke").to_lowercase(), points });
                }
                Some("circle") => drawing
                    .circles
                    .push(Circle { fill: text("fill").to_lowercase(), centre: (number("cx"), number("cy")) }),
                Some("rect") => drawing.rectangles.push(Rectangle {
                    fill: text("fill").to_lowercase(),
                    left: number("x"),
                    top: number("y"),
                    width: number("width"),
                    height: number("height"),
                }),
                Some("text") => {
                    let words = tag.split_once('>').expect("closed").1.trim().to_owned();
                    // plotters writes SVG text smaller than asked, by this factor.
                    let size = number("font-size") * 1.24;
                    let width = words.chars().map(advance).sum::<f64>() * size;
                    let (x, y) = (number("x"), number("y"));
                    let left = match text("text-anchor").as_str() {
                        "start" => x,
                        "middle" => x - width / 2.0,
                        _ => x - width,
                    };
                    let (top, bottom) = (y - 0.4 * size, y + 0.4 * size);
                    drawing.texts.push(Text { words, left, right: left + width, top, bottom, size });
                }
                _ => {}
            }
        }
        drawing
    }

    fn has(&self, words: &str) -> bool {
        self.texts.iter().any(|text| text.words == words)
    }

    /// Curves across the whole plot.
    fn curves(&self) -> impl Iterator<Item = &Line> {
        let whole = 0.98 * self.frame.width;
        self.lines.iter().filter(move |line| line.points[line.points.len() - 1].0 - line.points[0].0 > whole)
    }

    fn circles(&self, role: Role) -> usize {
        let colour = role.css(style().scheme);
        self.circles.iter().filter(|circle| circle.fill == colour).count()
    }
}

#[test]
fn the_fit_chart_has_one_curve_for_the_truth_and_for_each_chosen_step_and_a_circle_for_each_shot() {
    let preview = preview();
    for steps in [&STEPS[..], &[0, 8], &[32], &[]] {
        let chart = FitFigure { show_random: false, ..fit(&preview, steps) };
        let drawing = Chart::of(chart).svg((800, 520), &style());
        assert_eq!(drawing.curves().count(), 1 + steps.len(), "{steps:?}");
        let truths = drawing.curves().filter(|line| line.colour == Role::Truth.css(Scheme::Light)).count();
        assert_eq!(truths, 1);
        // One more in the legend.
        assert_eq!(drawing.circles(Role::Shots), preview.shots.len() + 1);
        for step in STEPS {
            assert_eq!(drawing.has(&format!("s = {step}")), steps.contains(&step), "{step} of {steps:?}");
        }
        assert!(!drawing.has(Locale::En.chart_from_random()));
    }
}

/// The same with the prediction after every step, as while one is replayed.
fn with_every_step() -> PreviewResult {
    let mut preview = preview();
    for adapted in [&mut preview.theta, &mut preview.random] {
        adapted.steps = (0..=32).collect();
        let row = |step: usize| preview.truth.iter().map(|y| y * step as f32 / 32.0).collect();
        adapted.predictions = (0..=32).map(row).collect();
    }
    preview
}

#[test]
fn a_replayed_step_stands_out_and_the_others_step_back() {
    let preview = with_every_step();
    let figure = |replayed| FitFigure { replayed, ..fit(&preview, &[1, 32]) };
    for scheme in Scheme::ALL {
        let style = Style { scheme, ..style() };
        let now = Chart::of(figure(None)).svg((800, 520), &style);
        for step in [0, 5, 32] {
            let drawing = Chart::of(figure(Some(step))).svg((800, 520), &style);
            assert_eq!(drawing.curves().count(), now.curves().count() + 1, "{step}");
            let last = drawing.curves().last().expect("a curve");
            let level = drawing.frame.position(0.0, f64::from(preview.theta.predictions[step][0])).1;
            assert!((last.points[0].1 - level).abs() < 1.0, "the prediction after {step} steps lies over the others");
            let of_step = if step == 0 { Role::Theta } else { Role::Adapted };
            let contrast = |line: &Line| self::contrast(&line.colour, &scheme.paper());
            assert!(contrast(last) >= self::contrast(&of_step.css(scheme), &scheme.paper()) - 0.01, "{step}");
            for line in
                drawing.curves().filter(|line| line.colour != Role::Truth.css(scheme) && !std::ptr::eq(*line, last))
            {
                assert!((3.0..3.2).contains(&contrast(line)), "{scheme:?}: {}", line.colour);
            }
            assert!(drawing.has(&format!("s = {step}")) && drawing.has("s = 1"));
        }
    }
    let readout = figure(Some(5)).readout(0.0, Locale::En).expect("a read-out");
    let roles: Vec<Role> = readout.lines.iter().map(|line| line.role).collect();
    assert_eq!(roles, [Role::Truth, Role::Adapted, Role::Random]);
    let text = figure(Some(5)).describe(Locale::En);
    let error = reptile_lab::app::number::write::significant(preview.theta.mse[5]);
    assert!(text.contains(&Locale::En.format(message::ChartReplayed { step: 5, error })), "{text}");
    assert!(!figure(None).describe(Locale::En).contains("Replayed"));
    // One beyond the last stands for it; one that the engine has not made yet is not drawn.
    assert_eq!(figure(Some(99)).describe(Locale::En), figure(Some(32)).describe(Locale::En));
    let some = self::preview();
    let drawing = Chart::of(FitFigure { replayed: Some(5), ..fit(&some, &[1, 32]) }).svg((800, 520), &style());
    assert_eq!(drawing.curves().count(), 3);
}

#[test]
fn nothing_moves_while_steps_are_replayed() {
    let (preview, points, baseline) = (with_every_step(), training(), baseline());
    for size in SIZES {
        for &locale in Locale::ALL {
            let style = Style { locale, ..style() };
            let charts = |step| {
                let held_out = points.last();
                let adaptation = AdaptationFigure {
                    preview: Some(&preview),
                    replayed: Some(step),
                    held_out,
                    baseline: Some((&baseline, 100)),
                };
                [Chart::of(FitFigure { replayed: Some(step), ..fit(&preview, &STEPS) }), Chart::of(adaptation)]
            };
            let frames = |step| charts(step).map(|chart| chart.frame(size, &style));
            for step in 0..=32 {
                assert_eq!(frames(step), frames(0));
                for chart in charts(step) {
                    assert_apart(&chart.svg(size, &style).texts, size);
                }
            }
        }
    }
}

#[test]
fn the_replayed_step_is_marked_on_the_curves_of_the_task() {
    let (preview, points, baseline) = (preview(), training(), baseline());
    let figure = |replayed| AdaptationFigure {
        preview: Some(&preview),
        replayed,
        held_out: points.last(),
        baseline: Some((&baseline, 100)),
    };
    let draw = |replayed| Chart::of(figure(replayed)).svg((800, 520), &style());
    let (plain, marked) = (draw(None), draw(Some(5)));
    assert_eq!(plain.frame, marked.frame);
    // In the colours that the read-out has, too.
    let readout = figure(None).readout(5.0, Locale::En).expect("a read-out");
    for (line, mse) in readout.lines.iter().zip([&preview.theta.mse, &preview.random.mse]) {
        let (role, place) = (line.role, marked.frame.position(5.0, mse[5]));
        let is_here = |circle: &&Circle| (circle.centre.0 - place.0).hypot(circle.centre.1 - place.1) < 1.0;
        let count = |drawing: &Drawing| {
            drawing.circles.iter().filter(is_here).filter(|circle| circle.fill == line.css(Scheme::Light)).count()
        };
        assert_eq!((count(&plain), count(&marked)), (0, 1), "{role:?}");
    }
    assert!(!plain.has("s = 5") && marked.has("s = 5"));
    let error = reptile_lab::app::number::write::significant(preview.theta.mse[5]);
    let words = Locale::En.format(message::ChartReplayed { step: 5, error });
    assert!(figure(Some(5)).describe(Locale::En).contains(&words));
}

/// The true curve of every family is where its values are, whole within the chart, with upright jumps where it jumps.
#[test]
fn the_true_curve_of_every_family_is_drawn_as_it_is() {
    for &family in Family::ALL {
        let task = Task { family, ..Task::sinusoid(3.4, 1.9) };
        let preview = preview_of(task);
        let drawing = Chart::of(FitFigure { y_limit: None, ..fit(&preview, &[]) }).svg((800, 520), &style());
        let of_truth = |line: &&Line| line.colour == Role::Truth.css(Scheme::Light);
        let truth = drawing.curves().find(of_truth).expect("the true curve");
        let frame = drawing.frame;
        let pixels = |x: f32| frame.position(f64::from(x), f64::from(task.value(x)));
        // Between two samples that lie apart there is a jump or a steep piece: neighbours are near in one direction.
        for pair in truth.points.windows(2) {
            let apart = (pair[1].0 - pair[0].0).abs().min((pair[1].1 - pair[0].1).abs());
            assert!(apart < 8.0, "{family:?}: {pair:?}");
        }
        let heights = truth.points.iter().map(|point| point.1);
        let (top, bottom) = heights.fold((f64::INFINITY, 0.0_f64), |(low, high), y| (low.min(y), high.max(y)));
        let values = (0..=2000).map(|i| pixels(-5.0 + 0.005 * i as f32).1);
        let (least, most) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), y| (low.min(y), high.max(y)));
        assert!((top - least).abs() < 2.0 && (bottom - most).abs() < 2.0, "{family:?}: {top} to {bottom}");
        assert!(top > frame.top && bottom < frame.top + frame.height, "{family:?} leaves the chart");
        let jumps = truth.points.windows(2).filter(|pair| (pair[1].1 - pair[0].1).abs() > 100.0).count();
        // From x = −5 to 5 the angle goes from −3.1 to 6.9: past 0, π and 2π.
        let expected = match family {
            Family::Square => 3,
            Family::Sawtooth => 2,
            _ => 0,
        };
        assert_eq!(jumps, expected, "{family:?}");
    }
}

#[test]
fn the_random_start_is_dashed() {
    let preview = preview();
    let colour = Role::Random.css(Scheme::Light);
    let dashes = |show_random| {
        let drawing = Chart::of(FitFigure { show_random, ..fit(&preview, &[32]) }).svg((800, 520), &style());
        assert_eq!(drawing.curves().count(), 2);
        drawing.lines.iter().filter(|line| line.colour == colour).count()
    };
    assert_eq!(dashes(false), 0);
    assert!(dashes(true) > 20);
}

#[test]
fn the_legend_has_the_error_of_each_start_after_the_step() {
    let preview = preview();
    for size in [(360, 300), (1600, 900)] {
        let drawing = Chart::of(fit(&preview, &[8])).svg(size, &style());
        let value = |words: &str| drawing.texts.iter().filter(|text| text.words == words).count();
        assert_eq!((value("0.0496"), value("4.98")), (1, 1), "{:?}", drawing.texts);
        let (theta, random) = (preview.theta.mse[8], preview.random.mse[8]);
        assert!((theta - 0.0496).abs() < 5e-5 && (random - 4.98).abs() < 5e-3, "{theta} {random}");
    }
}

#[test]
fn a_theta_that_is_kept_has_curves_of_its_own_in_dashes_and_dots() {
    let (alone, kept) = (preview(), preview_beside_kept());
    let colour = Role::Pinned.css(Scheme::Light);
    let average = AverageFunction::new(&TaskDistribution::default(), 0);
    let adaptation =
        |preview| AdaptationFigure { preview: Some(preview), replayed: None, held_out: None, baseline: None };
    let pieces =
        |chart: Chart<'_>| chart.svg((800, 520), &style()).lines.iter().filter(|line| line.colour == colour).count();
    for (chart, is_drawn) in [
        (Chart::of(fit(&alone, &[32])), false),
        (Chart::of(fit(&kept, &[32])), true),
        (Chart::of(FitFigure { replayed: Some(32), ..fit(&kept, &[]) }), true),
        (Chart::of(FitFigure { show_random: false, average: Some(&average), ..fit(&kept, &[0]) }), false),
        (Chart::of(adaptation(&alone)), false),
        (Chart::of(adaptation(&kept)), true),
    ] {
        let pieces = pieces(chart);
        assert!(if is_drawn { pieces > 20 } else { pieces == 0 }, "{pieces}");
    }
    // No other role that is dashed has the same dashes.
    let dashes: Vec<_> = Role::ALL.iter().map(|role| role.dash()).filter(|dash| !dash.is_empty()).collect();
    assert_eq!(dashes.iter().filter(|dash| **dash == Role::Pinned.dash()).count(), 1);
}

#[test]
fn a_theta_that_is_kept_is_told_with_its_moment_and_read_off() {
    let kept = preview_beside_kept();
    let mse = &kept.pinned.as_ref().expect("a θ").adapted.mse;
    let error = |step: usize| reptile_lab::app::number::write::significant(mse[step]);
    let adaptation = AdaptationFigure { preview: Some(&kept), replayed: None, held_out: None, baseline: None };
    for chart in [Chart::of(fit(&kept, &[1, 8])), Chart::of(adaptation)] {
        let text = chart.describe(Locale::En);
        let told = text.split_once("kept at meta-iteration 400, on the same shots by the same optimizer and α: ");
        let (_, told) = told.unwrap_or_else(|| panic!("{text}"));
        assert!(
            told.contains(&format!("s = 1: {}", error(1))) && told.contains(&format!("s = 8: {}", error(8))),
            "{told}"
        );
    }
    for size in [(360, 300), (1600, 900)] {
        assert!(Chart::of(fit(&kept, &[8])).svg(size, &style()).has(&error(8)), "{size:?}");
        let label = Locale::En.format(message::ChartPinnedValue { value: error(32) });
        assert!(Chart::of(adaptation).svg(size, &style()).has(&label), "{size:?}");
    }
    let value = |readout: Option<Readout>| {
        let lines = readout.expect("values").lines;
        let line = lines.into_iter().find(|line| line.role == Role::Pinned).expect("a line of its own");
        (line.label, line.value)
    };
    let (label, _) = value(fit(&kept, &[8]).readout(0.3, Locale::En));
    assert_eq!(label, "θ kept at 400, s = 8");
    assert_eq!(value(adaptation.readout(8.0, Locale::En)).1, error(8));
    // Where there is not room for all, the random start gives way.
    let roles = |steps: &[usize]| -> Vec<Role> {
        let readout = fit(&kept, steps).readout(0.3, Locale::En).expect("values");
        readout.lines.iter().map(|line| line.role).collect()
    };
    assert!(roles(&[0, 1, 4, 32]).contains(&Role::Random));
    let all = roles(&STEPS);
    assert!(!all.contains(&Role::Random) && all.iter().filter(|role| **role == Role::Pinned).count() == STEPS.len());
}

#[test]
fn the_family_is_drawn_with_its_mean_and_theta_on_it() {
    let mut preview = preview();
    let distribution = TaskDistribution { phase: [0.0, 2.0], ..TaskDistribution::default() };
    let average = AverageFunction::new(&distribution, 0);
    preview.grid.clone_from(&average.grid);
    // Half a unit above the mean everywhere.
    preview.theta.predictions[0] = average.mean.iter().map(|mean| *mean as f32 + 0.5).collect();
    let figure = FitFigure { show_random: false, average: Some(&average), shots_from: None, ..fit(&preview, &[0]) };
    let drawing = Chart::of(figure).svg((1280, 620), &style());
    // A dozen tasks, the shown one, and θ; the mean is dashed.
    assert_eq!(drawing.curves().count(), SHOWN + 2);
    let theta = Role::Theta.css(Scheme::Light);
    assert_eq!(drawing.curves().filter(|curve| curve.colour == theta).count(), 1);
    let ink = Role::Truth.css(Scheme::Light);
    let dashes = drawing.lines.iter().filter(|line| line.colour == ink).collect::<Vec<_>>();
    assert!(dashes.len() > 30, "{}", dashes.len());
    // Tasks stay within the axis, whatever is drawn.
    assert!(drawing.curves().all(|curve| curve.points.iter().all(|point| drawing.frame.contains(*point))));
    // By the decomposition of the error into variance and squared distance.
    let expected = [average.mse, average.mse + 0.25].map(|error| format!("{error:.2}"));
    assert!(expected.iter().all(|error| drawing.has(error)), "{expected:?} in {:?}", drawing.texts);
    let tasks = "MSE over 2\u{202f}000 tasks";
    assert!(drawing.has(tasks) && drawing.has("12 tasks"), "{:?}", drawing.texts);

    let words = Chart::of(figure).describe(Locale::En);
    assert!(words.contains("0.500 from that mean") && words.contains("2\u{202f}000 of its tasks"), "{words}");
    let readout = figure.readout(0.0, Locale::En).expect("values");
    let mean = readout.lines.iter().find(|line| line.label == "mean of 2\u{202f}000 tasks").expect("the mean");
    let at = average.grid.iter().position(|x| f64::from(*x) == readout.x).expect("a point of the grid");
    assert!((mean.value.parse::<f64>().expect("a number") - average.mean[at]).abs() < 0.005, "{mean:?}");
}

#[test]
fn the_task_map_colours_every_task_the_same_way_at_any_time() {
    let distribution = TaskDistribution::default();
    let fills = |made: &Made<TaskMap>, scheme| {
        let figure = TaskMapFigure { made: Some(made), distribution: &distribution };
        let drawing = Chart::of(figure).svg((360, 420), &Style { scheme, ..style() });
        let Frame { left, top, width, height, .. } = drawing.frame;
        let cell = (width / 24.0, height / 20.0);
        let is_cell = |rectangle: &&Rectangle| {
            (rectangle.width - cell.0).abs() < 1.0
                && (rectangle.height - cell.1).abs() < 1.0
                && drawing.frame.contains((rectangle.left, rectangle.top))
        };
        let cells: Vec<_> = drawing.rectangles.iter().filter(is_cell).collect();
        assert_eq!(cells.len(), 480);
        // The first is that of the least amplitude and phase, in the corner at the bottom left.
        assert!((cells[0].left - left).abs() < 1.0 && cells[0].top > top + height - 1.2 * cell.1);
        assert!(drawing.has("≤ 0.01") && drawing.has("≥ 100") && drawing.has("2π"), "{:?}", drawing.texts);
        cells.into_iter().map(|cell| cell.fill.clone()).collect::<Vec<String>>()
    };
    let mut made = task_map(1200, 1.0);
    let [light, dark] = [Scheme::Light, Scheme::Dark].map(|scheme| fills(&made, scheme));
    // All but the one that diverges, which is hatched on paper.
    assert_eq!(light[..479], dark[..479]);
    assert_ne!(light[479], dark[479]);
    // An error has the same colour whatever the others are.
    made.result.mse[1..].iter_mut().for_each(|mse| *mse *= 30.0);
    let higher = fills(&made, Scheme::Light);
    assert!(higher[0] == light[0] && higher[1..479].iter().zip(&light[1..479]).all(|(now, before)| now != before));
    let [beyond, below] = [1e4, 1e-4].map(|factor| fills(&task_map(1200, factor), Scheme::Light));
    assert!(beyond[..479].iter().all(|fill| *fill == "#fde725") && below[..479].iter().all(|fill| *fill == "#440154"));
}

#[test]
fn the_task_map_is_read_task_by_task_and_told_inside_and_outside_of_training() {
    let (made, distribution) = (task_map(1200, 1.0), TaskDistribution::default());
    let figure = TaskMapFigure { made: Some(&made), distribution: &distribution };
    let readout = figure.at(3.1, 2.3, Locale::En).expect("a task");
    assert_eq!(readout.title, "near amplitude 2.25, phase 3.01");
    assert_eq!(figure.readout_at((3.1, 2.3), Locale::En).as_ref(), Some(&readout));
    // 0.02 + 0.01·2.25, and the mean over the grid of (2.25·sin(x + 3.01))².
    let values: Vec<&str> = readout.lines.iter().map(|line| line.value.as_str()).collect();
    let squares = (0..50).map(|i| (2.25 * (-5.0 + 10.0 * f64::from(i) / 49.0 + 3.0107).sin()).powi(2));
    assert_eq!(values, ["0.0425", &format!("{:.2}", squares.sum::<f64>() / 50.0)]);
    assert_eq!(readout.lines[0].label, "MSE after s = 4 gradient steps");
    let lost = figure.at(6.2, 9.9, Locale::En).expect("a task");
    assert_eq!(lost.lines[0].value, Locale::En.chart_search_diverged());

    let words = figure.describe(Locale::En);
    let inside = "Inside the rectangle of training tasks: median 0.0450, from 0.0225 to 0.0675.";
    assert!(words.contains("480 tasks") && words.contains(inside) && words.contains("Diverged: 1."), "{words}");
    let mixture = TaskDistribution { family: Families::Mixture, frequency: [0.5, 2.0], ..distribution.clone() };
    let words = TaskMapFigure { distribution: &mixture, ..figure }.describe(Locale::En);
    assert!(words.contains("All tasks of the map: sinusoid, f = 1."), "{words}");
}

#[test]
fn steps_that_were_not_recorded_are_left_out() {
    let preview = preview();
    let drawing = Chart::of(FitFigure { show_random: false, ..fit(&preview, &[3, 8]) }).svg((800, 520), &style());
    assert_eq!(drawing.curves().count(), 2);
}

#[test]
fn predictions_that_are_not_finite_are_not_drawn() {
    let mut preview = preview();
    let drawing = Chart::of(FitFigure { show_random: false, ..fit(&preview, &[32]) }).svg((800, 520), &style());
    let colour = drawing.curves().last().expect("a curve").colour.clone();
    for (i, hole) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].into_iter().enumerate() {
        preview.theta.predictions[6][20 + i] = hole;
    }
    let chart = Chart::of(FitFigure { show_random: false, ..fit(&preview, &[32]) });
    let drawing = chart.svg((800, 520), &style());
    let pieces: Vec<&Line> =
        drawing.lines.iter().filter(|line| line.colour == colour && line.points.len() > 10).collect();
    let hole = |i: usize| drawing.frame.position(f64::from(preview.grid[i]), 0.0).0;
    assert_eq!(pieces.len(), 2);
    assert!((pieces[0].points[pieces[0].points.len() - 1].0 - hole(19)).abs() < 1.0);
    assert!((pieces[1].points[0].0 - hole(23)).abs() < 1.0);

    preview.theta.predictions[6].fill(f32::NAN);
    preview.theta.mse[32] = f64::NAN;
    let drawing = Chart::of(FitFigure { show_random: false, ..fit(&preview, &[32]) }).svg((800, 520), &style());
    assert_eq!(drawing.curves().count(), 1);
    assert!(drawing.has(Locale::En.chart_not_finite()));
}

#[test]
fn predictions_beyond_the_axis_are_cut_off_and_the_axis_stays() {
    let mut preview = preview();
    let before = Chart::of(fit(&preview, &STEPS)).frame((800, 520), &style());
    for (i, y) in preview.theta.predictions[6].iter_mut().enumerate() {
        *y = if i % 2 == 0 { 1e30 } else { -1e30 };
    }
    preview.theta.mse.fill(1e12);
    let drawing = Chart::of(fit(&preview, &STEPS)).svg((800, 520), &style());
    let Frame { top, height, .. } = drawing.frame;
    assert_eq!(drawing.frame, before);
    let in_plot = |line: &&Line| line.points.iter().any(|point| point.1 > top + 1.0);
    let heights = drawing.lines.iter().filter(in_plot).flat_map(|line| &line.points).map(|point| point.1);
    assert!(heights.into_iter().all(|level| (top - 1.0..=top + height + 1.0).contains(&level)));
}

#[test]
fn the_fit_chart_has_room_for_the_distribution_and_for_every_shot() {
    let mut preview = preview();
    let range = |preview: &PreviewResult, y_limit| {
        let Frame { y, .. } = FitFigure { y_limit, ..fit(preview, &STEPS) }.frame((800, 520), &style());
        assert_eq!(y.low, -y.high);
        y.high
    };
    assert_eq!(range(&preview, Some(5.0)), 6.0);
    assert_eq!(range(&preview, None), 4.0);
    preview.shots[0][1] = -7.3;
    assert_eq!(range(&preview, Some(5.0)), 8.0);
    // A shot dragged to the edge does not push the edge away.
    preview.shots[0][1] = -8.0;
    assert_eq!(range(&preview, Some(5.0)), 8.0);
    preview.shots[0][1] = f32::NAN;
    assert_eq!(range(&preview, Some(5.0)), 6.0);
}

#[test]
fn titles_and_legends_are_there_in_every_language() {
    for &locale in Locale::ALL {
        let style = Style { locale, ..style() };
        let (preview, points, baseline) = (preview(), training(), baseline());
        let has = |drawing: &Drawing, words: &[&str]| {
            for word in words {
                assert!(drawing.has(word), "{word} in {:?}", drawing.texts);
            }
        };
        let (shots, theta) = (
            locale.format(message::ChartShots { count: 10 }),
            locale.format(message::ChartThetaAt { iteration: "1\u{202f}200" }),
        );
        let drawing = Chart::of(fit(&preview, &STEPS)).svg((800, 520), &style);
        has(&drawing, &["x", "y", locale.chart_truth(), &shots, &theta, locale.chart_mse_after()]);
        has(&drawing, &[locale.chart_from_theta(), locale.chart_from_random()]);
        let chart = AdaptationFigure {
            preview: Some(&preview),
            replayed: None,
            held_out: points.last(),
            baseline: Some((&baseline, 100)),
        };
        let drawing = Chart::of(chart).svg((800, 520), &style);
        has(&drawing, &[locale.chart_axis_step(), locale.chart_axis_mse(), locale.chart_note_log()]);
        has(&drawing, &[locale.chart_from_theta(), locale.chart_from_random(), locale.chart_mean_band()]);
        has(
            &drawing,
            &[
                &locale.format(message::ChartThisTaskValue { value: "0.0400" }),
                &locale.format(message::ChartMeanValue { tasks: 100, value: "2.50" }),
            ],
        );
        let chart = TrainingFigure { points: &points, iterations: 2000, branch: &[], past: None };
        let drawing = Chart::of(chart).svg((800, 520), &style);
        let note = locale.format(message::ChartNoteMean { tasks: 100 });
        has(&drawing, &[locale.chart_axis_iteration_log(), locale.chart_axis_mse_after(), &note]);
        has(&drawing, &[&locale.format(message::ChartStepValue { step: 0, value: "4.00" }), "1\u{202f}000"]);
        let points = alignment();
        let chart = AlignmentFigure { points: &points, iterations: 2000 };
        let drawing = Chart::of(chart).svg((800, 520), &style);
        let note = locale.format(message::ChartAlignmentNote { tasks: 200 });
        has(&drawing, &[locale.chart_axis_iteration_log(), locale.chart_axis_cosine(), &note]);
        has(&drawing, &[locale.chart_alignment_one_task(), locale.chart_alignment_different_tasks()]);
        has(&drawing, &["0.93", "−0.01", "1", "10", "100"]);
        let made = surface();
        let drawing = Chart::of(LossSurfaceFigure { made: Some(&made), highest: 2 }).svg((800, 520), &style);
        has(&drawing, &[locale.chart_surface_x(), locale.chart_surface_y(), locale.chart_surface_note()]);
        has(
            &drawing,
            &[locale.chart_surface_path(), locale.chart_surface_other(), &theta, "θ", "φ", "φ′", "0.01", "100"],
        );
        has(
            &drawing,
            &[
                &locale.format(message::ChartSurfaceSteps { steps: 8, rate: "0.02" }),
                &locale.format(message::ChartSurfaceFarthest { distance: "0.100" }),
            ],
        );
    }
}

#[test]
fn no_english_is_left_in_chinese_charts() {
    let style = Style { locale: Locale::ZhHans, ..style() };
    let is_english = |words: &str| words.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word.len() > 2);
    let check = |chart: Chart<'_>| {
        for size in SIZES {
            for text in chart.svg(size, &style).texts {
                assert!(!is_english(&text.words), "{text:?}");
            }
        }
        assert!(!is_english(&chart.describe(style.locale).replace("sin", "")), "{}", chart.describe(style.locale));
    };
    with_every_chart(check);
    with_every_chart_of_two_tasks(check);
    with_every_chart_of_the_inside(check);
    with_every_empty_chart(|chart, _| check(chart));
}

#[test]
fn a_chart_without_data_says_so() {
    for &locale in Locale::ALL {
        with_every_empty_chart(|chart, sentence| {
            let drawing = chart.svg((800, 520), &Style { locale, ..style() });
            let words = |text: &str| text.replace(' ', "");
            let all: String = drawing.texts.iter().map(|text| words(&text.words)).collect();
            assert!(all.contains(&words(sentence(locale))), "{all}");
            assert_eq!(drawing.curves().count(), 0);
            assert_eq!(chart.describe(locale), sentence(locale));
        });
    }
}

#[test]
fn no_text_stands_on_another_or_leaves_the_chart() {
    let check = |chart: Chart<'_>| {
        for size in SIZES {
            for &locale in Locale::ALL {
                for text in [14.0, 16.0, 20.0] {
                    let drawing = chart.svg(size, &Style { locale, text, ..style() });
                    assert_apart(&drawing.texts, size);
                }
            }
        }
    };
    with_every_chart(check);
    with_every_chart_of_two_tasks(check);
    with_every_chart_of_the_inside(check);
    with_every_empty_chart(|chart, _| check(chart));
}

/// The square at the top right where the page has the button that opens a chart large, in CSS pixels.
const CORNER: f64 = 26.0;

#[test]
fn every_chart_leaves_the_corner_of_its_button_free() {
    let check = |chart: Chart<'_>| {
        for size in SIZES {
            for &locale in Locale::ALL {
                for text in [14.0, 16.0, 20.0] {
                    let drawing = chart.svg(size, &Style { locale, text, ..style() });
                    let left = f64::from(size.0) - CORNER;
                    let text = drawing.texts.iter().find(|text| text.right > left && text.top < CORNER);
                    assert!(text.is_none(), "{size:?}, {locale:?}: {text:?}");
                    let places = drawing.lines.iter().flat_map(|line| &line.points);
                    let mut places = places.chain(drawing.circles.iter().map(|circle| &circle.centre));
                    let place = places.find(|place| place.0 > left && place.1 < CORNER);
                    assert_eq!(place, None, "{size:?}, {locale:?}");
                }
            }
        }
    };
    with_every_chart(check);
    with_every_chart_of_two_tasks(check);
    with_every_chart_of_the_inside(check);
    with_every_empty_chart(|chart, _| check(chart));
}

/// A chart over a whole window of a phone, a notebook and two projectors: its size and its text's.
const LARGE: [((u32, u32), f64); 5] =
    [((360, 560), 14.0), ((800, 240), 14.0), ((1220, 520), 15.75), ((1830, 810), 23.6), ((3700, 1700), 47.25)];

#[test]
fn a_chart_over_a_whole_window_has_its_texts_apart_and_room_for_its_data() {
    let check = |chart: Chart<'_>| {
        for (size, text) in LARGE {
            for &locale in Locale::ALL {
                let drawing = chart.svg(size, &Style { locale, text, ..style() });
                assert_apart(&drawing.texts, size);
                assert!(drawing.frame.width > 0.4 * f64::from(size.0.min(size.1)), "{size:?}: {:?}", drawing.frame);
            }
        }
    };
    with_every_chart(check);
    with_every_chart_of_two_tasks(check);
    with_every_chart_of_the_inside(check);
    with_every_empty_chart(|chart, _| check(chart));
}

#[test]
fn texts_are_written_in_few_sizes() {
    // A browser keeps a font for every size, and what was drawn with it.
    let check = |chart: Chart<'_>| {
        for (size, text) in SIZES.into_iter().flat_map(|size| [(size, 14.3), (size, 20.8)]).chain(LARGE) {
            for text in chart.svg(size, &Style { text, ..style() }).texts {
                assert!((text.size - text.size.round()).abs() < 1e-6, "{size:?}: {text:?}");
            }
        }
    };
    with_every_chart(check);
    with_every_chart_of_two_tasks(check);
    with_every_chart_of_the_inside(check);
    with_every_empty_chart(|chart, _| check(chart));
}

/// Curves of a colour.
fn curves_of(drawing: &Drawing, colour: &str) -> usize {
    drawing.curves().filter(|line| line.colour == colour).count()
}

#[test]
fn each_stage_of_two_tasks_shows_its_curves_and_points_in_the_same_place() {
    let two = two();
    let (size, style) = ((420, 330), style());
    let (truth, theta) = (Role::Truth.css(Scheme::Light), Role::Theta.css(Scheme::Light));
    let first = TaskFigure { two: &two, index: 0, stage: Stage::Sample }.frame(size, &style);
    // Curves, of which in θ's colour; points with the one in the legend.
    let expected = [(0, 2, 1, 11), (1, 3, 1, 11), (5, 3, 1, 11), (6, 3, 1, 0), (7, 3, 1, 0), (8, 4, 1, 0)];
    for (number, curves, of_theta, points) in expected {
        for index in [0, 1] {
            let stage = Stage::of(number, 5);
            let drawing = Chart::of(TaskFigure { two: &two, index, stage }).svg(size, &style);
            assert_eq!(drawing.frame, first, "{stage:?}");
            assert_eq!(drawing.curves().count(), curves, "{stage:?}");
            assert_eq!((curves_of(&drawing, &truth), curves_of(&drawing, &theta)), (1, of_theta), "{stage:?}");
            assert_eq!(drawing.circles(Role::Shots), points, "{stage:?}");
            let top = drawing.curves().last().expect("a curve").points[0].1;
            let values = match stage {
                Stage::Sample => &two.tasks[index].before.predictions[0],
                Stage::Move => &two.tasks[index].after.predictions[5],
                _ => &two.tasks[index].before.predictions[number.min(5)],
            };
            let y = first.position(0.0, f64::from(values[0])).1;
            assert!((top - y).abs() < 1.0, "{stage:?}: {top} and {y}");
        }
    }
}

#[test]
fn the_plane_is_to_scale_with_the_true_angle() {
    let mut two = two();
    for (a, b, cosine, step_size) in [(3.0, 2.0, 0.5, 0.25), (1.0, 4.0, -0.8, 1.5), (2.0, 2.0, 0.0, 1.0)] {
        (two.tasks[0].distance, two.tasks[1].distance, two.cosine, two.step_size) = (a, b, cosine, step_size);
        two.to_mean = (a * a + b * b + 2.0 * a * b * cosine).sqrt() / 2.0;
        let Places { first, second, mean, new } = Places::of(&two);
        let near = |ours: f64, truth: f64| assert!((ours - truth).abs() < 1e-9, "{ours} and {truth}");
        let length = |(x, y): (f64, f64)| x.hypot(y);
        near(length(first), a);
        near(length(second), b);
        near((first.0 * second.0 + first.1 * second.1) / (a * b), cosine);
        near(f64::midpoint(first.0, second.0), mean.0);
        near(f64::midpoint(first.1, second.1), mean.1);
        near(new.0, step_size * mean.0);

        let drawing = Chart::of(plane(&two, Stage::Move)).svg((500, 320), &style());
        let colour = Role::Adapted.css(Scheme::Light);
        let arrows: Vec<&Line> =
            drawing.lines.iter().filter(|line| line.colour == colour && line.points.len() == 2).collect();
        let vector = |line: &Line| (line.points[1].0 - line.points[0].0, line.points[0].1 - line.points[1].1);
        let (u, v) = (vector(arrows[0]), vector(arrows[1]));
        assert!((length(u) / length(v) - a / b).abs() < 0.02, "{u:?} {v:?}");
        assert!(((u.0 * v.0 + u.1 * v.1) / (length(u) * length(v)) - cosine).abs() < 0.02, "{u:?} {v:?}");
        for words in ["θ", "θ′", "φ₁", "φ₂", Locale::En.chart_two_mean()] {
            assert!(drawing.has(words), "{words}");
        }
        let earlier = Chart::of(plane(&two, Stage::Compare)).svg((500, 320), &style());
        assert!(!earlier.has("θ′") && !earlier.has(Locale::En.chart_two_mean()));
        assert_eq!(earlier.frame, drawing.frame);
    }
}

#[test]
fn the_plane_of_two_tasks_is_read_with_the_errors_of_both() {
    let (two, surface) = (two(), pair_surface());
    let figure = PlaneFigure { surface: Some(&surface), ..plane(&two, Stage::Sample) };
    let ends = Places::of(&two);
    let place = [0.5 * ends.mean.0, 0.1 * ends.first.1];
    let readout = figure.readout_at(place.into(), Locale::En).expect("a read-out");
    let expected = surface.at(place).expect("a place of the region");
    assert_lines(&readout, &expected.map(|error| (Role::Truth, error)));
    for (found, exact) in expected.into_iter().zip(pair_loss(ends, place)) {
        assert!((found / exact - 1.0).abs() < 0.2, "{found} {exact}");
    }
    assert_eq!(plane(&two, Stage::Sample).readout_at(place.into(), Locale::En), None);
    // Keys lead along the line through θ and the mean, where the place is marked.
    let along = figure.readout(place[0], Locale::En).expect("a read-out");
    assert_eq!(along.lines, figure.readout_at((place[0], 0.0), Locale::En).expect("a read-out").lines);
    assert!(along.title.contains(&formatting::error(place[0])), "{}", along.title);
    let rings = |chart: Chart<'_>| chart.svg((500, 420), &style()).circles.len();
    assert!(rings(Chart::of(figure).at(place[0])) > rings(Chart::of(figure)));
}

#[test]
fn the_plane_of_two_tasks_has_the_colour_of_the_chosen_error_under_its_paths() {
    let (two, surface) = (two(), pair_surface());
    let ends = Places::of(&two);
    for shading in Shading::ALL {
        let figure = PlaneFigure { surface: Some(&surface), shading, ..plane(&two, Stage::Sample) };
        let style = Style { scale: 16.0, ..style() };
        let drawing = Chart::of(figure).svg((520, 460), &style);
        let frame = drawing.frame;
        assert!((frame.width - frame.height).abs() < 1e-9, "to scale");
        let scale = frame.left + frame.width + 1.6 * 16.0;
        let level = |loss: f64| frame.top + frame.height * (1.0 - (loss / 0.01).log10() / 4.0);
        let (mut seen, mut checked) = (BTreeSet::new(), 0);
        for number in 0..400 {
            let (right, down) = (f64::from(number % 20) + 0.4, f64::from(number / 20) + 0.7);
            let place = (frame.left + frame.width * right / 20.0, frame.top + frame.height * down / 20.0);
            let (x, y) = frame.data(place.0, place.1);
            let [first, second] = pair_loss(ends, [x, y]);
            // Between two values of the grid the smaller error has an edge, which is drawn as if it were even.
            if shading == Shading::Smaller && (first / second).ln().abs() < 0.2 {
                continue;
            }
            let loss = shading.of([first, second]);
            let [below, here, above] =
                [0.93, 1.0, 1.07].map(|factor| colour_at(&drawing, (scale, level(loss * factor))));
            let found = colour_at(&drawing, place);
            if below == above && found != style.scheme.paper() {
                assert_eq!(found, here, "{shading:?}: {loss} at {x}, {y}");
                seen.insert(here.to_owned());
                checked += 1;
            }
        }
        assert!(seen.len() >= 5 && checked > 150, "{shading:?}: {checked}: {seen:?}");
    }
}

#[test]
fn the_walkers_of_two_tasks_go_along_their_paths_and_everything_holds_still() {
    let (two, surface) = (two(), pair_surface());
    let at = |stage, part| {
        let figure = PlaneFigure { surface: Some(&surface), part, ..plane(&two, stage) };
        Chart::of(figure).svg((500, 420), &style())
    };
    let frame = at(Stage::Sample, 1.0).frame;
    let colour = Role::Adapted.css(Scheme::Light);
    for (step, part) in [(1, 0.0), (1, 0.5), (3, 0.25), (5, 1.0)] {
        let drawing = at(Stage::Step(step), part);
        assert_eq!(drawing.frame, frame);
        // The first task's walker is the one disc of its colour; the second task's is a square.
        let walkers: Vec<(f64, f64)> =
            drawing.circles.iter().filter(|circle| circle.fill == colour).map(|circle| circle.centre).collect();
        let [walker] = walkers[..] else { panic!("{step}, {part}: {walkers:?}") };
        let [before, after] = [step - 1, step].map(|step| surface.paths[0][step].place);
        let between = [0, 1].map(|axis: usize| before[axis] + (after[axis] - before[axis]) * part);
        let (left, top) = frame.position(between[0], between[1]);
        assert!(
            (walker.0 - left).abs() < 1.0 && (walker.1 - top).abs() < 1.0,
            "{step}, {part}: {walker:?} {left} {top}"
        );
        assert!(drawing.has("φ₁") && drawing.has("φ₂") && !drawing.has("θ′"));
    }
    for (stage, shown) in
        [(Stage::Sample, 1), (Stage::Step(2), 3), (Stage::Compare, 3), (Stage::Mean, 4), (Stage::Move, 5)]
    {
        let drawing = at(stage, 1.0);
        let names = ["θ", "φ₁", "φ₂", Locale::En.chart_two_mean(), "θ′"].into_iter().filter(|name| drawing.has(name));
        assert_eq!((names.count(), drawing.frame), (shown, frame), "{stage:?}");
    }
    let words = PlaneFigure { surface: Some(&surface), ..plane(&two, Stage::Step(2)) }.describe(Locale::En);
    assert!(words.contains("step 2 of 5") && words.contains(Locale::En.chart_two_smaller()), "{words}");
}

#[test]
fn every_unit_has_a_box_with_its_two_responses_and_its_weight() {
    let activity = activity(&[9, 12], 32, 1);
    let figure = units(&activity, Some(3));
    for size in [(800, 520), (390, 480), (320, 260)] {
        let drawing = Chart::of(figure).svg(size, &style());
        let columns = figure.columns(&drawing.frame);
        assert_eq!(12 % columns, 0, "full rows at {size:?}");
        let of_role = |role: Role| {
            let colour = role.css(Scheme::Light);
            drawing.lines.iter().filter(move |line| line.colour == colour && line.points[0].1 > drawing.frame.top)
        };
        // One solid curve a unit; θ's is dashed.
        let after: Vec<&Line> = of_role(Role::Adapted).collect();
        assert_eq!(after.len(), 12);
        let (mut found, widest) = (0, activity.after.read_out.iter().chain(&activity.before.read_out));
        let widest = widest.fold(0.0_f32, |most, weight| most.max(weight.abs()));
        for unit in 0..12 {
            let (left, top) = figure.position(&drawing.frame, unit);
            assert_eq!(figure.at(&drawing.frame, (left, top)), Some(unit));
            let width = drawing.frame.width / columns as f64;
            let is_in = |x: f64, y: f64| {
                (x - left).abs() <= width / 2.0 && (y - top).abs() <= drawing.frame.height / (12 / columns) as f64 / 2.0
            };
            let line = after[unit];
            assert!(line.points.iter().all(|(x, y)| is_in(*x, *y)), "{unit} at {size:?}");
            // Where the line is highest, so is the response: y grows downwards.
            let highest = line.points.iter().min_by(|a, b| a.1.total_cmp(&b.1)).expect("points");
            let (from, to) = (line.points[0].0, line.points[line.points.len() - 1].0);
            let index = (49.0 * (highest.0 - from) / (to - from)).round() as usize;
            let responses = &activity.after.responses[unit];
            let most = responses.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert!(most - responses[index] < 0.03, "{unit} at {size:?}: {} and {most}", responses[index]);
            // The bar of its weight goes from the middle to the side of its sign.
            let weight = f64::from(activity.after.read_out[unit] / widest);
            let bars = drawing.rectangles.iter().filter(|bar| bar.fill == Role::Adapted.css(Scheme::Light));
            let of_unit = bars.filter(|bar| is_in(bar.left + bar.width / 2.0, bar.top));
            for bar in of_unit {
                let (from, to) = (bar.left - left, bar.left + bar.width - left);
                let reach = if weight < 0.0 { from } else { to };
                assert!((reach / (width / 2.0) - weight).abs() < 0.15, "{unit} at {size:?}: {reach} and {weight}");
                found += 1;
            }
        }
        assert_eq!(found, 12, "at {size:?}");
        assert_eq!(figure.at(&drawing.frame, (drawing.frame.left - 5.0, drawing.frame.top)), None);
    }
    let readout = figure.readout(0.0, Locale::En).expect("a chosen unit");
    assert_eq!(readout.title, "Unit 4 of hidden layer 2");
    let share = activity.after.share(3).expect("a share").into_iter().fold(0.0_f32, |most, y| most.max(y.abs()));
    let expected = [activity.before.read_out[3], activity.after.read_out[3], share].map(f64::from);
    for (line, expected) in readout.lines.iter().zip(expected) {
        assert!((parsed(&line.value) - expected).abs() < 0.005 * expected.abs() + 1e-6, "{line:?}: {expected}");
    }
    assert_eq!(units(&activity, None).readout(0.0, Locale::En), None);
}

#[test]
fn a_share_is_drawn_as_weight_times_response_before_and_after() {
    let activity = activity(&[9, 12], 32, 1);
    let figure = shares(&activity, Some(3));
    let drawing = Chart::of(figure).svg((800, 520), &style());
    let [before, after] = [&activity.before, &activity.after].map(|snapshot| snapshot.share(3).expect("a share"));
    let strongest = drawing.curves().last().expect("the share that is picked out");
    for (place, (x, y)) in strongest.points.iter().zip(activity.grid.iter().zip(&after)) {
        let expected = drawing.frame.position(f64::from(*x), f64::from(*y));
        assert!((place.0 - expected.0).abs() < 0.6 && (place.1 - expected.1).abs() < 0.6, "{place:?} {expected:?}");
    }
    // The twelve shares, the bed of the dashed one before, and the one after with its bed; the prediction is dashed.
    assert_eq!(drawing.curves().count(), 12 + 3);
    let most = before.iter().chain(&after).fold(0.0_f32, |most, y| most.max(y.abs()));
    assert!(drawing.frame.y.high > f64::from(most) && drawing.frame.y.low == -drawing.frame.y.high);
    let readout = figure.readout(f64::from(activity.grid[10]) + 0.05, Locale::En).expect("a read-out");
    let values = [activity.truth[10], activity.after.prediction[10], before[10], after[10]].map(f64::from);
    let roles = [Role::Truth, Role::Adapted, Role::Theta, Role::Adapted];
    assert_lines(&readout, &roles.into_iter().zip(values).collect::<Vec<_>>());
    // Of a layer below there are none, and the chart says why.
    let below = samples::activity(&[9, 12], 32, 0);
    assert_eq!(shares(&below, Some(3)).describe(Locale::En), Locale::En.chart_share_none());
    assert_eq!(Chart::of(shares(&below, None)).svg((800, 520), &style()).curves().count(), 0);
}

#[test]
fn the_movement_chart_has_a_line_for_each_layer_with_its_distance_at_the_end() {
    for hidden in [&[9, 12][..], &[3], &[4, 5, 6, 7]] {
        let activity = activity(hidden, 32, 0);
        let figure = MovementFigure { activity: &activity, iteration: 1200 };
        let drawing = Chart::of(figure).svg((800, 520), &style());
        let last = activity.moved.last().expect("steps");
        let readout = figure.readout(31.8, Locale::En).expect("a read-out");
        assert_eq!((readout.lines.len(), readout.x), (hidden.len() + 1, 32.0));
        let mut shares = 0.0;
        for (layer, far) in last.iter().enumerate() {
            let value = reptile_lab::app::number::write::significant(*far);
            let name = if layer == hidden.len() { "output".to_owned() } else { format!("hidden {}", layer + 1) };
            assert!(drawing.has(&format!("{name}: {value}")), "{name} {value} in {:?}", drawing.texts);
            assert_eq!(readout.lines[layer].label, name);
            let (far, share) = readout.lines[layer].value.split_once(" (").expect("a share");
            assert_eq!(far, value);
            shares += parsed(share.trim_end_matches("%)"));
        }
        assert!((shares - 100.0).abs() < 0.3, "{shares}");
        // The output's line is solid: it goes through every step.
        let line = drawing.curves().last().expect("a solid line");
        for (place, (step, row)) in line.points.iter().zip(activity.moved.iter().enumerate()) {
            let expected = drawing.frame.position(step as f64, row[hidden.len()]);
            assert!((place.0 - expected.0).abs() < 0.6 && (place.1 - expected.1).abs() < 0.6, "{place:?} {expected:?}");
        }
    }
}

#[test]
fn every_weight_has_the_colour_of_its_value_and_large_matrices_are_shown_in_blocks() {
    for (hidden, layer, changes) in [(&[9, 12][..], 1, false), (&[9, 12], 1, true), (&[9, 12], 0, false)] {
        let activity = activity(hidden, 32, layer);
        let figure = weights(&activity, changes, Some(2));
        let (rows, columns) = figure.shape();
        for scheme in Scheme::ALL {
            let drawing = Chart::of(figure).svg((800, 520), &Style { scheme, ..style() });
            let bar = bar(&drawing);
            assert_eq!(bar.len(), 32);
            let value = |weight: usize| {
                let [before, after] =
                    [&activity.before, &activity.after].map(|s| s.weights[weight / columns][weight % columns]);
                f64::from(if changes { after - before } else { before })
            };
            let limit =
                parsed(&drawing.texts.iter().rfind(|text| !text.words.starts_with('−')).expect("the scale").words);
            let mut tried = 0;
            for weight in 0..rows * columns {
                let place = figure.position(&drawing.frame, weight).expect("a weight");
                assert_eq!(figure.at(&drawing.frame, place), Some(weight));
                let is_here = |r: &&Rectangle| {
                    r.left < place.0 && place.0 < r.left + r.width && r.top < place.1 && place.1 < r.top + r.height
                };
                let cell = drawing.rectangles.iter().rfind(is_here).expect("a cell");
                let far = |piece: &usize| difference(&sights()[0].1, &bar[*piece], &cell.fill);
                let nearest = (0..32).min_by(|a, b| far(a).total_cmp(&far(b))).expect("a piece");
                let expected = 16.0 * (value(weight) / limit + 1.0) - 0.5;
                assert!((nearest as f64 - expected).abs() < 1.6, "{weight}: {nearest} and {expected}");
                tried += 1;
            }
            assert_eq!(tried, rows * columns);
        }
    }
    let wide = activity(&[128, 128], 32, 1);
    let figure = weights(&wide, false, None);
    let drawing = Chart::of(figure).svg((640, 400), &style());
    let cells = drawing.rectangles.iter().filter(|r| drawing.frame.contains((r.left + 1.0, r.top + 1.0)));
    assert!(cells.count() < 64 * 64 + 200);
    assert!(drawing.texts.iter().any(|text| text.words.contains("2 × 2")), "{:?}", drawing.texts);
}

/// The two ends of the signed scale are told apart by every kind of sight, and each half gets stronger all the way.
#[test]
fn the_colours_of_weights_are_told_apart_by_every_kind_of_sight() {
    let activity = activity(&[9, 12], 32, 1);
    for scheme in Scheme::ALL {
        let drawing = Chart::of(weights(&activity, false, None)).svg((800, 520), &Style { scheme, ..style() });
        let colours = bar(&drawing);
        for (sight, matrix) in sights() {
            let between = |a: usize, b: usize| difference(&matrix, &colours[a], &colours[b]);
            for strong in [0, 4, 8] {
                assert!(between(strong, 31 - strong) > 0.05, "{scheme:?}, {sight}: {strong}");
            }
            let from_zero: Vec<f64> = (0..16).map(|piece| between(15 - piece, 15)).collect();
            assert!(from_zero.windows(2).all(|pair| pair[0] < pair[1]), "{scheme:?}, {sight}: {from_zero:?}");
            let from_zero: Vec<f64> = (16..32).map(|piece| between(piece, 16)).collect();
            assert!(from_zero.windows(2).all(|pair| pair[0] < pair[1]), "{scheme:?}, {sight}: {from_zero:?}");
        }
    }
}

#[test]
fn a_curve_by_hand_is_drawn_through_its_values() {
    let mut preview = preview();
    let y: Vec<f32> = (0..50).map(|i| if i < 25 { -2.0 } else { 3.0 }).collect();
    preview.curve = TrueCurve::Drawn(Drawn { x: [-5.0, 5.0], y: y.clone() });
    preview.truth = y.clone();
    let drawing = Chart::of(fit(&preview, &[])).svg((800, 520), &style());
    let truth = drawing.curves().next().expect("the true curve");
    let levels = [y[0], y[49]].map(|y| drawing.frame.position(0.0, f64::from(y)).1);
    let on_level = |point: &&(f64, f64)| levels.iter().any(|level| (point.1 - level).abs() < 1.0);
    // All but the step between two grid points, without a ripple on either side.
    let share = truth.points.iter().filter(on_level).count() as f64 / truth.points.len() as f64;
    assert!(share > 0.97, "{share}");
    let text = fit(&preview, &[8]).describe(Locale::En);
    assert!(text.contains(Locale::En.chart_curve_drawn()), "{text}");
}

#[test]
fn the_range_of_the_shots_is_shaded_where_it_is_not_all() {
    let preview = preview();
    let draw = |shots_from| {
        let mut document = String::new();
        let area = SVGBackend::with_string(&mut document, (1600, 1040)).into_drawing_area();
        let frame = FitFigure { shots_from, ..fit(&preview, &[]) }
            .draw(&area, &style(), None)
            .expect("SVG takes every drawing");
        area.present().expect("SVG takes every drawing");
        drop(area);
        (document, frame)
    };
    let (plain, frame) = draw(None);
    let (shaded, _) = draw(Some([-2.0, 3.0]));
    assert!(
        plain.contains("shots (K = 10)")
            && shaded.contains(&Locale::En.format(message::ChartShotsShaded { count: 10 }))
    );
    let number = |tag: &str, name: &str| -> f64 {
        let (_, rest) = tag.split_once(&format!(" {name}=\"")).expect("an attribute");
        rest.split('"').next().expect("a part").parse::<f64>().expect("a number") / 2.0
    };
    let [left, right] = [-2.0, 3.0].map(|x| frame.position(x, 0.0).0);
    let shades = |document: &str| {
        let rectangles = document.split('<').filter(|tag| tag.starts_with("rect"));
        let fits = |tag: &&str| {
            (number(tag, "x") - left).abs() < 1.0
                && (number(tag, "width") - (right - left)).abs() < 1.5
                && (number(tag, "height") - frame.height).abs() < 1.5
        };
        rectangles.filter(fits).count()
    };
    assert_eq!((shades(&plain), shades(&shaded)), (0, 1));
}

#[test]
fn labels_of_curves_that_end_together_make_room_for_one_another() {
    let points: Vec<HeldOutPoint> = (0..5)
        .map(|i| HeldOutPoint { iteration: 500 * i, tasks: 100, curve: curve(|_| 0.031 + 0.000_1 * i as f64) })
        .collect();
    let baseline = curve(|_| 0.0314);
    let mut preview = preview();
    preview.theta.mse.fill(0.0314);
    preview.random.mse.fill(f64::INFINITY);
    for size in SIZES {
        let training = TrainingFigure { points: &points, iterations: 2000, branch: &[], past: None };
        let drawing = Chart::of(training).svg(size, &style());
        assert_eq!(drawing.texts.iter().filter(|text| text.words.starts_with("s = ")).count(), 4);
        assert_apart(&drawing.texts, size);
        let held_out = points.last();
        let adaptation =
            AdaptationFigure { preview: Some(&preview), replayed: None, held_out, baseline: Some((&baseline, 100)) };
        assert_apart(&Chart::of(adaptation).svg(size, &style()).texts, size);
    }
}

fn assert_apart(texts: &[Text], (width, height): (u32, u32)) {
    for (i, a) in texts.iter().enumerate() {
        assert!(a.left >= 0.0 && a.right <= f64::from(width), "{a:?} leaves {width} × {height}");
        assert!(a.top >= 0.0 && a.bottom <= f64::from(height), "{a:?} leaves {width} × {height}");
        for b in &texts[i + 1..] {
            let apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
            assert!(apart, "{a:?} and {b:?} at {width} × {height}");
        }
    }
}

#[test]
fn the_drawing_stands_where_frame_says() {
    with_every_chart_of_two_tasks(|chart| {
        for size in SIZES {
            assert_eq!(chart.svg(size, &style()).frame, chart.frame(size, &style()));
        }
        for &locale in Locale::ALL {
            assert!(chart.describe(locale).chars().filter(char::is_ascii_digit).count() > 3);
        }
    });
    with_every_chart_of_the_inside(|chart| {
        for size in SIZES {
            assert_eq!(chart.svg(size, &style()).frame, chart.frame(size, &style()));
        }
    });
    with_every_chart(|chart| {
        for size in SIZES {
            for scale in [1.0, 1.25, 2.0, 3.0] {
                let style = Style { scale, ..style() };
                assert_eq!(chart.svg(size, &style).frame, chart.frame(size, &style));
            }
        }
    });
    let preview = preview();
    let drawing = Chart::of(fit(&preview, &STEPS)).svg((800, 520), &style());
    let shots = drawing.circles.iter().filter(|circle| circle.fill == Role::Shots.css(Scheme::Light)).skip(1);
    for (circle, [x, y]) in shots.zip(&preview.shots) {
        let (left, top) = drawing.frame.position(f64::from(*x), f64::from(*y));
        assert!((circle.centre.0 - left).abs() < 0.5 && (circle.centre.1 - top).abs() < 0.5);
    }
}

#[test]
fn nothing_moves_while_values_change() {
    let (mut preview, mut points, baseline, mut aligned) = (preview(), training(), baseline(), alignment());
    let frames = |preview: &PreviewResult, points: &[HeldOutPoint], aligned: &[AlignmentPoint]| {
        let held_out = points.last();
        let adaptation =
            AdaptationFigure { preview: Some(preview), replayed: None, held_out, baseline: Some((&baseline, 100)) };
        let training = TrainingFigure { points, iterations: 2000, branch: &[], past: None };
        let alignment = Chart::of(AlignmentFigure { points: aligned, iterations: 2000 });
        let fit = Chart::of(fit(preview, &STEPS));
        let charts = [fit, Chart::of(adaptation), Chart::of(training), alignment];
        charts.map(|chart| SIZES.map(|size| chart.frame(size, &style())))
    };
    let before = frames(&preview, &points, &aligned);
    preview.iteration = 30_000;
    preview.theta.mse.fill(0.0312);
    preview.theta.predictions.iter_mut().for_each(|row| row.fill(12.0));
    points.truncate(3);
    points[2].curve.mean_mse.fill(9.99);
    aligned.truncate(1);
    assert_eq!(frames(&preview, &points, &aligned), before);
}

#[test]
fn the_training_chart_draws_a_curve_for_each_of_four_steps_or_the_nearest_recorded() {
    let points = training();
    let drawing = Chart::of(TrainingFigure { points: &points, iterations: 1950, branch: &[], past: None });
    assert_eq!(drawing.svg((800, 520), &style()).curves().count(), 4);
    let short: Vec<HeldOutPoint> = points
        .iter()
        .map(|point| {
            let Curve { steps, mean_mse, ci95, median_mse } = &point.curve;
            let first = |values: &[f64]| values[..4].to_vec();
            let (mean_mse, ci95, median_mse) = (first(mean_mse), first(ci95), first(median_mse));
            let curve = Curve { steps: steps[..4].to_vec(), mean_mse, ci95, median_mse };
            HeldOutPoint { curve, ..point.clone() }
        })
        .collect();
    let drawing = Chart::of(TrainingFigure { points: &short, iterations: 1950, branch: &[], past: None })
        .svg((800, 520), &style());
    assert_eq!(drawing.curves().count(), 3);
    let labels = drawing.texts.iter().filter(|text| text.words.starts_with("s = "));
    assert_eq!(
        labels.map(|text| text.words.split(':').next().expect("s")).collect::<Vec<_>>(),
        ["s = 0", "s = 1", "s = 4"]
    );
}

#[test]
fn the_alignment_chart_has_a_solid_curve_for_one_task_and_a_dashed_one_between_tasks() {
    let points = alignment();
    let draw =
        |points: &[AlignmentPoint]| Chart::of(AlignmentFigure { points, iterations: 2000 }).svg((800, 520), &style());
    let drawing = draw(&points);
    let colour = Role::Theta.css(Scheme::Light);
    let whole: Vec<&Line> = drawing.curves().collect();
    assert_eq!(whole.iter().map(|line| &line.colour).collect::<Vec<_>>(), [&colour]);
    for (place, point) in whole[0].points.iter().zip(&points) {
        let expected = drawing.frame.position(point.iteration as f64, point.alignment.cosine.mean);
        assert!((place.0 - expected.0).abs() < 0.5 && (place.1 - expected.1).abs() < 0.5, "{place:?} {expected:?}");
    }
    let level = drawing.frame.position(0.0, 0.0).1;
    let near_zero = |line: &&Line| line.points.iter().all(|point| (point.1 - level).abs() < 30.0);
    assert!(drawing.lines.iter().filter(|line| line.colour == colour).filter(near_zero).count() > 20);
    // Half of what lies between two measurements on this axis is far from half of the meta-iterations.
    assert!(drawing.frame.x.fraction(50.0) > 0.5);

    assert_eq!((drawing.frame.y.low, drawing.frame.y.high), (-0.2, 1.0));
    let mut opposed = points.clone();
    opposed[3].alignment.cosine.mean = -0.7;
    assert_eq!(draw(&opposed).frame.y.low, -1.0);
    opposed[40].alignment.cosine.mean = f64::NAN;
    assert!(draw(&opposed).has(Locale::En.chart_not_finite()));
}

#[test]
fn the_wheel_is_to_scale_with_a_ring_an_amplitude_and_a_stick_for_what_is_out_of_the_plane() {
    let wheel = wheel(32);
    let chart = Chart::of(WheelFigure { wheel: &wheel, iteration: 1200, chosen: None });
    let drawing = chart.svg((800, 520), &style());
    let frame = drawing.frame;
    let per_unit = frame.width / (frame.x.high - frame.x.low);
    assert!((per_unit - frame.height / (frame.y.high - frame.y.low)).abs() < 1e-6);
    let closed = |line: &&Line| line.points.len() > 2 && line.points[0] == line.points[line.points.len() - 1];
    let rings: Vec<&Line> = drawing.lines.iter().filter(closed).collect();
    assert_eq!(rings.len(), 6);
    assert_eq!(rings.iter().map(|ring| &ring.colour).collect::<BTreeSet<_>>().len(), 6, "a shade an amplitude");
    for (ring, row) in rings.iter().zip(&wheel.points) {
        for (place, point) in ring.points.iter().zip(row) {
            let (left, top) = frame.position(point.at.place[0], point.at.place[1]);
            assert!((place.0 - left).hypot(place.1 - top) < 1.0, "{place:?} and {left}, {top}");
            assert!(frame.contains(*place));
        }
    }
    for point in &wheel.points[5] {
        let (left, foot) = frame.position(point.at.place[0], point.at.place[1]);
        let end = foot - point.at.distance * per_unit;
        let is_stick = |line: &&Line| {
            let [(a, b), (c, d)] = line.points[..] else { return false };
            (a - left).abs() < 1.0 && (c - left).abs() < 1.0 && (b - foot).abs() < 1.0 && (d - end).abs() < 1.0
        };
        assert_eq!(drawing.lines.iter().filter(is_stick).count(), 1, "{point:?}");
    }
    assert_eq!(drawing.circles(Role::Theta), 2, "one of them in the legend");
    for words in ["p = 0", "π/2", "π", "3π/2", "91.6% of the variance of φ lies in this plane."] {
        assert!(drawing.has(words), "{words}");
    }
}

#[test]
fn the_nearest_phi_is_chosen_and_told() {
    let wheel = wheel(32);
    let figure = WheelFigure { wheel: &wheel, iteration: 1200, chosen: None };
    let frame = figure.frame((800, 520), &style());
    for number in [0, 17, 95] {
        let (left, top) = figure.position(&frame, number).expect("a φ");
        assert_eq!(figure.at(&frame, (left + 1.0, top - 1.0)), Some(number));
    }
    let (left, top) = figure.position(&frame, 80).expect("a φ");
    assert_eq!(figure.at(&frame, (left + 60.0, top)), None, "nothing is within reach");
    assert_eq!(figure.readout(0.0, Locale::En), None);
    let readout = WheelFigure { chosen: Some(81), ..figure }.readout(0.0, Locale::En).expect("a φ is chosen");
    assert_eq!(readout.title, "amplitude 5.00, phase 0.39");
    let WheelPoint { at, moved } = wheel.points[5][1];
    assert_eq!(readout.lines.len(), 2);
    for (line, value) in readout.lines.iter().zip([moved, at.distance]) {
        assert!((parsed(&line.value) - value).abs() < 0.01 * value, "{line:?} and {value}");
    }
    assert_eq!(WheelFigure { chosen: Some(96), ..figure }.readout(0.0, Locale::En), None);
}

#[test]
fn the_alignment_readout_has_the_values_of_the_nearest_measurement() {
    let points = alignment();
    let chart = AlignmentFigure { points: &points, iterations: 2000 };
    let readout = chart.readout(1012.0, Locale::En).expect("a read-out");
    let Alignment { inner_product, cosine, cosine_between_tasks } = points[20].alignment;
    let expected = [cosine, cosine_between_tasks, inner_product];
    for (line, expected) in readout.lines.iter().zip(expected) {
        let (mean, ci95) = line.value.split_once(" ± ").expect("an interval");
        let near = |text: &str, value: f64| (parsed(text) - value).abs() < 5e-4 + 5e-3 * value.abs();
        assert!(near(mean, expected.mean), "{line:?} {expected:?}");
        assert!((parsed(ci95) - expected.ci95).abs() < 0.5, "{line:?} {expected:?}");
    }
    assert_eq!((readout.lines.len(), readout.x), (3, 1000.0));
    assert_eq!(readout.title, "Gradient alignment at meta-iteration 1\u{202f}000");
    let text = chart.describe(Locale::En);
    assert!(
        text.contains("mean over 200 held-out tasks") && text.contains("from 0.130 ± 0.080 to 0.935 ± 0.011"),
        "{text}"
    );
}

/// The colours of the bar beside a heatmap, from the least error to the greatest.
fn bar(drawing: &Drawing) -> Vec<String> {
    let right = drawing.frame.left + drawing.frame.width;
    let mut pieces: Vec<&Rectangle> = drawing.rectangles.iter().filter(|piece| piece.left > right).collect();
    pieces.sort_by(|a, b| b.top.total_cmp(&a.top));
    pieces.iter().map(|piece| piece.fill.clone()).collect()
}

#[test]
fn a_heatmap_has_a_cell_for_every_error_hatches_what_diverged_and_leaves_the_rest_empty() {
    let (search, names) = (searched(true, 2), names());
    let chart = search_chart(&search, &names);
    let drawing = Chart::of(chart).svg((800, 520), &style());
    let bar = bar(&drawing);
    assert_eq!(bar.len(), 64);
    let paper = Scheme::Light.paper();
    for index in 0..20 {
        let (x, y) = chart.position(&drawing.frame, index);
        let is_here = |r: &&Rectangle| r.left < x && x < r.left + r.width && r.top < y && y < r.top + r.height;
        // The paper is below every cell, and so is a line of the grid.
        let cells: Vec<&Rectangle> =
            drawing.rectangles.iter().filter(is_here).skip(1).filter(|cell| cell.height > 5.0).collect();
        let [cell] = cells[..] else { panic!("one cell at {index}") };
        assert!((cell.width - drawing.frame.width / 5.0).abs() < 3.0, "{}", cell.width);
        assert!((cell.height - drawing.frame.height / 4.0).abs() < 3.0, "{}", cell.height);
        assert_eq!(cell.fill == paper, index >= 18, "{index}: {}", cell.fill);
        let hatches = drawing.lines.iter().filter(|line| {
            let [(left, bottom), (right, top)] = line.points[..] else { return false };
            let within =
                |x: f64, y: f64| x >= cell.left - 1.0 && x <= cell.left + cell.width + 1.0 && y > cell.top - 1.0;
            left < right && top < bottom && within(left, bottom) && within(right, top)
        });
        assert_eq!(hatches.count() > 10, index == 18, "{index}");
        // Each error is 1.4 times the one before, and the colours span a factor of a hundred.
        if index < 18 {
            let far = |piece: &usize| difference(&sights()[0].1, &bar[*piece], &cell.fill);
            let nearest = (0..64).min_by(|a, b| far(a).total_cmp(&far(b))).expect("a piece");
            let expected = (64.0 * index as f64 * 1.4f64.ln() / 100f64.ln() - 0.5).clamp(0.0, 63.0);
            assert!((nearest as f64 - expected).abs() < 1.0, "{index}: {nearest} and {expected}");
        }
        // Where the pointer is over it, that is the candidate it means.
        assert_eq!(chart.at(&drawing.frame, (cell.left + 2.0, cell.top + 2.0)), Some(index));
    }
    assert_eq!(chart.at(&drawing.frame, (drawing.frame.left - 5.0, drawing.frame.top + 5.0)), None);
    // 0.04 to 4, and 0.04 · 1.4^17 = 12.2 lies beyond.
    for words in ["0.0400", "0.126", "0.400", "1.26", "≥ 4.00", "0.00316", "0.0316", "best", "diverged"] {
        assert!(drawing.has(words), "{words} in {:?}", drawing.texts);
    }
    assert!(
        drawing.has(&Locale::En.format(message::ChartSearchLog { name: "α" }))
            && drawing.has(&Locale::En.format(message::ChartSearchLog { name: "ε" }))
    );
}

#[test]
fn a_random_search_has_a_point_for_every_pair_and_one_parameter_goes_against_the_error() {
    let names = names();
    for (is_grid, parameters) in [(false, 2), (true, 1), (false, 1)] {
        let search = searched(is_grid, parameters);
        let chart = search_chart(&search, &names);
        let drawing = Chart::of(chart).svg((800, 520), &style());
        let Frame { left, top, width, height, .. } = drawing.frame;
        let last = search.outcomes.len() - 1;
        for (index, candidate) in search.candidates.tried.iter().enumerate() {
            let place = chart.position(&drawing.frame, index);
            assert_eq!(place.0, drawing.frame.position(candidate.values[0], 1.0).0);
            let near = |circle: &&Circle| (circle.centre.0 - place.0).hypot(circle.centre.1 - place.1) < 1.0;
            let fills: Vec<&String> =
                drawing.circles.iter().filter(near).map(|circle| &circle.fill).filter(|fill| *fill != "none").collect();
            let is_empty = index == last && parameters == 2;
            assert_eq!(fills.len(), usize::from(index < last - 1 || is_empty), "{index} of {parameters}");
            assert_eq!(fills.iter().any(|fill| **fill == Scheme::Light.paper()), is_empty);
            assert_eq!(chart.at(&drawing.frame, (place.0, place.1.clamp(top, top + height))), Some(index));
            if parameters == 1 && index < last - 1 {
                let level = drawing.frame.position(1e-3, 0.04 * 1.4f64.powf(index as f64)).1;
                assert!((place.1 - level).abs() < 1e-6, "{index}");
            }
        }
        assert_eq!(chart.at(&drawing.frame, (left + width + 9.0, top)), None);
        assert_eq!(bar(&drawing).len(), if parameters == 2 { 64 } else { 0 });
    }
}

#[test]
fn a_search_is_told_in_words() {
    let (search, names) = (searched(true, 2), names());
    let chart = search_chart(&search, &names);
    assert_eq!(chart.words(0, Locale::En), "α 0.001, ε 0.01, MSE after s = 32 gradient steps 0.0400");
    assert_eq!(chart.words(18, Locale::En), "α 0.0316, ε 1, MSE after s = 32 gradient steps diverged");
    assert_eq!(chart.words(19, Locale::En), "α 0.1, ε 1, MSE after s = 32 gradient steps not run yet");
    let text = chart.describe(Locale::En);
    assert!(text.contains("19 of 20 combinations") && text.contains("mean over 100 held-out tasks"), "{text}");
    assert!(text.contains("Best: α 0.001, ε 0.01") && text.contains("from 0.0400 to 12.2"), "{text}");
    assert!(text.contains("Diverged: 1."), "{text}");
    let readout = chart.candidate(1, Locale::En);
    assert_eq!(chart.readout(0.0, Locale::En), None);
    assert_eq!(SearchFigure { chosen: Some(1), ..chart }.readout(0.0, Locale::En).as_ref(), Some(&readout));
    assert_eq!((readout.title.as_str(), readout.lines[0].value.as_str()), ("α 0.00316, ε 0.01", "0.0560"));
    // Before any step every error is 1.25 times as large.
    let before = SearchFigure { step: 0, ..chart };
    assert_eq!(before.candidate(0, Locale::En).lines[0].value, "0.200");
    assert_eq!(before.candidate(0, Locale::En).lines[0].role, Role::Theta);
}

/// Equal steps along the bar look equally large, get lighter or darker all the way, and do so for every kind of sight.
#[test]
fn the_colours_of_a_heatmap_are_even_for_every_kind_of_sight() {
    let (search, names) = (searched(true, 2), names());
    for scheme in Scheme::ALL {
        let drawing = Chart::of(search_chart(&search, &names)).svg((800, 520), &Style { scheme, ..style() });
        let colours: Vec<String> = bar(&drawing).into_iter().step_by(9).collect();
        for (sight, matrix) in sights() {
            let steps: Vec<f64> = colours.windows(2).map(|pair| difference(&matrix, &pair[0], &pair[1])).collect();
            let (least, most) = steps.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), &step| (a.min(step), b.max(step)));
            assert!(most < 2.2 * least, "{scheme:?}, {sight}: {steps:?}");
            let lightness = colours.iter().map(|css| oklab(times(&matrix, linear(css)))[0]).collect::<Vec<_>>();
            let rises = lightness.windows(2).map(|pair| pair[1] - pair[0]);
            assert!(rises.into_iter().all(|rise| rise > 0.02), "{scheme:?}, {sight}: {lightness:?}");
        }
    }
}

#[test]
fn a_heatmap_means_the_same_on_either_paper_and_says_its_values_where_there_is_room() {
    let (search, names) = (searched(true, 2), names());
    let draw = |scheme, size| Chart::of(search_chart(&search, &names)).svg(size, &Style { scheme, ..style() });
    let [light, dark] = Scheme::ALL.map(|scheme| bar(&draw(scheme, (800, 520))));
    assert_eq!(light, dark);
    // The errors of two cells that are not the best one, and of none in a chart whose cells are too narrow.
    for (size, expected) in [((800, 520), true), ((300, 300), false)] {
        for scheme in Scheme::ALL {
            let drawing = draw(scheme, size);
            for words in ["0.0560", "12.2"] {
                assert_eq!(drawing.has(words), expected, "{words} at {size:?}: {:?}", drawing.texts);
            }
        }
    }
}

#[test]
fn the_hairline_has_a_dot_on_each_curve() {
    let preview = preview();
    let dots = |hover| {
        let chart = Chart::of(FitFigure { show_random: false, ..fit(&preview, &[0, 32]) });
        let drawing = Chart { hover, ..chart }.svg((800, 520), &style());
        let in_plot = drawing.circles.iter().filter(|circle| circle.centre.1 > drawing.frame.top);
        in_plot.filter(|circle| circle.fill != "none" && circle.fill != Role::Shots.css(Scheme::Light)).count()
    };
    assert_eq!(dots(None), 0);
    assert_eq!(dots(Some(0.3)), 3);
}

fn surface_drawing(size: (u32, u32), style: &Style) -> Drawing {
    let made = surface();
    Chart::of(LossSurfaceFigure { made: Some(&made), highest: 2 }).svg(size, style)
}

/// The colour at a place: that of the rectangle which was drawn last there.
fn colour_at(drawing: &Drawing, (left, top): (f64, f64)) -> &str {
    let covers = |rectangle: &&Rectangle| {
        (rectangle.left..rectangle.left + rectangle.width).contains(&left)
            && (rectangle.top..rectangle.top + rectangle.height).contains(&top)
    };
    &drawing.rectangles.iter().rfind(covers).expect("paper at least").fill
}

#[test]
fn a_place_of_the_loss_surface_has_the_colour_of_its_loss_on_the_scale() {
    for scheme in Scheme::ALL {
        let drawing = surface_drawing((640, 560), &Style { scheme, scale: 16.0, ..style() });
        let frame = drawing.frame;
        // The scale is a column of bands beside the plot, from 0.01 to 100 by their logarithm.
        let scale = frame.left + frame.width + 1.6 * 16.0;
        let level = |loss: f64| frame.top + frame.height * (1.0 - (loss / 0.01).log10() / 4.0);
        let (mut seen, mut checked) = (BTreeSet::new(), 0);
        for number in 0..400 {
            let (right, down) = (f64::from(number % 20) + 0.4, f64::from(number / 20) + 0.7);
            let place = (frame.left + frame.width * right / 20.0, frame.top + frame.height * down / 20.0);
            let (x, y) = frame.data(place.0, place.1);
            let loss = surface_loss([x, y]);
            let [below, here, above] =
                [0.95, 1.0, 1.05].map(|factor| colour_at(&drawing, (scale, level(loss * factor))));
            let found = colour_at(&drawing, place);
            // Labels lie on the surface, and at the edge of a band either colour is right.
            if below == above && found != scheme.paper() {
                assert_eq!(found, here, "{scheme:?}: {loss} at {x}, {y}");
                seen.insert(here.to_owned());
                checked += 1;
            }
        }
        assert!(seen.len() >= 7 && checked > 200, "{checked}: {seen:?}");
    }
}

#[test]
fn the_loss_surface_is_to_scale_and_its_paths_go_step_by_step() {
    let made = surface();
    for size in SIZES {
        let Frame { width, height, x, y, .. } = surface_drawing(size, &style()).frame;
        assert!((width / (x.high - x.low) - height / (y.high - y.low)).abs() < 1e-6 * width, "{size:?}");
    }
    let drawing = surface_drawing((640, 560), &style());
    let colour = Role::Adapted.css(Scheme::Light);
    let whole = |line: &&Line| line.colour == colour && line.points.len() > 6;
    let path = drawing.lines.iter().find(whole).expect("a path");
    for (place, point) in path.points.iter().zip(&made.result.path) {
        let expected = drawing.frame.position(point.place[0], point.place[1]);
        assert!((place.0 - expected.0).abs() < 1.0 && (place.1 - expected.1).abs() < 1.0, "{place:?} {expected:?}");
    }
    // A mark for each step that is not on top of another, as the last ones are; and paper around θ, φ and φ′.
    let marks = drawing.circles.iter().filter(|circle| circle.fill == Scheme::Light.paper()).count();
    assert!((9..=12).contains(&marks), "{marks}");
    let dashes = drawing.lines.iter().filter(|line| line.colour == colour && line.points.len() == 2).count();
    assert!(dashes > 5, "the other path is dashed: {dashes}");
}

#[test]
fn the_loss_surface_is_read_off_step_by_step_and_told_with_the_error_at_both_ends() {
    let made = surface();
    let figure = LossSurfaceFigure { made: Some(&made), highest: 2 };
    let readout = figure.readout(0.46, Locale::En).expect("a read-out");
    let loss = surface_loss([0.45, 0.0]) + 0.4 * 0.75 * 0.25;
    let distance: f64 = 0.4 * 0.75 * 0.25;
    let expected = [loss, 0.45f64.hypot(distance), distance].map(|value| (Role::Adapted, value));
    assert_lines(&readout, &expected);
    assert!((readout.x - 0.45).abs() < 1e-9 && readout.title.contains("s = 2"), "{readout:?}");
    assert_eq!(figure.readout(-9.0, Locale::En).expect("a read-out").lines[0].role, Role::Theta);
    // Under the pointer it is a map: a step where the path is near, and else what is there.
    assert_eq!(figure.readout_at((0.455, 0.004), Locale::En), Some(readout));
    let there = [-0.2, 0.25];
    assert_eq!(figure.marked(there.into()), None);
    let readout = figure.readout_at(there.into(), Locale::En).expect("a read-out");
    let error = made.result.at(there).expect("a place of the region");
    assert_lines(&readout, &[(Role::Truth, error), (Role::Truth, 0.2f64.hypot(0.25))]);
    assert!((error / surface_loss(there) - 1.0).abs() < 0.02, "{error} {}", surface_loss(there));
    assert_eq!(figure.readout_at((99.0, 0.0), Locale::En), None);
    let words = figure.describe(Locale::En);
    for part in
        ["θ at meta-iteration 1\u{202f}200", "At θ: 3.51;", "after 8 steps with α = 0.02 on K = 10 shots: 0.0500."]
    {
        assert!(words.contains(part), "{part} in {words}");
    }
    assert!(words.contains("φ is at a distance of 0.600 from θ") && words.contains("108 degrees"), "{words}");
}

#[test]
fn a_loss_surface_that_is_not_finite_is_drawn_as_the_worst() {
    let mut made = surface();
    made.result.loss.fill(f32::NAN);
    made.result.path_loss.fill(f64::INFINITY);
    made.result.path[3..].iter_mut().for_each(|point| point.place = [f64::NAN; 2]);
    let figure = LossSurfaceFigure { made: Some(&made), highest: 2 };
    let drawing = Chart::of(figure).svg((640, 560), &style());
    let frame = drawing.frame;
    let corner = colour_at(&drawing, (frame.left + 3.0, frame.top + 3.0));
    assert_eq!(corner, colour_at(&drawing, (frame.left + frame.width + 1.6 * 16.0, frame.top + 2.0)));
    assert!(figure.describe(Locale::En).contains(Locale::En.chart_not_finite()));
    made.result.path.clear();
    made.result.other.clear();
    made.result.path_loss.clear();
    assert!(LossSurfaceFigure { made: Some(&made), highest: 2 }.readout(0.0, Locale::En).is_none());
    surface_drawing((200, 200), &style());
}

/// The number that a value begins with.
fn parsed(value: &str) -> f64 {
    let number = value.split(' ').next().expect("a part").replace('−', "-").replace('\u{202f}', "");
    number.parse().unwrap_or_else(|_| panic!("{value} is no number"))
}

fn assert_lines(readout: &Readout, expected: &[(Role, f64)]) {
    assert_eq!(
        readout.lines.iter().map(|line| line.role).collect::<Vec<_>>(),
        expected.iter().map(|e| e.0).collect::<Vec<_>>()
    );
    for (line, (_, value)) in readout.lines.iter().zip(expected) {
        let error = (parsed(&line.value) - value).abs();
        assert!(error <= 0.005 * value.abs() + 1e-6, "{line:?} is not {value}");
        assert!(!line.label.is_empty());
    }
}

#[test]
fn the_fit_readout_has_the_values_of_the_nearest_grid_point() {
    let preview = preview();
    let readout = fit(&preview, &[0, 8]).readout(f64::from(preview.grid[10]) + 0.05, Locale::En).expect("a read-out");
    let at = |values: &[f32]| f64::from(values[10]);
    let expected = [
        (Role::Truth, at(&preview.truth)),
        (Role::Shots, f64::from(preview.shots[2][1])),
        (Role::Theta, at(&preview.theta.predictions[0])),
        (Role::Adapted, at(&preview.theta.predictions[4])),
        (Role::Random, at(&preview.random.predictions[0])),
        (Role::Random, at(&preview.random.predictions[4])),
    ];
    assert_lines(&readout, &expected);
    assert_eq!((readout.x, readout.title.as_str()), (f64::from(preview.grid[10]), "x = −2.96"));
}

#[test]
fn the_adaptation_readout_has_the_errors_of_its_step() {
    let (preview, points, baseline) = (preview(), training(), baseline());
    let held_out = points.last();
    let chart =
        AdaptationFigure { preview: Some(&preview), replayed: None, held_out, baseline: Some((&baseline, 100)) };
    let readout = chart.readout(7.7, Locale::En).expect("a read-out");
    let expected = [
        (Role::Adapted, preview.theta.mse[8]),
        (Role::Random, preview.random.mse[8]),
        (Role::Adapted, points[39].curve.mean_mse[4]),
        (Role::Random, baseline.mean_mse[4]),
    ];
    assert_lines(&readout, &expected);
    assert_eq!(readout.x, 8.0);
    // Between recorded steps, the means say which step they are of.
    let readout = chart.readout(11.0, Locale::En).expect("a read-out");
    assert_lines(
        &readout,
        &[(Role::Adapted, preview.theta.mse[11]), (Role::Random, preview.random.mse[11]), expected[2], expected[3]],
    );
    assert!(readout.lines[2].label.ends_with("s = 8"), "{:?}", readout.lines[2]);
}

#[test]
fn the_training_readout_has_the_errors_of_the_nearest_measurement() {
    let points = training();
    let readout = TrainingFigure { points: &points, iterations: 2000, branch: &[], past: None }
        .readout(1012.0, Locale::En)
        .expect("a read-out");
    let at = |i: usize| points[20].curve.mean_mse[i];
    let roles = [Role::Theta, Role::Adapted, Role::Adapted, Role::Adapted];
    assert_lines(&readout, &[0, 1, 4, 6].map(at).into_iter().zip(roles).map(|(v, r)| (r, v)).collect::<Vec<_>>());
    assert_eq!((readout.x, readout.title.as_str()), (1000.0, "MSE at meta-iteration 1\u{202f}000"));
}

#[test]
fn text_alternatives_name_the_numbers() {
    with_every_chart(|chart| {
        for &locale in Locale::ALL {
            let text = chart.describe(locale);
            let (numbers, least) = match chart.figure {
                Shown::Alignment(_) | Shown::Comparison(_) => (" ± ", 4),
                Shown::Search(_) => ("s = 32", 2),
                Shown::TaskMap(_) => ("s = 4", 1),
                Shown::ThetaMap(_) | Shown::Fit(FitFigure { average: Some(_), .. }) => ("2\u{202f}000", 1),
                Shown::Wheel(_) => ("s = 32", 1),
                Shown::LossSurface(_) => ("φ", 4),
                _ => ("s = ", 4),
            };
            assert!(text.matches(numbers).count() >= least, "{text}");
            assert!(text.chars().filter(char::is_ascii_digit).count() > 20, "{text}");
        }
    });
    let preview = preview();
    let text = fit(&preview, &[8]).describe(Locale::En);
    assert!(text.contains("y = 3.40·sin(x + 1.90) for x from −5 to 5, K = 10 shots"), "{text}");
    assert!(text.contains("meta-iteration 1\u{202f}200: s = 8: 0.0496."), "{text}");
    let preview = preview_of(Task { family: Family::Square, frequency: 0.5, ..Task::sinusoid(3.4, 1.9) });
    let text = fit(&preview, &[8]).describe(Locale::En);
    assert!(text.contains("y = 3.40·sgn sin(0.500·x + 1.90) (square wave) for x"), "{text}");
}

#[test]
fn a_fine_backend_takes_the_same_chart_larger() {
    let preview = preview();
    let chart = Chart::of(fit(&preview, &STEPS));
    let mut document = String::new();
    let area = SubpixelBackend::new(SVGBackend::with_string(&mut document, (800, 520)), 8).into_drawing_area();
    let style = Style { scale: 8.0, ..style() };
    let frame = chart.draw(&area, &style).expect("SVG takes every drawing");
    area.present().expect("SVG takes every drawing");
    drop(area);
    let drawing = Drawing::read(&document, frame, style.scale);
    assert_eq!(frame, chart.frame((800, 520), &style));
    let ends = drawing.curves().flat_map(|line| [line.points[0].0, line.points[line.points.len() - 1].0]);
    assert!(ends.into_iter().all(|x| (frame.left - 1.0..=frame.left + frame.width + 1.0).contains(&x)));
}

/// Linear red, green and blue of `#rrggbb`.
fn linear(css: &str) -> [f64; 3] {
    [1, 3, 5].map(|i| {
        let value = f64::from(u8::from_str_radix(&css[i..i + 2], 16).expect("hexadecimal")) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

/// Contrast as WCAG 2 defines it.
fn contrast(a: &str, b: &str) -> f64 {
    let luminance = |css| linear(css).iter().zip([0.2126, 0.7152, 0.0722]).map(|(c, w)| c * w).sum::<f64>() + 0.05;
    let (a, b) = (luminance(a), luminance(b));
    a.max(b) / a.min(b)
}

type Matrix = [[f64; 3]; 3];

fn times(matrix: &Matrix, v: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(v).map(|(m, v)| m * v).sum())
}

/// The colour space `OKLab` (Ottosson 2020), in which distances are about as large as they look.
fn oklab(rgb: [f64; 3]) -> [f64; 3] {
    let lms = times(
        &[
            [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
            [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
            [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
        ],
        rgb,
    );
    times(
        &[
            [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
            [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
            [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
        ],
        lms.map(|value| value.max(0.0).cbrt()),
    )
}

/// Full protanopia, deuteranopia and tritanopia (Machado, Oliveira and Fernandes 2009), and full colour vision.
fn sights() -> [(&'static str, Matrix); 4] {
    [
        ("full", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protan",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deutan",
            [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
        ),
        (
            "tritan",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ]
}

/// How far apart two colours `#rrggbb` look to a kind of sight.
fn difference(matrix: &Matrix, a: &str, b: &str) -> f64 {
    let seen = |css: &str| oklab(times(matrix, linear(css)));
    seen(a).iter().zip(seen(b)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn colours_stand_out_from_the_paper_and_from_one_another_for_every_kind_of_sight() {
    let sights = sights();
    for scheme in Scheme::ALL {
        for (i, a) in Role::ALL.into_iter().enumerate() {
            assert!(contrast(&a.css(scheme), &scheme.paper()) >= 3.0, "{a:?} on {scheme:?} paper");
            for b in &Role::ALL[i + 1..] {
                for (sight, matrix) in &sights {
                    let difference = difference(matrix, &a.css(scheme), &b.css(scheme));
                    assert!(difference >= 0.09, "{a:?} and {b:?}, {scheme:?}, {sight}: {difference}");
                }
            }
        }
    }
}

/// Every curve, whole or in dashes: what has more points than a rule.
fn curve_colours(drawing: &Drawing) -> BTreeSet<String> {
    let curves = drawing.lines.iter().filter(|line| line.points.len() > 2);
    curves.map(|line| line.colour.clone()).collect()
}

#[test]
fn every_curve_stands_out_from_the_paper() {
    for scheme in Scheme::ALL {
        let check = |chart: Chart<'_>| {
            let drawing = chart.svg((800, 520), &Style { scheme, ..style() });
            for colour in curve_colours(&drawing) {
                let contrast = contrast(&colour, &scheme.paper());
                assert!(contrast >= 3.0, "{colour} on {scheme:?} paper: {contrast:.2}");
            }
        };
        with_every_chart(check);
        with_every_chart_of_two_tasks(check);
    }
}

#[test]
fn a_readout_has_the_colours_of_the_curves() {
    let preview = preview();
    for scheme in Scheme::ALL {
        let chart = Chart::of(fit(&preview, &STEPS));
        let drawing = chart.svg((800, 520), &Style { scheme, ..style() });
        let readout = chart.figure.readout(0.3, Locale::En).expect("values");
        let colours: BTreeSet<String> = readout.lines.iter().map(|line| line.css(scheme)).collect();
        assert!(colours.len() > STEPS.len(), "{colours:?}");
        for line in readout.lines.iter().filter(|line| line.role != Role::Shots) {
            assert!(drawing.lines.iter().any(|curve| curve.colour == line.css(scheme)), "{line:?}");
        }
    }
}

#[test]
fn steps_are_told_apart_without_colours() {
    let preview = preview();
    for scheme in Scheme::ALL {
        let steps = [1, 2, 4, 8, 16, 32];
        let chart = Chart::of(FitFigure { show_random: false, ..fit(&preview, &steps) });
        let drawing = chart.svg((800, 520), &Style { scheme, ..style() });
        let truth = Role::Truth.css(scheme);
        let mut greys: Vec<f64> = curve_colours(&drawing)
            .iter()
            .filter(|colour| **colour != truth)
            .map(|colour| contrast(colour, &scheme.paper()))
            .collect();
        greys.sort_by(f64::total_cmp);
        assert_eq!(greys.len(), steps.len());
        for pair in greys.windows(2) {
            assert!(pair[1] / pair[0] > 1.15, "{scheme:?}: {greys:.2?}");
        }
    }
}

prop_compose! {
    fn any_frame()(
        left in 0.0..100.0, top in 0.0..100.0, width in 10.0..2500.0, height in 10.0..2000.0,
        x_low in -10.0..10.0, x_span in 0.1..100.0, y_low in 1e-6..1.0, y_ratio in 2.0..1e6, last in 1.0..1000.0,
        from_zero in any::<bool>(),
    ) -> Frame {
        let linear = Axis { low: x_low, high: x_low + x_span, spacing: Spacing::Linear };
        let steps = Axis { low: 0.0, high: last, spacing: Spacing::LogarithmicFromZero };
        let y = Axis { low: y_low, high: y_low * y_ratio, spacing: Spacing::Logarithmic };
        Frame { left, top, width, height, x: if from_zero { steps } else { linear }, y }
    }
}

proptest! {
    #[test]
    fn position_and_data_are_inverse(frame in any_frame(), right in 0.0..1.0, down in 0.0..1.0) {
        let place = (frame.left + right * frame.width, frame.top + down * frame.height);
        let (x, y) = frame.data(place.0, place.1);
        let again = frame.position(x, y);
        prop_assert!((again.0 - place.0).abs() < 1e-6 && (again.1 - place.1).abs() < 1e-6);
        prop_assert!(frame.contains(place));
        prop_assert!(x >= frame.x.low - 1e-9 && x <= frame.x.high * (1.0 + 1e-9) + 1e-9);
    }

    #[test]
    fn every_size_has_a_drawing(width in 1u32..2600, height in 1u32..1400, scale in 1.0..3.0, text in 8.0..40.0) {
        let style = Style { scale, text, ..style() };
        with_every_chart(|chart| {
            let drawing = chart.svg((width, height), &style);
            assert_eq!(drawing.frame, chart.frame((width, height), &style));
        });
    }
}

#[test]
fn runs_are_compared_by_what_they_were_given_the_same_of() {
    let seeds = [compared(0.5), compared(0.0)];
    let runs = runs(&seeds);
    let [a, b] = [&seeds[0][0][10], &seeds[0][1][10]];
    let (mean, half) = over_seeds([&a.curve, &b.curve].into_iter(), 8).expect("the step was recorded");
    // Student's t with one degree of freedom: 12.706 × |a − b| / 2.
    let [low, high] = [a, b].map(|point| point.curve.mean_mse[4]);
    assert!((mean - f64::midpoint(low, high)).abs() < 1e-12);
    assert!((half - 12.706 * (high - low) / 2.0).abs() < 1e-9, "{half}");
    for (budget, x) in
        [(Budget::Iterations(200), 100.0), (Budget::Evaluations(1000), 500.0), (Budget::Seconds(2.0), 1.0)]
    {
        let chart = ComparisonFigure { runs: &runs, step: 8, budget, tasks: 200 };
        let readout = chart.readout(x * 1.01, Locale::En).expect("a read-out");
        assert!((readout.x - x).abs() < 1e-9, "{budget:?}");
        assert_eq!(readout.lines.iter().map(|line| line.role).collect::<Vec<_>>(), [Role::Run(0), Role::Run(1)]);
        let frame = chart.frame((800, 520), &style());
        assert_eq!((frame.x.low, frame.x.high), (0.0, 2.0 * x));
        assert!(chart.describe(Locale::En).contains("each from its own θ"));
    }
}

#[test]
fn a_run_that_has_not_come_so_far_has_no_value_there() {
    let mut seeds = [compared(0.5), compared(0.0)];
    let last = seeds[1][0][5].iteration;
    seeds[1].iter_mut().for_each(|points| points.truncate(6));
    let (runs, budget) = (runs(&seeds), Budget::Iterations(200));
    let chart = ComparisonFigure { runs: &runs, step: 8, budget, tasks: 200 };
    let at = |x: f64| {
        let readout = chart.readout(x, Locale::En).expect("a read-out");
        (readout.title, readout.lines.into_iter().map(|line| line.role).collect::<Vec<_>>())
    };
    let title = |x: u64| format!("{}: {x}", Locale::En.chart_axis_iteration());
    assert_eq!(at(last as f64), (title(last), vec![Role::Run(0), Role::Run(1)]));
    assert_eq!(at(100.0), (title(100), vec![Role::Run(0)]));
}

#[test]
fn a_run_that_costs_nothing_stays_as_it_is_over_the_whole_axis() {
    let mut seeds = [compared(0.0)];
    seeds[0].iter_mut().flatten().for_each(|point| point.cost = Cost::default());
    let runs = runs(&seeds);
    let budget = Budget::Evaluations(1000);
    let chart = ComparisonFigure { runs: &runs, step: 8, budget, tasks: 200 };
    let drawing = Chart::of(chart).svg((800, 520), &style());
    let right = drawing.frame.left + drawing.frame.width;
    assert!((chart.readout(1000.0, Locale::En).expect("a read-out").x - 1000.0).abs() < 1e-9);
    assert!(right > drawing.frame.left);
}

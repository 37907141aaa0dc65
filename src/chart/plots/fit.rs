//! The fit chart: the true curve, the shots, and what θ and its adaptations predict.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use super::curve::{SAMPLES, finely};
use super::family::FamilyView;
use super::scores::{self, Placed, Scores};
use crate::app::appearance::Scheme;
use crate::app::formula;
use crate::app::preview_input;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::legend::{self, Entry, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Join, Painter, Pen};
use crate::chart::paint::palette::{Start, faded, palest, progress};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::config::Config;
use crate::domain::task::average::AverageFunction;
use crate::domain::task::curve::TrueCurve;
use crate::engine::protocol::{Adapted, Pinned, PreviewResult};
use crate::i18n::{Locale, message};

/// Room above the largest amplitude, as a share of it.
pub(super) const HEADROOM: f64 = 1.15;

/// The strength of the colour behind the range that shots are drawn from.
const SHADE: f64 = 0.09;

/// The most values that are read off at once: what a box beside the pointer has room for.
const MOST_VALUES: usize = 14;

/// The fit chart.
#[derive(Clone, Copy, Debug)]
pub struct FitChart;

impl Chart for FitChart {
    const NAME: &'static str = "fit";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = FitFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.fit_heading()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&FitFigure<'_>) -> T) -> Option<T> {
        let shots_from = shots_from(&sources.config());
        let y_limit = Some(y_limit(sources));
        let (preview, steps) = (sources.preview(), sources.steps());
        let (show_random, replayed, average) = (sources.shows_random(), sources.replayed(), sources.average());
        let figure = FitFigure {
            title: None,
            preview: &preview,
            steps: &steps,
            replayed,
            show_random,
            y_limit,
            shots_from,
            average: None,
        };
        match &average {
            // Adaptations step back, so that tasks, mean and θ can be told apart.
            Some(average) => Some(see(&FitFigure {
                steps: &[0],
                replayed: None,
                show_random: false,
                average: Some(average),
                ..figure
            })),
            None => Some(see(&figure)),
        }
    }
}

/// The fit chart: the true curve, the shots, and what θ and its adaptations predict.
#[derive(Clone, Copy, Debug)]
pub struct FitFigure<'a> {
    /// What the text alternative begins with.
    pub title: Option<&'a str>,
    /// What to show.
    pub preview: &'a PreviewResult,
    /// The gradient steps to draw, of those in `preview.theta.steps`.
    pub steps: &'a [usize],
    /// The gradient step that is replayed: it is drawn strongly, and the others are as pale as curves may be.
    pub replayed: Option<usize>,
    /// Whether to draw the random start's adaptations too.
    pub show_random: bool,
    /// The largest |y| that the axis must have room for, such as the largest amplitude of the task distribution.
    pub y_limit: Option<f64>,
    /// The part of the range of x that shots are drawn from, where it is not all of it: it is shaded.
    pub shots_from: Option<[f64; 2]>,
    /// Tasks of the distribution and their mean, which stand beside θ's own prediction: `steps` is 0 alone then.
    pub average: Option<&'a AverageFunction>,
}

/// The largest |y| that the axis has room for: it stays while a shot is dragged, which else would run away from the pointer.
#[must_use]
pub fn y_limit(sources: &impl Sources) -> f64 {
    sources.held_limit().unwrap_or_else(|| {
        let curve = sources.preview_input().curve();
        preview_input::y_limit(&sources.config(), &curve, &sources.shots())
    })
}

/// The part of the range of x that shots are drawn from, where it is not all of it.
fn shots_from(config: &Config) -> Option<[f64; 2]> {
    let ([low, high], [first, last]) = (config.tasks.shots, config.tasks.x);
    (first < low || high < last).then_some([low.max(first), high.min(last)])
}

/// What one start predicts after one number of gradient steps.
struct Prediction<'a> {
    start: Start,
    step: usize,
    values: &'a [f32],
    mse: f64,
    /// How it stands beside the others.
    stand: Stand,
}

/// How a prediction stands beside the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// One of several.
    Among,
    /// Behind the one that is replayed.
    Back,
    /// The one that is replayed.
    Out,
}

/// Where everything stands.
struct Layout {
    plot: Plot,
    legend: Placed,
}

impl Figure for FitFigure<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.layout(size, style).plot.frame
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        hover: Option<f64>,
    ) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let Layout { plot, legend } = self.layout(painter.size(), style);
        let Style { scheme, locale, .. } = *style;
        if let Some(ends) = self.shots_from {
            let Frame { left, top, width, height, .. } = plot.frame;
            let middle = top + height / 2.0;
            let [low, high] = ends.map(|x| (plot.frame.position(x, 0.0).0.clamp(left, left + width), middle));
            painter.rule(low, high, height, faded(Role::Shots.rgb(scheme), scheme, SHADE))?;
        }
        plot.draw(&painter, scheme)?;
        legend.draw(&painter, scheme, &plot.metrics, plot.frame.top)?;
        if self.preview.grid.is_empty() {
            plot.note(&painter, scheme, locale.chart_fit_empty())?;
            return Ok(plot.frame);
        }
        self.draw_curves(&painter, scheme, &plot)?;
        if let Some(i) = hover.and_then(|x| self.nearest(x)) {
            let x = f64::from(self.preview.grid[i]);
            let dots = self.read_off().into_iter().map(|prediction| {
                let y = prediction.values.get(i).copied().map_or(f64::NAN, f64::from);
                (y, self.pen(&prediction, scheme, &plot.metrics).colour)
            });
            let truth = f64::from(self.preview.truth[i]);
            let mean = self.family().and_then(|family| family.mean_at(x)).map(|(_, mean)| mean);
            let truths = std::iter::once(truth).chain(mean).map(|y| (y, Role::Truth.rgb(scheme)));
            plot.hairline(&painter, scheme, x, truths.chain(dots))?;
        }
        for [x, y] in self.preview.shots.iter().map(|shot| shot.map(f64::from)) {
            let place = plot.frame.position(x, y);
            if x.is_finite() && y.is_finite() && plot.frame.contains(place) {
                legend::shot(&painter, scheme, &plot.metrics, place)?;
            }
        }
        Ok(plot.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let PreviewResult { grid, curve, shots, iteration, theta, random, .. } = self.preview;
        let (Some(&low), Some(&high)) = (grid.first(), grid.last()) else {
            return locale.chart_fit_empty().to_owned();
        };
        let end = |end: f32| number::tick(f64::from(end));
        let errors = |adapted: &Adapted| {
            let parts = adapted.steps.iter().filter(|step| self.steps.contains(step)).map(|&step| {
                locale
                    .format(message::ChartStepValue { step, value: number::significant(mse_at(adapted, step), locale) })
            });
            parts.collect::<Vec<_>>().join(locale.chart_list_separator())
        };
        let mut text = locale.format(message::ChartFitDescription {
            curve: formula::curve(curve, locale, |value| number::significant(value, locale)),
            low: end(low),
            high: end(high),
            count: shots.len(),
            iteration: number::count(*iteration),
            theta: errors(theta),
        });
        if self.show_random {
            text.push(' ');
            text.push_str(&locale.format(message::ChartFitDescriptionRandom { random: errors(random) }));
        }
        if let Some(Pinned { iteration, adapted }) = self.pinned() {
            let (iteration, pinned) = (number::count(*iteration), errors(adapted));
            text.push(' ');
            text.push_str(&locale.format(message::ChartDescriptionPinned { iteration, pinned }));
        }
        if let Some(family) = self.family() {
            text.push(' ');
            text.push_str(&family.describe(locale));
        }
        if let Some(prediction) = self.replayed_from(Start::Theta) {
            let (step, error) = (prediction.step, number::significant(prediction.mse, locale));
            text.push(' ');
            text.push_str(&locale.format(message::ChartReplayed { step, error }));
        }
        match self.title {
            Some(title) => format!("{title}: {text}"),
            None => text,
        }
    }

    fn table(&self, locale: Locale) -> Table {
        let PreviewResult { grid, truth, shots, .. } = self.preview;
        let predictions = self.predictions();
        // The one that is replayed may be among those that are chosen.
        let is_first = |index: usize| {
            let key = |prediction: &Prediction<'_>| (prediction.start, prediction.step);
            predictions[..index].iter().all(|before| key(before) != key(&predictions[index]))
        };
        let predictions: Vec<_> =
            (0..predictions.len()).filter(|index| is_first(*index)).map(|index| &predictions[index]).collect();
        let of_grid = (0..grid.len().min(truth.len())).map(|i| {
            let values = predictions.iter().map(|prediction| prediction.values.get(i).copied().map(f64::from));
            row([grid[i], truth[i]]).into_iter().chain(values).collect()
        });
        let labels = predictions.iter().map(|prediction| self.label(prediction, locale));
        let mut table = Table::new([locale.chart_axis_x()]);
        table.add([locale.chart_truth().to_owned()].into_iter().chain(labels), of_grid);
        table.add([locale.format(message::ChartShots { count: shots.len() })], shots.iter().copied().map(row));
        if let Some(family) = self.family() {
            family.add_to(&mut table, locale);
            return table;
        }
        let mse = |prediction: &&Prediction<'_>| vec![None, Some(prediction.step as f64), Some(prediction.mse)];
        for start in self.starts() {
            let own = predictions.iter().copied().filter(|prediction| prediction.start == start);
            let name = self.name(start, locale);
            let steps = [locale.chart_axis_step(), &name].join(locale.chart_list_separator());
            table.add([steps, locale.format(message::TableMse { of: name })], own.map(|prediction| mse(&prediction)));
        }
        table
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let Some(i) = self.nearest(x) else {
            return Some(Readout {
                x,
                title: locale.format(message::ChartReadoutX { x: number::significant(x, locale) }),
                lines: Vec::new(),
            });
        };
        let PreviewResult { grid, truth, shots, .. } = self.preview;
        let x = f64::from(grid[i]);
        let line = |role, label, value: f32| {
            let value = number::significant(f64::from(value), locale);
            ReadoutLine { role, progress: 1.0, label, value }
        };
        let mut lines = vec![line(Role::Truth, locale.chart_truth().to_owned(), truth[i])];
        let here = |shot: &&[f32; 2]| self.nearest(f64::from(shot[0])) == Some(i);
        lines.extend(
            shots.iter().filter(here).map(|shot| line(Role::Shots, locale.chart_readout_shot().to_owned(), shot[1])),
        );
        lines.extend(self.family().into_iter().flat_map(|family| family.readout(x, locale)));
        lines.extend(self.read_off().into_iter().filter_map(|prediction| {
            let Prediction { start, step, values, .. } = prediction;
            let line = line(start.role(step), self.label(&prediction, locale), *values.get(i)?);
            Some(ReadoutLine { progress: progress(step, self.last(start)), ..line })
        }));
        Some(Readout { x, title: locale.format(message::ChartReadoutX { x: number::significant(x, locale) }), lines })
    }
}

impl FitFigure<'_> {
    /// The index of the grid point nearest to x.
    fn nearest(&self, x: f64) -> Option<usize> {
        let distance = |i: &usize| (f64::from(self.preview.grid[*i]) - x).abs();
        let known = self.preview.grid.len().min(self.preview.truth.len());
        (0..known).min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    fn starts(&self) -> impl Iterator<Item = Start> {
        [Start::Theta, Start::Random, Start::Pinned].into_iter().filter(|start| self.adapted(*start).is_some())
    }

    /// The θ that is kept for comparison: of tasks and their mean it says nothing.
    fn pinned(&self) -> Option<&Pinned> {
        self.preview.pinned.as_ref().filter(|_| self.average.is_none())
    }

    /// The chosen predictions, θ's first, by ascending step; then those that are replayed, over all others.
    fn predictions(&self) -> Vec<Prediction<'_>> {
        let chosen = self.starts().flat_map(|start| self.predictions_from(start));
        chosen.chain(self.starts().filter_map(|start| self.replayed_from(start))).collect()
    }

    /// What a prediction is.
    fn label(&self, &Prediction { start, step, .. }: &Prediction<'_>, locale: Locale) -> String {
        match start.role(step) {
            Role::Theta => locale.chart_readout_theta().to_owned(),
            Role::Adapted => locale.format(message::ChartReadoutAdapted { step }),
            Role::Pinned => locale.format(message::ChartReadoutPinned { iteration: self.kept_at(), step }),
            _ => locale.format(message::ChartReadoutRandom { step }),
        }
    }

    /// What a start is.
    fn name(&self, start: Start, locale: Locale) -> String {
        match start {
            Start::Theta => locale.chart_from_theta().to_owned(),
            Start::Random => locale.chart_from_random().to_owned(),
            Start::Pinned => locale.format(message::ChartFromPinned { iteration: self.kept_at() }),
        }
    }

    /// Meta-iterations behind the θ that is kept for comparison.
    fn kept_at(&self) -> String {
        number::count(self.preview.pinned.as_ref().map_or(0, |pinned| pinned.iteration))
    }

    /// Those whose values are read off: during a replay the others have stepped back, and where there are too many, the
    /// random start gives way to what is compared.
    fn read_off(&self) -> Vec<Prediction<'_>> {
        let mut predictions = self.predictions();
        predictions.retain(|prediction| prediction.stand != Stand::Back);
        if predictions.len() > MOST_VALUES {
            predictions.retain(|prediction| prediction.start != Start::Random);
        }
        predictions
    }

    fn predictions_from(&self, start: Start) -> Vec<Prediction<'_>> {
        let Some(adapted) = self.adapted(start) else { return vec![] };
        let stand = if self.replayed.is_some() { Stand::Back } else { Stand::Among };
        let rows = adapted.steps.iter().zip(&adapted.predictions).filter(|(step, _)| self.steps.contains(step));
        rows.map(|(&step, values)| Prediction { start, step, values, mse: mse_at(adapted, step), stand }).collect()
    }

    /// The prediction after the step that is replayed, once the engine has made it.
    fn replayed_from(&self, start: Start) -> Option<Prediction<'_>> {
        let adapted = self.adapted(start)?;
        let step = self.replayed?.min(self.last(start));
        let values = adapted.predictions.get(adapted.steps.binary_search(&step).ok()?)?;
        Some(Prediction { start, step, values, mse: mse_at(adapted, step), stand: Stand::Out })
    }

    /// What comes of a start, if that is shown.
    fn adapted(&self, start: Start) -> Option<&Adapted> {
        match start {
            Start::Theta => Some(&self.preview.theta),
            Start::Random => self.show_random.then_some(&self.preview.random),
            Start::Pinned => self.pinned().map(|pinned| &pinned.adapted),
        }
    }

    fn pen(&self, prediction: &Prediction<'_>, scheme: Scheme, metrics: &Metrics) -> Pen {
        let Prediction { start, step, stand, .. } = *prediction;
        let last = self.last(start);
        let pen = start.pen(step, last, scheme, metrics);
        match stand {
            Stand::Among => pen,
            Stand::Back => {
                Pen { colour: palest(start.role(step).rgb(scheme), scheme), width: metrics.line(1.0), ..pen }
            }
            Stand::Out => {
                // As strong as after the last step, and wider.
                let (step, width) = match (start, step) {
                    (Start::Random | Start::Pinned, _) => (last, 2.75),
                    (Start::Theta, 0) => (0, 3.5),
                    (Start::Theta, _) => (last, 3.5),
                };
                Pen { width: metrics.line(width), ..start.pen(step, last, scheme, metrics) }
            }
        }
    }

    /// The last recorded step.
    fn last(&self, start: Start) -> usize {
        self.adapted(start).and_then(|adapted| adapted.steps.last().copied()).unwrap_or_default()
    }

    fn truth_pen(&self, scheme: Scheme, metrics: &Metrics) -> Pen {
        // Among the tasks of the family it is one of many.
        let width = if self.average.is_some() { 1.75 } else { 4.5 };
        Pen { colour: Role::Truth.rgb(scheme), width: metrics.line(width), dash: Role::Truth.dash() }
    }

    /// The tasks, their mean and θ's own prediction, if they are shown.
    fn family(&self) -> Option<FamilyView<'_>> {
        let average = self.average?;
        let theta = self.preview.theta.predictions.first()?;
        Some(FamilyView { average, grid: &self.preview.grid, theta })
    }

    fn draw_curves<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        plot: &Plot,
    ) -> Result<(), DrawError> {
        let on_grid = |values: &[f32]| {
            let points = self.preview.grid.iter().zip(values).map(|(&x, &y)| (f64::from(x), f64::from(y)));
            points.collect::<Vec<_>>().into_iter()
        };
        if let Some(family) = self.family() {
            family.draw_tasks(painter, scheme, plot)?;
        }
        // The truth lies below the predictions, and is wide enough to show on both sides of one that has found it.
        let pen = self.truth_pen(scheme, &plot.metrics);
        let PreviewResult { grid, truth, curve, .. } = self.preview;
        if curve.is_smooth() {
            painter.curve(&plot.frame, on_grid(truth), Join::Smooth, &pen)?;
        } else {
            painter.curve(&plot.frame, finely(grid, SAMPLES, |x| curve.value(x)), Join::Straight, &pen)?;
        }
        if let Some(family) = self.family() {
            family.draw_mean(painter, scheme, plot)?;
        }
        // The other starts come last: before any training each is θ itself, and its dashes let θ's lines show.
        for prediction in self.predictions() {
            let pen = self.pen(&prediction, scheme, &plot.metrics);
            painter.curve(&plot.frame, on_grid(prediction.values), Join::Smooth, &pen)?;
        }
        Ok(())
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> Layout {
        let (metrics, locale) = (Metrics::new(size, style), style.locale);
        let legend = self.legend(style, &metrics).place(&metrics);
        let grid = &self.preview.grid;
        let (low, high) = match (grid.first(), grid.last()) {
            (Some(&low), Some(&high)) if low < high => (f64::from(low), f64::from(high)),
            _ => (-5.0, 5.0),
        };
        let x = Axis { low, high, spacing: Spacing::Linear };
        let limit = self.limit();
        let y = Axis { low: -limit, high: limit, spacing: Spacing::Linear };
        let titles = Titles::Letters { x: locale.chart_axis_x(), y: locale.chart_axis_y() };
        let plot = Plot::arrange(metrics, legend.size(&metrics), (x, y), titles);
        Layout { plot, legend }
    }

    /// The end of the y axis: it depends on task and shots, never on predictions, and only in steps.
    fn limit(&self) -> f64 {
        let amplitude = match self.preview.curve {
            TrueCurve::Task(task) => f64::from(task.amplitude).abs(),
            TrueCurve::Drawn(_) => 0.0,
        };
        let amplitude = amplitude.max(self.y_limit.unwrap_or_default());
        // Lines and quadratics reach beyond their amplitude.
        let amplitude = self.preview.truth.iter().map(|&y| f64::from(y).abs()).fold(amplitude, f64::max);
        let highest = self.preview.shots.iter().map(|shot| f64::from(shot[1]).abs()).filter(|y| y.is_finite());
        // A shot may stand on the very edge: an axis that grew as soon as it gets there would run away under a drag.
        let needed = highest.fold(amplitude * HEADROOM, f64::max);
        if needed.is_finite() && needed > 0.0 { round_up(needed) } else { 1.0 }
    }

    fn legend(&self, style: &Style, metrics: &Metrics) -> Scores {
        let Style { scheme, locale, .. } = *style;
        let theta = locale.format(message::ChartThetaAt { iteration: number::count(self.preview.iteration) });
        let widest = locale.format(message::ChartThetaAt { iteration: number::WIDEST_COUNT });
        let count = self.preview.shots.len();
        let shots = match self.shots_from {
            None => locale.format(message::ChartShots { count }),
            Some(_) => locale.format(message::ChartShotsShaded { count }),
        };
        let mut entries = vec![
            Entry::new(Swatch::Line(self.truth_pen(scheme, metrics)), locale.chart_truth(), metrics),
            Entry::new(Swatch::Shot, shots, metrics),
            Entry::with_value(Swatch::None, theta, &widest, metrics),
        ];
        if let Some(family) = self.family() {
            entries.insert(0, family.entry(scheme, locale, metrics));
            let pen = Start::Theta.pen(0, self.last(Start::Theta), scheme, metrics);
            return family.scores(entries, pen, (scheme, locale), metrics);
        }
        let cells = |start| {
            let predictions = self.predictions_from(start).into_iter().chain(self.replayed_from(start));
            let cell = |prediction: Prediction<'_>| {
                (self.pen(&prediction, scheme, metrics), number::significant(prediction.mse, locale))
            };
            predictions.map(cell).collect()
        };
        let mut starts = vec![scores::Start {
            name: self.name(Start::Theta, locale),
            short_name: locale.chart_from_theta_short().to_owned(),
            cells: cells(Start::Theta),
        }];
        if self.show_random {
            starts.push(scores::Start {
                name: self.name(Start::Random, locale),
                short_name: locale.chart_from_random_short().to_owned(),
                cells: cells(Start::Random),
            });
        }
        if self.pinned().is_some() {
            starts.push(scores::Start {
                name: self.name(Start::Pinned, locale),
                short_name: locale.chart_from_pinned_short().to_owned(),
                cells: cells(Start::Pinned),
            });
        }
        let steps = self.predictions_from(Start::Theta).into_iter().chain(self.replayed_from(Start::Theta));
        let name = |step| locale.format(message::ChartStep { step });
        Scores {
            entries,
            heading: locale.chart_mse_after().to_owned(),
            short_heading: locale.chart_mse_after_short().to_owned(),
            steps: steps.map(|prediction| name(prediction.step)).collect(),
            widest_step: name(self.last(Start::Theta)),
            starts,
        }
    }
}

/// The mean squared error after a step, which is at the step's own place.
fn mse_at(adapted: &Adapted, step: usize) -> f64 {
    adapted.mse.get(step).copied().unwrap_or(f64::NAN)
}

/// The next of 1, 1.5, 2, 3, 4, 5, 6, 8 and 10 times a power of ten.
pub(super) fn round_up(value: f64) -> f64 {
    let power = 10f64.powi(value.log10().floor() as i32);
    let rounds = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0];
    rounds.into_iter().map(|round| round * power).find(|&round| round >= value).unwrap_or(10.0 * power)
}

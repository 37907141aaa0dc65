//! The loss of the shown task around θ: bands of equal error over a plane of parameters, under the paths of two
//! adaptations.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use crate::app::appearance::Scheme;
use crate::app::formula;
use crate::app::views::Made;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::{Metrics, spread, text_width};
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Mark, Painter, Pen, TextStyle};
use crate::chart::paint::palette::{heat, progress};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::config::Config;
use crate::domain::loss_surface::{LossSurface, Region, SIDE};
use crate::domain::parameter_plane::Projected;
use crate::engine::protocol::ViewRequest;
use crate::i18n::{Locale, message};

/// Bands are this many pixels high, unless that makes more rows than [`MOST_ROWS`].
const ROW: f64 = 2.0;
/// Most rows of bands: what is drawn anew several times a second is drawn in a few milliseconds.
const MOST_ROWS: f64 = 200.0;
/// The levels between bands, in each power of ten.
const DIGITS: [f64; 4] = [1.0, 2.0, 3.0, 5.0];
/// The powers of ten that the scale of colours spans.
const DECADES: i32 = 4;
/// A step nearer (CSS pixels) to the last one that is marked has no mark of its own.
const NEAREST: f64 = 1.5;
/// A tick label as wide as most.
const WIDEST_TICK: &str = "−0.00";
/// The region before there is any.
const NOWHERE: Region = Region { low: [-0.5, -0.5], side: 1.0 };

/// The loss surface.
#[derive(Clone, Copy, Debug)]
pub struct LossSurfaceChart;

impl Chart for LossSurfaceChart {
    const NAME: &'static str = "loss-surface";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = LossSurfaceFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.surface_heading()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&LossSurfaceFigure<'_>) -> T) -> Option<T> {
        let (highest, made) = (highest(&sources.config()), sources.loss_surface());
        Some(see(&LossSurfaceFigure { made: made.as_deref(), highest }))
    }
}

/// The loss of the shown task over the plane through θ, this task's φ and another task's, to scale; and the paths there.
#[derive(Clone, Copy, Debug)]
pub struct LossSurfaceFigure<'a> {
    /// The view, once it has been made.
    pub made: Option<&'a Made<LossSurface>>,
    /// The power of ten at the upper end of the scale of colours: the same for every θ, so that colours can be compared.
    pub highest: i32,
}

/// The power of ten above every error to be expected on the tasks of a Config, (2a)²: that of the curve upside down.
#[must_use]
pub fn highest(config: &Config) -> i32 {
    let amplitude = config.tasks.amplitude.into_iter().fold(1e-3, |most: f64, end| most.max(end.abs()));
    // Rounding does not make another power of ten.
    ((2.0 * amplitude).powi(2).log10() - 1e-9).ceil() as i32
}

/// The scale of colours: what lies between two neighbouring levels has one colour.
struct Scale {
    axis: Axis,
    levels: Vec<f64>,
}

impl Scale {
    fn new(highest: i32) -> Self {
        let powers = (highest - DECADES..highest).map(|power| 10f64.powi(power));
        let levels = powers.flat_map(|power| DIGITS.map(|digit| digit * power)).chain([10f64.powi(highest)]);
        let levels: Vec<f64> = levels.collect();
        let (low, high) = (levels[0], levels[levels.len() - 1]);
        Self { axis: Axis { low, high, spacing: Spacing::Logarithmic }, levels }
    }

    /// The levels that are labelled.
    fn powers(&self) -> impl Iterator<Item = f64> {
        self.levels.iter().copied().step_by(DIGITS.len())
    }

    fn bands(&self) -> usize {
        self.levels.len() - 1
    }

    /// The band of a loss; the first and the last hold all that lies beyond. What is no number is no small error.
    fn band(&self, loss: f64) -> usize {
        let above = if loss.is_nan() { usize::MAX } else { self.levels.partition_point(|level| *level <= loss) };
        above.clamp(1, self.bands()) - 1
    }

    fn colour(&self, band: usize) -> RGBColor {
        heat((band as f64 + 0.5) / self.bands() as f64)
    }

    /// Where bands begin along a row of values, in columns, and which; each level is crossed where a straight line from
    /// one value to the next has it.
    fn along(&self, row: &[f64; SIDE]) -> Vec<(f64, usize)> {
        let mut bands = vec![(0.0, self.band(row[0]))];
        for (column, pair) in row.windows(2).enumerate() {
            let (from, to) = (self.band(pair[0]), self.band(pair[1]));
            let mut enter = |band: usize, level: f64| {
                let part = (level - pair[0]) / (pair[1] - pair[0]);
                bands.push((column as f64 + if part.is_nan() { 0.5 } else { part.clamp(0.0, 1.0) }, band));
            };
            (from + 1..=to).for_each(|band| enter(band, self.levels[band]));
            (to..from).rev().for_each(|band| enter(band, self.levels[band + 1]));
        }
        bands
    }
}

/// Where everything stands.
struct Layout {
    plot: Plot,
    legend: Rows,
}

/// One of the two paths.
#[derive(Clone, Copy)]
enum Path {
    /// The shown task's.
    Own,
    /// The other task's.
    Other,
}

impl Path {
    /// Both are adapted from θ; dash and mark tell them apart.
    fn pen(self, scheme: Scheme, metrics: &Metrics) -> Pen {
        let (width, dash): (_, &[f64]) = match self {
            Self::Own => (2.25, &[]),
            Self::Other => (2.0, &[3.0, 2.0]),
        };
        Pen { colour: Role::Adapted.rgb(scheme), width: metrics.line(width), dash }
    }

    fn mark(self) -> Mark {
        match self {
            Self::Own => Mark::Circle,
            Self::Other => Mark::Square,
        }
    }
}

impl Figure for LossSurfaceFigure<'_> {
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
        let (Style { scheme, locale, .. }, frame, metrics) = (*style, plot.frame, plot.metrics);
        plot.draw(&painter, scheme)?;
        legend.draw(&painter, scheme, &metrics)?;
        let scale = Scale::new(self.highest);
        let surface = self.made.map(|made| &made.result);
        draw_bar(&painter, style, &plot, &scale, surface.and_then(LossSurface::range))?;
        let Some(surface) = surface else {
            plot.note(&painter, scheme, locale.chart_surface_empty())?;
            return Ok(frame);
        };
        draw_bands(&painter, &frame, &scale, surface)?;
        let paths = [(Path::Other, &surface.other), (Path::Own, &surface.path)];
        for (path, points) in paths {
            draw_path(&painter, scheme, &plot, path, points)?;
        }
        let nearest = hover.and_then(|x| surface.path.get(nearest(&surface.path, x)?));
        if let Some(Projected { place: [x, y], .. }) = nearest {
            plot.hairline(&painter, scheme, *x, [(*y, Role::Adapted.rgb(scheme))].into_iter())?;
        }
        let point = |place: (f64, f64), mark: Mark, role: Role| {
            let pen = Pen { colour: role.rgb(scheme), width: metrics.line(1.0), dash: &[] };
            let paper = Pen { colour: scheme.paper_rgb(), ..pen };
            painter.mark(Mark::Circle, place, metrics.line(7.0), paper.colour, &paper)?;
            painter.mark(mark, place, metrics.line(4.5), pen.colour, &pen)
        };
        let mut ends = vec![];
        for ((path, points), label) in paths.into_iter().zip(["φ′", "φ"]) {
            if let Some(place) = points.last().and_then(|point| position(&frame, point)) {
                point(place, path.mark(), Role::Adapted)?;
                ends.push((place, label, Role::Adapted));
            }
        }
        if let Some(place) = surface.path.first().and_then(|point| position(&frame, point)) {
            point(place, Mark::Circle, Role::Theta)?;
            ends.push((place, "θ", Role::Theta));
        }
        draw_labels(&painter, scheme, &plot, &ends)?;
        Ok(frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let Some(Made { iteration, request: ViewRequest::LossSurface { curve, shots }, result }) = self.made else {
            return locale.chart_surface_empty().to_owned();
        };
        let say = |value| number::significant(value, locale);
        let steps = result.path.len().saturating_sub(1);
        let after = |step: usize| say(result.loss_after(step));
        let from_theta = |point: Option<&Projected>| say(point.map_or(f64::NAN, Projected::from_origin));
        let ends = [&result.path, &result.other].map(|points| points.last().map_or([f64::NAN; 2], |end| end.place));
        let angles = ends.map(|[along, across]| across.atan2(along).to_degrees());
        let mut sentences = vec![
            locale.format(message::ChartSurfaceDescription {
                curve: formula::curve(curve, locale, say),
                iteration: number::count(*iteration),
                theta: after(0),
                first: after(1),
                steps,
                rate: number::tick(result.learning_rate),
                count: shots.len(),
                phi: after(steps),
            }),
            locale.format(message::ChartSurfaceDescriptionDistances {
                phi: from_theta(result.path.last()),
                first: from_theta(result.path.get(1)),
                other: from_theta(result.other.last()),
                degrees: number::fixed((angles[1] - angles[0]).abs(), 0, locale),
                distance: say(result.farthest()),
            }),
        ];
        if let Some((least, greatest)) = result.range() {
            sentences.push(locale.format(message::ChartSurfaceDescriptionRange {
                side: say(result.region.side),
                least: say(least),
                greatest: say(greatest),
            }));
        }
        sentences.join(" ")
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let surface = &self.made?.result;
        let step = nearest(&surface.path, x)?;
        let point = &surface.path[step];
        let role = if step == 0 { Role::Theta } else { Role::Adapted };
        let line = |label: &str, value: f64| ReadoutLine {
            role,
            progress: progress(step, surface.path.len() - 1),
            label: label.to_owned(),
            value: number::significant(value, locale),
        };
        let lines = vec![
            line(locale.chart_surface_mse(), surface.loss_after(step)),
            line(locale.chart_surface_from_theta(), point.from_origin()),
            line(locale.chart_surface_from_plane(), point.distance),
        ];
        Some(Readout { x: point.place[0], title: locale.format(message::ChartSurfaceReadout { step }), lines })
    }
}

impl LossSurfaceFigure<'_> {
    fn layout(&self, size: (u32, u32), style: &Style) -> Layout {
        let (metrics, Style { scheme, locale, .. }) = (Metrics::new(size, style), *style);
        let legend = self.legend(scheme, locale, &metrics);
        let region = self.made.map_or(NOWHERE, |made| made.result.region);
        let [x, y] = region.low.map(|low| Axis { low, high: low + region.side, spacing: Spacing::Linear });
        let titles = Titles::Outside {
            x: locale.chart_surface_x(),
            y: locale.chart_surface_y(),
            note: locale.chart_surface_note(),
        };
        let scale = Scale::new(self.highest);
        let labels = scale.powers().map(|power| text_width(&format!("≥ {}", number::tick(power)), metrics.small));
        let beside = 2.1 * metrics.text + labels.fold(0.0, f64::max);
        let above = legend.height(&metrics);
        let mut plot = Plot::arrange(metrics, (above, beside), (x, y), titles);
        if self.made.is_some() {
            // To scale: as large a square as there is room for, with ticks for its size.
            let frame = plot.frame;
            let widest = metrics.pad + text_width(WIDEST_TICK, metrics.small) + 0.6 * metrics.text;
            let left = widest.round().max(frame.left);
            let width = frame.width - (left - frame.left);
            let side = width.min(frame.height).max(1.0);
            let smaller = Metrics { height: metrics.height - (frame.height - side), ..metrics };
            plot = Plot::arrange(smaller, (above, beside + width - side), (x, y), titles);
            plot.frame = Frame { left, width: side, height: side, ..plot.frame };
        }
        Layout { plot, legend }
    }

    fn legend(&self, scheme: Scheme, locale: Locale, metrics: &Metrics) -> Rows {
        let line = |path: Path, label| Entry::new(Swatch::Line(path.pen(scheme, metrics)), label, metrics);
        let mut legend = Rows::default();
        legend.add(
            [line(Path::Own, locale.chart_surface_path()), line(Path::Other, locale.chart_surface_other())],
            metrics,
        );
        let theta = |iteration: &str| locale.format(message::ChartThetaAt { iteration });
        let taken = |steps: usize, rate: &str| locale.format(message::ChartSurfaceSteps { steps, rate });
        let farthest = |distance: &str| locale.format(message::ChartSurfaceFarthest { distance });
        if let Some(Made { iteration, result, .. }) = self.made {
            let words = [
                theta(&number::count(*iteration)),
                taken(result.path.len().saturating_sub(1), &number::tick(result.learning_rate)),
                farthest(&number::significant(result.farthest(), locale)),
            ];
            let widest = [theta(number::WIDEST_COUNT), taken(100, number::WIDEST), farthest(number::WIDEST)];
            let entries = words.into_iter().zip(&widest);
            legend.add(entries.map(|(words, widest)| Entry::with_value(Swatch::None, words, widest, metrics)), metrics);
        }
        legend
    }
}

/// The step of a path whose place is nearest to an x.
fn nearest(path: &[Projected], x: f64) -> Option<usize> {
    let away = |step: &usize| (path[*step].place[0] - x).abs();
    (0..path.len()).min_by(|a, b| away(a).total_cmp(&away(b)))
}

/// Where a point stands; none where it is not finite.
fn position(frame: &Frame, point: &Projected) -> Option<(f64, f64)> {
    let place = frame.position(point.place[0], point.place[1]);
    (place.0.is_finite() && place.1.is_finite()).then_some(place)
}

/// The scale of the colours, beside the plot.
fn draw_bar<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    style: &Style,
    plot: &Plot,
    scale: &Scale,
    range: Option<(f64, f64)>,
) -> Result<(), DrawError> {
    let (metrics, Frame { left, top, width, height, .. }) = (&plot.metrics, plot.frame);
    let (from, to) = (left + width + 1.2 * metrics.text, left + width + 2.1 * metrics.text);
    let level = |loss: f64| top + height * (1.0 - scale.axis.fraction(loss));
    // Each band reaches to the foot, below the next: no paper shows between them.
    for band in (0..scale.bands()).rev() {
        painter.fill([(from, level(scale.levels[band + 1])), (to, top + height)], scale.colour(band))?;
    }
    let quiet = TextStyle { size: metrics.small, colour: style.scheme.quiet(), is_italic: false };
    let place = to + 0.4 * metrics.text;
    let room = f64::from(painter.size().0) - 0.3 * metrics.pad - place;
    let every = if height < 2.0 * metrics.small * f64::from(DECADES) { DECADES as usize } else { 1 };
    for loss in scale.powers().step_by(every) {
        let is_end = |end: f64| loss == end;
        let beyond = match range {
            Some((least, _)) if is_end(scale.axis.low) && least < scale.axis.low => "≤ ",
            Some((_, greatest)) if is_end(scale.axis.high) && greatest > scale.axis.high => "≥ ",
            _ => "",
        };
        let text = format!("{beyond}{}", number::tick(loss));
        painter.text(&text, (place, level(loss)), Anchor::Left, &quiet.within(room, &text))?;
    }
    Ok(())
}

/// The surface, in rows of bands.
fn draw_bands<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    frame: &Frame,
    scale: &Scale,
    surface: &LossSurface,
) -> Result<(), DrawError> {
    let Frame { left, top, width, height, .. } = *frame;
    let (right, bottom) = (left + width, top + height);
    let rows = (height / ROW).ceil().min(MOST_ROWS);
    let level = |row: f64| top + height * row / rows;
    for row in 0..rows as u32 {
        let row = f64::from(row);
        let (_, across) = frame.data(left, level(row + 0.5));
        let Some(values) = surface.row(across) else { continue };
        // Each band reaches below the next one and below the next row: no paper shows between them.
        let end = (level(row + 1.0) + 1.0).min(bottom);
        let bands = scale.along(&values);
        let place = |column: f64| left + width * column / (SIDE - 1) as f64;
        for (index, (column, band)) in bands.iter().enumerate() {
            let next = bands.get(index + 1).map_or(right, |(next, _)| place(*next) + 1.0);
            painter.fill([(place(*column), level(row)), (next.min(right), end)], scale.colour(*band))?;
        }
    }
    Ok(())
}

/// A path with a mark at each of its steps, on an edge of paper, so that it stands out from every colour.
fn draw_path<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    scheme: Scheme,
    plot: &Plot,
    path: Path,
    points: &[Projected],
) -> Result<(), DrawError> {
    let pen = path.pen(scheme, &plot.metrics);
    let edge = Pen { colour: scheme.paper_rgb(), width: pen.width + plot.metrics.line(3.0), dash: &[] };
    let places: Vec<_> = points.iter().map_while(|point| position(&plot.frame, point)).collect();
    for pair in places.windows(2) {
        painter.line(pair, &edge)?;
    }
    if places.len() > 1 {
        painter.line(&places, &pen)?;
    }
    let outline = Pen { width: plot.metrics.line(1.5), dash: &[], ..pen };
    let mut last = (f64::NEG_INFINITY, 0.0);
    for place in places {
        if (place.0 - last.0).hypot(place.1 - last.1) >= NEAREST {
            painter.mark(path.mark(), place, plot.metrics.line(2.75), scheme.paper_rgb(), &outline)?;
            last = place;
        }
    }
    Ok(())
}

/// The names of points, each on the side that is turned away from the others; none where there is no room for all.
fn draw_labels<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    scheme: Scheme,
    plot: &Plot,
    labels: &[((f64, f64), &str, Role)],
) -> Result<(), DrawError> {
    let (frame, Metrics { text, .. }) = (&plot.frame, plot.metrics);
    if frame.height < 1.3 * text * labels.len() as f64 {
        return Ok(());
    }
    let mean = |of: fn(&(f64, f64)) -> f64| {
        labels.iter().map(|(place, ..)| of(place)).sum::<f64>() / labels.len().max(1) as f64
    };
    let (middle, half) = ((mean(|place| place.0), mean(|place| place.1)), 0.6 * text);
    let mut places: Vec<_> = labels
        .iter()
        .map(|(place, ..)| {
            let (right, down) = (place.0 - middle.0, place.1 - middle.1);
            let away = 1.25 * text / right.hypot(down).max(1e-9);
            let within =
                |value: f64, low: f64, length: f64| value.clamp(low + half, (low + length - half).max(low + half));
            (
                within(place.0 + right * away, frame.left, frame.width),
                within(place.1 + down * away, frame.top, frame.height),
            )
        })
        .collect();
    let is_close = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() < 1.8 * text && (a.1 - b.1).abs() < 1.3 * text;
    if (1..places.len()).any(|i| (0..i).any(|j| is_close(places[i], places[j]))) {
        let wanted: Vec<f64> = places.iter().map(|place| place.1).collect();
        let apart = spread(&wanted, 1.3 * text, frame.top + half, frame.top + frame.height - half);
        places.iter_mut().zip(apart).for_each(|(place, level)| place.1 = level);
    }
    for ((_, label, role), place) in labels.iter().zip(places) {
        let side = text_width(label, text) / 2.0 + 0.15 * text;
        painter.fill([(place.0 - side, place.1 - half), (place.0 + side, place.1 + half)], scheme.paper_rgb())?;
        let ink = TextStyle { size: text, colour: role.rgb(scheme), is_italic: false };
        painter.text(label, place, Anchor::Centre, &ink)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_round_and_the_scale_is_that_of_the_tasks() {
        let mut config = Config::default();
        assert_eq!((config.tasks.amplitude, highest(&config)), ([0.1, 5.0], 2));
        config.tasks.amplitude = [0.1, 5.1];
        assert_eq!(highest(&config), 3);
        config.tasks.amplitude = [-0.01, 0.01];
        assert_eq!(highest(&config), -3);
        let scale = Scale::new(2);
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        for (level, expected) in [(0, 0.01), (1, 0.02), (4, 0.1), (11, 5.0), (16, 100.0)] {
            assert!(near(scale.levels[level], expected), "{level}: {}", scale.levels[level]);
        }
        let bands = [0.0, 0.011, 0.9, 1.1, 99.0, 1e9, f64::INFINITY, f64::NAN].map(|loss| scale.band(loss));
        assert_eq!(bands, [0, 0, 7, 8, 15, 15, 15, 15]);
    }

    #[test]
    fn bands_begin_where_the_values_cross_their_levels() {
        let scale = Scale::new(2);
        // From 1.2 at column 0 to 4.4 at column 32: 0.1 a column.
        let row: [f64; SIDE] = std::array::from_fn(|column| 1.2 + 0.1 * column as f64);
        let bands = scale.along(&row);
        let expected = [(0.0, 8), (8.0, 9), (18.0, 10)];
        assert_eq!(bands.iter().map(|(_, band)| *band).collect::<Vec<_>>(), expected.map(|(_, band)| band));
        for ((begin, _), (column, _)) in bands.iter().zip(expected) {
            assert!((begin - column).abs() < 1e-9, "{bands:?}");
        }
        // The same the other way: the levels are crossed at the same places.
        let falling: [f64; SIDE] = std::array::from_fn(|column| row[SIDE - 1 - column]);
        let ends = scale.along(&falling);
        assert_eq!(ends.iter().map(|(_, band)| *band).collect::<Vec<_>>(), [10, 9, 8]);
        for ((begin, _), column) in ends.iter().zip([0.0, 14.0, 24.0]) {
            assert!((begin - column).abs() < 1e-9, "{ends:?}");
        }
        let mut broken = [1.2; SIDE];
        broken[7] = f64::NAN;
        let highest = scale.bands() - 1;
        let within = |bands: &[(f64, usize)]| bands.iter().all(|(begin, _)| (6.0..=8.0).contains(begin));
        let bands = scale.along(&broken);
        assert!(within(&bands[1..]) && bands.contains(&(6.5, highest)), "{bands:?}");
    }
}

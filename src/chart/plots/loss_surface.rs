//! The loss of the shown task around θ: bands of equal error over a plane of parameters, under the paths of two
//! adaptations.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::app::formula;
use crate::app::views::Made;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::contours::{Scale, draw_bands, draw_bar, highest};
use crate::chart::paint::layout::{Metrics, text_width};
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Mark, Painter, Pen};
use crate::chart::paint::palette::progress;
use crate::chart::paint::path::{draw_labels, draw_path};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::loss_surface::{LossSurface, Region, SIDE};
use crate::domain::parameter_plane::Projected;
use crate::engine::protocol::ViewRequest;
use crate::i18n::{self, Locale, message};

/// A tick label as wide as most.
const WIDEST_TICK: &str = "−0.00";
/// A point of the path is read from so far, in parts of the region's side.
const REACH: f64 = 0.04;
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
        draw_bar(&painter, style, (&frame, &metrics), &scale, surface.and_then(LossSurface::range))?;
        let Some(surface) = surface else {
            plot.note(&painter, scheme, locale.chart_surface_empty())?;
            return Ok(frame);
        };
        draw_bands(&painter, &frame, &scale, |across| surface.row(across))?;
        let paths = [(Path::Other, &surface.other), (Path::Own, &surface.path)];
        for (path, points) in paths {
            let places: Vec<_> = points.iter().map_while(|point| position(&frame, point)).collect();
            draw_path(&painter, scheme, &metrics, (path.pen(scheme, &metrics), path.mark()), &places)?;
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
        draw_labels(&painter, scheme, (&frame, &metrics), &ends)?;
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
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let mut table = Table::new([locale.chart_surface_x(), locale.chart_surface_y()]);
        let Some(Made { result, .. }) = self.made else { return table };
        let places = (0..SIDE * SIDE).map(|cell| result.region.place(cell % SIDE, cell / SIDE));
        let grid = places.zip(&result.loss).map(|([x, y], loss)| row([x, y, f64::from(*loss)]));
        table.add([locale.chart_surface_mse()], grid);
        let of = |path: &str, what: &str| format!("{path}: {what}");
        let (own, other) = (locale.chart_surface_path(), locale.chart_surface_other());
        let (step, away) = (locale.chart_axis_step(), locale.chart_surface_from_plane());
        let path = result.path.iter().enumerate().map(|(step, &Projected { place: [x, y], distance })| {
            row([x, y, step as f64, result.loss_after(step), distance])
        });
        table.add([step, locale.chart_surface_mse(), away].map(|what| of(own, what)), path);
        let path = result.other.iter().enumerate();
        let path = path.map(|(step, &Projected { place: [x, y], distance })| row([x, y, step as f64, distance]));
        table.add([step, away].map(|what| of(other, what)), path);
        table
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
            line(locale.chart_surface_from_plane(), number::beyond_noise(point.distance, surface.region.side)),
        ];
        Some(Readout { x: point.place[0], title: locale.format(message::ChartSurfaceReadout { step }), lines })
    }

    fn readout_at(&self, (x, y): (f64, f64), locale: Locale) -> Option<Readout> {
        if let Some(x) = self.marked((x, y)) {
            return self.readout(x, locale);
        }
        let error = self.made?.result.at([x, y])?;
        let line = |label: &str, value: f64| ReadoutLine {
            role: Role::Truth,
            progress: 1.0,
            label: label.to_owned(),
            value: number::significant(value, locale),
        };
        let lines = vec![line(locale.chart_surface_mse(), error), line(locale.chart_surface_from_theta(), x.hypot(y))];
        Some(Readout { x, title: locale.chart_surface_here().to_owned(), lines })
    }

    fn marked(&self, (x, y): (f64, f64)) -> Option<f64> {
        let LossSurface { path, region, .. } = &self.made?.result;
        let away = |point: &Projected| (point.place[0] - x).hypot(point.place[1] - y);
        let nearest = path.iter().min_by(|a, b| away(a).total_cmp(&away(b)))?;
        (away(nearest) < REACH * region.side).then_some(nearest.place[0])
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
        let beside = Scale::new(self.highest).width(&metrics);
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

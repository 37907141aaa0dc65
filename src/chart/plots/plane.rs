//! The plane of a meta-iteration on two tasks: the errors of both tasks there, the way to φ₁ and φ₂, their mean and the
//! new θ.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::two_tasks::{Stage, steps};
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::contours::{Scale, draw_bands, draw_bar, highest};
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Mark, Painter, Pen, TextStyle};
use crate::chart::paint::path::{draw_labels, draw_path};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::loss_surface::{Region, SIDE};
use crate::domain::pair_surface::{PairSurface, Shading};
use crate::domain::parameter_plane::Projected;
use crate::engine::protocol::TwoTasks;
use crate::i18n::{self, Locale, message};

/// The plane through θ, φ₁ and φ₂.
#[derive(Clone, Copy, Debug)]
pub struct PlaneChart;

impl Chart for PlaneChart {
    const NAME: &'static str = "two-tasks-plane";

    type Figure<'a> = PlaneFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.two_heading()
    }

    fn title(&self, locale: Locale) -> String {
        locale.two_plane().to_owned()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&PlaneFigure<'_>) -> T) -> Option<T> {
        let (two, surface) = (sources.two_tasks()?, sources.pair_surface());
        let stage = Stage::of(sources.stage(), steps(&two));
        let (part, shading, highest) = (sources.stage_part(), sources.shading(), highest(&sources.config()));
        Some(see(&PlaneFigure { two: &two, stage, part, surface: surface.as_deref(), shading, highest }))
    }
}

/// The plane through θ, φ₁ and φ₂, to scale and with the true angle; the mean and the new θ lie in it too.
#[derive(Clone, Copy, Debug)]
pub struct PlaneFigure<'a> {
    /// The meta-iteration.
    pub two: &'a TwoTasks,
    /// How far it has come.
    pub stage: Stage,
    /// How much of the stage's own motion is done, 0 to 1.
    pub part: f64,
    /// The errors in the plane and the paths, once they are known.
    pub surface: Option<&'a PairSurface>,
    /// Which error is shown.
    pub shading: Shading,
    /// The power of ten at the upper end of the scale of colours.
    pub highest: i32,
}

/// Places in the plane, θ being its origin and the mean lying on the axis to the right; in units of θ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Places {
    /// φ₁.
    pub first: (f64, f64),
    /// φ₂.
    pub second: (f64, f64),
    /// Their mean.
    pub mean: (f64, f64),
    /// The new θ.
    pub new: (f64, f64),
}

impl Places {
    /// The places of a meta-iteration.
    #[must_use]
    pub fn of(two: &TwoTasks) -> Self {
        let (a, b, mean) = (two.tasks[0].distance, two.tasks[1].distance, two.to_mean);
        // ⟨u, m⟩ = ⟨u, u + v⟩/2; across the mean's direction u and v are opposite, as their sum has nothing there.
        let product = two.cosine * a * b;
        let along = |own: f64| if mean > 0.0 { (own * own + product) / (2.0 * mean) } else { 0.0 };
        let across = (a * a - along(a) * along(a)).max(0.0).sqrt();
        Self {
            first: (along(a), across),
            second: (along(b), -across),
            mean: (mean, 0.0),
            new: (two.step_size * mean, 0.0),
        }
    }

    fn all(self) -> [(f64, f64); 5] {
        [(0.0, 0.0), self.first, self.second, self.mean, self.new]
    }
}

/// Where everything stands.
struct Layout {
    frame: Frame,
    metrics: Metrics,
    scale: Scale,
}

impl PlaneFigure<'_> {
    fn layout(&self, size: (u32, u32), style: &Style) -> Layout {
        let metrics = Metrics::new(size, style);
        let Metrics { width, height, pad, row, .. } = metrics;
        let scale = Scale::new(self.highest);
        // Below the title and the colours' meaning, beside their scale: as large a square as there is room for.
        let top = 2.0 * row + pad;
        let side = (width - 2.0 * pad - scale.width(&metrics)).min(height - top - pad).max(1.0);
        let ends = || Region::around(Places::of(self.two).all().map(|(x, y)| [x, y]));
        let region = self.surface.map_or_else(ends, |surface| surface.region);
        let [x, y] = region.low.map(|low| Axis { low, high: low + region.side, spacing: Spacing::Linear });
        Layout { frame: Frame { left: pad, top, width: side, height: side, x, y }, metrics, scale }
    }

    /// Inner steps whose places are shown, and how much of the way to the last of them has been gone.
    fn walked(&self) -> (usize, f64) {
        match self.stage {
            Stage::Sample => (0, 1.0),
            Stage::Step(step) => (step, self.part),
            Stage::Compare | Stage::Mean | Stage::Move => (steps(self.two), 1.0),
        }
    }

    /// The part of a path that has been walked, in pixels: one place a step, and where the walker is now.
    fn trail(&self, frame: &Frame, task: usize) -> Vec<(f64, f64)> {
        let Some(path) = self.surface.map(|surface| &surface.paths[task]) else { return vec![] };
        let (step, part) = self.walked();
        let places = path.iter().take(step + 1).map(|point| frame.position(point.place[0], point.place[1]));
        let mut places: Vec<_> = places.take_while(|place| place.0.is_finite() && place.1.is_finite()).collect();
        if let [.., before, last] = &mut places[..] {
            *last = between(*before, *last, part);
        }
        places
    }

    /// Which error the colours are, in words.
    fn meaning(&self, locale: Locale) -> &'static str {
        match self.shading {
            Shading::Smaller => locale.chart_two_smaller(),
            Shading::Mean => locale.chart_two_mean_error(),
            Shading::First => locale.chart_two_first(),
            Shading::Second => locale.chart_two_second(),
        }
    }

    /// Whether a stage's own points are there.
    fn has_mean(&self) -> bool {
        matches!(self.stage, Stage::Mean | Stage::Move)
    }
}

impl Figure for PlaneFigure<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.layout(size, style).frame
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        hover: Option<f64>,
    ) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let Style { scheme, locale, .. } = *style;
        let Layout { frame, metrics, scale } = self.layout(painter.size(), style);
        let Metrics { text, small, pad, row, .. } = metrics;
        let quiet = TextStyle { size: small, colour: scheme.quiet(), is_italic: false };
        let title = |line: f64, words: &str| {
            let room = if line == 0.0 { metrics.first_row() } else { metrics.width - 2.0 * pad };
            let style = quiet.within(room, words);
            painter.text(words, (pad, pad + (line + 0.5) * row - line * 0.25 * row), Anchor::Left, &style)
        };
        let side = number::significant(frame.x.high - frame.x.low, locale);
        title(0.0, &locale.format(message::ChartTwoPlane { side, degrees: degrees(self.two.cosine) }))?;
        title(1.0, self.meaning(locale))?;
        let range = self.surface.and_then(|surface| surface.range(self.shading));
        draw_bar(&painter, style, (&frame, &metrics), &scale, range)?;
        if let Some(surface) = self.surface {
            draw_bands(&painter, &frame, &scale, |across| surface.row(self.shading, across))?;
        }
        let places = Places::of(self.two);
        if !places.all().iter().all(|place| place.0.is_finite() && place.1.is_finite()) {
            return Ok(frame);
        }
        let at = |(x, y): (f64, f64)| frame.position(x, y);
        let (origin, mean, new) = (at((0.0, 0.0)), at(places.mean), at(places.new));
        let ends = [at(places.first), at(places.second)];
        let line = |role: Role, width| Pen { colour: role.rgb(scheme), width: metrics.line(width), dash: &[] };
        // On an edge of paper, so that it stands out from every colour.
        let edge = |points: &[(f64, f64)], pen: &Pen| {
            let edge = Pen { colour: scheme.paper_rgb(), width: pen.width + metrics.line(3.0), dash: &[] };
            painter.line(points, &edge)
        };
        let edged = |points: &[(f64, f64)], pen: &Pen| {
            edge(points, pen)?;
            painter.line(points, pen)
        };
        let is_compared = !matches!(self.stage, Stage::Sample | Stage::Step(_));
        let mut labels = vec![(origin, "θ", Role::Theta)];
        if self.has_mean() {
            let thin = Pen { colour: scheme.ink(), width: metrics.line(1.25), dash: &[4.0, 3.0] };
            let part = if self.stage == Stage::Mean { self.part } else { 1.0 };
            for end in ends {
                edged(&[end, between(end, mean, part)], &thin)?;
            }
            if self.stage == Stage::Move {
                edged(&[origin, if places.new.0 > places.mean.0 { new } else { mean }], &thin)?;
            }
        }
        for (task, end) in ends.into_iter().enumerate() {
            let trail = self.trail(&frame, task);
            let (mark, name) = [(Mark::Circle, "φ₁"), (Mark::Square, "φ₂")][task];
            let dash: &[f64] = if task == 0 { &[] } else { &[3.0, 2.0] };
            let pen = Pen { dash, ..line(Role::Adapted, if is_compared { 1.25 } else { 2.25 }) };
            if !self.has_mean() {
                draw_path(&painter, scheme, &metrics, (pen, mark), &trail)?;
            }
            let walker = trail.last().copied();
            if is_compared {
                let pen = line(Role::Adapted, 2.25);
                edge(&[origin, end], &pen)?;
                arrow(&painter, origin, end, &pen, 0.7 * text)?;
                labels.push((end, name, Role::Adapted));
            } else if let (Some(walker), Stage::Step(_)) = (walker, self.stage) {
                let (pen, paper) = (line(Role::Adapted, 1.0), scheme.paper_rgb());
                painter.mark(Mark::Circle, walker, metrics.line(7.5), paper, &Pen { colour: paper, ..pen })?;
                painter.mark(mark, walker, metrics.line(5.0), pen.colour, &pen)?;
                labels.push((walker, name, Role::Adapted));
            }
        }
        if self.has_mean() {
            let pen = line(Role::Adapted, 2.25);
            painter.mark(Mark::Diamond, mean, metrics.line(5.5), scheme.paper_rgb(), &pen)?;
            labels.push((mean, locale.chart_two_mean(), Role::Adapted));
        }
        let paper = Pen { colour: scheme.paper_rgb(), width: metrics.line(1.5), dash: &[] };
        let theta = Role::Theta.rgb(scheme);
        if self.stage == Stage::Move {
            let now = between(origin, new, self.part);
            // The arrow ends at the edge of the point.
            let tip = (now.0 - metrics.line(6.0), now.1);
            if tip.0 > origin.0 {
                let pen = line(Role::Theta, 3.0);
                edge(&[origin, tip], &pen)?;
                arrow(&painter, origin, tip, &pen, 0.7 * text)?;
            }
            painter.mark(Mark::Circle, now, metrics.line(5.0), theta, &paper)?;
            labels.push((new, "θ′", Role::Theta));
        }
        painter.mark(Mark::Circle, origin, metrics.line(5.0), theta, &paper)?;
        draw_labels(&painter, scheme, (&frame, &metrics), &labels)?;
        if let Some(x) = hover {
            let ring = Pen { colour: scheme.ink(), width: metrics.line(2.0), dash: &[] };
            painter.mark(Mark::Circle, at((x, 0.0)), metrics.line(6.0), scheme.paper_rgb(), &ring)?;
        }
        Ok(frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let say = |value| number::significant(value, locale);
        let TwoTasks { tasks, cosine, to_mean, moved, .. } = self.two;
        let step = self.walked().0;
        let error = |task: usize| say(tasks[task].before.mse.get(step).copied().unwrap_or(f64::NAN));
        let mut sentences = vec![match self.stage {
            Stage::Sample => locale.format(message::ChartTwoDescriptionStart { first: error(0), second: error(1) }),
            Stage::Step(_) => locale.format(message::ChartTwoDescriptionWalk {
                step,
                steps: steps(self.two),
                first: error(0),
                second: error(1),
            }),
            Stage::Compare | Stage::Mean | Stage::Move => locale.format(message::ChartTwoDescriptionPlane {
                first: say(tasks[0].distance),
                second: say(tasks[1].distance),
                degrees: degrees(*cosine),
            }),
        }];
        if self.has_mean() {
            sentences.push(locale.format(message::ChartTwoDescriptionMean { distance: say(*to_mean) }));
        }
        if self.stage == Stage::Move {
            sentences.push(locale.format(message::ChartTwoDescriptionMoved { distance: say(*moved) }));
        }
        if let Some((surface, (least, greatest))) =
            self.surface.and_then(|surface| Some((surface, surface.range(self.shading)?)))
        {
            sentences.push(locale.format(message::ChartTwoDescriptionColours {
                meaning: self.meaning(locale),
                side: say(surface.region.side),
                least: say(least),
                greatest: say(greatest),
            }));
        }
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let mut table = Table::new([locale.table_plane_along(), locale.table_plane_across()]);
        let task = |index: usize| locale.format(message::TwoTask { number: index + 1 });
        if let Some(PairSurface { region, loss: [first, second], paths }) = self.surface {
            let places = (0..SIDE * SIDE).map(|cell| region.place(cell % SIDE, cell / SIDE));
            let rows = places.zip(first.iter().zip(second));
            let rows = rows.map(|([x, y], (first, second))| row([x, y, f64::from(*first), f64::from(*second)]));
            table.add([0, 1].map(|index| locale.format(message::TableMse { of: task(index) })), rows);
            for (index, path) in paths.iter().enumerate() {
                let walked = path.iter().enumerate().take(self.walked().0 + 1);
                let rows =
                    walked.map(|(step, &Projected { place: [x, y], distance })| row([x, y, step as f64, distance]));
                let headers = [locale.chart_axis_step(), locale.chart_surface_from_plane()];
                table.add(headers.map(|what| format!("{}: {what}", task(index))), rows);
            }
        }
        let Places { first, second, mean, new } = Places::of(self.two);
        let is_compared = !matches!(self.stage, Stage::Sample | Stage::Step(_));
        let points = [
            ("φ₁", first, is_compared),
            ("φ₂", second, is_compared),
            (locale.chart_two_mean(), mean, self.has_mean()),
            (locale.chart_two_new_theta(), new, self.stage == Stage::Move),
        ];
        for (of, (x, y), _) in points.into_iter().filter(|(.., is_shown)| *is_shown) {
            table.add([format!("{of}: {}", locale.chart_surface_from_theta())], [row([x, y, x.hypot(y)])]);
        }
        table
    }

    /// Arrow keys lead along the line on which θ and the mean of φ₁ and φ₂ lie.
    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let title = locale.format(message::ChartTwoAlong { distance: number::significant(x, locale) });
        Some(Readout { title, ..self.readout_at((x, 0.0), locale)? })
    }

    fn readout_at(&self, (x, y): (f64, f64), locale: Locale) -> Option<Readout> {
        let lines = self.surface?.at([x, y])?.into_iter().enumerate().map(|(index, error)| ReadoutLine {
            role: Role::Truth,
            progress: 1.0,
            label: locale.format(message::TableMse { of: locale.format(message::TwoTask { number: index + 1 }) }),
            value: number::significant(error, locale),
        });
        Some(Readout { x, title: locale.chart_surface_here().to_owned(), lines: lines.collect() })
    }

    fn marked(&self, _place: (f64, f64)) -> Option<f64> {
        None
    }
}

/// The place at a part of the way from one to another.
fn between(from: (f64, f64), to: (f64, f64), part: f64) -> (f64, f64) {
    (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
}

/// The angle of a cosine in whole degrees.
fn degrees(cosine: f64) -> String {
    format!("{:.0}", cosine.clamp(-1.0, 1.0).acos().to_degrees())
}

/// An arrow with a head of this length, or as much of it as there is room for.
pub(super) fn arrow<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    from: (f64, f64),
    to: (f64, f64),
    pen: &Pen,
    head: f64,
) -> Result<(), DrawError> {
    let (right, down) = (to.0 - from.0, to.1 - from.1);
    let length = right.hypot(down);
    let head = head.min(length / 2.0);
    if head < 1.0 {
        return Ok(());
    }
    let (right, down) = (right / length * head, down / length * head);
    let barb = |side: f64| (to.0 - right - side * 0.5 * down, to.1 - down + side * 0.5 * right);
    painter.line(&[from, to], pen)?;
    painter.line(&[barb(1.0), to, barb(-1.0)], pen)
}

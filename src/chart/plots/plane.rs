//! The plane of a meta-iteration on two tasks: where φ₁, φ₂, their mean and the new θ lie.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::two_tasks::{Stage, steps};
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Mark, Painter, Pen, TextStyle};
use crate::chart::sources::Sources;
use crate::chart::{Axis, DrawError, Frame, Readout, Role, Spacing, Style};
use crate::engine::protocol::TwoTasks;
use crate::i18n::{Locale, message};

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
        let two = sources.two_tasks()?;
        let stage = Stage::of(sources.stage(), steps(&two));
        Some(see(&PlaneFigure { two: &two, stage }))
    }
}

/// The plane through θ, φ₁ and φ₂, to scale and with the true angle; the mean and the new θ lie in it too.
#[derive(Clone, Copy, Debug)]
pub struct PlaneFigure<'a> {
    /// The meta-iteration.
    pub two: &'a TwoTasks,
    /// How far it has come.
    pub stage: Stage,
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

impl Figure for PlaneFigure<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        let metrics = Metrics::new(size, style);
        let Metrics { width, height, text, pad, row, .. } = metrics;
        let places = Places::of(self.two).all();
        let ends = |of: fn(&(f64, f64)) -> f64| {
            let numbers = places.iter().map(of).filter(|number| number.is_finite());
            numbers.fold((0.0_f64, 0.0_f64), |(low, high), number| (low.min(number), high.max(number)))
        };
        let ((left, right), (bottom, top)) = (ends(|place| place.0), ends(|place| place.1));
        // Labels stand around the points.
        let room = ((width - 2.0 * pad - 8.0 * text).max(1.0), (height - 2.0 * pad - 3.0 * row).max(1.0));
        let per_pixel = ((right - left) / room.0).max((top - bottom) / room.1).max(1e-9);
        let axis = |low: f64, high: f64, pixels: f64| {
            let (middle, half) = (f64::midpoint(low, high), pixels * per_pixel / 2.0);
            Axis { low: middle - half, high: middle + half, spacing: Spacing::Linear }
        };
        Frame {
            left: 0.0,
            top: row,
            width,
            height: (height - row).max(1.0),
            x: axis(left, right, width),
            y: axis(bottom, top, (height - row).max(1.0)),
        }
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        _hover: Option<f64>,
    ) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let Style { scheme, locale, .. } = *style;
        let metrics = Metrics::new(painter.size(), style);
        let Metrics { text, small, pad, row, .. } = metrics;
        let frame = self.frame(painter.size(), style);
        let quiet = TextStyle { size: small, colour: scheme.quiet(), is_italic: false };
        let title = locale.format(message::ChartTwoPlane { degrees: degrees(self.two.cosine) });
        let title_style = quiet.within(metrics.first_row(), &title);
        painter.text(&title, (pad, pad + row / 2.0), Anchor::Left, &title_style)?;
        let places = Places::of(self.two);
        if !places.all().iter().all(|place| place.0.is_finite() && place.1.is_finite()) {
            return Ok(frame);
        }
        let at = |(x, y): (f64, f64)| frame.position(x, y);
        let (origin, mean, new) = (at((0.0, 0.0)), at(places.mean), at(places.new));
        let line = |role: Role, width| Pen { colour: role.rgb(scheme), width: metrics.line(width), dash: &[] };
        let phi = line(Role::Adapted, 2.25);
        let ink = |role: Role| TextStyle { size: text, colour: role.rgb(scheme), is_italic: false };
        if self.stage != Stage::Compare {
            let thin = Pen { colour: scheme.axis(), width: metrics.line(1.25), dash: &[4.0, 3.0] };
            painter.line(&[at(places.first), at(places.second)], &thin)?;
            painter.line(&[origin, if places.new.0 > places.mean.0 { new } else { mean }], &thin)?;
        }
        for (place, label, side) in [(places.first, "φ₁", -1.0), (places.second, "φ₂", 1.0)] {
            let end = at(place);
            arrow(&painter, origin, end, &phi, 0.7 * text)?;
            painter.text(label, (end.0 + 0.5 * text, end.1 + side * 0.7 * text), Anchor::Left, &ink(Role::Adapted))?;
        }
        if self.stage != Stage::Compare {
            painter.mark(Mark::Diamond, mean, metrics.line(4.5), scheme.paper_rgb(), &phi)?;
            // The longer arrow passes by on its own side.
            let side = if places.first.0 > places.second.0 { 1.1 } else { -1.1 };
            let place = (mean.0 + 0.8 * text, mean.1 + side * text);
            painter.text(locale.chart_two_mean(), place, Anchor::Left, &ink(Role::Adapted))?;
        }
        let paper = Pen { colour: scheme.paper_rgb(), width: metrics.line(1.5), dash: &[] };
        let theta = Role::Theta.rgb(scheme);
        painter.text("θ", (origin.0 - 0.7 * text, origin.1), Anchor::Right, &ink(Role::Theta))?;
        if self.stage == Stage::Move {
            // The arrow ends at the edge of the point.
            let edge = (new.0 - metrics.line(6.0), new.1);
            if edge.0 > origin.0 {
                arrow(&painter, origin, edge, &line(Role::Theta, 3.0), 0.7 * text)?;
            }
            painter.mark(Mark::Circle, new, metrics.line(5.0), theta, &paper)?;
            // Beside the point, between the arrows, unless the mean stands there.
            let share = self.two.step_size;
            let place = if (0.6..0.99).contains(&share) {
                (new.0 - 0.8 * text, new.1 + 1.2 * text)
            } else {
                painter.rule((new.0 + 0.6 * text, new.1), (new.0 + 2.0 * text, new.1), text, scheme.paper_rgb())?;
                (new.0 + 0.7 * text, new.1)
            };
            painter.text("θ′", place, Anchor::Left, &ink(Role::Theta))?;
        }
        painter.mark(Mark::Circle, origin, metrics.line(5.0), theta, &paper)?;
        Ok(frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let say = |value| number::significant(value, locale);
        let TwoTasks { tasks, cosine, to_mean, moved, .. } = self.two;
        let mut sentences = vec![locale.format(message::ChartTwoDescriptionPlane {
            first: say(tasks[0].distance),
            second: say(tasks[1].distance),
            degrees: degrees(*cosine),
        })];
        if self.stage != Stage::Compare {
            sentences.push(locale.format(message::ChartTwoDescriptionMean { distance: say(*to_mean) }));
        }
        if self.stage == Stage::Move {
            sentences.push(locale.format(message::ChartTwoDescriptionMoved { distance: say(*moved) }));
        }
        sentences.join(" ")
    }

    fn readout(&self, _x: f64, _locale: Locale) -> Option<Readout> {
        None
    }
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

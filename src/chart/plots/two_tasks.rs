//! The drawings of a meta-iteration on two tasks: what θ and φ predict on each, and where φ₁, φ₂ and the new θ lie.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use super::fit::finely;
use crate::app::appearance::Scheme;
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::legend::{self, Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Join, Mark, Painter, Pen, TextStyle};
use crate::chart::paint::palette::{Start, faded};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::engine::protocol::{OfTask, TwoTasks};
use crate::i18n::Locale;

/// Room above the largest |y|, as a share of it.
const HEADROOM: f64 = 1.1;

/// How much of its colour the old θ keeps once there is a new one.
const OLD: f64 = 0.6;

/// How far a class has come in a meta-iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Two tasks are drawn.
    Sample,
    /// Each inner loop has made so many steps, 1 to k.
    Step(usize),
    /// φ₁ and φ₂ are compared.
    Compare,
    /// Their mean is taken.
    Mean,
    /// θ moves towards it.
    Move,
}

impl Stage {
    /// The stage of this number, for k inner `steps`; the first is 0, and the last is [`Stage::last`].
    #[must_use]
    pub fn of(number: usize, steps: usize) -> Self {
        match number.checked_sub(steps) {
            _ if number == 0 => Self::Sample,
            None | Some(0) => Self::Step(number),
            Some(1) => Self::Compare,
            Some(2) => Self::Mean,
            Some(_) => Self::Move,
        }
    }

    /// The number of the last stage, for k inner `steps`.
    #[must_use]
    pub fn last(steps: usize) -> usize {
        steps + 3
    }
}

/// A curve of a task's chart.
struct Curve<'a> {
    role: Role,
    label: String,
    values: &'a [f32],
    /// Gradient steps behind it.
    step: usize,
    /// Of its colour, how much it has.
    strength: f64,
}

/// One of the two tasks: its curve, the points of the present step, and what is predicted.
#[derive(Clone, Copy, Debug)]
pub struct TaskChart<'a> {
    /// The meta-iteration.
    pub two: &'a TwoTasks,
    /// Which of its tasks: 0 or 1.
    pub index: usize,
    /// How far it has come.
    pub stage: Stage,
    /// x under the pointer, where a hairline is drawn.
    pub hover: Option<f64>,
}

impl TaskChart<'_> {
    /// Where data will stand in a chart of this size in CSS pixels.
    #[must_use]
    pub fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.layout(size, style).0.frame
    }

    /// Draws the chart on the whole area.
    ///
    /// # Errors
    /// The drawing backend fails.
    pub fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, style: &Style) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let (plot, legend) = self.layout(painter.size(), style);
        let Style { scheme, .. } = *style;
        plot.draw(&painter, scheme)?;
        legend.draw(&painter, scheme, &plot.metrics)?;
        let task = &self.of_task().task;
        let grid = &self.two.grid;
        let points = |values: &[f32]| {
            let points = grid.iter().zip(values).map(|(&x, &y)| (f64::from(x), f64::from(y)));
            points.collect::<Vec<_>>().into_iter()
        };
        let curves = self.curves(style.locale);
        for curve in &curves {
            let pen = self.pen(curve, scheme, &plot.metrics);
            if curve.role == Role::Truth && !task.family.is_smooth() {
                painter.curve(&plot.frame, finely(grid, |x| task.value(x)), Join::Straight, &pen)?;
            } else {
                painter.curve(&plot.frame, points(curve.values), Join::Smooth, &pen)?;
            }
        }
        if let Some(i) = self.hover.and_then(|x| self.nearest(x)) {
            let colour = |curve| self.pen(curve, scheme, &plot.metrics).colour;
            let dots = curves.iter().map(|curve| (f64::from(curve.values[i]), colour(curve)));
            plot.hairline(&painter, scheme, f64::from(grid[i]), dots)?;
        }
        for [x, y] in self.minibatch().iter().map(|point| point.map(f64::from)) {
            let place = plot.frame.position(x, y);
            if plot.frame.contains(place) {
                legend::shot(&painter, scheme, &plot.metrics, place)?;
            }
        }
        Ok(plot.frame)
    }

    /// The text alternative: what the chart shows, in words.
    #[must_use]
    pub fn describe(&self, locale: Locale) -> String {
        let OfTask { before, after, .. } = self.of_task();
        let error = |mse: Option<&f64>| number::significant(mse.copied().unwrap_or(f64::NAN), locale);
        let (number, at_theta) = (self.index + 1, error(before.mse.first()));
        match self.stage {
            Stage::Sample => locale.chart_two_description_theta(number, at_theta),
            Stage::Move => {
                locale.chart_two_description_move(error(after.mse.last()), error(after.mse.first()), number, at_theta)
            }
            _ => locale.chart_two_description_phi(error(before.mse.get(self.steps())), number, self.steps(), at_theta),
        }
    }

    /// The values at the grid point nearest to x.
    #[must_use]
    pub fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let i = self.nearest(x)?;
        let x = f64::from(self.two.grid[i]);
        let lines = self.curves(locale).into_iter().map(|curve| ReadoutLine {
            role: curve.role,
            label: curve.label,
            value: number::significant(f64::from(curve.values[i]), locale),
        });
        Some(Readout { x, title: locale.chart_readout_x(number::significant(x, locale)), lines: lines.collect() })
    }

    fn of_task(&self) -> &OfTask {
        &self.two.tasks[self.index]
    }

    /// Inner steps made so far, of the first inner loop.
    fn steps(&self) -> usize {
        match self.stage {
            Stage::Sample => 0,
            Stage::Step(step) => step,
            Stage::Compare | Stage::Mean | Stage::Move => self.of_task().minibatches.len(),
        }
    }

    /// The points of the step that was just made, or of the first one.
    fn minibatch(&self) -> &[[f32; 2]] {
        let minibatches = &self.of_task().minibatches;
        let step = match self.stage {
            Stage::Sample => Some(0),
            Stage::Step(step) => step.checked_sub(1),
            Stage::Compare | Stage::Mean | Stage::Move => None,
        };
        step.and_then(|step| minibatches.get(step)).map_or(&[], Vec::as_slice)
    }

    /// The index of the grid point nearest to x.
    fn nearest(&self, x: f64) -> Option<usize> {
        let distance = |i: &usize| (f64::from(self.two.grid[*i]) - x).abs();
        (0..self.two.grid.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// What is drawn, from below to the top.
    fn curves(&self, locale: Locale) -> Vec<Curve<'_>> {
        let OfTask { truth, before, after, minibatches, .. } = self.of_task();
        let (index, steps, last) = (subscript(self.index), self.steps(), minibatches.len());
        let truth_label = locale.chart_truth().to_owned();
        let truth = Curve { role: Role::Truth, label: truth_label, values: truth, step: 0, strength: 1.0 };
        let of = |step, values, label| Curve { role: Start::Theta.role(step), label, values, step, strength: 1.0 };
        let theta = &before.predictions[0];
        match self.stage {
            Stage::Sample => vec![truth, of(0, theta, "θ".to_owned())],
            Stage::Move => vec![
                truth,
                Curve { strength: OLD, ..of(0, theta, locale.chart_two_old_theta().to_owned()) },
                of(0, &after.predictions[0], locale.chart_two_new_theta().to_owned()),
                of(last, &after.predictions[last], locale.chart_two_again(index, last)),
            ],
            _ => vec![
                truth,
                of(0, theta, "θ".to_owned()),
                of(steps, &before.predictions[steps], locale.chart_two_phi(index, steps)),
            ],
        }
    }

    fn pen(&self, curve: &Curve<'_>, scheme: Scheme, metrics: &Metrics) -> Pen {
        if curve.role == Role::Truth {
            return Pen { colour: curve.role.rgb(scheme), width: metrics.line(4.5), dash: &[] };
        }
        let pen = Start::Theta.pen(curve.step, self.of_task().minibatches.len(), scheme, metrics);
        Pen { colour: faded(pen.colour, scheme, curve.strength), ..pen }
    }

    fn legend(&self, style: &Style, metrics: &Metrics) -> Rows {
        let entry = |curve: Curve<'_>| {
            let pen = self.pen(&curve, style.scheme, metrics);
            Entry::new(Swatch::Line(pen), curve.label, metrics)
        };
        let mut entries: Vec<Entry> = self.curves(style.locale).into_iter().map(entry).collect();
        let points = self.minibatch().len();
        if points > 0 {
            entries.insert(1, Entry::new(Swatch::Shot, style.locale.chart_two_minibatch(points), metrics));
        }
        let mut rows = Rows::default();
        rows.add(entries, metrics);
        rows
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> (Plot, Rows) {
        let metrics = Metrics::new(size, style);
        let steps = self.of_task().minibatches.len();
        // As high as the highest legend of any stage, so that nothing jumps from one to the next.
        let heights = [Stage::Sample, Stage::Step(steps), Stage::Move]
            .map(|stage| Self { stage, ..*self }.legend(style, &metrics).height(&metrics));
        let above = heights.into_iter().fold(0.0, f64::max);
        let (low, high) = match (self.two.grid.first(), self.two.grid.last()) {
            (Some(&low), Some(&high)) if low < high => (f64::from(low), f64::from(high)),
            _ => (-5.0, 5.0),
        };
        let x = Axis { low, high, spacing: Spacing::Linear };
        // Both tasks have the same axis, which no prediction moves.
        let truths = self.two.tasks.iter().flat_map(|of_task| &of_task.truth);
        let points = self.two.tasks.iter().flat_map(|of_task| of_task.minibatches.iter().flatten()).map(|[_, y]| y);
        let largest = truths.chain(points).map(|&y| f64::from(y.abs())).fold(0.5, f64::max);
        let limit = HEADROOM * largest;
        let y = Axis { low: -limit, high: limit, spacing: Spacing::Linear };
        let titles = Titles::Inside { x: style.locale.chart_axis_x(), y: style.locale.chart_axis_y() };
        (Plot::arrange(metrics, (above, 0.0), (x, y), titles), self.legend(style, &metrics))
    }
}

/// `₁` or `₂`.
fn subscript(index: usize) -> &'static str {
    ["₁", "₂"][index]
}

/// The plane through θ, φ₁ and φ₂, to scale and with the true angle; the mean and the new θ lie in it too.
#[derive(Clone, Copy, Debug)]
pub struct PlaneChart<'a> {
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

impl PlaneChart<'_> {
    /// Where data will stand in a chart of this size in CSS pixels.
    #[must_use]
    pub fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
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

    /// Draws the plane on the whole area.
    ///
    /// # Errors
    /// The drawing backend fails.
    pub fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, style: &Style) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let Style { scheme, locale, .. } = *style;
        let metrics = Metrics::new(painter.size(), style);
        let Metrics { text, small, pad, row, .. } = metrics;
        let frame = self.frame(painter.size(), style);
        let quiet = TextStyle { size: small, colour: scheme.quiet(), is_italic: false };
        let title = locale.chart_two_plane(degrees(self.two.cosine));
        let title_room = metrics.width - 2.0 * pad;
        painter.text(&title, (pad, pad + row / 2.0), Anchor::Left, &quiet.within(title_room, &title))?;
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

    /// The text alternative: what the drawing shows, in words.
    #[must_use]
    pub fn describe(&self, locale: Locale) -> String {
        let say = |value| number::significant(value, locale);
        let TwoTasks { tasks, cosine, to_mean, moved, .. } = self.two;
        let mut sentences =
            vec![locale.chart_two_description_plane(degrees(*cosine), say(tasks[0].distance), say(tasks[1].distance))];
        if self.stage != Stage::Compare {
            sentences.push(locale.chart_two_description_mean(say(*to_mean)));
        }
        if self.stage == Stage::Move {
            sentences.push(locale.chart_two_description_moved(say(*moved)));
        }
        sentences.join(" ")
    }
}

/// The angle of a cosine in whole degrees.
fn degrees(cosine: f64) -> String {
    format!("{:.0}", cosine.clamp(-1.0, 1.0).acos().to_degrees())
}

/// An arrow with a head of this length, or as much of it as there is room for.
fn arrow<DB: DrawingBackend>(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_one_another() {
        let stages: Vec<Stage> = (0..=Stage::last(2)).map(|number| Stage::of(number, 2)).collect();
        let expected = [Stage::Sample, Stage::Step(1), Stage::Step(2), Stage::Compare, Stage::Mean, Stage::Move];
        assert_eq!(stages, expected);
    }
}

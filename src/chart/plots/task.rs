//! One task of a meta-iteration: its curve, the points of the present step, and what θ and φ predict.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use super::curve::{SAMPLES, finely};
use crate::app::appearance::Scheme;
use crate::app::two_tasks::{Stage, steps};
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::legend::{self, Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Join, Painter, Pen};
use crate::chart::paint::palette::{Start, palest, progress};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::engine::protocol::{OfTask, TwoTasks};
use crate::i18n::{Locale, message};

/// Room above the largest |y|, as a share of it.
const HEADROOM: f64 = 1.1;

/// A curve of a task's chart.
struct Curve<'a> {
    role: Role,
    label: String,
    values: &'a [f32],
    /// Gradient steps behind it.
    step: usize,
    /// Whether it is the old θ, once there is a new one.
    is_old: bool,
}

/// The chart of one of the two tasks.
#[derive(Clone, Copy, Debug)]
pub struct TaskChart {
    /// Which: 0 or 1.
    pub index: usize,
}

impl Chart for TaskChart {
    const NAME: &'static str = "two-tasks-task";

    type Figure<'a> = TaskFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.two_heading()
    }

    fn title(&self, locale: Locale) -> String {
        locale.format(message::TwoTask { number: self.index + 1 })
    }

    fn number(&self) -> Option<usize> {
        Some(self.index + 1)
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&TaskFigure<'_>) -> T) -> Option<T> {
        let two = sources.two_tasks()?;
        let stage = Stage::of(sources.stage(), steps(&two));
        Some(see(&TaskFigure { two: &two, index: self.index, stage }))
    }
}

/// One of the two tasks: its curve, the points of the present step, and what is predicted.
#[derive(Clone, Copy, Debug)]
pub struct TaskFigure<'a> {
    /// The meta-iteration.
    pub two: &'a TwoTasks,
    /// Which of its tasks: 0 or 1.
    pub index: usize,
    /// How far it has come.
    pub stage: Stage,
}

impl Figure for TaskFigure<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.layout(size, style).0.frame
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        hover: Option<f64>,
    ) -> Result<Frame, DrawError> {
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
                painter.curve(&plot.frame, finely(grid, SAMPLES, |x| task.value(x)), Join::Straight, &pen)?;
            } else {
                painter.curve(&plot.frame, points(curve.values), Join::Smooth, &pen)?;
            }
        }
        if let Some(i) = hover.and_then(|x| self.nearest(x)) {
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

    fn describe(&self, locale: Locale) -> String {
        let OfTask { before, after, .. } = self.of_task();
        let error = |mse: Option<&f64>| number::significant(mse.copied().unwrap_or(f64::NAN), locale);
        let (number, at_theta) = (self.index + 1, error(before.mse.first()));
        match self.stage {
            Stage::Sample => locale.format(message::ChartTwoDescriptionTheta { number, theta: at_theta }),
            Stage::Move => locale.format(message::ChartTwoDescriptionMove {
                number,
                old: at_theta,
                new: error(after.mse.first()),
                adapted: error(after.mse.last()),
            }),
            _ => locale.format(message::ChartTwoDescriptionPhi {
                number: error(before.mse.get(self.steps())),
                steps: self.steps(),
                theta: at_theta,
                phi: number,
            }),
        }
    }

    fn table(&self, locale: Locale) -> Table {
        let curves = self.curves(locale);
        let rows = self.two.grid.iter().enumerate().map(|(i, &x)| {
            let values = curves.iter().map(|curve| curve.values.get(i).copied().map(f64::from));
            row([x]).into_iter().chain(values).collect()
        });
        let mut table = Table::new([locale.chart_axis_x()]);
        table.add(curves.iter().map(|curve| curve.label.as_str()), rows);
        let points = self.minibatch();
        if !points.is_empty() {
            let header = locale.format(message::ChartTwoMinibatch { points: points.len() });
            table.add([header], points.iter().copied().map(row));
        }
        table
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let i = self.nearest(x)?;
        let x = f64::from(self.two.grid[i]);
        let lines = self.curves(locale).into_iter().map(|curve| ReadoutLine {
            role: curve.role,
            progress: progress(curve.step, self.of_task().minibatches.len()),
            label: curve.label,
            value: number::significant(f64::from(curve.values[i]), locale),
        });
        Some(Readout {
            x,
            title: locale.format(message::ChartReadoutX { x: number::significant(x, locale) }),
            lines: lines.collect(),
        })
    }
}

impl TaskFigure<'_> {
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
        let truth = Curve { role: Role::Truth, label: truth_label, values: truth, step: 0, is_old: false };
        let of = |step, values, label| Curve { role: Start::Theta.role(step), label, values, step, is_old: false };
        let theta = &before.predictions[0];
        match self.stage {
            Stage::Sample => vec![truth, of(0, theta, "θ".to_owned())],
            Stage::Move => vec![
                truth,
                Curve { is_old: true, ..of(0, theta, locale.chart_two_old_theta().to_owned()) },
                of(0, &after.predictions[0], locale.chart_two_new_theta().to_owned()),
                of(last, &after.predictions[last], locale.format(message::ChartTwoAgain { index, steps: last })),
            ],
            _ => vec![
                truth,
                of(0, theta, "θ".to_owned()),
                of(steps, &before.predictions[steps], locale.format(message::ChartTwoPhi { index, steps })),
            ],
        }
    }

    fn pen(&self, curve: &Curve<'_>, scheme: Scheme, metrics: &Metrics) -> Pen {
        if curve.role == Role::Truth {
            return Pen { colour: curve.role.rgb(scheme), width: metrics.line(4.5), dash: &[] };
        }
        let pen = Start::Theta.pen(curve.step, self.of_task().minibatches.len(), scheme, metrics);
        if curve.is_old { Pen { colour: palest(pen.colour, scheme), ..pen } } else { pen }
    }

    fn legend(&self, style: &Style, metrics: &Metrics) -> Rows {
        let entry = |curve: Curve<'_>| {
            let pen = self.pen(&curve, style.scheme, metrics);
            Entry::new(Swatch::Line(pen), curve.label, metrics)
        };
        let mut entries: Vec<Entry> = self.curves(style.locale).into_iter().map(entry).collect();
        let points = self.minibatch().len();
        if points > 0 {
            entries.insert(
                1,
                Entry::new(Swatch::Shot, style.locale.format(message::ChartTwoMinibatch { points }), metrics),
            );
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
        let titles = Titles::Letters { x: style.locale.chart_axis_x(), y: style.locale.chart_axis_y() };
        (Plot::arrange(metrics, (above, 0.0), (x, y), titles), self.legend(style, &metrics))
    }
}

/// `₁` or `₂`.
fn subscript(index: usize) -> &'static str {
    ["₁", "₂"][index]
}

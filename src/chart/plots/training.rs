//! The training chart: error on held-out tasks against meta-iteration.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::errors::{self, EndLabel};
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::number;
use crate::chart::paint::painter::{Mark, Painter, Pen};
use crate::chart::paint::palette::{Start, faded, progress};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::table::Table;
use crate::chart::table_words::with_interval;
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::evaluation::HeldOutPoint;
use crate::i18n::{self, Locale, message};

/// The gradient steps after which the error is shown; where one was not recorded, the nearest that was.
const STEPS: [usize; 4] = [0, 1, 8, 32];
/// How much of its colour a curve keeps that belongs to a branch which was left.
const BRANCH: f64 = 0.6;
/// The marks that tell the curves apart.
const MARKS: [Mark; STEPS.len()] = [Mark::Diamond, Mark::Circle, Mark::Square, Mark::Triangle];

/// The training chart.
#[derive(Clone, Copy, Debug)]
pub struct TrainingChart;

impl Chart for TrainingChart {
    const NAME: &'static str = "training";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = TrainingFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.training_heading()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&TrainingFigure<'_>) -> T) -> Option<T> {
        let (history, branch) = (sources.history(), sources.other_branch());
        let (iterations, past) = (sources.config().outer.iterations, sources.past());
        Some(see(&TrainingFigure { points: history.points(), branch: branch.points(), iterations, past }))
    }
}

/// The training chart: error on held-out tasks against meta-iteration.
#[derive(Clone, Copy, Debug)]
pub struct TrainingFigure<'a> {
    /// What is known so far, in the order of the meta-iterations.
    pub points: &'a [HeldOutPoint],
    /// The points of a branch that was left, from where the present one begins.
    pub branch: &'a [HeldOutPoint],
    /// Meta-iterations of the whole run.
    pub iterations: u64,
    /// The meta-iteration of the moment that is shown, if it is past.
    pub past: Option<u64>,
}

/// Mean and half width of its interval at one meta-iteration.
#[derive(Clone, Copy, Debug)]
struct Value {
    iteration: u64,
    mean: f64,
    ci: f64,
}

impl Figure for TrainingFigure<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.plot(size, style).frame
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        hover: Option<f64>,
    ) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let plot = self.plot(painter.size(), style);
        let Style { scheme, locale, .. } = *style;
        plot.draw(&painter, scheme)?;
        if self.points.is_empty() {
            plot.note(&painter, scheme, locale.chart_training_empty())?;
            return Ok(plot.frame);
        }
        let curves: Vec<(usize, Vec<Value>)> = self.steps().into_iter().map(|step| (step, self.values(step))).collect();
        for (step, values) in &curves {
            let band = values.iter().map(|v| (v.iteration as f64, v.mean - v.ci, v.mean + v.ci));
            painter.band(&plot.frame, band, self.pen(*step, scheme, &plot.metrics).colour)?;
        }
        for (step, _) in &curves {
            let points = self.branch.iter().filter_map(|point| value(point, *step));
            let path: Vec<_> = points.map(|value| plot.frame.position(value.iteration as f64, value.mean)).collect();
            let pen = self.pen(*step, scheme, &plot.metrics);
            let colour = faded(pen.colour, scheme, BRANCH);
            painter.line(&path, &Pen { colour, dash: &[2.0, 3.0], ..pen })?;
        }
        if let Some(past) = self.past {
            let (left, bottom) = (plot.frame.position(past as f64, 1.0).0, plot.frame.top + plot.frame.height);
            let pen = Pen { colour: Role::Theta.rgb(scheme), width: plot.metrics.line(1.5), dash: &[] };
            painter.line(&[(left, plot.frame.top), (left, bottom)], &pen)?;
            let paper = Pen { colour: scheme.paper_rgb(), ..pen };
            painter.mark(Mark::Circle, (left, bottom), plot.metrics.line(4.5), Role::Theta.rgb(scheme), &paper)?;
        }
        for ((step, values), mark) in curves.iter().zip(MARKS) {
            let points: Vec<_> = values.iter().map(|value| (value.iteration as f64, value.mean)).collect();
            plot.curve(&painter, scheme, &points, &self.pen(*step, scheme, &plot.metrics), mark)?;
        }
        if let Some(point) = hover.and_then(|iteration| self.nearest(iteration)) {
            let dots = curves.iter().map(|(step, values)| {
                let value = values.iter().find(|value| value.iteration == point.iteration);
                (value.map_or(f64::NAN, |value| value.mean), self.pen(*step, scheme, &plot.metrics).colour)
            });
            plot.hairline(&painter, scheme, point.iteration as f64, dots)?;
        }
        let labels = curves.iter().filter_map(|(step, values)| {
            let last = values.last()?;
            let end = errors::end(&plot.frame, last.iteration as f64, last.mean);
            let text = locale.format(message::ChartStepValue { step, value: number::significant(last.mean, locale) });
            Some(EndLabel { end, pen: self.pen(*step, scheme, &plot.metrics), text })
        });
        errors::draw_labels(&painter, scheme, &plot, &labels.collect::<Vec<_>>())?;
        Ok(plot.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return locale.chart_training_empty().to_owned();
        };
        let count = number::count;
        let mut sentences = vec![locale.format(message::ChartTrainingDescription {
            tasks: last.tasks,
            first: count(first.iteration),
            last: count(last.iteration),
            iterations: count(self.iterations),
        })];
        for step in self.steps() {
            let values = self.values(step);
            if let (Some(from), Some(to)) = (values.first(), values.last()) {
                let text = |value: &Value| number::with_interval(value.mean, value.ci, locale);
                sentences.push(locale.format(message::ChartTrainingDescriptionStep {
                    step,
                    from: text(from),
                    to: text(to),
                }));
            }
        }
        if let Some(end) = self.branch.last() {
            sentences.push(locale.format(message::ChartTrainingBranch { iteration: count(end.iteration) }));
        }
        if let Some(past) = self.past {
            sentences.push(locale.format(message::ChartTrainingPast { iteration: count(past) }));
        }
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let mut table = Table::new([locale.chart_axis_iteration()]);
        let tasks = self.points.last().map_or(0, |point| point.tasks);
        let steps = self.steps();
        let cells = |point: &HeldOutPoint| {
            let values = steps.iter().map(|step| value(point, *step));
            let both = values.flat_map(|value| [value.map(|value| value.mean), value.map(|value| value.ci)]);
            [Some(point.iteration as f64)].into_iter().chain(both).collect()
        };
        let mean = |step: &usize| locale.format(message::ChartReadoutMean { step, tasks });
        table.add(steps.iter().flat_map(|step| with_interval(&mean(step), locale)), self.points.iter().map(cells));
        if !self.branch.is_empty() {
            let left = |step: &usize| locale.format(message::TableBranch { of: mean(step) });
            table.add(steps.iter().flat_map(|step| with_interval(&left(step), locale)), self.branch.iter().map(cells));
        }
        table
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let point = self.nearest(x)?;
        let lines = self.steps().into_iter().filter_map(|step| {
            let value = value(point, step)?;
            Some(ReadoutLine {
                role: Start::Theta.role(step),
                progress: progress(step, self.steps().last().copied().unwrap_or_default()),
                label: locale.format(message::ChartReadoutMean { step, tasks: point.tasks }),
                value: number::with_interval(value.mean, value.ci, locale),
            })
        });
        Some(Readout {
            x: point.iteration as f64,
            lines: lines.collect(),
            title: locale.format(message::ChartReadoutIteration { iteration: number::count(point.iteration) }),
        })
    }
}

impl TrainingFigure<'_> {
    /// The recorded steps nearest to [`STEPS`].
    fn steps(&self) -> Vec<usize> {
        let recorded = self.points.last().map_or(&[][..], |point| &point.curve.steps);
        let nearest = |wanted: usize| recorded.iter().copied().min_by_key(|step| step.abs_diff(wanted));
        let mut steps: Vec<usize> = STEPS.into_iter().filter_map(nearest).collect();
        steps.dedup();
        steps
    }

    fn values(&self, step: usize) -> Vec<Value> {
        self.points.iter().filter_map(|point| value(point, step)).collect()
    }

    fn pen(&self, step: usize, scheme: Scheme, metrics: &Metrics) -> Pen {
        let last = self.steps().last().copied().unwrap_or_default();
        Start::Theta.pen(step, last, scheme, metrics)
    }

    /// The point nearest to a meta-iteration.
    fn nearest(&self, iteration: f64) -> Option<&HeldOutPoint> {
        let distance = |point: &&HeldOutPoint| (point.iteration as f64 - iteration).abs();
        self.points.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    fn plot(&self, size: (u32, u32), style: &Style) -> Plot {
        let (metrics, locale) = (Metrics::new(size, style), style.locale);
        let label = |step: &usize| locale.format(message::ChartStepValue { step, value: number::WIDEST });
        let widest: Vec<String> = STEPS.iter().chain(&self.steps()).map(label).collect();
        let room = errors::label_room(widest.iter().map(String::as_str), &metrics);
        let last = self.points.iter().chain(self.branch).map(|point| point.iteration).max().unwrap_or(0);
        let x = Axis { low: 0.0, high: self.iterations.max(last).max(1) as f64, spacing: Spacing::LogarithmicFromZero };
        let means = self.points.iter().chain(self.branch).flat_map(|point| point.curve.mean_mse.iter().copied());
        let y = errors::axis(means);
        let note = match self.points.last() {
            Some(point) => locale.format(message::ChartNoteMean { tasks: point.tasks }),
            None => locale.chart_note_log().to_owned(),
        };
        let titles =
            Titles::Outside { x: locale.chart_axis_iteration_log(), y: locale.chart_axis_mse_after(), note: &note };
        Plot::arrange(metrics, (0.0, room), (x, y), titles)
    }
}

fn value(point: &HeldOutPoint, step: usize) -> Option<Value> {
    let i = point.curve.steps.iter().position(|&recorded| recorded == step)?;
    Some(Value { iteration: point.iteration, mean: *point.curve.mean_mse.get(i)?, ci: *point.curve.ci95.get(i)? })
}

//! The adaptation chart: error against gradient step.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::errors::{self, EndLabel};
use crate::chart::paint::layout::{Metrics, text_width};
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Join, Mark, Painter, Pen, TextStyle};
use crate::chart::paint::palette::{Start, shade};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::table_words::with_interval;
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::adaptation::reported_steps;
use crate::domain::evaluation::Curve;
use crate::domain::evaluation::HeldOutPoint;
use crate::engine::protocol::{Pinned, PreviewResult};
use crate::i18n::{self, Locale, message};

/// Gradient steps of an axis that has no data yet.
const USUAL_STEPS: usize = 32;

/// The adaptation chart.
#[derive(Clone, Copy, Debug)]
pub struct AdaptationChart;

impl Chart for AdaptationChart {
    const NAME: &'static str = "adaptation";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = AdaptationFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.adaptation_heading()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&AdaptationFigure<'_>) -> T) -> Option<T> {
        let (preview, history, baseline) = (sources.preview(), sources.history(), sources.baseline());
        // Of the moment that is shown, as near as one was measured.
        let held_out = history.nearest(sources.past().unwrap_or(u64::MAX));
        let baseline = baseline.as_ref().map(|(tasks, curve)| (curve, *tasks));
        let replayed = sources.replayed();
        Some(see(&AdaptationFigure { preview: Some(&preview), replayed, held_out, baseline }))
    }
}

/// The adaptation chart: error against gradient step, on this task and on average over held-out tasks.
#[derive(Clone, Copy, Debug)]
pub struct AdaptationFigure<'a> {
    /// The shown task, if there is one.
    pub preview: Option<&'a PreviewResult>,
    /// The gradient step that is replayed: it is marked.
    pub replayed: Option<usize>,
    /// The error on held-out tasks from θ, if it is known.
    pub held_out: Option<&'a HeldOutPoint>,
    /// The error from the random start, and over how many held-out tasks, if it is known.
    pub baseline: Option<(&'a Curve, usize)>,
}

/// The error of the shown task from one start: after 0, 1, 2, … gradient steps.
struct OfTask<'a> {
    start: Start,
    mse: &'a [f64],
}

/// The mean error over held-out tasks from one start.
struct OfMean<'a> {
    start: Start,
    curve: &'a Curve,
    tasks: usize,
}

struct Layout {
    plot: Plot,
    legend: Rows,
}

impl Figure for AdaptationFigure<'_> {
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
        plot.draw(&painter, scheme)?;
        legend.draw(&painter, scheme, &plot.metrics)?;
        if self.last_step().is_none() {
            plot.note(&painter, scheme, locale.chart_adaptation_empty())?;
            return Ok(plot.frame);
        }
        let frame = &plot.frame;
        for OfMean { start, curve, .. } in self.means() {
            let colour = pen(start, scheme, &plot.metrics).colour;
            painter.band(frame, points(curve).map(|(step, mean, ci)| (step, mean - ci, mean + ci)), colour)?;
        }
        for OfMean { start, curve, .. } in self.means() {
            let pen = Pen { width: plot.metrics.line(1.75), ..pen(start, scheme, &plot.metrics) };
            painter.curve(frame, points(curve).map(|(step, mean, _)| (step, mean)), Join::Straight, &pen)?;
            let outline = Pen { dash: &[], ..pen };
            for (step, mean, _) in points(curve) {
                let place = frame.position(step, mean);
                if frame.contains(place) {
                    painter.mark(Mark::Circle, place, plot.metrics.line(3.0), scheme.paper_rgb(), &outline)?;
                }
            }
        }
        for OfTask { start, mse } in self.of_task() {
            let points = mse.iter().enumerate().map(|(step, &mse)| (step as f64, mse));
            painter.curve(frame, points, Join::Straight, &pen(start, scheme, &plot.metrics))?;
        }
        self.mark_replayed(&painter, style, &plot)?;
        if let Some(step) = hover.and_then(|step| self.nearest(step)) {
            let of_task = self.of_task().into_iter().map(|OfTask { start, mse }| (start, mse.get(step).copied()));
            let dots = of_task.chain(self.means().into_iter().map(|OfMean { start, curve, .. }| {
                let i = curve.steps.iter().position(|&recorded| recorded == step);
                (start, i.and_then(|i| curve.mean_mse.get(i)).copied())
            }));
            let dots = dots.map(|(start, mse)| (mse.unwrap_or(f64::NAN), pen(start, scheme, &plot.metrics).colour));
            plot.hairline(&painter, scheme, step as f64, dots)?;
        }
        errors::draw_labels(&painter, scheme, &plot, &self.labels(&plot, style))?;
        Ok(plot.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let separator = locale.chart_list_separator();
        let value = |value: f64| number::significant(value, locale);
        let mut sentences = Vec::new();
        if let Some(PreviewResult { theta, random, .. }) = self.preview {
            let list = |mse: &[f64]| {
                let at = |&step: &usize| {
                    Some(locale.format(message::ChartStepValue { step, value: value(*mse.get(step)?) }))
                };
                reported_steps(mse.len().saturating_sub(1)).iter().filter_map(at).collect::<Vec<_>>().join(separator)
            };
            sentences.push(locale.format(message::ChartAdaptationDescriptionTask {
                theta: list(&theta.mse),
                random: list(&random.mse),
            }));
            if let Some(Pinned { iteration, adapted }) = self.pinned() {
                let (iteration, pinned) = (number::count(*iteration), list(&adapted.mse));
                sentences.push(locale.format(message::ChartDescriptionPinned { iteration, pinned }));
            }
            if let Some((step, error)) = self.replayed_error() {
                sentences.push(locale.format(message::ChartReplayed { step, error: value(error) }));
            }
        }
        for OfMean { start, curve, tasks } in self.means() {
            let recorded = curve.steps.iter().zip(curve.mean_mse.iter().zip(&curve.ci95));
            let list = recorded
                .map(|(step, (&mean, &ci))| {
                    locale.format(message::ChartStepValue { step, value: number::with_interval(mean, ci, locale) })
                })
                .collect::<Vec<_>>()
                .join(separator);
            sentences.push(match (start, self.held_out) {
                (Start::Theta, Some(point)) => locale.format(message::ChartAdaptationDescriptionTheta {
                    tasks,
                    iteration: number::count(point.iteration),
                    theta: list,
                }),
                _ => locale.format(message::ChartAdaptationDescriptionRandom { tasks, random: list }),
            });
        }
        if sentences.is_empty() { locale.chart_adaptation_empty().to_owned() } else { i18n::sentences(sentences) }
    }

    fn table(&self, locale: Locale) -> Table {
        let mut table = Table::new([locale.chart_axis_step()]);
        let of_task = self.of_task();
        let labels =
            of_task.iter().map(|of| locale.format(message::TableMse { of: self.of_task_from(of.start, locale) }));
        let longest = of_task.iter().map(|of_task| of_task.mse.len()).max().unwrap_or(0);
        let rows = (0..longest).map(|step| {
            let values = of_task.iter().map(|of_task| of_task.mse.get(step).copied());
            [Some(step as f64)].into_iter().chain(values).collect()
        });
        table.add(labels, rows);
        for OfMean { start, curve, tasks } in self.means() {
            let from = if start == Start::Theta { locale.chart_from_theta() } else { locale.chart_from_random() };
            let of = locale.format(message::TableMean { tasks, from });
            table.add(with_interval(&of, locale), points(curve).map(|(step, mean, ci)| row([step, mean, ci])));
        }
        table
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let Some(step) = self.nearest(x) else {
            let title = locale.format(message::ChartReadoutStep { step: number::significant(x, locale) });
            return Some(Readout { x, title, lines: Vec::new() });
        };
        let of_task = self.of_task().into_iter().filter_map(|OfTask { start, mse }| {
            let label = self.of_task_from(start, locale);
            let value = number::significant(*mse.get(step)?, locale);
            Some(ReadoutLine { role: role(start), progress: 1.0, label, value })
        });
        let means = self.means().into_iter().filter_map(|OfMean { start, curve, tasks }| {
            let i = nearest_index(&curve.steps, step)?;
            let label = match start {
                Start::Theta => locale.format(message::ChartReadoutMeanTheta {
                    tasks,
                    iteration: number::count(self.held_out.map_or(0, |point| point.iteration)),
                    step: curve.steps[i],
                }),
                _ => locale.format(message::ChartReadoutMeanRandom { tasks, step: curve.steps[i] }),
            };
            let value = number::with_interval(*curve.mean_mse.get(i)?, *curve.ci95.get(i)?, locale);
            Some(ReadoutLine { role: role(start), progress: 1.0, label, value })
        });
        let lines = of_task.chain(means).collect();
        Some(Readout { x: step as f64, title: locale.format(message::ChartReadoutStep { step }), lines })
    }
}

impl AdaptationFigure<'_> {
    fn of_task(&self) -> Vec<OfTask<'_>> {
        let pinned = self.pinned().map(|pinned| (Start::Pinned, &pinned.adapted));
        self.preview
            .into_iter()
            .flat_map(|preview| [(Start::Theta, &preview.theta), (Start::Random, &preview.random)])
            .chain(pinned)
            .map(|(start, adapted)| OfTask { start, mse: &adapted.mse })
            .filter(|of_task| !of_task.mse.is_empty())
            .collect()
    }

    /// What the error of the shown task from a start is called.
    fn of_task_from(&self, start: Start, locale: Locale) -> String {
        match start {
            Start::Theta => locale.chart_readout_task_theta().to_owned(),
            Start::Random => locale.chart_readout_task_random().to_owned(),
            Start::Pinned => {
                let iteration = number::count(self.pinned().map_or(0, |pinned| pinned.iteration));
                locale.format(message::ChartReadoutTaskPinned { iteration })
            }
        }
    }

    /// What is adapted from the θ that is kept for comparison.
    fn pinned(&self) -> Option<&Pinned> {
        self.preview?.pinned.as_ref()
    }

    fn means(&self) -> Vec<OfMean<'_>> {
        let theta = self.held_out.map(|point| OfMean { start: Start::Theta, curve: &point.curve, tasks: point.tasks });
        let random = self.baseline.map(|(curve, tasks)| OfMean { start: Start::Random, curve, tasks });
        theta.into_iter().chain(random).filter(|mean| !mean.curve.steps.is_empty()).collect()
    }

    /// The last gradient step of any curve; none without data.
    fn last_step(&self) -> Option<usize> {
        let of_task = self.of_task().into_iter().map(|of_task| of_task.mse.len() - 1).max();
        let of_means = self.means().into_iter().filter_map(|mean| mean.curve.steps.last().copied()).max();
        of_task.max(of_means)
    }

    /// The step that is replayed, and the shown task's error after it from θ.
    fn replayed_error(&self) -> Option<(usize, f64)> {
        let (replayed, mse) = (self.replayed?, &self.preview?.theta.mse);
        let step = replayed.min(mse.len().checked_sub(1)?);
        Some((step, mse[step]))
    }

    /// Marks the step that is replayed on the curves of the shown task.
    fn mark_replayed<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        style: &Style,
        plot: &Plot,
    ) -> Result<(), DrawError> {
        let Some((step, _)) = self.replayed_error() else { return Ok(()) };
        let (Style { scheme, locale, .. }, metrics, frame) = (*style, &plot.metrics, &plot.frame);
        let colour = role(Start::Theta).rgb(scheme);
        let (place, _) = frame.position(step as f64, frame.y.low);
        painter.rule((place, frame.top), (place, frame.top + frame.height), metrics.line(2.0), colour)?;
        let paper = Pen { colour: scheme.paper_rgb(), width: metrics.line(1.5), dash: &[] };
        for OfTask { start, mse } in self.of_task() {
            let at = frame.position(step as f64, mse.get(step).copied().unwrap_or(f64::NAN));
            if frame.contains(at) {
                painter.mark(Mark::Circle, at, metrics.line(5.5), pen(start, scheme, metrics).colour, &paper)?;
            }
        }
        // Beside the foot of the line, where curves seldom are, on the side where there is room.
        let words = locale.format(message::ChartStep { step });
        let (width, gap) = (text_width(&words, metrics.small), 0.4 * metrics.text);
        let left = if place + gap + width > frame.left + frame.width { place - gap - width } else { place + gap };
        let middle = frame.top + frame.height - metrics.small;
        painter.rule((left, middle), (left + width, middle), 1.3 * metrics.small, scheme.paper_rgb())?;
        let ink = TextStyle { size: metrics.small, colour: scheme.ink(), is_italic: false };
        painter.text(&words, (left, middle), Anchor::Left, &ink)
    }

    /// The gradient step nearest to `x`.
    fn nearest(&self, x: f64) -> Option<usize> {
        self.last_step().map(|last| x.round().clamp(0.0, last as f64) as usize)
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> Layout {
        let (metrics, Style { scheme, locale, .. }) = (Metrics::new(size, style), *style);
        let mut legend = Rows::default();
        let line = |start| Swatch::Line(pen(start, scheme, &metrics));
        let mean = Pen { colour: scheme.quiet(), width: metrics.line(1.75), dash: &[] };
        let mut entries = vec![
            Entry::new(line(Start::Theta), locale.chart_from_theta(), &metrics),
            Entry::new(line(Start::Random), locale.chart_from_random(), &metrics),
            Entry::new(Swatch::Band(mean), locale.chart_mean_band(), &metrics),
        ];
        if let Some(Pinned { iteration, .. }) = self.pinned() {
            let name = locale.format(message::ChartFromPinnedTask { iteration: number::count(*iteration) });
            entries.insert(2, Entry::new(line(Start::Pinned), name, &metrics));
        }
        legend.add(entries, &metrics);
        let tasks = self.means().iter().map(|mean| mean.tasks).max();
        let widest = [
            Some(locale.format(message::ChartThisTaskValue { value: number::WIDEST })),
            self.pinned().map(|_| locale.format(message::ChartPinnedValue { value: number::WIDEST })),
            tasks.map(|tasks| locale.format(message::ChartMeanValue { tasks, value: number::WIDEST })),
        ];
        let room = errors::label_room(widest.iter().flatten().map(String::as_str), &metrics);
        let last = self.last_step().unwrap_or(USUAL_STEPS).max(1);
        let x = Axis { low: 0.0, high: last as f64, spacing: Spacing::LogarithmicFromZero };
        let of_task = self.of_task().into_iter().flat_map(|of_task| of_task.mse.iter().copied());
        let of_means = self.means().into_iter().flat_map(|mean| mean.curve.mean_mse.iter().copied());
        let y = errors::axis(of_task.chain(of_means));
        let titles =
            Titles::Outside { x: locale.chart_axis_step(), y: locale.chart_axis_mse(), note: locale.chart_note_log() };
        let plot = Plot::arrange(metrics, (legend.height(&metrics), room), (x, y), titles);
        Layout { plot, legend }
    }

    fn labels(&self, plot: &Plot, style: &Style) -> Vec<EndLabel> {
        let Style { scheme, locale, .. } = *style;
        let label = |start, step: usize, mse: f64, text: String| {
            let end = errors::end(&plot.frame, step as f64, mse);
            EndLabel { end, pen: pen(start, scheme, &plot.metrics), text }
        };
        let of_task = self.of_task().into_iter().filter_map(|OfTask { start, mse }| {
            let &last = mse.last()?;
            let value = number::significant(last, locale);
            let text = match start {
                Start::Pinned => locale.format(message::ChartPinnedValue { value }),
                Start::Theta | Start::Random => locale.format(message::ChartThisTaskValue { value }),
            };
            Some(label(start, mse.len() - 1, last, text))
        });
        let means = self.means().into_iter().filter_map(|OfMean { start, curve, tasks }| {
            let (&step, &last) = (curve.steps.last()?, curve.mean_mse.last()?);
            let text = locale.format(message::ChartMeanValue { tasks, value: number::significant(last, locale) });
            Some(label(start, step, last, text))
        });
        of_task.chain(means).collect()
    }
}

fn role(start: Start) -> Role {
    start.role(1)
}

fn pen(start: Start, scheme: Scheme, metrics: &Metrics) -> Pen {
    let role = role(start);
    Pen { colour: shade(role, 1.0, scheme), width: metrics.line(2.75), dash: role.dash() }
}

/// Step, mean and half width of its interval.
fn points(curve: &Curve) -> impl Iterator<Item = (f64, f64, f64)> {
    let values = curve.mean_mse.iter().zip(&curve.ci95);
    curve.steps.iter().zip(values).map(|(&step, (&mean, &ci))| (step as f64, mean, ci))
}

/// The index of the step nearest to `wanted`.
fn nearest_index(steps: &[usize], wanted: usize) -> Option<usize> {
    (0..steps.len()).min_by_key(|&i| steps[i].abs_diff(wanted))
}

//! The alignment chart: cosines between gradients against meta-iteration.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::errors::{self, EndLabel};
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Mark, Painter, Pen};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::table_words::with_interval;
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::alignment::AlignmentPoint;
use crate::domain::alignment::{Mean, TASKS};
use crate::i18n::{self, Locale, message};

/// The axis of the cosine, unless one is further below.
const USUAL_LOW: f64 = -0.2;
/// A cosine as wide as any.
const WIDEST: &str = "−0.00";

/// The alignment chart.
#[derive(Clone, Copy, Debug)]
pub struct AlignmentChart;

impl Chart for AlignmentChart {
    const NAME: &'static str = "alignment";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = AlignmentFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.alignment_heading()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&AlignmentFigure<'_>) -> T) -> Option<T> {
        let (history, iterations) = (sources.alignment(), sources.config().outer.iterations);
        Some(see(&AlignmentFigure { points: history.points(), iterations }))
    }
}

/// The alignment chart: cosines between gradients of minibatches of one task and of different tasks, against
/// meta-iteration.
#[derive(Clone, Copy, Debug)]
pub struct AlignmentFigure<'a> {
    /// What is known so far, in the order of the meta-iterations.
    pub points: &'a [AlignmentPoint],
    /// Meta-iterations of the whole run.
    pub iterations: u64,
}

/// Whose gradients are compared.
#[derive(Clone, Copy)]
enum Pair {
    OneTask,
    DifferentTasks,
}

impl Pair {
    const ALL: [Self; 2] = [Self::OneTask, Self::DifferentTasks];

    fn of(self, point: &AlignmentPoint) -> Mean {
        match self {
            Self::OneTask => point.alignment.cosine,
            Self::DifferentTasks => point.alignment.cosine_between_tasks,
        }
    }

    fn label(self, locale: Locale) -> &'static str {
        match self {
            Self::OneTask => locale.chart_alignment_one_task(),
            Self::DifferentTasks => locale.chart_alignment_different_tasks(),
        }
    }

    /// Both are of θ; dash and mark tell them apart.
    fn pen(self, scheme: Scheme, metrics: &Metrics) -> Pen {
        let (width, dash): (_, &[f64]) = match self {
            Self::OneTask => (2.25, &[]),
            Self::DifferentTasks => (1.75, &[6.0, 2.5, 1.25, 2.5]),
        };
        Pen { colour: Role::Theta.rgb(scheme), width: metrics.line(width), dash }
    }

    fn mark(self) -> Mark {
        match self {
            Self::OneTask => Mark::Circle,
            Self::DifferentTasks => Mark::Square,
        }
    }
}

impl Figure for AlignmentFigure<'_> {
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
        let Style { scheme, locale, .. } = *style;
        plot.draw(&painter, scheme)?;
        legend.draw(&painter, scheme, &plot.metrics)?;
        if self.points.is_empty() {
            plot.note(&painter, scheme, locale.chart_alignment_empty())?;
            return Ok(plot.frame);
        }
        let values = |pair: Pair| self.points.iter().map(move |point| (point.iteration as f64, pair.of(point)));
        for pair in Pair::ALL {
            let band = values(pair).map(|(x, Mean { mean, ci95 })| (x, mean - ci95, mean + ci95));
            painter.band(&plot.frame, band, pair.pen(scheme, &plot.metrics).colour)?;
        }
        for pair in Pair::ALL {
            let points: Vec<_> = values(pair).map(|(x, value)| (x, value.mean)).collect();
            plot.curve(&painter, scheme, &points, &pair.pen(scheme, &plot.metrics), pair.mark())?;
        }
        if let Some(point) = hover.and_then(|iteration| self.nearest(iteration)) {
            let dots = Pair::ALL.map(|pair| (pair.of(point).mean, Role::Theta.rgb(scheme)));
            plot.hairline(&painter, scheme, point.iteration as f64, dots.into_iter())?;
        }
        let labels: Vec<EndLabel> = Pair::ALL
            .into_iter()
            .filter_map(|pair| {
                let (x, Mean { mean, .. }) = values(pair).next_back()?;
                let (left, level) = plot.frame.position(x, mean);
                let bottom = plot.frame.top + plot.frame.height;
                let level = if level.is_finite() { level.clamp(plot.frame.top, bottom) } else { bottom };
                let text = number::fixed(mean, 2, locale);
                Some(EndLabel { end: (left, level), pen: pair.pen(scheme, &plot.metrics), text })
            })
            .collect();
        errors::draw_labels(&painter, scheme, &plot, &labels)?;
        Ok(plot.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return locale.chart_alignment_empty().to_owned();
        };
        let mut sentences = vec![locale.format(message::ChartAlignmentDescription {
            tasks: last.tasks,
            first: number::count(first.iteration),
            last: number::count(last.iteration),
            iterations: number::count(self.iterations),
        })];
        for pair in Pair::ALL {
            let text = |point| cosine(pair.of(point), locale);
            sentences.push(locale.format(message::ChartAlignmentDescriptionCosine {
                pair: pair.label(locale),
                from: text(first),
                to: text(last),
            }));
        }
        let text = |point: &AlignmentPoint| inner_product(point, locale);
        sentences.push(locale.format(message::ChartAlignmentDescriptionProduct { from: text(first), to: text(last) }));
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let cosines = Pair::ALL.map(|pair| locale.format(message::ChartAlignmentCosine { pair: pair.label(locale) }));
        let headers = cosines.into_iter().chain([locale.chart_alignment_product().to_owned()]);
        let rows = self.points.iter().map(|point| {
            let means = Pair::ALL.map(|pair| pair.of(point)).into_iter().chain([point.alignment.inner_product]);
            row([point.iteration as f64].into_iter().chain(means.flat_map(|Mean { mean, ci95 }| [mean, ci95])))
        });
        let mut table = Table::new([locale.chart_axis_iteration()]);
        table.add(headers.flat_map(|of| with_interval(&of, locale)), rows);
        table
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let point = self.nearest(x)?;
        let line = |label: String, value| ReadoutLine { role: Role::Theta, progress: 1.0, label, value };
        let cosines = Pair::ALL.map(|pair| {
            line(
                locale.format(message::ChartAlignmentCosine { pair: pair.label(locale) }),
                cosine(pair.of(point), locale),
            )
        });
        let product = line(locale.chart_alignment_product().to_owned(), inner_product(point, locale));
        Some(Readout {
            x: point.iteration as f64,
            title: locale.format(message::ChartAlignmentReadout { iteration: number::count(point.iteration) }),
            lines: cosines.into_iter().chain([product]).collect(),
        })
    }
}

impl AlignmentFigure<'_> {
    /// The point nearest to a meta-iteration.
    fn nearest(&self, iteration: f64) -> Option<&AlignmentPoint> {
        let distance = |point: &&AlignmentPoint| (point.iteration as f64 - iteration).abs();
        self.points.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> (Plot, Rows) {
        let (metrics, Style { scheme, locale, .. }) = (Metrics::new(size, style), *style);
        let mut legend = Rows::default();
        let entry = |pair: Pair| Entry::new(Swatch::Line(pair.pen(scheme, &metrics)), pair.label(locale), &metrics);
        legend.add(Pair::ALL.map(entry), &metrics);
        let last = self.points.last();
        let end = last.map_or(0, |point| point.iteration).max(self.iterations).max(1);
        let x = Axis { low: 0.0, high: end as f64, spacing: Spacing::LogarithmicFromZero };
        let is_low = |point: &AlignmentPoint| Pair::ALL.iter().any(|pair| pair.of(point).mean < USUAL_LOW);
        let low = if self.points.iter().any(is_low) { -1.0 } else { USUAL_LOW };
        let y = Axis { low, high: 1.0, spacing: Spacing::Linear };
        let note = locale.format(message::ChartAlignmentNote { tasks: last.map_or(TASKS, |point| point.tasks) });
        let titles =
            Titles::Outside { x: locale.chart_axis_iteration_log(), y: locale.chart_axis_cosine(), note: &note };
        let room = errors::label_room([WIDEST].into_iter(), &metrics);
        (Plot::arrange(metrics, (legend.height(&metrics), room), (x, y), titles), legend)
    }
}

fn cosine(Mean { mean, ci95 }: Mean, locale: Locale) -> String {
    format!("{} ± {}", number::fixed(mean, 3, locale), number::fixed(ci95, 3, locale))
}

fn inner_product(point: &AlignmentPoint, locale: Locale) -> String {
    let Mean { mean, ci95 } = point.alignment.inner_product;
    number::with_interval(mean, ci95, locale)
}

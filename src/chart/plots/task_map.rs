//! The chart of the task map: the error of every task of the picker's plane as a colour.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::field::Coordinate;
use crate::app::views::Made;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::heat::{diverged, draw_scale};
use crate::chart::paint::layout::{Metrics, text_width};
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Mark, Painter, Pen, TextStyle};
use crate::chart::paint::palette::heat;
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::adaptation::mean_squared_error;
use crate::domain::choice::Named;
use crate::domain::statistics::median;
use crate::domain::task::{TaskDistribution, grid};
use crate::domain::task_map::TaskMap;
use crate::i18n::{self, Locale, message};

/// What the colours span, whatever the errors are: a map means the same at any time of any run.
const SCALE: Axis = Axis { low: 0.01, high: 100.0, spacing: Spacing::Logarithmic };
/// The labels of the scale.
const LABELS: [f64; 5] = [0.01, 0.1, 1.0, 10.0, 100.0];
/// The greatest number of gradient steps, and of shots: what the legend keeps room for.
const WIDEST: (usize, usize) = (128, 200);

/// The task map.
#[derive(Clone, Copy, Debug)]
pub struct TaskMapChart;

impl Chart for TaskMapChart {
    const NAME: &'static str = "task-map";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = TaskMapFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.picker_heading()
    }

    fn title(&self, locale: Locale) -> String {
        locale.picker_map().to_owned()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&TaskMapFigure<'_>) -> T) -> Option<T> {
        let (config, made) = (sources.config(), sources.task_map());
        Some(see(&TaskMapFigure { made: made.as_deref(), distribution: &config.tasks }))
    }
}

/// The errors over phase × amplitude, and the rectangle that training tasks are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct TaskMapFigure<'a> {
    /// The map, once there is one.
    pub made: Option<&'a Made<TaskMap>>,
    /// Where training tasks come from.
    pub distribution: &'a TaskDistribution,
}

/// What everything is drawn with.
struct Layout {
    plot: Plot,
    legend: Rows,
    /// The corners of the scale of the colours.
    scale: [(f64, f64); 2],
}

impl Figure for TaskMapFigure<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.layout(size, style).plot.frame
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        _hover: Option<f64>,
    ) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let Layout { plot, legend, scale } = self.layout(painter.size(), style);
        let (scheme, metrics, frame) = (style.scheme, &plot.metrics, &plot.frame);
        plot.draw(&painter, scheme)?;
        legend.draw(&painter, scheme, metrics)?;
        draw_scale(&painter, scale)?;
        let quiet = TextStyle { size: metrics.small, colour: scheme.quiet(), is_italic: false };
        for value in LABELS {
            let label = match SCALE.fraction(value) {
                0.0 => format!("≤ {}", number::tick(value)),
                1.0 => format!("≥ {}", number::tick(value)),
                _ => number::tick(value),
            };
            let half = text_width(&label, metrics.small) / 2.0;
            let place = scale[0].0 + (scale[1].0 - scale[0].0) * SCALE.fraction(value);
            let place = place.max(scale[0].0 + half).min(scale[1].0 - half);
            painter.text(&label, (place, scale[1].1 + 0.7 * metrics.small), Anchor::Centre, &quiet)?;
        }
        if let Some(Made { result: map, .. }) = self.made {
            let (rows, columns) = (edges(&map.spec.amplitudes, &frame.y), edges(&map.spec.phases, &frame.x));
            for (row, errors) in map.rows().enumerate() {
                for (column, &error) in errors.iter().enumerate() {
                    let corners = [
                        frame.position(columns[column], rows[row + 1]),
                        frame.position(columns[column + 1], rows[row]),
                    ];
                    if error.is_finite() {
                        painter.fill(corners, heat(SCALE.fraction(error)))?;
                    } else {
                        painter.fill(corners, scheme.paper_rgb())?;
                        painter.hatch(corners, metrics.line(4.0), &diverged(scheme, metrics))?;
                    }
                }
            }
            self.draw_rectangle(&painter, style, &plot)?;
        } else {
            plot.note(&painter, scheme, style.locale.chart_map_empty())?;
        }
        Ok(plot.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let Some(Made { iteration, result: map, .. }) = self.made else {
            return locale.chart_map_empty().to_owned();
        };
        let mut sentences = vec![locale.format(message::ChartMapDescription {
            tasks: number::count(map.mse.len() as u64),
            step: map.spec.steps,
            shots: map.shots,
            iteration: number::count(*iteration),
        })];
        sentences.extend(self.kind(locale).map(|kind| locale.format(message::ChartMapDescriptionKind { kind })));
        let tasks = (0..map.mse.len()).filter_map(|index| map.at(index));
        let (inside, outside): (Vec<_>, Vec<_>) = tasks.partition(|(task, _)| task.is_in(self.distribution));
        let text = |value| number::significant(value, locale);
        let ends = |part: &[(_, f64)]| {
            let errors = || part.iter().map(|(_, error)| *error).filter(|error| error.is_finite());
            let least = errors().fold(f64::INFINITY, f64::min);
            let greatest = errors().fold(f64::NEG_INFINITY, f64::max);
            (errors().next().is_some()).then(|| [least, median(errors()), greatest].map(text))
        };
        if let Some([least, median, greatest]) = ends(&inside) {
            sentences.push(locale.format(message::ChartMapDescriptionInside { median, least, greatest }));
        }
        if let Some([least, median, greatest]) = ends(&outside) {
            sentences.push(locale.format(message::ChartMapDescriptionOutside { median, least, greatest }));
        }
        let lost = map.mse.iter().filter(|error| !error.is_finite()).count();
        if lost > 0 {
            sentences.push(locale.format(message::ChartSearchDescriptionDiverged { count: lost }));
        }
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let mut table = Table::new([locale.picker_axis_amplitude(), locale.picker_axis_phase()]);
        if let Some(Made { result: TaskMap { spec, shots, mse }, .. }) = self.made {
            let tasks =
                spec.amplitudes.iter().flat_map(|&amplitude| spec.phases.iter().map(move |&phase| [amplitude, phase]));
            let rows = tasks.zip(mse).map(|([amplitude, phase], mse)| row([amplitude.into(), phase.into(), *mse]));
            table.add([locale.format(message::ChartMapColour { step: spec.steps, shots })], rows);
        }
        table
    }

    fn readout(&self, _x: f64, _locale: Locale) -> Option<Readout> {
        // A map has no single value at an x.
        None
    }

    fn readout_at(&self, (phase, amplitude): (f64, f64), locale: Locale) -> Option<Readout> {
        self.at(phase, amplitude, locale)
    }
}

impl TaskMapFigure<'_> {
    /// The values of the task that is nearest to a phase and an amplitude.
    #[must_use]
    pub fn at(&self, phase: f64, amplitude: f64, locale: Locale) -> Option<Readout> {
        let Made { result: map, .. } = self.made?;
        let (task, error) = map.at(map.nearest(amplitude, phase)?)?;
        let truth: Vec<f32> = grid(self.distribution).into_iter().map(|x| task.value(x)).collect();
        let of_zero = mean_squared_error(&vec![0.0; truth.len()], &truth);
        let role = if map.spec.steps == 0 { Role::Theta } else { Role::Adapted };
        let line = |role, label, value| ReadoutLine { role, progress: 1.0, label, value };
        let value = if error.is_finite() {
            number::significant(error, locale)
        } else {
            locale.chart_search_diverged().to_owned()
        };
        let decimal = |value: f32| number::fixed(f64::from(value), 2, locale);
        Some(Readout {
            x: f64::from(task.phase),
            title: locale
                .format(message::ChartMapTask { amplitude: decimal(task.amplitude), phase: decimal(task.phase) }),
            lines: vec![
                line(role, locale.format(message::ChartSearchMse { step: map.spec.steps }), value),
                line(Role::Truth, locale.chart_map_square().to_owned(), number::significant(of_zero, locale)),
            ],
        })
    }

    /// The tasks that the map is of, where the distribution has others as well.
    fn kind(&self, locale: Locale) -> Option<String> {
        let spec = &self.made?.result.spec;
        let family = self.distribution.only_family().is_none().then(|| spec.family.label(locale).to_owned());
        let [low, high] = self.distribution.frequency;
        let frequency = (low < high && spec.family.is_periodic())
            .then(|| format!("f = {}", number::tick(f64::from(spec.frequency))));
        let parts: Vec<String> = family.into_iter().chain(frequency).collect();
        (!parts.is_empty()).then(|| parts.join(locale.chart_list_separator()))
    }

    /// The rectangle of the training tasks: a dark line between two bright ones shows on every colour.
    fn draw_rectangle<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        style: &Style,
        plot: &Plot,
    ) -> Result<(), DrawError> {
        let TaskDistribution { amplitude: [bottom, top], phase: [left, right], .. } = *self.distribution;
        let corner = |phase: f64, amplitude: f64| plot.frame.position(phase, amplitude);
        let corners = [corner(left, bottom), corner(right, bottom), corner(right, top), corner(left, top)];
        let around: Vec<(f64, f64)> = corners.iter().chain(&corners[..2]).copied().collect();
        for side in around.windows(2).take(4) {
            painter.rule(side[0], side[1], plot.metrics.line(4.5), style.scheme.paper_rgb())?;
        }
        painter.line(&around, &rectangle_pen(style, &plot.metrics))
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> Layout {
        let (metrics, locale) = (Metrics::new(size, style), style.locale);
        let what = |step, shots| locale.format(message::ChartMapColour { step, shots });
        let iteration = |iteration: &str| locale.format(message::ChartThetaAt { iteration });
        let (of_map, of_theta) = match self.made {
            Some(Made { iteration: at, result, .. }) => {
                (what(result.spec.steps, result.shots), iteration(&number::count(*at)))
            }
            None => (String::new(), String::new()),
        };
        let mut legend = Rows::default();
        let square = Swatch::Mark(Mark::Square, style.scheme.paper_rgb(), rectangle_pen(style, &metrics));
        let mut entries = vec![
            Entry::with_value(Swatch::None, of_map, &what(WIDEST.0, WIDEST.1), &metrics),
            Entry::with_value(Swatch::None, of_theta, &iteration(number::WIDEST_COUNT), &metrics),
            Entry::new(square, locale.chart_map_rectangle(), &metrics),
            Entry::new(Swatch::Hatch(diverged(style.scheme, &metrics)), locale.chart_search_diverged(), &metrics),
        ];
        entries.extend(self.kind(locale).map(|kind| Entry::new(Swatch::None, kind, &metrics)));
        legend.add(entries, &metrics);
        let above = legend.height(&metrics);
        let thick = 0.75 * metrics.text;
        let axis = |coordinate: Coordinate| {
            let (low, high) = coordinate.range();
            Axis { low, high, spacing: Spacing::Linear }
        };
        let (x, y) = (axis(Coordinate::Phase), axis(Coordinate::Amplitude));
        let [quarters, fifths] = [4, 5].map(|parts| {
            move |axis: &Axis| {
                (0..=parts).map(|part| axis.value(f64::from(part) / f64::from(parts))).collect::<Vec<f64>>()
            }
        });
        let titles = Titles::Outside { x: locale.picker_axis_phase(), y: locale.picker_axis_amplitude(), note: "" };
        let room = (above + thick + 1.6 * metrics.small, 0.0);
        let plot =
            Plot::arrange_at(metrics, room, (x, y), [&quarters(&x), &fifths(&y)], titles).with_x_labels(number::exact);
        let top = metrics.pad + above;
        let Frame { left, width, .. } = plot.frame;
        Layout { plot, legend, scale: [(left, top), (left + width, top + thick)] }
    }
}

/// The outline of the rectangle.
fn rectangle_pen(style: &Style, metrics: &Metrics) -> Pen {
    Pen { colour: style.scheme.ink(), width: metrics.line(2.0), dash: &[] }
}

/// The edges of cells around these values, which reach half way to their neighbours and to the ends of the axis.
fn edges(values: &[f32], axis: &Axis) -> Vec<f64> {
    let between = values.windows(2).map(|pair| f64::midpoint(f64::from(pair[0]), f64::from(pair[1])));
    std::iter::once(axis.low).chain(between).chain(std::iter::once(axis.high)).collect()
}

//! The movement chart: how far each layer is from θ, against gradient step.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::errors::{self, EndLabel};
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::number;
use crate::chart::paint::painter::{Mark, Painter, Pen};
use crate::chart::paint::palette::shade;
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::plots::fit::round_up;
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::activity::Activity;
use crate::i18n::{Locale, message};

/// What the axis spans at least.
const LEAST: f64 = 1e-3;

/// Dashes of the layers, from the output down; with their marks they tell layers apart.
const DASHES: [&[f64]; 5] = [&[], &[6.0, 2.0], &[2.0, 1.5], &[8.0, 2.0, 1.5, 2.0], &[1.0, 2.0]];
/// Marks of the layers, in the same order.
const MARKS: [Mark; 5] = [Mark::Circle, Mark::Square, Mark::Triangle, Mark::Diamond, Mark::Circle];

/// The movement chart.
#[derive(Clone, Copy, Debug)]
pub struct MovementChart;

impl Chart for MovementChart {
    const NAME: &'static str = "movement";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = MovementFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.inside_heading()
    }

    fn title(&self, locale: Locale) -> String {
        locale.inside_movement().to_owned()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&MovementFigure<'_>) -> T) -> Option<T> {
        let made = sources.activity()?;
        Some(see(&MovementFigure { activity: &made.result, iteration: made.iteration }))
    }
}

/// ‖φ − θ‖ of each layer after each gradient step.
#[derive(Clone, Copy, Debug)]
pub struct MovementFigure<'a> {
    /// How far the layers have moved.
    pub activity: &'a Activity,
    /// Meta-iterations behind θ.
    pub iteration: u64,
}

impl Figure for MovementFigure<'_> {
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
        let plot = self.layout(painter.size(), style);
        let (scheme, metrics, frame) = (style.scheme, &plot.metrics, &plot.frame);
        plot.draw(&painter, scheme)?;
        let Activity { moved, step, .. } = self.activity;
        // The step that the units are shown after.
        let (place, _) = frame.position(*step as f64, frame.y.low);
        painter.rule((place, frame.top), (place, frame.top + frame.height), metrics.line(1.5), scheme.quiet())?;
        let mut labels = vec![];
        for layer in 0..self.layers() {
            let points: Vec<_> = moved.iter().enumerate().map(|(step, row)| (step as f64, row[layer])).collect();
            let (pen, mark) = self.pen(layer, scheme, metrics);
            plot.curve(&painter, scheme, &points, &pen, mark)?;
            if let Some(&(x, y)) = points.last() {
                let (left, level) = frame.position(x, y);
                let level =
                    if level.is_finite() { level.clamp(frame.top, frame.top + frame.height) } else { frame.top };
                labels.push(EndLabel { end: (left, level), pen, text: self.label(layer, y, style.locale) });
            }
        }
        if let Some(step) = hover.and_then(|x| self.nearest(x)) {
            let dots = (0..self.layers()).map(|layer| (moved[step][layer], self.pen(layer, scheme, metrics).0.colour));
            plot.hairline(&painter, scheme, step as f64, dots)?;
        }
        errors::draw_labels(&painter, scheme, &plot, &labels)?;
        Ok(plot.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let Activity { moved, .. } = self.activity;
        let (last, row) = (moved.len().saturating_sub(1), moved.last());
        let layers = (0..self.layers()).filter_map(|layer| {
            let (far, share) = (row?[layer], share(row?, layer, locale));
            Some(locale.format(message::ChartMovementLayer {
                layer: self.name(layer, locale),
                far: number::significant(far, locale),
                share,
            }))
        });
        locale.format(message::ChartMovementDescription {
            iteration: number::count(self.iteration),
            step: last,
            layers: layers.collect::<Vec<_>>().join(locale.chart_list_separator()),
        })
    }

    fn table(&self, locale: Locale) -> Table {
        let separator = locale.chart_list_separator();
        let name = |layer| [locale.chart_wheel_moved(), &self.name(layer, locale)].join(separator);
        let layers = (0..self.layers()).map(name);
        let moved = self.activity.moved.iter().enumerate();
        let mut table = Table::new([locale.chart_axis_step()]);
        table.add(layers, moved.map(|(step, far)| row([step as f64].into_iter().chain(far.iter().copied()))));
        table
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let step = self.nearest(x)?;
        let Activity { moved, .. } = self.activity;
        let line = |layer: usize| {
            let far = moved[step][layer];
            ReadoutLine {
                role: Role::Adapted,
                progress: self.progress(layer),
                label: self.name(layer, locale),
                value: format!("{} ({})", number::significant(far, locale), share(&moved[step], layer, locale)),
            }
        };
        let title = locale.format(message::ChartMovementReadout { step });
        Some(Readout { x: step as f64, title, lines: (0..self.layers()).map(line).collect() })
    }
}

impl MovementFigure<'_> {
    fn layers(&self) -> usize {
        self.activity.moved.first().map_or(0, Vec::len)
    }

    /// The gradient step nearest to `x`.
    fn nearest(&self, x: f64) -> Option<usize> {
        let last = self.activity.moved.len().checked_sub(1)?;
        Some(x.round().clamp(0.0, last as f64) as usize)
    }

    /// The nearer to the output, the stronger.
    fn progress(&self, layer: usize) -> f64 {
        layer as f64 / (self.layers() - 1).max(1) as f64
    }

    fn pen(&self, layer: usize, scheme: Scheme, metrics: &Metrics) -> (Pen, Mark) {
        let down = (self.layers() - 1 - layer).min(DASHES.len() - 1);
        let colour = shade(Role::Adapted, self.progress(layer), scheme);
        (Pen { colour, width: metrics.line(2.25), dash: DASHES[down] }, MARKS[down])
    }

    fn name(&self, layer: usize, locale: Locale) -> String {
        if layer + 1 == self.layers() {
            return locale.chart_movement_output().to_owned();
        }
        locale.format(message::ChartMovementHidden { layer: layer + 1 })
    }

    fn label(&self, layer: usize, far: f64, locale: Locale) -> String {
        let layer = self.name(layer, locale);
        locale.format(message::ChartMovementLabel { layer, far: number::significant(far, locale) })
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> Plot {
        let (metrics, locale) = (Metrics::new(size, style), style.locale);
        let Activity { moved, .. } = self.activity;
        let last = moved.len().saturating_sub(1).max(1);
        let x = Axis { low: 0.0, high: last as f64, spacing: Spacing::LogarithmicFromZero };
        let most = moved.iter().flatten().filter(|far| far.is_finite()).fold(LEAST, |most, far| most.max(*far));
        let y = Axis { low: 0.0, high: round_up(most), spacing: Spacing::Linear };
        let widest: Vec<String> = (0..self.layers())
            .map(|layer| {
                let layer = self.name(layer, locale);
                locale.format(message::ChartMovementLabel { layer, far: number::WIDEST })
            })
            .collect();
        let room = errors::label_room(widest.iter().map(String::as_str), &metrics);
        let note = locale.format(message::ChartMovementNote { iteration: number::count(self.iteration) });
        let titles = Titles::Outside { x: locale.chart_axis_step(), y: locale.chart_movement_axis(), note: &note };
        Plot::arrange(metrics, (0.0, room), (x, y), titles)
    }
}

/// A layer's share of ‖φ − θ‖², which is the sum over the layers.
fn share(row: &[f64], layer: usize, locale: Locale) -> String {
    let whole: f64 = row.iter().map(|far| far * far).sum();
    let share = if whole == 0.0 { 0.0 } else { 100.0 * row[layer] * row[layer] / whole };
    locale.format(message::ChartMovementPercent { share: number::fixed(share, 1, locale) })
}

//! The units chart: what each hidden unit responds with over x, before and after an adaptation, side by side.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::{Metrics, wrap};
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Join, Painter, Pen, TextStyle};
use crate::chart::paint::palette::faded;
use crate::chart::plots::fit::round_up;
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::activation::Activation;
use crate::domain::activity::{Activity, Snapshot, root_mean_square};
use crate::i18n::{self, Locale, message};

/// The width of a box, in heights.
const SHAPE: f64 = 1.35;
/// Boxes may be this many times wider or narrower for full rows.
const LIKE: f64 = 1.6;
/// The strength of the ground of a box.
const GROUND: f64 = 0.55;

/// The units chart.
#[derive(Clone, Copy, Debug)]
pub struct UnitsChart;

impl Chart for UnitsChart {
    const NAME: &'static str = "units";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = UnitsFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.inside_heading()
    }

    fn title(&self, locale: Locale) -> String {
        locale.inside_units().to_owned()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&UnitsFigure<'_>) -> T) -> Option<T> {
        let made = sources.activity()?;
        let (activation, chosen) = (sources.config().model.activation, sources.chosen_unit());
        Some(see(&UnitsFigure { activity: &made.result, iteration: made.iteration, activation, chosen }))
    }
}

/// What each unit of a hidden layer responds with over x, in a box of its own.
#[derive(Clone, Copy, Debug)]
pub struct UnitsFigure<'a> {
    /// The layer.
    pub activity: &'a Activity,
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// What the units compute: their boxes reach as far as its bounds, where it has bounds.
    pub activation: Activation,
    /// The unit that is read off.
    pub chosen: Option<usize>,
}

/// Where the boxes stand.
struct Layout {
    metrics: Metrics,
    frame: Frame,
    legend: Rows,
    /// What a box shows, below the legend.
    note: Vec<String>,
    columns: usize,
}

impl Figure for UnitsFigure<'_> {
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame {
        self.layout(size, style).frame
    }

    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        _hover: Option<f64>,
    ) -> Result<Frame, DrawError> {
        let painter = Painter::new(area, style)?;
        let layout = self.layout(painter.size(), style);
        let (metrics, scheme) = (&layout.metrics, style.scheme);
        layout.legend.draw(&painter, scheme, metrics)?;
        let quiet = TextStyle { size: metrics.small, colour: scheme.quiet(), is_italic: false };
        for (line, words) in layout.note.iter().enumerate() {
            let middle = metrics.pad + layout.legend.height(metrics) + (line as f64 + 0.5) * metrics.row;
            painter.text(words, (metrics.pad, middle), Anchor::Left, &quiet)?;
        }
        let Activity { before, after, .. } = self.activity;
        let widest =
            [before, after].iter().flat_map(|snapshot| &snapshot.read_out).fold(0.0_f32, |a, w| a.max(w.abs()));
        for unit in 0..after.responses.len() {
            let corners = self.corners(&layout.frame, layout.columns, unit);
            painter.fill(corners, faded(scheme.grid(), scheme, GROUND))?;
            let frame = self.of_box(corners);
            let [(left, top), (right, bottom)] = corners;
            let (_, zero) = frame.position(0.0, 0.0);
            painter.rule((left, zero), (right, zero), metrics.line(1.0), scheme.axis())?;
            // θ's dashes let show what lies below.
            for (snapshot, pen) in [(after, after_pen(scheme, metrics)), (before, before_pen(scheme, metrics))] {
                let points = self.activity.grid.iter().zip(&snapshot.responses[unit]);
                let points = points.map(|(&x, &y)| (f64::from(x), f64::from(y)));
                painter.curve(&frame, points.collect::<Vec<_>>().into_iter(), Join::Straight, &pen)?;
            }
            // The weight that mixes it, from the middle of the foot to the left or to the right, and where it was before.
            if let (Some(was), Some(is)) = (before.read_out.get(unit), after.read_out.get(unit)) {
                let (middle, half) = (f64::midpoint(left, right), (right - left) / 2.0);
                let reach = |weight: f32| middle + half * f64::from(weight / widest.max(f32::MIN_POSITIVE));
                let thick = bar(metrics).min((bottom - top) / 5.0);
                let level = bottom - thick / 2.0;
                painter.rule((middle, level), (reach(*is), level), thick, Role::Adapted.rgb(scheme))?;
                let at = reach(*was);
                painter.rule((at, bottom - 1.6 * thick), (at, bottom), metrics.line(2.0), Role::Theta.rgb(scheme))?;
            }
            if self.chosen == Some(unit) {
                let around = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top), (right, top)];
                painter.line(&around, &Pen { colour: scheme.ink(), width: metrics.line(2.0), dash: &[] })?;
            }
        }
        Ok(layout.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let Activity { layer, step, before, after, grid, .. } = self.activity;
        let say = |value| number::significant(value, locale);
        let end = |x: Option<&f32>| number::tick(x.copied().map_or(0.0, f64::from));
        let mut sentences = vec![locale.format(message::ChartUnitsDescription {
            units: after.responses.len(),
            layer: layer + 1,
            low: end(grid.first()),
            high: end(grid.last()),
            iteration: number::count(self.iteration),
            step,
        })];
        let all = |snapshot: &Snapshot| snapshot.responses.concat();
        sentences.push(locale.format(message::ChartUnitsDescriptionChange {
            change: say(root_mean_square(all(after).iter().zip(&all(before)).map(|(a, b)| a - b))),
            size: say(root_mean_square(all(before).into_iter())),
        }));
        if !after.read_out.is_empty() {
            sentences.push(locale.format(message::ChartUnitsDescriptionWeights {
                change: say(root_mean_square(after.read_out.iter().zip(&before.read_out).map(|(a, b)| a - b))),
                size: say(root_mean_square(before.read_out.iter().copied())),
            }));
        }
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let Activity { layer, step, grid, before, after, .. } = self.activity;
        let when = [locale.chart_readout_theta().to_owned(), locale.format(message::ChartReadoutAdapted { step })];
        let responses = before.responses.iter().zip(&after.responses).enumerate().flat_map(|(unit, (was, is))| {
            let values = grid.iter().zip(was.iter().zip(is));
            values.map(move |(&x, (&was, &is))| row([(unit + 1) as f32, x, was, is]))
        });
        let mut table = Table::new([
            locale.format(message::ChartWeightsUnit { layer: layer + 1 }),
            locale.chart_axis_x().to_owned(),
        ]);
        table.add(when.each_ref().map(|when| locale.format(message::TableResponse { when })), responses);
        if !after.read_out.is_empty() {
            let weights = before.read_out.iter().zip(&after.read_out).enumerate();
            let rows = weights.map(|(unit, (&was, &is))| {
                vec![Some((unit + 1) as f64), None, Some(f64::from(was)), Some(f64::from(is))]
            });
            table.add(when.map(|when| locale.format(message::ChartUnitsWeight { when })), rows);
        }
        table
    }

    fn readout(&self, _x: f64, locale: Locale) -> Option<Readout> {
        self.chosen.and_then(|unit| self.unit(unit, locale))
    }
}

impl UnitsFigure<'_> {
    /// What is known of a unit.
    #[must_use]
    pub fn unit(&self, unit: usize, locale: Locale) -> Option<Readout> {
        let Activity { layer, step, before, after, .. } = self.activity;
        let (was, is) = (before.responses.get(unit)?, after.responses.get(unit)?);
        let line = |role, label: String, value: f64| {
            let value = number::significant(value, locale);
            ReadoutLine { role, progress: 1.0, label, value }
        };
        let after_steps = locale.format(message::ChartReadoutAdapted { step });
        let mut lines = vec![];
        if let (Some(was), Some(is)) = (before.read_out.get(unit), after.read_out.get(unit)) {
            let label = |when: &str| locale.format(message::ChartUnitsWeight { when });
            lines.push(line(Role::Theta, label(locale.chart_readout_theta()), f64::from(*was)));
            lines.push(line(Role::Adapted, label(&after_steps), f64::from(*is)));
        }
        let most = |snapshot: &Snapshot| {
            snapshot.share(unit).map(|share| share.into_iter().fold(0.0_f32, |most, y| most.max(y.abs())))
        };
        if let Some(most) = most(after) {
            let label = locale.format(message::ChartUnitsMost { when: after_steps });
            lines.push(line(Role::Adapted, label, f64::from(most)));
        }
        let change = root_mean_square(is.iter().zip(was).map(|(is, was)| is - was));
        lines.push(line(Role::Adapted, locale.chart_units_change().to_owned(), change));
        let title = locale.format(message::ChartUnitsUnit { unit: unit + 1, layer: layer + 1 });
        Some(Readout { x: unit as f64, title, lines })
    }

    /// The unit whose box is at a place, in CSS pixels from the chart's top left.
    #[must_use]
    pub fn at(&self, frame: &Frame, (left, top): (f64, f64)) -> Option<usize> {
        let columns = columns(self.count(), frame);
        (0..self.count()).find(|unit| {
            let [from, to] = self.corners(frame, columns, *unit);
            (from.0..=to.0).contains(&left) && (from.1..=to.1).contains(&top)
        })
    }

    /// The middle of a unit's box.
    #[must_use]
    pub fn position(&self, frame: &Frame, unit: usize) -> (f64, f64) {
        let [from, to] = self.corners(frame, columns(self.count(), frame), unit);
        (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1))
    }

    /// How many boxes stand in a row.
    #[must_use]
    pub fn columns(&self, frame: &Frame) -> usize {
        columns(self.count(), frame)
    }

    /// How many units there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.activity.after.responses.len()
    }

    /// The top left and the bottom right corner of a unit's box: units go from left to right, row by row.
    fn corners(&self, frame: &Frame, columns: usize, unit: usize) -> [(f64, f64); 2] {
        let rows = self.count().div_ceil(columns);
        let (width, height) = (frame.width / columns as f64, frame.height / rows as f64);
        let (left, top) = (frame.left + (unit % columns) as f64 * width, frame.top + (unit / columns) as f64 * height);
        let gap = (0.06 * width.min(height)).max(1.0);
        [(left + gap, top + gap), (left + width - gap, top + height - gap)]
    }

    /// Where a response stands in the box between two corners.
    fn of_box(&self, [(left, top), (right, bottom)]: [(f64, f64); 2]) -> Frame {
        let Activity { grid, before, after, .. } = self.activity;
        let ends = (grid.first().copied().unwrap_or(-1.0), grid.last().copied().unwrap_or(1.0));
        let [low, high] = self.activation.bounds().unwrap_or_else(|| {
            let all = [before, after].into_iter().flat_map(|snapshot| snapshot.responses.iter().flatten());
            let most = all.filter(|y| y.is_finite()).fold(0.0_f32, |most, y| most.max(y.abs()));
            let most = round_up(f64::from(most).max(1e-3));
            [-0.25 * most, most]
        });
        // Room for the line at its bounds.
        let margin = 0.08 * (high - low);
        let axis = |low: f64, high: f64| Axis { low, high, spacing: Spacing::Linear };
        Frame {
            left,
            top,
            width: right - left,
            height: bottom - top,
            x: axis(f64::from(ends.0), f64::from(ends.1)),
            y: axis(low - margin, high + margin),
        }
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> Layout {
        let (metrics, Style { scheme, locale, .. }) = (Metrics::new(size, style), *style);
        let Activity { step, grid, after, .. } = self.activity;
        let widest = locale.format(message::ChartThetaAt { iteration: number::WIDEST_COUNT });
        let theta = locale.format(message::ChartThetaAt { iteration: number::count(self.iteration) });
        let adapted = locale.format(message::ChartReadoutAdapted { step });
        let widest_adapted = locale.format(message::ChartReadoutAdapted { step: 128 });
        let mut entries = vec![
            Entry::with_value(Swatch::Line(before_pen(scheme, &metrics)), theta, &widest, &metrics),
            Entry::with_value(Swatch::Line(after_pen(scheme, &metrics)), adapted, &widest_adapted, &metrics),
        ];
        if !after.read_out.is_empty() {
            let pen = Pen { colour: Role::Adapted.rgb(scheme), width: bar(&metrics), dash: &[] };
            entries.push(Entry::new(Swatch::Line(pen), locale.chart_units_bar(), &metrics));
        }
        let mut legend = Rows::default();
        legend.add(entries, &metrics);
        let end = |x: Option<&f32>| number::tick(x.copied().map_or(0.0, f64::from));
        let note = match self.activation.bounds() {
            Some([low, high]) => locale.format(message::ChartUnitsBox {
                low: end(grid.first()),
                high: end(grid.last()),
                least: number::tick(low),
                most: number::tick(high),
            }),
            None => locale.format(message::ChartUnitsBoxFree { low: end(grid.first()), high: end(grid.last()) }),
        };
        // Not the whole width, as faces differ.
        let note = wrap(&note, metrics.small, 0.92 * (metrics.width - 2.0 * metrics.pad));
        let top = metrics.pad + legend.height(&metrics) + note.len() as f64 * metrics.row + 0.3 * metrics.text;
        let mut frame = Frame {
            left: metrics.pad,
            top: top.round(),
            width: (metrics.width - 2.0 * metrics.pad).max(1.0),
            height: (metrics.height - top - 0.5 * metrics.pad).max(1.0),
            x: Axis { low: 0.0, high: 1.0, spacing: Spacing::Linear },
            y: Axis { low: 0.0, high: 1.0, spacing: Spacing::Linear },
        };
        let columns = columns(self.count(), &frame);
        (frame.x.high, frame.y.high) = (columns as f64, self.count().div_ceil(columns) as f64);
        Layout { metrics, frame, legend, note, columns }
    }
}

/// How many boxes stand in a row, so that they have about the right shape.
fn columns(count: usize, frame: &Frame) -> usize {
    let wanted = (count as f64 * frame.width / (frame.height * SHAPE)).sqrt();
    // Full rows, where that makes no other shape of the boxes.
    let far = |columns: &usize| (*columns as f64 / wanted).ln().abs();
    let full = (1..=count).filter(|columns| count.is_multiple_of(*columns)).min_by(|a, b| far(a).total_cmp(&far(b)));
    if let Some(columns) = full.filter(|columns| far(columns) < LIKE.ln()) {
        return columns;
    }
    // The rows are as many as are needed for that, and all but the last are full.
    let rows = (count as f64 / wanted.max(1.0)).round().clamp(1.0, count as f64) as usize;
    count.div_ceil(rows)
}

/// The thickness of the bar of a weight.
fn bar(metrics: &Metrics) -> f64 {
    metrics.line(4.0)
}

fn before_pen(scheme: Scheme, metrics: &Metrics) -> Pen {
    Pen { colour: Role::Theta.rgb(scheme), width: metrics.line(1.25), dash: &[4.0, 2.0] }
}

fn after_pen(scheme: Scheme, metrics: &Metrics) -> Pen {
    Pen { colour: Role::Adapted.rgb(scheme), width: metrics.line(2.25), dash: &[] }
}

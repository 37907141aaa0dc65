//! The weights chart: the matrix of weights into a hidden layer, or how far an adaptation has changed it, as colours.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::{Metrics, text_width};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Painter, Pen, TextStyle};
use crate::chart::paint::palette::signed;
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::plots::fit::round_up;
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::activity::{Activity, root_mean_square};
use crate::i18n::{Locale, message};

/// Most cells along each side: of larger matrices a cell stands for a square of weights.
const MOST_CELLS: usize = 64;
/// Pieces of the colour bar.
const PIECES: u32 = 32;
/// What the colours span at least.
const LEAST: f64 = 1e-6;
/// A number as wide as any beside the colour bar.
const WIDEST: &str = "−0.000015";

/// The weights chart.
#[derive(Clone, Copy, Debug)]
pub struct WeightsChart;

impl Chart for WeightsChart {
    const NAME: &'static str = "weights";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = WeightsFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.inside_heading()
    }

    fn title(&self, locale: Locale) -> String {
        locale.inside_weights().to_owned()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&WeightsFigure<'_>) -> T) -> Option<T> {
        let made = sources.activity()?;
        let (changes, chosen) = (sources.weight_changes(), sources.chosen_weight());
        Some(see(&WeightsFigure { activity: &made.result, iteration: made.iteration, changes, chosen }))
    }
}

/// The weights into a hidden layer: units from top to bottom, what they read from left to right.
#[derive(Clone, Copy, Debug)]
pub struct WeightsFigure<'a> {
    /// The layer.
    pub activity: &'a Activity,
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// Whether φ − θ is shown, or θ.
    pub changes: bool,
    /// The weight that is read off, by its number in the order `[unit][input]`.
    pub chosen: Option<usize>,
}

impl Figure for WeightsFigure<'_> {
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
        let plot = self.layout(painter.size(), style);
        let (scheme, metrics, frame) = (style.scheme, &plot.metrics, plot.frame);
        plot.draw(&painter, scheme)?;
        let ((units, inputs), side, limit) = (self.shape(), self.side(), self.limit());
        let (right, bottom) = (frame.left + frame.width, frame.top + frame.height);
        for top in (0..units).step_by(side) {
            for left in (0..inputs).step_by(side) {
                let value = self.largest(top, left);
                let (x, y) = frame.position(left as f64 + 0.5, top as f64 + 0.5);
                let (to_x, to_y) = frame.position((left + side) as f64 + 0.5, (top + side) as f64 + 0.5);
                // A little below the next cells: no paper shows between them.
                let end = ((to_x + 0.75).min(right), (to_y + 0.75).min(bottom));
                painter.fill([(x, y), end], signed(value / limit, scheme))?;
            }
        }
        if let Some((unit, input)) = self.chosen.and_then(|weight| self.place(weight)) {
            let (left, top) = frame.position(input as f64 + 0.5, unit as f64 + 0.5);
            let (to, foot) = frame.position(input as f64 + 1.5, unit as f64 + 1.5);
            let around = [(left, top), (to, top), (to, foot), (left, foot), (left, top), (to, top)];
            painter.line(&around, &Pen { colour: scheme.ink(), width: metrics.line(2.0), dash: &[] })?;
        }
        // The scale of the colours.
        let (from, to) = (right + 1.2 * metrics.text, right + 2.1 * metrics.text);
        let level = |fraction: f64| frame.top + frame.height * (1.0 - fraction);
        for piece in (0..PIECES).rev() {
            let [low, high] = [piece, piece + 1].map(|edge| f64::from(edge) / f64::from(PIECES));
            painter.fill([(from, level(high)), (to, level(0.0))], signed(low + high - 1.0, scheme))?;
        }
        let text_style = TextStyle { size: metrics.small, colour: scheme.quiet(), is_italic: false };
        for (fraction, value) in [(0.0, -limit), (0.5, 0.0), (1.0, limit)] {
            let place = (to + 0.4 * metrics.text, level(fraction));
            painter.text(&number::tick(value), place, Anchor::Left, &text_style)?;
        }
        Ok(frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let Activity { layer, step, before, .. } = self.activity;
        let say = |value| number::significant(value, locale);
        let (units, inputs) = self.shape();
        let all = || before.weights.iter().flatten().copied();
        let changes = (0..units * inputs).map(|weight| self.change(weight / inputs, weight % inputs));
        locale.format(message::ChartWeightsDescription {
            layer: layer + 1,
            units,
            inputs,
            iteration: number::count(self.iteration),
            size: say(root_mean_square(all())),
            most: say(all().fold(0.0, |most, weight| f64::from(weight.abs()).max(most))),
            step,
            change: say(root_mean_square(changes)),
        })
    }

    fn table(&self, locale: Locale) -> Table {
        let Activity { layer, step, before, after, .. } = self.activity;
        let from = match layer {
            0 => locale.chart_weights_from_x().to_owned(),
            below => locale.format(message::ChartWeightsFrom { layer: below }),
        };
        let (units, inputs) = self.shape();
        let cells = (0..units).flat_map(|unit| (0..inputs).map(move |input| (unit, input)));
        let rows = cells.map(|(unit, input)| {
            let [was, is] = [before, after].map(|snapshot| snapshot.weights[unit][input]);
            row([(unit + 1) as f32, (input + 1) as f32, was, is, self.change(unit, input)])
        });
        let mut table = Table::new([locale.format(message::ChartWeightsUnit { layer: layer + 1 }), from]);
        let headers = [
            locale.chart_readout_theta().to_owned(),
            locale.format(message::ChartReadoutAdapted { step }),
            locale.chart_weights_moved().to_owned(),
        ];
        table.add(headers, rows);
        table
    }

    fn readout(&self, _x: f64, locale: Locale) -> Option<Readout> {
        self.chosen.and_then(|weight| self.weight(weight, locale))
    }
}

impl WeightsFigure<'_> {
    /// What is known of a weight.
    #[must_use]
    pub fn weight(&self, weight: usize, locale: Locale) -> Option<Readout> {
        let (unit, input) = self.place(weight)?;
        let Activity { layer, step, before, after, .. } = self.activity;
        let line = |role, label: String, value: f32| {
            let value = number::significant(f64::from(value), locale);
            ReadoutLine { role, progress: 1.0, label, value }
        };
        let lines = vec![
            line(Role::Theta, locale.chart_readout_theta().to_owned(), before.weights[unit][input]),
            line(Role::Adapted, locale.format(message::ChartReadoutAdapted { step }), after.weights[unit][input]),
            line(Role::Adapted, locale.chart_weights_moved().to_owned(), self.change(unit, input)),
        ];
        let title = locale.format(message::ChartWeightsCell { unit: unit + 1, layer: layer + 1, input: input + 1 });
        Some(Readout { x: input as f64 + 1.0, title, lines })
    }

    /// Units of the layer, and what each of them reads.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        let weights = &self.activity.before.weights;
        (weights.len(), weights.first().map_or(0, Vec::len))
    }

    /// The weight at a place, in CSS pixels from the chart's top left.
    #[must_use]
    pub fn at(&self, frame: &Frame, place: (f64, f64)) -> Option<usize> {
        let (units, inputs) = self.shape();
        if !frame.contains(place) || units * inputs == 0 {
            return None;
        }
        let (x, y) = frame.data(place.0, place.1);
        let index = |value: f64, count: usize| (value.round() - 1.0).clamp(0.0, count as f64 - 1.0) as usize;
        Some(index(y, units) * inputs + index(x, inputs))
    }

    /// The middle of a weight's place.
    #[must_use]
    pub fn position(&self, frame: &Frame, weight: usize) -> Option<(f64, f64)> {
        let (unit, input) = self.place(weight)?;
        Some(frame.position(input as f64 + 1.0, unit as f64 + 1.0))
    }

    /// Its unit and its input.
    fn place(&self, weight: usize) -> Option<(usize, usize)> {
        let (units, inputs) = self.shape();
        (weight < units * inputs).then(|| (weight / inputs, weight % inputs))
    }

    fn change(&self, unit: usize, input: usize) -> f32 {
        self.activity.after.weights[unit][input] - self.activity.before.weights[unit][input]
    }

    fn value(&self, unit: usize, input: usize) -> f64 {
        f64::from(if self.changes { self.change(unit, input) } else { self.activity.before.weights[unit][input] })
    }

    /// How many weights along each side a cell stands for.
    fn side(&self) -> usize {
        let (units, inputs) = self.shape();
        units.max(inputs).div_ceil(MOST_CELLS).max(1)
    }

    /// The value of a cell that begins here: the one that is furthest from 0.
    fn largest(&self, unit: usize, input: usize) -> f64 {
        let ((units, inputs), side) = (self.shape(), self.side());
        let cell = (unit..(unit + side).min(units))
            .flat_map(|unit| (input..(input + side).min(inputs)).map(move |input| self.value(unit, input)));
        cell.fold(0.0, |most, value| if value.abs() > most.abs() { value } else { most })
    }

    /// The ends of the scale, which change only in steps.
    fn limit(&self) -> f64 {
        let (units, inputs) = self.shape();
        let all = (0..units * inputs).map(|weight| self.value(weight / inputs, weight % inputs).abs());
        round_up(all.filter(|value| value.is_finite()).fold(LEAST, f64::max))
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> Plot {
        let (metrics, locale) = (Metrics::new(size, style), style.locale);
        let Activity { layer, step, .. } = self.activity;
        let ((units, inputs), side) = (self.shape(), self.side());
        let iteration = number::count(self.iteration);
        let note = if self.changes {
            locale.format(message::ChartWeightsChange { step, iteration })
        } else {
            locale.format(message::ChartWeightsTheta { iteration })
        };
        let note = if side > 1 { locale.format(message::ChartWeightsBlocks { note, side }) } else { note };
        let x_title = match layer {
            0 => locale.chart_weights_from_x().to_owned(),
            below => locale.format(message::ChartWeightsFrom { layer: below }),
        };
        let y_title = locale.format(message::ChartWeightsUnit { layer: layer + 1 });
        let axis = |low: f64, high: f64| Axis { low, high, spacing: Spacing::Linear };
        // The first unit is at the top.
        let axes = (axis(0.5, inputs.max(1) as f64 + 0.5), axis(units.max(1) as f64 + 0.5, 0.5));
        let titles = Titles::Outside { x: &x_title, y: &y_title, note: &note };
        let beside = 2.5 * metrics.text + text_width(WIDEST, metrics.small);
        Plot::arrange_at(metrics, (0.0, beside), axes, [&numbers(inputs), &numbers(units)], titles)
    }
}

/// The numbers of units at the axis: the first, and about eight more.
fn numbers(count: usize) -> Vec<f64> {
    let step = count.div_ceil(8).next_power_of_two();
    let rest = (1..=count / step).map(|number| (number * step) as f64).filter(|number| *number > 1.0);
    [1.0].into_iter().chain(rest).collect()
}

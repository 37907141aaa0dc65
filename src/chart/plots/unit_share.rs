//! The chart of shares: the prediction as the sum of what each unit of the last hidden layer gives to it.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Join, Painter, Pen};
use crate::chart::paint::palette::{palest, shade};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::plots::fit::{HEADROOM, round_up};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::activity::{Activity, Snapshot};
use crate::i18n::{Locale, message};

/// The chart of shares.
#[derive(Clone, Copy, Debug)]
pub struct UnitShareChart;

impl Chart for UnitShareChart {
    const NAME: &'static str = "unit-share";
    const SHOWS_THETA: bool = true;

    type Figure<'a> = UnitShareFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.inside_heading()
    }

    fn title(&self, locale: Locale) -> String {
        locale.inside_share().to_owned()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&UnitShareFigure<'_>) -> T) -> Option<T> {
        let made = sources.activity()?;
        let chosen = sources.chosen_unit();
        Some(see(&UnitShareFigure { activity: &made.result, iteration: made.iteration, chosen }))
    }
}

/// The shares of the prediction, one of them picked out.
#[derive(Clone, Copy, Debug)]
pub struct UnitShareFigure<'a> {
    /// The layer.
    pub activity: &'a Activity,
    /// Meta-iterations behind θ.
    pub iteration: u64,
    /// The unit whose share is picked out.
    pub chosen: Option<usize>,
}

impl Figure for UnitShareFigure<'_> {
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
        let (scheme, metrics) = (style.scheme, &plot.metrics);
        plot.draw(&painter, scheme)?;
        legend.draw(&painter, scheme, metrics)?;
        let Activity { grid, before, after, .. } = self.activity;
        if after.read_out.is_empty() {
            plot.note(&painter, scheme, style.locale.chart_share_none())?;
            return Ok(plot.frame);
        }
        let curve = |values: &[f32], pen: &Pen| {
            let points = grid.iter().zip(values).map(|(&x, &y)| (f64::from(x), f64::from(y)));
            painter.curve(&plot.frame, points.collect::<Vec<_>>().into_iter(), Join::Straight, pen)
        };
        let shares = (0..after.read_out.len()).filter_map(|unit| after.share(unit));
        for share in shares {
            curve(&share, &share_pen(scheme, metrics))?;
        }
        let divisor = self.divisor() as f32;
        let divided: Vec<f32> = after.prediction.iter().map(|y| y / divisor).collect();
        curve(&divided, &prediction_pen(scheme, metrics))?;
        for (snapshot, pen) in self.picked(scheme, metrics) {
            if let Some(share) = self.chosen.and_then(|unit| snapshot.share(unit)) {
                // On a bed of paper, so that it is seen among the others.
                let bed = Pen { colour: scheme.paper_rgb(), width: pen.width + metrics.line(3.0), dash: &[] };
                curve(&share, &bed)?;
                curve(&share, &pen)?;
            }
        }
        if let Some(i) = hover.and_then(|x| self.nearest(x)) {
            let picked = [(before, Role::Theta), (after, Role::Adapted)]
                .into_iter()
                .filter_map(|(snapshot, role)| Some((f64::from(snapshot.share(self.chosen?)?[i]), role.rgb(scheme))));
            plot.hairline(&painter, scheme, f64::from(grid[i]), picked)?;
        }
        Ok(plot.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let Activity { after, before, step, .. } = self.activity;
        if after.read_out.is_empty() {
            return locale.chart_share_none().to_owned();
        }
        let say = |value| number::significant(f64::from(value), locale);
        let mut text = locale.format(message::ChartShareDescription {
            units: after.read_out.len(),
            iteration: number::count(self.iteration),
            step,
        });
        let most = |snapshot: &Snapshot, unit| largest_of(&snapshot.share(unit).unwrap_or_default());
        let largest = (0..after.read_out.len()).max_by(|a, b| most(after, *a).total_cmp(&most(after, *b)));
        if let Some(unit) = self.chosen.filter(|unit| *unit < after.read_out.len()).or(largest) {
            text.push(' ');
            text.push_str(&locale.format(message::ChartShareDescriptionUnit {
                unit: unit + 1,
                before: say(most(before, unit)),
                after: say(most(after, unit)),
            }));
        }
        text
    }

    fn table(&self, locale: Locale) -> Table {
        let Activity { grid, truth, before, after, step, .. } = self.activity;
        let mut table = Table::new([locale.chart_axis_x()]);
        if after.read_out.is_empty() {
            return table;
        }
        let adapted = locale.format(message::ChartReadoutAdapted { step });
        let of = |unit: usize, when: &str| locale.format(message::ChartShareOf { unit: unit + 1, when });
        let mut columns =
            vec![(locale.chart_truth().to_owned(), truth.clone()), (adapted.clone(), after.prediction.clone())];
        for unit in 0..after.read_out.len() {
            columns.extend(after.share(unit).map(|share| (of(unit, &adapted), share)));
        }
        if let Some(unit) = self.chosen {
            columns.extend(before.share(unit).map(|share| (of(unit, locale.chart_readout_theta()), share)));
        }
        let rows = grid.iter().enumerate().map(|(i, &x)| {
            let values = columns.iter().map(|(_, values)| values.get(i).copied().map(f64::from));
            row([x]).into_iter().chain(values).collect()
        });
        table.add(columns.iter().map(|(header, _)| header.as_str()), rows);
        table
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let i = self.nearest(x)?;
        let Activity { grid, truth, before, after, step, .. } = self.activity;
        if after.read_out.is_empty() {
            return None;
        }
        let line = |role, label: String, value: f32| {
            let value = number::significant(f64::from(value), locale);
            ReadoutLine { role, progress: 1.0, label, value }
        };
        let adapted = locale.format(message::ChartReadoutAdapted { step });
        let mut lines = vec![
            line(Role::Truth, locale.chart_truth().to_owned(), truth[i]),
            line(Role::Adapted, adapted.clone(), after.prediction[i]),
        ];
        if let Some(unit) = self.chosen {
            let of = |when: &str| locale.format(message::ChartShareOf { unit: unit + 1, when });
            let picked =
                [(before, Role::Theta, of(locale.chart_readout_theta())), (after, Role::Adapted, of(&adapted))];
            lines.extend(
                picked
                    .into_iter()
                    .filter_map(|(snapshot, role, label)| Some(line(role, label, snapshot.share(unit)?[i]))),
            );
        }
        let x = f64::from(grid[i]);
        Some(Readout { x, title: locale.format(message::ChartReadoutX { x: number::significant(x, locale) }), lines })
    }
}

impl UnitShareFigure<'_> {
    /// The index of the grid point nearest to x.
    fn nearest(&self, x: f64) -> Option<usize> {
        let distance = |i: &usize| (f64::from(self.activity.grid[*i]) - x).abs();
        (0..self.activity.grid.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// The end of the axis, which has room for every share; it changes only in steps.
    fn limit(&self) -> f64 {
        let Activity { before, after, .. } = self.activity;
        let shares = [before, after].into_iter().flat_map(|snapshot| {
            (0..snapshot.read_out.len()).filter_map(|unit| Some(largest_of(&snapshot.share(unit)?)))
        });
        round_up(f64::from(shares.fold(1e-3, f32::max)) * HEADROOM)
    }

    /// What the prediction is divided by, to be seen beside its shares: 1, 2, 5, 10, …
    fn divisor(&self) -> u32 {
        let most = f64::from(largest_of(&self.activity.after.prediction));
        let fits = |divisor: &u32| most / f64::from(*divisor) <= self.limit();
        let divisors = (0..6).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u32.pow(power)));
        divisors.into_iter().find(fits).unwrap_or(1_000_000)
    }

    /// The share that is picked out, before and after.
    fn picked(&self, scheme: Scheme, metrics: &Metrics) -> [(&Snapshot, Pen); 2] {
        let pen = |role, width, dash| Pen { colour: shade(role, 1.0, scheme), width: metrics.line(width), dash };
        let (before, after) = (pen(Role::Theta, 2.25, &[4.0, 1.5]), pen(Role::Adapted, 3.25, &[]));
        [(&self.activity.before, before), (&self.activity.after, after)]
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> (Plot, Rows) {
        let (metrics, Style { scheme, locale, .. }) = (Metrics::new(size, style), *style);
        let Activity { grid, after, .. } = self.activity;
        let mut legend = Rows::default();
        let sum = |divisor| locale.format(message::ChartShareSum { divisor });
        let prediction = Swatch::Line(prediction_pen(scheme, &metrics));
        legend.add(
            [
                Entry::new(Swatch::Line(share_pen(scheme, &metrics)), locale.chart_share_each(), &metrics),
                Entry::with_value(prediction, sum(self.divisor()), &sum(1000), &metrics),
            ],
            &metrics,
        );
        let [(_, before), (_, picked)] = self.picked(scheme, &metrics);
        let units = after.responses.len();
        let name = |unit| locale.format(message::ChartShareUnit { unit });
        let name = match self.chosen {
            Some(unit) => Entry::with_value(Swatch::Line(picked), name(unit + 1), &name(units), &metrics),
            None => Entry::with_value(Swatch::None, locale.chart_share_choose().to_owned(), &name(units), &metrics),
        };
        let was = self.chosen.map(|_| Entry::new(Swatch::Line(before), locale.chart_share_before(), &metrics));
        // Its row is there whether one is picked out or not.
        legend.add([Some(name), was].into_iter().flatten(), &metrics);
        let (low, high) = match (grid.first(), grid.last()) {
            (Some(&low), Some(&high)) if low < high => (f64::from(low), f64::from(high)),
            _ => (-5.0, 5.0),
        };
        let limit = self.limit();
        let axis = |low, high| Axis { low, high, spacing: Spacing::Linear };
        let note = locale
            .format(message::ChartShareNote { iteration: number::count(self.iteration), step: self.activity.step });
        let titles = Titles::Outside { x: locale.chart_axis_x(), y: locale.chart_share_axis(), note: &note };
        let axes = (axis(low, high), axis(-limit, limit));
        (Plot::arrange(metrics, (legend.height(&metrics), 0.0), axes, titles), legend)
    }
}

/// The largest of the values without their signs.
fn largest_of(values: &[f32]) -> f32 {
    values.iter().filter(|y| y.is_finite()).fold(0.0, |most, y| most.max(y.abs()))
}

fn prediction_pen(scheme: Scheme, metrics: &Metrics) -> Pen {
    Pen { colour: Role::Adapted.rgb(scheme), width: metrics.line(1.75), dash: &[1.5, 2.0] }
}

fn share_pen(scheme: Scheme, metrics: &Metrics) -> Pen {
    Pen { colour: palest(Role::Adapted.rgb(scheme), scheme), width: metrics.line(0.75), dash: &[] }
}

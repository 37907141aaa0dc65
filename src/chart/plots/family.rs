//! The family view of the fit chart: tasks of the distribution, their pointwise mean, and θ's own prediction.
//!
//! It shows what a single curve for all tasks comes to, the average function, and that θ itself is no more than that:
//! what θ has learned shows only after gradient steps.

use plotters::prelude::DrawingBackend;

use super::curve::finely;
use super::scores::{Scores, Start};
use crate::app::appearance::Scheme;
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::legend::{Entry, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Join, Painter, Pen};
use crate::chart::paint::palette::palest;
use crate::chart::paint::plot::Plot;
use crate::chart::table::{Table, row};
use crate::chart::{DrawError, ReadoutLine, Role};
use crate::domain::task::average::{AverageFunction, TASKS};
use crate::i18n::{self, Locale, message};

/// Samples of a task that has corners or jumps.
const SAMPLES: usize = 400;

/// The dashes of the mean, in line widths.
const DASH: &[f64] = &[2.0, 1.0];

/// The average function, and what θ predicts without any step.
#[derive(Clone, Copy, Debug)]
pub struct FamilyView<'a> {
    /// Tasks and their mean.
    pub average: &'a AverageFunction,
    /// The grid of the prediction.
    pub grid: &'a [f32],
    /// θ's own prediction there.
    pub theta: &'a [f32],
}

impl FamilyView<'_> {
    /// One of the tasks.
    fn task_pen(scheme: Scheme, metrics: &Metrics) -> Pen {
        Pen { colour: palest(Role::Truth.rgb(scheme), scheme), width: metrics.line(1.0), dash: &[] }
    }

    /// Their mean: wide enough to show on both sides of a prediction that lies on it.
    fn mean_pen(scheme: Scheme, metrics: &Metrics) -> Pen {
        Pen { colour: Role::Truth.rgb(scheme), width: metrics.line(5.5), dash: DASH }
    }

    /// The tasks, below everything else.
    pub fn draw_tasks<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        plot: &Plot,
    ) -> Result<(), DrawError> {
        let pen = Self::task_pen(scheme, &plot.metrics);
        for task in &self.average.shown {
            if task.family.is_smooth() {
                let points = self.average.grid.iter().map(|&x| (f64::from(x), f64::from(task.value(x))));
                painter.curve(&plot.frame, points, Join::Smooth, &pen)?;
            } else {
                let points = finely(&self.average.grid, SAMPLES, |x| task.value(x));
                painter.curve(&plot.frame, points, Join::Straight, &pen)?;
            }
        }
        Ok(())
    }

    /// Their mean.
    pub fn draw_mean<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        plot: &Plot,
    ) -> Result<(), DrawError> {
        let AverageFunction { grid, mean, .. } = self.average;
        let points = grid.iter().zip(mean).map(|(&x, &mean)| (f64::from(x), mean));
        // With many phases it is smooth, with a single one it may jump as the tasks do.
        painter.curve(&plot.frame, points, Join::Straight, &Self::mean_pen(scheme, &plot.metrics))
    }

    /// The entry of the tasks.
    pub fn entry(&self, scheme: Scheme, locale: Locale, metrics: &Metrics) -> Entry {
        let label = locale.format(message::ChartFamilyTasks { count: self.average.shown.len() });
        Entry::new(Swatch::Line(Self::task_pen(scheme, metrics)), label, metrics)
    }

    /// The errors of the two curves that do not adapt; θ's with its pen.
    pub fn scores(
        &self,
        entries: Vec<Entry>,
        theta: Pen,
        (scheme, locale): (Scheme, Locale),
        metrics: &Metrics,
    ) -> Scores {
        let text = |value| number::significant(value, locale);
        // Another grid has been chosen, and θ's prediction on it is not there yet.
        let of_theta = self.average.mse_of(self.grid, self.theta).map_or_else(|| "…".to_owned(), text);
        Scores {
            entries,
            heading: locale.format(message::ChartFamilyMse { tasks: number::count(TASKS as u64) }),
            short_heading: locale.chart_mse_after_short().to_owned(),
            steps: vec![locale.chart_family_mean().to_owned(), "θ".to_owned()],
            widest_step: String::new(),
            starts: vec![Start {
                name: locale.chart_family_one_curve().to_owned(),
                short_name: locale.chart_family_one_curve_short().to_owned(),
                cells: vec![(Self::mean_pen(scheme, metrics), text(self.average.mse)), (theta, of_theta)],
            }],
        }
    }

    /// Adds the tasks, their mean, and the errors of the two curves that do not adapt.
    pub fn add_to(&self, table: &mut Table, locale: Locale) {
        let AverageFunction { shown, grid, mean, mse } = self.average;
        let tasks = (1..=shown.len()).map(|number| locale.format(message::TwoTask { number }));
        let of_mean = locale.format(message::ChartFamilyMeanOf { tasks: number::count(TASKS as u64) });
        let rows = grid.iter().zip(mean).map(|(&x, &mean)| {
            let values = shown.iter().map(|task| f64::from(task.value(x)));
            row([f64::from(x), mean].into_iter().chain(values))
        });
        table.add([of_mean].into_iter().chain(tasks), rows);
        let over = locale.format(message::ChartFamilyMse { tasks: number::count(TASKS as u64) });
        let headers =
            [locale.chart_family_mean(), "θ"].map(|of| [over.as_str(), of].join(locale.chart_list_separator()));
        table.add(headers, [vec![None, Some(*mse), self.average.mse_of(self.grid, self.theta)]]);
    }

    /// What is seen, in words.
    pub fn describe(&self, locale: Locale) -> String {
        let Self { average, grid, theta } = self;
        let (text, tasks) = (|value| number::significant(value, locale), number::count(TASKS as u64));
        let of_mean = locale.format(message::ChartFamilyDescription {
            count: average.shown.len(),
            tasks: &tasks,
            mean: text(average.mse),
        });
        let of_theta = average.distance(grid, theta).zip(average.mse_of(grid, theta)).map(|(distance, mse)| {
            locale.format(message::ChartFamilyDescriptionTheta { distance: text(distance), theta: text(mse) })
        });
        i18n::sentences(std::iter::once(of_mean).chain(of_theta))
    }

    /// The tasks' range and their mean at the grid point nearest to x.
    pub fn readout(&self, x: f64, locale: Locale) -> Vec<ReadoutLine> {
        let Some((at, mean)) = self.mean_at(x) else { return vec![] };
        let values = self.average.shown.iter().map(|task| f64::from(task.value(at)));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (y.min(low), y.max(high)));
        let text = |value| number::significant(value, locale);
        let line = |label, value| ReadoutLine { role: Role::Truth, progress: 1.0, label, value };
        vec![
            line(
                locale.format(message::ChartFamilyTasks { count: self.average.shown.len() }),
                locale.format(message::ChartFamilyRange { low: text(low), high: text(high) }),
            ),
            line(locale.format(message::ChartFamilyMeanOf { tasks: number::count(TASKS as u64) }), text(mean)),
        ]
    }

    /// The mean at the grid point nearest to x, and that point.
    pub fn mean_at(&self, x: f64) -> Option<(f32, f64)> {
        let points = self.average.grid.iter().copied().zip(self.average.mean.iter().copied());
        points.min_by(|a, b| (f64::from(a.0) - x).abs().total_cmp(&(f64::from(b.0) - x).abs()))
    }
}

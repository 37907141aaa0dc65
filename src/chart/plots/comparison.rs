//! The comparison chart: error on the same held-out tasks of several runs, against what they have cost.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::app::comparison::{ComparisonResults, PlannedRun, RunCurve, TASKS, curves, letter};
use crate::app::run_names;
use crate::chart::export::Settings;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::errors::{self, EndLabel};
use crate::chart::paint::layout::Metrics;
use crate::chart::paint::number;
use crate::chart::paint::painter::{Mark, Painter, Pen};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::table_words::with_interval;
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::evaluation::over_seeds;
use crate::engine::protocol::{Budget, Measured};
use crate::i18n::{self, Locale, message};

/// Runs are measured at almost the same x: a run that is so little behind, as a part of x, has come so far.
const NEAR: f64 = 0.02;

/// The marks of the runs, which tell them apart together with colour and dash.
const MARKS: [Mark; 6] = [Mark::Circle, Mark::Square, Mark::Triangle, Mark::Diamond, Mark::Circle, Mark::Square];

/// The comparison chart.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonChart;

impl Chart for ComparisonChart {
    const NAME: &'static str = "comparison";

    type Figure<'a> = ComparisonFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.comparison_heading()
    }

    fn settings(&self, sources: &impl Sources) -> Vec<Settings> {
        let (plan, results) = (sources.comparison_plan(), sources.comparison());
        let names = run_names::all(&plan.runs, sources.locale());
        let shown = plan.runs.iter().zip(names).filter(|(run, _)| !run.is_hidden);
        shown.filter_map(|(run, name)| of_run(&results, run, &name)).collect()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&ComparisonFigure<'_>) -> T) -> Option<T> {
        let (plan, results) = (sources.comparison_plan(), sources.comparison());
        let names = run_names::all(&plan.runs, sources.locale());
        let runs = curves(&plan, &results, &names);
        let asked = results.asked.as_ref();
        let budget = asked.map_or_else(|| plan.budget(), |(experiment, _)| experiment.budget);
        // Without a budget each run has its own length, in meta-iterations.
        let longest = plan.runs.iter().map(|run| run.config.outer.iterations).max().unwrap_or(1);
        let budget = budget.unwrap_or(Budget::Iterations(longest));
        let tasks = asked.map_or(TASKS, |(experiment, _)| experiment.evaluation.tasks);
        Some(see(&ComparisonFigure { runs: &runs, step: sources.comparison_step(), budget, tasks }))
    }
}

/// What the comparison chart shows.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonFigure<'a> {
    /// The runs that are shown.
    pub runs: &'a [RunCurve<'a>],
    /// The gradient steps after which the error is shown.
    pub step: usize,
    /// What all runs are given the same of: the horizontal axis.
    pub budget: Budget,
    /// Held-out tasks.
    pub tasks: usize,
}

/// The settings of a run of the list, as it was compared; none where it has not been.
pub(super) fn of_run(results: &ComparisonResults, planned: &PlannedRun, name: &str) -> Option<Settings> {
    let (experiment, _) = results.asked.as_ref()?;
    let first = results.first_run(planned)?;
    let runs = experiment.runs.get(first..first + results.seeds())?;
    let name = format!("{} {name}", letter(planned.slot));
    Some(Settings { name, seeds: runs.iter().map(|config| config.seed).collect(), config: runs.first()?.clone() })
}

/// Mean over the seeds and half width of its interval.
#[derive(Clone, Copy, Debug)]
struct Value {
    x: f64,
    mean: f64,
    half: f64,
}

/// What is known of a run for every seed, in order.
fn values(run: &RunCurve<'_>, step: usize, budget: Budget) -> Vec<Value> {
    let count = run.seeds.iter().map(|points| points.len()).min().unwrap_or(0);
    let value = |index: usize| {
        let points = run.seeds.iter().map(move |points| &points[index]);
        let (mean, half) = over_seeds(points.clone().map(|point| &point.curve), step)?;
        let x = points.map(|point| spent(point, budget)).sum::<f64>() / run.seeds.len() as f64;
        Some(Value { x, mean, half })
    };
    let mut values: Vec<Value> = (0..count).filter_map(value).collect();
    if let Some(last) = values.last().copied().filter(|last| last.x == 0.0 && count > 1) {
        // What costs nothing stays as it is, however much is spent.
        values.push(Value { x: amount(budget), ..last });
    }
    values
}

/// What a point of a run has cost.
fn spent(point: &Measured, budget: Budget) -> f64 {
    match budget {
        Budget::Iterations(_) => point.iteration as f64,
        Budget::Evaluations(_) => point.cost.evaluations() as f64,
        Budget::Seconds(_) => point.seconds,
    }
}

fn amount(budget: Budget) -> f64 {
    match budget {
        Budget::Iterations(count) | Budget::Evaluations(count) => count as f64,
        Budget::Seconds(seconds) => seconds,
    }
}

impl Figure for ComparisonFigure<'_> {
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
        let curves = self.curves();
        if curves.is_empty() {
            plot.note(&painter, scheme, locale.chart_comparison_empty())?;
            return Ok(plot.frame);
        }
        for (run, values) in &curves {
            let band = values.iter().map(|v| (v.x, v.mean - v.half, v.mean + v.half));
            painter.band(&plot.frame, band, Role::Run(run.colour_slot).rgb(scheme))?;
        }
        for (run, values) in &curves {
            let points: Vec<_> = values.iter().map(|value| (value.x, value.mean)).collect();
            let pen = pen(run.colour_slot, scheme, &plot.metrics);
            plot.curve(&painter, scheme, &points, &pen, MARKS[run.colour_slot % MARKS.len()])?;
        }
        if let Some(x) = hover.map(|x| self.snap(x)) {
            let dots = curves.iter().map(|(run, values)| {
                (measured(values, x).map_or(f64::NAN, |value| value.mean), Role::Run(run.colour_slot).rgb(scheme))
            });
            plot.hairline(&painter, scheme, x, dots)?;
        }
        let labels = curves.iter().filter_map(|(run, values)| {
            let last = values.last()?;
            let end = errors::end(&plot.frame, last.x.min(plot.frame.x.high), last.mean);
            let text = format!("{} {}", letter(run.colour_slot), number::significant(last.mean, locale));
            Some(EndLabel { end, pen: pen(run.colour_slot, scheme, &plot.metrics), text })
        });
        errors::draw_labels(&painter, scheme, &plot, &labels.collect::<Vec<_>>())?;
        Ok(plot.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let curves = self.curves();
        if curves.is_empty() {
            return locale.chart_comparison_empty().to_owned();
        }
        let mut sentences =
            vec![locale.format(message::ChartComparisonDescription { step: self.step, tasks: self.tasks })];
        for (run, values) in curves {
            if let (Some(from), Some(to)) = (values.first(), values.last()) {
                let text = |value: &Value| number::with_interval(value.mean, value.half, locale);
                sentences.push(locale.format(message::ChartComparisonDescriptionRun {
                    name: format!("{}, {}", letter(run.colour_slot), run.name),
                    from: text(from),
                    to: text(to),
                }));
            }
        }
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let mut table = Table::new([self.axis_title(locale)]);
        for (run, values) in self.curves() {
            let after = locale.format(message::ChartSearchMse { step: self.step });
            let name = format!("{} {}", letter(run.colour_slot), run.name);
            let of = [name, after].join(locale.chart_list_separator());
            table.add(with_interval(&of, locale), values.iter().map(|value| row([value.x, value.mean, value.half])));
        }
        table
    }

    fn readout(&self, x: f64, locale: Locale) -> Option<Readout> {
        let x = self.snap(x);
        let lines = self.curves().into_iter().filter_map(|(run, values)| {
            let value = measured(&values, x)?;
            Some(ReadoutLine {
                role: Role::Run(run.colour_slot),
                progress: 1.0,
                label: format!("{} {}", letter(run.colour_slot), run.name),
                value: number::with_interval(value.mean, value.half, locale),
            })
        });
        let amount = match self.budget {
            Budget::Seconds(_) => number::significant(x, locale),
            Budget::Iterations(_) | Budget::Evaluations(_) => number::count(x.round() as u64),
        };
        let title = locale.format(message::ChartComparisonReadout { axis: self.axis_title(locale), amount });
        Some(Readout { x, title, lines: lines.collect() })
    }
}

impl ComparisonFigure<'_> {
    /// The runs of which something is known.
    fn curves(&self) -> Vec<(&RunCurve<'_>, Vec<Value>)> {
        let curves = self.runs.iter().map(|run| (run, values(run, self.step, self.budget)));
        curves.filter(|(_, values)| !values.is_empty()).collect()
    }

    /// The nearest x at which some run was measured.
    fn snap(&self, x: f64) -> f64 {
        let curves = self.curves();
        let known = curves.iter().filter_map(|(_, values)| nearest(values, x)).map(|value| value.x);
        known.min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs())).unwrap_or(x)
    }

    fn axis_title(&self, locale: Locale) -> &'static str {
        match self.budget {
            Budget::Iterations(_) => locale.chart_axis_iteration(),
            Budget::Evaluations(_) => locale.chart_axis_evaluations(),
            Budget::Seconds(_) => locale.chart_axis_seconds(),
        }
    }

    fn plot(&self, size: (u32, u32), style: &Style) -> Plot {
        let (metrics, locale) = (Metrics::new(size, style), style.locale);
        let widest = format!("A {}", number::WIDEST);
        let room = errors::label_room([widest.as_str()].into_iter(), &metrics);
        let curves = self.curves();
        let values = || curves.iter().flat_map(|(_, values)| values);
        let high = values().map(|value| value.x).fold(amount(self.budget), f64::max);
        let x = Axis { low: 0.0, high, spacing: Spacing::Linear };
        let y = errors::axis(values().map(|value| value.mean));
        let seeds = self.runs.iter().map(|run| run.seeds.len()).max().unwrap_or(1);
        let note = if seeds > 1 {
            locale.format(message::ChartNoteSeeds { tasks: self.tasks, seeds })
        } else {
            locale.format(message::ChartNoteMean { tasks: self.tasks })
        };
        let y_title = locale.format(message::ChartAxisMseAt { step: self.step });
        let titles = Titles::Outside { x: self.axis_title(locale), y: &y_title, note: &note };
        Plot::arrange(metrics, (0.0, room), (x, y), titles)
    }
}

fn pen(colour_slot: usize, scheme: Scheme, metrics: &Metrics) -> Pen {
    let role = Role::Run(colour_slot);
    Pen { colour: role.rgb(scheme), width: metrics.line(2.25), dash: role.dash() }
}

/// What was measured at an x, or as near to it as may be for a run that has come so far.
fn measured(values: &[Value], x: f64) -> Option<&Value> {
    let last = values.last()?;
    nearest(values, x).filter(|_| x <= last.x + NEAR * x.abs())
}

fn nearest(values: &[Value], x: f64) -> Option<&Value> {
    values.iter().min_by(|a, b| (a.x - x).abs().total_cmp(&(b.x - x).abs()))
}

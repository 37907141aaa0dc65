//! The chart of a hyperparameter search: errors as colours over two parameters, or as points against one.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::app::labels;
use crate::chart::export::Settings;
use crate::chart::figure::{Chart, Figure};
use crate::chart::paint::errors;
use crate::chart::paint::heat::{diverged, draw_scale};
use crate::chart::paint::layout::{Metrics, text_width};
use crate::chart::paint::legend::{Entry, Rows, Swatch};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Mark, Painter, Pen, TextStyle};
use crate::chart::paint::palette::{faded, heat, ink_on};
use crate::chart::paint::plot::{Plot, Titles};
use crate::chart::sources::Sources;
use crate::chart::table::{Table, row};
use crate::chart::{Axis, DrawError, Frame, Readout, ReadoutLine, Role, Spacing, Style};
use crate::domain::config::search::{self, Candidate, Finding, Search, TASKS};
use crate::i18n::{self, Locale, message};

/// Colours span at most this factor, so that a few bad errors do not make all others look alike.
const WIDEST_SPAN: f64 = 100.0;
/// They span at least this factor.
const NARROWEST_SPAN: f64 = 1.1;
/// What colours span before the first error is known.
const USUAL: (f64, f64) = (0.1, 1.0);
/// A pointer this near (CSS pixels) to a point means it.
const REACH: f64 = 24.0;

/// The chart of a search.
#[derive(Clone, Copy, Debug)]
pub struct SearchChart;

impl Chart for SearchChart {
    const NAME: &'static str = "search";

    type Figure<'a> = SearchFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.search_heading()
    }

    /// Those of the first combination: the table says in which numbers the others differ.
    fn settings(&self, sources: &impl Sources) -> Vec<Settings> {
        let Some(search) = sources.search() else { return vec![] };
        let first = search.candidates.tried.first();
        let of = |candidate: &Candidate| {
            let seed = candidate.config.seed;
            let name = candidate.values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            Settings { name, seeds: search.seeds(seed), config: candidate.config.clone() }
        };
        first.map(of).into_iter().collect()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&SearchFigure<'_>) -> T) -> Option<T> {
        let search = sources.search()?;
        let names = labels::searched_all(&search, sources.locale());
        let (step, chosen) = (sources.search_step(), sources.chosen_candidate());
        Some(see(&SearchFigure { search: &search, names: &names, step, chosen }))
    }
}

/// The chart of a search: a heatmap for a grid of two parameters, points that are coloured for random pairs, and points
/// against the parameter where there is but one.
#[derive(Clone, Copy, Debug)]
pub struct SearchFigure<'a> {
    /// The search.
    pub search: &'a Search,
    /// The names of its parameters.
    pub names: &'a [String],
    /// The recorded gradient step after which errors are shown.
    pub step: usize,
    /// The candidate whose values are read off.
    pub chosen: Option<usize>,
}

/// What everything is drawn with.
struct Layout {
    plot: Plot,
    legend: Rows,
    /// The axis of the colours.
    errors: Axis,
    /// The values of a grid on each axis, if there is a heatmap.
    cells: [Vec<f64>; 2],
}

impl Figure for SearchFigure<'_> {
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
        let layout = self.layout(painter.size(), style);
        let Layout { plot, legend, errors, cells } = &layout;
        let (scheme, metrics) = (style.scheme, &plot.metrics);
        plot.draw(&painter, scheme)?;
        legend.draw(&painter, scheme, metrics)?;
        let hollow = Pen { colour: scheme.axis(), width: metrics.line(1.25), dash: &[] };
        let best = self.search.best(self.step).map(|(index, _)| index);
        for (index, (candidate, finding)) in self.search.findings(self.step).enumerate() {
            let place = self.position(&plot.frame, index);
            let colour = match finding {
                Finding::Error(_) if self.is_line() => Some(Role::Adapted.rgb(scheme)),
                Finding::Error(error) => Some(heat(errors.fraction(error))),
                Finding::Diverged | Finding::Pending => None,
            };
            if self.is_heatmap() {
                let corners = cell(&plot.frame, cells, &candidate.values, metrics.line(0.75));
                let [(left, top), (right, bottom)] = corners;
                painter.fill(corners, colour.unwrap_or(scheme.paper_rgb()))?;
                if finding == Finding::Diverged {
                    painter.hatch(corners, metrics.line(7.0), &diverged(scheme, metrics))?;
                }
                // A dark cell is seen on dark paper by its edge, and a bright one on white.
                let around = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top), (right, top)];
                painter.line(&around, &hollow)?;
                if let (Finding::Error(error), Some(colour)) = (finding, colour) {
                    let value = number::significant(error, style.locale);
                    let style = TextStyle { size: metrics.small, colour: ink_on(colour), is_italic: false };
                    // The best one's mark stands in its middle.
                    let is_roomy = text_width(&value, metrics.small) + metrics.small < right - left
                        && 1.5 * metrics.small < bottom - top
                        && best != Some(index);
                    if is_roomy {
                        painter.text(&value, place, Anchor::Centre, &style)?;
                    }
                }
            } else if finding == Finding::Diverged {
                let pen = diverged(scheme, metrics);
                painter.mark(Mark::Triangle, place, metrics.line(5.5), pen.colour, &pen)?;
            } else if colour.is_some() || !self.is_line() {
                let edge = Pen { colour: colour.map_or(scheme.axis(), |colour| faded(colour, scheme, 1.4)), ..hollow };
                painter.mark(Mark::Circle, place, metrics.line(6.0), colour.unwrap_or(scheme.paper_rgb()), &edge)?;
            }
        }
        if let Some(index) = best {
            let outline = best_outline(scheme, metrics);
            painter.mark(
                Mark::Diamond,
                self.position(&plot.frame, index),
                metrics.line(6.5),
                scheme.paper_rgb(),
                &outline,
            )?;
        }
        if !self.is_line() {
            self.draw_bar(&painter, style, &layout)?;
        }
        Ok(plot.frame)
    }

    fn describe(&self, locale: Locale) -> String {
        let search = self.search;
        let count = |wanted: Finding| search.findings(self.step).filter(|(_, finding)| *finding == wanted).count();
        let all = search.candidates.tried.len();
        let done = all - count(Finding::Pending);
        let names = self.names.join(locale.chart_list_separator());
        let mut sentences = vec![locale.format(message::ChartSearchDescription {
            names,
            done,
            count: all,
            step: self.step,
            tasks: TASKS,
        })];
        if let Some((best, least)) = search.best(self.step) {
            let greatest = self.errors().fold(least, f64::max);
            let text = |error| number::significant(error, locale);
            sentences.push(locale.format(message::ChartSearchDescriptionBest { words: self.words(best, locale) }));
            sentences.push(
                locale.format(message::ChartSearchDescriptionRange { least: text(least), greatest: text(greatest) }),
            );
        }
        if count(Finding::Diverged) > 0 {
            sentences.push(locale.format(message::ChartSearchDescriptionDiverged { count: count(Finding::Diverged) }));
        }
        i18n::sentences(sentences)
    }

    fn table(&self, locale: Locale) -> Table {
        let mut table = Table::new(self.names.iter().map(String::as_str));
        let rows = self.search.findings(self.step).map(|(candidate, finding)| {
            let error = match finding {
                Finding::Error(error) => Some(error),
                Finding::Diverged => Some(f64::NAN),
                Finding::Pending => None,
            };
            row(candidate.values.iter().copied()).into_iter().chain([error]).collect()
        });
        table.add([locale.format(message::ChartSearchMse { step: self.step })], rows);
        table
    }

    fn readout(&self, _x: f64, locale: Locale) -> Option<Readout> {
        self.chosen.map(|candidate| self.candidate(candidate, locale))
    }
}

impl SearchFigure<'_> {
    /// The scale of the colours, beside the plot.
    fn draw_bar<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        style: &Style,
        Layout { plot, errors, .. }: &Layout,
    ) -> Result<(), DrawError> {
        let (metrics, Frame { left, top, width, height, .. }) = (&plot.metrics, plot.frame);
        let (from, to) = (left + width + 1.2 * metrics.text, left + width + 2.1 * metrics.text);
        let level = |fraction: f64| top + height * (1.0 - fraction);
        draw_scale(painter, [(from, top), (to, top + height)])?;
        let text_style = TextStyle { size: metrics.small, colour: style.scheme.quiet(), is_italic: false };
        let place = to + 0.4 * metrics.text;
        let room = metrics.width - 0.3 * metrics.pad - place;
        let steps = ((height / (3.0 * metrics.small)) as u32).clamp(1, 4);
        for step in 0..=steps {
            let fraction = f64::from(step) / f64::from(steps);
            let text = number::significant(errors.value(fraction), style.locale);
            let beyond = step == steps && self.errors().any(|error| error > errors.high * 1.001);
            let text = if beyond { format!("≥ {text}") } else { text };
            painter.text(&text, (place, level(fraction)), Anchor::Left, &text_style.within(room, &text))?;
        }
        Ok(())
    }

    /// The values of a candidate and what is known of it.
    #[must_use]
    pub fn candidate(&self, candidate: usize, locale: Locale) -> Readout {
        let value = match self.search.finding(candidate, self.step) {
            Finding::Error(error) => number::significant(error, locale),
            Finding::Diverged => locale.chart_search_diverged().to_owned(),
            Finding::Pending => locale.chart_search_pending().to_owned(),
        };
        let role = if self.step == 0 { Role::Theta } else { Role::Adapted };
        let line = ReadoutLine {
            role,
            progress: 1.0,
            label: locale.format(message::ChartSearchMse { step: self.step }),
            value,
        };
        Readout { x: self.value(candidate, 0), title: self.settings(candidate, locale), lines: vec![line] }
    }

    /// The same in one sentence.
    #[must_use]
    pub fn words(&self, candidate: usize, locale: Locale) -> String {
        let Readout { title, lines, .. } = self.candidate(candidate, locale);
        let found = lines
            .into_iter()
            .map(|line| locale.format(message::ChartSearchFound { label: line.label, value: line.value }));
        [title].into_iter().chain(found).collect::<Vec<_>>().join(locale.chart_list_separator())
    }

    fn settings(&self, candidate: usize, locale: Locale) -> String {
        let values = self
            .names
            .iter()
            .enumerate()
            .map(|(axis, name)| format!("{name} {}", number::tick(self.value(candidate, axis))));
        values.collect::<Vec<_>>().join(locale.chart_list_separator())
    }

    fn value(&self, candidate: usize, axis: usize) -> f64 {
        let candidate = self.search.candidates.tried.get(candidate);
        candidate.and_then(|candidate| candidate.values.get(axis).copied()).unwrap_or(f64::NAN)
    }

    /// Where a candidate stands, in CSS pixels from the chart's top left.
    #[must_use]
    pub fn position(&self, frame: &Frame, candidate: usize) -> (f64, f64) {
        let x = self.value(candidate, 0);
        if !self.is_line() {
            return frame.position(x, self.value(candidate, 1));
        }
        match self.search.finding(candidate, self.step) {
            Finding::Error(error) => errors::end(frame, x, error),
            Finding::Diverged => errors::end(frame, x, f64::INFINITY),
            Finding::Pending => errors::end(frame, x, 0.0),
        }
    }

    /// The candidate at a place: the cell that it lies in, or the nearest point within reach.
    #[must_use]
    pub fn at(&self, frame: &Frame, place: (f64, f64)) -> Option<usize> {
        let across = |index: &usize| {
            let (left, top) = self.position(frame, *index);
            let down = if self.is_line() { 0.0 } else { top - place.1 };
            (left - place.0).hypot(down)
        };
        let candidates = 0..self.search.candidates.tried.len();
        let nearest = candidates.min_by(|a, b| across(a).total_cmp(&across(b)))?;
        if self.is_heatmap() {
            let [from, to] = cell(frame, &self.cells(), &self.search.candidates.tried[nearest].values, 0.0);
            let is_inside = (from.0..=to.0).contains(&place.0) && (from.1..=to.1).contains(&place.1);
            return is_inside.then_some(nearest);
        }
        (frame.contains(place) && across(&nearest) <= REACH).then_some(nearest)
    }

    /// Whether there is but one parameter, and the error goes from bottom to top.
    fn is_line(&self) -> bool {
        self.search.axes.len() < 2
    }

    fn is_heatmap(&self) -> bool {
        self.search.is_grid && !self.is_line()
    }

    fn cells(&self) -> [Vec<f64>; 2] {
        let values = |index: usize| self.search.axes.get(index).map_or_else(Vec::new, search::SearchAxis::values);
        if self.is_heatmap() { [values(0), values(1)] } else { [vec![], vec![]] }
    }

    fn errors(&self) -> impl Iterator<Item = f64> {
        self.search.findings(self.step).filter_map(|(_, finding)| match finding {
            Finding::Error(error) => Some(error),
            Finding::Pending | Finding::Diverged => None,
        })
    }

    fn layout(&self, size: (u32, u32), style: &Style) -> Layout {
        let (metrics, Style { scheme, locale, .. }) = (Metrics::new(size, style), *style);
        let outline = best_outline(scheme, &metrics);
        let best = Swatch::Mark(Mark::Diamond, scheme.paper_rgb(), outline);
        let pen = diverged(scheme, &metrics);
        let lost = if self.is_heatmap() { Swatch::Hatch(pen) } else { Swatch::Mark(Mark::Triangle, pen.colour, pen) };
        let mut legend = Rows::default();
        let entries = [(best, locale.chart_search_best()), (lost, locale.chart_search_diverged())];
        legend.add(entries.map(|(swatch, label)| Entry::new(swatch, label, &metrics)), &metrics);

        let (least, greatest) = self.errors().fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), error| {
            (low.min(error.max(f64::MIN_POSITIVE)), high.max(error))
        });
        let (least, greatest) = if greatest > 0.0 { (least, greatest) } else { USUAL };
        let greatest = greatest.clamp(least * NARROWEST_SPAN, least * WIDEST_SPAN);
        let errors = Axis { low: least, high: greatest, spacing: Spacing::Logarithmic };

        let cells = self.cells();
        let axis = |index: usize| span(&self.search.axes[index], &cells[index]);
        let name = |index: usize| {
            let name = &self.names[index];
            if self.search.axes[index].logarithmic {
                locale.format(message::ChartSearchLog { name })
            } else {
                name.clone()
            }
        };
        let mse = locale.format(message::ChartSearchMse { step: self.step });
        let (y, title, note, beside) = if self.is_line() {
            (errors::axis(self.errors()), mse, locale.format(message::ChartSearchNote { tasks: TASKS }), 0.0)
        } else {
            let room = 2.9 * metrics.text + text_width("≥ 0.0000", metrics.small);
            (axis(1), name(1), locale.format(message::ChartSearchColour { mse, tasks: TASKS }), room)
        };
        let titles = Titles::Outside { x: &name(0), y: &title, note: &note };
        let room = (legend.height(&metrics), beside);
        let plot = Plot::arrange_at(metrics, room, (axis(0), y), [&cells[0], &cells[1]], titles);
        Layout { plot, legend, errors, cells }
    }
}

/// What a parameter's values span in the plot: half a cell more at each end, or a little room for points.
fn span(axis: &search::SearchAxis, values: &[f64]) -> Axis {
    let spacing = if axis.logarithmic { Spacing::Logarithmic } else { Spacing::Linear };
    let (low, high) = match spacing {
        _ if axis.low < axis.high => (axis.low, axis.high),
        Spacing::Linear => (axis.low - 0.5, axis.low + 0.5),
        _ => (axis.low / 2.0, axis.low * 2.0),
    };
    let own = Axis { low, high, spacing };
    let (before, after) = match values {
        [first, second, ..] => {
            let last = values.len() - 1;
            let half = |a: f64, b: f64| (own.fraction(b) - own.fraction(a)) / 2.0;
            (half(*first, *second), half(values[last - 1], values[last]))
        }
        _ => (0.05, 0.05),
    };
    Axis { low: own.value(-before), high: own.value(1.0 + after), spacing }
}

/// The corners of the cell of two values, top left and bottom right: it reaches half way to its neighbours, less `gap`.
fn cell(frame: &Frame, cells: &[Vec<f64>; 2], values: &[f64], gap: f64) -> [(f64, f64); 2] {
    let ends = |axis: &Axis, all: &[f64], value: f64| {
        let index = all.iter().position(|other| *other == value).unwrap_or(0);
        let between = |a: usize| Some(f64::midpoint(axis.fraction(*all.get(a)?), axis.fraction(*all.get(a + 1)?)));
        (index.checked_sub(1).and_then(between).unwrap_or(0.0), between(index).unwrap_or(1.0))
    };
    let (left, right) = ends(&frame.x, &cells[0], values[0]);
    let (bottom, top) = ends(&frame.y, &cells[1], values[1]);
    let Frame { left: x, top: y, width, height, .. } = *frame;
    [
        (x + width * left + gap, y + height * (1.0 - top) + gap),
        (x + width * right - gap, y + height * (1.0 - bottom) - gap),
    ]
}

/// The outline of the mark of the best.
fn best_outline(scheme: Scheme, metrics: &Metrics) -> Pen {
    Pen { colour: scheme.ink(), width: metrics.line(2.0), dash: &[] }
}

//! Axes, grid, titles and notes: what every chart has around its data.

use plotters::prelude::DrawingBackend;

use super::layout::{Metrics, text_width, wrap};
use super::ticks::{self, Tick};
use crate::app::appearance::Scheme;
use crate::chart::paint::painter::{Anchor, Join, Mark, Painter, Pen, TextStyle};
use crate::chart::{Axis, DrawError, Frame};

/// The distance between marks on a curve, in text sizes.
const BETWEEN_MARKS: f64 = 7.0;

/// What the axes measure.
#[derive(Clone, Copy, Debug)]
pub enum Titles<'a> {
    /// One letter each, at the ends of the axes.
    Letters {
        /// The variable from left to right.
        x: &'a str,
        /// The variable from bottom to top.
        y: &'a str,
    },
    /// In words around the plot.
    Outside {
        /// Below the axis from left to right.
        x: &'a str,
        /// Above the axis from bottom to top.
        y: &'a str,
        /// How y was measured and is shown: a quieter continuation of it.
        note: &'a str,
    },
}

/// A line of text and where its left end stands.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    place: (f64, f64),
    is_quiet: bool,
}

/// Where the axes, their labels and titles stand.
#[derive(Clone, Debug)]
pub struct Plot {
    /// Where data stand.
    pub frame: Frame,
    /// The sizes that it is made of.
    pub metrics: Metrics,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    /// The titles at the right end of the x axis and above the y axis.
    outside: Option<(String, Vec<Line>)>,
    /// The letters at the ends of the axes.
    letters: Option<(String, String)>,
}

impl Plot {
    /// Leaves `above` pixels for a legend at the top and `beside` pixels for labels at the right, margins not included.
    pub fn arrange(metrics: Metrics, room: (f64, f64), axes: (Axis, Axis), titles: Titles<'_>) -> Self {
        Self::arrange_at(metrics, room, axes, [&[], &[]], titles)
    }

    /// The same, with ticks at these values of x and y, and not at round ones.
    pub fn arrange_at(
        metrics: Metrics,
        (above, beside): (f64, f64),
        (x, y): (Axis, Axis),
        [x_values, y_values]: [&[f64]; 2],
        titles: Titles<'_>,
    ) -> Self {
        let Metrics { width, height, text, small, pad, row, .. } = metrics;
        let mut top = pad + above;
        let mut bottom = 0.6 * pad + 1.3 * small + 0.4 * text;
        let mut right = 0.4 * small;
        let (outside, letters) = match titles {
            Titles::Letters { x, y } => {
                top += text;
                right += 1.1 * text;
                (None, Some((x.to_owned(), y.to_owned())))
            }
            Titles::Outside { x, y, note } => {
                let lines = title_lines(y, note, top, &metrics);
                top = lines.last().map_or(top, |line| line.place.1 + 0.5 * row);
                bottom += row;
                (Some((x.to_owned(), lines)), None)
            }
        };
        top = (top + 0.55 * small).round();
        let plot_height = (height - top - bottom).max(1.0).round();
        let y_ticks = ticks::up(&y, y_values, plot_height, small);
        let widest = y_ticks.iter().map(|tick| text_width(&tick.label, small)).fold(0.0, f64::max);
        let left = (pad + widest + 0.6 * text).round();
        // The last tick label is centred on the right edge.
        let plot_width = (width - left - pad - beside.max(right)).max(1.0).round();
        let x_ticks = ticks::across(&x, x_values, plot_width, small);
        let frame = Frame { left, top, width: plot_width, height: plot_height, x, y };
        Self { frame, metrics, x_ticks, y_ticks, outside, letters }
    }

    /// The same with other labels at the ticks of the x axis, none of them wider.
    pub fn with_x_labels(mut self, label: impl Fn(f64) -> String) -> Self {
        for tick in &mut self.x_ticks {
            tick.label = label(tick.value);
        }
        self
    }

    /// Grid, axes, tick labels and titles.
    pub fn draw<DB: DrawingBackend>(&self, painter: &Painter<'_, DB>, scheme: Scheme) -> Result<(), DrawError> {
        let Metrics { text, small, row, .. } = self.metrics;
        let Frame { left, top, width, height, .. } = self.frame;
        let (right, bottom) = (left + width, top + height);
        let quiet = TextStyle { size: small, colour: scheme.quiet(), is_italic: false };
        for tick in &self.y_ticks {
            let (_, level) = self.frame.position(self.frame.x.low, tick.value);
            let colour = if tick.value == 0.0 { scheme.axis() } else { scheme.grid() };
            painter.rule((left, level), (right, level), self.metrics.line(1.0), colour)?;
            painter.text(&tick.label, (left - 0.6 * text, level), Anchor::Right, &quiet)?;
        }
        painter.rule((left, bottom), (right, bottom), self.metrics.line(1.0), scheme.axis())?;
        let labels = bottom + 0.4 * text + 0.65 * small;
        for tick in &self.x_ticks {
            let (place, _) = self.frame.position(tick.value, self.frame.y.low);
            painter.rule((place, bottom), (place, bottom + 0.3 * text), self.metrics.line(1.0), scheme.axis())?;
            painter.text(&tick.label, (place, labels), Anchor::Centre, &quiet)?;
        }
        let ink = TextStyle { colour: scheme.ink(), ..quiet };
        if let Some((x_title, lines)) = &self.outside {
            // Of a narrow plot the title may be the wider one; it does not leave the chart.
            let end = right.max(self.metrics.pad + text_width(x_title, small));
            painter.text(x_title, (end, labels + 0.65 * small + row / 2.0), Anchor::Right, &ink)?;
            for Line { text, place, is_quiet } in lines {
                painter.text(text, *place, Anchor::Left, if *is_quiet { &quiet } else { &ink })?;
            }
        }
        if let Some((x_title, y_title)) = &self.letters {
            // Beside the plot and above it: no curve comes there.
            let letter = TextStyle { size: text, is_italic: true, ..ink };
            painter.text(x_title, (right + 0.5 * text, bottom), Anchor::Left, &letter)?;
            painter.text(y_title, (left, top - 0.9 * text), Anchor::Centre, &letter)?;
        }
        Ok(())
    }

    /// A curve through data points, with marks along it and at its end.
    pub fn curve<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        points: &[(f64, f64)],
        pen: &Pen,
        mark: Mark,
    ) -> Result<(), DrawError> {
        let (frame, metrics) = (&self.frame, &self.metrics);
        painter.curve(frame, points.iter().copied(), Join::Straight, pen)?;
        // A mark stands at the first value in each segment of the axis, so that marks stay where they are as the
        // curve grows, and at its end.
        let segment = BETWEEN_MARKS * metrics.text;
        let outline = Pen { width: metrics.line(2.0), dash: &[], ..*pen };
        let places: Vec<_> = points.iter().map(|&(x, y)| frame.position(x, y)).collect();
        let Some(end) = places.last() else { return Ok(()) };
        let mut marked = 0.0;
        for (i, place) in places.iter().enumerate() {
            let here = ((place.0 - frame.left) / segment).floor();
            let is_last = i + 1 == places.len();
            let is_regular = here != marked && end.0 - place.0 > 0.4 * segment;
            if is_regular {
                marked = here;
            }
            if (is_regular || is_last) && frame.contains(*place) {
                painter.mark(mark, *place, metrics.line(4.0), scheme.paper_rgb(), &outline)?;
            }
        }
        Ok(())
    }

    /// The line at the x under the pointer, with a dot at each of the values there.
    pub fn hairline<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        x: f64,
        dots: impl Iterator<Item = (f64, plotters::style::RGBColor)>,
    ) -> Result<(), DrawError> {
        let Frame { top, height, .. } = self.frame;
        let (place, _) = self.frame.position(x, self.frame.y.low);
        painter.rule((place, top), (place, top + height), self.metrics.line(1.0), scheme.quiet())?;
        let paper = Pen { colour: scheme.paper_rgb(), width: self.metrics.line(1.5), dash: &[] };
        for (y, colour) in dots {
            let (_, level) = self.frame.position(x, y);
            if (top..=top + height).contains(&level) {
                painter.mark(Mark::Circle, (place, level), self.metrics.line(4.5), colour, &paper)?;
            }
        }
        Ok(())
    }

    /// A quiet sentence in the middle of the plot, for a chart without data.
    pub fn note<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        sentence: &str,
    ) -> Result<(), DrawError> {
        let Metrics { text, row, .. } = self.metrics;
        let Frame { left, top, width, height, .. } = self.frame;
        let lines = wrap(sentence, text, (width * 0.85).min(34.0 * text));
        let first = top + height / 2.0 - (lines.len() - 1) as f64 * row / 2.0;
        let text_style = TextStyle { size: text, colour: scheme.quiet(), is_italic: false };
        for (i, line) in lines.iter().enumerate() {
            let place = (left + width / 2.0, first + i as f64 * row);
            let half = text_width(line, text) / 2.0 + 0.5 * text;
            // Grid lines do not run through the words.
            painter.rule((place.0 - half, place.1), (place.0 + half, place.1), row, scheme.paper_rgb())?;
            painter.text(line, place, Anchor::Centre, &text_style)?;
        }
        Ok(())
    }
}

/// The title of the y axis and its note from `top` on: in one line if they fit there, else one below the other.
fn title_lines(title: &str, note: &str, top: f64, metrics: &Metrics) -> Vec<Line> {
    let Metrics { width, text, small, pad, row, .. } = *metrics;
    let available = if top > pad { width - 2.0 * pad } else { metrics.first_row() };
    let level = |index: usize| top + (index as f64 + 0.5) * row;
    let beside = text_width(title, small) + 0.9 * text;
    if beside + text_width(note, small) <= available {
        let line = |text: &str, left: f64, is_quiet| Line { text: text.to_owned(), place: (left, level(0)), is_quiet };
        return vec![line(title, pad, false), line(note, pad + beside, true)];
    }
    // Not the whole width, as faces differ.
    let room = 0.95 * available;
    let title = wrap(title, small, room).into_iter().map(|text| (text, false));
    let note = wrap(note, small, room).into_iter().map(|text| (text, true));
    let lines = title.chain(note).enumerate();
    lines.map(|(i, (text, is_quiet))| Line { text, place: (pad, level(i)), is_quiet }).collect()
}

//! Legends: samples of lines and marks beside their meaning, in rows above the plot.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::layout::{Metrics, text_width};
use crate::app::appearance::Scheme;
use crate::chart::DrawError;
use crate::chart::paint::painter::{Anchor, Mark, Painter, Pen, TextStyle};

/// The length of the sample of a line, in text sizes.
pub const SWATCH: f64 = 2.0;

/// A sample of how something is drawn.
#[derive(Clone, Copy, Debug)]
pub enum Swatch {
    /// None: the entry is words only.
    None,
    /// A piece of a line.
    Line(Pen),
    /// A shot.
    Shot,
    /// A piece of a band with its line and one of its marks.
    Band(Pen),
    /// A mark: its fill and its outline.
    Mark(Mark, RGBColor, Pen),
    /// A hatched rectangle.
    Hatch(Pen),
}

/// A sample and its meaning.
#[derive(Clone, Debug)]
pub struct Entry {
    /// How it is drawn.
    pub swatch: Swatch,
    /// What it means.
    pub label: String,
    /// The width kept for the label, which does not depend on the values in it.
    pub reserved: f64,
}

impl Entry {
    /// An entry whose label does not change.
    pub fn new(swatch: Swatch, label: impl Into<String>, metrics: &Metrics) -> Self {
        let label = label.into();
        let reserved = text_width(&label, metrics.small);
        Self { swatch, label, reserved }
    }

    /// An entry with a value in its label; `widest` is the label with the widest value.
    pub fn with_value(swatch: Swatch, label: String, widest: &str, metrics: &Metrics) -> Self {
        Self { swatch, label, reserved: text_width(widest, metrics.small) }
    }

    /// The width that the entry takes, the gap to the next one included.
    pub fn width(&self, metrics: &Metrics) -> f64 {
        self.indent(metrics) + self.reserved + 1.3 * metrics.text
    }

    fn indent(&self, metrics: &Metrics) -> f64 {
        match self.swatch {
            Swatch::None => 0.0,
            Swatch::Shot | Swatch::Mark(..) | Swatch::Hatch(_) => 1.3 * metrics.text,
            Swatch::Line(_) | Swatch::Band(_) => SWATCH * metrics.text + 0.5 * metrics.text,
        }
    }

    /// Draws it with the left end at `left` and its middle at `middle`.
    pub fn draw<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        metrics: &Metrics,
        (left, middle): (f64, f64),
    ) -> Result<(), DrawError> {
        let right = left + SWATCH * metrics.text;
        let text_style = TextStyle { size: metrics.small, colour: scheme.ink(), is_italic: false };
        match &self.swatch {
            Swatch::None => {}
            Swatch::Line(pen) => painter.line(&[(left, middle), (right, middle)], pen)?,
            Swatch::Mark(mark, fill, outline) => {
                let centre = (left + 0.45 * metrics.text, middle);
                painter.mark(*mark, centre, metrics.line(5.0), *fill, outline)?;
            }
            Swatch::Hatch(pen) => {
                let half = 0.45 * metrics.text;
                let corners = [(left, middle - half), (left + 2.0 * half, middle + half)];
                painter.hatch(corners, metrics.line(4.0), pen)?;
            }
            Swatch::Shot => shot(painter, scheme, metrics, (left + 0.45 * metrics.text, middle))?,
            Swatch::Band(pen) => {
                painter.rule((left, middle), (right, middle), 0.8 * metrics.text, scheme.band(pen.colour))?;
                painter.line(&[(left, middle), (right, middle)], pen)?;
                let centre = (f64::midpoint(left, right), middle);
                painter.mark(Mark::Circle, centre, metrics.line(3.0), scheme.paper_rgb(), pen)?;
            }
        }
        painter.text(&self.label, (left + self.indent(metrics), middle), Anchor::Left, &text_style)
    }
}

/// One of the K shots.
pub fn shot<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    scheme: Scheme,
    metrics: &Metrics,
    place: (f64, f64),
) -> Result<(), DrawError> {
    let outline = Pen { colour: scheme.paper_rgb(), width: metrics.line(2.0), dash: &[] };
    painter.mark(Mark::Circle, place, metrics.line(6.5), crate::chart::Role::Shots.rgb(scheme), &outline)
}

/// Rows of entries, broken where the width is used up.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    placed: Vec<(f64, usize, Entry)>,
    rows: usize,
}

impl Rows {
    /// Adds a row, and more of them where the entries do not fit side by side.
    pub fn add(&mut self, entries: impl IntoIterator<Item = Entry>, metrics: &Metrics) {
        let mut left = 0.0;
        for entry in entries {
            let width = entry.width(metrics);
            let available = if self.rows == 1 { metrics.first_row() } else { metrics.width - 2.0 * metrics.pad };
            // The gap after the last of them may stick out.
            if left == 0.0 || left + width - metrics.text > available {
                left = 0.0;
                self.rows += 1;
            }
            self.placed.push((left, self.rows - 1, entry));
            left += width;
        }
    }

    /// The height of all rows, with a little space below them.
    pub fn height(&self, metrics: &Metrics) -> f64 {
        if self.rows == 0 { 0.0 } else { self.rows as f64 * metrics.row + 0.3 * metrics.text }
    }

    /// Draws them at the top of the chart.
    pub fn draw<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        metrics: &Metrics,
    ) -> Result<(), DrawError> {
        for (left, row, entry) in &self.placed {
            let place = (metrics.pad + left, metrics.pad + (*row as f64 + 0.5) * metrics.row);
            entry.draw(painter, scheme, metrics, place)?;
        }
        Ok(())
    }
}

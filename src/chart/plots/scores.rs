//! The legend of the fit chart: truth and shots, and a table of errors by gradient step and start, each beside a
//! sample of its curve. It stands beside a wide plot and above a narrow one.

use plotters::prelude::DrawingBackend;

use crate::app::appearance::Scheme;
use crate::chart::DrawError;
use crate::chart::paint::layout::{Metrics, text_width, wrap};
use crate::chart::paint::legend::{Entry, SWATCH};
use crate::chart::paint::number;
use crate::chart::paint::painter::{Anchor, Painter, Pen, TextStyle};

/// From how many text sizes on a chart has room for the legend beside the plot.
const WIDE: f64 = 56.0;

/// What the legend says.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Truth, shots, and which θ.
    pub entries: Vec<Entry>,
    /// What the numbers are.
    pub heading: String,
    /// The same in short.
    pub short_heading: String,
    /// The gradient steps: `s = 8`.
    pub steps: Vec<String>,
    /// A step as wide as any that may stand in their place.
    pub widest_step: String,
    /// θ, and the others that are shown.
    pub starts: Vec<Start>,
}

/// The errors from one start.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its name.
    pub name: String,
    /// Its name in short.
    pub short_name: String,
    /// The curve and its error after each of the steps.
    pub cells: Vec<(Pen, String)>,
}

/// A legend with its place.
#[derive(Clone, Debug)]
pub struct Placed {
    scores: Scores,
    side: Side,
}

#[derive(Clone, Debug)]
enum Side {
    /// Beside the plot: steps downwards, starts side by side.
    Beside(Columns),
    /// Above the plot: steps side by side, starts downwards.
    Above(Band),
}

#[derive(Clone, Debug)]
struct Columns {
    step: f64,
    cell: f64,
    width: f64,
    heading: Vec<String>,
    names: Vec<Vec<String>>,
    names_height: usize,
}

#[derive(Clone, Debug)]
struct Band {
    /// Whether names and heading are the short ones.
    is_short: bool,
    /// The length of the samples in text sizes.
    swatch: f64,
    name: f64,
    cell: f64,
    /// Which steps have room.
    shown: Vec<usize>,
    /// How many of the entries have room in their row.
    entries: usize,
}

impl Scores {
    /// Chooses the side by the chart's size.
    pub fn place(self, metrics: &Metrics) -> Placed {
        let columns = self.columns(metrics);
        let rows = self.entries.len() + columns.heading.len() + columns.names_height + self.steps.len() + 3;
        let side = if metrics.width >= WIDE * metrics.text && metrics.height >= rows as f64 * metrics.row {
            Side::Beside(columns)
        } else {
            Side::Above(self.band(metrics))
        };
        Placed { scores: self, side }
    }

    fn columns(&self, metrics: &Metrics) -> Columns {
        let Metrics { text, small, .. } = *metrics;
        let cell = (SWATCH + 0.5) * text + text_width(number::WIDEST, small) + text;
        let steps = self.steps.iter().chain([&self.widest_step]).map(|step| text_width(step, small));
        let step = steps.fold(0.0, f64::max) + text;
        let entries = self.entries.iter().map(|entry| entry.width(metrics));
        let width = entries.fold(step + cell * self.starts.len() as f64, f64::max);
        let names: Vec<_> = self.starts.iter().map(|start| wrap(&start.name, small, cell - 0.5 * text)).collect();
        Columns {
            step,
            cell,
            width,
            heading: wrap(&self.heading, small, width),
            names_height: names.iter().map(Vec::len).max().unwrap_or_default(),
            names,
        }
    }

    fn band(&self, metrics: &Metrics) -> Band {
        let Metrics { text, small, .. } = *metrics;
        let available = metrics.width - 2.0 * metrics.pad;
        let (mut used, mut entries) = (0.0, 0);
        for entry in &self.entries {
            used += entry.width(metrics);
            // The gap after the last entry may stick out.
            if used - text > metrics.first_row() {
                break;
            }
            entries += 1;
        }
        let form = |(is_short, swatch, gap): (bool, f64, f64)| {
            let heading = if is_short { &self.short_heading } else { &self.heading };
            let names = self.starts.iter().map(|start| if is_short { &start.short_name } else { &start.name });
            let name = names.chain([heading]).map(|name| text_width(name, small)).fold(0.0, f64::max) + gap * text;
            let cell = (swatch + 0.35 + gap) * text + text_width(number::WIDEST, small);
            let room = ((available + gap * text - name) / cell).max(1.0) as usize;
            (Band { is_short, swatch, name, cell, shown: Vec::new(), entries }, room)
        };
        let count = self.steps.len();
        // From ample to tight; the last form has to do.
        let mut forms = [(false, 1.5, 1.2), (false, 1.0, 0.7), (true, 1.0, 0.7)].map(form).into_iter();
        let tightest = forms.next_back().expect("there are three forms");
        let (mut band, room) = forms.find(|(_, room)| *room >= count).unwrap_or(tightest);
        let shown = room.min(count);
        // The first and the last of the steps are always among those shown.
        band.shown = match shown {
            0 => Vec::new(),
            1 => vec![count - 1],
            _ => (0..shown).map(|i| i * (count - 1) / (shown - 1)).collect(),
        };
        band
    }
}

impl Placed {
    /// The pixels that it takes above and beside the plot.
    pub fn size(&self, metrics: &Metrics) -> (f64, f64) {
        match &self.side {
            Side::Beside(columns) => (0.0, columns.width + 1.5 * metrics.text),
            Side::Above(_) => ((2 + self.scores.starts.len()) as f64 * metrics.row + 0.3 * metrics.text, 0.0),
        }
    }

    /// Draws it; `top` is the upper edge of the plot.
    pub fn draw<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        metrics: &Metrics,
        top: f64,
    ) -> Result<(), DrawError> {
        match &self.side {
            Side::Beside(columns) => self.draw_beside(columns, painter, scheme, metrics, top),
            Side::Above(band) => self.draw_above(band, painter, scheme, metrics),
        }
    }

    fn draw_beside<DB: DrawingBackend>(
        &self,
        columns: &Columns,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        metrics: &Metrics,
        top: f64,
    ) -> Result<(), DrawError> {
        let Columns { step, cell, width, heading, names, names_height } = columns;
        let left = metrics.width - metrics.pad - width;
        let row = |index: f64| top + (index + 0.5) * metrics.row;
        let column = |index: usize| left + step + index as f64 * cell;
        let (ink, quiet) = text_styles(scheme, metrics);
        for (i, entry) in self.scores.entries.iter().enumerate() {
            entry.draw(painter, scheme, metrics, (left, row(i as f64)))?;
        }
        let mut next = self.scores.entries.len() as f64 + 0.7;
        for line in heading {
            painter.text(line, (left, row(next)), Anchor::Left, &ink)?;
            next += 1.0;
        }
        for (i, lines) in names.iter().enumerate() {
            // Names of one line stand beside the last line of the others.
            let skipped = names_height - lines.len();
            for (j, line) in lines.iter().enumerate() {
                painter.text(line, (column(i), row(next + (skipped + j) as f64)), Anchor::Left, &quiet)?;
            }
        }
        next += *names_height as f64;
        let edge = row(next) - 0.5 * metrics.row;
        painter.rule((left, edge), (left + width, edge), metrics.line(1.0), scheme.grid())?;
        for (j, step) in self.scores.steps.iter().enumerate() {
            let middle = row(next + 0.15 + j as f64);
            painter.text(step, (left, middle), Anchor::Left, &quiet)?;
            for (i, start) in self.scores.starts.iter().enumerate() {
                draw_cell(painter, metrics, start.cells.get(j), (column(i), middle), (SWATCH, 0.5), &ink)?;
            }
        }
        Ok(())
    }

    fn draw_above<DB: DrawingBackend>(
        &self,
        band: &Band,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        metrics: &Metrics,
    ) -> Result<(), DrawError> {
        let row = |index: usize| metrics.pad + (index as f64 + 0.5) * metrics.row;
        let column = |index: usize| metrics.pad + band.name + index as f64 * band.cell;
        let (ink, quiet) = text_styles(scheme, metrics);
        let mut left = metrics.pad;
        for entry in &self.scores.entries[..band.entries] {
            entry.draw(painter, scheme, metrics, (left, row(0)))?;
            left += entry.width(metrics);
        }
        let heading = if band.is_short { &self.scores.short_heading } else { &self.scores.heading };
        painter.text(heading, (metrics.pad, row(1)), Anchor::Left, &ink)?;
        for (i, &shown) in band.shown.iter().enumerate() {
            painter.text(&self.scores.steps[shown], (column(i), row(1)), Anchor::Left, &quiet)?;
        }
        let swatch = (band.swatch, 0.35);
        for (j, start) in self.scores.starts.iter().enumerate() {
            let name = if band.is_short { &start.short_name } else { &start.name };
            painter.text(name, (metrics.pad, row(2 + j)), Anchor::Left, &quiet)?;
            for (i, &shown) in band.shown.iter().enumerate() {
                draw_cell(painter, metrics, start.cells.get(shown), (column(i), row(2 + j)), swatch, &ink)?;
            }
        }
        Ok(())
    }
}

/// A sample of a curve, `swatch` text sizes long and apart, and its error.
fn draw_cell<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    metrics: &Metrics,
    cell: Option<&(Pen, String)>,
    (left, middle): (f64, f64),
    swatch: (f64, f64),
    text_style: &TextStyle,
) -> Result<(), DrawError> {
    let Some((pen, value)) = cell else { return Ok(()) };
    painter.line(&[(left, middle), (left + swatch.0 * metrics.text, middle)], pen)?;
    let room = text_width(number::WIDEST, metrics.small) + 0.6 * metrics.text;
    let place = (left + (swatch.0 + swatch.1) * metrics.text, middle);
    painter.text(value, place, Anchor::Left, &text_style.within(room, value))
}

fn text_styles(scheme: Scheme, metrics: &Metrics) -> (TextStyle, TextStyle) {
    let ink = TextStyle { size: metrics.small, colour: scheme.ink(), is_italic: false };
    (ink, TextStyle { colour: scheme.quiet(), ..ink })
}

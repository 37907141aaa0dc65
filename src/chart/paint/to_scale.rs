//! Places in a plane of parameters, drawn to scale: words above them, and a bar of round length below.

use plotters::prelude::DrawingBackend;

use super::layout::{Metrics, wrap};
use super::legend::Rows;
use super::number;
use super::painter::{Anchor, Painter, TextStyle};
use crate::app::appearance::Scheme;
use crate::chart::{Axis, DrawError, Frame, Spacing, Style};
use crate::i18n::message;

/// What stands below the legend.
#[derive(Clone, Debug)]
pub struct Words {
    /// What the plane is.
    pub title: String,
    /// What lies in it: quieter.
    pub note: String,
    /// The same with the widest numbers that it can have, so that nothing moves while they change.
    pub widest_note: String,
}

/// Where everything stands.
#[derive(Clone, Debug)]
pub struct ToScale {
    /// The sizes that it is made of.
    pub metrics: Metrics,
    /// Where the places stand: over the whole width, and down to the lower edge.
    pub frame: Frame,
    legend: Rows,
    /// Lines of text, and whether each is quiet.
    lines: Vec<(String, bool)>,
}

impl ToScale {
    /// Makes room for `places`, with so many pixels free beside them, and above and below them, for labels.
    pub fn arrange(
        metrics: Metrics,
        legend: Rows,
        words: &Words,
        places: &(impl Iterator<Item = [f64; 2]> + Clone),
        (beside, around): (f64, f64),
    ) -> Self {
        let Metrics { width, height, small, pad, row, .. } = metrics;
        // Widths are estimates, and no line of these is short.
        let room = 0.94 * (width - 2.0 * pad);
        let [title, note, widest] = [&words.title, &words.note, &words.widest_note].map(|text| wrap(text, small, room));
        let missing = widest.len().saturating_sub(note.len());
        let note = note.into_iter().chain(std::iter::repeat_n(String::new(), missing)).map(|line| (line, true));
        let lines: Vec<(String, bool)> = title.into_iter().map(|line| (line, false)).chain(note).collect();

        let ends = |axis: usize| {
            let numbers = places.clone().map(move |place| place[axis]).filter(|number| number.is_finite());
            numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)))
        };
        let ((left, right), (bottom, top)) = (ends(0), ends(1));
        let above = pad + legend.height(&metrics) + lines.len() as f64 * row;
        // The bar.
        let below = 2.0 * row;
        let height = (height - above).max(1.0);
        let room = ((width - 2.0 * pad - beside).max(1.0), (height - around - below).max(1.0));
        let per_pixel = ((right - left) / room.0).max((top - bottom) / room.1).max(1e-9);
        let axis = |low: f64, high: f64, pixels: f64, shift: f64| {
            let middle = f64::midpoint(low, high) + shift * per_pixel;
            let half = pixels * per_pixel / 2.0;
            Axis { low: middle - half, high: middle + half, spacing: Spacing::Linear }
        };
        let (x, y) = (axis(left, right, width, 0.0), axis(bottom, top, height, 0.4 * row - below / 2.0));
        Self { metrics, frame: Frame { left: 0.0, top: above, width, height, x, y }, legend, lines }
    }

    /// Draws the legend and the words.
    pub fn draw_words<DB: DrawingBackend>(&self, painter: &Painter<'_, DB>, scheme: Scheme) -> Result<(), DrawError> {
        let Metrics { pad, small, row, .. } = self.metrics;
        self.legend.draw(painter, scheme, &self.metrics)?;
        for (i, (line, is_quiet)) in self.lines.iter().enumerate() {
            let colour = if *is_quiet { scheme.quiet() } else { scheme.ink() };
            let place = (pad, pad + self.legend.height(&self.metrics) + (i as f64 + 0.5) * row);
            painter.text(line, place, Anchor::Left, &TextStyle { size: small, colour, is_italic: false })?;
        }
        Ok(())
    }

    /// Draws a bar of round length in the lower left corner.
    pub fn draw_bar<DB: DrawingBackend>(&self, painter: &Painter<'_, DB>, style: &Style) -> Result<(), DrawError> {
        let Metrics { text, small, pad, row, height, .. } = self.metrics;
        let (metrics, scheme) = (&self.metrics, style.scheme);
        let per_pixel = (self.frame.x.high - self.frame.x.low) / self.frame.width;
        let length = number::round_below(per_pixel * self.frame.width / 5.0);
        let level = height - pad - 0.5 * row;
        let end = pad + length / per_pixel;
        let half = 0.3 * text;
        painter.rule((pad, level), (end, level), metrics.line(1.5), scheme.quiet())?;
        for place in [pad, end] {
            painter.rule((place, level - half), (place, level + half), metrics.line(1.5), scheme.quiet())?;
        }
        let label = style.locale.format(message::ChartWheelScale { length: number::tick(length) });
        let quiet = TextStyle { size: small, colour: scheme.quiet(), is_italic: false };
        let from = end + 0.6 * text;
        painter.text(&label, (from, level), Anchor::Left, &quiet.within(metrics.width - pad - from, &label))
    }
}

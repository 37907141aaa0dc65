//! What the two charts of errors share: their axis, and labels at the right ends of curves.

use plotters::prelude::DrawingBackend;

use super::layout::{Metrics, spread, text_width};
use super::plot::Plot;
use crate::app::appearance::Scheme;
use crate::chart::paint::painter::{Anchor, Painter, Pen, TextStyle};
use crate::chart::{Axis, DrawError, Frame, Spacing};

/// What the axis spans at least, so that it stands still during an ordinary run.
const USUAL: (f64, f64) = (0.01, 10.0);
/// What it spans at most: beyond lies only what has diverged.
const WIDEST: (f64, f64) = (1e-9, 1e6);

/// A logarithmic axis over whole powers of ten, with room for all errors that are positive and finite.
pub fn axis(errors: impl Iterator<Item = f64>) -> Axis {
    let (low, high) = errors
        .filter(|error| error.is_finite() && *error > 0.0)
        .fold(USUAL, |(low, high), error| (error.min(low), error.max(high)));
    // A power of ten itself needs no more room, whatever the rounding of its logarithm.
    let low = (low.max(WIDEST.0).log10() + 1e-9).floor() as i32;
    let high = (high.min(WIDEST.1).log10() - 1e-9).ceil() as i32;
    Axis { low: 10f64.powi(low), high: 10f64.powi(high), spacing: Spacing::Logarithmic }
}

/// Where a curve ends: at the edge of the plot if its last value lies beyond it.
pub fn end(frame: &Frame, x: f64, error: f64) -> (f64, f64) {
    let (left, level) = frame.position(x, error);
    let (top, bottom) = (frame.top, frame.top + frame.height);
    match level {
        _ if error <= 0.0 => (left, bottom),
        level if level.is_finite() => (left, level.clamp(top, bottom)),
        _ => (left, top),
    }
}

/// The label of a curve, beside its right end.
#[derive(Clone, Debug)]
pub struct EndLabel {
    /// Where the curve ends.
    pub end: (f64, f64),
    /// How the curve is drawn.
    pub pen: Pen,
    /// What it is, and its last value.
    pub text: String,
}

/// The width to keep free beside the plot for labels as wide as the widest of these.
pub fn label_room<'a>(widest: impl Iterator<Item = &'a str>, metrics: &Metrics) -> f64 {
    leader(metrics) + widest.map(|text| text_width(text, metrics.small)).fold(0.0, f64::max)
}

/// Draws labels beside the ends of their curves, none over another, each joined to its curve by a fine line.
pub fn draw_labels<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    scheme: Scheme,
    plot: &Plot,
    labels: &[EndLabel],
) -> Result<(), DrawError> {
    let metrics = &plot.metrics;
    let gap = 1.3 * metrics.small;
    let wanted: Vec<f64> = labels.iter().map(|label| label.end.1).collect();
    let (top, bottom) = (plot.frame.top, plot.frame.top + plot.frame.height);
    let text_style = TextStyle { size: metrics.small, colour: scheme.ink(), is_italic: false };
    for (label, middle) in labels.iter().zip(spread(&wanted, gap, top, bottom)) {
        let left = label.end.0 + leader(metrics);
        let text_style = text_style.within(metrics.width - 0.3 * metrics.pad - left, &label.text);
        let width = text_width(&label.text, text_style.size);
        // Grid lines do not run through the words.
        painter.rule((left, middle), (left + width, middle), gap, scheme.paper_rgb())?;
        let line = Pen { width: metrics.line(1.0), dash: &[], ..label.pen };
        let (from, to) = (label.end.0 + 0.45 * metrics.text, left - 0.3 * metrics.text);
        painter.line(&[(from, label.end.1), (to, middle)], &line)?;
        painter.text(&label.text, (left, middle), Anchor::Left, &text_style)?;
    }
    Ok(())
}

/// The distance from the end of a curve to its label.
fn leader(metrics: &Metrics) -> f64 {
    1.9 * metrics.text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_stands_still_and_grows_in_round_steps() {
        let ends = |errors: &[f64]| {
            let axis = axis(errors.iter().copied());
            (axis.low, axis.high)
        };
        let near = |(a, b): (f64, f64), (c, d): (f64, f64)| (a / c - 1.0).abs() < 1e-9 && (b / d - 1.0).abs() < 1e-9;
        let cases: [(&[f64], (f64, f64)); 6] = [
            (&[], USUAL),
            (&[4.0, 0.05, f64::NAN, f64::INFINITY, 0.0, -1.0], USUAL),
            (&[0.01, 10.0], USUAL),
            (&[0.009, 10.0], (0.001, 10.0)),
            (&[0.02, 10.1], (0.01, 100.0)),
            (&[1e-30, 1e30], WIDEST),
        ];
        for (errors, expected) in cases {
            assert!(near(ends(errors), expected), "{errors:?} gave {:?}", ends(errors));
        }
    }
}

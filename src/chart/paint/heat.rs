//! What heatmaps share: the scale of their colours, and how a cell is drawn whose error is not finite.

use plotters::prelude::DrawingBackend;

use super::layout::Metrics;
use super::painter::{Painter, Pen};
use super::palette::heat;
use crate::app::appearance::Scheme;
use crate::chart::DrawError;

/// Pieces of a scale.
const PIECES: u32 = 64;

/// The scale, from left to right or from bottom to top of the rectangle between its top left and bottom right corner,
/// along the longer side.
pub fn draw_scale<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    [(left, top), (right, bottom)]: [(f64, f64); 2],
) -> Result<(), DrawError> {
    let (width, height) = (right - left, bottom - top);
    // Each piece reaches to the beginning, below those that come before it: no paper shows between them.
    for piece in (0..PIECES).rev() {
        let [low, high] = [piece, piece + 1].map(|edge| f64::from(edge) / f64::from(PIECES));
        let colour = heat(f64::midpoint(low, high));
        let corners = if width > height {
            [(left, top), (left + width * high, bottom)]
        } else {
            [(left, bottom - height * high), (right, bottom)]
        };
        painter.fill(corners, colour)?;
    }
    Ok(())
}

/// The hatching of what has diverged.
pub fn diverged(scheme: Scheme, metrics: &Metrics) -> Pen {
    Pen { colour: scheme.quiet(), width: metrics.line(1.25), dash: &[] }
}

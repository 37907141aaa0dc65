//! Paths in a plane, and the names of the points there.

use plotters::prelude::DrawingBackend;

use super::layout::{Metrics, spread, text_width};
use super::painter::{Anchor, Mark, Painter, Pen, TextStyle};
use crate::app::appearance::Scheme;
use crate::chart::{DrawError, Frame, Role};

/// A step nearer (CSS pixels) to the last one that is marked has no mark of its own.
const NEAREST: f64 = 1.5;

/// A path with a mark at each of its steps, on an edge of paper, so that it stands out from every colour.
pub fn draw_path<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    scheme: Scheme,
    metrics: &Metrics,
    (pen, mark): (Pen, Mark),
    places: &[(f64, f64)],
) -> Result<(), DrawError> {
    let edge = Pen { colour: scheme.paper_rgb(), width: pen.width + metrics.line(3.0), dash: &[] };
    for pair in places.windows(2) {
        painter.line(pair, &edge)?;
    }
    if places.len() > 1 {
        painter.line(places, &pen)?;
    }
    let outline = Pen { width: metrics.line(1.5), dash: &[], ..pen };
    let mut last = (f64::NEG_INFINITY, 0.0);
    for &place in places {
        if (place.0 - last.0).hypot(place.1 - last.1) >= NEAREST {
            painter.mark(mark, place, metrics.line(2.75), scheme.paper_rgb(), &outline)?;
            last = place;
        }
    }
    Ok(())
}

/// The names of points, each on the side that is turned away from the others; none where there is no room for all.
pub fn draw_labels<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    scheme: Scheme,
    (frame, &Metrics { text, .. }): (&Frame, &Metrics),
    labels: &[((f64, f64), &str, Role)],
) -> Result<(), DrawError> {
    if frame.height < 1.3 * text * labels.len() as f64 {
        return Ok(());
    }
    let mean = |of: fn(&(f64, f64)) -> f64| {
        labels.iter().map(|(place, ..)| of(place)).sum::<f64>() / labels.len().max(1) as f64
    };
    let (middle, half) = ((mean(|place| place.0), mean(|place| place.1)), 0.6 * text);
    let mut places: Vec<_> = labels
        .iter()
        .map(|(place, label, _)| {
            let (right, down) = (place.0 - middle.0, place.1 - middle.1);
            let unit = 1.0 / right.hypot(down).max(1e-9);
            let side = text_width(label, text) / 2.0;
            // A name of several letters reaches to the side.
            let (right, down) = (right * unit, down * unit);
            let away = 1.25 * text + (side - half).max(0.0) * right.abs();
            let within = |value: f64, low: f64, length: f64, half: f64| {
                value.clamp(low + half, (low + length - half).max(low + half))
            };
            (
                within(place.0 + right * away, frame.left, frame.width, side.max(half)),
                within(place.1 + down * away, frame.top, frame.height, half),
            )
        })
        .collect();
    let is_close = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() < 1.8 * text && (a.1 - b.1).abs() < 1.3 * text;
    if (1..places.len()).any(|i| (0..i).any(|j| is_close(places[i], places[j]))) {
        let wanted: Vec<f64> = places.iter().map(|place| place.1).collect();
        let apart = spread(&wanted, 1.3 * text, frame.top + half, frame.top + frame.height - half);
        places.iter_mut().zip(apart).for_each(|(place, level)| place.1 = level);
    }
    for ((_, label, role), place) in labels.iter().zip(places) {
        let side = text_width(label, text) / 2.0 + 0.15 * text;
        painter.fill([(place.0 - side, place.1 - half), (place.0 + side, place.1 + half)], scheme.paper_rgb())?;
        let ink = TextStyle { size: text, colour: role.rgb(scheme), is_italic: false };
        painter.text(label, place, Anchor::Centre, &ink)?;
    }
    Ok(())
}

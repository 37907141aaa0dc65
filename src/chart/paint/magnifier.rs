//! A square in a free part of a plane that shows what is around one place of it, enlarged.

use plotters::prelude::DrawingBackend;

use super::layout::Metrics;
use super::number;
use super::painter::{Painter, Pen};
use crate::app::appearance::Scheme;
use crate::chart::{DrawError, Frame};

/// What is enlarged less than this can be seen where it is.
const LEAST_FACTOR: f64 = 3.0;
/// The side of the square, in heights of text.
const LEAST_SIDE: f64 = 4.5;
const MOST_SIDE: f64 = 10.0;
/// Room over it for what it is called, in heights of text.
const WORDS: f64 = 1.3;
/// How much of the half side the farthest place is away from the middle.
const REACH: f64 = 0.8;
/// A line between two places is looked at in so many places.
const SAMPLES: u32 = 12;

/// Where the square is, and what it shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Magnifier {
    /// Times that it enlarges: 1, 2 or 5 times a power of ten.
    pub factor: f64,
    /// Its side in pixels.
    pub side: f64,
    /// Its middle.
    middle: (f64, f64),
    /// The place that its middle shows.
    around: (f64, f64),
}

impl Magnifier {
    /// A square that shows what is up to `reach` pixels `around` a place, in the frame and at least `below` over its lower
    /// edge, where it covers least of the `path`; none where there is no room for one, or nothing to enlarge.
    pub fn place(
        frame: &Frame,
        metrics: &Metrics,
        below: f64,
        around: (f64, f64),
        reach: f64,
        path: &[(f64, f64)],
    ) -> Option<Self> {
        let Metrics { text, pad, .. } = *metrics;
        let Frame { left, top, width, height, .. } = *frame;
        let side = (0.48 * (height - below)).min(0.3 * width).min(MOST_SIDE * text);
        let factor = number::round_below(REACH * side / 2.0 / reach);
        if side < LEAST_SIDE * text || !factor.is_finite() || factor < LEAST_FACTOR {
            return None;
        }
        let half = side / 2.0;
        let columns = [left + width / 2.0, left + pad + half, left + width - pad - half];
        let rows = [top + height - below - half, top + WORDS * text + half];
        let middles = rows.into_iter().flat_map(|row| columns.map(|column| (column, row)));
        let sampled: Vec<(f64, f64)> = path.windows(2).flat_map(samples).chain([around]).collect();
        // Labels stand beside the path.
        let room = half + 1.5 * text;
        let covered = |(x, y): (f64, f64)| {
            sampled.iter().filter(|place| (place.0 - x).abs() < room && (place.1 - y).abs() < room).count()
        };
        let middle = middles.min_by_key(|middle| covered(*middle))?;
        Some(Self { factor, side, middle, around })
    }

    /// Where a place of the plane is in the square.
    pub fn at(&self, place: (f64, f64)) -> (f64, f64) {
        let enlarged = |middle: f64, place: f64, around: f64| middle + self.factor * (place - around);
        (enlarged(self.middle.0, place.0, self.around.0), enlarged(self.middle.1, place.1, self.around.1))
    }

    /// Whether a place of the square is within it.
    pub fn holds(&self, (x, y): (f64, f64)) -> bool {
        (x - self.middle.0).abs() < self.side / 2.0 && (y - self.middle.1).abs() < self.side / 2.0
    }

    /// The upper left corner.
    pub fn corner(&self) -> (f64, f64) {
        (self.middle.0 - self.side / 2.0, self.middle.1 - self.side / 2.0)
    }

    /// Draws the empty square and what leads to it from the place that it shows.
    pub fn draw<DB: DrawingBackend>(
        &self,
        painter: &Painter<'_, DB>,
        scheme: Scheme,
        metrics: &Metrics,
    ) -> Result<(), DrawError> {
        let (left, top) = self.corner();
        let (right, bottom) = (left + self.side, top + self.side);
        let quiet = Pen { colour: scheme.quiet(), width: metrics.line(1.0), dash: &[] };
        let nearest = (self.around.0.clamp(left, right), self.around.1.clamp(top, bottom));
        painter.line(&[self.around, nearest], &quiet)?;
        painter.fill([(left, top), (right, bottom)], scheme.paper_rgb())?;
        painter.line(&[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], &quiet)
    }
}

/// Places along a line.
fn samples(line: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> + use<> {
    let (from, to) = (line[0], line[1]);
    (0..=SAMPLES).map(move |index| {
        let share = f64::from(index) / f64::from(SAMPLES);
        (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Axis, Spacing, Style};
    use crate::i18n::Locale;

    fn placed(reach: f64, path: &[(f64, f64)], height: f64) -> Option<Magnifier> {
        let axis = Axis { low: 0.0, high: 1.0, spacing: Spacing::Linear };
        let frame = Frame { left: 0.0, top: 50.0, width: 600.0, height, x: axis, y: axis };
        let style = Style { scheme: Scheme::Light, locale: Locale::En, scale: 1.0, text: 15.0, least_line: 0.0 };
        let metrics = Metrics::new((600, 400), &style);
        Magnifier::place(&frame, &metrics, 40.0, path[path.len() - 1], reach, path)
    }

    const ARC: [(f64, f64); 3] = [(20.0, 300.0), (300.0, 100.0), (580.0, 300.0)];

    #[test]
    fn it_stands_where_the_path_is_not() {
        let below_the_arc = placed(2.0, &ARC, 350.0).expect("there is room");
        let (left, top) = below_the_arc.corner();
        assert!((left + below_the_arc.side / 2.0 - 300.0).abs() < 1e-9 && top > 200.0, "{below_the_arc:?}");
        let bowl = ARC.map(|(x, y)| (x, 430.0 - y));
        let above_the_bowl = placed(2.0, &bowl, 350.0).expect("there is room");
        let (left, top) = above_the_bowl.corner();
        assert!((left + above_the_bowl.side / 2.0 - 300.0).abs() < 1e-9 && top < 100.0, "{above_the_bowl:?}");
        assert!(top >= 50.0 + 15.0, "its name stands over it, within the frame: {above_the_bowl:?}");
    }

    #[test]
    fn the_farthest_place_is_within_and_the_factor_is_round() {
        for reach in [0.3, 1.0, 2.0, 3.7, 9.0] {
            let magnifier = placed(reach, &ARC, 350.0).expect("there is room");
            let (x, y) = ARC[2];
            assert!(magnifier.holds(magnifier.at((x + reach, y))) && magnifier.holds(magnifier.at((x, y - reach))));
            // Half of what would fit, at least.
            assert!(magnifier.factor * reach > 0.39 * REACH * magnifier.side / 2.0, "{magnifier:?}");
        }
        assert_eq!([0.9, 1.0, 19.9, 20.0, 49.0, 5123.0].map(number::round_below), [0.5, 1.0, 10.0, 20.0, 20.0, 5000.0]);
    }

    #[test]
    fn there_is_none_without_room_or_need() {
        assert_eq!(placed(2.0, &ARC, 120.0), None);
        assert_eq!(placed(60.0, &ARC, 350.0), None);
        assert_eq!(placed(0.0, &ARC, 350.0), None);
    }
}

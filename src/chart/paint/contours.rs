//! Bands of equal loss over a square of a plane of parameters, and the scale of their colours.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::layout::{Metrics, text_width};
use super::number;
use super::painter::{Anchor, Painter, TextStyle};
use super::palette::heat;
use crate::chart::{Axis, DrawError, Frame, Spacing, Style};
use crate::domain::config::Config;
use crate::domain::loss_surface::SIDE;

/// Bands are this many pixels high, unless that makes more rows than [`MOST_ROWS`].
const ROW: f64 = 2.0;
/// Most rows of bands: what is drawn anew several times a second is drawn in a few milliseconds.
const MOST_ROWS: f64 = 200.0;
/// The levels between bands, in each power of ten.
const DIGITS: [f64; 4] = [1.0, 2.0, 3.0, 5.0];
/// The powers of ten that the scale of colours spans.
const DECADES: i32 = 4;

/// The power of ten above every error to be expected on the tasks of a Config, (2a)²: that of the curve upside down.
#[must_use]
pub fn highest(config: &Config) -> i32 {
    let amplitude = config.tasks.amplitude.into_iter().fold(1e-3, |most: f64, end| most.max(end.abs()));
    // Rounding does not make another power of ten.
    ((2.0 * amplitude).powi(2).log10() - 1e-9).ceil() as i32
}

/// The scale of colours: what lies between two neighbouring levels has one colour.
pub struct Scale {
    axis: Axis,
    levels: Vec<f64>,
}

impl Scale {
    /// The scale whose upper end is this power of ten.
    pub fn new(highest: i32) -> Self {
        let powers = (highest - DECADES..highest).map(|power| 10f64.powi(power));
        let levels = powers.flat_map(|power| DIGITS.map(|digit| digit * power)).chain([10f64.powi(highest)]);
        let levels: Vec<f64> = levels.collect();
        let (low, high) = (levels[0], levels[levels.len() - 1]);
        Self { axis: Axis { low, high, spacing: Spacing::Logarithmic }, levels }
    }

    /// The levels that are labelled.
    fn powers(&self) -> impl Iterator<Item = f64> {
        self.levels.iter().copied().step_by(DIGITS.len())
    }

    fn bands(&self) -> usize {
        self.levels.len() - 1
    }

    /// The band of a loss; the first and the last hold all that lies beyond. What is no number is no small error.
    fn band(&self, loss: f64) -> usize {
        let above = if loss.is_nan() { usize::MAX } else { self.levels.partition_point(|level| *level <= loss) };
        above.clamp(1, self.bands()) - 1
    }

    fn colour(&self, band: usize) -> RGBColor {
        heat((band as f64 + 0.5) / self.bands() as f64)
    }

    /// The room beside the plot that the scale takes.
    pub fn width(&self, metrics: &Metrics) -> f64 {
        let labels = self.powers().map(|power| text_width(&format!("≥ {}", number::tick(power)), metrics.small));
        2.1 * metrics.text + labels.fold(0.0, f64::max)
    }

    /// Where bands begin along a row of values, in columns, and which; each level is crossed where a straight line from
    /// one value to the next has it.
    fn along(&self, row: &[f64; SIDE]) -> Vec<(f64, usize)> {
        let mut bands = vec![(0.0, self.band(row[0]))];
        for (column, pair) in row.windows(2).enumerate() {
            let (from, to) = (self.band(pair[0]), self.band(pair[1]));
            let mut enter = |band: usize, level: f64| {
                let part = (level - pair[0]) / (pair[1] - pair[0]);
                bands.push((column as f64 + if part.is_nan() { 0.5 } else { part.clamp(0.0, 1.0) }, band));
            };
            (from + 1..=to).for_each(|band| enter(band, self.levels[band]));
            (to..from).rev().for_each(|band| enter(band, self.levels[band + 1]));
        }
        bands
    }
}

/// The scale of the colours, beside the plot; `range` is of what the plot shows.
pub fn draw_bar<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    style: &Style,
    (frame, metrics): (&Frame, &Metrics),
    scale: &Scale,
    range: Option<(f64, f64)>,
) -> Result<(), DrawError> {
    let Frame { left, top, width, height, .. } = *frame;
    let (from, to) = (left + width + 1.2 * metrics.text, left + width + 2.1 * metrics.text);
    let level = |loss: f64| top + height * (1.0 - scale.axis.fraction(loss));
    // Each band reaches to the foot, below the next: no paper shows between them.
    for band in (0..scale.bands()).rev() {
        painter.fill([(from, level(scale.levels[band + 1])), (to, top + height)], scale.colour(band))?;
    }
    let quiet = TextStyle { size: metrics.small, colour: style.scheme.quiet(), is_italic: false };
    let place = to + 0.4 * metrics.text;
    let room = f64::from(painter.size().0) - 0.3 * metrics.pad - place;
    let every = if height < 2.0 * metrics.small * f64::from(DECADES) { DECADES as usize } else { 1 };
    for loss in scale.powers().step_by(every) {
        let is_end = |end: f64| loss == end;
        let beyond = match range {
            Some((least, _)) if is_end(scale.axis.low) && least < scale.axis.low => "≤ ",
            Some((_, greatest)) if is_end(scale.axis.high) && greatest > scale.axis.high => "≥ ",
            _ => "",
        };
        let text = format!("{beyond}{}", number::tick(loss));
        painter.text(&text, (place, level(loss)), Anchor::Left, &quiet.within(room, &text))?;
    }
    Ok(())
}

/// A surface, in rows of bands; `row` has its values so far across.
pub fn draw_bands<DB: DrawingBackend>(
    painter: &Painter<'_, DB>,
    frame: &Frame,
    scale: &Scale,
    row: impl Fn(f64) -> Option<[f64; SIDE]>,
) -> Result<(), DrawError> {
    let Frame { left, top, width, height, .. } = *frame;
    let (right, bottom) = (left + width, top + height);
    let rows = (height / ROW).ceil().min(MOST_ROWS);
    let level = |row: f64| top + height * row / rows;
    for number in 0..rows as u32 {
        let number = f64::from(number);
        let (_, across) = frame.data(left, level(number + 0.5));
        let Some(values) = row(across) else { continue };
        // Each band reaches below the next one and below the next row: no paper shows between them.
        let end = (level(number + 1.0) + 1.0).min(bottom);
        let bands = scale.along(&values);
        let place = |column: f64| left + width * column / (SIDE - 1) as f64;
        for (index, (column, band)) in bands.iter().enumerate() {
            let next = bands.get(index + 1).map_or(right, |(next, _)| place(*next) + 1.0);
            painter.fill([(place(*column), level(number)), (next.min(right), end)], scale.colour(*band))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_round_and_the_scale_is_that_of_the_tasks() {
        let mut config = Config::default();
        assert_eq!((config.tasks.amplitude, highest(&config)), ([0.1, 5.0], 2));
        config.tasks.amplitude = [0.1, 5.1];
        assert_eq!(highest(&config), 3);
        config.tasks.amplitude = [-0.01, 0.01];
        assert_eq!(highest(&config), -3);
        let scale = Scale::new(2);
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        for (level, expected) in [(0, 0.01), (1, 0.02), (4, 0.1), (11, 5.0), (16, 100.0)] {
            assert!(near(scale.levels[level], expected), "{level}: {}", scale.levels[level]);
        }
        let bands = [0.0, 0.011, 0.9, 1.1, 99.0, 1e9, f64::INFINITY, f64::NAN].map(|loss| scale.band(loss));
        assert_eq!(bands, [0, 0, 7, 8, 15, 15, 15, 15]);
    }

    #[test]
    fn bands_begin_where_the_values_cross_their_levels() {
        let scale = Scale::new(2);
        // From 1.2 at column 0 to 4.4 at column 32: 0.1 a column.
        let row: [f64; SIDE] = std::array::from_fn(|column| 1.2 + 0.1 * column as f64);
        let bands = scale.along(&row);
        let expected = [(0.0, 8), (8.0, 9), (18.0, 10)];
        assert_eq!(bands.iter().map(|(_, band)| *band).collect::<Vec<_>>(), expected.map(|(_, band)| band));
        for ((begin, _), (column, _)) in bands.iter().zip(expected) {
            assert!((begin - column).abs() < 1e-9, "{bands:?}");
        }
        // The same the other way: the levels are crossed at the same places.
        let falling: [f64; SIDE] = std::array::from_fn(|column| row[SIDE - 1 - column]);
        let ends = scale.along(&falling);
        assert_eq!(ends.iter().map(|(_, band)| *band).collect::<Vec<_>>(), [10, 9, 8]);
        for ((begin, _), column) in ends.iter().zip([0.0, 14.0, 24.0]) {
            assert!((begin - column).abs() < 1e-9, "{ends:?}");
        }
        let mut broken = [1.2; SIDE];
        broken[7] = f64::NAN;
        let highest = scale.bands() - 1;
        let within = |bands: &[(f64, usize)]| bands.iter().all(|(begin, _)| (6.0..=8.0).contains(begin));
        let bands = scale.along(&broken);
        assert!(within(&bands[1..]) && bands.contains(&(6.5, highest)), "{bands:?}");
    }
}

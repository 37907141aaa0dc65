//! Drawings over any plotters backend: canvas in the page, SVG in tests and exports.
//!
//! A [`Chart`](figure::Chart) makes a [`Figure`](figure::Figure) of what it reads from the [`Sources`](sources::Sources),
//! and the figure is drawn, told in words and read off. [`plots`] lists all charts: a new one is a file in
//! [`plots`], and there its `mod`, its `use` and a line of `register!`. Nothing here measures text with the browser, so
//! that a chart can be drawn at every frame of training; the layout never depends on the values shown, so that nothing
//! jumps while they change.
//!
//! Lengths are CSS pixels everywhere but in the drawing itself, which is [`Style::scale`] times as large.

pub mod export;
pub mod figure;
pub mod paint;
pub mod plots;
pub mod sources;
pub mod table;
mod table_words;

use std::fmt;

use plotters::style::RGBColor;

use crate::app::appearance::Scheme;
use crate::i18n::Locale;

impl Scheme {
    /// The colour behind every chart, as `#rrggbb`.
    #[must_use]
    pub fn paper(self) -> String {
        css(self.paper_rgb())
    }

    fn paper_rgb(self) -> RGBColor {
        match self {
            Self::Light => RGBColor(0xff, 0xff, 0xff),
            Self::Dark => RGBColor(0x15, 0x18, 0x1d),
        }
    }
}

/// How to draw: colours, language and sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Light or dark.
    pub scheme: Scheme,
    /// The language of every text.
    pub locale: Locale,
    /// The backend's units per CSS pixel: device pixels, or parts of them over a [`SubpixelBackend`](paint::subpixel::SubpixelBackend) backend.
    pub scale: f64,
    /// Text size in CSS pixels.
    pub text: f64,
    /// The least width of a line in CSS pixels: 0 where nobody sits far away.
    pub least_line: f64,
}

/// The meaning of a colour, the same in every chart, in the legend and in the page's CSS.
///
/// The hues are Okabe and Ito's. Lightness is adjusted so that each role has a contrast of at least 3:1 with the paper
/// and differs from every other role for every kind of colour vision, which a test computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The task's true curve.
    Truth,
    /// The K shots.
    Shots,
    /// θ before any gradient step.
    Theta,
    /// φ, adapted from θ.
    Adapted,
    /// The random start θ₀ and what is adapted from it; dashed.
    Random,
    /// The θ that is kept for comparison and what is adapted from it; dashes and dots.
    Pinned,
    /// Joint training.
    Joint,
    /// One of the runs that are compared, by its place in the list.
    Run(usize),
}

/// Colours of the runs that are compared, on light and on dark paper.
const RUNS: [(RGBColor, RGBColor); 6] = [
    (RGBColor(0x33, 0x22, 0x88), RGBColor(0xa8, 0x9c, 0xf5)),
    (RGBColor(0x11, 0x76, 0x3b), RGBColor(0x57, 0xc7, 0x85)),
    (RGBColor(0xd0, 0x4a, 0x6c), RGBColor(0xff, 0x80, 0x95)),
    (RGBColor(0x85, 0x76, 0x00), RGBColor(0xd9, 0xc8, 0x4a)),
    (RGBColor(0x21, 0x88, 0xb0), RGBColor(0x6c, 0xc9, 0xf0)),
    (RGBColor(0x7a, 0x4a, 0x21), RGBColor(0xcf, 0x9a, 0x6a)),
];

/// Dashes of the runs that are compared.
const RUN_DASHES: [&[f64]; 6] = [&[], &[6.0, 2.5], &[1.5, 2.0], &[8.0, 2.0, 1.5, 2.0], &[3.0, 2.0], &[10.0, 3.0]];

impl Role {
    /// Every role but the runs'.
    pub const ALL: [Self; 7] =
        [Self::Truth, Self::Shots, Self::Theta, Self::Adapted, Self::Random, Self::Pinned, Self::Joint];

    /// Its colour as `#rrggbb`.
    #[must_use]
    pub fn css(self, scheme: Scheme) -> String {
        css(self.rgb(scheme))
    }

    fn rgb(self, scheme: Scheme) -> RGBColor {
        let (light, dark) = match self {
            Self::Truth => (RGBColor(0x1c, 0x1e, 0x21), RGBColor(0xf2, 0xf2, 0xee)),
            Self::Shots => (RGBColor(0xb9, 0x3a, 0x05), RGBColor(0xf0, 0x70, 0x2a)),
            Self::Theta => (RGBColor(0x7a, 0x35, 0x78), RGBColor(0xb5, 0x65, 0xa7)),
            Self::Adapted => (RGBColor(0x00, 0x67, 0xb8), RGBColor(0x4f, 0x9d, 0xf0)),
            Self::Random => (RGBColor(0xc4, 0x7d, 0x10), RGBColor(0xf3, 0xcc, 0x3e)),
            Self::Pinned => (RGBColor(0x40, 0x3c, 0x34), RGBColor(0xa0, 0xa0, 0x90)),
            Self::Joint => (RGBColor(0x2f, 0x9e, 0x8c), RGBColor(0x3c, 0xe1, 0xaa)),
            Self::Run(slot) => RUNS[slot % RUNS.len()],
        };
        match scheme {
            Scheme::Light => light,
            Scheme::Dark => dark,
        }
    }

    /// Lengths of dash, gap, dash, gap … in line widths; none is a solid line.
    #[must_use]
    pub fn dash(self) -> &'static [f64] {
        match self {
            Self::Random => &[3.5, 2.25],
            Self::Pinned => &[6.0, 2.0, 1.5, 2.0],
            Self::Joint => &[1.0, 2.0],
            Self::Run(slot) => RUN_DASHES[slot % RUN_DASHES.len()],
            Self::Truth | Self::Shots | Self::Theta | Self::Adapted => &[],
        }
    }
}

fn css(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// Equal differences are equally far apart.
    Linear,
    /// Equal ratios are equally far apart; for positive values.
    Logarithmic,
    /// log(1 + value): shows 0 and spreads its powers of two almost evenly.
    LogarithmicFromZero,
}

/// The values that an axis spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The value at its left or lower end.
    pub low: f64,
    /// The value at its right or upper end.
    pub high: f64,
    /// How values are spread between.
    pub spacing: Spacing,
}

impl Axis {
    /// Where a value stands: 0 at the low end, 1 at the high end.
    #[must_use]
    pub fn fraction(&self, value: f64) -> f64 {
        let low = self.spread(self.low);
        (self.spread(value) - low) / (self.spread(self.high) - low)
    }

    /// The value that stands at a fraction of the axis: the inverse of [`Axis::fraction`].
    #[must_use]
    pub fn value(&self, fraction: f64) -> f64 {
        let low = self.spread(self.low);
        let spread = low + fraction * (self.spread(self.high) - low);
        match self.spacing {
            Spacing::Linear => spread,
            Spacing::Logarithmic => spread.exp(),
            Spacing::LogarithmicFromZero => spread.exp() - 1.0,
        }
    }

    fn spread(&self, value: f64) -> f64 {
        match self.spacing {
            Spacing::Linear => value,
            Spacing::Logarithmic => value.ln(),
            Spacing::LogarithmicFromZero => (value + 1.0).ln(),
        }
    }
}

/// Where data stand in the drawing; positions in CSS pixels from the chart's top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge of the plot.
    pub left: f64,
    /// Top edge of the plot.
    pub top: f64,
    /// Width of the plot.
    pub width: f64,
    /// Height of the plot.
    pub height: f64,
    /// What runs from left to right.
    pub x: Axis,
    /// What runs from bottom to top.
    pub y: Axis,
}

impl Frame {
    /// Where the data point (x, y) stands: pixels from the left and from the top.
    #[must_use]
    pub fn position(&self, x: f64, y: f64) -> (f64, f64) {
        (self.left + self.width * self.x.fraction(x), self.top + self.height * (1.0 - self.y.fraction(y)))
    }

    /// The data point (x, y) at a position: the inverse of [`Frame::position`].
    #[must_use]
    pub fn data(&self, left: f64, top: f64) -> (f64, f64) {
        let (right, down) = ((left - self.left) / self.width, (top - self.top) / self.height);
        (self.x.value(right), self.y.value(1.0 - down))
    }

    /// Whether a position lies in the plot, its edges included.
    #[must_use]
    pub fn contains(&self, (left, top): (f64, f64)) -> bool {
        let across = self.left..=self.left + self.width;
        // Half a pixel for the rounding of positions that stand on the very edge.
        let down = self.top - 0.5..=self.top + self.height + 0.5;
        across.start() - 0.5 <= left && left <= across.end() + 0.5 && down.contains(&top)
    }
}

/// The values at one x, for a box beside the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Readout {
    /// The x that the values belong to: the nearest one that has any.
    pub x: f64,
    /// That x in words.
    pub title: String,
    /// One line a curve, in the order of the legend.
    pub lines: Vec<ReadoutLine>,
}

/// One value of a [`Readout`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReadoutLine {
    /// The colour's meaning.
    pub role: Role,
    /// How far the curve's adaptation has come, from 0 to 1: the further, the stronger its colour. 1 where that means
    /// nothing.
    pub progress: f64,
    /// What the value is.
    pub label: String,
    /// The value.
    pub value: String,
}

impl Readout {
    /// All of it in one sentence, for people who listen.
    #[must_use]
    pub fn words(&self) -> String {
        let lines = self.lines.iter().map(|line| format!("{} {}", line.label, line.value));
        [self.title.clone()].into_iter().chain(lines).collect::<Vec<_>>().join(", ")
    }
}

/// Why a chart could not be drawn: the drawing backend's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawError(String);

impl DrawError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for DrawError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for DrawError {}

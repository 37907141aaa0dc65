//! What the colours of [`Role`] become in a drawing: inks that carry no data, and ramps over the gradient steps.

use plotters::style::RGBColor;

use super::layout::Metrics;
use crate::app::appearance::Scheme;
use crate::chart::Role;
use crate::chart::paint::painter::{BAND, Pen};

impl Scheme {
    /// Text.
    pub(in crate::chart) fn ink(self) -> RGBColor {
        Role::Truth.rgb(self)
    }

    /// Text that explains.
    pub(in crate::chart) fn quiet(self) -> RGBColor {
        self.pick(RGBColor(0x57, 0x5d, 0x64), RGBColor(0xae, 0xb4, 0xbb))
    }

    /// The axes' lines.
    pub(in crate::chart) fn axis(self) -> RGBColor {
        self.pick(RGBColor(0x86, 0x8c, 0x93), RGBColor(0x6a, 0x71, 0x79))
    }

    /// Grid lines.
    pub(in crate::chart) fn grid(self) -> RGBColor {
        self.pick(RGBColor(0xe6, 0xe8, 0xea), RGBColor(0x2b, 0x30, 0x37))
    }

    /// Bands of a colour: pale enough for grid lines and curves to stand out.
    pub(in crate::chart) fn band(self, colour: RGBColor) -> RGBColor {
        faded(colour, self, BAND)
    }

    fn pick(self, light: RGBColor, dark: RGBColor) -> RGBColor {
        match self {
            Self::Light => light,
            Self::Dark => dark,
        }
    }
}

/// Viridis (Smith and van der Walt 2015): its lightness rises evenly, for every kind of colour vision.
const VIRIDIS: [RGBColor; 9] = [
    RGBColor(0x44, 0x01, 0x54),
    RGBColor(0x47, 0x2d, 0x7b),
    RGBColor(0x3b, 0x52, 0x8b),
    RGBColor(0x2c, 0x72, 0x8e),
    RGBColor(0x21, 0x90, 0x8c),
    RGBColor(0x27, 0xad, 0x81),
    RGBColor(0x5d, 0xc8, 0x63),
    RGBColor(0xaa, 0xdc, 0x32),
    RGBColor(0xfd, 0xe7, 0x25),
];

/// A colour of an even scale, for a fraction from 0 to 1: dark violet to bright yellow, on either paper.
pub fn heat(fraction: f64) -> RGBColor {
    let place = fraction.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let index = (place as usize).min(VIRIDIS.len() - 2);
    let (low, high) = (VIRIDIS[index], VIRIDIS[index + 1]);
    let mix = |low: u8, high: u8| {
        (f64::from(low) + (f64::from(high) - f64::from(low)) * (place - index as f64)).round() as u8
    };
    RGBColor(mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2))
}

/// A colour of a scale with two ends, for a fraction from −1 to 1: brown below 0, teal above it, as pale as the grid at 0
/// (after Brewer's `BrBG`, which every kind of colour vision tells apart).
pub fn signed(fraction: f64, scheme: Scheme) -> RGBColor {
    let low = scheme.pick(RGBColor(0x8c, 0x51, 0x0a), RGBColor(0xe3, 0xa8, 0x57));
    let high = scheme.pick(RGBColor(0x01, 0x66, 0x5e), RGBColor(0x5f, 0xd3, 0xc3));
    let end = if fraction < 0.0 { low } else { high };
    let share = if fraction.is_finite() { fraction.abs().min(1.0) } else { 0.0 };
    let mix = |zero: u8, end: u8| (f64::from(zero) + (f64::from(end) - f64::from(zero)) * share).round() as u8;
    let zero = scheme.grid();
    RGBColor(mix(zero.0, end.0), mix(zero.1, end.1), mix(zero.2, end.2))
}

/// The colour of text on a colour of the scale: the one of black and white that stands out more.
pub fn ink_on(heat: RGBColor) -> RGBColor {
    const WHITE: RGBColor = RGBColor(0xff, 0xff, 0xff);
    const BLACK: RGBColor = RGBColor(0, 0, 0);
    if contrast(heat, WHITE) >= contrast(heat, BLACK) { WHITE } else { BLACK }
}

/// Where an adaptation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// θ.
    Theta,
    /// The random start θ₀.
    Random,
    /// The θ that is kept for comparison.
    Pinned,
}

impl Start {
    /// The colour's meaning after some gradient steps.
    pub fn role(self, step: usize) -> Role {
        match (self, step) {
            (Self::Theta, 0) => Role::Theta,
            (Self::Theta, _) => Role::Adapted,
            (Self::Random, _) => Role::Random,
            (Self::Pinned, _) => Role::Pinned,
        }
    }

    /// The line of what is predicted after `step` of `last` gradient steps: the later, the stronger and the wider.
    pub fn pen(self, step: usize, last: usize, scheme: Scheme, metrics: &Metrics) -> Pen {
        let (role, progress) = (self.role(step), progress(step, last));
        let width = match role {
            Role::Random | Role::Pinned => 1.5 + progress,
            Role::Adapted => 1.5 + 1.5 * progress,
            _ => 2.25,
        };
        Pen { colour: shade(role, progress, scheme), width: metrics.line(width), dash: role.dash() }
    }
}

/// How far an adaptation has come after `step` of `last` gradient steps, from 0 to 1, evenly along their logarithms.
pub fn progress(step: usize, last: usize) -> f64 {
    if last <= 1 { 1.0 } else { (step.max(1) as f64).ln() / (last as f64).ln() }
}

/// The colour of a curve whose adaptation has come so far: in even steps of contrast, so that it is told apart without
/// colours.
pub fn shade(role: Role, progress: f64, scheme: Scheme) -> RGBColor {
    match role {
        Role::Random | Role::Pinned => with_progress(role.rgb(scheme), scheme, 1.0, progress),
        Role::Adapted => with_progress(role.rgb(scheme), scheme, STRONGEST, progress),
        _ => role.rgb(scheme),
    }
}

/// The strength of the colour after the last step.
const STRONGEST: f64 = 1.5;

/// The contrast of the palest curve with the paper. WCAG 2.2, criterion 1.4.11, asks for 3.
const PALEST: f64 = 3.05;

/// A colour mixed with the paper, or with ink, until its contrast has come so far, as a fraction, from [`PALEST`] to the
/// contrast that it has at the strength `strongest`.
fn with_progress(colour: RGBColor, scheme: Scheme, strongest: f64, progress: f64) -> RGBColor {
    let contrast_at = |strength| contrast(faded(colour, scheme, strength), scheme.paper_rgb());
    let wanted = PALEST * (contrast_at(strongest) / PALEST).max(1.0).powf(progress);
    let (mut weaker, mut stronger) = (0.0, strongest);
    // The finest difference that a channel of eight bits shows.
    while stronger - weaker > 1.0 / 256.0 {
        let middle = f64::midpoint(weaker, stronger);
        if contrast_at(middle) < wanted {
            weaker = middle;
        } else {
            stronger = middle;
        }
    }
    faded(colour, scheme, stronger)
}

/// A colour as pale as a curve may be.
pub fn palest(colour: RGBColor, scheme: Scheme) -> RGBColor {
    with_progress(colour, scheme, 1.0, 0.0)
}

/// The contrast of two colours, from 1 to 21, as WCAG 2.2 defines it.
fn contrast(a: RGBColor, b: RGBColor) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance =
        |colour: RGBColor| 0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2) + 0.05;
    let (a, b) = (luminance(a), luminance(b));
    a.max(b) / a.min(b)
}

/// A colour mixed with the paper, or with ink: `strength` 0 is paper, 1 the colour itself, 2 ink.
pub fn faded(colour: RGBColor, scheme: Scheme, strength: f64) -> RGBColor {
    let (other, share) = if strength < 1.0 { (scheme.paper_rgb(), strength) } else { (scheme.ink(), 2.0 - strength) };
    let mix = |own: u8, other: u8| (f64::from(other) + (f64::from(own) - f64::from(other)) * share).round() as u8;
    RGBColor(mix(colour.0, other.0), mix(colour.1, other.1), mix(colour.2, other.2))
}

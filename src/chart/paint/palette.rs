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
        self.pick(RGBColor(0x9a, 0xa0, 0xa6), RGBColor(0x6a, 0x71, 0x79))
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

/// A colour of an even scale, for a fraction from 0 to 1: 0 stands out from the paper the most.
pub fn heat(fraction: f64, scheme: Scheme) -> RGBColor {
    let from_dark = match scheme {
        Scheme::Light => fraction,
        Scheme::Dark => 1.0 - fraction,
    };
    let place = from_dark.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let index = (place as usize).min(VIRIDIS.len() - 2);
    let (low, high) = (VIRIDIS[index], VIRIDIS[index + 1]);
    let mix = |low: u8, high: u8| {
        (f64::from(low) + (f64::from(high) - f64::from(low)) * (place - index as f64)).round() as u8
    };
    RGBColor(mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2))
}

/// Where an adaptation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// θ.
    Theta,
    /// The random start θ₀.
    Random,
}

impl Start {
    /// The colour's meaning after some gradient steps.
    pub fn role(self, step: usize) -> Role {
        match (self, step) {
            (Self::Theta, 0) => Role::Theta,
            (Self::Theta, _) => Role::Adapted,
            (Self::Random, _) => Role::Random,
        }
    }

    /// The line of what is predicted after `step` of `last` gradient steps: the later, the stronger.
    pub fn pen(self, step: usize, last: usize, scheme: Scheme, metrics: &Metrics) -> Pen {
        let role = self.role(step);
        let progress = if last == 0 { 1.0 } else { ((step + 1) as f64).ln() / ((last + 1) as f64).ln() };
        let (strength, width) = match role {
            Role::Random => (0.62 + 0.38 * progress, 1.5 + progress),
            Role::Adapted => (0.6 + 0.65 * progress, 1.5 + 1.5 * progress),
            _ => (1.0, 2.25),
        };
        Pen { colour: faded(role.rgb(scheme), scheme, strength), width: metrics.line(width), dash: role.dash() }
    }
}

/// A colour mixed with the paper, or with ink: `strength` 0 is paper, 1 the colour itself, 2 ink.
pub fn faded(colour: RGBColor, scheme: Scheme, strength: f64) -> RGBColor {
    let (other, share) = if strength < 1.0 { (scheme.paper_rgb(), strength) } else { (scheme.ink(), 2.0 - strength) };
    let mix = |own: u8, other: u8| (f64::from(other) + (f64::from(own) - f64::from(other)) * share).round() as u8;
    RGBColor(mix(colour.0, other.0), mix(colour.1, other.1), mix(colour.2, other.2))
}

//! What every chart is drawn with: axes, legends, colours, text and lines over any plotters backend.

pub mod any_backend;
pub(super) mod contours;
pub(super) mod errors;
pub(super) mod heat;
pub(super) mod layout;
pub(super) mod legend;
pub(super) mod magnifier;
pub(super) mod number;
pub(super) mod painter;
pub(super) mod palette;
pub(super) mod path;
pub(super) mod plot;
pub mod subpixel;
pub(super) mod ticks;
pub(super) mod to_scale;

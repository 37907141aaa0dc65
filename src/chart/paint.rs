//! What every chart is drawn with: axes, legends, colours, text and lines over any plotters backend.

pub mod errors;
pub mod layout;
pub mod legend;
pub mod number;
pub mod painter;
pub mod palette;
pub mod plot;
pub mod subpixel;
pub mod ticks;

//! Building blocks of every panel: the host of charts and how it is opened large, number fields, collapsible sections, late
//! contents, read-outs, texts that explain their terms, throttled work.

pub mod chart_canvas;
pub mod collapsible;
pub mod explained;
pub mod field;
pub mod large;
pub mod late;
pub mod picks;
pub mod readout;
pub mod throttle;

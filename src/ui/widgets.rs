//! Building blocks of every panel: the host of charts, number fields, collapsible sections, late contents.

pub mod cells;
pub mod chart_canvas;
pub mod collapsible;
pub mod field;
pub mod late;

//! The shown task: its curve, its shots and the picker.

pub mod draw_curve;
pub mod fit;
pub mod map;
pub mod map_chart;
pub mod paste;
pub mod picker;
pub mod replay;
pub mod shots;

//! The table of a chart as comma-separated values: lines that begin with `#` say what it is, then one row of headers and
//! the data.

use super::{About, Settings};
use crate::app::csv::{cell, comment};
use crate::chart::table::Table;

/// So that spreadsheets take Greek letters and Chinese for what they are.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of the file. Numbers are as short as they can be without another number in their place; what has diverged is
/// `NaN` or `inf`, and what was not measured is empty.
#[must_use]
pub fn write(table: &Table, about: &About) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    let mut line = |words: &str| {
        text.push_str(words);
        text.push_str("\r\n");
    };
    line(&comment(&format!("Title: {}", about.title)));
    line(&comment(&format!("Description: {}", about.description)));
    for Settings { name, seeds, .. } in &about.settings {
        let seeds = seeds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let of = if name.is_empty() { String::new() } else { format!(" ({name})") };
        line(&comment(&format!("Seed{of}: {seeds}")));
    }
    line(&comment(&format!("Config: {}", about.config_json())));
    if !about.source.is_empty() {
        line(&comment(&format!("Source: {}", about.source)));
    }
    line(&table.headers().iter().map(|header| cell(header)).collect::<Vec<_>>().join(","));
    for row in table.rows() {
        line(&row.iter().map(|value| value.map_or_else(String::new, number)).collect::<Vec<_>>().join(","));
    }
    text
}

/// The shortest text that is read as the same number.
fn number(value: f64) -> String {
    // Not 300 zeros where a power of ten does.
    let is_plain = value == 0.0 || (1e-6..1e15).contains(&value.abs());
    if is_plain || !value.is_finite() { value.to_string() } else { format!("{value:e}") }
}

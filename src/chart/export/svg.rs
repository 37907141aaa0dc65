//! A chart as an SVG document, with its title, its text alternative and its settings in it.

use std::fmt::Write;

use plotters::drawing::IntoDrawingArea;
use plotters::prelude::SVGBackend;

use super::About;
use crate::chart::paint::any_backend::{AnyBackend, Area};
use crate::chart::paint::subpixel::SubpixelBackend;
use crate::chart::{DrawError, Frame, Style};

/// Units of the drawing per CSS pixel.
const PARTS: u32 = 8;
/// The SVG backend divides the size of texts by so much, for bitmap fonts whose size is that of a line.
const TEXT: f64 = 1.24;

/// The document of what `draw` draws, so large in CSS pixels. The scale of the style is the document's own.
///
/// # Errors
/// The drawing backend fails.
pub fn write(
    draw: &dyn Fn(&Area<'_>, &Style) -> Result<Frame, DrawError>,
    size: (u32, u32),
    style: &Style,
    about: &About,
) -> Result<String, DrawError> {
    let mut drawing = String::new();
    let area = AnyBackend::new(SVGBackend::with_string(&mut drawing, size), TEXT);
    let area = SubpixelBackend::new(area, PARTS).into_drawing_area();
    draw(&area, &Style { scale: f64::from(PARTS), ..*style })?;
    area.present().map_err(DrawError::new)?;
    drop(area);
    Ok(with_words(&drawing, size, about))
}

/// The same document, scaled down to its size, that says what it is.
fn with_words(drawing: &str, (width, height): (u32, u32), about: &About) -> String {
    let (units_across, units_down) = (width * PARTS, height * PARTS);
    let shapes = drawing.split_once('>').map_or("", |(_, shapes)| shapes);
    let [(_, title), (_, description), ..] = about.texts();
    let mut document = String::new();
    // Writing to a String does not fail.
    let _ = write!(
        document,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {units_across} {units_down}\" role=\"img\">\n\
         <title>{}</title>\n<desc>{}</desc>\n<metadata>{}</metadata>{shapes}",
        escaped(&title),
        escaped(&description),
        escaped(&metadata(about)),
    );
    // What XML has no place for, a name may hold all the same.
    document.retain(|character| !character.is_control() || character == '\n');
    document
}

/// Settings and source in one line of JSON.
fn metadata(about: &About) -> String {
    let source = serde_json::Value::from(about.source.as_str());
    format!("{{\"source\":{source},\"config\":{}}}", about.config_json())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

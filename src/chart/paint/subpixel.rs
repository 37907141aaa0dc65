//! Positions finer than the device's pixels.

use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

/// A backend whose unit is a whole part of a device pixel.
///
/// plotters knows whole-numbered positions and widths only, and curves that are rounded to whole pixels look shaky.
/// So a chart is drawn `parts` times as large, over a backend that is scaled down as much: a canvas context with the
/// transform 1/`parts`. [`Style::scale`](crate::chart::Style::scale) is then units, not device pixels, per CSS pixel.
pub struct SubpixelBackend<DB> {
    backend: DB,
    parts: u32,
}

impl<DB: DrawingBackend> SubpixelBackend<DB> {
    /// A backend of `parts` units a pixel, over one that is scaled down already.
    pub fn new(backend: DB, parts: u32) -> Self {
        Self { backend, parts }
    }
}

type Drawn<DB> = Result<(), DrawingErrorKind<<DB as DrawingBackend>::ErrorType>>;

impl<DB: DrawingBackend> DrawingBackend for SubpixelBackend<DB> {
    type ErrorType = DB::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        let (width, height) = self.backend.get_size();
        (width * self.parts, height * self.parts)
    }

    fn ensure_prepared(&mut self) -> Drawn<DB> {
        self.backend.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<DB> {
        self.backend.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn<DB> {
        self.backend.draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn<DB> {
        self.backend.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn<DB> {
        self.backend.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn<DB> {
        self.backend.draw_path(path, style)
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn<DB> {
        self.backend.draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn<DB> {
        self.backend.fill_polygon(path, style)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, place: BackendCoord) -> Drawn<DB> {
        self.backend.draw_text(text, style, place)
    }
}

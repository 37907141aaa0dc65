//! One type for every backend, so that the code of a chart is there once, whatever it is drawn on.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters_backend::text_anchor::Pos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontFamily,
    FontStyle, FontTransform,
};

use super::subpixel::SubpixelBackend;
use crate::chart::DrawError;

/// What charts are drawn on, on the page and in files.
pub type Area<'a> = DrawingArea<SubpixelBackend<AnyBackend<'a>>, Shift>;

/// A backend of some kind.
pub struct AnyBackend<'a> {
    backend: Box<dyn Erased + 'a>,
    text_scale: f64,
}

impl<'a> AnyBackend<'a> {
    /// A backend that writes texts `text_scale` times as large as it is told to.
    pub fn new(backend: impl DrawingBackend + 'a, text_scale: f64) -> Self {
        Self { backend: Box::new(backend), text_scale }
    }
}

type Drawn = Result<(), DrawingErrorKind<DrawError>>;

/// [`DrawingBackend`] as far as charts use it, without type parameters.
trait Erased {
    fn size(&self) -> (u32, u32);
    fn prepare(&mut self) -> Drawn;
    fn present(&mut self) -> Drawn;
    fn pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn;
    fn line(&mut self, ends: [BackendCoord; 2], ink: Ink) -> Drawn;
    fn rectangle(&mut self, corners: [BackendCoord; 2], ink: Ink, fill: bool) -> Drawn;
    fn path(&mut self, path: &mut dyn Iterator<Item = BackendCoord>, ink: Ink) -> Drawn;
    fn circle(&mut self, centre: BackendCoord, radius: u32, ink: Ink, fill: bool) -> Drawn;
    fn polygon(&mut self, path: &mut dyn Iterator<Item = BackendCoord>, ink: Ink) -> Drawn;
    fn text(&mut self, text: &str, letters: Letters<'_>, place: BackendCoord) -> Drawn;
}

fn told<E: std::error::Error + Send + Sync>(result: Result<(), DrawingErrorKind<E>>) -> Drawn {
    result.map_err(|error| DrawingErrorKind::DrawingError(DrawError::new(error)))
}

impl<DB: DrawingBackend> Erased for DB {
    fn size(&self) -> (u32, u32) {
        self.get_size()
    }

    fn prepare(&mut self) -> Drawn {
        told(self.ensure_prepared())
    }

    fn present(&mut self) -> Drawn {
        told(DrawingBackend::present(self))
    }

    fn pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn {
        told(self.draw_pixel(point, colour))
    }

    fn line(&mut self, [from, to]: [BackendCoord; 2], ink: Ink) -> Drawn {
        told(self.draw_line(from, to, &ink))
    }

    fn rectangle(&mut self, [from, to]: [BackendCoord; 2], ink: Ink, fill: bool) -> Drawn {
        told(self.draw_rect(from, to, &ink, fill))
    }

    fn path(&mut self, path: &mut dyn Iterator<Item = BackendCoord>, ink: Ink) -> Drawn {
        told(self.draw_path(path, &ink))
    }

    fn circle(&mut self, centre: BackendCoord, radius: u32, ink: Ink, fill: bool) -> Drawn {
        told(self.draw_circle(centre, radius, &ink, fill))
    }

    fn polygon(&mut self, path: &mut dyn Iterator<Item = BackendCoord>, ink: Ink) -> Drawn {
        told(self.fill_polygon(path, &ink))
    }

    fn text(&mut self, text: &str, letters: Letters<'_>, place: BackendCoord) -> Drawn {
        told(self.draw_text(text, &letters, place))
    }
}

impl DrawingBackend for AnyBackend<'_> {
    type ErrorType = DrawError;

    fn get_size(&self) -> (u32, u32) {
        self.backend.size()
    }

    fn ensure_prepared(&mut self) -> Drawn {
        self.backend.prepare()
    }

    fn present(&mut self) -> Drawn {
        self.backend.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.backend.pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.backend.line([from, to], Ink::of(style))
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.backend.rectangle([upper_left, bottom_right], Ink::of(style), fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.backend.path(&mut path.into_iter(), Ink::of(style))
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        self.backend.circle(center, radius, Ink::of(style), fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.backend.polygon(&mut path.into_iter(), Ink::of(style))
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, place: BackendCoord) -> Drawn {
        let letters = Letters {
            colour: style.color(),
            size: style.size() * self.text_scale,
            transform: style.transform(),
            style: style.style(),
            anchor: style.anchor(),
            family: style.family(),
        };
        self.backend.text(text, letters, place)
    }
}

/// How a shape is drawn.
#[derive(Clone, Copy)]
struct Ink {
    colour: BackendColor,
    width: u32,
}

impl Ink {
    fn of(style: &impl BackendStyle) -> Self {
        Self { colour: style.color(), width: style.stroke_width() }
    }
}

impl BackendStyle for Ink {
    fn color(&self) -> BackendColor {
        self.colour
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// How a text is written.
struct Letters<'a> {
    colour: BackendColor,
    size: f64,
    transform: FontTransform,
    style: FontStyle,
    anchor: Pos,
    family: FontFamily<'a>,
}

impl BackendTextStyle for Letters<'_> {
    type FontError = DrawError;

    fn color(&self) -> BackendColor {
        self.colour
    }

    fn size(&self) -> f64 {
        self.size
    }

    fn transform(&self) -> FontTransform {
        self.transform.clone()
    }

    fn style(&self) -> FontStyle {
        self.style
    }

    fn anchor(&self) -> Pos {
        self.anchor
    }

    fn family(&self) -> FontFamily<'_> {
        self.family
    }

    fn layout_box(&self, _text: &str) -> Result<((i32, i32), (i32, i32)), DrawError> {
        Err(DrawError::new("texts are written by the backend itself"))
    }

    fn draw<E, DrawFunc: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        text: &str,
        _place: BackendCoord,
        _draw: DrawFunc,
    ) -> Result<Result<(), E>, DrawError> {
        self.layout_box(text).map(|_| Ok(()))
    }
}

//! The painter that a chart is drawn on: lines, marks and text in CSS pixels, over any plotters backend.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle};

use super::layout::text_width;
use crate::chart::{DrawError, Frame, Style};

/// The opacity of bands.
pub const BAND: f64 = 0.2;

/// Font families as CSS writes them; the canvas and SVG understand the list.
const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans SC', sans-serif";

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// Its colour.
    pub colour: RGBColor,
    /// Its width in CSS pixels.
    pub width: f64,
    /// Lengths of dash, gap, … in line widths; none is a solid line.
    pub dash: &'static [f64],
}

/// What stands at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A disc.
    Circle,
    /// A square.
    Square,
    /// A triangle that points up.
    Triangle,
    /// A square on its corner.
    Diamond,
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The left end.
    Left,
    /// The middle.
    Centre,
    /// The right end.
    Right,
}

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub struct TextStyle {
    /// Text size in CSS pixels.
    pub size: f64,
    /// Its colour.
    pub colour: RGBColor,
    /// Whether it is italic, as a variable is.
    pub is_italic: bool,
}

impl TextStyle {
    /// The same, smaller if a text is wider than there is room: better than over its neighbour.
    pub fn within(self, room: f64, text: &str) -> Self {
        let fitting = self.size * room / text_width(text, self.size);
        Self { size: if fitting < self.size { fitting.floor() } else { self.size }, ..self }
    }
}

/// A drawing area with the style that it is drawn in.
pub struct Painter<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    style: &'a Style,
}

impl<'a, DB: DrawingBackend> Painter<'a, DB> {
    /// An area covered with paper.
    pub fn new(area: &'a DrawingArea<DB, Shift>, style: &'a Style) -> Result<Self, DrawError> {
        area.fill(&style.scheme.paper_rgb()).map_err(DrawError::new)?;
        Ok(Self { area, style })
    }

    /// Its size in CSS pixels.
    pub fn size(&self) -> (u32, u32) {
        let (width, height) = self.area.dim_in_pixel();
        let css = |units: u32| (f64::from(units) / self.style.scale).round() as u32;
        (css(width), css(height))
    }

    /// A horizontal or vertical line, sharp on the device's pixels: a filled rectangle around its centre line.
    pub fn rule(&self, from: (f64, f64), to: (f64, f64), width: f64, colour: RGBColor) -> Result<(), DrawError> {
        let thickness = self.thickness(width).cast_signed();
        let (from, to) = (self.device(from), self.device(to));
        let half = thickness / 2;
        let (low, high) = if from.1 == to.1 {
            ((from.0.min(to.0), from.1 - half), (from.0.max(to.0), from.1 - half + thickness))
        } else {
            ((from.0 - half, from.1.min(to.1)), (from.0 - half + thickness, from.1.max(to.1)))
        };
        self.area.draw(&Rectangle::new([low, high], colour.filled())).map_err(DrawError::new)
    }

    /// A rectangle between two opposite corners, filled.
    pub fn fill(&self, corners: [(f64, f64); 2], colour: RGBColor) -> Result<(), DrawError> {
        let corners = corners.map(|corner| self.device(corner));
        self.area.draw(&Rectangle::new(corners, colour.filled())).map_err(DrawError::new)
    }

    /// A rectangle between its top left and its bottom right corner, with parallel lines from the bottom left to the top
    /// right and `gap` pixels between them.
    pub fn hatch(&self, [from, to]: [(f64, f64); 2], gap: f64, pen: &Pen) -> Result<(), DrawError> {
        let (width, height) = (to.0 - from.0, to.1 - from.1);
        let lines = ((width + height) / gap) as u32;
        for line in 1..=lines {
            // How far to the right of the bottom left corner the line begins, were it not cut off.
            let begin = f64::from(line) * gap - height;
            let (first, last) = (begin.max(0.0), (begin + height).min(width));
            let on_line = |right: f64| (from.0 + right, to.1 - (right - begin));
            self.line(&[on_line(first), on_line(last)], pen)?;
        }
        Ok(())
    }

    /// A curve through data points, within the frame; where a point has no place (not finite, or not positive on a
    /// logarithmic axis) the curve is interrupted.
    pub fn curve(
        &self,
        frame: &Frame,
        points: impl Iterator<Item = (f64, f64)>,
        join: Join,
        pen: &Pen,
    ) -> Result<(), DrawError> {
        for run in runs(frame, points) {
            let path = if join == Join::Smooth { smooth(&run) } else { run };
            for piece in clip(&path, frame.top, frame.top + frame.height) {
                self.line(&piece, pen)?;
            }
        }
        Ok(())
    }

    /// A line through places of the painter.
    pub fn line(&self, path: &[(f64, f64)], pen: &Pen) -> Result<(), DrawError> {
        if path.len() < 2 {
            return Ok(());
        }
        let style = ShapeStyle { color: pen.colour.to_rgba(), filled: false, stroke_width: self.thickness(pen.width) };
        let pieces = if pen.dash.is_empty() { vec![path.to_vec()] } else { dashes(path, pen) };
        for piece in pieces {
            let mut path: Vec<(i32, i32)> = piece.into_iter().map(|place| self.device(place)).collect();
            path.dedup();
            if path.len() > 1 {
                self.area.draw(&PathElement::new(path, style)).map_err(DrawError::new)?;
            }
        }
        Ok(())
    }

    /// The band between two curves over the same x, within the frame.
    pub fn band(
        &self,
        frame: &Frame,
        points: impl Iterator<Item = (f64, f64, f64)>,
        colour: RGBColor,
    ) -> Result<(), DrawError> {
        let (top, bottom) = (frame.top, frame.top + frame.height);
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        for (x, low, high) in points {
            let (left, above) = frame.position(x, high);
            let (_, below) = frame.position(x, low);
            if above.is_finite() {
                upper.push((left, above.clamp(top, bottom)));
                // An interval that reaches below what a logarithmic axis shows ends at the axis.
                lower.push((left, if below.is_finite() { below.clamp(top, bottom) } else { bottom }));
            }
        }
        let outline: Vec<(i32, i32)> =
            upper.into_iter().chain(lower.into_iter().rev()).map(|p| self.device(p)).collect();
        if outline.len() < 4 {
            return Ok(());
        }
        self.area.draw(&Polygon::new(outline, colour.mix(BAND))).map_err(DrawError::new)
    }

    /// A mark filled with one colour and outlined with another.
    pub fn mark(
        &self,
        mark: Mark,
        place: (f64, f64),
        radius: f64,
        fill: RGBColor,
        outline: &Pen,
    ) -> Result<(), DrawError> {
        let centre = self.device(place);
        let corners: &[(f64, f64)] = match mark {
            Mark::Circle => {
                let radius = self.thickness(radius);
                let stroke = ShapeStyle {
                    color: outline.colour.to_rgba(),
                    filled: false,
                    stroke_width: self.thickness(outline.width),
                };
                self.area.draw(&Circle::new(centre, radius, fill.filled())).map_err(DrawError::new)?;
                return self.area.draw(&Circle::new(centre, radius, stroke)).map_err(DrawError::new);
            }
            Mark::Square => &[(-0.89, -0.89), (0.89, -0.89), (0.89, 0.89), (-0.89, 0.89)],
            Mark::Triangle => &[(0.0, -1.15), (1.05, 0.75), (-1.05, 0.75)],
            Mark::Diamond => &[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)],
        };
        let corner = |&(right, down): &(f64, f64)| (place.0 + right * radius, place.1 + down * radius);
        let mut path: Vec<(f64, f64)> = corners.iter().map(corner).collect();
        let device = path.iter().map(|&place| self.device(place)).collect::<Vec<_>>();
        self.area.draw(&Polygon::new(device, fill.filled())).map_err(DrawError::new)?;
        // Once around and one side more, so that the corner where the outline begins is mitred as the others are.
        path.extend_from_within(..2);
        self.line(&path, outline)
    }

    /// A text whose vertical middle, and the end that `anchor` names, stand at `place`.
    pub fn text(&self, text: &str, place: (f64, f64), anchor: Anchor, text_style: &TextStyle) -> Result<(), DrawError> {
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Centre => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let slant = if text_style.is_italic { FontStyle::Italic } else { FontStyle::Normal };
        let style = plotters::style::TextStyle {
            font: FontDesc::new(FontFamily::Name(FONT), text_style.size * self.style.scale, slant),
            color: text_style.colour.to_backend_color(),
            pos: Pos::new(horizontal, VPos::Center),
        };
        self.area.draw(&Text::new(text, self.device(place), style)).map_err(DrawError::new)
    }

    fn device(&self, (left, top): (f64, f64)) -> (i32, i32) {
        ((left * self.style.scale).round() as i32, (top * self.style.scale).round() as i32)
    }

    /// At least one unit.
    fn thickness(&self, width: f64) -> u32 {
        (width * self.style.scale).round().max(1.0) as u32
    }
}

/// How the points of a curve are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// By straight lines.
    Straight,
    /// By a smooth curve through all of them (Catmull and Rom), for evenly spaced samples of a smooth function.
    Smooth,
}

/// The places of the data points, in unbroken runs.
fn runs(frame: &Frame, points: impl Iterator<Item = (f64, f64)>) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (x, y) in points {
        let place = frame.position(x, y);
        if place.0.is_finite() && place.1.is_finite() {
            if let Some(run) = runs.last_mut() {
                run.push(place);
            }
        } else {
            runs.push(Vec::new());
        }
    }
    runs.retain(|run| run.len() > 1);
    runs
}

/// A smooth path through the same places, in steps of about six pixels.
fn smooth(run: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let last = run.len() - 1;
    if last < 2 {
        return run.to_vec();
    }
    // Beyond the ends the curve goes on as the parabola through the three outermost places.
    let beyond = |a: (f64, f64), b: (f64, f64), c: (f64, f64)| (0.0, 3.0 * (a.1 - b.1) + c.1);
    let mut path = vec![run[0]];
    for i in 0..last {
        let (from, to) = (run[i], run[i + 1]);
        let before = if i == 0 { beyond(run[0], run[1], run[2]) } else { run[i - 1] };
        let after = if i + 1 == last { beyond(run[last], run[last - 1], run[last - 2]) } else { run[i + 2] };
        let parts = ((to.0 - from.0) / 6.0).ceil().clamp(1.0, 16.0) as u32;
        for part in 1..=parts {
            let t = f64::from(part) / f64::from(parts);
            let blend = |p: f64, q: f64, r: f64, s: f64| {
                q + 0.5 * t * (r - p + t * (2.0 * p - 5.0 * q + 4.0 * r - s + t * (3.0 * (q - r) + s - p)))
            };
            let left = from.0 + (to.0 - from.0) * t;
            path.push((left, blend(before.1, from.1, to.1, after.1)));
        }
    }
    path
}

/// The pieces of a path between two heights.
fn clip(path: &[(f64, f64)], top: f64, bottom: f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut piece: Vec<(f64, f64)> = Vec::new();
    for pair in path.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let crossing = |edge: f64| (edge - y0) / (y1 - y0);
        // The part of the segment that lies between the heights, as fractions of it.
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        if y0 == y1 {
            if y0 < top || y0 > bottom {
                leave = -1.0;
            }
        } else {
            let (a, b) = (crossing(top), crossing(bottom));
            enter = enter.max(a.min(b));
            leave = leave.min(a.max(b));
        }
        if enter >= leave {
            pieces.push(std::mem::take(&mut piece));
            continue;
        }
        let at = |t: f64| (x0 + (x1 - x0) * t, (y0 + (y1 - y0) * t).clamp(top, bottom));
        if piece.is_empty() || enter > 0.0 {
            pieces.push(std::mem::replace(&mut piece, vec![at(enter)]));
        }
        piece.push(at(leave));
        if leave < 1.0 {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

/// The dashes of a path.
fn dashes(path: &[(f64, f64)], pen: &Pen) -> Vec<Vec<(f64, f64)>> {
    let mut dashes = Vec::new();
    let mut dash = vec![path[0]];
    let length_of = |index: usize| pen.dash[index % pen.dash.len()] * pen.width;
    let (mut index, mut left) = (0, length_of(0));
    for pair in path.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while length - done >= left {
            done += left;
            let place = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length);
            if index % 2 == 0 {
                dash.push(place);
                dashes.push(std::mem::take(&mut dash));
            } else {
                dash = vec![place];
            }
            index += 1;
            left = length_of(index);
        }
        left -= length - done;
        if index % 2 == 0 {
            dash.push((x1, y1));
        }
    }
    dashes.push(dash);
    dashes.retain(|dash| dash.len() > 1);
    dashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_keeps_what_lies_between() {
        let path = [(0.0, 5.0), (10.0, -5.0), (20.0, 5.0), (30.0, 1e30)];
        let pieces = clip(&path, 0.0, 10.0);
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0], [(0.0, 5.0), (5.0, 0.0)]);
        assert_eq!(pieces[1][..2], [(15.0, 0.0), (20.0, 5.0)]);
        assert!((pieces[1][2].0 - 20.0).abs() < 1e-9 && pieces[1][2].1 <= 10.0);
        assert!(clip(&[(0.0, 11.0), (9.0, 12.0)], 0.0, 10.0).is_empty());
    }

    #[test]
    fn dashes_have_their_lengths_around_corners() {
        let path = [(0.0, 0.0), (3.0, 0.0), (3.0, 20.0)];
        let dashes = dashes(&path, &Pen { colour: RGBColor(0, 0, 0), width: 2.0, dash: &[2.5, 2.0] });
        assert_eq!(dashes[0], [(0.0, 0.0), (3.0, 0.0), (3.0, 2.0)]);
        assert_eq!(dashes[1], [(3.0, 6.0), (3.0, 11.0)]);
        assert_eq!(dashes.len(), 3);
    }

    #[test]
    fn a_smooth_path_goes_through_its_places() {
        let run = [(0.0, 0.0), (20.0, 10.0), (40.0, 5.0)];
        let path = smooth(&run);
        assert!(run.iter().all(|place| path.contains(place)) && path.len() > 6);
    }
}

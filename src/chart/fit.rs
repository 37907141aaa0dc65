//! The fit chart: the true curve, the shots, and what θ and its adaptations predict.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use super::{Axis, DrawError, Frame, Readout, Spacing, Style};
use crate::engine::protocol::Picture;
use crate::text::Locale;

/// The fit chart: the true curve, the shots, and what θ and its adaptations predict.
#[derive(Clone, Copy, Debug)]
pub struct Fit<'a> {
    /// What to show.
    pub picture: &'a Picture,
    /// The gradient steps to draw, of those in `picture.theta.steps`.
    pub steps: &'a [usize],
    /// Whether to draw the random start's adaptations too.
    pub show_random: bool,
    /// x under the pointer, where a hairline is drawn.
    pub hover: Option<f64>,
    /// The largest |y| that the axis must have room for, such as the largest amplitude of the task distribution.
    pub y_limit: Option<f64>,
}

impl Fit<'_> {
    /// Where data will stand in a chart of this size in CSS pixels.
    #[must_use]
    pub fn frame(&self, size: (u32, u32), _style: &Style) -> Frame {
        let axis = Axis { low: -5.0, high: 5.0, spacing: Spacing::Linear };
        let (width, height) = (f64::from(size.0) - 60.0, f64::from(size.1) - 60.0);
        Frame { left: 40.0, top: 20.0, width, height, x: axis, y: axis }
    }

    /// Draws the chart on the whole area.
    ///
    /// # Errors
    /// The drawing backend fails.
    pub fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, style: &Style) -> Result<Frame, DrawError> {
        area.fill(&style.scheme.paper_rgb()).map_err(DrawError::new)?;
        let (width, height) = area.dim_in_pixel();
        let css = |pixels: u32| (f64::from(pixels) / style.scale).round() as u32;
        Ok(self.frame((css(width), css(height)), style))
    }

    /// The text alternative: what the chart shows, in words.
    #[must_use]
    pub fn describe(&self, locale: Locale) -> String {
        locale.code().to_owned()
    }

    /// The values at the nearest x that has any.
    #[must_use]
    pub fn readout(&self, x: f64, _locale: Locale) -> Readout {
        Readout { x, title: String::new(), lines: Vec::new() }
    }
}

//! What a chart is: what it depends on, and how that is drawn, described and read off.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use super::export::Settings;
use super::paint::palette;
use super::sources::Sources;
use super::table::Table;
use super::{DrawError, Frame, Readout, ReadoutLine, Style, css};
use crate::app::appearance::Scheme;
use crate::i18n::Locale;

/// A chart of the page. [`plots`](super::plots) lists all of them.
///
/// It says what it depends on by reading it: [`Chart::with_figure`] is the only way to a figure, and sees nothing but the
/// sources.
pub trait Chart: 'static {
    /// Its name in ids and styles.
    const NAME: &'static str;

    /// Whether it shows the θ at hand, and so has to say what has trained that where it is not plain.
    const SHOWS_THETA: bool = false;

    /// What it shows at one moment, borrowed from the sources.
    type Figure<'a>: Figure;

    /// The heading of the section that it is in.
    fn heading(locale: Locale) -> &'static str;

    /// Its own title, where it is seen without its section: another one for each chart of the page.
    fn title(&self, locale: Locale) -> String {
        Self::heading(locale).to_owned()
    }

    /// Which it is of several of its kind, from 1 on; none where there is only one.
    fn number(&self) -> Option<usize> {
        None
    }

    /// Its name in the page's state.
    fn name(&self) -> String {
        match self.number() {
            Some(number) => format!("{}-{number}", Self::NAME),
            None => Self::NAME.to_owned(),
        }
    }

    /// The settings behind what it shows: those of the page's run, unless it shows others.
    fn settings(&self, sources: &impl Sources) -> Vec<Settings> {
        vec![Settings::of(sources.config().clone())]
    }

    /// Makes the figure and passes it to `see`; none while there is no data for it.
    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&Self::Figure<'_>) -> T) -> Option<T>;
}

/// What a chart shows at one moment.
pub trait Figure {
    /// Where data will stand in a chart of this size in CSS pixels.
    fn frame(&self, size: (u32, u32), style: &Style) -> Frame;

    /// Draws the chart on the whole area, with a hairline at the x of `hover`, and tells where data stand.
    ///
    /// # Errors
    /// The drawing backend fails.
    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
        hover: Option<f64>,
    ) -> Result<Frame, DrawError>;

    /// The text alternative: what the chart shows, in words.
    fn describe(&self, locale: Locale) -> String;

    /// All numbers that the chart shows.
    fn table(&self, locale: Locale) -> Table;

    /// The values at the x nearest to this one that has any; none where there is nothing to read off.
    fn readout(&self, x: f64, locale: Locale) -> Option<Readout>;

    /// The values at a place under the pointer: those at its x, unless the chart is a map.
    fn readout_at(&self, place: (f64, f64), locale: Locale) -> Option<Readout> {
        self.readout(place.0, locale)
    }

    /// The x at which [`Figure::draw`] marks what is read at a place under the pointer, where it marks it.
    fn marked(&self, place: (f64, f64)) -> Option<f64> {
        Some(place.0)
    }
}

impl ReadoutLine {
    /// The colour of its curve, as `#rrggbb`.
    #[must_use]
    pub fn css(&self, scheme: Scheme) -> String {
        css(palette::shade(self.role, self.progress, scheme))
    }
}

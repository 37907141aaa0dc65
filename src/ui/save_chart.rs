//! Saves a chart as a file: the same figure once more, as large as it is shown or larger, with what it is in words.

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlCanvasElement};

use super::lazy_chunk::ShownChart;
use super::page::Page;
use super::shell::{address, browser, projector};
use super::widgets::chart_canvas;
use crate::app::problem::Problem;
use crate::app::provenance;
use crate::chart::export::{About, FileKind, csv, png, svg};
use crate::chart::figure::Figure as _;
use crate::chart::paint::any_backend::Area;
use crate::chart::plots::{Registered, Visitor, visit_every};
use crate::chart::{DrawError, Frame, Style};
use crate::i18n::{self, message};

/// A picture is so wide at least, in pixels.
const LEAST_WIDTH: f64 = 1600.0;

/// Saves the chart of a name.
pub fn save(page: Page, shown: ShownChart) {
    let mut saver = Saver { page, shown, made: None };
    untrack(|| visit_every(&mut saver));
    let Some((name, made)) = saver.made else { return };
    spawn_local(async move {
        let contents = match made {
            Some(Made::Text(text)) => Some(text.into_bytes()),
            Some(Made::Picture(canvas, about)) => picture(&canvas, &about).await,
            None => None,
        };
        if contents.and_then(|contents| browser::save(&name, &contents[..].into())).is_none() {
            page.report(Problem::NotSaved { name });
        }
    });
}

/// The contents of a file, or what they are still to be made of.
enum Made {
    Text(String),
    Picture(HtmlCanvasElement, About),
}

/// Makes the file of one chart.
struct Saver {
    page: Page,
    shown: ShownChart,
    /// The file's name, and its contents if it has any.
    made: Option<(String, Option<Made>)>,
}

impl Visitor for Saver {
    fn visit(&mut self, chart: impl Registered) {
        if chart.name() != self.shown.name {
            return;
        }
        let (page, kind) = (self.page, self.shown.kind);
        let locale = page.locale();
        let about = About {
            title: chart.title(locale),
            description: String::new(),
            settings: chart.settings(&page),
            source: format!("{}#{}", address::place(), address::present(page).write(true)),
        };
        let theta = shows_theta(&chart);
        let made = chart.with_figure(&page, |figure| {
            let about = About { description: described(page, figure.describe(locale), theta), ..about };
            let draw = |area: &Area<'_>, style: &Style| figure.draw(area, style, None);
            match kind {
                FileKind::Csv => Some(Made::Text(csv::write(&figure.table(locale), &about))),
                FileKind::Svg => svg_of(page, &self.shown, &about, &draw),
                FileKind::Png => drawing(page, &self.shown, &draw).map(|canvas| Made::Picture(canvas, about)),
            }
        });
        let moment = if theta { format!("-{}", page.run.shown.get_untracked()) } else { String::new() };
        self.made = Some((format!("reptile-lab-{}{moment}.{}", self.shown.name, kind.ending()), made.flatten()));
    }
}

fn shows_theta<C: Registered>(_: &C) -> bool {
    C::SHOWS_THETA
}

/// What a chart shows, whose θ that is, and whether it lags behind what was chosen.
fn described(page: Page, description: String, shows_theta: bool) -> String {
    let locale = page.locale();
    let provenance = shows_theta.then(|| {
        let told = page.run.config.with_untracked(|config| {
            page.run.provenance.with_untracked(|provenance| provenance::told(provenance, &config.tasks, locale))
        });
        locale.format(message::ProvenanceRemark { provenance: told })
    });
    let is_old = shows_theta && (page.results.stale.get_untracked() || page.run.pending.get_untracked());
    let remark = is_old.then(|| format!("({})", locale.out_of_date()));
    i18n::sentences([Some(description), provenance, remark].into_iter().flatten())
}

type Draw<'a> = &'a dyn Fn(&Area<'_>, &Style) -> Result<Frame, DrawError>;

fn style(page: Page, shown: &ShownChart, scale: f64) -> Style {
    let scheme = page.appearance.scheme.get_untracked();
    let least_line = projector::least_line(page);
    Style { scheme, locale: page.locale(), scale, text: shown.text * chart_canvas::TEXT, least_line }
}

fn svg_of(page: Page, shown: &ShownChart, about: &About, draw: Draw<'_>) -> Option<Made> {
    svg::write(draw, shown.size, &style(page, shown, 1.0), about).ok().map(Made::Text)
}

/// The chart on a canvas of its own.
fn drawing(page: Page, shown: &ShownChart, draw: Draw<'_>) -> Option<HtmlCanvasElement> {
    let canvas = document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
    let scale = browser::pixel_ratio().max(LEAST_WIDTH / f64::from(shown.size.0));
    let area = chart_canvas::area_on(&canvas, shown.size, scale)?;
    draw(&area, &style(page, shown, scale * f64::from(chart_canvas::PARTS))).ok()?;
    Some(canvas)
}

/// The PNG file of a canvas.
async fn picture(canvas: &HtmlCanvasElement, about: &About) -> Option<Vec<u8>> {
    let made = Promise::new(&mut |resolve, reject| {
        if let Err(error) = canvas.to_blob(&resolve) {
            // A promise that nobody settles would wait for ever; that it is settled already does no harm.
            let _ = reject.call1(&JsValue::UNDEFINED, &error);
        }
    });
    let blob: Blob = JsFuture::from(made).await.ok()?.dyn_into().ok()?;
    let bytes = browser::read_file(&blob).await.ok()?;
    png::write(&bytes, about).ok()
}

//! The host of every chart: a canvas as large as its box and as sharp as the screen, a read-out beside the pointer, and
//! the text alternative.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::Array;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use plotters::drawing::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, IntersectionObserver, IntersectionObserverEntry,
    IntersectionObserverInit, KeyboardEvent, Node, PointerEvent, ResizeObserver,
};

use crate::app::appearance::Scheme;
use crate::chart::figure::{Chart, Figure as _};
use crate::chart::paint::any_backend::{AnyBackend, Area};
use crate::chart::paint::subpixel::SubpixelBackend;
use crate::chart::plots::Registered;
use crate::chart::{DrawError, Frame, Readout, Style};
use crate::i18n::{self, Locale};
use crate::ui::page::{Page, page};
use crate::ui::shell::{browser, projector};
use crate::ui::widgets::large::Large;
use crate::ui::widgets::readout::ReadoutBox;
use crate::ui::widgets::throttle::Throttle;

/// Units of a drawing per device pixel: curves lie between the pixels where they should.
pub const PARTS: u32 = 8;

/// Text in charts, relative to the page's.
pub const TEXT: f64 = 0.875;

/// So many arrow keys lead from one end of a chart to the other.
const KEY_STEPS: f64 = 50.0;

/// A chart that is so far from the window is drawn, so that none is seen late.
const NEARLY: &str = "200px";

/// While data change all the time, the text alternative changes no more often than this.
const DESCRIBE_EVERY: Duration = Duration::from_millis(1500);

/// Where the pointer is, or where keys have led: in the data, and in the chart in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Hover {
    /// Keys lead along x alone.
    data: (f64, Option<f64>),
    left: f64,
    top: f64,
}

/// What the host of a chart and the numbered items over it know of each other.
#[derive(Clone, Copy)]
pub struct PickOnChart {
    /// Where the item is whose values are to be shown, in CSS pixels; none while nobody points at one.
    pub place: RwSignal<Option<(f64, f64)>>,
    /// Where the items have their keys; none where a chart has no items.
    pub slider: StoredValue<Option<NodeRef<Div>>>,
    /// Where values are read; none while none are.
    hover: RwSignal<Option<Hover>>,
}

impl PickOnChart {
    /// Closes the read-out.
    pub fn close(self) {
        self.hover.set(None);
    }
}

/// Whether the panel that a chart is in is open, as a context. Browsers lay out what is folded, so that its size does not tell.
#[derive(Clone, Copy)]
pub struct PanelOpen(pub Memo<bool>);

/// How large a chart is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Size {
    /// CSS pixels.
    width: u32,
    /// CSS pixels.
    height: u32,
    /// Device pixels per CSS pixel.
    scale: f64,
    /// The page's text in CSS pixels.
    text: f64,
}

/// A chart as its host on the page needs it, whatever its figure: one host's code serves all charts.
trait OnCanvas: Send + Sync {
    /// Its name in the page's state.
    fn name(&self) -> String;

    /// Its own title.
    fn title(&self, locale: Locale) -> String;

    /// Subscribes to all that the figure shows; whatever only uses a figure subscribes to nothing.
    fn subscribe(&self, page: Page);

    /// Draws the figure, if there is one.
    fn draw(
        &self,
        page: Page,
        area: &Area<'_>,
        style: &Style,
        hover: Option<Hover>,
    ) -> Option<Result<Frame, DrawError>>;

    /// The figure in words.
    fn describe(&self, page: Page, locale: Locale) -> Option<String>;

    /// Its values at an x, and at a y where there is one.
    fn readout(&self, page: Page, at: (f64, Option<f64>), locale: Locale) -> Option<Readout>;
}

impl<C: Registered + Send + Sync> OnCanvas for C {
    fn name(&self) -> String {
        Chart::name(self)
    }

    fn title(&self, locale: Locale) -> String {
        Chart::title(self, locale)
    }

    fn subscribe(&self, page: Page) {
        self.with_figure(&page, |_| ());
    }

    fn draw(
        &self,
        page: Page,
        area: &Area<'_>,
        style: &Style,
        hover: Option<Hover>,
    ) -> Option<Result<Frame, DrawError>> {
        self.with_figure(&page, |figure| {
            let marked = hover.and_then(|hover| match hover.data {
                (x, None) => Some(x),
                (x, Some(y)) => figure.marked((x, y)),
            });
            figure.draw(area, style, marked)
        })
    }

    fn describe(&self, page: Page, locale: Locale) -> Option<String> {
        let text = self.with_figure(&page, |figure| figure.describe(locale))?;
        let remark = page.run.remark.get_untracked().filter(|_| C::SHOWS_THETA);
        Some(i18n::sentences([Some(text), remark].into_iter().flatten()))
    }

    fn readout(&self, page: Page, at: (f64, Option<f64>), locale: Locale) -> Option<Readout> {
        self.with_figure(&page, |figure| match at {
            (x, None) => figure.readout(x, locale),
            (x, Some(y)) => figure.readout_at((x, y), locale),
        })?
    }
}

/// A chart on a canvas. What lies over it (`children`) is placed by `frame`.
#[component]
pub fn ChartCanvas<C: Registered + Send + Sync>(
    /// What to draw.
    chart: C,
    /// Where the data stand, once drawn.
    frame: RwSignal<Option<Frame>>,
    /// Elements that lie over the chart.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <Host chart=Box::new(chart) frame children=children/>
        {C::SHOWS_THETA.then(|| view! { <ThetaRemark/> })}
    }
}

#[component]
fn Host(
    /// What to draw.
    chart: Box<dyn OnCanvas>,
    /// Where the data stand, once drawn.
    frame: RwSignal<Option<Frame>>,
    /// Elements that lie over the chart.
    children: Option<Children>,
) -> impl IntoView {
    let page = page();
    let name = chart.name();
    let is_large = Memo::new({
        let name = name.clone();
        move |_| page.charts.large.with(|large| large.as_ref() == Some(&name))
    });
    let chart = StoredValue::new(chart);
    let canvas = NodeRef::<Canvas>::new();
    let host = NodeRef::<Div>::new();
    let size = RwSignal::new(Size { width: 0, height: 0, scale: 1.0, text: 16.0 });
    let hover = RwSignal::new(None::<Hover>);
    let description = RwSignal::new(String::new());
    let subscribe = move || chart.with_value(|chart| chart.subscribe(page));
    measure(host, size);
    let panel = use_context::<PanelOpen>();
    let is_folded = Memo::new(move |_| {
        let is_in_folded = panel.is_some_and(|PanelOpen(is_open)| !is_open.get()) && !is_large.get();
        is_in_folded || size.with(|size| size.width == 0 || size.height == 0)
    });

    let paint = move |scheme: Scheme| {
        // There is none in a frame that comes after the chart has gone.
        let Some(Size { width, height, scale, text }) = size.try_get_untracked() else { return };
        let Some(canvas) = canvas.get_untracked() else { return };
        if is_folded.try_get_untracked() != Some(false) {
            return;
        }
        let style = Style {
            scheme,
            locale: page.appearance.locale.get_untracked(),
            scale: scale * f64::from(PARTS),
            text: text * TEXT,
            least_line: projector::least_line(page),
        };
        let Some(area) = area_on(&canvas, (width, height), scale) else { return };
        let hover = hover.get_untracked();
        match untrack(|| chart.with_value(|chart| chart.draw(page, &area, &style, hover))) {
            Some(Ok(drawn)) if frame.get_untracked() != Some(drawn) => frame.set(Some(drawn)),
            Some(Err(error)) => leptos::logging::error!("{error}"),
            Some(Ok(_)) | None => {}
        }
    };
    let sight = Rc::new(Sight::default());
    let request_paint = once_a_frame({
        let sight = Rc::clone(&sight);
        move || {
            let Some(is_large) = is_large.try_get_untracked() else { return };
            // What lies under a large chart is drawn when that goes.
            let is_covered = !is_large && page.charts.large.with_untracked(Option::is_some);
            if sight.sees(is_covered) {
                paint(page.appearance.scheme.get_untracked());
            }
        }
    });
    watch(host, Rc::clone(&sight), request_paint.clone());
    // Paper is light, and printing does not wait for a frame.
    let before_print = window_event_listener_untyped("beforeprint", move |_| paint(Scheme::Light));
    let after_print = window_event_listener_untyped("afterprint", {
        let request_paint = request_paint.clone();
        move |_| request_paint()
    });
    on_cleanup(move || {
        before_print.remove();
        after_print.remove();
    });
    Effect::new({
        let request_paint = request_paint.clone();
        move |_| {
            page.charts.large.track();
            if sight.is_put_off.get() {
                request_paint();
            }
        }
    });
    let request_description = Throttle::new(DESCRIBE_EVERY, move || {
        let Some(old) = description.try_get_untracked() else { return };
        let locale = page.appearance.locale.get_untracked();
        let text = untrack(|| chart.with_value(|chart| chart.describe(page, locale))).unwrap_or_default();
        if old != text {
            description.set(text);
        }
    });
    Effect::new(move |_| {
        subscribe();
        hover.track();
        size.track();
        is_folded.track();
        page.view.projector.track();
        page.appearance.scheme.track();
        page.appearance.locale.track();
        request_paint();
    });
    Effect::new(move |_| {
        subscribe();
        page.appearance.locale.track();
        page.run.remark.track();
        request_description.call();
    });

    let follow = move |event: PointerEvent| {
        let (Some(host), Some(frame)) = (host.get_untracked(), frame.get_untracked()) else { return };
        let (left, top) = place(&host, &event);
        let inside = left >= frame.left - 4.0 && left <= frame.left + frame.width + 4.0;
        let (x, y) = frame.data(left.clamp(frame.left, frame.left + frame.width), top);
        hover.set(inside.then_some(Hover { data: (x, Some(y)), left, top }));
    };
    // A finger leaves the chart when it is lifted; what it has opened stays until it touches something else.
    let leave = move |event: PointerEvent| {
        if event.pointer_type() != "touch" {
            hover.set(None);
        }
    };
    when_pressed_elsewhere(host, move || {
        if hover.get_untracked().is_some() {
            hover.set(None);
        }
    });
    let values_at = move |at: (f64, Option<f64>)| chart.with_value(|chart| chart.readout(page, at, page.locale()));
    let on_chart = PickOnChart { place: RwSignal::new(None), slider: StoredValue::new(None), hover };
    provide_context(on_chart);
    let press = move |event: KeyboardEvent| {
        if let Some(slider) = on_chart.slider.get_value() {
            // The first arrow leads to the items, which have keys of their own.
            if let (true, Some(slider)) = (event.key().starts_with("Arrow"), slider.get_untracked()) {
                event.prevent_default();
                // The browser refuses no focus.
                drop(slider.focus());
            }
            return;
        }
        let Some(frame) = frame.get_untracked() else { return };
        let present = hover.get_untracked().map_or(frame.left + frame.width / 2.0, |hover| hover.left);
        let step = frame.width / if event.shift_key() { KEY_STEPS / 5.0 } else { KEY_STEPS };
        let left = match event.key().as_str() {
            "ArrowRight" => present + step,
            "ArrowLeft" => present - step,
            "Home" => frame.left,
            "End" => frame.left + frame.width,
            // A large chart is closed by it.
            "Escape" if hover.get_untracked().is_some() && !is_large.get_untracked() => {
                event.prevent_default();
                return hover.set(None);
            }
            _ => return,
        };
        let (left, top) = (left.clamp(frame.left, frame.left + frame.width), frame.top + frame.height / 2.0);
        let at = (frame.data(left, top).0, None);
        // A chart without values under the pointer leaves the keys to the page.
        let Some(readout) = untrack(|| values_at(at)) else { return };
        event.prevent_default();
        hover.set(Some(Hover { data: at, left, top }));
        page.announce(readout.words());
    };
    let readout = move || {
        let (readout, place) = if on_chart.slider.get_value().is_some() {
            let place = on_chart.place.get()?;
            (values_at((0.0, None))?, place)
        } else {
            let Hover { data, left, top } = hover.get()?;
            let readout = values_at(data)?;
            // Beside the line that is drawn where the values are.
            let left = frame.get_untracked().map_or(left, |frame| frame.position(readout.x, 0.0).0);
            (readout, (left, top))
        };
        Some(view! { <ReadoutBox readout place scheme=page.appearance.scheme.get()/> })
    };

    let (title, told_name) =
        (Signal::derive(move || chart.with_value(|chart| chart.title(page.locale()))), name.clone());
    let is_laid_out = Signal::derive(move || size.with(|size| size.width > 0 && size.height > 0));
    // What is folded away gets a new canvas: the old one has megabytes of pixels in a large window, and keeps the shapes of
    // all texts that it has drawn, by the size of their font.
    let times_folded =
        Memo::new(move |times: Option<&usize>| times.copied().unwrap_or_default() + usize::from(is_folded.get()));
    let fresh_canvas = move |_| {
        view! {
            <canvas
                node_ref=canvas
                role="img"
                data-chart=told_name.clone()
                tabindex="0"
                aria-label=description
                on:keydown=press
                on:blur=move |_| hover.set(None)
            ></canvas>
        }
    };
    view! {
        <div class="chart">
            <Large name is_large title told=description is_laid_out>
                <div class="surface" node_ref=host on:pointerdown=follow on:pointermove=follow on:pointerleave=leave>
                    <For each=move || [times_folded.get()] key=|times| *times children=fresh_canvas.clone()/>
                    {children.map(|children| children())}
                    {readout}
                </div>
            </Large>
        </div>
    }
}

/// What has trained θ, where that is not plain.
#[component]
fn ThetaRemark() -> impl IntoView {
    let page = page();
    view! { {move || page.run.remark.get().map(|remark| view! { <p class="note theta">{remark}</p> })} }
}

/// A canvas of a size in CSS pixels as an area to draw on, with `scale` device pixels per CSS pixel and [`PARTS`] units per
/// device pixel.
pub fn area_on(canvas: &HtmlCanvasElement, (width, height): (u32, u32), scale: f64) -> Option<Area<'static>> {
    let pixels = |length: u32| (f64::from(length) * scale).round() as u32;
    if (canvas.width(), canvas.height()) != (pixels(width), pixels(height)) {
        canvas.set_width(pixels(width));
        canvas.set_height(pixels(height));
    }
    if let Err(error) = draw_in_parts(canvas) {
        leptos::logging::error!("{error:?}");
    }
    let backend = AnyBackend::new(CanvasBackend::with_canvas_object(canvas.clone())?, 1.0);
    Some(SubpixelBackend::new(backend, PARTS).into_drawing_area())
}

/// Makes the unit of a canvas a part of its pixel. Setting the canvas's size undoes it.
fn draw_in_parts(canvas: &HtmlCanvasElement) -> Result<(), JsValue> {
    let context = canvas.get_context("2d")?.ok_or("a canvas has a context")?;
    let part = 1.0 / f64::from(PARTS);
    context.unchecked_into::<CanvasRenderingContext2d>().set_transform(part, 0.0, 0.0, part, 0.0, 0.0)
}

/// A pointer's place in an element, in CSS pixels from its top left.
pub fn place(element: &web_sys::Element, event: &PointerEvent) -> (f64, f64) {
    let bounds = element.get_bounding_client_rect();
    (f64::from(event.client_x()) - bounds.left(), f64::from(event.client_y()) - bounds.top())
}

/// Acts when a pointer is pressed outside of an element.
pub fn when_pressed_elsewhere(element: NodeRef<Div>, act: impl Fn() + 'static) {
    let pressed = window_event_listener(leptos::ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        if !element.get_untracked().is_some_and(|element| element.contains(target.as_ref())) {
            act();
        }
    });
    on_cleanup(move || pressed.remove());
}

/// Whether a chart is in sight, or nearly; what is not, or is covered, is drawn when it comes there.
#[derive(Default)]
struct Sight {
    is_far: Cell<bool>,
    /// Whether it is to be drawn when it comes in sight.
    is_put_off: Cell<bool>,
}

impl Sight {
    /// Whether to draw; if not, it is put off.
    fn sees(&self, is_covered: bool) -> bool {
        let is_out = is_covered || self.is_far.get();
        self.is_put_off.set(is_out);
        !is_out
    }
}

/// Keeps `sight` the element's, and draws what was put off.
fn watch(host: NodeRef<Div>, sight: Rc<Sight>, request_paint: impl Fn() + Clone + 'static) {
    let observer = StoredValue::new_local(None::<(IntersectionObserver, Closure<dyn FnMut(Array)>)>);
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        let (sight, request_paint) = (Rc::clone(&sight), request_paint.clone());
        let notice = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
            let last = entries.pop().unchecked_into::<IntersectionObserverEntry>();
            sight.is_far.set(!last.is_intersecting());
            if last.is_intersecting() && sight.is_put_off.take() {
                request_paint();
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(NEARLY);
        if let Ok(watching) = IntersectionObserver::new_with_options(notice.as_ref().unchecked_ref(), &options) {
            watching.observe(&host);
            observer.set_value(Some((watching, notice)));
        }
    });
    on_cleanup(move || {
        observer.with_value(|observer| {
            if let Some((watching, _)) = observer {
                watching.disconnect();
            }
        });
    });
}

/// Keeps `size` the element's.
fn measure(host: NodeRef<Div>, size: RwSignal<Size>) {
    let update = move || {
        if let Some(host) = host.get_untracked() {
            let now = Size {
                width: host.client_width() as u32,
                height: host.client_height() as u32,
                scale: browser::pixel_ratio(),
                text: browser::text_size(&host),
            };
            if size.get_untracked() != now {
                size.set(now);
            }
        }
    };
    let observer = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        update();
        let notice = Closure::<dyn FnMut()>::new(update);
        if let Ok(resize) = ResizeObserver::new(notice.as_ref().unchecked_ref()) {
            resize.observe(&host);
            observer.set_value(Some((resize, notice)));
        }
    });
    // The pixel ratio changes with the zoom or the screen, which is also a resize of the window.
    let window = window_event_listener(leptos::ev::resize, move |_| update());
    on_cleanup(move || {
        window.remove();
        observer.with_value(|observer| {
            if let Some((resize, _)) = observer {
                resize.disconnect();
            }
        });
    });
}

/// Calls of the result run `work` once, at the next animation frame.
pub fn once_a_frame(work: impl Fn() + 'static) -> impl Fn() + Clone + 'static {
    let state = Rc::new((Cell::new(false), work));
    move || {
        if !state.0.replace(true) {
            let state = Rc::clone(&state);
            request_animation_frame(move || {
                state.0.replace(false);
                (state.1)();
            });
        }
    }
}

//! The few things that the page asks of the browser itself.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, Element, HtmlAnchorElement, HtmlElement, Response, ScrollIntoViewOptions,
    ScrollLogicalPosition, Url,
};

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Device pixels per CSS pixel.
pub fn pixel_ratio() -> f64 {
    window().device_pixel_ratio().max(0.5)
}

/// The size of the text in an element, in CSS pixels.
pub fn text_size(element: &Element) -> f64 {
    let style = window().get_computed_style(element).ok().flatten();
    style
        .and_then(|style| style.get_property_value("font-size").ok())
        .and_then(|size| size.trim_end_matches("px").parse().ok())
        .unwrap_or(16.0)
}

/// The width of the window in CSS pixels.
#[must_use]
pub fn window_width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1200.0)
}

/// The height of the window in CSS pixels.
#[must_use]
pub fn window_height() -> f64 {
    window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(800.0)
}

/// Whether what is chosen stands beside the charts, as `www/styles.css` has it.
#[must_use]
pub fn has_columns() -> bool {
    window().match_media("(min-width: 900px) and (min-height: 31rem)").ok().flatten().is_some_and(|list| list.matches())
}

/// The text at an address relative to the page, of the page's own build: no cache may answer with another's.
///
/// # Errors
/// In words: no answer, or one that is not a success.
pub async fn fetch_text(address: &str) -> Result<String, String> {
    // `www/start.js` has its name.
    let build = Reflect::get(&window(), &"build".into()).ok().and_then(|build| build.as_string()).unwrap_or_default();
    let address = format!("{address}?{build}");
    let response: Response = JsFuture::from(window().fetch_with_str(&address)).await.map_err(words)?.unchecked_into();
    if !response.ok() {
        return Err(format!("HTTP {}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(words)?).await.map_err(words)?;
    Ok(text.as_string().unwrap_or_default())
}

/// The contents of a file that a person chose.
///
/// # Errors
/// In the browser's words.
pub async fn read_file(file: &Blob) -> Result<Vec<u8>, String> {
    let contents = JsFuture::from(file.array_buffer()).await.map_err(words)?;
    Ok(js_sys::Uint8Array::new(&contents).to_vec())
}

/// Scrolls to the upper edge of an element.
pub fn scroll_to(element: &Element) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Start);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Whether the page's address is one of this machine alone.
pub fn is_on_this_machine() -> bool {
    let host = window().location().hostname().unwrap_or_default();
    host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]"
}

/// Puts the focus on the element of an id, and unfolds what it is folded into; says whether it is there.
pub fn focus(id: &str) -> bool {
    let found = window().document().and_then(|document| document.get_element_by_id(id));
    let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else { return false };
    unfold(&element) && element.focus().is_ok()
}

/// Takes over what is being typed into a field. A button under something that then changes its height does it when it is
/// clicked, and keeps the focus where it is while it is pressed: it would move away from under the pointer.
pub fn leave_field() {
    let active = window().document().and_then(|document| document.active_element());
    if let Some(active) = active.and_then(|active| active.dyn_into::<HtmlElement>().ok()) {
        // The browser refuses nothing.
        drop(active.blur());
    }
}

/// Unfolds what an element is folded into; says whether that is done.
pub fn unfold(element: &Element) -> bool {
    let mut around = element.parent_element();
    while let Some(ancestor) = around {
        if ancestor.tag_name().eq_ignore_ascii_case("details") && ancestor.set_attribute("open", "").is_err() {
            return false;
        }
        around = ancestor.parent_element();
    }
    true
}

/// Offers a text as a file to keep: a table or JSON, by its name.
pub fn download(name: &str, text: &str) -> Option<()> {
    offer(name, &JsValue::from_str(text))
}

/// Offers a file to keep; the ending of its name says what it is.
pub fn save(name: &str, contents: &js_sys::Uint8Array) -> Option<()> {
    offer(name, contents)
}

fn offer(name: &str, contents: &JsValue) -> Option<()> {
    let options = BlobPropertyBag::new();
    options.set_type(match name.rsplit('.').next() {
        Some("csv") => "text/csv",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("py") => "text/x-python",
        Some("safetensors") => "application/octet-stream",
        _ => "application/json",
    });
    // A blob takes texts and bytes alike.
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(contents), &options).ok()?;
    let url = Url::create_object_url_with_blob(&blob).ok()?;
    let anchor = window().document()?.create_element("a").ok()?.dyn_into::<HtmlAnchorElement>().ok()?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    Url::revoke_object_url(&url).ok()
}

fn words(error: impl AsRef<JsValue>) -> String {
    let error = error.as_ref();
    let text = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    text.unwrap_or_else(|| format!("{error:?}"))
}

/// Whether the page came over an encrypted connection or from this machine: otherwise it has neither GPU nor clipboard.
pub fn is_secure() -> bool {
    window().is_secure_context()
}

/// Puts a text on the clipboard; says whether the browser allowed it.
pub async fn copy(text: &str) -> bool {
    match Reflect::get(&window().navigator(), &"clipboard".into()) {
        Ok(clipboard) => allowed(&clipboard, "writeText", &[text.into()]).await,
        Err(_) => false,
    }
}

/// Has an element fill the screen, where the browser allows it. It is asked only when a person has just acted, as it would
/// refuse before, and warn in the console; the browsers that do not say so are asked always.
pub async fn fill_screen(element: Element) {
    let act = window().navigator().user_activation();
    if act.is_undefined() || act.is_active() {
        allowed(&element, "requestFullscreen", &[]).await;
    }
}

/// Calls a method whose promise `web-sys` does not hand on, or that some browsers lack; says whether it was kept.
async fn allowed(object: &JsValue, method: &str, given: &[JsValue]) -> bool {
    let call = || {
        let function: Function = Reflect::get(object, &method.into())?.dyn_into()?;
        Reflect::apply(&function, object, &given.iter().collect::<Array>())
    };
    match call() {
        Ok(promise) => JsFuture::from(Promise::resolve(&promise)).await.is_ok(),
        Err(_) => false,
    }
}

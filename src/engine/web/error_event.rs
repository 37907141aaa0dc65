//! What a worker's error event says.

use js_sys::Reflect;
use web_sys::ErrorEvent;

/// Its message; none where the browser has refused the worker or could not fetch its script: then it is a plain event
/// without one, and to read the message as a text throws.
#[must_use]
pub fn message(event: &ErrorEvent) -> Option<String> {
    let message = Reflect::get(event, &"message".into()).ok()?.as_string()?;
    (!message.is_empty()).then_some(message)
}

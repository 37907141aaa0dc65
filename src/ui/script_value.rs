//! Values of scripts as JSON. What a document cannot hold is an error that names its place, and not left out: JSON's own
//! form of a Map is an empty object, that of NaN is null, and that of a typed array an object with numbered fields.
//!
//! Whatever a value's getters, proxies and iterators throw is an error too: an exception on its way through this program
//! would leave the script's promise pending for ever.

use js_sys::{Array, ArrayBuffer, BigInt, Float32Array, Function, Object, Reflect, Symbol, Uint8Array};
use serde_json::{Map, Number, Value};
use wasm_bindgen::prelude::*;

use crate::i18n::{Locale, message};

/// The most values within one, and how deep they may lie: any document and any θ is smaller.
const MOST: usize = 4_000_000;
const DEEPEST: usize = 32;
/// The most characters of a value that are shown.
const MOST_CHARACTERS: usize = 40;

/// Why a value has no JSON form, and where.
#[derive(Debug)]
pub struct NotJson {
    path: String,
    found: String,
}

impl NotJson {
    /// The same in words.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        locale.format(message::ErrorScriptValue { path: &self.path, found: &self.found })
    }
}

/// The JSON form of a value that is called `name`; null for undefined.
///
/// # Errors
/// It has none, or cannot be read.
pub fn json(value: &JsValue, name: &str) -> Result<Value, NotJson> {
    let mut reader = Reader { path: vec![name.to_owned()], left: MOST };
    Ok(reader.read(value)?.unwrap_or(Value::Null))
}

/// The numbers of anything that is like an array; what is none becomes NaN.
///
/// # Errors
/// It cannot be read.
pub fn numbers(value: &JsValue, name: &str) -> Result<Vec<f32>, NotJson> {
    if !value.is_object() {
        return Ok(vec![]);
    }
    // Of a proxy this is false, whatever it is a proxy of.
    if ArrayBuffer::is_view(value)
        && let Some(typed) = value.dyn_ref::<Float32Array>()
    {
        // That of a transferred one is 0, and nothing else of it can be read.
        return Ok(if typed.length() == 0 { vec![] } else { typed.to_vec() });
    }
    let reader = Reader { path: vec![name.to_owned()], left: MOST };
    let list = call("Array", "from", value).map_err(|error| reader.error(&error))?;
    let list: Array = list.unchecked_into();
    Ok(list.iter().map(|number| number.as_f64().map_or(f32::NAN, |number| number as f32)).collect())
}

/// The bytes of an `ArrayBuffer`, a typed array or another view of one.
///
/// # Errors
/// It is none of these, or cannot be read.
pub fn bytes(value: &JsValue, name: &str) -> Result<Vec<u8>, NotJson> {
    let reader = Reader { path: vec![name.to_owned()], left: MOST };
    let arguments = if ArrayBuffer::is_view(value) {
        let of = |field: &str| Reflect::get(value, &field.into()).map_err(|error| reader.error(&error));
        Array::of3(&of("buffer")?, &of("byteOffset")?, &of("byteLength")?)
    } else if value.is_instance_of::<ArrayBuffer>() {
        Array::of1(value)
    } else {
        return Err(reader.found(shown(value)));
    };
    // What was transferred, and a proxy, throw here.
    let constructor = Reflect::get(&js_sys::global(), &"Uint8Array".into()).and_then(JsCast::dyn_into::<Function>);
    let made = constructor.and_then(|constructor| Reflect::construct(&constructor, &arguments));
    let bytes: Uint8Array = made.map_err(|error| reader.error(&error))?.unchecked_into();
    Ok(bytes.to_vec())
}

/// A value in a few characters.
#[must_use]
pub fn shown(value: &JsValue) -> String {
    let text = match value.as_string() {
        Some(text) => format!("{text:?}"),
        None => words(value),
    };
    if text.chars().count() <= MOST_CHARACTERS {
        text
    } else {
        text.chars().take(MOST_CHARACTERS).collect::<String>() + "…"
    }
}

/// What a value is called that is no text.
fn words(value: &JsValue) -> String {
    if let Some(number) = value.as_f64() {
        return number.to_string().replace("inf", "Infinity");
    }
    if let Some(number) = value.dyn_ref::<BigInt>() {
        return number
            .to_string(10)
            .map_or_else(|_| "BigInt".to_owned(), |digits| format!("{}n", String::from(digits)));
    }
    if !value.is_object() {
        let kind = || value.js_typeof().as_string().unwrap_or_default();
        return value.as_bool().map_or_else(kind, |is| is.to_string());
    }
    let constructor = Reflect::get(value, &"constructor".into()).unwrap_or_default();
    let name = Reflect::get(&constructor, &"name".into()).unwrap_or_default();
    name.as_string().unwrap_or_else(|| "object".to_owned())
}

/// The message of an exception.
#[must_use]
pub fn describe(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| shown(error))
}

/// Calls a function of a global object; its exception is the error.
fn call(object: &str, function: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    let object = Reflect::get(&js_sys::global(), &object.into())?;
    let function: Function = Reflect::get(&object, &function.into())?.dyn_into()?;
    function.call1(&object, argument)
}

struct Reader {
    path: Vec<String>,
    /// How many values may follow.
    left: usize,
}

impl Reader {
    fn error(&self, error: &JsValue) -> NotJson {
        self.found(describe(error))
    }

    fn found(&self, found: String) -> NotJson {
        NotJson { path: self.path.concat(), found }
    }

    /// None of undefined.
    fn read(&mut self, value: &JsValue) -> Result<Option<Value>, NotJson> {
        self.left = self.left.checked_sub(1).ok_or_else(|| self.found(format!("> {MOST}")))?;
        if value.is_undefined() {
            return Ok(None);
        }
        let known = match (value.is_null(), value.as_bool(), value.as_string()) {
            (true, ..) => Some(Value::Null),
            (_, Some(is), _) => Some(is.into()),
            (.., text) => text.map(Value::from),
        };
        if known.is_some() {
            return Ok(known);
        }
        if let Some(number) = value.as_f64() {
            let is_whole = number.fract() == 0.0 && number.abs() < 9e15;
            let number = match number {
                _ if is_whole && number >= 0.0 => Some(Number::from(number as u64)),
                _ if is_whole => Some(Number::from(number as i64)),
                _ => Number::from_f64(number),
            };
            return number.map(|number| Some(Value::Number(number))).ok_or_else(|| self.found(words(value)));
        }
        if !value.is_object() || self.path.len() > DEEPEST {
            return Err(self.found(words(value)));
        }
        let is_array = call("Array", "isArray", value).map_err(|error| self.error(&error))?;
        if is_array.is_truthy() || ArrayBuffer::is_view(value) {
            return self.list(value).map(Some);
        }
        self.object(value).map(Some)
    }

    fn list(&mut self, value: &JsValue) -> Result<Value, NotJson> {
        let length = Reflect::get(value, &"length".into()).map_err(|error| self.error(&error))?;
        let Some(length) = length.as_f64() else { return Err(self.found(words(value))) };
        let mut list = vec![];
        for index in 0..length as u32 {
            self.path.push(format!("[{index}]"));
            let item = Reflect::get_u32(value, index).map_err(|error| self.error(&error))?;
            list.push(self.read(&item)?.unwrap_or(Value::Null));
            self.path.pop();
        }
        Ok(Value::Array(list))
    }

    fn object(&mut self, value: &JsValue) -> Result<Value, NotJson> {
        if !is_plain(value).map_err(|error| self.error(&error))? {
            return Err(self.found(words(value)));
        }
        let keys = call("Object", "keys", value).map_err(|error| self.error(&error))?;
        let mut fields = Map::new();
        for key in keys.unchecked_into::<Array>().iter() {
            let name = key.as_string().unwrap_or_default();
            self.path.push(format!(".{name}"));
            let item = Reflect::get(value, &key).map_err(|error| self.error(&error))?;
            if let Some(item) = self.read(&item)? {
                fields.insert(name, item);
            }
            self.path.pop();
        }
        Ok(Value::Object(fields))
    }
}

/// Whether a value is an object as braces make it, of this page or of a frame within.
fn is_plain(value: &JsValue) -> Result<bool, JsValue> {
    // Math, Map, Promise and many others have one.
    if !Reflect::get(value, &Symbol::to_string_tag())?.is_undefined() {
        return Ok(false);
    }
    let above: Object = Reflect::get_prototype_of(value)?;
    Ok(above.is_null() || Reflect::get_prototype_of(&above)?.is_null())
}

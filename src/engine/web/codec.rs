//! Messages between workers as bytes in `ArrayBuffer`s, which are transferred back and forth and reused: a
//! meta-iteration takes less time than the system needs to allocate memory for its messages.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use crate::engine::protocol::parts;

/// The most buffers that are kept for reuse.
const KEPT: usize = 4;

/// Packs and unpacks the messages of one connection.
#[derive(Default)]
pub struct MessageCodec {
    bytes: Vec<u8>,
    spare: Vec<ArrayBuffer>,
}

impl MessageCodec {
    /// A message in a buffer that holds at least its bytes.
    pub fn pack(&mut self, message: &impl Serialize) -> ArrayBuffer {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let bytes = to_bytes(message, bytes);
        let size = bytes.len() as u32;
        let fitting = self.spare.iter().position(|buffer| buffer.byte_length() >= size);
        let buffer = match fitting {
            Some(number) => self.spare.swap_remove(number),
            None => ArrayBuffer::new(size.next_power_of_two()),
        };
        Uint8Array::new_with_byte_offset_and_length(&buffer, 0, size).copy_from(&bytes);
        self.bytes = bytes;
        buffer
    }

    /// Decodes a received message, and keeps its buffer for reuse.
    ///
    /// # Errors
    /// The bytes are not a message.
    pub fn unpack<T: DeserializeOwned>(&mut self, data: JsValue) -> Result<T, String> {
        let buffer: ArrayBuffer = data.dyn_into().map_err(|_| "a message that is no bytes".to_owned())?;
        let view = Uint8Array::new(&buffer);
        self.bytes.resize(view.length() as usize, 0);
        view.copy_to(&mut self.bytes);
        let message = postcard::take_from_bytes(&self.bytes).map_err(|error| error.to_string())?.0;
        if self.spare.len() < KEPT {
            self.spare.push(buffer);
        }
        Ok(message)
    }
}

/// Appends the byte form of a message to `buffer`.
///
/// # Panics
/// When the message has none; all of this program's have one.
fn to_bytes(message: &impl Serialize, buffer: Vec<u8>) -> Vec<u8> {
    postcard::serialize_with_flavor(message, IntoBuffer(buffer)).expect("every message of the program has a byte form")
}

/// A message as bytes that JavaScript owns: they leave this program's memory, which never shrinks, while they are made.
///
/// # Panics
/// When the message has no byte form; all of this program's have one.
pub fn to_array(message: &impl Serialize) -> Uint8Array {
    let mut all = vec![];
    parts::write(message, |part| all.push(Uint8Array::from(part)));
    joined(all)
}

/// Decodes a message that JavaScript owns: its bytes enter this program's memory while they are read.
///
/// # Errors
/// The bytes are not a message of this type.
pub fn from_array<T: DeserializeOwned>(data: &JsValue) -> postcard::Result<T> {
    let bytes = data.dyn_ref::<Uint8Array>().ok_or(postcard::Error::DeserializeUnexpectedEnd)?.clone();
    let size = parts::PART as u32;
    parts::read(
        (0..bytes.length().div_ceil(size)).map(move |part| bytes.subarray(part * size, (part + 1) * size).to_vec()),
    )
}

/// Arrays, one behind the other.
#[must_use]
pub fn joined(mut parts: Vec<Uint8Array>) -> Uint8Array {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    let whole = Uint8Array::new_with_length(parts.iter().map(Uint8Array::length).sum());
    let mut end = 0;
    for part in parts {
        whole.set(&part, end);
        end += part.length();
    }
    whole
}

/// Bytes of a message that go where others have been.
struct IntoBuffer(Vec<u8>);

impl Flavor for IntoBuffer {
    type Output = Vec<u8>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// What is handed over with a message.
#[must_use]
pub fn transfer(buffer: &ArrayBuffer) -> Array {
    Array::of1(buffer)
}

//! The reply to a call on its way: bytes, whose type both ends know from the call.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::parts;

/// A reply, as the bytes of its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncodedReply(Vec<ByteBuf>);

impl EncodedReply {
    /// The bytes of a reply.
    ///
    /// # Panics
    /// When it has no byte form; all of this program's have one.
    #[must_use]
    pub fn new(reply: &impl Serialize) -> Self {
        let mut all = vec![];
        parts::write(reply, |part| all.push(ByteBuf::from(part)));
        Self(all)
    }

    /// The reply, of the type with which it was encoded.
    ///
    /// # Errors
    /// The bytes are of another type: they come from another build.
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, postcard::Error> {
        parts::read(self.0.into_iter().map(ByteBuf::into_vec))
    }
}

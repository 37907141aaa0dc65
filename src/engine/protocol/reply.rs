//! The reply to a call on its way: bytes, whose type both ends know from the call.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A reply as bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncodedReply(#[serde(with = "serde_bytes")] Vec<u8>);

impl EncodedReply {
    /// The bytes of a reply.
    ///
    /// # Panics
    /// When it has no byte form; all of this program's have one.
    #[must_use]
    pub fn new(reply: &impl Serialize) -> Self {
        Self(postcard::to_stdvec(reply).expect("every reply of the program has a byte form"))
    }

    /// The reply, of the type with which it was encoded.
    ///
    /// # Errors
    /// The bytes are of another type: they come from another build.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, postcard::Error> {
        postcard::from_bytes(&self.0)
    }
}

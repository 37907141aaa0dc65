//! Serde form of long vectors of numbers: their bytes, little-endian, which cost a copy and no more; numbers where people
//! read.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

const BYTES: usize = size_of::<f32>();

/// Writes numbers as bytes.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(numbers: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return numbers.serialize(serializer);
    }
    if cfg!(target_endian = "little") {
        return serializer.serialize_bytes(bytemuck::cast_slice(numbers));
    }
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    serializer.serialize_bytes(&bytes)
}

/// Reads numbers from bytes.
///
/// # Errors
/// The deserializer's, or the bytes are no whole numbers.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    struct Numbers;

    impl Visitor<'_> for Numbers {
        type Value = Vec<f32>;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("numbers of four bytes each")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<f32>, E> {
            let (numbers, rest) = bytes.as_chunks::<BYTES>();
            if !rest.is_empty() {
                return Err(E::invalid_length(bytes.len(), &self));
            }
            if cfg!(target_endian = "little") {
                return Ok(bytemuck::pod_collect_to_vec(bytes));
            }
            Ok(numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
        }
    }

    if deserializer.is_human_readable() {
        return Vec::deserialize(deserializer);
    }
    // What is read need not lie in one piece with all else.
    deserializer.deserialize_byte_buf(Numbers)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Message(#[serde(with = "super")] Vec<f32>);

    #[test]
    fn numbers_survive_to_the_bit() {
        let numbers = Message(vec![0.0, -0.0, 1.5, f32::MIN_POSITIVE, f32::INFINITY, -3e-42]);
        let bytes = postcard::to_stdvec(&numbers).unwrap();
        assert_eq!(bytes.len(), 1 + 6 * 4, "a length and the bytes");
        let back: Message = postcard::from_bytes(&bytes).unwrap();
        let bits = |message: &Message| message.0.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(&numbers));
    }

    #[test]
    fn people_read_numbers() {
        let text = serde_json::to_string(&Message(vec![1.5, -0.1])).unwrap();
        assert_eq!(text, "[1.5,-0.1]");
        assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), Message(vec![1.5, -0.1]));
    }

    #[test]
    fn half_a_number_is_refused() {
        assert!(postcard::from_bytes::<Message>(&[3, 1, 2, 3]).is_err());
    }
}

//! Messages as bytes that are written and read part after part.
//!
//! A program's memory never shrinks, and a reply of some megabytes would lie in it several times, each in one piece: as bytes
//! that arrive, as the reply's own, and as what is read from them.

use postcard::ser_flavors;
use postcard::{Deserializer, Error, Result, de_flavors};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The usual size of a part (bytes). A text, or bytes, longer than that make one longer part.
pub const PART: usize = 1 << 16;

/// Gives the bytes of a message to `take`, part after part, at least one.
///
/// # Panics
/// When the message has no byte form; all of this program's have one.
pub fn write(message: &impl Serialize, mut take: impl FnMut(&[u8])) {
    postcard::serialize_with_flavor(message, Writer { gathered: vec![], take: &mut take })
        .expect("every message of the program has a byte form");
}

/// Reads a message from its parts, of any sizes, each of which is given back when the next one is read.
///
/// # Errors
/// The bytes are no message of this type: they come from another build, or their end is missing.
pub fn read<T: DeserializeOwned>(parts: impl Iterator<Item = Vec<u8>> + 'static) -> Result<T> {
    T::deserialize(&mut Deserializer::from_flavor(Reader { parts: Box::new(parts), part: vec![], at: 0 }))
}

struct Writer<'take> {
    gathered: Vec<u8>,
    take: &'take mut dyn FnMut(&[u8]),
}

impl ser_flavors::Flavor for Writer<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> Result<()> {
        if self.gathered.len() + bytes.len() > PART {
            (self.take)(&self.gathered);
            self.gathered.clear();
        }
        if bytes.len() > PART {
            (self.take)(bytes);
        } else {
            self.gathered.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn finalize(self) -> Result<()> {
        (self.take)(&self.gathered);
        Ok(())
    }
}

struct Reader {
    parts: Box<dyn Iterator<Item = Vec<u8>>>,
    part: Vec<u8>,
    /// How much of the part has been read.
    at: usize,
}

impl Reader {
    /// Has so many bytes lie before it in one piece.
    #[inline(never)]
    fn fill(&mut self, count: usize) -> Result<()> {
        while self.part.len() - self.at < count {
            let next = self.parts.next().ok_or(Error::DeserializeUnexpectedEnd)?;
            if self.at == self.part.len() {
                self.part = next;
            } else {
                self.part.drain(..self.at);
                self.part.extend(next);
            }
            self.at = 0;
        }
        Ok(())
    }
}

impl de_flavors::Flavor<'static> for Reader {
    type Remainder = ();
    type Source = ();

    fn pop(&mut self) -> Result<u8> {
        Ok(self.try_take_n_temp(1)?[0])
    }

    /// Nothing that is read borrows from its parts.
    fn try_take_n(&mut self, _: usize) -> Result<&'static [u8]> {
        Err(Error::WontImplement)
    }

    fn try_take_n_temp<'a>(&'a mut self, count: usize) -> Result<&'a [u8]>
    where
        'static: 'a,
    {
        self.fill(count)?;
        self.at += count;
        Ok(&self.part[self.at - count..self.at])
    }

    fn finalize(self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        count: u64,
        text: String,
        numbers: Vec<f32>,
        #[serde(with = "crate::domain::float_bytes")]
        theta: Vec<f32>,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        last: Option<char>,
    }

    fn sample(count: usize) -> Sample {
        Sample {
            count: 1 << 40,
            text: "θ → φ".repeat(count),
            numbers: (0..count).map(|number| number as f32 / 3.0).collect(),
            theta: vec![0.5; count],
            bytes: vec![7; count],
            last: Some('φ'),
        }
    }

    fn written(message: &impl Serialize) -> Vec<Vec<u8>> {
        let mut parts = vec![];
        write(message, |part| parts.push(part.to_vec()));
        parts
    }

    #[test]
    fn a_message_is_the_same_from_parts_of_any_size() {
        let whole = sample(40);
        let bytes = written(&whole).concat();
        for size in 1..=bytes.len() {
            let parts: Vec<_> = bytes.chunks(size).map(<[u8]>::to_vec).collect();
            assert_eq!(read(parts.into_iter()), Ok(sample(40)), "parts of {size} bytes");
        }
    }

    #[test]
    fn parts_are_no_larger_than_they_must_be_and_are_what_others_write() {
        let large = sample(100_000);
        let parts = written(&large);
        let longer = parts.iter().filter(|part| part.len() > PART).map(Vec::len).collect::<Vec<_>>();
        assert_eq!(longer, [large.text.len(), 4 * large.theta.len(), large.bytes.len()]);
        assert_eq!(postcard::to_stdvec(&large), Ok(parts.concat()));
        assert_eq!(read(parts.into_iter()), Ok(large));
        assert_eq!(written(&()), [Vec::<u8>::new()], "one part, though it is empty");
    }

    #[test]
    fn a_message_whose_end_is_missing_is_an_error() {
        let mut bytes = written(&sample(3)).concat();
        bytes.pop();
        assert_eq!(read::<Sample>([bytes].into_iter()), Err(Error::DeserializeUnexpectedEnd));
    }
}

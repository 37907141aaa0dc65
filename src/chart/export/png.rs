//! What a PNG picture of a chart says of itself: texts in chunks before its pixels (PNG, third edition, 11.3.3.4 `iTXt`).

use std::fmt;

use super::About;

/// The first bytes of every picture.
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Signature and the chunk `IHDR`, which comes first: length, type, 13 bytes, checksum.
const HEADER: usize = SIGNATURE.len() + 4 + 4 + 13 + 4;

/// A file is no PNG picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPicture;

impl fmt::Display for NotAPicture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the drawing is no PNG picture")
    }
}

impl std::error::Error for NotAPicture {}

/// The same picture with what it is in words.
///
/// # Errors
/// `picture` does not begin as a PNG file does.
pub fn write(picture: &[u8], about: &About) -> Result<Vec<u8>, NotAPicture> {
    let (header, rest) = picture.split_at_checked(HEADER).ok_or(NotAPicture)?;
    if !header.starts_with(&SIGNATURE) || header[12..16] != *b"IHDR" {
        return Err(NotAPicture);
    }
    let mut file = header.to_vec();
    for (keyword, text) in about.texts().iter().filter(|(_, text)| !text.is_empty()) {
        // Keyword, no compression by method 0, no language, no translation of the keyword, text in UTF-8.
        let text = text.replace('\0', "");
        chunk(&mut file, *b"iTXt", &[keyword.as_bytes(), &[0, 0, 0, 0, 0], text.as_bytes()].concat());
    }
    file.extend_from_slice(rest);
    Ok(file)
}

/// A chunk: its length, its type, its contents and their checksum.
fn chunk(file: &mut Vec<u8>, kind: [u8; 4], contents: &[u8]) {
    let begin = file.len() + 4;
    file.extend_from_slice(&(contents.len() as u32).to_be_bytes());
    file.extend_from_slice(&kind);
    file.extend_from_slice(contents);
    let checksum = crc32(&file[begin..]);
    file.extend_from_slice(&checksum.to_be_bytes());
}

/// The checksum of PNG (annex D), bit by bit: texts are short, and a table is not.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        // The chunk that ends every picture.
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }
}

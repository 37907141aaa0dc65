//! What is in a file that a person opens or drops on the page: settings, a θ, a session, or lessons. What is in it decides
//! what it is, and its name where that does not tell.

use super::session_file::{self, FileError, SavedSession};
use crate::domain::config::Config;
use crate::domain::config::text;
use crate::domain::config::theta_file::{self, ThetaFile, is_safetensors};
use crate::domain::provenance::Provenance;

/// What is in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Contents {
    /// The text of a Config's document, which is not read yet.
    Settings(String),
    /// A θ of the present network.
    Theta {
        /// In the flat layout of `Network`.
        theta: Vec<f32>,
        /// What has trained it, as far as the file says.
        provenance: Provenance,
    },
    /// A session.
    Session(Box<SavedSession>),
    /// The text of lessons, which is not read yet.
    Lessons(String),
}

/// Whether a name ends so, in capitals or not.
fn ends(name: &str, extension: &str) -> bool {
    let end = name.len().checked_sub(extension.len()).and_then(|at| name.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(extension))
}

/// Refuses a file by its size, so that nobody need read it.
///
/// # Errors
/// It is larger than any file that the page reads.
pub fn check_size(name: &str, size: u64) -> Result<(), FileError> {
    if ends(name, ".json") {
        return text::check_size(size).map_err(FileError::Config);
    }
    Ok(theta_file::check_size(size)?)
}

/// Reads a file; `present` is the run at hand, whose network a θ has to be of.
///
/// # Errors
/// It is no text and no safetensors file, too large, of another network, or what is in it is refused.
pub fn read(name: &str, bytes: &[u8], present: &Config) -> Result<Contents, FileError> {
    if ends(name, ".safetensors") || is_safetensors(bytes) {
        return read_tensors(bytes, present);
    }
    let text = text::decode(bytes).map_err(FileError::Config)?;
    if ends(name, ".json") || text::without_mark(&text).trim_start().starts_with('{') {
        return Ok(Contents::Settings(text));
    }
    Ok(Contents::Lessons(text))
}

/// Reads a file of tensors: a session, or a θ alone.
///
/// # Errors
/// As [`read`].
pub fn read_tensors(bytes: &[u8], present: &Config) -> Result<Contents, FileError> {
    let file = ThetaFile::open(bytes)?;
    if let Some(session) = session_file::read(&file)? {
        return Ok(Contents::Session(Box::new(session)));
    }
    read_theta(bytes, present).map(|(theta, provenance)| Contents::Theta { theta, provenance })
}

/// Reads the session of a file.
///
/// # Errors
/// As [`read`], and for a file that has none.
pub fn read_session(bytes: &[u8]) -> Result<SavedSession, FileError> {
    session_file::read(&ThetaFile::open(bytes)?)?.ok_or(FileError::NoSession)
}

/// Reads the θ of a file, whatever else is in it; what has trained it, as far as the file says.
///
/// # Errors
/// As [`read`].
pub fn read_theta(bytes: &[u8], present: &Config) -> Result<(Vec<f32>, Provenance), FileError> {
    let file = ThetaFile::open(bytes)?;
    let theta = file.theta(&present.model)?;
    let origin = file.origin()?;
    Ok((theta, origin.map_or_else(Provenance::given, |origin| origin.provenance)))
}

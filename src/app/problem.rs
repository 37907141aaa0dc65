//! Something that a person should know, until it is dismissed.

use super::draft;
use super::lesson::LessonError;
use super::link::LinkError;
use super::points::PointsError;
use super::preview_input::MOST_SHOTS;
use super::session_file::FileError;
use crate::domain::config::error::ConfigError;
use crate::engine::protocol::Failure;
use crate::i18n::{Locale, message};

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The engine could not do something.
    Engine(Failure),
    /// A field's text is refused, so that no run can begin.
    Blocked(ConfigError),
    /// A pretrained θ did not load.
    SkipAhead {
        /// From where.
        address: String,
        /// Why not.
        detail: String,
    },
    /// The texts of a language did not load.
    Language {
        /// From where.
        address: String,
        /// Why not.
        detail: String,
    },
    /// A file is no Config.
    Import {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        error: ConfigError,
    },
    /// A file was not opened.
    File {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        error: FileError,
    },
    /// The lessons did not load.
    Lessons {
        /// From where.
        address: String,
        /// Why not.
        detail: String,
    },
    /// A file is no lesson.
    LessonFile {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        error: LessonError,
    },
    /// The address opens nothing.
    Link(LinkError),
    /// There is no room for another shot.
    TooManyShots,
    /// What was pasted is no list of points.
    Points(PointsError),
    /// The browser did not take a file to keep.
    NotSaved {
        /// The file's name.
        name: String,
    },
    /// A part of the program did not load.
    LazyChunk,
}

impl Problem {
    /// What happened, in words.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        match self {
            Self::Engine(failure) => failure.message(locale),
            Self::Blocked(error) => locale.format(message::RunBlocked { message: draft::message(error, locale) }),
            Self::SkipAhead { address, detail } => locale.format(message::RunSkipFailed { address, detail }),
            Self::Language { address, detail } => locale.format(message::LanguageFailed { address, detail }),
            Self::Import { name, error } => {
                locale.format(message::EngineImportFailed { name, detail: error.message(locale) })
            }
            Self::File { name, error } => {
                locale.format(message::EngineImportFailed { name, detail: error.message(locale) })
            }
            Self::Lessons { address, detail } => locale.format(message::LessonsFailed { address, detail }),
            Self::LessonFile { name, error } => {
                locale.format(message::LessonsFileFailed { name, detail: error.message(locale) })
            }
            Self::Link(error) => locale.format(message::LinkFailed { detail: error.message(locale) }),
            Self::LazyChunk => locale.error_rest().to_owned(),
            Self::Points(error) => locale.format(message::PointsFailed { detail: error.message(locale) }),
            Self::NotSaved { name } => locale.format(message::FileNotSaved { name }),
            Self::TooManyShots => locale.format(message::FitTooMany { limit: MOST_SHOTS }),
        }
    }
}

//! A whole session as a file: the θ that is shown as [`theta_file`] has it, so that `PyTorch` opens it, too, and beside it
//! the run with its past and the state of the page.
//!
//! ```text
//! __metadata__: reptile_lab_session {"version", "build"}, reptile_lab_page: the page's state as JSON
//! reptile_lab.session: the run, as `postcard` bytes whose Configs are JSON documents
//! ```
//!
//! Whoever changes the form of what is in those bytes, here or in `TrainState`, gives them another `VERSION`: a test
//! reads a file that was written by an earlier build.

use serde::Deserialize;
use serde_json::{Value, json};

use super::state::PageState;
use super::state_error::StateError;
use crate::BUILD;
use crate::domain::config::Config;
use crate::domain::config::error::{ConfigError, shown};
use crate::domain::config::theta_file::{self, Attachment, Origin, ThetaFile, ThetaFileError, check_version};
use crate::domain::cost::Spent;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{Failure, SavedKeyframe, SavedRun};
use crate::i18n::{Locale, message};

/// The version of the form of a run.
const VERSION: u64 = 1;
/// The entry of the metadata that has it.
const SESSION: &str = "reptile_lab_session";
/// The entry with the page's state.
const PAGE: &str = "reptile_lab_page";
/// The tensor with the run.
const RUN: &str = "reptile_lab.session";
/// The most keyframes and Configs of a run.
const MOST: usize = 1024;

/// A session.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedSession {
    /// The run with its past.
    pub run: SavedRun,
    /// The page's state, where the file has one.
    pub state: Option<PageState>,
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum FileError {
    /// It is no safetensors file, or not of this network.
    Theta(ThetaFileError),
    /// A Config in it is refused, or it is no text.
    Config(ConfigError),
    /// The state of the page in it is refused.
    State(StateError),
    /// It has a θ, but no session.
    NoSession,
    /// What is in it is no run: it is damaged, or this build of the lab wrote it.
    Damaged {
        /// The build.
        build: String,
    },
    /// The engine refuses it.
    Engine(Failure),
}

impl FileError {
    /// What is wrong, where, and what is allowed.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        match self {
            Self::Theta(error) => error.message(locale),
            Self::Config(error) | Self::State(StateError::Config { error, .. }) => error.message(locale),
            Self::State(error) => {
                ThetaFileError::Metadata { field: PAGE.to_owned(), detail: error.to_string() }.message(locale)
            }
            Self::NoSession => locale.error_session_none().to_owned(),
            Self::Damaged { build } => locale.format(message::ErrorSessionDamaged { build, present: BUILD }),
            Self::Engine(failure) => failure.message(locale),
        }
    }
}

impl From<ThetaFileError> for FileError {
    fn from(error: ThetaFileError) -> Self {
        Self::Theta(error)
    }
}

/// A run as it stands in a file.
#[derive(Deserialize)]
struct StoredRun {
    #[serde(deserialize_with = "crate::domain::bounded::list::<_, _, MOST>")]
    configs: Vec<String>,
    train_state: TrainState,
    past: Option<TrainState>,
    spent: Spent,
    #[serde(deserialize_with = "crate::domain::bounded::list::<_, _, MOST>")]
    keyframes: Vec<SavedKeyframe>,
}

/// What a file begins with: the run without its keyframes, of which so many with so many bytes follow, as [`bytes_of`] has
/// them; and the page's state, which is its JSON document.
///
/// # Panics
/// Never: every run has a byte form.
#[must_use]
pub fn head(run: &SavedRun, (keyframes, size): (usize, usize), state: &PageState) -> Vec<u8> {
    let SavedRun { config, train_state, past, spent, configs, .. } = run;
    let configs: Vec<String> = configs.iter().map(Config::to_json).collect();
    // As `StoredRun`, whose keyframes are their number and then each of them.
    let begin = postcard::to_stdvec(&(configs, train_state, past, spent, keyframes)).expect("a run has a byte form");
    let TrainState { theta, iteration, provenance, .. } = past.as_ref().unwrap_or(train_state);
    let origin = Origin { config: config.clone(), iteration: *iteration, provenance: provenance.clone() };
    let texts = [(SESSION, json!({ "version": VERSION, "build": BUILD }).to_string()), (PAGE, state.to_json())];
    let attachment = Attachment { texts: &texts, bytes: (RUN, begin.len() + size) };
    [theta_file::write(theta, &origin, Some(attachment)), begin].concat()
}

/// The bytes of keyframes in a file.
///
/// # Panics
/// Never: every keyframe has a byte form.
#[must_use]
pub fn bytes_of(keyframes: &[SavedKeyframe]) -> Vec<u8> {
    keyframes
        .iter()
        .try_fold(vec![], |bytes, keyframe| postcard::to_extend(keyframe, bytes))
        .expect("a keyframe has a byte form")
}

/// The session of a file; none where it has but a θ. The engine checks the run when it loads it.
///
/// # Errors
/// It is of another version, or damaged, or what is in it is refused.
pub fn read(file: &ThetaFile) -> Result<Option<SavedSession>, FileError> {
    let Some(text) = file.text(SESSION) else { return Ok(None) };
    let malformed = |error: serde_json::Error| ThetaFileError::metadata(SESSION, &error.to_string());
    let form: Value = serde_json::from_str(text).map_err(malformed)?;
    check_version(SESSION, form.get("version"), VERSION)?;
    let build = || shown(form.get("build").and_then(Value::as_str).unwrap_or("?"));
    let damaged = || FileError::Damaged { build: build() };
    let Origin { config, .. } = file.origin()?.ok_or_else(damaged)?;
    let bytes = file.bytes(RUN)?.ok_or_else(damaged)?;
    let (stored, rest) = postcard::take_from_bytes::<StoredRun>(bytes).map_err(|_| damaged())?;
    if !rest.is_empty() {
        return Err(damaged());
    }
    let StoredRun { configs, train_state, past, spent, keyframes } = stored;
    let configs = configs.iter().map(|document| Config::from_json(document)).collect::<Result<_, _>>();
    let configs = configs.map_err(FileError::Config)?;
    // The θ that other programs read is the one that is shown.
    let shown_theta = &past.as_ref().unwrap_or(&train_state).theta;
    if file.theta(&config.model)? != *shown_theta {
        return Err(damaged());
    }
    let state = file.text(PAGE).map(PageState::from_json).transpose().map_err(FileError::State)?;
    let state = state.map(|mut state| {
        state.document.config = config.clone();
        state
    });
    if let Some(state) = &state {
        state.check().map_err(FileError::State)?;
    }
    Ok(Some(SavedSession { run: SavedRun { config, train_state, past, spent, configs, keyframes }, state }))
}

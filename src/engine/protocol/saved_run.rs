//! A run with its whole past, to be kept outside of its engine.

use serde::{Deserialize, Serialize};

use crate::domain::config::Config;
use crate::domain::cost::Spent;
use crate::domain::train_state::TrainState;

/// Asks for the run with its past. Its keyframes come in parts, so that neither end holds all of them as a message: those of
/// the reply are the first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaveRun {
    /// The most bytes of its keyframes. Where they are more, some are left out: the moments after them are trained again from
    /// further back.
    pub most_bytes: usize,
}

impl SaveRun {
    /// With every keyframe.
    pub const WHOLE: Self = Self { most_bytes: usize::MAX };
}

/// Asks for the next keyframes of a run that is being saved: as it was when that began, whatever has happened since. At the
/// end there are none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadKeyframes {
    /// [`BegunSave::number`].
    pub save: u32,
    /// How many have been read.
    pub from: usize,
}

/// A run that is being saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BegunSave {
    /// By which the engine knows it.
    pub number: u32,
    /// The run, with its first keyframes.
    pub run: SavedRun,
}

/// A run with its past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedRun {
    /// The run.
    pub config: Config,
    /// Its present train state.
    pub train_state: TrainState,
    /// The moment that is shown, if it is past.
    pub past: Option<TrainState>,
    /// What it has cost.
    pub spent: Spent,
    /// The Configs by which its keyframes are trained on.
    pub configs: Vec<Config>,
    /// The time line, in the order of its meta-iterations.
    pub keyframes: Vec<SavedKeyframe>,
}

/// A train state of the time line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedKeyframe {
    /// The train state.
    pub train_state: TrainState,
    /// Which of [`SavedRun::configs`] trains it on.
    pub config: usize,
    /// The last meta-iteration that is made again from here.
    pub reach: u64,
}

//! Runs that the page is saving, each as it was when that began.

use std::collections::VecDeque;
use std::rc::Rc;

use super::run::SessionRun;
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{BegunSave, Failure, ReadKeyframes, SavedKeyframe, SavedRun};
use crate::train::timeline::{Keyframe, MOST_BYTES};

/// The most bytes of keyframes in one part. The page has a part three times over while it writes it to a file, and its memory
/// never shrinks.
const PART: usize = 1 << 19;
/// The most that are being saved at once. Beyond that the first is given up.
const MOST_SAVES: usize = 4;

/// The keyframes of a run that is being saved, each with the place of its Config among those of the run.
pub struct Save(Vec<(Keyframe, usize)>);

/// The runs that are being saved.
#[derive(Default)]
pub struct Saves {
    last: u32,
    begun: VecDeque<(u32, Save)>,
}

impl Save {
    /// A run that has just been read, with its past, of which the keyframes have so many bytes at most.
    pub fn of(run: &SessionRun, most_bytes: usize) -> (SavedRun, Self) {
        let timeline = run.rewind.timeline().within(most_bytes.min(MOST_BYTES));
        let mut configs: Vec<Rc<Config>> = vec![];
        let keyframes = timeline.keyframes().iter().map(|keyframe| {
            if configs.last().is_none_or(|last| !Rc::ptr_eq(last, &keyframe.config)) {
                configs.push(Rc::clone(&keyframe.config));
            }
            (keyframe.clone(), configs.len() - 1)
        });
        let save = Self(keyframes.collect());
        let run = SavedRun {
            config: run.config.clone(),
            train_state: run.training.known().clone(),
            past: run.rewind.past().cloned(),
            spent: run.spent,
            configs: configs.iter().map(|config| Config::clone(config)).collect(),
            keyframes: save.part(0),
        };
        (run, save)
    }

    /// The keyframes from one on that are a part; there is one at least, unless these are all.
    fn part(&self, from: usize) -> Vec<SavedKeyframe> {
        let mut bytes = 0;
        let rest = self.0.iter().skip(from).enumerate();
        let part = rest.take_while(|(place, (keyframe, _))| {
            bytes += keyframe.train_state.bytes();
            *place == 0 || bytes <= PART
        });
        let saved = part.map(|(_, (Keyframe { train_state, reach, .. }, config))| SavedKeyframe {
            train_state: TrainState::clone(train_state),
            config: *config,
            reach: *reach,
        });
        saved.collect()
    }
}

impl Saves {
    /// Keeps what is not read yet.
    pub fn begin(&mut self, run: SavedRun, save: Save) -> BegunSave {
        self.last = self.last.wrapping_add(1);
        if self.begun.len() == MOST_SAVES {
            self.begun.pop_front();
        }
        self.begun.push_back((self.last, save));
        BegunSave { number: self.last, run }
    }

    /// The next keyframes. At the end the run is forgotten.
    pub fn read(&mut self, ReadKeyframes { save, from }: ReadKeyframes) -> Result<Vec<SavedKeyframe>, Failure> {
        let place = self.begun.iter().position(|(number, _)| *number == save).ok_or(Failure::Interrupted)?;
        let part = self.begun[place].1.part(from);
        if part.is_empty() {
            self.begun.remove(place);
        }
        Ok(part)
    }
}

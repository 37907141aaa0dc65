//! A run as it is saved, and one that was saved in place of the present one.

use std::rc::Rc;

use super::rewind::Rewind;
use super::run::SessionRun;
use super::state::Session;
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::engine::arguments::check_saved_run;
use crate::engine::protocol::{Failure, SavedKeyframe, SavedRun};
use crate::train::timeline::{Keyframe, MOST_BYTES, Timeline};

/// A run that has just been read, with its past, of which the keyframes have so many bytes at most.
pub fn saved(run: &SessionRun, most_bytes: usize) -> SavedRun {
    let timeline = run.rewind.timeline().within(most_bytes.min(MOST_BYTES));
    let mut configs: Vec<Rc<Config>> = vec![];
    let keyframes = timeline.keyframes().iter().map(|Keyframe { train_state, config, reach }| {
        if configs.last().is_none_or(|last| !Rc::ptr_eq(last, config)) {
            configs.push(Rc::clone(config));
        }
        SavedKeyframe { train_state: TrainState::clone(train_state), config: configs.len() - 1, reach: *reach }
    });
    let keyframes = keyframes.collect();
    SavedRun {
        config: run.config.clone(),
        train_state: run.training.known().clone(),
        past: run.rewind.past().cloned(),
        spent: run.spent,
        configs: configs.iter().map(|config| Config::clone(config)).collect(),
        keyframes,
    }
}

impl Session {
    /// Goes on with a run that was saved, and with its past.
    pub(super) fn load_run(&mut self, saved: SavedRun) -> Result<(), Failure> {
        check_saved_run(&saved)?;
        let SavedRun { config, train_state, past, spent, configs, keyframes } = saved;
        let configs: Vec<Rc<Config>> = configs.into_iter().map(Rc::new).collect();
        let keyframe = |SavedKeyframe { train_state, config, reach }: SavedKeyframe| Keyframe {
            train_state: Rc::new(train_state),
            config: Rc::clone(&configs[config]),
            reach,
        };
        let timeline = Timeline::restored(keyframes.into_iter().map(keyframe).collect(), &config);
        self.restore(config, train_state, spent)?;
        if let Some(run) = &mut self.run {
            run.rewind = Rewind::restored(timeline, past);
            run.rewind.record(run.training.known());
            run.measure_recorded();
            run.invalidate_views();
        }
        Ok(())
    }
}

//! A run that was saved, in the place of the present one.

use std::rc::Rc;

use super::rewind::Rewind;
use super::state::Session;
use crate::domain::config::Config;
use crate::engine::arguments::check_saved_run;
use crate::engine::protocol::{Failure, SavedKeyframe, SavedRun};
use crate::train::timeline::{Keyframe, Timeline};

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

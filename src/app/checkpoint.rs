//! The last checkpoint of the run: what a new engine goes on from where one was lost.
//!
//! It is given up only when a new engine holds it. Until then nothing that a new engine tells counts, as it tells of its
//! own start: neither a second loss nor a start that fails loses θ.

use crate::domain::config::Config;
use crate::domain::cost::Spent;
use crate::domain::network::Network;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{Command, Event};

/// What is known of the run outside of its engine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// The train state, and the Config that the engine had then.
    saved: Option<(Config, TrainState)>,
    spent: Spent,
    is_running: bool,
    /// Whether a new engine was started that has not taken it over.
    is_pending: bool,
}

impl Checkpoint {
    /// Takes in an event of the engine, which has `config`.
    pub fn note(&mut self, event: &Event, config: &Config) {
        if self.is_pending {
            return;
        }
        match event {
            Event::Checkpoint(train_state) => self.saved = Some((config.clone(), train_state.clone())),
            Event::Status(status) => (self.spent, self.is_running) = (status.spent, status.running),
            _ => {}
        }
    }

    /// What a new engine for `config` is sent to take the run over, with its own Config where the present one is another
    /// run's, unless the run begins anew: because nothing was saved, or because the Config was changed meanwhile to one of
    /// another network or seed.
    #[must_use]
    pub fn restore(&mut self, config: &Config) -> Option<Command> {
        let (saved_config, train_state) = self.saved.as_ref()?;
        let is_of_network = train_state.theta.len() == Network::new(&config.model).parameters();
        if saved_config.restarts(config) || !is_of_network {
            *self = Self::default();
            return None;
        }
        self.is_pending = true;
        // A θ of another algorithm or other tasks stays that of its run; the new engine leaves it as the lost one would have.
        let mut config = if saved_config.trains_as(config) { config } else { saved_config }.clone();
        // Meta-iterations that were made stay made, whatever the length of the run is now.
        config.outer.iterations = config.outer.iterations.max(train_state.iteration);
        Some(Command::Restore { config, train_state: train_state.clone(), spent: self.spent })
    }

    /// Notes that the new engine holds the run, or has refused it; returns whether it is to train, as the lost one did.
    pub fn settle(&mut self) -> bool {
        self.is_pending = false;
        self.is_running
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::BackendKind;
    use crate::backend::choice::{Choice, Reason};
    use crate::domain::algorithm::Algorithm;
    use crate::domain::config::preset::Preset;
    use crate::domain::provenance::Provenance;
    use crate::engine::protocol::Status;

    fn config() -> Config {
        let mut config = Preset::Fast.config();
        config.model.hidden = vec![3];
        config
    }

    fn status(running: bool, seconds: f64) -> Event {
        Event::Status(Status {
            running,
            iteration: 0,
            iterations: 100,
            first: 0,
            shown: 0,
            meta_iterations_per_second: 0.0,
            step_size: 0.1,
            stopped: None,
            spent: Spent { seconds, ..Spent::default() },
            provenance: Provenance::default(),
            is_of_config: true,
            offer: None,
            has_best: false,
            backend: Choice { kind: BackendKind::Cpu, adapter: "a test".into(), reason: Reason::Asked },
        })
    }

    fn trained(iteration: u64) -> (Checkpoint, TrainState) {
        let train_state = TrainState { iteration, ..TrainState::of(&config()) };
        let mut checkpoint = Checkpoint::default();
        checkpoint.note(&status(true, 2.5), &config());
        checkpoint.note(&Event::Checkpoint(train_state.clone()), &config());
        (checkpoint, train_state)
    }

    #[test]
    fn nothing_is_lost_when_engines_die_one_after_the_other() {
        let (mut checkpoint, train_state) = trained(70);
        for _ in 0..3 {
            let Some(Command::Restore { train_state: restored, spent, .. }) = checkpoint.restore(&config()) else {
                panic!("nothing to go on from")
            };
            assert_eq!((&restored, spent.seconds), (&train_state, 2.5));
            // The new engine tells of its own start, and dies before it has taken the run over.
            checkpoint.note(&status(false, 0.0), &config());
            checkpoint.note(&Event::Checkpoint(TrainState::of(&config())), &config());
            checkpoint.note(&Event::Crashed("out of memory".into()), &config());
        }
        assert!(checkpoint.settle(), "a run that trained goes on training");
        let later = TrainState { iteration: 90, ..train_state };
        checkpoint.note(&Event::Checkpoint(later.clone()), &config());
        checkpoint.note(&status(false, 3.0), &config());
        let Some(Command::Restore { train_state, spent, .. }) = checkpoint.restore(&config()) else { panic!("θ") };
        assert_eq!((train_state, spent.seconds, checkpoint.settle()), (later, 3.0, false));
    }

    #[test]
    fn a_run_of_another_network_or_seed_begins_anew() {
        let change: [fn(&mut Config); 2] = [|config| config.seed += 1, |config| config.model.hidden = vec![4]];
        for change in change {
            let (mut checkpoint, _) = trained(70);
            let mut other = config();
            change(&mut other);
            assert_eq!(checkpoint.restore(&other), None);
            assert!(!checkpoint.settle(), "and waits");
        }
        assert_eq!(Checkpoint::default().restore(&config()), None);
    }

    #[test]
    fn what_another_algorithm_has_trained_comes_back_as_its_run() {
        let (mut checkpoint, _) = trained(70);
        let joint = config().with_algorithm(Algorithm::Joint);
        let Some(Command::Restore { config: restored, .. }) = checkpoint.restore(&joint) else { panic!("θ") };
        assert_eq!(restored, config());
        let mut milder = config();
        milder.inner.learning_rate /= 2.0;
        let Some(Command::Restore { config: restored, .. }) = checkpoint.restore(&milder) else { panic!("θ") };
        assert_eq!(restored, milder);
    }

    #[test]
    fn a_run_that_was_made_shorter_meanwhile_keeps_its_theta() {
        let (mut checkpoint, _) = trained(70);
        let mut shorter = config();
        shorter.outer.iterations = 10;
        let Some(Command::Restore { config, .. }) = checkpoint.restore(&shorter) else { panic!("θ") };
        assert_eq!(config.outer.iterations, 70);
    }
}

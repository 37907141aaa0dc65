//! Runs that other settings have taken the place of: each algorithm on each task distribution has a θ of its own.

use crate::domain::config::Config;
use crate::domain::cost::Spent;
use crate::domain::provenance::Provenance;
use crate::domain::train_state::TrainState;

/// The most runs that are kept; the oldest is dropped.
const MOST_KEPT: usize = 4;
/// A run that began while training goes on and is left again within this many milliseconds is a moment of a drag.
const GESTURE: f64 = 1000.0;

/// A run that was left.
#[derive(Clone)]
pub struct KeptRun {
    /// Its Config when it was left.
    pub config: Config,
    /// Where it stood.
    pub train_state: TrainState,
    /// What it had cost.
    pub spent: Spent,
}

/// The runs that were left, the last one at the end. All are of the present network and seed.
#[derive(Default)]
pub struct KeptRuns {
    runs: Vec<KeptRun>,
    /// Whether the present run, which began at a random start, may still go on from the last one's θ instead.
    is_offered: bool,
    /// When the present run began in place of another one, if training went on then.
    begun: Option<f64>,
}

impl KeptRuns {
    /// Leaves `left` for `next`: the run of `next`'s algorithm and tasks, if it was left before. `running` says whether
    /// training goes on.
    pub fn switch(&mut self, left: KeptRun, next: &Config, running: bool, now: f64) -> Option<KeptRun> {
        let is_in_drag = running && self.begun.is_some_and(|begun| now - begun < GESTURE);
        if !left.train_state.provenance.is_empty() && !is_in_drag {
            self.runs.retain(|run| !run.config.trains_as(&left.config));
            self.runs.push(left);
            if self.runs.len() > MOST_KEPT {
                self.runs.remove(0);
            }
        }
        let place = self.runs.iter().position(|run| run.config.trains_as(next));
        let found = place.map(|place| self.runs.remove(place));
        self.is_offered = found.is_none() && !self.runs.is_empty();
        self.begun = (found.is_none() && running).then_some(now);
        found
    }

    /// The run whose θ the present one may go on from.
    pub fn offered(&self) -> Option<&KeptRun> {
        self.runs.last().filter(|_| self.is_offered)
    }

    /// What has trained the θ that the present run may go on from.
    pub fn offer(&self) -> Option<&Provenance> {
        self.offered().map(|run| &run.train_state.provenance)
    }

    /// The present run goes on from the θ that it has.
    pub fn decide(&mut self) {
        (self.is_offered, self.begun) = (false, None);
    }
}

//! Controls training: whether it runs, its speed limit, and the size of a slice of time.

use crate::domain::pace::{LogTime, Pace, WATCHED};
use crate::engine::protocol::ReplyTo;

/// Length of one slice of training, in milliseconds.
const SLICE: f64 = 10.0;
/// Time over which the speed is averaged, in milliseconds.
const SPEED_WINDOW: f64 = 1000.0;
/// The longest delay of a slice, in milliseconds, that a larger next slice makes up for.
const LATEST: f64 = 100.0;

/// Whether and how fast to train.
pub struct TrainingControl {
    /// Whether to train to the end of the run.
    pub running: bool,
    /// Requested steps: where the reply goes, and the meta-iteration after which it is sent.
    pub steps: Vec<(ReplyTo<()>, u64)>,
    /// How fast it may go to the end of the run.
    pace: Pace,
    /// When the next meta-iteration is due, where so many are made a second.
    due: f64,
    /// Until when the pace keeps the next slice waiting.
    waits_until: f64,
    /// When a run that is watched would have begun with meta-iteration 0; none where this one is not watched.
    watched_from: Option<f64>,
    /// Tasks of a slice, adapted to its measured length.
    chunk: u64,
    /// Start of the present measurement of speed: time and meta-iterations.
    measured_from: Option<(f64, u64)>,
    /// Measured meta-iterations a second; 0 before the first measurement.
    pub per_second: f64,
}

impl TrainingControl {
    /// Nothing is to be trained so far.
    pub fn new() -> Self {
        Self {
            running: false,
            steps: Vec::new(),
            pace: Pace::Fastest,
            due: 0.0,
            waits_until: 0.0,
            watched_from: None,
            chunk: 1,
            measured_from: None,
            per_second: 0.0,
        }
    }

    /// Trains from `iteration` to the end of the run from `now` on; `watched` says whether people watch it.
    pub fn start(&mut self, now: f64, watched: bool, iteration: u64, end: u64) {
        self.running = true;
        self.measured_from = None;
        (self.due, self.waits_until) = (now, now);
        self.watched_from = watched.then(|| begun(now, iteration, end));
    }

    /// Trains at another pace.
    pub fn set_pace(&mut self, pace: Pace, now: f64, iteration: u64, end: u64) {
        (self.pace, self.due, self.waits_until) = (pace, now, now);
        self.watched_from = Some(begun(now, iteration, end));
    }

    /// Forgets the measured speed: backend or train state are others.
    pub fn forget_speed(&mut self) {
        self.chunk = 1;
        self.measured_from = None;
    }

    /// Whether there is something to train.
    pub fn is_active(&self) -> bool {
        self.running || !self.steps.is_empty()
    }

    /// Whether training has a use for this moment: there is something to train, and the pace does not keep it waiting.
    pub fn is_busy(&self, now: f64) -> bool {
        self.is_active() && now >= self.waits_until
    }

    /// Whether it trains as fast as it can.
    pub fn is_unlimited(&self) -> bool {
        let is_paced = match self.pace {
            Pace::Fastest => false,
            Pace::Watch => self.watched_from.is_some(),
            Pace::PerSecond(_) => true,
        };
        self.is_active() && !(self.running && is_paced)
    }

    /// The meta-iteration after which the last of the requested steps is made, if any are.
    pub fn last_step(&self) -> Option<u64> {
        self.steps.iter().map(|(_, target)| *target).max()
    }

    /// The meta-iteration at which training is to pause, on the way from `iteration` to `end`.
    pub fn target(&self, iteration: u64, end: u64) -> u64 {
        if self.running { end } else { self.steps.iter().map(|(_, target)| *target).min().unwrap_or(iteration) }
    }

    /// The tasks of the slice that begins at `now` with meta-iteration `iteration` of `end`, of `meta_batch` tasks each.
    ///
    /// # Errors
    /// The next slice is due later: the time.
    pub fn next_slice(&mut self, now: f64, meta_batch: usize, iteration: u64, end: u64) -> Result<u64, f64> {
        let meta_batch = meta_batch as u64;
        if !self.running {
            return Ok(self.chunk);
        }
        if let (Pace::Watch, Some(begun)) = (self.pace, self.watched_from) {
            let time = LogTime { end };
            let allowed = time.iteration((now - begun) / WATCHED).saturating_sub(iteration);
            let due = begun + WATCHED * time.fraction(iteration + 1);
            if allowed == 0 && now < due {
                self.waits_until = due;
                return Err(due);
            }
            self.chunk = self.chunk.min(allowed.max(1) * meta_batch);
        }
        if let Pace::PerSecond(limit) = self.pace {
            if now < self.due {
                self.waits_until = self.due;
                return Err(self.due);
            }
            // The delay of a late slice is made up for by a larger one, up to a bound.
            self.due = self.due.max(now - LATEST);
            let behind = 1 + ((now - self.due) * limit / 1000.0) as u64;
            self.chunk = self.chunk.min(behind * meta_batch);
            self.due += self.chunk as f64 / meta_batch as f64 * 1000.0 / limit;
        }
        Ok(self.chunk)
    }

    /// Notes that a slice of `done` tasks took `took` milliseconds, and makes the next one fit; at most `most` tasks.
    pub fn note_slice(&mut self, done: u64, took: f64, most: u64) {
        self.chunk = if took < SLICE / 2.0 {
            // A slice cut short says nothing about a longer one.
            if 2 * done > self.chunk { self.chunk * 2 } else { self.chunk }
        } else {
            (done as f64 * SLICE / took) as u64
        };
        self.chunk = self.chunk.clamp(1, most);
    }

    /// Notes that `iteration` was reached at `now`, and measures the speed over windows of about a second.
    pub fn measure(&mut self, now: f64, iteration: u64) {
        let (from, at) = *self.measured_from.get_or_insert((now, iteration));
        if now - from >= SPEED_WINDOW / 4.0 {
            let speed = (iteration - at) as f64 * 1000.0 / (now - from);
            let weight = ((now - from) / SPEED_WINDOW).min(1.0);
            self.per_second =
                if self.per_second > 0.0 { self.per_second + weight * (speed - self.per_second) } else { speed };
            self.measured_from = Some((now, iteration));
        }
    }
}

/// When a run that is watched would have begun that is at `iteration` of `end` now.
fn begun(now: f64, iteration: u64, end: u64) -> f64 {
    now - WATCHED * LogTime { end }.fraction(iteration)
}

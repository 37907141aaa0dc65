//! Controls training: whether it runs, its speed limit, and the size of a slice of time.

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
    /// Meta-iterations a second at most.
    limit: Option<f64>,
    /// When the next meta-iteration is due, where there is a limit.
    due: f64,
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
            limit: None,
            due: 0.0,
            chunk: 1,
            measured_from: None,
            per_second: 0.0,
        }
    }

    /// Trains to the end of the run from `now` on.
    pub fn start(&mut self, now: f64) {
        self.running = true;
        self.measured_from = None;
        self.due = now;
    }

    /// Trains no faster than so many meta-iterations a second.
    pub fn limit(&mut self, per_second: Option<f64>, now: f64) {
        (self.limit, self.due) = (per_second, now);
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

    /// The meta-iteration after which the last of the requested steps is made, if any are.
    pub fn last_step(&self) -> Option<u64> {
        self.steps.iter().map(|(_, target)| *target).max()
    }

    /// The meta-iteration at which training is to pause, on the way from `iteration` to `end`.
    pub fn target(&self, iteration: u64, end: u64) -> u64 {
        if self.running { end } else { self.steps.iter().map(|(_, target)| *target).min().unwrap_or(iteration) }
    }

    /// The tasks of the slice that begins at `now`, with `meta_batch` tasks a meta-iteration.
    ///
    /// # Errors
    /// Training has a speed limit: the time at which the next slice is due.
    pub fn next_slice(&mut self, now: f64, meta_batch: usize) -> Result<u64, f64> {
        let meta_batch = meta_batch as u64;
        if let Some(limit) = self.limit.filter(|_| self.running) {
            if now < self.due {
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

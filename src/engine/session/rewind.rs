//! The moment of the run that is shown: the present one, or one that a person has gone back to.

use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{Event, Failure, ReplyTo};
use crate::train::timeline::{Replay, Timeline};

/// Length of one slice of the way to a moment, in milliseconds.
const SLICE: f64 = 10.0;

/// The time line of a run, and where on it one is.
pub struct Rewind {
    timeline: Timeline,
    /// The train state of a moment that is past; none where the present one is shown.
    past: Option<TrainState>,
    /// The way to another moment, and who waits for its end.
    journey: Option<(Replay, ReplyTo<u64>)>,
}

impl Rewind {
    /// At the beginning of a run.
    pub fn new(train_state: &TrainState, config: &Config) -> Self {
        Self { timeline: Timeline::new(train_state, config), past: None, journey: None }
    }

    /// Of a run that was saved, and the moment that is shown, if it is past.
    pub fn restored(timeline: Timeline, past: Option<TrainState>) -> Self {
        Self { timeline, past, journey: None }
    }

    /// The time line.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Takes a train state of the run into the time line.
    pub fn record(&mut self, train_state: &TrainState) {
        self.timeline.record(train_state);
    }

    /// The run goes on from this train state by another Config.
    pub fn change(&mut self, train_state: &TrainState, config: &Config) {
        self.timeline.change(train_state, config);
    }

    /// The moment that is shown, if it is past.
    pub fn past(&self) -> Option<&TrainState> {
        self.past.as_ref()
    }

    /// The train state that is shown: that of the moment that one has gone back to, or the present one.
    pub fn shown<'a>(&'a self, present: &'a TrainState) -> &'a TrainState {
        self.past().unwrap_or(present)
    }

    /// Whether it is on the way to another moment.
    pub fn is_under_way(&self) -> bool {
        self.journey.is_some()
    }

    /// Sets out for a moment of the run, from the nearest that is known; the answer to whoever waited for another one.
    pub fn set_out(&mut self, iteration: u64, reply_to: ReplyTo<u64>) -> Option<Event> {
        let replay = self.timeline.replay(iteration);
        self.journey.replace((replay, reply_to)).map(|(_, reply_to)| reply_to.answer(Err(Failure::Interrupted)))
    }

    /// Goes on with the way; when it ends, its moment is shown. The answer to whoever waits for that.
    pub async fn work(&mut self, present: &TrainState, clock: fn() -> f64) -> Result<Option<Event>, Failure> {
        let Some((replay, _)) = &mut self.journey else { return Ok(None) };
        if !replay.work(clock() + SLICE, clock).await.map_err(Failure::Backend)? {
            return Ok(None);
        }
        let Some((replay, reply_to)) = self.journey.take() else { return Ok(None) };
        let reached = replay.train_state();
        self.past = (reached.iteration != present.iteration).then(|| reached.clone());
        Ok(Some(reply_to.answer(Ok(reached.iteration))))
    }

    /// Shows the present again; the answer to whoever waited for another moment.
    pub fn come_back(&mut self) -> Option<Event> {
        self.past = None;
        self.give_up()
    }

    /// Stays where it is; the answer to whoever waited for another moment.
    pub fn give_up(&mut self) -> Option<Event> {
        self.journey.take().map(|(_, reply_to)| reply_to.answer(Err(Failure::Interrupted)))
    }

    /// Makes the moment that is shown the present one, if it is past: what came later is forgotten.
    pub fn branch(&mut self) -> Option<TrainState> {
        let train_state = self.past.take()?;
        self.timeline.branch(&train_state);
        Some(train_state)
    }
}

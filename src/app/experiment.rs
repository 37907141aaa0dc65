//! What a comparison and a search have in common: the phase and progress of an experiment of the engine, and its
//! remaining time.

use crate::engine::protocol::ExperimentId;

/// The phase of an experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// There has been no experiment so far.
    #[default]
    Idle,
    /// Its runs train.
    Running,
    /// It is paused.
    Paused,
    /// All its runs are over.
    Finished,
    /// It was cancelled, or has failed.
    Stopped,
}

/// An experiment as the page sees it. Times are milliseconds of any fixed clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExperimentState {
    id: Option<ExperimentId>,
    phase: Phase,
    /// How much of each run is done, 0 to 1.
    parts: Vec<f64>,
    /// How long it ran before `since`.
    spent: f64,
    /// When it last began to run.
    since: f64,
}

impl ExperimentState {
    /// Begins an experiment of this many runs in place of the one before, whose late events are dropped.
    pub fn begin(&mut self, id: ExperimentId, runs: usize, now: f64) {
        *self = Self { id: Some(id), phase: Phase::Running, parts: vec![0.0; runs], spent: 0.0, since: now };
    }

    /// Pauses it, if it runs.
    pub fn pause(&mut self, now: f64) {
        if self.phase == Phase::Running {
            self.leave(Phase::Paused, now);
        }
    }

    /// Resumes it, if it is paused.
    pub fn resume(&mut self, now: f64) {
        if self.phase == Phase::Paused {
            (self.phase, self.since) = (Phase::Running, now);
        }
    }

    /// Notes that all runs of an experiment are over. Whether that changed the phase: it does not for another
    /// experiment.
    pub fn finish(&mut self, id: ExperimentId, now: f64) -> bool {
        self.end(id, Phase::Finished, now)
    }

    /// Notes that an experiment was cancelled or has failed. Whether that changed the phase.
    pub fn stop(&mut self, id: ExperimentId, now: f64) -> bool {
        self.end(id, Phase::Stopped, now)
    }

    fn end(&mut self, id: ExperimentId, phase: Phase, now: f64) -> bool {
        let is_news = self.is_of(id) && self.is_under_way();
        if is_news {
            self.leave(phase, now);
        }
        is_news
    }

    fn leave(&mut self, phase: Phase, now: f64) {
        self.spent = self.elapsed(now);
        self.phase = phase;
    }

    /// Notes how much of a run is done, 0 to 1.
    pub fn set_part(&mut self, run: usize, part: f64) {
        if let Some(own) = self.parts.get_mut(run) {
            *own = part;
        }
    }

    /// The id by which the engine knows it.
    #[must_use]
    pub fn id(&self) -> Option<ExperimentId> {
        self.id
    }

    /// Whether an event with this id is of this experiment, and not of an older one.
    #[must_use]
    pub fn is_of(&self, id: ExperimentId) -> bool {
        self.id == Some(id)
    }

    /// Its phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether it has neither ended nor been cancelled.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Paused)
    }

    /// How much of all its runs is done, counted in runs.
    #[must_use]
    pub fn runs_done(&self) -> f64 {
        self.parts.iter().sum()
    }

    /// How long it has run, without its pauses.
    #[must_use]
    pub fn elapsed(&self, now: f64) -> f64 {
        self.spent + if self.phase == Phase::Running { now - self.since } else { 0.0 }
    }

    /// Estimated remaining time in milliseconds, at the speed so far; none before any progress.
    #[must_use]
    pub fn time_left(&self, now: f64) -> Option<f64> {
        let done = self.runs_done();
        (done > 0.0).then(|| self.elapsed(now) / done * (self.parts.len() as f64 - done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: ExperimentId = ExperimentId(1);
    const SECOND: ExperimentId = ExperimentId(2);

    fn begun() -> ExperimentState {
        let mut state = ExperimentState::default();
        assert_eq!((state.phase(), state.id(), state.time_left(5.0)), (Phase::Idle, None, None));
        state.begin(FIRST, 4, 1000.0);
        state
    }

    #[test]
    fn pauses_count_neither_as_elapsed_nor_as_time_left() {
        let mut state = begun();
        assert!(state.is_under_way());
        assert_eq!(state.time_left(1500.0), None, "no pace is known so far");
        state.set_part(0, 1.0);
        state.set_part(1, 0.5);
        state.set_part(9, 1.0);
        assert_eq!(state.runs_done(), 1.5);
        assert_eq!((state.elapsed(1300.0), state.time_left(1300.0)), (300.0, Some(500.0)));
        state.pause(1300.0);
        state.pause(9000.0);
        assert_eq!(
            (state.phase(), state.elapsed(9000.0), state.time_left(9000.0)),
            (Phase::Paused, 300.0, Some(500.0))
        );
        state.resume(9000.0);
        state.resume(9100.0);
        assert_eq!((state.phase(), state.elapsed(9300.0)), (Phase::Running, 600.0));
    }

    #[test]
    fn an_end_is_news_once_and_stops_the_clock() {
        let mut state = begun();
        assert!(state.finish(FIRST, 1200.0));
        assert_eq!((state.phase(), state.elapsed(5000.0)), (Phase::Finished, 200.0));
        assert!(!state.stop(FIRST, 6000.0) && !state.is_under_way());
        state.pause(6000.0);
        state.resume(6000.0);
        assert_eq!(state.phase(), Phase::Finished, "what is over stays so");
        let mut state = begun();
        state.pause(1100.0);
        assert!(state.stop(FIRST, 7000.0));
        assert_eq!((state.phase(), state.elapsed(7000.0)), (Phase::Stopped, 100.0));
    }

    #[test]
    fn late_news_of_an_old_experiment_is_dropped() {
        let mut state = begun();
        state.set_part(0, 1.0);
        state.begin(SECOND, 2, 2000.0);
        assert_eq!((state.runs_done(), state.elapsed(2000.0)), (0.0, 0.0));
        assert!(!state.is_of(FIRST) && state.is_of(SECOND));
        assert!(!state.finish(FIRST, 2100.0) && !state.stop(FIRST, 2100.0));
        assert_eq!(state.phase(), Phase::Running);
    }
}

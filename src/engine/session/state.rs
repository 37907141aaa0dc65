//! The session's state: its run, once it is open, and its outbox.

use serde::Serialize;

use super::run::SessionRun;
use super::saves::Saves;
use crate::backend::choice::{Choice, Preference};
use crate::backend::{Backend, BackendError, BackendKind, Pending};
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{Event, Failure, ReplyTo};

/// Opens a backend for a Config and a train state, as preferred, and says which one it is.
pub type Opener = Box<dyn Fn(Config, TrainState, Preference) -> Pending<'static, (Box<dyn Backend>, Choice)>>;

/// A session; see the module above.
pub struct Session {
    pub(super) clock: fn() -> f64,
    pub(super) opener: Opener,
    pub(super) outbox: Vec<Event>,
    pub(super) run: Option<SessionRun>,
    /// Whether training uses every processor, so that the page has none for itself.
    pub(super) is_on_every_processor: bool,
    /// When the last status was sent.
    pub(super) reported: f64,
    /// When the last checkpoint was sent, and its meta-iteration; none of the present θ so far.
    pub(super) checkpoint: Option<(f64, u64)>,
    /// What the page is saving.
    pub(super) saves: Saves,
}

impl Session {
    /// A session that is not open yet. `clock` tells milliseconds from any fixed time.
    #[must_use]
    pub fn new(clock: fn() -> f64, opener: Opener) -> Self {
        Self {
            clock,
            opener,
            outbox: Vec::new(),
            run: None,
            is_on_every_processor: false,
            reported: f64::NEG_INFINITY,
            checkpoint: None,
            saves: Saves::default(),
        }
    }

    /// The same, where training may use every processor: it sends the page less to draw while it is at its fastest.
    #[must_use]
    pub fn on_every_processor(self, is_on_every_processor: bool) -> Self {
        Self { is_on_every_processor, ..self }
    }

    /// The events since the last call, in order.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    /// Sends the engine's status.
    pub(super) fn report(&mut self) {
        if let Some(run) = &self.run {
            self.reported = (self.clock)();
            self.outbox.push(Event::Status(run.status()));
        }
    }

    /// Says that the training chart begins anew; the θ that it begins with is kept as a checkpoint soon.
    pub(super) fn restarted(&mut self) {
        self.outbox.push(Event::Restarted);
        self.checkpoint = None;
    }

    /// Answers a call; if the answer is a failure, recovers first, so that training can go on.
    pub(super) fn answer<T: Serialize>(&mut self, reply_to: ReplyTo<T>, result: Result<T, Failure>) {
        let result = result.map_err(|failure| self.recover(failure));
        // The status comes before the answer, so that the caller sees it when the answer arrives.
        self.report();
        self.outbox.push(reply_to.answer(result));
    }

    /// Answers all pending steps with this failure.
    pub(super) fn interrupt(&mut self, why: &Failure) {
        let Some(run) = &mut self.run else { return };
        let answers = run.control.steps.drain(..).map(|(reply_to, _)| reply_to.answer(Err(why.clone())));
        self.outbox.extend(answers);
    }

    /// Recovers from a failure, so that training can go on: from the known train state, and on one CPU worker where the
    /// GPU or a helper worker failed.
    pub(super) fn recover(&mut self, failure: Failure) -> Failure {
        let Some(run) = &mut self.run else { return failure };
        match &failure {
            Failure::Backend(error)
                if matches!(error, BackendError::HelperLost { .. })
                    || run.backend.kind() == BackendKind::Gpu && !matches!(error, BackendError::NoAdapter { .. }) =>
            {
                run.fall_back(error.clone());
            }
            Failure::Diverged { .. } => {
                run.control.running = false;
                let known = run.training.known().clone();
                self.outbox.extend(run.reload(known));
                run.invalidate_views();
                self.interrupt(&failure);
            }
            _ => {}
        }
        failure
    }
}

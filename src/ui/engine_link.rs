//! The page's connection to its engine, and the state that the engine has been sent.

use futures_channel::oneshot;

use crate::app::checkpoint::Checkpoint;
use crate::domain::config::Config;
use crate::domain::task::curve::TrueCurve;
use crate::engine::protocol::{GoTo, ViewRequest};
use crate::engine::web::client::Client;

/// The connection to the engine, and the state that the engine has been sent.
#[derive(Default)]
pub struct EngineLink {
    /// The page's end of the connection.
    pub client: Option<Client>,
    /// Counts engines, so that an event of a replaced engine is not taken for one of its successor.
    pub generation: u32,
    /// Whether the next animation frame will send changes.
    pub scheduled: bool,
    /// Whether a Config is on its way.
    pub configuring: bool,
    /// The Config that the engine has taken over.
    pub accepted: Option<Config>,
    /// The curve and shots that the engine was asked to show.
    pub asked: Option<(TrueCurve, Vec<[f32; 2]>)>,
    /// Whether the engine was asked for the predictions after every gradient step.
    pub every_step: bool,
    /// The views that the engine was asked to make.
    pub watched: Vec<ViewRequest>,
    /// The moments of the run that a person wants to see.
    pub scrub: Scrub,
    /// The moment of the run that a link or a lesson begins at.
    pub reach: Reach,
    /// The last checkpoint, from which the next engine goes on if this one is lost.
    pub checkpoint: Checkpoint,
}

/// The moments of the run that a person wants to see, one after the other.
#[derive(Default)]
pub struct Scrub {
    /// Whether one is on its way.
    pub is_under_way: bool,
    /// The one that is wanted after it.
    pub next: Option<GoTo>,
}

/// The moment of the run that a link or a lesson begins at, while it is on its way, and training that was asked for before
/// it is shown.
#[derive(Default)]
pub struct Reach {
    /// Counts these moments, and what has called one off: who waits for anything but the last gives way.
    last: u64,
    is_under_way: bool,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Reach {
    /// Sets out for another moment, and gives it a number. Training that waits for the one before is not to begin at this
    /// one.
    pub fn begin(&mut self) -> u64 {
        self.is_under_way = true;
        self.waiting.clear();
        self.renumber()
    }

    /// The run is paused, begun anew, or replaced: no moment is gone to, and no training is to begin that was asked for
    /// before.
    pub fn call_off(&mut self) {
        self.is_under_way = false;
        self.waiting.clear();
        self.renumber();
    }

    /// Gives the moment that is on its way another number: whoever has the old one gives way.
    pub fn renumber(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// The last number.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The moment is shown, or cannot be, so that no training is to begin at it.
    pub fn end(&mut self, is_shown: bool) {
        self.is_under_way = false;
        if !is_shown {
            self.waiting.clear();
        }
        for waiting in self.waiting.drain(..) {
            // A send fails where nobody waits any longer.
            let _ = waiting.send(());
        }
    }

    /// What to wait for before training begins; it is cancelled when training is called off meanwhile.
    pub fn wait(&mut self) -> Option<oneshot::Receiver<()>> {
        self.is_under_way.then(|| {
            let (sender, receiver) = oneshot::channel();
            self.waiting.push(sender);
            receiver
        })
    }
}

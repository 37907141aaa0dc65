//! The moment of the run that a link or a lesson begins at, while it is on its way.

use futures_channel::oneshot;

/// The moment that is on its way, and training that was asked for before it is shown.
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

    /// The last number.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// No moment is gone to, and no training is to begin that was asked for before.
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

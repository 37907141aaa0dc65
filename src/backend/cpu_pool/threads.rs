//! Helpers on threads of this process.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Helper, PoolReply, PoolRequest, WorkerChannel};
use crate::backend::{BackendError, Pending};

/// How long a thread looks for a message before it lets itself be woken: waking takes longer than most waits.
const SPIN: Duration = Duration::from_micros(200);

/// The way to a helper on a thread, which ends with it.
pub struct ThreadChannel {
    requests: Sender<PoolRequest>,
    replies: Receiver<PoolReply>,
}

/// Starts `count` helpers.
#[must_use]
pub fn helpers(count: usize) -> Vec<ThreadChannel> {
    (0..count).map(|_| ThreadChannel::start()).collect()
}

/// Milliseconds since the first call.
#[must_use]
pub fn now() -> f64 {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    BEGUN.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

impl ThreadChannel {
    fn start() -> Self {
        let (requests, to_do) = channel();
        let (done, replies) = channel();
        thread::spawn(move || {
            let mut helper = Helper::new();
            while let Some(request) = next(&to_do) {
                if let Some(reply) = helper.handle(request)
                    && done.send(reply).is_err()
                {
                    break;
                }
                helper.draw_ahead();
            }
        });
        Self { requests, replies }
    }
}

/// The next message, or none when the other end is gone.
fn next<T>(receiver: &Receiver<T>) -> Option<T> {
    let begun = Instant::now();
    while begun.elapsed() < SPIN {
        match receiver.try_recv() {
            Ok(message) => return Some(message),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => std::hint::spin_loop(),
        }
    }
    receiver.recv().ok()
}

impl WorkerChannel for ThreadChannel {
    fn is_ready(&self) -> bool {
        true
    }

    fn send(&mut self, request: PoolRequest) {
        // A thread that has ended is noticed when its reply is wanted.
        drop(self.requests.send(request));
    }

    fn receive(&mut self) -> Pending<'_, PoolReply> {
        let reply = next(&self.replies);
        let lost = || BackendError::HelperLost { detail: "its thread has ended".to_owned() };
        Box::pin(std::future::ready(reply.ok_or_else(lost)))
    }
}

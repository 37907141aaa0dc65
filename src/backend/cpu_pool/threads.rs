//! Hands on threads of this process.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Hand, Line, Order, Report};
use crate::backend::{BackendError, Pending};

/// How long a thread looks for a message before it lets itself be woken: waking takes longer than most waits.
const SPIN: Duration = Duration::from_micros(200);

/// The way to a hand on a thread, which ends with it.
pub struct ThreadLine {
    orders: Sender<Order>,
    reports: Receiver<Report>,
}

/// Starts `count` hands.
#[must_use]
pub fn hands(count: usize) -> Vec<ThreadLine> {
    (0..count).map(|_| ThreadLine::start()).collect()
}

/// Milliseconds since the first call.
#[must_use]
pub fn now() -> f64 {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    BEGUN.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

impl ThreadLine {
    fn start() -> Self {
        let (orders, to_do) = channel();
        let (done, reports) = channel();
        thread::spawn(move || {
            let mut hand = Hand::new(now);
            while let Some(order) = next(&to_do) {
                if let Some(report) = hand.obey(order)
                    && done.send(report).is_err()
                {
                    break;
                }
                hand.look_ahead();
            }
        });
        Self { orders, reports }
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

impl Line for ThreadLine {
    fn is_ready(&self) -> bool {
        true
    }

    fn send(&mut self, order: Order) {
        // A thread that has ended is noticed when its report is wanted.
        drop(self.orders.send(order));
    }

    fn receive(&mut self) -> Pending<'_, Report> {
        let report = next(&self.reports);
        let lost = || BackendError::HandLost { detail: "its thread has ended".to_owned() };
        Box::pin(std::future::ready(report.ok_or_else(lost)))
    }
}

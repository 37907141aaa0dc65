//! The workers that a series goes on. They start with it and end with it, and the engine goes on beside them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::hands::{self, WorkerLine};
use super::protocol::{Event, Failure, SeriesCommand};
use super::series::{Bench, Ticket};
use crate::backend::crew::{Line, Order, Report, out_of_turn};
use crate::backend::stretch::Stretch;

/// After so many losses of workers in a row a series is given up.
const MOST_LOSSES: u32 = 3;

/// The series and its workers.
pub struct Pool {
    bench: RefCell<Bench>,
    /// Workers that have nothing to do.
    resting: RefCell<Vec<WorkerLine>>,
    /// All workers.
    workers: Cell<u32>,
    /// Workers lost since one did its work.
    losses: Cell<u32>,
    post: fn(&Event),
}

impl Pool {
    /// A pool without workers, that says what there is to say by `post`.
    #[must_use]
    pub fn new(post: fn(&Event)) -> Rc<Self> {
        Rc::new(Self {
            bench: RefCell::default(),
            resting: RefCell::default(),
            workers: Cell::new(0),
            losses: Cell::new(0),
            post,
        })
    }

    /// Obeys a command of the page.
    pub fn answer(self: &Rc<Self>, id: u32, command: SeriesCommand) {
        self.bench.borrow_mut().answer(id, command);
        self.go_on();
    }

    /// Says what there is to say, and gives the workers something to do.
    fn go_on(self: &Rc<Self>) {
        self.bench.borrow_mut().take_events().iter().for_each(self.post);
        let mut resting = self.resting.borrow_mut();
        if self.bench.borrow().is_over() {
            self.workers.set(self.workers.get() - resting.len() as u32);
            resting.clear();
            return;
        }
        let more = hands::lines(hands::workers().saturating_sub(self.workers.get()));
        self.workers.set(self.workers.get() + more.len() as u32);
        resting.extend(more);
        while !resting.is_empty() {
            let Some((ticket, stretch)) = self.bench.borrow_mut().next_stretch() else { break };
            if let Some(line) = resting.pop() {
                spawn_local(Rc::clone(self).work(line, ticket, stretch));
            }
        }
    }

    /// Has a worker make a stretch.
    async fn work(self: Rc<Self>, mut line: WorkerLine, ticket: Ticket, stretch: Stretch) {
        line.send(Order::Run(Box::new(stretch)));
        let result = line.receive().await.and_then(|report| match report {
            Report::Outcome(outcome) => Ok(*outcome),
            Report::Sums(_) | Report::Predictions(_) => Err(out_of_turn()),
        });
        let loss = result.as_ref().err().cloned();
        self.bench.borrow_mut().accept(ticket, result);
        match loss {
            None => {
                self.losses.set(0);
                self.resting.borrow_mut().push(line);
            }
            Some(error) => {
                drop(line);
                self.workers.set(self.workers.get() - 1);
                self.losses.set(self.losses.get() + 1);
                if self.losses.get() >= MOST_LOSSES {
                    self.losses.set(0);
                    self.bench.borrow_mut().give_up(Failure::Backend(error));
                }
            }
        }
        self.go_on();
    }
}

//! What every view in the making is: begun from one θ, worked on in slices of time, and complete at last.

use std::rc::Rc;

use crate::backend::{Backend, Pending};
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::ViewResult;

/// What a view is made of; it does not change while the view is made.
#[derive(Clone)]
pub struct Origin {
    /// The run.
    pub config: Rc<Config>,
    /// θ, in the flat layout of `Network`.
    pub theta: Rc<[f32]>,
    /// Meta-iterations behind it.
    pub iteration: u64,
    /// All of the train state that θ is of.
    pub train_state: Rc<TrainState>,
    /// What is recorded of the run, in the order of the meta-iterations.
    pub keyframes: Vec<Rc<TrainState>>,
}

/// A view in the making.
pub trait ViewJob {
    /// Goes on until about this time of the clock, in milliseconds; says whether the view is complete.
    ///
    /// The backend adapts from any θ, many tasks at once; what it cannot do is done by a kernel of the job's own.
    fn work<'a>(&'a mut self, backend: &'a mut dyn Backend, until: f64, clock: fn() -> f64) -> Pending<'a, bool>;

    /// The complete view.
    fn result(self: Box<Self>) -> ViewResult;
}

/// Does a job's next pieces of work, which need no backend, one at least and until about this time; says whether the last of
/// them has been done.
pub fn in_pieces<'a>(mut piece: impl FnMut() -> bool, until: f64, clock: fn() -> f64) -> Pending<'a, bool> {
    let is_complete = loop {
        if piece() {
            break true;
        }
        if clock() >= until {
            break false;
        }
    };
    Box::pin(std::future::ready(Ok(is_complete)))
}

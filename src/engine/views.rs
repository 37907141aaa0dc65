//! Views of θ in the making: a slice of time at a time, so that training goes on beside them.
//!
//! To add one: a variant of [`ViewRequest`] and of [`ViewResult`], a [`ViewJob`] in a file here, and its line in [`begin`].
//! The page asks for it in [`app::views`](crate::app::views), keeps what comes of it in a signal of its own, and lends
//! that to its chart.

mod loss_surface;
mod task_map;
mod theta_map;
mod wheel;

use std::rc::Rc;

use crate::backend::{Backend, Pending};
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{ViewRequest, ViewResult};

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

/// Begins a view; its request has been checked.
#[must_use]
pub fn begin(request: &ViewRequest, origin: &Origin) -> Box<dyn ViewJob> {
    match request {
        ViewRequest::LossSurface { curve, shots } => Box::new(loss_surface::Job::new(origin, curve, shots)),
        ViewRequest::TaskMap(spec) => Box::new(task_map::Job::new(origin, spec)),
        ViewRequest::ThetaMap => Box::new(theta_map::Job::new(origin)),
        ViewRequest::Wheel { steps, tasks } => Box::new(wheel::Job::new(origin, *steps, tasks)),
    }
}

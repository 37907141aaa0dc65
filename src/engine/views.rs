//! Views of θ in the making: a slice of time at a time, so that training goes on beside them.
//!
//! To add one: a variant of [`ViewRequest`] and of [`ViewResult`](crate::engine::protocol::ViewResult), a [`ViewJob`] in a
//! file here, which uses [`job`] alone, and its line in [`begin`]. The page asks for it in
//! [`app::views`](crate::app::views), keeps what comes of it in a signal of its own, and lends that to its chart.

mod activity;
mod job;
mod loss_surface;
mod pair_surface;
mod task_map;
mod theta_map;
mod wheel;

pub use job::{Origin, ViewJob};

use crate::engine::protocol::ViewRequest;

/// Begins a view; its request has been checked.
#[must_use]
pub fn begin(request: &ViewRequest, origin: &Origin) -> Box<dyn ViewJob> {
    match request {
        ViewRequest::LossSurface { curve, shots } => Box::new(loss_surface::Job::new(origin, curve, shots)),
        ViewRequest::PairSurface { theta, number } => Box::new(pair_surface::Job::new(origin, theta, *number)),
        ViewRequest::TaskMap(spec) => Box::new(task_map::Job::new(origin, spec)),
        ViewRequest::ThetaMap => Box::new(theta_map::Job::new(origin)),
        ViewRequest::Wheel { steps, tasks } => Box::new(wheel::Job::new(origin, *steps, tasks)),
        ViewRequest::Activity { curve, shots, steps, step, layer } => {
            Box::new(activity::Job::new(origin, curve, shots, (*steps, *step), *layer))
        }
    }
}

//! The views of θ that the page has the engine make, and what is known of them.

use super::state::{PageState, Panel};
use super::task_map;
use crate::domain::wheel::{RINGS, SPOKES, WheelTasks};
use crate::engine::protocol::{View, ViewRequest};

/// The last view of a kind that the engine has made, and of what.
#[derive(Clone, Debug, PartialEq)]
pub struct Made<T> {
    /// Meta-iterations behind its θ.
    pub iteration: u64,
    /// What was asked for.
    pub request: ViewRequest,
    /// The view.
    pub result: T,
}

impl<T> Made<T> {
    /// The same view of a message.
    pub fn of(View { iteration, request, .. }: View, result: T) -> Self {
        Self { iteration, request, result }
    }

    /// Whether it is none of the views that are wanted, or θ has moved on and does not go on moving: while it does, the next
    /// view is under way.
    #[must_use]
    pub fn is_stale(&self, wanted: &[ViewRequest], iteration: u64, trains: bool) -> bool {
        !wanted.contains(&self.request) || self.iteration != iteration && !trains
    }
}

/// What the engine is to make of θ, one of each kind at most: whatever a person has opened.
#[must_use]
pub fn wanted(state: &PageState) -> Vec<ViewRequest> {
    let PageState { document, view, .. } = state;
    let mut views = vec![];
    if view.task_map.shown {
        views.push(ViewRequest::TaskMap(task_map::spec(&document.config, &document.preview, view.task_map.step)));
    }
    if view.panels.contains(&Panel::Inside) {
        let (config, preview) = (&document.config, &document.preview);
        views.push(ViewRequest::Activity {
            curve: preview.curve(),
            shots: preview.shots(config),
            steps: config.eval.steps,
            step: view.replayed.unwrap_or(config.eval.steps),
            layer: view.hidden_layer,
        });
    }
    if view.panels.contains(&Panel::LossSurface) {
        let (config, preview) = (&document.config, &document.preview);
        views.push(ViewRequest::LossSurface { curve: preview.curve(), shots: preview.shots(config) });
    }
    if view.panels.contains(&Panel::ThetaMap) {
        views.push(ViewRequest::ThetaMap);
    }
    if view.panels.contains(&Panel::Wheel) {
        let tasks = WheelTasks::of(&document.config.tasks, RINGS, SPOKES);
        views.push(ViewRequest::Wheel { steps: view.wheel_steps, tasks });
    }
    views
}

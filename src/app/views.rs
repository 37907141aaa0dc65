//! The views of θ that the page has the engine make, and what is known of them.

use super::preview_input::PreviewInput;
use super::state::{PageState, Panel};
use super::task_map;
use crate::domain::config::Config;
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

    /// Whether it is not the view that is wanted, or θ has moved on and does not go on moving: while it does, the next view
    /// is under way.
    #[must_use]
    pub fn is_stale(&self, wanted: &ViewRequest, iteration: u64, trains: bool) -> bool {
        self.request != *wanted || self.iteration != iteration && !trains
    }
}

/// What the engine is to make of θ, one of each kind at most: whatever a person has opened.
#[must_use]
pub fn wanted(state: &PageState) -> Vec<ViewRequest> {
    let PageState { document, view, .. } = state;
    let map = view
        .task_map
        .shown
        .then(|| ViewRequest::TaskMap(task_map::spec(&document.config, &document.preview, view.task_map.step)));
    let surface = view.panels.contains(&Panel::LossSurface).then(|| loss_surface(&document.preview, &document.config));
    map.into_iter().chain(surface).collect()
}

/// The loss of the shown curve around θ.
#[must_use]
pub fn loss_surface(preview: &PreviewInput, config: &Config) -> ViewRequest {
    ViewRequest::LossSurface { curve: preview.curve(), shots: preview.shots(config) }
}

//! The page's connection to its engine, and the state that the engine has been sent.

use super::reach::Reach;
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

//! The page's connection to its engine, and what the engine has been told.

use crate::domain::config::Config;
use crate::domain::task::curve::TrueCurve;
use crate::domain::train_state::TrainState;
use crate::engine::web::client::Client;

/// The engine, and what it has been told.
#[derive(Default)]
pub struct EngineLink {
    /// Its end of the connection.
    pub client: Option<Client>,
    /// Counts engines, so that a late word of an old one is not taken for the new one's.
    pub generation: u32,
    /// Whether the next animation frame will send changes.
    pub scheduled: bool,
    /// Whether a Config is on its way.
    pub configuring: bool,
    /// The Config that the engine has taken over.
    pub accepted: Option<Config>,
    /// The curve and shots that the engine was asked to show.
    pub asked: Option<(TrueCurve, Vec<[f32; 2]>)>,
    /// What the next engine goes on from, should this one be lost.
    pub checkpoint: Option<TrainState>,
}

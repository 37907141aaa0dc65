//! The settings of meta-training, of which a run's Config holds the values.

use super::algorithm::Algorithm;
use super::inner_optimizer::Inner;
use super::network::Model;
use super::outer_optimizer::Outer;
use super::task::TaskDistribution;

/// All that meta-training depends on: two runs of equal settings have equal θ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingSettings<'a> {
    /// Seed of every random draw.
    pub seed: u64,
    /// Where tasks come from.
    pub tasks: &'a TaskDistribution,
    /// The network.
    pub model: &'a Model,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Adaptation of θ to one training task.
    pub inner: &'a Inner,
    /// The update of θ.
    pub outer: &'a Outer,
}

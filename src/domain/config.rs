//! The configuration document: one JSON object that describes a run completely.
//!
//! The page, the scripting API, the file export and the native runner all read and write it. It stands on top of the
//! domain: its groups are the settings of the domain's modules, none of which knows it.

pub mod document;
pub mod edit;
pub mod error;
pub mod parameters;
pub mod preset;
pub mod pretrained;
pub mod range;
pub mod relations;
pub mod search;
pub mod static_path;
pub mod text;
pub mod theta_file;

use super::algorithm::Algorithm;
use super::evaluation::{Eval, EvaluationSettings};
use super::inner_optimizer::Inner;
use super::network::Model;
use super::outer_optimizer::Outer;
use super::task::{TaskDistribution, support_range};
use super::training::TrainingSettings;

/// The version of the document that this program reads and writes.
pub const VERSION: u32 = 1;

/// A complete run: task distribution, network, inner loop, outer loop and evaluation.
///
/// Field names are those of the document. [`Config::from_json`] is the only way in from outside: it checks everything
/// that [`FIELDS`](parameters::FIELDS) lists, so that the rest of the program may rely on the ranges given there.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Version of the document, [`VERSION`].
    pub version: u32,
    /// Seed of every random draw of the run, 0 to 2⁵³ − 1 (what JavaScript holds exactly).
    pub seed: u64,
    /// Where tasks come from.
    pub tasks: TaskDistribution,
    /// The network.
    pub model: Model,
    /// The meta-learning algorithm.
    pub algorithm: Algorithm,
    /// Adaptation of θ to one training task.
    pub inner: Inner,
    /// The update of θ.
    pub outer: Outer,
    /// Few-shot evaluation on held-out tasks.
    pub eval: Eval,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: VERSION,
            seed: 0,
            tasks: TaskDistribution::default(),
            model: Model::default(),
            algorithm: Algorithm::Reptile,
            inner: Inner::default(),
            outer: Outer::default(),
            eval: Eval::default(),
        }
    }
}

impl<'a> From<&'a Config> for TrainingSettings<'a> {
    fn from(config: &'a Config) -> Self {
        let Config { tasks, model, inner, outer, .. } = config;
        Self { seed: config.seed, tasks, model, algorithm: config.algorithm, inner, outer }
    }
}

impl<'a> From<&'a Config> for EvaluationSettings<'a> {
    fn from(Config { tasks, inner, eval, .. }: &'a Config) -> Self {
        Self { tasks, inner, eval }
    }
}

impl Config {
    /// What ε is multiplied by in each layer of weights, from the input on.
    #[must_use]
    pub fn layer_factors(&self) -> Vec<f64> {
        self.outer.layer_factors(self.model.hidden.len() + 1)
    }

    /// The same run by another algorithm, with that one's usual settings.
    #[must_use]
    pub fn with_algorithm(&self, algorithm: Algorithm) -> Self {
        let (inner, outer) = algorithm.usual_settings();
        let mut config = Self { algorithm, inner, outer, ..self.clone() };
        config.inner.batch = config.inner.batch.min(support_range(&config.tasks).len());
        config
    }
}

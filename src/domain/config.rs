//! The configuration document: one JSON object that describes a run completely.
//!
//! The page, the scripting API, the file export and the native runner all read and write it. Ranges live in
//! [`parameters`]; whatever they refuse is a [`ConfigError`] that names the field.

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use super::config_error::{ConfigError, Kind, VERSION};
use super::family::{Families, Family};
use super::task::support_range;
use crate::domain::inner_optimizer::Optimizer;
use crate::domain::parameters;

/// Most tasks of a meta-batch whose optimizers carry their state: it goes wherever θ goes.
const MOST_CARRIED: usize = 16;

/// A complete run: task distribution, network, inner loop, outer loop and evaluation.
///
/// Field names are those of the document. [`Config::from_json`] is the only way in from outside: it checks everything
/// that [`PARAMETERS`](parameters::PARAMETERS) lists, so that the rest of the program may rely on the ranges given there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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

/// The distribution of tasks: amplitude, phase and frequency uniform in their intervals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskDistribution {
    /// The family of curves, or a mixture of all of them.
    pub family: Families,
    /// How often a mixture draws each family, in the order of [`Family::ALL`] and relative to their sum.
    pub weights: [f64; 6],
    /// Interval of the amplitude a, in units of y.
    pub amplitude: [f64; 2],
    /// Interval of the phase p, in radians.
    pub phase: [f64; 2],
    /// Interval of the frequency f of periodic families, in radians per unit of x.
    pub frequency: [f64; 2],
    /// Standard deviation of the Gaussian noise on observed y.
    pub noise: f64,
    /// Interval of x.
    pub x: [f64; 2],
    /// Interval of x that support comes from: inner minibatches and shots. Grid points outside of it are there for MAML's
    /// query points, joint training and the error, which are always of the whole grid. The default holds every possible
    /// `x`, and so sets no bounds.
    pub shots: [f64; 2],
    /// Number of evenly spaced grid points in `x`, ends included.
    pub grid: usize,
}

/// A fully connected network with one input, one linear output and hidden layers between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Units of each hidden layer: 1 to 4 layers of 1 to 128.
    pub hidden: Vec<usize>,
    /// Activation of every hidden unit.
    pub activation: Activation,
}

/// Activation of the hidden units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// tanh z.
    Tanh,
    /// max(z, 0).
    Relu,
    /// sin z.
    Sine,
}

/// The meta-learning algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// Reptile (Nichol, Achiam and Schulman 2018), serial or batched by `outer.meta_batch`: g = θ − mean φ.
    Reptile,
    /// First-order MAML (Finn, Abbeel and Levine 2017): g = mean ∇L(φ) on points that φ has not seen.
    Fomaml,
    /// MAML (Finn, Abbeel and Levine 2017): the same gradient with respect to θ, through the inner loop.
    Maml,
    /// Joint training: g = mean ∇L(θ), which makes θ fit the average of all tasks.
    Joint,
    /// No meta-training: θ stays the random start.
    None,
}

impl Algorithm {
    /// Its name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reptile => "reptile",
            Self::Fomaml => "fomaml",
            Self::Maml => "maml",
            Self::Joint => "joint",
            Self::None => "none",
        }
    }

    /// Whether the outer gradient is one of a loss, and not made of φ.
    #[must_use]
    pub fn uses_gradients(self) -> bool {
        matches!(self, Self::Fomaml | Self::Maml | Self::Joint)
    }
}

/// The inner loop: φ ← k optimizer steps on minibatches of one task, from θ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inner {
    /// Optimizer of the inner loop.
    pub optimizer: InnerOptimizer,
    /// Inner learning rate α.
    pub learning_rate: f64,
    /// Inner steps k.
    pub steps: usize,
    /// Points of a minibatch.
    pub batch: usize,
    /// Decay μ of `momentum`.
    pub momentum: f64,
    /// Decay β₁ of `adam`'s first moment: 0 in the Reptile paper.
    pub beta1: f64,
    /// Decay β₂ of `adam`'s second moment.
    pub beta2: f64,
    /// What `adam` and `rmsprop` add to the root of the second moment.
    pub epsilon: f64,
    /// Decay ρ of `rmsprop`'s second moment.
    pub decay: f64,
    /// The map f of `mapped`.
    pub map: Map,
    /// What becomes of the optimizer's state from one task to the next.
    pub state: InnerState,
}

/// Optimizer of the inner loop, of `eval` too; g = ∇L(φ).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InnerOptimizer {
    /// φ ← φ − α·g, on a new minibatch at each step.
    Sgd,
    /// The same on one set of `inner.batch` points at every step: full-batch gradient descent.
    Gd,
    /// v ← μ·v + g; φ ← φ − α·v.
    Momentum,
    /// Adam (Kingma and Ba 2015), bias-corrected.
    Adam,
    /// v ← ρ·v + (1 − ρ)·g²; φ ← φ − α·g/(√v + `epsilon`).
    Rmsprop,
    /// Gradient descent in y = f(φ): y ← y − α·∂L/∂y; φ = f⁻¹(y).
    Mapped,
}

/// An invertible map of every parameter by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Map {
    /// f(φ) = φ.
    Identity,
    /// f(φ) = asinh φ.
    Asinh,
    /// f(φ) = φ + φ³.
    Cubic,
}

/// What becomes of the inner optimizer's state from one task to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InnerState {
    /// Every task begins with none.
    Reset,
    /// Task i of a meta-batch goes on with the state of task i of the one before.
    Carry,
}

/// The outer loop: the update of θ from the adapted φ of a meta-batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outer {
    /// Optimizer on the outer gradient g.
    pub optimizer: OuterOptimizer,
    /// Outer step size ε.
    pub step_size: f64,
    /// How ε changes over the run.
    pub schedule: Schedule,
    /// Tasks of a meta-batch, n.
    pub meta_batch: usize,
    /// Meta-iterations of the whole run, T.
    pub iterations: u64,
    /// What ε is multiplied by in each layer of weights, from the input on: 0 freezes a layer. None of them is all 1.
    pub layers: Vec<f64>,
    /// When to stop before the last meta-iteration.
    pub stop: StopRules,
}

/// When to stop before the last meta-iteration, as the [`EarlyStopping`](crate::domain::early_stopping::EarlyStopping) finds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StopRules {
    /// Stop where ‖g‖₂ of the outer gradient is below this at a check; 0 is never.
    pub update: f64,
    /// Stop where the held-out error has not improved in so many checks; 0 is never.
    pub patience: u64,
}

/// Optimizer of the outer loop, on the outer gradient g, which is θ − mean φ for Reptile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OuterOptimizer {
    /// θ ← θ − ε·g: the interpolation θ ← θ + ε·mean(φ − θ) of the paper.
    Sgd,
    /// v ← 0.9·v + g; θ ← θ − ε·v.
    Momentum,
    /// Adam (Kingma and Ba 2015) with β₁ = 0.9, β₂ = 0.999, 10⁻⁸, bias-corrected.
    Adam,
}

/// How the outer step size changes over the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Always ε.
    Constant,
    /// ε·(1 − t/T) at meta-iteration t = 0 … T − 1.
    Linear,
    /// ε·(1 + cos(π·t/T))/2.
    Cosine,
    /// ε while the held-out error falls, less where it does not: see [`EarlyStopping::check`](crate::domain::early_stopping::EarlyStopping::check).
    Adaptive,
}

/// The evaluation protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Eval {
    /// Held-out tasks.
    pub tasks: usize,
    /// Shots K of each task, distinct grid points.
    pub shots: usize,
    /// Gradient steps at the end of which the last error is measured.
    pub steps: usize,
    /// Learning rate of the steps, each on all shots.
    pub learning_rate: f64,
    /// Optimizer of the steps.
    pub optimizer: EvalOptimizer,
}

/// Optimizer of the evaluation's adaptations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvalOptimizer {
    /// That of the inner loop.
    Inner,
    /// As [`InnerOptimizer::Sgd`], which is the same as `gd` here: a step is on all shots.
    Sgd,
    /// As [`InnerOptimizer::Gd`].
    Gd,
    /// As [`InnerOptimizer::Momentum`].
    Momentum,
    /// As [`InnerOptimizer::Adam`].
    Adam,
    /// As [`InnerOptimizer::Rmsprop`].
    Rmsprop,
    /// As [`InnerOptimizer::Mapped`].
    Mapped,
}

/// A run that is known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// The sine experiment as published.
    Paper,
    /// The outer Adam, 2,000 meta-iterations: the page's default. Its seed, 1, is a typical one; about one in thirty, 0 among
    /// them, is still behind when the run ends.
    Fast,
    /// The outer Adam with small steps, 30,000 meta-iterations.
    Fine,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::Paper, Self::Fast, Self::Fine];

    /// Its name in documents and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Fast => "fast",
            Self::Fine => "fine",
        }
    }

    /// The run that it names.
    ///
    /// # Panics
    /// Never: the documents are part of the program, and a test reads them all.
    #[must_use]
    pub fn config(self) -> Config {
        let document = match self {
            Self::Paper => include_str!("../../assets/presets/paper.json"),
            Self::Fast => include_str!("../../assets/presets/fast.json"),
            Self::Fine => include_str!("../../assets/presets/fine.json"),
        };
        Config::from_json(document).expect("a preset is a valid document")
    }

    /// The preset that `config` is, whatever its seed.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| Config { seed: config.seed, ..preset.config() } == *config)
    }
}

impl Config {
    /// Reads a document. Fields that it leaves out have the `paper` preset's values.
    ///
    /// # Errors
    /// The first thing that is wrong with it: not JSON, an unknown field, a wrong type, a value out of its range.
    pub fn from_json(document: &str) -> Result<Self, ConfigError> {
        let value: Value = serde_json::from_str(document)?;
        Self::from_value(value)
    }

    /// Reads a document that is already parsed; see [`Config::from_json`].
    ///
    /// # Errors
    /// As [`Config::from_json`].
    pub fn from_value(value: Value) -> Result<Self, ConfigError> {
        let config = Self::unrelated(value)?;
        config.check_relations()?;
        Ok(config)
    }

    /// A document whose fields are right one by one.
    fn unrelated(value: Value) -> Result<Self, ConfigError> {
        parameters::check(&value)?;
        Ok(serde_json::from_value(value)?)
    }

    /// The same Config, if it is one that [`Config::from_json`] would give: for one that came by another way.
    ///
    /// # Errors
    /// As [`Config::from_json`].
    pub fn checked(self) -> Result<Self, ConfigError> {
        Self::from_value(self.to_value())
    }

    /// The document, on several lines.
    ///
    /// # Panics
    /// Never: every field of a Config has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a Config has a JSON form")
    }

    /// Changes the one field that `path` names (see [`PARAMETERS`](parameters::PARAMETERS)). With the number of layers,
    /// `outer.layers` follows: a new hidden layer learns like the others, and the output keeps its factor.
    ///
    /// # Errors
    /// As [`Config::from_json`]; the Config is as before then.
    pub fn set(&mut self, path: &str, value: Value) -> Result<(), ConfigError> {
        *self = self.with(&[(path, value)])?;
        Ok(())
    }

    /// The same Config with other values in the fields that the paths name, checked when all of them are in. The factors of
    /// layers follow the number of layers.
    ///
    /// # Errors
    /// As [`Config::from_json`].
    pub fn with(&self, fields: &[(&str, Value)]) -> Result<Self, ConfigError> {
        let mut document = self.to_value();
        for (path, value) in fields {
            let slot = document.pointer_mut(&parameters::pointer(path)).ok_or_else(|| {
                let group = path.rsplit_once('.').map_or("", |(group, _)| group);
                ConfigError::UnknownField { field: (*path).to_owned(), allowed: parameters::siblings(group) }
            })?;
            slot.clone_from(value);
        }
        let mut next = Self::unrelated(document)?;
        if next.model.hidden.len() != self.model.hidden.len()
            && let Some(output) = next.outer.layers.pop()
        {
            next.outer.layers.resize(next.model.hidden.len(), 1.0);
            next.outer.layers.push(output);
        }
        next.check_relations()?;
        if next.outer.layers.iter().all(|&factor| factor == 1.0) {
            next.outer.layers.clear();
        }
        Ok(next)
    }

    /// What ε is multiplied by in each layer of weights, from the input on.
    #[must_use]
    pub fn layer_factors(&self) -> Vec<f64> {
        if self.outer.layers.is_empty() { vec![1.0; self.model.hidden.len() + 1] } else { self.outer.layers.clone() }
    }

    /// The value of the one field that `path` names, if there is such a field.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Value> {
        self.to_value().pointer(&parameters::pointer(path)).cloned()
    }

    /// The same run by another algorithm, with that one's usual settings: the paper's for Reptile; for the others one inner
    /// step on a minibatch and Adam with rate 0.001 on the gradients of five tasks, 10,000 times.
    #[must_use]
    pub fn with_algorithm(&self, algorithm: Algorithm) -> Self {
        let mut config = Self { algorithm, ..self.clone() };
        let defaults = Self::default();
        (config.inner, config.outer) = (defaults.inner, defaults.outer);
        if algorithm.uses_gradients() {
            config.inner.steps = 1;
            config.outer = Outer {
                optimizer: OuterOptimizer::Adam,
                step_size: 0.001,
                schedule: Schedule::Constant,
                meta_batch: 5,
                iterations: 10_000,
                ..Outer::default()
            };
        }
        config.inner.batch = config.inner.batch.min(support_range(&config.tasks).len());
        config
    }

    /// Whether a field makes a difference, given the others.
    #[must_use]
    pub fn uses(&self, path: &str) -> bool {
        use InnerOptimizer::{Adam, Mapped, Momentum, Rmsprop};
        let kinds = [self.inner.optimizer, Optimizer::of_evaluation(self).kind];
        let one_of = |wanted: &[InnerOptimizer]| kinds.iter().any(|kind| wanted.contains(kind));
        let has_inner_loop = matches!(self.algorithm, Algorithm::Reptile | Algorithm::Fomaml | Algorithm::Maml);
        match path {
            "tasks.weights" => self.tasks.family == Families::Mixture,
            "tasks.frequency" => self.tasks.families().any(Family::is_periodic),
            "inner.momentum" => one_of(&[Momentum]),
            "inner.beta1" | "inner.beta2" => one_of(&[Adam]),
            "inner.epsilon" => one_of(&[Adam, Rmsprop]),
            "inner.decay" => one_of(&[Rmsprop]),
            "inner.map" => one_of(&[Mapped]),
            "inner.state" => {
                Optimizer::of(&self.inner).keeps_state()
                    && matches!(self.algorithm, Algorithm::Reptile | Algorithm::Fomaml)
            }
            "inner.steps" | "inner.learning_rate" => has_inner_loop,
            "outer.iterations" => true,
            _ if path.starts_with("outer.") => self.algorithm != Algorithm::None,
            _ => true,
        }
    }

    /// Whether going on from this Config with `next` must begin again from a fresh θ: another network or another seed.
    #[must_use]
    pub fn restarts(&self, next: &Self) -> bool {
        self.model != next.model || self.seed != next.seed
    }

    fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("a Config has a JSON form")
    }

    /// What no single field can tell: intervals in order, draws without repeats that the grid can serve.
    fn check_relations(&self) -> Result<(), ConfigError> {
        let intervals = [
            ("tasks.amplitude", self.tasks.amplitude, true),
            ("tasks.phase", self.tasks.phase, true),
            ("tasks.frequency", self.tasks.frequency, true),
            ("tasks.x", self.tasks.x, false),
            ("tasks.shots", self.tasks.shots, true),
        ];
        for (field, [low, high], may_be_equal) in intervals {
            if low > high || (low == high && !may_be_equal) {
                return Err(ConfigError::Interval { field: field.to_owned(), low, high });
            }
        }
        if !self.tasks.weights.iter().any(|&weight| weight > 0.0) {
            return Err(ConfigError::AllZero { field: "tasks.weights".to_owned() });
        }
        let support = support_range(&self.tasks).len();
        if support == 0 {
            let [low, high] = self.tasks.shots;
            return Err(ConfigError::NoGridPoint { field: "tasks.shots".to_owned(), low, high });
        }
        let draws = [("inner.batch", self.inner.batch), ("eval.shots", self.eval.shots)];
        for (field, value) in draws {
            if value > support {
                return Err(ConfigError::OutOfRange {
                    field: field.to_owned(),
                    value: value.to_string(),
                    min: 1.0,
                    max: support as f64,
                });
            }
        }
        let layers = self.model.hidden.len() + 1;
        if ![0, layers].contains(&self.outer.layers.len()) {
            let found = Value::from(self.outer.layers.clone());
            return Err(parameters::wrong_type("outer.layers", Kind::Numbers(layers), &found));
        }
        let carries = self.inner.state == InnerState::Carry && Optimizer::of(&self.inner).keeps_state();
        if carries && self.outer.meta_batch > MOST_CARRIED {
            return Err(ConfigError::OutOfRange {
                field: "outer.meta_batch".to_owned(),
                value: self.outer.meta_batch.to_string(),
                min: 1.0,
                max: MOST_CARRIED as f64,
            });
        }
        let is_differentiated = match self.inner.optimizer {
            InnerOptimizer::Sgd | InnerOptimizer::Gd | InnerOptimizer::Momentum => true,
            InnerOptimizer::Adam | InnerOptimizer::Rmsprop | InnerOptimizer::Mapped => false,
        };
        if self.algorithm == Algorithm::Maml && !is_differentiated {
            let value = self.get("inner.optimizer").unwrap_or_default();
            return Err(ConfigError::Together {
                field: "inner.optimizer".to_owned(),
                value: value.as_str().unwrap_or_default().to_owned(),
                other: "algorithm maml".to_owned(),
                allowed: "sgd, gd, momentum".to_owned(),
            });
        }
        Ok(())
    }
}

/// Serde form of a Config within messages: its JSON text, whose reader is in the program anyway.
pub mod text {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use super::Config;

    /// Writes the document.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(config: &Config, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&config.to_json())
    }

    /// Reads the document.
    ///
    /// # Errors
    /// The deserializer's, or as [`Config::from_json`].
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Config, D::Error> {
        Config::from_json(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl TaskDistribution {
    /// The families that it draws.
    pub fn families(&self) -> impl Iterator<Item = Family> {
        let only = self.family.only();
        let is_drawn = move |(family, weight): &(Family, f64)| only.map_or(*weight > 0.0, |only| only == *family);
        Family::ALL.into_iter().zip(self.weights).filter(is_drawn).map(|(family, _)| family)
    }

    /// The only family that it draws, if there is but one.
    #[must_use]
    pub fn only_family(&self) -> Option<Family> {
        let mut families = self.families();
        families.next().filter(|_| families.next().is_none())
    }
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

impl Default for TaskDistribution {
    fn default() -> Self {
        Self {
            family: Families::Sinusoid,
            weights: [1.0; 6],
            amplitude: [0.1, 5.0],
            phase: [0.0, std::f64::consts::TAU],
            frequency: [1.0, 1.0],
            noise: 0.0,
            x: [-5.0, 5.0],
            shots: [-20.0, 20.0],
            grid: 50,
        }
    }
}

impl Default for Model {
    fn default() -> Self {
        Self { hidden: vec![64, 64], activation: Activation::Tanh }
    }
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            optimizer: InnerOptimizer::Sgd,
            learning_rate: 0.02,
            steps: 5,
            batch: 10,
            momentum: 0.9,
            beta1: 0.0,
            beta2: 0.999,
            epsilon: 1e-8,
            decay: 0.9,
            map: Map::Asinh,
            state: InnerState::Reset,
        }
    }
}

impl Default for Outer {
    fn default() -> Self {
        Self {
            optimizer: OuterOptimizer::Sgd,
            step_size: 0.1,
            schedule: Schedule::Linear,
            meta_batch: 1,
            iterations: 30_000,
            layers: vec![],
            stop: StopRules::default(),
        }
    }
}

impl Default for Eval {
    fn default() -> Self {
        Self { tasks: 1000, shots: 10, steps: 32, learning_rate: 0.02, optimizer: EvalOptimizer::Inner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parameters::PARAMETERS;

    #[test]
    fn the_paper_preset_is_the_default() {
        assert_eq!(Preset::Paper.config(), Config::default());
    }

    #[test]
    fn every_parameter_is_a_field_and_every_field_a_parameter() {
        let document = Config::default().to_value();
        for parameter in PARAMETERS {
            assert!(document.pointer(&parameters::pointer(parameter.path)).is_some(), "{}", parameter.path);
        }
        let mut groups = vec![(String::new(), &document)];
        while let Some((prefix, group)) = groups.pop() {
            for (name, value) in group.as_object().expect("an object") {
                let path = format!("{prefix}{name}");
                if value.is_object() {
                    groups.push((format!("{path}."), value));
                } else {
                    let is_known = PARAMETERS.iter().any(|parameter| parameter.path == path);
                    assert!(is_known || path == "version", "{path}");
                }
            }
        }
    }
}

//! The one table of parameters: path, symbol and range of every field of a [`Config`](super::config::Config).
//!
//! Validation, the page's controls and their explanations all come from it.

use serde_json::Value;

use super::config_error::{ConfigError, Kind, VERSION};
use super::family::Family;

/// Most meta-iterations of a run.
pub const MOST_ITERATIONS: u64 = 1_000_000;

/// One field of the document.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its path, as in `inner.learning_rate`.
    pub path: &'static str,
    /// Its symbol in formulas, as in `α`; empty where the field has none.
    pub symbol: &'static str,
    /// What it may be.
    pub range: Range,
}

/// What a field may be.
#[derive(Clone, Copy, Debug)]
pub enum Range {
    /// A whole number.
    Integer {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// A number.
    Real {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
        /// What one press of an arrow key adds.
        step: f64,
        /// Whether a slider for it is logarithmic.
        logarithmic: bool,
    },
    /// Two numbers, low and high.
    Interval {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
        /// What one press of an arrow key adds.
        step: f64,
    },
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A list of whole numbers.
    Integers {
        /// The least of each.
        min: u64,
        /// The greatest of each.
        max: u64,
        /// The shortest list.
        shortest: usize,
        /// The longest list.
        longest: usize,
    },
    /// A number for each of some words.
    Numbers {
        /// The least of each.
        min: f64,
        /// The greatest of each.
        max: f64,
        /// What one press of an arrow key adds.
        step: f64,
        /// What they belong to.
        of: &'static [&'static str],
    },
    /// A number for each layer of weights, or none at all.
    Layers {
        /// The least of each.
        min: f64,
        /// The greatest of each.
        max: f64,
        /// What one press of an arrow key adds.
        step: f64,
    },
}

const fn integer(path: &'static str, symbol: &'static str, min: u64, max: u64) -> Parameter {
    Parameter { path, symbol, range: Range::Integer { min, max } }
}

const fn logarithmic(path: &'static str, symbol: &'static str, min: f64, max: f64, step: f64) -> Parameter {
    Parameter { path, symbol, range: Range::Real { min, max, step, logarithmic: true } }
}

/// The share of a moment that is left after a step: below one, or nothing new would ever come in.
const fn decay(path: &'static str, symbol: &'static str) -> Parameter {
    Parameter { path, symbol, range: Range::Real { min: 0.0, max: 0.9999, step: 0.01, logarithmic: false } }
}

const fn interval(path: &'static str, symbol: &'static str, min: f64, max: f64, step: f64) -> Parameter {
    Parameter { path, symbol, range: Range::Interval { min, max, step } }
}

const fn choice(path: &'static str, words: &'static [&'static str]) -> Parameter {
    Parameter { path, symbol: "", range: Range::Choice(words) }
}

/// Every parameter, in the order of the document.
pub const PARAMETERS: &[Parameter] = &[
    integer("seed", "", 0, (1 << 53) - 1),
    choice("tasks.family", &["sinusoid", "line", "quadratic", "sawtooth", "square", "triangle", "mixture"]),
    Parameter {
        path: "tasks.weights",
        symbol: "",
        range: Range::Numbers { min: 0.0, max: 100.0, step: 0.5, of: &Family::NAMES },
    },
    interval("tasks.amplitude", "a", 0.0, 10.0, 0.1),
    interval("tasks.phase", "p", 0.0, std::f64::consts::TAU, 0.1),
    interval("tasks.frequency", "f", 0.1, 4.0, 0.1),
    Parameter {
        path: "tasks.noise",
        symbol: "σ",
        range: Range::Real { min: 0.0, max: 10.0, step: 0.05, logarithmic: false },
    },
    interval("tasks.x", "x", -20.0, 20.0, 0.5),
    interval("tasks.shots", "", -20.0, 20.0, 0.5),
    integer("tasks.grid", "", 2, 200),
    Parameter {
        path: "model.hidden",
        symbol: "",
        range: Range::Integers { min: 1, max: 128, shortest: 1, longest: 4 },
    },
    choice("model.activation", &["tanh", "relu", "sine"]),
    choice("algorithm", &["reptile", "fomaml", "maml", "joint", "none"]),
    choice("inner.optimizer", &["sgd", "gd", "momentum", "adam", "rmsprop", "mapped"]),
    logarithmic("inner.learning_rate", "α", 1e-5, 10.0, 0.001),
    integer("inner.steps", "k", 1, 64),
    integer("inner.batch", "", 1, 200),
    decay("inner.momentum", "μ"),
    decay("inner.beta1", "β₁"),
    decay("inner.beta2", "β₂"),
    logarithmic("inner.epsilon", "", 1e-12, 1.0, 1e-8),
    decay("inner.decay", "ρ"),
    choice("inner.map", &["identity", "asinh", "cubic"]),
    choice("inner.state", &["reset", "carry"]),
    choice("outer.optimizer", &["sgd", "momentum", "adam"]),
    logarithmic("outer.step_size", "ε", 1e-5, 2.0, 0.001),
    choice("outer.schedule", &["constant", "linear", "cosine", "adaptive"]),
    integer("outer.meta_batch", "n", 1, 1024),
    integer("outer.iterations", "T", 1, MOST_ITERATIONS),
    Parameter { path: "outer.layers", symbol: "", range: Range::Layers { min: 0.0, max: 10.0, step: 0.1 } },
    Parameter {
        path: "outer.stop.update",
        symbol: "‖g‖₂",
        range: Range::Real { min: 0.0, max: 10.0, step: 0.01, logarithmic: false },
    },
    integer("outer.stop.patience", "", 0, 100),
    integer("eval.tasks", "", 2, 10_000),
    integer("eval.shots", "K", 1, 200),
    integer("eval.steps", "s", 1, 128),
    logarithmic("eval.learning_rate", "α", 1e-5, 10.0, 0.001),
    choice("eval.optimizer", &["inner", "sgd", "gd", "momentum", "adam", "rmsprop", "mapped"]),
];

/// The parameter at `path`, if there is one.
#[must_use]
pub fn parameter(path: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.path == path)
}

/// The JSON pointer of a path: `/inner/steps` for `inner.steps`.
#[must_use]
pub fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// The fields that may stand beside one another in the object at `prefix`, for a message; `""` is the document itself.
#[must_use]
pub fn siblings(prefix: &str) -> String {
    let mut names = vec![];
    if prefix.is_empty() {
        names.push("version");
    }
    for parameter in PARAMETERS {
        let inside = match prefix {
            "" => Some(parameter.path),
            _ => parameter.path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')),
        };
        let name = inside.and_then(|rest| rest.split('.').next());
        if let Some(name) = name.filter(|name| names.last() != Some(name)) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// Checks every field of a document against the table. Fields may be left out; `version` may not be another one.
///
/// # Errors
/// The first fault found.
pub fn check(document: &Value) -> Result<(), ConfigError> {
    check_object("", document)
}

fn check_object(prefix: &str, value: &Value) -> Result<(), ConfigError> {
    let Some(fields) = value.as_object() else {
        let field = if prefix.is_empty() { "document" } else { prefix };
        return Err(wrong_type(field, Kind::Object, value));
    };
    for (name, value) in fields {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        if path == "version" {
            check_version(value)?;
        } else if let Some(parameter) = parameter(&path).filter(|_| !name.contains('.')) {
            // A name with a dot is no path: `{"inner.steps": 3}` has an unknown field.
            parameter.check(value)?;
        } else if PARAMETERS.iter().any(|parameter| parameter.path.starts_with(&format!("{path}."))) {
            check_object(&path, value)?;
        } else {
            return Err(ConfigError::UnknownField { field: shown(&path), allowed: siblings(prefix) });
        }
    }
    Ok(())
}

fn check_version(value: &Value) -> Result<(), ConfigError> {
    if value.as_u64() == Some(u64::from(VERSION)) {
        Ok(())
    } else {
        Err(ConfigError::Version { found: shown(&value.to_string()) })
    }
}

/// The error of a value of another kind than the field's.
#[must_use]
pub fn wrong_type(field: &str, expected: Kind, found: &Value) -> ConfigError {
    ConfigError::WrongType { field: field.to_owned(), expected, found: shown(&found.to_string()) }
}

/// What was found, as a message shows it: on one line, and its beginning only where it is long.
fn shown(found: &str) -> String {
    let visible = |character: char| if character.is_control() { ' ' } else { character };
    let mut characters = found.chars().map(visible);
    let mut shown: String = characters.by_ref().take(60).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

impl Parameter {
    /// Checks one value for this field.
    ///
    /// # Errors
    /// [`ConfigError::WrongType`], [`ConfigError::OutOfRange`], [`ConfigError::Choice`] or [`ConfigError::Interval`].
    pub fn check(&self, value: &Value) -> Result<(), ConfigError> {
        let mismatch = || wrong_type(self.path, Kind::from(&self.range), value);
        match self.range {
            Range::Integer { min, max } => self.check_integer(value, min, max),
            Range::Real { min, max, .. } => self.check_number(value.as_f64().ok_or_else(mismatch)?, min, max),
            Range::Interval { min, max, .. } => {
                let ends: Option<Vec<f64>> = value.as_array().and_then(|ends| ends.iter().map(Value::as_f64).collect());
                let Some(&[low, high]) = ends.as_deref() else { return Err(mismatch()) };
                self.check_number(low, min, max)?;
                self.check_number(high, min, max)
            }
            Range::Choice(words) => {
                let word = value.as_str().ok_or_else(mismatch)?;
                if words.contains(&word) {
                    return Ok(());
                }
                Err(ConfigError::Choice { field: self.path.to_owned(), value: shown(word), allowed: words.join(", ") })
            }
            Range::Integers { min, max, shortest, longest } => {
                let list = value.as_array().ok_or_else(mismatch)?;
                if !(shortest..=longest).contains(&list.len()) {
                    return Err(self.out_of_range(&value.to_string(), shortest as f64, longest as f64));
                }
                list.iter().try_for_each(|value| self.check_integer(value, min, max))
            }
            Range::Numbers { min, max, .. } | Range::Layers { min, max, .. } => {
                let is_complete = |list: &&Vec<Value>| match self.range {
                    Range::Numbers { of, .. } => list.len() == of.len(),
                    // How many there must be, only the network tells.
                    _ => true,
                };
                let list = value.as_array().filter(is_complete).ok_or_else(mismatch)?;
                list.iter().try_for_each(|value| self.check_number(value.as_f64().ok_or_else(mismatch)?, min, max))
            }
        }
    }

    fn check_integer(&self, value: &Value, min: u64, max: u64) -> Result<(), ConfigError> {
        match (value.as_u64(), value.as_f64()) {
            (Some(number), _) if (min..=max).contains(&number) => Ok(()),
            // A negative or huge whole number is out of range; a fraction is of the wrong kind.
            (_, Some(number)) if number.fract() == 0.0 && !(min as f64..=max as f64).contains(&number) => {
                Err(self.out_of_range(&value.to_string(), min as f64, max as f64))
            }
            _ => Err(wrong_type(self.path, Kind::from(&self.range), value)),
        }
    }

    fn check_number(&self, value: f64, min: f64, max: f64) -> Result<(), ConfigError> {
        if (min..=max).contains(&value) { Ok(()) } else { Err(self.out_of_range(&value.to_string(), min, max)) }
    }

    fn out_of_range(&self, value: &str, min: f64, max: f64) -> ConfigError {
        ConfigError::OutOfRange { field: self.path.to_owned(), value: shown(value), min, max }
    }
}

impl From<&Range> for Kind {
    fn from(range: &Range) -> Self {
        match range {
            Range::Integer { .. } => Self::Integer,
            Range::Real { .. } => Self::Number,
            Range::Interval { .. } => Self::Interval,
            Range::Choice(_) => Self::Text,
            Range::Integers { .. } => Self::Integers,
            Range::Numbers { of, .. } => Self::Numbers(of.len()),
            Range::Layers { .. } => Self::Layers,
        }
    }
}

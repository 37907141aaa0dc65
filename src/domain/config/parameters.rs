//! The one table of parameters: path, symbol and range of every field of a [`Config`], and how it is read and written.
//!
//! The document, its validation, the page's controls and their explanations all come from it.

use std::f64::consts::TAU;

use super::Config;
use super::range::{FieldType, FieldValue, Parameter, Range};
use crate::domain::activation::Activation;
use crate::domain::algorithm::Algorithm;
use crate::domain::choice::Named;
use crate::domain::evaluation::EvalOptimizer;
use crate::domain::inner_optimizer::map::Map;
use crate::domain::inner_optimizer::{InnerOptimizer, InnerState};
use crate::domain::outer_optimizer::OuterOptimizer;
use crate::domain::schedule::Schedule;
use crate::domain::task::family::{Families, Family};
use crate::i18n::Key;

/// Most meta-iterations of a run.
pub const MOST_ITERATIONS: u64 = 1_000_000;

/// A field of the document.
pub struct Field {
    /// Its path, symbol and range.
    pub parameter: Parameter,
    /// Its name for people: the message whose key is `parameter_` and its path.
    pub label: Key,
    /// A sentence on what it does: the same key and `_help`.
    pub help: Key,
    /// Whether a run with another value of it begins from a fresh θ.
    pub restarts: bool,
    get: fn(&Config) -> FieldValue,
    set: fn(&mut Config, FieldValue),
}

impl Field {
    /// Its value in a Config.
    #[must_use]
    pub fn get(&self, config: &Config) -> FieldValue {
        (self.get)(config)
    }

    /// Gives it a value, one that [`Parameter::read`] has made.
    pub fn set(&self, config: &mut Config, value: FieldValue) {
        (self.set)(config, value);
    }

    /// The same field, with whose change a run begins anew.
    const fn restarting(self) -> Self {
        Self { restarts: true, ..self }
    }
}

/// A row of the table: the field of a Config, its symbol in formulas or `""`, its range.
macro_rules! field {
    ($first:ident $(. $rest:ident)*, $symbol:literal, $range:expr) => {
        Field {
            parameter: Parameter {
                path: concat!(stringify!($first) $(, ".", stringify!($rest))*),
                symbol: $symbol,
                range: $range,
            },
            label: Key::of(concat!("parameter_", stringify!($first) $(, "_", stringify!($rest))*)),
            help: Key::of(concat!("parameter_", stringify!($first) $(, "_", stringify!($rest))*, "_help")),
            restarts: false,
            get: |config| config.$first $(.$rest)*.to_value(),
            set: |config, value| {
                // A test sets every field to values of its range.
                config.$first $(.$rest)* = FieldType::of_value(value).expect("the range is of the field's type");
            },
        }
    };
}

const fn integer(min: u64, max: u64) -> Range {
    Range::Integer { min, max }
}

const fn linear(min: f64, max: f64, step: f64) -> Range {
    Range::Real { min, max, step, logarithmic: false }
}

const fn logarithmic(min: f64, max: f64, step: f64) -> Range {
    Range::Real { min, max, step, logarithmic: true }
}

/// The share of a moment that is left after a step: below one, or nothing new would ever come in.
const DECAY: Range = linear(0.0, 0.9999, 0.01);

const fn interval(min: f64, max: f64, step: f64) -> Range {
    Range::Interval { min, max, step }
}

const fn choice<T: Named>() -> Range {
    Range::Choice(T::WORDS)
}

/// Every field, in the order of the document.
pub const FIELDS: &[Field] = &[
    field!(seed, "", integer(0, (1 << 53) - 1)).restarting(),
    field!(tasks.family, "", choice::<Families>()),
    field!(tasks.weights, "", Range::Numbers { min: 0.0, max: 100.0, step: 0.5, of: Family::WORDS }),
    field!(tasks.amplitude, "a", interval(0.0, 10.0, 0.1)),
    field!(tasks.phase, "p", interval(0.0, TAU, 0.1)),
    field!(tasks.frequency, "f", interval(0.1, 4.0, 0.1)),
    field!(tasks.noise, "σ", linear(0.0, 10.0, 0.05)),
    field!(tasks.x, "x", interval(-20.0, 20.0, 0.5)),
    field!(tasks.shots, "", interval(-20.0, 20.0, 0.5)),
    field!(tasks.grid, "", integer(2, 200)),
    field!(model.hidden, "", Range::Integers { min: 1, max: 128, shortest: 1, longest: 4 }).restarting(),
    field!(model.activation, "", choice::<Activation>()).restarting(),
    field!(algorithm, "", choice::<Algorithm>()),
    field!(inner.optimizer, "", choice::<InnerOptimizer>()),
    field!(inner.learning_rate, "α", logarithmic(1e-5, 10.0, 0.001)),
    field!(inner.steps, "k", integer(1, 64)),
    field!(inner.batch, "", integer(1, 200)),
    field!(inner.momentum, "μ", DECAY),
    field!(inner.beta1, "β₁", DECAY),
    field!(inner.beta2, "β₂", DECAY),
    field!(inner.epsilon, "", logarithmic(1e-12, 1.0, 1e-8)),
    field!(inner.decay, "ρ", DECAY),
    field!(inner.map, "", choice::<Map>()),
    field!(inner.state, "", choice::<InnerState>()),
    field!(outer.optimizer, "", choice::<OuterOptimizer>()),
    field!(outer.step_size, "ε", logarithmic(1e-5, 2.0, 0.001)),
    field!(outer.schedule, "", choice::<Schedule>()),
    field!(outer.meta_batch, "n", integer(1, 1024)),
    field!(outer.iterations, "T", integer(1, MOST_ITERATIONS)),
    field!(outer.layers, "", Range::Layers { min: 0.0, max: 10.0, step: 0.1 }),
    field!(outer.stop.update, "‖g‖₂", linear(0.0, 10.0, 0.01)),
    field!(outer.stop.patience, "", integer(0, 100)),
    field!(eval.tasks, "", integer(2, 10_000)),
    field!(eval.shots, "K", integer(1, 200)),
    field!(eval.steps, "s", integer(1, 128)),
    field!(eval.learning_rate, "α", logarithmic(1e-5, 10.0, 0.001)),
    field!(eval.optimizer, "", choice::<EvalOptimizer>()),
];

/// Every parameter, in the order of the document.
pub fn parameters() -> impl Iterator<Item = &'static Parameter> {
    FIELDS.iter().map(|field| &field.parameter)
}

/// The field at `path`, if there is one.
#[must_use]
pub fn field(path: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.parameter.path == path)
}

/// The parameter at `path`, if there is one.
#[must_use]
pub fn parameter(path: &str) -> Option<&'static Parameter> {
    field(path).map(|field| &field.parameter)
}

/// Whether fields stand in an object at `path`.
#[must_use]
pub fn is_group(path: &str) -> bool {
    parameters().any(|parameter| parameter.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// The fields that may stand beside one another in the object at `prefix`, for a message; `""` is the document itself.
#[must_use]
pub fn siblings(prefix: &str) -> String {
    let mut names = vec![];
    if prefix.is_empty() {
        names.push("version");
    }
    for parameter in parameters() {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_parameter_is_a_field_and_every_field_a_parameter() {
        let config = Config::default();
        // The settings' own form knows their fields without the table.
        let groups = [
            ("tasks", json!(config.tasks)),
            ("model", json!(config.model)),
            ("inner", json!(config.inner)),
            ("outer", json!(config.outer)),
            ("eval", json!(config.eval)),
        ];
        let mut document = json!({ "version": config.version, "seed": config.seed, "algorithm": config.algorithm });
        for (name, group) in groups {
            document[name] = group;
        }
        assert_eq!(json!(config), document);
    }

    #[test]
    fn optimizers_name_parameters_of_the_table() {
        for optimizer in InnerOptimizer::ALL {
            assert!(optimizer.parameters().iter().all(|path| parameter(path).is_some()), "{optimizer:?}");
        }
    }
}

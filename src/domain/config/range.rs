//! What a field of the document may be, and the value that it has.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use serde_json::Value;

use super::error::{ConfigError, ValueKind, shown, wrong_type};
use crate::domain::choice::{Named, Word};

/// A number, or another value, that a person can set: a field of the document, or one of the page.
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
    /// One of some choices.
    Choice(&'static [Word]),
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
    /// A number for each of some choices.
    Numbers {
        /// The least of each.
        min: f64,
        /// The greatest of each.
        max: f64,
        /// What one press of an arrow key adds.
        step: f64,
        /// What they belong to.
        of: &'static [Word],
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

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// A whole number.
    Integer(u64),
    /// A number.
    Real(f64),
    /// The name of a choice.
    Word(&'static str),
    /// A list of whole numbers.
    Integers(Vec<u64>),
    /// A list of numbers, such as the ends of an interval.
    Numbers(Vec<f64>),
}

impl From<FieldValue> for Value {
    fn from(value: FieldValue) -> Self {
        match value {
            FieldValue::Integer(number) => number.into(),
            FieldValue::Real(number) => number.into(),
            FieldValue::Word(name) => name.into(),
            FieldValue::Integers(list) => list.into(),
            FieldValue::Numbers(list) => list.into(),
        }
    }
}

/// As in the document.
impl Display for FieldValue {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let list = |texts: Vec<String>| format!("[{}]", texts.join(","));
        match self {
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Real(number) => write!(formatter, "{number:?}"),
            Self::Word(name) => write!(formatter, "{name:?}"),
            Self::Integers(numbers) => formatter.write_str(&list(numbers.iter().map(u64::to_string).collect())),
            Self::Numbers(numbers) => {
                formatter.write_str(&list(numbers.iter().map(|number| format!("{number:?}")).collect()))
            }
        }
    }
}

/// A type that a field of a Config has.
pub trait FieldType: Sized {
    /// The value of a field.
    fn to_value(&self) -> FieldValue;

    /// The field of a value; none where the value is of another kind.
    fn of_value(value: FieldValue) -> Option<Self>;
}

impl FieldType for u64 {
    fn to_value(&self) -> FieldValue {
        FieldValue::Integer(*self)
    }

    fn of_value(value: FieldValue) -> Option<Self> {
        if let FieldValue::Integer(number) = value { Some(number) } else { None }
    }
}

impl FieldType for usize {
    fn to_value(&self) -> FieldValue {
        FieldValue::Integer(*self as u64)
    }

    fn of_value(value: FieldValue) -> Option<Self> {
        u64::of_value(value)?.try_into().ok()
    }
}

impl FieldType for f64 {
    fn to_value(&self) -> FieldValue {
        FieldValue::Real(*self)
    }

    fn of_value(value: FieldValue) -> Option<Self> {
        if let FieldValue::Real(number) = value { Some(number) } else { None }
    }
}

impl FieldType for Vec<usize> {
    fn to_value(&self) -> FieldValue {
        FieldValue::Integers(self.iter().map(|&number| number as u64).collect())
    }

    fn of_value(value: FieldValue) -> Option<Self> {
        let FieldValue::Integers(list) = value else { return None };
        list.into_iter().map(|number| number.try_into().ok()).collect()
    }
}

impl FieldType for Vec<f64> {
    fn to_value(&self) -> FieldValue {
        FieldValue::Numbers(self.clone())
    }

    fn of_value(value: FieldValue) -> Option<Self> {
        if let FieldValue::Numbers(list) = value { Some(list) } else { None }
    }
}

impl<const N: usize> FieldType for [f64; N] {
    fn to_value(&self) -> FieldValue {
        FieldValue::Numbers(self.to_vec())
    }

    fn of_value(value: FieldValue) -> Option<Self> {
        Vec::of_value(value)?.try_into().ok()
    }
}

impl<T: Named> FieldType for T {
    fn to_value(&self) -> FieldValue {
        FieldValue::Word(self.name())
    }

    fn of_value(value: FieldValue) -> Option<Self> {
        if let FieldValue::Word(name) = value { T::of_name(name) } else { None }
    }
}

impl Parameter {
    /// Checks one value for this field.
    ///
    /// # Errors
    /// [`ConfigError::WrongType`], [`ConfigError::OutOfRange`], [`ConfigError::Choice`] or [`ConfigError::Interval`].
    pub fn check(&self, value: &Value) -> Result<(), ConfigError> {
        self.read(value).map(drop)
    }

    /// Reads one value for this field from its JSON form.
    ///
    /// # Errors
    /// As [`Parameter::check`].
    pub fn read(&self, value: &Value) -> Result<FieldValue, ConfigError> {
        let mismatch = || wrong_type(self.path, ValueKind::from(&self.range), value);
        match self.range {
            Range::Integer { min, max } => self.integer(value, min, max).map(FieldValue::Integer),
            Range::Real { min, max, .. } => self.number(value, value, min, max).map(FieldValue::Real),
            Range::Choice(words) => {
                let name = value.as_str().ok_or_else(mismatch)?;
                let index = words.iter().position(|word| word.name == name);
                index.map(|index| FieldValue::Word(words[index].name)).ok_or_else(|| {
                    let allowed: Vec<&str> = words.iter().map(|word| word.name).collect();
                    ConfigError::Choice { field: self.path.to_owned(), value: shown(name), allowed: allowed.join(", ") }
                })
            }
            Range::Integers { min, max, shortest, longest } => {
                let list = value.as_array().ok_or_else(mismatch)?;
                if !(shortest..=longest).contains(&list.len()) {
                    return Err(self.out_of_range(&value.to_string(), shortest as f64, longest as f64));
                }
                let list: Result<_, _> = list.iter().map(|value| self.integer(value, min, max)).collect();
                list.map(FieldValue::Integers)
            }
            Range::Interval { min, max, .. } | Range::Numbers { min, max, .. } | Range::Layers { min, max, .. } => {
                let is_complete = |list: &&Vec<Value>| match self.range {
                    Range::Interval { .. } => list.len() == 2,
                    Range::Numbers { of, .. } => list.len() == of.len(),
                    // How many there must be, only the network tells.
                    _ => true,
                };
                let list = value.as_array().filter(is_complete).ok_or_else(mismatch)?;
                let list: Result<_, _> = list.iter().map(|number| self.number(number, value, min, max)).collect();
                list.map(FieldValue::Numbers)
            }
        }
    }

    /// Checks one value that a field of a Config has already, so that it is of the right kind.
    ///
    /// # Errors
    /// [`ConfigError::OutOfRange`], or [`ConfigError::WrongType`] for a value that a field of this range cannot have.
    pub fn check_typed(&self, value: &FieldValue) -> Result<(), ConfigError> {
        match (self.range, value) {
            (Range::Integer { min, max }, FieldValue::Integer(number)) => self.within(*number, min, max).map(drop),
            (Range::Integers { min, max, shortest, longest }, FieldValue::Integers(list)) => {
                if !(shortest..=longest).contains(&list.len()) {
                    return Err(self.out_of_range(&value.to_string(), shortest as f64, longest as f64));
                }
                list.iter().try_for_each(|&number| self.within(number, min, max).map(drop))
            }
            (Range::Real { min, max, .. }, FieldValue::Real(number)) => self.between(*number, min, max).map(drop),
            (
                Range::Interval { min, max, .. } | Range::Numbers { min, max, .. } | Range::Layers { min, max, .. },
                FieldValue::Numbers(list),
            ) => list.iter().try_for_each(|&number| self.between(number, min, max).map(drop)),
            (Range::Choice(words), FieldValue::Word(name)) if words.iter().any(|word| word.name == *name) => Ok(()),
            _ => Err(wrong_type(self.path, ValueKind::from(&self.range), value)),
        }
    }

    fn within(&self, number: u64, min: u64, max: u64) -> Result<u64, ConfigError> {
        if (min..=max).contains(&number) {
            Ok(number)
        } else {
            Err(self.out_of_range(&number.to_string(), min as f64, max as f64))
        }
    }

    fn between(&self, number: f64, min: f64, max: f64) -> Result<f64, ConfigError> {
        if (min..=max).contains(&number) { Ok(number) } else { Err(self.out_of_range(&number.to_string(), min, max)) }
    }

    fn integer(&self, value: &Value, min: u64, max: u64) -> Result<u64, ConfigError> {
        match (whole(value), value.as_f64()) {
            (Some(number), _) if (min..=max).contains(&number) => Ok(number),
            // A negative or huge whole number is out of range; a fraction is of the wrong kind.
            (_, Some(number)) if number.fract() == 0.0 && !(min as f64..=max as f64).contains(&number) => {
                Err(self.out_of_range(&value.to_string(), min as f64, max as f64))
            }
            _ => Err(wrong_type(self.path, ValueKind::from(&self.range), value)),
        }
    }

    /// One number of a value, `whole`.
    fn number(&self, value: &Value, whole: &Value, min: f64, max: f64) -> Result<f64, ConfigError> {
        let mismatch = || wrong_type(self.path, ValueKind::from(&self.range), whole);
        let number = value.as_f64().ok_or_else(mismatch)?;
        self.between(number, min, max)
    }

    fn out_of_range(&self, value: &str, min: f64, max: f64) -> ConfigError {
        ConfigError::OutOfRange { field: self.path.to_owned(), value: shown(value), min, max }
    }
}

/// The whole number that a value is, in whatever notation: `5`, `5.0`, `5e0`. Not −0, nor one that is not exact.
#[must_use]
pub fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        let is_exact = number.fract() == 0.0 && number.is_sign_positive() && number < (1_u64 << 53) as f64;
        is_exact.then_some(number as u64)
    })
}

impl From<&Range> for ValueKind {
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

//! The numbers that a person can type, slide or step by arrow keys, wherever in the page's state each one is kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::comparison::Unit;
use super::labels;
use super::number::read::{Kind, Unreadable, read};
use super::scale::Scale;
use super::state::{Document, Panel};
use crate::domain::config::error::{ConfigError, shown};
use crate::domain::config::parameters::{MOST_ITERATIONS, parameter};
use crate::domain::config::range::{Parameter, Range};
use crate::domain::config::search::{self, Limits, SearchAxis};
use crate::domain::config::static_path;
use crate::domain::task::Task;
use crate::engine::experiments::MOST_RUNS;
use crate::engine::protocol::Budget;

/// How much each layer learns: the one list of the document whose empty form stands for as many ones as there are layers.
const FACTORS: &str = "outer.layers";
/// Most values of a search's axis.
const MOST_VALUES: u64 = 32;
/// Most seeds of a search's combination.
const MOST_SEEDS: u64 = 3;
/// Arrow keys move a coordinate of the shown task by this.
pub const TASK_STEP: f64 = 0.05;

/// A number field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    /// A field of the Config, or one number of a field that is a list.
    Config {
        /// Its path in the document.
        #[serde(with = "static_path")]
        path: static_path::Path,
        /// Which number of the list; none where the field is one number.
        item: Option<usize>,
    },
    /// `eval.shots` once more, beside the shots.
    Shots,
    /// A coordinate of the shown task.
    Task(Coordinate),
    /// How much of a unit each run of the comparison is given.
    Amount(Unit),
    /// A number of the search plan.
    Search(SearchNumber),
}

/// A coordinate of the shown task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coordinate {
    /// Amplitude a.
    Amplitude,
    /// Phase p, in radians.
    Phase,
    /// Frequency f.
    Frequency,
}

/// A number of the search plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchNumber {
    /// The least value of the axis with this index.
    Low(usize),
    /// The greatest value of the axis with this index.
    High(usize),
    /// Values of the axis with this index on a grid.
    Count(usize),
    /// Combinations of a random search.
    Draws,
    /// What each run is given.
    Budget,
    /// Seeds of each combination.
    Seeds,
}

impl Coordinate {
    /// Every coordinate.
    pub const ALL: [Self; 3] = [Self::Amplitude, Self::Phase, Self::Frequency];

    /// The path of its interval in the distribution, whose range it shares.
    #[must_use]
    pub fn interval(self) -> &'static str {
        match self {
            Self::Amplitude => "tasks.amplitude",
            Self::Phase => "tasks.phase",
            Self::Frequency => "tasks.frequency",
        }
    }

    /// The least and the greatest value.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match parameter(self.interval()).map(|parameter| parameter.range) {
            Some(Range::Interval { min, max, .. }) => (min, max),
            _ => (0.0, 1.0),
        }
    }

    /// The task's value.
    #[must_use]
    pub fn of(self, task: &Task) -> f32 {
        match self {
            Self::Amplitude => task.amplitude,
            Self::Phase => task.phase,
            Self::Frequency => task.frequency,
        }
    }

    /// The same task with another value.
    #[must_use]
    pub fn with(self, task: Task, value: f32) -> Task {
        match self {
            Self::Amplitude => Task { amplitude: value, ..task },
            Self::Phase => Task { phase: value, ..task },
            Self::Frequency => Task { frequency: value, ..task },
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Amplitude => labels::TASK_AMPLITUDE,
            Self::Phase => labels::TASK_PHASE,
            Self::Frequency => labels::TASK_FREQUENCY,
        }
    }
}

impl Field {
    /// A field of the Config that is one number.
    #[must_use]
    pub const fn config(path: &'static str) -> Self {
        Self::Config { path, item: None }
    }

    /// One number of a field of the Config that is a list or an interval.
    #[must_use]
    pub const fn item(path: &'static str, item: usize) -> Self {
        Self::Config { path, item: Some(item) }
    }

    /// Its name among all fields, of which the ids of its elements are made.
    #[must_use]
    pub fn key(self, document: &Document) -> String {
        let of_axis = |label: &str, index: usize| match document.search.axes.get(index) {
            Some(Some(axis)) => format!("{label}.{}", axis.path),
            _ => format!("{label}.{index}"),
        };
        match self {
            Self::Config { path, item: None } => path.to_owned(),
            Self::Config { path, item: Some(item) } => format!("{path}.{item}"),
            Self::Shots => "shots.count".to_owned(),
            Self::Task(coordinate) => coordinate.label().to_owned(),
            Self::Amount(unit) => format!("{}.{}", labels::COMPARISON_AMOUNT, unit as usize),
            Self::Search(SearchNumber::Low(index)) => of_axis(labels::SEARCH_LOW, index),
            Self::Search(SearchNumber::High(index)) => of_axis(labels::SEARCH_HIGH, index),
            Self::Search(SearchNumber::Count(index)) => of_axis(labels::SEARCH_COUNT, index),
            Self::Search(SearchNumber::Draws) => labels::SEARCH_DRAWS.to_owned(),
            Self::Search(SearchNumber::Budget) => labels::SEARCH_BUDGET.to_owned(),
            Self::Search(SearchNumber::Seeds) => labels::SEARCH_SEEDS.to_owned(),
        }
    }

    /// The number as it is; null where there is none, as of a layer that is gone.
    #[must_use]
    pub fn value(self, document: &Document) -> Value {
        match self {
            Self::Config { path, item: None } => document.config.get(path).unwrap_or(Value::Null),
            Self::Config { path, item: Some(item) } => whole(document, path).get(item).cloned().unwrap_or(Value::Null),
            Self::Shots => document.config.eval.shots.into(),
            // Three decimals: what a person reads; f32 in f64 has a tail of noise.
            Self::Task(coordinate) => {
                ((f64::from(coordinate.of(&document.preview.task)) * 1000.0).round() / 1000.0).into()
            }
            Self::Amount(unit) => document.comparison.amounts[unit as usize].into(),
            Self::Search(number) => number.value(document).into(),
        }
    }

    /// What the number may be: of the Config's parameter, or of a number that is no field of the Config.
    #[must_use]
    pub fn parameter(self, document: &Document) -> Option<Parameter> {
        let own = |path, range| Some(Parameter { path, symbol: "", range });
        match self {
            Self::Config { path, .. } => parameter(path).copied(),
            Self::Shots => parameter("eval.shots").copied(),
            Self::Task(coordinate) => {
                let (min, max) = coordinate.range();
                own(coordinate.label(), Range::Real { min, max, step: TASK_STEP, logarithmic: false })
            }
            Self::Amount(unit) => own(labels::COMPARISON_AMOUNT, unit.range()),
            Self::Search(number) => number.parameter(document),
        }
    }

    /// Its slider and arrow keys.
    #[must_use]
    pub fn scale(self, document: &Document) -> Option<Scale> {
        match self.parameter(document)?.range {
            Range::Integers { min, max, .. } => Some(Scale::new(min as f64, max as f64, 1.0, false)),
            range => Scale::of(&range),
        }
    }

    /// Whether it may be negative. The keyboards for numbers of some phones have no minus sign.
    #[must_use]
    pub fn takes_negative(self, document: &Document) -> bool {
        self.scale(document).is_some_and(|scale| scale.min() < 0.0)
    }

    /// How its text is read.
    fn kind(self, document: &Document, range: &Range) -> Kind {
        let is_time = match self {
            Self::Amount(unit) => unit == Unit::Seconds,
            Self::Search(SearchNumber::Budget) => matches!(document.search.budget, Budget::Seconds(_)),
            _ => false,
        };
        match range {
            _ if is_time => Kind::Seconds,
            Range::Integer { .. } | Range::Integers { .. } => Kind::Count,
            _ => Kind::Real,
        }
    }

    /// The panel that it stands in, if that can be closed.
    #[must_use]
    pub fn panel(self) -> Option<Panel> {
        match self {
            Self::Amount(_) => Some(Panel::Comparison),
            Self::Search(_) => Some(Panel::Search),
            Self::Config { .. } | Self::Shots | Self::Task(_) => None,
        }
    }

    /// Whether the page has such a field now: its layer exists, and other settings leave it a meaning.
    #[must_use]
    pub fn is_offered(self, document: &Document) -> bool {
        match self {
            Self::Config { path, .. } => document.config.uses(path) && !self.value(document).is_null(),
            Self::Shots | Self::Task(_) => true,
            Self::Amount(unit) => document.comparison.unit == unit,
            Self::Search(number) => number.is_offered(document),
        }
    }

    /// Takes the number that a text means.
    ///
    /// # Errors
    /// The text means none that the field takes, and the error says which it takes; nothing has changed then.
    pub fn enter(self, document: &mut Document, text: &str) -> Result<(), ConfigError> {
        let Some(Parameter { path, range, .. }) = self.parameter(document) else { return Ok(()) };
        let (min, max, is_whole) = match range {
            Range::Integer { min, max } | Range::Integers { min, max, .. } => (min as f64, max as f64, true),
            Range::Real { min, max, .. }
            | Range::Interval { min, max, .. }
            | Range::Numbers { min, max, .. }
            | Range::Layers { min, max, .. } => (min, max, false),
            Range::Choice(_) => return Ok(()),
        };
        let refused = |min, max, readings| ConfigError::Entry {
            field: path.to_owned(),
            text: shown(text.trim()),
            min,
            max,
            is_whole,
            readings,
        };
        let number = read(text, self.kind(document, &range)).map_err(|unreadable| match unreadable {
            Unreadable::NotANumber => refused(min, max, None),
            Unreadable::Ambiguous(readings) => refused(min, max, Some(readings)),
        })?;
        self.write(document, to_value(number)).map_err(|error| match error {
            ConfigError::OutOfRange { field, min, max, .. } if field == path => refused(min, max, None),
            other => other,
        })
    }

    /// Takes a new number.
    ///
    /// # Errors
    /// It is refused; nothing has changed then.
    pub fn write(self, document: &mut Document, value: Value) -> Result<(), ConfigError> {
        match self {
            Self::Config { path, item: None } => document.set(path, value),
            Self::Config { path, item: Some(item) } => {
                let mut list = whole(document, path);
                if let Some(slot) = list.get_mut(item) {
                    *slot = value;
                }
                document.set(path, list)
            }
            Self::Shots => document.set("eval.shots", value),
            Self::Task(_) | Self::Amount(_) | Self::Search(_) => {
                let Some(parameter) = self.parameter(document) else { return Ok(()) };
                parameter.check(&value)?;
                let number = value.as_f64().unwrap_or_default();
                match self {
                    Self::Task(coordinate) => {
                        let task = coordinate.with(document.preview.task, number as f32);
                        document.preview.choose(task);
                    }
                    Self::Amount(unit) => document.comparison.amounts[unit as usize] = number,
                    Self::Search(own) => own.write(document, number),
                    Self::Config { .. } | Self::Shots => {}
                }
                Ok(())
            }
        }
    }
}

/// A number as a value of the document: a whole one as such.
#[must_use]
pub fn to_value(number: f64) -> Value {
    let is_whole = number.fract() == 0.0 && (0.0..9e15).contains(&number);
    if is_whole { Value::from(number as u64) } else { Value::from(number) }
}

/// A list of the Config with all its numbers.
fn whole(document: &Document, path: &str) -> Value {
    match path {
        FACTORS => Value::from(document.config.layer_factors()),
        _ => document.config.get(path).unwrap_or(Value::Null),
    }
}

impl SearchNumber {
    fn axis(self, document: &Document) -> Option<SearchAxis> {
        match self {
            Self::Low(index) | Self::High(index) | Self::Count(index) => *document.search.axes.get(index)?,
            Self::Draws | Self::Budget | Self::Seeds => None,
        }
    }

    fn is_offered(self, document: &Document) -> bool {
        let is_random = document.search.is_random;
        match self {
            Self::Low(_) | Self::High(_) => self.axis(document).is_some(),
            Self::Count(_) => self.axis(document).is_some() && !is_random,
            Self::Draws => is_random,
            Self::Budget | Self::Seeds => true,
        }
    }

    fn value(self, document: &Document) -> f64 {
        let of_axis = |read: fn(&SearchAxis) -> f64| self.axis(document).as_ref().map_or(0.0, read);
        match self {
            Self::Low(_) => of_axis(|axis| axis.low),
            Self::High(_) => of_axis(|axis| axis.high),
            Self::Count(_) => of_axis(|axis| axis.count as f64),
            Self::Draws => document.search.draws as f64,
            Self::Budget => match document.search.budget {
                Budget::Iterations(count) | Budget::Evaluations(count) => count as f64,
                Budget::Seconds(seconds) => seconds,
            },
            Self::Seeds => document.search.seeds as f64,
        }
    }

    fn parameter(self, document: &Document) -> Option<Parameter> {
        let whole = |path, min, max| Some(Parameter { path, symbol: "", range: Range::Integer { min, max } });
        let end = |path| {
            let axis = self.axis(document)?;
            let Limits { min, max, is_whole } = search::limits(axis.path)?;
            let range = if is_whole {
                Range::Integer { min: min as u64, max: max as u64 }
            } else {
                parameter(axis.path)?.range
            };
            Some(Parameter { path, symbol: "", range })
        };
        match self {
            Self::Low(_) => end(labels::SEARCH_LOW),
            Self::High(_) => end(labels::SEARCH_HIGH),
            Self::Count(_) => self.axis(document).and_then(|_| whole(labels::SEARCH_COUNT, 2, MOST_VALUES)),
            Self::Draws => whole(labels::SEARCH_DRAWS, 1, MOST_RUNS as u64),
            Self::Seeds => whole(labels::SEARCH_SEEDS, 1, MOST_SEEDS),
            Self::Budget => match document.search.budget {
                Budget::Iterations(_) => whole(labels::SEARCH_BUDGET, 1, MOST_ITERATIONS),
                Budget::Evaluations(_) => whole(labels::SEARCH_BUDGET, 1, 1_000_000_000),
                Budget::Seconds(_) => {
                    let range = Range::Real { min: 0.01, max: 3600.0, step: 0.1, logarithmic: true };
                    Some(Parameter { path: labels::SEARCH_BUDGET, symbol: "", range })
                }
            },
        }
    }

    fn write(self, document: &mut Document, number: f64) {
        let plan = &mut document.search;
        let mut axis = |index: usize, write: fn(&mut SearchAxis, f64)| {
            if let Some(Some(axis)) = plan.axes.get_mut(index) {
                write(axis, number);
            }
        };
        match self {
            Self::Low(index) => axis(index, |axis, low| axis.low = low),
            Self::High(index) => axis(index, |axis, high| axis.high = high),
            Self::Count(index) => axis(index, |axis, count| axis.count = count as usize),
            Self::Draws => plan.draws = number as usize,
            Self::Seeds => plan.seeds = number as usize,
            Self::Budget => match &mut plan.budget {
                Budget::Iterations(count) | Budget::Evaluations(count) => *count = number as u64,
                Budget::Seconds(seconds) => *seconds = number,
            },
        }
    }
}

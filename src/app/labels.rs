//! Names of parameters, for people.

use crate::domain::config::parameters::{field, parameter};
use crate::domain::config::range::Parameter;
use crate::domain::config::search::Search;
use crate::i18n::{Key, Locale};

/// The shown task's amplitude, which is no field of the document.
pub const TASK_AMPLITUDE: &str = "task.amplitude";
/// The shown task's phase.
pub const TASK_PHASE: &str = "task.phase";

/// The shown task's frequency.
pub const TASK_FREQUENCY: &str = "task.frequency";

/// The budget of the runs that are compared.
pub const COMPARISON_AMOUNT: &str = "comparison.amount";
/// The least value of a search, which is no field of the document either.
pub const SEARCH_LOW: &str = "search.low";
/// The greatest value of a search.
pub const SEARCH_HIGH: &str = "search.high";
/// Values of a search on a grid.
pub const SEARCH_COUNT: &str = "search.count";
/// Combinations of a random search.
pub const SEARCH_DRAWS: &str = "search.draws";
/// What each run of a search is given.
pub const SEARCH_BUDGET: &str = "search.budget";
/// Seeds of each combination of a search.
pub const SEARCH_SEEDS: &str = "search.seeds";

/// What a person reads about one parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Its name.
    pub label: &'static str,
    /// One sentence on what it does.
    pub help: &'static str,
}

/// Label and help of the numbers that a person sets and that are no field of the document.
const OWN: [(&str, Key, Option<Key>); 10] = [
    (COMPARISON_AMOUNT, Key::of("comparison_amount"), None),
    (TASK_AMPLITUDE, Key::of("picker_amplitude"), Some(Key::of("picker_help"))),
    (TASK_PHASE, Key::of("picker_phase"), Some(Key::of("picker_help"))),
    (TASK_FREQUENCY, Key::of("picker_frequency"), Some(Key::of("picker_help"))),
    (SEARCH_LOW, Key::of("search_low"), Some(Key::of("search_help"))),
    (SEARCH_HIGH, Key::of("search_high"), Some(Key::of("search_help"))),
    (SEARCH_COUNT, Key::of("search_count"), Some(Key::of("search_help"))),
    (SEARCH_DRAWS, Key::of("search_draws"), Some(Key::of("search_help"))),
    (SEARCH_BUDGET, Key::of("search_budget"), Some(Key::of("search_help"))),
    (SEARCH_SEEDS, Key::of("search_seeds"), Some(Key::of("search_help"))),
];

/// The words of the parameter at `path`; every one of the table has them.
#[must_use]
pub fn of(path: &str, locale: Locale) -> Option<Words> {
    if let Some(field) = field(path) {
        return Some(Words { label: locale.text(field.label), help: locale.text(field.help) });
    }
    let (_, label, help) = OWN.iter().find(|(own, ..)| *own == path)?;
    Some(Words { label: locale.text(*label), help: help.map_or("", |help| locale.text(help)) })
}

/// The symbol of a parameter, or its name where it has none.
#[must_use]
pub fn short(path: &'static str, locale: Locale) -> &'static str {
    match parameter(path) {
        Some(Parameter { symbol, .. }) if !symbol.is_empty() => symbol,
        _ => of(path, locale).map_or(path, |words| words.label),
    }
}

/// The name of a parameter that can be searched, with its symbol.
#[must_use]
pub fn searched(path: &str, locale: Locale) -> String {
    if path == "model.hidden" {
        return locale.search_units().to_owned();
    }
    let label = of(path, locale).map_or(path, |words| words.label);
    let symbol = parameter(path).map_or("", |parameter| parameter.symbol);
    format!("{label} {symbol}").trim_end().to_owned()
}

/// The names of the parameters that a search varies.
#[must_use]
pub fn searched_all(search: &Search, locale: Locale) -> Vec<String> {
    search.axes.iter().map(|axis| searched(axis.path, locale)).collect()
}

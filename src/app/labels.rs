//! Names of parameters, for people.

use crate::domain::config::parameters::parameter;
use crate::domain::config::range::Parameter;
use crate::domain::config::search::Search;
use crate::i18n::Locale;

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

/// The words of the parameter at `path`; every one of the table has them.
#[must_use]
pub fn of(path: &str, locale: Locale) -> Option<Words> {
    let (label, help) = match path {
        "seed" => (locale.parameter_seed(), locale.parameter_seed_help()),
        "tasks.family" => (locale.parameter_tasks_family(), locale.parameter_tasks_family_help()),
        "tasks.weights" => (locale.parameter_tasks_weights(), locale.parameter_tasks_weights_help()),
        "tasks.amplitude" => (locale.parameter_tasks_amplitude(), locale.parameter_tasks_amplitude_help()),
        "tasks.phase" => (locale.parameter_tasks_phase(), locale.parameter_tasks_phase_help()),
        "tasks.frequency" => (locale.parameter_tasks_frequency(), locale.parameter_tasks_frequency_help()),
        "tasks.noise" => (locale.parameter_tasks_noise(), locale.parameter_tasks_noise_help()),
        "tasks.x" => (locale.parameter_tasks_x(), locale.parameter_tasks_x_help()),
        "tasks.shots" => (locale.parameter_tasks_shots(), locale.parameter_tasks_shots_help()),
        "tasks.grid" => (locale.parameter_tasks_grid(), locale.parameter_tasks_grid_help()),
        "model.hidden" => (locale.parameter_model_hidden(), locale.parameter_model_hidden_help()),
        "model.activation" => (locale.parameter_model_activation(), locale.parameter_model_activation_help()),
        "algorithm" => (locale.parameter_algorithm(), locale.parameter_algorithm_help()),
        "inner.optimizer" => (locale.parameter_inner_optimizer(), locale.parameter_inner_optimizer_help()),
        "inner.learning_rate" => (locale.parameter_inner_learning_rate(), locale.parameter_inner_learning_rate_help()),
        "inner.steps" => (locale.parameter_inner_steps(), locale.parameter_inner_steps_help()),
        "inner.batch" => (locale.parameter_inner_batch(), locale.parameter_inner_batch_help()),
        "inner.momentum" => (locale.parameter_inner_momentum(), locale.parameter_inner_momentum_help()),
        "inner.beta1" => (locale.parameter_inner_beta1(), locale.parameter_inner_beta1_help()),
        "inner.beta2" => (locale.parameter_inner_beta2(), locale.parameter_inner_beta2_help()),
        "inner.epsilon" => (locale.parameter_inner_epsilon(), locale.parameter_inner_epsilon_help()),
        "inner.decay" => (locale.parameter_inner_decay(), locale.parameter_inner_decay_help()),
        "inner.map" => (locale.parameter_inner_map(), locale.parameter_inner_map_help()),
        "inner.state" => (locale.parameter_inner_state(), locale.parameter_inner_state_help()),
        "outer.optimizer" => (locale.parameter_outer_optimizer(), locale.parameter_outer_optimizer_help()),
        "outer.step_size" => (locale.parameter_outer_step_size(), locale.parameter_outer_step_size_help()),
        "outer.schedule" => (locale.parameter_outer_schedule(), locale.parameter_outer_schedule_help()),
        "outer.meta_batch" => (locale.parameter_outer_meta_batch(), locale.parameter_outer_meta_batch_help()),
        "outer.iterations" => (locale.parameter_outer_iterations(), locale.parameter_outer_iterations_help()),
        "outer.layers" => (locale.parameter_outer_layers(), locale.parameter_outer_layers_help()),
        "outer.stop.update" => (locale.parameter_outer_stop_update(), locale.parameter_outer_stop_update_help()),
        "outer.stop.patience" => (locale.parameter_outer_stop_patience(), locale.parameter_outer_stop_patience_help()),
        "eval.tasks" => (locale.parameter_eval_tasks(), locale.parameter_eval_tasks_help()),
        "eval.shots" => (locale.parameter_eval_shots(), locale.parameter_eval_shots_help()),
        "eval.steps" => (locale.parameter_eval_steps(), locale.parameter_eval_steps_help()),
        "eval.learning_rate" => (locale.parameter_eval_learning_rate(), locale.parameter_eval_learning_rate_help()),
        "eval.optimizer" => (locale.parameter_eval_optimizer(), locale.parameter_eval_optimizer_help()),
        COMPARISON_AMOUNT => (locale.comparison_amount(), ""),
        TASK_AMPLITUDE => (locale.picker_amplitude(), locale.picker_help()),
        TASK_PHASE => (locale.picker_phase(), locale.picker_help()),
        TASK_FREQUENCY => (locale.picker_frequency(), locale.picker_help()),
        SEARCH_LOW => (locale.search_low(), locale.search_help()),
        SEARCH_HIGH => (locale.search_high(), locale.search_help()),
        SEARCH_COUNT => (locale.search_count(), locale.search_help()),
        SEARCH_DRAWS => (locale.search_draws(), locale.search_help()),
        SEARCH_BUDGET => (locale.search_budget(), locale.search_help()),
        SEARCH_SEEDS => (locale.search_seeds(), locale.search_help()),
        _ => return None,
    };
    Some(Words { label, help })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::parameters::parameters;

    #[test]
    fn every_parameter_has_words() {
        for parameter in parameters() {
            assert!(of(parameter.path, Locale::En).is_some(), "{}", parameter.path);
        }
    }
}

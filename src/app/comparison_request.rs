//! What a script asks a comparison for: documents, one budget for each of them, and seeds.

use serde::Deserialize;
use serde_json::Value;

use super::action::Action;
use super::comparison::{MOST_RUNS, SEEDS, Unit, measured_otherwise};
use crate::domain::config::Config;
use crate::domain::config::error::ConfigError;
use crate::engine::protocol::Failure;

/// The argument of `reptileLab.compare`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonRequest {
    runs: Vec<Value>,
    iterations: Option<f64>,
    evaluations: Option<f64>,
    seconds: Option<f64>,
    seeds: Option<f64>,
}

impl ComparisonRequest {
    /// The action that plans it.
    ///
    /// # Errors
    /// What is wrong with it; nothing of it is taken over then.
    pub fn plan(self) -> Result<Action, Failure> {
        let Self { runs, iterations, evaluations, seconds, seeds } = self;
        if !(1..=MOST_RUNS).contains(&runs.len()) {
            return Err(out_of_range("runs", runs.len() as f64, 1.0, MOST_RUNS as f64));
        }
        let configs = runs.iter().map(Config::from_value).collect::<Result<Vec<_>, _>>().map_err(Failure::Config)?;
        if let Some((run, field)) = measured_otherwise(&configs) {
            return Err(Failure::MeasuredOtherwise { run, field: field.to_owned() });
        }
        let choice = |field: &str, value: String, allowed: Vec<String>| {
            Failure::Config(ConfigError::Choice { field: field.to_owned(), value, allowed: allowed.join(", ") })
        };
        let wanted = seeds.unwrap_or(1.0);
        let known = SEEDS.into_iter().find(|count| *count as f64 == wanted);
        let seeds = known
            .ok_or_else(|| choice("seeds", wanted.to_string(), SEEDS.iter().map(ToString::to_string).collect()))?;
        let given = Unit::ALL.into_iter().zip([iterations, evaluations, seconds]);
        let given: Vec<(Unit, f64)> = given.filter_map(|(unit, amount)| Some((unit, amount?))).collect();
        if given.len() > 1 {
            let names = |units: &mut dyn Iterator<Item = Unit>| -> Vec<String> {
                units.map(|unit| unit.name().to_owned()).collect()
            };
            let found = names(&mut given.iter().map(|(unit, _)| *unit)).join(" + ");
            return Err(choice("budget", found, names(&mut Unit::ALL.into_iter())));
        }
        if let Some(&(unit, amount)) = given.first() {
            let (min, max) = (unit.clamped(0.0), unit.clamped(f64::INFINITY));
            // A part of a meta-iteration is none, too.
            if unit.clamped(amount) != amount {
                return Err(out_of_range(unit.name(), amount, min, max));
            }
        }
        Ok(Action::PlanComparison { runs: configs, budget: given.first().copied(), seeds })
    }
}

fn out_of_range(name: &str, value: f64, min: f64, max: f64) -> Failure {
    Failure::Argument { name: name.to_owned(), value: value.to_string(), min, max }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(request: Value) -> Result<Action, Failure> {
        serde_json::from_value::<ComparisonRequest>(request).expect("of its type").plan()
    }

    #[test]
    fn a_request_is_refused_by_name_and_as_a_whole() {
        let refused = [
            (json!({ "runs": [] }), "runs: 0"),
            (json!({ "runs": vec![json!({}); 7] }), "runs: 7"),
            (json!({ "runs": [{ "inner": { "steps": 0 } }] }), "inner.steps"),
            (json!({ "runs": [{}], "iterations": -5 }), "iterations: -5"),
            (json!({ "runs": [{}], "iterations": 2.5 }), "iterations: 2.5"),
            (json!({ "runs": [{}], "evaluations": 1e300 }), "evaluations: 1"),
            (json!({ "runs": [{}], "seconds": 0 }), "seconds: 0 is out of range; allowed: 0.1 to 600"),
            (json!({ "runs": [{}], "seeds": 2 }), "seeds: “2” is not a valid choice; allowed: 1, 3, 5"),
            (json!({ "runs": [{}, { "eval": { "shots": 5 } }] }), "runs[1]: eval.shots"),
            (json!({ "runs": [{}], "iterations": 5, "seconds": 1 }), "budget: “iterations + seconds”"),
        ];
        for (request, words) in refused {
            let failure = plan(request.clone()).expect_err("refused").to_string();
            assert!(failure.contains(words), "{request}: {failure}");
        }
    }

    #[test]
    fn a_request_plans_a_comparison() {
        let Ok(Action::PlanComparison { runs, budget, seeds }) =
            plan(json!({ "runs": [{}, {}], "evaluations": 300, "seeds": 3 }))
        else {
            panic!("a plan")
        };
        assert_eq!((runs.len(), budget, seeds), (2, Some((Unit::Evaluations, 300.0)), 3));
    }
}

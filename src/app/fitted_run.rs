//! What a run of the comparison makes of the shown curve.

use super::comparison::{ComparisonPlan, ComparisonResults, Predicted};
use super::run_names;
use crate::domain::task::TaskDistribution;
use crate::i18n::Locale;

/// What a run makes of the shown curve, and all that it takes to draw that.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedRun {
    /// What the run is called.
    pub name: String,
    /// The tasks that it was measured on: the predictions are for their grid.
    pub distribution: TaskDistribution,
    /// Its predictions.
    pub predicted: Predicted,
}

impl FittedRun {
    /// What the run of a slot makes of the shown curve, once that is known.
    #[must_use]
    pub fn of(plan: &ComparisonPlan, results: &ComparisonResults, slot: usize, locale: Locale) -> Option<Self> {
        let (experiment, _) = results.asked.as_ref()?;
        let index = plan.runs.iter().position(|run| run.slot == slot)?;
        let predicted = results.run(&plan.runs[index])?.preview.clone()?;
        let name = run_names::all(&plan.runs, locale).swap_remove(index);
        Some(Self { name, distribution: experiment.evaluation.distribution.clone(), predicted })
    }
}

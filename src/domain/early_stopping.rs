//! Early stopping of a run, and its plateau schedule: an outer step size that adapts itself, and rules that stop training
//! before its last meta-iteration.
//!
//! Both go by checks, at meta-iterations that only the settings decide. A check measures the error on [`TASKS`] held-out
//! tasks of a seed stream of their own after `eval.steps` gradient steps, and takes the size of that one meta-iteration's
//! outer gradient. Training waits for it, so that θ does not depend on how fast anything is.

use serde::{Deserialize, Serialize};

use super::training::TrainingSettings;
use crate::i18n::{Locale, message};

/// Held-out tasks of a check.
pub const TASKS: usize = 50;
/// Checks are this part of the whole run apart.
const CHECKS: u64 = 100;
/// Meta-iterations between two checks at least.
const LEAST_INTERVAL: u64 = 10;
/// An error below this part of the best one is an improvement.
const IMPROVED: f64 = 0.99;
/// Checks in a row without an improvement, after which ε is cut.
const PATIENCE: u64 = 5;
/// What a cut leaves of ε.
const FACTOR: f64 = 0.5;
/// What an improvement makes of ε, up to `outer.step_size`.
const GROWTH: f64 = 1.1;
/// Cuts leave at least this part of `outer.step_size`.
const LEAST_FACTOR: f64 = 1.0 / 1024.0;

/// No run is as long.
const MOST_CHECKED: u64 = 1 << 32;

/// What the checks of a run have found so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyStopping {
    /// What `outer.step_size` is multiplied by, 1/1024 to 1: 1 unless the schedule is adaptive.
    pub factor: f64,
    /// Why training has stopped for good, if it has.
    pub stopped: Option<StopReason>,
    /// The meta-iteration of the last check; 0 before the first.
    checked: u64,
    /// The best held-out error of the checks.
    best: f64,
    /// Checks in a row without an improvement.
    stale: u64,
}

/// Why training stops before its last meta-iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StopReason {
    /// The outer gradient is smaller than `outer.stop.update`.
    #[serde(rename = "update")]
    GradientNorm,
    /// The held-out error has not improved in `outer.stop.patience` checks.
    Patience,
}

impl StopReason {
    /// Its name in documents: `update`, `patience`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GradientNorm => "update",
            Self::Patience => "patience",
        }
    }

    /// At which meta-iteration training stopped, and why.
    #[must_use]
    pub fn message(self, locale: Locale, iteration: u64) -> String {
        match self {
            Self::GradientNorm => locale.format(message::StoppedUpdate { iteration }),
            Self::Patience => locale.format(message::StoppedPatience { iteration }),
        }
    }
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { factor: 1.0, stopped: None, checked: 0, best: f64::INFINITY, stale: 0 }
    }
}

/// Meta-iterations from one check to the next; none where nothing goes by checks.
fn interval(TrainingSettings { algorithm, outer, .. }: TrainingSettings) -> Option<u64> {
    let wanted = outer.schedule.goes_by_checks() || outer.stop.update > 0.0 || outer.stop.patience > 0;
    (wanted && algorithm.trains()).then(|| (outer.iterations / CHECKS).max(LEAST_INTERVAL))
}

impl EarlyStopping {
    /// Whether checks can have found this: for what comes from a file.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        (LEAST_FACTOR..=1.0).contains(&self.factor) && !self.best.is_nan() && self.checked <= MOST_CHECKED
    }

    /// The meta-iteration of the next check, where `done` are made: `done` itself while its check is due. There is none
    /// behind the last meta-iteration, where nothing would follow from it.
    #[must_use]
    pub fn next_check<'a>(&self, training: impl Into<TrainingSettings<'a>>, done: u64) -> Option<u64> {
        let training = training.into();
        let next = done.max(self.checked + 1).next_multiple_of(interval(training)?);
        (next < training.outer.iterations).then_some(next)
    }

    /// Takes the result of the check at a meta-iteration: the mean held-out `error`, and ‖g‖₂ of the outer gradient that
    /// made this θ, where it was measured.
    ///
    /// An error below 0.99 times the best one is an improvement. Training stops where ‖g‖₂ < `outer.stop.update`, and
    /// where `outer.stop.patience` checks in a row brought no improvement. With the adaptive schedule an improvement
    /// multiplies ε by 1.1, up to `outer.step_size`; five checks in a row without one halve it, down to 1/1024 of that,
    /// and five more halve it again.
    pub fn check<'a>(
        &mut self,
        training: impl Into<TrainingSettings<'a>>,
        iteration: u64,
        error: f64,
        gradient_norm: Option<f64>,
    ) {
        let TrainingSettings { outer, .. } = training.into();
        self.checked = iteration;
        let is_adaptive = outer.schedule.goes_by_checks();
        if error < IMPROVED * self.best {
            (self.best, self.stale) = (error, 0);
            if is_adaptive {
                self.factor = (self.factor * GROWTH).min(1.0);
            }
        } else {
            self.stale += 1;
            if is_adaptive && self.stale.is_multiple_of(PATIENCE) {
                self.factor = (self.factor * FACTOR).max(LEAST_FACTOR);
            }
        }
        self.stopped = if gradient_norm.is_some_and(|norm| norm < outer.stop.update) {
            Some(StopReason::GradientNorm)
        } else if outer.stop.patience > 0 && self.stale >= outer.stop.patience {
            Some(StopReason::Patience)
        } else {
            None
        };
    }
}

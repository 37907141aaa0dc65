//! What no single field of a Config can tell: how its fields go together, which of them count, and which begin a run anew.

use super::Config;
use super::error::{ConfigError, ValueKind, wrong_type};
use super::parameters::FIELDS;
use super::range::FieldValue;
use crate::domain::choice::Named;
use crate::domain::inner_optimizer::{InnerOptimizer, InnerState, Optimizer};
use crate::domain::task::family::{Families, Family};
use crate::domain::task::{grid, support_range};

/// Most tasks of a meta-batch whose optimizers carry their state: it goes wherever θ goes.
const MOST_CARRIED: usize = 16;

impl Config {
    /// Whether a field makes a difference, given the others.
    #[must_use]
    pub fn uses(&self, path: &str) -> bool {
        let needs = self.algorithm.needs();
        match path {
            "tasks.weights" => self.tasks.family == Families::Mixture,
            "tasks.frequency" => self.tasks.families().any(Family::is_periodic),
            "inner.state" => Optimizer::of(&self.inner).keeps_state() && self.algorithm.can_carry_state(),
            "inner.steps" | "inner.learning_rate" => needs.inner_loop,
            "outer.iterations" => true,
            _ if path.starts_with("outer.") => self.algorithm.trains(),
            _ => {
                let has = |kind: &InnerOptimizer| kind.parameters().contains(&path);
                let kinds = [self.inner.optimizer, self.eval.optimizer(&self.inner).kind];
                kinds.iter().any(has) || !InnerOptimizer::ALL.iter().any(has)
            }
        }
    }

    /// Whether going on from this Config with `next` must begin again from a fresh θ: another network or another seed.
    #[must_use]
    pub fn restarts(&self, next: &Self) -> bool {
        FIELDS.iter().any(|field| field.restarts && field.get(self) != field.get(next))
    }

    /// Whether `next` trains θ by the same algorithm on the same tasks: then a run goes on from its θ with it.
    #[must_use]
    pub fn trains_as(&self, next: &Self) -> bool {
        self.algorithm == next.algorithm && self.tasks.draws_as(&next.tasks)
    }

    /// Checks intervals, draws without repeats that the grid can serve, and choices that exclude each other.
    ///
    /// # Errors
    /// The first fault found.
    pub(super) fn check_relations(&self) -> Result<(), ConfigError> {
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
        // Networks see x in single precision.
        if !grid(&self.tasks).is_sorted_by(|x, next| x < next) {
            let [low, high] = self.tasks.x;
            return Err(ConfigError::TooNarrow { field: "tasks.x".to_owned(), low, high, points: self.tasks.grid });
        }
        if !self.tasks.weights.iter().any(|&weight| weight > 0.0) {
            return Err(ConfigError::AllZero { field: "tasks.weights".to_owned() });
        }
        let support = support_range(&self.tasks).len();
        if support == 0 {
            let [low, high] = self.tasks.shots;
            return Err(ConfigError::NoGridPoint { field: "tasks.shots".to_owned(), low, high });
        }
        for (field, value) in [("inner.batch", self.inner.batch), ("eval.shots", self.eval.shots)] {
            if value > support {
                return Err(too_many(field, value, support));
            }
        }
        let layers = self.model.hidden.len() + 1;
        if ![0, layers].contains(&self.outer.layers.len()) {
            let found = FieldValue::Numbers(self.outer.layers.clone());
            return Err(wrong_type("outer.layers", ValueKind::Numbers(layers), &found));
        }
        let carries = self.inner.state == InnerState::Carry && Optimizer::of(&self.inner).keeps_state();
        if carries && self.outer.meta_batch > MOST_CARRIED {
            return Err(too_many("outer.meta_batch", self.outer.meta_batch, MOST_CARRIED));
        }
        if self.algorithm.needs().second_derivatives && !self.inner.optimizer.is_differentiable() {
            let allowed = InnerOptimizer::ALL.iter().filter(|optimizer| optimizer.is_differentiable());
            let allowed: Vec<&str> = allowed.map(|optimizer| optimizer.name()).collect();
            return Err(ConfigError::Together {
                field: "inner.optimizer".to_owned(),
                value: self.inner.optimizer.name().to_owned(),
                other: format!("algorithm {}", self.algorithm.name()),
                allowed: allowed.join(", "),
            });
        }
        Ok(())
    }
}

fn too_many(field: &str, value: usize, most: usize) -> ConfigError {
    ConfigError::OutOfRange { field: field.to_owned(), value: value.to_string(), min: 1.0, max: most as f64 }
}

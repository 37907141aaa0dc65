//! States of optimizers.

use reptile_lab::domain::moments::Moments;

/// The state of an optimizer that keeps none.
pub fn none() -> Moments {
    Moments::zeros(0, false, false)
}

//! How a class goes through one meta-iteration on two tasks.

use crate::engine::protocol::TwoTasks;

/// How far a class has come in a meta-iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Two tasks are drawn.
    Sample,
    /// Each inner loop has made so many steps, 1 to k.
    Step(usize),
    /// φ₁ and φ₂ are compared.
    Compare,
    /// Their mean is taken.
    Mean,
    /// θ moves towards it.
    Move,
}

impl Stage {
    /// The stage of this number, for k inner `steps`; the first is 0, and the last is [`Stage::last`].
    #[must_use]
    pub fn of(number: usize, steps: usize) -> Self {
        match number.checked_sub(steps) {
            _ if number == 0 => Self::Sample,
            None | Some(0) => Self::Step(number),
            Some(1) => Self::Compare,
            Some(2) => Self::Mean,
            Some(_) => Self::Move,
        }
    }

    /// The number of the last stage, for k inner `steps`.
    #[must_use]
    pub fn last(steps: usize) -> usize {
        steps + 3
    }
}

/// Inner steps of a meta-iteration.
#[must_use]
pub fn steps(two: &TwoTasks) -> usize {
    two.tasks[0].minibatches.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_one_another() {
        let stages: Vec<Stage> = (0..=Stage::last(2)).map(|number| Stage::of(number, 2)).collect();
        let expected = [Stage::Sample, Stage::Step(1), Stage::Step(2), Stage::Compare, Stage::Mean, Stage::Move];
        assert_eq!(stages, expected);
    }
}

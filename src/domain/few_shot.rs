//! Tasks with a few shots of each: what is adapted to from one θ, and measured on the whole grid.

use std::ops::Range;

use super::adaptation::{Adaptations, mean_squared_error};
use super::task::Task;

/// Tasks with their shots, in a fixed order.
#[derive(Clone, Debug)]
pub struct FewShotTasks {
    tasks: Vec<Task>,
    adaptations: Adaptations,
}

impl FewShotTasks {
    /// These tasks; `adaptations` has the shots of each, and predicts on the grid.
    #[must_use]
    pub fn new(tasks: Vec<Task>, adaptations: Adaptations) -> Self {
        Self { tasks, adaptations }
    }

    /// How many tasks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The gradient steps after which errors are measured, ascending.
    #[must_use]
    pub fn steps(&self) -> &[usize] {
        &self.adaptations.record
    }

    /// The adaptations of some of the tasks.
    #[must_use]
    pub fn adaptations(&self, range: Range<usize>) -> Adaptations {
        self.adaptations.part(range)
    }

    /// The mean squared errors on the grid of the predictions that a backend made for [`FewShotTasks::adaptations`] of
    /// `range`: `[task][step]`.
    #[must_use]
    pub fn errors(&self, range: Range<usize>, predictions: &[f32]) -> Vec<f64> {
        let query = &self.adaptations.query;
        let of_task = self.adaptations.record.len() * query.len();
        let tasks = self.tasks[range].iter().zip(predictions.chunks_exact(of_task));
        tasks
            .flat_map(|(task, predictions)| {
                let truth: Vec<f32> = query.iter().map(|&x| task.value(x)).collect();
                predictions.chunks_exact(query.len()).map(move |p| mean_squared_error(p, &truth)).collect::<Vec<_>>()
            })
            .collect()
    }
}

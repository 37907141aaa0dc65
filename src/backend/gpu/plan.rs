//! How meta-iterations are divided into dispatches and submits, so that buffers and waits stay bounded.

use std::ops::Range;

/// What may go into one dispatch, and into one submit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tasks of a dispatch.
    pub tasks: usize,
    /// Tasks of a submit.
    pub tasks_of_submit: usize,
    /// Dispatches of a submit.
    pub dispatches: usize,
}

/// One dispatch: some tasks of a meta-iteration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The meta-iteration, counted from the first of all.
    pub iteration: usize,
    /// Its tasks.
    pub tasks: Range<usize>,
}

/// Divides `iterations` of `tasks` each into submits of dispatches, in order.
#[must_use]
pub fn plan(iterations: usize, tasks: usize, limits: Limits) -> Vec<Vec<Part>> {
    let mut submits: Vec<Vec<Part>> = vec![];
    // Tasks that the last submit may still take.
    let mut left = 0;
    for iteration in 0..iterations {
        for start in (0..tasks).step_by(limits.tasks) {
            let part = Part { iteration, tasks: start..tasks.min(start + limits.tasks) };
            let size = part.tasks.len();
            match submits.last_mut() {
                Some(submit) if size <= left && submit.len() < limits.dispatches => submit.push(part),
                _ => {
                    submits.push(vec![part]);
                    left = limits.tasks_of_submit;
                }
            }
            left = left.saturating_sub(size);
        }
    }
    submits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(submits: &[Vec<Part>]) -> Vec<Vec<usize>> {
        submits.iter().map(|submit| submit.iter().map(|part| part.tasks.len()).collect()).collect()
    }

    #[test]
    fn everything_goes_into_one_submit_where_it_may() {
        let limits = Limits { tasks: 100, tasks_of_submit: 100, dispatches: 256 };
        assert_eq!(sizes(&plan(6, 16, limits)), [[16; 6]]);
    }

    #[test]
    fn limits_divide_submits_and_meta_batches() {
        let limits = Limits { tasks: 4, tasks_of_submit: 10, dispatches: 256 };
        assert_eq!(sizes(&plan(2, 6, limits)), [vec![4, 2, 4], vec![2]]);
        let limits = Limits { dispatches: 2, ..limits };
        assert_eq!(sizes(&plan(2, 6, limits)), [[4, 2], [4, 2]]);
    }

    #[test]
    fn every_task_comes_once_and_in_order() {
        let limits = Limits { tasks: 3, tasks_of_submit: 7, dispatches: 5 };
        let parts: Vec<Part> = plan(11, 8, limits).concat();
        let order: Vec<_> =
            parts.iter().flat_map(|part| part.tasks.clone().map(|task| (part.iteration, task))).collect();
        let expected: Vec<_> = (0..11).flat_map(|iteration| (0..8).map(move |task| (iteration, task))).collect();
        assert_eq!(order, expected);
    }
}

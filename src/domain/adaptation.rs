//! Few-shot adaptation: steps of an optimizer on all shots of a task, and what it predicts on the way.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::inner_optimizer::Optimizer;
use super::task::sampling::Points;

/// The gradient steps after which the page and the runner report: 0, 1, 2, 4, … up to `last`, and `last` itself.
#[must_use]
pub fn reported_steps(last: usize) -> Vec<usize> {
    let powers = std::iter::successors(Some(1), |step| Some(step * 2)).take_while(|&step| step < last);
    std::iter::once(0).chain(powers).chain(std::iter::once(last)).collect()
}

/// Adaptations to make from one θ: several tasks, the same number of shots each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adaptations {
    /// Shots of a task, K.
    pub shots: usize,
    /// x and y in the order `[task][shot]`.
    pub points: Points,
    /// Where to predict: x, the same for all tasks.
    pub query: Vec<f32>,
    /// The optimizer, with its rate.
    pub optimizer: Optimizer,
    /// The steps after which to predict, ascending; the last is the number of steps made.
    pub record: Vec<usize>,
}

impl Adaptations {
    /// One adaptation of `shots`, predicting on the grid `query` after each step of `record`.
    #[must_use]
    pub fn single(optimizer: Optimizer, shots: &[[f32; 2]], query: &[f32], record: Vec<usize>) -> Self {
        let points =
            Points { x: shots.iter().map(|shot| shot[0]).collect(), y: shots.iter().map(|shot| shot[1]).collect() };
        Self { shots: shots.len(), points, query: query.to_vec(), optimizer, record }
    }

    /// How many tasks there are; without shots there is one, which is never adapted.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.points.x.len().checked_div(self.shots).unwrap_or(1)
    }

    /// The adaptations of some of the tasks.
    #[must_use]
    pub fn part(&self, tasks: Range<usize>) -> Self {
        let shots = tasks.start * self.shots..tasks.end * self.shots;
        let points = Points { x: self.points.x[shots.clone()].to_vec(), y: self.points.y[shots].to_vec() };
        Self { points, query: self.query.clone(), record: self.record.clone(), ..*self }
    }

    /// The shots (x, y) of each task.
    pub fn iter(&self) -> impl Iterator<Item = (&[f32], &[f32])> {
        (0..self.tasks()).map(|task| {
            let range = task * self.shots..(task + 1) * self.shots;
            (&self.points.x[range.clone()], &self.points.y[range])
        })
    }

    /// Runs one task through: `step` makes one gradient step, `predict` appends the predictions at the query points.
    pub fn inner_loop<S>(&self, state: &mut S, mut step: impl FnMut(&mut S), mut predict: impl FnMut(&mut S)) {
        let mut done = 0;
        for &wanted in &self.record {
            if self.shots > 0 {
                (done..wanted).for_each(|_| step(state));
            }
            done = wanted;
            predict(state);
        }
    }

    /// Predictions of a result: tasks × recorded steps × query points.
    #[must_use]
    pub fn predictions(&self) -> usize {
        self.tasks() * self.record.len() * self.query.len()
    }
}

/// Mean squared error of predictions against the truth.
#[must_use]
pub fn mean_squared_error(predictions: &[f32], truth: &[f32]) -> f64 {
    let squares = predictions.iter().zip(truth).map(|(p, y)| f64::from(p - y) * f64::from(p - y));
    squares.sum::<f64>() / truth.len() as f64
}

//! The curve that shots lie on and errors are measured against: a task's, or one drawn by hand.

use serde::{Deserialize, Serialize};

use super::Task;

/// A true curve, y for every x.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrueCurve {
    /// A task's.
    Task(Task),
    /// One that a person drew.
    Drawn(Drawn),
}

/// A curve drawn by hand: straight lines between values at evenly spaced x, so that it has a meaning on every grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// x of the first and of the last value, ascending.
    pub x: [f32; 2],
    /// y at two or more evenly spaced x, both ends included.
    #[serde(with = "crate::domain::float_bytes")]
    pub y: Vec<f32>,
}

impl From<Task> for TrueCurve {
    fn from(task: Task) -> Self {
        Self::Task(task)
    }
}

impl TrueCurve {
    /// The true y at x.
    #[must_use]
    pub fn value(&self, x: f32) -> f32 {
        match self {
            Self::Task(task) => task.value(x),
            Self::Drawn(drawn) => drawn.value(x),
        }
    }

    /// The true y at each of some x.
    #[must_use]
    pub fn values(&self, x: &[f32]) -> Vec<f32> {
        x.iter().map(|&x| self.value(x)).collect()
    }

    /// Whether it is smooth: without corners and jumps.
    #[must_use]
    pub fn is_smooth(&self) -> bool {
        match self {
            Self::Task(task) => task.family.is_smooth(),
            Self::Drawn(_) => false,
        }
    }
}

impl Drawn {
    /// The y at x; beyond the ends it stays what it is there.
    #[must_use]
    pub fn value(&self, x: f32) -> f32 {
        let [low, high] = self.x;
        let last = self.y.len() - 1;
        let place = ((x - low) / (high - low)).clamp(0.0, 1.0) * last as f32;
        let before = (place as usize).min(last - 1);
        let part = place - before as f32;
        self.y[before] * (1.0 - part) + self.y[before + 1] * part
    }

    /// x of the value of this index.
    #[must_use]
    pub fn place(&self, index: usize) -> f32 {
        let [low, high] = self.x;
        low + (high - low) * (index as f32 / (self.y.len() - 1) as f32)
    }

    /// Draws a straight stroke: values at x between its ends become the stroke's. One too short to reach a value gives the
    /// nearest of them its end.
    pub fn stroke(&mut self, from: [f32; 2], to: [f32; 2]) {
        let [[low, left], [high, right]] = if from[0] <= to[0] { [from, to] } else { [to, from] };
        let mut nearest = (f32::INFINITY, 0);
        for index in 0..self.y.len() {
            let x = self.place(index);
            if (low..=high).contains(&x) {
                let part = if high > low { (x - low) / (high - low) } else { 0.0 };
                self.y[index] = left * (1.0 - part) + right * part;
            }
            let distance = (x - to[0]).abs();
            if distance < nearest.0 {
                nearest = (distance, index);
            }
        }
        self.y[nearest.1] = to[1];
    }

    /// Bends it: y at x rises by `by`, and what is within `reach` of x rises with it, the less the further off.
    pub fn bend(&mut self, x: f32, by: f32, reach: f32) {
        for index in 0..self.y.len() {
            let distance = (self.place(index) - x) / reach;
            let share = (1.0 - distance * distance).max(0.0);
            self.y[index] += by * share * share;
        }
    }
}

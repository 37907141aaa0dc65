//! The losses of two tasks over the plane through θ and the two φ's, with both paths there.

use serde::{Deserialize, Serialize};

use super::loss_surface::{Region, SIDE};
use super::parameter_plane::Projected;

/// The mean squared errors of two tasks, each on its grid, over a square region of the plane; θ is its origin, the mean of
/// the two φ's lies along it, and φ₁ on the side that counts as positive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairSurface {
    /// The region.
    pub region: Region,
    /// Each task's loss at [`SIDE`] × [`SIDE`] places, in the order `[across][along]`, from the lower left corner.
    pub loss: [Vec<f32>; 2],
    /// Each task's inner steps from θ, θ first; only their ends lie in the plane.
    pub paths: [Vec<Projected>; 2],
}

/// Which loss is shown at a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shading {
    /// The smaller one: how well the better of the two tasks is solved there.
    #[default]
    Smaller,
    /// The mean of both.
    Mean,
    /// The first task's.
    First,
    /// The second task's.
    Second,
}

impl Shading {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Smaller, Self::First, Self::Second, Self::Mean];

    /// What is shown of the two tasks' losses. What is no number is no small error.
    #[must_use]
    pub fn of(self, [first, second]: [f64; 2]) -> f64 {
        match self {
            Self::Smaller => first.min(second),
            Self::Mean => f64::midpoint(first, second),
            Self::First => first,
            Self::Second => second,
        }
    }
}

impl PairSurface {
    /// What is shown along the row of places that lie so far across, at the [`SIDE`] columns; none outside.
    #[must_use]
    pub fn row(&self, shading: Shading, across: f64) -> Option<[f64; SIDE]> {
        let (mut first, second) = (self.region.row(&self.loss[0], across)?, self.region.row(&self.loss[1], across)?);
        first.iter_mut().zip(second).for_each(|(first, second)| *first = shading.of([*first, second]));
        Some(first)
    }

    /// Both tasks' losses at a place of the region; none outside.
    #[must_use]
    pub fn at(&self, place: [f64; 2]) -> Option<[f64; 2]> {
        Some([self.region.at(&self.loss[0], place)?, self.region.at(&self.loss[1], place)?])
    }

    /// The least and the greatest loss of what is shown that are finite, if any is.
    #[must_use]
    pub fn range(&self, shading: Shading) -> Option<(f64, f64)> {
        let [first, second] = &self.loss;
        let shown = first.iter().zip(second).map(|(&first, &second)| shading.of([first, second].map(f64::from)));
        shown.filter(|loss| loss.is_finite()).fold(None, |range, loss| {
            let (low, high) = range.unwrap_or((loss, loss));
            Some((loss.min(low), loss.max(high)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_loss_is_the_better_task_s_and_the_mean_lies_between() {
        let [smaller, first, second, mean] = Shading::ALL.map(|shading| shading.of([0.5, 3.0]));
        assert_eq!([smaller, first, second, mean], [0.5, 0.5, 3.0, 1.75]);
        assert_eq!(Shading::Smaller.of([f64::NAN, 3.0]), 3.0);
        assert!(Shading::Mean.of([f64::NAN, 3.0]).is_nan());
    }

    #[test]
    fn a_row_mixes_what_both_tasks_have_there() {
        let region = Region { low: [-1.0, 0.0], side: 2.0 };
        let plane = |slope: f64| {
            (0..SIDE * SIDE).map(|cell| (slope * region.place(cell % SIDE, cell / SIDE)[0] + 2.0) as f32).collect()
        };
        let surface = PairSurface { region, loss: [plane(1.0), plane(-1.0)], paths: [vec![], vec![]] };
        let row = |shading| surface.row(shading, 0.7).expect("a row of the region");
        let ends = |row: [f64; SIDE]| [row[0], row[(SIDE - 1) / 2], row[SIDE - 1]].map(|loss| loss as f32);
        assert_eq!(ends(row(Shading::Smaller)), [1.0, 2.0, 1.0]);
        assert_eq!(ends(row(Shading::First)), [1.0, 2.0, 3.0]);
        assert_eq!(ends(row(Shading::Mean)), [2.0, 2.0, 2.0]);
        assert_eq!(surface.row(Shading::Mean, 2.1), None);
        let at = surface.at([0.3, 0.7]).expect("a place of the region");
        assert!((at[0] - 2.3).abs() < 1e-6 && (at[1] - 1.7).abs() < 1e-6, "{at:?}");
        assert_eq!(surface.at([1.1, 0.7]), None);
        assert_eq!(surface.range(Shading::Second), Some((1.0, 3.0)));
    }
}

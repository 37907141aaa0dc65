//! The loss of one task over a plane of parameters, with the paths that gradient descent takes there.

use serde::{Deserialize, Serialize};

use super::parameter_plane::Projected;

/// Values of the loss along each side of the region.
pub const SIDE: usize = 33;
/// The region reaches beyond the paths by so many parts of their extent.
const MARGIN: f64 = 0.3;

/// The mean squared error of one task, on its grid, over a square region of a plane of parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossSurface {
    /// The region.
    pub region: Region,
    /// The loss at [`SIDE`] × [`SIDE`] places, in the order `[across][along]`, from the region's lower left corner.
    pub loss: Vec<f32>,
    /// The steps from θ on the shown task's shots, θ first.
    pub path: Vec<Projected>,
    /// The same on those of another task, whose φ spans the plane too.
    pub other: Vec<Projected>,
    /// The loss at the points of `path` themselves, which need not lie in the plane.
    pub path_loss: Vec<f64>,
    /// The learning rate of the steps.
    pub learning_rate: f64,
}

/// A square of the plane, θ being the origin; in units of the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Its lower left corner: along and across.
    pub low: [f64; 2],
    /// How long its sides are.
    pub side: f64,
}

impl Region {
    /// The region around all these places.
    #[must_use]
    pub fn around(places: impl IntoIterator<Item = [f64; 2], IntoIter: Clone>) -> Self {
        let places = places.into_iter();
        let ends = |axis: usize| {
            let numbers = places.clone().map(move |place| place[axis]).filter(|number| number.is_finite());
            numbers.fold((0.0_f64, 0.0_f64), |(low, high), number| (low.min(number), high.max(number)))
        };
        let [(left, right), (bottom, top)] = [ends(0), ends(1)];
        let side = (right - left).max(top - bottom).max(1e-3) * (1.0 + 2.0 * MARGIN);
        Self { low: [f64::midpoint(left, right) - side / 2.0, f64::midpoint(bottom, top) - side / 2.0], side }
    }

    /// The place of a value of the surface, by its column and row.
    #[must_use]
    pub fn place(&self, column: usize, row: usize) -> [f64; 2] {
        let part = |index: usize| self.side * index as f64 / (SIDE - 1) as f64;
        [self.low[0] + part(column), self.low[1] + part(row)]
    }

    /// Values at [`SIDE`] × [`SIDE`] places along the row of those that lie so far across, at the columns; none outside.
    #[must_use]
    pub fn row(&self, values: &[f32], across: f64) -> Option<[f64; SIDE]> {
        let (row, up) = between((across - self.low[1]) / self.side)?;
        let value = |row: usize, column: usize| values.get(row * SIDE + column).map(|&value| f64::from(value));
        let mut along = [0.0; SIDE];
        for (column, found) in along.iter_mut().enumerate() {
            *found = mixed(value(row, column)?, value(row + 1, column)?, up);
        }
        Some(along)
    }

    /// What is at a place, between the values around it of [`SIDE`] × [`SIDE`]; none outside.
    #[must_use]
    pub fn at(&self, values: &[f32], place: [f64; 2]) -> Option<f64> {
        let (column, right) = between((place[0] - self.low[0]) / self.side)?;
        let row = self.row(values, place[1])?;
        Some(mixed(row[column], row[column + 1], right))
    }
}

impl LossSurface {
    /// The loss after so many steps of the shown task, or the last one before.
    #[must_use]
    pub fn loss_after(&self, step: usize) -> f64 {
        self.path_loss.get(step).or(self.path_loss.last()).copied().unwrap_or(f64::NAN)
    }

    /// How far the two paths leave the plane at most, in units of the parameters.
    #[must_use]
    pub fn farthest(&self) -> f64 {
        self.path.iter().chain(&self.other).map(|point| point.distance).fold(0.0, f64::max)
    }

    /// The least and the greatest loss of the region that are finite, if any is.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        let finite = self.loss.iter().map(|&loss| f64::from(loss)).filter(|loss| loss.is_finite());
        finite.fold(None, |range, loss| {
            let (low, high) = range.unwrap_or((loss, loss));
            Some((loss.min(low), loss.max(high)))
        })
    }

    /// The loss along the row of places that lie so far across, at the [`SIDE`] columns; none outside.
    #[must_use]
    pub fn row(&self, across: f64) -> Option<[f64; SIDE]> {
        self.region.row(&self.loss, across)
    }

    /// The loss at a place of the region, between the values around it; none outside.
    #[must_use]
    pub fn at(&self, place: [f64; 2]) -> Option<f64> {
        self.region.at(&self.loss, place)
    }
}

/// The number of the value before a fraction of a side, and the part of the way from there to the next value.
fn between(fraction: f64) -> Option<(usize, f64)> {
    let place = fraction * (SIDE - 1) as f64;
    let index = (place as usize).min(SIDE - 2);
    (0.0..=1.0).contains(&fraction).then_some((index, place - index as f64))
}

/// The value at a part of the way from `low` to `high`.
fn mixed(low: f64, high: f64, part: f64) -> f64 {
    low * (1.0 - part) + high * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_square_and_holds_every_place_and_the_origin() {
        let places = [[1.0, 5.0], [3.0, f64::NAN], [2.0, 4.0]];
        let region = Region::around(places);
        assert!((region.side - 5.0 * 1.6).abs() < 1e-12, "{region:?}");
        assert_eq!(region.place(0, 0), region.low);
        let [right, top] = region.place(SIDE - 1, SIDE - 1);
        assert!(region.low[0] < 0.0 && region.low[1] < 0.0 && right > 3.0 && top > 5.0);
    }

    #[test]
    fn between_its_values_the_surface_is_interpolated() {
        let region = Region { low: [-1.0, 2.0], side: 4.0 };
        let value = |[x, y]: [f64; 2]| 3.0 * x - 2.0 * y + 0.5 * x * y;
        let cells = (0..SIDE * SIDE).map(|cell| region.place(cell % SIDE, cell / SIDE));
        let loss = cells.map(|place| value(place) as f32).collect();
        let surface = LossSurface { region, loss, path: vec![], other: vec![], path_loss: vec![], learning_rate: 0.02 };
        for place in [[-1.0, 2.0], [3.0, 6.0], [0.33, 4.71], [2.999, 2.0]] {
            let found = surface.at(place).expect("a place of the region");
            assert!((found - value(place)).abs() < 1e-4, "{place:?}: {found} and {}", value(place));
        }
        assert_eq!(surface.at([-1.1, 3.0]), None);
        assert_eq!(surface.at([0.0, f64::NAN]), None);
    }
}

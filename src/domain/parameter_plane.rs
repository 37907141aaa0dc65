//! A plane in the space of all parameters, and where points lie in relation to it.

use serde::{Deserialize, Serialize};

use super::train_state::norm;

/// A plane through three points, with perpendicular directions of length 1.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterPlane {
    origin: Vec<f32>,
    /// Towards the second point.
    along: Vec<f32>,
    /// Perpendicular to it, on the third point's side.
    across: Vec<f32>,
}

/// Where a point lies in relation to a plane, in units of the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Projected {
    /// The nearest point of the plane: along and across.
    pub place: [f64; 2],
    /// How far that is from the point itself.
    pub distance: f64,
}

impl Projected {
    /// How far the point itself is from the plane's origin.
    #[must_use]
    pub fn from_origin(&self) -> f64 {
        length(&[self.place[0], self.place[1], self.distance])
    }
}

impl ParameterPlane {
    /// The plane through `origin`, `second` and `third`, of equal length; none where they lie on a line.
    #[must_use]
    pub fn through(origin: &[f32], second: &[f32], third: &[f32]) -> Option<Self> {
        let along = unit(difference(second, origin))?;
        let mut across = difference(third, origin);
        let whole = norm(across.iter().copied());
        let shared = product(&across, &along);
        across.iter_mut().zip(&along).for_each(|(across, along)| *across -= (shared * f64::from(*along)) as f32);
        // What rounding leaves of two equal directions is none.
        if norm(across.iter().copied()) < 1e-4 * whole {
            return None;
        }
        Some(Self { origin: origin.to_vec(), along, across: unit(across)? })
    }

    /// The point of the plane at a place: along and across, in units of the parameters.
    #[must_use]
    pub fn point(&self, [along, across]: [f64; 2]) -> Vec<f32> {
        let directions = self.along.iter().zip(&self.across);
        let moved = directions.map(|(u, v)| along * f64::from(*u) + across * f64::from(*v));
        self.origin.iter().zip(moved).map(|(origin, moved)| (f64::from(*origin) + moved) as f32).collect()
    }

    /// Where a point of as many parameters lies.
    #[must_use]
    pub fn project(&self, point: &[f32]) -> Projected {
        let offset = difference(point, &self.origin);
        let place = [product(&offset, &self.along), product(&offset, &self.across)];
        let rest = offset
            .iter()
            .zip(self.along.iter().zip(&self.across))
            .map(|(offset, (u, v))| (f64::from(*offset) - place[0] * f64::from(*u) - place[1] * f64::from(*v)) as f32);
        Projected { place, distance: norm(rest) }
    }
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn product(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// The length of a vector with few components.
fn length(vector: &[f64]) -> f64 {
    vector.iter().map(|part| part * part).sum::<f64>().sqrt()
}

/// A vector of length 1 in this direction; none of a vector without one.
fn unit(vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = norm(vector.iter().copied());
    if length == 0.0 || !length.is_finite() {
        return None;
    }
    Some(vector.into_iter().map(|number| (f64::from(number) / length) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rng::{Purpose, Rng};

    fn vectors() -> [Vec<f32>; 4] {
        let mut rng = Rng::stream(7, Purpose::Shown, 0, 0);
        std::array::from_fn(|_| (0..200).map(|_| rng.unit() - 0.5).collect())
    }

    #[test]
    fn the_three_points_lie_in_the_plane_at_their_true_distances() {
        let [a, b, c, _] = vectors();
        let plane = ParameterPlane::through(&a, &b, &c).expect("three points that are not on a line");
        let places = [&a, &b, &c].map(|point| plane.project(point));
        assert!(places.iter().all(|place| place.distance < 1e-5), "{places:?}");
        assert_eq!(places[0].place, [0.0, 0.0]);
        assert!(places[1].place[1].abs() < 1e-6 && places[2].place[1] > 0.0, "{places:?}");
        for (i, j, p, q) in [(0, 1, &a, &b), (0, 2, &a, &c), (1, 2, &b, &c)] {
            let [dx, dy] = [0, 1].map(|axis| places[i].place[axis] - places[j].place[axis]);
            let far = norm(difference(p, q).into_iter());
            let apart = length(&[dx, dy]);
            assert!((apart - far).abs() < 1e-5, "{i} and {j}: {apart} and {far}");
        }
    }

    #[test]
    fn a_place_is_the_nearest_to_its_point_and_pythagoras_holds() {
        let [a, b, c, d] = vectors();
        let plane = ParameterPlane::through(&a, &b, &c).expect("three points that are not on a line");
        let there = plane.point([1.5, -2.0]);
        let back = plane.project(&there);
        assert!((back.place[0] - 1.5).abs() < 1e-5 && (back.place[1] + 2.0).abs() < 1e-5 && back.distance < 1e-5);
        let Projected { place, distance } = plane.project(&d);
        let far = |place| norm(difference(&plane.point(place), &d).into_iter());
        assert!((far(place) - distance).abs() < 1e-5 && distance > 1.0);
        assert!(far([place[0] + 0.1, place[1]]) > distance && far([place[0], place[1] - 0.1]) > distance);
        let whole = norm(difference(&d, &a).into_iter());
        let projected = Projected { place, distance };
        assert!((projected.from_origin() - whole).abs() < 1e-5);
    }

    #[test]
    fn points_on_a_line_have_no_plane() {
        let [a, b, ..] = vectors();
        let beyond: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + 3.0 * (b - a)).collect();
        assert_eq!(ParameterPlane::through(&a, &b, &beyond), None);
        assert_eq!(ParameterPlane::through(&a, &a, &b), None);
        assert_eq!(ParameterPlane::through(&a, &b, &a), None);
    }
}

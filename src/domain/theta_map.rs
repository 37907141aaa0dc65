//! The map of θ: the path of θ along a run and its next meta-iteration, in the plane of their first two principal components.
//!
//! A path has its components in time: even a random walk of many parameters becomes a smooth arc in its first two
//! (Antognini and Sohl-Dickstein 2018), so that what is out of the plane belongs to the picture.

use serde::{Deserialize, Serialize};

use super::parameter_plane::Projected;
use super::projection::{PrincipalComponents, Projection, Turn};
use super::train_state::norm;

/// Most places of the path.
pub const PLACES: usize = 48;
/// Most φ's of the meta-iteration that are shown.
pub const PHIS: usize = 12;

/// Where θ has been, and where its next meta-iteration leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThetaMap {
    /// Shares of the variance of all these vectors by component, largest first.
    pub explained: Vec<f64>,
    /// θ along the run, in the order of the meta-iterations.
    pub path: Vec<Place>,
    /// θ at the moment that is shown.
    pub theta: Place,
    /// The meta-iteration that begins there; none where the algorithm averages no φ's.
    pub next: Option<NextStep>,
}

/// θ at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Meta-iterations behind it.
    pub iteration: u64,
    /// Where it lies, in units of the parameters.
    pub at: Projected,
    /// ‖θ − the first θ of the path‖₂.
    pub from_start: f64,
}

/// A meta-iteration: φ of its tasks, their mean, and what becomes of θ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextStep {
    /// Tasks of the meta-iteration, n.
    pub tasks: usize,
    /// φ of the first of them, [`PHIS`] at most.
    pub phis: Vec<Projected>,
    /// The mean of all of them.
    pub mean: Projected,
    /// θ after it.
    pub new: Projected,
}

/// The vectors of a map, in the flat layout of `Network`.
#[derive(Clone, Debug, Default)]
pub struct Vectors {
    /// Meta-iterations and θ's along the run, ascending; one at least.
    pub path: Vec<(u64, Vec<f32>)>,
    /// Meta-iterations and θ at the moment that is shown.
    pub theta: (u64, Vec<f32>),
    /// The next meta-iteration.
    pub next: Option<NextVectors>,
}

/// The vectors of a meta-iteration.
#[derive(Clone, Debug, Default)]
pub struct NextVectors {
    /// Tasks of the meta-iteration, n.
    pub tasks: usize,
    /// φ of the first of them, [`PHIS`] at most.
    pub phis: Vec<Vec<f32>>,
    /// The mean of all of them.
    pub mean: Vec<f32>,
    /// θ after it.
    pub new: Vec<f32>,
}

impl Vectors {
    /// The components that the map is made of: those of the path's θ's and the φ's.
    #[must_use]
    pub fn components(&self) -> PrincipalComponents {
        let path = self.path.iter().map(|(_, theta)| theta.clone());
        let phis = self.next.iter().flat_map(|next| next.phis.iter().cloned());
        PrincipalComponents::new(path.chain([self.theta.1.clone()]).chain(phis).collect())
    }

    /// The map; none where a number is not finite, or nothing differs.
    #[must_use]
    pub fn map(&self, components: &PrincipalComponents) -> Option<ThetaMap> {
        let projection = components.projection()?;
        let count = self.path.len();
        let turn = upright(&projection.places[..=count]);
        let projection = projection.turned(turn);
        let start = self.path.first().map_or(&self.theta.1, |(_, theta)| theta);
        let place = |(iteration, theta): &(u64, Vec<f32>)| Place {
            iteration: *iteration,
            at: projection.project(theta),
            from_start: norm(theta.iter().zip(start).map(|(theta, start)| theta - start)),
        };
        let project = |vector: &Vec<f32>| projection.project(vector);
        let next = self.next.as_ref().map(|next| NextStep {
            tasks: next.tasks,
            phis: next.phis.iter().map(project).collect(),
            mean: project(&next.mean),
            new: project(&next.new),
        });
        let path = self.path.iter().map(place).collect();
        let theta = place(&self.theta);
        let Projection { explained, .. } = projection;
        Some(ThetaMap { explained, path, theta, next })
    }
}

impl ThetaMap {
    /// The share of the variance that lies in the plane, 0 to 1.
    #[must_use]
    pub fn in_plane(&self) -> f64 {
        self.explained.iter().take(2).sum()
    }

    /// The greatest distance from the plane of a θ of the path.
    #[must_use]
    pub fn farthest(&self) -> f64 {
        self.path.iter().map(|place| place.at.distance).fold(self.theta.at.distance, f64::max)
    }
}

/// The turn after which a path leads from left to right, and its middle lies above the straight line between its ends: so
/// the picture holds still while the path grows. Of fewer than three places, none.
fn upright(places: &[[f64; 2]]) -> Turn {
    let identity = Turn::onto(std::iter::empty());
    let mut path = places.to_vec();
    // The shown moment stands last, wherever on the path it is.
    if path.len() > 2 {
        path.pop();
    }
    let (Some(first), Some(last)) = (path.first(), path.last()) else { return identity };
    let [along_x, along_y] = [last[0] - first[0], last[1] - first[1]];
    let side: f64 = path.iter().map(|[x, y]| along_x * (y - first[1]) - along_y * (x - first[0])).sum();
    let up = if side < 0.0 { -1.0 } else { 1.0 };
    let pairs = [([along_x, along_y], [1.0, 0.0]), ([-up * along_y, up * along_x], [0.0, 1.0])];
    Turn::onto(pairs.into_iter())
}

/// Which of the moments of a run to show, [`PLACES`] at most: evenly by meta-iterations and by their logarithm in equal
/// parts, with the first and the last.
#[must_use]
pub fn thinned(iterations: &[u64]) -> Vec<usize> {
    let (Some(&first), Some(&last)) = (iterations.first(), iterations.last()) else { return vec![] };
    let whole = (last - first).max(1) as f64;
    let part = |iteration: u64| {
        let done = (iteration - first) as f64;
        0.5 * done / whole + 0.5 * libm::log(done + 1.0) / libm::log(whole + 1.0)
    };
    let mut chosen: Vec<usize> = (0..PLACES)
        .map(|number| {
            let wanted = number as f64 / (PLACES - 1) as f64;
            iterations.partition_point(|&iteration| part(iteration) < wanted - 1e-9).min(iterations.len() - 1)
        })
        .collect();
    chosen.dedup();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_ends_and_its_early_moments() {
        let all: Vec<u64> = (0..=1000).map(|i| 30 * i).collect();
        let chosen = thinned(&all);
        assert!(chosen.len() <= PLACES && chosen.len() > PLACES / 2, "{chosen:?}");
        assert_eq!((chosen[0], chosen[chosen.len() - 1]), (0, 1000));
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]) && chosen[1] == 1, "{chosen:?}");
        assert_eq!(thinned(&[7, 9, 20]), [0, 1, 2]);
        assert_eq!(thinned(&[5]), [0]);
        assert!(thinned(&[]).is_empty());
    }

    /// A path that bends in a plane of four parameters.
    fn vectors(count: u64, sign: f32) -> Vectors {
        let theta = |i: u64| {
            let t = i as f32 / 10.0;
            vec![1.0 + sign * 3.0 * t, sign * (t - t * t) * 2.0, 4.0 * t, 0.5]
        };
        let path = (0..count).map(|i| (i, theta(i))).collect();
        Vectors { path, theta: (count / 2, theta(count / 2)), next: None }
    }

    #[test]
    fn a_path_leads_to_the_right_with_its_middle_above_and_keeps_its_lengths() {
        for sign in [1.0, -1.0] {
            let vectors = vectors(11, sign);
            let mut components = vectors.components();
            while !components.advance() {}
            let map = vectors.map(&components).expect("θ's that differ");
            let place = |i: usize| map.path[i].at.place;
            assert!((place(0)[1] - place(10)[1]).abs() < 1e-6, "{map:?}");
            // From start to end 5 along the line, and the bend 0.5 above it in the middle.
            assert!((place(10)[0] - place(0)[0] - 5.0).abs() < 1e-5, "{map:?}");
            assert!((place(5)[1] - place(0)[1] - 0.5).abs() < 1e-5, "{map:?}");
            assert!((map.path[10].from_start - 5.0).abs() < 1e-5 && map.farthest() < 1e-5);
            assert_eq!((map.theta.iteration, map.theta.at), (5, map.path[5].at));
            assert!((map.in_plane() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn one_place_alone_has_no_map_and_with_a_phi_it_has() {
        let mut vectors = Vectors { path: vec![(0, vec![1.0, 2.0])], theta: (0, vec![1.0, 2.0]), next: None };
        let map = |vectors: &Vectors| {
            let mut components = vectors.components();
            while !components.advance() {}
            vectors.map(&components)
        };
        assert_eq!(map(&vectors), None);
        let (phis, mean, new) = (vec![vec![4.0, 6.0]], vec![4.0, 6.0], vec![1.3, 2.4]);
        vectors.next = Some(NextVectors { tasks: 1, phis, mean, new });
        let map = map(&vectors).expect("θ and φ differ");
        let next = map.next.expect("a meta-iteration");
        let [theta, phi, new] = [map.theta.at.place, next.phis[0].place, next.new.place];
        let far = |a: [f64; 2], b: [f64; 2]| libm::hypot(a[0] - b[0], a[1] - b[1]);
        assert!((far(theta, phi) - 5.0).abs() < 1e-6 && (far(theta, new) - 0.5).abs() < 1e-6);
        assert_eq!(next.mean, next.phis[0]);
    }
}

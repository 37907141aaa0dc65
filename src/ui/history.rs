//! The training chart's points, bounded whatever the run's length.

use crate::engine::protocol::HeldOutPoint;

/// The most points that are kept.
pub const LIMIT: usize = 400;

/// Held-out points in the order of their meta-iterations.
///
/// When there are too many, the point whose neighbours are closest on a logarithmic axis goes, so that the early fall
/// keeps its detail and the long tail grows sparse. The first and the last point always stay.
#[derive(Clone, Debug, Default)]
pub struct History {
    points: Vec<HeldOutPoint>,
}

impl History {
    /// Adds a point, in the place of one of the same meta-iteration.
    ///
    /// # Panics
    /// Never: a history beyond its limit has points between its ends.
    pub fn push(&mut self, point: HeldOutPoint) {
        match self.points.binary_search_by_key(&point.iteration, |kept| kept.iteration) {
            Ok(place) => self.points[place] = point,
            Err(place) => self.points.insert(place, point),
        }
        if self.points.len() > LIMIT {
            let gap = |i: usize| log(&self.points[i + 1]) - log(&self.points[i - 1]);
            let closest = (1..self.points.len() - 1).min_by(|&a, &b| gap(a).total_cmp(&gap(b)));
            self.points.remove(closest.expect("there are more than two points"));
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.points.clear();
    }

    /// The points that are kept.
    #[must_use]
    pub fn points(&self) -> &[HeldOutPoint] {
        &self.points
    }
}

fn log(point: &HeldOutPoint) -> f64 {
    ((point.iteration + 1) as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evaluation::Curve;

    fn point(iteration: u64) -> HeldOutPoint {
        HeldOutPoint { iteration, tasks: 100, curve: Curve { steps: vec![], mean_mse: vec![], ci95: vec![] } }
    }

    fn iterations(history: &History) -> Vec<u64> {
        history.points().iter().map(|point| point.iteration).collect()
    }

    #[test]
    fn stays_bounded_and_keeps_ends_and_early_detail() {
        let mut history = History::default();
        (0..=30_000).for_each(|iteration| history.push(point(iteration)));
        let kept = iterations(&history);
        assert_eq!(kept.len(), LIMIT);
        assert_eq!((kept[0], kept[LIMIT - 1]), (0, 30_000));
        assert_eq!(kept[..20], (0..20).collect::<Vec<_>>());
        // No hole is wider than a few times the even spacing on the logarithmic axis.
        let widest =
            kept.windows(2).map(|pair| (pair[1] + 1) as f64 / (pair[0] + 1) as f64).skip(20).fold(0.0, f64::max);
        assert!(widest < 1.15, "{widest}");
    }

    #[test]
    fn points_come_in_any_order_and_the_same_iteration_replaces() {
        let mut history = History::default();
        for iteration in [0, 30, 20, 20, 10] {
            history.push(point(iteration));
        }
        assert_eq!(iterations(&history), [0, 10, 20, 30]);
    }
}

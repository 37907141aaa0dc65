//! Measurements along a run, bounded in number whatever the run's length.

/// The most points that are kept.
pub const LIMIT: usize = 400;

/// A measurement at one meta-iteration.
pub trait AtIteration {
    /// Meta-iterations behind it.
    fn iteration(&self) -> u64;
}

/// Points in the order of their meta-iterations.
///
/// When there are too many, the point whose neighbours are closest on a logarithmic axis goes, so that the early fall
/// keeps its detail and the long tail grows sparse. The first and the last point always stay.
#[derive(Clone, Debug)]
pub struct History<P> {
    points: Vec<P>,
}

impl<P> Default for History<P> {
    fn default() -> Self {
        Self { points: Vec::new() }
    }
}

impl<P: AtIteration> History<P> {
    /// Adds a point, in the place of one of the same meta-iteration.
    ///
    /// # Panics
    /// Never: a history beyond its limit has points between its ends.
    pub fn push(&mut self, point: P) {
        match self.points.binary_search_by_key(&point.iteration(), AtIteration::iteration) {
            Ok(place) => self.points[place] = point,
            Err(place) => self.points.insert(place, point),
        }
        if self.points.len() > LIMIT {
            let log = |i: usize| libm::log((self.points[i].iteration() + 1) as f64);
            let gap = |i: usize| log(i + 1) - log(i - 1);
            let closest = (1..self.points.len() - 1).min_by(|&a, &b| gap(a).total_cmp(&gap(b)));
            self.points.remove(closest.expect("there are more than two points"));
        }
    }

    /// Keeps the points up to this meta-iteration; returns the last of them and the others.
    #[must_use]
    pub fn split_after(&mut self, iteration: u64) -> Self
    where
        P: Clone,
    {
        let count = self.points.partition_point(|point| point.iteration() <= iteration);
        let others = self.points.split_off(count);
        if others.is_empty() {
            return Self::default();
        }
        Self { points: self.points.last().cloned().into_iter().chain(others).collect() }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.points.clear();
    }

    /// The point nearest to a meta-iteration.
    #[must_use]
    pub fn nearest(&self, iteration: u64) -> Option<&P> {
        self.points.iter().min_by_key(|point| point.iteration().abs_diff(iteration))
    }

    /// The points that are kept.
    #[must_use]
    pub fn points(&self) -> &[P] {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl AtIteration for u64 {
        fn iteration(&self) -> u64 {
            *self
        }
    }

    #[test]
    fn stays_bounded_and_keeps_ends_and_early_detail() {
        let mut history = History::default();
        (0..=30_000).for_each(|iteration| history.push(iteration));
        let kept = history.points();
        assert_eq!(kept.len(), LIMIT);
        assert_eq!((kept[0], kept[LIMIT - 1]), (0, 30_000));
        assert_eq!(kept[..20], (0..20).collect::<Vec<_>>());
        // No hole is wider than a few times the even spacing on the logarithmic axis.
        let widest =
            kept.windows(2).map(|pair| (pair[1] + 1) as f64 / (pair[0] + 1) as f64).skip(20).fold(0.0, f64::max);
        assert!(widest < 1.15, "{widest}");
    }

    #[test]
    fn a_branch_begins_at_the_last_point_that_both_have() {
        let mut history = History::default();
        for iteration in [0, 10, 20, 30] {
            history.push(iteration);
        }
        let left = history.split_after(15);
        assert_eq!((history.points(), left.points()), (&[0, 10][..], &[10, 20, 30][..]));
        assert!(history.split_after(10).points().is_empty());
    }

    #[test]
    fn points_come_in_any_order_and_the_same_iteration_replaces() {
        let mut history = History::default();
        for iteration in [0, 30, 20, 20, 10] {
            history.push(iteration);
        }
        assert_eq!(history.points(), [0, 10, 20, 30]);
    }
}

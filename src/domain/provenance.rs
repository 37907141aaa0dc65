//! Where θ comes from: which algorithm trained it, for how many meta-iterations, and on which tasks.

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::task::TaskDistribution;

/// The most entries that are kept; the oldest are dropped.
pub const MOST_ENTRIES: usize = 64;

/// A part of θ's training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProvenanceEntry {
    /// What trained it; none for a θ that was set from outside, of which nothing is known.
    pub algorithm: Option<Algorithm>,
    /// For how many meta-iterations.
    pub iterations: u64,
    /// On which tasks; none where the algorithm is.
    pub tasks: Option<TaskDistribution>,
}

impl ProvenanceEntry {
    fn is_of(&self, algorithm: Algorithm, tasks: &TaskDistribution) -> bool {
        self.algorithm == Some(algorithm) && self.tasks.as_ref() == Some(tasks)
    }
}

/// θ's training in its order. It is empty for a random start, and says nothing to training itself: no bit of θ depends
/// on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance(
    #[serde(deserialize_with = "crate::domain::bounded::list::<_, _, MOST_ENTRIES>")] Vec<ProvenanceEntry>,
);

impl Provenance {
    /// That of a θ which was set from outside.
    #[must_use]
    pub fn given() -> Self {
        Self(vec![ProvenanceEntry { algorithm: None, iterations: 0, tasks: None }])
    }

    /// The parts of the training, in their order.
    #[must_use]
    pub fn entries(&self) -> &[ProvenanceEntry] {
        &self.0
    }

    /// Whether θ is a random start.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nothing but this algorithm on these tasks has trained θ, if anything has.
    #[must_use]
    pub fn is_own(&self, algorithm: Algorithm, tasks: &TaskDistribution) -> bool {
        self.0.len() <= 1 && self.0.iter().all(|entry| entry.is_of(algorithm, tasks))
    }

    /// The same after so many more meta-iterations; those of the same algorithm on the same tasks add up. An algorithm
    /// that does not train θ adds nothing.
    #[must_use]
    pub fn after(mut self, algorithm: Algorithm, tasks: &TaskDistribution, iterations: u64) -> Self {
        if iterations == 0 || !algorithm.trains() {
            return self;
        }
        if let Some(last) = self.0.last_mut().filter(|last| last.is_of(algorithm, tasks)) {
            last.iterations += iterations;
            return self;
        }
        if self.0.len() == MOST_ENTRIES {
            self.0.remove(0);
        }
        self.0.push(ProvenanceEntry { algorithm: Some(algorithm), iterations, tasks: Some(tasks.clone()) });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iterations(provenance: &Provenance) -> Vec<(Option<Algorithm>, u64)> {
        provenance.entries().iter().map(|entry| (entry.algorithm, entry.iterations)).collect()
    }

    #[test]
    fn what_is_alike_and_consecutive_adds_up() {
        let (tasks, mut other) = (TaskDistribution::default(), TaskDistribution::default());
        other.amplitude = [1.0, 2.0];
        let (reptile, joint) = (Algorithm::Reptile, Algorithm::Joint);
        let provenance = Provenance::default().after(reptile, &tasks, 20).after(reptile, &tasks, 5);
        assert_eq!(iterations(&provenance), [(Some(reptile), 25)]);
        assert!(provenance.is_own(reptile, &tasks));
        assert!(!provenance.is_own(joint, &tasks) && !provenance.is_own(reptile, &other));
        let provenance = provenance.after(joint, &tasks, 3).after(joint, &other, 4).after(reptile, &tasks, 1);
        let expected = [(Some(reptile), 25), (Some(joint), 3), (Some(joint), 4), (Some(reptile), 1)];
        assert_eq!(iterations(&provenance), expected);
        assert_eq!(provenance.entries()[2].tasks, Some(other));
        assert!(!provenance.is_own(reptile, &tasks));
    }

    #[test]
    fn what_does_not_train_adds_nothing() {
        let tasks = TaskDistribution::default();
        let provenance = Provenance::default().after(Algorithm::None, &tasks, 9).after(Algorithm::Maml, &tasks, 0);
        assert!(provenance.is_empty() && provenance.is_own(Algorithm::Maml, &tasks));
        let given = Provenance::given();
        assert!(!given.is_empty() && !given.is_own(Algorithm::Reptile, &tasks));
        assert_eq!(iterations(&given.after(Algorithm::Maml, &tasks, 2)), [(None, 0), (Some(Algorithm::Maml), 2)]);
    }

    #[test]
    fn its_length_is_bounded() {
        let tasks = TaskDistribution::default();
        let mut provenance = Provenance::default();
        for number in 0..200 {
            let algorithm = if number % 2 == 0 { Algorithm::Reptile } else { Algorithm::Joint };
            provenance = provenance.after(algorithm, &tasks, number + 1);
        }
        assert_eq!(provenance.entries().len(), MOST_ENTRIES);
        assert_eq!(provenance.entries().last().map(|entry| entry.iterations), Some(200));
    }
}

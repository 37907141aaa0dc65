//! Σφ over the tasks of a meta-batch, added along a fixed binary tree.
//!
//! Floating-point addition depends on its order. A tree whose shape only the number of tasks decides can be cut anywhere
//! between workers, threads and slices of time, and its sum keeps the same bits; its rounding error also grows with
//! log n instead of n (Higham 1993, "The Accuracy of Floating Point Summation").

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::simd;

/// Σφ of a block of tasks: 2ˡ tasks in a row, the first of which is a multiple of 2ˡ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartialSum {
    /// The tasks, counted within the meta-batch.
    pub tasks: Range<usize>,
    /// Their Σφ, in whatever layout its holder chose.
    #[serde(with = "crate::domain::float_bytes")]
    pub sum: Vec<f32>,
}

/// The most vectors that are kept for reuse: there would be more and more of them, as blocks from elsewhere bring their
/// own.
const KEPT: usize = 16;

/// A sum under way: the largest blocks that the tasks so far fill, in order.
#[derive(Debug, Default)]
pub struct PairwiseSum {
    blocks: Vec<PartialSum>,
    /// Vectors for reuse, so that adding allocates nothing in the long run.
    spare: Vec<Vec<f32>>,
}

impl PairwiseSum {
    /// A vector that begins as a copy of `theta`: room for the next φ.
    #[must_use]
    pub fn phi(&mut self, theta: &[f32]) -> Vec<f32> {
        let mut phi = self.spare.pop().unwrap_or_default();
        phi.clear();
        phi.extend_from_slice(theta);
        phi
    }

    /// Adds the φ of one task, or the sum of a block that was added elsewhere. Blocks come in the order of their tasks,
    /// not necessarily without gaps.
    pub fn push(&mut self, mut block: PartialSum) {
        while let Some(left) = self.blocks.pop_if(|left| are_siblings(&left.tasks, &block.tasks)) {
            block = self.merge(left, block);
        }
        self.blocks.push(block);
    }

    /// Adds blocks that were summed elsewhere.
    pub fn complete(&mut self, others: impl IntoIterator<Item = PartialSum>) {
        let mut blocks = std::mem::take(&mut self.blocks);
        for block in others {
            let place = blocks.partition_point(|before| before.tasks.start < block.tasks.start);
            blocks.insert(place, block);
        }
        for block in blocks {
            self.push(block);
        }
    }

    /// The blocks so far, which another sum can be completed with.
    #[must_use]
    pub fn blocks(&self) -> &[PartialSum] {
        &self.blocks
    }

    /// Σφ of all tasks, which empties the sum; none if nothing was added.
    pub fn finish(&mut self) -> Option<PartialSum> {
        let mut block = self.blocks.pop()?;
        while let Some(left) = self.blocks.pop() {
            block = self.merge(left, block);
        }
        Some(block)
    }

    /// Keeps a vector that is no longer needed for reuse.
    pub fn recycle(&mut self, vector: Vec<f32>) {
        if self.spare.len() < KEPT {
            self.spare.push(vector);
        }
    }

    /// Forgets what was added.
    pub fn clear(&mut self) {
        for block in std::mem::take(&mut self.blocks) {
            self.recycle(block.sum);
        }
    }

    fn merge(&mut self, mut left: PartialSum, right: PartialSum) -> PartialSum {
        simd::add(&mut left.sum, &right.sum);
        left.tasks.end = right.tasks.end;
        self.recycle(right.sum);
        left
    }
}

/// Whether two blocks are the halves of a larger one.
fn are_siblings(left: &Range<usize>, right: &Range<usize>) -> bool {
    left.len() == right.len() && left.end == right.start && left.start.is_multiple_of(2 * left.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rng::Rng;

    fn leaf(task: usize, value: f32) -> PartialSum {
        PartialSum { tasks: task..task + 1, sum: vec![value] }
    }

    /// The sum of `values`, cut into parts that are added on their own.
    fn sum(values: &[f32], cuts: &[usize]) -> f32 {
        let (mut whole, mut parts) = (PairwiseSum::default(), vec![]);
        for ends in [&[0], cuts, &[values.len()]].concat().windows(2) {
            let mut part = PairwiseSum::default();
            (ends[0]..ends[1]).for_each(|task| part.push(leaf(task, values[task])));
            parts.insert(0, part.blocks().to_vec());
        }
        // Parts come back in any order.
        whole.complete(parts.concat());
        whole.finish().expect("there are values").sum[0]
    }

    /// Σ of 2ˡ values by halves, from the definition.
    fn by_halves(values: &[f32]) -> f32 {
        if let [value] = values {
            return *value;
        }
        let half = values.len().next_power_of_two() / 2;
        by_halves(&values[..half]) + by_halves(&values[half..])
    }

    #[test]
    fn no_cut_shows_in_the_sum() {
        let mut rng = Rng::new(5);
        for n in 1..40 {
            let values: Vec<f32> = (0..n).map(|_| rng.uniform(-1.0, 1.0)).collect();
            let expected = by_halves(&values);
            assert_eq!(sum(&values, &[]).to_bits(), expected.to_bits(), "{n} values");
            for first in 0..=n {
                for second in first..=n {
                    assert_eq!(
                        sum(&values, &[first, second]).to_bits(),
                        expected.to_bits(),
                        "{n} at {first}, {second}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_finished_or_cleared_sum_begins_anew() {
        let mut sum = PairwiseSum::default();
        assert_eq!(sum.finish(), None);
        sum.push(leaf(0, 1.0));
        sum.clear();
        sum.push(leaf(0, 2.0));
        sum.push(leaf(1, 3.0));
        assert_eq!(sum.finish(), Some(PartialSum { tasks: 0..2, sum: vec![5.0] }));
        assert_eq!(sum.finish(), None);
        assert_eq!(sum.phi(&[7.0, 8.0]), [7.0, 8.0], "a vector that came free holds nothing of before");
    }
}

//! One meta-iteration: the inner loops of its tasks, and the outer update by their mean.
//!
//! For Reptile (Nichol, Achiam and Schulman 2018, Algorithms 1 and 2) the inner loops give φ: serial with a meta-batch of
//! one, batched with more. For the other algorithms they give gradients.

use super::meta_batches::MetaBatches;
use crate::domain::outer_optimizer::LayerRate;
use crate::domain::pairwise_sum::{PairwiseSum, PartialSum};
use crate::domain::train_state::TrainState;

/// The inner loops of one meta-iteration: Σφ over `tasks`, each given with its number.
///
/// `inner_loop` turns θ, given as φ, into the φ of one task by k steps of its optimizer; or into its gradient, where the
/// algorithm goes by that.
pub fn inner_loops<T>(
    theta: &[f32],
    tasks: impl Iterator<Item = (usize, T)>,
    mut inner_loop: impl FnMut(usize, T, &mut [f32]),
    sum: &mut PairwiseSum,
) {
    for (number, task) in tasks {
        let mut phi = sum.phi(theta);
        inner_loop(number, task, &mut phi);
        sum.push(PartialSum { tasks: number..number + 1, sum: phi });
    }
}

/// The outer update of one of the meta-iterations: θ ← θ + ε·(mean φ − θ), once Σφ holds all its n tasks; or θ moved by
/// the mean gradient. `layers` are those of the network, in the layout of θ.
pub fn outer_update(
    train_state: &mut TrainState,
    layers: &[LayerRate],
    batches: &MetaBatches,
    number: usize,
    sum: &mut PairwiseSum,
) {
    let Some(PartialSum { tasks, sum: mut mean }) = sum.finish() else {
        // Without meta-training time goes by, and θ stays.
        train_state.iteration += 1;
        return;
    };
    let n = batches.meta_batch;
    debug_assert_eq!(tasks, 0..n, "the sum must hold all tasks");
    if n > 1 {
        for number in &mut mean {
            *number /= n as f32;
        }
    }
    let gradient = batches.algorithm.outer_gradient();
    if batches.is_measured && number + 1 == batches.len() {
        train_state.gradient_norm = Some(train_state.norm(&mean, gradient));
    }
    train_state.update(&mean, gradient, batches.rates[number], layers);
    sum.recycle(mean);
}

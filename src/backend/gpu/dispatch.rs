//! Twin of `dispatch/dispatch.wgsl`: the uniforms of one dispatch of training.

use bytemuck::{Pod, Zeroable};

use super::inner_optimizer::OptimizerParameters;
use super::plan::Part;
use crate::domain::algorithm::meta_batches::MetaBatches;

/// The part of a shader's text that declares [`DispatchParameters`].
pub const SOURCE: &str = include_str!("dispatch/dispatch.wgsl");

/// The uniforms of one dispatch of the inner loop and of the outer update after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct DispatchParameters {
    /// The inner optimizer.
    pub optimizer: OptimizerParameters,
    /// Place of the dispatch's first point.
    pub first_point: u32,
    /// Inner steps k.
    pub steps: u32,
    /// Points of an inner step, and of the query.
    pub batch: u32,
    /// Tasks of the dispatch.
    pub tasks: u32,
    /// Whether it is the meta-iteration's first dispatch.
    pub is_first: u32,
    /// Whether it is its last, which moves θ.
    pub is_last: u32,
    /// Tasks of the meta-iteration, n.
    pub meta_batch: f32,
    /// Step size ε.
    pub step_size: f32,
    /// Adam's correction of the first moment.
    pub first_correction: f32,
    /// Adam's correction of the second moment.
    pub second_correction: f32,
    /// Points of a task, its query among them.
    pub points_of_task: u32,
    /// Place of its first task in the meta-batch.
    pub first_task: u32,
}

/// Meta-iterations that these batches complete.
pub fn completed(batches: &MetaBatches) -> u64 {
    if batches.tasks.end == batches.meta_batch { batches.len() as u64 } else { 0 }
}

/// Inner steps of one task: joint training has none.
pub fn steps_of(batches: &MetaBatches) -> usize {
    batches.parts_of_task().0 / batches.batch
}

/// Tasks of a submit.
#[must_use]
pub fn tasks_of(submit: &[Part]) -> usize {
    submit.iter().map(|part| part.tasks.len()).sum()
}

/// Points as the shaders have them.
#[must_use]
pub fn interleave(x: &[f32], y: &[f32]) -> Vec<[f32; 2]> {
    x.iter().zip(y).map(|(&x, &y)| [x, y]).collect()
}

/// The parameters of one dispatch, or of one of several tasks in a row, whose points begin at `first_point`.
pub fn parameters_of(part: &Part, batches: &MetaBatches, first_point: usize) -> DispatchParameters {
    let rate = batches.rates[part.iteration];
    let first_task = batches.tasks.start + part.tasks.start;
    DispatchParameters {
        optimizer: OptimizerParameters::of(&batches.optimizer, 0),
        first_point: first_point as u32,
        steps: steps_of(batches) as u32,
        batch: batches.batch as u32,
        tasks: part.tasks.len() as u32,
        is_first: u32::from(first_task == 0),
        is_last: u32::from(batches.tasks.start + part.tasks.end == batches.meta_batch),
        meta_batch: batches.meta_batch as f32,
        step_size: rate.step_size,
        first_correction: rate.first_correction,
        second_correction: rate.second_correction,
        points_of_task: batches.points_of_task() as u32,
        first_task: first_task as u32,
    }
}

/// The parameters of a submit's dispatches, one every `stride` bytes.
pub fn parameters_of_submit(submit: &[Part], batches: &MetaBatches, stride: usize) -> Vec<u8> {
    let mut bytes = vec![0; submit.len() * stride];
    let mut tasks_before = 0;
    for (part, slot) in submit.iter().zip(bytes.chunks_exact_mut(stride)) {
        let dispatch = parameters_of(part, batches, tasks_before * batches.points_of_task());
        slot[..size_of::<DispatchParameters>()].copy_from_slice(bytemuck::bytes_of(&dispatch));
        tasks_before += part.tasks.len();
    }
    bytes
}

//! Gradient alignment in one piece, on any backend.

use pollster::block_on;
use reptile_lab::backend::Backend;
use reptile_lab::domain::alignment::{Alignment, AlignmentTasks, Samples, TASKS};
use reptile_lab::domain::config::Config;

/// Gradient alignment at a θ, by the gradients of a backend.
pub fn aligned(config: &Config, theta: &[f32], backend: &mut dyn Backend) -> Alignment {
    let tasks = AlignmentTasks::new(config);
    let mut samples = Samples::default();
    let gradients = block_on(backend.gradients(theta, &tasks.points(0..TASKS), tasks.batch()));
    samples.extend(&gradients.expect("the processor does not fail"), theta.len());
    samples.alignment()
}

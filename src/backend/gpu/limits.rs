//! How much one dispatch and one submit may hold, so that buffers stay bounded and the device answers in time.
//!
//! Operations are bounded here from above, from shapes alone and with the biases; what training costs is counted by
//! [`Cost`](crate::domain::cost::Cost).

use super::inner_loop::InnerLoopOutput;
use super::network::Shape;
use super::plan::Limits;
use crate::backend::BackendError;
use crate::domain::adaptation::Adaptations;

/// Bytes of a submit's points, and of a dispatch's predictions.
pub const TRANSFER: usize = 16 << 20;
/// Bytes of all that is as long as φ in a dispatch, and of all its units where they need storage.
const SCRATCH: usize = 64 << 20;
/// Floating-point operations of a submit: systems reset a GPU that does not answer for some seconds.
pub const MOST_OPERATIONS: u64 = 16_000_000_000;
/// Dispatches of a submit, or meta-iterations of its only one.
const DISPATCHES: usize = 256;
/// Workgroups of a dispatch, the default limit of WebGPU.
const WORKGROUPS: usize = 65_535;

/// What one dispatch and one submit of training may hold.
pub fn train_limits(shape: &Shape, output: InnerLoopOutput, vectors: usize, points_of_task: usize) -> Limits {
    let bytes_of_points = points_of_task * size_of::<[f32; 2]>();
    let by_operations = tasks_by_operations(training_bound(shape, output, points_of_task));
    let tasks_of_submit = (TRANSFER / bytes_of_points.max(1)).min(by_operations).max(1);
    let tasks = tasks_of_submit.min(scratch_limit(shape, vectors));
    Limits { tasks, tasks_of_submit, dispatches: DISPATCHES }
}

/// The most tasks of one dispatch of adaptations.
pub fn adaptation_limit(shape: &Shape, vectors: usize, adaptations: &Adaptations) -> usize {
    let parameters = shape.network.parameters();
    let predictions = adaptations.record.len() * adaptations.query.len();
    let steps = adaptations.record.last().copied().unwrap_or(0);
    // A prediction is a third of a step.
    let by_operations =
        tasks_by_operations(step_bound(parameters) * (steps * adaptations.shots + predictions / 3) as u64);
    let by_transfer = TRANSFER / (predictions * size_of::<f32>()).max(adaptations.shots * size_of::<[f32; 2]>()).max(1);
    scratch_limit(shape, vectors).min(by_operations).min(by_transfer).max(1)
}

/// Refuses what some devices would leave unfinished in silence.
pub fn refuse_beyond(most: usize, loop_iterations: usize) -> Result<(), BackendError> {
    if loop_iterations <= most {
        return Ok(());
    }
    let detail =
        format!("a shader makes {loop_iterations} iterations of its loops where the device makes {most} at most");
    Err(BackendError::Refused { detail })
}

/// The most tasks whose units fit, and so many vectors as long as φ.
pub fn scratch_limit(shape: &Shape, vectors: usize) -> usize {
    let bytes = (vectors * shape.bytes_of_phi()).max(shape.stored_bytes_of_units());
    (SCRATCH / bytes).clamp(1, WORKGROUPS)
}

/// At most so many operations of one gradient step at one point: a multiplication and an addition for each parameter,
/// forward, backward and for the gradient.
fn step_bound(parameters: usize) -> u64 {
    6 * parameters as u64
}

/// At most so many operations of the training on some points.
pub fn training_bound(shape: &Shape, output: InnerLoopOutput, points: usize) -> u64 {
    // A product with the Hessian is three steps.
    let passes = if output == InnerLoopOutput::MetaGradient { 4 } else { 1 };
    passes * step_bound(shape.network.parameters()) * points as u64
}

/// The most tasks of a submit, given the operations of one.
fn tasks_by_operations(of_task: u64) -> usize {
    usize::try_from(MOST_OPERATIONS / of_task.max(1)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::gpu::inner_loop::InnerLoop;
    use crate::backend::gpu::network::DeviceLimits;
    use crate::backend::gpu::plan;
    use crate::domain::config::Config;
    use crate::domain::config::preset::Preset;
    use crate::domain::evaluation::HeldOut;
    use crate::domain::network::Network;

    /// The most tasks of a dispatch, for the adaptations of a Config's held-out tasks with so many tasks.
    fn limit(config: &Config, tasks: usize, device_limits: DeviceLimits) -> usize {
        let adaptations = HeldOut::new(config, tasks).adaptations(0..tasks);
        let shape = Shape::new(&Network::new(&config.model), adaptations.shots, adaptations.query.len(), device_limits);
        adaptation_limit(&shape, 1, &adaptations)
    }

    #[test]
    fn the_evaluation_protocol_is_one_dispatch() {
        for preset in [Preset::Paper, Preset::Fast, Preset::Fine] {
            let config = preset.config();
            assert_eq!((config.eval.tasks, config.eval.steps, config.tasks.grid), (1000, 32, 50));
            for device_limits in [DeviceLimits::DEFAULT, DeviceLimits::SWIFTSHADER, DeviceLimits::SOFTWARE] {
                assert!(limit(&config, 1000, device_limits) >= 1000, "{device_limits:?}");
            }
        }
    }

    #[test]
    fn a_grid_of_tasks_is_one_dispatch() {
        // A map of 32 amplitudes by 32 phases, after each reported step.
        let config = Preset::Paper.config();
        assert!(limit(&config, 32 * 32, DeviceLimits::DEFAULT) >= 32 * 32);
    }

    #[test]
    fn hundreds_of_meta_iterations_are_one_submit() {
        let config = Preset::Paper.config();
        let inner = InnerLoop::of(&config).expect("Reptile has an inner loop");
        let shape = inner.shape(&Network::new(&config.model), config.inner.batch, DeviceLimits::DEFAULT);
        for (meta_batch, meta_iterations) in [(1, DISPATCHES), (16, DISPATCHES), (100, 100)] {
            let limits = train_limits(&shape, inner.output, 1, config.inner.steps * config.inner.batch);
            let submits = plan::plan(meta_iterations, meta_batch, limits);
            assert_eq!(submits.len(), 1, "n = {meta_batch}");
            assert!(submits[0].iter().all(|part| part.tasks.len() == meta_batch));
        }
    }
}

// One dispatch: the tasks of a meta-iteration, or as many of them as one dispatch takes.

struct DispatchParameters {
    /// The inner optimizer.
    optimizer: OptimizerParameters,
    /// Place of the dispatch's first point.
    first_point: u32,
    /// Inner steps k.
    steps: u32,
    /// Points of an inner step, and of the query.
    batch: u32,
    /// Tasks of the dispatch.
    tasks: u32,
    /// Whether it is the meta-iteration's first dispatch.
    is_first: u32,
    /// Whether it is its last, which moves θ.
    is_last: u32,
    /// Tasks of the meta-iteration, n.
    meta_batch: f32,
    /// Step size ε.
    step_size: f32,
    /// Adam's bias corrections.
    first_correction: f32,
    second_correction: f32,
    /// Points of a task, its query among them.
    points_of_task: u32,
    /// Place of its first task in the meta-batch.
    first_task: u32,
}

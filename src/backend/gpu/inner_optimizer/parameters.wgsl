// The parameters of the inner optimizer; `step_*.wgsl` are the optimizers.

struct OptimizerParameters {
    /// Decays of the first moment, or the velocity, and of the second.
    decay: vec2<f32>,
    /// What the moments of a constant 1 would be by now: Adam divides by it, which undoes their bias towards zero.
    weight: vec2<f32>,
    /// Learning rate α.
    learning_rate: f32,
    /// What is added to the root of the second moment.
    epsilon: f32,
    padding: vec2<u32>,
}

/// The optimizer for one step more.
fn advance(optimizer: OptimizerParameters) -> OptimizerParameters {
    var next = optimizer;
    next.weight = optimizer.decay * optimizer.weight + (1.0 - optimizer.decay);
    return next;
}

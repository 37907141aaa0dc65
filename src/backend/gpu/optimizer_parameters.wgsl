// The numbers of the inner optimizer; `step_*.wgsl` are the optimizers.

struct Rule {
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

/// The rule for one step more.
fn advance(rule: Rule) -> Rule {
    var next = rule;
    next.weight = rule.decay * rule.weight + (1.0 - rule.decay);
    return next;
}

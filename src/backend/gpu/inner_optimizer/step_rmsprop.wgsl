/// v ← ρ·v + (1 − ρ)·g²; φ ← φ − α·g/(√v + ε).
fn stepped(i: u32, g: f32, optimizer: OptimizerParameters) -> f32 {
    let v = optimizer.decay.y * load_moment(0u, i) + (1.0 - optimizer.decay.y) * g * g;
    store_moment(0u, i, v);
    return load_phi(i) - optimizer.learning_rate * g / (sqrt(v) + optimizer.epsilon);
}

/// v ← μ·v + g; φ ← φ − α·v.
fn stepped(i: u32, g: f32, optimizer: OptimizerParameters) -> f32 {
    let v = optimizer.decay.x * load_moment(0u, i) + g;
    store_moment(0u, i, v);
    return load_phi(i) - optimizer.learning_rate * v;
}

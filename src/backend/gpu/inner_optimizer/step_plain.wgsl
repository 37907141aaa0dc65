/// φ ← φ − α·g.
fn stepped(i: u32, g: f32, optimizer: OptimizerParameters) -> f32 {
    return load_phi(i) - optimizer.learning_rate * g;
}

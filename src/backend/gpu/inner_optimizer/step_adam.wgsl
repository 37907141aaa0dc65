/// Adam (Kingma and Ba 2015), bias-corrected.
fn stepped(i: u32, g: f32, optimizer: OptimizerParameters) -> f32 {
    let m = optimizer.decay.x * load_moment(0u, i) + (1.0 - optimizer.decay.x) * g;
    let v = optimizer.decay.y * load_moment(1u, i) + (1.0 - optimizer.decay.y) * g * g;
    store_moment(0u, i, m);
    store_moment(1u, i, v);
    return load_phi(i) - optimizer.learning_rate * (m / optimizer.weight.x) / (sqrt(v / optimizer.weight.y) + optimizer.epsilon);
}

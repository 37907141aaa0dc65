/// Adam (Kingma and Ba 2015), bias-corrected.
fn stepped(i: u32, g: f32, rule: Rule) -> f32 {
    let m = rule.decay.x * load_moment(0u, i) + (1.0 - rule.decay.x) * g;
    let v = rule.decay.y * load_moment(1u, i) + (1.0 - rule.decay.y) * g * g;
    store_moment(0u, i, m);
    store_moment(1u, i, v);
    return load_phi(i) - rule.learning_rate * (m / rule.weight.x) / (sqrt(v / rule.weight.y) + rule.epsilon);
}

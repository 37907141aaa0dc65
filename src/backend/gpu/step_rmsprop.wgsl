/// v ← ρ·v + (1 − ρ)·g²; φ ← φ − α·g/(√v + ε).
fn stepped(i: u32, g: f32, rule: Rule) -> f32 {
    let v = rule.decay.y * load_moment(0u, i) + (1.0 - rule.decay.y) * g * g;
    store_moment(0u, i, v);
    return load_phi(i) - rule.learning_rate * g / (sqrt(v) + rule.epsilon);
}

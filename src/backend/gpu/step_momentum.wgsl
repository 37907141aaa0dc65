/// v ← μ·v + g; φ ← φ − α·v.
fn stepped(i: u32, g: f32, rule: Rule) -> f32 {
    let v = rule.decay.x * load_moment(0u, i) + g;
    store_moment(0u, i, v);
    return load_phi(i) - rule.learning_rate * v;
}

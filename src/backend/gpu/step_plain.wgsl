/// φ ← φ − α·g.
fn stepped(i: u32, g: f32, rule: Rule) -> f32 {
    return load_phi(i) - rule.learning_rate * g;
}

/// One number of φ takes a step, given its gradient.
fn move_phi(i: u32, gradient: f32, rule: Rule) {
    store_phi(i, stepped(i, gradient, rule));
}

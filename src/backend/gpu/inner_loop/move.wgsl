/// One number of φ takes a step, given its gradient.
fn move_phi(i: u32, gradient: f32, optimizer: OptimizerParameters) {
    store_phi(i, stepped(i, gradient, optimizer));
}

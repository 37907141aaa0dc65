/// Whether φ becomes the gradient, instead of taking a step.
var<private> differentiates: bool;

/// One number of φ takes a step, or becomes its gradient.
fn move_phi(i: u32, gradient: f32, optimizer: OptimizerParameters) {
    if (differentiates) {
        store_phi(i, gradient);
    } else {
        store_phi(i, stepped(i, gradient, optimizer));
    }
}

/// φ ← sinh(asinh φ − α·g/f′), with f = asinh and f′ = 1/√(1 + φ²), by the addition theorem: no digits are lost where
/// the change is small, as it mostly is.
fn stepped(i: u32, g: f32, optimizer: OptimizerParameters) -> f32 {
    let phi = load_phi(i);
    let root = sqrt(1.0 + phi * phi);
    let change = -optimizer.learning_rate * g * root;
    let t = change * change;
    // sinh and cosh − 1 by their series, which is good to the last digit below 1.
    let is_small = t < 1.0;
    let sine = change * (1.0 + t / 6.0 * (1.0 + t / 20.0 * (1.0 + t / 42.0 * (1.0 + t / 72.0))));
    let cosine = t / 2.0 * (1.0 + t / 12.0 * (1.0 + t / 30.0 * (1.0 + t / 56.0 * (1.0 + t / 90.0))));
    return phi + phi * select(cosh(change) - 1.0, cosine, is_small) + root * select(sinh(change), sine, is_small);
}

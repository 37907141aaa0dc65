/// φ ← the one real root of φ³ + φ = y, with y = f(φ) − α·g/f′ and f = φ + φ³.
fn stepped(i: u32, g: f32, optimizer: OptimizerParameters) -> f32 {
    let phi = load_phi(i);
    let y = phi + phi * phi * phi - optimizer.learning_rate * g / (1.0 + 3.0 * phi * phi);
    // Cardano in his hyperbolic form, and Newton: the built-in functions promise few digits.
    var root = sign(y) * 1.1547005 * sinh(asinh(2.5980762 * abs(y)) / 3.0);
    root -= (root * root * root + root - y) / (3.0 * root * root + 1.0);
    root -= (root * root * root + root - y) / (3.0 * root * root + 1.0);
    return root;
}

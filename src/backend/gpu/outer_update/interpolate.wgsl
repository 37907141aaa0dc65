/// θ ← θ − ε·g: with g = θ − mean φ the paper's θ + ε·mean(φ − θ).
fn move_theta(i: u32, g: f32, step_size: f32, dispatch: DispatchParameters) {
    theta[i] -= step_size * g;
}

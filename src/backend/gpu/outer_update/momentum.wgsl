/// Momentum on the outer gradient g. Its velocity lies behind θ.
fn move_theta(i: u32, g: f32, step_size: f32, dispatch: DispatchParameters) {
    let v = MOMENTUM * theta[PARAMETERS + i] + g;
    theta[PARAMETERS + i] = v;
    theta[i] -= step_size * v;
}

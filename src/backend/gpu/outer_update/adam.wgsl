/// Adam (Kingma and Ba 2015) on the outer gradient g. Its moments lie behind θ.
fn move_theta(i: u32, g: f32, step_size: f32, dispatch: DispatchParameters) {
    let m = BETA1 * theta[PARAMETERS + i] + (1.0 - BETA1) * g;
    let v = BETA2 * theta[2u * PARAMETERS + i] + (1.0 - BETA2) * g * g;
    theta[PARAMETERS + i] = m;
    theta[2u * PARAMETERS + i] = v;
    let root = sqrt(v * dispatch.second_correction) + ADAM_EPSILON;
    theta[i] -= step_size * (m * dispatch.first_correction) / root;
}

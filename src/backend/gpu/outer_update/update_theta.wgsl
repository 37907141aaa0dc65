/// Updates one number of the θ that begins at `start` by its outer gradient, which is kept where its norm is wanted.
fn update_theta(start: u32, i: u32, g: f32, dispatch: DispatchParameters) {
    if (KEEPS_GRADIENT) {
        theta[start + KEPT_GRADIENT + i] = g;
    }
    move_theta(start + i, g, dispatch.step_size * layer_factor(i), dispatch);
}

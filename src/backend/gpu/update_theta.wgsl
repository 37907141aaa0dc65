/// One number of a train_state's θ moves by its outer gradient, which is kept where someone wants to know how long it is.
fn update_theta(train_state: u32, i: u32, g: f32, dispatch: DispatchParameters) {
    if (KEEPS_GRADIENT) {
        theta[train_state + KEPT_GRADIENT + i] = g;
    }
    move_theta(train_state + i, g, dispatch.step_size * layer_factor(i), dispatch);
}

/// One number of θ moves by its outer gradient, which is kept where someone wants to know how long it is.
fn update_theta(i: u32, g: f32, wave: Wave) {
    if (KEEPS_GRADIENT) {
        theta[KEPT_GRADIENT + i] = g;
    }
    move_theta(i, g, wave.step_size * layer_factor(i), wave);
}

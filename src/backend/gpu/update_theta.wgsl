/// One number of a learner's θ moves by its outer gradient, which is kept where someone wants to know how long it is.
fn update_theta(learner: u32, i: u32, g: f32, wave: Wave) {
    if (KEEPS_GRADIENT) {
        theta[learner + KEPT_GRADIENT + i] = g;
    }
    move_theta(learner + i, g, wave.step_size * layer_factor(i), wave);
}

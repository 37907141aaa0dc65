/// φ ← the gradient of L(φ) on the query of one task with respect to θ, through the k steps on the minibatches before it.
fn follow(wave: Wave, first: u32) {
    for (var row = invocation; row < ROWS; row += INVOCATIONS) {
        // x does not change.
        for (var unit = INPUT; unit < INPUT + 4u; unit++) {
            store_change(row_at(unit, row), Row());
        }
    }
    for (var number = 0u; number <= wave.steps; number++) {
        differentiates = number == wave.steps;
        if (!differentiates) {
            for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
                store_vector(VISITED + number, i, load_phi(i));
            }
        }
        descend(first + number * wave.batch, wave.batch, wave.rule);
    }
    storageBarrier();
    for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
        store_vector(GRADIENT, i, load_phi(i));
        store_vector(VELOCITY, i, 0.0);
    }
    // From the last step to the first, of v ← μ·v + ∇L(φ); φ ← φ − α·v: the derivatives with respect to v and to φ.
    for (var number = wave.steps; number > 0u; number--) {
        for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
            let kept = wave.rule.decay.x * load_vector(VELOCITY, i);
            store_vector(VELOCITY, i, kept - wave.rule.learning_rate * load_vector(GRADIENT, i));
            store_phi(i, load_vector(VISITED + number - 1u, i));
        }
        phi_barrier();
        storageBarrier();
        add_hessian_times(first + (number - 1u) * wave.batch, wave.batch);
    }
    for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
        store_phi(i, load_vector(GRADIENT, i));
    }
}

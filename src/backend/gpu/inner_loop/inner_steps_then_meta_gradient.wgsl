/// φ ← the gradient of L(φ) on the query of one task with respect to θ, through the k steps on the minibatches before it.
fn inner_steps(dispatch: DispatchParameters, first: u32) {
    for (var row = invocation; row < ROWS; row += INVOCATIONS) {
        // x does not change.
        for (var unit = INPUT; unit < INPUT + 4u; unit++) {
            store_tangent(row_at(unit, row), Row());
        }
    }
    for (var number = 0u; number <= dispatch.steps; number++) {
        differentiates = number == dispatch.steps;
        if (!differentiates) {
            for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
                store_vector(VISITED + number, i, load_phi(i));
            }
        }
        inner_step(first + number * dispatch.batch, dispatch.batch, dispatch.optimizer);
    }
    storageBarrier();
    for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
        store_vector(GRADIENT, i, load_phi(i));
        store_vector(VELOCITY, i, 0.0);
    }
    // From the last step to the first, of v ← μ·v + ∇L(φ); φ ← φ − α·v: the derivatives with respect to v and to φ.
    for (var number = dispatch.steps; number > 0u; number--) {
        for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
            let kept = dispatch.optimizer.decay.x * load_vector(VELOCITY, i);
            store_vector(VELOCITY, i, kept - dispatch.optimizer.learning_rate * load_vector(GRADIENT, i));
            store_phi(i, load_vector(VISITED + number - 1u, i));
        }
        phi_barrier();
        storageBarrier();
        add_hessian_times(first + (number - 1u) * dispatch.batch, dispatch.batch);
    }
    for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
        store_phi(i, load_vector(GRADIENT, i));
    }
}

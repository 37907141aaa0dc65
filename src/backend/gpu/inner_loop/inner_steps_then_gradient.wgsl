/// φ ← ∇L(φ) on the query of one task, after k steps on the minibatches before it, from its `first` point on.
fn inner_steps(dispatch: DispatchParameters, first: u32) {
    var optimizer = first_optimizer(dispatch.optimizer);
    for (var number = 0u; number <= dispatch.steps; number++) {
        differentiates = number == dispatch.steps;
        if (!differentiates) {
            optimizer = advance(optimizer);
        }
        inner_step(first + number * dispatch.batch, dispatch.batch, optimizer);
    }
    keep_optimizer(optimizer);
}

/// k steps on the minibatches of one task, from its `first` point on.
fn inner_steps(dispatch: DispatchParameters, first: u32) {
    var optimizer = first_optimizer(dispatch.optimizer);
    for (var number = 0u; number < dispatch.steps; number++) {
        optimizer = advance(optimizer);
        inner_step(first + number * dispatch.batch, dispatch.batch, optimizer);
    }
    keep_optimizer(optimizer);
}

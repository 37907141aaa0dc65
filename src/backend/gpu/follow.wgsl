/// k steps on the minibatches of one task, from its `first` point on.
fn follow(wave: Wave, first: u32) {
    for (var number = 0u; number < wave.steps; number++) {
        descend(first + number * wave.batch, wave.batch, wave.learning_rate);
    }
}

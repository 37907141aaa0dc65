/// k steps on the minibatches of one task, from its `first` point on.
fn follow(wave: Wave, first: u32) {
    var rule = first_rule(wave.rule);
    for (var number = 0u; number < wave.steps; number++) {
        rule = advance(rule);
        descend(first + number * wave.batch, wave.batch, rule);
    }
    keep_rule(rule);
}

// A meta-batch of one: one workgroup makes one meta-iteration after the other, its inner loop and its outer update,
// in one dispatch.

/// The learner: θ, and behind it its moments and the outer gradient, where they are kept.
@group(0) @binding(0) var<storage, read_write> theta: array<f32>;
/// One for each meta-iteration.
@group(0) @binding(5) var<storage, read> waves: array<Wave>;

@compute @workgroup_size(INVOCATIONS)
fn serial(@builtin(local_invocation_index) local: u32) {
    invocation = local;
    tasks = 1u;
    for (var iteration = 0u; iteration < arrayLength(&waves); iteration++) {
        let wave = waves[iteration];
        begin();
        follow(wave, wave.first_point);
        // An invocation reads and moves the same numbers of θ throughout: nobody has to wait.
        for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
            update_theta(i, select(load_phi(i), theta[i] - load_phi(i), FROM_PHI), wave);
        }
        phi_barrier();
    }
}

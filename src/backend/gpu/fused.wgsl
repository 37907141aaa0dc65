// Runs side by side: one workgroup makes one meta-iteration of its run after the other, the inner loops of its tasks and
// its outer update, in one dispatch. With a meta-batch of one, a run alone goes this way, too.

/// For each run the learner: θ, and behind it its moments and the outer gradient, where they are kept.
@group(0) @binding(0) var<storage, read_write> theta: array<f32>;
/// For each run as many: one for each task of each meta-iteration; without tasks where the run has fewer.
@group(0) @binding(5) var<storage, read> waves: array<Wave>;

@compute @workgroup_size(INVOCATIONS)
fn serial(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    invocation = local;
    task = workgroup.x;
    tasks = workgroups.x;
    let learner = workgroup.x * LEARNER;
    let count = arrayLength(&waves) / workgroups.x;
    for (var number = 0u; number < count; number++) {
        let wave = waves[workgroup.x * count + number];
        if (wave.tasks == 0u) {
            break;
        }
        begin(learner);
        follow(wave, wave.first_point);
        // An invocation reads and moves the same numbers of θ throughout: nobody has to wait.
        for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
            var sum = select(load_phi(i), load_phi(i) - theta[learner + i], FROM_PHI);
            if (KEEPS_GRADIENT && wave.is_first == 0u) {
                sum += theta[learner + KEPT_GRADIENT + i];
            }
            if (KEEPS_GRADIENT && wave.is_last == 0u) {
                theta[learner + KEPT_GRADIENT + i] = sum;
            } else {
                update_theta(learner, i, select(sum, -sum, FROM_PHI) / wave.meta_batch, wave);
            }
        }
        phi_barrier();
    }
}

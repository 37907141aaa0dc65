// Fused meta-iterations: one workgroup makes one meta-iteration of its run after the other, the inner loops of its tasks
// and its outer update, in one dispatch. Several runs go side by side; a run alone goes this way with a meta-batch of one.

/// For each run the train state: θ, and behind it its moments and the outer gradient, where they are kept.
@group(0) @binding(0) var<storage, read_write> theta: array<f32>;
/// For each run as many: one for each task of each meta-iteration; without tasks where the run has fewer.
@group(0) @binding(5) var<storage, read> dispatch_parameters: array<DispatchParameters>;

@compute @workgroup_size(INVOCATIONS)
fn fused(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    invocation = local;
    task = workgroup.x;
    tasks = workgroups.x;
    let start = workgroup.x * TRAIN_STATE;
    let count = arrayLength(&dispatch_parameters) / workgroups.x;
    for (var number = 0u; number < count; number++) {
        let dispatch = dispatch_parameters[workgroup.x * count + number];
        if (dispatch.tasks == 0u) {
            break;
        }
        begin(start);
        inner_steps(dispatch, dispatch.first_point);
        // An invocation reads and moves the same numbers of θ throughout: nobody has to wait.
        for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
            var sum = select(load_phi(i), load_phi(i) - theta[start + i], FROM_PHI);
            if (KEEPS_GRADIENT && dispatch.is_first == 0u) {
                sum += theta[start + KEPT_GRADIENT + i];
            }
            if (KEEPS_GRADIENT && dispatch.is_last == 0u) {
                theta[start + KEPT_GRADIENT + i] = sum;
            } else {
                update_theta(start, i, select(sum, -sum, FROM_PHI) / dispatch.meta_batch, dispatch);
            }
        }
        phi_barrier();
    }
}

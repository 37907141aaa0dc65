// The outer update, one parameter for each column of SLICES invocations, which share the tasks. FROM_PHI says whether
// they brought φ or gradients. φ − θ is summed, not φ: it is small, and so are its rounding errors.

/// The train state: θ, and behind it its moments and the outer gradient, where they are kept.
@group(0) @binding(0) var<storage, read_write> theta: array<f32>;
@group(0) @binding(1) var<storage, read> phis: array<f32>;
/// Sum of φ − θ, or of the gradients, over the dispatches so far.
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<uniform> dispatch: DispatchParameters;

var<workgroup> slices: array<f32, COLUMN * SLICES>;

@compute @workgroup_size(COLUMN, SLICES)
fn outer_update(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let i = workgroup.x * COLUMN + local.x;
    var sum = 0.0;
    if (i < PARAMETERS) {
        let start = select(0.0, theta[i], FROM_PHI);
        for (var task = local.y; task < dispatch.tasks; task += SLICES) {
            sum += phis[task * PARAMETERS + i] - start;
        }
    }
    if (SLICES > 1u) {
        slices[local.y * COLUMN + local.x] = sum;
        workgroupBarrier();
        for (var slice = 1u; slice < SLICES; slice++) {
            sum += slices[slice * COLUMN + local.x];
        }
    }
    if (local.y > 0u || i >= PARAMETERS) {
        return;
    }
    if (dispatch.is_first == 0u) {
        sum += sums[i];
    }
    if (dispatch.is_last == 0u) {
        sums[i] = sum;
        return;
    }
    update_theta(0u, i, select(sum, -sum, FROM_PHI) / dispatch.meta_batch, dispatch);
}

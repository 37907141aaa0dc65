// The outer update, one invocation a parameter: θ moves by the outer gradient g = θ − mean φ.

@group(0) @binding(0) var<storage, read_write> theta: array<f32>;
@group(0) @binding(1) var<storage, read> phis: array<f32>;
/// Sum of φ over the waves so far.
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<uniform> wave: Wave;
@group(0) @binding(4) var<storage, read_write> first_moments: array<f32>;
@group(0) @binding(5) var<storage, read_write> second_moments: array<f32>;

/// Σ φ of one parameter, in the order of the tasks.
fn sum_of_phi(i: u32) -> f32 {
    let parameters = arrayLength(&theta);
    var sum = 0.0;
    if (wave.is_first == 0u) {
        sum = sums[i];
    }
    for (var task = 0u; task < wave.tasks; task++) {
        sum += phis[task * parameters + i];
    }
    return sum;
}

/// θ ← θ − ε·g, the paper's θ + ε·mean(φ − θ).
@compute @workgroup_size(64)
fn interpolate(@builtin(global_invocation_id) invocation: vec3<u32>) {
    let i = invocation.x;
    if (i >= arrayLength(&theta)) {
        return;
    }
    let sum = sum_of_phi(i);
    if (wave.is_last == 0u) {
        sums[i] = sum;
        return;
    }
    theta[i] -= wave.step_size * (theta[i] - sum / wave.meta_batch);
}

/// Adam (Kingma and Ba 2015).
@compute @workgroup_size(64)
fn adam(@builtin(global_invocation_id) invocation: vec3<u32>) {
    let i = invocation.x;
    if (i >= arrayLength(&theta)) {
        return;
    }
    let sum = sum_of_phi(i);
    if (wave.is_last == 0u) {
        sums[i] = sum;
        return;
    }
    let g = theta[i] - sum / wave.meta_batch;
    let m = BETA1 * first_moments[i] + (1.0 - BETA1) * g;
    let v = BETA2 * second_moments[i] + (1.0 - BETA2) * g * g;
    first_moments[i] = m;
    second_moments[i] = v;
    let root = sqrt(v * wave.second_correction) + ADAM_EPSILON;
    theta[i] -= wave.step_size * (m * wave.first_correction) / root;
}

// The inner loop: φ ← k steps of gradient descent from θ on the minibatches of one task, one workgroup a task.

@group(0) @binding(5) var<uniform> wave: Wave;

@compute @workgroup_size(INVOCATIONS)
fn inner_loop(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    begin(workgroup.x, local);
    let first = wave.first_point + task * wave.steps * wave.batch;
    for (var number = 0u; number < wave.steps; number++) {
        descend(first + number * wave.batch, wave.batch, wave.learning_rate);
    }
    publish_phi();
}

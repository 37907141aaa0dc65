// The inner loop: from θ to the φ of one task, or to its gradient (inner_steps*.wgsl), one workgroup a task.

@group(0) @binding(0) var<storage, read> theta: array<f32>;
@group(0) @binding(5) var<uniform> dispatch: DispatchParameters;

@compute @workgroup_size(INVOCATIONS)
fn inner_loop(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    task = workgroup.x;
    tasks = dispatch.tasks;
    place = dispatch.first_task + task;
    invocation = local;
    begin(0u);
    inner_steps(dispatch, dispatch.first_point + task * dispatch.points_of_task);
    publish_phi();
}

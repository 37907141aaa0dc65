// φ in the workgroup's memory.

var<workgroup> phi: array<vec4<f32>, PHI_VECTORS>;

fn load_phi(i: u32) -> vec4<f32> {
    return phi[i];
}

fn store_phi(i: u32, value: vec4<f32>) {
    phi[i] = value;
}

fn phi_barrier() {
    workgroupBarrier();
}

/// Shows φ to the outer update.
fn publish_phi() {
    for (var i = invocation; i < PHI_VECTORS; i += INVOCATIONS) {
        phis[task * PHI_VECTORS + i] = phi[i];
    }
}

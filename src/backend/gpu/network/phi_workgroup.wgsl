// φ in the workgroup's memory.

var<workgroup> phi: array<f32, PARAMETERS>;

fn load_phi(i: u32) -> f32 {
    return phi[i];
}

fn store_phi(i: u32, value: f32) {
    phi[i] = value;
}

fn phi_barrier() {
    workgroupBarrier();
}

/// Shows φ to the outer update.
fn publish_phi() {
    for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
        phis[task * PARAMETERS + i] = phi[i];
    }
}

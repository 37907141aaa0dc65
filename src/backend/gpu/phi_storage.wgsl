// φ in the storage buffer.

fn load_phi(i: u32) -> vec4<f32> {
    return phis[task * PHI_VECTORS + i];
}

fn store_phi(i: u32, value: vec4<f32>) {
    phis[task * PHI_VECTORS + i] = value;
}

fn phi_barrier() {
    storageBarrier();
}

/// Shows φ to the outer update: it is where that looks already.
fn publish_phi() {
}

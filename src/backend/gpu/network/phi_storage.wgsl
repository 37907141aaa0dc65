// φ in the storage buffer.

fn load_phi(i: u32) -> f32 {
    return phis[task * PARAMETERS + i];
}

fn store_phi(i: u32, value: f32) {
    phis[task * PARAMETERS + i] = value;
}

fn phi_barrier() {
    storageBarrier();
}

/// Shows φ to the outer update: it is where that looks already.
fn publish_phi() {
}

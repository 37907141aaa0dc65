// Units in the storage buffer.

fn load_unit(i: u32) -> vec4<f32> {
    return unit_store[task * UNIT_VECTORS + i];
}

fn store_unit(i: u32, value: vec4<f32>) {
    unit_store[task * UNIT_VECTORS + i] = value;
}

fn units_barrier() {
    storageBarrier();
}

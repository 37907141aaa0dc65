// Units in the workgroup's memory.

var<workgroup> units: array<vec4<f32>, UNIT_VECTORS>;

fn load_unit(i: u32) -> vec4<f32> {
    return units[i];
}

fn store_unit(i: u32, value: vec4<f32>) {
    units[i] = value;
}

fn units_barrier() {
    workgroupBarrier();
}

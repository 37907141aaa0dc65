// Units in the workgroup's memory.

var<workgroup> units: array<Row, UNIT_ROWS>;

fn load_unit(i: u32) -> Row {
    return units[i];
}

fn store_unit(i: u32, value: Row) {
    units[i] = value;
}

fn store_column(i: u32, column: u32, value: vec4<f32>) {
    units[i][column] = value;
}

/// One number of a row.
fn load_point(i: u32, number: u32) -> f32 {
    return units[i][number / 4u][number % 4u];
}

fn units_barrier() {
    workgroupBarrier();
}

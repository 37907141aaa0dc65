// Units in the storage buffer.

fn load_unit(i: u32) -> Row {
    return unit_store[task * UNIT_ROWS + i];
}

fn store_unit(i: u32, value: Row) {
    unit_store[task * UNIT_ROWS + i] = value;
}

fn store_column(i: u32, column: u32, value: vec4<f32>) {
    unit_store[task * UNIT_ROWS + i][column] = value;
}

/// One number of a row.
fn load_point(i: u32, number: u32) -> f32 {
    return unit_store[task * UNIT_ROWS + i][number / 4u][number % 4u];
}

fn units_barrier() {
    storageBarrier();
}

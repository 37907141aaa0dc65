// The Hessian of the mean squared error, times a vector, exactly: a forward and a backward pass with the tangent of all
// that they compute, along that vector as the tangent of φ (Pearlmutter 1994, "Fast Exact Multiplication by the
// Hessian"). The tangent of a unit's row lies TANGENTS rows behind it.

/// Vectors of a task behind φ: momentum's velocity, which gives its place to the vector that the Hessian is multiplied
/// by; the meta-gradient; φ before each step.
const VELOCITY = 1u;
const GRADIENT = 2u;
const VISITED = 3u;

fn load_vector(vector: u32, i: u32) -> f32 {
    return phis[vector_at(vector, i)];
}

fn store_vector(vector: u32, i: u32, value: f32) {
    phis[vector_at(vector, i)] = value;
}

fn load_tangent(at: u32) -> Row {
    return load_unit(TANGENTS + at);
}

fn store_tangent(at: u32, tangent: Row) {
    store_unit(TANGENTS + at, tangent);
}

/// The tangents of a hidden layer's slopes, in the place of the tangent of its δ, where the second derivatives are; and
/// those of its values.
fn hidden_tangent(layer: Layer, rows: u32) {
    let stride = stride_of(layer);
    for (var unit = invocation; unit < layer.outputs * rows; unit += INVOCATIONS) {
        let o = unit % layer.outputs;
        let row = unit / layer.outputs;
        var z = row_of(load_vector(VELOCITY, layer.biases + o));
        for (var i = 0u; i < layer.inputs; i++) {
            let w = layer.weights + i * stride + o;
            let below = row_at(layer.below + i, row);
            z += load_vector(VELOCITY, w) * load_unit(below) + load_phi(w) * load_tangent(below);
        }
        let slope = row_at(layer.delta + o, row);
        store_tangent(slope, times(z, load_tangent(slope)));
        store_tangent(row_at(layer.above + o, row), times(z, load_unit(slope)));
    }
}

/// The tangent of the parts of the output's sum.
fn output_tangent(rows: u32) {
    let layer = layers[LAYERS - 1u];
    for (var tile = invocation; tile < PARTS * rows; tile += INVOCATIONS) {
        let part = tile % PARTS;
        let row = tile / PARTS;
        var z = Row();
        for (var i = part; i < layer.inputs; i += PARTS) {
            let below = row_at(layer.below + i, row);
            z += load_vector(VELOCITY, layer.weights + i) * load_unit(below);
            z += load_phi(layer.weights + i) * load_tangent(below);
        }
        store_tangent(row_at(layer.above + part, row), z);
    }
}

/// δ of the output, and its tangent.
fn output_delta_tangent(rows: u32, count: u32) {
    let layer = layers[LAYERS - 1u];
    for (var row = invocation; row < rows; row += INVOCATIONS) {
        var z = row_of(load_vector(VELOCITY, layer.biases));
        for (var part = 0u; part < PARTS; part++) {
            z += load_tangent(row_at(layer.above + part, row));
        }
        store_unit(row_at(layer.delta, row), output_delta(row, count));
        store_tangent(row_at(layer.delta, row), mean_of(z, row, count));
    }
}

/// δ of the layer below, and its tangent, in the places of the slope and of its tangent.
fn propagate_tangent(layer: Layer, rows: u32) {
    let stride = stride_of(layer);
    for (var unit = invocation; unit < layer.inputs * rows; unit += INVOCATIONS) {
        let i = unit % layer.inputs;
        let row = unit / layer.inputs;
        var sum = Row();
        var tangent = Row();
        for (var o = 0u; o < layer.outputs; o++) {
            let w = layer.weights + i * stride + o;
            let delta = load_unit(row_at(layer.delta + o, row));
            sum += load_phi(w) * delta;
            tangent += load_phi(w) * load_tangent(row_at(layer.delta + o, row)) + load_vector(VELOCITY, w) * delta;
        }
        let at = row_at(layer.delta_below + i, row);
        let slope = load_unit(at);
        store_tangent(at, times(tangent, slope) + times(sum, load_tangent(at)));
        store_unit(at, times(sum, slope));
    }
}

/// Adds the tangent of a layer's gradient to the meta-gradient.
fn add_tangent(layer: Layer, rows: u32) {
    // The biases are like the weights of one more input, which is always 1.
    for (var number = invocation; number < (layer.inputs + 1u) * layer.outputs; number += INVOCATIONS) {
        let i = number / layer.outputs;
        let o = number % layer.outputs;
        var at = layer.weights + i * stride_of(layer) + o;
        var sum = 0.0;
        for (var row = 0u; row < rows; row++) {
            let tangent = load_tangent(row_at(layer.delta + o, row));
            if (i == layer.inputs) {
                at = layer.biases + o;
                sum += inner(tangent, row_of(1.0));
            } else {
                let below = row_at(layer.below + i, row);
                sum += inner(tangent, load_unit(below)) + inner(load_unit(row_at(layer.delta + o, row)), load_tangent(below));
            }
        }
        store_vector(GRADIENT, at, load_vector(GRADIENT, at) + sum);
    }
}

/// Adds the Hessian on `count` points from `first` on, times VELOCITY, to the meta-gradient.
fn add_hessian_times(first: u32, count: u32) {
    let rows = rows_of(count);
    load_minibatch(first, count);
    forward(rows);
    for (var l = 0u; l < LAYERS - 1u; l++) {
        hidden_tangent(layers[l], rows);
        units_barrier();
    }
    output_tangent(rows);
    units_barrier();
    output_delta_tangent(rows, count);
    units_barrier();
    for (var above = LAYERS; above > 0u; above--) {
        let layer = layers[above - 1u];
        if (above > 1u) {
            propagate_tangent(layer, rows);
            units_barrier();
        }
        add_tangent(layer, rows);
    }
    units_barrier();
    storageBarrier();
}

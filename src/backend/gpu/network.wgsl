// A network that one workgroup holds: φ of one task, and the units of a minibatch.
//
// Everything comes in blocks of four by four. A block of units is four units of a layer (columns) at four points
// (rows); a block of weights is four outputs (columns) by four inputs (rows). The forward pass, the backward pass and
// the gradient are then products of 4 × 4 matrices. Widths and points are padded to whole blocks with zeros: padded
// weights have no gradient and stay zero.
//
// Before this text the host writes the sizes (see network.rs), behind it an activation, and where φ and the units live
// (phi_*.wgsl, units_*.wgsl).

/// One layer of weights. Widths are counted in blocks; places are those of a vec4 in φ or among the units.
struct Layer {
    inputs: u32,
    outputs: u32,
    weights: u32,
    biases: u32,
    /// Units that it reads: their values, and ∂loss/∂z of theirs.
    below: u32,
    delta_below: u32,
    /// Units that it computes.
    above: u32,
    delta: u32,
}

@group(0) @binding(0) var<storage, read> theta: array<vec4<f32>>;
/// φ of every task of the dispatch.
@group(0) @binding(1) var<storage, read_write> phis: array<vec4<f32>>;
/// Units of every task of the dispatch, where they do not fit into the workgroup.
@group(0) @binding(2) var<storage, read_write> unit_store: array<vec4<f32>>;
/// x and y.
@group(0) @binding(3) var<storage, read> points: array<vec2<f32>>;
/// The layers, from the input on. A table, not text: one copy of the code for each pass compiles fast.
@group(0) @binding(4) var<uniform> layers: array<Layer, LAYERS>;

var<private> task: u32;
var<private> invocation: u32;

/// φ ← θ, for the task of this workgroup.
fn begin(workgroup: u32, local: u32) {
    task = workgroup;
    invocation = local;
    for (var i = invocation; i < PHI_VECTORS; i += INVOCATIONS) {
        store_phi(i, theta[i]);
    }
    phi_barrier();
}

fn unit_at(place: u32, block: u32, points_at: u32) -> u32 {
    return place + (block * CAPACITY + points_at) * 4u;
}

fn load_units(place: u32, block: u32, points_at: u32) -> mat4x4<f32> {
    let at = unit_at(place, block, points_at);
    return mat4x4<f32>(load_unit(at), load_unit(at + 1u), load_unit(at + 2u), load_unit(at + 3u));
}

fn weights_at(layer: Layer, i: u32, o: u32) -> u32 {
    return layer.weights + (i * layer.outputs + o) * 4u;
}

fn load_weights(layer: Layer, i: u32, o: u32) -> mat4x4<f32> {
    let at = weights_at(layer, i, o);
    return mat4x4<f32>(load_phi(at), load_phi(at + 1u), load_phi(at + 2u), load_phi(at + 3u));
}

/// The network's input at four points, as a block whose other three units are zero.
fn set_input(points_at: u32, x: vec4<f32>) {
    let at = unit_at(INPUT, 0u, points_at);
    store_unit(at, x);
    store_unit(at + 1u, vec4<f32>());
    store_unit(at + 2u, vec4<f32>());
    store_unit(at + 3u, vec4<f32>());
}

/// a ← activation(W·a + b) of a hidden layer, and in `delta` the activation's slope.
fn hidden(layer: Layer, vectors: u32) {
    for (var tile = invocation; tile < layer.outputs * vectors; tile += INVOCATIONS) {
        let o = tile % layer.outputs;
        let v = tile / layer.outputs;
        let bias = load_phi(layer.biases + o);
        var z = mat4x4<f32>(vec4<f32>(bias.x), vec4<f32>(bias.y), vec4<f32>(bias.z), vec4<f32>(bias.w));
        for (var i = 0u; i < layer.inputs; i++) {
            z += load_units(layer.below, i, v) * load_weights(layer, i, o);
        }
        let at = unit_at(0u, o, v);
        store_activated(layer, at, z[0]);
        store_activated(layer, at + 1u, z[1]);
        store_activated(layer, at + 2u, z[2]);
        store_activated(layer, at + 3u, z[3]);
    }
}

fn store_activated(layer: Layer, at: u32, z: vec4<f32>) {
    let unit = activate(z);
    store_unit(layer.above + at, unit.value);
    store_unit(layer.delta + at, unit.slope);
}

/// The network's output at four points. The output's block holds one unit.
fn output(points_at: u32) -> vec4<f32> {
    let layer = layers[LAYERS - 1u];
    var z = vec4<f32>(load_phi(layer.biases).x);
    for (var i = 0u; i < layer.inputs; i++) {
        z += load_units(layer.below, i, points_at) * load_phi(weights_at(layer, i, 0u));
    }
    return z;
}

/// δ of the layer below: (Wᵀ·δ)·slope, in the place of the slope.
fn propagate(layer: Layer, vectors: u32) {
    for (var tile = invocation; tile < layer.inputs * vectors; tile += INVOCATIONS) {
        let i = tile % layer.inputs;
        let v = tile / layer.inputs;
        var delta = mat4x4<f32>();
        for (var o = 0u; o < layer.outputs; o++) {
            delta += load_units(layer.delta, o, v) * transpose(load_weights(layer, i, o));
        }
        let at = unit_at(layer.delta_below, i, v);
        store_unit(at, delta[0] * load_unit(at));
        store_unit(at + 1u, delta[1] * load_unit(at + 1u));
        store_unit(at + 2u, delta[2] * load_unit(at + 2u));
        store_unit(at + 3u, delta[3] * load_unit(at + 3u));
    }
}

/// φ ← φ − α·gradient, of one layer's weights and biases: the gradient is δ·aᵀ, summed over the points.
fn update(layer: Layer, vectors: u32, learning_rate: f32) {
    for (var tile = invocation; tile < layer.inputs * layer.outputs; tile += INVOCATIONS) {
        let o = tile % layer.outputs;
        let i = tile / layer.outputs;
        var gradient = mat4x4<f32>();
        for (var v = 0u; v < vectors; v++) {
            gradient += transpose(load_units(layer.below, i, v)) * load_units(layer.delta, o, v);
        }
        let at = weights_at(layer, i, o);
        store_phi(at, load_phi(at) - learning_rate * gradient[0]);
        store_phi(at + 1u, load_phi(at + 1u) - learning_rate * gradient[1]);
        store_phi(at + 2u, load_phi(at + 2u) - learning_rate * gradient[2]);
        store_phi(at + 3u, load_phi(at + 3u) - learning_rate * gradient[3]);
    }
    for (var o = invocation; o < layer.outputs; o += INVOCATIONS) {
        var gradient = vec4<f32>();
        for (var v = 0u; v < vectors; v++) {
            gradient += vec4<f32>(1.0) * load_units(layer.delta, o, v);
        }
        store_phi(layer.biases + o, load_phi(layer.biases + o) - learning_rate * gradient);
    }
}

/// The hidden layers, from the input on.
fn forward(vectors: u32) {
    for (var l = 0u; l < LAYERS - 1u; l++) {
        hidden(layers[l], vectors);
        units_barrier();
    }
}

/// δ of every layer and the step of φ, from the output back. A layer's weights move when the layer below has its δ,
/// which they made: one barrier a layer.
fn backward(vectors: u32, learning_rate: f32) {
    for (var above = LAYERS; above > 0u; above--) {
        let layer = layers[above - 1u];
        if (above > 1u) {
            propagate(layer, vectors);
            units_barrier();
        }
        update(layer, vectors, learning_rate);
    }
}

/// One point, or the origin past the `end` of the minibatch.
fn point(i: u32, end: u32) -> vec2<f32> {
    return select(vec2<f32>(), points[min(i, end - 1u)], i < end);
}

/// One step of gradient descent on the mean squared error of `count` points from `first` on.
fn descend(first: u32, count: u32, learning_rate: f32) {
    let vectors = (count + 3u) / 4u;
    let end = first + count;
    for (var v = invocation; v < vectors; v += INVOCATIONS) {
        let i = first + 4u * v;
        let x = vec4<f32>(point(i, end).x, point(i + 1u, end).x, point(i + 2u, end).x, point(i + 3u, end).x);
        set_input(v, x);
    }
    units_barrier();
    forward(vectors);
    // δ of the output: ∂/∂ŷ of the mean of (ŷ − y)², zero at padded points.
    for (var v = invocation; v < vectors; v += INVOCATIONS) {
        let i = first + 4u * v;
        let y = vec4<f32>(point(i, end).y, point(i + 1u, end).y, point(i + 2u, end).y, point(i + 3u, end).y);
        let present = vec4<u32>(i, i + 1u, i + 2u, i + 3u) < vec4<u32>(end);
        let at = unit_at(layers[LAYERS - 1u].delta, 0u, v);
        store_unit(at, select(vec4<f32>(), (2.0 / f32(count)) * (output(v) - y), present));
        store_unit(at + 1u, vec4<f32>());
        store_unit(at + 2u, vec4<f32>());
        store_unit(at + 3u, vec4<f32>());
    }
    units_barrier();
    backward(vectors, learning_rate);
    phi_barrier();
    if (MIXED) {
        units_barrier();
    }
}

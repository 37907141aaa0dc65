// A network that one workgroup holds: φ of one task, and the units of a minibatch.
//
// A row is what one unit is at some points, four in each column. An invocation computes a tile of TILE units in its
// registers: for every unit of the neighbouring layer it loads one row, the same for all invocations, and a weight for
// each unit of its tile, next to those of its neighbours. Weights lie in [in][out] order in lines of odd length, so that
// neither direction meets the same bank of memory twice. Widths, but for the output's, are padded to fours: padded
// weights have no gradient and stay zero.
//
// Before this text the host writes the sizes (see network.rs), behind it an activation (activation/*.wgsl), where φ and
// the units live (phi_*.wgsl, units_*.wgsl), how φ moves (step_*.wgsl, moments_*.wgsl; move.wgsl or gradient.wgsl), and
// θ. An activation that is not 0 at 0 leaves padded units at 0 (IS_ZERO_AT_ZERO): they must not become inputs. It writes a
// line with `$` once for each unit of a tile, with that unit's number in its place, a line with `#` once for each column
// of a row, and a line with `^` once for each of the DEPTH neighbours that are loaded at once.

/// One layer of weights. `weights` and `biases` are places in φ, the others are those of a unit.
struct Layer {
    inputs: u32,
    outputs: u32,
    weights: u32,
    biases: u32,
    /// Units that it reads: their values, and ∂loss/∂z of theirs.
    below: u32,
    delta_below: u32,
    /// Units that it computes; of the output, parts of its sum.
    above: u32,
    delta: u32,
    /// Units that it computes, without padding.
    @size(16) width: u32,
}

/// An activation and its derivatives.
struct Unit {
    value: vec4<f32>,
    slope: vec4<f32>,
    second_derivative: vec4<f32>,
}

/// φ of every task of the dispatch; behind them, in the same order, whatever else is kept of every task.
@group(0) @binding(1) var<storage, read_write> phis: array<f32>;
/// Units of every task of the dispatch, where they do not fit into the workgroup.
@group(0) @binding(2) var<storage, read_write> unit_store: array<Row>;
/// x and y.
@group(0) @binding(3) var<storage, read> points: array<vec2<f32>>;
/// The layers, from the input on. A table, not text: one copy of the code for each pass compiles fast.
@group(0) @binding(4) var<uniform> layers: array<Layer, LAYERS>;

var<private> task: u32;
/// Its number in the meta-batch.
var<private> place: u32;
/// Tasks of the dispatch.
var<private> tasks: u32;
var<private> invocation: u32;

/// φ ← θ, which begins at `start`; the padding of the input and moments that are not carried on become zero.
fn begin(start: u32) {
    for (var i = invocation; i < PARAMETERS; i += INVOCATIONS) {
        store_phi(i, theta[start + i]);
        for (var moment = 0u; moment < FRESH; moment++) {
            store_moment(moment, i, 0.0);
        }
    }
    for (var row = invocation; row < ROWS; row += INVOCATIONS) {
        store_unit(row_at(INPUT + 1u, row), Row());
        store_unit(row_at(INPUT + 2u, row), Row());
        store_unit(row_at(INPUT + 3u, row), Row());
    }
    phi_barrier();
    if (FRESH > 0u) {
        storageBarrier();
    }
}

/// Where in `phis` a number of one of the task's vectors is; the first of them is φ.
fn vector_at(vector: u32, i: u32) -> u32 {
    return (vector * tasks + task) * PARAMETERS + i;
}

fn row_of(x: f32) -> Row {
    var row: Row;
    row[#] = vec4<f32>(x);
    return row;
}

/// Two rows, point by point.
fn times(a: Row, b: Row) -> Row {
    var product: Row;
    product[#] = a[#] * b[#];
    return product;
}

/// The sum of it over the points.
fn inner(a: Row, b: Row) -> f32 {
    var sum = vec4<f32>();
    sum += a[#] * b[#];
    return dot(sum, vec4<f32>(1.0));
}

/// Where a unit's row is.
fn row_at(unit: u32, row: u32) -> u32 {
    return unit * ROWS + row;
}

/// How far the weights of one input are from those of the next.
fn stride_of(layer: Layer) -> u32 {
    return layer.outputs | 1u;
}

/// a ← activation(W·a + b) of a hidden layer, and in `delta` the activation's slope.
fn hidden(layer: Layer, rows: u32) {
    let stride = stride_of(layer);
    let span = layer.outputs / TILE;
    for (var tile = invocation; tile < span * rows; tile += INVOCATIONS) {
        let o = tile % span;
        let row = tile / span;
        var z$ = row_of(load_phi(layer.biases + o + $u * span));
        for (var i = 0u; i < layer.inputs; i += DEPTH) {
            let a^ = load_unit(row_at(layer.below + i + ^u, row));
            let w^ = layer.weights + (i + ^u) * stride + o;
            z$ += load_phi(w^ + $u * span) * a^;
        }
        store_activated(layer, o + $u * span, row, z$);
    }
}

/// Keeps what the derivatives need: the slope where δ will be, the second derivative, if it is needed, where the tangent
/// of δ will be.
fn store_activated(layer: Layer, unit: u32, row: u32, z: Row) {
    var value: Row;
    var slope: Row;
    var second: Row;
    let activated# = activate(z[#]);
    value[#] = activated#.value;
    slope[#] = activated#.slope;
    second[#] = activated#.second_derivative;
    if (!IS_ZERO_AT_ZERO && unit >= layer.width) {
        value = Row();
    }
    store_unit(row_at(layer.above + unit, row), value);
    store_unit(row_at(layer.delta + unit, row), slope);
    if (HAS_TANGENTS) {
        store_unit(TANGENTS + row_at(layer.delta + unit, row), second);
    }
}

/// Parts of the output's sum over its inputs, so that more than one invocation is busy with it.
fn sum_output(rows: u32) {
    let layer = layers[LAYERS - 1u];
    for (var tile = invocation; tile < PARTS * rows; tile += INVOCATIONS) {
        let part = tile % PARTS;
        let row = tile / PARTS;
        var z = Row();
        for (var i = part; i < layer.inputs; i += PARTS) {
            z += load_phi(layer.weights + i) * load_unit(row_at(layer.below + i, row));
        }
        store_unit(row_at(layer.above + part, row), z);
    }
}

/// δ of the output: ∂/∂ŷ of the mean of (ŷ − y)² over `count` points, zero behind them.
fn output_delta(row: u32, count: u32) -> Row {
    let layer = layers[LAYERS - 1u];
    var z = row_of(load_phi(layer.biases));
    for (var part = 0u; part < PARTS; part++) {
        z += load_unit(row_at(layer.above + part, row));
    }
    return mean_of(z - load_unit(row_at(TARGET, row)), row, count);
}

/// Twice what each point adds to a mean over `count` of them, which is nothing behind them.
fn mean_of(value: Row, row: u32, count: u32) -> Row {
    let number = vec4<u32>(row * POINTS) + vec4<u32>(0u, 1u, 2u, 3u);
    let scale = 2.0 / f32(count);
    var share: Row;
    share[#] = select(vec4<f32>(), scale * value[#], number + vec4<u32>(4u * #u) < vec4<u32>(count));
    return share;
}

/// δ of the output and of the layer below it. Every invocation has the output's for itself.
fn propagate_output(rows: u32, count: u32) {
    let layer = layers[LAYERS - 1u];
    for (var row = 0u; row < rows; row++) {
        let delta = output_delta(row, count);
        if (invocation == 0u) {
            store_unit(row_at(layer.delta, row), delta);
        }
        for (var i = invocation; i < layer.inputs; i += INVOCATIONS) {
            let at = row_at(layer.delta_below + i, row);
            store_unit(at, times(load_phi(layer.weights + i) * delta, load_unit(at)));
        }
    }
}

/// The step of the output's weights and bias.
fn update_output(rows: u32, optimizer: OptimizerParameters) {
    let layer = layers[LAYERS - 1u];
    for (var i = invocation; i < layer.inputs; i += INVOCATIONS) {
        var gradient = 0.0;
        for (var row = 0u; row < rows; row++) {
            gradient += inner(load_unit(row_at(layer.below + i, row)), load_unit(row_at(layer.delta, row)));
        }
        move_phi(layer.weights + i, gradient, optimizer);
    }
    if (invocation == 0u) {
        var gradient = 0.0;
        for (var row = 0u; row < rows; row++) {
            gradient += inner(load_unit(row_at(layer.delta, row)), row_of(1.0));
        }
        move_phi(layer.biases, gradient, optimizer);
    }
}

/// δ of the layer below: (Wᵀ·δ)·slope, in the place of the slope.
fn propagate(layer: Layer, rows: u32) {
    let stride = stride_of(layer);
    let span = layer.inputs / TILE;
    for (var tile = invocation; tile < span * rows; tile += INVOCATIONS) {
        let i = tile % span;
        let row = tile / span;
        let w = layer.weights + i * stride;
        var delta$ = Row();
        for (var o = 0u; o < layer.outputs; o += DEPTH) {
            let above^ = load_unit(row_at(layer.delta + o + ^u, row));
            delta$ += load_phi(w + $u * span * stride + o + ^u) * above^;
        }
        let at$ = row_at(layer.delta_below + i + $u * span, row);
        store_unit(at$, times(delta$, load_unit(at$)));
    }
}

/// The step of a hidden layer's weights and biases: the gradient is δ·aᵀ, summed over the points. Where
/// there are more invocations than tiles of outputs, each takes a share of the inputs.
fn update(layer: Layer, rows: u32, optimizer: OptimizerParameters) {
    let stride = stride_of(layer);
    let span = layer.outputs / TILE;
    let shares = max(INVOCATIONS / span, 1u);
    let share = (layer.inputs / DEPTH + shares - 1u) / shares * DEPTH;
    for (var tile = invocation; tile < span * shares; tile += INVOCATIONS) {
        let o = tile % span;
        let first = tile / span * share;
        let end = min(first + share, layer.inputs);
        var delta$ = load_unit(row_at(layer.delta + o + $u * span, 0u));
        for (var i = first; i < end; i += DEPTH) {
            let w^ = layer.weights + (i + ^u) * stride + o;
            var gradient$_^ = 0.0;
            var row = 0u;
            loop {
                // One row stays in registers.
                if (ROWS > 1u) {
                    delta$ = load_unit(row_at(layer.delta + o + $u * span, row));
                }
                let a^ = load_unit(row_at(layer.below + i + ^u, row));
                gradient$_^ += inner(a^, delta$);
                row++;
                if (ROWS == 1u || row == rows) {
                    break;
                }
            }
            move_phi(w^ + $u * span, gradient$_^, optimizer);
        }
        if (first == 0u) {
            let bias = layer.biases + o;
            var gradient$ = 0.0;
            for (var row = 0u; row < rows; row++) {
                gradient$ += inner(load_unit(row_at(layer.delta + o + $u * span, row)), row_of(1.0));
            }
            move_phi(bias + $u * span, gradient$, optimizer);
        }
    }
}

/// All layers, from the input on; the output is left in parts.
fn forward(rows: u32) {
    for (var l = 0u; l < LAYERS - 1u; l++) {
        hidden(layers[l], rows);
        units_barrier();
    }
    sum_output(rows);
    units_barrier();
}

/// δ of every layer and the step of φ, from the output back. A layer's weights move when the layer below has its δ,
/// which they made: one barrier a layer.
fn backward(rows: u32, count: u32, optimizer: OptimizerParameters) {
    propagate_output(rows, count);
    units_barrier();
    update_output(rows, optimizer);
    for (var above = LAYERS - 1u; above > 0u; above--) {
        let layer = layers[above - 1u];
        if (above > 1u) {
            propagate(layer, rows);
            units_barrier();
        }
        update(layer, rows, optimizer);
    }
}

/// Rows that so many points fill.
fn rows_of(count: u32) -> u32 {
    return (count + POINTS - 1u) / POINTS;
}

/// One point, or the origin past the `end` of the minibatch.
fn point(i: u32, end: u32) -> vec2<f32> {
    return select(vec2<f32>(), points[min(i, end - 1u)], i < end);
}

/// The minibatch of `count` points from `first` on, as units.
fn load_minibatch(first: u32, count: u32) {
    let end = first + count;
    for (var v = invocation; v < rows_of(count) * COLUMNS; v += INVOCATIONS) {
        let i = first + 4u * v;
        let a = point(i, end);
        let b = point(i + 1u, end);
        let c = point(i + 2u, end);
        let d = point(i + 3u, end);
        store_column(row_at(INPUT, v / COLUMNS), v % COLUMNS, vec4<f32>(a.x, b.x, c.x, d.x));
        store_column(row_at(TARGET, v / COLUMNS), v % COLUMNS, vec4<f32>(a.y, b.y, c.y, d.y));
    }
    units_barrier();
}

/// One step on the mean squared error of `count` points from `first` on.
fn inner_step(first: u32, count: u32, optimizer: OptimizerParameters) {
    let rows = rows_of(count);
    load_minibatch(first, count);
    forward(rows);
    backward(rows, count, optimizer);
    phi_barrier();
    if (MIXED) {
        units_barrier();
    }
}

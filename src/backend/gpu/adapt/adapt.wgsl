// Few-shot adaptations: steps of an optimizer from θ on all shots of a task, with predictions on the way, one workgroup a
// task.

struct Adaptation {
    /// The optimizer.
    optimizer: OptimizerParameters,
    /// Shots of a task, K.
    shots: u32,
    /// Points to predict at.
    queries: u32,
    /// How many of `record` there are.
    records: u32,
    /// Tasks of the dispatch, at most.
    tasks: u32,
}

@group(0) @binding(0) var<storage, read> theta: array<f32>;
@group(0) @binding(5) var<uniform> adaptation: Adaptation;
/// Steps after which to predict, ascending.
@group(0) @binding(6) var<storage, read> record: array<u32>;
/// x to predict at.
@group(0) @binding(7) var<storage, read> query: array<f32>;
/// In the order [task][record][query].
@group(0) @binding(8) var<storage, read_write> predictions: array<f32>;

@compute @workgroup_size(INVOCATIONS)
fn adapt(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    task = workgroup.x;
    tasks = adaptation.tasks;
    invocation = local;
    begin(0u);
    var optimizer = adaptation.optimizer;
    var done = 0u;
    for (var r = 0u; r < adaptation.records; r++) {
        let wanted = record[r];
        if (adaptation.shots > 0u) {
            for (; done < wanted; done++) {
                optimizer = advance(optimizer);
                inner_step(task * adaptation.shots, adaptation.shots, optimizer);
            }
        }
        done = wanted;
        let row = (task * adaptation.records + r) * adaptation.queries;
        for (var first = 0u; first < adaptation.queries; first += ROWS * POINTS) {
            predict(first, min(adaptation.queries - first, ROWS * POINTS), row + first);
        }
    }
}

/// The network's outputs at `count` query points from `first` on. The barriers of one call also part it from the next.
fn predict(first: u32, count: u32, target_at: u32) {
    let rows = rows_of(count);
    let end = first + count;
    for (var v = invocation; v < rows * COLUMNS; v += INVOCATIONS) {
        let i = first + 4u * v;
        let x = vec4<f32>(x_at(i, end), x_at(i + 1u, end), x_at(i + 2u, end), x_at(i + 3u, end));
        store_column(row_at(INPUT, v / COLUMNS), v % COLUMNS, x);
    }
    units_barrier();
    forward(rows);
    let layer = layers[LAYERS - 1u];
    for (var p = invocation; p < count; p += INVOCATIONS) {
        var y = load_phi(layer.biases);
        for (var part = 0u; part < PARTS; part++) {
            y += load_point(row_at(layer.above + part, p / POINTS), p % POINTS);
        }
        predictions[target_at + p] = y;
    }
}

fn x_at(i: u32, end: u32) -> f32 {
    return query[min(i, end - 1u)];
}

// Few-shot adaptations: gradient descent from θ on all shots of a task, with predictions on the way, one workgroup a
// task.

struct Adaptation {
    /// Shots of a task, K.
    shots: u32,
    /// Points to predict at.
    queries: u32,
    /// How many of `record` there are.
    records: u32,
    learning_rate: f32,
}

@group(0) @binding(5) var<uniform> adaptation: Adaptation;
/// Steps after which to predict, ascending.
@group(0) @binding(6) var<storage, read> record: array<u32>;
/// x to predict at.
@group(0) @binding(7) var<storage, read> query: array<f32>;
/// In the order [task][record][query].
@group(0) @binding(8) var<storage, read_write> predictions: array<f32>;

@compute @workgroup_size(INVOCATIONS)
fn adapt(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    begin(workgroup.x, local);
    var done = 0u;
    for (var r = 0u; r < adaptation.records; r++) {
        let wanted = record[r];
        if (adaptation.shots > 0u) {
            for (; done < wanted; done++) {
                descend(task * adaptation.shots, adaptation.shots, adaptation.learning_rate);
            }
        }
        done = wanted;
        let row = (task * adaptation.records + r) * adaptation.queries;
        for (var first = 0u; first < adaptation.queries; first += 4u * CAPACITY) {
            predict(first, min(adaptation.queries - first, 4u * CAPACITY), row + first);
        }
    }
}

/// The network's outputs at `count` query points from `first` on. The barriers of one call also part it from the next.
fn predict(first: u32, count: u32, target_at: u32) {
    let vectors = (count + 3u) / 4u;
    let end = first + count;
    for (var v = invocation; v < vectors; v += INVOCATIONS) {
        let i = first + 4u * v;
        set_input(v, vec4<f32>(x_at(i, end), x_at(i + 1u, end), x_at(i + 2u, end), x_at(i + 3u, end)));
    }
    units_barrier();
    forward(vectors);
    for (var v = invocation; v < vectors; v += INVOCATIONS) {
        let y = output(v);
        for (var k = 0u; k < min(4u, count - 4u * v); k++) {
            predictions[target_at + 4u * v + k] = y[k];
        }
    }
}

fn x_at(i: u32, end: u32) -> f32 {
    return query[min(i, end - 1u)];
}

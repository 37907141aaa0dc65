// The optimizer's moments in a buffer of their own, which carries them on from one task to the next. A number of them
// belongs to the invocation that moves that number of φ.

const FRESH = 0u;

/// For each place in the meta-batch the weights of the OptimizerParameters, then the moments one after the other.
@group(0) @binding(6) var<storage, read_write> inner_states: array<f32>;

fn carried_at(moment: u32, i: u32) -> u32 {
    return place * (2u + MOMENTS * PARAMETERS) + 2u + moment * PARAMETERS + i;
}

/// The optimizer with the weights that the moments have.
fn first_optimizer(optimizer: OptimizerParameters) -> OptimizerParameters {
    var first = optimizer;
    let at = carried_at(0u, 0u) - 2u;
    first.weight = vec2<f32>(inner_states[at], inner_states[at + 1u]);
    return first;
}

/// Keeps the weights for the next task.
fn keep_optimizer(optimizer: OptimizerParameters) {
    let at = carried_at(0u, 0u) - 2u;
    if (invocation == 0u) {
        inner_states[at] = optimizer.weight.x;
        inner_states[at + 1u] = optimizer.weight.y;
    }
    storageBarrier();
}

fn load_moment(moment: u32, i: u32) -> f32 {
    return inner_states[carried_at(moment, i)];
}

fn store_moment(moment: u32, i: u32, value: f32) {
    inner_states[carried_at(moment, i)] = value;
}

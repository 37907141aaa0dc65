// The optimizer's moments behind φ: every task begins with none. A number of them belongs to the invocation that moves
// that number of φ.

const FRESH = MOMENTS;

fn first_optimizer(optimizer: OptimizerParameters) -> OptimizerParameters {
    return optimizer;
}

fn keep_optimizer(optimizer: OptimizerParameters) {
}

fn load_moment(moment: u32, i: u32) -> f32 {
    return phis[vector_at(1u + moment, i)];
}

fn store_moment(moment: u32, i: u32, value: f32) {
    phis[vector_at(1u + moment, i)] = value;
}

//! The work that everyone does, and the θ that everyone has to come to.

use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::schedule::Schedule;
use serde_json::{Value, json};

/// Meta-iterations whose minibatches are handed to others; then they begin anew. Ours draws its own, all the time.
const HANDED_OUT: u64 = 64;
/// Meta-iterations after which θ is compared.
pub const COMPARED: u64 = 20;
/// The longest run that a Config allows.
pub const MOST_ITERATIONS: u64 = 1_000_000;
/// How much a number of θ may differ from ours: rounding, which twenty meta-iterations make larger.
const TOLERANCE: f32 = 1e-4;

/// The paper's preset, with tasks of one meta-iteration as given: the work that is compared.
///
/// It is long enough for any measurement. ε stays the same throughout: how small it is makes no difference to the work,
/// and others need not follow a schedule. What a session evaluates meanwhile, which others do not do, is as little as a
/// Config allows.
pub fn config(meta_batch: usize) -> Config {
    let mut config = Preset::Paper.config();
    config.outer.meta_batch = meta_batch;
    config.outer.iterations = MOST_ITERATIONS;
    config.outer.schedule = Schedule::Constant;
    config.eval.tasks = 2;
    config.eval.steps = 1;
    config
}

/// Floating-point operations of one task; see `Report::operations_per_task`.
pub fn operations_per_task() -> f64 {
    let config = config(1);
    let weights: usize = Network::new(&config.model).layers().map(|layer| layer.inputs * layer.outputs).sum();
    6.0 * weights as f64 * (config.inner.steps * config.inner.batch) as f64
}

/// The work of n = 1 as others take it.
pub fn handed_out() -> Value {
    let config = config(1);
    let batches = MetaBatches::draw(&config, 0, 0, HANDED_OUT);
    json!({
        "theta": Network::new(&config.model).initial_theta(config.seed),
        "x": batches.points().x,
        "y": batches.points().y,
        "iterations": HANDED_OUT,
        "steps": config.inner.steps,
        "batch": config.inner.batch,
        "alpha": config.inner.learning_rate,
        "epsilon": config.outer.step_size,
    })
}

/// Refuses a θ that is not the expected one.
///
/// # Errors
/// How it differs.
pub fn verify(theta: &Value, expected: &[f32]) -> Result<(), String> {
    let theta: Vec<f32> = serde_json::from_value(theta.clone()).map_err(|error| format!("its θ is none: {error}"))?;
    if theta.len() != expected.len() {
        return Err(format!("its θ has {} numbers, not {}", theta.len(), expected.len()));
    }
    let apart = theta.iter().zip(expected).map(|(theta, expected)| (theta - expected).abs());
    // NaN is larger than any number here.
    let largest = apart.max_by(f32::total_cmp).unwrap_or_default();
    if largest <= TOLERANCE {
        Ok(())
    } else {
        Err(format!("it does other work: its θ is {largest:.1e} from ours after {COMPARED} meta-iterations"))
    }
}

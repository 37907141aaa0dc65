//! What the arguments of commands may be, besides what their types say.

use super::protocol::{Failure, Moment, SavedKeyframe, SavedRun, ViewRequest};
use crate::domain::config::Config;
use crate::domain::config::theta_file::check_provenance;
use crate::domain::cost::{Cost, Spent};
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::task::curve::{Drawn, TrueCurve};
use crate::domain::task_map::TaskMapSpec;
use crate::domain::train_state::{LARGEST, TrainState};
use crate::domain::wheel::WheelTasks;

/// Most shots of a task that is shown or adapted by hand.
const MOST_SHOTS: usize = 200;
/// Most values of a curve that is drawn by hand.
const MOST_VALUES: usize = 1000;
/// Most gradient steps of a task map, as of an evaluation.
const MOST_MAP_STEPS: usize = 128;
/// Most tasks of a task map.
const MOST_MAP_TASKS: usize = 10_000;
/// Most tasks of a wheel, whose φ's are in memory at the same time.
const MOST_WHEEL_TASKS: usize = 400;
/// Most gradient steps of a wheel.
const MOST_WHEEL_STEPS: usize = 1000;
/// Most train states of a time line.
const MOST_KEYFRAMES: usize = 1024;
/// More updates and seconds than any run has.
const MOST_COUNTED: f64 = 1e12;
/// More floating-point operations than any run has; twice as many can be counted.
const MOST_OPERATIONS: f64 = 9e18;
/// Most gradient steps of an adaptation by hand.
const MOST_STEPS: usize = 10_000;

/// A Config that can be run.
pub fn check_config(config: Config) -> Result<Config, Failure> {
    config.checked().map_err(Failure::Config)
}

/// Refuses a number out of its range, or none.
pub fn within(name: &str, value: f64, min: f64, max: f64) -> Result<(), Failure> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(Failure::Argument { name: name.to_owned(), value: value.to_string(), min, max })
}

/// Refuses a curve or shots that cannot be drawn.
pub fn check_curve(curve: &TrueCurve, shots: &[[f32; 2]]) -> Result<(), Failure> {
    match curve {
        TrueCurve::Task(task) => {
            within("task.amplitude", f64::from(task.amplitude), -100.0, 100.0)?;
            within("task.phase", f64::from(task.phase), -100.0, 100.0)?;
            within("task.frequency", f64::from(task.frequency), 0.0, 100.0)?;
        }
        TrueCurve::Drawn(Drawn { x: [low, high], y }) => {
            within("curve", y.len() as f64, 2.0, MOST_VALUES as f64)?;
            y.iter().try_for_each(|&number| within("curve", f64::from(number), -100.0, 100.0))?;
            within("curve.x", f64::from(*low), -100.0, 100.0)?;
            within("curve.x", f64::from(*high), f64::from(low.next_up()), 100.0)?;
        }
    }
    within("shots", shots.len() as f64, 0.0, MOST_SHOTS as f64)?;
    shots.iter().flatten().try_for_each(|&number| within("shots", f64::from(number), -1e3, 1e3))
}

/// Refuses more gradient steps than an adaptation by hand may have.
pub fn check_steps(steps: usize) -> Result<(), Failure> {
    within("steps", steps as f64, 0.0, MOST_STEPS as f64)
}

/// Refuses a view that cannot be made for a run of this Config.
pub fn check_view(request: &ViewRequest, config: &Config) -> Result<(), Failure> {
    match request {
        ViewRequest::LossSurface { curve, shots } => check_curve(curve, shots),
        ViewRequest::PairSurface { theta, .. } => check_theta(theta, config),
        ViewRequest::TaskMap(spec) => check_map(spec),
        ViewRequest::ThetaMap => Ok(()),
        ViewRequest::Wheel { steps, tasks } => check_wheel(*steps, tasks),
        ViewRequest::Activity { curve, shots, steps, .. } => {
            check_curve(curve, shots).and_then(|()| check_steps(*steps))
        }
    }
}

/// Refuses a task map that cannot be made, or would take all day.
fn check_map(spec: &TaskMapSpec) -> Result<(), Failure> {
    let TaskMapSpec { frequency, amplitudes, phases, steps, .. } = spec;
    // A backend makes all steps of a task in one piece.
    within("steps", *steps as f64, 0.0, MOST_MAP_STEPS as f64)?;
    within("frequency", f64::from(*frequency), 0.0, 100.0)?;
    for (name, values) in [("amplitudes", amplitudes), ("phases", phases)] {
        within(name, values.len() as f64, 1.0, MOST_MAP_TASKS as f64)?;
        values.iter().try_for_each(|&value| within(name, f64::from(value), -100.0, 100.0))?;
    }
    within("amplitudes × phases", spec.len() as f64, 1.0, MOST_MAP_TASKS as f64)
}

/// Refuses a wheel that would take for ever, or of which nothing can be said.
fn check_wheel(steps: usize, tasks: &WheelTasks) -> Result<(), Failure> {
    let WheelTasks { amplitudes, phases } = tasks;
    within("steps", steps as f64, 1.0, MOST_WHEEL_STEPS as f64)?;
    for (name, numbers) in [("amplitudes", amplitudes), ("phases", phases)] {
        within(name, numbers.len() as f64, 1.0, MOST_WHEEL_TASKS as f64)?;
        numbers.iter().try_for_each(|&number| within(name, f64::from(number), -100.0, 100.0))?;
    }
    within("amplitudes × phases", tasks.len() as f64, 2.0, MOST_WHEEL_TASKS as f64)
}

/// Refuses a train state that is not of a Config.
pub fn check_train_state(train_state: &TrainState, config: &Config) -> Result<(), Failure> {
    check_theta(&train_state.theta, config)?;
    let mut moments = train_state.moments.iter().chain(&train_state.inner_states);
    moments.try_for_each(|moments| check_moments(moments, train_state.theta.len()))
}

/// Refuses moments that are not of a θ of so many parameters. They have no bounds as θ has: the mean of g² may be large.
fn check_moments(Moments { first, second, updates }: &Moments, needed: usize) -> Result<(), Failure> {
    for numbers in [first, second].into_iter().filter(|numbers| !numbers.is_empty()) {
        let not_finite = !numbers.iter().all(|number| number.is_finite());
        if numbers.len() != needed || not_finite {
            return Err(Failure::Theta { found: numbers.len(), needed, not_finite });
        }
    }
    let least = second.iter().copied().fold(0.0, f32::min);
    within("moments.second", f64::from(least), 0.0, f64::from(f32::MAX))?;
    within("moments.updates", *updates as f64, 0.0, MOST_COUNTED)
}

/// Refuses a run that no engine has saved.
pub fn check_saved_run(saved: &SavedRun) -> Result<(), Failure> {
    let SavedRun { config, train_state, past, spent, configs, keyframes } = saved;
    config.clone().checked().map_err(Failure::Config)?;
    for (number, other) in configs.iter().enumerate() {
        other.clone().checked().map_err(Failure::Config)?;
        if config.restarts(other) {
            let (name, value) = (format!("configs[{number}].seed"), other.seed.to_string());
            let seed = config.seed as f64;
            return Err(Failure::Argument { name, value, min: seed, max: seed });
        }
    }
    check_progress(train_state, config)?;
    let present = train_state.iteration;
    within("iteration", present as f64, 0.0, config.outer.iterations as f64)?;
    within("keyframes", keyframes.len() as f64, 1.0, MOST_KEYFRAMES as f64)?;
    let mut next = 0;
    for (number, SavedKeyframe { train_state, config: of, reach }) in keyframes.iter().enumerate() {
        let field = |name: &str| format!("keyframes[{number}].{name}");
        within(&field("config"), *of as f64, 0.0, configs.len() as f64 - 1.0)?;
        check_progress(train_state, &configs[*of])?;
        within(&field("iteration"), train_state.iteration as f64, next as f64, present as f64)?;
        within(&field("reach"), *reach as f64, train_state.iteration as f64, u64::MAX as f64)?;
        next = train_state.iteration + 1;
    }
    if let Some(past) = past {
        check_progress(past, config)?;
        let first = keyframes[0].train_state.iteration;
        within("past.iteration", past.iteration as f64, first as f64, present as f64 - 1.0)?;
    }
    let Spent { cost: Cost { gradients, products, operations }, seconds } = spent;
    for (name, count) in [("gradients", gradients), ("products", products), ("operations", operations)] {
        within(name, *count as f64, 0.0, MOST_OPERATIONS)?;
    }
    within("seconds", *seconds, 0.0, MOST_COUNTED)
}

/// Refuses a train state that is not of a Config, or that no training has.
fn check_progress(train_state: &TrainState, config: &Config) -> Result<(), Failure> {
    check_train_state(train_state, config)?;
    check_provenance(&train_state.provenance).map_err(Failure::Config)?;
    within("gradient_norm", train_state.gradient_norm.unwrap_or(0.0), 0.0, f64::MAX)?;
    let is_possible = f64::from(u8::from(train_state.early_stopping.is_possible()));
    within("early_stopping", is_possible, 1.0, 1.0)
}

/// Refuses a θ that is not of its own network.
pub fn check_moment(Moment { model, theta, .. }: &Moment) -> Result<(), Failure> {
    let config = check_config(Config { model: model.clone(), ..Config::default() })?;
    check_theta(theta, &config)
}

/// Refuses a θ that is not of a Config, or is no number, or so large that training would call it diverged.
pub fn check_theta(theta: &[f32], config: &Config) -> Result<(), Failure> {
    let needed = Network::new(&config.model).parameters();
    if theta.len() != needed {
        return Err(Failure::Theta { found: theta.len(), needed, not_finite: false });
    }
    if !theta.iter().all(|number| number.is_finite()) {
        return Err(Failure::Theta { found: theta.len(), needed, not_finite: true });
    }
    let bound = f64::from(LARGEST);
    theta.iter().try_for_each(|&number| within("theta", f64::from(number), -bound, bound))
}

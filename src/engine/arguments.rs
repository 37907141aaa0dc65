//! What the arguments of commands may be, besides what their types say.

use super::protocol::{Failure, Moment, ViewRequest};
use crate::domain::config::Config;
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
    let moments = train_state.moments.iter().chain(&train_state.inner_states);
    let moments = moments.flat_map(|moments| [&moments.first, &moments.second]).filter(|moment| !moment.is_empty());
    std::iter::once(&train_state.theta).chain(moments).try_for_each(|numbers| check_theta(numbers, config))
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

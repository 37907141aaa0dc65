//! Made-up measurements for charts to show.

use reptile_lab::app::preview_input::PreviewInput;
use reptile_lab::app::task_map;
use reptile_lab::app::views::Made;
use reptile_lab::backend::cpu::Simd;
use reptile_lab::backend::forward::snapshot;
use reptile_lab::chart::plots::plane::Places;
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::activity::{Activity, moved};
use reptile_lab::domain::alignment::AlignmentPoint;
use reptile_lab::domain::alignment::{Alignment, Mean};
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::config::search::{self, RunOutcome, Search, SearchAxis};
use reptile_lab::domain::cost::Cost;
use reptile_lab::domain::evaluation::Curve;
use reptile_lab::domain::evaluation::HeldOutPoint;
use reptile_lab::domain::loss_surface::{LossSurface, Region, SIDE};
use reptile_lab::domain::network::{Model, Network};
use reptile_lab::domain::pair_surface::PairSurface;
use reptile_lab::domain::parameter_plane::Projected;
use reptile_lab::domain::task::Task;
use reptile_lab::domain::task::family::Family;
use reptile_lab::domain::task_map::TaskMap;
use reptile_lab::domain::theta_map::{NextStep, Place, ThetaMap};
use reptile_lab::domain::wheel::{RINGS, SPOKES, Wheel, WheelPoint, WheelTasks};
use reptile_lab::engine::protocol::{Adapted, Measured, Pinned, PreviewResult, TwoTasks, ViewRequest};
use reptile_lab::engine::two_tasks::two_tasks;

/// Recorded gradient steps.
pub const STEPS: [usize; 7] = [0, 1, 2, 4, 8, 16, 32];

/// A task half learned after a few steps from θ, and hardly after many from the random start.
pub fn preview() -> PreviewResult {
    preview_of(Task::sinusoid(3.4, 1.9))
}

/// The same of any task.
pub fn preview_of(task: Task) -> PreviewResult {
    let grid: Vec<f32> = (0..50).map(|i| -5.0 + 10.0 * i as f32 / 49.0).collect();
    let truth: Vec<f32> = grid.iter().map(|&x| task.value(x)).collect();
    PreviewResult {
        iteration: 1200,
        curve: task.into(),
        shots: (0..10).map(|i| [grid[5 * i], truth[5 * i]]).collect(),
        theta: adapted(&truth, 0.4),
        random: adapted(&truth, 0.01),
        pinned: None,
        grid,
        truth,
    }
}

/// The same task beside what a θ makes of it that was kept when it had learned less.
pub fn preview_beside_kept() -> PreviewResult {
    let preview = preview();
    let pinned = Pinned { iteration: 400, adapted: adapted(&preview.truth, 0.1) };
    PreviewResult { pinned: Some(pinned), ..preview }
}

/// An adaptation that learns so much of the truth at every step.
fn adapted(truth: &[f32], speed: f32) -> Adapted {
    let learned = |step: usize| 1.0 - (-speed * step as f32).exp();
    let mse = (0..=32).map(|step| 5.8 * f64::from(1.0 - learned(step)).powi(2) + 0.04).collect();
    let predictions = STEPS.map(|step| truth.iter().map(|y| y * learned(step) + 0.1).collect()).to_vec();
    Adapted { mse, steps: STEPS.to_vec(), predictions }
}

/// The error curve of a function of the gradient step, with its interval.
pub fn curve(of: impl Fn(f64) -> f64) -> Curve {
    let mean_mse: Vec<f64> = STEPS.iter().map(|&step| of(step as f64)).collect();
    let ci95 = mean_mse.iter().map(|mean| mean * 0.15).collect();
    Curve { steps: STEPS.to_vec(), ci95, median_mse: mean_mse.clone(), mean_mse }
}

/// Held-out errors along a run.
pub fn training() -> Vec<HeldOutPoint> {
    let point = |i: u64| {
        let learned = 1.0 / (1.0 + i as f64);
        HeldOutPoint { iteration: 50 * i, tasks: 100, curve: curve(|step| 4.0 / (1.0 + step).powf(1.2 - learned)) }
    };
    (0..40).map(point).collect()
}

/// Gradients of one task come to point the same way, those of different tasks do not.
pub fn alignment() -> Vec<AlignmentPoint> {
    let mean = |mean: f64, ci95: f64| Mean { mean, ci95 };
    let point = |i: u64| {
        let learned = 1.0 - (-(i as f64) / 10.0).exp();
        let alignment = Alignment {
            inner_product: mean(330.0 * learned - 2.3, 4.0 + 38.0 * learned),
            cosine: mean(0.13 + 0.82 * learned, 0.08 - 0.07 * learned),
            cosine_between_tasks: mean(0.05 - 0.06 * learned, 0.04),
        };
        AlignmentPoint { iteration: 50 * i, tasks: 200, batch: 10, alignment }
    };
    (0..=40).map(point).collect()
}

/// The error from the random start.
pub fn baseline() -> Curve {
    curve(|step| 4.1 - 0.05 * step)
}

/// A hidden layer of a network of these widths, before and after a step of 32; the layers above move more than those below.
pub fn activity(hidden: &[usize], step: usize, layer: usize) -> Activity {
    let network = Network::new(&Model { hidden: hidden.to_vec(), activation: Activation::Tanh });
    let theta = network.initial_theta(5);
    let direction = network.initial_theta(6);
    let places: Vec<_> = network.layers().map(|layer| layer.places()).collect();
    let at = |step: usize| -> Vec<f32> {
        let moved = |index: usize| {
            let layer = places.iter().position(|places| places.contains(&index)).expect("a layer");
            direction[index] * (layer + 1) as f32 * (1.0 + step as f32).ln() * 0.2
        };
        (0..theta.len()).map(|index| theta[index] + moved(index)).collect()
    };
    let grid: Vec<f32> = (0..50).map(|i| -5.0 + 10.0 * i as f32 / 49.0).collect();
    Activity {
        truth: grid.iter().map(|x| 3.4 * (x + 1.9).sin()).collect(),
        layer,
        step,
        before: snapshot(&network, &theta, layer, &grid),
        after: snapshot(&network, &at(step), layer, &grid),
        moved: (0..=32).map(|step| moved(&network, &theta, &at(step))).collect(),
        grid,
    }
}

/// A meta-iteration on two tasks, from the random start.
pub fn two() -> TwoTasks {
    let config = Preset::Paper.config();
    two_tasks::<Simd>(&config, &Network::new(&config.model).initial_theta(0), 0, 0.25)
}

/// The errors of both tasks at a place of their plane: least, 0.05, at their φ.
pub fn pair_loss(Places { first, second, .. }: Places, [along, across]: [f64; 2]) -> [f64; 2] {
    [first, second].map(|(x, y)| 0.05 + 40.0 * (along - x).powi(2) + 25.0 * (across - y).powi(2))
}

/// The same all around the start of [`two`], with paths that go to the φ's in even steps.
pub fn pair_surface() -> PairSurface {
    let places = Places::of(&two());
    let paths = [places.first, places.second].map(|(x, y)| -> Vec<Projected> {
        let point = |step: i32| {
            let done = f64::from(step) / 5.0;
            Projected { place: [x * done, y * done], distance: 0.1 * done * (1.0 - done) }
        };
        (0..=5).map(point).collect()
    });
    let region = Region::around(paths.iter().flatten().map(|point| point.place));
    let cells = (0..SIDE * SIDE).map(|cell| pair_loss(places, region.place(cell % SIDE, cell / SIDE)));
    let (first, second) = cells.map(|[first, second]| (first as f32, second as f32)).unzip();
    PairSurface { region, loss: [first, second], paths }
}

/// The map of the plane of tasks at a meta-iteration: the error grows with the amplitude, and by as much beyond the
/// training rectangle; the task of the largest amplitude and phase diverges.
pub fn task_map(iteration: u64, factor: f64) -> Made<TaskMap> {
    let spec = task_map::spec(&Preset::Paper.config(), &PreviewInput::new(Task::sinusoid(3.4, 1.9)), 4);
    let error = |amplitude: f32, phase: f32| {
        let beyond = f64::from((amplitude - 5.0).max(0.0)).powi(2);
        factor * (0.02 + 0.01 * f64::from(amplitude) + beyond * (1.5 + f64::from(phase).sin()))
    };
    let rows =
        spec.amplitudes.iter().flat_map(|&amplitude| spec.phases.iter().map(move |&phase| error(amplitude, phase)));
    let mut mse: Vec<f64> = rows.collect();
    mse[479] = f64::NAN;
    Made { iteration, request: ViewRequest::TaskMap(spec.clone()), result: TaskMap { spec, shots: 10, mse } }
}

/// The loss of [`surface`] at a place of its plane: least, 0.05, at φ.
pub fn surface_loss([along, across]: [f64; 2]) -> f64 {
    0.05 + 9.0 * (along - 0.6).powi(2) + 15.0 * (across + 0.2 * (along - 0.6)).powi(2)
}

/// The loss of a task around θ, which half of the way to φ is left to after each of eight steps.
pub fn surface() -> Made<LossSurface> {
    let walk = |end: [f64; 2], bow: f64| -> Vec<Projected> {
        let point = |step: i32| {
            let done = if step == 8 { 1.0 } else { 1.0 - 0.5f64.powi(step) };
            Projected { place: end.map(|end| end * done), distance: bow * done * (1.0 - done) }
        };
        (0..=8).map(point).collect()
    };
    let (path, other) = (walk([0.6, 0.0], 0.4), walk([-0.1, 0.3], 0.2));
    let region = Region::around(path.iter().chain(&other).map(|point| point.place));
    let cells = (0..SIDE * SIDE).map(|cell| region.place(cell % SIDE, cell / SIDE));
    let result = LossSurface {
        region,
        loss: cells.map(|place| surface_loss(place) as f32).collect(),
        path_loss: path.iter().map(|point| surface_loss(point.place) + point.distance).collect(),
        path,
        other,
        learning_rate: 0.02,
    };
    let PreviewResult { curve, shots, iteration, .. } = preview();
    Made { iteration, request: ViewRequest::LossSurface { curve, shots }, result }
}

/// A search of the inner learning rate, or of the step size as well, and what each candidate came to: the error grows
/// from one to the next, the last but one diverges and the last is still to run.
pub fn searched(is_grid: bool, parameters: usize) -> Search {
    let axis = |path, low, high, count| SearchAxis { path, low, high, logarithmic: true, count };
    let axes =
        [axis("inner.learning_rate", 0.001, 0.1, 5), axis("outer.step_size", 0.01, 1.0, 4)][..parameters].to_vec();
    let config = Config::default();
    let candidates = if is_grid { search::grid(&config, &axes) } else { search::random(&config, &axes, 20, 7) };
    let mut search = Search::new(axes, is_grid, candidates, 1);
    let count = search.outcomes.len();
    for (index, outcome) in search.outcomes.iter_mut().enumerate().take(count - 1) {
        let curve = curve(|step| (4.0 - step / 10.0) * 0.05 * 1.4f64.powf(index as f64));
        *outcome = Some(RunOutcome::Measured { iteration: 500, curve });
    }
    search.outcomes[count - 2] = Some(RunOutcome::Diverged);
    search
}

/// Two seeds of a run that learns at this speed, and costs five gradients a meta-iteration.
pub fn compared(speed: f64) -> [Vec<Measured>; 2] {
    [1.0, 1.4].map(|factor| {
        let point = |i: u64| {
            let cost = Cost { gradients: 50 * i, products: 0, operations: 1_000_000 * i };
            let curve = curve(|step| factor * 4.0 / (1.0 + speed * i as f64 * step));
            Measured { iteration: 10 * i, cost, seconds: 0.1 * i as f64, tasks: 200, curve }
        };
        (0..=20).map(point).collect()
    })
}

/// A wheel with a dent: the more steps, the further out of its plane.
pub fn wheel(steps: usize) -> Wheel {
    let tasks = WheelTasks::of(&Config::default().tasks, RINGS, SPOKES);
    let out = 0.002 * steps as f64;
    let point = |amplitude: f32, phase: f32| {
        let (sine, cosine) = f64::from(phase).sin_cos();
        let length = 0.2 * f64::from(amplitude) * (1.0 + 0.1 * (2.0 * f64::from(phase)).cos());
        let at = Projected { place: [length * cosine, 0.8 * length * sine], distance: out * length };
        WheelPoint { at, moved: length.hypot(at.distance) }
    };
    let row = |&amplitude: &f32| tasks.phases.iter().map(|&phase| point(amplitude, phase)).collect();
    Wheel {
        family: Family::Sinusoid,
        steps,
        explained: vec![0.5, 0.48 - out, 0.02 + out],
        points: tasks.amplitudes.iter().map(row).collect(),
        theta: Projected { place: [0.03, -0.02], distance: 0.04 },
        tasks,
    }
}

/// A path that bends from left to right and is shown at one of its moments.
pub fn theta_map(iteration: u64) -> ThetaMap {
    let at = |x: f64, y: f64| Projected { place: [x, y], distance: 0.3 + 0.1 * y };
    let place = |iteration: u64| {
        let part = (1.0 + iteration as f64).ln() / 2001_f64.ln();
        Place { iteration, at: at(6.0 * part - 3.0, 8.0 * part * (1.0 - part) - 1.0), from_start: 6.2 * part }
    };
    let theta = place(iteration);
    let [x, y] = theta.at.place;
    let phis = (0..5).map(|i| f64::from(i).sin_cos()).map(|(sine, cosine)| at(x + 0.6 * cosine, y + 0.6 * sine));
    ThetaMap {
        explained: vec![0.7, 0.2, 0.1],
        path: [0, 1, 3, 10, 30, 100, 300, 700, 1200, 1600, 2000].map(place).to_vec(),
        theta,
        next: Some(NextStep { tasks: 5, phis: phis.collect(), mean: at(x + 0.4, y + 0.1), new: at(x + 0.2, y + 0.05) }),
    }
}

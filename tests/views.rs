//! Views of θ: what they show is what a direct computation gives, and they are made beside everything else.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/script.rs"]
mod script;

use reptile_lab::backend::cpu::Simd;
use reptile_lab::backend::kernel_backend::Kernel;
use reptile_lab::domain::adaptation::mean_squared_error;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::cost::Spent;
use reptile_lab::domain::evaluation::Eval;
use reptile_lab::domain::inner_optimizer::Optimizer;
use reptile_lab::domain::loss_surface::{LossSurface, SIDE};
use reptile_lab::domain::network::Network;
use reptile_lab::domain::parameter_plane::{ParameterPlane, Projected};
use reptile_lab::domain::task;
use reptile_lab::domain::task::family::Family;
use reptile_lab::domain::task::{Task, sampling};
use reptile_lab::domain::task_map::{TaskMap, TaskMapSpec};
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::engine::protocol::{
    Command, Event, Failure, MakeView, OfTask, Step, TraceTwoTasks, View, ViewRequest, ViewResult,
};
use script::{Script, small};

const SHOTS: [[f32; 2]; 3] = [[-2.0, 1.0], [0.5, 1.9], [3.0, -1.0]];

fn request(amplitude: f32) -> ViewRequest {
    ViewRequest::LossSurface { curve: Task::sinusoid(amplitude, 1.0).into(), shots: SHOTS.to_vec() }
}

fn surface(result: ViewResult) -> LossSurface {
    let ViewResult::LossSurface(surface) = result else { panic!("another view") };
    surface.expect("there are shots")
}

/// The views that have been sent.
fn views(script: &Script) -> Vec<&View> {
    let views = script.events.iter().filter_map(|event| match event {
        Event::View(view) => Some(&**view),
        _ => None,
    });
    views.collect()
}

/// φ after so many full-batch steps on shots.
fn adapted(config: &Config, theta: &[f32], shots: &[[f32; 2]]) -> Vec<f32> {
    let mut kernel = Simd::new(&Network::new(&config.model));
    let optimizer = config.eval.optimizer(&config.inner);
    let (x, y): (Vec<f32>, Vec<f32>) = shots.iter().map(|&[x, y]| (x, y)).unzip();
    let mut phi = kernel.pack(theta);
    let mut state = optimizer.fresh(phi.len());
    for _ in 0..config.eval.steps {
        kernel.inner_steps(&mut phi, (&x, &y), x.len(), &optimizer, &mut state);
    }
    kernel.unpack(&phi)
}

fn loss(config: &Config, theta: &[f32], task: Task) -> f64 {
    let grid = task::grid(&config.tasks);
    let truth: Vec<f32> = grid.iter().map(|&x| task.value(x)).collect();
    let mut kernel = Simd::new(&Network::new(&config.model));
    let mut predictions = vec![];
    kernel.predict(&kernel.pack(theta), &grid, &mut predictions);
    mean_squared_error(&predictions, &truth)
}

#[test]
fn the_loss_surface_is_the_loss_at_every_place_of_the_plane() {
    let config = small(100);
    let mut script = Script::opened(&config);
    script.say(Step { count: 40 }).expect("they are made");
    let theta = script.theta();
    let surface = surface(script.say(MakeView { request: request(2.0) }).expect("a view"));
    let task = Task::sinusoid(2.0, 1.0);
    let phi = adapted(&config, &theta, &SHOTS);
    let other = task::shown_task(&config.tasks, config.seed, 1 << 32).into();
    let shots = sampling::shots(&config.tasks, config.seed, &other, config.eval.shots, 1 << 32);
    let plane = ParameterPlane::through(&theta, &phi, &adapted(&config, &theta, &shots)).expect("a plane");
    for (column, row) in [(0, 0), (SIDE - 1, 0), (3, 17), (16, 16), (SIDE - 1, SIDE - 1)] {
        let expected = loss(&config, &plane.point(surface.region.place(column, row)), task);
        let found = f64::from(surface.loss[row * SIDE + column]);
        assert!((found - expected).abs() <= 1e-4 * expected, "at {column}, {row}: {found} and {expected}");
    }
    assert_eq!(surface.path.len(), config.eval.steps + 1);
    assert_eq!(surface.other.len(), config.eval.steps + 1);
    assert!((surface.path_loss[0] - loss(&config, &theta, task)).abs() < 1e-6);
    assert!((surface.path_loss[config.eval.steps] - loss(&config, &phi, task)).abs() < 1e-6);
    let end = surface.path.last().expect("φ");
    assert!(end.distance < 1e-4 && end.place[1].abs() < 1e-4 && end.place[0] > 0.0, "{end:?}");
    assert_eq!((surface.learning_rate, surface.loss_after(99)), (0.02, surface.path_loss[config.eval.steps]));
    assert!(surface.path[1].distance > 0.0, "a path between its ends need not lie in the plane");
}

/// Both tasks' errors, from θ's that need not be the run's; the run may use another algorithm and outer update.
#[test]
fn the_errors_of_two_tasks_are_those_at_every_place_of_their_plane() {
    let mut config = small(100);
    (config.algorithm, config.outer.meta_batch, config.inner.steps) = (Algorithm::Fomaml, 3, 4);
    let mut script = Script::opened(&config);
    script.say(Step { count: 4 }).expect("they are made");
    let random = Network::new(&config.model).initial_theta(9);
    for theta in [script.theta(), random] {
        let request = ViewRequest::PairSurface { theta: theta.clone(), number: 40 };
        let Ok(ViewResult::PairSurface(Some(surface))) = script.say(MakeView { request }) else { panic!("no view") };
        let two = script.say(TraceTwoTasks { theta: theta.clone(), number: 40, step_size: 1.0 }).expect("two tasks");
        // With ε = 1 the new θ is the mean of the two φ's.
        let phi = |task: usize| {
            let OfTask { minibatches, .. } = &two.tasks[task];
            let mut kernel = Simd::new(&Network::new(&config.model));
            let optimizer = Optimizer::of(&config.inner);
            let mut phi = kernel.pack(&theta);
            let mut state = optimizer.fresh(phi.len());
            for points in minibatches {
                let (x, y): (Vec<f32>, Vec<f32>) = points.iter().map(|&[x, y]| (x, y)).unzip();
                kernel.inner_steps(&mut phi, (&x, &y), x.len(), &optimizer, &mut state);
            }
            kernel.unpack(&phi)
        };
        let plane = ParameterPlane::through(&theta, &two.theta, &phi(0)).expect("a plane");
        for (column, row) in [(0, 0), (SIDE - 1, 0), (3, 17), (16, 16), (SIDE - 1, SIDE - 1)] {
            let there = plane.point(surface.region.place(column, row));
            for (task, losses) in surface.loss.iter().enumerate() {
                let (expected, found) =
                    (loss(&config, &there, two.tasks[task].task), f64::from(losses[row * SIDE + column]));
                assert!((found - expected).abs() <= 1e-3 * expected, "{task} at {column}, {row}: {found}, {expected}");
            }
        }
        for (task, path) in surface.paths.iter().enumerate() {
            assert_eq!(path.len(), config.inner.steps + 1);
            assert_eq!(path[0], Projected { place: [0.0, 0.0], distance: 0.0 });
            let end = path.last().expect("φ");
            assert!(end.distance < 1e-4, "{end:?}");
            assert!((end.from_origin() - two.tasks[task].distance).abs() < 1e-4, "{end:?}");
            assert!((end.place[1] > 0.0) == (task == 0), "φ₁ is on the positive side: {end:?}");
        }
        let [first, second] = [0, 1].map(|task: usize| surface.paths[task].last().expect("φ").place);
        assert!((f64::midpoint(first[0], second[0]) - two.to_mean).abs() < 1e-4);
        assert!(f64::midpoint(first[1], second[1]).abs() < 1e-4);
    }
    let refused = script.say(MakeView { request: ViewRequest::PairSurface { theta: vec![0.0; 3], number: 0 } });
    assert!(matches!(refused, Err(Failure::Theta { .. })), "{refused:?}");
}

/// What the page says beside the surface: what training changes is not the error at θ, but how far the first step leads.
/// Medians over 20 random tasks, printed for README.
#[test]
fn after_training_the_first_step_leads_most_of_the_way_to_phi() {
    let config = Config { eval: Eval { tasks: 10, ..Preset::Fast.config().eval }, ..Preset::Fast.config() };
    let mut script = Script::opened(&config);
    let medians = |script: &mut Script, when: &str| {
        let surfaces: Vec<LossSurface> = (0..20)
            .map(|number| {
                let curve = task::shown_task(&config.tasks, config.seed, number).into();
                let shots = sampling::shots(&config.tasks, config.seed, &curve, config.eval.shots, 0);
                surface(script.say(MakeView { request: ViewRequest::LossSurface { curve, shots } }).expect("a view"))
            })
            .collect();
        let median = |of: &dyn Fn(&LossSurface) -> f64| {
            let mut all: Vec<f64> = surfaces.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            f64::midpoint(all[9], all[10])
        };
        let steps = config.eval.steps;
        let theta = median(&|surface| surface.loss_after(0));
        let [first, last] = [1, steps].map(|step| median(&|surface| surface.loss_after(step) / surface.loss_after(0)));
        let [length, distance] = [1, steps].map(|step| median(&|surface| surface.path[step].from_origin()));
        println!(
            "{when}: error {theta:.3} at θ, × {first:.3} after one step, × {last:.3} at φ; {length:.3} of {distance:.3}"
        );
        [theta, first, last, length, distance]
    };
    let [theta, first, last, length, distance] = medians(&mut script, "random start");
    script.say(Step { count: config.outer.iterations }).expect("they are made");
    let [trained_theta, trained_first, trained_last, trained_length, trained_distance] =
        medians(&mut script, "after `fast`");
    assert!((trained_theta / theta - 1.0).abs() < 0.3, "θ itself is no lower: {theta} and {trained_theta}");
    assert!(first > 0.9 && last > 0.3 && length < 0.2 * distance);
    assert!(trained_first < 0.1 && trained_last < 0.05 && trained_length > 0.6 * trained_distance);
    assert!(trained_distance < 0.6 * distance, "the way is short: {trained_distance} and {distance}");
}

#[test]
fn without_shots_there_is_no_surface_and_a_refused_view_says_why() {
    let mut script = Script::opened(&small(100));
    let curve = Task::sinusoid(2.0, 1.0).into();
    let result = script.say(MakeView { request: ViewRequest::LossSurface { curve, shots: vec![] } });
    assert_eq!(result, Ok(ViewResult::LossSurface(None)));
    let refused = script.say(MakeView { request: request(1e3) }).expect_err("an amplitude out of range");
    assert!(format!("{refused:?}").contains("task.amplitude"), "{refused:?}");
    script.say(Command::WatchViews { views: vec![request(1e3)] }).expect_err("the same");
}

/// A map of few tasks.
fn map_of(steps: usize, number: u64) -> TaskMapSpec {
    let (amplitudes, phases) = (vec![0.1, 2.0, 9.5], vec![0.0, 1.0, 3.0, 6.0]);
    TaskMapSpec { family: Family::Sinusoid, frequency: 1.0, amplitudes, phases, steps, number }
}

/// What is wrong with a map, and the change that makes it so.
type Fault = (&'static str, fn(&mut TaskMapSpec));

fn map(result: ViewResult) -> TaskMap {
    let ViewResult::TaskMap(map) = result else { panic!("another view") };
    map
}

#[test]
fn the_task_map_is_what_each_task_comes_to_on_the_shots_that_the_page_shows_of_it() {
    for (noise, steps, number) in [(0.0, 5, 0), (0.3, 8, 2), (0.0, 0, 0)] {
        let mut config = small(100);
        (config.tasks.noise, config.eval.steps) = (noise, steps.max(1));
        let mut script = Script::opened(&config);
        script.say(Step { count: 40 }).expect("they are made");
        let theta = script.theta();
        let spec = map_of(steps, number);
        let map = map(script.say(MakeView { request: ViewRequest::TaskMap(spec.clone()) }).expect("a view"));
        assert_eq!((&map.spec, map.shots, map.mse.len()), (&spec, config.eval.shots, 12));
        for (row, &amplitude) in map.rows().zip(&spec.amplitudes) {
            for (found, &phase) in row.iter().zip(&spec.phases) {
                let task = Task::sinusoid(amplitude, phase);
                let shots = sampling::shots(&config.tasks, config.seed, &task.into(), config.eval.shots, number);
                let phi = if steps == 0 { theta.clone() } else { adapted(&config, &theta, &shots) };
                let expected = loss(&config, &phi, task);
                assert!((found / expected - 1.0).abs() < 1e-5, "{task:?}: {found} and {expected}");
            }
        }
    }
}

#[test]
fn the_task_map_reads_back_the_task_at_a_place() {
    let mse = (0..12).map(f64::from).collect();
    let map = TaskMap { spec: map_of(4, 0), shots: 10, mse };
    for (amplitude, phase, expected) in [(-3.0, 0.4, 0), (1.2, 2.1, 6), (5.9, 99.0, 11), (5.7, 0.6, 5)] {
        assert_eq!(map.nearest(amplitude, phase), Some(expected));
        let (task, mse) = map.at(expected).expect("a task");
        assert_eq!(mse, expected as f64);
        assert_eq!(task, Task::sinusoid(map.spec.amplitudes[expected / 4], map.spec.phases[expected % 4]));
    }
    assert_eq!(map.at(12), None);
}

#[test]
fn a_map_that_would_take_all_day_is_refused_by_name() {
    let mut script = Script::opened(&small(100));
    let cases: [Fault; 6] = [
        ("steps", |spec| spec.steps = 129),
        ("frequency", |spec| spec.frequency = f32::NAN),
        ("amplitudes", |spec| spec.amplitudes.clear()),
        ("amplitudes", |spec| spec.amplitudes[1] = 1e6),
        ("phases", |spec| spec.phases[0] = f32::INFINITY),
        ("amplitudes × phases", |spec| (spec.amplitudes, spec.phases) = (vec![1.0; 101], vec![1.0; 100])),
    ];
    for (name, change) in cases {
        let mut spec = map_of(4, 0);
        change(&mut spec);
        let refused = script.say(MakeView { request: ViewRequest::TaskMap(spec) }).expect_err(name);
        assert!(format!("{refused:?}").contains(&format!("{name:?}")), "{refused:?}");
    }
}

#[test]
fn a_map_that_takes_many_slices_has_every_task_once() {
    let config = small(100);
    let mut script = Script::opened(&config);
    let spec = TaskMapSpec { amplitudes: (1..=40).map(|i| 0.2 * i as f32).collect(), ..map_of(3, 0) };
    script.say(Command::WatchViews { views: vec![ViewRequest::TaskMap(spec.clone())] }).expect("it is watched");
    script.finish();
    let made = views(&script).last().map(|view| map(view.result.clone())).expect("a view");
    let asked = map(script.say(MakeView { request: ViewRequest::TaskMap(spec) }).expect("a view"));
    assert_eq!((made.mse.len(), &made), (160, &asked));
    // Other tasks of the same family differ.
    assert!(made.mse.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn a_map_that_is_asked_for_is_given_up_with_its_network() {
    let spec = map_of(8, 0);
    for hidden in [vec![20, 8], vec![6, 8]] {
        let config = small(100);
        let mut other = config.clone();
        other.model.hidden = hidden;
        let restored =
            Command::Restore { config: other.clone(), train_state: TrainState::of(&other), spent: Spent::default() };
        for command in [Command::Configure { config: other }, restored] {
            let mut script = Script::opened(&config);
            let asked = script.tell(MakeView { request: ViewRequest::TaskMap(spec.clone()) });
            script.say(command).expect("another network");
            script.finish();
            assert_eq!(script.answer_to::<ViewResult>(asked), Some(Err(Failure::Interrupted)));
        }
        // Other settings of the same network change nothing about it.
        let mut script = Script::opened(&config);
        let asked = script.tell(MakeView { request: ViewRequest::TaskMap(spec.clone()) });
        let config = Config { seed: 9, ..config };
        script.say(Command::Configure { config }).expect("another seed");
        script.finish();
        let made = script.answer_to::<ViewResult>(asked).expect("an answer").expect("a view");
        assert_eq!(map(made).mse.len(), spec.len());
    }
}

#[test]
fn a_watched_view_follows_theta_and_its_request_and_rests_when_nothing_changes() {
    let config = small(300);
    let mut script = Script::opened(&config);
    script.say(Command::WatchViews { views: vec![request(2.0)] }).expect("it is watched");
    script.finish();
    let made = |script: &Script| views(script).iter().map(|view| view.iteration).collect::<Vec<_>>();
    assert_eq!(made(&script), [0]);
    script.say(Step { count: 10 }).expect("they are made");
    script.finish();
    assert_eq!(made(&script).last(), Some(&10));
    let before = views(&script).len();
    script.finish();
    assert_eq!(views(&script).len(), before, "nothing has changed");
    // Whatever is asked for while one is made, the last request is made in the end.
    for amplitude in [1.0, 1.5, 2.5, 3.0] {
        script.say(Command::WatchViews { views: vec![request(amplitude)] }).expect("it is watched");
        script.advance();
    }
    script.finish();
    assert_eq!(views(&script).last().map(|view| &view.request), Some(&request(3.0)));
    script.say(Command::Reset).expect("it begins again");
    script.finish();
    assert_eq!(made(&script).last(), Some(&0));
    script.say(Command::WatchViews { views: vec![] }).expect("nothing is watched");
    let before = views(&script).len();
    script.say(Step { count: 10 }).expect("they are made");
    script.finish();
    assert_eq!(views(&script).len(), before);
}

#[test]
fn training_goes_on_beside_a_view_and_theta_is_the_same() {
    let config = small(300);
    let mut alone = Script::opened(&config);
    alone.say(Command::Start { watched: false }).expect("it trains");
    alone.finish();
    let mut script = Script::opened(&config);
    script.say(Command::WatchViews { views: vec![request(2.0)] }).expect("it is watched");
    script.say(Command::Start { watched: false }).expect("it trains");
    script.finish();
    assert_eq!(views(&script).last().map(|view| view.iteration), Some(300));
    assert_eq!(alone.theta(), script.theta());
}

#[test]
fn a_view_that_was_asked_for_can_be_cancelled() {
    let mut script = Script::opened(&small(300));
    let id = script.tell(MakeView { request: request(2.0) });
    script.say(Command::CancelRequests).expect("it is given up");
    let answer = script.answer_to::<ViewResult>(id).expect("an answer");
    assert_eq!(answer, Err(reptile_lab::engine::protocol::Failure::Cancelled));
    script.finish();
}

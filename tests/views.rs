//! Views of θ: what they show is what a direct computation gives, and they are made beside everything else.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/script.rs"]
mod script;

use reptile_lab::backend::cpu::Simd;
use reptile_lab::backend::kernel_backend::Kernel;
use reptile_lab::domain::adaptation::mean_squared_error;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::loss_surface::{LossSurface, SIDE};
use reptile_lab::domain::network::Network;
use reptile_lab::domain::parameter_plane::ParameterPlane;
use reptile_lab::domain::task;
use reptile_lab::domain::task::{Task, sampling};
use reptile_lab::engine::protocol::{Command, Event, MakeView, Step, View, ViewRequest, ViewResult};
use script::{Script, small};

const SHOTS: [[f32; 2]; 3] = [[-2.0, 1.0], [0.5, 1.9], [3.0, -1.0]];

fn request(amplitude: f32) -> ViewRequest {
    ViewRequest::LossSurface { curve: Task::sinusoid(amplitude, 1.0).into(), shots: SHOTS.to_vec() }
}

fn surface(result: ViewResult) -> LossSurface {
    match result {
        ViewResult::LossSurface(surface) => surface.expect("there are shots"),
    }
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
    assert!(surface.path[1].distance > 0.0, "a path between its ends need not lie in the plane");
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

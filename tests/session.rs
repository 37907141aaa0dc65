//! The session as a script: commands in, events out, on a clock that only the script moves.

#[path = "common/aligned.rs"]
mod aligned;
#[path = "common/clock.rs"]
mod clock;
#[path = "common/script.rs"]
mod script;
#[path = "common/trained.rs"]
mod trained;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use aligned::aligned;
use clock::{NOW, advance};
use pollster::block_on;
use reptile_lab::backend::choice::{Choice, Preference, Reason};
use reptile_lab::backend::cpu::{Cpu, Simd};
use reptile_lab::backend::cpu_pool::CpuPool;
use reptile_lab::backend::cpu_pool::threads;
use reptile_lab::backend::{Backend, BackendError, BackendKind, Pending};
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::adaptation::{Adaptations, mean_squared_error};
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::alignment::{AlignmentPoint, TASKS};
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::error::ConfigError;
use reptile_lab::domain::cost::{Cost, Spent};
use reptile_lab::domain::early_stopping::StopReason;
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::outer_optimizer::{OuterOptimizer, StopRules};
use reptile_lab::domain::pace::Pace;
use reptile_lab::domain::provenance::{Provenance, ProvenanceEntry};
use reptile_lab::domain::rng::{Purpose, Rng};
use reptile_lab::domain::schedule::Schedule;
use reptile_lab::domain::task::curve::{Drawn, TrueCurve};
use reptile_lab::domain::task::family::{Families, Family};
use reptile_lab::domain::task::sampling::{Points, Sampler};
use reptile_lab::domain::task::{Task, grid};
use reptile_lab::domain::task_map::TaskMapSpec;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::domain::wheel::WheelTasks;
use reptile_lab::engine::protocol::{
    Adapt, Adapted, Align, Command, Evaluate, Evaluation, Event, Failure, GoTo, MakeView, Message, Moment,
    ReadKeyframes, ReadMoment, ReadTheta, SaveRun, Step, TraceTwoTasks, ViewRequest,
};
use reptile_lab::engine::session::Next;
use reptile_lab::engine::two_tasks::two_tasks;
use reptile_lab::train::run;
use script::{Script, small};
use trained::trained;

thread_local! {
    /// How many minibatches each call of a slow backend brought.
    static MINIBATCHES: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// The CPU backend at the start of a run.
fn cpu(config: &Config) -> Cpu {
    Cpu::new(config, &TrainState::of(config))
}

fn preview_input() -> (Task, Vec<[f32; 2]>) {
    (Task::sinusoid(2.0, 1.0), vec![[-2.0, 1.0], [0.5, 1.9], [3.0, -1.0]])
}

#[test]
fn nothing_but_a_ping_is_answered_before_the_session_is_open() {
    let mut script = Script::new();
    assert_eq!(script.say(Command::Ping), Ok(()));
    assert_eq!(script.say(Command::Start { watched: false }), Err(Failure::NotOpen));
    assert_eq!(script.advance(), Next::Idle);
}

#[test]
fn opening_shows_where_the_run_stands() {
    let config = small(50);
    let mut script = Script::opened(&config);
    script.finish();
    assert!(!script.status().running);
    assert_eq!((script.status().iteration, script.status().iterations), (0, 50));
    assert_eq!(script.points(), [0]);
    assert!(script.events.iter().any(|event| matches!(event, Event::Baseline { tasks: 30, .. })));
}

#[test]
fn slices_previews_and_evaluations_do_not_change_theta() {
    let config = small(400);
    let mut script = Script::opened(&config);
    let (task, shots) = preview_input();
    script.say(Command::Preview { curve: task.into(), shots }).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    assert_eq!(script.status().iteration, 400);
    assert!(!script.status().running);
    assert_eq!(script.theta(), trained(&config, 400));
    assert_eq!(script.preview().iteration, 400);
    assert_eq!(script.points().last(), Some(&400), "the last point is the end of the run");
    let points = script.points();
    assert_eq!(points[..6], [0, 1, 2, 3, 4, 5]);
    assert!(points.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= 400 / 32), "{points:?}");
    assert_eq!(script.say(Command::Start { watched: false }), Err(Failure::Finished));
}

#[test]
fn steps_are_counted_to_the_letter_and_answered_in_order() {
    let config = small(100);
    let mut script = Script::opened(&config);
    let first = script.tell(Step { count: 3 });
    let second = script.tell(Step { count: 7 });
    script.finish();
    assert_eq!(script.answer_to(first), Some(Ok(())));
    assert_eq!(script.answer_to(second), Some(Ok(())));
    assert_eq!(script.status().iteration, 10, "the second ones come after the first ones");
    assert_eq!(script.theta(), trained(&config, 10));
    let refused = script.say(Step { count: 91 });
    assert!(matches!(refused, Err(Failure::Argument { max: 90.0, .. })), "{refused:?}");
    let all = script.tell(Step { count: 90 });
    assert_eq!(script.say(Step { count: 1 }), Err(Failure::Finished), "others make the last ones");
    script.finish();
    assert_eq!(script.answer_to(all), Some(Ok(())));
}

#[test]
fn steps_beyond_the_end_of_a_run_that_was_made_shorter_are_answered() {
    let mut script = Script::opened(&small(30_000));
    let first = script.tell(Step { count: 5 });
    let rest = script.tell(Step { count: 29_000 });
    while script.status().iteration < 20 {
        script.advance();
    }
    script.say(Command::Configure { config: small(10) }).unwrap();
    script.events.retain(|event| matches!(event, Event::Answer { .. }));
    let begun = NOW.get();
    for _ in 0..2_000 {
        script.advance();
    }
    let frames = ((NOW.get() - begun) / 16.0) as usize;
    let statuses = script.events.iter().filter(|event| matches!(event, Event::Status(_))).count();
    assert!(statuses <= frames, "{statuses} messages in the time of {frames} frames");
    assert_eq!(script.answer_to(first), Some(Ok(())));
    assert_eq!(script.answer_to::<()>(rest), Some(Err(Failure::Finished)));
    script.finish();
}

#[test]
fn whoever_is_answered_already_knows_the_status() {
    let mut script = Script::opened(&small(100));
    for (command, iteration, running) in [
        (Message::from(Step { count: 9 }), 9, false),
        (Command::Start { watched: false }.into(), 9, true),
        (Command::Pause.into(), 9, false),
    ] {
        script.events.clear();
        script.say_any(command).unwrap();
        let answered = script.events.iter().position(|event| matches!(event, Event::Answer { .. })).unwrap();
        script.events.truncate(answered);
        assert_eq!((script.status().iteration, script.status().running), (iteration, running));
    }
}

#[test]
fn a_pause_stops_and_says_that_steps_were_not_finished() {
    let mut script = Script::opened(&small(100_000));
    script.say(Command::Start { watched: false }).unwrap();
    let step = script.tell(Step { count: 90_000 });
    script.advance();
    script.say(Command::Pause).unwrap();
    script.finish();
    assert_eq!(script.answer_to::<()>(step), Some(Err(Failure::Interrupted)));
    let paused_at = script.status().iteration;
    assert!(!script.status().running && paused_at > 0 && paused_at < 90_000);
    assert_eq!(script.points().last(), Some(&paused_at), "the charts show the θ of the pause");
}

#[test]
fn a_reset_goes_back_to_the_start_of_the_seed() {
    let config = small(100);
    let mut script = Script::opened(&config);
    script.say(Step { count: 40 }).unwrap();
    script.say(Command::Reset).unwrap();
    assert_eq!(script.theta(), Network::new(&config.model).initial_theta(config.seed));
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    assert_eq!(script.theta(), trained(&config, 100), "moments and meta-iterations begin anew too");
}

#[test]
fn hyperparameters_change_without_losing_theta() {
    let config = small(200);
    let mut script = Script::opened(&config);
    script.say(Step { count: 50 }).unwrap();
    let before = script.theta();
    let mut next = config.clone();
    next.inner.learning_rate = 0.01;
    next.outer.meta_batch = 3;
    next.tasks.noise = 0.1;
    script.say(Command::Configure { config: next.clone() }).unwrap();
    assert_eq!(script.theta(), before);
    assert_eq!(script.status().iteration, 50);
    script.say(Step { count: 50 }).unwrap();

    // The same by hand: the moments of Adam go on as well.
    let train_state = TrainState::of(&config);
    let mut cpu = Cpu::new(&config, &train_state);
    block_on(cpu.train(&MetaBatches::draw(&config, 0, 0, 50))).unwrap();
    let train_state = block_on(cpu.train_state()).unwrap();
    cpu.load(&next, &train_state).unwrap();
    block_on(cpu.train(&MetaBatches::draw(&next, 50, 50, 50))).unwrap();
    assert_eq!(script.theta(), block_on(cpu.train_state()).unwrap().theta);
}

/// The same Config by other means.
fn joint(config: &Config) -> Config {
    let mut joint = config.with_algorithm(Algorithm::Joint);
    joint.outer.iterations = config.outer.iterations;
    joint
}

/// What has trained a θ, for how long and on tasks of which greatest amplitude.
fn told(provenance: &Provenance) -> Vec<(Option<Algorithm>, u64, Option<f64>)> {
    let entry = |entry: &ProvenanceEntry| {
        (entry.algorithm, entry.iterations, entry.tasks.as_ref().map(|tasks| tasks.amplitude[1]))
    };
    provenance.entries().iter().map(entry).collect()
}

#[test]
fn another_algorithm_begins_at_the_random_start_and_another_distribution_too() {
    let config = small(200);
    let mut narrow = config.clone();
    narrow.tasks.amplitude = [0.1, 2.0];
    let mut lines = config.clone();
    lines.tasks.family = Families::One(Family::Line);
    for next in [joint(&config), narrow, lines] {
        let mut script = Script::opened(&config);
        script.say(Step { count: 50 }).unwrap();
        assert_eq!(told(&script.status().provenance), [(Some(Algorithm::Reptile), 50, Some(5.0))]);
        script.say(Command::Configure { config: next.clone() }).unwrap();
        let status = script.status();
        assert_eq!((status.iteration, status.running, &status.provenance), (0, false, &Provenance::default()));
        assert_eq!(status.offer.as_ref().map(told), Some(vec![(Some(Algorithm::Reptile), 50, Some(5.0))]));
        script.say(Command::Start { watched: false }).unwrap();
        assert_eq!(script.status().offer, None, "training has decided");
        script.finish();
        assert_eq!(script.theta(), trained(&next, 200), "as if nothing else had been trained");
        assert_eq!(script.status().spent.cost, Cost::of(&next, 200));
    }
}

#[test]
fn a_run_can_go_on_from_the_theta_of_the_one_before() {
    let config = small(200);
    let mut script = Script::opened(&config);
    script.say(Step { count: 50 }).unwrap();
    let left = script.theta();
    let next = joint(&config);
    script.say(Command::Configure { config: next.clone() }).unwrap();
    script.say(Command::Continue).unwrap();
    assert_eq!(script.theta(), left);
    let status = script.status();
    assert_eq!((status.iteration, status.offer.as_ref()), (0, None), "the schedule is that of a whole run");
    assert_eq!(told(&status.provenance), [(Some(Algorithm::Reptile), 50, Some(5.0))]);
    script.say(Step { count: 30 }).unwrap();
    let both = [(Some(Algorithm::Reptile), 50, Some(5.0)), (Some(Algorithm::Joint), 30, Some(5.0))];
    assert_eq!(told(&script.status().provenance), both);
    let mut cpu = Cpu::new(&next, &TrainState::new(left));
    block_on(cpu.train(&MetaBatches::draw(&next, 0, 0, 30))).unwrap();
    let by_hand = block_on(cpu.train_state()).unwrap().theta;
    assert_eq!(script.theta(), by_hand);
    script.say(Command::Continue).unwrap();
    assert_eq!(script.theta(), by_hand, "nothing is offered");
    script.say(Command::UseBackend { preference: Preference::Cpu }).unwrap();
    assert_eq!(told(&script.status().provenance), both);
}

#[test]
fn who_goes_back_to_the_settings_before_finds_the_run_as_it_was() {
    let config = small(200);
    let mut script = Script::opened(&config);
    script.say(Step { count: 50 }).unwrap();
    let before = (script.theta(), script.status().clone());
    let mut next = joint(&config);
    // Untouched, with a θ of its own, and with the one before.
    let deeds =
        [vec![], vec![Message::from(Step { count: 9 })], vec![Command::Continue.into(), Step { count: 9 }.into()]];
    for (number, deeds) in deeds.into_iter().enumerate() {
        next.tasks.amplitude = [0.1, 1.0 + number as f64];
        script.say(Command::Configure { config: next.clone() }).unwrap();
        for deed in deeds {
            script.say_any(deed).unwrap();
        }
        script.say(Command::Configure { config: config.clone() }).unwrap();
        let status = script.status().clone();
        assert_eq!(script.theta(), before.0);
        assert_eq!((status.iteration, status.spent), (50, before.1.spent));
        assert_eq!((status.provenance, status.offer), (before.1.provenance.clone(), None));
    }
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    assert_eq!(script.theta(), trained(&config, 200), "with its moments");
}

#[test]
fn a_drag_of_the_distribution_trains_on_and_keeps_the_run_that_it_began_with() {
    let config = small(1_000_000);
    let mut script = Script::opened(&config);
    script.say(Step { count: 50 }).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    let step = script.tell(Step { count: 900_000 });
    let mut next = config.clone();
    for number in 0..9 {
        next.tasks.amplitude = [0.1, 4.0 - 0.1 * f64::from(number)];
        script.say(Command::Configure { config: next.clone() }).unwrap();
        for _ in 0..3 {
            script.advance();
        }
    }
    assert_eq!(script.answer_to::<()>(step), Some(Err(Failure::Interrupted)));
    script.say(Command::Ping).unwrap();
    let status = script.status();
    assert!(status.running && status.iteration < 10_000, "{status:?}");
    assert_eq!(told(&status.provenance).len(), 1);
    let offer = status.offer.as_ref().map(told).expect("the run before the drag");
    assert!(matches!(offer[..], [(Some(Algorithm::Reptile), 50.., Some(5.0))]), "{offer:?}");
    script.say(Command::Configure { config }).unwrap();
    assert_eq!(script.status().provenance.entries()[0].iterations, script.status().iteration);
    assert!(script.status().running && script.status().iteration >= 50);
}

#[test]
fn no_meta_training_keeps_theta_and_trains_nothing() {
    let config = small(200);
    let mut script = Script::opened(&config);
    script.say(Command::Start { watched: false }).unwrap();
    script.say(Command::Configure { config: config.with_algorithm(Algorithm::None) }).unwrap();
    assert!(!script.status().running, "there is nothing to train");
    script.say(Step { count: 20 }).unwrap();
    assert!(script.status().provenance.is_empty());
    assert_eq!(script.theta(), Network::new(&config.model).initial_theta(config.seed));
}

#[test]
fn a_theta_from_elsewhere_says_so() {
    let config = small(200);
    let mut script = Script::opened(&config);
    script.say(Step { count: 50 }).unwrap();
    let theta = script.theta();
    script.say(Command::SetTheta { theta: theta.clone() }).unwrap();
    assert_eq!(told(&script.status().provenance), [(None, 0, None)]);
    script.say(Step { count: 5 }).unwrap();
    assert_eq!(told(&script.status().provenance), [(None, 0, None), (Some(Algorithm::Reptile), 5, Some(5.0))]);
    // A pretrained one comes with the Config that made it.
    let train_state = TrainState { iteration: 120, ..TrainState::new(theta) };
    script.say(Command::Restore { config: config.clone(), train_state, spent: Spent::default() }).unwrap();
    assert_eq!(told(&script.status().provenance), [(Some(Algorithm::Reptile), 120, Some(5.0))]);
    let mut deeper = config.clone();
    deeper.model.hidden = vec![3];
    script.say(Command::Configure { config: deeper }).unwrap();
    assert_eq!((&script.status().provenance, &script.status().offer), (&Provenance::default(), &None));
    script.say(Command::Configure { config: joint(&config) }).unwrap();
    assert_eq!(script.status().offer, None, "a θ of another network cannot be gone on from");
}

#[test]
fn another_network_begins_again() {
    let mut script = Script::opened(&small(200));
    script.say(Step { count: 50 }).unwrap();
    let mut next = small(200);
    next.model.hidden = vec![5];
    script.say(Command::Configure { config: next.clone() }).unwrap();
    assert_eq!(script.status().iteration, 0);
    assert_eq!(script.theta(), Network::new(&next.model).initial_theta(next.seed));
}

#[test]
fn a_refused_config_names_its_field_and_changes_nothing() {
    let mut script = Script::opened(&small(200));
    script.say(Step { count: 5 }).unwrap();
    let before = script.theta();
    let mut bad = small(200);
    bad.inner.learning_rate = f64::NAN;
    bad.model.hidden = vec![3];
    let refused = script.say(Command::Configure { config: bad.clone() });
    let Err(Failure::Config(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.field(), Some("inner.learning_rate"));
    bad.model.hidden = vec![500];
    bad.inner.learning_rate = 0.1;
    let refused = script.say(Command::Configure { config: bad });
    assert!(matches!(refused, Err(Failure::Config(ConfigError::OutOfRange { .. }))), "{refused:?}");
    assert_eq!(script.theta(), before);
}

#[test]
fn a_preview_follows_every_change() {
    let mut script = Script::opened(&small(200));
    let (task, mut shots) = preview_input();
    script.say(Command::Preview { curve: task.into(), shots: shots.clone() }).unwrap();
    script.finish();
    let first = script.preview().clone();
    assert_eq!((first.iteration, first.theta.mse.len(), first.theta.steps.as_slice()), (0, 9, &[0, 1, 2, 4, 8][..]));
    assert_eq!(first.theta, first.random, "an untrained θ is the random start");
    shots[0] = [-2.0, 4.0];
    script.say(Command::Preview { curve: task.into(), shots: shots.clone() }).unwrap();
    script.finish();
    assert_eq!(script.preview().shots, shots);
    assert_ne!(script.preview().theta.mse, first.theta.mse);
    script.say(Step { count: 20 }).unwrap();
    script.finish();
    assert_eq!(script.preview().iteration, 20);
    assert_ne!(script.preview().theta, script.preview().random);
    let mut next = small(200);
    next.eval.learning_rate = 0.1;
    script.say(Command::Configure { config: next }).unwrap();
    let before = script.preview().random.clone();
    script.finish();
    assert_ne!(script.preview().random, before, "the random start adapts with the new learning rate as well");
}

/// A run of `iterations` meta-iterations, of half a millisecond each, that is shown while it trains, at its end.
fn previewed(is_on_every_processor: bool, pace: Pace, iterations: u64) -> Script {
    let mut script = Script::with(|config, train_state, _| {
        let hook = |call: HookedCall| {
            if let HookedCall::Train { tasks } = call {
                advance(0.5 * tasks as f64);
            }
            Ok(())
        };
        let (kind, adapter, inner) = (BackendKind::Cpu, "half a millisecond", Cpu::new(config, train_state));
        let choice = Choice { kind, adapter: adapter.into(), reason: Reason::Asked };
        Ok((Box::new(Hooked { inner, kind, adapter, hook }), choice))
    });
    script.session = script.session.on_every_processor(is_on_every_processor);
    script.say(Command::Open { config: small(iterations), preference: Preference::Auto }).expect("it opens");
    let (task, shots) = preview_input();
    script.say(Command::Preview { curve: task.into(), shots }).expect("it is shown");
    script.say(Command::SetPace { pace }).expect("it is set");
    script.say(Command::Start { watched: true }).expect("it trains");
    script.finish_slowly();
    script
}

/// How many milliseconds lie between two previews of such a run.
fn between_previews(is_on_every_processor: bool, pace: Pace, iterations: u64) -> f64 {
    let script = previewed(is_on_every_processor, pace, iterations);
    let previews = script.events.iter().filter(|event| matches!(event, Event::Preview(_)));
    NOW.get() / previews.count() as f64
}

#[test]
fn where_drawing_waits_the_counter_changes_with_the_curves() {
    NOW.set(0.0);
    let script = previewed(true, Pace::Fastest, 4_000);
    let drawn = script.events.iter().filter(|event| matches!(event, Event::Preview(_) | Event::Status(_)));
    let drawn: Vec<bool> = drawn.map(|event| matches!(event, Event::Status(_))).collect();
    let (statuses, previews) =
        (drawn.iter().filter(|is_status| **is_status).count(), drawn.iter().filter(|is_status| !**is_status).count());
    let pairs = drawn.windows(2).filter(|pair| **pair == [false, true]).count();
    assert!(previews > 5 && pairs + 1 >= previews, "{drawn:?}");
    // One for each call, and one at the end.
    assert!(statuses <= previews + 6, "{statuses} with {previews} previews");
}

#[test]
fn drawing_waits_only_where_training_is_at_its_fastest_on_every_processor() {
    NOW.set(0.0);
    let free = between_previews(false, Pace::Fastest, 4_000);
    NOW.set(0.0);
    let busy = between_previews(true, Pace::Fastest, 4_000);
    NOW.set(0.0);
    let watched = between_previews(true, Pace::Watch, 4_000);
    assert!(free < 30.0 && watched < 30.0, "{free} ms, {watched} ms watched");
    assert!(busy > 200.0, "{busy} ms");
}

#[test]
fn a_preview_has_every_step_while_one_is_replayed() {
    let mut script = Script::opened(&small(200));
    let (task, shots) = preview_input();
    script.say(Command::Preview { curve: task.into(), shots: shots.clone() }).unwrap();
    script.say(Step { count: 20 }).unwrap();
    script.finish();
    let some = script.preview().clone();
    script.say(Command::PredictEveryStep { on: true }).unwrap();
    script.finish();
    let every = script.preview().clone();
    for (every, some) in [(&every.theta, &some.theta), (&every.random, &some.random)] {
        assert_eq!((&every.mse, every.steps.clone()), (&some.mse, (0..=8).collect()));
        for (step, row) in some.steps.iter().zip(&some.predictions) {
            assert_eq!(&every.predictions[*step], row, "after {step} steps");
        }
        for (row, mse) in every.predictions.iter().zip(&every.mse) {
            assert_eq!(mean_squared_error(row, &script.preview().truth), *mse);
        }
    }
    script.say(Command::PredictEveryStep { on: false }).unwrap();
    script.finish();
    assert_eq!(*script.preview(), some);
    let count = script.events.len();
    script.say(Command::PredictEveryStep { on: false }).unwrap();
    script.finish();
    let previews = script.events[count..].iter().filter(|event| matches!(event, Event::Preview(_)));
    assert_eq!(previews.count(), 0, "nothing has changed");
}

#[test]
fn a_task_without_shots_is_shown_and_not_adapted() {
    let mut script = Script::opened(&small(200));
    script.say(Command::Preview { curve: preview_input().0.into(), shots: vec![] }).unwrap();
    script.finish();
    let mse = &script.preview().theta.mse;
    assert!(mse.iter().all(|error| error == &mse[0]));
}

#[test]
fn an_evaluation_is_the_protocol_at_the_theta_of_its_asking() {
    let config = small(60);
    let mut script = Script::opened(&config);
    script.say(Step { count: 60 }).unwrap();
    let asked = script.tell(Evaluate);
    let mut other = config.clone();
    other.eval.shots = 1;
    script.say(Command::Configure { config: other }).unwrap();
    script.finish();
    let Some(Ok(Evaluation { config: asked_of, iteration: 60, provenance, curve })) = script.answer_to(asked) else {
        panic!("no evaluation")
    };
    assert_eq!(asked_of, config);
    assert_eq!(told(&provenance), [(Some(Algorithm::Reptile), 60, Some(5.0))]);
    let held_out = HeldOut::new(&config, config.eval.tasks);
    let mut cpu = Cpu::new(&config, &TrainState::new(trained(&config, 60)));
    let predictions = block_on(cpu.adapt(None, &held_out.adaptations(0..30))).unwrap();
    assert_eq!(curve, held_out.curve(&held_out.errors(0..30, &predictions)));
}

#[test]
fn alignment_is_measured_where_the_training_chart_has_points_while_it_is_watched() {
    let config = small(400);
    let mut script = Script::opened(&config);
    script.say(Step { count: 20 }).unwrap();
    script.finish();
    assert!(script.alignments().is_empty(), "nobody watches");
    script.say(Command::WatchAlignment { on: true }).unwrap();
    script.finish();
    let first = script.alignments();
    assert_eq!((first.len(), first[0].iteration, first[0].tasks, first[0].batch), (1, 20, TASKS, config.inner.batch));
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    let watched: Vec<u64> = script.points().into_iter().filter(|&iteration| iteration >= 20).collect();
    assert_eq!(script.alignments().iter().map(|point| point.iteration).collect::<Vec<_>>(), watched);
    let theta = trained(&config, 400);
    assert_eq!(script.alignments().last().unwrap().alignment, aligned(&config, &theta, &mut cpu(&config)));
    assert_eq!(script.theta(), theta, "and leaves no trace");

    script.say(Command::WatchAlignment { on: false }).unwrap();
    script.events.clear();
    script.say(Command::Reset).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    assert!(script.alignments().is_empty() && script.points().len() > 30);
}

#[test]
fn alignment_begins_anew_with_theta_and_with_the_size_of_minibatches() {
    let mut config = small(100);
    let mut script = Script::opened(&config);
    script.say(Command::WatchAlignment { on: true }).unwrap();
    script.say(Step { count: 50 }).unwrap();
    script.finish();
    script.events.clear();
    config.inner.batch = 7;
    script.say(Command::Configure { config: config.clone() }).unwrap();
    script.finish();
    let found =
        |script: &Script| script.alignments().iter().map(|point| (point.iteration, point.batch)).collect::<Vec<_>>();
    assert_eq!(found(&script), [(50, 7)]);
    assert!(!script.events.contains(&Event::Restarted), "the training chart goes on");
    script.events.clear();
    script.say(Command::Reset).unwrap();
    script.finish();
    assert_eq!(found(&script), [(0, 7)]);
    let start = Network::new(&config.model).initial_theta(config.seed);
    assert_eq!(script.alignments()[0].alignment, aligned(&config, &start, &mut cpu(&config)));
}

#[test]
fn alignment_is_answered_at_the_theta_of_its_asking() {
    let config = small(60);
    let mut script = Script::opened(&config);
    script.say(Step { count: 60 }).unwrap();
    let answer = script.tell(Align);
    script.say(Command::Reset).unwrap();
    script.finish();
    let Some(Ok(point)) = script.answer_to::<AlignmentPoint>(answer) else { panic!("no alignment") };
    assert_eq!((point.iteration, point.tasks, point.batch), (60, TASKS, config.inner.batch));
    assert_eq!(point.alignment, aligned(&config, &trained(&config, 60), &mut cpu(&config)));
    assert!(script.alignments().is_empty(), "asking is not watching");
}

#[test]
fn what_is_asked_of_a_network_that_goes_is_not_made_with_the_next_one() {
    for command in [Message::from(Evaluate), Message::from(Align)] {
        let mut script = Script::opened(&small(60));
        let answer = script.tell(command);
        let mut next = small(60);
        next.model.hidden = vec![30, 20];
        script.say(Command::Configure { config: next }).unwrap();
        script.finish();
        assert_eq!(script.encoded_answer_to(answer), Some(Err(Failure::Interrupted)));
    }
}

#[test]
fn an_adaptation_by_hand_gives_every_step() {
    let config = small(60);
    let mut script = Script::opened(&config);
    let (task, shots) = preview_input();
    let command = Adapt { curve: task.into(), shots: shots.clone(), steps: 5, learning_rate: 0.05 };
    let Ok(Adapted { steps, mse, predictions }) = script.say(command) else { panic!("no adaptation") };
    assert_eq!(steps, [0, 1, 2, 3, 4, 5]);
    assert_eq!((mse.len(), predictions.len(), predictions[0].len()), (6, 6, 50));
    let mut adaptations =
        Adaptations::single(config.eval.optimizer(&config.inner), &shots, Sampler::new(&config.tasks).grid(), vec![5]);
    adaptations.optimizer.learning_rate = 0.05;
    let start = TrainState::of(&config);
    assert_eq!(block_on(Cpu::new(&config, &start).adapt(None, &adaptations)).unwrap(), predictions[5]);
    let refused = script.say(Adapt { curve: task.into(), shots: vec![[f32::NAN, 0.0]], steps: 5, learning_rate: 0.05 });
    assert!(matches!(refused, Err(Failure::Argument { .. })), "{refused:?}");
}

#[test]
fn a_long_adaptation_is_made_in_slices_and_can_be_cancelled() {
    let mut script = Script::opened(&small(100_000));
    script.finish();
    let (task, shots) = preview_input();
    let long = Adapt { curve: task.into(), shots, steps: 10_000, learning_rate: 0.01 };
    let answer = script.tell(long.clone());
    let mut slices = 0;
    while script.encoded_answer_to(answer).is_none() {
        let begun = NOW.get();
        script.advance();
        assert!(NOW.get() - begun < 15.0, "a slice of {} ms", NOW.get() - begun);
        slices += 1;
    }
    assert!(slices > 100, "{slices}");
    let Some(Ok(adapted)) = script.answer_to::<Adapted>(answer) else { panic!("no adaptation") };
    assert_eq!((adapted.mse.len(), adapted.predictions.len()), (10_001, 10_001));
    // Training and measurements go on beside it, and it is of the θ of its request.
    let [slow, evaluation, alignment] =
        [long.clone().into(), Message::from(Evaluate), Align.into()].map(|call| script.tell(call));
    script.say(Step { count: 3 }).unwrap();
    assert!(script.encoded_answer_to(slow).is_none());
    let also = script.tell(long);
    script.say(Command::CancelRequests).unwrap();
    for answer in [slow, also] {
        assert_eq!(script.encoded_answer_to(answer), Some(Err(Failure::Cancelled)));
    }
    script.finish();
    assert!([evaluation, alignment].into_iter().all(|answer| script.encoded_answer_to(answer).is_some()));
}

#[test]
fn requests_of_the_same_measurement_share_one_and_the_number_of_others_is_bounded() {
    let mut config = small(1000);
    config.eval.tasks = 1000;
    let mut script = Script::opened(&config);
    script.finish();
    let same: Vec<u32> = (0..200).map(|_| script.tell(Evaluate)).collect();
    let begun = NOW.get();
    script.finish();
    let took = NOW.get() - begun;
    let answers: Vec<_> = same.iter().map(|id| script.answer_to::<Evaluation>(*id)).collect();
    assert!(matches!(answers[0], Some(Ok(_))) && answers.iter().all(|answer| *answer == answers[0]));
    let begun = NOW.get();
    script.say(Evaluate).unwrap();
    assert!(took < 3.0 * (NOW.get() - begun), "200 took {took} ms, and one {} ms", NOW.get() - begun);

    let answers = (0..100).map(|_| {
        script.say(Step { count: 1 }).unwrap();
        script.tell(Evaluate)
    });
    let answers: Vec<u32> = answers.collect();
    let refused = answers.iter().filter(|id| matches!(script.encoded_answer_to(**id), Some(Err(Failure::Busy { .. }))));
    assert!(refused.count() > 0, "a hundred wait");
    script.say(Command::CancelRequests).unwrap();
    assert!(answers.iter().all(|id| script.encoded_answer_to(*id).is_some()));
    assert!(matches!(script.say(Evaluate), Ok(Evaluation { iteration: 100, .. })));
}

#[test]
fn a_backend_that_fails_for_good_is_told_once() {
    let error = BackendError::Lost { detail: "of no known kind".to_owned() };
    let mut script = fragile(BackendKind::Cpu, error.clone(), Rc::new(Cell::new(3)));
    script.say(Command::Open { config: small(500), preference: Preference::Cpu }).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    assert_eq!(script.problems(), [&Failure::Backend(error)]);
    assert_eq!(script.theta(), trained(&small(500), 500));
}

#[test]
fn a_meta_iteration_on_two_tasks_leaves_the_run_alone() {
    let config = small(60);
    let mut script = Script::opened(&config);
    script.say(Step { count: 4 }).unwrap();
    let theta = script.theta();
    let command = |theta: &[f32], step_size| TraceTwoTasks { theta: theta.to_vec(), number: 4, step_size };
    let Ok(two) = script.say(command(&theta, 0.5)) else { panic!("no meta-iteration") };
    assert_eq!(two, two_tasks::<Simd>(&config, &theta, 4, 0.5));
    assert_eq!(script.theta(), theta);
    assert_eq!(script.status().iteration, 4);
    assert!(matches!(script.say(command(&theta[1..], 0.5)), Err(Failure::Theta { .. })));
    for step_size in [-0.1, 2.1, f64::NAN] {
        assert!(matches!(script.say(command(&theta, step_size)), Err(Failure::Argument { .. })));
    }
}

#[test]
fn a_curve_by_hand_is_the_truth_of_its_preview() {
    let mut script = Script::opened(&small(60));
    let y: Vec<f32> = (0..50).map(|i| 0.1 * i as f32 - 2.0).collect();
    let curve = |x, y: &[f32]| TrueCurve::Drawn(Drawn { x, y: y.to_vec() });
    script.say(Command::Preview { curve: curve([-5.0, 5.0], &y), shots: vec![[0.0, 0.45]] }).unwrap();
    script.finish();
    let preview = script.preview();
    assert!(preview.truth.iter().zip(&y).all(|(truth, y)| (truth - y).abs() < 1e-5), "{:?}", preview.truth);
    assert_eq!(preview.theta.mse[0], mean_squared_error(&preview.theta.predictions[0], &preview.truth));
    let wrong = [
        curve([5.0, -5.0], &y),
        curve([1.0, 1.0], &y),
        curve([f32::NAN, 5.0], &y),
        curve([-5.0, f32::INFINITY], &y),
        curve([-5.0, 5.0], &y[..1]),
        curve([-5.0, 5.0], &[0.0, f32::NAN]),
        curve([-5.0, 5.0], &vec![0.0; 2000]),
    ];
    for curve in wrong {
        let refused = script.say(Command::Preview { curve: curve.clone(), shots: vec![] });
        assert!(matches!(refused, Err(Failure::Argument { .. })), "{curve:?}: {refused:?}");
    }
}

/// Backends see points only: a task of any family is shown and adapted to by its own curve.
#[test]
fn tasks_of_every_family_are_shown_by_their_own_curves() {
    let mut config = small(60);
    config.tasks.family = Families::Mixture;
    let mut script = Script::opened(&config);
    script.say(Step { count: 3 }).unwrap();
    for &family in Family::ALL {
        let task = Task { family, frequency: 1.5, ..Task::sinusoid(2.0, 1.0) };
        let command = Adapt { curve: task.into(), shots: vec![[0.0, task.value(0.0)]], steps: 1, learning_rate: 0.05 };
        let Ok(Adapted { mse, predictions, .. }) = script.say(command) else { panic!("no adaptation") };
        let truth: Vec<f32> = grid(&config.tasks).into_iter().map(|x| task.value(x)).collect();
        assert_eq!(mse[0], mean_squared_error(&predictions[0], &truth), "{family:?}");
    }
    for (frequency, is_fine) in [(0.0, true), (100.0, true), (-0.1, false), (100.1, false), (f32::NAN, false)] {
        let task = Task { frequency, ..Task::sinusoid(2.0, 1.0) };
        let outcome = script.say(Command::Preview { curve: task.into(), shots: vec![] });
        assert_eq!(outcome.is_ok(), is_fine, "{frequency}: {outcome:?}");
    }
}

#[test]
fn theta_can_be_replaced_by_one_that_fits() {
    let mut script = Script::opened(&small(60));
    let mut theta = script.theta();
    theta[3] = 0.25;
    script.say(Command::SetTheta { theta: theta.clone() }).unwrap();
    assert_eq!(script.theta(), theta);
    let short = script.say(Command::SetTheta { theta: vec![0.0; 3] });
    assert!(matches!(short, Err(Failure::Theta { found: 3, not_finite: false, .. })), "{short:?}");
    theta[0] = f32::INFINITY;
    let infinite = script.say(Command::SetTheta { theta });
    assert!(matches!(infinite, Err(Failure::Theta { not_finite: true, .. })), "{infinite:?}");
    let mut theta = script.theta();
    theta[0] = 10_000.0;
    script.say(Command::SetTheta { theta: theta.clone() }).unwrap();
    theta[0] = -10_001.0;
    let large = script.say(Command::SetTheta { theta }).map_err(|failure| failure.to_string());
    assert_eq!(
        large,
        Err("theta: -10001 is out of range; allowed: -10000 to 10000".to_owned()),
        "finite, but too large"
    );
}

#[test]
fn a_restored_run_is_where_it_was() {
    let config = small(60);
    let mut script = Script::opened(&small(9));
    let theta = trained(&config, 60);
    let train_state = TrainState { iteration: 60, ..TrainState::new(theta.clone()) };
    let spent = Spent { cost: Cost::of(&config, 60), seconds: 1.5 };
    let restore = Command::Restore { config: config.clone(), train_state: train_state.clone(), spent };
    script.say(restore).unwrap();
    assert_eq!(script.status().spent, spent);
    assert_eq!((script.status().iteration, script.status().iterations), (60, 60));
    assert_eq!(script.theta(), theta);
    let short = TrainState { theta: vec![0.0], ..train_state };
    let refused = script.say(Command::Restore { config, train_state: short, spent: Spent::default() });
    assert!(matches!(refused, Err(Failure::Theta { .. })), "{refused:?}");
    assert_eq!(script.status().spent, spent);
}

#[test]
fn a_lost_engine_goes_on_from_its_checkpoint() {
    let config = small(400);
    let mut lost = Script::opened(&config);
    lost.say(Step { count: 150 }).unwrap();
    lost.finish();
    let train_state = lost.events.iter().rev().find_map(|event| match event {
        Event::Checkpoint(train_state) => Some(train_state.clone()),
        _ => None,
    });
    let train_state = train_state.expect("a checkpoint at rest");
    assert_eq!(train_state.iteration, 150);
    assert_eq!(told(&train_state.provenance), [(Some(Algorithm::Reptile), 150, Some(5.0))]);
    let mut next = Script::opened(&config);
    let spent = lost.status().spent;
    next.say(Command::Restore { config: config.clone(), train_state, spent }).unwrap();
    next.say(Command::Start { watched: false }).unwrap();
    next.finish();
    assert_eq!(next.theta(), trained(&config, 400), "moments are part of a checkpoint");
    assert_eq!(told(&next.status().provenance), [(Some(Algorithm::Reptile), 400, Some(5.0))]);
    assert_eq!(next.status().spent.cost, Cost::of(&config, 400));
}

#[test]
fn another_theta_of_the_same_meta_iteration_is_kept_as_a_checkpoint_too() {
    let config = small(400);
    let mut script = Script::opened(&config);
    script.say(Step { count: 150 }).unwrap();
    script.finish();
    let theta = vec![0.25; Network::new(&config.model).parameters()];
    script.say(Command::SetTheta { theta: theta.clone() }).unwrap();
    script.events.clear();
    script.finish();
    let kept = script.events.iter().find_map(|event| match event {
        Event::Checkpoint(train_state) => Some((train_state.iteration, &train_state.theta)),
        _ => None,
    });
    assert_eq!(kept, Some((150, &theta)));
}

#[test]
fn divergence_pauses_at_the_last_good_theta() {
    let mut config = small(5000);
    config.model.activation = reptile_lab::domain::activation::Activation::Relu;
    config.inner.learning_rate = 10.0;
    let mut script = Script::opened(&config);
    let (task, shots) = preview_input();
    script.say(Command::Preview { curve: task.into(), shots }).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    let problems = script.problems();
    assert!(matches!(problems[..], [Failure::Diverged { .. }]), "{problems:?}");
    assert!(!script.status().running);
    assert!(script.theta().iter().all(|number| number.abs() <= 1e4));
    config.inner.learning_rate = 0.02;
    script.say(Command::Configure { config }).unwrap();
    script.say(Step { count: 5 }).unwrap();
}

/// Settings at the ends of their ranges, alone and together.
fn hostile() -> Vec<(&'static str, Config)> {
    let with = |change: fn(&mut Config)| {
        let mut config = small(60);
        config.outer.optimizer = OuterOptimizer::Sgd;
        config.outer.step_size = 0.1;
        change(&mut config);
        config.checked().expect("it is allowed")
    };
    vec![
        ("α = 10", with(|config| config.inner.learning_rate = 10.0)),
        ("ε = 2", with(|config| config.outer.step_size = 2.0)),
        ("one unit", with(|config| config.model.hidden = vec![1])),
        (
            "four layers of 128",
            with(|config| {
                config.model.hidden = vec![128; 4];
                config.outer.iterations = 3;
            }),
        ),
        ("K = 1", with(|config| (config.eval.shots, config.inner.batch) = (1, 1))),
        ("noise 10", with(|config| config.tasks.noise = 10.0)),
        (
            "all of it",
            with(|config| {
                (config.inner.learning_rate, config.outer.step_size, config.tasks.noise) = (10.0, 2.0, 10.0);
                (config.eval.shots, config.inner.batch, config.model.hidden) = (1, 1, vec![1]);
                config.eval.learning_rate = 10.0;
            }),
        ),
        (
            "MAML with ReLU",
            with(|config| {
                *config = config.with_algorithm(Algorithm::Maml);
                (config.inner.learning_rate, config.outer.step_size, config.outer.iterations) = (10.0, 2.0, 60);
                config.model.activation = Activation::Relu;
            }),
        ),
    ]
}

#[test]
fn hostile_settings_come_to_an_end_or_are_told_to_diverge() {
    for (name, config) in hostile() {
        let mut script = Script::opened(&config);
        let (task, shots) = preview_input();
        script.say(Command::Preview { curve: task.into(), shots }).unwrap();
        script.say(Command::Start { watched: false }).unwrap();
        script.finish();
        let (status, problems) = (script.status().clone(), script.problems());
        match problems[..] {
            [] => assert_eq!(status.iteration, status.iterations, "{name}"),
            [Failure::Diverged { iteration }] => {
                assert_eq!((status.iteration, status.running), (*iteration, false), "{name}");
            }
            _ => panic!("{name}: {problems:?}"),
        }
        assert!(script.theta().iter().all(|number| number.abs() <= 1e4), "{name}: the last good θ");
        assert_eq!(script.preview().iteration, status.iteration, "{name}: the preview is of the present θ");
        // One command brings back the best θ so far, from which it can be trained with milder settings.
        script.say(Command::Recall).unwrap();
        script.finish();
        assert!(script.theta().iter().all(|number| number.abs() <= 1e4), "{name}");
        let mut mild = config.clone();
        (mild.inner.learning_rate, mild.outer.step_size, mild.tasks.noise) = (0.001, 0.01, 0.0);
        mild.outer.iterations = script.status().iteration + 3;
        script.say(Command::Configure { config: mild }).unwrap();
        script.say(Step { count: 3 }).unwrap();
    }
}

#[test]
fn recalling_brings_back_the_best_theta_of_the_training_chart() {
    let config = small(400);
    let mut script = Script::opened(&config);
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    let errors: Vec<(u64, f64)> = script
        .events
        .iter()
        .filter_map(|event| match event {
            Event::HeldOut(point) => Some((point.iteration, *point.curve.mean_mse.last().expect("steps"))),
            _ => None,
        })
        .collect();
    let best = errors.iter().min_by(|a, b| a.1.total_cmp(&b.1)).expect("points").0;
    assert!(script.status().has_best);
    script.say(Command::Recall).unwrap();
    assert_eq!(script.status().iteration, best);
    assert_eq!(told(&script.status().provenance), [(Some(Algorithm::Reptile), best, Some(5.0))]);
    assert_eq!(script.theta(), trained(&config, best));
    // Before anything is measured that is the start, which is not the best of anything.
    let mut script = Script::opened(&config);
    script.finish();
    assert!(!script.status().has_best);
    script.say(Command::Recall).unwrap();
    assert_eq!(script.theta(), trained(&config, 0));
}

#[test]
fn steps_that_diverge_are_answered() {
    let mut config = small(5000);
    config.model.activation = reptile_lab::domain::activation::Activation::Relu;
    config.inner.learning_rate = 10.0;
    let mut script = Script::opened(&config);
    assert_eq!(script.say(Step { count: 1 }), Err(Failure::Diverged { iteration: 0 }));
    assert!(matches!(script.problems()[..], [Failure::Diverged { iteration: 0 }]), "{:?}", script.problems());
}

#[test]
fn a_limited_speed_waits_between_meta_iterations() {
    let mut script = Script::opened(&small(1000));
    script.finish();
    script.say(Command::SetPace { pace: Pace::PerSecond(10.0) }).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    let begun = NOW.get();
    while NOW.get() < begun + 2000.0 {
        if let Next::At(time) = script.advance() {
            NOW.set(time.max(NOW.get()));
        }
    }
    script.say(Command::Pause).unwrap();
    let done = script.status().iteration;
    assert!((19..=22).contains(&done), "{done} meta-iterations in two seconds at ten a second");
    let refused = script.say(Command::SetPace { pace: Pace::PerSecond(-1.0) });
    assert!(matches!(refused, Err(Failure::Argument { .. })), "{refused:?}");
}

/// A call of a [`Hooked`] backend.
enum HookedCall {
    Load,
    Read,
    Train { tasks: usize },
    Gradients { minibatches: usize },
}

/// The CPU backend behind a hook, which sees its calls before they are made and can refuse them.
struct Hooked<F> {
    inner: Cpu,
    kind: BackendKind,
    adapter: &'static str,
    hook: F,
}

impl<F: FnMut(HookedCall) -> Result<(), BackendError>> Backend for Hooked<F> {
    fn kind(&self) -> BackendKind {
        self.kind
    }

    fn adapter(&self) -> String {
        self.adapter.into()
    }

    fn load(&mut self, config: &Config, train_state: &TrainState) -> Result<(), BackendError> {
        (self.hook)(HookedCall::Load)?;
        self.inner.load(config, train_state)
    }

    fn train<'a>(&'a mut self, batches: &'a MetaBatches) -> Pending<'a, ()> {
        let tasks = batches.len() * batches.tasks.len();
        match (self.hook)(HookedCall::Train { tasks }) {
            Ok(()) => self.inner.train(batches),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn train_state(&mut self) -> Pending<'_, TrainState> {
        match (self.hook)(HookedCall::Read) {
            Ok(()) => self.inner.train_state(),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>> {
        self.inner.adapt(theta, adaptations)
    }

    fn gradients<'a>(&'a mut self, theta: &'a [f32], points: &'a Points, batch: usize) -> Pending<'a, Vec<f32>> {
        match (self.hook)(HookedCall::Gradients { minibatches: points.x.len() / batch }) {
            Ok(()) => self.inner.gradients(theta, points, batch),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}

/// A session on a processor that takes a millisecond for each task and each gradient, and the number of tasks of each
/// call.
fn slow(config: &Config) -> (Script, Rc<RefCell<Vec<usize>>>) {
    let calls = Rc::new(RefCell::default());
    let noted: Rc<RefCell<Vec<usize>>> = Rc::clone(&calls);
    let mut script = Script::with(move |config, train_state, _| {
        let (kind, adapter, noted) = (BackendKind::Cpu, "a slow test", Rc::clone(&noted));
        let hook = move |call| {
            match call {
                HookedCall::Load | HookedCall::Read => {}
                HookedCall::Train { tasks } => {
                    noted.borrow_mut().push(tasks);
                    advance(tasks as f64);
                }
                HookedCall::Gradients { minibatches } => {
                    MINIBATCHES.with_borrow_mut(|calls| calls.push(minibatches));
                    advance(minibatches as f64);
                }
            }
            Ok(())
        };
        let choice = Choice { kind, adapter: adapter.into(), reason: Reason::Asked };
        Ok((Box::new(Hooked { inner: Cpu::new(config, train_state), kind, adapter, hook }), choice))
    });
    script.say(Command::Open { config: config.clone(), preference: Preference::Auto }).expect("it opens");
    (script, calls)
}

#[test]
fn a_large_meta_batch_is_made_in_slices() {
    let mut config = small(8);
    config.outer.meta_batch = 50;
    let (mut script, calls) = slow(&config);
    script.say(Command::Start { watched: false }).unwrap();
    // Whatever is asked in the middle of a meta-iteration is answered in between, and leaves no trace.
    while script.status().iteration < 4 {
        script.advance();
        script.say(Command::Ping).unwrap();
    }
    script.say(Command::Pause).unwrap();
    script.theta();
    script.say(Evaluate).unwrap();
    script.say(Command::UseBackend { preference: Preference::Cpu }).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    assert_eq!(script.status().iteration, 8);
    assert_eq!(script.theta(), trained(&config, 8));
    let calls = calls.borrow();
    assert!(calls.iter().all(|&tasks| tasks <= 16), "slices of about ten milliseconds: {calls:?}");
    assert!(calls.len() < 80, "and not of single tasks: {calls:?}");
}

#[test]
fn an_uninterrupted_run_costs_what_its_meta_iterations_do() {
    for algorithm in [Algorithm::Reptile, Algorithm::Fomaml, Algorithm::Maml, Algorithm::Joint, Algorithm::None] {
        let mut config = small(40).with_algorithm(algorithm);
        (config.outer.iterations, config.outer.meta_batch) = (40, 3);
        let mut script = Script::opened(&config);
        assert_eq!(script.status().spent, Spent::default());
        script.say(Command::Start { watched: false }).unwrap();
        script.finish();
        assert_eq!(script.status().spent.cost, Cost::of(&config, 40), "{algorithm:?}");
    }
    // Meta-iterations of several slices, on one backend and then on another, with a rest and an evaluation between them.
    let mut config = small(8);
    config.outer.meta_batch = 50;
    let (mut script, calls) = slow(&config);
    script.say(Step { count: 4 }).unwrap();
    script.say(Evaluate).unwrap();
    script.say(Command::UseBackend { preference: Preference::Cpu }).unwrap();
    assert_eq!(script.status().spent.cost, Cost::of(&config, 4));
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    assert_eq!(script.status().spent.cost, Cost::of(&config, 8));
    assert!(calls.borrow().len() > 8, "in slices");
}

#[test]
fn each_part_of_a_run_costs_what_its_settings_make_of_it() {
    let config = small(200);
    let mut script = Script::opened(&config);
    script.say(Step { count: 50 }).unwrap();
    let mut next = config.with_algorithm(Algorithm::Maml);
    (next.outer.iterations, next.outer.meta_batch) = (200, 3);
    script.say(Command::Configure { config: next.clone() }).unwrap();
    assert_eq!(script.status().spent, Spent::default(), "a run of its own");
    script.say(Command::Continue).unwrap();
    assert_eq!(script.status().spent.cost, Cost::of(&config, 50), "another setting costs nothing by itself");
    script.say(Step { count: 30 }).unwrap();
    let mut both = Cost::of(&config, 50);
    both += Cost::of(&next, 30);
    assert_eq!(script.status().spent.cost, both);
}

#[test]
fn a_run_that_begins_anew_has_cost_nothing_and_another_theta_gives_nothing_back() {
    let config = small(200);
    let mut script = Script::opened(&config);
    script.say(Step { count: 50 }).unwrap();
    script.finish();
    let spent = script.status().spent;
    assert!(spent.cost == Cost::of(&config, 50) && spent.seconds > 0.0, "{spent:?}");
    let theta = trained(&config, 9);
    for command in [Command::Recall, Command::SetTheta { theta }] {
        script.say(command).unwrap();
        assert_eq!(script.status().spent, spent);
    }
    let mut another = config.clone();
    another.model.hidden = vec![5];
    for command in [Command::Reset, Command::Configure { config: another.clone() }] {
        script.say(Step { count: 5 }).unwrap();
        assert_ne!(script.status().spent, Spent::default());
        script.say(command).unwrap();
        assert_eq!(script.status().spent, Spent::default());
    }
    script.say(Step { count: 5 }).unwrap();
    assert_eq!(script.status().spent.cost, Cost::of(&another, 5));
}

#[test]
fn seconds_pass_only_while_it_trains() {
    let mut config = small(300);
    config.outer.meta_batch = 2;
    let (mut script, calls) = slow(&config);
    script.finish();
    let begun = NOW.get();
    script.say(Command::SetPace { pace: Pace::PerSecond(50.0) }).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    while script.status().iteration < 100 {
        if let Next::At(time) = script.advance() {
            NOW.set(NOW.get().max(time));
        }
    }
    script.say(Command::Pause).unwrap();
    NOW.set(NOW.get() + 60_000.0);
    script.say(Evaluate).unwrap();
    script.say(Command::SetPace { pace: Pace::Fastest }).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    // A millisecond for each task, and one look at the clock for each slice.
    let (tasks, slices) = (calls.borrow().iter().sum::<usize>(), calls.borrow().len());
    let trained = tasks as f64 + 0.25 * slices as f64;
    assert_eq!(tasks, 600);
    assert!((script.status().spent.seconds * 1000.0 - trained).abs() < 1e-6, "{:?}", script.status().spent);
    assert!(NOW.get() - begun > 60_000.0 + 2.0 * trained, "most of the time something else was done, or nothing");
}

#[test]
fn alignment_is_made_in_slices_beside_training() {
    let (mut script, calls) = slow(&small(3000));
    script.say(Command::WatchAlignment { on: true }).unwrap();
    script.finish();
    MINIBATCHES.take();
    script.say(Command::Start { watched: false }).unwrap();
    while script.status().running {
        let begun = NOW.get();
        script.advance();
        assert!(NOW.get() - begun < 32.0, "a slice of training and one of alignment");
    }
    let tasks: usize = calls.borrow().iter().sum();
    let slices = MINIBATCHES.take();
    assert_eq!(tasks, 3000);
    assert!(slices.iter().all(|&gradients| gradients <= 16), "slices of about ten milliseconds: {slices:?}");
    let share = slices.iter().sum::<usize>() as f64 / tasks as f64;
    assert!((0.05..0.3).contains(&share), "{share} of the time of training");
    script.finish();
    assert_eq!(script.alignments().len(), script.points().len());
}

#[test]
fn another_theta_in_the_middle_of_a_meta_iteration_begins_it_anew() {
    let mut config = small(8);
    config.outer.meta_batch = 50;
    let (mut script, calls) = slow(&config);
    script.say(Command::Start { watched: false }).unwrap();
    while calls.borrow().iter().sum::<usize>() < 70 {
        script.advance();
    }
    let start = Network::new(&config.model).initial_theta(config.seed);
    script.say(Command::Reset).unwrap();
    script.say(Command::SetTheta { theta: start }).unwrap();
    script.say(Step { count: 2 }).unwrap();
    assert_eq!(script.theta(), trained(&config, 2));
}

/// A run whose ε is cut again and again.
fn adaptive() -> Config {
    let mut config = small(300);
    (config.outer.schedule, config.outer.step_size) = (Schedule::Adaptive, 0.1);
    config
}

/// The train state at the end of a run on one thread, or on two.
fn run_of(config: &Config, helpers: usize) -> TrainState {
    let mut train_state = TrainState::of(config);
    train_state.prepare(config);
    let mut pool = CpuPool::new(config, &train_state, threads::helpers(helpers), || 0.0);
    block_on(run::train(&mut pool, config, &mut train_state, config.outer.iterations, |_| true))
        .expect("the CPU does not fail");
    train_state
}

#[test]
fn a_run_with_checks_has_the_same_result_in_slices_of_any_length() {
    for meta_batch in [1, 6] {
        let mut config = adaptive();
        config.outer.meta_batch = meta_batch;
        let whole = run_of(&config, 0);
        assert!(run_of(&config, 1) == whole);
        assert!(whole.early_stopping.factor < 1.0, "ε was cut: {:?}", whole.early_stopping);
        // At full speed, with a preview and evaluations beside it.
        let mut script = Script::opened(&config);
        let (task, shots) = preview_input();
        script.say(Command::Preview { curve: task.into(), shots }).unwrap();
        script.say(Command::Start { watched: false }).unwrap();
        script.finish();
        assert!(script.theta() == whole.theta);
        assert_eq!(script.status().step_size, 0.1 * whole.early_stopping.factor);
        // Step by step, on a slow backend, and on one that is opened anew.
        let (mut script, _) = slow(&config);
        for count in [3, 7, 1, 89] {
            script.say(Step { count }).unwrap();
        }
        script.say(Command::UseBackend { preference: Preference::Cpu }).unwrap();
        script.say(Command::SetPace { pace: Pace::PerSecond(300.0) }).unwrap();
        script.say(Command::Start { watched: false }).unwrap();
        script.finish_slowly();
        assert!(script.theta() == whole.theta);
        // From a checkpoint.
        let mut script = Script::opened(&config);
        script.say(Step { count: 173 }).unwrap();
        script.finish();
        let checkpoint = script.events.iter().rev().find_map(|event| match event {
            Event::Checkpoint(train_state) => Some(train_state.clone()),
            _ => None,
        });
        let mut script = Script::opened(&config);
        let (train_state, spent) = (checkpoint.unwrap(), Spent::default());
        script.say(Command::Restore { config: config.clone(), train_state, spent }).unwrap();
        assert_eq!(script.status().iteration, 173);
        script.say(Command::Start { watched: false }).unwrap();
        script.finish();
        assert!(script.theta() == whole.theta);
    }
}

#[test]
fn a_run_stops_by_its_rules_and_says_so() {
    let update = StopRules { update: 10.0, patience: 0 };
    let patience = StopRules { update: 0.0, patience: 2 };
    for (stop, reason, iteration) in [(update, StopReason::GradientNorm, 10), (patience, StopReason::Patience, 30)] {
        let mut config = small(300);
        (config.outer.step_size, config.outer.stop) = (1e-5, stop);
        let failure = Failure::Stopped { reason, iteration };
        let mut script = Script::opened(&config);
        assert_eq!(script.status().stopped, None);
        let step = script.tell(Step { count: 200 });
        script.say(Command::Start { watched: false }).unwrap();
        script.finish();
        assert_eq!(script.answer_to::<()>(step), Some(Err(failure.clone())));
        let status = script.status();
        assert_eq!((status.stopped, status.running, status.iteration), (Some(reason), false, iteration));
        assert!(script.problems().is_empty(), "it is no error");
        assert_eq!(script.points().last(), Some(&iteration));
        for command in [Message::from(Command::Start { watched: false }), Message::from(Step { count: 1 })] {
            assert_eq!(script.say_any(command), Err(failure.clone()));
        }
        let stopped = script.theta();
        assert_eq!(stopped, run_of(&config, 1).theta);
        assert_eq!(stopped, trained(&config, iteration));

        script.say(Command::Reset).unwrap();
        assert_eq!((script.status().stopped, script.status().iteration), (None, 0));
        script.say(Command::Start { watched: false }).unwrap();
        script.finish();
        assert_eq!((script.status().stopped, script.status().iteration), (Some(reason), iteration));

        // Other rules, or another θ, begin another early stopping.
        config.outer.stop = StopRules::default();
        script.say(Command::Configure { config: config.clone() }).unwrap();
        assert_eq!(script.status().stopped, None);
        script.say(Command::Start { watched: false }).unwrap();
        script.finish();
        assert_eq!((script.status().stopped, script.status().iteration), (None, 300));
        assert_eq!(script.say(Command::Start { watched: false }), Err(Failure::Finished));
    }
}

#[test]
fn another_theta_restarts_early_stopping() {
    let mut config = small(300);
    config.outer.stop.update = 10.0;
    let mut script = Script::opened(&config);
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    let theta = Network::new(&config.model).initial_theta(9);
    script.say(Command::SetTheta { theta }).unwrap();
    assert_eq!((script.status().stopped, script.status().iteration), (None, 10));
    script.say(Command::Start { watched: false }).unwrap();
    script.finish();
    assert_eq!((script.status().stopped, script.status().iteration), (Some(StopReason::GradientNorm), 20));
}

#[test]
fn checks_are_made_in_slices() {
    let (mut script, _) = slow(&adaptive());
    script.say(Command::Start { watched: false }).unwrap();
    while script.status().running {
        let begun = NOW.get();
        script.advance();
        assert!(NOW.get() - begun < 40.0, "{}", NOW.get() - begun);
    }
    assert!(script.theta() == run_of(&adaptive(), 0).theta);
}

/// A session that is not open, on a backend of some kind that is lost after `calls_left` calls of `train`: from then on
/// it fails to train and to load.
fn fragile(kind: BackendKind, error: BackendError, calls_left: Rc<Cell<u32>>) -> Script {
    Script::with(move |config, train_state, _| {
        let (adapter, error, calls_left) = ("a fragile test", error.clone(), Rc::clone(&calls_left));
        let hook = move |call| {
            match call {
                HookedCall::Load | HookedCall::Read | HookedCall::Train { .. } if calls_left.get() == 0 => {
                    return Err(error.clone());
                }
                HookedCall::Load | HookedCall::Read | HookedCall::Gradients { .. } => {}
                HookedCall::Train { .. } => calls_left.set(calls_left.get() - 1),
            }
            Ok(())
        };
        let choice = Choice { kind, adapter: adapter.into(), reason: Reason::Asked };
        Ok((Box::new(Hooked { inner: Cpu::new(config, train_state), kind, adapter, hook }), choice))
    })
}

#[test]
fn a_lost_gpu_or_worker_is_said_and_the_cpu_goes_on_to_the_same_end() {
    let config = small(500);
    let detail = "unplugged".to_owned();
    let cases = [
        (BackendKind::Gpu, BackendError::Lost { detail: detail.clone() }),
        (BackendKind::Cpu, BackendError::HelperLost { detail: detail.clone() }),
    ];
    for (kind, error) in cases {
        let mut script = fragile(kind, error.clone(), Rc::new(Cell::new(6)));
        script.say(Command::Open { config: config.clone(), preference: Preference::Gpu }).unwrap();
        let (task, shots) = preview_input();
        script.say(Command::Preview { curve: task.into(), shots }).unwrap();
        assert_eq!(script.status().backend.adapter, "a fragile test");
        script.say(Command::Start { watched: false }).unwrap();
        script.finish();
        assert_eq!(script.problems(), [&Failure::Backend(error.clone())]);
        assert_eq!(script.status().backend.kind, BackendKind::Cpu);
        assert_eq!(script.status().backend.reason, Reason::Failed(error));
        assert_eq!(script.status().iteration, 500);
        assert_eq!(script.theta(), trained(&config, 500));
    }
}

#[test]
fn settings_are_taken_on_also_when_the_gpu_was_lost_before() {
    let error = BackendError::Lost { detail: "unplugged".to_owned() };
    let calls_left = Rc::new(Cell::new(6));
    let mut script = fragile(BackendKind::Gpu, error.clone(), Rc::clone(&calls_left));
    script.say(Command::Open { config: small(50), preference: Preference::Gpu }).unwrap();
    script.say(Step { count: 5 }).unwrap();
    calls_left.set(0);
    let mut other = small(50);
    other.model.hidden = vec![5];
    script.events.clear();
    script.say(Command::Configure { config: other.clone() }).unwrap();
    assert_eq!(script.problems(), [&Failure::Backend(error.clone())]);
    assert!(script.events.iter().any(|event| matches!(event, Event::Restarted)));
    assert_eq!(script.status().backend.reason, Reason::Failed(error));
    script.say(Step { count: 20 }).unwrap();
    assert_eq!(script.theta(), trained(&other, 20));
    script.say(Command::Recall).unwrap();
    assert_eq!(script.theta().len(), Network::new(&other.model).parameters());
}

#[test]
fn the_cpu_can_be_chosen_in_place_of_a_gpu_that_does_not_answer() {
    let config = small(100);
    let calls_left = Rc::new(Cell::new(u32::MAX));
    let lost = BackendError::Lost { detail: "onSubmittedWorkDone: no answer for 20 s".to_owned() };
    let mut script = Script::with({
        let calls_left = Rc::clone(&calls_left);
        move |config, train_state, preference| {
            let (kind, adapter) = match preference {
                Preference::Cpu => (BackendKind::Cpu, "a test"),
                _ => (BackendKind::Gpu, "a mute test"),
            };
            let (calls_left, lost) = (Rc::clone(&calls_left), lost.clone());
            let hook = move |_| match calls_left.get() {
                0 if kind == BackendKind::Gpu => Err(lost.clone()),
                _ => Ok(()),
            };
            let choice = Choice { kind, adapter: adapter.into(), reason: Reason::Asked };
            Ok((Box::new(Hooked { inner: Cpu::new(config, train_state), kind, adapter, hook }), choice))
        }
    });
    script.say(Command::Open { config: config.clone(), preference: Preference::Auto }).unwrap();
    script.say(Command::Start { watched: false }).unwrap();
    script.advance();
    calls_left.set(0);
    script.say(Command::UseBackend { preference: Preference::Cpu }).unwrap();
    let choice = &script.status().backend;
    assert_eq!((choice.kind, &choice.reason), (BackendKind::Cpu, &Reason::Asked));
    script.finish();
    assert_eq!(script.theta(), trained(&config, 100));
}

/// A session on a machine without a GPU.
fn without_gpu() -> Script {
    Script::with(|config, train_state, preference| {
        if preference == Preference::Gpu {
            return Err(BackendError::NoAdapter { detail: "none".into() });
        }
        let choice = Choice { kind: BackendKind::Cpu, adapter: "a test".into(), reason: Reason::Asked };
        Ok((Box::new(Cpu::new(config, train_state)), choice))
    })
}

#[test]
fn a_new_engine_trains_where_the_gpu_that_was_asked_for_cannot_be_had() {
    let mut script = without_gpu();
    script.say(Command::Open { config: small(50), preference: Preference::Gpu }).unwrap();
    let choice = &script.status().backend;
    assert_eq!(choice.kind, BackendKind::Cpu);
    assert_eq!(choice.reason, Reason::NoGpu(BackendError::NoAdapter { detail: "none".into() }));
    script.say(Step { count: 50 }).unwrap();
    assert_eq!(script.theta(), trained(&small(50), 50));
    let refused = script.say(Command::UseBackend { preference: Preference::Gpu });
    assert!(
        matches!(refused, Err(Failure::Backend(BackendError::NoAdapter { .. }))),
        "it is asked for anew: {refused:?}"
    );
    script.say(Command::UseBackend { preference: Preference::Cpu }).unwrap();
}

#[test]
fn a_backend_that_cannot_be_had_leaves_the_one_in_use() {
    let mut script = without_gpu();
    script.say(Command::Open { config: small(50), preference: Preference::Auto }).unwrap();
    script.say(Step { count: 20 }).unwrap();
    let refused = script.say(Command::UseBackend { preference: Preference::Gpu });
    assert!(matches!(refused, Err(Failure::Backend(BackendError::NoAdapter { .. }))), "{refused:?}");
    script.say(Step { count: 30 }).unwrap();
    assert_eq!(script.theta(), trained(&small(50), 50));
}

/// Turns of the fuzz: slices of work and calls.
const FUZZED: u64 = 500_000;

/// Draws calls, sensible and hostile ones.
struct Caller(Rng);

impl Caller {
    fn below(&mut self, count: usize) -> usize {
        ((f64::from(self.0.unit()) * count as f64) as usize).min(count - 1)
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn config(&mut self) -> Config {
        let mut config = self.pick(&[small(20), small(60), small(200)]).with_algorithm(self.pick(Algorithm::ALL));
        config.outer.iterations = self.pick(&[1, 7, 40, 150]);
        config.outer.meta_batch = self.pick(&[1, 1, 3]);
        config.model.hidden = self.pick(&[vec![2], vec![2], vec![3, 2]]);
        config.model.activation = self.pick(&[Activation::Tanh, Activation::Relu]);
        config.seed = self.below(2) as u64;
        (config.inner.steps, config.inner.batch) = (self.pick(&[1, 2]), self.pick(&[1, 4]));
        config.inner.learning_rate = self.pick(&[0.02, 0.02, 10.0]);
        (config.eval.tasks, config.eval.steps, config.eval.shots) = (self.pick(&[2, 5]), self.pick(&[1, 4]), 2);
        config.outer.stop = self.pick(&[
            StopRules::default(),
            StopRules { update: 0.5, patience: 0 },
            StopRules { update: 0.0, patience: 1 },
        ]);
        if self.below(10) == 0 {
            config.inner.steps = 0;
        }
        config
    }

    fn number(&mut self) -> f64 {
        self.pick(&[0.0, 0.02, 0.5, 1.0, 50.0, -1.0, 1e300, f64::NAN, f64::INFINITY])
    }

    fn theta(&mut self, config: &Config) -> Vec<f32> {
        let length = Network::new(&config.model).parameters();
        let value = self.pick(&[0.0, 0.1, 1e3, f32::NAN]);
        vec![value; self.pick(&[length, length, length, 0, length + 1])]
    }

    fn view(&mut self, config: &Config) -> ViewRequest {
        let (task, shots) = preview_input();
        let (curve, shots) = (task.into(), self.pick(&[shots, vec![]]));
        let steps = self.pick(&[0, 1, 4, 4, 10_000_000]);
        let (amplitudes, phases) = (self.pick(&[vec![0.0, 2.0], vec![f32::NAN]]), vec![0.0, 1.0, 3.0]);
        match self.below(7) {
            0 => ViewRequest::LossSurface { curve, shots },
            1 => ViewRequest::PairSurface { theta: self.theta(config), number: steps as u64 },
            2 => ViewRequest::ThetaMap,
            3 => ViewRequest::Wheel { steps, tasks: WheelTasks { amplitudes, phases } },
            4 => ViewRequest::Activity { curve, shots, steps, step: 2, layer: self.pick(&[None, Some(0), Some(7)]) },
            _ => {
                let family = self.pick(&[Family::Sinusoid, Family::Line]);
                ViewRequest::TaskMap(TaskMapSpec { family, frequency: 1.0, amplitudes, phases, steps, number: 0 })
            }
        }
    }

    fn call(&mut self, config: &mut Config) -> Message {
        let preference = self.pick(&[Preference::Auto, Preference::Cpu, Preference::Gpu]);
        let (number, is_on) = (self.number(), self.below(2) == 0);
        let (task, shots) = preview_input();
        let shots = self.pick(&[shots, vec![], vec![[0.0, f32::NAN]], vec![[1.0, 1.0]; 201]]);
        let count = self.pick(&[0, 1, 1, 5, 30, 10_000_000, u64::MAX]);
        let steps = self.pick(&[0, 3, 40, 10_000_000]);
        match self.below(36) {
            0 => {
                *config = self.config();
                Command::Open { config: config.clone(), preference }.into()
            }
            1..=3 => {
                *config = self.config();
                Command::Configure { config: config.clone() }.into()
            }
            4..=6 => Command::Start { watched: false }.into(),
            7 => Command::Pause.into(),
            8 => Command::Reset.into(),
            9 => Command::Recall.into(),
            10 if is_on => Command::SetPace { pace: Pace::PerSecond(number) }.into(),
            10 => Command::SetPace { pace: Pace::Watch }.into(),
            11 => Command::Preview { curve: task.into(), shots }.into(),
            12 => Command::UseBackend { preference }.into(),
            13 => Command::WatchAlignment { on: is_on }.into(),
            14 => Command::CancelRequests.into(),
            15 => Command::SetTheta { theta: self.theta(config) }.into(),
            16 => {
                let train_state = TrainState { iteration: count, ..TrainState::new(self.theta(config)) };
                Command::Restore { config: config.clone(), train_state, spent: Spent::default() }.into()
            }
            17 => Evaluate.into(),
            18 => Align.into(),
            19 => Adapt { curve: task.into(), shots, steps, learning_rate: number }.into(),
            20 => TraceTwoTasks { theta: self.theta(config), number: count % 1000, step_size: number }.into(),
            21 => ReadTheta.into(),
            22 => Command::Continue.into(),
            24..=27 => MakeView { request: self.view(config) }.into(),
            28..=29 => Command::WatchViews { views: vec![self.view(config)] }.into(),
            30 if is_on => Command::WatchViews { views: vec![] }.into(),
            30 => Command::PredictEveryStep { on: count > 1 }.into(),
            31 => GoTo { iteration: Some(count).filter(|_| is_on) }.into(),
            32 => Command::BeginFrom { theta: self.theta(config), provenance: Provenance::given() }.into(),
            33 if is_on => ReadKeyframes { save: count as u32, from: count as usize }.into(),
            33 => SaveRun { most_bytes: count as usize }.into(),
            23 if is_on => ReadMoment.into(),
            23 => {
                let (provenance, model) = (Provenance::given(), config.model.clone());
                let moment = Moment { iteration: count, provenance, model, theta: self.theta(config) };
                Command::Pin { moment: Some(moment).filter(|_| count != 5) }.into()
            }
            _ => Step { count }.into(),
        }
    }
}

/// A session whose backends can be missing, and fail now and then.
fn unreliable(seed: u64) -> Script {
    let chance = Rc::new(RefCell::new(Caller(Rng::stream(seed, Purpose::Search, 1, 0))));
    Script::with(move |config, train_state, preference| {
        let kind = if preference == Preference::Gpu { BackendKind::Gpu } else { BackendKind::Cpu };
        if chance.borrow_mut().below(10) == 0 {
            return Err(BackendError::NoAdapter { detail: "none".into() });
        }
        let (adapter, chance) = ("an unreliable test", Rc::clone(&chance));
        let hook = move |_: HookedCall| {
            let mut chance = chance.borrow_mut();
            let detail = || "unplugged".to_owned();
            match chance.below(500) {
                0 => Err(BackendError::Lost { detail: detail() }),
                1 => Err(BackendError::HelperLost { detail: detail() }),
                _ => Ok(()),
            }
        };
        let choice = Choice { kind, adapter: adapter.into(), reason: Reason::Asked };
        Ok((Box::new(Hooked { inner: Cpu::new(config, train_state), kind, adapter, hook }), choice))
    })
}

#[test]
fn every_sequence_of_calls_is_answered_and_comes_to_rest() {
    let (mut caller, mut script) = (Caller(Rng::stream(14, Purpose::Search, 0, 0)), unreliable(15));
    let (mut config, mut turns) = (small(20), 0);
    let mut outcomes = [0_u64; 2];
    while turns < FUZZED {
        // A burst of calls with work between them, and then rest.
        let (first, begun) = (script.last_id + 1, NOW.get());
        for _ in 0..100 {
            match caller.below(4) {
                0 => _ = script.tell(caller.call(&mut config)),
                _ => _ = script.advance(),
            }
        }
        turns += 100;
        let rest = (0..200_000).find(|_| {
            turns += 1;
            match script.advance() {
                Next::Idle => true,
                Next::At(time) => {
                    NOW.set(NOW.get().max(time));
                    false
                }
                Next::Now => false,
            }
        });
        assert!(rest.is_some(), "turn {turns}: the session never comes to rest");
        let mut answers = vec![0; (script.last_id + 1 - first) as usize];
        let (mut statuses, mut problems) = (0, 0);
        for event in script.events.drain(..) {
            match event {
                Event::Answer { id, result } => {
                    answers[(id - first) as usize] += 1;
                    outcomes[usize::from(result.is_err())] += 1;
                }
                Event::Status(_) => statuses += 1,
                Event::Problem(_) => problems += 1,
                Event::Checkpoint(train_state) => assert!(!train_state.has_diverged(), "turn {turns}"),
                _ => {}
            }
        }
        assert!(answers.iter().all(|count| *count == 1), "turn {turns}: {answers:?}");
        // One for each answer and problem, one for each start that ends, and the display's.
        let most = 2 * answers.len() + 2 * problems + ((NOW.get() - begun) / 16.0) as usize + 4;
        assert!(statuses <= most, "turn {turns}: {statuses} messages, {problems} problems, {} calls", answers.len());
        match script.say(ReadTheta) {
            Ok(theta) => assert!(theta.iter().all(|number| number.is_finite()), "turn {turns}"),
            Err(failure) => assert_eq!(failure, Failure::NotOpen, "turn {turns}"),
        }
        script.events.clear();
    }
    assert!(outcomes.iter().all(|count| *count > 1000), "answered, and refused: {outcomes:?}");
}

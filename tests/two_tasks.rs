//! The meta-iteration on two tasks is the one that training makes, seen from within.

use pollster::block_on;
use reptile_lab::app::algorithm_box::AlgorithmBox;
use reptile_lab::app::number::write::{decimal, significant};
use reptile_lab::app::two_tasks::{Line, Stage};
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::{Cpu, Simd};
use reptile_lab::backend::reference::Reference;
use reptile_lab::backend::tolerance::{PREDICTIONS, THETA, compare};
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::inner_optimizer::{InnerOptimizer, InnerState};
use reptile_lab::domain::network::Network;
use reptile_lab::domain::outer_optimizer::OuterOptimizer;
use reptile_lab::domain::schedule::Schedule;
use reptile_lab::domain::task::Task;
use reptile_lab::domain::task::family::Families;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::engine::protocol::TwoTasks;
use reptile_lab::engine::two_tasks::two_tasks;
use reptile_lab::i18n::Locale;

const NUMBER: u64 = 7;
const STEP_SIZE: f64 = 0.25;

/// Reptile with two tasks and the plain update.
fn reptile() -> Config {
    let mut config = Preset::Paper.config();
    config.model.hidden = vec![24, 16];
    config.outer.schedule = Schedule::Constant;
    config.outer.step_size = STEP_SIZE;
    config.outer.meta_batch = 2;
    config
}

fn configs() -> Vec<Config> {
    let mut mixture = reptile();
    mixture.tasks.family = Families::Mixture;
    (mixture.tasks.frequency, mixture.tasks.noise) = ([0.5, 2.0], 0.3);
    let mut adam = reptile();
    (adam.inner.optimizer, adam.inner.steps) = (InnerOptimizer::Adam, 9);
    let mut full_batch = reptile();
    (full_batch.inner.optimizer, full_batch.inner.batch) = (InnerOptimizer::Gd, 20);
    vec![reptile(), mixture, adam, full_batch]
}

fn theta(config: &Config) -> Vec<f32> {
    Network::new(&config.model).initial_theta(3)
}

/// θ after the meta-iteration of this number, as training makes it.
fn trained(config: &Config) -> Vec<f32> {
    let mut backend = Cpu::new(config, &TrainState { iteration: NUMBER, ..TrainState::new(theta(config)) });
    block_on(backend.train(&MetaBatches::draw(config, NUMBER, NUMBER, 1))).expect("it trains");
    block_on(backend.train_state()).expect("it has a train state").theta
}

fn examined(config: &Config, step_size: f64) -> TwoTasks {
    two_tasks::<Simd>(config, &theta(config), NUMBER, step_size)
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn the_new_theta_is_that_of_training_to_the_bit() {
    for config in configs() {
        assert_eq!(examined(&config, STEP_SIZE).theta, trained(&config));
    }
    let mut other = reptile();
    other.inner.state = InnerState::Carry;
    (other.outer.optimizer, other.outer.schedule, other.outer.meta_batch) = (OuterOptimizer::Adam, Schedule::Linear, 5);
    other.outer.step_size = 0.01;
    for algorithm in [Algorithm::Fomaml, Algorithm::Maml, Algorithm::Joint, Algorithm::None, Algorithm::Reptile] {
        let config = Config { algorithm, ..other.clone() };
        assert_eq!(examined(&config, STEP_SIZE).theta, trained(&reptile()), "{algorithm:?} follows Reptile");
    }
}

#[test]
fn the_inner_loops_are_the_references() {
    for config in configs() {
        let ours = examined(&config, STEP_SIZE);
        let truth = two_tasks::<Reference>(&config, &theta(&config), NUMBER, STEP_SIZE);
        compare("θ", &ours.theta, &truth.theta, THETA).unwrap_or_else(|error| panic!("{error}"));
        for (ours, truth) in ours.tasks.iter().zip(&truth.tasks) {
            assert_eq!(ours.minibatches, truth.minibatches);
            for (ours, truth) in [(&ours.before, &truth.before), (&ours.after, &truth.after)] {
                assert_eq!(ours.steps, (0..=config.inner.steps).collect::<Vec<_>>());
                let rows = [ours, truth].map(|adapted| adapted.predictions.concat());
                compare("φ", &rows[0], &rows[1], PREDICTIONS).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
}

#[test]
fn distances_and_angle_are_those_of_phi() {
    for config in configs() {
        // With ε = 1 θ becomes φ of its only task, or the mean of both.
        let mut config = config;
        config.outer.step_size = 1.0;
        let (start, mean) = (theta(&config), trained(&config));
        config.outer.meta_batch = 1;
        let first = trained(&config);
        let second: Vec<f32> = mean.iter().zip(&first).map(|(mean, first)| 2.0 * mean - first).collect();
        let (a, b, between) = (distance(&first, &start), distance(&second, &start), distance(&first, &second));
        let two = examined(&config, STEP_SIZE);
        let near = |ours: f64, truth: f64| assert!((ours - truth).abs() < 1e-4 * truth.abs(), "{ours} and {truth}");
        near(two.tasks[0].distance, a);
        near(two.tasks[1].distance, b);
        // The law of cosines.
        near(two.cosine, (a * a + b * b - between * between) / (2.0 * a * b));
        near(two.to_mean, distance(&mean, &start));
        near(two.moved, STEP_SIZE * two.to_mean);
    }
}

#[test]
fn minibatches_lie_on_the_tasks_and_are_those_of_training() {
    let config = reptile();
    let two = examined(&config, STEP_SIZE);
    let batches = MetaBatches::draw(&config, NUMBER, NUMBER, 1);
    for (of_task, (_, (x, y))) in two.tasks.iter().zip(batches.tasks_of(0)) {
        let points: Vec<[f32; 2]> = of_task.minibatches.concat();
        assert_eq!(points, x.iter().zip(y).map(|(&x, &y)| [x, y]).collect::<Vec<_>>());
        assert_eq!((of_task.minibatches.len(), of_task.minibatches[0].len()), (config.inner.steps, config.inner.batch));
        assert!(points.iter().all(|[x, y]| of_task.task.value(*x) == *y));
        assert_eq!(of_task.truth, two.grid.iter().map(|&x| of_task.task.value(x)).collect::<Vec<_>>());
    }
    assert_ne!(two.tasks[0].task, two.tasks[1].task);
}

#[test]
fn without_a_step_size_theta_stays() {
    let config = reptile();
    let two = examined(&config, 0.0);
    assert_eq!((two.theta, two.moved), (theta(&config), 0.0));
    assert!(two.to_mean > 0.0 && two.tasks.iter().all(|of_task| of_task.before == of_task.after));
}

#[test]
fn the_algorithm_s_lines_have_the_numbers_of_now() {
    let config = reptile();
    let (two, k) = (examined(&config, STEP_SIZE), config.inner.steps);
    let values = |line, number, locale| {
        AlgorithmBox { two: &two, number, inner: &config.inner, source: "somewhere" }.values(line, locale)
    };
    let english = |line, number| values(line, number, Locale::En);
    let mse = |task: usize, step: usize| significant(two.tasks[task].before.mse[step]);
    assert_eq!(english(Line::Initialise, 0), ["somewhere"]);
    assert_eq!(english(Line::Repeat, 0), [format!("iteration {}", NUMBER + 1)]);
    let [first, second] = [&two.tasks[0].task, &two.tasks[1].task];
    let formula = |task: &Task| {
        format!("y = {}·sin(x + {})", decimal(f64::from(task.amplitude), 2), decimal(f64::from(task.phase), 2))
    };
    assert_eq!(english(Line::Sample, 0), [format!("τ₁: {}", formula(first)), format!("τ₂: {}", formula(second))]);
    let rate = format!("α = {}", config.inner.learning_rate);
    assert_eq!(english(Line::Step, 0).join(" "), rate, "before the first step nothing is known of φ");
    for (number, step) in [(1, 1), (3, 3), (k, k), (k + 1, k), (k + 3, k)] {
        let expected = [
            rate.clone(),
            format!("step {step} of {k}"),
            format!("MSE of φ₁: {} → {}", mse(0, 0), mse(0, step)),
            format!("MSE of φ₂: {} → {}", mse(1, 0), mse(1, step)),
        ];
        assert_eq!(english(Line::Step, number), expected, "stage {number}");
    }
    let lengths =
        [two.tasks[0].distance, two.tasks[1].distance, two.to_mean, two.moved].map(|length| decimal(length, 3));
    let step_size = format!("ε = {STEP_SIZE}");
    assert_eq!(english(Line::Update, k).join(" "), step_size);
    let compared = english(Line::Update, k + 1);
    assert_eq!(compared[1..3], [format!("‖φ₁ − θ‖ = {}", lengths[0]), format!("‖φ₂ − θ‖ = {}", lengths[1])]);
    assert_eq!(compared[3], format!("angle {:.0}°", two.cosine.acos().to_degrees()));
    let mean = format!("‖mean φ − θ‖ = {}", lengths[2]);
    assert_eq!(english(Line::Update, k + 2), [step_size.clone(), mean.clone()]);
    let moved = english(Line::Update, k + 3);
    assert_eq!(moved[..3], [step_size, mean, format!("‖θ′ − θ‖ = {}", lengths[3])]);
    let again = significant(two.tasks[1].after.mse[k]);
    assert_eq!(moved[4], format!("next φ₂: MSE {} → {again}", mse(1, k)));
    for line in Line::ALL {
        for number in 0..=Stage::last(k) {
            let counts = [Locale::En, Locale::ZhHans].map(|locale| values(line, number, locale).len());
            assert_eq!(counts[0], counts[1], "{line:?}");
        }
    }
}

#[test]
fn a_step_of_another_optimizer_is_not_written_as_gradient_descent() {
    let mut config = reptile();
    let two = examined(&config, STEP_SIZE);
    let symbols = |config: &Config| {
        let shown = AlgorithmBox { two: &two, number: 0, inner: &config.inner, source: "" };
        shown.symbols(Line::Step, Locale::En)
    };
    assert_eq!(symbols(&config), "φᵢ ← φᵢ − α ∇L(φᵢ)");
    config.inner.optimizer = InnerOptimizer::Adam;
    assert!(symbols(&config).contains("Adam") && !symbols(&config).contains('∇'), "{}", symbols(&config));
}

//! The early stopping of a run: by how much ε changes and when training stops, on sequences made by hand; and how much each
//! layer learns.

use pollster::block_on;
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::{Cpu, Simd};
use reptile_lab::backend::cpu_pool::CpuPool;
use reptile_lab::backend::cpu_pool::threads;
use reptile_lab::backend::kernel_backend::{Kernel, KernelBackend};
use reptile_lab::backend::reference::Reference;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::early_stopping::{EarlyStopping, StopReason};
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::network::{Model, Network};
use reptile_lab::domain::outer_optimizer::{LayerRate, OuterGradient, OuterOptimizer, StepScalars, StopRules};
use reptile_lab::domain::schedule::Schedule;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::train::run;

fn adaptive() -> Config {
    let mut config = Config::default();
    config.outer.schedule = Schedule::Adaptive;
    config.outer.iterations = 1000;
    config
}

/// A small run of the page's preset, which any test can afford.
fn small() -> Config {
    let mut config = Preset::Fast.config();
    config.model.hidden = vec![12, 7];
    config.outer.iterations = 300;
    config.eval.steps = 4;
    config
}

fn start(config: &Config) -> TrainState {
    let mut train_state = TrainState::of(config);
    train_state.prepare(config);
    train_state
}

/// What ε is multiplied by after each check with these errors.
fn factors(config: &Config, errors: &[f64]) -> Vec<f64> {
    let mut early_stopping = EarlyStopping::default();
    let factors = errors.iter().zip(1..).map(|(&error, number)| {
        early_stopping.check(config, 10 * number, error, None);
        early_stopping.factor
    });
    factors.collect()
}

/// After how many checks with these errors and gradient norms training stops, and why.
fn stop(config: &Config, checks: &[(f64, f64)]) -> Option<(usize, StopReason)> {
    let mut early_stopping = EarlyStopping::default();
    checks.iter().zip(1..).find_map(|(&(error, norm), number)| {
        early_stopping.check(config, 10 * number as u64, error, Some(norm));
        early_stopping.stopped.map(|reason| (number, reason))
    })
}

#[test]
fn checks_come_every_hundredth_of_the_run_and_ten_meta_iterations_apart_at_least() {
    let next = |config: &Config, done: u64| EarlyStopping::default().next_check(config, done);
    let mut config = adaptive();
    assert_eq!(
        [0, 1, 10, 11, 989, 990, 991, 1000].map(|done| next(&config, done)),
        [Some(10), Some(10), Some(10), Some(20), Some(990), Some(990), None, None]
    );
    config.outer.iterations = 30_000;
    assert_eq!([0, 299, 300, 301].map(|done| next(&config, done)), [Some(300), Some(300), Some(300), Some(600)]);
    let mut early_stopping = EarlyStopping::default();
    early_stopping.check(&config, 300, 1.0, None);
    assert_eq!(early_stopping.next_check(&config, 300), Some(600), "a check is made once");
    config.algorithm = Algorithm::None;
    assert_eq!(next(&config, 0), None, "there is no update");
    let plain = Config::default();
    assert_eq!(next(&plain, 0), None);
    for stop in [StopRules { update: 0.1, patience: 0 }, StopRules { update: 0.0, patience: 1 }] {
        let mut config = plain.clone();
        config.outer.stop = stop;
        assert_eq!(next(&config, 0), Some(300));
    }
}

#[test]
fn epsilon_falls_on_a_plateau_and_recovers() {
    let config = adaptive();
    // Nothing is better than before: halved after five checks that bring nothing, and after five more.
    let flat = factors(&config, &[2.0; 12]);
    assert_eq!(flat, [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
    // Better by less than a hundredth is not better; by more, it is.
    let slow: Vec<f64> = (0..6).map(|check| 2.0 - 0.003 * f64::from(check)).collect();
    assert_eq!(factors(&config, &slow)[5], 0.5);
    let steady: Vec<f64> = (0..40).map(|check| 2.0 * 0.98_f64.powi(check)).collect();
    assert_eq!(factors(&config, &steady), [1.0; 40]);
    // It grows by a tenth with each improvement, and never beyond ε.
    let errors = [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.9, 1.8, 1.9, 1.7];
    let found = factors(&config, &errors);
    assert_eq!(found[5..], [0.5, 0.5 * 1.1, 0.5 * 1.1 * 1.1, 0.5 * 1.1 * 1.1, 0.5 * 1.1 * 1.1 * 1.1]);
    let recovery: Vec<f64> = [2.0; 6].into_iter().chain((1..20).map(|check| 2.0 * 0.9_f64.powi(check))).collect();
    assert_eq!(factors(&config, &recovery)[24], 1.0);
    // An error that is no number is no improvement, and there is a least ε.
    let lost = factors(&config, &[f64::NAN; 100]);
    assert_eq!((lost[4], lost[49], lost[99]), (0.5, 1.0 / 1024.0, 1.0 / 1024.0));
    let constant = Config { outer: Config::default().outer, ..config };
    assert_eq!(factors(&constant, &[2.0; 12]), [1.0; 12]);
}

#[test]
fn training_stops_where_its_rules_say() {
    let with = |update, patience| {
        let mut config = Config::default();
        config.outer.stop = StopRules { update, patience };
        config
    };
    let falling = [(4.0, 0.9), (3.0, 0.5), (2.0, 0.3), (2.5, 0.4), (1.99, 0.2), (1.0, 0.1), (1.0, 0.1), (1.0, 0.1)];
    assert_eq!(stop(&with(0.0, 0), &falling), None);
    assert_eq!(stop(&with(0.3, 0), &falling), Some((5, StopReason::GradientNorm)), "below, not at");
    assert_eq!(stop(&with(0.0, 2), &falling), Some((5, StopReason::Patience)), "of the checks in a row");
    assert_eq!(stop(&with(0.0, 3), &falling), None);
    assert_eq!(stop(&with(0.0, 1), &falling), Some((4, StopReason::Patience)));
    assert_eq!(stop(&with(0.25, 2), &falling), Some((5, StopReason::GradientNorm)), "where both say so, by the update");
    assert_eq!(stop(&with(0.5, 1), &[(1.0, f64::NAN), (0.5, f64::NAN)]), None);
}

/// Each optimizer's step from its equations, in double precision.
#[test]
fn each_layer_moves_by_its_own_part_of_epsilon() {
    let (theta, g) = ([0.5, -1.0, 2.0, 0.25, -0.75, 1.5], [0.1, -0.2, 0.4, 0.8, -0.3, 0.6]);
    let layers = [(0..2, 0.0), (2..3, 1.0), (3..6, 0.25)].map(|(places, factor)| LayerRate { places, factor });
    for optimizer in [OuterOptimizer::Sgd, OuterOptimizer::Momentum, OuterOptimizer::Adam] {
        let mut config = Config::default();
        config.outer.optimizer = optimizer;
        (config.outer.step_size, config.outer.schedule) = (0.1, Schedule::Constant);
        let mut train_state = TrainState::new(theta.map(|number| number as f32).to_vec());
        train_state.prepare(&config);
        let mut expected = theta;
        let [mut m, mut v] = [[0.0; 6]; 2];
        for update in 1..=3 {
            let rate: StepScalars = train_state.step_scalars(&config.outer);
            train_state.update(&g.map(|number| number as f32), OuterGradient::Given, rate, &layers);
            for i in 0..6 {
                let epsilon = 0.1 * [0.0, 0.0, 1.0, 0.25, 0.25, 0.25][i];
                let step = match optimizer {
                    OuterOptimizer::Sgd => g[i],
                    OuterOptimizer::Momentum => {
                        m[i] = 0.9 * m[i] + g[i];
                        m[i]
                    }
                    OuterOptimizer::Adam => {
                        m[i] = 0.9 * m[i] + 0.1 * g[i];
                        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                        let corrected = v[i] / (1.0 - 0.999_f64.powi(update));
                        m[i] / (1.0 - 0.9_f64.powi(update)) / (corrected.sqrt() + 1e-8)
                    }
                };
                expected[i] -= epsilon * step;
            }
        }
        for (ours, expected) in train_state.theta.iter().zip(expected) {
            assert!((f64::from(*ours) - expected).abs() < 1e-6, "{optimizer:?}: {ours} instead of {expected}");
        }
        assert_eq!(train_state.theta[..2], [0.5, -1.0]);
    }
}

#[test]
fn the_places_of_a_kernel_are_its_layers() {
    fn check<K: Kernel>(network: &Network, kernel: &K) {
        let layers = kernel.layers();
        assert_eq!(layers.len(), network.widths.len() - 1);
        let flat: Vec<f32> = (1..=network.parameters()).map(|number| number as f32).collect();
        let packed = kernel.pack(&flat);
        assert_eq!(layers.last().map(|layer| layer.end), Some(packed.len()));
        for (ours, layer) in layers.iter().zip(network.layers()) {
            let mut found: Vec<f32> = packed[ours.clone()].iter().copied().filter(|&number| number != 0.0).collect();
            found.sort_by(f32::total_cmp);
            assert_eq!(found, flat[layer.places()]);
        }
    }
    for hidden in [vec![64, 64], vec![1], vec![7, 5, 3], vec![12, 20, 40, 9]] {
        let network = Network::new(&Model { hidden, ..small().model });
        check(&network, &Simd::new(&network));
        check(&network, &Reference::new(&network));
    }
}

#[test]
fn a_frozen_layer_keeps_its_bits_and_the_others_learn() {
    fn theta(mut backend: impl Backend, config: &Config) -> Vec<f32> {
        block_on(backend.train(&MetaBatches::draw(config, 0, 0, 20))).unwrap();
        block_on(backend.train_state()).unwrap().theta
    }
    for (frozen, optimizer) in [(0, OuterOptimizer::Sgd), (1, OuterOptimizer::Momentum), (2, OuterOptimizer::Adam)] {
        let mut config = small();
        (config.outer.optimizer, config.outer.meta_batch) = (optimizer, 5);
        config.outer.layers = vec![1.0; 3];
        config.outer.layers[frozen] = 0.0;
        let start = start(&config);
        let cpu = theta(Cpu::new(&config, &start), &config);
        assert!(theta(CpuPool::new(&config, &start, threads::helpers(2), || 0.0), &config) == cpu);
        let reference = theta(KernelBackend::<Reference>::new(&config, &start), &config);
        for (number, layer) in Network::new(&config.model).layers().enumerate() {
            for theta in [&cpu, &reference] {
                let same =
                    theta[layer.places()].iter().zip(&start.theta[layer.places()]).filter(|(a, b)| a == b).count();
                let expected = if number == frozen { layer.places().len() } else { 0 };
                assert!(same.abs_diff(expected) <= layer.places().len() / 10, "layer {number} of {config:?}");
                assert!(number != frozen || same == expected);
            }
        }
    }
}

#[test]
fn the_norm_is_that_of_the_update() {
    for algorithm in [Algorithm::Reptile, Algorithm::Fomaml] {
        let mut config = Config { algorithm, ..small() };
        config.outer.optimizer = OuterOptimizer::Sgd;
        (config.outer.step_size, config.outer.schedule, config.outer.meta_batch) = (1.0, Schedule::Constant, 3);
        config.outer.stop.update = 0.01;
        let mut cpu = Cpu::new(&config, &start(&config));
        block_on(cpu.train(&MetaBatches::draw(&config, 0, 0, 4))).unwrap();
        let before = block_on(cpu.train_state()).unwrap().theta;
        block_on(cpu.train(&MetaBatches::draw(&config, 4, 4, 1))).unwrap();
        let after = block_on(cpu.train_state()).unwrap();
        let squares = before.iter().zip(&after.theta).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
        let (moved, norm) = (squares.sum::<f64>().sqrt(), after.gradient_norm.unwrap());
        assert!((moved / norm - 1.0).abs() < 1e-5, "{algorithm:?}: θ moved by {moved}, ‖g‖ is {norm}");
    }
}

/// A run by hand, check by check.
#[test]
fn a_run_makes_its_checks_and_goes_by_them() {
    let mut config = small();
    (config.outer.schedule, config.outer.step_size) = (Schedule::Adaptive, 0.1);
    let held_out = HeldOut::of_checks(&config);
    assert_eq!(held_out.len(), 50);
    let mut cpu = Cpu::new(&config, &start(&config));
    let mut early_stopping = EarlyStopping::default();
    for first in (0..300).step_by(10) {
        block_on(cpu.train(&MetaBatches::draw(&config, first, first, 10).with_schedule(&early_stopping))).unwrap();
        if first + 10 < 300 {
            let predictions = block_on(cpu.adapt(None, &held_out.adaptations(0..50))).unwrap();
            let errors = held_out.errors(0..50, &predictions);
            early_stopping.check(&config, first + 10, errors.iter().sum::<f64>() / 50.0, None);
        }
    }
    assert!(early_stopping.factor < 1.0, "ε was cut");
    let by_hand = TrainState { early_stopping, ..block_on(cpu.train_state()).unwrap() };
    let mut train_state = start(&config);
    let mut cpu = Cpu::new(&config, &train_state);
    block_on(run::train(&mut cpu, &config, &mut train_state, 300, |_| true)).unwrap();
    assert!(train_state == by_hand);
    // In two parts, on threads.
    let mut train_state = start(&config);
    let mut pool = CpuPool::new(&config, &train_state, threads::helpers(1), || 0.0);
    for end in [137, 300] {
        block_on(run::train(&mut pool, &config, &mut train_state, end, |_| true)).unwrap();
        assert_eq!(train_state.iteration, end);
    }
    assert!(train_state == by_hand);
    let mut plain = config.clone();
    plain.outer.schedule = Schedule::Constant;
    let mut train_state = start(&plain);
    block_on(run::train(&mut Cpu::new(&plain, &start(&plain)), &plain, &mut train_state, 300, |_| true)).unwrap();
    assert!(train_state.theta != by_hand.theta);
}

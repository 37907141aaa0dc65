//! Runs side by side on a GPU: each comes to what it comes to alone on a processor.

#[path = "common/adapter.rs"]
mod adapter;
#[path = "common/clock.rs"]
mod clock;

use clock::advance;
use pollster::block_on;
use reptile_lab::backend::gpu::deadlines::Deadlines;
use reptile_lab::backend::gpu::parallel_runs::{ParallelRuns, fit};
use reptile_lab::backend::tolerance::{FIRST_MOMENTS, MEAN_ERRORS, PREDICTIONS, SECOND_MOMENTS, compare, theta};
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::evaluation::EvalOptimizer;
use reptile_lab::domain::evaluation::EvaluationSpec;
use reptile_lab::domain::inner_optimizer::{InnerOptimizer, InnerState};
use reptile_lab::domain::outer_optimizer::OuterOptimizer;
use reptile_lab::domain::schedule::Schedule;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::train::parallel;
use reptile_lab::train::segment::{RunSegment, SegmentOutcome};

/// A clock that moves by some milliseconds whenever it is read, so that segments are short.
fn clock() -> f64 {
    advance(7.0)
}

fn small(change: impl Fn(&mut Config)) -> Config {
    let mut config = Preset::Paper.config();
    config.model.hidden = vec![20, 9];
    config.eval.steps = 4;
    config.outer.iterations = 60;
    change(&mut config);
    config.checked().expect("a Config")
}

/// A run up to some meta-iteration.
fn segment(config: Config, until: u64, time_limit: f64) -> RunSegment {
    let train_state = TrainState::of(&config);
    let (distribution, eval) = (config.tasks.clone(), config.eval.clone());
    let evaluation = EvaluationSpec { distribution, eval, tasks: 50, shots: Some(vec![[0.0, 1.0], [2.0, -1.0]]) };
    RunSegment { config, train_state, until, time_limit, evaluation }
}

/// Has the GPU make all of them, in as many segments as it takes; None without one.
fn side_by_side(mut segments: Vec<RunSegment>) -> Option<Vec<SegmentOutcome>> {
    let configs: Vec<Config> = segments.iter().map(|segment| segment.config.clone()).collect();
    assert!(fit(&configs));
    let mut runs = adapter::opened(block_on(ParallelRuns::open(&configs, true, &Deadlines::default())))?;
    assert!(runs.most() >= segments.len());
    for calls in 1.. {
        let (train_states, seconds) = block_on(parallel::train(&mut runs, &segments, clock)).expect("a GPU that works");
        let measure = |(segment, train_state): (&RunSegment, TrainState)| {
            block_on(segment.outcome(train_state, seconds, runs.backend()))
        };
        let outcomes = segments.iter().zip(train_states).map(measure);
        let outcomes: Vec<SegmentOutcome> = outcomes.collect::<Result<_, _>>().expect("a GPU that works");
        let is_over =
            |(outcome, segment): (&SegmentOutcome, &RunSegment)| outcome.train_state.iteration == segment.until;
        if outcomes.iter().zip(&segments).all(is_over) {
            assert!(calls > 1, "what is left from segment to segment is not tested");
            return Some(outcomes);
        }
        assert!(calls < 1000);
        for (segment, outcome) in segments.iter_mut().zip(outcomes) {
            assert!(outcome.seconds > 0.0);
            segment.train_state = outcome.train_state;
        }
    }
    None
}

fn check(runs: &[(Config, u64)]) {
    let segments = |time_limit| runs.iter().map(move |(config, until)| segment(config.clone(), *until, time_limit));
    let Some(ours) = side_by_side(segments(60.0).collect()) else { return };
    for (number, (segment, ours)) in segments(f64::INFINITY).zip(ours).enumerate() {
        let truth = segment.run(clock);
        let agree = |what: &str, ours: &[f32], truth: &[f32], tolerance| {
            compare(what, ours, truth, tolerance).unwrap_or_else(|mismatch| panic!("run {number}: {mismatch}"));
        };
        assert_ne!(truth.train_state.theta, segment.train_state.theta);
        agree("theta", &ours.train_state.theta, &truth.train_state.theta, theta(&segment.config.outer));
        assert_eq!(ours.train_state.moments.is_some(), truth.train_state.moments.is_some());
        for (ours, truth) in ours.train_state.moments.iter().zip(&truth.train_state.moments) {
            assert_eq!(ours.updates, truth.updates);
            agree("first moments", &ours.first, &truth.first, FIRST_MOMENTS);
            agree("second moments", &ours.second, &truth.second, SECOND_MOMENTS);
        }
        let errors = |outcome: &SegmentOutcome| -> Vec<f32> {
            let curve = outcome.curve.as_ref().expect("measured at its end");
            curve.mean_mse.iter().map(|&error| error as f32).collect()
        };
        agree("errors", &errors(&ours), &errors(&truth), MEAN_ERRORS);
        agree("predictions", &ours.predictions.concat(), &truth.predictions.concat(), PREDICTIONS);
    }
}

#[test]
fn runs_that_differ_in_every_number_of_the_loops() {
    check(&[
        (small(|_| {}), 60),
        (small(|config| config.inner.learning_rate = 0.005), 60),
        (small(|config| config.outer.step_size = 0.5), 45),
        (small(|config| config.inner.steps = 2), 60),
        (small(|config| config.inner.batch = 23), 60),
        (small(|config| config.outer.meta_batch = 4), 60),
        (small(|config| config.seed = 7), 1),
        (small(|config| config.eval.optimizer = EvalOptimizer::One(InnerOptimizer::Adam)), 60),
    ]);
}

#[test]
fn runs_with_adam_outside_and_different_meta_batches() {
    let run = |meta_batch, rate| {
        small(|config| {
            config.outer.optimizer = OuterOptimizer::Adam;
            (config.outer.meta_batch, config.outer.step_size) = (meta_batch, rate);
            config.outer.layers = vec![1.0, 0.5, 0.0];
        })
    };
    check(&[(run(1, 0.01), 30), (run(3, 0.003), 40), (run(2, 0.01), 35)]);
}

#[test]
fn runs_of_maml_through_different_numbers_of_steps() {
    let run = |steps, momentum| {
        small(|config| {
            *config = config.with_algorithm(Algorithm::Maml);
            config.inner.optimizer = InnerOptimizer::Momentum;
            (config.inner.steps, config.inner.momentum) = (steps, momentum);
            (config.outer.step_size, config.outer.iterations) = (0.003, 60);
        })
    };
    check(&[(run(1, 0.9), 20), (run(3, 0.5), 20), (run(2, 0.0), 20)]);
}

#[test]
fn runs_by_their_gradients_with_adam_inside() {
    let run = |beta1, n| {
        small(|config| {
            *config = config.with_algorithm(Algorithm::Fomaml);
            config.inner.optimizer = InnerOptimizer::Adam;
            (config.inner.beta1, config.inner.learning_rate, config.inner.steps) = (beta1, 0.003, 3);
            (config.outer.meta_batch, config.outer.step_size, config.outer.iterations) = (n, 0.003, 60);
        })
    };
    check(&[(run(0.0, 5), 20), (run(0.9, 1), 30)]);
}

#[test]
fn runs_of_activations_that_keep_more_than_their_value() {
    let run = |algorithm, activation, rate| {
        small(|config| {
            *config = config.with_algorithm(algorithm);
            config.model.activation = activation;
            (config.inner.learning_rate, config.outer.iterations) = (rate, 60);
        })
    };
    let reptile = |rate| run(Algorithm::Reptile, Activation::Gelu, rate);
    check(&[(reptile(0.02), 40), (reptile(0.01), 30)]);
    let maml = |rate| run(Algorithm::Maml, Activation::Softplus, rate);
    check(&[(maml(0.02), 20), (maml(0.01), 15)]);
}

#[test]
fn only_runs_that_differ_in_numbers_go_side_by_side() {
    let first = small(|_| {});
    let fits = |change: &dyn Fn(&mut Config)| fit(&[first.clone(), small(change)]);
    assert!(fits(&|config| config.outer.schedule = Schedule::Cosine));
    assert!(fits(&|config| (config.inner.batch, config.seed) = (3, 9)));
    assert!(!fits(&|config| config.model.hidden = vec![20, 10]));
    assert!(!fits(&|config| config.algorithm = Algorithm::Joint));
    assert!(!fits(&|config| config.outer.optimizer = OuterOptimizer::Momentum));
    assert!(!fits(&|config| config.inner.optimizer = InnerOptimizer::Rmsprop));
    assert!(!fits(&|config| config.outer.layers = vec![1.0, 0.0, 1.0]));
    let alone = |change: &dyn Fn(&mut Config)| fit(&[small(change)]);
    assert!(alone(&|_| {}) && !fit(&[]));
    assert!(!alone(&|config| config.algorithm = Algorithm::None));
    // What goes from task to task, or by checks, is left to the processor.
    assert!(!alone(&|config| {
        config.inner.optimizer = InnerOptimizer::Adam;
        config.inner.state = InnerState::Carry;
    }));
    assert!(!alone(&|config| config.outer.schedule = Schedule::Adaptive));
    assert!(!alone(&|config| config.outer.stop.patience = 3));
}

//! Every backend against the scalar reference: one test body, stamped for each backend and each case.
//!
//! Without a GPU, those of the GPU fail, unless `REPTILE_LAB_SKIP_GPU=1` has them skipped.

#[path = "common/adapter.rs"]
mod adapter;

use std::sync::OnceLock;

use pollster::block_on;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::backend::gpu::Gpu;
use reptile_lab::backend::kernel_backend::KernelBackend;
use reptile_lab::backend::reference::Reference;
use reptile_lab::backend::tolerance::{self, Tolerance, compare};
use reptile_lab::backend::{Backend, BackendError};
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::adaptation::Adaptations;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::evaluation::{EvalOptimizer, HeldOut};
use reptile_lab::domain::inner_optimizer::map::Map;
use reptile_lab::domain::inner_optimizer::{InnerOptimizer, InnerState};
use reptile_lab::domain::outer_optimizer::OuterOptimizer;
use reptile_lab::domain::schedule::Schedule;
use reptile_lab::domain::task::sampling::Points;
use reptile_lab::domain::train_state::TrainState;

/// A Config, the meta-iterations to make, and how many held-out tasks are evaluated then.
struct Case {
    config: Config,
    iterations: u64,
    evaluated: usize,
}

/// What a backend makes of a case.
struct Results {
    train_state: TrainState,
    /// From the reference's θ, for each of [`Case::adaptations`].
    predictions: Vec<Vec<f32>>,
    /// Mean squared error of held-out tasks after 0, 1, … 32 steps from its own θ.
    mean_errors: Vec<f32>,
}

type Open = fn(&Config, &TrainState) -> Option<Box<dyn Backend>>;

#[allow(clippy::unnecessary_wraps, reason = "one type for every backend")]
fn cpu(config: &Config, train_state: &TrainState) -> Option<Box<dyn Backend>> {
    Some(Box::new(Cpu::new(config, train_state)))
}

fn gpu(config: &Config, train_state: &TrainState) -> Option<Box<dyn Backend>> {
    let gpu = adapter::opened(block_on(Gpu::new(config, train_state)))?;
    Some(Box::new(gpu))
}

impl Case {
    fn new(hidden: &[usize], activation: Activation, iterations: u64, change: impl Fn(&mut Config)) -> Self {
        let mut config = Preset::Paper.config();
        config.model.hidden = hidden.to_vec();
        config.model.activation = activation;
        change(&mut config);
        Self { config, iterations, evaluated: 0 }
    }

    fn initial(&self) -> TrainState {
        TrainState::of(&self.config)
    }

    fn batches(&self, first: u64, count: u64) -> MetaBatches {
        MetaBatches::draw(&self.config, first, first, count)
    }

    /// Few-shot adaptations with 1, 10 and 50 shots, and predictions without any.
    fn adaptations(&self) -> Vec<Adaptations> {
        let mut all: Vec<_> = [(1, 3), (10, 5), (50, 2)]
            .map(|(shots, tasks)| {
                let mut config = self.config.clone();
                config.eval.shots = shots;
                config.eval.steps = 8;
                HeldOut::new(&config, tasks).adaptations(0..tasks)
            })
            .into();
        let query = all[0].query[..7].to_vec();
        all.push(Adaptations { shots: 0, points: Points::default(), query, record: vec![0, 2], ..all[0].clone() });
        all
    }

    fn results(&self, backend: &mut dyn Backend, theta: Option<&[f32]>) -> Result<Results, BackendError> {
        // Half of it, a look at what was learned, and the other half from there: chunks leave no trace.
        let half = self.iterations / 2;
        block_on(backend.train(&self.batches(0, half)))?;
        let train_state = block_on(backend.train_state())?;
        backend.load(&self.config, &train_state)?;
        // One meta-iteration in two parts, where it has any.
        let n = self.config.outer.meta_batch;
        for tasks in [0..n / 2, n / 2..n] {
            block_on(backend.train(&MetaBatches::draw_some(&self.config, half..half + 1, half, tasks)))?;
        }
        block_on(backend.train(&self.batches(half + 1, self.iterations - half - 1)))?;
        let adaptations = self.adaptations();
        let train_state = block_on(backend.train_state())?;
        let own = block_on(backend.adapt(None, &adaptations[1]))?;
        assert_eq!(own, block_on(backend.adapt(Some(&train_state.theta), &adaptations[1]))?);
        let theta = theta.unwrap_or(&train_state.theta);
        let predictions = adaptations.iter().map(|adaptations| block_on(backend.adapt(Some(theta), adaptations)));
        let predictions = predictions.collect::<Result<_, _>>()?;
        let mean_errors = self.mean_errors(backend)?;
        // Adapting leaves the train state as it was.
        assert_eq!(block_on(backend.train_state())?.theta, train_state.theta);
        Ok(Results { train_state, predictions, mean_errors })
    }

    fn mean_errors(&self, backend: &mut dyn Backend) -> Result<Vec<f32>, BackendError> {
        let tasks = 0..self.evaluated;
        if tasks.is_empty() {
            return Ok(vec![]);
        }
        let held_out = HeldOut::new(&self.config, self.evaluated);
        let predictions = block_on(backend.adapt(None, &held_out.adaptations(tasks.clone())))?;
        let curve = held_out.curve(&held_out.errors(tasks, &predictions));
        Ok(curve.mean_mse.iter().map(|&error| error as f32).collect())
    }

    fn truth(&self) -> Results {
        let mut reference = KernelBackend::<Reference>::new(&self.config, &self.initial());
        self.results(&mut reference, None).expect("the reference has no way to fail")
    }
}

/// The shared body: `open`'s backend agrees with the reference on everything that a backend computes.
fn check(name: &str, case: &Case, truth: &Results, open: Open) {
    let Some(mut backend) = open(&case.config, &case.initial()) else { return };
    let kind = backend.kind().name();
    let ours =
        case.results(&mut *backend, Some(&truth.train_state.theta)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let agree = |what: &str, ours: &[f32], truth: &[f32], tolerance: Tolerance| {
        println!("{name} {kind} {what}: {:.4} times the tolerance", tolerance.largest(ours, truth).1);
        compare(what, ours, truth, tolerance).unwrap_or_else(|mismatch| panic!("{name} {kind}: {mismatch}"));
    };
    assert_eq!(ours.train_state.iteration, case.iterations);
    agree("theta", &ours.train_state.theta, &truth.train_state.theta, tolerance::theta(&case.config.outer));
    match (&ours.train_state.moments, &truth.train_state.moments) {
        (None, None) => {}
        (Some(ours), Some(truth)) => {
            assert_eq!(ours.updates, truth.updates);
            agree("first moments", &ours.first, &truth.first, tolerance::FIRST_MOMENTS);
            agree("second moments", &ours.second, &truth.second, tolerance::SECOND_MOMENTS);
        }
        _ => panic!("{name} {kind}: moments on one side only"),
    }
    let norm =
        |train_state: &TrainState| train_state.gradient_norm.map(|norm| norm as f32).into_iter().collect::<Vec<_>>();
    assert_eq!(ours.train_state.gradient_norm.is_some(), case.config.outer.stop.update > 0.0, "{name} {kind}");
    agree("size of the outer gradient", &norm(&ours.train_state), &norm(&truth.train_state), tolerance::GRADIENT_NORM);
    let counts =
        |train_state: &TrainState| train_state.inner_states.iter().map(|moments| moments.updates).collect::<Vec<_>>();
    assert_eq!(counts(&ours.train_state), counts(&truth.train_state));
    for (number, (ours, truth)) in ours.predictions.iter().zip(&truth.predictions).enumerate() {
        agree(&format!("predictions {number}"), ours, truth, tolerance::PREDICTIONS);
    }
    agree("mean errors", &ours.mean_errors, &truth.mean_errors, tolerance::MEAN_ERRORS);
    let moved =
        case.initial().theta.iter().zip(&ours.train_state.theta).any(|(before, after)| (before - after).abs() > 1e-3);
    assert!(moved, "{name} {kind}: nothing was learned");
}

/// Stamps each case on each backend.
macro_rules! parity {
    ($($name:ident: $case:expr;)*) => {$(
        mod $name {
            use super::*;

            static TRUTH: OnceLock<Results> = OnceLock::new();

            fn check_on(open: Open) {
                let case = $case;
                check(stringify!($name), &case, TRUTH.get_or_init(|| case.truth()), open);
            }

            #[test]
            fn cpu() {
                check_on(super::cpu);
            }

            #[test]
            fn gpu() {
                check_on(super::gpu);
            }
        }
    )*};
}

fn with_optimizer(optimizer: InnerOptimizer, change: impl Fn(&mut Config)) -> Case {
    Case::new(&[24, 17], Activation::Tanh, 100, |config| {
        config.inner.optimizer = optimizer;
        config.inner.learning_rate = 0.01;
        change(config);
    })
}

fn with_algorithm(algorithm: Algorithm, activation: Activation, change: impl Fn(&mut Config)) -> Case {
    Case::new(&[24, 17], activation, 60, |config| {
        *config = config.with_algorithm(algorithm);
        // Large steps: what is learned shows after few of them.
        config.outer.step_size = 0.01;
        change(config);
    })
}

parity! {
    carried_momentum: with_optimizer(InnerOptimizer::Momentum, |config| {
        config.inner.state = InnerState::Carry;
        config.outer.meta_batch = 4;
    });
    carried_adam: with_optimizer(InnerOptimizer::Adam, |config| {
        config.inner.state = InnerState::Carry;
        config.inner.beta1 = 0.9;
        config.inner.learning_rate = 0.003;
    });
    carried_rmsprop_to_a_gradient: with_algorithm(Algorithm::Fomaml, Activation::Relu, |config| {
        config.inner.optimizer = InnerOptimizer::Rmsprop;
        config.inner.learning_rate = 0.003;
        config.inner.state = InnerState::Carry;
        config.inner.steps = 2;
    });
    first_order_maml_with_one_task: with_algorithm(Algorithm::Fomaml, Activation::Sine, |config| {
        config.outer.meta_batch = 1;
        config.inner.steps = 2;
    });
    first_order_maml_with_a_query_between_the_grid: with_algorithm(Algorithm::Fomaml, Activation::Tanh, |config| {
        config.inner.steps = 5;
        config.tasks.noise = 0.1;
    });
    maml_with_a_query_between_a_small_grid: with_algorithm(Algorithm::Maml, Activation::Sine, |config| {
        (config.tasks.grid, config.inner.steps) = (12, 3);
    });
    maml_with_one_task_on_the_whole_grid: with_algorithm(Algorithm::Maml, Activation::Tanh, |config| {
        config.outer.meta_batch = 1;
        config.inner.batch = 50;
        config.inner.steps = 2;
    });
    maml_through_three_layers: Case::new(&[20, 33, 9], Activation::Sine, 20, |config| {
        *config = config.with_algorithm(Algorithm::Maml);
        config.outer.step_size = 0.01;
        config.inner.batch = 17;
        config.inner.steps = 3;
    });
    maml_in_several_dispatches: Case::new(&[128; 4], Activation::Tanh, 2, |config| {
        *config = config.with_algorithm(Algorithm::Maml);
        config.outer.step_size = 0.003;
        config.outer.meta_batch = 100;
        config.inner.batch = 1;
    });
    joint_training_of_one_task: with_algorithm(Algorithm::Joint, Activation::Relu, |config| config.outer.meta_batch = 1);
    inner_momentum: with_optimizer(InnerOptimizer::Momentum, |_| {});
    inner_adam: with_optimizer(InnerOptimizer::Adam, |_| {});
    inner_adam_with_momentum: with_optimizer(InnerOptimizer::Adam, |config| {
        config.inner.beta1 = 0.9;
        config.outer.meta_batch = 3;
    });
    inner_rmsprop: with_optimizer(InnerOptimizer::Rmsprop, |config| config.inner.learning_rate = 0.003);
    inner_asinh: with_optimizer(InnerOptimizer::Mapped, |config| config.inner.map = Map::Asinh);
    inner_cubic: with_optimizer(InnerOptimizer::Mapped, |config| config.inner.map = Map::Cubic);
    evaluated_by_adam: Case::new(&[64, 64], Activation::Tanh, 20, |config| {
        config.eval.optimizer = EvalOptimizer::One(InnerOptimizer::Adam);
    });
    first_order_maml: with_algorithm(Algorithm::Fomaml, Activation::Tanh, |_| {});
    first_order_maml_with_adam: with_algorithm(Algorithm::Fomaml, Activation::Tanh, |config| {
        config.inner.optimizer = InnerOptimizer::Adam;
        config.inner.steps = 3;
    });
    maml: with_algorithm(Algorithm::Maml, Activation::Tanh, |_| {});
    maml_with_momentum: with_algorithm(Algorithm::Maml, Activation::Sine, |config| {
        config.inner.optimizer = InnerOptimizer::Momentum;
        config.inner.steps = 4;
    });
    maml_on_full_batches_of_relu: with_algorithm(Algorithm::Maml, Activation::Relu, |config| {
        config.inner.optimizer = InnerOptimizer::Gd;
        config.inner.steps = 3;
        config.outer.optimizer = OuterOptimizer::Sgd;
    });
    joint_training: with_algorithm(Algorithm::Joint, Activation::Tanh, |_| {});
}

// Activations whose derivatives do not follow from their values; one of them is not 0 at 0, which padding is.
parity! {
    gelu: Case::new(&[64, 64], Activation::Gelu, 100, |_| {});
    gelu_with_four_tasks: Case::new(&[33, 20], Activation::Gelu, 60, |config| {
        config.outer.meta_batch = 4;
        config.inner.batch = 17;
        config.outer.step_size = 0.5;
    });
    gelu_deep_and_wide: Case::new(&[128; 4], Activation::Gelu, 6, |config| {
        config.inner.batch = 17;
        config.outer.meta_batch = 2;
        config.outer.optimizer = OuterOptimizer::Adam;
        config.outer.step_size = 0.003;
    });
    gelu_maml: with_algorithm(Algorithm::Maml, Activation::Gelu, |_| {});
    gelu_maml_with_one_task_and_momentum: with_algorithm(Algorithm::Maml, Activation::Gelu, |config| {
        config.inner.optimizer = InnerOptimizer::Momentum;
        config.outer.meta_batch = 1;
        config.inner.steps = 3;
    });
    gelu_maml_in_several_dispatches: Case::new(&[128; 4], Activation::Gelu, 2, |config| {
        *config = config.with_algorithm(Algorithm::Maml);
        config.outer.step_size = 0.003;
        config.outer.meta_batch = 100;
        config.inner.batch = 1;
    });
    gelu_on_the_fast_preset: Case {
        config: { let mut config = Preset::Fast.config(); config.model.activation = Activation::Gelu; config },
        iterations: 100,
        evaluated: 50,
    };
    softplus: Case::new(&[64, 64], Activation::Softplus, 100, |_| {});
    softplus_point_by_point: Case::new(&[7, 5, 3], Activation::Softplus, 100, |config| {
        config.inner.batch = 1;
        config.inner.steps = 10;
    });
    softplus_of_one_unit: Case::new(&[1], Activation::Softplus, 100, |config| {
        config.outer.meta_batch = 4;
        config.inner.batch = 50;
    });
    softplus_with_adam: with_optimizer(InnerOptimizer::Adam, |config| config.model.activation = Activation::Softplus);
    softplus_maml: with_algorithm(Algorithm::Maml, Activation::Softplus, |_| {});
    softplus_maml_through_three_layers: Case::new(&[21, 33, 9], Activation::Softplus, 20, |config| {
        *config = config.with_algorithm(Algorithm::Maml);
        config.outer.step_size = 0.01;
        config.outer.meta_batch = 1;
        config.inner.batch = 17;
        config.inner.steps = 3;
    });
    softplus_joint_training: with_algorithm(Algorithm::Joint, Activation::Softplus, |config| {
        config.outer.stop.update = 0.01;
        config.outer.optimizer = OuterOptimizer::Momentum;
    });
    softplus_on_the_fast_preset: Case {
        config: { let mut config = Preset::Fast.config(); config.model.activation = Activation::Softplus; config },
        iterations: 100,
        evaluated: 50,
    };
}

parity! {
    layers_with_adam: Case::new(&[33, 20], Activation::Tanh, 60, |config| {
        config.outer.layers = vec![0.0, 2.0, 0.5];
        config.outer.optimizer = OuterOptimizer::Adam;
        config.outer.step_size = 0.01;
    });
    layers_with_four_tasks: Case::new(&[7, 5, 3], Activation::Sine, 60, |config| {
        config.outer.layers = vec![1.5, 0.0, 1.0, 0.25];
        config.outer.meta_batch = 4;
    });
    measured_gradients: Case::new(&[33, 20], Activation::Tanh, 30, |config| {
        config.outer.stop.update = 0.01;
    });
    measured_gradients_with_momentum_and_three_tasks: with_algorithm(Algorithm::Fomaml, Activation::Tanh, |config| {
        config.outer.stop.update = 0.01;
        config.outer.optimizer = OuterOptimizer::Momentum;
        config.outer.meta_batch = 3;
        config.outer.layers = vec![0.5, 1.0, 0.0];
    });
    momentum_outside: Case::new(&[64, 64], Activation::Tanh, 60, |config| {
        config.outer.meta_batch = 4;
        config.outer.optimizer = OuterOptimizer::Momentum;
        config.outer.schedule = Schedule::Cosine;
    });
    momentum_outside_with_one_task_on_full_batches: Case::new(&[64, 64], Activation::Tanh, 60, |config| {
        config.inner.optimizer = InnerOptimizer::Gd;
        config.outer.optimizer = OuterOptimizer::Momentum;
        config.outer.step_size = 0.02;
    });
    paper_preset: Case { config: Preset::Paper.config(), iterations: 300, evaluated: 50 };
    fast_preset: Case { config: Preset::Fast.config(), iterations: 100, evaluated: 50 };
    sixteen_tasks_and_long_strides: Case::new(&[64, 64], Activation::Tanh, 30, |config| {
        config.outer.meta_batch = 16;
        config.outer.step_size = 1.0;
    });
    batch_of_seventeen: Case::new(&[64, 64], Activation::Tanh, 40, |config| {
        config.inner.batch = 17;
        config.outer.meta_batch = 4;
        config.outer.step_size = 1.0;
    });
    relu_with_adam: Case::new(&[40], Activation::Relu, 300, |config| {
        config.outer.optimizer = OuterOptimizer::Adam;
        config.outer.step_size = 0.01;
        config.tasks.noise = 0.3;
    });
    relu_on_the_whole_grid: Case::new(&[33, 20], Activation::Relu, 60, |config| {
        config.inner.batch = 50;
        config.outer.meta_batch = 4;
        config.outer.step_size = 0.5;
    });
    sine_point_by_point: Case::new(&[7, 5, 3], Activation::Sine, 100, |config| {
        config.inner.batch = 1;
        config.inner.steps = 10;
        config.tasks.noise = 0.1;
    });
    one_unit: Case::new(&[1], Activation::Tanh, 300, |config| {
        config.outer.meta_batch = 4;
        config.inner.batch = 50;
    });
    // On a GPU, meta-batches of one and of several take different ways.
    adam_with_four_tasks: Case::new(&[64, 64], Activation::Tanh, 60, |config| {
        config.outer.meta_batch = 4;
        config.outer.optimizer = OuterOptimizer::Adam;
        config.outer.step_size = 0.01;
    });
    one_task_on_the_whole_grid: Case::new(&[48, 20], Activation::Sine, 40, |config| {
        config.inner.batch = 50;
        config.inner.learning_rate = 0.01;
    });
    adam_in_several_dispatches: Case::new(&[64, 64], Activation::Tanh, 2, |config| {
        config.inner.batch = 2;
        config.inner.steps = 2;
        config.outer.meta_batch = 4000;
        config.outer.optimizer = OuterOptimizer::Adam;
        config.outer.step_size = 0.003;
    });
    deep_and_wide: Case::new(&[128; 4], Activation::Tanh, 6, |config| {
        config.inner.batch = 17;
        config.outer.meta_batch = 2;
        config.outer.optimizer = OuterOptimizer::Adam;
        config.outer.step_size = 0.003;
    });
    meta_batch_in_several_dispatches: Case::new(&[128; 4], Activation::Sine, 2, |config| {
        config.inner.batch = 1;
        config.inner.steps = 1;
        config.outer.meta_batch = 400;
        config.outer.step_size = 1.0;
    });
}

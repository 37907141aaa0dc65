//! The backends on the processor against `tests/golden/*.json`, which an independent JAX implementation computed in
//! double precision and rounded to nine digits.

#[path = "common/agreement.rs"]
mod agreement;
#[path = "common/moments.rs"]
mod moments;

use std::fs;
use std::path::Path;

use agreement::{Tolerance, agree, wide};
use moments::none;
use pollster::block_on;
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::Simd;
use reptile_lab::backend::kernel_backend::{Kernel, KernelBackend};
use reptile_lab::backend::reference::{Gradient, Reference};
use reptile_lab::domain::adaptation::{Adaptations, mean_squared_error};
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::inner_optimizer::map::Map;
use reptile_lab::domain::inner_optimizer::{Inner, InnerOptimizer, Optimizer};
use reptile_lab::domain::network::{Model, Network};
use reptile_lab::domain::outer_optimizer::{LayerRate, Outer, OuterGradient, OuterOptimizer};
use reptile_lab::domain::rng::Rng;
use reptile_lab::domain::schedule::Schedule;
use reptile_lab::domain::statistics::mean_and_interval;
use reptile_lab::domain::task::sampling::Points;
use reptile_lab::domain::train_state::TrainState;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The fixtures have nine digits: half a unit of the last is at most 5·10⁻⁹ of the value.
const NINE_DIGITS: Tolerance = Tolerance { absolute: 1e-14, relative: 5e-9 };

/// How far one backend may be from the fixtures, by what is compared.
struct Tolerances {
    predictions: Tolerance,
    losses: Tolerance,
    /// g, recovered from one step φ = θ − g.
    step: Tolerance,
    /// φ after five steps.
    phi: Tolerance,
    /// φ after up to five steps of any optimizer.
    optimized: Tolerance,
    /// The outer gradient of one task.
    meta: Tolerance,
    /// Predictions and errors after up to 32 steps.
    adapted: Tolerance,
}

/// Double precision with results stored as `f32`: within half a unit in the last place, 6·10⁻⁸ of what is stored. φ and
/// θ stay below 2 in size, so that their difference is good to 1.2·10⁻⁷. α as `f32` is off by 2·10⁻⁸ of itself, and
/// so is every change of φ. In 32 steps of full-batch descent, which store φ each time, this fit grows it a hundredfold.
const REFERENCE: Tolerances = Tolerances {
    predictions: Tolerance { absolute: 1e-12, relative: 6.5e-8 },
    losses: Tolerance { absolute: 1e-12, relative: 2e-7 },
    step: Tolerance { absolute: 1.2e-7, relative: 6e-8 },
    phi: Tolerance { absolute: 5e-8, relative: 6.5e-8 },
    optimized: Tolerance { absolute: 1e-6, relative: 1e-6 },
    meta: Tolerance { absolute: 1e-6, relative: 1e-6 },
    adapted: Tolerance { absolute: 1.5e-5, relative: 5e-6 },
};

/// Single precision throughout: a sum of 64 products is off by some units in the last place of its largest term, and
/// 32 steps of full-batch descent grow that a hundredfold. Four to fifteen times what was measured.
const CPU: Tolerances = Tolerances {
    predictions: Tolerance { absolute: 5e-7, relative: 5e-7 },
    losses: Tolerance { absolute: 1e-6, relative: 1e-6 },
    step: Tolerance { absolute: 1e-6, relative: 1e-6 },
    phi: Tolerance { absolute: 3e-7, relative: 3e-7 },
    optimized: Tolerance { absolute: 1e-5, relative: 1e-5 },
    meta: Tolerance { absolute: 1e-5, relative: 1e-5 },
    adapted: Tolerance { absolute: 1.5e-4, relative: 2e-5 },
};

/// θ and Adam's moments are stored as `f32` after each of six updates of numbers up to 4.
const OUTER: Tolerance = Tolerance { absolute: 1e-8, relative: 3e-7 };

#[derive(Deserialize)]
struct Cases<T> {
    cases: Vec<T>,
}

/// A network and the seed of its parameters.
#[derive(Deserialize)]
struct SeededModel {
    name: String,
    #[serde(flatten)]
    model: Model,
    seed: u64,
}

/// Some entries of a long vector.
#[derive(Deserialize)]
struct Sample {
    count: usize,
    indices: Vec<usize>,
    values: Vec<f64>,
    sum: f64,
    norm: f64,
}

#[derive(Deserialize)]
struct GradientCase {
    #[serde(flatten)]
    subject: SeededModel,
    parameters: Sample,
    #[serde(flatten)]
    points: Minibatch,
    predictions: Vec<f64>,
    loss: f64,
    gradient: Sample,
}

#[derive(Deserialize)]
struct Minibatch {
    x: Vec<f32>,
    y: Vec<f32>,
}

#[derive(Deserialize)]
struct InnerCase {
    #[serde(flatten)]
    subject: SeededModel,
    learning_rate: f32,
    minibatches: Vec<Minibatch>,
    losses: Vec<f64>,
    phi: Sample,
    change_norm: f64,
}

#[derive(Deserialize)]
struct Adaptation {
    #[serde(flatten)]
    subject: SeededModel,
    learning_rate: f32,
    support: Minibatch,
    grid: Minibatch,
    steps: Vec<usize>,
    mse: Vec<f64>,
    predictions: Vec<Predictions>,
}

#[derive(Deserialize)]
struct Predictions {
    step: usize,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct OuterCases {
    iterations: u64,
    theta: Vec<f32>,
    mean_phi: Vec<Vec<f32>>,
    interpolation: Trajectory,
    adam: Trajectory,
}

#[derive(Deserialize)]
struct Trajectory {
    step_size: f64,
    schedule: Schedule,
    theta: Vec<Vec<f64>>,
}

/// Steps of `PyTorch`'s optimizers.
#[derive(Deserialize)]
struct OptimizerCase {
    #[serde(flatten)]
    subject: SeededModel,
    learning_rate: f64,
    minibatches: Vec<Minibatch>,
    runs: Vec<OptimizerRun>,
}

#[derive(Deserialize)]
struct OptimizerRun {
    optimizer: String,
    /// After each step.
    phi: Vec<Sample>,
}

/// Gradients of one task; the last minibatch is the query.
#[derive(Deserialize)]
struct MetaCase {
    #[serde(flatten)]
    subject: SeededModel,
    learning_rate: f64,
    minibatches: Vec<Minibatch>,
    joint: Sample,
    fomaml: Sample,
    maml: Sample,
    maml_momentum: Sample,
}

#[derive(Deserialize)]
struct Statistics {
    values: Vec<f64>,
    mean: f64,
    ci95: f64,
}

fn fixture<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn gradients() -> Vec<GradientCase> {
    fixture::<Cases<_>>("gradients.json").cases
}

fn inner_sgd() -> Vec<InnerCase> {
    fixture::<Cases<_>>("inner_sgd.json").cases
}

impl SeededModel {
    fn network(&self) -> Network {
        Network::new(&self.model)
    }

    /// (2u − 1)/√fan-in from the seed's stream, as `generate.py` has it: θ of the fixtures.
    fn theta(&self) -> Vec<f32> {
        let mut rng = Rng::new(self.seed);
        let mut draw = |fan_in: usize| (2.0 * rng.unit() - 1.0) / (fan_in as f32).sqrt();
        let layers = self.network().layers().collect::<Vec<_>>();
        layers.iter().flat_map(|layer| vec![layer.inputs; (layer.inputs + 1) * layer.outputs]).map(&mut draw).collect()
    }

    /// The kernel, and θ in its layout.
    fn kernel<K: Kernel>(&self) -> (K, Vec<f32>) {
        let kernel = K::new(&self.network());
        let theta = kernel.pack(&self.theta());
        (kernel, theta)
    }
}

impl Sample {
    /// Compares a whole vector with the entries, its sum and its norm.
    ///
    /// Errors of the values have either sign: in both they add up as their squares do.
    fn check(&self, name: &str, ours: &[f64], tolerance: Tolerance) {
        assert_eq!(ours.len(), self.count, "{name}");
        let entries: Vec<f64> = self.indices.iter().map(|&index| ours[index]).collect();
        check(name, &entries, &self.values, tolerance);
        let absolute = tolerance.absolute * (self.count as f64).sqrt() + tolerance.relative * self.norm;
        let tolerance = Tolerance { absolute, ..NINE_DIGITS };
        check(&format!("{name}: sum"), &[ours.iter().sum()], &[self.sum], tolerance);
        check(&format!("{name}: norm"), &[norm(ours)], &[self.norm], tolerance);
    }
}

#[track_caller]
fn check(name: &str, ours: &[f64], truth: &[f64], tolerance: Tolerance) {
    agree(name, ours, truth, tolerance).unwrap_or_else(|mismatch| panic!("{mismatch}"));
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) - f64::from(*b)).collect()
}

/// Stamps each case on each backend.
macro_rules! on_each_backend {
    ($($case:ident),+) => {
        mod reference {
            $(#[test] fn $case() { super::$case::<super::Reference>(&super::REFERENCE); })+
        }
        mod cpu {
            $(#[test] fn $case() { super::$case::<super::Simd>(&super::CPU); })+
        }
    };
}

on_each_backend!(
    predictions_and_losses,
    gradient_as_one_step,
    five_inner_steps,
    optimizers_step_by_step,
    gradients_of_each_algorithm,
    an_outer_step_of_one,
    adaptation
);

fn predictions_and_losses<K: Kernel>(tolerances: &Tolerances) {
    for case in gradients() {
        let name = &case.subject.name;
        let (mut kernel, theta) = case.subject.kernel::<K>();
        let mut predictions = Vec::new();
        kernel.predict(&theta, &case.points.x, &mut predictions);
        check(name, &wide(&predictions), &case.predictions, tolerances.predictions);
        let loss = mean_squared_error(&predictions, &case.points.y);
        check(&format!("{name}: loss"), &[loss], &[case.loss], tolerances.losses);
    }
}

fn gradient_as_one_step<K: Kernel>(tolerances: &Tolerances) {
    for case in gradients() {
        let (mut kernel, mut phi) = case.subject.kernel::<K>();
        let Minibatch { x, y } = &case.points;
        kernel.inner_steps(&mut phi, (x, y), x.len(), &Optimizer::sgd(1.0), &mut none());
        let step = difference(&case.subject.theta(), &kernel.unpack(&phi));
        case.gradient.check(&case.subject.name, &step, tolerances.step);
    }
}

fn five_inner_steps<K: Kernel>(tolerances: &Tolerances) {
    for case in inner_sgd() {
        let name = &case.subject.name;
        let (mut kernel, theta) = case.subject.kernel::<K>();
        let mut phi = theta.clone();
        let mut losses = Vec::new();
        for Minibatch { x, y } in &case.minibatches {
            let mut predictions = Vec::new();
            kernel.predict(&phi, x, &mut predictions);
            losses.push(mean_squared_error(&predictions, y));
            kernel.inner_steps(&mut phi, (x, y), x.len(), &Optimizer::sgd(case.learning_rate), &mut none());
        }
        check(&format!("{name}: losses"), &losses, &case.losses, tolerances.losses);

        let mut phi = theta;
        let (x, y) = case.points();
        let optimizer = Optimizer::sgd(case.learning_rate);
        kernel.inner_steps(&mut phi, (&x, &y), case.minibatches[0].x.len(), &optimizer, &mut none());
        let phi = kernel.unpack(&phi);
        case.phi.check(name, &wide(&phi), tolerances.phi);
        let change = norm(&difference(&phi, &case.subject.theta()));
        let absolute = tolerances.phi.absolute * (case.phi.count as f64).sqrt();
        check(&format!("{name}: change"), &[change], &[case.change_norm], Tolerance { absolute, ..tolerances.phi });
    }
}

fn optimizers_step_by_step<K: Kernel>(tolerances: &Tolerances) {
    for case in fixture::<Cases<OptimizerCase>>("optimizers.json").cases {
        for OptimizerRun { optimizer: name, phi: truth } in &case.runs {
            let mut inner = Inner { learning_rate: case.learning_rate, ..Inner::default() };
            (inner.optimizer, inner.beta1, inner.map) = match name.as_str() {
                "momentum" => (InnerOptimizer::Momentum, inner.beta1, inner.map),
                "adam" => (InnerOptimizer::Adam, 0.0, inner.map),
                "adam_0.9" => (InnerOptimizer::Adam, 0.9, inner.map),
                "rmsprop" => (InnerOptimizer::Rmsprop, inner.beta1, inner.map),
                "mapped_identity" => (InnerOptimizer::Mapped, inner.beta1, Map::Identity),
                "mapped_asinh" => (InnerOptimizer::Mapped, inner.beta1, Map::Asinh),
                "mapped_cubic" => (InnerOptimizer::Mapped, inner.beta1, Map::Cubic),
                _ => panic!("{name}"),
            };
            let optimizer = Optimizer::of(&inner);
            let (mut kernel, mut phi) = case.subject.kernel::<K>();
            let mut state = optimizer.fresh(phi.len());
            for (step, (Minibatch { x, y }, truth)) in case.minibatches.iter().zip(truth).enumerate() {
                kernel.inner_steps(&mut phi, (x, y), x.len(), &optimizer, &mut state);
                let name = format!("{}, {name}, step {step}", case.subject.name);
                truth.check(&name, &wide(&kernel.unpack(&phi)), tolerances.optimized);
            }
            // All steps in one call are the same steps.
            let (mut kernel, mut at_once) = case.subject.kernel::<K>();
            let x: Vec<f32> = case.minibatches.iter().flat_map(|minibatch| minibatch.x.clone()).collect();
            let y: Vec<f32> = case.minibatches.iter().flat_map(|minibatch| minibatch.y.clone()).collect();
            let batch = case.minibatches[0].x.len();
            kernel.inner_steps(&mut at_once, (&x, &y), batch, &optimizer, &mut optimizer.fresh(phi.len()));
            truth[truth.len() - 1].check(name, &wide(&kernel.unpack(&at_once)), tolerances.optimized);
        }
    }
}

fn gradients_of_each_algorithm<K: Kernel>(tolerances: &Tolerances) {
    for case in fixture::<Cases<MetaCase>>("meta_gradients.json").cases {
        let (query, support) = case.minibatches.split_last().expect("a query");
        let batch = query.x.len();
        let query = (&query.x[..], &query.y[..]);
        let x: Vec<f32> = support.iter().flat_map(|minibatch| minibatch.x.clone()).collect();
        let y: Vec<f32> = support.iter().flat_map(|minibatch| minibatch.y.clone()).collect();
        let support = (&x[..], &y[..]);
        let inner = Inner { learning_rate: case.learning_rate, ..Inner::default() };
        let plain = Optimizer::of(&inner);
        let momentum = Optimizer::of(&Inner { optimizer: InnerOptimizer::Momentum, ..inner });
        let (mut kernel, theta) = case.subject.kernel::<K>();
        let check = |name: &str, kernel: &K, gradient: &[f32], truth: &Sample| {
            let name = format!("{}, {} steps: {name}", case.subject.name, x.len() / batch);
            truth.check(&name, &wide(&kernel.unpack(gradient)), tolerances.meta);
        };
        let mut joint = theta.clone();
        kernel.gradient(&mut joint, query);
        check("joint", &kernel, &joint, &case.joint);
        let mut fomaml = theta.clone();
        kernel.inner_steps(&mut fomaml, support, batch, &plain, &mut none());
        kernel.gradient(&mut fomaml, query);
        check("fomaml", &kernel, &fomaml, &case.fomaml);
        let mut maml = theta.clone();
        kernel.meta_gradient(&mut maml, support, query, batch, &plain);
        check("maml", &kernel, &maml, &case.maml);
        let mut maml = theta.clone();
        kernel.meta_gradient(&mut maml, support, query, batch, &momentum);
        check("maml with momentum", &kernel, &maml, &case.maml_momentum);
    }
}

/// With ε = 1 and one task, θ becomes φ.
fn an_outer_step_of_one<K: Kernel>(tolerances: &Tolerances) {
    for case in inner_sgd() {
        let mut config = Config { model: case.subject.model.clone(), ..Config::default() };
        config.outer.step_size = 1.0;
        config.outer.schedule = Schedule::Constant;
        let (x, y) = case.points();
        let rate = config.outer.step_scalars(0, 1);
        config.inner.batch = case.minibatches[0].x.len();
        config.inner.learning_rate = f64::from(case.learning_rate);
        let batches = MetaBatches::of_points(&config, Points { x, y }, rate);
        let mut backend = KernelBackend::<K>::new(&config, &TrainState::new(case.subject.theta()));
        block_on(backend.train(&batches)).expect("a processor does not fail");
        let train_state = block_on(backend.train_state()).expect("a processor does not fail");
        assert_eq!(train_state.iteration, 1);
        // θ − (θ − φ) is φ to within the rounding of θ and of the difference.
        let tolerance = Tolerance { absolute: tolerances.phi.absolute + 1.2e-7, ..tolerances.phi };
        case.phi.check(&case.subject.name, &wide(&train_state.theta), tolerance);
    }
}

fn adaptation<K: Kernel>(tolerances: &Tolerances) {
    let case: Adaptation = fixture("adaptation.json");
    let config = Config { model: case.subject.model.clone(), ..Config::default() };
    let mut backend = KernelBackend::<K>::new(&config, &TrainState::new(case.subject.theta()));
    let adaptations = Adaptations {
        shots: case.support.x.len(),
        points: Points { x: case.support.x, y: case.support.y },
        query: case.grid.x.clone(),
        optimizer: Optimizer::sgd(case.learning_rate),
        record: case.steps.clone(),
    };
    let predictions = block_on(backend.adapt(None, &adaptations)).expect("a processor does not fail");
    let curves: Vec<&[f32]> = predictions.chunks_exact(case.grid.x.len()).collect();
    let mse: Vec<f64> = curves.iter().map(|curve| mean_squared_error(curve, &case.grid.y)).collect();
    check("mse", &mse, &case.mse, tolerances.adapted);
    for Predictions { step, values } in &case.predictions {
        let at = case.steps.iter().position(|recorded| recorded == step).expect("a recorded step");
        check(&format!("after {step} steps"), &wide(curves[at]), values, tolerances.adapted);
    }
}

impl GradientCase {
    /// The reference in double precision throughout.
    fn check_gradient(&self, tolerance: Tolerance) {
        let reference = Reference::new(&self.subject.network());
        let Gradient { loss, gradient } =
            reference.gradient(&wide(&self.subject.theta()), &self.points.x, &self.points.y);
        check("loss", &[loss], &[self.loss], tolerance);
        self.gradient.check(&self.subject.name, &gradient, tolerance);
    }
}

impl InnerCase {
    /// x and y of the minibatches in a row.
    fn points(&self) -> (Vec<f32>, Vec<f32>) {
        let x = self.minibatches.iter().flat_map(|minibatch| minibatch.x.clone());
        let y = self.minibatches.iter().flat_map(|minibatch| minibatch.y.clone());
        (x.collect(), y.collect())
    }
}

#[test]
fn the_parameters_are_those_of_the_fixtures() {
    for case in gradients() {
        case.parameters.check(&case.subject.name, &wide(&case.subject.theta()), NINE_DIGITS);
    }
}

#[test]
fn the_reference_gradient_has_every_digit_of_the_fixtures() {
    for case in gradients() {
        case.check_gradient(NINE_DIGITS);
    }
}

#[test]
fn outer_updates() {
    let cases: OuterCases = fixture("outer.json");
    let runs = [(OuterOptimizer::Sgd, &cases.interpolation), (OuterOptimizer::Adam, &cases.adam)];
    for (optimizer, Trajectory { step_size, schedule, theta }) in runs {
        let (step_size, schedule, iterations) = (*step_size, *schedule, cases.iterations);
        let outer = Outer { optimizer, step_size, schedule, iterations, ..Outer::default() };
        let mut train_state = TrainState::new(cases.theta.clone());
        let whole = [LayerRate { places: 0..cases.theta.len(), factor: 1.0 }];
        train_state.prepare(&Config { outer: outer.clone(), ..Config::default() });
        for (t, (mean_phi, truth)) in cases.mean_phi.iter().zip(theta).enumerate() {
            let rate = outer.step_scalars(t as u64, t as u64 + 1);
            assert_eq!(train_state.step_scalars(&outer), rate);
            train_state.update(mean_phi, OuterGradient::FromPhi, rate, &whole);
            check(&format!("{optimizer:?} at {t}"), &wide(&train_state.theta), truth, OUTER);
        }
        assert_eq!(train_state.iteration, cases.iterations);
    }
}

#[test]
fn statistics() {
    for Statistics { values, mean, ci95 } in fixture::<Cases<_>>("statistics.json").cases {
        let (ours, interval) = mean_and_interval(values.iter().copied());
        check("mean and interval", &[ours, interval], &[mean, ci95], NINE_DIGITS);
    }
}

#[test]
fn the_comparison_notices_one_wrong_value() {
    let truth = &gradients()[0].predictions;
    for tolerance in [NINE_DIGITS, OUTER, CPU.predictions, CPU.adapted, REFERENCE.predictions] {
        assert_eq!(agree("", truth, truth, tolerance), Ok(()));
        for index in 0..truth.len() {
            let allowed = tolerance.absolute + tolerance.relative * truth[index].abs();
            for (wrong, is_noticed) in [(0.9 * allowed, false), (1.1 * allowed, true), (f64::NAN, true)] {
                let mut ours = truth.clone();
                ours[index] -= wrong;
                let result = agree("", &ours, truth, tolerance);
                assert_eq!(result.is_err(), is_noticed, "{result:?}");
            }
        }
        assert!(agree("", &truth[1..], truth, tolerance).is_err());
        assert!(agree("", truth, &[], tolerance).is_err());
    }
}

#[test]
#[should_panic(expected = "relu_40[3]: ")]
fn a_perturbed_fixture_fails_its_case() {
    let mut case = gradients().swap_remove(1);
    case.gradient.values[3] += 1e-5;
    case.check_gradient(CPU.step);
}

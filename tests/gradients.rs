//! Gradients: backpropagation of the reference against finite differences, and the CPU's steps against the reference's.

#[path = "common/agreement.rs"]
mod agreement;
#[path = "common/moments.rs"]
mod moments;

use agreement::{Tolerance, agree, wide};
use moments::none;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use reptile_lab::backend::cpu::Simd;
use reptile_lab::backend::kernel_backend::Kernel;
use reptile_lab::backend::reference::Reference;
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::inner_optimizer::{Inner, InnerOptimizer, Optimizer};
use reptile_lab::domain::network::{Model, Network};
use reptile_lab::domain::rng::Rng;

/// The same draws in every run: a minibatch on a kink of the rectifier would be no fault of the gradient.
fn drawn_from(seed: u64, cases: u32) -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(seed), cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A network with parameters, and some points.
#[derive(Debug)]
struct Problem {
    network: Network,
    theta: Vec<f32>,
    x: Vec<f32>,
    y: Vec<f32>,
}

/// A network of some hidden layers, of 1 to `widest` units each, and 1 to 23 points.
fn problem(widest: usize) -> impl Strategy<Value = Problem> {
    let activation = proptest::sample::select(Activation::ALL);
    (vec(1..=widest, 1..=4), activation, any::<u64>(), 1..=23_usize).prop_map(|(hidden, activation, seed, points)| {
        let network = Network::new(&Model { hidden, activation });
        let mut rng = Rng::new(seed);
        let mut draw = |size: f32| (0..points).map(|_| rng.uniform(-size, size)).collect();
        Problem { theta: network.initial_theta(seed), x: draw(5.0), y: draw(3.0), network }
    })
}

/// One without the rectifier, whose slope jumps.
fn smooth(widest: usize) -> impl Strategy<Value = Problem> {
    problem(widest).prop_filter("a smooth activation", |problem| problem.network.activation != Activation::Relu)
}

/// Numbers between −1 and 1.
fn direction(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = Rng::new(seed);
    (0..count).map(|_| f64::from(rng.uniform(-1.0, 1.0))).collect()
}

proptest! {
    #![proptest_config(drawn_from(1, 200))]

    /// (L(θ + h) − L(θ − h))/2h is off by some h² and some 10⁻¹⁶·L/h.
    #[test]
    fn the_reference_gradient_is_that_of_finite_differences(problem in problem(6)) {
        const H: f64 = 1e-6;
        let reference = Reference::new(&problem.network);
        let theta = wide(&problem.theta);
        let loss = |theta: &[f64]| reference.gradient(theta, &problem.x, &problem.y).loss;
        let slope = |parameter: usize| {
            let mut moved = theta.clone();
            moved[parameter] = theta[parameter] + H;
            let above = loss(&moved);
            moved[parameter] = theta[parameter] - H;
            (above - loss(&moved)) / (2.0 * H)
        };
        let slopes: Vec<f64> = (0..theta.len()).map(slope).collect();
        let found = reference.gradient(&theta, &problem.x, &problem.y).gradient;
        let tolerance = Tolerance { absolute: 2e-8, relative: 1e-8 };
        prop_assert_eq!(agree("gradient", &found, &slopes, tolerance), Ok(()));
    }

    /// The gradient's change along v, by central differences as above.
    #[test]
    fn the_reference_hessian_is_that_of_finite_differences(problem in smooth(6), seed in any::<u64>()) {
        const H: f64 = 1e-5;
        let reference = Reference::new(&problem.network);
        let theta = wide(&problem.theta);
        let v = direction(theta.len(), seed);
        let gradient = |h: f64| {
            let moved: Vec<f64> = theta.iter().zip(&v).map(|(theta, v)| theta + h * v).collect();
            reference.gradient(&moved, &problem.x, &problem.y).gradient
        };
        let differences: Vec<f64> = gradient(H).iter().zip(gradient(-H)).map(|(a, b)| (a - b) / (2.0 * H)).collect();
        let found = reference.hessian_times(&theta, &v, &problem.x, &problem.y);
        let tolerance = Tolerance { absolute: 1e-6, relative: 1e-6 };
        prop_assert_eq!(agree("Hessian", &found, &differences, tolerance), Ok(()));
    }

    #[test]
    fn the_cpu_hessian_is_that_of_the_reference(problem in problem(21), seed in any::<u64>()) {
        let Problem { network, theta, x, y } = &problem;
        let v: Vec<f32> = direction(theta.len(), seed).iter().map(|&v| v as f32).collect();
        let truth = Reference::new(network).hessian_times(&wide(theta), &wide(&v), x, y);
        let mut cpu = Simd::new(network);
        let (phi, packed) = (cpu.pack(theta), cpu.pack(&v));
        let ours = cpu.hessian_times(&phi, &packed, (x, y));
        let largest = truth.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
        let tolerance = Tolerance { absolute: 2e-6 * largest, relative: 2e-6 };
        prop_assert_eq!(agree("Hessian", &wide(&cpu.unpack(&ours)), &truth, tolerance), Ok(()));
    }

    /// MAML's gradient, along some direction, is how the loss after the inner loop changes.
    #[test]
    fn meta_gradients_are_those_of_finite_differences(
        problem in smooth(6),
        seed in any::<u64>(),
        steps in 1..=4_usize,
        has_momentum in any::<bool>(),
    ) {
        const H: f64 = 1e-5;
        let Problem { network, theta, x, y } = &problem;
        let kind = if has_momentum { InnerOptimizer::Momentum } else { InnerOptimizer::Sgd };
        let optimizer = Optimizer::of(&Inner { optimizer: kind, ..Inner::default() });
        let momentum = if has_momentum { f64::from(optimizer.momentum) } else { 0.0 };
        let reference = Reference::new(network);
        // Every step is on the same points here, and so is the query.
        let loss = |theta: Vec<f64>| {
            let (mut phi, mut velocity) = (theta, vec![0.0; problem.theta.len()]);
            for _ in 0..steps {
                let gradient = reference.gradient(&phi, x, y).gradient;
                for ((phi, v), g) in phi.iter_mut().zip(&mut velocity).zip(gradient) {
                    *v = momentum * *v + g;
                    *phi -= f64::from(optimizer.learning_rate) * *v;
                }
            }
            reference.gradient(&phi, x, y).loss
        };
        let v = direction(theta.len(), seed);
        let moved = |h: f64| wide(theta).iter().zip(&v).map(|(theta, v)| theta + h * v).collect();
        let difference = (loss(moved(H)) - loss(moved(-H))) / (2.0 * H);
        let support: (Vec<f32>, Vec<f32>) = (x.repeat(steps), y.repeat(steps));
        let along = |gradient: &[f32]| wide(gradient).iter().zip(&v).map(|(g, v)| g * v).sum::<f64>();
        let (mut exact, mut cpu) = (Reference::new(network), Simd::new(network));
        let mut of_reference = theta.clone();
        exact.meta_gradient(&mut of_reference, (&support.0, &support.1), (x, y), x.len(), &optimizer);
        let mut of_cpu = cpu.pack(theta);
        cpu.meta_gradient(&mut of_cpu, (&support.0, &support.1), (x, y), x.len(), &optimizer);
        let size = wide(&of_reference).iter().map(|g| g.abs()).sum::<f64>();
        let tolerance = Tolerance { absolute: 1e-6 * (1.0 + size), relative: 1e-6 };
        prop_assert_eq!(agree("reference", &[along(&of_reference)], &[difference], tolerance), Ok(()));
        prop_assert_eq!(agree("cpu", &[along(&cpu.unpack(&of_cpu))], &[difference], tolerance), Ok(()));
    }

    /// Widths on, below and above whole vectors; the last minibatch may be a short one.
    #[test]
    fn cpu_steps_are_those_of_the_reference(problem in problem(21), batch in 1..=23_usize) {
        let Problem { network, theta, x, y } = problem;
        let descended = |kernel: &mut dyn FnMut(&mut [f32])| {
            let mut phi = theta.clone();
            kernel(&mut phi);
            wide(&phi)
        };
        let truth = descended(&mut |phi| Reference::new(&network).inner_steps(phi, (&x, &y), batch, &Optimizer::sgd(0.02), &mut none()));
        let ours = descended(&mut |phi| {
            let mut cpu = Simd::new(&network);
            let mut packed = cpu.pack(phi);
            cpu.inner_steps(&mut packed, (&x, &y), batch, &Optimizer::sgd(0.02), &mut none());
            phi.copy_from_slice(&cpu.unpack(&packed));
        });
        let tolerance = Tolerance { absolute: 1e-6, relative: 1e-6 };
        prop_assert_eq!(agree("phi", &ours, &truth, tolerance), Ok(()));
    }
}

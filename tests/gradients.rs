//! Gradients: backpropagation of the reference against finite differences, and the CPU's steps against the reference's.

#[path = "common/agreement.rs"]
mod agreement;

use agreement::{Tolerance, agree, wide};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use reptile_lab::backend::cpu::Simd;
use reptile_lab::backend::host::Kernel;
use reptile_lab::backend::reference::Reference;
use reptile_lab::domain::config::{Activation, Model};
use reptile_lab::domain::network::Network;
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
    let activation = prop_oneof![Just(Activation::Tanh), Just(Activation::Relu), Just(Activation::Sine)];
    (vec(1..=widest, 1..=4), activation, any::<u64>(), 1..=23_usize).prop_map(|(hidden, activation, seed, points)| {
        let network = Network::new(&Model { hidden, activation });
        let mut rng = Rng::new(seed);
        let mut draw = |size: f32| (0..points).map(|_| rng.uniform(-size, size)).collect();
        Problem { theta: network.initial_theta(seed), x: draw(5.0), y: draw(3.0), network }
    })
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

    /// Widths on, below and above whole lanes; the last minibatch may be a short one.
    #[test]
    fn cpu_steps_are_those_of_the_reference(problem in problem(21), batch in 1..=23_usize) {
        let Problem { network, theta, x, y } = problem;
        let descended = |kernel: &mut dyn FnMut(&mut [f32])| {
            let mut phi = theta.clone();
            kernel(&mut phi);
            wide(&phi)
        };
        let truth = descended(&mut |phi| Reference::new(&network).descend(phi, &x, &y, batch, 0.02));
        let ours = descended(&mut |phi| {
            let mut cpu = Simd::new(&network);
            let mut packed = cpu.pack(phi);
            cpu.descend(&mut packed, &x, &y, batch, 0.02);
            phi.copy_from_slice(&cpu.unpack(&packed));
        });
        let tolerance = Tolerance { absolute: 1e-6, relative: 1e-6 };
        prop_assert_eq!(agree("phi", &ours, &truth, tolerance), Ok(()));
    }
}

//! One seed gives one θ, to the bit: however the work is divided, paused or repeated, on every machine.

#[path = "common/moments.rs"]
mod moments;

use moments::none;
use pollster::block_on;
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::{Cpu, Simd};
use reptile_lab::backend::kernel_backend::{Kernel, Slice};
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::config::pretrained::Pretrained;
use reptile_lab::domain::inner_optimizer::{InnerOptimizer, Optimizer};
use reptile_lab::domain::network::{Model, Network};
use reptile_lab::domain::outer_optimizer::Outer;
use reptile_lab::domain::rng::Rng;
use reptile_lab::domain::task::family::Families;
use reptile_lab::domain::task::sampling::Sampler;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::simd;
use sha2::{Digest, Sha256};

/// A preset with changes, from seed 0 whatever the preset's own.
fn config(preset: Preset, change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config { seed: 0, ..preset.config() };
    change(&mut config);
    config
}

/// Widths that fill no whole vector, and everything random in use.
fn awkward() -> Config {
    config(Preset::Fast, |config| {
        config.model.hidden = vec![7, 5, 3];
        config.tasks.noise = 0.3;
        config.outer.meta_batch = 3;
    })
}

/// The train state after meta-iterations in pieces of the given sizes; `between` may replace the backend after each.
fn trained(config: &Config, pieces: &[u64], mut between: impl FnMut(&mut Cpu)) -> TrainState {
    let mut cpu = Cpu::new(config, &TrainState::of(config));
    let _sampler = Sampler::new(&config.tasks);
    let mut done = 0;
    for &count in pieces {
        block_on(cpu.train(&MetaBatches::draw(config, done, done, count))).expect("a processor does not fail");
        between(&mut cpu);
        done += count;
    }
    block_on(cpu.train_state()).expect("a processor does not fail")
}

fn digest(theta: &[f32]) -> String {
    let bytes: Vec<u8> = theta.iter().flat_map(|number| number.to_le_bytes()).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[test]
fn pieces_and_pauses_leave_no_trace() {
    let config = awkward();
    let whole = trained(&config, &[20], |_| {});
    assert_eq!((whole.theta.len(), whole.iteration), (76, 20));
    assert_eq!(trained(&config, &[20], |_| {}), whole);
    assert_eq!(trained(&config, &[1; 20], |_| {}), whole);
    assert_eq!(trained(&config, &[3, 0, 16, 1], |_| {}), whole);
    let reloaded = trained(&config, &[7, 13], |cpu| {
        let train_state = block_on(cpu.train_state()).unwrap();
        *cpu = Cpu::new(&config, &train_state);
    });
    assert_eq!(reloaded, whole, "θ, moments and counts survive the way out and in");
}

#[test]
fn each_part_of_the_seed_matters() {
    let config = awkward();
    let of_seed = |seed| trained(&Config { seed, ..config.clone() }, &[5], |_| {}).theta;
    let thetas = [0, 1, 1 << 32, (1 << 53) - 1].map(of_seed);
    for (number, theta) in thetas.iter().enumerate() {
        assert!(thetas[..number].iter().all(|other| other != theta));
    }
}

#[test]
fn a_meta_batch_is_averaged_along_a_tree() {
    let config = config(Preset::Paper, |config| {
        config.outer.meta_batch = 5;
        config.outer.step_size = 1.0;
        config.inner.steps = 3;
    });
    let theta = TrainState::of(&config).theta;
    let batches = MetaBatches::draw(&config, 0, 0, 1);
    let mut kernel = Simd::new(&Network::new(&config.model));
    let points = batches.points().x.chunks(30).zip(batches.points().y.chunks(30));
    let phis: Vec<Vec<f32>> = points
        .map(|(x, y)| {
            let mut phi = kernel.pack(&theta);
            kernel.inner_steps(&mut phi, (x, y), 10, &Optimizer::sgd(0.02), &mut none());
            kernel.unpack(&phi)
        })
        .collect();
    assert_eq!(phis.len(), 5);
    let expected: Vec<f32> = (0..theta.len())
        .map(|i| {
            let sum = ((phis[0][i] + phis[1][i]) + (phis[2][i] + phis[3][i])) + phis[4][i];
            theta[i] - (theta[i] - sum / 5.0)
        })
        .collect();
    assert_eq!(trained(&config, &[1], |_| {}).theta, expected);
}

/// However a meta-batch is cut into parts, in whatever slices of time they are made.
#[test]
fn parts_of_a_meta_batch_leave_no_trace() {
    let config = Config { outer: Outer { meta_batch: 11, ..awkward().outer }, ..awkward() };
    let whole = trained(&config, &[3], |_| {});
    let _sampler = Sampler::new(&config.tasks);
    for cuts in [vec![0, 11], vec![0, 1, 11], vec![0, 3, 4, 9, 11], (0..=11).collect()] {
        let mut cpu = Cpu::new(&config, &TrainState::of(&config));
        for iteration in 0..3 {
            for part in cuts.windows(2) {
                let tasks = part[0]..part[1];
                let batches = MetaBatches::draw_some(&config, iteration..iteration + 1, iteration, tasks.clone());
                let all = MetaBatches::draw(&config, iteration, iteration, 1);
                assert_eq!(batches.points(), all.part(tasks).points(), "drawn in part or as a part of the whole");
                block_on(cpu.train(&batches)).unwrap();
            }
        }
        assert_eq!(block_on(cpu.train_state()).unwrap(), whole, "cut at {cuts:?}");
    }
}

/// Some of the meta-iterations of a draw are what would have been drawn for them, whether points are there yet or not.
#[test]
fn spans_of_meta_iterations_leave_no_trace() {
    let config = awkward();
    let drawn = MetaBatches::draw(&config, 5, 2, 7);
    for span in [0..7, 0..2, 3..4, 2..7] {
        let (first, count) = (span.start as u64, span.len() as u64);
        let expected = MetaBatches::draw(&config, 5 + first, 2 + first, count);
        let early = MetaBatches::draw(&config, 5, 2, 7).span(span.clone());
        assert!(!drawn.points().x.is_empty());
        for (name, ours) in [("before", early), ("after", drawn.span(span.clone()))] {
            assert_eq!(ours.points(), expected.points(), "{span:?}, {name} the points were drawn");
            assert_eq!(ours.rates, expected.rates, "{span:?}, {name} the points were drawn");
        }
    }
}

/// Full-batch gradient descent sees the same points at every step; MAML's query then has others.
#[test]
fn full_batches_repeat_and_queries_do_not() {
    let mut config = Config::default().with_algorithm(Algorithm::Maml);
    config.inner.optimizer = InnerOptimizer::Gd;
    config.inner.steps = 3;
    let batches = MetaBatches::draw(&config, 0, 0, 2);
    assert_eq!(batches.parts_of_task(), (30, 10));
    for (_, (x, _)) in (0..2).flat_map(|number| batches.tasks_of(number)) {
        let steps: Vec<&[f32]> = x.chunks(10).collect();
        assert!(steps[1] == steps[0] && steps[2] == steps[0], "{x:?}");
        assert!(steps[3].iter().all(|x| !steps[0].contains(x)), "{x:?}");
    }
}

/// The instructions that a processor has do not show.
#[test]
fn vectors_of_every_width_give_the_same_bits() {
    let mut rng = Rng::new(9);
    for hidden in [vec![64, 64], vec![1], vec![7, 5, 3], vec![40], vec![12, 20]] {
        for &activation in Activation::ALL {
            let network = Network::new(&Model { hidden: hidden.clone(), activation });
            let theta = network.initial_theta(4);
            let x: Vec<f32> = (0..23).map(|_| rng.uniform(-5.0, 5.0)).collect();
            let y: Vec<f32> = x.iter().map(|x| 3.0 * x.sin()).collect();
            let results = simd::widths().iter().map(|&width| {
                let mut kernel = Simd::with_width(&network, width);
                let mut phi = kernel.pack(&theta);
                kernel.inner_steps(&mut phi, (&x, &y), 10, &Optimizer::sgd(0.02), &mut none());
                let mut predictions = vec![];
                kernel.predict(&phi, &x, &mut predictions);
                let mut meta_gradient = phi.clone();
                let (support, query) = ((&x[..20], &y[..20]), (&x[20..], &y[20..]));
                kernel.meta_gradient(&mut meta_gradient, support, query, 10, &Optimizer::sgd(0.02));
                (kernel.unpack(&phi), predictions, kernel.unpack(&meta_gradient))
            });
            let results: Vec<_> = results.collect();
            assert!(results.iter().all(|result| *result == results[0]), "{hidden:?}, {activation:?}");
            assert!(results[0].0 != theta);
        }
    }
}

/// What the layout adds to whole vectors stays zero, as the kernel says, also where layers differ in width.
#[test]
fn padding_stays_zero() {
    for &width in simd::widths() {
        for &activation in Activation::ALL {
            let network = Network::new(&Model { hidden: vec![40, 20, 41], activation });
            let mut kernel = Simd::with_width(&network, width);
            let mut phi = kernel.pack(&network.initial_theta(4));
            let points: Slice = (&[-1.0, 0.5, 2.0, 3.0], &[1.0, 2.0, -1.0, 0.0]);
            kernel.inner_steps(&mut phi, points, 2, &Optimizer::sgd(0.1), &mut none());
            assert!(kernel.pack(&kernel.unpack(&phi)) == phi, "{activation:?}, vectors of {width}");
            kernel.meta_gradient(&mut phi, points, points, 2, &Optimizer::sgd(0.1));
            assert!(
                kernel.pack(&kernel.unpack(&phi)) == phi,
                "second derivatives of {activation:?}, vectors of {width}"
            );
        }
    }
}

/// Pinned bits: a change of arithmetic, of random numbers or of their order shows here, on any platform.
#[test]
fn theta_has_its_pinned_bits() {
    let cases = [
        ("paper", config(Preset::Paper, |_| {}), "4ce1ade4dbd6eb67a0383dd9122a43826c01143aa5d527b0340053cac937c078"),
        ("fast", config(Preset::Fast, |_| {}), "2852046213f398d3b9b142988c6816f4ed72836da1082cdab91e9686ac346481"),
        (
            "fine, seed 2⁵³ − 1",
            config(Preset::Fine, |config| config.seed = (1 << 53) - 1),
            "c1901ff602dad6c37f01ae39240cfd8680dcc29afd3089521166a0b9982c1b90",
        ),
        (
            "relu",
            config(Preset::Paper, |config| config.model.activation = Activation::Relu),
            "dd02492bec9050adad71de82a799ba89b6e97a779633f86a8bf9ffe2f77a6d24",
        ),
        (
            "sine",
            config(Preset::Fast, |config| config.model.activation = Activation::Sine),
            "460dccc8cc9ce58e63f39fd3db70d7d80f03d46dae75a27ed56a5afc28239a3c",
        ),
        (
            "gelu",
            config(Preset::Fast, |config| config.model.activation = Activation::Gelu),
            "e919a5c33363d31650b9137d7a6e627552c9f6684a81a5df06da0bde6f9f37ae",
        ),
        (
            "softplus, second derivatives",
            config(Preset::Fast, |config| {
                *config = Config { seed: 0, ..config.with_algorithm(Algorithm::Maml) };
                config.model.activation = Activation::Softplus;
            }),
            "4fdbaf28d38af376268ff2d261bf65b56d5ee3fe5b4f9d1b2aed6dac9022dbd3",
        ),
        (
            "mixture",
            config(Preset::Fast, |config| {
                config.tasks.family = Families::Mixture;
                (config.tasks.frequency, config.tasks.shots) = ([0.5, 2.0], [-5.0, 1.0]);
            }),
            "ba860a7a5a075b9498df70e820a8777027345ed9e352f63a90cfaafc5f5eb3b3",
        ),
        ("awkward", awkward(), "5b799149ed33da59689a497a4778098fbb9c40d3450b68098f1608fad77253e5"),
    ];
    let found: Vec<_> =
        cases.iter().map(|(name, config, _)| (*name, digest(&trained(config, &[20], |_| {}).theta))).collect();
    let pinned: Vec<_> = cases.iter().map(|(name, _, digest)| (*name, (*digest).to_owned())).collect();
    assert_eq!(found, pinned);
}

/// The longer runs of the other two presets take the same path.
#[test]
fn a_pretrained_theta_is_that_of_its_presets_run() {
    for preset in Preset::ALL {
        let path = format!("{}/assets/pretrained/{}.json", env!("CARGO_MANIFEST_DIR"), preset.name());
        let pretrained = Pretrained::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
        let config = preset.config();
        assert_eq!((&pretrained.config, pretrained.iteration), (&config, config.outer.iterations));
        if preset == Preset::Fast {
            let train_state = trained(&config, &[100; 20], |_| {});
            assert!(train_state.theta == pretrained.theta, "run the native runner again with --save-pretrained");
        }
    }
}

//! Gradient alignment: its statistics by hand, its gradients, and its figures against an independent implementation's.
//!
//! The figures are printed: `cargo test --test alignment -- --nocapture`.

#[path = "common/agreement.rs"]
mod agreement;
#[path = "common/aligned.rs"]
mod aligned;

use agreement::{Tolerance, agree, wide};
use aligned::aligned;
use pollster::block_on;
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::backend::kernel_backend::{Kernel, KernelBackend};
use reptile_lab::backend::reference::Reference;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::alignment::{Alignment, AlignmentTasks, GROUP, Mean, Samples, TASKS};
use reptile_lab::domain::config::Config;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::train_state::TrainState;

/// A group of tasks whose gradients have two parameters: those of the first task as given, the others' alike.
fn group(first: [[f32; 2]; 2], others: [[f32; 2]; 2]) -> Vec<f32> {
    std::iter::once(first).chain(std::iter::repeat_n(others, GROUP - 1)).flatten().flatten().collect()
}

fn samples(groups: &[Vec<f32>]) -> Alignment {
    let mut samples = Samples::default();
    for group in groups {
        samples.extend(group, 2);
    }
    assert_eq!(samples.len(), groups.len() * GROUP);
    samples.alignment()
}

fn assert_mean(name: &str, found: Mean, mean: f64, ci95: f64) {
    let tolerance = Tolerance { absolute: 1e-12, relative: 1e-9 };
    assert_eq!(agree(name, &[found.mean, found.ci95], &[mean, ci95], tolerance), Ok(()));
}

#[test]
fn the_means_are_those_of_inner_products_and_angles() {
    // Along the axes: 3·1 + 4·2 = 11 at the angle between (3, 4) and (1, 2); the others are (2, 0)·(0, 5) = 0.
    let cosine = 11.0 / (5.0 * 5f64.sqrt());
    let one = group([[3.0, 4.0], [1.0, 2.0]], [[2.0, 0.0], [0.0, 5.0]]);
    let found = samples(&[one.clone(), one]);
    // Two tasks of twenty are not zero: the mean is a tenth, the sample variance v²·(0.1 − 0.01)·20/19.
    let interval = |value: f64| 1.96 * value * (0.09 * 20.0 / 19.0 / 20.0_f64).sqrt();
    assert_mean("inner product", found.inner_product, 1.1, interval(11.0));
    assert_mean("cosine", found.cosine, cosine / 10.0, interval(cosine));
    // First minibatches: nine along x, and one at cosine 3/5 to each of them. 9·8/2 pairs of 1 and 9 of 0.6, of 45.
    assert_mean("between tasks", found.cosine_between_tasks, (36.0 + 9.0 * 0.6) / 45.0, 0.0);
}

#[test]
fn the_interval_between_tasks_is_that_of_the_groups() {
    let alike = group([[1.0, 0.0]; 2], [[7.0, 0.0]; 2]);
    let one_across = group([[0.0, 1.0]; 2], [[1.0, 0.0]; 2]);
    let found = samples(&[alike, one_across]);
    // 1 and 36/45: mean 0.9, standard deviation 0.2/√2.
    assert_mean("between tasks", found.cosine_between_tasks, 0.9, 1.96 * 0.1);
}

#[test]
fn a_gradient_of_zero_points_nowhere() {
    let nothing = group([[0.0; 2]; 2], [[0.0; 2]; 2]);
    let found = samples(&[nothing.clone(), nothing]);
    for (name, mean) in [("inner product", found.inner_product), ("cosine", found.cosine)] {
        assert_mean(name, mean, 0.0, 0.0);
    }
    assert_mean("between tasks", found.cosine_between_tasks, 0.0, 0.0);
    // One of them: 36 pairs of the nine others point the same way.
    let one = group([[0.0; 2]; 2], [[0.0, 3.0]; 2]);
    assert_mean("one", samples(&[one.clone(), one]).cosine_between_tasks, 36.0 / 45.0, 0.0);
}

#[test]
fn opposite_gradients_have_a_cosine_of_minus_one() {
    let opposite = group([[2.0, -1.0], [-4.0, 2.0]], [[2.0, -1.0], [-4.0, 2.0]]);
    let found = samples(&[opposite.clone(), opposite]);
    assert_mean("cosine", found.cosine, -1.0, 0.0);
    assert_mean("inner product", found.inner_product, -10.0, 0.0);
    assert_mean("between tasks", found.cosine_between_tasks, 1.0, 0.0);
}

#[test]
fn how_tasks_are_divided_into_slices_makes_no_difference() {
    let gradients: Vec<f32> = (0..TASKS * 2 * 3).map(|i| ((i * 37) % 101) as f32 - 50.0).collect();
    let mut whole = Samples::default();
    whole.extend(&gradients, 3);
    let mut sliced = Samples::default();
    for slice in gradients.chunks(7 * 2 * 3) {
        sliced.extend(slice, 3);
    }
    assert_eq!(whole.alignment(), sliced.alignment());
}

#[test]
fn the_minibatches_of_a_task_are_disjoint_and_do_not_depend_on_the_run() {
    let config = Config::default();
    let tasks = AlignmentTasks::new(&config);
    assert_eq!(tasks, AlignmentTasks::new(&Config { seed: 7, ..config.clone() }));
    let points = tasks.points(0..TASKS);
    assert_eq!((tasks.batch(), points.x.len()), (10, TASKS * 20));
    for x in points.x.chunks_exact(20) {
        assert!(x[..10].iter().all(|x_1| x[10..].iter().all(|x_2| x_1 != x_2)), "{x:?}");
    }
    assert_eq!(tasks.points(3..5).y, points.y[60..100]);
}

/// θ after some meta-iterations.
fn trained(config: &Config, train_state: &TrainState, iterations: u64) -> TrainState {
    let mut cpu = Cpu::new(config, train_state);
    for first in (train_state.iteration..iterations).step_by(100) {
        let count = 100.min(iterations - first);
        block_on(cpu.train(&MetaBatches::draw(config, first, first, count))).expect("the CPU does not fail");
    }
    block_on(cpu.train_state()).expect("the CPU does not fail")
}

#[test]
fn the_cpu_has_the_gradients_of_the_reference() {
    let mut config = Config::default();
    config.model.hidden = vec![13, 9];
    let tasks = AlignmentTasks::new(&config);
    let train_state = trained(&config, &TrainState::of(&config), 200);
    let points = tasks.points(0..20);
    let theta = &train_state.theta;
    let cpu = block_on(Cpu::new(&config, &train_state).gradients(theta, &points, 10)).unwrap();
    let mut reference = KernelBackend::<Reference>::new(&config, &train_state);
    let truth = block_on(reference.gradients(theta, &points, 10)).unwrap();
    assert_eq!(truth.len(), 40 * theta.len());
    let tolerance = Tolerance { absolute: 1e-5, relative: 1e-4 };
    agree("gradients", &wide(&cpu), &wide(&truth), tolerance).unwrap();
    // The first minibatch by the definition, and a comparison that can fail.
    let own = Reference::new(&Network::new(&config.model)).gradient(&wide(theta), &points.x[..10], &points.y[..10]);
    agree("the first", &wide(&truth[..theta.len()]), &own.gradient, tolerance).unwrap();
    let other = Reference::new(&Network::new(&config.model)).gradient(&wide(theta), &points.x[1..11], &points.y[1..11]);
    agree("another", &wide(&truth[..theta.len()]), &other.gradient, tolerance).unwrap_err();
}

fn print(name: &str, found: &Alignment) {
    let text = |mean: &Mean| format!("{:.3} ± {:.3}", mean.mean, mean.ci95);
    let Alignment { inner_product, cosine, cosine_between_tasks } = found;
    println!("{name}: {}  {}  {}", text(inner_product), text(cosine), text(cosine_between_tasks));
}

/// The independent implementation's figures, each with about the intervals of both sets of 200 tasks together. Its cosine
/// between tasks is of neighbours, 200 pairs, whose interval is 0.1; a task and its mirror image cancel, so that the true
/// one is near 0 after training.
#[test]
fn the_paper_preset_aligns_the_gradients_of_a_task_as_an_independent_implementation_does() {
    let rows = [
        (0, [(0.0, 8.0), (0.1, 0.15), (0.03, 0.15)]),
        (300, [(1.7, 3.0), (0.23, 0.1), (0.0, 0.1)]),
        (3_000, [(98.0, 35.0), (0.90, 0.04), (0.0, 0.1)]),
        (30_000, [(296.0, 70.0), (0.93, 0.03), (0.10, 0.15)]),
    ];
    let config = Config::default();
    let mut train_state = TrainState::of(&config);
    for (iteration, expected) in rows {
        train_state = trained(&config, &train_state, iteration);
        let found = aligned(&config, &train_state.theta, &mut Cpu::new(&config, &train_state));
        print(&format!("paper, seed 0, meta-iteration {iteration}"), &found);
        let found = [found.inner_product, found.cosine, found.cosine_between_tasks];
        for (column, (found, (expected, allowed))) in found.iter().zip(expected).enumerate() {
            let near = (found.mean - expected).abs() <= allowed;
            assert!(near, "meta-iteration {iteration}, column {column}: {found:?}, expected {expected} ± {allowed}");
        }
    }
}

//! What a seed draws (streams, tasks, points, initial θ), and the small functions that everything else counts on.

use std::collections::HashSet;

use reptile_lab::domain::adaptation::reported_steps;
use reptile_lab::domain::config::{Activation, Config, Model, Schedule, TaskDistribution};
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::reptile::MetaBatches;
use reptile_lab::domain::rng::{Purpose, Rng};
use reptile_lab::domain::task::{self, Points, Sampler, Task};
use reptile_lab::text::Locale;

/// Standard deviations by which a mean of fixed draws may be off: one seed in 16,000 would fail.
const SIGMAS: f64 = 4.0;

/// χ² of counts that should be equal, in standard deviations from its mean (its degrees of freedom, variance twice that).
fn excess_chi_square(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    let chi_square: f64 = counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
    let freedom = counts.len() as f64 - 1.0;
    (chi_square - freedom) / (2.0 * freedom).sqrt()
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, variance.sqrt())
}

/// Checks the mean and the standard deviation of draws that should be uniform in an interval.
fn check_uniform(values: &[f64], low: f64, high: f64) {
    assert!(values.iter().all(|value| (low..=high).contains(value)));
    let (mean, deviation) = mean_and_deviation(values);
    let expected = (high - low) / 12.0_f64.sqrt();
    let allowed = SIGMAS * expected / (values.len() as f64).sqrt();
    assert!((mean - f64::midpoint(low, high)).abs() < allowed, "mean {mean} in {low} to {high}");
    assert!((deviation - expected).abs() < allowed, "deviation {deviation} in {low} to {high}");
}

mod rng {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        let mut rng = Rng::new(1_234_567);
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(published.map(|_| rng.next_u64()), published);
    }

    #[test]
    fn no_two_streams_share_a_number() {
        let purposes = [Purpose::Initialisation, Purpose::Training, Purpose::HeldOut, Purpose::Shown];
        let seeds = [0, 1, 2, 1000, (1 << 53) - 1];
        let mut seen = HashSet::new();
        let mut streams = 0;
        for (seed, purpose) in seeds.iter().flat_map(|&seed| purposes.map(|purpose| (seed, purpose))) {
            for (major, minor) in (0..24).flat_map(|major| (0..24).map(move |minor| (major, minor))) {
                let mut rng = Rng::stream(seed, purpose, major, minor);
                seen.extend((0..10).map(|_| rng.next_u64()));
                streams += 1;
            }
        }
        assert_eq!((streams, seen.len()), (11_520, 115_200));
    }

    /// Neighbouring streams look like draws from one: the first numbers are uniform, and pairs of them uncorrelated.
    #[test]
    fn neighbouring_streams_are_independent() {
        type Start = fn(u64) -> Rng;
        let neighbours: [Start; 3] = [
            |i| Rng::stream(i, Purpose::Training, 0, 0),
            |i| Rng::stream(0, Purpose::Training, i, 0),
            |i| Rng::stream(0, Purpose::Training, 0, i),
        ];
        for start in neighbours {
            let first: Vec<f64> = (0..20_000).map(|i| f64::from(start(i).unit())).collect();
            check_uniform(&first, 0.0, 1.0);
            let products: Vec<f64> = first.windows(2).map(|pair| (pair[0] - 0.5) * (pair[1] - 0.5)).collect();
            let (mean, deviation) = mean_and_deviation(&products);
            assert!(mean.abs() < SIGMAS * deviation / 20_000.0_f64.sqrt(), "{mean}");
        }
    }

    #[test]
    fn a_unit_is_below_one_in_steps_of_two_to_the_minus_24() {
        let mut rng = Rng::new(1);
        let units: Vec<f64> = (0..100_000).map(|_| f64::from(rng.unit())).collect();
        check_uniform(&units, 0.0, 1.0 - 2.0_f64.powi(-24));
        assert!(units.iter().all(|unit| (unit * 2.0_f64.powi(24)).fract() == 0.0));
        assert!(units.iter().any(|unit| (unit * 2.0_f64.powi(23)).fract() != 0.0));
    }

    #[test]
    fn below_is_uniform_below_its_bound() {
        let mut rng = Rng::new(2);
        for bound in [2, 3, 7, 50, 200] {
            let mut counts = vec![0; bound];
            (0..100_000).for_each(|_| counts[rng.below(bound)] += 1);
            let excess = excess_chi_square(&counts);
            assert!(excess.abs() < SIGMAS, "below {bound}: {excess}");
        }
        assert!((0..100).all(|_| rng.below(1) == 0));
        let largest = (0..100).map(|_| rng.below(1 << 32)).max().unwrap();
        assert!((1 << 31..1 << 32).contains(&largest));
    }

    #[test]
    fn normals_have_the_moments_of_the_normal_distribution() {
        let mut rng = Rng::new(3);
        let draws: Vec<f64> = (0..100_000).map(|_| f64::from(rng.normal())).collect();
        let moment = |power| draws.iter().map(|draw| draw.powi(power)).sum::<f64>() / draws.len() as f64;
        // The variance of a draw's n-th power is the 2n-th moment less the square of the n-th: 1, 2, 15, 96.
        for (power, expected, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0_f64)] {
            let allowed = SIGMAS * (variance / draws.len() as f64).sqrt();
            assert!((moment(power) - expected).abs() < allowed, "moment {power}: {}", moment(power));
        }
    }
}

mod tasks {
    use super::*;

    fn sampler(grid: usize, noise: f64) -> Sampler {
        Sampler::new(&TaskDistribution { grid, noise, ..TaskDistribution::default() })
    }

    /// The x of `count` observations.
    fn drawn(sampler: &Sampler, count: usize, seed: u64) -> Vec<f32> {
        let mut points = Points::default();
        sampler.observe(&Task { amplitude: 1.0, phase: 0.0 }, count, &mut Rng::new(seed), &mut points);
        points.x
    }

    fn sorted(x: &[f32]) -> Vec<f32> {
        let mut sorted = x.to_vec();
        sorted.sort_by(f32::total_cmp);
        sorted
    }

    #[test]
    fn a_task_is_a_sine() {
        let task = Task { amplitude: 2.0, phase: 1.0 };
        for (x, y) in [(-1.0, 0.0), (0.5, 1.994_99), (-5.0, 1.513_605), (5.0, -0.558_831)] {
            assert!((task.value(x) - y).abs() < 1e-5, "{x}: {}", task.value(x));
        }
    }

    #[test]
    fn tasks_are_uniform_in_their_distribution() {
        let wide = TaskDistribution::default();
        let narrow = TaskDistribution { amplitude: [2.0, 2.5], phase: [1.0, 1.0], ..wide.clone() };
        for distribution in [wide, narrow] {
            let mut rng = Rng::new(4);
            let tasks: Vec<Task> = (0..20_000).map(|_| Task::sample(&distribution, &mut rng)).collect();
            assert!(tasks.iter().all(|task| task.is_in(&distribution)));
            let [low, high] = distribution.amplitude.map(|end| f64::from(end as f32));
            check_uniform(&tasks.iter().map(|task| f64::from(task.amplitude)).collect::<Vec<_>>(), low, high);
            let [low, high] = distribution.phase.map(|end| f64::from(end as f32));
            if low < high {
                check_uniform(&tasks.iter().map(|task| f64::from(task.phase)).collect::<Vec<_>>(), low, high);
            }
        }
    }

    #[test]
    fn a_task_of_another_distribution_is_not_in_this_one() {
        let distribution = TaskDistribution { amplitude: [1.0, 2.0], phase: [0.5, 1.0], ..TaskDistribution::default() };
        let cases = [(1.0, 0.5, true), (2.0, 1.0, true), (0.99, 0.7, false), (2.01, 0.7, false), (1.5, 1.1, false)];
        for (amplitude, phase, expected) in cases {
            assert_eq!(Task { amplitude, phase }.is_in(&distribution), expected, "{amplitude}, {phase}");
        }
    }

    #[test]
    fn the_grid_has_its_ends_and_equal_steps() {
        for (x, count) in [([-5.0, 5.0], 50), ([-20.0, 20.0], 200), ([0.25, 0.75], 3), ([-1.0, 3.0], 2)] {
            let grid = task::grid(&TaskDistribution { x, grid: count, ..TaskDistribution::default() });
            assert_eq!((grid.len(), grid[0], grid[count - 1]), (count, x[0] as f32, x[1] as f32));
            let step = (x[1] - x[0]) as f32 / (count - 1) as f32;
            assert!(grid.windows(2).all(|pair| (pair[1] - pair[0] - step).abs() < 2e-6), "{grid:?}");
        }
    }

    #[test]
    fn points_repeat_only_when_the_grid_is_used_up() {
        for grid in [2, 5, 50] {
            let sampler = sampler(grid, 0.0);
            let x = drawn(&sampler, 3 * grid + 1, 7);
            let rounds: Vec<&[f32]> = x.chunks(grid).collect();
            assert!(rounds[..3].iter().all(|round| sorted(round) == sampler.grid()), "{x:?}");
            assert_eq!(rounds[3].len(), 1);
        }
        let x = drawn(&sampler(50, 0.0), 100, 7);
        assert_ne!(x[..50], x[50..], "each round has an order of its own");
        assert_ne!(x[..50], sorted(&x[..50]));
    }

    #[test]
    fn every_order_of_the_grid_is_equally_likely_in_every_round() {
        let sampler = sampler(3, 0.0);
        let mut orders = [[0; 27]; 2];
        for seed in 0..12_000 {
            let x = drawn(&sampler, 6, seed);
            for (order, round) in orders.iter_mut().zip(x.chunks(3)) {
                let places = round.iter().map(|x| sampler.grid().iter().position(|grid| grid == x).unwrap());
                order[places.fold(0, |number, place| 3 * number + place)] += 1;
            }
        }
        for order in orders {
            let seen: Vec<u32> = order.into_iter().filter(|&count| count > 0).collect();
            assert_eq!(seen.len(), 6);
            assert!(excess_chi_square(&seen).abs() < SIGMAS, "{seen:?}");
        }
    }

    #[test]
    fn noise_is_added_to_what_is_observed() {
        let task = Task { amplitude: 2.0, phase: 1.0 };
        let errors = |noise| -> Vec<f64> {
            let mut points = Points::default();
            sampler(50, noise).observe(&task, 20_000, &mut Rng::new(8), &mut points);
            points.x.iter().zip(&points.y).map(|(x, y)| f64::from(y - task.value(*x))).collect()
        };
        assert!(errors(0.0).iter().all(|&error| error == 0.0));
        let (mean, deviation) = mean_and_deviation(&errors(0.5));
        assert!(mean.abs() < SIGMAS * 0.5 / 20_000.0_f64.sqrt(), "{mean}");
        assert!((deviation - 0.5).abs() < SIGMAS * 0.5 / 40_000.0_f64.sqrt(), "{deviation}");
    }

    #[test]
    fn shown_tasks_and_shots_are_new_each_time() {
        let config = Config::default();
        let tasks: HashSet<_> = (0..100).map(|number| task::shown_task(&config, number).phase.to_bits()).collect();
        assert_eq!(tasks.len(), 100);
        let task = task::shown_task(&config, 0);
        let shots = task::shots(&config, &task, 10, 0);
        let x: HashSet<_> = shots.iter().map(|shot| shot[0].to_bits()).collect();
        assert_eq!((shots.len(), x.len()), (10, 10), "distinct points");
        assert!(shots.iter().all(|&[x, y]| y == task.value(x)));
        assert_ne!(task::shots(&config, &task, 10, 1), shots);
        assert_eq!(task::shots(&config, &task, 10, 0), shots);
    }

    #[test]
    fn a_meta_iteration_has_its_own_tasks_whenever_it_is_drawn() {
        let mut config = Config::default();
        config.outer.meta_batch = 3;
        let all = MetaBatches::draw(&config, 0, 0, 6);
        let some = MetaBatches::draw(&config, 4, 4, 2);
        assert_eq!((all.len(), all.points_of_task(), all.points().x.len()), (6, 50, 900));
        assert_eq!((&all.points().x[600..], &all.points().y[600..]), (&some.points().x[..], &some.points().y[..]));
        assert_eq!(all.rates[4..], some.rates);
        let tasks: HashSet<Vec<u32>> =
            all.points().y.chunks(50).map(|task| task.iter().map(|y| y.to_bits()).collect()).collect();
        assert_eq!(tasks.len(), 18, "every task is another one");
    }
}

mod evaluation {
    use super::*;

    #[test]
    fn the_first_hundred_held_out_tasks_are_the_hundred() {
        let config = Config::default();
        let (hundred, thousand) = (HeldOut::new(&config, 100), HeldOut::new(&config, 1000));
        assert_eq!((hundred.len(), thousand.len()), (100, 1000));
        assert_eq!(hundred.adaptations(0..100), thousand.adaptations(0..100));
        let zeros = vec![0.0; 100 * 7 * 50];
        assert_eq!(hundred.errors(0..100, &zeros), thousand.errors(0..100, &zeros), "the same truths");
        assert_ne!(thousand.adaptations(100..200), hundred.adaptations(0..100));
    }

    #[test]
    fn held_out_tasks_are_the_same_for_every_run() {
        let config = Config::default();
        let mut other = Config { seed: 99, ..config.clone() };
        other.inner.steps = 9;
        other.outer.meta_batch = 4;
        other.model.hidden = vec![3];
        assert_eq!(HeldOut::new(&config, 20).adaptations(0..20), HeldOut::new(&other, 20).adaptations(0..20));
    }

    #[test]
    fn shots_are_distinct_points_of_their_task() {
        let config = Config::default();
        let held_out = HeldOut::new(&config, 50);
        let grid: HashSet<u32> = task::grid(&config.tasks).into_iter().map(f32::to_bits).collect();
        for (x, y) in held_out.adaptations(0..50).iter() {
            let distinct: HashSet<u32> = x.iter().map(|x| x.to_bits()).collect();
            assert!(distinct.len() == 10 && distinct.is_subset(&grid) && y.len() == 10);
        }
    }

    #[test]
    fn a_curve_is_the_mean_over_tasks_for_each_step() {
        let mut config = Config::default();
        config.eval.steps = 2;
        let curve = HeldOut::new(&config, 2).curve(&[4.0, 2.0, 0.5, 6.0, 2.0, 0.5]);
        assert_eq!((curve.steps, curve.mean_mse), (vec![0, 1, 2], vec![5.0, 2.0, 0.5]));
        // Two samples m ± d: s = √2·d, 1.96·s/√2 = 1.96·d.
        assert_eq!(curve.ci95, [1.96, 0.0, 0.0]);
    }

    #[test]
    fn steps_are_reported_at_powers_of_two_and_at_the_end() {
        let cases: [(usize, &[usize]); 5] = [
            (1, &[0, 1]),
            (2, &[0, 1, 2]),
            (5, &[0, 1, 2, 4, 5]),
            (32, &[0, 1, 2, 4, 8, 16, 32]),
            (33, &[0, 1, 2, 4, 8, 16, 32, 33]),
        ];
        for (last, steps) in cases {
            assert_eq!(reported_steps(last), steps);
        }
    }
}

mod network {
    use super::*;

    #[test]
    fn layers_lie_one_after_another_weights_before_biases() {
        for (hidden, count) in [(vec![64, 64], 4353), (vec![1], 4), (vec![7, 5, 3], 76), (vec![128; 4], 49_921)] {
            let network = Network::new(&Model { hidden, activation: Activation::Tanh });
            let mut end = 0;
            for layer in network.layers() {
                assert_eq!((layer.weights, layer.biases), (end, end + layer.inputs * layer.outputs));
                end = layer.biases + layer.outputs;
            }
            assert_eq!((network.parameters(), end, network.initial_theta(0).len()), (count, count, count));
        }
    }

    #[test]
    fn initial_parameters_are_uniform_within_their_layers_bounds() {
        let network = Network::new(&Config::default().model);
        for seed in 0..5 {
            let theta = network.initial_theta(seed);
            for layer in network.layers() {
                let bound = 1.0 / (layer.inputs as f64).sqrt();
                let of_layer = &theta[layer.weights..layer.biases + layer.outputs];
                check_uniform(&of_layer.iter().map(|&number| f64::from(number)).collect::<Vec<_>>(), -bound, bound);
            }
            assert_ne!(theta, network.initial_theta(seed + 1));
        }
    }
}

#[test]
fn schedules() {
    let mut outer = Config::default().outer;
    (outer.step_size, outer.iterations) = (0.5, 100);
    let at = |outer: &reptile_lab::domain::config::Outer| [0, 1, 50, 99, 100, 1000].map(|t| outer.step_size_at(t));
    assert_eq!(at(&outer), [0.5, 0.495, 0.25, 0.5 * (1.0 - 0.99), 0.0, 0.0]);
    outer.schedule = Schedule::Constant;
    assert_eq!(at(&outer), [0.5; 6]);
}

#[test]
fn the_preferred_language_is_the_first_that_there_is() {
    let cases: [(&[&str], Locale); 9] = [
        (&[], Locale::En),
        (&[""], Locale::En),
        (&["fr", "xx-YY"], Locale::En),
        (&["zh"], Locale::ZhHans),
        (&["zh-CN"], Locale::ZhHans),
        (&["ZH-hant-TW"], Locale::ZhHans),
        (&["fr-FR", "zh", "en"], Locale::ZhHans),
        (&["en-GB", "zh"], Locale::En),
        (&["zhx", "enx"], Locale::En),
    ];
    for (preferences, expected) in cases {
        assert_eq!(Locale::preferred(preferences), expected, "{preferences:?}");
    }
    for &locale in Locale::ALL {
        assert_eq!(Locale::preferred([locale.code()]), locale);
    }
}

//! What a seed draws (streams, tasks, points, initial θ), and the small functions that everything else counts on.

use std::collections::HashSet;

use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::adaptation::reported_steps;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::inner_optimizer::InnerOptimizer;
use reptile_lab::domain::network::{Model, Network};
use reptile_lab::domain::rng::{Purpose, Rng};
use reptile_lab::domain::schedule::Schedule;
use reptile_lab::domain::task;
use reptile_lab::domain::task::family::{Families, Family};
use reptile_lab::domain::task::sampling::{Count, Points, Sampler};
use reptile_lab::domain::task::{Task, TaskDistribution};
use reptile_lab::i18n::Locale;

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
        let count = Count::support(count);
        sampler.observe(|_| 0.0, count, &mut Rng::new(seed), &mut points);
        points.x
    }

    fn sorted(x: &[f32]) -> Vec<f32> {
        let mut sorted = x.to_vec();
        sorted.sort_by(f32::total_cmp);
        sorted
    }

    #[test]
    fn a_task_is_a_sine() {
        let task = Task::sinusoid(2.0, 1.0);
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
            assert_eq!(Task::sinusoid(amplitude, phase).is_in(&distribution), expected, "{amplitude}, {phase}");
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
        let task = Task::sinusoid(2.0, 1.0);
        let errors = |noise| -> Vec<f64> {
            let mut points = Points::default();
            sampler(50, noise).observe(|x| task.value(x), Count::support(20_000), &mut Rng::new(8), &mut points);
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
        let tasks: HashSet<_> =
            (0..100).map(|number| task::shown_task(&config.tasks, config.seed, number).phase.to_bits()).collect();
        assert_eq!(tasks.len(), 100);
        let task = task::shown_task(&config.tasks, config.seed, 0);
        let shots = task::sampling::shots(&config.tasks, config.seed, &task.into(), 10, 0);
        let x: HashSet<_> = shots.iter().map(|shot| shot[0].to_bits()).collect();
        assert_eq!((shots.len(), x.len()), (10, 10), "distinct points");
        assert!(shots.iter().all(|&[x, y]| y == task.value(x)));
        assert_ne!(task::sampling::shots(&config.tasks, config.seed, &task.into(), 10, 1), shots);
        assert_eq!(task::sampling::shots(&config.tasks, config.seed, &task.into(), 10, 0), shots);
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

/// The curves of every family, and what is drawn of them.
mod families {
    use std::f64::consts::{PI, TAU};

    use super::*;

    /// The closed forms in double precision, written anew: Chebyshev polynomials by their cosines, waves by the sine.
    fn closed_form(task: Task, x: f64) -> f64 {
        let [a, p, f] = [task.amplitude, task.phase, task.frequency].map(f64::from);
        let angle = f * x + p;
        let chebyshev = |degree: f64| (degree * (x / 5.0).acos()).cos();
        a * match task.family {
            Family::Sinusoid => angle.sin(),
            Family::Line => p.sin() * chebyshev(1.0) + p.cos() * chebyshev(0.0),
            Family::Quadratic => p.sin() * chebyshev(2.0) + p.cos() * chebyshev(1.0),
            Family::Sawtooth => 2.0 * (angle / TAU).rem_euclid(1.0) - 1.0,
            Family::Square => angle.sin().signum(),
            Family::Triangle => angle.sin().asin() * 2.0 / PI,
        }
    }

    fn tasks(family: Family) -> impl Iterator<Item = Task> {
        let mut rng = Rng::new(12);
        let draw = move |_| Task {
            family,
            amplitude: rng.uniform(0.1, 5.0),
            phase: rng.uniform(0.0, std::f32::consts::TAU),
            frequency: rng.uniform(0.1, 4.0),
        };
        (0..200).map(draw)
    }

    #[test]
    fn curves_have_their_golden_values() {
        // Printed by an independent evaluation in double precision.
        let cases = [
            (Family::Sinusoid, 2.0, 1.0, 1.0, [1.513_605, -0.494_808, 1.682_942, -1.955_06]),
            (Family::Sinusoid, 0.5, 4.0, 2.5, [-0.399_244, 0.383_772, -0.378_401, 0.091_3]),
            (Family::Line, 2.0, 1.0, 1.0, [-0.602_337, 0.659_869, 1.080_605, 2.258_664]),
            (Family::Line, 0.5, 4.0, 2.5, [0.051_579, -0.232_221, -0.326_822, -0.591_703]),
            (Family::Quadratic, 2.0, 1.0, 1.0, [0.602_337, -1.742_725, -1.682_942, 0.722_764]),
            (Family::Quadratic, 0.5, 4.0, 2.5, [-0.051_579, 0.412_807, 0.378_401, -0.221_207]),
            (Family::Sawtooth, 2.0, 1.0, 1.0, [-0.546_479, 1.840_845, -1.363_38, 0.864_789]),
            (Family::Sawtooth, 0.5, 4.0, 2.5, [0.147_183, -0.360_739, 0.136_620, -0.470_774]),
            (Family::Square, 2.0, 1.0, 1.0, [2.0, -2.0, 2.0, -2.0]),
            (Family::Square, 0.5, 4.0, 2.5, [-0.5, 0.5, -0.5, 0.5]),
            (Family::Triangle, 3.0, 1.0, 1.0, [1.639_437, -0.477_465, 1.909_859, -2.594_366]),
            (Family::Triangle, 0.5, 4.0, 2.5, [-0.294_366, 0.278_521, -0.273_240, 0.058_451]),
        ];
        for (family, amplitude, phase, frequency, expected) in cases {
            let task = Task { family, amplitude, phase, frequency };
            for (x, y) in [-5.0, -1.25, 0.0, 3.5].into_iter().zip(expected) {
                assert!((f64::from(task.value(x)) - y).abs() < 2e-6, "{task:?} at {x}: {}", task.value(x));
            }
        }
    }

    #[test]
    fn curves_are_their_closed_forms() {
        for task in Family::ALL.iter().copied().flat_map(tasks) {
            for i in 0..=200 {
                let x = -5.0 + 0.05 * i as f32;
                let (ours, expected) = (f64::from(task.value(x)), closed_form(task, f64::from(x)));
                let turns = (f64::from(task.frequency) * f64::from(x) + f64::from(task.phase)) / TAU;
                let from_jump = (turns * 2.0 - (turns * 2.0).round()).abs();
                // At a jump either side is right.
                let jumps = matches!(task.family, Family::Sawtooth | Family::Square) && from_jump < 1e-9;
                assert!(jumps || (ours - expected).abs() < 1e-5, "{task:?} at {x}: {ours}, not {expected}");
            }
        }
    }

    #[test]
    fn waves_begin_their_period_at_angle_zero() {
        let at_zero = |family| Task { family, ..Task::sinusoid(2.0, 0.0) }.value(0.0);
        assert_eq!(Family::ALL.iter().copied().map(at_zero).collect::<Vec<_>>(), [0.0, 2.0, 0.0, -2.0, 2.0, 0.0]);
    }

    #[test]
    fn curves_stay_within_their_reach_and_come_near_it() {
        for &family in Family::ALL {
            let mut greatest = 0.0_f64;
            for task in tasks(family) {
                for i in 0..=200 {
                    let y = task.value(-5.0 + 0.05 * i as f32) / task.amplitude;
                    greatest = greatest.max(f64::from(y.abs()));
                }
            }
            let reach = family.reach(5.0);
            let expected = if family.is_periodic() { 1.0 } else { 2.0_f64.sqrt() };
            assert!((reach - expected).abs() < 1e-12, "{family:?}: {reach}");
            assert!((0.99 * reach..reach + 1e-6).contains(&greatest), "{family:?}: {greatest} of {reach}");
        }
        for bound in [0.5, 2.0, 5.0, 20.0] {
            for family in [Family::Line, Family::Quadratic] {
                let of_phase = |i: i32, x: f64| family.curve(x as f32, i as f32 * 0.01, 1.0).abs();
                let xs = [-1.0, -0.8, -0.5, -0.2, 0.0].map(|part| part * bound);
                let greatest = (0..629).flat_map(|i| xs.map(|x| of_phase(i, x))).fold(0.0, f32::max);
                assert!((f64::from(greatest) / family.reach(bound) - 1.0).abs() < 1e-3, "{family:?} to {bound}");
            }
        }
    }

    #[test]
    fn waves_repeat_themselves_after_a_period() {
        for task in Family::ALL.iter().copied().filter(|family| family.is_periodic()).flat_map(tasks) {
            let period = TAU / f64::from(task.frequency);
            for i in 0..40 {
                let x = -5.0 + 0.25 * f64::from(i);
                let turns = (f64::from(task.frequency) * x + f64::from(task.phase)) / TAU;
                if (turns * 2.0 - (turns * 2.0).round()).abs() < 1e-4 {
                    continue;
                }
                let (now, later) = (task.value(x as f32), task.value((x + period) as f32));
                assert!((now - later).abs() < 1e-4, "{task:?} at {x}: {now}, then {later}");
            }
        }
    }

    /// Only sawtooth and square jump; the slope of the others is bounded, as continuity on a grid of points shows.
    #[test]
    fn only_sawtooth_and_square_jump() {
        for &family in Family::ALL {
            let step = |task: Task| {
                let y = (0..=10_000).map(|i| task.value(-5.0 + 0.001 * i as f32)).collect::<Vec<_>>();
                y.windows(2).map(|pair| (pair[1] - pair[0]).abs() / task.amplitude).fold(0.0, f32::max)
            };
            let steepest = tasks(family).filter(|task| task.frequency > 1.0).map(step).fold(0.0, f32::max);
            if matches!(family, Family::Sawtooth | Family::Square) {
                assert!(steepest > 1.99, "{family:?}: {steepest}");
            } else {
                assert!(steepest < 0.0041, "{family:?}: {steepest}");
            }
        }
    }

    #[test]
    fn a_sinusoid_of_frequency_one_has_the_bits_it_always_had() {
        for task in tasks(Family::Sinusoid).map(|task| Task { frequency: 1.0, ..task }) {
            for x in task::grid(&TaskDistribution::default()) {
                let before = task.amplitude * reptile_lab::simd::math::sin(x + task.phase);
                assert_eq!(task.value(x).to_bits(), before.to_bits());
            }
        }
    }

    fn mixture(weights: [f64; 6]) -> TaskDistribution {
        TaskDistribution { family: Families::Mixture, weights, ..TaskDistribution::default() }
    }

    #[test]
    fn a_mixture_draws_each_family_as_often_as_its_weight_says() {
        for weights in [[1.0; 6], [1.0, 2.0, 3.0, 0.5, 0.0, 10.0], [0.0, 0.0, 1.0, 0.0, 1.0, 0.0]] {
            let (distribution, draws) = (mixture(weights), 20_000);
            let mut rng = Rng::new(13);
            let mut counts = [0_u32; 6];
            for _ in 0..draws {
                let task = Task::sample(&distribution, &mut rng);
                assert!(task.is_in(&distribution));
                counts[task.family as usize] += 1;
            }
            let sum: f64 = weights.iter().sum();
            for (count, weight) in counts.into_iter().zip(weights) {
                let share = weight / sum;
                let deviation = (f64::from(draws) * share * (1.0 - share)).sqrt();
                let off = (f64::from(count) - f64::from(draws) * share).abs();
                assert!(off <= SIGMAS * deviation, "{weights:?}: {counts:?}");
            }
        }
    }

    #[test]
    fn one_family_and_one_frequency_use_no_random_numbers() {
        let plain = TaskDistribution::default();
        let square = TaskDistribution { family: Families::One(Family::Square), frequency: [2.5, 2.5], ..plain.clone() };
        for (distribution, family, frequency) in [
            (plain, Family::Sinusoid, 1.0),
            (square, Family::Square, 2.5),
            (mixture([0.0, 0.0, 0.0, 0.0, 0.0, 3.0]), Family::Triangle, 1.0),
        ] {
            let (mut ours, mut expected) = (Rng::new(14), Rng::new(14));
            let task = Task::sample(&distribution, &mut ours);
            let amplitude = expected.uniform(0.1, 5.0);
            let phase = expected.uniform(0.0, std::f32::consts::TAU);
            assert_eq!(task, Task { family, amplitude, phase, frequency });
            assert_eq!(ours.next_u64(), expected.next_u64());
        }
    }

    #[test]
    fn frequencies_are_uniform_in_their_interval_and_leave_amplitude_and_phase_as_they_are() {
        let plain = TaskDistribution::default();
        let distribution = TaskDistribution { frequency: [0.5, 3.0], ..plain.clone() };
        let frequencies = (0..20_000).map(|seed| {
            let task = Task::sample(&distribution, &mut Rng::new(seed));
            assert_eq!(Task { frequency: 1.0, ..task }, Task::sample(&plain, &mut Rng::new(seed)));
            f64::from(task.frequency)
        });
        check_uniform(&frequencies.collect::<Vec<_>>(), 0.5, 3.0);
    }

    #[test]
    fn a_task_is_in_a_distribution_that_draws_its_family_and_frequency() {
        let distribution = TaskDistribution { frequency: [1.0, 2.0], ..mixture([1.0, 1.0, 0.0, 0.0, 0.0, 0.0]) };
        let cases = [
            (Family::Sinusoid, 1.5, true),
            (Family::Sinusoid, 2.5, false),
            (Family::Line, 2.5, true),
            (Family::Quadratic, 1.5, false),
        ];
        for (family, frequency, expected) in cases {
            let task = Task { family, frequency, ..Task::sinusoid(1.0, 1.0) };
            assert_eq!(task.is_in(&distribution), expected, "{task:?}");
        }
    }

    #[test]
    fn a_task_of_amplitude_and_phase_alone_is_the_distributions_first() {
        let of = |distribution: &TaskDistribution| Task::of(distribution, 2.0, 1.0);
        assert_eq!(of(&TaskDistribution::default()), Task::sinusoid(2.0, 1.0));
        let fast = TaskDistribution { frequency: [2.0, 3.0], ..mixture([0.0, 0.0, 0.0, 1.0, 1.0, 0.0]) };
        assert_eq!(of(&fast), Task { family: Family::Sawtooth, frequency: 2.0, ..Task::sinusoid(2.0, 1.0) });
    }

    /// A distribution whose support lies on [0, 2.5], 12 of the 50 grid points.
    fn part() -> TaskDistribution {
        TaskDistribution { shots: [0.0, 2.5], ..TaskDistribution::default() }
    }

    fn drawn(distribution: &TaskDistribution, count: Count, seed: u64) -> Vec<f32> {
        let mut points = Points::default();
        Sampler::new(distribution).observe(|_| 0.0, count, &mut Rng::new(seed), &mut points);
        points.x
    }

    #[test]
    fn support_stays_within_its_part_of_x_and_uses_all_of_it() {
        let inside: Vec<u32> =
            task::grid(&part()).iter().filter(|x| (0.0..=2.5).contains(*x)).map(|x| x.to_bits()).collect();
        assert_eq!((inside.len(), task::support_range(&part())), (12, 25..37));
        for seed in 0..50 {
            let x = drawn(&part(), Count::support(30), seed);
            assert!(x.iter().all(|x| (0.0..=2.5).contains(x)));
            let mut round: Vec<f32> = x[..12].to_vec();
            round.sort_by(f32::total_cmp);
            assert_eq!(round.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), inside, "no repeats until all are used");
        }
    }

    #[test]
    fn the_query_is_of_the_whole_grid_and_new_to_the_support() {
        let mut counts = [0_u32; 50];
        let grid = task::grid(&part());
        for seed in 0..4000 {
            let x = drawn(&part(), Count { support: 8, query: 10 }, seed);
            let (support, query) = x.split_at(8);
            assert!(query.iter().all(|x| !support.contains(x)));
            let distinct: HashSet<u32> = query.iter().map(|x| x.to_bits()).collect();
            assert_eq!(distinct.len(), 10);
            for x in query {
                counts[grid.iter().position(|grid| grid == x).unwrap()] += 1;
            }
        }
        // Of 42 points that are left 10 are drawn; a point of the part is left in 4 of 12 cases.
        let (inside, outside) = (4000.0 * 10.0 / 42.0 * 4.0 / 12.0, 4000.0 * 10.0 / 42.0);
        for (index, count) in counts.into_iter().enumerate() {
            let expected: f64 = if (25..37).contains(&index) { inside } else { outside };
            assert!((f64::from(count) - expected).abs() < SIGMAS * expected.sqrt(), "{index}: {count}, not {expected}");
        }
    }

    #[test]
    fn without_bounds_on_support_the_query_continues_the_sampling() {
        let whole = TaskDistribution::default();
        for seed in 0..20 {
            let x = drawn(&whole, Count { support: 40, query: 10 }, seed);
            assert_eq!(x, drawn(&whole, Count::support(50), seed));
        }
    }

    /// Settings of a run by first-order MAML or MAML with a query of any size, on a grid that may be too small for it.
    fn with_query(rng: &mut Rng) -> Config {
        let mut config = Config { seed: rng.next_u64() >> 11, ..Config::default() };
        config.algorithm = [Algorithm::Fomaml, Algorithm::Maml][rng.below(2)];
        let low = rng.uniform(-20.0, 19.0);
        let high = rng.uniform(low + 0.5, 20.0);
        config.tasks.x = [low, high].map(f64::from);
        config.tasks.grid = 2 + rng.below(199);
        let bound = rng.uniform(low, high);
        config.tasks.shots = [[-20.0, 20.0], [-20.0, f64::from(bound)]][rng.below(2)];
        config.inner.batch = 1 + rng.below(task::support_range(&config.tasks).len());
        config.inner.steps = 1 + rng.below(64);
        config.inner.optimizer = [InnerOptimizer::Sgd, InnerOptimizer::Gd][rng.below(2)];
        config.eval.shots = 1;
        Config::from_value(&serde_json::json!(config)).expect("a Config that may be")
    }

    #[test]
    fn no_query_point_is_in_the_support_whatever_the_settings() {
        let mut rng = Rng::new(12);
        let (mut on_the_grid, mut between) = (0, 0);
        for _ in 0..400 {
            let config = with_query(&mut rng);
            let grid: HashSet<u32> = task::grid(&config.tasks).into_iter().map(f32::to_bits).collect();
            let batches = MetaBatches::draw(&config, rng.next_u64() >> 40, 0, 2);
            let (of_support, _) = batches.parts_of_task();
            for (_, (x, _)) in (0..2).flat_map(|iteration| batches.tasks_of(iteration)) {
                let (support, query) = x.split_at(of_support);
                let support: HashSet<u32> = support.iter().map(|x| x.to_bits()).collect();
                assert_eq!(query.len(), config.inner.batch);
                assert!(query.iter().all(|x| !support.contains(&x.to_bits())), "{config:?}");
                let [low, high] = config.tasks.x.map(|end| end as f32);
                assert!(query.iter().all(|x| (low..=high).contains(x)), "{config:?}");
                let is_on_grid = |x: &&f32| grid.contains(&x.to_bits());
                let of_grid = query.iter().filter(is_on_grid).count();
                let left = grid.len() - support.len();
                assert_eq!(of_grid, query.len().min(left), "points of the grid come first: {config:?}");
                (on_the_grid, between) = (on_the_grid + of_grid, between + query.len() - of_grid);
            }
        }
        assert!(on_the_grid > 1000 && between > 1000, "{on_the_grid} {between}");
    }

    #[test]
    fn query_points_between_those_of_the_grid_are_uniform_and_observed_with_noise() {
        let distribution = TaskDistribution { x: [-3.0, 1.0], grid: 7, noise: 0.5, ..TaskDistribution::default() };
        let (mut x, mut errors) = (vec![], vec![]);
        for seed in 0..2000 {
            let mut points = Points::default();
            let count = Count { support: 9, query: 10 };
            Sampler::new(&distribution).observe(|x| 2.0 * x, count, &mut Rng::new(seed), &mut points);
            x.extend(points.x[9..].iter().map(|&x| f64::from(x)));
            errors.extend(points.x[9..].iter().zip(&points.y[9..]).map(|(x, y)| f64::from(y - 2.0 * x)));
        }
        check_uniform(&x, -3.0, 1.0);
        let (mean, deviation) = mean_and_deviation(&errors);
        let root = (errors.len() as f64).sqrt();
        assert!(mean.abs() < SIGMAS * 0.5 / root, "{mean}");
        assert!((deviation - 0.5).abs() < SIGMAS * 0.5 / (2.0_f64.sqrt() * root), "{deviation}");
    }

    #[test]
    fn shots_and_minibatches_have_the_part_and_errors_the_whole() {
        let mut config = Config { tasks: part(), ..Config::default() };
        let inside = |x: &[f32]| x.iter().all(|x| (0.0..=2.5).contains(x));
        assert!(inside(&MetaBatches::draw(&config, 0, 0, 20).points().x));
        let held_out = HeldOut::new(&config, 20).adaptations(0..20);
        assert!(held_out.iter().all(|(x, _)| inside(x)));
        assert_eq!(held_out.query.len(), 50);
        let shots = task::sampling::shots(
            &config.tasks,
            config.seed,
            &task::shown_task(&config.tasks, config.seed, 0).into(),
            10,
            0,
        );
        assert!(shots.iter().all(|shot| inside(&shot[..1])));
        config.algorithm = Algorithm::Maml;
        let batches = MetaBatches::draw(&config, 0, 0, 20);
        for (x, _) in (0..20).flat_map(|iteration| batches.tasks_of(iteration)).map(|(_, points)| points) {
            assert!(inside(&x[..50]) && !inside(&x[50..]));
        }
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
    fn tasks_that_diverge_move_the_mean_and_not_the_median() {
        let mut config = Config::default();
        config.eval.steps = 1;
        let held_out = HeldOut::new(&config, 5);
        let curve = held_out.curve(&[1.0, 0.5, 2.0, 0.25, 3.0, 0.125, 4.0, 1e5, 5.0, f64::INFINITY]);
        assert_eq!((curve.steps, curve.median_mse), (vec![0, 1], vec![3.0, 0.5]));
        assert_eq!(curve.mean_mse, [3.0, f64::INFINITY]);
        assert_eq!(HeldOut::new(&config, 2).curve(&[1.0, 0.0, 2.0, 4.0]).median_mse, [1.5, 2.0]);
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
    let at =
        |outer: &reptile_lab::domain::outer_optimizer::Outer| [0, 1, 50, 99, 100, 1000].map(|t| outer.step_size_at(t));
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

//! Hyperparameter search: which Configs are tried, what came of them, and how one finds one's way among them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::config::search::{self, Candidate, Finding, RunOutcome, Search, SearchAxis};
use reptile_lab::domain::evaluation::Curve;

const RATE: &str = "inner.learning_rate";
const STEP_SIZE: &str = "outer.step_size";

fn logarithmic(path: &'static str, low: f64, high: f64, count: usize) -> SearchAxis {
    SearchAxis { path, low, high, logarithmic: true, count }
}

fn config() -> Config {
    Preset::Paper.config()
}

/// The number at a path; the only one of a list of equal numbers.
fn number(config: &Config, path: &str) -> f64 {
    let value = config.get(path).expect("a field");
    let list = value.as_array().cloned().unwrap_or(vec![value]);
    let numbers: Vec<f64> = list.iter().map(|value| value.as_f64().expect("a number")).collect();
    assert!(numbers.iter().all(|number| *number == numbers[0]), "{numbers:?}");
    numbers[0]
}

#[test]
fn a_grid_has_every_combination_with_equal_ratios_and_nothing_else_changes() {
    let axes = [logarithmic(RATE, 0.001, 0.1, 5), logarithmic(STEP_SIZE, 0.01, 1.0, 3)];
    let candidates = search::grid(&config(), &axes);
    assert_eq!(candidates.refused, 0);
    let values: Vec<&[f64]> = candidates.tried.iter().map(|candidate| &candidate.values[..]).collect();
    // 10^-2.5 and 10^-1.5 in three digits.
    let rates = [0.001, 0.003_16, 0.01, 0.031_6, 0.1];
    let expected: Vec<[f64; 2]> = [0.01, 0.1, 1.0].iter().flat_map(|&e| rates.map(|rate| [rate, e])).collect();
    assert_eq!(values, expected);
    for Candidate { values, config: tried } in &candidates.tried {
        let mut expected = config();
        (expected.inner.learning_rate, expected.outer.step_size) = (values[0], values[1]);
        assert_eq!(*tried, expected);
    }
}

#[test]
fn whole_numbers_are_rounded_and_tried_once() {
    let steps = logarithmic("inner.steps", 1.0, 8.0, 8);
    assert_eq!(steps.values(), [1.0, 2.0, 3.0, 4.0, 6.0, 8.0]);
    let axis = SearchAxis { logarithmic: false, ..logarithmic("inner.steps", 1.0, 4.0, 10) };
    assert_eq!(axis.values(), [1.0, 2.0, 3.0, 4.0]);
    let drawn = search::random(&config(), &[axis], 200, 5);
    let values: BTreeSet<u64> = drawn.tried.iter().map(|candidate| candidate.values[0] as u64).collect();
    assert_eq!((drawn.tried.len(), values.into_iter().collect::<Vec<_>>()), (4, vec![1, 2, 3, 4]));
    // One value is no axis without length.
    assert_eq!(logarithmic(RATE, 0.02, 0.02, 7).values(), [0.02]);
}

#[test]
fn the_width_is_that_of_every_hidden_layer() {
    let mut wide = config();
    wide.model.hidden = vec![40, 30, 20];
    let candidates = search::grid(&wide, &[logarithmic("model.hidden", 4.0, 64.0, 3)]);
    let hidden: Vec<_> = candidates.tried.iter().map(|candidate| candidate.config.model.hidden.clone()).collect();
    assert_eq!(hidden, [vec![4; 3], vec![16; 3], vec![64; 3]]);
}

#[test]
fn combinations_that_make_no_config_are_left_out_and_counted() {
    let axes = [logarithmic("inner.batch", 10.0, 160.0, 5), logarithmic(RATE, 0.01, 0.02, 2)];
    let candidates = search::grid(&config(), &axes);
    // 10, 20 and 40 of 50 grid points; 80 and 160 are too many.
    assert_eq!((candidates.tried.len(), candidates.refused), (6, 4));
    assert!(candidates.tried.iter().all(|candidate| candidate.config.inner.batch <= 50));
    let drawn = search::random(&config(), &axes, 100, 1);
    assert!(drawn.refused > 20 && drawn.tried.len() > 20, "{} and {}", drawn.tried.len(), drawn.refused);
}

#[test]
fn only_numbers_of_network_inner_and_outer_loop_can_be_searched() {
    let paths: Vec<&str> = search::parameters().map(|parameter| parameter.path).collect();
    assert!([RATE, STEP_SIZE, "model.hidden", "inner.batch", "inner.beta2"].iter().all(|path| paths.contains(path)));
    for path in ["seed", "tasks.noise", "eval.steps", "outer.iterations", "algorithm", "inner.optimizer", "none"] {
        assert!(!paths.contains(&path) && search::limits(path).is_none(), "{path}");
        assert!(SearchAxis::around(&config(), "outer.schedule", 5).is_none());
    }
}

#[test]
fn an_axis_begins_around_the_value_at_hand() {
    for algorithm in [Algorithm::Reptile, Algorithm::Maml] {
        let config = config().with_algorithm(algorithm);
        for parameter in search::parameters() {
            let axis = SearchAxis::around(&config, parameter.path, 6).expect("one that can be searched");
            let value = number(&config, parameter.path);
            assert!(axis.low <= value && value <= axis.high && axis.low < axis.high, "{axis:?} and {value}");
            assert!(!search::grid(&config, &[axis]).tried.is_empty(), "{axis:?}");
        }
    }
    let axis = SearchAxis::around(&config(), RATE, 6).expect("one that can be searched");
    assert_eq!((axis.low, axis.high, axis.logarithmic), (0.002, 0.2, true));
}

/// Random values are as likely in one decade as in another, or in one half of a range as in the other.
#[test]
fn random_values_are_spread_evenly() {
    let linear = SearchAxis { logarithmic: false, ..logarithmic(STEP_SIZE, 0.0, 1.0, 0) };
    let axes = [logarithmic(RATE, 1e-4, 1.0, 0), linear];
    let candidates = search::random(&config(), &axes, 800, 3).tried;
    let share = |fits: &dyn Fn(&[f64]) -> bool| {
        candidates.iter().filter(|candidate| fits(&candidate.values)).count() as f64 / candidates.len() as f64
    };
    for decade in [1e-4, 1e-3, 1e-2, 1e-1] {
        let share = share(&|values| (decade..decade * 10.0).contains(&values[0]));
        assert!((share - 0.25).abs() < 0.05, "{decade}: {share}");
    }
    assert!((share(&|values| values[1] < 0.5) - 0.5).abs() < 0.06);
    // The axes are independent: small rates do not come with small steps.
    assert!((share(&|values| (values[0] < 1e-2) == (values[1] < 0.5)) - 0.5).abs() < 0.06);
}

proptest! {
    #[test]
    fn values_stay_within_their_range_and_draws_belong_to_their_seed(
        which in any::<prop::sample::Index>(), ends in (0.0..1.0_f64, 0.0..1.0_f64), logarithmic: bool, seed in 0..1u64 << 53,
    ) {
        let parameters: Vec<_> = search::parameters().collect();
        let path = parameters[which.index(parameters.len())].path;
        let limits = search::limits(path).expect("one that can be searched");
        let within = |fraction: f64| {
            let value = limits.min + fraction * (limits.max - limits.min);
            if limits.is_whole { value.round() } else { value }
        };
        let (low, high) = (within(ends.0.min(ends.1)), within(ends.0.max(ends.1)));
        let axis = SearchAxis { path, low, high, logarithmic: logarithmic && low > 0.0, count: 9 };
        let values = axis.values();
        prop_assert_eq!((values[0], values[values.len() - 1]), (low, high));
        prop_assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", values);
        let drawn = search::random(&config(), &[axis], 30, seed);
        for Candidate { values, config } in &drawn.tried {
            prop_assert!((low..=high).contains(&values[0]), "{} in {:?}", values[0], axis);
            prop_assert_eq!(number(config, path), values[0]);
        }
        prop_assert_eq!(&drawn, &search::random(&config(), &[axis], 30, seed));
        let fewer = search::random(&config(), &[axis], 10, seed);
        prop_assert_eq!(&fewer.tried[..], &drawn.tried[..fewer.tried.len()]);
        if !limits.is_whole && high > low * 1.5 {
            prop_assert_ne!(&drawn.tried, &search::random(&config(), &[axis], 30, seed + 1).tried);
        }
    }
}

/// A search of three rates by two step sizes, with two seeds each.
fn search() -> Search {
    let axes = vec![logarithmic(RATE, 0.01, 0.04, 3), logarithmic(STEP_SIZE, 0.1, 0.2, 2)];
    let candidates = search::grid(&config(), &axes);
    Search::new(axes, true, candidates, 2)
}

fn measured(last: f64) -> RunOutcome {
    let mean_mse = vec![4.0, 2.0, last];
    let curve = Curve { steps: vec![0, 1, 32], median_mse: mean_mse.clone(), mean_mse, ci95: vec![0.0; 3] };
    RunOutcome::Measured { iteration: 700, curve }
}

#[test]
fn every_candidate_is_run_with_every_seed() {
    let search = search();
    let runs = search.runs();
    assert_eq!(runs.len(), 12);
    for (run, config) in runs.iter().enumerate() {
        let expected = Config { seed: (run / 6) as u64, ..search.candidates.tried[run % 6].config.clone() };
        assert_eq!(*config, expected);
    }
    assert_eq!(search.seeds(0), [0, 1], "as many as each candidate has runs");
    let mut last = search.clone();
    last.candidates.tried[0].config.seed = (1 << 53) - 1;
    assert_eq!(last.runs()[6].seed, 0, "beyond the last seed is the first");
    assert_eq!(last.seeds((1 << 53) - 1), [(1 << 53) - 1, 0]);
}

#[test]
fn a_candidate_has_the_mean_error_of_its_seeds_and_the_least_is_the_best() {
    let mut search = search();
    assert_eq!((search.finding(0, 32), search.best(32), search.done()), (Finding::Pending, None, 0));
    search.outcomes[1] = Some(measured(0.5));
    search.outcomes[2] = Some(measured(0.4));
    assert_eq!((search.finding(1, 32), search.best(32)), (Finding::Error(0.5), Some((2, 0.4))));
    search.outcomes[6 + 2] = Some(measured(0.8));
    assert_eq!(search.finding(2, 32), Finding::Error(f64::midpoint(0.4, 0.8)));
    assert_eq!(search.best(32), Some((1, 0.5)));
    assert_eq!(search.finding(2, 1), Finding::Error(2.0));
    search.outcomes[6 + 1] = Some(RunOutcome::Diverged);
    search.outcomes[3] = Some(measured(f64::NAN));
    assert_eq!([1, 3].map(|index| search.finding(index, 32)), [Finding::Diverged; 2]);
    assert_eq!((search.best(32).map(|best| best.0), search.done()), (Some(2), 5));
}

#[test]
fn a_loaded_config_is_as_long_as_its_run_and_belongs_to_the_search() {
    let mut search = search();
    search.outcomes[2] = Some(measured(0.4));
    let loaded = search.config(2).expect("a candidate");
    assert_eq!((loaded.inner.learning_rate, loaded.outer.step_size, loaded.outer.iterations), (0.04, 0.1, 700));
    assert_eq!(search.config(3).expect("a candidate").outer.iterations, config().outer.iterations);
    assert_eq!(search.config(6), None);
    assert!(search.is_of(&loaded) && search.is_of(&config()));
    let mut other = config();
    other.tasks.noise = 0.3;
    assert!(!search.is_of(&other));
}

#[test]
fn arrow_keys_reach_every_candidate() {
    let search = search();
    assert_eq!(search.neighbour(0, 0, true), Some(1));
    assert_eq!(search.neighbour(1, 1, true), Some(4));
    assert_eq!(search.neighbour(4, 0, false), Some(3));
    assert_eq!(
        [(5, 0, true), (0, 0, false), (3, 1, true)].map(|(i, axis, up)| search.neighbour(i, axis, up)),
        [None; 3]
    );

    let axes = vec![logarithmic("inner.steps", 1.0, 8.0, 0), logarithmic(RATE, 0.01, 0.1, 0)];
    let candidates = search::random(&config(), &axes, 40, 2);
    let random = Search::new(axes, false, candidates, 1);
    for axis in [0, 1] {
        let lowest = (0..40).find(|&index| random.neighbour(index, axis, false).is_none()).expect("a lowest");
        let walk: Vec<usize> =
            std::iter::successors(Some(lowest), |&index| random.neighbour(index, axis, true)).collect();
        assert_eq!(walk.iter().collect::<BTreeSet<_>>().len(), 40);
        for pair in walk.windows(2) {
            assert_eq!(random.neighbour(pair[1], axis, false), Some(pair[0]));
        }
    }
    // With one parameter, all arrows go along it.
    let line = Search::new(
        vec![logarithmic(RATE, 0.01, 0.04, 3)],
        true,
        search::grid(&config(), &[logarithmic(RATE, 0.01, 0.04, 3)]),
        1,
    );
    assert_eq!((line.neighbour(0, 1, true), line.neighbour(2, 0, false)), (Some(1), Some(1)));
}

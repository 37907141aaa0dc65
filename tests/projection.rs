//! Principal components against scikit-learn's (`tests/golden/projection.py`), and what must hold of any.

#[path = "common/agreement.rs"]
mod agreement;

use std::f64::consts::TAU;

use agreement::{Tolerance, agree, wide};
use proptest::prelude::*;
use reptile_lab::domain::projection::{PrincipalComponents, Projection, Turn};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    vectors: Vec<Vec<f32>>,
    others: Vec<Vec<f32>>,
    explained: Vec<f64>,
    places: Vec<[f64; 2]>,
    other_places: Vec<[f64; 2]>,
    other_distances: Vec<f64>,
}

/// Both are in double precision. What is left of a component's direction is the gap to its neighbour's variance.
const TOLERANCE: Tolerance = Tolerance { absolute: 1e-10, relative: 1e-10 };

fn cases() -> Vec<Case> {
    let golden: Golden = serde_json::from_str(include_str!("golden/projection.json")).expect("a fixture");
    golden.cases
}

#[test]
fn the_components_are_those_of_scikit_learn() {
    for case in cases() {
        let found = Projection::of(case.vectors.clone()).expect("vectors that differ");
        agree(&case.name, &found.explained, &case.explained, TOLERANCE).unwrap();
        let placed: Vec<_> = case.others.iter().map(|other| found.project(other)).collect();
        for axis in [0, 1] {
            let own: Vec<f64> = found.places.iter().map(|place| place[axis]).collect();
            let golden: Vec<f64> = case.places.iter().map(|place| place[axis]).collect();
            let sign = own.iter().zip(&golden).map(|(a, b)| a * b).sum::<f64>().signum();
            let signed = |numbers: Vec<f64>| numbers.into_iter().map(|number| sign * number).collect::<Vec<_>>();
            agree(&case.name, &signed(own), &golden, TOLERANCE).unwrap();
            let own = signed(placed.iter().map(|placed| placed.place[axis]).collect());
            let golden: Vec<f64> = case.other_places.iter().map(|place| place[axis]).collect();
            agree(&case.name, &own, &golden, TOLERANCE).unwrap();
        }
        let distances: Vec<f64> = placed.iter().map(|placed| placed.distance).collect();
        agree(&case.name, &distances, &case.other_distances, TOLERANCE).unwrap();
    }
}

#[test]
fn the_comparison_finds_another_vector() {
    let Case { vectors, explained, .. } = cases().swap_remove(0);
    let found = Projection::of(vectors[1..].to_vec()).expect("vectors that differ");
    agree("one less", &found.explained[..8], &explained[..8], TOLERANCE).unwrap_err();
}

#[test]
fn the_greatest_place_along_each_axis_is_positive_and_a_vector_is_projected_to_its_place() {
    for case in cases() {
        let found = Projection::of(case.vectors.clone()).expect("vectors that differ");
        for axis in [0, 1] {
            let numbers = found.places.iter().map(|place| place[axis]);
            let (low, high) = numbers.fold((0.0_f64, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
            assert!(high >= -low, "{}: {low} and {high}", case.name);
        }
        for (vector, place) in case.vectors.iter().zip(&found.places) {
            agree(&case.name, &found.project(vector).place, place, TOLERANCE).unwrap();
        }
        // Opposite vectors have the same axes, and so opposite places but for the convention.
        let opposite = case.vectors.iter().map(|vector| vector.iter().map(|x| -x).collect()).collect();
        let opposite = Projection::of(opposite).expect("vectors that differ");
        agree(&case.name, &opposite.explained, &found.explained, TOLERANCE).unwrap();
    }
}

#[test]
fn what_has_no_components_has_no_projection() {
    assert_eq!(Projection::of(vec![]), None);
    assert_eq!(Projection::of(vec![vec![1.0, 2.0]]), None);
    assert_eq!(Projection::of(vec![vec![1.0, 2.0]; 3]), None);
    assert_eq!(Projection::of(vec![vec![1.0, 2.0], vec![f32::NAN, 0.0]]), None);
    assert_eq!(Projection::of(vec![vec![1.0, f32::INFINITY], vec![1.0, 0.0]]), None);
    assert_eq!(Projection::of(vec![vec![], vec![]]), None);
}

#[test]
fn on_a_line_there_is_one_component_and_the_second_axis_is_none() {
    let line = |t: f32| vec![1.0 + 3.0 * t, -2.0, 4.0 * t];
    let found = Projection::of([-1.0, 0.0, 4.0].map(line).to_vec()).expect("vectors that differ");
    agree("shares", &found.explained, &[1.0, 0.0, 0.0], TOLERANCE).unwrap();
    // The mean is at t = 1, and a unit of t is 5 long.
    let along: Vec<f64> = found.places.iter().map(|place| place[0]).collect();
    agree("along", &along, &[-10.0, -5.0, 15.0], TOLERANCE).unwrap();
    let off = found.project(&[4.0, 5.0, 4.0]);
    agree("off the line", &[off.place[0], off.place[1], off.distance], &[0.0, 0.0, 7.0], TOLERANCE).unwrap();
}

#[test]
fn how_the_work_is_divided_makes_no_difference_and_no_piece_is_long() {
    // Long vectors: a product is a piece of its own.
    let vectors: Vec<Vec<f32>> =
        (0..9).map(|i| (0..70_000).map(|k| ((i * 37 + k * (i + 3)) % 101) as f32).collect()).collect();
    let mut components = PrincipalComponents::new(vectors.clone());
    let mut pieces = 1;
    while !components.advance() {
        pieces += 1;
    }
    assert!(pieces > 9 * 10 / 2, "{pieces} pieces");
    assert_eq!(components.projection(), Projection::of(vectors));
}

proptest! {
    #[test]
    fn shares_sum_to_one_and_all_components_together_keep_every_distance(
        vectors in prop::collection::vec(prop::collection::vec(-5.0_f32..5.0, 11), 2..9),
    ) {
        let found = Projection::of(vectors.clone()).expect("random vectors differ");
        prop_assert!((found.explained.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(found.explained.windows(2).all(|pair| pair[0] >= pair[1]) && found.explained[0] <= 1.0 + 1e-12);
        // The plane and what is out of it make up the distance from the mean.
        let n = vectors.len() as f64;
        let mean: Vec<f64> = (0..11).map(|k| vectors.iter().map(|v| f64::from(v[k])).sum::<f64>() / n).collect();
        let mut whole = 0.0;
        let mut inside = 0.0;
        for vector in &vectors {
            let placed = found.project(vector);
            let squared: f64 = wide(vector).iter().zip(&mean).map(|(x, mean)| (x - mean).powi(2)).sum();
            let [x, y] = placed.place;
            prop_assert!((x * x + y * y + placed.distance * placed.distance - squared).abs() < 1e-9);
            whole += squared;
            inside += x * x + y * y;
        }
        prop_assert!((found.in_plane() - inside / whole).abs() < 1e-12);
        // All of them: what no plane of two components holds is what the shares say.
        let left: f64 = found.explained.iter().skip(2).sum();
        prop_assert!((left - (1.0 - inside / whole)).abs() < 1e-12);
    }

    #[test]
    fn a_turn_is_found_from_what_it_did(angle in 0.0..TAU, reflects: bool, places in prop::collection::vec([-3.0..3.0, -3.0..3.0], 3..6)) {
        let (sine, cosine) = angle.sin_cos();
        let turned = |[x, y]: [f64; 2]| {
            let y = if reflects { -y } else { y };
            [cosine * x - sine * y, sine * x + cosine * y]
        };
        let spread: f64 = places.iter().map(|[x, y]: &[f64; 2]| (x * y).abs()).sum();
        prop_assume!(spread > 0.1);
        let turn = Turn::onto(places.iter().map(|&place| (place, turned(place))));
        for &place in &places {
            let ([x, y], [a, b]) = (turn.of(place), turned(place));
            prop_assert!((x - a).abs() < 1e-9 && (y - b).abs() < 1e-9);
        }
    }
}

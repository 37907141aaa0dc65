//! Inside the network: how far each layer moves and what the hidden units respond with, against an independent
//! implementation, and against the network's own prediction.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/script.rs"]
mod script;

use reptile_lab::backend::forward::{outputs, snapshot};
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::activity::{Activity, moved};
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::network::{Model, Network};
use reptile_lab::domain::task::{self, Task};
use reptile_lab::engine::protocol::{Adapt, Command, MakeView, Step, ViewRequest, ViewResult};
use script::{Script, small};
use serde::Deserialize;

/// What `tests/golden/layer_movement.py` writes.
#[derive(Deserialize)]
struct Golden {
    learning_rate: f64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    hidden: Vec<usize>,
    activation: Activation,
    theta: Vec<f32>,
    shots: Vec<[f32; 2]>,
    steps: usize,
    moved: Vec<Vec<f64>>,
    responses_before: Vec<Vec<f64>>,
    responses_after: Vec<Vec<f64>>,
}

fn request(shots: &[[f32; 2]], steps: usize, step: usize, layer: Option<usize>) -> ViewRequest {
    ViewRequest::Activity { curve: Task::sinusoid(2.0, 1.0).into(), shots: shots.to_vec(), steps, step, layer }
}

fn activity(script: &mut Script, request: ViewRequest) -> Activity {
    match script.say(MakeView { request }) {
        Ok(ViewResult::Activity(activity)) => *activity,
        other => panic!("{other:?}"),
    }
}

/// Shapes and values, to single precision.
fn assert_near(found: &[Vec<f64>], expected: &[Vec<f64>], what: &str) {
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), expected.iter().map(Vec::len).collect::<Vec<_>>());
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 2e-5 * (1.0 + expected.abs()), "{what} {row}: {found} and {expected}");
        }
    }
}

fn wide(rows: &[Vec<f32>]) -> Vec<Vec<f64>> {
    rows.iter().map(|row| row.iter().copied().map(f64::from).collect()).collect()
}

#[test]
fn layers_move_and_units_respond_as_in_an_independent_implementation() {
    let golden: Golden = serde_json::from_str(include_str!("golden/layer_movement.json")).expect("golden values");
    for case in golden.cases {
        let mut config = small(100);
        config.model = Model { hidden: case.hidden.clone(), activation: case.activation };
        config.eval.learning_rate = golden.learning_rate;
        config.tasks.grid = 11;
        let mut script = Script::opened(&config);
        script.say(Command::SetTheta { theta: case.theta }).expect("a θ of the network");
        let found = activity(&mut script, request(&case.shots, case.steps, case.steps, None));
        let name = case.activation.name();
        assert_near(&found.moved, &case.moved, &format!("{name}: step"));
        assert_near(&wide(&found.before.responses), &case.responses_before, &format!("{name}: unit of θ"));
        assert_near(&wide(&found.after.responses), &case.responses_after, &format!("{name}: unit of φ"));
        assert_eq!((found.layer, found.step), (case.hidden.len() - 1, case.steps));
    }
}

#[test]
fn the_prediction_is_the_sum_of_the_shares_and_the_bias_for_every_activation() {
    for &activation in Activation::ALL {
        let network = Network::new(&Model { hidden: vec![5, 7, 4], activation });
        let theta = network.initial_theta(3);
        let grid = task::grid(&Config::default().tasks);
        let expected = outputs(&network, &theta, &grid);
        let last = snapshot(&network, &theta, 2, &grid);
        let bias = theta[theta.len() - 1];
        for (x, expected) in expected.iter().enumerate() {
            let sum: f32 = (0..4).map(|unit| last.share(unit).expect("a share")[x]).sum::<f32>() + bias;
            assert!((sum - expected).abs() < 1e-5, "{activation:?} at {x}: {sum} and {expected}");
            assert!((last.prediction[x] - expected).abs() < 1e-5);
        }
        for (layer, [units, inputs]) in [[5, 1], [7, 5], [4, 7]].into_iter().enumerate() {
            let snapshot = snapshot(&network, &theta, layer, &grid);
            assert_eq!((snapshot.responses.len(), snapshot.responses[0].len()), (units, 50));
            assert_eq!((snapshot.weights.len(), snapshot.weights[0].len()), (units, inputs));
            assert_eq!(snapshot.share(0).is_some(), layer == 2, "shares are of the last hidden layer");
            assert_eq!(snapshot.share(99), None);
        }
        // Layer 1 reads layer 0 through these weights.
        let [below, above] = [0, 1].map(|layer| snapshot(&network, &theta, layer, &grid));
        if activation == Activation::Tanh {
            let bias = theta[network.layers().nth(1).expect("a layer").biases + 6];
            let z = above.weights[6].iter().zip(&below.responses).map(|(w, row)| w * row[20]).sum::<f32>() + bias;
            assert!((z.tanh() - above.responses[6][20]).abs() < 1e-6);
        }
    }
}

#[test]
fn layers_are_told_apart_and_without_shots_nothing_moves() {
    let mut script = Script::opened(&small(100));
    script.say(Step { count: 30 }).expect("they are made");
    let shots = [[-2.0, 1.0], [0.5, 1.9], [3.0, -1.0]];
    let all = activity(&mut script, request(&shots, 8, 3, Some(0)));
    assert_eq!((all.layer, all.step, all.moved.len(), all.moved[0].as_slice()), (0, 3, 9, &[0.0, 0.0, 0.0][..]));
    assert!(all.moved.windows(2).all(|pair| pair[0] != pair[1]));
    // The layer is shown after step 3 as an adaptation of three steps has it, with all rows of the movement.
    let three = activity(&mut script, request(&shots, 3, 99, Some(0)));
    assert_eq!((&three.after, &three.moved[..], three.step), (&all.after, &all.moved[..4], 3));
    let adapted = script
        .say(Adapt { curve: Task::sinusoid(2.0, 1.0).into(), shots: shots.to_vec(), steps: 3, learning_rate: 0.02 })
        .expect("an adaptation");
    for (ours, theirs) in all.after.prediction.iter().zip(&adapted.predictions[3]) {
        assert!((ours - theirs).abs() < 1e-5, "{ours} and {theirs}");
    }
    assert_eq!(activity(&mut script, request(&shots, 3, 3, Some(7))).layer, 1, "the last hidden layer");
    let still = activity(&mut script, request(&[], 4, 4, None));
    assert!(still.moved.iter().flatten().all(|moved| *moved == 0.0) && still.before == still.after);
    let refused = script.say(MakeView { request: request(&shots, 10_001, 0, None) }).expect_err("too many steps");
    assert!(format!("{refused:?}").contains("steps"), "{refused:?}");
}

#[test]
fn a_layer_moves_by_its_own_weights_and_biases_alone() {
    let network = Network::new(&Model { hidden: vec![3, 2], activation: Activation::Tanh });
    let theta = network.initial_theta(1);
    for (number, layer) in network.layers().enumerate() {
        let mut phi = theta.clone();
        phi[layer.weights] += 3.0;
        phi[layer.biases] -= 4.0;
        let moved = moved(&network, &theta, &phi);
        for (other, moved) in moved.into_iter().enumerate() {
            let expected = if other == number { 5.0 } else { 0.0 };
            assert!((moved - expected).abs() < 1e-5, "{other} of {number}: {moved}");
        }
    }
}

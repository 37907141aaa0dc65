//! The map of θ: its meta-iteration is the one that training makes, and its places are those of the principal components.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/script.rs"]
mod script;
#[path = "common/trained.rs"]
mod trained;

use reptile_lab::backend::cpu::Simd;
use reptile_lab::backend::kernel_backend::Kernel;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::inner_optimizer::InnerState;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::parameter_plane::Projected;
use reptile_lab::domain::projection::Projection;
use reptile_lab::domain::theta_map::{PHIS, ThetaMap};
use reptile_lab::engine::protocol::{GoTo, MakeView, Step, ViewRequest, ViewResult};
use script::{Script, small};
use trained::trained;

fn map(script: &mut Script) -> Option<ThetaMap> {
    match script.say(MakeView { request: ViewRequest::ThetaMap }) {
        Ok(ViewResult::ThetaMap(map)) => map,
        other => panic!("no answer: {other:?}"),
    }
}

/// φ of every task of a meta-iteration from θ.
fn phis(config: &Config, theta: &[f32], iteration: u64) -> Vec<Vec<f32>> {
    let mut kernel = Simd::new(&Network::new(&config.model));
    let batches = MetaBatches::draw(config, iteration, 0, 1);
    let phi = |(_, points): (usize, (&[f32], &[f32]))| {
        let mut phi = kernel.pack(theta);
        let mut state = batches.optimizer.fresh(phi.len());
        kernel.inner_steps(&mut phi, points, batches.batch, &batches.optimizer, &mut state);
        kernel.unpack(&phi)
    };
    batches.tasks_of(0).map(phi).collect()
}

fn apart(a: &Projected, b: &Projected) -> f64 {
    (a.place[0] - b.place[0]).hypot(a.place[1] - b.place[1])
}

/// Adam's moments and the schedule are in the move; only with all of the train state it is the one that training makes.
/// After the last one, φ's are those of a longer run.
#[test]
fn the_next_meta_iteration_is_the_one_that_training_makes() {
    for (n, iterations) in [(1, 100), (3, 100), (PHIS + 3, 100), (3, 20)] {
        let mut config = small(iterations);
        config.outer.meta_batch = n;
        let mut script = Script::opened(&config);
        script.say(Step { count: 20 }).expect("they are made");
        let theta = script.theta();
        let map = map(&mut script).expect("θ and φ differ");
        let new = script.say(Step { count: 1 }).is_ok().then(|| script.theta());
        assert_eq!(new.is_some(), iterations > 20);

        let next = map.next.as_ref().expect("Reptile averages φ's");
        assert_eq!((map.theta.iteration, next.tasks, next.phis.len()), (20, n, n.min(PHIS)));
        assert_eq!(map.path.last().map(|place| place.at), Some(map.theta.at));
        let phis = phis(&config, &theta, 20);
        let mean: Vec<f32> = (0..theta.len()).map(|k| phis.iter().map(|phi| phi[k]).sum::<f32>() / n as f32).collect();
        // The path is of θ's of the run, from its start to this moment.
        let path: Vec<Vec<f32>> = map.path.iter().map(|place| trained(&config, place.iteration)).collect();
        assert!(path.len() > 1 && path[0] == trained(&config, 0) && path[path.len() - 1] == theta);
        let shown = phis.iter().take(PHIS).chain([&theta]).cloned();
        let expected = Projection::of(path.iter().cloned().chain(shown).collect()).expect("they differ");
        assert!((map.in_plane() - expected.in_plane()).abs() < 1e-5);
        let origin = expected.project(&theta);
        let of_path = path.iter().zip(map.path.iter().map(|place| &place.at));
        let of_next = phis.iter().zip(&next.phis).chain([(&mean, &next.mean)]).chain(new.iter().zip([&next.new]));
        for (vector, found) in of_path.chain(of_next) {
            let projected = expected.project(vector);
            assert!((projected.distance - found.distance).abs() < 1e-4, "{projected:?} and {found:?}");
            assert!((apart(&projected, &origin) - apart(found, &map.theta.at)).abs() < 1e-4);
        }
    }
}

#[test]
fn a_moment_that_one_has_gone_back_to_is_shown_on_the_whole_path() {
    let config = small(100);
    let mut script = Script::opened(&config);
    for _ in 0..4 {
        script.say(Step { count: 10 }).expect("they are made");
        script.theta();
    }
    let before = map(&mut script).expect("a path");
    script.say(GoTo { iteration: Some(15) }).expect("it was there");
    let after = map(&mut script).expect("a path");
    let moments = |map: &ThetaMap| map.path.iter().map(|place| place.iteration).collect::<Vec<_>>();
    assert_eq!(moments(&before), moments(&after));
    assert_eq!((before.theta.iteration, after.theta.iteration), (40, 15));
    assert_eq!(moments(&after).last(), Some(&40));
    assert!(after.next.is_some());
}

#[test]
fn no_arrows_lead_where_no_phis_are_averaged() {
    let mut fomaml = small(100).with_algorithm(Algorithm::Fomaml);
    fomaml.outer.iterations = 100;
    let mut carry = small(100);
    carry.inner.state = InnerState::Carry;
    for config in [fomaml, carry] {
        let mut script = Script::opened(&config);
        script.say(Step { count: 20 }).expect("they are made");
        assert!(map(&mut script).is_none_or(|map| map.next.is_none()));
    }
}

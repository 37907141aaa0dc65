//! Series of runs: what each comes to, in which order they go, and what a budget buys.

use std::cell::Cell;

use pollster::block_on;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::backend::segment::{Exam, Outcome, Stretch};
use reptile_lab::backend::{Backend, BackendError};
use reptile_lab::domain::config::{Algorithm, Config, ConfigError, Preset};
use reptile_lab::domain::cost::Cost;
use reptile_lab::domain::evaluation::{Curve, HeldOut};
use reptile_lab::domain::network::Network;
use reptile_lab::domain::outer_optimizer::Learner;
use reptile_lab::domain::reptile::MetaBatches;
use reptile_lab::engine::protocol::{
    Budget, Event, Failure, Measured, Preference, Progress, Reply, Series, SeriesCommand,
};
use reptile_lab::engine::experiments::{Bench, Ticket};

thread_local! {
    static NOW: Cell<f64> = const { Cell::new(0.0) };
}

/// A clock that moves by some milliseconds whenever it is looked at, so that stretches are short.
fn clock() -> f64 {
    NOW.set(NOW.get() + 30.0);
    NOW.get()
}

fn small(algorithm: Algorithm) -> Config {
    let mut config = Preset::Paper.config().by(algorithm);
    config.model.hidden = vec![8, 6];
    config.outer.meta_batch = 2;
    config.eval.steps = 4;
    config
}

fn series(runs: Vec<Config>, budget: Budget, points: usize) -> Series {
    let Config { tasks: distribution, eval, .. } = small(Algorithm::Reptile);
    Series {
        runs,
        budget,
        points,
        exam: Exam { distribution, eval, tasks: 12, shots: Some(vec![[0.0, 1.0], [2.0, -1.0]]) },
        preference: Preference::Cpu,
    }
}

/// A bench with everything that it has said.
#[derive(Default)]
struct Script {
    bench: Bench,
    heard: Vec<Event>,
}

impl Script {
    fn begun(id: u32, series: Series) -> Self {
        let mut script = Self::default();
        script.say(id, SeriesCommand::Begin(Box::new(series)));
        script
    }

    fn say(&mut self, id: u32, command: SeriesCommand) {
        self.bench.answer(id, command);
        self.heard.extend(self.bench.take_events());
    }

    fn give_back(&mut self, ticket: Ticket, result: Result<Outcome, BackendError>) {
        self.bench.accept(ticket, result);
        self.heard.extend(self.bench.take_events());
    }

    /// Has one worker do all that there is to do; tells how many stretches that were.
    fn finish(&mut self) -> usize {
        (0..10_000).take_while(|_| self.step()).count()
    }

    fn step(&mut self) -> bool {
        let Some((ticket, stretch)) = self.bench.next_stretch() else { return false };
        self.give_back(ticket, Ok(stretch.run(clock)));
        true
    }

    fn answer(&self, wanted: u32) -> Option<&Result<Reply, Failure>> {
        self.heard.iter().find_map(|event| match event {
            Event::Answer { id, result } if *id == wanted => Some(result),
            _ => None,
        })
    }

    fn progress(&self, wanted: usize) -> impl Iterator<Item = &Progress> {
        self.heard.iter().filter_map(move |event| match event {
            Event::Series { member, progress } if *member == wanted => Some(progress),
            _ => None,
        })
    }

    fn points(&self, member: usize) -> Vec<&Measured> {
        let points = self.progress(member).filter_map(|progress| match progress {
            Progress::Point(point) => Some(point),
            _ => None,
        });
        points.collect()
    }

    fn learner(&mut self, member: usize) -> Learner {
        self.say(99, SeriesCommand::Learner { member });
        match self.heard.pop() {
            Some(Event::Answer { id: 99, result: Ok(Reply::Learner(learner)) }) => learner,
            other => panic!("{other:?}"),
        }
    }
}

/// The same run by the backend alone, in one go, and its error on the first 12 held-out tasks.
fn alone(mut config: Config, iterations: u64) -> (Learner, Curve) {
    config.outer.iterations = iterations;
    let learner = Learner::new(Network::new(&config.model).initial_theta(config.seed));
    let mut cpu = Cpu::new(&config, &learner);
    block_on(cpu.train(&MetaBatches::draw(&config, 0, 0, iterations))).expect("a processor");
    let held_out = HeldOut::new(&config, 12);
    let predictions = block_on(cpu.adapt(None, &held_out.adaptations(0..12))).expect("a processor");
    let curve = held_out.curve(&held_out.errors(0..12, &predictions));
    (block_on(cpu.learner()).expect("a processor"), curve)
}

#[test]
fn every_run_comes_to_what_it_comes_to_alone() {
    let runs: Vec<Config> = [Algorithm::Reptile, Algorithm::Maml, Algorithm::Joint].map(small).into();
    let mut script = Script::begun(7, series(runs.clone(), Budget::Iterations(40), 4));
    let stretches = script.finish();
    assert!(stretches >= 15, "one for each measurement: {stretches}");
    assert_eq!(script.answer(7), Some(&Ok(Reply::Done)));
    for (member, config) in runs.into_iter().enumerate() {
        let (learner, curve) = alone(config.clone(), 40);
        assert_eq!(script.learner(member), learner);
        let points = script.points(member);
        assert_eq!(points.iter().map(|point| point.iteration).collect::<Vec<_>>(), [0, 10, 20, 30, 40]);
        assert_eq!(points[4].curve, curve);
        assert_eq!(points[4].cost, Cost::of(&config, 40));
        assert!(points.windows(2).all(|pair| pair[0].seconds < pair[1].seconds));
        assert_eq!(points[0].tasks, 12);
    }
}

#[test]
fn a_budget_of_gradient_evaluations_buys_fewer_meta_iterations_of_a_dearer_algorithm() {
    // Two tasks with k = 5 for Reptile and 1 for the others; MAML's product counts as two.
    let of_one = [(Algorithm::Reptile, 10), (Algorithm::Fomaml, 4), (Algorithm::Maml, 8), (Algorithm::Joint, 2)];
    let runs = of_one.map(|(algorithm, _)| small(algorithm)).into();
    let mut script = Script::begun(1, series(runs, Budget::Evaluations(200), 1));
    script.finish();
    for (member, (_, evaluations)) in of_one.into_iter().enumerate() {
        let [point] = script.points(member)[..] else { panic!("one measurement, at the end") };
        assert_eq!(point.iteration, 200 / evaluations);
        assert_eq!(point.cost.evaluations(), 200);
    }
}

#[test]
fn what_costs_nothing_is_measured_all_the_same() {
    let mut script = Script::begun(1, series(vec![small(Algorithm::None)], Budget::Evaluations(200), 1));
    script.finish();
    assert_eq!(script.points(0)[0].cost, Cost::default());
}

#[test]
fn a_budget_of_seconds_is_what_the_measured_speed_makes_of_it() {
    let mut script = Script::begun(1, series(vec![small(Algorithm::Reptile)], Budget::Seconds(2.0), 1));
    let (ticket, stretch) = script.bench.next_stretch().expect("a stretch to measure the speed");
    let trained = Learner { iteration: 30, ..stretch.learner.clone() };
    let outcome = |learner, seconds| Outcome { learner, seconds, curve: None, predictions: vec![] };
    script.give_back(ticket, Ok(outcome(trained, 0.1)));
    let (_, stretch) = script.bench.next_stretch().expect("the run itself");
    assert_eq!((stretch.learner.iteration, stretch.until), (0, 600), "it begins anew");
    assert_eq!(stretch.config.outer.iterations, 600, "the schedule spans the run");
}

#[test]
fn the_run_that_is_behind_goes_first() {
    let runs = vec![small(Algorithm::Reptile), small(Algorithm::Fomaml)];
    let mut script = Script::begun(1, series(runs.clone(), Budget::Iterations(300), 3));
    let mut spread = 0;
    while script.step() {
        let [a, b] = [0, 1].map(|member| script.points(member).len());
        spread = spread.max(a.abs_diff(b));
    }
    assert_eq!(spread, 1);
    // Two workers never have the same run.
    let mut script = Script::begun(1, series(runs, Budget::Iterations(300), 3));
    let first = script.bench.next_stretch().expect("a stretch");
    let second = script.bench.next_stretch().expect("another");
    assert_ne!(first.0, second.0);
    assert!(script.bench.next_stretch().is_none(), "each run is at work");
}

#[test]
fn a_run_that_diverges_is_told_and_the_others_go_on() {
    let mut wild = small(Algorithm::Reptile);
    wild.inner.learning_rate = 10.0;
    (wild.outer.step_size, wild.tasks.noise) = (2.0, 10.0);
    let tame = small(Algorithm::Reptile);
    let mut script = Script::begun(3, series(vec![wild, tame.clone()], Budget::Iterations(200), 2));
    script.finish();
    assert!(script.progress(0).any(|progress| matches!(progress, Progress::Diverged { iteration: 0 })));
    assert_eq!(script.learner(1), alone(tame, 200).0);
    assert!(!script.learner(0).has_diverged(), "the last good θ");
    assert_eq!(script.answer(3), Some(&Ok(Reply::Done)));
}

#[test]
fn a_stretch_whose_worker_is_lost_is_made_again() {
    let config = small(Algorithm::Reptile);
    let mut script = Script::begun(1, series(vec![config.clone()], Budget::Iterations(50), 1));
    let (ticket, _) = script.bench.next_stretch().expect("a stretch");
    script.give_back(ticket, Err(BackendError::HandLost { detail: "pulled".to_owned() }));
    script.finish();
    assert_eq!(script.learner(0), alone(config, 50).0);
}

#[test]
fn a_series_can_be_paused_and_given_up() {
    let runs = vec![small(Algorithm::Reptile); 2];
    let mut script = Script::begun(1, series(runs.clone(), Budget::Iterations(500), 2));
    let (ticket, stretch) = script.bench.next_stretch().expect("a stretch");
    script.say(2, SeriesCommand::Pause(true));
    assert!(script.bench.next_stretch().is_none() && !script.bench.is_over());
    script.say(3, SeriesCommand::Pause(false));
    assert!(script.bench.next_stretch().is_some());
    script.say(4, SeriesCommand::Begin(Box::new(series(runs, Budget::Iterations(10), 1))));
    assert_eq!(script.answer(1), Some(&Err(Failure::Interrupted)));
    script.give_back(ticket, Ok(stretch.run(clock)));
    assert_eq!(script.learner(0).iteration, 0, "what comes of the old series is not the new one's");
    script.say(5, SeriesCommand::Cancel);
    assert_eq!(script.answer(4), Some(&Err(Failure::Interrupted)));
    assert!(script.bench.next_stretch().is_none() && script.bench.is_over());
}

#[test]
fn other_shots_are_shown_from_every_run_also_when_it_is_over() {
    let mut script = Script::begun(1, series(vec![small(Algorithm::Reptile); 2], Budget::Iterations(10), 1));
    script.finish();
    script.heard.clear();
    script.say(2, SeriesCommand::Show(vec![[1.0, 3.0]]));
    assert!(!script.bench.is_over());
    assert_eq!(script.finish(), 2);
    assert!(script.bench.is_over());
    for member in 0..2 {
        let [Progress::Picture { iteration: 10, steps, predictions }] =
            &script.progress(member).collect::<Vec<_>>()[..]
        else {
            panic!("a picture and no more")
        };
        assert_eq!((&steps[..], predictions.len(), predictions[0].len()), (&[0, 1, 4][..], 3, 50));
        assert_ne!(predictions[0], predictions[2]);
    }
}

#[test]
fn a_wrong_series_is_refused_and_leaves_the_one_under_way() {
    let mut script = Script::begun(1, series(vec![small(Algorithm::Reptile)], Budget::Iterations(10), 1));
    let mut wrong = small(Algorithm::Reptile);
    wrong.inner.steps = 0;
    script.say(2, SeriesCommand::Begin(Box::new(series(vec![wrong], Budget::Iterations(10), 1))));
    let refused = script.answer(2);
    assert!(
        matches!(refused, Some(Err(Failure::Config(ConfigError::OutOfRange { field, .. }))) if field == "inner.steps"),
        "{refused:?}"
    );
    script.say(3, SeriesCommand::Begin(Box::new(series(vec![], Budget::Iterations(10), 1))));
    assert!(matches!(script.answer(3), Some(Err(Failure::Argument { name, .. })) if name == "runs"));
    // It would never end.
    let mut unmeasured = series(vec![small(Algorithm::Reptile)], Budget::Iterations(10), 1);
    unmeasured.exam.tasks = 0;
    script.say(4, SeriesCommand::Begin(Box::new(unmeasured)));
    assert!(matches!(script.answer(4), Some(Err(Failure::Argument { name, .. })) if name == "tasks"));
    script.finish();
    assert_eq!(script.answer(1), Some(&Ok(Reply::Done)));
}

#[test]
fn a_stretch_ends_at_its_patience_and_measures_only_at_its_end() {
    let config = small(Algorithm::Reptile);
    let learner = Learner::new(Network::new(&config.model).initial_theta(0));
    let exam = series(vec![], Budget::Iterations(1), 1).exam;
    let stretch = Stretch { config, learner, until: 1_000_000, patience: 100.0, exam };
    let outcome = stretch.run(clock);
    assert!((1..1_000_000).contains(&outcome.learner.iteration));
    assert!(outcome.curve.is_none() && outcome.predictions.is_empty());
    let outcome = Stretch { until: outcome.learner.iteration, learner: outcome.learner, ..stretch }.run(clock);
    assert!(outcome.curve.is_some() && outcome.predictions.len() == 3);
}

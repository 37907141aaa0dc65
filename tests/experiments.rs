//! Experiments: the result of each run, the order of their segments, and how many meta-iterations a budget allows.

#[path = "common/clock.rs"]
mod clock;

use clock::advance;
use pollster::block_on;
use reptile_lab::backend::choice::Preference;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::backend::{Backend, BackendError};
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::error::ConfigError;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::cost::Cost;
use reptile_lab::domain::evaluation::EvaluationSpec;
use reptile_lab::domain::evaluation::{Curve, HeldOut};
use reptile_lab::domain::network::Network;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::engine::experiments::{JobId, JobQueue};
use reptile_lab::engine::protocol::{
    BeginExperiment, Budget, Event, Experiment, ExperimentAction, ExperimentCommand, ExperimentId, Failure, Measured,
    Message, Progress, ReadTrainState,
};
use reptile_lab::train::segment::{RunSegment, SegmentOutcome};
use serde::de::DeserializeOwned;

/// A clock that moves by some milliseconds whenever it is read, so that segments are short.
fn clock() -> f64 {
    advance(30.0)
}

fn small(algorithm: Algorithm) -> Config {
    let mut config = Preset::Paper.config().with_algorithm(algorithm);
    config.model.hidden = vec![8, 6];
    config.outer.meta_batch = 2;
    config.eval.steps = 4;
    config
}

fn experiment(runs: Vec<Config>, budget: Budget, points: usize) -> Experiment {
    let Config { tasks: distribution, eval, .. } = small(Algorithm::Reptile);
    Experiment {
        runs,
        budget: Some(budget),
        points,
        evaluation: EvaluationSpec { distribution, eval, tasks: 12, shots: Some(vec![[0.0, 1.0], [2.0, -1.0]]) },
        preference: Preference::Cpu,
    }
}

/// A queue with all events that it has sent.
#[derive(Default)]
struct Script {
    queue: JobQueue,
    events: Vec<Event>,
}

impl Script {
    fn begun(id: u32, experiment: Experiment) -> Self {
        let mut script = Self::default();
        script.begin(id, experiment);
        script
    }

    /// Makes a call in the request of this number.
    fn say(&mut self, id: u32, call: impl Into<Message>) {
        let Message::Experiment(call) = call.into() else { panic!("a call of an experiment") };
        self.queue.handle(id, call);
        self.events.extend(self.queue.take_events());
    }

    /// Begins an experiment in the request of this number, which is its id too.
    fn begin(&mut self, id: u32, experiment: Experiment) {
        self.say(id, BeginExperiment { id: ExperimentId(id), experiment });
    }

    /// Sends an action to the current experiment.
    fn command(&mut self, id: u32, action: ExperimentAction) {
        let experiment = self.queue.id().expect("an experiment");
        self.say(id, ExperimentCommand { id: experiment, action });
    }

    fn give_back(&mut self, job: JobId, result: Result<SegmentOutcome, BackendError>) {
        self.queue.accept(job, result);
        self.events.extend(self.queue.take_events());
    }

    /// Has one worker do all that there is to do; tells how many segments that were.
    fn finish(&mut self) -> usize {
        (0..10_000).take_while(|_| self.step()).count()
    }

    fn step(&mut self) -> bool {
        let Some((job, segment)) = self.queue.next_segment() else { return false };
        self.give_back(job, Ok(segment.run(clock)));
        true
    }

    fn answer<T: DeserializeOwned>(&self, wanted: u32) -> Option<Result<T, Failure>> {
        self.events.iter().find_map(|event| match event {
            Event::Answer { id, result } if *id == wanted => {
                Some(result.clone().map(|reply| reply.decode().expect("a reply of the type of its call")))
            }
            _ => None,
        })
    }

    fn progress(&self, wanted: usize) -> impl Iterator<Item = &Progress> {
        self.events.iter().filter_map(move |event| match event {
            Event::Experiment { run, progress, .. } if *run == wanted => Some(progress),
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

    fn train_state(&mut self, member: usize) -> TrainState {
        let id = self.queue.id().expect("an experiment");
        self.events.retain(|event| !matches!(event, Event::Answer { id: 99, .. }));
        self.say(99, ReadTrainState { id, run: member });
        self.answer(99).expect("an answer").expect("a train state")
    }
}

/// The same run by the backend alone, in one go, and its error on the first 12 held-out tasks.
fn alone(mut config: Config, iterations: u64) -> (TrainState, Curve) {
    config.outer.iterations = iterations;
    let train_state = TrainState::of(&config);
    let mut cpu = Cpu::new(&config, &train_state);
    block_on(cpu.train(&MetaBatches::draw(&config, 0, 0, iterations))).expect("a processor");
    let held_out = HeldOut::new(&config, 12);
    let predictions = block_on(cpu.adapt(None, &held_out.adaptations(0..12))).expect("a processor");
    let curve = held_out.curve(&held_out.errors(0..12, &predictions));
    (block_on(cpu.train_state()).expect("a processor"), curve)
}

#[test]
fn every_run_comes_to_what_it_comes_to_alone() {
    let runs: Vec<Config> = [Algorithm::Reptile, Algorithm::Maml, Algorithm::Joint].map(small).into();
    let mut script = Script::begun(7, experiment(runs.clone(), Budget::Iterations(40), 4));
    let segments = script.finish();
    assert!(segments >= 15, "one for each measurement: {segments}");
    assert_eq!(script.answer(7), Some(Ok(())));
    for (member, config) in runs.into_iter().enumerate() {
        let (train_state, curve) = alone(config.clone(), 40);
        assert_eq!(script.train_state(member), train_state);
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
    let mut script = Script::begun(1, experiment(runs, Budget::Evaluations(200), 1));
    script.finish();
    for (member, (_, evaluations)) in of_one.into_iter().enumerate() {
        let [point] = script.points(member)[..] else { panic!("one measurement, at the end") };
        assert_eq!(point.iteration, 200 / evaluations);
        assert_eq!(point.cost.evaluations(), 200);
    }
}

#[test]
fn what_costs_nothing_is_measured_all_the_same() {
    let mut script = Script::begun(1, experiment(vec![small(Algorithm::None)], Budget::Evaluations(200), 1));
    script.finish();
    assert_eq!(script.points(0)[0].cost, Cost::default());
}

#[test]
fn a_budget_of_seconds_is_what_the_measured_speed_makes_of_it() {
    let mut script = Script::begun(1, experiment(vec![small(Algorithm::Reptile)], Budget::Seconds(2.0), 1));
    let (job, segment) = script.queue.next_segment().expect("a segment to measure the speed");
    let trained = TrainState { iteration: 30, ..segment.train_state.clone() };
    let outcome = |train_state, seconds| SegmentOutcome { train_state, seconds, curve: None, predictions: vec![] };
    script.give_back(job, Ok(outcome(trained, 0.1)));
    let (_, segment) = script.queue.next_segment().expect("the run itself");
    assert_eq!((segment.train_state.iteration, segment.until), (0, 600), "it begins anew");
    assert_eq!(segment.config.outer.iterations, 600, "the schedule spans the run");
}

#[test]
fn the_run_that_is_behind_goes_first() {
    let runs = vec![small(Algorithm::Reptile), small(Algorithm::Fomaml)];
    let mut script = Script::begun(1, experiment(runs.clone(), Budget::Iterations(300), 3));
    let mut spread = 0;
    while script.step() {
        let [a, b] = [0, 1].map(|member| script.points(member).len());
        spread = spread.max(a.abs_diff(b));
    }
    assert_eq!(spread, 1);
    // Two workers never have the same run.
    let mut script = Script::begun(1, experiment(runs, Budget::Iterations(300), 3));
    let first = script.queue.next_segment().expect("a segment");
    let second = script.queue.next_segment().expect("another");
    assert_ne!(first.0, second.0);
    assert!(script.queue.next_segment().is_none(), "each run is at work");
}

#[test]
fn a_run_that_diverges_is_told_and_the_others_go_on() {
    let mut wild = small(Algorithm::Reptile);
    wild.inner.learning_rate = 10.0;
    (wild.outer.step_size, wild.tasks.noise) = (2.0, 10.0);
    let tame = small(Algorithm::Reptile);
    let mut script = Script::begun(3, experiment(vec![wild, tame.clone()], Budget::Iterations(200), 2));
    script.finish();
    assert!(script.progress(0).any(|progress| matches!(progress, Progress::Diverged { iteration: 0 })));
    assert_eq!(script.train_state(1), alone(tame, 200).0);
    assert!(!script.train_state(0).has_diverged(), "the last good θ");
    assert_eq!(script.answer(3), Some(Ok(())));
}

#[test]
fn a_segment_whose_worker_is_lost_is_run_again() {
    let config = small(Algorithm::Reptile);
    let mut script = Script::begun(1, experiment(vec![config.clone()], Budget::Iterations(50), 1));
    let (job, _) = script.queue.next_segment().expect("a segment");
    script.give_back(job, Err(BackendError::HelperLost { detail: "pulled".to_owned() }));
    script.finish();
    assert_eq!(script.train_state(0), alone(config, 50).0);
}

#[test]
fn an_experiment_can_be_paused_and_cancelled() {
    let runs = vec![small(Algorithm::Reptile); 2];
    let mut script = Script::begun(1, experiment(runs.clone(), Budget::Iterations(500), 2));
    let (job, segment) = script.queue.next_segment().expect("a segment");
    script.command(2, ExperimentAction::Pause);
    assert!(script.queue.next_segment().is_none() && !script.queue.is_over());
    script.command(3, ExperimentAction::Resume);
    assert!(script.queue.next_segment().is_some());
    script.begin(4, experiment(runs, Budget::Iterations(10), 1));
    assert_eq!(script.answer::<()>(1), Some(Err(Failure::Superseded)));
    script.give_back(job, Ok(segment.run(clock)));
    assert_eq!(script.train_state(0).iteration, 0, "what comes of the old experiment is not the new one's");
    script.command(5, ExperimentAction::Cancel);
    assert_eq!(script.answer::<()>(4), Some(Err(Failure::Cancelled)));
    assert!(script.queue.next_segment().is_none() && script.queue.is_over());
}

#[test]
fn a_run_whose_workers_are_lost_every_time_ends_the_experiment_though_others_go_on() {
    let runs = vec![small(Algorithm::Reptile); 2];
    let mut script = Script::begun(1, experiment(runs, Budget::Iterations(1000), 20));
    let lost = BackendError::HelperLost { detail: "its worker has ended".to_owned() };
    let mut losses = 0;
    for _ in 0..100 {
        let Some((job, segment)) = script.queue.next_segment() else { break };
        let Some((other, segment_of_other)) = script.queue.next_segment() else { break };
        script.give_back(other, Ok(segment_of_other.run(clock)));
        let is_first = segment.train_state.iteration == 0;
        losses += u32::from(is_first);
        script.give_back(job, if is_first { Err(lost.clone()) } else { Ok(segment.run(clock)) });
    }
    assert_eq!((losses, script.answer::<()>(1)), (3, Some(Err(Failure::Backend(lost)))));
    assert!(script.queue.is_over());
}

#[test]
fn a_segment_is_waited_for_as_long_as_a_slow_machine_may_take() {
    let evaluation = experiment(vec![], Budget::Iterations(1), 1).evaluation;
    let patience = |config: Config| {
        let train_state = TrainState::of(&config);
        RunSegment { config, train_state, until: 10, time_limit: 100.0, evaluation: evaluation.clone() }.patience()
    };
    let usual = patience(small(Algorithm::Reptile));
    assert!((20_000.0..25_000.0).contains(&usual), "{usual} ms");
    let mut largest = small(Algorithm::Maml);
    largest.model.hidden = vec![128; 4];
    (largest.inner.steps, largest.inner.batch, largest.outer.meta_batch) = (64, 200, 1024);
    assert!(patience(largest) > 1e6, "one meta-iteration takes minutes");
}

#[test]
fn a_command_for_an_old_experiment_leaves_the_one_under_way_alone() {
    let mut script = Script::begun(1, experiment(vec![small(Algorithm::Reptile)], Budget::Iterations(10), 1));
    script.begin(2, experiment(vec![small(Algorithm::Fomaml)], Budget::Iterations(10), 1));
    let old = ExperimentId(1);
    for (id, action) in [ExperimentAction::Pause, ExperimentAction::Cancel].into_iter().enumerate() {
        script.say(10 + id as u32, ExperimentCommand { id: old, action });
        assert_eq!(script.answer(10 + id as u32), Some(Ok(())));
    }
    script.say(12, ReadTrainState { id: old, run: 0 });
    let refused = script.answer::<TrainState>(12);
    assert!(matches!(&refused, Some(Err(Failure::Argument { name, .. })) if name == "experiment"), "{refused:?}");
    script.events.clear();
    script.finish();
    assert_eq!(script.answer(2), Some(Ok(())));
    let belongs = |event: &Event| matches!(event, Event::Experiment { id: ExperimentId(2), .. } | Event::Answer { .. });
    assert!(script.events.len() > 1 && script.events.iter().all(belongs), "{:?}", script.events);
}

#[test]
fn other_shots_are_shown_from_every_run_also_when_it_is_over() {
    let mut script = Script::begun(1, experiment(vec![small(Algorithm::Reptile); 2], Budget::Iterations(10), 1));
    script.finish();
    script.events.clear();
    script.command(2, ExperimentAction::Preview { shots: vec![[1.0, 3.0]] });
    assert!(!script.queue.is_over());
    assert_eq!(script.finish(), 2);
    assert!(script.queue.is_over());
    for member in 0..2 {
        let [Progress::Preview { iteration: 10, steps, predictions }] =
            &script.progress(member).collect::<Vec<_>>()[..]
        else {
            panic!("a preview and no more")
        };
        assert_eq!((&steps[..], predictions.len(), predictions[0].len()), (&[0, 1, 4][..], 3, 50));
        assert_ne!(predictions[0], predictions[2]);
    }
}

#[test]
fn an_invalid_experiment_is_refused_and_leaves_the_current_one() {
    let mut script = Script::begun(1, experiment(vec![small(Algorithm::Reptile)], Budget::Iterations(10), 1));
    let mut wrong = small(Algorithm::Reptile);
    wrong.inner.steps = 0;
    script.begin(2, experiment(vec![wrong], Budget::Iterations(10), 1));
    let refused = script.answer::<()>(2);
    assert!(
        matches!(&refused, Some(Err(Failure::Config(ConfigError::OutOfRange { field, .. }))) if field == "inner.steps"),
        "{refused:?}"
    );
    script.begin(3, experiment(vec![], Budget::Iterations(10), 1));
    assert!(matches!(script.answer::<()>(3), Some(Err(Failure::Argument { name, .. })) if name == "runs"));
    // It would never end.
    let mut unmeasured = experiment(vec![small(Algorithm::Reptile)], Budget::Iterations(10), 1);
    unmeasured.evaluation.tasks = 0;
    script.begin(4, unmeasured);
    assert!(matches!(script.answer::<()>(4), Some(Err(Failure::Argument { name, .. })) if name == "tasks"));
    script.finish();
    assert_eq!(script.answer(1), Some(Ok(())));
}

#[test]
fn without_a_budget_each_run_has_the_length_of_its_own_settings() {
    let mut runs = vec![small(Algorithm::Reptile), small(Algorithm::Fomaml)];
    (runs[0].outer.iterations, runs[1].outer.iterations) = (30, 12);
    let of_its_own = Experiment { budget: None, ..experiment(runs, Budget::Iterations(1), 3) };
    let mut script = Script::begun(1, of_its_own);
    script.finish();
    assert_eq!(script.answer(1), Some(Ok(())));
    for (run, length) in [(0, 30), (1, 12)] {
        assert_eq!(script.points(run).last().map(|point| point.iteration), Some(length));
    }
}

#[test]
fn a_segment_ends_at_its_time_limit_and_measures_only_at_its_end() {
    let config = small(Algorithm::Reptile);
    let train_state = TrainState::new(Network::new(&config.model).initial_theta(0));
    let evaluation = experiment(vec![], Budget::Iterations(1), 1).evaluation;
    let segment = RunSegment { config, train_state, until: 1_000_000, time_limit: 100.0, evaluation };
    let outcome = segment.run(clock);
    assert!((1..1_000_000).contains(&outcome.train_state.iteration));
    assert!(outcome.curve.is_none() && outcome.predictions.is_empty());
    let outcome =
        RunSegment { until: outcome.train_state.iteration, train_state: outcome.train_state, ..segment }.run(clock);
    assert!(outcome.curve.is_some() && outcome.predictions.len() == 3);
}

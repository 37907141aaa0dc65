//! Going back along a run: every moment is shown as it was, and training on from one is as if it had never been left.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/script.rs"]
mod script;
#[path = "common/trained.rs"]
mod trained;

use clock::NOW;
use reptile_lab::backend::choice::Preference;
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::pace::Pace;
use reptile_lab::domain::task::Task;
use reptile_lab::engine::protocol::{
    Adapt, Command, Evaluate, Event, Failure, GoTo, Message, Moment, Pinned, ReadMoment, ReadTimeline, Status, Step,
    TimelineReply,
};
use reptile_lab::engine::session::Next;
use script::{Script, small};
use trained::trained;

const SHOTS: [[f32; 2]; 3] = [[-2.0, 1.0], [0.5, 1.9], [3.0, -1.0]];

fn go_to(script: &mut Script, iteration: u64) {
    assert_eq!(script.say(GoTo { iteration: Some(iteration) }), Ok(iteration));
}

/// The meta-iterations behind the θ that is shown.
fn iterations(status: &Status) -> u64 {
    status.provenance.entries().iter().map(|entry| entry.iterations).sum()
}

/// A run that is complete, and shows a task.
fn complete(config: &Config) -> Script {
    let mut script = Script::opened(config);
    script.say(Command::Preview { curve: Task::sinusoid(2.0, 1.0).into(), shots: SHOTS.to_vec() }).expect("a preview");
    script.say(Command::Start { watched: false }).expect("it trains");
    script.finish();
    script
}

#[test]
fn a_run_that_its_settings_alone_have_trained_is_known() {
    let config = small(300);
    let mut script = Script::opened(&config);
    assert!(script.status().is_of_config);
    script.say(Step { count: 40 }).expect("they are made");
    // What is measured is another thing.
    let mut other = config.clone();
    other.eval.shots = 5;
    script.say(Command::Configure { config: other.clone() }).expect("it is taken over");
    script.say(Step { count: 40 }).expect("they are made");
    assert!(script.status().is_of_config);
    other.inner.steps += 1;
    script.say(Command::Configure { config: other }).expect("it is taken over");
    assert!(!script.status().is_of_config);
    script.say(Step { count: 40 }).expect("they are made");
    // Nor with the settings from before.
    script.say(Command::Configure { config: config.clone() }).expect("it is taken over");
    assert!(!script.status().is_of_config);
    script.say(Command::Reset).expect("it begins anew");
    assert!(script.status().is_of_config);
    let theta = script.theta();
    script.say(Command::SetTheta { theta }).expect("it fits");
    assert!(!script.status().is_of_config, "a θ from elsewhere");
}

#[test]
fn any_moment_is_shown_as_it_was_and_the_present_one_again() {
    let config = small(300);
    let mut script = complete(&config);
    let present = script.theta();
    for iteration in [0, 1, 150, 77, 299, 3] {
        go_to(&mut script, iteration);
        assert_eq!(script.theta(), trained(&config, iteration), "{iteration}");
        let status = script.status();
        assert_eq!((status.shown, status.iteration), (iteration, 300));
        assert_eq!(iterations(status), iteration);
        script.finish();
        assert_eq!(script.preview().iteration, iteration);
    }
    let at = |script: &mut Script| script.say(ReadTimeline).map(|TimelineReply { at, last, .. }| (at, last));
    assert_eq!(at(&mut script), Ok((3, 300)));
    assert_eq!(script.say(GoTo { iteration: None }), Ok(300));
    assert_eq!((script.theta(), at(&mut script)), (present, Ok((300, 300))));
    script.finish();
    assert_eq!(script.preview().iteration, 300);
}

#[test]
fn all_that_is_asked_of_theta_is_of_the_moment_that_is_shown() {
    let config = small(300);
    let mut script = complete(&config);
    go_to(&mut script, 40);
    let adapt = Adapt { curve: Task::sinusoid(2.0, 1.0).into(), shots: SHOTS.to_vec(), steps: 8, learning_rate: 0.02 };
    let (adapted, evaluated) = (script.say(adapt.clone()).expect("φ"), script.say(Evaluate).expect("an evaluation"));
    let mut stopped = Script::opened(&config);
    stopped.say(Step { count: 40 }).expect("they are made");
    assert_eq!(adapted, stopped.say(adapt).expect("φ"));
    assert_eq!(evaluated, stopped.say(Evaluate).expect("an evaluation"));
    assert_eq!(evaluated.iteration, 40);
    stopped.say(Command::Preview { curve: Task::sinusoid(2.0, 1.0).into(), shots: SHOTS.to_vec() }).expect("a preview");
    stopped.finish();
    script.finish();
    assert_eq!(script.preview(), stopped.preview());
}

#[test]
fn training_on_without_a_change_is_as_if_it_had_never_stopped() {
    let config = small(300);
    for iteration in [0, 17, 160] {
        let mut script = complete(&config);
        let present = script.theta();
        go_to(&mut script, iteration);
        script.say(Command::Start { watched: false }).expect("it trains");
        assert!(script.events.contains(&Event::Branched { iteration }));
        script.finish();
        assert_eq!(script.theta(), present, "from {iteration}");
        assert_eq!(iterations(script.status()), 300);
        // The branch has a time line of its own.
        go_to(&mut script, 200);
        assert_eq!(script.theta(), trained(&config, 200));
    }
}

#[test]
fn a_branch_by_other_settings_is_made_again_too() {
    let config = small(300);
    let mut script = complete(&config);
    go_to(&mut script, 100);
    let mut other = config.clone();
    other.outer.step_size *= 0.5;
    script.say(Command::Configure { config: other }).expect("it is taken over");
    assert_eq!(script.status().shown, 100, "a moment stays while settings change");
    script.say(Step { count: 60 }).expect("they are made");
    let branch = script.theta();
    assert_ne!(branch, trained(&config, 160));
    assert_eq!(script.say(ReadTimeline).map(|timeline| timeline.last), Ok(160));
    script.say(Step { count: 40 }).expect("they are made");
    go_to(&mut script, 160);
    assert_eq!(script.theta(), branch);
    go_to(&mut script, 99);
    assert_eq!(script.theta(), trained(&config, 99));
}

#[test]
fn going_back_pauses_and_a_moment_out_of_range_is_refused() {
    let config = small(3000);
    let mut script = Script::opened(&config);
    script.say(Step { count: 50 }).expect("they are made");
    script.say(Command::Start { watched: false }).expect("it trains");
    go_to(&mut script, 20);
    assert!(!script.status().running);
    let last = script.status().iteration;
    let refused = script.say(GoTo { iteration: Some(last + 1) });
    assert_eq!(
        refused,
        Err(Failure::Argument { name: "iteration".into(), value: (last + 1).to_string(), min: 0.0, max: last as f64 })
    );
    assert_eq!(script.status().shown, 20, "a refused one changes nothing");
    // Another θ begins another time line.
    script.say(Command::SetTheta { theta: trained(&config, 5) }).expect("it fits");
    assert_eq!(script.say(ReadTimeline), Ok(TimelineReply { first: last, last, at: last, keyframes: vec![last] }));
    assert!(script.say(GoTo { iteration: Some(20) }).is_err());
    script.say(Command::Reset).expect("it begins again");
    assert_eq!(script.say(ReadTimeline).map(|timeline| timeline.first), Ok(0));
}

/// The meta-iterations of a watched run by the time since it began, in milliseconds.
fn watched(script: &mut Script, watched: bool) -> Vec<(f64, u64)> {
    script.say(Command::Start { watched }).expect("it trains");
    let begun = NOW.get();
    let mut reached = vec![];
    while script.status().running {
        if let Next::At(time) = script.advance() {
            NOW.set(NOW.get().max(time));
        }
        reached.push((NOW.get() - begun, script.say(ReadTimeline).expect("a time line").last));
    }
    reached
}

#[test]
fn a_watched_run_gives_every_doubling_the_same_time_and_theta_is_the_same() {
    let config = small(255);
    let mut script = Script::opened(&config);
    script.say(Command::SetPace { pace: Pace::Watch }).expect("a pace");
    let reached = watched(&mut script, true);
    let time_of = |iteration: u64| {
        let (time, _) = reached.iter().find(|(_, at)| *at >= iteration).expect("the run is complete");
        *time
    };
    // Eight doublings of 1 + the meta-iteration, a second each, and never before its time.
    for doubling in 1..=8 {
        let time = time_of((1 << doubling) - 1);
        let due = 1000.0 * f64::from(doubling);
        assert!((due - 1.0..due + 150.0).contains(&time), "doubling {doubling} at {time} ms");
    }
    assert_eq!(script.theta(), trained(&config, 255));
    // From the middle of the run on, the rest takes the rest of the time.
    go_to(&mut script, 15);
    let rest = watched(&mut script, true).last().map_or(0.0, |(time, _)| *time);
    assert!((3_900.0..4_300.0).contains(&rest), "{rest} ms");
    assert_eq!(script.theta(), trained(&config, 255));
}

#[test]
fn a_run_that_nobody_watches_waits_for_nothing() {
    let mut script = Script::opened(&small(255));
    script.say(Command::SetPace { pace: Pace::Watch }).expect("a pace");
    script.say(Command::Start { watched: false }).expect("it trains");
    while script.status().running {
        assert!(!matches!(script.advance(), Next::At(_)));
    }
}

#[test]
fn who_is_overtaken_on_the_way_is_answered() {
    let mut script = complete(&small(300));
    let first = script.tell(GoTo { iteration: Some(250) });
    let second = script.tell(GoTo { iteration: Some(10) });
    assert_eq!(script.answer_to::<u64>(first), Some(Err(Failure::Interrupted)));
    script.finish();
    assert_eq!(script.answer_to::<u64>(second), Some(Ok(10)));
    let open = Command::Open { config: small(300), preference: Preference::Cpu };
    for command in [Command::Reset, open] {
        let mut script = complete(&small(300));
        let third = script.tell(GoTo { iteration: Some(250) });
        script.say(command).expect("it begins again");
        assert_eq!(script.answer_to::<u64>(third), Some(Err(Failure::Interrupted)));
        assert_eq!(script.status().shown, 0);
    }
}

#[test]
fn training_on_the_way_to_another_moment_begins_at_the_one_that_is_shown() {
    let config = small(300);
    for train in [Message::from(Command::Start { watched: false }), Step { count: 1 }.into()] {
        let mut script = complete(&config);
        go_to(&mut script, 40);
        let other = script.tell(GoTo { iteration: Some(250) });
        script.say_any(train).expect("it trains");
        assert!(script.events.contains(&Event::Branched { iteration: 40 }));
        assert_eq!(script.answer_to::<u64>(other), Some(Err(Failure::Interrupted)));
        script.finish();
        let reached = script.status().iteration;
        assert!(reached == 41 || reached == 300, "{reached}");
        assert_eq!((script.status().shown, script.theta()), (reached, trained(&config, reached)));
    }
}

/// Keeps the θ that is shown for comparison.
fn keep(script: &mut Script) -> Moment {
    let moment = script.say(ReadMoment).expect("θ");
    script.say(Command::Pin { moment: Some(moment.clone()) }).expect("it is kept");
    moment
}

/// Checks that the kept θ's adaptation is what another session shows that goes on from that θ by these settings.
fn assert_compared(script: &mut Script, config: &Config, Moment { iteration, theta, .. }: &Moment) {
    script.finish();
    let (curve, shots) = (script.preview().curve.clone(), script.preview().shots.clone());
    let mut other = Script::opened(config);
    other.say(Command::SetTheta { theta: theta.clone() }).expect("it fits");
    other.say(Command::Preview { curve, shots }).expect("a preview");
    other.finish();
    let adapted = other.preview().theta.clone();
    assert_eq!(script.preview().pinned, Some(Pinned { iteration: *iteration, adapted }));
}

#[test]
fn a_theta_that_is_kept_is_compared_by_the_present_settings_whatever_follows() {
    let config = small(300);
    let mut script = complete(&config);
    script.finish();
    assert_eq!(script.preview().pinned, None);
    go_to(&mut script, 40);
    let moment = keep(&mut script);
    assert_eq!((moment.iteration, &moment.theta), (40, &trained(&config, 40)));
    assert_eq!(moment.provenance.entries()[0].iterations, 40);
    assert_compared(&mut script, &config, &moment);
    assert_eq!(script.preview().pinned.as_ref().map(|pinned| &pinned.adapted), Some(&script.preview().theta));
    script.say(GoTo { iteration: None }).expect("the present moment");
    assert_compared(&mut script, &config, &moment);
    assert_ne!(script.preview().pinned.as_ref().map(|pinned| &pinned.adapted), Some(&script.preview().theta));
    let mut other = config.clone();
    other.eval.learning_rate *= 0.5;
    script.say(Command::Configure { config: other.clone() }).expect("it is taken over");
    assert_compared(&mut script, &other, &moment);
    script
        .say(Command::Preview { curve: Task::sinusoid(1.0, 2.0).into(), shots: vec![[0.0, 0.9]] })
        .expect("a preview");
    assert_compared(&mut script, &other, &moment);
    script.say(Command::Reset).expect("it begins again");
    assert_compared(&mut script, &other, &moment);
    let mut other = other.with_algorithm(Algorithm::Joint);
    other.seed += 1;
    script.say(Command::Configure { config: other.clone() }).expect("it is taken over");
    script.say(Step { count: 20 }).expect("they are made");
    assert_compared(&mut script, &other, &moment);
    assert_eq!(script.theta(), trained(&other, 20), "no bit of a run depends on it");
    // Another engine is sent it.
    let mut restarted = complete(&config);
    restarted.say(Command::Pin { moment: Some(moment.clone()) }).expect("it is kept");
    assert_compared(&mut restarted, &config, &moment);
    script.say(Command::Pin { moment: None }).expect("it is let go");
    script.finish();
    assert_eq!(script.preview().pinned, None);
}

#[test]
fn a_theta_of_another_network_is_compared_again_when_its_network_is_back() {
    let config = small(300);
    let mut script = complete(&config);
    let moment = keep(&mut script);
    let mut wider = config.clone();
    wider.model.hidden = vec![9];
    script.say(Command::Configure { config: wider.clone() }).expect("it is taken over");
    script.finish();
    assert_eq!(script.preview().pinned, None);
    // As many parameters, and yet another function of them.
    let mut other = config.clone();
    other.model.activation = Activation::Relu;
    script.say(Command::Configure { config: other }).expect("it is taken over");
    script.finish();
    assert_eq!(script.preview().pinned, None);
    script.say(Command::Configure { config: config.clone() }).expect("it is taken over");
    assert_compared(&mut script, &config, &moment);
    // One that does not fit its own network is refused, and the one before stays.
    let wrong = Moment { model: wider.model, ..moment.clone() };
    let refused = script.say(Command::Pin { moment: Some(wrong) });
    assert!(matches!(refused, Err(Failure::Theta { needed: 28, .. })), "{refused:?}");
    assert_compared(&mut script, &config, &moment);
}

//! A session as a file: loaded into a new engine, it goes on as if nothing had happened, and whatever else a file may hold
//! changes nothing.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/script.rs"]
mod script;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use reptile_lab::app::appearance::Scheme;
use reptile_lab::app::file::{self, Contents};
use reptile_lab::app::session_file::{self, FileError, SavedSession};
use reptile_lab::app::state::PageState;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::theta_file::ThetaFile;
use reptile_lab::domain::inner_optimizer::{InnerOptimizer, InnerState};
use reptile_lab::domain::provenance::Provenance;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::engine::protocol::{
    BegunSave, Command, Evaluate, Event, Failure, GoTo, ReadKeyframes, ReadMoment, ReadTimeline, SaveRun, SavedRun,
    Step,
};
use reptile_lab::i18n::Locale;
use script::{Script, small};
use serde_json::{Value, json};

/// What a refusal may take.
const QUICK: Duration = Duration::from_millis(200);

/// A file that an earlier build has written: of a run with Adam, inner moments that are carried, and a change on its way,
/// which is shown at an early moment.
fn golden() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/session_v1.safetensors")).expect("it is there")
}

fn config() -> Config {
    let mut config = small(300);
    (config.inner.optimizer, config.inner.state) = (InnerOptimizer::Momentum, InnerState::Carry);
    config.inner.learning_rate = 0.005;
    config.outer.meta_batch = 2;
    config
}

/// The page of that run, with something of its own.
fn page(config: &Config) -> PageState {
    let mut state = PageState::new(Locale::ZhHans, Scheme::Dark);
    state.document.config = config.clone();
    state.document.preview.remove_all();
    state
}

/// A run with two Configs one after the other, which is shown at meta-iteration 30.
fn trained() -> (Script, Config) {
    let mut script = Script::opened(&config());
    script.say(Step { count: 80 }).expect("they are made");
    let mut other = config();
    other.outer.step_size /= 2.0;
    script.say(Command::Configure { config: other.clone() }).expect("it is taken over");
    script.say(Step { count: 50 }).expect("they are made");
    script.say(GoTo { iteration: Some(100) }).expect("it is reached");
    script.say(GoTo { iteration: Some(30) }).expect("it is reached");
    (script, other)
}

fn save(script: &mut Script, state: &PageState) -> Vec<u8> {
    let run = script.saved(SaveRun::WHOLE);
    let (first, rest) = run.keyframes.split_at(run.keyframes.len() / 2);
    let keyframes = [session_file::bytes_of(first), session_file::bytes_of(rest)].concat();
    [session_file::head(&run, (run.keyframes.len(), keyframes.len()), state), keyframes].concat()
}

fn read(bytes: &[u8]) -> Result<SavedSession, FileError> {
    match file::read_tensors(bytes, &Config::default())? {
        Contents::Session(session) => Ok(*session),
        other => panic!("no session: {other:?}"),
    }
}

/// A session of another network that has the run of a file.
fn loaded(run: SavedRun) -> Script {
    let mut script = Script::opened(&Config::default());
    script.say(Command::LoadRun { run: Box::new(run) }).expect("it is loaded");
    script
}

#[test]
fn a_loaded_session_goes_on_as_if_it_had_never_been_saved() {
    let (mut first, other) = trained();
    let bytes = save(&mut first, &page(&other));
    let SavedSession { run, state } = read(&bytes).expect("a session");
    assert_eq!(state, Some(page(&other)));
    let mut second = loaded(run);
    assert_eq!(first.say(ReadTimeline), second.say(ReadTimeline));
    let status = |script: &Script| {
        let status = script.status();
        (status.iteration, status.shown, status.first, status.spent, status.provenance.clone(), status.stopped)
    };
    assert_eq!(status(&first), status(&second));
    assert_eq!(second.status().shown, 30);
    assert_eq!(first.say(ReadMoment), second.say(ReadMoment));
    assert_eq!(first.say(Evaluate), second.say(Evaluate));
    // Any moment, of both Configs; the present one again; and a branch from an early one.
    for iteration in [Some(0), Some(79), Some(81), Some(117), None, Some(12)] {
        assert_eq!(first.say(GoTo { iteration }), second.say(GoTo { iteration }));
        assert_eq!(first.theta(), second.theta(), "{iteration:?}");
    }
    for script in [&mut first, &mut second] {
        script.say(Step { count: 40 }).expect("they are made");
    }
    assert_eq!(first.theta(), second.theta());
    assert_eq!(first.say(ReadTimeline).map(|timeline| timeline.last), Ok(52));
    // The one that was loaded can be saved again.
    assert_eq!(save(&mut second, &page(&other)), save(&mut first, &page(&other)));
}

#[test]
fn a_loaded_session_has_the_curve_of_its_training_again() {
    let mut first = Script::opened(&config());
    first.say(Step { count: 300 }).expect("they are made");
    first.finish();
    let held_out = |script: &Script| {
        let points = script.events.iter().filter_map(|event| match event {
            Event::HeldOut(point) => Some((point.iteration, point.clone())),
            _ => None,
        });
        points.collect::<BTreeMap<_, _>>()
    };
    let measured = held_out(&first);
    let run = first.saved(SaveRun::WHOLE);
    let second = {
        let mut script = loaded(run);
        script.events.clear();
        script.finish();
        script
    };
    let again = held_out(&second);
    let iterations: Vec<u64> = again.keys().copied().collect();
    assert_eq!((iterations.first(), iterations.last()), (Some(&0), Some(&300)));
    // Neighbours are no farther apart than a keyframe more than those of the run were.
    assert!(2 * again.len() > measured.len(), "{iterations:?} for {:?}", measured.keys());
    // Where both have a point, it is the same.
    let shared = again.iter().filter_map(|(iteration, point)| Some((measured.get(iteration)?, point)));
    let shared: Vec<_> = shared.collect();
    assert!(shared.len() > 5, "{iterations:?}");
    for (before, after) in shared {
        assert_eq!(before, after);
    }
}

#[test]
fn the_present_of_a_loaded_session_trains_on_with_all_moments() {
    let (mut first, other) = trained();
    first.say(GoTo { iteration: None }).expect("the present");
    let bytes = save(&mut first, &page(&other));
    let mut second = loaded(read(&bytes).expect("a session").run);
    for script in [&mut first, &mut second] {
        script.say(Command::Start { watched: false }).expect("it trains");
        script.finish();
        assert_eq!(script.status().iteration, 300);
    }
    assert_eq!(first.theta(), second.theta());
    second.say(GoTo { iteration: Some(31) }).expect("it is reached");
    first.say(GoTo { iteration: Some(31) }).expect("it is reached");
    assert_eq!(first.theta(), second.theta());
}

#[test]
fn a_session_with_few_keyframes_has_the_same_moments() {
    let mut first = Script::opened(&config());
    for _ in 0..20 {
        first.say(Step { count: 12 }).expect("they are made");
    }
    let whole = first.saved(SaveRun::WHOLE);
    let most_bytes = 3 * whole.train_state.bytes();
    let short = first.saved(SaveRun { most_bytes });
    assert_eq!(short.keyframes.len(), 3, "of {}", whole.keyframes.len());
    assert!(whole.keyframes.len() > 3);
    let mut second = loaded(short);
    for iteration in [Some(1), Some(77), Some(239), None] {
        for script in [&mut first, &mut second] {
            script.say(GoTo { iteration }).expect("it is reached");
        }
        assert_eq!(first.theta(), second.theta(), "{iteration:?}");
    }
}

#[test]
fn a_run_is_saved_in_parts_as_it_was_when_that_began() {
    let mut config = config();
    config.model.hidden = vec![64, 64];
    let mut script = Script::opened(&config);
    for _ in 0..60 {
        script.say(Step { count: 1 }).expect("it is made");
    }
    let BegunSave { number, run } = script.say(SaveRun::WHOLE).expect("it begins");
    // Others meanwhile, of which the oldest is given up; and another run in the place of this one.
    for _ in 0..3 {
        script.say(SaveRun::WHOLE).expect("it begins");
    }
    let whole = script.saved_from(number, run.keyframes.clone());
    assert!(run.keyframes.len() < whole.len(), "more than one part");
    script.say(Command::Reset).expect("it begins anew");
    script.say(Step { count: 3 }).expect("they are made");
    assert_eq!(script.saved_from(number + 1, run.keyframes), whole);
    let iterations: Vec<u64> = whole.iter().map(|keyframe| keyframe.train_state.iteration).collect();
    assert_eq!(iterations, (0..=60).collect::<Vec<_>>());
    let bytes: usize = whole.iter().map(|keyframe| keyframe.train_state.bytes()).sum();
    assert!(bytes > 1 << 20, "{bytes}");
    // What was read to its end is gone, and so is the first of five.
    for save in [number, number + 1] {
        assert_eq!(script.say(ReadKeyframes { save, from: 0 }), Err(Failure::Interrupted));
    }
    let BegunSave { number, .. } = script.say(SaveRun::WHOLE).expect("it begins");
    for _ in 0..4 {
        script.say(SaveRun::WHOLE).expect("it begins");
    }
    assert_eq!(script.say(ReadKeyframes { save: number, from: 0 }), Err(Failure::Interrupted));
}

#[test]
fn a_session_is_a_theta_to_other_programs() {
    let (mut script, other) = trained();
    let bytes = save(&mut script, &page(&other));
    let file = ThetaFile::open(&bytes).expect("a file");
    assert_eq!(file.theta(&other.model).expect("θ"), script.theta());
    let (theta, provenance) = file::read_theta(&bytes, &other).expect("θ");
    assert_eq!(theta, script.theta());
    assert_eq!(provenance, Provenance::default().after(Algorithm::Reptile, &other.tasks, 30));
    let mut begun = Script::opened(&other);
    begun.say(Step { count: 5 }).expect("they are made");
    begun.say(Command::BeginFrom { theta: theta.clone(), provenance: provenance.clone() }).expect("it fits");
    assert_eq!((begun.theta(), begun.status().iteration), (theta, 0));
    assert_eq!(begun.status().provenance, provenance);
    begun.say(Step { count: 5 }).expect("they are made");
    assert_eq!(begun.status().provenance, provenance.after(Algorithm::Reptile, &other.tasks, 5));
}

#[test]
fn a_file_of_an_earlier_build_opens() {
    let SavedSession { run, state } = read(&golden()).expect("a session; if its form has changed, so must its version");
    let config = run.config.clone();
    assert_eq!(state.map(|state| state.document.config), Some(config));
    let mut script = loaded(run);
    assert_eq!((script.status().iteration, script.status().shown), (40, 10));
    let shown = script.theta();
    script.say(GoTo { iteration: Some(0) }).expect("it is reached");
    assert_ne!(script.theta(), shown);
    script.say(GoTo { iteration: Some(10) }).expect("it is reached");
    assert_eq!(script.theta(), shown);
}

/// Writes the file of [`a_file_of_an_earlier_build_opens`], where there is none yet.
#[test]
fn a_small_session_is_small() {
    let mut config = config();
    config.model.hidden = vec![3, 2];
    let mut script = Script::opened(&config);
    script.say(Step { count: 20 }).expect("they are made");
    config.outer.step_size /= 2.0;
    script.say(Command::Configure { config: config.clone() }).expect("it is taken over");
    script.say(Step { count: 20 }).expect("they are made");
    script.say(GoTo { iteration: Some(10) }).expect("it is reached");
    let bytes = save(&mut script, &page(&config));
    assert!(bytes.len() < 20_000, "{}", bytes.len());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/session_v1.safetensors");
    if !std::fs::exists(path).expect("a path") {
        std::fs::write(path, bytes).expect("it is written");
    }
}

/// Header and data of a file.
fn parts(file: &[u8]) -> (Value, Vec<u8>) {
    let (length, rest) = file.split_first_chunk().expect("a length");
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    (serde_json::from_slice(header).expect("JSON"), data.to_vec())
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    type Change = fn(&mut Value, &mut Vec<u8>);
    let cases: [(Change, &[&str]); 9] = [
        (|header, _| metadata(header, "reptile_lab_session", r#"{"version": 2}"#), &["reptile_lab_session", "2", "1"]),
        (|header, _| metadata(header, "reptile_lab_session", "{}"), &["reptile_lab_session", "?"]),
        (|header, _| metadata(header, "reptile_lab_session", "<b>"), &["reptile_lab_session"]),
        (|header, _| metadata(header, "reptile_lab_page", "{"), &["reptile_lab_page"]),
        (|header, _| metadata(header, "reptile_lab_page", r#"{"version": 7}"#), &["reptile_lab_page", "7"]),
        (|header, _| metadata(header, "reptile_lab", r#"{"version": 0}"#), &["reptile_lab", "0"]),
        (|_, data| truncate_inside(data), &["Reptile Lab"]),
        (|_, data| data[0] ^= 1, &["Reptile Lab"]),
        (rename, &["Reptile Lab"]),
    ];
    let (header, data) = parts(&golden());
    for (change, named) in cases {
        let (mut header, mut data) = (header.clone(), data.clone());
        change(&mut header, &mut data);
        let header = header.to_string();
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat();
        let error = read(&file).expect_err("it is refused");
        for locale in [Locale::En, Locale::ZhHans] {
            let said = error.message(locale);
            assert!(named.iter().all(|name| said.contains(name)), "{said}: {named:?}");
        }
    }
}

fn metadata(header: &mut Value, name: &str, text: &str) {
    header["__metadata__"][name] = json!(text);
}

/// What is left of the run is zeros.
fn truncate_inside(data: &mut [u8]) {
    let half = data.len() / 2;
    data[half..].fill(0);
}

fn rename(header: &mut Value, _: &mut Vec<u8>) {
    let object = header.as_object_mut().expect("an object");
    let run = object.remove("reptile_lab.session").expect("a tensor");
    object.insert("else".to_owned(), run);
}

/// Each thing that no engine would have saved is refused, and nothing has changed then.
#[test]
fn a_run_that_cannot_be_is_refused_and_changes_nothing() {
    type Change = fn(&mut SavedRun);
    let cases: [(Change, &str); 20] = [
        (|run| run.config.inner.learning_rate = f64::NAN, "inner.learning_rate"),
        (|run| run.configs[0].inner.steps = 0, "inner.steps"),
        (|run| run.configs[0].seed = 77, "configs[0].seed"),
        (|run| run.configs.clear(), "keyframes[0].config"),
        (|run| run.train_state.iteration = 301, "iteration"),
        (|run| run.train_state.theta.truncate(7), "7"),
        (|run| run.train_state.theta[3] = f32::NAN, "theta"),
        (|run| run.train_state.theta[3] = 2e4, "theta"),
        (|run| moments(&mut run.train_state)[1] = f32::INFINITY, "theta"),
        (|run| moments(&mut run.train_state)[1] = -1.0, "moments.second"),
        (|run| run.train_state.inner_states[1].first.truncate(2), "2"),
        (|run| run.train_state.gradient_norm = Some(f64::NAN), "gradient_norm"),
        (|run| run.train_state.early_stopping.factor = 7.0, "early_stopping"),
        (|run| run.keyframes.clear(), "keyframes"),
        (|run| run.keyframes.swap(0, 1), "keyframes[1].iteration"),
        (|run| run.keyframes[1].config = 9, "keyframes[1].config"),
        (|run| run.keyframes[1].reach = 0, "keyframes[1].reach"),
        (|run| run.keyframes[1].train_state.theta[0] = f32::NEG_INFINITY, "theta"),
        (|run| run.past.as_mut().expect("a moment").iteration = 130, "past.iteration"),
        (|run| run.spent.seconds = -1.0, "seconds"),
    ];
    let (mut script, _) = trained();
    let run = script.saved(SaveRun::WHOLE);
    let mut other = Script::opened(&small(50));
    other.say(Step { count: 20 }).expect("they are made");
    let before = other.saved(SaveRun::WHOLE);
    for (number, (change, named)) in cases.into_iter().enumerate() {
        let mut run = run.clone();
        change(&mut run);
        let refused: Failure = other.say(Command::LoadRun { run: Box::new(run) }).expect_err("it is refused");
        let said = refused.message(Locale::En);
        assert!(said.contains(named), "{number}: {said}: {named}");
        assert_eq!(other.saved(SaveRun::WHOLE), before);
    }
    other.say(Command::LoadRun { run: Box::new(run) }).expect("without a change it is loaded");
}

fn moments(train_state: &mut TrainState) -> &mut [f32] {
    &mut train_state.moments.as_mut().expect("of Adam").second
}

#[test]
fn a_file_is_known_by_what_is_in_it() {
    let present = config();
    let settings = present.to_json();
    assert_eq!(file::read("notes.txt", settings.as_bytes(), &present), Ok(Contents::Settings(settings.clone())));
    assert_eq!(file::read("RUN.JSON", b"# x", &present), Ok(Contents::Settings("# x".to_owned())));
    assert_eq!(file::read("lesson.md", b"# x", &present), Ok(Contents::Lessons("# x".to_owned())));
    assert!(matches!(file::read("renamed.md", &golden(), &present), Ok(Contents::Session(_))));
    assert!(matches!(file::read("x.safetensors", b"{}", &present), Err(FileError::Theta(_))));
    assert!(matches!(file::read("x", &[0xff, 0xfe, 0xfd], &present), Err(FileError::Config(_))));
    for (name, size) in [("x.json", 2 << 20), ("x.safetensors", 65 << 20), ("x", 65 << 20)] {
        assert!(file::check_size(name, size).is_err() && file::check_size(name, 1 << 20).is_ok(), "{name}");
    }
}

/// A file with another run in it.
fn with_run(bytes: &[u8]) -> Vec<u8> {
    let (mut header, mut data) = parts(&golden());
    let [begin, end] = [0, 1].map(|end| header["reptile_lab.session"]["data_offsets"][end].as_u64().expect("a number"));
    assert_eq!(end, data.len() as u64);
    data.truncate(begin as usize);
    data.extend(bytes);
    header["reptile_lab.session"]["data_offsets"][1] = json!(data.len());
    header["reptile_lab.session"]["shape"] = json!([bytes.len()]);
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

#[test]
fn lists_without_end_are_refused_quickly() {
    // The smallest items of each list, as many as a file has room for; and lists that claim more than there is.
    for fill in [0_u8, 1, 0x7f, 0xff] {
        let mut run = vec![fill; 40 << 20];
        for begin in [
            &[][..],
            &[0x80, 0x80, 0x80, 0x10],
            &[0, 0, 0, 0, 0x80, 0x80, 0x80, 0x10],
            &[0, 0, 0, 0, 0, 0xff, 0xff, 0x7f],
        ] {
            run[..begin.len()].copy_from_slice(begin);
            let file = with_run(&run);
            let begun = Instant::now();
            assert!(read(&file).is_err());
            assert!(begun.elapsed() < QUICK, "{:?}", begun.elapsed());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_in_place_of_a_run_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let begun = Instant::now();
        prop_assert!(read(&with_run(&bytes)).is_err());
        prop_assert!(begun.elapsed() < QUICK);
    }

    /// Whatever a few bytes of a good file become: it is refused by the page or by the engine, which stays as it was, or
    /// it is another good run.
    #[test]
    fn changed_bytes_are_refused_or_make_another_run(places in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4)) {
        let mut bytes = golden();
        for (place, byte) in places {
            *place.get_mut(&mut bytes) = byte;
        }
        let begun = Instant::now();
        let session = read(&bytes);
        prop_assert!(begun.elapsed() < QUICK);
        match session {
            Err(error) => prop_assert!(!error.message(Locale::En).is_empty()),
            Ok(SavedSession { run, .. }) => {
                let mut script = Script::opened(&small(50));
                let theta = script.theta();
                match script.say(Command::LoadRun { run: Box::new(run) }) {
                    Err(failure) => {
                        prop_assert!(!failure.message(Locale::En).is_empty());
                        prop_assert_eq!(script.theta(), theta);
                    }
                    Ok(()) => prop_assert!(script.theta().iter().all(|number| number.abs() <= 1e4)),
                }
            }
        }
    }
}

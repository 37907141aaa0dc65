//! The configuration document: what it means, what it refuses, and in which words.

use proptest::prelude::*;
use proptest::sample::select;
use reptile_lab::app::pretrained::address;
use reptile_lab::app::state::PageState;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::error::ConfigError;
use reptile_lab::domain::config::parameters::parameters;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::config::pretrained::Pretrained;
use reptile_lab::domain::config::range::Range;
use reptile_lab::domain::config::text::MOST_BYTES;
use reptile_lab::domain::inner_optimizer::InnerOptimizer;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::outer_optimizer::{OuterOptimizer, StopRules};
use reptile_lab::domain::task;
use reptile_lab::domain::task::family::{Families, Family};
use reptile_lab::i18n::Locale;
use serde_json::{Value, json};

/// The published experiment, in every field that the paper preset was first described by.
const PAPER: &str = r#"{
  "version": 1,
  "seed": 0,
  "tasks": { "family": "sinusoid", "amplitude": [0.1, 5.0], "phase": [0.0, 6.283185307179586], "noise": 0.0, "x": [-5.0, 5.0], "grid": 50 },
  "model": { "hidden": [64, 64], "activation": "tanh" },
  "algorithm": "reptile",
  "inner": { "optimizer": "sgd", "learning_rate": 0.02, "steps": 5, "batch": 10 },
  "outer": { "optimizer": "sgd", "step_size": 0.1, "schedule": "linear", "meta_batch": 1, "iterations": 30000 },
  "eval": { "tasks": 1000, "shots": 10, "steps": 32, "learning_rate": 0.02 }
}"#;

/// The JSON pointer of a path: `/inner/steps` for `inner.steps`.
fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// A document that has one field only.
fn only(path: &str, value: Value) -> String {
    let fields = path.rsplit('.').fold(value, |value, name| json!({ name: value }));
    fields.to_string()
}

/// The error of a document, after a look at its words: short, of one line, and with the field's name in every language.
#[track_caller]
fn refused(document: &str) -> ConfigError {
    let error = Config::from_json(document).expect_err(document);
    for &locale in Locale::ALL {
        let message = error.message(locale);
        assert!(!message.contains('\n') && message.chars().count() < 400, "{message}");
        assert!(error.field().is_none_or(|field| message.contains(field)), "{message}");
    }
    error
}

/// Checks that a document is refused for `field`, and that the message has all of `words` in every language.
#[track_caller]
fn refused_for(document: &str, field: &str, words: &[&str]) {
    let error = refused(document);
    assert_eq!(error.field(), Some(field), "{error}");
    for &locale in Locale::ALL {
        let message = error.message(locale);
        for word in words {
            assert!(message.contains(word), "{word:?} is not in: {message}");
        }
    }
}

#[test]
fn an_empty_document_is_the_paper_preset_which_is_the_published_experiment() {
    assert_eq!(Config::from_json("{}"), Ok(Preset::Paper.config()));
    assert_eq!(Config::from_json(PAPER), Ok(Preset::Paper.config()));
    assert_eq!(Config::from_json(r#"{"inner": {}, "outer": {"iterations": 30000}}"#), Ok(Config::default()));
}

#[test]
fn the_other_presets_differ_as_the_reference_says() {
    let of_seed_zero = |preset: Preset| Config { seed: 0, ..preset.config() };
    let mut expected = Preset::Paper.config();
    expected.inner.steps = 10;
    expected.outer.optimizer = OuterOptimizer::Adam;
    expected.outer.step_size = 0.01;
    expected.outer.iterations = 2000;
    assert_eq!(of_seed_zero(Preset::Fast), expected);
    expected.outer.step_size = 0.003;
    expected.outer.iterations = 30_000;
    assert_eq!(of_seed_zero(Preset::Fine), expected);
}

#[test]
fn a_preset_is_known_again_whatever_its_seed() {
    for preset in Preset::ALL {
        let mut config = Config { seed: 7, ..preset.config() };
        assert_eq!(Preset::of(&config), Some(preset));
        assert_eq!(json!(preset), json!(preset.name()));
        config.inner.batch = 9;
        assert_eq!(Preset::of(&config), None);
    }
}

#[test]
fn maml_goes_with_optimizers_that_it_can_look_through() {
    for (optimizer, is_fine) in
        [("sgd", true), ("gd", true), ("momentum", true), ("adam", false), ("rmsprop", false), ("mapped", false)]
    {
        let document = json!({ "algorithm": "maml", "inner": { "optimizer": optimizer } }).to_string();
        if is_fine {
            assert!(Config::from_json(&document).is_ok(), "{optimizer}");
        } else {
            refused_for(&document, "inner.optimizer", &[optimizer, "maml", "sgd, gd, momentum"]);
        }
    }
}

#[test]
fn state_is_carried_for_few_tasks() {
    let document = |optimizer: &str, tasks: u64| {
        json!({ "inner": { "optimizer": optimizer, "state": "carry" }, "outer": { "meta_batch": tasks } }).to_string()
    };
    refused_for(&document("adam", 17), "outer.meta_batch", &["17", "16"]);
    assert!(Config::from_json(&document("adam", 16)).is_ok());
    assert!(Config::from_json(&document("sgd", 1024)).is_ok(), "it has no state");
}

#[test]
fn each_algorithm_brings_settings_that_it_takes() {
    let mut awkward = Preset::Fast.config();
    awkward.inner.optimizer = InnerOptimizer::Adam;
    awkward.tasks.grid = 7;
    awkward.inner.batch = 3;
    awkward.eval.shots = 5;
    for &algorithm in Algorithm::ALL {
        let config = awkward.with_algorithm(algorithm);
        assert_eq!(config.clone().checked(), Ok(config.clone()));
        assert_eq!((config.algorithm, &config.tasks, &config.eval), (algorithm, &awkward.tasks, &awkward.eval));
    }
    assert_eq!(Config::default().with_algorithm(Algorithm::Reptile), Config::default());
}

#[test]
fn a_document_reads_back_as_it_was_written() {
    let mut config = Preset::Fast.config();
    config.seed = (1 << 53) - 1;
    config.model.hidden = vec![1, 2, 3, 128];
    config.inner.learning_rate = 1.0 / 3.0;
    config.tasks.noise = 3.828_633_905_082_601_3;
    config.tasks.phase = [1e-300, f64::from_bits(4.0_f64.to_bits() + 1)];
    assert_eq!(Config::from_json(&config.to_json()), Ok(config));
}

/// One value below its range, one above, and some of another kind, with the words that the message must have.
fn faults(range: &Range) -> (Vec<Value>, Vec<Value>, Vec<String>) {
    let mut wrong_types = vec![json!(null), json!(true), json!({ "value": 1 }), json!([[1]])];
    let (out_of_range, words) = match *range {
        Range::Integer { min, max } => {
            wrong_types.extend([json!(1.5), json!("10"), json!([10])]);
            let outside = vec![json!(min.cast_signed() - 1), json!(max + 1), json!(u64::MAX), json!(-1e300)];
            (outside, vec![min.to_string(), max.to_string()])
        }
        Range::Real { min, max, .. } => {
            wrong_types.extend([json!("1"), json!([1.0])]);
            (vec![json!(min - 1e-6), json!(max * 1.001), json!(-1e300)], vec![min.to_string(), max.to_string()])
        }
        Range::Interval { min, max, .. } => {
            wrong_types.extend([json!(1.0), json!([]), json!([1.0]), json!([1.0, 2.0, 3.0]), json!([0.5, "1"])]);
            let outside = vec![json!([min - 0.5, max]), json!([min, max + 0.5]), json!([min, 1e300])];
            (outside, vec![min.to_string(), max.to_string()])
        }
        Range::Choice(choices) => {
            wrong_types.extend([json!(1), json!(["sgd"])]);
            let wrong = vec![json!(""), json!(choices[0].name.to_uppercase()), json!(format!("{} ", choices[0].name))];
            (wrong, choices.iter().map(|choice| choice.name.to_owned()).collect())
        }
        Range::Integers { min, max, .. } => {
            wrong_types.extend([json!(64), json!("64"), json!([64, 1.5]), json!([null])]);
            (vec![json!([min.cast_signed() - 1]), json!([min, max + 1])], vec![min.to_string(), max.to_string()])
        }
        Range::Numbers { min, max, of, .. } => {
            wrong_types.extend([json!(1.0), json!([]), json!(vec![max; of.len() - 1]), json!(vec![max; of.len() + 1])]);
            wrong_types.push(json!(vec!["1"; of.len()]));
            let outside = [min - 0.5, max + 0.5, 1e300].map(|end| json!(vec![end; of.len()]));
            (outside.to_vec(), vec![min.to_string(), max.to_string()])
        }
        Range::Layers { min, max, .. } => {
            wrong_types.extend([
                json!(1.0),
                json!("1"),
                json!(["1", "1", "1"]),
                json!([1.0, 1.0]),
                json!(vec![1.0; 4]),
            ]);
            let outside = [min - 0.5, max + 0.5, 1e300].map(|end| json!([1.0, 1.0, end]));
            (outside.to_vec(), vec![min.to_string(), max.to_string()])
        }
    };
    (out_of_range, wrong_types, words)
}

#[test]
fn every_parameter_is_refused_outside_its_range_with_its_name_and_range() {
    for parameter in parameters() {
        let (out_of_range, wrong_types, words) = faults(&parameter.range);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for value in out_of_range {
            refused_for(&only(parameter.path, value), parameter.path, &words);
        }
        for value in wrong_types {
            let document = only(parameter.path, value);
            refused_for(&document, parameter.path, &[]);
            assert!(matches!(refused(&document), ConfigError::WrongType { .. }), "{document}");
        }
    }
}

#[test]
fn every_parameter_is_accepted_at_its_ends() {
    let mut roomy = Config::default();
    (roomy.tasks.grid, roomy.inner.batch, roomy.eval.shots) = (200, 1, 1);
    for parameter in parameters() {
        let ends = match parameter.range {
            Range::Integer { min, max } => vec![json!(min), json!(max)],
            Range::Real { min, max, .. } => vec![json!(min), json!(max)],
            Range::Interval { min, max, .. } => vec![json!([min, max])],
            Range::Choice(words) => words.iter().map(|word| json!(word.name)).collect(),
            Range::Integers { min, max, shortest, longest } => {
                vec![json!(vec![min; shortest]), json!(vec![max; longest])]
            }
            Range::Numbers { min, max, of, .. } => {
                let least = (0..of.len()).map(|index| if index == 0 { max } else { min }).collect::<Vec<_>>();
                vec![json!(least), json!(vec![max; of.len()])]
            }
            Range::Layers { min, max, .. } => vec![json!([]), json!([min, max, min])],
        };
        for end in ends {
            let mut document = json!(roomy);
            *document.pointer_mut(&pointer(parameter.path)).unwrap() = end;
            let config = Config::from_value(&document).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(json!(config), document);
        }
    }
}

#[test]
fn lists_are_refused_outside_their_lengths() {
    for document in [r#"{"model": {"hidden": []}}"#, r#"{"model": {"hidden": [1, 1, 1, 1, 1]}}"#] {
        refused_for(document, "model.hidden", &["1", "4"]);
    }
}

#[test]
fn unknown_fields_are_refused_at_every_level_with_those_that_may_stand_there() {
    let cases = [
        (r#"{"sed": 1}"#, "sed", ["version", "seed", "outer"]),
        (r#"{"": 1}"#, "", ["version", "seed", "outer"]),
        (r#"{"inner.steps": 3}"#, "inner.steps", ["inner", "seed", "outer"]),
        (r#"{"tasks": {"amplitud": [1, 2]}}"#, "tasks.amplitud", ["amplitude", "phase", "grid"]),
        (r#"{"model": {"depth": 3}}"#, "model.depth", ["hidden", "activation", "model"]),
        (r#"{"inner": {"version": 1}}"#, "inner.version", ["optimizer", "steps", "batch"]),
        (r#"{"outer": {"steps": 3}}"#, "outer.steps", ["meta_batch", "step_size", "iterations"]),
        (r#"{"eval": {"inner": {}}}"#, "eval.inner", ["shots", "learning_rate", "steps"]),
    ];
    for (document, field, words) in cases {
        refused_for(document, field, &words);
        assert!(matches!(refused(document), ConfigError::UnknownField { .. }), "{document}");
    }
}

#[test]
fn only_version_one_can_be_read() {
    for version in [json!(0), json!(2), json!("1"), json!(1.5), json!(-1), json!(null), json!([1])] {
        refused_for(&only("version", version.clone()), "version", &["1", &version.to_string()]);
    }
    assert_eq!(Config::from_json(r#"{"version": 1}"#), Ok(Config::default()));
    assert_eq!(Config::from_json(r#"{"version": 1.0}"#), Ok(Config::default()));
}

#[test]
fn a_whole_number_may_be_written_as_programs_write_it() {
    let document =
        r#"{"seed": 1e3, "inner": {"steps": 5.0}, "model": {"hidden": [6.4E1, 64.0]}, "outer": {"iterations": 3E+4}}"#;
    let config = Config::from_json(document).expect("whole numbers");
    assert_eq!(config, Config { seed: 1000, ..Config::default() });
    for fraction in ["5.5", "1e-3", "5.000000001"] {
        refused_for(&format!(r#"{{"inner": {{"steps": {fraction}}}}}"#), "inner.steps", &[]);
    }
    refused_for(r#"{"seed": 1e16}"#, "seed", &["9007199254740991"]);
}

#[test]
fn a_file_is_read_in_every_encoding_that_editors_write() {
    let text = r#"{"seed": 3}"#;
    let config = Config::from_json(text).expect("a document");
    let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
        [&mark[..], &text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()].concat()
    };
    let little = utf16([0xff, 0xfe], u16::to_le_bytes);
    let files = [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        utf16([0xfe, 0xff], u16::to_be_bytes),
        little.clone(),
    ];
    for file in files {
        assert_eq!(Config::from_bytes(&file), Ok(config.clone()), "{file:?}");
    }
    assert_eq!(Config::from_json(&format!("\u{feff}{text}")), Ok(config));
    for file in [&little[..little.len() - 1], b"\xff\xfe\x00\xd8", b"{\"seed\": \xff}", b"\x80"] {
        assert_eq!(Config::from_bytes(file), Err(ConfigError::Encoding), "{file:?}");
    }
}

#[test]
fn a_file_that_no_settings_can_fill_is_refused_by_its_size() {
    let padded = |size: u64| [b"{}".to_vec(), vec![b' '; size as usize - 2]].concat();
    assert_eq!(Config::from_bytes(&padded(MOST_BYTES)), Ok(Config::default()));
    let error = Config::from_bytes(&padded(MOST_BYTES + 1)).expect_err("too large");
    assert_eq!(error, ConfigError::TooLarge { size: MOST_BYTES + 1, most: MOST_BYTES });
    for &locale in Locale::ALL {
        assert!(error.message(locale).contains("1048577") && error.message(locale).contains("1048576"));
    }
}

#[test]
fn an_interval_of_x_has_distinct_points_in_single_precision() {
    for x in ["[1, 1.0000000000000002]", "[1, 1.0000001]", "[0, 1e-300]", "[-20, -19.99999999]"] {
        refused_for(&format!(r#"{{"tasks": {{"x": {x}}}}}"#), "tasks.x", &["50"]);
    }
    assert!(
        Config::from_json(
            r#"{"tasks": {"x": [1, 1.0000002], "grid": 2}, "inner": {"batch": 1}, "eval": {"shots": 1}}"#
        )
        .is_ok()
    );
}

#[test]
fn a_syntax_error_has_its_position_once() {
    for document in ["{", "{\"seed\": 01}", "{} {}", ""] {
        for &locale in Locale::ALL {
            let message = refused(document).message(locale);
            assert!(!message.contains("at line 1 column"), "{message}");
            assert!(message.matches(" line ").count() <= 1, "{message}");
        }
    }
}

#[test]
fn no_message_echoes_a_long_text() {
    let long = "x".repeat(10_000_000);
    let mut config = Config::default();
    let errors = [
        Config::from_json(&only("algorithm", json!(long))).unwrap_err(),
        Config::from_json(&only(&long, json!(1))).unwrap_err(),
        Config::from_json(&only("seed", json!(long))).unwrap_err(),
        Config::from_json(&format!(r#"{{"{long}": 1, "{long}": 1}}"#)).unwrap_err(),
        config.set(&long, json!(1)).unwrap_err(),
        config.set("algorithm", json!(long)).unwrap_err(),
        Pretrained::from_json(&json!({ "config": {}, "iteration": long, "theta": [] }).to_string()).unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().chars().count() < 400, "{error:.500}");
    }
    let state = json!({ "version": 1, "document": long }).to_string();
    assert!(PageState::from_json(&state).unwrap_err().to_string().chars().count() < 400);
}

#[test]
fn intervals_are_in_order() {
    let cases = [
        ("tasks.amplitude", 2.5, 2.0),
        ("tasks.phase", 1.5, 0.5),
        ("tasks.frequency", 2.5, 2.25),
        ("tasks.x", 3.5, -3.25),
    ];
    for (path, low, high) in cases {
        refused_for(&only(path, json!([low, high])), path, &[&low.to_string(), &high.to_string()]);
        let equal = Config::from_json(&only(path, json!([low, low])));
        assert_eq!(equal.is_ok(), path != "tasks.x", "a point has no grid, yet one amplitude or phase is a task");
    }
}

#[test]
fn draws_without_repeats_fit_the_grid() {
    refused_for(r#"{"tasks": {"grid": 9}}"#, "inner.batch", &["10", "9"]);
    refused_for(r#"{"inner": {"batch": 51}}"#, "inner.batch", &["51", "50"]);
    refused_for(r#"{"eval": {"shots": 51}}"#, "eval.shots", &["51", "50"]);
    assert!(Config::from_json(r#"{"inner": {"batch": 50}, "eval": {"shots": 50}}"#).is_ok());
}

#[test]
fn a_document_without_the_later_fields_means_what_it_did() {
    // Every x that a document may have, however its grid lies.
    for x in [[-20.0, 20.0], [6.0, 19.0], [-20.0, -10.0], [0.0, 0.001]] {
        let document = json!({ "tasks": { "x": x, "grid": 50 }, "inner": { "batch": 50 }, "eval": { "shots": 50 } });
        let config = Config::from_value(&document).unwrap();
        assert_eq!(task::support_range(&config.tasks), 0..50, "{x:?}");
    }
    let tasks = Config::default().tasks;
    assert_eq!((tasks.family, tasks.only_family()), (Families::One(Family::Sinusoid), Some(Family::Sinusoid)));
    assert_eq!((tasks.frequency, tasks.weights), ([1.0, 1.0], [1.0; 6]));
    let outer = Config::from_json(PAPER).unwrap().outer;
    assert_eq!((outer.layers, outer.stop), (vec![], StopRules { update: 0.0, patience: 0 }));
}

#[test]
fn every_layer_has_a_factor_or_none_has() {
    let of = |hidden: Value, layers: Value| json!({ "model": { "hidden": hidden }, "outer": { "layers": layers } });
    let config = Config::from_value(&of(json!([64, 64]), json!([0, 0.5, 1]))).unwrap();
    assert_eq!(config.layer_factors(), [0.0, 0.5, 1.0]);
    assert_eq!(Config::default().layer_factors(), [1.0; 3]);
    for (hidden, layers, needed) in [
        (json!([64, 64]), json!([1, 1]), "3"),
        (json!([5]), json!([1, 1, 1]), "2"),
        (json!([5, 5, 5, 5]), json!([1]), "5"),
    ] {
        refused_for(&of(hidden, layers).to_string(), "outer.layers", &[needed]);
    }
    refused_for(&of(json!([5]), json!(vec![1; 100_000])).to_string(), "outer.layers", &["2"]);
}

#[test]
fn factors_follow_the_layers_of_the_network() {
    let mut config = Config::default();
    config.set("outer.layers", json!([0, 0.5, 2])).unwrap();
    let mut after = |hidden: &[u64]| {
        config.set("model.hidden", json!(hidden)).unwrap();
        config.layer_factors()
    };
    assert_eq!(after(&[9, 8, 7]), [0.0, 0.5, 1.0, 2.0], "a new hidden layer learns, and the output keeps its factor");
    assert_eq!(after(&[9]), [0.0, 2.0]);
    assert_eq!(after(&[8]), [0.0, 2.0], "another width");
    assert!(config.set("outer.layers", json!([1])).is_err(), "a list of another length is no wish for another network");
    config.set("outer.layers", json!([1, 1])).unwrap();
    assert_eq!(config, Config { model: config.model.clone(), ..Config::default() }, "all one is the same as none");
}

#[test]
fn every_family_is_a_choice_and_a_weight() {
    for &family in Family::ALL {
        let config = Config::from_value(&json!({ "tasks": { "family": family.name() } })).unwrap();
        assert_eq!(config.tasks.family.only(), Some(family));
        assert_eq!((json!(family), json!(config.tasks.family)), (json!(family.name()), json!(family.name())));
        assert_eq!(Family::of_name(family.name()), Some(family));
    }
    let mixture = Config::from_json(r#"{"tasks": {"family": "mixture", "weights": [0, 2, 0, 0, 0.5, 0]}}"#).unwrap();
    assert_eq!(mixture.tasks.families().collect::<Vec<_>>(), [Family::Line, Family::Square]);
    assert_eq!((mixture.tasks.family.only(), Family::of_name("mixture")), (None, None));
    refused_for(r#"{"tasks": {"family": "mixture", "weights": [0, 0, 0, 0, 0, 0]}}"#, "tasks.weights", &["0"]);
    refused_for(r#"{"tasks": {"weights": [1, 1, 1, 1, -1, 1]}}"#, "tasks.weights", &["-1", "0", "100"]);
    refused_for(r#"{"tasks": {"weights": [1, 1, 1, 1, 1]}}"#, "tasks.weights", &["6"]);
    refused_for(r#"{"tasks": {"family": "Square"}}"#, "tasks.family", &["Square", "square", "mixture"]);
    refused_for(r#"{"tasks": {"frequency": [0, 1]}}"#, "tasks.frequency", &["0.1", "4"]);
}

#[test]
fn support_comes_from_a_part_of_x_that_has_enough_points() {
    // Of 50 points on [-5, 5], 25 lie below 0, and none between 0 and 0.1.
    let of_half = |rest: Value| {
        let mut document = json!({ "tasks": { "shots": [-5, 0] } });
        document.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        document.to_string()
    };
    let fits = of_half(json!({ "inner": { "batch": 25 }, "eval": { "shots": 25 } }));
    assert_eq!(task::support_range(&Config::from_json(&fits).unwrap().tasks), 0..25);
    refused_for(&of_half(json!({ "inner": { "batch": 26 } })), "inner.batch", &["26", "25"]);
    refused_for(&of_half(json!({ "eval": { "shots": 26 } })), "eval.shots", &["26", "25"]);
    refused_for(r#"{"tasks": {"shots": [0, 0.1]}}"#, "tasks.shots", &["0", "0.1"]);
    refused_for(r#"{"tasks": {"shots": [6, 7]}}"#, "tasks.shots", &["6", "7"]);
    refused_for(r#"{"tasks": {"shots": [2, 1]}}"#, "tasks.shots", &["2", "1"]);
    let one = r#"{"tasks": {"shots": [5, 5]}, "inner": {"batch": 1}, "eval": {"shots": 1}}"#;
    assert_eq!(task::support_range(&Config::from_json(one).unwrap().tasks), 49..50);
    let mut half = Config::from_json(&fits).unwrap();
    half.tasks.shots = [-5.0, -4.0];
    assert_eq!(half.with_algorithm(Algorithm::Maml).inner.batch, 5, "another algorithm's minibatch fits too");
}

#[test]
fn settings_of_families_count_where_they_make_a_difference() {
    let uses = |family: &str, path: &str| {
        let weights = [0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        Config::from_value(&json!({ "tasks": { "family": family, "weights": weights } })).unwrap().uses(path)
    };
    for &family in Family::ALL {
        assert!(!uses(family.name(), "tasks.weights"));
        assert_eq!(uses(family.name(), "tasks.frequency"), family.is_periodic());
    }
    assert!(uses("mixture", "tasks.weights") && !uses("mixture", "tasks.frequency"), "of lines and quadratics only");
}

#[test]
fn hostile_documents_are_refused() {
    let long = "[".to_owned() + &"9, ".repeat(100_000) + "9]";
    let not_json = [
        String::new(),
        "{".into(),
        "{} {}".into(),
        "{'seed': 1}".into(),
        r#"{"seed": NaN}"#.into(),
        r#"{"seed": 1e400}"#.into(),
        r#"{"inner": {"learning_rate": -Infinity}}"#.into(),
        r#"{"seed": 0x10}"#.into(),
        r#"{"seed": 01}"#.into(),
        "{\"\\ud800\": 1}".into(),
        "[".repeat(100_000),
        r#"{"tasks":"#.repeat(100_000),
    ];
    for document in &not_json {
        assert!(matches!(refused(document), ConfigError::Syntax { line: 1, .. }), "{document:.80}");
    }
    let wrong = [
        ("null".into(), "document"),
        ("[]".into(), "document"),
        ("3".into(), "document"),
        (r#""{}""#.into(), "document"),
        (r#"{"seed": -0}"#.into(), "seed"),
        (r#"{"seed": -1}"#.into(), "seed"),
        (r#"{"seed": 9007199254740992}"#.into(), "seed"),
        (r#"{"seed": 18446744073709551616}"#.into(), "seed"),
        (r#"{"inner": null}"#.into(), "inner"),
        (r#"{"inner": [{"steps": 3}]}"#.into(), "inner"),
        (r#"{"inner": {"learning_rate": 0}}"#.into(), "inner.learning_rate"),
        (r#"{"inner": {"learning_rate": 1e-400}}"#.into(), "inner.learning_rate"),
        (r#"{"tasks": {"noise": -1e-320}}"#.into(), "tasks.noise"),
        (r#"{"eval": {"tasks": 1}}"#.into(), "eval.tasks"),
        (r#"{"model": {"hidden": {"0": 64}}}"#.into(), "model.hidden"),
        (r#"{"outer": {"stop": 3}}"#.into(), "outer.stop"),
        (r#"{"outer": {"stop": {"updates": 3}}}"#.into(), "outer.stop.updates"),
        (r#"{"outer": {"stop": {"patience": -1}}}"#.into(), "outer.stop.patience"),
        (format!(r#"{{"model": {{"hidden": {long}}}}}"#), "model.hidden"),
        (format!(r#"{{"tasks": {{"x": {long}}}}}"#), "tasks.x"),
        (format!(r#"{{"version": {long}}}"#), "version"),
        (format!(r#"{{"algorithm": "{long}"}}"#), "algorithm"),
        (format!(r#"{{"algorithm": {}1{}}}"#, "[".repeat(100), "]".repeat(100)), "algorithm"),
    ];
    for (document, field) in &wrong {
        refused_for(document, field, &[]);
    }
    let error = refused(&format!(r#"{{"{long}": 1}}"#));
    assert!(matches!(error, ConfigError::UnknownField { .. }), "{error}");
    for document in ["{\"a\\nb\": 1}", "{\"algorithm\": \"a\\nb\"}"] {
        assert_eq!(refused(document).to_string().lines().count(), 1);
    }
}

/// Readers do not agree on which of two equal names counts.
#[test]
fn a_repeated_field_is_an_error_that_says_where() {
    refused_for("{\"seed\": -1,\n \"seed\": 4}", "seed", &["2", "7"]);
    refused_for(r#"{"inner": {"steps": 7, "batch": 9}, "inner": {"batch": 3}}"#, "inner", &["1"]);
    refused_for(r#"{"inner": {"steps": 7, "st\u0065ps": 7}}"#, "inner.steps", &["1"]);
    assert!(matches!(refused(r#"{"seed": 1, "seed": 1}"#), ConfigError::Repeated { .. }), "even with the same value");
}

#[test]
fn a_syntax_error_says_where() {
    let error = refused("{\n  \"seed\": 1,\n  \"inner\": }\n");
    assert!(matches!(error, ConfigError::Syntax { line: 3, column: 12, .. }), "{error:?}");
}

#[test]
fn one_field_changes_or_nothing() {
    let mut config = Config::default();
    config.set("inner.steps", json!(7)).unwrap();
    assert_eq!((config.inner.steps, config.get("inner.steps")), (7, Some(json!(7))));
    let before = config.clone();
    let faults = [
        ("inner.steps", json!(0), "inner.steps"),
        ("tasks.grid", json!(9), "inner.batch"),
        ("inner.stepz", json!(1), "inner.stepz"),
        ("", json!({}), ""),
    ];
    for (path, value, field) in faults {
        assert_eq!(config.set(path, value).unwrap_err().field(), Some(field));
        assert_eq!(config, before);
    }
    let error = config.set("inner.stepz", json!(1)).unwrap_err();
    assert!(error.to_string().contains("batch"), "names the fields that stand there: {error}");
    assert_eq!(config.get("inner.stepz"), None);
}

#[test]
fn another_network_or_seed_begins_again() {
    let changes = [
        ("model.hidden", json!([3]), true),
        ("model.activation", json!("relu"), true),
        ("seed", json!(1), true),
        ("inner.steps", json!(3), false),
        ("outer.optimizer", json!("adam"), false),
        ("tasks.amplitude", json!([1, 2]), false),
    ];
    for (path, value, restarts) in changes {
        let mut next = Config::default();
        next.set(path, value).unwrap();
        assert_eq!(Config::default().restarts(&next), restarts, "{path}");
    }
}

const WORDS: &[&str] = &["sgd", "adam", "tanh", "linear", "sinusoid", "reptile", "", "null"];

#[test]
fn a_pretrained_theta_reads_back_with_its_config_which_is_checked() {
    let theta = [0.1, -1e-30, f32::MAX, f32::from_bits(1), -0.0, 1.0 / 3.0];
    let pretrained = Pretrained::new(Preset::Fine.config(), 17, &theta);
    assert_eq!(Pretrained::from_json(&pretrained.to_json()), Ok(pretrained));
    let error = Pretrained::from_json(r#"{"config": {"seed": -1}, "iteration": 0, "theta": []}"#).unwrap_err();
    assert_eq!(error.field(), Some("seed"));
    for document in ["{}", "[]", r#"{"config": {}, "iteration": 0, "theta": [1e99]}"#, r#"{"config": {}, "theta": []}"#]
    {
        assert!(Pretrained::from_json(document).is_err(), "{document}");
    }
}

#[test]
fn every_preset_has_a_pretrained_theta_of_its_own_kind() {
    for preset in Preset::ALL {
        let path = format!("{}/assets/{}", env!("CARGO_MANIFEST_DIR"), address(preset));
        let document = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let Pretrained { config, iteration, theta } = Pretrained::from_json(&document).expect("a good document");
        assert_eq!(Preset::of(&config), Some(preset));
        assert_eq!(iteration, config.outer.iterations);
        assert_eq!(theta.len(), Network::new(&config.model).parameters());
    }
}

/// Any JSON at all, a few levels deep, with the document's own names among its names.
fn any_json() -> impl Strategy<Value = Value> {
    let names = ["version", "seed", "tasks", "model", "algorithm", "inner", "outer", "eval"];
    let fields = parameters().map(|parameter| parameter.path.rsplit('.').next().unwrap_or_default());
    let names: Vec<String> = fields.chain(names).map(str::to_owned).chain([String::new()]).collect();
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-3..300_i64).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(WORDS).prop_map(Value::from),
        ".{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from);
        let fields = proptest::collection::vec((select(names.clone()), inner), 0..6);
        prop_oneof![list, fields.prop_map(|fields| Value::Object(fields.into_iter().collect()))]
    })
}

/// A document whose fields are mostly left out and mostly within their ranges.
fn near_miss() -> impl Strategy<Value = Value> {
    let field = |range: Range| match range {
        Range::Integer { min, max } => prop_oneof![min..=max, min..=max.min(200)].prop_map(|n| json!(n)).boxed(),
        Range::Real { min, max, .. } => (min..=max).prop_map(|x| json!(x)).boxed(),
        Range::Interval { min, max, .. } => [min..=max, min..=max]
            .prop_map(|mut ends| {
                ends.sort_by(f64::total_cmp);
                json!(ends)
            })
            .boxed(),
        Range::Choice(words) => select(words).prop_map(|word| json!(word.name)).boxed(),
        Range::Integers { min, max, shortest, longest } => {
            proptest::collection::vec(min..=max, shortest..=longest).prop_map(|list| json!(list)).boxed()
        }
        Range::Numbers { min, max, of, .. } => {
            proptest::collection::vec(min..=max, of.len()).prop_map(|list| json!(list)).boxed()
        }
        Range::Layers { min, max, .. } => {
            prop_oneof![Just(vec![]), proptest::collection::vec(min..=max, 3)].prop_map(|list| json!(list)).boxed()
        }
    };
    let fields: Vec<_> = parameters()
        .map(|parameter| {
            proptest::option::weighted(0.4, field(parameter.range)).prop_map(|value| (parameter.path, value))
        })
        .collect();
    fields.prop_map(|fields| {
        let mut document = json!({});
        for (path, value) in fields {
            match (path.split_once('.'), value) {
                (_, None) => {}
                (None, Some(value)) => document[path] = value,
                (Some(("outer", "stop.update")), Some(value)) => document["outer"]["stop"]["update"] = value,
                (Some(("outer", "stop.patience")), Some(value)) => document["outer"]["stop"]["patience"] = value,
                (Some((group, name)), Some(value)) => document[group][name] = value,
            }
        }
        document
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        if let Err(error) = Config::from_json(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_json_is_read_or_refused(document in any_json()) {
        match Config::from_json(&document.to_string()) {
            Ok(config) => prop_assert_eq!(Config::from_json(&config.to_json()), Ok(config)),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn what_is_accepted_reads_back_equal(document in near_miss()) {
        match Config::from_value(&document) {
            Ok(config) => {
                prop_assert_eq!(Config::from_json(&config.to_json()), Ok(config.clone()));
                prop_assert_eq!(config.clone().checked(), Ok(config));
            }
            Err(error) => {
                let relations =
                    ["inner.batch", "eval.shots", "inner.optimizer", "outer.layers", "outer.meta_batch", "tasks.shots"];
                prop_assert!(error.field().is_some_and(|field| relations.contains(&field)), "{}", error);
            }
        }
    }
}

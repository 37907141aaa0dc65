//! The present run as a program in `PyTorch`: what is in it and what is not; that it is Python; and, where there is torch,
//! that it comes to what the lab comes to.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};

use pollster::block_on;
use reptile_lab::app::pytorch::program;
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::evaluation::{Curve, EvalOptimizer, HeldOut};
use reptile_lab::domain::inner_optimizer::map::Map;
use reptile_lab::domain::inner_optimizer::{InnerOptimizer, InnerState};
use reptile_lab::domain::outer_optimizer::OuterOptimizer;
use reptile_lab::domain::schedule::Schedule;
use reptile_lab::domain::task::family::{Families, Family};
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::train::run;
use serde_json::{Value, json};

/// Configs in which every choice goes together with every other one that the program knows of it.
fn configs() -> Vec<Config> {
    let mut configs = vec![];
    let families = || Families::ALL.iter().cycle();
    let (mut families, mut activations) = (families(), Activation::ALL.iter().cycle());
    let mut maps = Map::ALL.iter().cycle();
    for &algorithm in Algorithm::ALL {
        for &inner in InnerOptimizer::ALL {
            for &optimizer in OuterOptimizer::ALL {
                for &schedule in Schedule::ALL {
                    let number = configs.len();
                    let mut config = Preset::Fast.config().with_algorithm(algorithm);
                    config.tasks.family = *families.next().expect("they go round");
                    config.model.activation = *activations.next().expect("they go round");
                    config.inner.optimizer = inner;
                    config.inner.map = *maps.next().expect("they go round");
                    (config.outer.optimizer, config.outer.schedule) = (optimizer, schedule);
                    config.outer.meta_batch = 1 + number % 3;
                    let every = |count: usize| number % count == 0;
                    if every(2) {
                        config.inner.state = InnerState::Carry;
                    }
                    if every(3) {
                        config.outer.layers = vec![1.0, 0.5, 0.0];
                        config.tasks.frequency = [0.5, 2.0];
                    }
                    if every(5) {
                        config.tasks.shots = [-5.0, 0.0];
                        config.tasks.noise = 0.25;
                    }
                    if every(7) {
                        (config.outer.stop.update, config.outer.stop.patience) = (0.01, 3);
                    }
                    if every(11) {
                        config.inner.steps = 7;
                        config.inner.batch = 11;
                        config.eval.optimizer = EvalOptimizer::One(InnerOptimizer::Rmsprop);
                    }
                    configs.extend(config.checked());
                }
            }
        }
    }
    configs
}

/// The words of a text.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect()
}

#[test]
fn a_program_defines_what_it_uses_and_nothing_else() {
    let configs = configs();
    assert!(configs.len() > 250, "{}", configs.len());
    let all: Vec<String> = configs.iter().map(program).collect();
    let defined = |text: &str| -> Vec<String> {
        let names = text.lines().filter_map(|line| {
            let name = line.strip_prefix("def ").and_then(|rest| rest.split_once('(')).map(|(name, _)| name);
            let is_capital = |letter: u8| letter.is_ascii_uppercase() || letter == b'_';
            let is_constant = |name: &&str| *name == "observe" || name.bytes().all(is_capital);
            name.or_else(|| line.split_once(" = ").map(|(name, _)| name).filter(is_constant))
        });
        names.map(str::to_owned).collect()
    };
    let every: BTreeSet<String> = all.iter().flat_map(|text| defined(text)).collect();
    for (config, text) in configs.iter().zip(&all) {
        let defined = defined(text);
        let unique: BTreeSet<&String> = defined.iter().collect();
        for name in every.iter().filter(|name| name.len() > 2) {
            let is_used = words(text).contains(name.as_str());
            assert_eq!(is_used, unique.contains(name), "{name}: {config:?}\n{text}");
            // More than where it is defined.
            let uses =
                text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| word == name);
            assert!(!is_used || uses.count() > 1, "{name} is not used\n{text}");
        }
        assert!(!text.contains('$') && text.ends_with("print(json.dumps(report))\n"), "{text}");
        let lines = text.lines().filter(|line| !line.is_empty()).count();
        assert!(lines <= 170 && text.lines().all(|line| line.chars().count() <= 120), "{lines}: {text}");
        assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
    }
}

#[test]
fn what_a_config_does_not_use_is_not_in_its_program() {
    let text = program(&Preset::Paper.config());
    for word in ["adam", "momentum", "query", "fraction", "noise)", "FACTORS", "best", "multinomial", "create_graph"] {
        assert!(!text.contains(word) || word == "noise)", "{word}");
    }
    assert!(text.contains("theta = [p + epsilon * (q.mean(0) - p) for p, q in zip(theta, phi)]"));
    for family in Family::ALL {
        let mut config = Config::default();
        config.tasks.family = Families::One(*family);
        let is_of_fractions = matches!(family, Family::Sawtooth | Family::Square | Family::Triangle);
        assert_eq!(program(&config).contains("def fraction"), is_of_fractions, "{family:?}");
    }
}

#[test]
fn programs_are_those_that_were_read_and_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let maml = Config::default().with_algorithm(Algorithm::Maml);
    for (name, config) in [("program_fast.py", Preset::Fast.config()), ("program_maml.py", maml)] {
        let path = folder.join(name);
        if !path.exists() {
            std::fs::write(&path, program(&config)).expect("it is written");
        }
        let golden = std::fs::read_to_string(&path).expect("it is there");
        assert!(
            program(&config) == golden,
            "{name} is another one: delete the file, run this test again, read what it writes"
        );
    }
}

fn python() -> String {
    std::env::var("REPTILE_LAB_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Runs Python with a text on its standard input; what it prints.
fn run_python(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(python());
    let spawned = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut process = spawned.expect("Python runs: python3, or what REPTILE_LAB_PYTHON names");
    let mut stdin = process.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it is read");
    drop(stdin);
    let output = process.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Where there is no Python, `REPTILE_LAB_SKIP_PYTHON=1` has this skipped.
#[test]
fn every_program_is_python() {
    if std::env::var("REPTILE_LAB_SKIP_PYTHON").is_ok_and(|value| value == "1") {
        println!("skipped, as REPTILE_LAB_SKIP_PYTHON says");
        return;
    }
    let programs: Vec<String> = configs().iter().map(program).collect();
    let check = "import json, sys\nfor text in json.load(sys.stdin): compile(text, text[:60], 'exec')\nprint('good')";
    assert_eq!(run_python(&["-c", check], &json!(programs).to_string()).trim(), "good");
    let broken = json!(["def f(:\n"]).to_string();
    let found = std::panic::catch_unwind(|| run_python(&["-c", check], &broken));
    assert!(found.is_err(), "what is no Python is found");
}

/// The lab's own result.
fn lab(config: &Config) -> Curve {
    let mut train_state = TrainState::of(config);
    train_state.prepare(config);
    let mut cpu = Cpu::new(config, &train_state);
    let end = config.outer.iterations;
    block_on(run::train(&mut cpu, config, &mut train_state, end, |_| true)).expect("the CPU does not fail");
    let held_out = HeldOut::new(config, config.eval.tasks);
    let all = 0..held_out.len();
    let predictions = block_on(cpu.adapt(None, &held_out.adaptations(all.clone()))).expect("the CPU does not fail");
    held_out.curve(&held_out.errors(all, &predictions))
}

/// The program's result.
fn torch(config: &Config, seed: u64) -> Curve {
    let printed = run_python(&["-", &seed.to_string()], &program(config));
    let report: Value = serde_json::from_str(&printed).expect("one JSON object");
    serde_json::from_value(report["eval"].clone()).expect("a curve")
}

/// Mean, standard deviation and 95 % interval of the curves at a step.
fn at(curves: &[Curve], step: usize) -> [f64; 3] {
    let errors: Vec<f64> = curves.iter().map(|curve| curve.mean_mse[step]).collect();
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let squares = errors.iter().map(|error| (error - mean).powi(2)).sum::<f64>();
    let interval = curves.iter().map(|curve| curve.ci95[step]).sum::<f64>() / errors.len() as f64;
    [mean, (squares / (errors.len() as f64 - 1.0)).sqrt(), interval]
}

/// Short runs of every kind, of three seeds each: means agree within three standard deviations of the seeds, or 5 %, or the
/// 95 % interval that comes from the held-out tasks, which are others, whichever is larger.
#[test]
#[ignore = "needs a Python with torch, and half an hour"]
fn torch_comes_to_what_the_lab_comes_to() {
    let with = |change: fn(&mut Config)| {
        let mut config = Preset::Fast.config();
        config.outer.iterations = 1000;
        change(&mut config);
        config.checked().expect("a Config")
    };
    let by = |algorithm: Algorithm, iterations| {
        let mut config = Config::default().with_algorithm(algorithm);
        config.outer.iterations = iterations;
        config
    };
    let cases: Vec<(&str, Config, Range<u64>)> = vec![
        ("fast, 2,000", Preset::Fast.config(), 1..4),
        ("MAML, 1,000", by(Algorithm::Maml, 1000), 1..4),
        ("first-order MAML, 1,000", by(Algorithm::Fomaml, 1000), 1..4),
        ("joint, 1,000", by(Algorithm::Joint, 1000), 1..4),
        ("none", by(Algorithm::None, 100), 1..4),
        (
            "inner Adam, relu",
            with(|config| {
                config.inner.optimizer = InnerOptimizer::Adam;
                config.inner.learning_rate = 0.005;
                config.eval.learning_rate = 0.005;
                config.model.activation = Activation::Relu;
            }),
            1..4,
        ),
        (
            "momentum, carried, n = 4, outer SGD",
            with(|config| {
                config.inner.optimizer = InnerOptimizer::Momentum;
                config.inner.learning_rate = 0.005;
                config.eval.optimizer = EvalOptimizer::One(InnerOptimizer::Sgd);
                config.inner.state = InnerState::Carry;
                config.outer.optimizer = OuterOptimizer::Sgd;
                config.outer.step_size = 0.5;
                config.outer.meta_batch = 4;
            }),
            1..4,
        ),
        (
            "sawtooth, f 0.5 to 1, gelu, cosine",
            with(|config| {
                config.tasks.family = Families::One(Family::Sawtooth);
                config.tasks.frequency = [0.5, 1.0];
                config.model.activation = Activation::Gelu;
                config.outer.schedule = Schedule::Cosine;
            }),
            1..4,
        ),
        (
            "mixture, noise, few shots, frozen layer, gd",
            with(|config| {
                config.tasks.family = Families::Mixture;
                config.tasks.noise = 0.2;
                config.tasks.shots = [-5.0, 2.0];
                config.inner.optimizer = InnerOptimizer::Gd;
                config.outer.layers = vec![1.0, 1.0, 0.0];
            }),
            1..4,
        ),
        (
            "asinh, adaptive, patience",
            with(|config| {
                config.inner.optimizer = InnerOptimizer::Mapped;
                config.outer.schedule = Schedule::Adaptive;
                config.outer.stop.patience = 20;
            }),
            1..4,
        ),
        ("paper, 30,000", Preset::Paper.config(), 1..4),
    ];
    let mut found = vec![];
    for (name, config, seeds) in cases {
        let ours: Vec<Curve> = seeds.clone().map(|seed| lab(&Config { seed, ..config.clone() })).collect();
        let theirs: Vec<Curve> = seeds.map(|seed| torch(&config, seed)).collect();
        println!("{name}: steps {:?}", ours[0].steps);
        for (who, curves) in [("lab  ", &ours), ("torch", &theirs)] {
            let row: Vec<String> = (0..ours[0].steps.len()).map(|step| format!("{:.3}", at(curves, step)[0])).collect();
            println!("    {who} {}", row.join("  "));
        }
        for step in 0..ours[0].steps.len() {
            let [mean, deviation, interval] = at(&ours, step);
            let [other, of_other, interval_of_other] = at(&theirs, step);
            let allowed = (3.0 * deviation.max(of_other)).max(0.05 * mean).max(interval.hypot(interval_of_other));
            if other.is_nan() || (other - mean).abs() > allowed {
                found.push(format!("{name}, step {step}: {other:.4}, expected {mean:.4} ± {allowed:.4}"));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

//! The native runner from outside: its output as REFERENCE pins it, and what it says of a bad document.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::pretrained::Pretrained;
use reptile_lab::domain::config::theta_file::{Origin, ThetaFile};
use reptile_lab::domain::provenance::Provenance;
use serde_json::{Value, json};

/// A small run that takes no time.
const SMALL: &str = r#"{
  "model": { "hidden": [6, 5] },
  "outer": { "optimizer": "adam", "step_size": 0.01, "iterations": 150, "meta_batch": 2 },
  "eval": { "tasks": 20, "steps": 8 }
}"#;

/// The runner, built as this test was: `cargo test --test headless` alone builds no example.
static RUNNER: LazyLock<PathBuf> = LazyLock::new(|| {
    let profile = if cfg!(debug_assertions) { "test" } else { "release" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--example", "headless", "--profile", profile]);
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo runs");
    assert!(built.success(), "the example builds");
    let here = std::env::current_exe().expect("a test has a path");
    let folder = here.parent().and_then(|deps| deps.parent()).expect("a test lies in deps");
    folder.join("examples").join(format!("headless{}", std::env::consts::EXE_SUFFIX))
});

/// Runs it with a document on standard input.
fn run(document: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(&*RUNNER);
    command.args(["--config", "-"]).args(arguments);
    let mut runner =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the runner starts");
    let mut input = runner.stdin.take().expect("a pipe");
    // A runner that refuses its arguments reads nothing.
    drop(input.write_all(document.as_bytes()));
    drop(input);
    runner.wait_with_output().expect("the runner ends")
}

/// The one JSON object on standard output.
fn report(document: &str, arguments: &[&str]) -> Value {
    let Output { status, stdout, stderr } = run(document, arguments);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    serde_json::from_slice(&stdout).expect("one JSON object")
}

/// The one line on standard error of a run that is refused.
fn refusal(document: &str, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = run(document, arguments);
    assert!(!status.success() && stdout.is_empty(), "{document} {arguments:?}");
    let text = String::from_utf8(stderr).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn a_run_prints_its_report() {
    let report = report(SMALL, &[]);
    let fields: Vec<&String> = report.as_object().expect("an object").keys().collect();
    let pinned = [
        "adapter",
        "backend",
        "eval",
        "meta_iterations",
        "meta_iterations_per_second",
        "stopped",
        "theta_sha256",
        "train_seconds",
    ];
    assert_eq!(fields, pinned);
    assert_eq!((&report["backend"], &report["meta_iterations"]), (&json!("cpu"), &json!(150)));
    assert_eq!(report["stopped"], Value::Null);
    assert_eq!(report["eval"]["steps"], json!([0, 1, 2, 4, 8]));
    for curve in ["mean_mse", "ci95"] {
        let curve = report["eval"][curve].as_array().expect("a list");
        assert!(curve.len() == 5 && curve.iter().all(|value| value.as_f64().is_some_and(|value| value > 0.0)));
    }
    for number in ["train_seconds", "meta_iterations_per_second"] {
        assert!(report[number].as_f64().is_some_and(|number| number > 0.0), "{report}");
    }
    let digest = report["theta_sha256"].as_str().expect("a text");
    assert!(digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
}

#[test]
fn options_choose_the_backend_the_length_and_the_seed() {
    let whole = report(SMALL, &[]);
    assert_eq!(report(SMALL, &["--seed", "0", "--iterations", "150"])["theta_sha256"], whole["theta_sha256"]);
    let shorter = report(SMALL, &["--iterations", "149"]);
    assert_eq!(shorter["meta_iterations"], 149);
    assert_ne!(shorter["theta_sha256"], whole["theta_sha256"]);
    assert_ne!(report(SMALL, &["--seed", "1"])["theta_sha256"], whole["theta_sha256"]);
    let reference = report(SMALL, &["--backend", "reference"]);
    assert_eq!(reference["backend"], "reference");
    let errors = [&whole, &reference].map(|report| report["eval"]["mean_mse"][4].as_f64().expect("a number"));
    assert!((errors[0] / errors[1] - 1.0).abs() < 0.01, "{errors:?}");
}

#[test]
fn a_run_that_stops_says_where_and_why() {
    let mut document: Value = serde_json::from_str(SMALL).expect("JSON");
    document["outer"]["stop"] = json!({ "update": 10.0 });
    let stopped = report(&document.to_string(), &["--threads", "2"]);
    // Of 150 meta-iterations, every tenth is checked.
    assert_eq!((&stopped["meta_iterations"], &stopped["stopped"]), (&json!(10), &json!("update")));
    assert_eq!(stopped["theta_sha256"], report(SMALL, &["--iterations", "10"])["theta_sha256"]);
    document["outer"]["stop"] = json!({ "patience": 2 });
    document["outer"]["step_size"] = json!(1e-5);
    let stopped = report(&document.to_string(), &[]);
    assert_eq!((&stopped["meta_iterations"], &stopped["stopped"]), (&json!(30), &json!("patience")));
}

#[test]
fn theta_has_its_pinned_bits() {
    let document = r#"{ "eval": { "tasks": 2, "steps": 1 } }"#;
    // As `paper` in tests/determinism.rs.
    let pinned = "4ce1ade4dbd6eb67a0383dd9122a43826c01143aa5d527b0340053cac937c078";
    assert_eq!(report(document, &["--iterations", "20"])["theta_sha256"], pinned);
}

/// A file of this test.
fn temporary(name: &str) -> String {
    format!("{}/headless-{}-{name}", env!("CARGO_TARGET_TMPDIR"), std::process::id())
}

#[test]
fn a_theta_is_saved_and_begun_with() {
    let [first, second, json] = ["first", "second", "json"].map(temporary);
    let whole = report(SMALL, &["--save-theta", &first, "--save-pretrained", &json]);
    let bytes = std::fs::read(&first).expect("it was written");
    let file = ThetaFile::open(&bytes).expect("a file");
    let Origin { config, iteration, provenance } = file.origin().expect("what made it").expect("it is there");
    assert_eq!((&config, iteration), (&Config::from_json(SMALL).expect("a document"), 150));
    assert_eq!(provenance, Provenance::default().after(config.algorithm, &config.tasks, 150));
    let pretrained = std::fs::read_to_string(&json).expect("it was written");
    let pretrained = Pretrained::from_json(&pretrained).expect("a document");
    assert_eq!(file.theta(&config.model).expect("θ"), pretrained.theta);
    // Nothing is trained: the same θ, and so the same errors.
    let evaluated = report(SMALL, &["--theta", &first, "--iterations", "0"]);
    for field in ["theta_sha256", "eval"] {
        assert_eq!(evaluated[field], whole[field]);
    }
    assert_eq!(evaluated["meta_iterations"], 0);
    // Meta-iterations 0 to 39 of the document, by another seed and from another θ than the random start.
    let again = report(SMALL, &["--theta", &first, "--iterations", "40", "--seed", "7", "--save-theta", &second]);
    assert_eq!(again["meta_iterations"], 40);
    assert_ne!(again["theta_sha256"], report(SMALL, &["--iterations", "40", "--seed", "7"])["theta_sha256"]);
    let errors = [&again, &report(SMALL, &["--iterations", "0"])].map(|report| report["eval"]["mean_mse"][4].as_f64());
    assert!(errors[0] < errors[1], "{errors:?}");
    let bytes = std::fs::read(&second).expect("it was written");
    let origin = ThetaFile::open(&bytes).and_then(|file| file.origin()).expect("what made it").expect("it is there");
    assert_eq!((origin.config.seed, origin.iteration), (7, 40));
    assert_eq!(origin.provenance, Provenance::default().after(config.algorithm, &config.tasks, 190));
    // Of another network.
    let line = refusal("{}", &["--theta", &first]);
    assert!(line.contains(&first) && line.contains("layers.0.weight") && line.contains("[64, 1]"), "{line}");
    let line = refusal(SMALL, &["--theta", &json]);
    assert!(line.contains(&json) && line.contains("safetensors"), "{line}");
    for file in [first, second, json] {
        std::fs::remove_file(file).expect("it is there");
    }
}

/// Steps so large that θ, or φ of a held-out task, is soon no number.
#[test]
fn a_run_that_diverges_says_so_and_fails() {
    let mut document: Value = serde_json::from_str(SMALL).expect("JSON");
    document["inner"] = json!({ "learning_rate": 10.0 });
    document["outer"] = json!({ "optimizer": "sgd", "step_size": 2.0, "iterations": 150 });
    document["tasks"] = json!({ "noise": 10.0 });
    let said = diverged(&document.to_string());
    assert!(said.contains("training diverged within 150 meta-iterations"), "{said}");
    let mut document: Value = serde_json::from_str(SMALL).expect("JSON");
    document["model"] = json!({ "hidden": [64, 64], "activation": "relu" });
    document["eval"] = json!({ "tasks": 20, "steps": 128, "learning_rate": 10.0 });
    document["outer"]["iterations"] = json!(1);
    let said = diverged(&document.to_string());
    assert!(said.contains("evaluation diverged: after"), "{said}");
}

/// The last line on standard error of a run that diverges: progress stands before it.
fn diverged(document: &str) -> String {
    let Output { status, stdout, stderr } = run(document, &[]);
    let text = String::from_utf8(stderr).expect("text");
    assert!(!status.success() && stdout.is_empty(), "{text} {}", String::from_utf8_lossy(&stdout));
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn help_names_every_option() {
    let Output { status, stdout, .. } = run("", &["--help"]);
    let text = String::from_utf8(stdout).expect("text");
    assert!(status.success(), "{text}");
    let options = ["--config", "--backend", "--iterations", "--seed", "--threads"];
    for option in options.into_iter().chain(["--theta", "--save-theta", "--save-pretrained"]) {
        assert!(text.contains(option), "{option}: {text}");
    }
}

#[test]
fn a_document_is_read_as_the_page_reads_it() {
    let written = SMALL.replace("150", "1.5e2").replace("20,", "20.0,");
    let whole = report(SMALL, &[]);
    assert_eq!(report(&format!("\u{feff}{written}"), &[])["theta_sha256"], whole["theta_sha256"]);
}

#[test]
fn what_is_wrong_is_said_in_one_line_that_names_it() {
    let large = " ".repeat(2_000_000);
    let cases: [(&str, &[&str], &str); 14] = [
        (r#"{"seed": 1, "seed": 1}"#, &[], "seed"),
        (&large, &[], "1048576"),
        (r#"{"inner": {"steps": 0}}"#, &[], "inner.steps"),
        (r#"{"inner": {"stepz": 1}}"#, &[], "inner.stepz"),
        (r#"{"algorithm": "a\nb"}"#, &[], "algorithm"),
        (r#"{"version": 2}"#, &[], "version"),
        ("{\n\n}}", &[], "line 3"),
        ("", &[], "line 1"),
        ("{}", &["--seed", "9007199254740992"], "seed"),
        ("{}", &["--iterations", "30001"], "--iterations"),
        ("{}", &["--iterations", "-1"], "-1"),
        ("{}", &["--backend", "tpu"], "cpu, gpu, reference"),
        ("{}", &["--config", "no/such/file.json"], "no/such/file.json"),
        ("{}", &["--theta", "no/such/file.safetensors"], "no/such/file.safetensors"),
    ];
    for (document, arguments, name) in cases {
        let line = refusal(document, arguments);
        assert!(line.contains(name), "{line}");
    }
}

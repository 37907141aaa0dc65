//! The scripting API, as it is pinned.

use serde_json::{Value, json};

use crate::{EN, visit};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(|number| number.as_f64().expect("a number")).collect()
}

#[test]
fn scripts_read_the_run_and_drive_it() {
    visit(async |page| {
        let ready = page.ready().await;
        assert_eq!(keys(&ready), ["adapter", "backend", "version"]);
        let status = page.lab("status", &[]).await;
        let pinned = [
            "adapter",
            "backend",
            "gradient_evaluations",
            "iteration",
            "iterations",
            "message",
            "meta_iterations_per_second",
            "operations",
            "provenance",
            "running",
            "shown",
            "step_size",
            "stopped",
            "training_seconds",
        ];
        assert_eq!(keys(&status), pinned);
        for method in ["start", "pause", "reset"] {
            assert_eq!(page.lab(method, &[]).await, Value::Null);
        }
        page.until_status("!status.running && status.iteration === 0").await;
        assert_eq!(page.lab("step", &[]).await, Value::Null);
        assert_eq!(page.status().await.iteration, 1);
        page.lab("step", &[json!(24)]).await;
        assert_eq!(page.status().await.iteration, 25);
        page.lab("start", &[]).await;
        page.find("button", EN.run_pause()).await;
        page.lab("pause", &[]).await;
        page.find("button", EN.run_train()).await;
        for name in ["cpu", "auto"] {
            page.lab("setBackend", &[name.into()]).await;
            assert_eq!(page.status().await.backend.as_deref(), Some("cpu"));
        }
    });
}

#[test]
fn scripts_read_and_replace_theta() {
    visit(async |page| {
        let kind = "reptileLab.theta().then((theta) => Object.prototype.toString.call(theta))";
        assert_eq!(page.promise(kind).await, "[object Float32Array]");
        let theta = page.theta().await;
        assert_eq!(theta.len(), 4353);
        let bound = 1.0 / 8.0;
        assert!(theta[..64].iter().all(|weight| weight.abs() <= 1.0) && theta[128..].iter().all(|w| w.abs() <= bound));

        let halved: Vec<f32> = theta.iter().map(|number| number / 2.0).collect();
        page.lab("setTheta", &[json!(halved)]).await;
        assert_eq!(page.theta().await, halved);
        page.promise("reptileLab.theta().then((theta) => reptileLab.setTheta(theta.map((w) => 2 * w)))").await;
        assert_eq!(page.theta().await, theta);
        for wrong in [json!([1.0, 2.0]), Value::Null, json!("theta")] {
            let refused = page.refused("setTheta", wrong).await;
            assert!(refused.starts_with("reptileLab.setTheta: theta: ") && refused.contains("4353"), "{refused}");
        }
        let refused = page.refused("setTheta", json!(vec!["one"; 4353])).await;
        assert_eq!(refused, format!("reptileLab.setTheta: {}", EN.error_theta_not_finite()));
        assert_eq!(page.theta().await, theta);
    });
}

#[test]
fn scripts_evaluate_and_adapt() {
    visit(async |page| {
        let mut config = page.config().await;
        config.eval.tasks = 50;
        page.set_config(&config).await;
        let curve = page.lab("evaluate", &[]).await;
        assert_eq!(keys(&curve), ["ci95", "mean_mse", "median_mse", "steps"]);
        assert_eq!(curve["steps"], json!([0, 1, 2, 4, 8, 16, 32]));
        for values in ["mean_mse", "ci95", "median_mse"] {
            let values = numbers(&curve[values]);
            assert!(values.len() == 7 && values.iter().all(|value| *value > 0.0 && *value < 20.0), "{values:?}");
        }

        let task = json!({ "amplitude": 2.0, "phase": 0.5 });
        let shots = json!([[-2.0, -1.99], [0.0, 0.96], [2.0, 1.2]]);
        let wanted = json!({ "task": task, "shots": shots, "steps": 3, "learning_rate": 0.02 });
        let adaptation = page.lab("adapt", &[wanted]).await;
        assert_eq!(keys(&adaptation), ["mse", "predictions", "steps"]);
        assert_eq!(adaptation["steps"], json!([0, 1, 2, 3]));
        assert_eq!(numbers(&adaptation["mse"]).len(), 4);
        let rows: Vec<Vec<f64>> = adaptation["predictions"].as_array().expect("rows").iter().map(numbers).collect();
        assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [50; 4]);
        // The error of the first row is what it says.
        let grid = (0..50).map(|i| -5.0 + 10.0 * f64::from(i) / 49.0);
        let squares = grid.zip(&rows[0]).map(|(x, y)| (2.0 * (x + 0.5).sin() - y).powi(2));
        let mse = squares.sum::<f64>() / 50.0;
        assert!((mse - numbers(&adaptation["mse"])[0]).abs() < 1e-3, "{mse}");
        // Left out, steps and learning rate are the Config's.
        let adaptation = page.lab("adapt", &[json!({ "task": task, "shots": shots })]).await;
        assert_eq!(numbers(&adaptation["mse"]).len(), 33);
        // A curve on the grid may stand for the task.
        let curve = vec![0.5; 50];
        let adaptation = page.lab("adapt", &[json!({ "curve": curve, "shots": shots, "steps": 0 })]).await;
        let mse = rows[0].iter().map(|y| (0.5 - y).powi(2)).sum::<f64>() / 50.0;
        assert!((mse - numbers(&adaptation["mse"])[0]).abs() < 1e-3, "{mse}");
    });
}

#[test]
fn what_scripts_do_wrong_is_said_and_changes_nothing() {
    visit(async |page| {
        let before = page.lab("getConfig", &[]).await;
        let with = |pointer: &str, value: Value| {
            let mut config = before.clone();
            *config.pointer_mut(pointer).expect("a field") = value;
            config
        };
        let mut unknown = before.clone();
        unknown["inner"]["lerning_rate"] = json!(0.1);
        let shuffled = json!({ "low": 5, "high": 1 });
        let documents = [
            (unknown, "inner.lerning_rate"),
            (with("/inner/learning_rate", json!(-0.1)), "inner.learning_rate"),
            (with("/outer/iterations", json!(0)), "outer.iterations"),
            (with("/model/hidden", json!([64, 64, 64, 64, 64])), "model.hidden"),
            (with("/model/activation", json!("swish")), "model.activation"),
            (with("/tasks/amplitude", json!([5.0, 0.1])), "tasks.amplitude"),
            (with("/tasks/phase", shuffled), "tasks.phase"),
            (with("/version", json!(2)), "version"),
            (json!("paper"), "document"),
            (Value::Null, "document"),
        ];
        for (document, field) in documents {
            let refused = page.refused("setConfig", document).await;
            assert!(refused.starts_with("reptileLab.setConfig: ") && refused.contains(field), "{field}: {refused}");
            assert_eq!(page.lab("getConfig", &[]).await, before);
        }

        let wrongs = [
            ("step", json!(0), "n: 0 is out of range; allowed: 1 to 2000"),
            ("step", json!(1.5), "n: 1.5"),
            ("step", json!(-1), "n: -1"),
            ("step", json!("two"), "n: \"two\""),
            ("step", json!(2001), "n: 2001"),
            ("setBackend", json!("tpu"), "backend: "),
            ("setBackend", Value::Null, "backend: "),
            ("adapt", json!({ "shots": [] }), "task"),
            ("adapt", json!({ "task": { "amplitude": 1, "phase": 0 }, "shots": [[1]] }), ""),
            ("adapt", json!({ "curve": [1, 2], "shots": [] }), "curve: 2 numbers, but the grid has 50"),
            ("adapt", json!({ "curve": vec![1e9; 50], "shots": [] }), "curve: "),
            ("adapt", json!({ "task": { "amplitude": 1, "phase": 0 }, "shots": [], "steps": 99_999 }), "steps: 99999"),
            ("adapt", json!({ "task": { "amplitude": 1e9, "phase": 0 }, "shots": [] }), "task.amplitude: "),
            ("adapt", json!({ "task": { "amplitude": 1, "phase": 0 }, "shots": [], "rate": 1 }), "rate"),
        ];
        for (method, argument, words) in wrongs {
            let refused = page.refused(method, argument.clone()).await;
            let whole = format!("{method}({argument}): {refused}");
            assert!(refused.starts_with(&format!("reptileLab.{method}: ")) && refused.contains(words), "{whole}");
        }
        let status = page.status().await;
        assert!(!status.running && status.iteration == 0, "{status:?}");
    });
}

#[test]
fn values_that_no_document_can_hold_are_named_and_no_promise_stays_pending() {
    visit(async |page| {
        let before = page.lab("getConfig", &[]).await;
        let theta = page.theta().await;
        let task = "task: { amplitude: 1, phase: 0 }";
        let wrongs = [
            ("setConfig(new Map())", "document: ", "Map"),
            ("setConfig(Promise.resolve({}))", "document: ", "Promise"),
            ("setConfig(Math)", "document: ", "Object"),
            ("setConfig(new Date())", "document: ", "Date"),
            ("setConfig({ seed: 5n })", "document.seed: ", "5n"),
            ("setConfig({ inner: { learning_rate: NaN } })", "document.inner.learning_rate: ", "NaN"),
            ("setConfig({ get seed() { throw new Error('no seed'); } })", "document.seed", "no seed"),
            ("step(5n)", "n: 5n", ""),
            ("step(new Proxy({}, { get() { throw new Error('trap'); } }))", "n: ", ""),
            ("setTheta(new Proxy([], { get() { throw new Error('trap'); } }))", "theta: ", "trap"),
            ("setTheta({ get [Symbol.iterator]() { throw new Error('no iterator'); } })", "theta: ", "no iterator"),
            ("setTheta(moved)", "theta: 0 numbers", ""),
            ("setTheta(new Proxy(new Float32Array(3), {}))", "theta: ", ""),
            ("twoTasks({ step_size: NaN })", "twoTasks.step_size: ", "NaN"),
            ("twoTasks({ number: Infinity })", "twoTasks.number: ", "Infinity"),
            (&format!("adapt({{ {task}, shots: [], learning_rate: NaN }})"), "adapt.learning_rate: ", "NaN"),
            (&format!("adapt({{ {task}, shots: [[NaN, 1]] }})"), "adapt.shots[0][0]: ", "NaN"),
            ("compare({ runs: [{}], iterations: NaN })", "compare.iterations: ", "NaN"),
            ("compare({ runs: [{}], seconds: Infinity })", "compare.seconds: ", "Infinity"),
            ("compare({ runs: [{}], iterations: -5 })", "iterations: -5", ""),
            ("compare({ runs: [{}], iterations: 5, seconds: 1 })", "budget: ", "iterations + seconds"),
            ("compare({ runs: [{}], seeds: 2 })", "seeds: ", "1, 3, 5"),
        ];
        let moved = "
            window.moved = new Float32Array(4353);
            structuredClone(moved, { transfer: [moved.buffer] });";
        page.script(moved, &[]).await;
        for (call, place, found) in wrongs {
            let called = format!("reptileLab.{call}.then(() => 'kept', (error) => error.message)");
            let refused = page.promise(&called).await;
            let refused = refused.as_str().expect("a text");
            let method = call.split('(').next().unwrap_or_default();
            assert!(refused.starts_with(&format!("reptileLab.{method}: {place}")), "{call}: {refused}");
            assert!(refused.contains(found), "{call}: {refused}");
        }
        assert_eq!(page.lab("getConfig", &[]).await, before);
        assert_eq!(page.theta().await, theta);
        page.lab("step", &[json!(1)]).await;
    });
}

#[test]
fn typed_arrays_are_taken_wherever_arrays_are() {
    visit(async |page| {
        const CONFIG: &str = "reptileLab.getConfig().then((config) => {
            config.model.hidden = new Uint8Array([8, 6]);
            config.tasks.amplitude = new Float64Array([0.5, 2]);
            return reptileLab.setConfig(config);
        })";
        page.promise(CONFIG).await;
        let config = page.config().await;
        assert_eq!((config.model.hidden, config.tasks.amplitude), (vec![8, 6], [0.5, 2.0]));
        let adapt = "reptileLab.adapt({
            curve: new Float32Array(50), shots: [new Float32Array([1, 0.5])], steps: 2,
        }).then((adapted) => adapted.mse.length)";
        assert_eq!(page.promise(adapt).await, 3);
        page.promise("Promise.all([reptileLab.step(10), reptileLab.step(10)])").await;
        assert_eq!(page.status().await.iteration, 20);
    });
}

#[test]
fn a_message_that_the_browser_does_not_pass_on_is_an_error_and_changes_nothing() {
    const REFUSE: &str = "
        window.post = Worker.prototype.postMessage;
        Worker.prototype.postMessage = () => { throw new Error('no room'); };";
    visit(async |page| {
        let before = page.lab("getConfig", &[]).await;
        page.script(REFUSE, &[]).await;
        for call in ["setConfig({})", "step(5)", "evaluate()", "theta()", "reset()", "setTheta([1])"] {
            let called = format!("reptileLab.{call}.then(() => 'kept', (error) => error.message)");
            let refused = page.promise(&called).await;
            assert!(refused.as_str().is_some_and(|refused| refused.contains("no room")), "{call}: {refused}");
        }
        page.script("Worker.prototype.postMessage = window.post;", &[]).await;
        assert_eq!(page.lab("getConfig", &[]).await, before);
        page.lab("step", &[json!(5)]).await;
    });
}

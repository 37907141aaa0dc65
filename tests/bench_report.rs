//! The benchmarks' report: ratios, targets and the table, from figures made up.

#[path = "../benches/compare/gpu.rs"]
mod gpu;
#[path = "../benches/compare/report.rs"]
#[allow(dead_code, reason = "the benchmark fills more of it")]
mod report;
#[path = "../benches/compare/size.rs"]
mod size;
#[path = "../benches/compare/table.rs"]
mod table;
#[path = "../benches/compare/targets.rs"]
mod targets;
#[path = "common/trained.rs"]
mod trained;
#[path = "../benches/compare/work.rs"]
#[allow(dead_code, reason = "the benchmark measures more of it")]
mod work;

use report::{Outcome, PageRun, Quantity, Report, Row, Size, median};
use targets::{Verdict, targets};

fn row(key: &str, meta_batch: usize, rates: Outcome<Vec<f64>>) -> Row {
    Row {
        key: key.to_owned(),
        subject: String::from("subject"),
        place: format!("at {key}"),
        quantity: Quantity::MetaIterations { meta_batch },
        cores: 1,
        limit: Some("limit.chromium"),
        ours: &[("chromium.cpu.one.1", "")],
        rates,
    }
}

fn measured(key: &str, rates: &[f64]) -> Row {
    row(key, 1, Outcome::Measured(rates.to_vec()))
}

fn report(rows: Vec<Row>) -> Report {
    let limit = Row { quantity: Quantity::Operations, limit: None, ours: &[], ..measured("limit.chromium", &[4e10]) };
    Report { operations_per_task: 1e6, rows: std::iter::once(limit).chain(rows).collect(), ..Report::default() }
}

fn verdict(report: &Report, what: &str) -> (Option<f64>, Verdict) {
    let targets = targets(report);
    let mut fitting = targets.iter().filter(|target| target.what.starts_with(what));
    let target = fitting.next().unwrap_or_else(|| panic!("no target {what:?} in {targets:#?}"));
    assert!(fitting.next().is_none(), "{what:?} is not one target");
    (target.value.measured().copied(), target.verdict())
}

#[test]
fn the_median_is_the_middle() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    assert!(median(&[]).is_nan());
}

#[test]
fn a_machine_that_slows_down_does_not_show_in_a_ratio() {
    let (ours, theirs) = (measured("a", &[100.0, 50.0, 10.0]), measured("b", &[10.0, 5.0, 1.0]));
    assert_eq!(Report::ratio(&ours, &theirs), Ok(10.0));
    let missing = row("c", 1, Outcome::Missing(String::from("not here")));
    for (over, under) in [(&ours, &missing), (&missing, &ours)] {
        assert!(Report::ratio(over, under).is_err_and(|reason| reason.contains("not here")));
    }
}

#[test]
fn rates_become_operations_and_shares() {
    let many = Row { cores: 2, ..row("many", 16, Outcome::Measured(vec![1000.0])) };
    let report = report(vec![many]);
    let many = report.row("many").expect("it is there");
    assert_eq!(many.speeds(), Some((1000.0, 16_000.0)));
    assert_eq!(report.operations(many), Some(1.6e10));
    assert_eq!(report.share_of_limit(many), Some(0.2));
}

#[test]
fn the_fastest_backend_is_what_is_compared_with() {
    let what = "Chromium, CPU, one worker, n = 1, against TensorFlow.js with automatic";
    let with = |ours: f64| {
        report(vec![
            measured("chromium.cpu.one.1", &[ours]),
            measured("tfjs.cpu.automatic.wasm", &[400.0]),
            measured("tfjs.cpu.automatic.cpu", &[100.0]),
            row("tfjs.cpu.automatic.webgl", 1, Outcome::Missing(String::from("no WebGL"))),
        ])
    };
    assert_eq!(verdict(&with(16_000.0), what), (Some(40.0), Verdict::NotMet));
    assert_eq!(verdict(&with(20_000.0), what), (Some(50.0), Verdict::Met));
    assert_eq!(verdict(&with(24_000.0), what), (Some(60.0), Verdict::Goal));
    let half = "Chromium, CPU, one worker, n = 1, against the limit";
    assert_eq!(verdict(&with(20_000.0), half), (Some(0.5), Verdict::Goal));
    assert_eq!(verdict(&with(10_000.0), half), (Some(0.25), Verdict::NotMet));
}

#[test]
fn what_was_not_measured_is_said_and_what_was_not_asked_for_is_not() {
    let missing = row("python.jax", 1, Outcome::Missing(String::from("no module named jax")));
    let report = report(vec![measured("native.cpu.one.1", &[1.0]), missing]);
    assert_eq!(verdict(&report, "native, one thread, n = 1, against JAX"), (None, Verdict::Unknown));
    assert_eq!(targets(&report).len(), 1);
    let text = table::markdown(&report);
    assert!(text.contains("not measured: no module named jax"), "{text}");
    assert!(!text.contains("Chromium, CPU"), "{text}");
}

#[test]
fn the_page_and_its_download_have_targets() {
    let page = |seconds: f64, long: usize| {
        Some(Outcome::Measured(PageRun {
            meta_iterations: 30_000,
            seconds: vec![seconds],
            long_tasks: vec![long + 1],
            long_tasks_without_waits: vec![long],
            frames_per_second: vec![60.0],
            first_paint: 200.0,
            ready: 400.0,
        }))
    };
    let later = vec![(String::from("gpu.wasm"), 80_000)];
    let file = |name: &str, bytes| vec![(String::from(name), bytes)];
    let size = |page, engine| {
        let (first_paint, engine) = (file("page.wasm", page), file("engine_bg.wasm", engine));
        Some(Outcome::Measured(Size { first_paint, engine, later: later.clone() }))
    };
    let good = Report { page: page(2.9, 0), size: size(329_999, 90_000), ..Report::default() };
    let bad = Report { page: page(3.0, 1), size: size(330_000, 90_000), ..Report::default() };
    let run = "the page, charts live: ";
    for (report, expected) in [(good, Verdict::Met), (bad, Verdict::NotMet)] {
        for what in [&format!("{run}the paper"), &format!("{run}tasks over 50 ms"), "download for", "download until"] {
            assert_eq!(verdict(&report, what).1, expected, "{what}");
        }
        assert_eq!(verdict(&report, &format!("{run}frames")).1, Verdict::NoTarget);
        assert_eq!(
            verdict(&report, "fetched later or in place of the engine: gpu.wasm"),
            (Some(80.0), Verdict::NoTarget)
        );
    }
}

#[test]
fn what_the_page_names_and_imports_is_downloaded_first() {
    let dist = std::env::temp_dir().join(format!("reptile-lab-size-{}", std::process::id()));
    let files = [
        ("index.html", "<script src='./main-1.js'></script><link href='./main-1.wasm'><script>worker.js</script>"),
        ("main-1.js", "import './main-1_split.js'"),
        ("main-1.wasm", "a wasm"),
        ("main-1_split.js", "fetch('main-1_late.wasm')"),
        ("main-1_late.wasm", "a later wasm"),
        ("worker.js", "import engine.js or engine-gpu.js"),
        ("engine.js", "a"),
        ("engine_bg.wasm", "an engine"),
        ("engine-gpu_bg.wasm", "another engine"),
        ("locales/xx.json", "{}"),
        (".stage", "none of the page"),
    ];
    std::fs::create_dir_all(dist.join("locales")).expect("the temporary folder is writable");
    for (name, text) in files {
        std::fs::write(dist.join(name), text).expect("the temporary folder is writable");
    }
    let size = size::measure(&dist);
    std::fs::remove_file(dist.join("index.html")).expect("it was written");
    let unbuilt = size::measure(&dist);
    std::fs::remove_dir_all(&dist).expect("the temporary folder is writable");
    let size = size.expect("a built page");
    let names = |files: &[(String, usize)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&size.first_paint), ["index.html", "main-1.js", "main-1.wasm", "main-1_split.js"]);
    assert_eq!(names(&size.engine), ["engine.js", "engine_bg.wasm", "worker.js"]);
    assert_eq!(names(&size.later), ["engine-gpu_bg.wasm", "locales/xx.json", "main-1_late.wasm"]);
    let sum = |files: &[(String, usize)]| files.iter().map(|(_, bytes)| bytes).sum::<usize>();
    assert_eq!(size.of_first_paint(), sum(&size.first_paint));
    assert_eq!(size.of_training(), sum(&size.first_paint) + sum(&size.engine));
    assert!(size.first_paint.iter().all(|(_, bytes)| *bytes > 0));
    assert!(unbuilt.is_err_and(|reason| reason.contains("cargo xtask build")));
}

#[test]
fn the_table_is_markdown_with_equal_columns() {
    let report = report(vec![
        measured("chromium.cpu.one.1", &[26_000.0]),
        measured("tfjs.cpu.automatic.wasm", &[400.0]),
        row("tfjs.cpu.automatic.webgl", 1, Outcome::Missing(format!("a | b\nc {}", "long ".repeat(100)))),
    ]);
    let text = table::markdown(&report);
    let mut columns = text.lines().filter(|line| line.starts_with('|')).map(|line| line.matches('|').count());
    assert!(columns.by_ref().take(6).all(|count| count == 9), "{text}");
    assert!(columns.all(|count| count == 5), "{text}");
    for cell in ["| 26,000 ", "| 26.0 ", "| 65.0 % ", "| 65.0 × ", "not measured: a / b c long", "| met, goal too |"] {
        assert!(text.contains(cell), "{cell:?} is not in\n{text}");
    }
}

#[test]
fn numbers_have_three_digits() {
    let cases = [
        (0.0, "0"),
        (0.004_56, "0.00456"),
        (0.234_56, "0.235"),
        (5.0, "5.00"),
        (12.34, "12.3"),
        (999.4, "999"),
        (1_234_567.8, "1,234,568"),
        (-1234.0, "-1,234"),
        (f64::NAN, "?"),
    ];
    for (value, text) in cases {
        assert_eq!(table::number(value), text);
    }
}

#[test]
fn the_gpu_benchmarks_lines_become_rows() {
    let output = "compiling\n\
        {\"bench\":\"gpu\",\"adapter\":\"A\",\"driver\":\"D\",\"backend\":\"vulkan\",\"meta_batch\":16,\
        \"meta_iterations_per_second\":100.0,\"tasks_per_second\":1600.0,\"kernel_tasks_per_second\":3200.0}\n\
        {\"bench\":\"gpu\",\"adapter\":\"A\",\"driver\":\"D\",\"backend\":\"vulkan\",\"meta_batch\":1,\
        \"meta_iterations_per_second\":50.0,\"tasks_per_second\":50.0,\"kernel_tasks_per_second\":null}\n";
    let rows = gpu::rows(output);
    let speeds: Vec<_> = rows.iter().map(|row| (row.key.as_str(), row.speeds())).collect();
    let expected = [
        ("native.gpu.16", Some((100.0, 1600.0))),
        ("native.gpu-kernels.16", Some((200.0, 3200.0))),
        ("native.gpu.1", Some((50.0, 50.0))),
    ];
    assert_eq!(speeds, expected);

    let none = "{\"bench\":\"gpu\",\"adapter\":null,\"reason\":\"no Vulkan\"}";
    for (output, reason) in [(none, "no Vulkan"), ("", "no figures")] {
        match &gpu::rows(output)[..] {
            [Row { rates: Outcome::Missing(said), .. }] => assert!(said.contains(reason), "{said}"),
            rows => panic!("{rows:?}"),
        }
    }
}

#[test]
fn another_theta_is_refused() {
    let expected = trained::trained(&work::config(1), work::COMPARED);
    let verify = |theta: &[f32]| work::verify(&serde_json::json!(theta), &expected);
    assert_eq!(verify(&expected), Ok(()));
    let mut other = expected.clone();
    other[1000] += 2e-4;
    assert!(verify(&other).is_err_and(|reason| reason.contains("other work")));
    // One that did nothing, or a step too few.
    assert!(verify(&trained::trained(&work::config(1), 0)).is_err());
    assert!(verify(&trained::trained(&work::config(1), work::COMPARED - 1)).is_err());
    assert!(verify(&expected[1..]).is_err_and(|reason| reason.contains("4352")));
    assert!(work::verify(&serde_json::json!(vec![Option::<f32>::None; expected.len()]), &expected).is_err());
}

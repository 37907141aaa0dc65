//! The core of the page in browsers of other makers, Firefox and WebKit, through what the WebDriver standard has for all:
//! open, train, adapt, drag, compare, and the same bits of θ.

use std::env;
use std::process::Stdio;
use std::time::Instant;

use fantoccini::actions::{InputSource, MouseActions};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use reptile_lab::backend::tolerance::{self, compare};
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::page::{PATIENCE, path};
use crate::server::{Manner, Server};
use crate::trained::trained;
use crate::truth::digest;
use crate::{EN, FREE, single_file, unwinding};

/// A running browser with what it needs; all of it ends when this is dropped.
struct Other {
    client: Client,
    _programs: Vec<Child>,
}

/// A program of the environment's `variable`, else `usual`; it writes into nothing.
fn program(variable: &str, usual: &str) -> Command {
    let mut command = Command::new(env::var_os(variable).unwrap_or_else(|| usual.into()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

fn started(command: &mut Command) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A loopback port that nobody listens to.
async fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
    listener.local_addr().expect("a bound port has an address").port()
}

/// The session that a driver on this port opens, as soon as it listens.
async fn session(port: u16, capabilities: Value) -> Client {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(begun.elapsed().as_secs_f64() < PATIENCE, "no driver listens");
        tokio::task::yield_now().await;
    }
    let capabilities: Capabilities = serde_json::from_value(capabilities).expect("capabilities are an object");
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    let client = builder.connect(&format!("http://127.0.0.1:{port}")).await;
    client.unwrap_or_else(|error| panic!("the browser does not start: {error}"))
}

/// What a driver waits for a script, in milliseconds.
const SCRIPT: u32 = 600_000;

impl Other {
    async fn firefox() -> Self {
        let port = free_port().await;
        let driver = started(program("GECKODRIVER", "geckodriver").args(["--port", &port.to_string()]));
        let mut options = json!({
            "args": ["-headless", "--width=1280", "--height=900"],
            // WebGPU on a software adapter.
            "prefs": {
                "intl.accept_languages": "en",
                "dom.webgpu.enabled": true,
                "dom.webgpu.workers.enabled": true,
                "gfx.webgpu.ignore-blocklist": true,
            },
        });
        if let Some(firefox) = env::var_os("FIREFOX") {
            options["binary"] = firefox.to_string_lossy().into();
        }
        let capabilities = json!({ "moz:firefoxOptions": options, "timeouts": { "script": SCRIPT } });
        Self { client: session(port, capabilities).await, _programs: vec![driver] }
    }

    /// WebKit in its mini browser, on a screen that nobody sees.
    async fn webkit() -> Self {
        let mut screen = started(
            program("XVFB", "Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"])
                .stdout(Stdio::piped()),
        );
        let mut said = BufReader::new(screen.stdout.take().expect("its output is piped")).lines();
        let display = said.next_line().await.ok().flatten().expect("the number of a screen");
        let port = free_port().await;
        let driver = started(
            program("WEBKIT_DRIVER", "WebKitWebDriver")
                .arg(format!("--port={port}"))
                .env("DISPLAY", format!(":{display}"))
                .env("LANGUAGE", "en")
                .env("LC_ALL", "C.UTF-8")
                // A sandbox of its own needs rights that containers do not have.
                .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"),
        );
        let mut options = json!({ "args": ["--automation"] });
        if let Some(browser) = env::var_os("WEBKIT_BROWSER") {
            options["binary"] = browser.to_string_lossy().into();
        }
        let capabilities = json!({ "webkitgtk:browserOptions": options, "timeouts": { "script": SCRIPT } });
        Self { client: session(port, capabilities).await, _programs: vec![driver, screen] }
    }

    /// What an expression, or the promise that it is, comes to.
    async fn value(&self, expression: &str) -> Value {
        // In the script and not as its argument: the page's policy forbids to make code of texts.
        let call = format!(
            "const done = arguments[0];
            (async () => ({expression}))().then(
                (value) => done({{ value: value ?? null }}),
                (error) => done({{ error: String(error) }}),
            );"
        );
        let outcome = self.client.execute_async(&call, vec![]).await;
        let mut outcome = outcome.unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert!(outcome["error"].is_null(), "{expression}: {}", outcome["error"]);
        outcome["value"].take()
    }

    /// Waits until an expression is true.
    async fn until(&self, condition: &str) {
        let begun = Instant::now();
        while self.value(condition).await != json!(true) {
            assert!(begun.elapsed().as_secs_f64() < PATIENCE, "it is never true that {condition}");
        }
    }

    async fn theta(&self) -> Vec<f32> {
        let theta = self.value("reptileLab.theta().then((theta) => Array.from(theta))").await;
        serde_json::from_value(theta).expect("numbers")
    }

    /// Takes a Config over and makes some meta-iterations from its start.
    async fn train(&self, config: &Config, iterations: u64) {
        let config = serde_json::to_string(config).expect("a document");
        self.value(&format!("reptileLab.setConfig({config}).then(() => reptileLab.reset())")).await;
        self.value(&format!("reptileLab.step({iterations})")).await;
    }

    /// Presses the mouse at a place of the window, moves it in steps by so much, and lets go.
    async fn drag(&self, from: (f64, f64), by: (f64, f64)) {
        let actions = path(from, by).into_iter().fold(MouseActions::new("mouse".to_owned()), MouseActions::then);
        self.client.perform_actions(actions).await.expect("the mouse moves within the window");
    }
}

/// Whether a variable of the environment says that there is nothing here to run a test in; it is told.
fn is_skipped(variable: &str) -> bool {
    let is_skipped = env::var_os(variable).is_some();
    if is_skipped {
        println!("skipped: {variable} is set");
    }
    is_skipped
}

/// What a class does on the page.
async fn core(browser: &Other, name: &str) {
    let version = browser.value("navigator.userAgent").await;
    browser.value("reptileLab.ready").await;

    // The same bits as natively.
    for config in [Config { seed: 7, ..Preset::Paper.config() }, Preset::Fast.config()] {
        browser.value("reptileLab.setBackend('cpu')").await;
        browser.train(&config, 300).await;
        let theta = browser.theta().await;
        println!("{name}: θ after 300 is {}", digest(&theta));
        assert_eq!(digest(&theta), digest(&trained(&config, 300)), "{version}");
    }

    // A person trains by the button.
    let pressed = format!(
        "[...document.querySelectorAll('button')].find((button) => button.textContent.trim() === {:?}).click()",
        EN.run_train()
    );
    browser.value(&pressed).await;
    browser.until("reptileLab.status().then((status) => status.running && status.iteration > 320)").await;
    browser.value("reptileLab.pause()").await;

    // The few shots of a task are learnt.
    let adapt = "reptileLab.adapt({ task: { amplitude: 2, phase: 1 }, steps: 8,
        shots: [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5].map((x) => [x, 2 * Math.sin(x + 1)]) })";
    let adapted = browser.value(adapt).await;
    let errors: Vec<f64> = serde_json::from_value(adapted["mse"].clone()).expect("numbers");
    assert!(errors.len() == 9 && errors[8] < 0.5 * errors[0], "{errors:?}");

    // The task's point follows the mouse, and the chart follows the task.
    let words = "document.querySelector('.fit [role=img]').getAttribute('aria-label')";
    let before = browser.value(words).await;
    let plane = format!(
        "((plane) => {{ plane.scrollIntoView({{ block: 'center' }}); const {{ x, y, width, height }} = \
         plane.getBoundingClientRect(); return [x, y, width, height]; }})\
         (document.querySelector('[role=group][aria-label={:?}]'))",
        EN.picker_plane()
    );
    let place: [f64; 4] = serde_json::from_value(browser.value(&plane).await).expect("a place");
    let [left, top, width, height] = place;
    browser.drag((left + 0.3 * width, top + 0.3 * height), (0.3 * width, 0.1 * height)).await;
    browser.until(&format!("{words} !== {before}")).await;
    let point = format!("document.querySelector('[role=slider][aria-label={:?}]').ariaValueText", EN.picker_point());
    println!("{name}: the task is {}", browser.value(&point).await);

    // The lazy part arrives, and its workers train.
    let small = "{ model: { hidden: [8] }, eval: { tasks: 20 } }";
    let other = r#"{ model: { hidden: [8] }, eval: { tasks: 20 }, algorithm: "joint" }"#;
    let compared = browser.value(&format!("reptileLab.compare({{ runs: [{small}, {other}], iterations: 50 }})")).await;
    let trained = compared.as_array().expect("results").iter().map(|run| run["meta_iterations"].as_f64());
    assert_eq!(trained.collect::<Vec<_>>(), [Some(50.0), Some(50.0)], "{compared}");

    let notices = "[...document.querySelectorAll('[role=alert]')].map((alert) => alert.textContent).filter(Boolean)";
    assert_eq!(browser.value(notices).await, json!([]), "the page complains of nothing");
}

/// Opens the page in a browser and ends the browser after the test, one that fails too.
fn visit(start: impl AsyncFnOnce() -> Other, test: impl AsyncFnOnce(&Other)) {
    if is_skipped("REPTILE_LAB_SKIP_OTHER_BROWSERS") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let _permit = FREE.acquire().await.expect("the semaphore is never closed");
        let server = Server::start("/", &[], Manner::default()).await;
        let browser = start().await;
        let outcome = unwinding(async {
            browser.client.goto(&server.address).await.expect("the page opens");
            browser.until("'reptileLab' in window").await;
            test(&browser).await;
        })
        .await;
        drop(browser.client.clone().close().await);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn a_class_uses_the_page_in_firefox() {
    visit(Other::firefox, async |browser| core(browser, "Firefox").await);
}

#[test]
fn a_class_uses_the_page_in_webkit() {
    visit(Other::webkit, async |browser| core(browser, "WebKit").await);
}

#[test]
fn the_page_in_one_file_trains_in_firefox() {
    visit(Other::firefox, async |browser| {
        browser.client.goto(&single_file::address()).await.expect("the file opens");
        browser.until("'reptileLab' in window").await;
        browser.value("reptileLab.ready").await;
        let config = Config { seed: 7, ..Preset::Paper.config() };
        browser.value("reptileLab.setBackend('cpu')").await;
        browser.train(&config, 300).await;
        assert_eq!(digest(&browser.theta().await), digest(&trained(&config, 300)));
    });
}

#[test]
fn webgpu_in_firefox_agrees_with_the_cpu() {
    if is_skipped("REPTILE_LAB_SKIP_FIREFOX_GPU") {
        return;
    }
    visit(Other::firefox, async |browser| {
        browser.value("reptileLab.ready").await;
        for config in [Preset::Paper.config(), Preset::Fast.config()] {
            browser.value("reptileLab.setBackend('gpu')").await;
            browser.train(&config, 200).await;
            let status = browser.value("reptileLab.status()").await;
            assert_eq!(status["backend"], "gpu", "{status}");
            let (ours, truth) = (browser.theta().await, trained(&config, 200));
            let tolerance = tolerance::theta(&config.outer);
            let largest = tolerance.largest(&ours, &truth).1;
            println!("Firefox, {}: θ after 200 differs by {largest} of the tolerance", status["adapter"]);
            compare("θ", &ours, &truth, tolerance).unwrap_or_else(|error| panic!("{error}"));
        }
    });
}

//! Reptile Lab beside others, at the same work, in one run on one machine: `cargo xtask bench`.
//!
//! - [`work`]: the work, and the θ that everyone has to come to; who does not is refused
//! - [`contender`]: measuring in turns; [`entries`]: who is measured
//! - [`native`], [`python`]: without a browser; [`tab`], [`lab`], [`rivals`]: in Chromium
//! - [`gpu`], [`size`]: the native GPU benchmark's figures, the download
//! - [`report`], [`targets`], [`table`]: what came out
//!
//! What cannot be measured is a row that says why.

#[path = "../../tests/browser/chrome.rs"]
#[allow(dead_code, reason = "the tests of the page use more of it")]
mod chrome;
#[path = "../limit/peak.rs"]
mod peak;
#[path = "../../tests/browser/processor.rs"]
#[allow(dead_code, reason = "the tests of the page use more of it")]
mod processor;
#[path = "../../tests/browser/server.rs"]
#[allow(dead_code, reason = "the tests of the page use more of it")]
mod server;
#[path = "../../tests/common/trained.rs"]
mod trained;

mod contender;
mod entries;
mod gpu;
mod lab;
mod native;
mod options;
mod python;
mod report;
mod rivals;
mod size;
mod tab;
mod table;
mod targets;
mod work;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use serde_json::json;

use chrome::Gpu;
use contender::measure;
use entries::Browsers;
use options::{Options, Part};
use report::{Machine, Outcome, PageRun, Report};
use server::{Manner, Server};
use tab::Tab;

fn main() -> ExitCode {
    let options = match Options::from_arguments() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("compare: {error}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let report = runtime.expect("a runtime").block_on(run(&options));
    println!("\n{}", table::markdown(&report));
    match options.json.as_ref().map_or(Ok(()), |path| {
        let document = json!({ "report": report, "targets": targets::targets(&report) });
        fs::write(path, format!("{document:#}\n")).map_err(|error| format!("{}: {error}", path.display()))
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Report {
    let mut report =
        Report { machine: machine(), operations_per_task: work::operations_per_task(), ..Report::default() };
    if let Err(error) = fs::create_dir_all(&options.scratch) {
        eprintln!("{}: {error}", options.scratch.display());
    }
    let (native, browser) = (options.has(Part::Cpu), options.has(Part::Browser));
    let servers = if browser { serve(options).await.map(Some) } else { Ok(None) };
    if let Err(error) = &servers {
        report.page = Some(Outcome::Missing(error.clone()));
    }
    let servers = servers.unwrap_or_default();

    let mut browsers = Browsers::default();
    let mut entries = if native { entries::native(options).await } else { Vec::new() };
    if let Some((lab, rivals)) = &servers {
        entries.extend(entries::chromium(options, lab, rivals, &mut browsers).await);
    }
    report.rows.extend(measure(entries, options.pace).await);
    browsers.close().await;

    let mut browsers = Browsers::default();
    let mut entries = if native { entries::native_spread(options) } else { Vec::new() };
    if let Some((lab, _)) = &servers {
        entries.extend(entries::chromium_spread(lab, &mut browsers).await);
    }
    report.rows.extend(measure(entries, options.pace).await);
    browsers.close().await;

    if let Some((lab, rivals)) = &servers {
        let mut browsers = Browsers::default();
        let entries = entries::webgpu(options, lab, rivals, &mut browsers).await;
        report.rows.extend(measure(entries, options.pace).await);
        browsers.close().await;
        let (run, browser) = page(options, lab).await;
        report.page = Some(run.into());
        report.machine.browser = browser;
    }
    if options.has(Part::Gpu) {
        match fs::read_to_string(&options.gpu) {
            Ok(output) => report.rows.extend(gpu::rows(&output)),
            Err(error) => report.rows.push(gpu::missing(&format!("{}: {error}", options.gpu.display()))),
        }
    }
    if options.has(Part::Size) {
        report.size = Some(size::measure(&options.dist).into());
    }
    report
}

/// The page, and the pages of others.
async fn serve(options: &Options) -> Result<(Server, Server), String> {
    if !options.dist.join("index.html").is_file() {
        return Err(format!("there is no page in {}; `cargo xtask build` makes it", options.dist.display()));
    }
    let rivals =
        options.places.serve().await.map_err(|error| format!("{}: {error}", options.places.pages.display()))?;
    Ok((Server::start("/", &[], Manner::default()).await, rivals))
}

/// The paper's run in the page, and what browser it was.
async fn page(options: &Options, lab: &Server) -> (Result<PageRun, String>, Option<String>) {
    const NAME: &str = "navigator.userAgent.match(/Chrome.[0-9]+/)[0].replace('Chrome/', 'Chromium ')";
    let tab = match Tab::open(Gpu::NoAdapter, &lab.address, lab::READY).await {
        Ok(tab) => tab,
        Err(error) => return (Err(error), None),
    };
    let run = lab::paper_run(&tab, options.pace).await;
    let browser = tab.value(NAME, vec![]).await.ok();
    tab.close().await;
    (run, browser.and_then(|name| Some(name.as_str()?.to_owned())))
}

fn machine() -> Machine {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let processor = model.map_or_else(|| String::from("an unnamed processor"), |(_, name)| name.to_owned());
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Machine {
        processor,
        threads: entries::threads(),
        system: format!("{} {}", env::consts::OS, env::consts::ARCH),
        browser: None,
        unix_time: time.as_secs(),
    }
}

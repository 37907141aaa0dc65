//! The page as a person uses it, in a real browser: one browser a test, elements by role and accessible name.
//!
//! `cargo xtask test browser` builds the page and brings the browser. What a test measures it prints: add
//! `-- --nocapture`. With `REPTILE_LAB_SCREENSHOTS` set to a folder, pictures of the page are kept there.

mod chrome;
mod page;
mod processor;
mod server;

mod accessibility;
mod algorithms;
mod alignment;
mod comparison;
mod crash;
mod export;
mod family;
mod files;
mod first_paint;
mod glossary;
mod gpu_faults;
mod inside;
mod large;
mod leaving;
mod lessons;
mod links;
mod longer_language;
mod looks;
mod loss_surface;
mod monkey;
mod offline;
mod other_browsers;
mod pace;
mod projector;
mod replay;
mod rewind;
mod scripting;
mod search;
mod sessions;
mod settings;
mod shots;
mod single_file;
mod start;
mod task_map;
mod theta_map;
#[path = "../common/trained.rs"]
mod trained;
mod training;
mod translated;
mod truth;
mod two_tasks;
mod visits;
mod wheel;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use reptile_lab::i18n::Locale;
use tokio::sync::Semaphore;

use chrome::{Chrome, Gpu};
use page::Page;
use server::{Manner, Server};

/// What the page says, in the language of the tests' browsers.
const EN: Locale = Locale::En;

/// Browsers at a time. Each has a page and an engine to run.
const ROOM: u32 = 2;
static FREE: Semaphore = Semaphore::const_new(ROOM as usize);

/// Circumstances of a visit.
#[derive(Clone, Copy)]
struct Visit {
    /// What the browser has of WebGPU.
    gpu: Gpu,
    /// Where the page is on its server.
    base: &'static str,
    /// What its address asks for, from the question mark on.
    query: &'static str,
    /// Files that the server has lost.
    missing: &'static [&'static str],
    /// How the server answers.
    manner: Manner,
    /// Further flags of the browser.
    flags: &'static [&'static str],
    /// A script that runs before the page.
    before: &'static str,
    /// Whether no other browser may run meanwhile, for a measurement.
    alone: bool,
}

impl Default for Visit {
    fn default() -> Self {
        let manner = Manner::default();
        Self { gpu: Gpu::NoAdapter, base: "/", query: "", missing: &[], manner, flags: &[], before: "", alone: false }
    }
}

impl Visit {
    /// A visit to a page whose workers run this first.
    fn with_worker(worker: &'static str) -> Self {
        Self { manner: Manner { worker, ..Manner::default() }, ..Self::default() }
    }

    /// Opens the page in a new browser, and asserts at the end that the console holds no error and no warning.
    fn run(self, test: impl AsyncFnOnce(&Page)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let permits = if self.alone { ROOM } else { 1 };
            let _permit = FREE.acquire_many(permits).await.expect("the semaphore is never closed");
            let server = Server::start(self.base, self.missing, self.manner).await;
            let chrome = Chrome::start(self.gpu, self.flags).await;
            let address = server.address.replace("127.0.0.1", self.gpu.host()) + self.query;
            let page = Page::new(&chrome, address, server);
            let visit = async {
                if !self.before.is_empty() {
                    page.before_the_page(self.before).await;
                }
                page.open().await;
                test(&page).await;
                page.console_is_quiet().await;
            };
            // A browser is closed after a test that fails, too.
            let outcome = unwinding(visit).await;
            chrome.quit().await;
            if let Err(panic) = outcome {
                resume_unwind(panic);
            }
        });
    }
}

/// Opens the page in a new browser without a GPU, with an engine that can train.
fn visit(test: impl AsyncFnOnce(&Page)) {
    Visit::default().run(async |page| {
        page.ready().await;
        test(page).await;
    });
}

/// A future's outcome, or the panic that ended it.
async fn unwinding<T>(future: impl Future<Output = T>) -> std::thread::Result<T> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => std::task::Poll::Ready(Err(panic)),
    })
    .await
}

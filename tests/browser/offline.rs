//! The page that a browser keeps: opened without a network, and a newer build of it offered and not mixed in.

use reptile_lab::i18n::Locale;
use serde_json::json;

use crate::chrome::Gpu;
use crate::page::Page;
use crate::server::{Files, Manner};
use crate::{EN, Visit};

/// The page is fetched whole as soon as it can train.
const AT_ONCE: &str = "Math.random = () => 0;";
/// Where the page is on its server.
const BASE: &str = "/class/lab/";

fn kept() -> Visit {
    Visit { base: BASE, before: AT_ONCE, manner: Manner { keeps: true, ..Manner::default() }, ..Visit::default() }
}

/// Opens the page, and waits until the browser has all of it.
fn visit(test: impl AsyncFnOnce(&Page)) {
    kept().run(async |page| {
        page.ready().await;
        page.until("!!navigator.serviceWorker.controller").await;
        test(page).await;
    });
}

impl Page {
    /// The name of its build.
    async fn build(&self) -> String {
        let build = self.script("return document.documentElement.dataset.build;", &[]).await;
        build.as_str().expect("a built page has a name").to_owned()
    }

    /// Lets the browser look for a newer build, and waits until it has fetched it or given it up.
    async fn looks_for_a_build(&self) {
        let look =
            "navigator.serviceWorker.ready.then((registration) => registration.update()).then(({ installing }) =>
            installing && new Promise((resolve) => installing.onstatechange = () =>
                ['activated', 'redundant'].includes(installing.state) && resolve(installing.state)))";
        let state = self.promise(look).await;
        println!("the newer build is {state}");
    }
}

/// The same page as another build, with a lesson of its own and no engine that could run. `is_whole` or with another
/// lesson than the one in its list.
fn newer(files: &Files, build: &str, is_whole: bool) -> Files {
    let newer = "0123456789abcdef";
    let mut files = files.clone();
    let mut rewrite = |name: &str, rewritten: &dyn Fn(String) -> String| {
        let file = files.get_mut(&format!("{BASE}{name}")).unwrap_or_else(|| panic!("the page has no {name}"));
        *file = rewritten(String::from_utf8_lossy(file).into_owned()).into_bytes();
    };
    rewrite("index.html", &|text| text.replace(build, newer));
    rewrite("lessons/en.md", &|text| text.replace("# What is a task?", "# Another build"));
    rewrite("engine.js", &|_| "throw new Error('another build');".to_owned());
    rewrite("service-worker.js", &|text| {
        let lines = text.replace(build, newer);
        let lines = lines.lines().map(|line| match line.split_once("\"sha256-") {
            // Not all of what was changed is in the list of hashes.
            Some((before, after)) if is_whole || !line.contains("lessons/") => {
                format!("{before}\"{}", &after[after.find('"').expect("a hash ends")..])
            }
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    files
}

const FIRST_LESSON: &str = "What is a task?";

#[test]
fn it_opens_without_a_network_and_has_everything() {
    visit(async |page| {
        page.serve(Files::new());
        page.go(&format!("{}?workers=2#1&preset=paper", page.server.address)).await;
        page.ready().await;
        page.train().await;
        page.until_status("status.iteration > 20").await;
        page.press(EN.run_skip()).await;
        page.until_status("!status.running && status.iteration === status.iterations").await;
        let small = json!({ "model": { "hidden": [8] }, "eval": { "tasks": 20 } });
        let compared = page.lab("compare", &[json!({ "runs": [small], "iterations": 20 })]).await;
        assert_eq!(compared[0]["meta_iterations"], 20);
        page.press(EN.lessons()).await;
        page.reads(FIRST_LESSON).await;
        page.press(EN.close()).await;
        page.find("combobox", EN.language()).await.choose("简体中文").await;
        page.reads(Locale::ZhHans.run_train()).await;
    });
}

#[test]
fn a_newer_build_is_offered_and_not_mixed_in() {
    visit(async |page| {
        let build = page.build().await;
        let files = page.server.files.read().expect("no holder panics").clone();
        // One that is not whole, as while a server is given another build, changes nothing.
        page.serve(newer(&files, &build, false));
        page.looks_for_a_build().await;
        page.serve(newer(&files, &build, true));
        page.looks_for_a_build().await;
        page.reads(EN.update_here()).await;
        // The open page goes on with its own files: with a new worker's program, and what it asks for now.
        page.lab("setBackend", &["cpu".into()]).await;
        let small = json!({ "model": { "hidden": [8] }, "eval": { "tasks": 20 } });
        page.lab("compare", &[json!({ "runs": [small], "iterations": 20 })]).await;
        page.press(EN.lessons()).await;
        page.reads(FIRST_LESSON).await;
        page.press(EN.close()).await;
        // Without a network, too, the newer one is whole.
        page.serve(Files::new());
        page.press(EN.panic_reload()).await;
        page.until(&format!("document.documentElement.dataset.build !== {}", json!(build))).await;
        page.until("window.build").await;
        let lesson = page.promise("fetch(`lessons/en.md?${build}`).then((response) => response.text())").await;
        assert!(lesson.as_str().is_some_and(|text| text.starts_with("# Another build")), "{lesson}");
        // Its engine does not run.
        page.console_is_forgotten().await;
    });
}

#[test]
fn half_a_newer_build_is_not_offered() {
    visit(async |page| {
        let build = page.build().await;
        let files = page.server.files.read().expect("no holder panics").clone();
        page.serve(newer(&files, &build, false));
        page.looks_for_a_build().await;
        page.reload().await;
        page.ready().await;
        assert_eq!(page.build().await, build);
        assert!(!page.shows(EN.update_here()).await);
    });
}

#[test]
fn where_the_server_has_another_page_now_it_is_offered() {
    visit(async |page| {
        let build = page.build().await;
        let mut files = newer(&page.server.files.read().expect("no holder panics").clone(), &build, true);
        files.remove(&format!("{BASE}service-worker.js")).expect("a built page has it");
        page.serve(files);
        page.reload().await;
        page.ready().await;
        assert_eq!(page.build().await, build);
        page.reads(EN.update_here()).await;
        page.press(EN.panic_reload()).await;
        page.until(&format!("document.documentElement.dataset.build !== {}", json!(build))).await;
        // What is not there is told, and the other page's engine does not run.
        page.console_is_forgotten().await;
    });
}

#[test]
fn where_a_browser_keeps_nothing_nothing_is_said() {
    const DENIED: &str = "Math.random = () => 0;
        navigator.serviceWorker.register = () => Promise.reject(new DOMException('no', 'SecurityError'));";
    for visit in [Visit { gpu: Gpu::Disabled, ..kept() }, Visit { before: DENIED, ..kept() }] {
        let is_there = visit.gpu != Gpu::Disabled;
        visit.run(async |page| {
            page.ready().await;
            assert_eq!(page.script("return 'serviceWorker' in navigator;", &[]).await, is_there);
            page.train().await;
            page.until_status("status.iteration > 20").await;
            page.until("performance.getEntriesByType('resource').some(({ name }) => name.includes('offline.js'))")
                .await;
            assert_eq!(page.asked("service-worker.js"), 0);
        });
    }
}

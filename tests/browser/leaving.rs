//! No request leaves the page's own place: its server, and there the folder that it is in.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

use crate::page::key;
use crate::server::Manner;
use crate::{EN, Visit};

/// Whom Chromium asks on its own account. A page that asked them would break its policy, which is told.
const BROWSERS_OWN: [&str; 2] = [".google.com", ".googleapis.com"];

/// What a proxy is asked for: all that goes anywhere but to this machine, by whatever part of the browser.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let flag = format!("--proxy-server={}", listener.local_addr().expect("a bound port has an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Hung up after the first line, which names where it goes.
            if let Some(Ok(line)) = BufReader::new(stream).lines().next()
                && !BROWSERS_OWN.iter().any(|host| line.contains(host))
            {
                heard.lock().expect("no holder panics").push(line);
            }
        }
    });
    (flag, asked)
}

#[test]
fn no_request_leaves_the_place_of_the_page() {
    const BASE: &str = "/courses/7/lab/";
    const BEFORE: &str = "
        Math.random = () => 0;
        window.violations = [];
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
            violations.push([effectiveDirective, blockedURI]));";
    let (flag, left) = proxy();
    // Both live as long as the program.
    let flags: &'static [&'static str] = Box::leak(Box::new([&*Box::leak(flag.into_boxed_str())]));
    let manner = Manner { keeps: true, ..Manner::default() };
    Visit { base: BASE, before: BEFORE, flags, manner, ..Visit::default() }.run(async |page| {
        page.ready().await;
        for panel in [
            EN.two_heading(),
            EN.surface_heading(),
            EN.alignment_heading(),
            EN.comparison_heading(),
            EN.search_heading(),
            EN.explain_heading(),
        ] {
            page.unfold(panel).await;
        }
        page.train().await;
        page.until_status("status.iteration > 20").await;
        page.press(EN.run_skip()).await;
        page.until_status("!status.running && status.iteration === status.iterations").await;
        let small = json!({ "model": { "hidden": [8] }, "eval": { "tasks": 20 } });
        page.lab("compare", &[json!({ "runs": [small], "iterations": 20 })]).await;
        page.press(EN.share()).await;
        page.type_keys(key::ESCAPE).await;
        page.press(EN.lessons()).await;
        page.reads("What is a task?").await;
        page.press(EN.close()).await;
        page.find("combobox", EN.language()).await.choose("简体中文").await;
        page.until("document.documentElement.lang === 'zh-Hans'").await;
        page.until("!!navigator.serviceWorker.controller").await;
        assert_eq!(page.script("return window.violations;", &[]).await, json!([]));
        let asked = page.server.asked.lock().expect("no holder panics").clone();
        assert!(asked.len() > 20 && asked.iter().all(|path| path.starts_with(BASE)), "{asked:#?}");
        assert_eq!(*left.lock().expect("no holder panics"), Vec::<String>::new());
        // The proxy hears of it at all.
        page.script("location.href = 'http://elsewhere.test/';", &[]).await;
        while left.lock().expect("no holder panics").is_empty() {
            tokio::task::yield_now().await;
        }
        page.console_is_forgotten().await;
    });
}

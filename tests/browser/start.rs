//! Before the program: what is seen until it has arrived, and what is said where it cannot.

use std::time::Instant;

use reptile_lab::i18n::Locale;
use serde_json::json;

use crate::chrome::Gpu;
use crate::page::Page;
use crate::server::{Manner, dist};
use crate::{EN, Visit, visit};

/// The policy that the page satisfies.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'";
/// How long a person waits for a reason (s).
const PATIENCE: f64 = 5.0;
/// What stands in the document, for where no script can say more.
const UNSTARTED: &str = "scripts are off or forbidden here: allow scripts for this page and reload it";

/// Waits until a person can read this, without the page's help: it may run no script.
async fn says(page: &Page, sentence: &str) {
    let begun = Instant::now();
    loop {
        let text = page.script("return document.body.innerText;", &[]).await;
        if text.as_str().is_some_and(|text| text.contains(sentence)) {
            return;
        }
        assert!(begun.elapsed().as_secs_f64() < PATIENCE, "{sentence:?} is not in {text}");
    }
}

/// Opens the page where it cannot start, and waits for the sentence that says why.
fn tells(visit: Visit, sentence: &str) {
    visit.run(async |page| {
        says(page, sentence).await;
        assert!(page.shows("Watch a small network learn to learn").await || page.shows("Reptile Lab").await);
        page.console_is_forgotten().await;
    });
}

/// A visit to a page that its server sends with this policy.
fn under(policy: &'static [(&'static str, &'static str)]) -> Visit {
    Visit { manner: Manner { headers: policy, ..Manner::default() }, ..Visit::default() }
}

#[test]
fn without_scripts_it_is_said() {
    visit(async |page| {
        page.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        page.reload().await;
        says(page, UNSTARTED).await;
    });
}

#[test]
fn without_wasm_it_is_said() {
    tells(Visit { flags: &["--js-flags=--jitless"], ..Visit::default() }, "This browser has no WebAssembly");
}

#[test]
fn without_simd_it_is_said() {
    let flags = &["--js-flags=--no-enable-sse4-1 --no-enable-sse3 --no-enable-ssse3"];
    tells(Visit { flags, ..Visit::default() }, "no SIMD instructions");
}

#[test]
fn from_a_file_it_is_said() {
    visit(async |page| {
        page.go(&format!("file://{}/index.html", dist().canonicalize().expect("a built page").display())).await;
        says(page, "This page was opened as a file").await;
        page.console_is_forgotten().await;
    });
}

#[test]
fn under_a_policy_that_forbids_it_it_is_said() {
    tells(under(&[("Content-Security-Policy", "script-src 'none'")]), UNSTARTED);
    tells(under(&[("Content-Security-Policy", "default-src 'none'")]), UNSTARTED);
    tells(
        under(&[("Content-Security-Policy", "script-src 'self'")]),
        "must allow script-src 'self' 'wasm-unsafe-eval'",
    );
    tells(under(&[("Content-Security-Policy", "connect-src 'none'")]), "must allow connect-src 'self'");
}

#[test]
fn when_another_build_has_taken_its_place_it_is_said() {
    for missing in [
        ["reptile-lab-*", "program-*", "styles-*"].as_slice(),
        &["reptile-lab-*"],
        &["reptile-lab-*_bg.wasm"],
        &["program-*"],
    ] {
        tells(Visit { missing, ..Visit::default() }, "A part of this page could not be fetched");
    }
    tells(Visit { missing: &["start.js"], ..Visit::default() }, UNSTARTED);
}

#[test]
fn in_a_frame_without_rights_it_is_said() {
    visit(async |page| {
        const FRAME: &str = "
            const frame = document.createElement('iframe');
            frame.sandbox = 'allow-scripts';
            frame.src = './';
            frame.onload = arguments[0];
            document.body.prepend(frame);";
        page.script(FRAME, &[]).await;
        page.enter_frame().await;
        says(page, "This page stands in a frame that does not let it load its program").await;
        page.console_is_forgotten().await;
    });
}

#[test]
fn a_program_that_is_long_in_coming_is_told() {
    let slow = Visit { before: "window.fetch = () => new Promise(() => {});", ..Visit::default() };
    slow.run(async |page| {
        says(page, "The program of this page is still on its way").await;
        // Chromium wonders about the program that nobody takes.
        page.console_is_forgotten().await;
    });
}

/// Notes where the outline has its parts, before any of the program's scripts runs.
const OUTLINE: &str = "
    window.places = () => Object.fromEntries([
        'h1', '.tagline', '.run-options', '.switches', '.run', '.run-buttons', 'main', '.fit', '.fit h2', '.fit .chart',
        '.picker', '.plane',
    ].map((part) => {
        const { left, top, width, height } = document.querySelector(part).getBoundingClientRect();
        return [part, [left, top, width, height]];
    }));
    document.addEventListener('readystatechange', () => {
        if (document.readyState === 'interactive') window.outline = [window.places(), document.title, document.body.innerText];
    });";

#[test]
fn the_page_is_outlined_before_its_program_arrives_and_stays_where_it_is() {
    // Only of these is the height the same: what is below the chart and the plane comes with the program.
    const WHOLE: [&str; 8] =
        ["h1", ".tagline", ".run-options", ".switches", ".run", ".run-buttons", ".fit h2", ".plane"];
    Visit { before: OUTLINE, ..Visit::default() }.run(async |page| {
        let mut moved = Vec::new();
        for (width, height) in [(1280, 900), (1920, 1080), (1024, 768), (390, 844)] {
            page.resize(width, height).await;
            page.reload().await;
            page.until("window.outline && !document.getElementById('start') && document.querySelector('main .fit')")
                .await;
            let outline = page.script("return window.outline;", &[]).await;
            assert_eq!(outline[1], EN.page_title());
            for text in [EN.brand(), EN.run_train(), EN.fit_heading(), EN.picker_heading()] {
                assert!(outline[2].as_str().is_some_and(|seen| seen.contains(text)), "{text}: {outline}");
            }
            page.ready().await;
            page.frame().await;
            let places = page.script("return window.places();", &[]).await;
            for (part, before) in outline[0].as_object().expect("places") {
                let after = &places[part];
                for length in 0..if WHOLE.contains(&part.as_str()) { 4 } else { 3 } {
                    let [from, to] = [before, after].map(|place| place[length].as_f64().unwrap_or(f64::NAN));
                    if (from - to).abs() > 1.0 {
                        moved.push(format!("{part} at {width} px: {before} → {after}"));
                        break;
                    }
                }
            }
        }
        assert!(moved.is_empty(), "{moved:#?}");
    });
}

/// Notes every brand, title, language and colour of the paper that a frame has shown.
const SEEN: &str = "
    window.seen = [];
    const look = () => {
        const brand = document.querySelector('h1')?.textContent;
        const paper = document.body && getComputedStyle(document.body).backgroundColor;
        const seen = [brand, document.title, document.documentElement.lang, paper];
        if (brand && String(seen) !== String(window.seen.at(-1))) window.seen.push(seen);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);";

#[test]
fn the_first_frame_has_the_language_and_the_colours_that_were_chosen() {
    const CHOOSE: &str = "
        localStorage.setItem('reptile-lab.locale', arguments[0]);
        localStorage.setItem('reptile-lab.scheme', arguments[1]);";
    Visit { before: SEEN, ..Visit::default() }.run(async |page| {
        let mut papers = Vec::new();
        for (locale, next) in [(EN, (Locale::ZhHans, "dark")), (Locale::ZhHans, (EN, "light")), (EN, (EN, "light"))] {
            page.ready().await;
            let seen = page.script("return window.seen;", &[]).await;
            let paper = &seen[0][3];
            assert_eq!(seen, json!([[locale.brand(), locale.page_title(), locale.code(), paper]]));
            papers.push(paper.clone());
            page.script(CHOOSE, &[next.0.code().into(), next.1.into()]).await;
            page.reload().await;
        }
        assert!(papers[0] == papers[2] && papers[0] != papers[1], "{papers:?}");
        page.ready().await;
    });
}

#[test]
fn the_page_satisfies_its_policy() {
    const LISTEN: &str = "
        window.violations = [];
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) =>
            violations.push([effectiveDirective, blockedURI, sourceFile]));";
    Visit { before: LISTEN, ..Visit::default() }.run(async |page| {
        page.ready().await;
        let policy = "return document.querySelector('meta[http-equiv=Content-Security-Policy]').content;";
        assert_eq!(page.script(policy, &[]).await, POLICY);
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
        for group in [EN.group_tasks(), EN.group_model(), EN.group_inner(), EN.group_outer(), EN.group_eval()] {
            page.unfold(group).await;
        }
        page.train().await;
        page.until_status("status.iteration > 20").await;
        page.press(EN.run_skip()).await;
        page.until_status("!status.running && status.iteration === status.iterations").await;
        page.press(EN.fit_draw()).await;
        page.press(EN.dark_mode()).await;
        page.press(EN.keyboard()).await;
        page.press(EN.close()).await;
        page.find("combobox", EN.language()).await.choose("简体中文").await;
        page.until("document.documentElement.lang === 'zh-Hans'").await;
        assert_eq!(page.script("return window.violations;", &[]).await, json!([]));
    });
}

#[test]
fn wasm_of_any_media_type_will_do() {
    let manner = Manner { wasm: "text/plain", ..Manner::default() };
    Visit { manner, ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.train().await;
        page.until_status("status.iteration > 20").await;
        page.unfold(EN.comparison_heading()).await;
        page.find("button", EN.comparison_start()).await;
    });
}

#[test]
fn helpers_are_given_the_program_and_do_not_fetch_it() {
    Visit { query: "?workers=4", ..Visit::default() }.run(async |page| {
        page.ready().await;
        let mut config = page.config().await;
        config.outer.meta_batch = 16;
        page.set_config(&config).await;
        page.train().await;
        page.until_status("status.iteration > 50").await;
        // Their scripts are asked for, to be compared with what is cached.
        assert!(page.asked("worker.js") > 1, "no helper was started");
        assert_eq!(page.asked("engine_bg.wasm"), 1);
    });
}

/// An engine that never says a word: the lazy chunk is fetched only when something of it is wanted.
const MUTE_ENGINE: &str = "window.Worker = class extends EventTarget { postMessage() {} terminate() {} };";

async fn connected(page: &Page, connected: bool) {
    let network = json!({ "offline": !connected, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    page.devtools("Network.enable", json!({})).await;
    page.devtools("Network.emulateNetworkConditions", network).await;
}

#[test]
fn what_cannot_be_fetched_says_so_and_tries_again() {
    Visit { before: MUTE_ENGINE, ..Visit::default() }.run(async |page| {
        page.reads(EN.waiting_for_engine()).await;
        connected(page, false).await;
        page.press(EN.keyboard()).await;
        page.alerts(EN.error_rest()).await;
        page.press(EN.error_rest_again()).await;
        page.alerts(EN.error_rest()).await;
        connected(page, true).await;
        page.press(EN.error_rest_again()).await;
        page.find("checkbox", EN.sound()).await;
        assert!(!page.shows(EN.error_rest_again()).await);
        page.console_is_forgotten().await;
    });
}

/// The first worker is never heard. The page looks for its engine when the test says so.
const MUTE_AT_FIRST: &str = "
    const { setInterval } = window;
    window.setInterval = (work, pause) => (pause === 2000 ? (window.look = work, 0) : setInterval(work, pause));
    window.started = 0;
    window.Worker = class extends window.Worker {
        constructor(...given) {
            super(...given);
            window.started += 1;
            if (window.started === 1) Object.defineProperty(this, 'onmessage', { get: () => null, set() {} });
        }
    };";

#[test]
fn a_worker_that_never_speaks_makes_room_for_a_second_one() {
    Visit { before: MUTE_AT_FIRST, ..Visit::default() }.run(async |page| {
        page.until("window.look && window.started === 1").await;
        page.reads(EN.waiting_for_engine()).await;
        // It looks every two seconds; at the eleventh look it has waited for twenty.
        page.script("for (let looks = 1; looks < 11; looks += 1) look();", &[]).await;
        assert_eq!(page.script("return started;", &[]).await, 1);
        page.script("look();", &[]).await;
        page.ready().await;
        assert_eq!(page.script("return started;", &[]).await, 2);
        page.lab("step", &[json!(5)]).await;
        assert_eq!(page.status().await.iteration, 5);
    });
}

#[test]
fn a_browser_that_has_no_adapter_at_first_is_asked_once_more() {
    const NONE_AT_FIRST: &str = "
        const { requestAdapter } = GPU.prototype;
        let asked = 0;
        GPU.prototype.requestAdapter = function (...given) {
            asked += 1;
            return asked === 1 ? Promise.resolve(null) : requestAdapter.apply(this, given);
        };";
    Visit { gpu: Gpu::Software, ..Visit::with_worker(NONE_AT_FIRST) }.run(async |page| {
        page.ready().await;
        assert_eq!((page.asked("engine_bg.wasm"), page.asked("engine-gpu_bg.wasm")), (0, 1));
    });
}

#[test]
fn a_gpu_that_never_answers_or_has_no_name_leaves_the_cpu() {
    const MUTE: &str = "Object.defineProperty(WorkerNavigator.prototype, 'gpu', {
        get: () => ({ requestAdapter: () => new Promise(() => {}) }) });";
    const NAMELESS: &str = "Object.defineProperty(WorkerNavigator.prototype, 'gpu', {
        get: () => ({ requestAdapter: async () => ({ features: new Set(), limits: {} }) }) });";
    const THROWING: &str = "Object.defineProperty(WorkerNavigator.prototype, 'gpu', {
        get: () => ({ requestAdapter() { throw new TypeError('no'); } }) });";
    for request in [MUTE, NAMELESS, THROWING] {
        Visit::with_worker(request).run(async |page| {
            assert_eq!(page.ready().await["backend"], "cpu");
            assert_eq!((page.asked("engine_bg.wasm"), page.asked("engine-gpu_bg.wasm")), (1, 0));
            page.find("button", EN.run_train()).await;
        });
    }
}

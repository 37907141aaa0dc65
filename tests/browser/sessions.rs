//! The session survives a reload, is offered at the next visit, and goes to another machine as a file.

use reptile_lab::domain::config::preset::Preset;
use serde_json::{Value, json};

use crate::page::Page;
use crate::{EN, Visit, visit};

/// Waits until the browser has kept a session of so many meta-iterations.
async fn is_kept(page: &Page, iteration: u64) {
    let read = "(async () => {
        const database = await new Promise((resolve) => {
            const request = indexedDB.open('reptile-lab');
            request.onsuccess = () => resolve(request.result);
        });
        if (!database.objectStoreNames.contains('sessions')) { database.close(); return undefined; }
        const found = await new Promise((resolve) => {
            const request = database.transaction('sessions').objectStore('sessions').get('last');
            request.onsuccess = () => resolve(request.result);
        });
        database.close();
        return found?.iteration;
    })()";
    page.until(&format!("{read}.then((iteration) => iteration === {iteration})")).await;
}

/// Trains so far that the address would not make the same θ again: from a θ of its own.
async fn train_from_elsewhere(page: &Page) -> Value {
    let mut theta = page.theta().await;
    for weight in &mut theta {
        *weight *= 0.5;
    }
    page.lab("setTheta", &[json!(theta)]).await;
    page.lab("step", &[json!(120)]).await;
    page.lab("theta", &[]).await
}

#[test]
fn a_run_and_its_past_survive_a_reload() {
    visit(async |page| {
        let theta = train_from_elsewhere(page).await;
        page.lab("goTo", &[json!(30)]).await;
        let past = page.lab("theta", &[]).await;
        page.lab("goTo", &[json!("now")]).await;
        is_kept(page, 120).await;
        page.reload().await;
        page.ready().await;
        page.until_status("!status.running && status.iteration === 120 && status.shown === 120").await;
        assert_eq!(page.lab("theta", &[]).await, theta);
        page.lab("goTo", &[json!(30)]).await;
        assert_eq!(page.lab("theta", &[]).await, past, "the time line has come, too");
    });
}

/// Counts how often the page has the browser keep the session.
pub const COUNT_KEPT: &str = "
    window.kept = 0;
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...given) {
        window.kept += 1;
        return put.apply(this, given);
    };";

#[test]
fn a_run_is_kept_when_it_stands_still_and_not_at_every_status() {
    Visit { before: COUNT_KEPT, ..Visit::default() }.run(async |page| {
        page.ready().await;
        let mut config = Preset::Fast.config();
        config.outer.iterations = 20_000;
        page.set_config(&config).await;
        page.lab("step", &[json!(8_000)]).await;
        is_kept(page, 8_000).await;
        // It took seconds, in which the page heard of it ten times a second. A busy machine may stand still meanwhile.
        let kept = page.script("return kept;", &[]).await;
        assert!(kept.as_u64().is_some_and(|kept| (1..=5).contains(&kept)), "{kept}");
    });
}

#[test]
fn the_next_visit_is_offered_the_session_and_may_decline() {
    visit(async |page| {
        let theta = train_from_elsewhere(page).await;
        is_kept(page, 120).await;
        let address = page.script("return location.origin + location.pathname;", &[]).await;
        let address = address.as_str().expect("an address");
        page.go("about:blank").await;
        page.go(address).await;
        page.ready().await;
        page.reads("120 of 2").await;
        page.press(EN.session_go_on()).await;
        page.until_status("status.iteration === 120").await;
        assert_eq!(page.lab("theta", &[]).await, theta);

        page.go("about:blank").await;
        page.go(address).await;
        page.ready().await;
        page.press(EN.problem_dismiss()).await;
        page.until(
            "[...document.querySelectorAll('.notice')].every((notice) => notice.hidden || !notice.checkVisibility())",
        )
        .await;
        assert_eq!(page.status().await.iteration, 0);

        // A link is what its author made, and nothing of the visitor's.
        page.go("about:blank").await;
        page.go(&format!("{address}#1&preview.task.amplitude=2")).await;
        page.ready().await;
        page.reads("y = 2·sin(x + 1)").await;
        assert!(!page.shows(EN.session_go_on()).await);
        assert_eq!(page.status().await.iteration, 0);
    });
}

#[test]
fn a_run_that_began_anew_is_kept_no_longer() {
    visit(async |page| {
        page.lab("step", &[json!(40)]).await;
        is_kept(page, 40).await;
        page.press(EN.run_reset()).await;
        page.until_status("status.iteration === 0").await;
        page.until(
            "new Promise((resolve) => {
                const request = indexedDB.open('reptile-lab');
                request.onsuccess = () => {
                    const get = request.result.transaction('sessions').objectStore('sessions').get('last');
                    get.onsuccess = () => { request.result.close(); resolve(get.result === undefined); };
                };
            })",
        )
        .await;
    });
}

#[test]
fn theta_and_sessions_go_through_scripts_and_what_is_no_file_is_refused() {
    visit(async |page| {
        let theta = train_from_elsewhere(page).await;
        let keep = "Promise.all([reptileLab.saveTheta(), reptileLab.saveSession()])
            .then(([theta, session]) => { window.files = { theta, session }; return [theta.length, session.length]; })";
        let sizes = page.promise(keep).await;
        assert!(sizes[0].as_u64() > Some(1000) && sizes[1].as_u64() > sizes[0].as_u64(), "{sizes}");
        page.lab("reset", &[]).await;
        page.promise("reptileLab.loadTheta(files.theta)").await;
        assert_eq!(page.lab("theta", &[]).await, theta);
        assert_eq!(page.status().await.iteration, 0, "a θ is where a run begins");
        page.promise("reptileLab.loadSession(files.session.buffer)").await;
        page.until_status("status.iteration === 120").await;
        assert_eq!(page.lab("theta", &[]).await, theta);

        let hostile = "(async () => {
            const told = [];
            const bad = [new Uint8Array(0), files.session.slice(0, 999), new Uint8Array(4096).fill(255), 'text', null];
            for (const bytes of bad) {
                for (const call of ['loadTheta', 'loadSession']) {
                    const begun = performance.now();
                    told.push(await reptileLab[call](bytes).then(() => 'taken', (error) => error.message));
                    if (performance.now() - begun > 200) told.push('slow');
                }
            }
            return told;
        })()";
        let told: Vec<String> = serde_json::from_value(page.promise(hostile).await).expect("messages");
        assert_eq!(told.len(), 10, "{told:#?}");
        assert!(told.iter().all(|message| message.len() > 15 && message != "taken"), "{told:#?}");
        assert_eq!(page.lab("theta", &[]).await, theta, "nothing is lost");
    });
}

//! Links: what is shared opens on another machine, follows a reload and the browser's history, and does no harm.

use reptile_lab::app::appearance::Scheme;
use reptile_lab::app::link::Link;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::i18n::Locale;
use serde_json::json;

use crate::page::Page;
use crate::trained::trained;
use crate::{EN, Visit, visit};

/// What the address says, by the reader of links itself.
async fn link(page: &Page) -> Link {
    let fragment = page.script("return location.hash;", &[]).await;
    Link::read(fragment.as_str().unwrap_or_default(), Locale::En, Scheme::Light).expect("the page's own link")
}

#[test]
fn a_link_opens_its_page_and_trains_up_to_its_moment() {
    let query =
        "#1&at=300&inner.steps=4&outer.iterations=1000&preview.task.amplitude=2&view.panels=wheel&view.hidden=settings";
    Visit { query, ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.until_status("!status.running && status.iteration === 300").await;
        assert_eq!(page.config().await.inner.steps, 4);
        page.reads("y = 2·sin(x + 1)").await;
        page.find("heading", EN.wheel_heading()).await;
        assert!(page.all("heading").await.iter().all(|heading| heading.name() != EN.controls_heading()));
        // The same run, by its seed.
        let theta = page.lab("theta", &[]).await;
        page.reload().await;
        page.ready().await;
        page.until_status("!status.running && status.iteration === 300").await;
        assert_eq!(page.lab("theta", &[]).await, theta);
        // Who has touched the page is asked first; the driver has not.
        page.console_forgets("beforeunload").await;
    });
}

#[test]
fn a_link_keeps_the_theta_of_a_moment_for_comparison() {
    Visit { query: "#1&at=120&keep=30", ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.until_status("!status.running && status.shown === 120").await;
        let told = "document.querySelector('.kept').innerText";
        page.until(&format!("{told}.includes('30')")).await;
        page.until("location.hash === '#1&at=120&keep=30'").await;
        // A reload has it as well, and a link without one is the page without it once it is let go.
        page.reload().await;
        page.ready().await;
        page.until_status("!status.running && status.shown === 120").await;
        page.until(&format!("{told}.includes('30')")).await;
        page.lab("dropComparison", &[]).await;
        page.until("location.hash === '#1&at=120'").await;
        // What other settings have trained is in no link.
        page.lab("goTo", &[json!(10)]).await;
        page.lab("keepForComparison", &[]).await;
        page.until("location.hash === '#1&at=10&keep=10'").await;
        let mut config = page.config().await;
        config.inner.steps = 4;
        page.set_config(&config).await;
        // Nor is the moment of a run that these settings have not trained from its beginning.
        page.lab("goTo", &[json!(5)]).await;
        page.until("location.hash.includes('inner.steps=4') && !/keep|at=/.test(location.hash)").await;
        page.console_forgets("beforeunload").await;
    });
}

#[test]
fn scripts_have_the_link_and_open_one() {
    visit(async |page| {
        page.lab("open", &[json!("#1&at=40&inner.steps=4&preview.task.amplitude=2")]).await;
        page.until_status("!status.running && status.shown === 40").await;
        page.reads("y = 2·sin(x + 1)").await;
        let address = page.lab("link", &[]).await;
        let found = Link::read(
            address.as_str().and_then(|address| address.split_once('#')).expect("an address with a fragment").1,
            Locale::En,
            Scheme::Light,
        );
        let found = found.expect("the page's own link");
        assert_eq!((found.moment, found.state.document.config.inner.steps), (40, 4));
        // A whole address is opened as well as its fragment; what is refused changes nothing.
        let other = page.refused("open", json!("#1&at=40&inner.steps=400000")).await;
        assert!(other.contains("inner.steps"), "{other}");
        assert!(page.refused("open", json!(7)).await.contains("link"));
        assert_eq!(page.lab("link", &[]).await, address);
        page.lab("open", &[address]).await;
        page.until_status("!status.running && status.shown === 40").await;
        // It is the θ of these settings, whatever had trained the run before.
        let mut other = Preset::Fast.config();
        other.inner.steps = 3;
        page.set_config(&other).await;
        page.lab("step", &[json!(10)]).await;
        page.lab("open", &[json!("#1&at=60")]).await;
        assert_eq!(page.theta().await, trained(&Preset::Fast.config(), 60));
        // What a script asks for next comes after it.
        let there = "reptileLab.open('#1&at=90').then(() => reptileLab.timeline()).then(({ at }) => at)";
        assert_eq!(page.promise(there).await, json!(90));
        let after = "reptileLab.open('#1&at=90').then(() => reptileLab.reset()).then(() => reptileLab.step(3))
            .then(() => reptileLab.timeline()).then(({ first, last }) => [first, last])";
        assert_eq!(page.promise(after).await, json!([0, 3]));
        // Of two that are on their way, the later one is gone to.
        let both = "Promise.allSettled(['#1&at=130', '#1&at=170'].map((link) => reptileLab.open(link)))
            .then((all) => all.map(({ status }) => status))";
        assert_eq!(page.promise(both).await, json!(["rejected", "fulfilled"]));
        assert_eq!(page.until_status("status.shown === 170").await.iteration, 170);
        page.until("location.hash === '#1&at=170'").await;
        // What begins the run anew ends the way there.
        let called_off = "(async () => {
            const opened = reptileLab.open('#1&at=260').then(() => 'there', () => 'called off');
            await reptileLab.reset();
            await reptileLab.step(3);
            return [await opened, (await reptileLab.status()).iteration];
        })()";
        assert_eq!(page.promise(called_off).await, json!(["called off", 3]));
    });
}

#[test]
fn the_address_follows_and_the_browsers_history_leads_back() {
    visit(async |page| {
        assert_eq!(page.script("return location.hash;", &[]).await, json!(""));
        let mut changed = page.config().await;
        changed.inner.steps = 7;
        page.set_config(&changed).await;
        page.until("location.hash.includes('inner.steps=7')").await;
        let entries = page.script("return history.length;", &[]).await.as_u64();
        page.script(
            "const preset = document.querySelector('#preset');
            preset.value = 'paper';
            preset.dispatchEvent(new Event('change', { bubbles: true }));",
            &[],
        )
        .await;
        page.until("location.hash.includes('preset=paper')").await;
        assert_eq!(page.script("return history.length;", &[]).await.as_u64(), entries.map(|entries| entries + 1));
        page.script("history.back();", &[]).await;
        page.until("location.hash.includes('inner.steps=7')").await;
        page.until("reptileLab.getConfig().then((config) => config.inner.steps === 7)").await;
        page.lab("step", &[json!(20)]).await;
        page.until("location.hash.includes('at=20')").await;
        assert_eq!(link(page).await.moment, 20);
    });
}

#[test]
fn a_link_that_is_refused_leaves_the_page_at_its_beginning_and_says_why() {
    for (query, words) in [
        ("#1&inner.steps=0", "inner.steps"),
        ("#7&seed=3", "it begins with “7”; this page opens links of version 1."),
        ("#1&view.panels=%3Cimg%20src=x%20onerror=%22window.harm=1%22%3E", "unknown variant"),
    ] {
        Visit { query, ..Visit::default() }.run(async |page| {
            page.ready().await;
            page.until(&format!("document.body.innerText.includes({})", json!(words))).await;
            assert_eq!(page.config().await, reptile_lab::domain::config::preset::Preset::Fast.config());
            assert_eq!(
                page.script("return [window.harm === undefined, document.querySelectorAll('img').length];", &[]).await,
                json!([true, 0])
            );
            page.lab("step", &[json!(5)]).await;
        });
    }
}

#[test]
fn the_dialog_has_the_link_its_code_and_a_frame() {
    visit(async |page| {
        page.lab("step", &[json!(40)]).await;
        page.press(EN.share()).await;
        page.find("dialog", EN.share_heading()).await;
        let read = async |name: &str| page.find("textbox", name).await.node.value().to_owned();
        let address = read(EN.share_link()).await;
        let (_, fragment) = address.split_once('#').expect("a fragment");
        let shared = Link::read(fragment, Locale::ZhHans, Scheme::Light).expect("a link");
        assert_eq!((shared.moment, shared.state.appearance.locale), (40, Locale::En));
        page.find("image", EN.share_qr()).await;
        page.find("checkbox", EN.part_settings()).await.click().await;
        page.find("checkbox", EN.share_language()).await.click().await;
        page.until("document.querySelector('#share-link').value.includes('view.hidden=settings')").await;
        assert!(!read(EN.share_link()).await.contains("lang="));
        let frame = read(EN.share_frame()).await;
        assert!(frame.starts_with("<iframe src=\"http") && frame.contains("view.hidden=header,"), "{frame}");
        assert_eq!(frame.matches('"').count(), 8, "{frame}");
    });
}

#[test]
fn a_run_whose_settings_were_changed_on_the_way_says_so_and_that_no_link_trains_it_again() {
    visit(async |page| {
        page.lab("step", &[json!(20)]).await;
        let theta = "document.querySelector('.run .theta').innerText";
        let mut config = page.config().await;
        config.outer.step_size = 0.05;
        page.set_config(&config).await;
        page.lab("step", &[json!(20)]).await;
        page.until(&format!("{theta}.includes('40 ') && {theta}.includes('other settings')")).await;
        page.press(EN.share()).await;
        page.find("dialog", EN.share_heading()).await;
        page.reads(EN.share_no_moment()).await;
        page.type_keys(crate::page::key::ESCAPE).await;
        page.press(EN.run_reset()).await;
        page.until_status("status.iteration === 0").await;
        page.lab("step", &[json!(20)]).await;
        page.until(&format!("{theta}.includes('20 ') && !{theta}.includes('other settings')")).await;
        page.press(EN.share()).await;
        page.find("dialog", EN.share_heading()).await;
        assert!(!page.shows(EN.share_no_moment()).await);
    });
}

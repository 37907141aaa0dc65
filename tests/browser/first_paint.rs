//! The page before anything is pressed.

use crate::page::Page;
use crate::shots::shots;
use crate::{EN, Visit, visit};

/// An engine that never says a word.
const MUTE_ENGINE: &str = "window.Worker = class extends EventTarget { postMessage() {} terminate() {} };";

#[test]
fn the_page_is_alive_at_first_paint() {
    visit(async |page| {
        assert_eq!(page.title().await, EN.page_title());
        assert_eq!(page.script("return document.documentElement.lang;", &[]).await, "en");
        let ready = page.ready().await;
        assert_eq!((&ready["version"], &ready["backend"]), (&env!("CARGO_PKG_VERSION").into(), &"cpu".into()));
        assert_eq!(shots(page).await.len(), 10);

        // The engine has adapted to the shots, and measured the start, without being asked.
        let fit = page.chart(EN.fit_heading()).await;
        assert!(fit.node.name().starts_with("The true curve y = "), "{}", fit.node.name());
        for heading in [EN.fit_heading(), EN.adaptation_heading(), EN.training_heading()] {
            page.chart_that(heading, |words| words.contains("s = 32")).await;
            assert!(colours(page, heading).await > 3, "{heading} is empty");
        }
        let status = page.status().await;
        assert!(!status.running && status.iteration == 0, "{status:?}");
    });
}

#[test]
fn the_first_picture_needs_no_engine() {
    let mute = Visit { before: MUTE_ENGINE, ..Visit::default() };
    mute.run(async |page| {
        page.reads(EN.waiting_for_engine()).await;
        assert_eq!(shots(page).await.len(), 10);
        page.find("button", EN.run_train()).await;
        page.find("slider", EN.picker_point()).await;
        assert!(page.chart(EN.fit_heading()).await.node.name().starts_with("The true curve y = "));
        assert!(colours(page, EN.fit_heading()).await > 3);
    });
}

#[test]
fn the_console_is_listened_to() {
    visit(async |page| {
        page.script("console.error('a test speaks');", &[]).await;
        page.console_holds("a test speaks").await;
    });
}

/// Different colours of a chart.
async fn colours(page: &Page, heading: &str) -> u64 {
    const COLOURS: &str = "
        const pixels = arguments[0].getContext('2d').getImageData(0, 0, arguments[0].width, arguments[0].height);
        return new Set(new Uint32Array(pixels.data.buffer)).size;";
    page.chart(heading).await.script(COLOURS).await.as_u64().unwrap_or_default()
}

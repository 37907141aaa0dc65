//! Projector mode: what the last row sees, by button and by keys.

use serde_json::{Value, json};

use crate::page::{Page, key};
use crate::{EN, Visit, visit};

/// Waits until the mode is on, or off.
async fn is_on(page: &Page, on: bool) {
    page.until(&format!("document.documentElement.hasAttribute('data-projector') === {on}")).await;
}

/// The least text that is seen, as a share of the window's height, with its words.
async fn least_text(page: &Page) -> (f64, String) {
    let found = page
        .script(
            "let least = [1, ''];
            for (const element of document.querySelectorAll('body *')) {
                const { width, height, top } = element.getBoundingClientRect();
                if (!element.checkVisibility() || width < 2 || height < 2 || top >= innerHeight) continue;
                if (getComputedStyle(element).clipPath !== 'none') continue;
                for (const node of element.childNodes) {
                    const words = node.nodeType === Node.TEXT_NODE && node.nodeValue.trim();
                    const size = parseFloat(getComputedStyle(element).fontSize) / innerHeight;
                    if (words && size < least[0]) least = [size, words];
                }
            }
            return least;",
            &[],
        )
        .await;
    serde_json::from_value(found).expect("a share and words")
}

#[test]
fn the_last_row_reads_chart_plane_and_run_on_one_screen() {
    visit(async |page| {
        page.lab("step", &[json!(100)]).await;
        for (width, height) in [(1024, 768), (1280, 720), (1920, 1080)] {
            page.resize(width, height).await;
            page.press(EN.projector()).await;
            is_on(page, true).await;
            page.until("document.querySelector('.fit canvas').getBoundingClientRect().height > innerHeight / 3").await;
            let (share, words) = least_text(page).await;
            assert!(share >= 0.025, "{width} × {height}: {words:?} has {share}");
            let sights = page
                .script(
                    "return ['.fit canvas', '.plane', '.run-buttons .primary', '.lead'].map((selector) => {
                        const { top, bottom, left, right } = document.querySelector(selector).getBoundingClientRect();
                        return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
                    }).concat(document.documentElement.scrollHeight <= innerHeight);",
                    &[],
                )
                .await;
            assert_eq!(sights, json!([true, true, true, true, true]), "{width} × {height}");
            // The true curve, θ and what becomes of it after the last step: the chart's words name no other.
            let chart = page
                .chart_that(EN.fit_heading(), |words| words.matches("s = ").count() == 2 && words.contains("s = 32"))
                .await;
            let words = chart.node.name().to_owned();
            assert!(!words.contains("random start"), "{words}");
            page.type_keys(key::ESCAPE).await;
            is_on(page, false).await;
        }
    });
}

#[test]
fn a_presenter_works_it_by_keys() {
    visit(async |page| {
        page.resize(1280, 720).await;
        page.lab("step", &[json!(60)]).await;
        page.type_keys("p").await;
        is_on(page, true).await;
        page.type_keys(" ").await;
        page.until_status("status.running").await;
        page.type_keys(" ").await;
        let status = page.until_status("!status.running").await;
        page.type_keys(key::HOME).await;
        page.until_status("status.shown === 0").await;
        page.type_keys(".").await;
        page.until_status("status.shown === 1").await;
        page.type_keys(",").await;
        page.until_status("status.shown === 0").await;
        page.type_keys(key::END).await;
        page.until_status(&format!("status.shown === {}", status.iteration)).await;

        // The pages of a lesson, by the keys of a presenter's remote control.
        page.lab("open", &[json!("#1&view.lesson=what-is-a-task&view.projector=true")]).await;
        page.until("document.querySelector('#lesson-heading') !== null").await;
        let title = "document.querySelector('#lesson-heading').innerText";
        let first = page.script(&format!("return {title};"), &[]).await;
        page.type_keys(key::PAGE_DOWN).await;
        page.until(&format!("{title} !== {first}")).await;
        page.type_keys(key::PAGE_UP).await;
        page.until(&format!("{title} === {first}")).await;
        // One that is about a panel has it in place of the chart.
        page.lab("open", &[json!("#1&view.lesson=one-reptile-step&view.panels=two-tasks&view.projector=true")]).await;
        let next = page.find("button", EN.two_next()).await;
        let (left, top, width, height) = next.place().await;
        assert!(left >= 0.0 && top >= 0.0 && left + width <= 1280.0 && top + height <= 720.0, "{left} {top}");
        assert_eq!(page.script("return document.querySelector('.fit').checkVisibility();", &[]).await, json!(false));
        // So has one that is about the errors.
        page.lab("open", &[json!("#1&view.lesson=claims-tested&view.lesson_page=2&view.projector=true")]).await;
        page.until("document.querySelector('.curves > .pointed canvas')?.getBoundingClientRect().bottom < innerHeight")
            .await;
        let others =
            "return ['.fit', '.curves > :not(.pointed)'].map((it) => document.querySelector(it).checkVisibility());";
        assert_eq!(page.script(others, &[]).await, json!([false, false]));
        page.type_keys("p").await;
        is_on(page, false).await;
    });
}

#[test]
fn a_ring_goes_with_the_pointer_and_letters_stay_in_fields() {
    visit(async |page| {
        page.resize(1280, 720).await;
        let field = page.find("textbox", EN.fit_count()).await;
        field.enter("p").await;
        assert_eq!(field.content().await, "p");
        is_on(page, false).await;
        page.press(EN.projector()).await;
        is_on(page, true).await;
        page.point_at((500.0, 400.0)).await;
        let middle = "(() => {
            const { left, top, width, height } = document.querySelector('.pointer-ring.on').getBoundingClientRect();
            return Math.hypot(left + width / 2 - 500, top + height / 2 - 400) < 2;
        })()";
        page.until(middle).await;
        page.press(EN.projector_leave()).await;
        is_on(page, false).await;
        assert_eq!(page.script("return document.querySelector('.pointer-ring');", &[]).await, Value::Null);
    });
}

#[test]
fn a_link_to_it_fills_the_window_where_the_screen_is_refused() {
    // The page's own strokes, so far: the width on the screen of each that has the points of a curve.
    let before = "window.curves = [];
        const { lineTo, beginPath, stroke } = CanvasRenderingContext2D.prototype;
        let points = 0;
        Object.assign(CanvasRenderingContext2D.prototype, {
            beginPath() { points = 0; return beginPath.call(this); },
            lineTo(...place) { points += 1; return lineTo.apply(this, place); },
            stroke(...given) {
                const { canvas, lineWidth } = this;
                if (points > 20) curves.push({ canvas, width: lineWidth * this.getTransform().a / devicePixelRatio });
                return stroke.apply(this, given);
            },
        });";
    Visit { query: "#1&view.projector=true", before, ..Visit::default() }.run(async |page| {
        page.ready().await;
        is_on(page, true).await;
        // The smaller the window, the thinner they would be.
        page.script("curves.length = 0;", &[]).await;
        page.resize(800, 600).await;
        let thin = "curves.filter(({ canvas }) => canvas.closest('.fit')).map(({ width }) => width)";
        page.until(&format!("{thin}.length > 0")).await;
        // Without a press there is no full screen, and no error for it.
        let widths = page.script(&format!("return {thin};"), &[]).await;
        let widths: Vec<f64> = serde_json::from_value(widths).expect("widths");
        assert!(!widths.is_empty(), "no curve was drawn");
        assert!(widths.iter().all(|&width| width >= 3.0), "lines of {widths:?} px");
        assert_eq!(page.script("return document.fullscreenElement;", &[]).await, Value::Null);
    });
}

//! Charts over the whole window: by button and by key, live, with what a person does on them, and back to where one was.

use reptile_lab::domain::config::preset::Preset;
use reptile_lab::i18n::message;
use serde_json::{Value, json};

use crate::looks::TOO_WIDE;
use crate::page::{Name, Page, Part, key};
use crate::{EN, visit};

/// The name of the button that opens a chart large.
fn opens(chart: &str) -> String {
    EN.format(message::ChartLarge { chart })
}

/// Waits for the dialog of a chart and for its drawing to fill the window; the dialog and the chart in it.
async fn large(page: &Page, title: &str) -> (Part, Part) {
    let dialog = page.find("dialog", title).await;
    page.until("document.querySelectorAll('dialog[open]').length === 1").await;
    page.until(
        "(() => {
            const canvas = document.querySelector('dialog[open] canvas');
            const { width, height } = canvas.getBoundingClientRect();
            return width > 0.85 * innerWidth && height > 0.5 * innerHeight
                && Math.abs(canvas.width - width * devicePixelRatio) <= 1;
        })()",
    )
    .await;
    let chart = page.find_within(&dialog, "image", Name::Any).await;
    (dialog, chart)
}

/// Waits until no chart is large.
async fn closed(page: &Page) {
    page.until("document.querySelector('dialog[open], .sheet-head') === null").await;
}

/// Waits until the large chart says this in words below it, which are its text alternative.
async fn says(page: &Page, words: &str) {
    let says = "const told = document.querySelector('dialog[open] .told').innerText;
        return told === document.querySelector('dialog[open] canvas').ariaLabel && told.includes";
    page.until(&format!("(() => {{ {says}({}); }})()", Value::from(words))).await;
}

#[test]
fn a_lecturer_shows_a_chart_to_the_last_row_while_it_is_trained() {
    visit(async |page| {
        page.set_config(&Preset::Fast.config()).await;
        page.resize(1280, 720).await;
        let before = page.chart(EN.training_heading()).await;
        let canvas = page.chart(EN.fit_heading()).await;
        let (_, _, width, height) = canvas.place().await;
        let button = page.find("button", &opens(EN.fit_heading())).await;
        button.click().await;
        let (_, chart) = large(page, EN.fit_heading()).await;
        assert_eq!(page.focus().await.map(|(role, _)| role).as_deref(), Some("image"));
        says(page, "at meta-iteration 0:").await;

        // Nothing is lost below a large chart: another one is drawn when that has gone.
        let (covered, drawn) = (before.drawing().await, chart.drawing().await);
        page.lab("step", &[json!(200)]).await;
        says(page, "at meta-iteration 200:").await;
        assert_ne!(chart.drawing().await, drawn, "it is live");
        assert_eq!(before.drawing().await, covered, "it is covered");

        // Keys read values off; Escape closes all the same, and the space bar trains.
        page.type_keys(key::RIGHT).await;
        page.until("document.querySelector('dialog[open] .readout') !== null").await;
        page.type_keys(" ").await;
        page.until_status("status.running && status.iteration > 200").await;
        page.type_keys(" ").await;
        page.until_status("!status.running").await;
        page.type_keys(key::ESCAPE).await;
        closed(page).await;
        assert_eq!(page.focus().await, Some(("button".to_owned(), opens(EN.fit_heading()))));
        let drawing = "const training = document.querySelector('[aria-labelledby=training-heading] canvas');
            return training.toDataURL() !== JSON.parse";
        page.until(&format!("(() => {{ {drawing}({}); }})()", Value::from(covered.as_str()))).await;
        let (_, _, now, high) = canvas.place().await;
        assert_eq!((now, high), (width, height));
    });
}

#[test]
fn a_key_opens_the_focused_chart_large_with_what_a_person_does_on_it() {
    visit(async |page| {
        page.set_config(&Preset::Fast.config()).await;
        page.resize(1280, 720).await;
        page.unfold(EN.inside_heading()).await;
        let units = page.find("slider", EN.inside_units()).await;
        units.keys(&format!("{}l", key::HOME)).await;
        let (dialog, _) = large(page, EN.inside_units()).await;
        says(page, "Responses of the 64 units").await;
        // The units are chosen as they are in the page.
        page.find_within(&dialog, "slider", EN.inside_units()).await.keys(key::RIGHT).await;
        let unit = EN.format(message::ChartUnitsUnit { unit: 2, layer: 2 });
        let told = "document.querySelector('dialog[open] [role=slider]').getAttribute('aria-valuetext')";
        page.until(&format!("{told}?.startsWith({})", Value::from(unit.as_str()))).await;
        page.type_keys("L").await;
        closed(page).await;
        assert_eq!(
            page.focus().await.map(|(role, name)| (role, name.starts_with(EN.inside_units()))),
            Some(("slider".into(), true))
        );

        // By its own button, and by a click beside it.
        page.press(&opens(EN.inside_weights())).await;
        let (dialog, _) = large(page, EN.inside_weights()).await;
        page.find_within(&dialog, "button", EN.close()).await.click().await;
        closed(page).await;
        page.press(&opens(EN.inside_movement())).await;
        large(page, EN.inside_movement()).await;
        page.drag((640.0, 360.0), (-638.0, 0.0)).await;
        page.frame().await;
        page.find("dialog", EN.inside_movement()).await;
        page.drag((3.0, 360.0), (0.0, 0.0)).await;
        closed(page).await;

        // In no window is it wider than the page.
        for (width, height) in [(390, 844), (844, 390), (1920, 1080)] {
            page.resize(width, height).await;
            page.press(&opens(EN.inside_share())).await;
            page.find("dialog", EN.inside_share()).await;
            assert_eq!(page.script(TOO_WIDE, &[]).await, 0, "{width} × {height}");
            let inside =
                "const { left, top, right, bottom } = document.querySelector('dialog[open]').getBoundingClientRect();
                return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;";
            assert_eq!(page.script(inside, &[]).await, true, "{width} × {height}");
            page.type_keys(key::ESCAPE).await;
            closed(page).await;
        }
    });
}

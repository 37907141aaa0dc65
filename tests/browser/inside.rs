//! Inside the network: its units by pointer and by keys, the layers that move, and the number for scripts.

use reptile_lab::domain::config::preset::Preset;
use reptile_lab::i18n::message;
use serde_json::{Value, json};

use crate::looks::TOO_WIDE;
use crate::page::{Name, Page, Part, key};
use crate::{EN, visit};

/// How far each layer has moved after the last step, as scripts are told.
async fn moved(page: &Page) -> Vec<f64> {
    let wanted = json!({ "task": { "amplitude": 3.5, "phase": 1 }, "shots": [[-4, 0.5], [-1, 0], [1, 3], [3, -2.6]] });
    let layers = page.lab("layers", &[wanted]).await;
    let rows: Vec<Vec<f64>> = serde_json::from_value(layers["moved"].clone()).expect("rows of numbers");
    assert_eq!((rows.len(), rows[0].as_slice()), (33, &[0.0, 0.0, 0.0][..]), "{layers}");
    rows[32].clone()
}

/// Waits until a chart of the panel has such a text alternative.
async fn chart_that(page: &Page, begins: &str, fits: &str) -> Part {
    let condition = format!(
        "[...document.querySelectorAll('.inside canvas')].some((canvas) => {{
            const words = canvas.getAttribute('aria-label');
            return words.startsWith({}) && words.includes({});
        }})",
        Value::from(begins),
        Value::from(fits),
    );
    page.until(&condition).await;
    let region = page.find("region", EN.inside_heading()).await;
    page.find_within(&region, "image", Name::Begins(begins)).await
}

#[test]
fn what_is_folded_gives_its_pixels_back() {
    const CANVASES: &str = "[...document.querySelectorAll('.inside canvas')]";
    // A picture of nothing is short.
    const DRAWN: &str = "(canvas) => canvas.width > 100 && canvas.toDataURL().length > 8000";
    // As the browser makes one, without pixels as yet.
    const NEW: &str = "(canvas) => canvas.width === 300 && canvas.height === 150";
    visit(async |page| {
        page.ready().await;
        // All of the panel is in sight.
        page.resize(1280, 3600).await;
        for _ in 0..2 {
            page.unfold(EN.inside_heading()).await;
            page.until(&format!("{CANVASES}.length > 3 && {CANVASES}.every({DRAWN})")).await;
            page.script(&format!("window.drawn = {CANVASES}.map((canvas) => new WeakRef(canvas));"), &[]).await;
            page.find("DisclosureTriangle", EN.inside_heading()).await.click().await;
            page.until(&format!("{CANVASES}.every({NEW})")).await;
            page.frame().await;
            page.devtools("HeapProfiler.collectGarbage", json!({})).await;
            page.until("drawn.every((canvas) => !canvas.deref())").await;
            // New data draw nothing there.
            page.lab("step", &[json!(5)]).await;
            page.frame().await;
            page.until(&format!("{CANVASES}.every({NEW})")).await;
        }
    });
}

#[test]
fn a_class_looks_inside_the_network() {
    visit(async |page| {
        page.set_config(&Preset::Fast.config()).await;
        page.unfold(EN.inside_heading()).await;
        chart_that(page, "Responses of the 64 units of hidden layer 2", "meta-iteration 0,").await;
        chart_that(page, "How far each layer", "s = 32").await;
        chart_that(page, "The prediction of θ", "64 units").await;
        chart_that(page, "Weights into hidden layer 2", "64 units by 64 inputs").await;
        let at_first = moved(page).await;

        // By keys from unit to unit; the other chart tells the share of the same unit.
        let units = page.find("slider", EN.inside_units()).await;
        units.keys(&format!("{}{}", key::HOME, key::RIGHT)).await;
        let name = EN.format(message::ChartUnitsUnit { unit: 2, layer: 2 });
        page.until(&format!("[...document.querySelectorAll('.inside [role=slider]')].some((slider) => (slider.getAttribute('aria-valuetext') ?? '').startsWith({}))", Value::from(name.as_str()))).await;
        chart_that(page, "The prediction of θ", "Unit 2 gives").await;
        units.keys(key::ESCAPE).await;
        // By pointer: the middle of the chart is on a unit or between two; a little beside it is another.
        let chart = chart_that(page, "Responses of the 64 units", "").await;
        chart.reveal().await;
        let (left, top, width, height) = chart.place().await;
        page.point_at((left + 0.06 * width, top + 0.9 * height)).await;
        page.until("document.querySelector('.inside .readout p')?.innerText.startsWith('Unit ')").await;
        let weights = page.find("slider", EN.inside_weights()).await;
        weights.keys(&format!("{}{}{}", key::HOME, key::RIGHT, key::DOWN)).await;
        let cell = EN.format(message::ChartWeightsCell { unit: 2, layer: 2, input: 2 });
        page.until(&format!("[...document.querySelectorAll('.inside [role=slider]')].some((slider) => (slider.getAttribute('aria-valuetext') ?? '').startsWith({}))", Value::from(cell.as_str()))).await;

        // The replay goes through the steps here, too.
        page.find("slider", EN.replay_step()).await.keys(&format!("{}{}", key::RIGHT, key::RIGHT)).await;
        chart_that(page, "Responses of the 64 units", "after s = 1 gradient").await;
        page.press(EN.replay_all()).await;
        chart_that(page, "Responses of the 64 units", "after s = 32 gradient").await;

        // After training, what moves is the read-out.
        page.lab("step", &[json!(1500)]).await;
        chart_that(page, "How far each layer", "meta-iteration 1\u{202f}500").await;
        let trained = moved(page).await;
        assert!(trained[0] + trained[1] < 0.4 * trained[2], "{trained:?}");
        assert!(at_first[0] + at_first[1] > 0.5 * at_first[2], "{at_first:?}");

        // Another layer, and the widest network there is, within the page.
        page.find("combobox", EN.inside_layer()).await.choose("1 (64)").await;
        chart_that(page, "Responses of the 64 units of hidden layer 1", "").await;
        chart_that(page, EN.chart_share_none(), "").await;
        page.press(EN.inside_changes()).await;
        let mut config = Preset::Fast.config();
        config.model.hidden = vec![128; 4];
        page.set_config(&config).await;
        page.find("combobox", EN.inside_layer()).await.choose("4 (128)").await;
        chart_that(page, "Responses of the 128 units of hidden layer 4", "").await;
        for width in [1920, 1280, 390, 360] {
            page.resize(width, 900).await;
            assert_eq!(page.script(TOO_WIDE, &[]).await, 0, "at {width}");
        }
        let refused = page
            .refused("layers", json!({ "task": { "amplitude": 1, "phase": 1 }, "shots": [], "steps": 10_001 }))
            .await;
        assert!(refused.contains("steps"), "{refused}");
    });
}

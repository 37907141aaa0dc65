//! What is taken along and brought in: charts as files, and own points as shots.

use std::io::Cursor;

use reptile_lab::app::formatting::decimal;
use reptile_lab::app::points::PointsError;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::i18n::message;
use serde_json::{Value, json};

use crate::page::{Page, key};
use crate::shots::shots;
use crate::{EN, visit};

/// Keeps what the page would save, in place of the browser.
const KEEP: &str = "
    const create = URL.createObjectURL;
    URL.createObjectURL = (blob) => { window.blob = blob; return create.call(URL, blob); };
    HTMLAnchorElement.prototype.click = function () { window.saved = { name: this.download, blob: window.blob }; };";

/// Saves the large chart as a file of this kind: its name, its type and its contents.
async fn saved(page: &Page, kind: &str) -> (String, String, Vec<u8>) {
    page.script("window.saved = undefined;", &[]).await;
    page.press(&EN.format(message::ChartSaveAs { kind })).await;
    page.until("window.saved !== undefined").await;
    let bytes = page.promise("saved.blob.arrayBuffer().then((bytes) => Array.from(new Uint8Array(bytes)))").await;
    let bytes = bytes.as_array().expect("bytes").iter().filter_map(Value::as_u64).map(|byte| byte as u8).collect();
    let [name, kind] = ["saved.name", "saved.blob.type"].map(|of| format!("return {of};"));
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    (text(page.script(&name, &[]).await), text(page.script(&kind, &[]).await), bytes)
}

/// Opens the chart that has this title large.
async fn open(page: &Page, title: &str) {
    page.press(&EN.format(message::ChartLarge { chart: title })).await;
    page.find("dialog", title).await;
    page.until("document.querySelector('dialog[open] canvas').width > 600").await;
}

#[test]
fn a_chart_is_saved_as_picture_document_and_table_with_its_settings_inside() {
    visit(async |page| {
        page.script(KEEP, &[]).await;
        page.set_config(&Preset::Fast.config()).await;
        page.lab("step", &[json!(40)]).await;
        page.chart_that(EN.fit_heading(), |words| words.contains("meta-iteration 40:")).await;
        open(page, EN.fit_heading()).await;
        let config = page.config().await;

        let (name, kind, bytes) = saved(page, "PNG").await;
        assert_eq!((name.as_str(), kind.as_str()), ("reptile-lab-fit-40.png", "image/png"));
        let mut picture = png::Decoder::new(Cursor::new(bytes)).read_info().expect("a picture");
        let mut pixels = vec![0; picture.output_buffer_size().expect("a size")];
        let frame = picture.next_frame(&mut pixels).expect("pixels");
        assert!(frame.width >= 1600 && frame.height > 400, "{frame:?}");
        let pixel = frame.line_size / frame.width as usize;
        let drawn = pixels.chunks(pixel).filter(|colour| *colour != &pixels[..pixel]).count();
        assert!(drawn > 5000, "{drawn} pixels are not paper");
        let text = |keyword: &str| {
            let found = picture.info().utf8_text.iter().find(|chunk| chunk.keyword == keyword);
            found.expect("a text of this keyword").get_text().expect("UTF-8")
        };
        assert_eq!(text("Title"), EN.fit_heading());
        assert!(text("Description").contains("at meta-iteration 40:"), "{}", text("Description"));
        assert!(text("Description").contains("Whose θ: Reptile, 40 meta-iterations"), "{}", text("Description"));
        assert_eq!(Config::from_json(&text("Config")), Ok(config.clone()));
        assert!(text("Source").contains("#1&"), "{}", text("Source"));

        let (name, kind, bytes) = saved(page, "SVG").await;
        assert_eq!((name.as_str(), kind.as_str()), ("reptile-lab-fit-40.svg", "image/svg+xml"));
        let document = String::from_utf8(bytes).expect("UTF-8");
        let tree = roxmltree::Document::parse(&document).expect("XML");
        let root = tree.root_element();
        let of = |name: &str| root.children().find(|node| node.tag_name().name() == name).and_then(|node| node.text());
        assert_eq!(of("title"), Some(EN.fit_heading()));
        let metadata: Value = serde_json::from_str(of("metadata").expect("settings")).expect("JSON");
        assert_eq!(Config::from_json(&metadata["config"].to_string()), Ok(config.clone()));
        assert!(root.descendants().filter(|node| node.tag_name().name() == "polyline").count() > 8);
        // The browser reads it as well, and it is as large as the chart.
        let is_as_large = "saved.blob.text().then((text) => {
            const { documentElement } = new DOMParser().parseFromString(text, 'image/svg+xml');
            const width = document.querySelector('dialog[open] canvas').clientWidth;
            return documentElement.localName === 'svg' && Number(documentElement.getAttribute('width')) === width;
        })";
        assert_eq!(page.promise(is_as_large).await, true);

        let (name, kind, bytes) = saved(page, "CSV").await;
        assert_eq!((name.as_str(), kind.as_str()), ("reptile-lab-fit-40.csv", "text/csv"));
        let mut table = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(&bytes[..]);
        let headers: Vec<String> = table.headers().expect("headers").iter().map(str::to_owned).collect();
        assert_eq!(headers[..3], ["x", EN.chart_truth(), EN.chart_readout_theta()]);
        let rows: Vec<_> = table.records().map(|record| record.expect("as long as the headers")).collect();
        assert!(rows.len() > config.tasks.grid, "{} rows", rows.len());
        let mse = EN.format(message::TableMse { of: EN.chart_from_theta() });
        let mse = headers.iter().position(|header| *header == mse).expect("errors");
        assert!(rows.iter().any(|row| row[mse].parse::<f64>().is_ok_and(|mse| mse > 0.0)));

        // Without a pointer, and of another chart.
        page.type_keys(key::ESCAPE).await;
        open(page, EN.training_heading()).await;
        let button = page.find("button", &EN.format(message::ChartSaveAs { kind: "CSV" })).await;
        page.script("window.saved = undefined;", &[]).await;
        button.keys(" ").await;
        page.until("window.saved !== undefined").await;
        assert_eq!(page.script("return saved.name;", &[]).await, "reptile-lab-training-40.csv");
    });
}

/// Pastes a text where the focus is, or into the element of a selector.
async fn paste(page: &Page, text: &str, selector: &str) {
    let paste = "const data = new DataTransfer();
        data.setData('text/plain', arguments[0]);
        const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
        document.querySelector(arguments[1]).dispatchEvent(event);";
    page.script(paste, &[json!(text), json!(selector)]).await;
}

/// The names of shots at these places.
fn names(points: &[[f64; 2]]) -> Vec<String> {
    let name = |(index, [x, y]): (usize, &[f64; 2])| {
        EN.format(message::FitShot { number: index + 1, x: decimal(*x, 2), y: decimal(*y, 2) })
    };
    points.iter().enumerate().map(name).collect()
}

async fn until_shots(page: &Page, wanted: &[String]) {
    for _ in 0..600 {
        if shots(page).await == wanted {
            return;
        }
        page.frame().await;
    }
    panic!("{:?} instead of {wanted:?}", shots(page).await);
}

#[test]
fn pasted_rows_of_x_and_y_become_the_shots() {
    visit(async |page| {
        let before = shots(page).await;
        paste(page, "x;y\r\n1,5;-2,25\r\n-0,5;3\r\n", "body").await;
        until_shots(page, &names(&[[1.5, -2.25], [-0.5, 3.0]])).await;
        page.press(EN.undo()).await;
        until_shots(page, &before).await;

        // A row that is none is named, and nothing changes; nor does what is pasted into a field.
        paste(page, "1 2\n3", "body").await;
        let error = PointsError::Row { row: 2, text: "3".to_owned() };
        page.alerts(&EN.format(message::PointsFailed { detail: error.message(EN) })).await;
        paste(page, "1 2", "input").await;
        paste(page, &"0 0\n".repeat(500_000), "body").await;
        page.alerts(&EN.format(message::PointsFailed { detail: PointsError::TooLong.message(EN) })).await;
        assert_eq!(shots(page).await, before);

        // Where nothing can be pasted by keys.
        page.press(EN.fit_paste()).await;
        let dialog = page.find("dialog", EN.fit_paste()).await;
        let field = page.find_within(&dialog, "textbox", EN.fit_paste_text()).await;
        field.keys("7 1").await;
        let take = page.find_within(&dialog, "button", EN.fit_paste_use()).await;
        take.click().await;
        let outside = PointsError::Outside { row: 1, axis: "x", number: 7.0, range: [-5.0, 5.0] };
        page.alerts(&outside.message(EN)).await;
        field.enter("-1 0.5").await;
        take.click().await;
        until_shots(page, &names(&[[-1.0, 0.5]])).await;
        page.until("document.querySelector('dialog[open]') === null").await;
    });
}

#[test]
fn the_run_is_shown_and_saved_as_a_program_that_follows_the_settings() {
    visit(async |page| {
        page.script(KEEP, &[]).await;
        page.unfold(EN.engine_code()).await;
        let code = page.find("region", EN.engine_code_text()).await;
        page.until("document.querySelector('.code-view code').innerText.includes('import torch')").await;
        let before = code.script("return arguments[0].innerText;").await;
        let mut config = page.config().await;
        config.inner.steps = 3;
        page.set_config(&config).await;
        page.until(&format!("document.querySelector('.code-view pre').innerText !== {before}")).await;
        page.press(EN.engine_save_code()).await;
        page.until("window.saved?.name === 'reptile_lab.py'").await;
        let saved = page.promise("saved.blob.text()").await;
        assert_eq!(saved, page.lab("script", &[]).await);
    });
}

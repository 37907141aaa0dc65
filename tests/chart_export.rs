//! Charts as files: what other programs read in them is what the chart shows and what it was made by, whatever stands in
//! its words.

use proptest::prelude::*;
use reptile_lab::app::appearance::Scheme;
use reptile_lab::chart::Style;
use reptile_lab::chart::export::png::NotAPicture;
use reptile_lab::chart::export::{About, Settings, csv, png, svg};
use reptile_lab::chart::figure::Figure;
use reptile_lab::chart::plots::training::TrainingFigure;
use reptile_lab::chart::table::Table;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::evaluation::{Curve, HeldOutPoint};
use reptile_lab::i18n::Locale;

/// Names and words as nobody should write them.
const HOSTILE: &str =
    "]]><script>alert(\"1\")</script>&amp;\u{0}\u{1b}\r\n=HYPERLINK(\"http://evil\",1),=2+3,\u{2028}“θ”";

fn about(words: &str) -> About {
    About {
        title: format!("Training {words}"),
        description: format!("The error falls. {words}"),
        settings: vec![Settings::of(Preset::Fine.config())],
        source: "https://lab.example/#1.abc".to_owned(),
    }
}

fn points() -> Vec<HeldOutPoint> {
    let point = |iteration: u64| {
        let mean_mse = vec![1.0 / (3.0 + iteration as f64), f64::NAN];
        let curve = Curve { steps: vec![0, 32], ci95: vec![0.1, 1e-9], median_mse: mean_mse.clone(), mean_mse };
        HeldOutPoint { iteration, tasks: 100, curve }
    };
    (0..5).map(|i| point(100 * i)).collect()
}

fn figure(points: &[HeldOutPoint]) -> TrainingFigure<'_> {
    TrainingFigure { points, branch: &[], iterations: 400, past: None }
}

fn style() -> Style {
    Style { scheme: Scheme::Light, locale: Locale::En, scale: 1.0, text: 14.0, least_line: 0.0 }
}

/// The table that another program reads.
fn read_csv(text: &str) -> (Vec<String>, Vec<Vec<Option<f64>>>) {
    let mut reader = ::csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let headers = reader.headers().expect("headers").iter().map(str::to_owned).collect();
    let cell = |cell: &str| (!cell.is_empty()).then(|| cell.parse().expect("a number"));
    let rows = reader.records().map(|record| record.expect("as long as the headers").iter().map(cell).collect());
    (headers, rows.collect())
}

/// What a line about the table says.
fn comment<'a>(text: &'a str, keyword: &str) -> &'a str {
    let start = format!("# {keyword}: ");
    text.split("\r\n").find_map(|line| line.strip_prefix(&start)).expect("the line is there")
}

/// The same cells, where what is not a number is itself.
fn assert_same(rows: &[Vec<Option<f64>>], table: &Table) {
    let bits = |row: &Vec<Option<f64>>| {
        row.iter().map(|cell| cell.map(|value| if value.is_nan() { u64::MAX } else { value.to_bits() })).collect()
    };
    let all = |rows: &[Vec<Option<f64>>]| rows.iter().map(bits).collect::<Vec<Vec<_>>>();
    assert_eq!(all(rows), all(table.rows()));
}

#[test]
fn the_numbers_of_a_table_are_read_back_bit_for_bit() {
    let (points, about) = (points(), about(HOSTILE));
    let table = figure(&points).table(Locale::En);
    let text = csv::write(&table, &about);
    let (headers, rows) = read_csv(&text);
    assert_eq!(headers, table.headers());
    assert_same(&rows, &table);
    assert!(rows[0].iter().flatten().any(|value| value.is_nan()), "what has diverged is no gap");
    let config: Config = Config::from_json(comment(&text, "Config")).expect("a document that the page imports");
    assert_eq!(config, Preset::Fine.config());
    assert_eq!(comment(&text, "Seed"), config.seed.to_string());
    assert_eq!(comment(&text, "Source"), about.source);
}

#[test]
fn no_cell_of_a_table_is_a_formula() {
    let mut table = Table::new([HOSTILE, "=1+1", "@SUM(A1)", "+1", "-1", "θ"]);
    table.add(["＝1", "\t=1"], []);
    let mut about = about(HOSTILE);
    about.settings =
        ["=1+1", HOSTILE].map(|name| Settings { name: name.to_owned(), ..Settings::of(Config::default()) }).to_vec();
    let text = csv::write(&table, &about);
    // As a spreadsheet reads it, which knows no comments; by comma, semicolon or tab.
    for delimiter in *b",;\t" {
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        for record in reader.records() {
            for cell in &record.expect("text") {
                assert!(!cell.starts_with(['=', '+', '@', '\t']) && !cell.starts_with('-'), "{cell:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_number_is_read_back_as_it_is(values in prop::collection::vec(any::<f64>(), 1..20)) {
        let mut table = Table::new(["x"]);
        table.add(["y"], values.iter().map(|&value| vec![Some(value), None]));
        assert_same(&read_csv(&csv::write(&table, &about(""))).1, &table);
    }

    #[test]
    fn any_words_are_read_back_from_a_document(words in any::<String>()) {
        let points = points();
        let about = about(&words);
        let document = svg::write(&|area, style| figure(&points).draw(area, style, None), (400, 300), &style(), &about).expect("SVG takes every drawing");
        let tree = roxmltree::Document::parse(&document).expect("XML");
        let said = |name: &str| tree.root_element().children().find(|node| node.has_tag_name((SVG, name)));
        // Line breaks are the same in XML, whoever wrote them; control characters have no place there.
        let kept = |text: &str| -> String { text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect() };
        let title = said("title").and_then(|node| node.text()).unwrap_or_default();
        prop_assert_eq!(kept(title), kept(&about.title));
    }
}

const SVG: &str = "http://www.w3.org/2000/svg";

#[test]
fn a_document_has_its_size_its_words_and_its_settings_and_nothing_that_runs() {
    let points = points();
    let document =
        svg::write(&|area, style| figure(&points).draw(area, style, None), (640, 400), &style(), &about(HOSTILE))
            .expect("SVG takes every drawing");
    let tree = roxmltree::Document::parse(&document).expect("XML");
    let root = tree.root_element();
    assert!(root.has_tag_name((SVG, "svg")) && root.attribute("role") == Some("img"));
    assert_eq!((root.attribute("width"), root.attribute("height")), (Some("640"), Some("400")));
    assert_eq!(root.attribute("viewBox"), Some("0 0 5120 3200"));
    let of = |name: &str| root.children().find(|node| node.has_tag_name((SVG, name))).and_then(|node| node.text());
    assert!(of("title").is_some_and(|text| text.starts_with("Training ]]><script>")));
    assert!(of("desc").is_some_and(|text| text.starts_with("The error falls.")));
    let metadata: serde_json::Value = serde_json::from_str(of("metadata").expect("settings")).expect("JSON");
    assert_eq!(metadata["source"], "https://lab.example/#1.abc");
    assert_eq!(Config::from_json(&metadata["config"].to_string()), Ok(Preset::Fine.config()));
    let shapes = ["svg", "title", "desc", "metadata", "rect", "polyline", "polygon", "circle", "line", "text"];
    for element in root.descendants().filter(roxmltree::Node::is_element) {
        assert!(shapes.contains(&element.tag_name().name()), "{element:?}");
        assert!(element.attributes().all(|attribute| !attribute.name().starts_with("on")), "{element:?}");
    }
    // Texts are as large as on the page, in units of the drawing: 14 CSS pixels are the largest.
    let sizes = root.descendants().filter_map(|node| node.attribute("font-size")?.parse::<f64>().ok());
    let largest = sizes.fold(0.0, f64::max) / 8.0;
    assert!((12.0..=14.01).contains(&largest), "{largest}");
}

/// A picture of two colours.
fn picture() -> Vec<u8> {
    let mut file = vec![];
    let mut encoder = ::png::Encoder::new(&mut file, 2, 1);
    encoder.set_color(::png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&[255, 0, 0, 0, 0, 255]).expect("pixels");
    writer.finish().expect("an end");
    file
}

#[test]
fn another_program_reads_the_words_of_a_picture_and_the_same_pixels() {
    let about = About {
        settings: [3, 7]
            .map(|seed| Settings { name: format!("Ä {seed}"), ..Settings::of(Config { seed, ..Config::default() }) })
            .to_vec(),
        ..about("θ 图")
    };
    let file = png::write(&picture(), &about).expect("a picture");
    // Checksums are verified by the decoder.
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(&file)).read_info().expect("a picture");
    let mut pixels = [0; 6];
    reader.next_frame(&mut pixels).expect("pixels");
    assert_eq!(pixels, [255, 0, 0, 0, 0, 255]);
    let texts = &reader.info().utf8_text;
    let text = |keyword: &str| {
        let chunk = texts.iter().find(|chunk| chunk.keyword == keyword).expect("a text of this keyword");
        chunk.get_text().expect("UTF-8")
    };
    assert_eq!(text("Title"), about.title);
    assert_eq!(text("Description"), about.description);
    assert_eq!(text("Source"), about.source);
    let runs: Vec<serde_json::Value> = serde_json::from_str(&text("Config")).expect("a list");
    assert_eq!(runs[1]["name"], "Ä 7");
    assert_eq!(runs[1]["seeds"], serde_json::json!([7]));
    assert_eq!(Config::from_json(&runs[0]["config"].to_string()).map(|config| config.seed), Ok(3));
}

#[test]
fn what_is_no_picture_is_refused() {
    for bytes in [&b""[..], b"GIF89a", &picture()[..30], &[0; 100]] {
        assert_eq!(png::write(bytes, &about("")), Err(NotAPicture));
    }
}

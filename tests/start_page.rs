//! The files of the page that a browser reads before its program: what they say, and that old browsers can read them.

use reptile_lab::i18n::Locale;

const DOCUMENT: &str = include_str!("../www/index.html");
const START: &str = include_str!("../www/start.js");
const STYLES: &str = include_str!("../www/styles.css");
const EN: &str = include_str!("../assets/locales/en.json");
const ZH: &str = include_str!("../assets/locales/zh-Hans.json");

type Catalogue = serde_json::Map<String, serde_json::Value>;

fn catalogue(document: &str) -> Catalogue {
    serde_json::from_str(document).expect("a catalogue")
}

/// The texts of a document between its tags.
fn texts(document: &str) -> impl Iterator<Item = &str> {
    document
        .split('<')
        .filter_map(|part| part.split_once('>'))
        .map(|(_, text)| text.trim())
        .filter(|text| !text.is_empty())
}

#[test]
fn the_outline_says_what_the_page_will_say() {
    let catalogue = catalogue(EN);
    let body = DOCUMENT.split_once("<body>").expect("a body").1;
    for text in texts(body) {
        // One symbol, a number or the default task is the same in every language.
        let is_symbol = text.chars().count() <= 2 || text.starts_with("y = ") || text == "&nbsp;";
        let is_name = ["English", "简体中文"].contains(&text)
            || COMPOSED.contains(&text)
            || text.starts_with("This page is a program")
            || text.starts_with("本页是一个程序");
        let is_message = catalogue.values().any(|message| message == text);
        assert!(is_symbol || is_name || is_message, "“{text}” is not in the catalogue");
    }
    let en = Locale::En;
    assert!(DOCUMENT.contains(&format!("<title>{}</title>", en.page_title())));
    assert!(DOCUMENT.contains(&format!("<h1>{}</h1>", en.brand())));
    assert!(DOCUMENT.contains(&format!("<p class=\"tagline\">{}</p>", en.tagline())));
}

/// Texts that are made of others: whose θ there is before training, and what a meta-iteration of the default document
/// costs.
const COMPOSED: [&str; 2] = ["θ: random start, not trained", "10 gradients per meta-iteration"];

#[test]
fn the_outline_says_it_in_chinese_too() {
    let (en, zh) = (catalogue(EN), catalogue(ZH));
    let table =
        START.split_once("var OUTLINE = {").and_then(|(_, rest)| rest.split_once("\n  };")).expect("the table").0;
    let pairs: Vec<(&str, &str)> = table
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').trim_matches('"').split_once("\": \""))
        .filter(|(text, _)| !COMPOSED.contains(text))
        .collect();
    for (text, translated) in &pairs {
        assert!(DOCUMENT.contains(&format!(">{text}")), "“{text}” is not in the outline");
        let is_message = en.iter().any(|(key, message)| message == text && zh[key] == *translated);
        assert!(is_message, "“{translated}” is not what the catalogue has for “{text}”");
    }
    let body = DOCUMENT.split_once("<body>").expect("a body").1;
    for text in texts(body) {
        let message = en.iter().find(|(key, message)| *message == text && zh[*key] != text);
        let is_translated = pairs.iter().any(|(original, _)| *original == text);
        assert!(message.is_none() || is_translated || text == "English", "“{text}” stays English");
    }
    let title = zh["page_title"].as_str().expect("a text");
    assert!(START.contains(&format!("var TITLE = \"{title}\";")), "{title}");
}

/// Code without comments and texts.
fn code(script: &str) -> String {
    let lines = script.lines().filter(|line| !line.trim_start().starts_with("//"));
    let lines = lines.map(|line| line.split('"').step_by(2).collect::<Vec<_>>().join("\"\""));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_script_that_decides_is_ecmascript_5() {
    let code = code(START);
    for newer in
        ["=>", "`", "const ", "let ", "async ", "await ", "class ", "...", "?.", "??", "import", "catch {", "**"]
    {
        assert!(!code.contains(newer), "{newer}");
    }
    assert!(code.contains("catch (denied)"), "texts alone are taken out: {code}");
}

#[test]
fn every_language_has_every_sentence() {
    let table = START.split_once("var TEXTS = {").and_then(|(_, rest)| rest.split_once("\n  };")).expect("the table").0;
    let (en, zh) = table.split_once("zh: {").expect("two languages");
    let keys = |language: &str| -> Vec<String> {
        let lines = language.lines().filter_map(|line| line.trim().split_once(": \""));
        lines.map(|(key, text)| format!("{key} {}", text.matches("{0}").count())).collect()
    };
    assert_eq!(keys(en), keys(zh));
    assert!(keys(en).len() > 5);
}

#[test]
fn styles_need_no_browser_newer_than_2023() {
    let newer = [
        "light-dark(",
        "@starting-style",
        "@scope",
        "@position-try",
        "anchor(",
        "anchor-name",
        "field-sizing",
        "interpolate-size",
        "calc-size(",
        "::details-content",
        "@function",
        "if(",
        "sibling-index",
        "\n  &",
        "@view-transition",
    ];
    for feature in newer {
        assert!(!STYLES.contains(feature), "{feature}");
    }
    for (number, line) in STYLES.lines().enumerate() {
        if let Some((before, _)) = line.split_once("color-mix(") {
            assert!(
                before.contains("background: var("),
                "line {}: color-mix() is of 2023, and needs a colour before",
                number + 1
            );
        }
        assert!(!line.contains("lh;"), "line {}: lh is of the end of 2023", number + 1);
    }
}

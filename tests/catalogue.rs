//! The message catalogue: the build's check of it and what it makes, on made-up languages, and what becomes of the files.

#[path = "../build.rs"]
#[allow(dead_code, reason = "the rest of the build script runs when it builds")]
mod build;

use reptile_lab::domain::config::parameters::FIELDS;
use reptile_lab::i18n::{Key, Locale, message, sentences};
use serde_json::{Map, Value, json};

/// What the check says of a language beside an English of two messages.
fn differences(other: &Value) -> Vec<String> {
    let english = json!({ "greeting": "Hello, {name}", "range": "{low} to {high}" });
    let fields = |value: &Value| -> Map<String, Value> { value.as_object().expect("an object").clone() };
    build::differences(&[("en".to_owned(), fields(&english)), ("xx".to_owned(), fields(other))].into())
}

#[test]
fn a_translation_may_order_its_arguments_as_it_likes() {
    assert!(differences(&json!({ "range": "{high} … {low}, {low}", "greeting": "{name}!" })).is_empty());
}

#[test]
fn each_fault_is_said_with_its_file_and_its_key() {
    let greeting = "Hallo, {name}";
    let range = "{low} bis {high}";
    let cases = [
        (json!({ "greeting": greeting }), "\"range\" is missing"),
        (json!({ "greeting": greeting, "range": range, "extra": "x" }), "\"extra\" is not in en.json"),
        (json!({ "greeting": "Hallo", "range": range }), "\"greeting\" must use the arguments {\"name\"}"),
        (json!({ "greeting": "{nam}", "range": range }), "\"greeting\" must use the arguments {\"name\"}"),
        (json!({ "greeting": "{}", "range": range }), "\"greeting\" must use the arguments {\"name\"}"),
        (json!({ "greeting": "{name", "range": range }), "\"greeting\" must use the arguments {\"name\"}"),
        (json!({ "greeting": "{name} {low}", "range": range }), "\"greeting\" must use the arguments {\"name\"}"),
        (json!({ "greeting": greeting, "range": "{low}" }), "\"range\" must use the arguments {\"high\", \"low\"}"),
        (json!({ "greeting": greeting, "range": ["{low}", "{high}"] }), "\"range\" is not a text"),
        (json!({ "greeting": null, "range": range }), "\"greeting\" is not a text"),
        (json!({ "greeting": " \n", "range": range }), "\"greeting\" is not a text"),
    ];
    for (language, fault) in cases {
        assert_eq!(differences(&language), [format!("assets/locales/xx.json: {fault}")], "{language}");
    }
}

#[test]
fn every_fault_is_said_at_once() {
    assert_eq!(differences(&json!({ "greeting": "Hallo", "extra": 1 })).len(), 3);
}

#[test]
fn english_is_checked_too() {
    let english = Map::from_iter([("greeting".to_owned(), json!(""))]);
    assert_eq!(build::differences(&[("en".to_owned(), english)].into()).len(), 1);
}

#[test]
fn a_message_with_arguments_has_its_fields_in_the_order_of_the_text() {
    let english = json!({ "language_name": "English", "two_ends": "{low} to {high}, {low}!", "waiting": "Wait." });
    let code = build::generate(&[("en".to_owned(), english.as_object().expect("an object").clone())].into());
    let (_, fields) = code.split_once("pub struct TwoEnds<T0, T1> {").expect("a struct of the name");
    let fields = fields.lines().map(str::trim).take_while(|line| *line != "}");
    assert_eq!(fields.filter(|line| line.starts_with("pub ")).collect::<Vec<_>>(), ["pub low: T0,", "pub high: T1,"]);
    assert!(code.contains("pub fn waiting(self)") && !code.contains("fn two_ends") && !code.contains("struct Waiting"));
}

/// A text as a language would have it whose words are 40 % longer.
fn longer(text: &str) -> String {
    let more = text.chars().count() * 2 / 5;
    text.to_owned() + &"~".repeat(more.max(1))
}

#[test]
fn a_third_language_is_one_file() {
    let read = |document| serde_json::from_str::<Map<String, Value>>(document).expect("JSON");
    let english = read(include_str!("../assets/locales/en.json"));
    let made_up = english.iter().map(|(key, text)| (key.clone(), longer(text.as_str().expect("a text")).into()));
    let languages = [
        ("en".to_owned(), english.clone()),
        ("zh-Hans".to_owned(), read(include_str!("../assets/locales/zh-Hans.json"))),
        ("xx".to_owned(), made_up.collect()),
    ];
    assert_eq!(build::differences(&languages.clone().into()), [""; 0]);
    let code = build::generate(&languages.into());
    assert!(code.contains("Self::Xx => \"xx\"") && code.contains("&[Self::En, Self::Xx, Self::ZhHans]"), "{code:.600}");
}

#[test]
fn each_parameter_has_a_label_and_a_help_and_no_other_has() {
    let file: Map<String, Value> = serde_json::from_str(include_str!("../assets/locales/en.json")).expect("JSON");
    let mut left: Vec<&str> = file.keys().map(String::as_str).filter(|key| key.starts_with("parameter_")).collect();
    for field in FIELDS {
        let key = format!("parameter_{}", field.parameter.path.replace('.', "_"));
        for (key, message) in [(key.clone(), field.label), (key + "_help", field.help)] {
            assert_eq!(file[&key], Locale::En.text(message), "{key}");
            left.retain(|known| *known != key);
        }
    }
    assert!(left.is_empty(), "of no parameter: {left:?}");
}

#[test]
fn sentences_are_apart_by_a_space_unless_their_full_stop_has_one() {
    assert_eq!(sentences(["One.", "Two!", "(three)"]), "One. Two! (three)");
    assert_eq!(sentences(["一。", "二！", "three"]), "一。二！three");
    assert_eq!(sentences(["alone".to_owned()]), "alone");
    assert_eq!(sentences([""; 0]), "");
}

#[test]
#[should_panic(expected = "parameter_inner_speed")]
fn a_key_of_no_message_is_refused() {
    let _ = Key::of("parameter_inner_speed");
}

#[test]
#[should_panic(expected = "run_iteration")]
fn a_key_does_not_stand_for_a_message_with_arguments() {
    let _ = Key::of("run_iteration");
}

#[test]
fn messages_are_those_of_the_files() {
    let english = include_str!("../assets/locales/en.json");
    let chinese = include_str!("../assets/locales/zh-Hans.json");
    for (locale, document) in [(Locale::En, english), (Locale::ZhHans, chinese)] {
        assert!(locale.is_known());
        let file: Map<String, Value> = serde_json::from_str(document).expect("JSON");
        let of = |key: &str| file[key].as_str().expect("a text").to_owned();
        let plain = [
            ("language_name", locale.language_name()),
            ("adaptation_heading", locale.adaptation_heading()),
            ("brand", locale.brand()),
            ("parameter_inner_beta1_help", locale.parameter_inner_beta1_help()),
            ("run_train", locale.run_train()),
            ("waiting_for_engine", locale.waiting_for_engine()),
        ];
        for (key, message) in plain {
            assert_eq!(message, of(key), "{key}");
        }
        // An argument is no template.
        let filled = of("error_argument").replace("{min}", "1").replace("{max}", "2").replace("{name}", "{min}");
        assert_eq!(
            locale.format(message::ErrorArgument { name: "{min}", value: "x", min: 1, max: 2 }),
            filled.replace("{value}", "x")
        );
        let filled = of("run_iteration").replace("{iteration}", "3").replace("{iterations}", "4.5");
        assert_eq!(locale.format(message::RunIteration { iteration: 3, iterations: 4.5 }), filled);
    }
}

/// The texts of a language's file with their keys.
fn texts(document: &str) -> Vec<(String, String)> {
    let file: Map<String, Value> = serde_json::from_str(document).expect("JSON");
    file.into_iter().map(|(key, text)| (key, text.as_str().expect("a text").to_owned())).collect()
}

/// Whether a pair of neighbouring characters is such a one.
fn has_pair(text: &str, is_one: impl Fn(char, char) -> bool) -> bool {
    text.chars().zip(text.chars().skip(1)).any(|(left, right)| is_one(left, right))
}

#[test]
fn chinese_is_set_as_chinese() {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for (key, text) in texts(include_str!("../assets/locales/zh-Hans.json")) {
        let either = |is_other: fn(char) -> bool| {
            has_pair(&text, |left, right| is_han(left) && is_other(right) || is_other(left) && is_han(right))
        };
        assert!(!either(|c| c.is_ascii_alphanumeric()), "{key}: no space between Han and Latin: {text}");
        assert!(!either(|c| ",;:!?()".contains(c)), "{key}: punctuation of half width: {text}");
        assert!(!text.contains("次元"), "{key}: reads as a dimension: {text}");
        assert!(!text.contains(" %"), "{key}: a space before the per cent sign: {text}");
    }
}

#[test]
fn english_is_set_as_english() {
    for (key, text) in texts(include_str!("../assets/locales/en.json")) {
        assert!(!text.contains('\''), "{key}: a typewriter's apostrophe: {text}");
        assert!(!text.contains(" …") && !text.contains(" %"), "{key}: a space too many: {text}");
    }
}

#[test]
fn only_a_complete_language_is_loaded() {
    let refused = |document: &str| Locale::ZhHans.load(document).expect_err(document);
    assert!(refused("{\"brand\": \"x\"}").contains("1 texts in place of"));
    assert!(refused("{\"brand\": 1}").contains("0 texts in place of"));
    assert!(refused("<!DOCTYPE html>").contains("expected value"));
}

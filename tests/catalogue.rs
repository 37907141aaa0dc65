//! The message catalogue: the build's check of it, on made-up languages, and what becomes of the files.

#[path = "../build.rs"]
#[allow(dead_code, reason = "the rest of the build script runs when it builds")]
mod build;

use reptile_lab::i18n::Locale;
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
        assert_eq!(locale.error_argument(2, 1, "{min}", "x"), filled.replace("{value}", "x"));
        let filled = of("run_iteration").replace("{iteration}", "3").replace("{iterations}", "4.5");
        assert_eq!(locale.run_iteration(3, 4.5), filled);
    }
}

#[test]
fn only_a_whole_language_is_learned() {
    let learn = |document: &str| Locale::ZhHans.load(document).expect_err(document);
    assert!(learn("{\"brand\": \"x\"}").contains("1 texts in place of"));
    assert!(learn("{\"brand\": 1}").contains("0 texts in place of"));
    assert!(learn("<!DOCTYPE html>").contains("expected value"));
}

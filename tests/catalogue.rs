//! The build's check of the message catalogue, on made-up languages.

#[path = "../build.rs"]
#[allow(dead_code, reason = "the rest of the build script runs when it builds")]
mod build;

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

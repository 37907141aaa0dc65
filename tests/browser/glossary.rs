//! Words that say what they mean where they stand.

use reptile_lab::app::glossary::Term;
use serde_json::json;

use crate::page::{Page, key};
use crate::{EN, visit};

fn meaning(name: &str) -> &'static str {
    let term = Term::all().find(|term| term.names(EN).any(|known| known == name));
    term.expect("a term of the glossary").meaning(EN)
}

async fn is_told(page: &Page, name: &str) {
    let words = json!(meaning(name));
    page.until(&format!("document.querySelector('[role=tooltip]')?.innerText.includes({words})")).await;
    let fits = "(() => {
        const { left, right, top, bottom } = document.querySelector('[role=tooltip]').getBoundingClientRect();
        return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    })()";
    page.until(fits).await;
}

async fn nothing_is_told(page: &Page) {
    page.until("document.querySelector('[role=tooltip]') === null").await;
}

#[test]
fn a_word_is_explained_under_the_pointer_at_the_focus_and_by_a_tap() {
    visit(async |page| {
        page.resize(1280, 800).await;
        page.lab("step", &[json!(50)]).await;
        let word = page.find("button", "MSE").await;
        page.point_at(word.middle().await).await;
        is_told(page, "MSE").await;
        // It stays while the pointer goes to it, and training goes on.
        page.lab("step", &[json!(5)]).await;
        is_told(page, "MSE").await;
        page.point_at((5.0, 700.0)).await;
        nothing_is_told(page).await;

        word.click().await;
        is_told(page, "MSE").await;
        assert_eq!(
            page.script("return document.activeElement.getAttribute('aria-describedby');", &[]).await,
            "meaning"
        );
        page.type_keys(key::ESCAPE).await;
        nothing_is_told(page).await;
        page.type_keys(key::TAB).await;
        is_told(page, "random start").await;
    });
}

#[test]
fn every_word_stands_in_the_list_of_keys_and_on_a_phone_a_tap_tells_it() {
    visit(async |page| {
        page.press(EN.keyboard()).await;
        page.until(&format!(
            "document.querySelectorAll('dialog[open] .glossary dd').length === {}",
            Term::all().count()
        ))
        .await;
        page.reads(meaning("query")).await;
        page.type_keys(key::ESCAPE).await;
        page.until("!document.querySelector('dialog[open]')").await;
        page.type_keys("?").await;
        page.until("document.querySelector('dialog[open] .keys')").await;
        page.type_keys(key::ESCAPE).await;
        page.resize(390, 844).await;
        page.lab("step", &[json!(20)]).await;
        page.find("button", "MSE").await.click().await;
        is_told(page, "MSE").await;
    });
}

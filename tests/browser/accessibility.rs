//! The rules of WCAG 2.2, levels A and AA, as axe knows them, in every state that the page's own parts can be in.

use std::env;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::page::{Page, key};
use crate::{EN, visit};

/// A shot is where its data are, so that two may overlap: WCAG 2.5.8 excepts what must be where it is. Each can be reached by
/// keys, and has a button that removes it.
const EXCEPTED: [(&str, &str); 1] = [("target-size", "class=\"shot")];

/// What axe complains of, a line for each element.
async fn complaints(page: &Page) -> Vec<String> {
    let tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    let run = format!("axe.run(document, {{ runOnly: {}, resultTypes: ['violations'] }})", json!(tags));
    let found = page
        .promise(&format!(
            "{run}.then(({{ violations, passes }}) => ({{
                passed: passes.length,
                faults: violations.flatMap(({{ id, nodes }}) =>
                    nodes.map(({{ html, failureSummary }}) => [id, html, failureSummary])),
            }}))"
        ))
        .await;
    assert!(found["passed"].as_u64() > Some(10), "axe has looked at the page: {found}");
    let faults: Vec<[String; 3]> = serde_json::from_value(found["faults"].clone()).expect("faults as asked");
    let counts =
        |[rule, html, _]: &[String; 3]| !EXCEPTED.iter().any(|(of, within)| rule == of && html.contains(within));
    faults.into_iter().filter(counts).map(|[rule, html, why]| format!("{rule}: {html}: {why}")).collect()
}

async fn is_clean(page: &Page, state: &str) {
    let complaints = complaints(page).await;
    assert!(complaints.is_empty(), "{state}: {complaints:#?}");
}

/// Has axe in the page; none where npm could not bring it, which `cargo xtask` says.
async fn bring(page: &Page) -> Option<()> {
    if env::var_os("REPTILE_LAB_SKIP_AXE").is_some() {
        println!("not tested: axe is not here");
        return None;
    }
    let path = env::var_os("REPTILE_LAB_AXE").expect("REPTILE_LAB_AXE names axe.min.js; `cargo xtask test` sets it");
    let path = Path::new(&path);
    let script = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    page.devtools("Runtime.evaluate", json!({ "expression": script })).await;
    Some(())
}

#[test]
fn every_part_of_the_page_keeps_to_wcag_in_both_schemes() {
    visit(async |page| {
        page.resize(1280, 800).await;
        let Some(()) = bring(page).await else { return };
        page.lab("step", &[json!(50)]).await;
        is_clean(page, "trained a little").await;
        for group in [EN.group_tasks(), EN.group_model(), EN.group_inner(), EN.group_outer(), EN.group_eval()] {
            page.unfold(group).await;
        }
        page.unfold(EN.explain_heading()).await;
        is_clean(page, "settings unfolded").await;
        let panels = [
            EN.two_heading(),
            EN.inside_heading(),
            EN.surface_heading(),
            EN.alignment_heading(),
            EN.theta_map_heading(),
            EN.wheel_heading(),
            EN.comparison_heading(),
            EN.search_heading(),
        ];
        for panel in panels {
            page.unfold(panel).await;
        }
        page.press(EN.picker_map()).await;
        page.press(EN.evaluate()).await;
        page.find("table", crate::page::Name::Begins("1\u{202f}000")).await;
        is_clean(page, "every panel unfolded").await;
        page.press(EN.dark_mode()).await;
        is_clean(page, "every panel unfolded, dark").await;
        page.resize(390, 844).await;
        is_clean(page, "on a phone, dark").await;
        // A text that is four times as large: as 1280 pixels at 400 %.
        page.resize(320, 256).await;
        is_clean(page, "at 400 %").await;
        page.frame().await;
        let wide = page
            .script(
                "return [...document.querySelectorAll('body *')].filter((element) => {
                    const { width, right } = element.getBoundingClientRect();
                    const scrolls = (it) => it && (getComputedStyle(it).overflowX !== 'visible' || scrolls(it.parentElement));
                    return width > 2 && right > document.documentElement.clientWidth + 1 && !scrolls(element.parentElement);
                }).map((element) => element.outerHTML.slice(0, 120));",
                &[],
            )
            .await;
        assert_eq!(wide, json!([]), "wider than the window at 400 %");
    });
}

#[test]
fn dialogs_lessons_notices_and_the_projector_keep_to_wcag() {
    visit(async |page| {
        page.resize(1280, 800).await;
        let Some(()) = bring(page).await else { return };
        for name in [EN.lessons(), EN.share(), EN.keyboard()] {
            page.press(name).await;
            page.until("document.querySelector('dialog[open] :is(ol, textarea, dl)') !== null").await;
            is_clean(page, name).await;
            page.type_keys(key::ESCAPE).await;
            page.until("document.querySelector('dialog[open]:not(.sheet)') === null").await;
        }
        page.lab("open", &[json!("#1&view.lesson=what-is-a-task")]).await;
        page.until("document.querySelector('#lesson-heading') !== null").await;
        is_clean(page, "a lesson").await;
        page.type_keys("p").await;
        page.until("document.documentElement.hasAttribute('data-projector')").await;
        is_clean(page, "projector mode").await;
        page.type_keys("p").await;
        page.until("!document.documentElement.hasAttribute('data-projector')").await;
        page.lab("open", &[json!("#1&view.large=fit")]).await;
        page.until("document.querySelector('dialog.sheet[open] .told') !== null").await;
        is_clean(page, "a large chart").await;
        page.type_keys(key::ESCAPE).await;
        let field = page.find("textbox", EN.fit_count()).await;
        field.enter("many").await;
        page.until("document.querySelector('[aria-invalid]') !== null").await;
        is_clean(page, "a field that is wrong").await;
    });
}

#[test]
fn the_comparison_with_axe_can_fail() {
    visit(async |page| {
        let Some(()) = bring(page).await else { return };
        page.script("document.querySelector('h1').insertAdjacentHTML('afterend', '<button></button>');", &[]).await;
        let complaints = complaints(page).await;
        assert!(complaints.iter().any(|line| line.starts_with("button-name")), "{complaints:?}");
        let _: Value = page.script("document.querySelector('h1 + button').remove();", &[]).await;
    });
}

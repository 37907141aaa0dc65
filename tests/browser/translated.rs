//! A page that the browser translates: its text nodes are replaced by elements, and it stays live.

use reptile_lab::app::formatting::count;
use serde_json::json;

use crate::page::Page;
use crate::{EN, Visit};

/// Translates as browsers do: an element with the translation takes the place of each text node, now and later. Here the
/// words stay the same.
const TRANSLATOR: &str = "
    const replace = (text) => {
        if (!text.data.trim() || !text.isConnected || text.parentNode.closest('font, script, style, option, textarea')) return;
        const [outer, inner] = [document.createElement('font'), document.createElement('font')];
        inner.textContent = text.data;
        outer.append(inner);
        text.replaceWith(outer);
    };
    const translate = (root) => {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const found = root.nodeType === 3 ? [root] : [];
        while (walker.nextNode()) found.push(walker.currentNode);
        found.forEach(replace);
    };
    translate(document.body);
    new MutationObserver((changes) => changes.forEach(({ type, target, addedNodes }) =>
        type === 'characterData' ? replace(target) : addedNodes.forEach(translate)
    )).observe(document.body, { childList: true, characterData: true, subtree: true });";

/// What a person reads in a part of the page.
async fn words(page: &Page, part: &str) -> String {
    let read = page.script("return document.querySelector(arguments[0]).innerText.trim();", &[part.into()]).await;
    read.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_page_that_is_translated_stays_live() {
    Visit::default().run(async |page| {
        page.ready().await;
        let mut config = page.config().await;
        config.outer.iterations = 1_000_000;
        page.set_config(&config).await;
        page.reads(&count(config.outer.iterations)).await;
        let before = words(page, ".progress-words").await;
        page.script(TRANSLATOR, &[]).await;
        assert_eq!(words(page, ".progress-words").await, before, "the words stay the same");
        assert_eq!(words(page, ".run-buttons .primary").await, EN.run_train());

        // The counter and a button.
        page.lab("step", &[json!(20)]).await;
        page.until("/^20 /.test(document.querySelector('.progress-words').innerText.trim())").await;
        page.train().await;
        page.until(&format!(
            "document.querySelector('.run-buttons .primary').innerText.trim() === {}",
            json!(EN.run_pause())
        ))
        .await;
        page.until_status("status.iteration > 100").await;
        page.press(EN.run_pause()).await;
        let shown = page.until_status("!status.running").await.iteration;
        let shown = json!(count(shown));
        page.until(&format!("document.querySelector('.progress-words').innerText.trim().startsWith({shown})")).await;

        // A notice, which appears and goes.
        let field = page.find("textbox", EN.fit_count()).await;
        field.enter("many").await;
        page.until("document.querySelector('.fit .fault').innerText.trim()").await;
        field.enter("5").await;
        page.until("!document.querySelector('.fit .fault').innerText.trim()").await;

        // In another language no word is left of the one before.
        page.find("combobox", EN.language()).await.choose("简体中文").await;
        page.until("document.documentElement.lang === 'zh-Hans'").await;
        page.until("document.querySelector('.run-buttons').innerText.includes('单步')").await;
        for text in [EN.run_step(), EN.fit_heading(), EN.picker_heading(), EN.brand()] {
            page.until(&format!("!document.body.innerText.includes({})", json!(text))).await;
        }
    });
}

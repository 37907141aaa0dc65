//! A language that does not exist, with words that are 40 % longer than those of English: nothing is cut off, nothing spills.

use reptile_lab::i18n::Locale;
use serde_json::{Map, Value, json};

use crate::looks::{CUT_OFF, TOO_WIDE, unfold_everything_in};
use crate::{EN, Visit};

/// English with more at the end of each text, in words of usual length.
fn longer() -> String {
    const MORE: &str = " xenula morpatio quelvin darrow sentilo braxum";
    let english: Map<String, Value> = serde_json::from_str(include_str!("../../assets/locales/en.json")).expect("JSON");
    let longer = english.into_iter().map(|(key, text)| {
        let text = text.as_str().expect("a text");
        let more: String = MORE.chars().cycle().take(text.chars().count() * 2 / 5).collect();
        // Names are kept, and spellings of terms.
        let is_kept = key == "language_name" || key.ends_with("_names");
        (key, Value::from(if is_kept { text.to_owned() } else { text.to_owned() + more.trim_end() }))
    });
    Value::from(longer.collect::<Map<_, _>>()).to_string()
}

#[test]
fn a_language_with_longer_words_fits_every_width() {
    let texts = longer();
    Visit::default().run(async |page| {
        // In place of Chinese, whose file it takes.
        let before = format!(
            "const real = window.fetch;
             window.fetch = (what, ...more) => String(what?.url ?? what).includes('locales/zh-Hans.json')
                 ? Promise.resolve(new Response({})) : real.call(window, what, ...more);",
            Value::from(texts.as_str())
        );
        page.before_the_page(&before).await;
        page.reload().await;
        page.ready().await;
        page.find("combobox", EN.language()).await.choose(Locale::ZhHans.language_name()).await;
        let train: Value = serde_json::from_str::<Value>(&texts).expect("JSON")["run_train"].clone();
        page.until(&format!("document.querySelector('.run-buttons .primary').innerText.trim() === {train}")).await;
        unfold_everything_in(page).await;
        for width in [320, 390, 768, 1024, 1280, 1920] {
            page.resize(width, 900).await;
            // What lies over charts is placed when they are drawn.
            page.frame().await;
            page.frame().await;
            assert_eq!(page.script(TOO_WIDE, &[]).await, 0, "px that the page is wider than {width}");
            assert_eq!(page.script(CUT_OFF, &[]).await, json!([]), "cut off at {width} px");
        }
    });
}

//! The replay of the gradient steps on the shown task: by keys, by its button, and back to the chosen steps.

use reptile_lab::domain::config::preset::Preset;
use reptile_lab::i18n::message;
use serde_json::json;

use crate::looks::TOO_WIDE;
use crate::page::{Page, key};
use crate::{EN, visit};

/// What both charts say of a step that is replayed, up to its error.
fn words(step: usize) -> String {
    EN.format(message::ChartReplayed { step, error: "" }).trim_end_matches('.').to_owned()
}

/// Waits until both charts show a step, and the slider says the same error as they do.
async fn replays(page: &Page, step: usize) {
    let words = words(step);
    let chart = page.chart_that(EN.fit_heading(), |text| text.contains(&words)).await;
    page.chart_that(EN.adaptation_heading(), |text| text.contains(&words)).await;
    let (_, rest) = chart.node.name().split_once(&words).expect("it has been waited for");
    let error = rest.trim_end_matches(|c: char| !c.is_ascii_digit()).trim();
    let now = EN.format(message::ReplayNow { step, error });
    let slider = page.find("slider", EN.replay_step()).await;
    assert_eq!(slider.script("return arguments[0].getAttribute('aria-valuetext');").await, now);
}

#[test]
fn a_class_steps_through_an_adaptation() {
    visit(async |page| {
        page.set_config(&Preset::Fast.config()).await;
        page.lab("step", &[json!(200)]).await;
        page.chart_that(EN.fit_heading(), |text| text.contains("meta-iteration 200") && !text.contains("Replayed"))
            .await;
        let slider = page.find("slider", EN.replay_step()).await;
        for (key, step) in [(key::RIGHT, 0), (key::RIGHT, 1), (key::END, 32), (key::LEFT, 31), (key::HOME, 0)] {
            slider.keys(key).await;
            replays(page, step).await;
        }
        // Training goes on below the replay.
        page.lab("step", &[json!(50)]).await;
        slider.keys(key::END).await;
        page.chart_that(EN.fit_heading(), |text| text.contains("meta-iteration 250")).await;
        replays(page, 32).await;

        slider.keys(key::ESCAPE).await;
        page.chart_that(EN.fit_heading(), |text| !text.contains("Replayed")).await;
        page.chart_that(EN.adaptation_heading(), |text| !text.contains("Replayed")).await;

        // The button plays from the first step to the last, and stops there.
        page.press(EN.replay_play()).await;
        page.find("button", EN.replay_stop()).await;
        replays(page, 32).await;
        page.find("button", EN.replay_play()).await;
        page.press(EN.replay_all()).await;
        page.chart_that(EN.fit_heading(), |text| !text.contains("Replayed")).await;

        for width in [1280, 1024, 390, 360] {
            page.resize(width, 800).await;
            assert_eq!(page.script(TOO_WIDE, &[]).await, 0, "at {width}");
        }
    });
}

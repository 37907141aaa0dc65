//! The family view of the fit chart: tasks, their mean, and θ's own prediction.

use reptile_lab::domain::config::preset::Preset;
use reptile_lab::i18n::message;
use serde_json::json;

use crate::page::{Page, key};
use crate::{EN, visit};

/// Waits until the fit chart tells the family or does not.
async fn tells(page: &Page, is_told: bool) -> String {
    let chart = page.chart_that(EN.fit_heading(), |words| words.contains("2\u{202f}000 of its tasks") == is_told).await;
    chart.node.name().to_owned()
}

#[test]
fn the_family_is_shown_by_one_click_and_undo_leaves_it_alone() {
    visit(async |page| {
        let mut config = Preset::Fast.config();
        // Half of the phases: the mean is no flat line.
        config.tasks.phase = [0.0, 3.0];
        page.set_config(&config).await;
        tells(page, false).await;
        // Something to undo.
        page.press(EN.picker_random()).await;
        let before = page.chart(EN.fit_heading()).await.drawing().await;
        let button = page.find("button", EN.fit_family()).await;
        assert_eq!(button.node.state("pressed"), "false");
        button.keys(key::ENTER).await;
        let untrained = tells(page, true).await;
        assert!(untrained.contains("from that mean"), "{untrained}");
        page.press(EN.undo()).await;
        tells(page, true).await;

        page.lab("step", &[json!(2000)]).await;
        let words = tells(page, true).await;
        let distance = |words: &str| -> f64 {
            let (_, rest) = words.split_once("own prediction is ").expect("a distance");
            rest.split(' ').next().expect("a word").parse().expect("a number")
        };
        page.chart_that(EN.fit_heading(), |now| {
            now.contains("from that mean") && distance(now) < 0.5 * distance(&untrained)
        })
        .await;
        assert_ne!(page.chart(EN.fit_heading()).await.drawing().await, before, "{words}");
        page.press(EN.fit_family()).await;
        tells(page, false).await;

        // A step that is chosen meanwhile is shown in its place.
        page.press(EN.fit_family()).await;
        tells(page, true).await;
        let after_four = EN.format(message::FitStepAfter { steps: 4 });
        let step = page.find("button", &after_four).await;
        assert_eq!(step.node.state("pressed"), "false");
        step.click().await;
        tells(page, false).await;
        assert_eq!(page.find("button", &after_four).await.node.state("pressed"), "true");
    });
}

//! The loss around θ: the panel follows θ, the shown task and its shots.

use reptile_lab::i18n::message;
use serde_json::json;

use crate::page::key;
use crate::{EN, visit};

/// What the text alternative says of θ.
fn at(iteration: &str) -> impl Fn(&str) -> bool {
    let words = format!("through θ at meta-iteration {iteration}, φ of this task");
    move |text| text.contains(&words)
}

#[test]
fn the_loss_surface_follows_theta_and_the_shown_task_while_its_panel_is_open() {
    visit(async |page| {
        let heading = EN.surface_heading();
        page.unfold(heading).await;
        let random = page.chart_that(heading, at("0")).await.node.name().to_owned();
        page.lab("step", &[json!(300)]).await;
        let trained = page.chart_that(heading, at("300")).await;
        assert!(random.contains("y = 3.50·sin(x + 1.00)") && trained.node.name().contains("y = 3.50·sin(x + 1.00)"));

        // The keys go along the path, from θ to φ.
        let steps = page.config().await.eval.steps;
        for (keys, step) in [(key::HOME, 0), (key::END, steps)] {
            trained.keys(keys).await;
            let title = EN.format(message::ChartSurfaceReadout { step });
            let said = format!(
                "[...document.querySelectorAll('p[role=status]')].some((p) => p.textContent.includes({title:?}))"
            );
            page.until(&said).await;
        }

        page.press(EN.picker_random()).await;
        page.chart_that(heading, |text| at("300")(text) && !text.contains("y = 3.50·sin(x + 1.00)")).await;
        page.press(EN.fit_remove_all()).await;
        page.chart_that(heading, |text| text == EN.chart_surface_empty()).await;
        page.press(EN.fit_resample()).await;
        page.chart_that(heading, at("300")).await;
        page.press(EN.timeline_first()).await;
        page.chart_that(heading, at("0")).await;
        page.press(EN.timeline_last()).await;
        page.chart_that(heading, at("300")).await;

        // It goes on while θ is trained, and is of the last θ in the end.
        page.lab("start", &[]).await;
        page.until_status("!status.running && status.iteration === status.iterations").await;
        page.chart_that(heading, at("2\u{202f}000")).await;
    });
}

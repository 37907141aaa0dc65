//! The map of θ: it grows with the run, and tells each of its moments to the keys.

use reptile_lab::domain::config::preset::Preset;
use serde_json::json;

use crate::page::key;
use crate::{EN, visit};

#[test]
fn the_map_shows_the_path_of_theta_and_the_next_meta_batch() {
    visit(async |page| {
        let mut config = Preset::Paper.config();
        config.outer.meta_batch = 5;
        config.outer.iterations = 3000;
        page.set_config(&config).await;
        page.unfold(EN.theta_map_heading()).await;
        let next = "Next meta-batch of 5 tasks";
        let heading = EN.theta_map_heading();
        page.chart_that(heading, |text| text.contains("at meta-iteration 0 θ is") && text.contains(next)).await;
        page.lab("step", &[json!(1000)]).await;
        let map = page.chart_that(heading, |text| text.contains("at meta-iteration 1\u{202f}000 θ is")).await;
        assert!(map.node.name().contains("of meta-iterations 0 to 1\u{202f}000"), "{}", map.node.name());
        map.keys(key::END).await;
        page.until("document.body.innerText.includes('θ at meta-iteration 1\u{202f}000')").await;
        page.press(EN.run_train()).await;
        page.until_status("!status.running && status.iteration === 3000").await;
        let is_last = |text: &str| text.contains("at meta-iteration 3\u{202f}000 θ is") && text.contains(next);
        page.chart_that(heading, is_last).await;
        page.reads(EN.theta_map_over()).await;
    });
}
